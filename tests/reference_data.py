"""The reference distances of the real data, and the facilities that they were measured to."""

import csv
from pathlib import Path

import numpy as np
import shapely

from linli.domain.standards.rules import FacilityKind, KindByTags
from linli.interchange import osm

_KEYS = (
    "amenity",
    "shop",
    "leisure",
    "healthcare",
    "social_facility",
    "office",
    "tourism",
    "public_transport",
    "railway",
)
# The columns of the reference speak of groups: a clinic is whatever has a doctor, a bus stop is a platform.
_ALIAS = {"platform": "bus_stop", "doctors": "clinic", "hospital": "clinic"}


def facilities(pbf: Path) -> list[tuple[str, str, float, float]]:
    """(id, kind, lon, lat): nodes at their point, areas at a point on the surface; the first key tells the kind."""
    extract = osm.read(pbf, KindByTags([FacilityKind(key, key, key, "", ({key: "*"},)) for key in _KEYS]))
    found = []
    for features in (extract.points, extract.areas):
        points = shapely.point_on_surface(features.geometry)
        for key, tags, point in zip(features.ids, features.tags, points, strict=True):
            first = next((tag for tag in _KEYS if tag in tags), None)
            if first is not None:
                found.append((key, _ALIAS.get(tags[first], tags[first]), point.x, point.y))
    return found


def write_inputs(folder: Path, reference: Path, pbf: Path) -> tuple[Path, Path, dict[str, dict[str, float]]]:
    """The two tables that ``linli walk`` reads, and the expected distances by id and kind."""
    with reference.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kinds = [column[2:] for column in rows[0] if column.startswith("d_")]
    origins, goals = folder / "origins.csv", folder / "facilities.csv"
    with origins.open("w", newline="") as file:
        csv.writer(file).writerows([("id", "lon", "lat"), *((row["osm_id"], row["lon"], row["lat"]) for row in rows)])
    with goals.open("w", newline="") as file:
        kept = [row for row in facilities(pbf) if row[1] in kinds]
        csv.writer(file).writerows([("id", "kind", "lon", "lat"), *kept])
    expected = {row["osm_id"]: {k: float(row[f"d_{k}"] or np.nan) for k in kinds} for row in rows}
    return origins, goals, expected


def gaps(output: Path, expected: dict[str, dict[str, float]]) -> dict[str, np.ndarray]:
    """Ours minus theirs by kind, over the cells that both have."""
    with output.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found: dict[str, list[float]] = {}
    for row in rows:
        for kind, metres in expected[row["id"]].items():
            if row.get(f"d_{kind}") and np.isfinite(metres):
                found.setdefault(kind, []).append(float(row[f"d_{kind}"]) - metres)
    return {kind: np.array(values) for kind, values in found.items()}
