"""What an edition holds, as the package it could have been read from."""

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray

from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import models
from linli.domain.places.queries.editions import EmptyEdition
from linli.domain.places.rules import assembly, fingerprint, storage
from linli.domain.places.rules.package import DistrictPackage, LayerTable, PopulationGrid
from linli.domain.places.rules.situation import Situation


def package_of(scope: Scope, edition: int) -> DistrictPackage:
    """The package of an edition, corrections laid in; records in order of key.

    Raises
    ------
    EmptyEdition
    """
    row = models.Edition.objects.select_related("base").get(pk=edition)
    require(scope, Permission.VIEW_PLACES, row.district_id)
    return stored_package(row)


def stored_package(row: models.Edition) -> DistrictPackage:
    """``package_of`` for the operations of this room."""
    base = row if row.kind == models.Edition.Kind.IMPORT else row.base
    if base is None or base.header is None:
        raise EmptyEdition(row.district_id, row.number)
    head = base.header
    tables = {layer: _table(layer, meta, row) for layer, meta in head["layers"].items()}
    return DistrictPackage(
        code=head["code"],
        name=head["name"],
        day=date.fromisoformat(head["day"]),
        source=head["source"],
        licence=head["licence"],
        synthetic=head["synthetic"],
        layers=tables,
        control_totals=head["control_totals"],
        band_shares=None if head["band_shares"] is None else tuple(head["band_shares"]),
        population_grid=None if base.population_grid is None else unpacked_grid(bytes(base.population_grid)),
        complete_kinds=frozenset(head["complete_kinds"]),
        faults=(),
        fingerprint=row.fingerprint,
    )


def _table(layer: str, meta: Mapping[str, str], row: models.Edition) -> LayerTable:
    with connection.cursor() as cursor:
        cursor.execute(_RECORDS, [row.district_id, layer, row.number, row.number])
        records = cursor.fetchall()
    return LayerTable(
        layer=layer,
        keys=tuple(key for key, _, _ in records),
        geometry=geometries([shape for _, shape, _ in records]),
        attributes=tuple(fingerprint.read_attributes(layer, plain) for _, _, plain in records),
        source=meta["source"],
        licence=meta["licence"],
        source_crs=meta["source_crs"],
        day=date.fromisoformat(meta["day"]),
    )


_RECORDS = """
SELECT key, geometry, attributes::text FROM places_version
WHERE district_id = %s AND layer = %s AND from_edition <= %s AND (until_edition IS NULL OR until_edition > %s)
ORDER BY key
"""


def record_hashes(row: models.Edition) -> dict[str, dict[str, bytes]]:
    """Layer → key → hash of every record of an edition."""
    found: dict[str, dict[str, bytes]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_HASHES, [row.district_id, row.number, row.number])
        for layer, key, digest in cursor.fetchall():
            found.setdefault(layer, {})[key] = bytes(digest)
    return found


_HASHES = """
SELECT layer, key, hash FROM places_version
WHERE district_id = %s AND from_edition <= %s AND (until_edition IS NULL OR until_edition > %s)
"""


def geometries(shapes: list[bytes | memoryview | None]) -> NDArray[np.object_]:
    """Shapely geometries of WKB, None for None."""
    raw = np.empty(len(shapes), dtype=object)
    raw[:] = [None if shape is None else bytes(shape) for shape in shapes]
    return np.asarray(shapely.from_wkb(raw), dtype=object)


def packed_grid(grid: PopulationGrid) -> bytes:
    """A population grid as bytes that ``unpacked_grid`` reads."""
    cells = [bytes(cell) for cell in fingerprint.wkb(grid.cells)]
    file = io.BytesIO()
    np.savez_compressed(
        file,
        cells=np.frombuffer(b"".join(cells), dtype=np.uint8),
        size=np.array([len(cell) for cell in cells], dtype=np.int64),
        people=grid.people.astype(np.float64),
    )
    return file.getvalue()


def unpacked_grid(packed: bytes) -> PopulationGrid:
    with np.load(io.BytesIO(packed), allow_pickle=False) as file:
        whole, size, people = file["cells"].tobytes(), file["size"], file["people"]
    ends = np.cumsum(size)
    return PopulationGrid(
        geometries([whole[end - length : end] for end, length in zip(ends, size, strict=True)]), people
    )


def situation(
    scope: Scope,
    edition: int,
    *,
    facility_kinds: tuple[str, ...],
    area: int | None = None,
    cache: Path | None = None,
) -> Situation:
    """The situation of an edition, from the cache folder if it is there, else assembled and put there.

    Walking does not stop at the borders of areas, so the arrays are always the whole district's. Who may see no more
    than an area of it names that ``area`` and shows nothing that lies elsewhere.

    Raises
    ------
    EmptyEdition
    rules.walkways.NoWalkableStreet
    """
    row = models.Edition.objects.select_related("base").get(pk=edition)
    require(scope, Permission.VIEW_PLACES, row.district_id if area is None else area)
    if area is not None and not models.Place.objects.filter(pk=area, district_id=row.district_id).exists():
        require(scope, Permission.VIEW_PLACES, row.district_id)
    ids = place_ids(row)
    if cache is None:
        return assembly.assemble(stored_package(row), facility_kinds=facility_kinds, place_ids=ids)
    file = cache / _cache_name(row.fingerprint, facility_kinds)
    try:
        found = storage.load(file)
    except storage.NotASituation:
        found = assembly.assemble(stored_package(row), facility_kinds=facility_kinds)
        storage.save(found, file)
    return with_places(found, ids)


def _cache_name(edition_fingerprint: str, facility_kinds: tuple[str, ...]) -> str:
    kinds = sha256("\0".join(facility_kinds).encode()).hexdigest()[:12]
    return f"{edition_fingerprint}-{kinds}-{assembly.METHOD}-{storage.FORMAT}.npz"


def place_ids(row: models.Edition) -> dict[str, dict[str, int]]:
    """Layer → key → permanent id of what measures count."""
    found: dict[str, dict[str, int]] = {layer: {} for layer in _IDENTIFIED}
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [row.district_id, list(_IDENTIFIED), row.number, row.number])
        for layer, key, place in cursor.fetchall():
            found[layer][key] = place
    return found


_IDENTIFIED = ("subdistricts", "communities", "grid_cells", "compounds", "buildings", "facilities", "premises")
_IDS = """
SELECT layer, key, place_id FROM places_version
WHERE district_id = %s AND layer = ANY(%s) AND from_edition <= %s AND (until_edition IS NULL OR until_edition > %s)
"""


def with_places(found: Situation, ids: Mapping[str, Mapping[str, int]]) -> Situation:
    """The situation with permanent ids; files and caches have none, for they outlive a database."""

    def of(layer: str, keys: tuple[str, ...]) -> NDArray[np.int64]:
        known = ids.get(layer, {})
        return np.array([known.get(key, 0) for key in keys], dtype=np.int64)

    areas = found.areas
    return replace(
        found,
        areas=replace(
            areas,
            place=of("communities", areas.code),
            subdistrict_place=of("subdistricts", areas.subdistrict_code),
        ),
        compounds=replace(found.compounds, place=of("compounds", found.compounds.key)),
        buildings=replace(found.buildings, place=of("buildings", found.buildings.key)),
        facilities=replace(found.facilities, place=of("facilities", found.facilities.key)),
        grid_cells=replace(found.grid_cells, place=of("grid_cells", found.grid_cells.key)),
        premises=replace(found.premises, place=of("premises", found.premises.key)),
    )
