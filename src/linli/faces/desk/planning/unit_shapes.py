"""Proposals as pictures: small maps and strips of dots as vector graphics, atoms and borders for the large map."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import shapely
from django.core.cache import cache
from django.utils.functional import Promise
from numpy.typing import NDArray

from linli.domain.places.rules.projection import WGS84, unprojected
from linli.domain.planning.queries.units import PlannedUnit, ProposalValue
from linli.domain.planning.rules.units.proposals import Atoms, Proposal, Unit
from linli.domain.planning.rules.units.studies import colors, middles

PALETTE = ("#8fbfe0", "#f0c987", "#9ed0b4", "#dcb0cc", "#e9e2a0", "#c3b7a4", "#b9c6cf")
"""Pale blue, orange, green, purple, yellow, brown and grey after Okabe and Ito: neighbors differ for every eye, and the
names and the pale map stay readable on top.
"""
WIDTH = 320
STRIP_WIDTH, STRIP_HEIGHT = 640, 46
KEPT_S = 86400
SIMPLIFY_M, METERS_A_DEGREE = 15.0, 111_320.0
_GRID_DEGREES = 1e-5
"""About a meter: finer than the map shows of an atom."""
_LINE = 1

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Patch:
    """One unit of a small map. ``path`` is the outline as SVG writes it."""

    number: int
    path: str
    color: str
    exception: bool


@dataclass(frozen=True, slots=True)
class SmallMap:
    height: int
    """Beside a width of ``WIDTH``."""
    patches: tuple[Patch, ...]


def small_map(drawn: Proposal) -> SmallMap:
    """All units of a proposal in one picture as wide as ``WIDTH``."""
    shown = colors(drawn.atoms, drawn.unit)
    west, south, east, north = shapely.total_bounds(drawn.atoms.shape)
    scale = (WIDTH - 4) / max(east - west, 0.6 * (north - south), 1)
    left = (WIDTH - scale * (east - west)) / 2

    def screen(meters: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([left + scale * (meters[:, 0] - west), 2 + scale * (north - meters[:, 1])])

    outlines = shapely.transform(shapely.simplify(unit_shapes(drawn), 0.4 / scale), screen)
    patches = tuple(
        Patch(unit.number, _path(outline), PALETTE[shown[unit.number]], unit.infeasible)
        for unit, outline in zip(drawn.units, outlines, strict=True)
    )
    return SmallMap(round(scale * (north - south)) + 4, patches)


def unit_shapes(drawn: Proposal) -> Shapes:
    """The outline of each unit in meters."""
    return np.array([shapely.union_all(drawn.atoms.shape[list(unit.atoms)]) for unit in drawn.units], dtype=object)


def _path(shape: shapely.Geometry) -> str:
    rings = [
        ring
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring.coords[:-1]) + "Z" for ring in rings)


@dataclass(frozen=True, slots=True)
class Strip:
    """The people of each unit of one proposal on a common scale."""

    name: str | Promise
    url: str
    y: int
    dots: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Strips:
    """Strips below one another. ``least`` and ``band`` are where the range begins and how wide it is."""

    rows: tuple[Strip, ...]
    width: int
    height: int
    bottom: int
    least: float
    band: float
    ticks: tuple[dict[str, Any], ...]


def strips(
    proposals: Sequence[ProposalValue], names: Sequence[str], urls: Sequence[str], people_min: int, people_max: int
) -> Strips:
    top = max([people_max * 1.15, *(max(one.people, default=0) for one in proposals)])

    def x(people: float) -> float:
        return round(12 + (STRIP_WIDTH - 24) * people / top, 1)

    def dots(n: int, people: Sequence[int]) -> tuple[dict[str, Any], ...]:
        y = STRIP_HEIGHT * n + 32
        return tuple(
            {"x": x(each), "y": round(y + 7 * _spread(k), 1), "out": not people_min <= each <= people_max}
            for k, each in enumerate(sorted(people))
        )

    bottom = STRIP_HEIGHT * len(proposals) + 4
    return Strips(
        rows=tuple(
            Strip(name, url, STRIP_HEIGHT * n + 15, dots(n, one.people))
            for n, (one, name, url) in enumerate(zip(proposals, names, urls, strict=True))
        ),
        width=STRIP_WIDTH,
        height=bottom + 22,
        bottom=bottom,
        least=x(people_min),
        band=round(x(people_max) - x(people_min), 1),
        ticks=tuple({"x": x(each), "text": f"{each:,}"} for each in range(0, int(top) + 1, _step(top))),
    )


def _step(top: float) -> int:
    return next(step for step in (1000, 2000, 5000, 10_000, 20_000, 50_000, 10**6) if top / step <= 8)


def _spread(k: int) -> float:
    """Between -1 and 1, so that dots beside each other do not hide each other."""
    return (((k * 0.618) % 1) - 0.5) * 2


def kept_geojson(atoms: Atoms) -> str:
    """``atoms_geojson``, made once."""
    return cast(str, cache.get_or_set(f"units.atoms.{atoms.fingerprint}", lambda: atoms_geojson(atoms), KEPT_S))


def atoms_geojson(atoms: Atoms) -> str:
    """Atoms as areas and their borders as lines, each with its number as id; for a map that paints them by state."""
    whole = (
        shapely.coverage_simplify(atoms.shape, SIMPLIFY_M) if shapely.coverage_is_valid(atoms.shape) else atoms.shape
    )
    first, second = atoms.borders.first, atoms.borders.second
    common = _lines(shapely.intersection(whole[first], whole[second]))
    people = atoms.residents().tolist()
    areas = [{"name": atoms.name[n] or atoms.key[n], "people": people[n]} for n in range(len(atoms))]
    ends = [{"a": a, "b": b} for a, b in zip(first.tolist(), second.tolist(), strict=True)]
    return f'{{"atoms": {_features(whole, areas, atoms.epsg)}, "borders": {_features(common, ends, atoms.epsg)}}}'


def _lines(shapes: Shapes) -> Shapes:
    """What is line in an intersection: two atoms may touch in points as well."""
    parts, of = shapely.get_parts(shapes, return_index=True)
    is_line = shapely.get_type_id(parts) == _LINE
    empty = np.full(len(shapes), shapely.MultiLineString(), dtype=object)
    lines = shapely.multilinestrings(parts[is_line], indices=of[is_line], out=empty)
    return np.asarray(shapely.line_merge(lines), dtype=object)


def _features(shapes: Shapes, properties: Sequence[dict[str, Any]], epsg: int) -> str:
    """A collection as text: the shapes are many, and reading them back to write them again takes a second."""
    texts = shapely.to_geojson(shapely.set_precision(unprojected(shapes, epsg), _GRID_DEGREES, mode="pointwise"))
    features = (
        f'{{"type": "Feature", "id": {n}, "geometry": {text}, "properties": {json.dumps(told, ensure_ascii=False)}}}'
        for n, (text, told) in enumerate(zip(texts, properties, strict=True))
    )
    return f'{{"type": "FeatureCollection", "features": [{",".join(features)}]}}'


def label_points(atoms: Atoms, units: Sequence[Unit]) -> dict[int, tuple[float, float]]:
    """Where units are named, in longitude and latitude."""
    found = middles(atoms, units)
    points = shapely.points(np.array(list(found.values()), dtype=np.float64).reshape(-1, 2))
    turned = unprojected(np.asarray(points, dtype=object), atoms.epsg)
    return {number: (round(p.x, 6), round(p.y, 6)) for number, p in zip(found, turned, strict=True)}


def plan_geojson(units: Sequence[PlannedUnit], names: Sequence[str]) -> str:
    """Units of a plan for the district map."""
    shapes = np.array([unit.geometry for unit in units], dtype=object)
    told = [
        {"name": name, "label": f"{unit.number}\n{unit.people:,}", "color": PALETTE[unit.color]}
        for unit, name in zip(units, names, strict=True)
    ]
    return _features(_simpler(shapes, SIMPLIFY_M / METERS_A_DEGREE), told, WGS84)


def _simpler(shapes: Shapes, tolerance: float) -> Shapes:
    """Areas side by side without the small teeth of their borders, still side by side."""
    if not shapes.size or not shapely.coverage_is_valid(shapes):
        return shapes
    return np.asarray(shapely.coverage_simplify(shapes, tolerance), dtype=object)


def kept_map(value: ProposalValue, drawn: Callable[[], Proposal]) -> SmallMap:
    """The small map of a proposal, drawn once: proposals are never rewritten."""
    mark = f"units.small_map.{value.id}.{value.at.timestamp()}"
    return cast(SmallMap, cache.get_or_set(mark, lambda: small_map(drawn()), KEPT_S))
