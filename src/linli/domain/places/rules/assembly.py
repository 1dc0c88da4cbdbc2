"""From a package to a situation: one way for package files, editions of the database and scenarios alike.

Records are taken in order of key, so that the order of a file changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely

from linli.compute.network import DroppedPieces, WallReport
from linli.compute.snapping import snap
from linli.domain.places.rules import areas, homes, membership, merging, projection, walkways
from linli.domain.places.rules.package import DistrictPackage
from linli.domain.places.rules.records import PlaceIds, Records, records_of
from linli.domain.places.rules.situation import (
    Compounds,
    Facilities,
    Outlines,
    Premises,
    Shapes,
    Situation,
)

METHOD = 5
"""Counts up whenever the same package would give another situation, so that no old cache is read."""


@dataclass(frozen=True, slots=True)
class AssemblyReport:
    """What was merged, left out or assumed on the way."""

    merges: tuple[merging.Merge, ...]
    walls: WallReport
    dropped: DroppedPieces
    assumed_gates: int
    stray_gates: int
    buildings_outside: int
    """Buildings in no community."""
    facilities_outside: int
    people_unplaced: int
    """People of control totals in areas where no home is recorded."""
    unknown_kinds: tuple[str, ...]
    """Facility kinds that the vocabulary does not have; their facilities are left out."""


def assemble(
    package: DistrictPackage, *, facility_kinds: tuple[str, ...], place_ids: PlaceIds | None = None
) -> Situation:
    """The situation that a package describes.

    Raises
    ------
    walkways.NoWalkableStreet
        If nobody can walk anywhere.
    ValueError
        If no record of the package has a geometry.
    """
    return assemble_with_report(package, facility_kinds=facility_kinds, place_ids=place_ids)[0]


def assemble_with_report(
    package: DistrictPackage, *, facility_kinds: tuple[str, ...], place_ids: PlaceIds | None = None
) -> tuple[Situation, AssemblyReport]:
    """The situation, and what was merged, left out or assumed."""
    epsg = _epsg(package)
    tables = {layer: records_of(package, layer, epsg, place_ids or {}) for layer in _READ}
    communities, compounds = tables["communities"], tables["compounds"]
    within = areas.areas(communities, tables["subdistricts"])
    walls = _walls(compounds, tables["walls"])
    streets, gates = tables["streets"], tables["gates"]
    ground = walkways.walking_ground(
        streets.attributes, streets.shape, gates.attributes, gates.shape, walls, gate_keys=gates.keys
    )
    built = homes.buildings(tables["buildings"], tables)
    lived_in, unplaced = homes.settled(built, tables["buildings"], package, within, communities, epsg)
    facilities, merges, unknown = _facilities(tables["facilities"], tables, facility_kinds)
    situation = Situation(
        fingerprint=package.fingerprint,
        code=package.code,
        name=package.name,
        day=package.day,
        epsg=epsg,
        synthetic=package.synthetic,
        areas=within,
        compounds=_compounds(compounds, communities, walls),
        buildings=replace(
            lived_in.buildings, anchors=snap(ground.network, lived_in.buildings.xy, lived_in.buildings.compound)
        ),
        facilities=replace(facilities, anchors=snap(ground.network, facilities.xy, facilities.compound)),
        premises=_premises(tables["premises"], communities),
        network=ground.network,
        facility_kinds=facility_kinds,
        complete_kinds=package.complete_kinds,
        bands_known=lived_in.bands_known,
        grid_cells=areas.grid_cells(tables["grid_cells"], communities),
        gates=ground.gates,
        outlines=Outlines(
            Shapes.of(communities.shape), Shapes.of(compounds.shape), Shapes.of(tables["grid_cells"].shape)
        ),
    )
    report = AssemblyReport(
        merges=merges,
        walls=ground.walls,
        dropped=ground.dropped,
        assumed_gates=ground.assumed_gates,
        stray_gates=ground.stray_gates,
        buildings_outside=int((situation.buildings.community < 0).sum()),
        facilities_outside=int((situation.facilities.community < 0).sum()),
        people_unplaced=unplaced,
        unknown_kinds=unknown,
    )
    return situation, report


_READ = (
    "subdistricts",
    "communities",
    "grid_cells",
    "compounds",
    "gates",
    "buildings",
    "facilities",
    "premises",
    "streets",
    "walls",
)


def _epsg(package: DistrictPackage) -> int:
    """From the communities, else from whatever has a place."""
    for layer in ("communities", *sorted(package.layers)):
        table = package.layers.get(layer)
        if table is not None and len(table.keys) and not shapely.is_missing(table.geometry).all():
            return projection.local_epsg(*projection.middle(table.geometry))
    raise ValueError("no record of the package has a geometry")


def _walls(compounds: Records, walls: Records) -> walkways.Walls:
    """A compound is walled as recorded; where that is not said, if a wall names it."""
    named = set(walls.texts("compound"))
    said = compounds.values("walled")
    walled = [key in named if value is None else bool(value) for key, value in zip(compounds.keys, said, strict=True)]
    return walkways.Walls(compounds.shape, np.array(walled, dtype=np.bool_), compounds.index())


def _compounds(table: Records, communities: Records, walls: walkways.Walls) -> Compounds:
    return Compounds(
        key=table.keys,
        name=table.texts("name"),
        place=table.place,
        community=membership.area_at(table.point, communities.shape),
        type=table.texts("type"),
        walled=walls.walled,
        area_m2=shapely.area(table.shape),
        year=table.wholes("year", np.int16).astype(np.int16),
    )


def _facilities(
    table: Records, tables: Mapping[str, Records], facility_kinds: tuple[str, ...]
) -> tuple[Facilities, tuple[merging.Merge, ...], tuple[str, ...]]:
    number = {kind: index for index, kind in enumerate(facility_kinds)}
    unknown = tuple(sorted({kind for kind in table.texts("kind") if kind not in number}))
    table = table.take(np.flatnonzero([kind in number for kind in table.texts("kind")]))
    merged = merging.merged_facilities(table.keys, table.attributes, table.shape)
    table = replace(table.take(merged.rows), attributes=merged.attributes)
    compounds = tables["compounds"]
    area = table.numbers("area_m2")
    outline = shapely.area(table.shape)
    facilities = Facilities(
        key=table.keys,
        name=table.texts("name"),
        place=table.place,
        xy=membership.coordinates(table.point),
        kind=np.array([number[kind] for kind in table.texts("kind")], dtype=np.int16),
        community=membership.area_at(table.point, tables["communities"].shape),
        compound=membership.named_else_at(table.values("compound"), compounds.index(), table.point, compounds.shape),
        capacity=table.numbers("capacity"),
        area_m2=np.where(np.isnan(area) & (outline > 0), outline, area),
        open_to_all=np.array([value != "residents" for value in table.values("open_to")], dtype=np.bool_),
        anchors=homes.NOWHERE,
        hours=table.texts("opening_hours"),
    )
    return facilities, merged.merges, unknown


def _premises(table: Records, communities: Records) -> Premises:
    area = table.numbers("area_m2")
    outline = shapely.area(table.shape)
    return Premises(
        key=table.keys,
        place=table.place,
        xy=membership.coordinates(table.point),
        community=membership.area_at(table.point, communities.shape),
        idle=np.array([value == "idle" for value in table.values("state")], dtype=np.bool_),
        area_m2=np.where(np.isnan(area) & (outline > 0), outline, area),
    )
