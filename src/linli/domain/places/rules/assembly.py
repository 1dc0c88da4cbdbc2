"""From a package to a situation: one way for package files, editions of the database and scenarios alike.

Records are taken in order of key, so that the order of a file changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.compute.network import DroppedPieces, WallReport
from linli.compute.snapping import Anchors, snap
from linli.domain.places.rules import membership, merging, population, projection, walkways
from linli.domain.places.rules.layers import AGE_BANDS
from linli.domain.places.rules.package import DistrictPackage, LayerTable, PopulationGrid
from linli.domain.places.rules.situation import (
    Areas,
    Buildings,
    Compounds,
    Facilities,
    GridCells,
    Premises,
    Situation,
)

METHOD = 2
"""Counts up whenever the same package would give another situation, so that no old cache is read."""

HOME_USES = frozenset({"residential", "mixed"})
_LIVED_IN = ("dwellings", "households", *(f"people_{band}" for band in AGE_BANDS))
_CODE_LENGTH = 12
_SUBDISTRICT_DIGITS = 9


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


@dataclass(frozen=True, slots=True)
class _Table:
    """One layer in order of key: attributes, and geometries in metres."""

    keys: tuple[str, ...]
    attributes: tuple[Mapping[str, object], ...]
    shape: NDArray[np.object_]
    point: NDArray[np.object_]
    place: NDArray[np.int64]

    def values(self, field: str) -> list[object]:
        return [record.get(field) for record in self.attributes]

    def numbers(self, field: str) -> NDArray[np.float64]:
        """NaN where unknown."""
        return np.array([np.nan if value is None else value for value in self.values(field)], dtype=np.float64)

    def texts(self, field: str) -> tuple[str, ...]:
        return tuple("" if value is None else str(value) for value in self.values(field))

    def wholes(self, field: str, dtype: type[np.integer]) -> NDArray[np.integer]:
        """-1 where unknown."""
        return np.array([-1 if value is None else value for value in self.values(field)], dtype=dtype)

    def index(self) -> dict[str, int]:
        return {key: number for number, key in enumerate(self.keys)}

    def take(self, rows: NDArray[np.intp]) -> "_Table":
        return _Table(
            tuple(self.keys[row] for row in rows),
            tuple(self.attributes[row] for row in rows),
            self.shape[rows],
            self.point[rows],
            self.place[rows],
        )


PlaceIds = Mapping[str, Mapping[str, int]]
"""Layer → key → permanent id; empty where a package was read from files."""


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
    tables = {layer: _table(package, layer, epsg, place_ids or {}) for layer in _READ}
    communities, compounds = tables["communities"], tables["compounds"]
    areas = _areas(communities, tables["subdistricts"])
    walls = _walls(compounds, tables["walls"])
    streets, gates = tables["streets"], tables["gates"]
    ground = walkways.walking_ground(streets.attributes, streets.shape, gates.attributes, gates.shape, walls)
    unsettled = _buildings(tables["buildings"], tables)
    homes, unplaced = _settled(unsettled, tables["buildings"], package, areas, communities, epsg)
    facilities, merges, unknown = _facilities(tables["facilities"], tables, facility_kinds)
    situation = Situation(
        fingerprint=package.fingerprint,
        code=package.code,
        name=package.name,
        day=package.day,
        epsg=epsg,
        synthetic=package.synthetic,
        areas=areas,
        compounds=_compounds(compounds, communities, walls),
        buildings=replace(homes.buildings, anchors=snap(ground.network, homes.buildings.xy, homes.buildings.compound)),
        facilities=replace(facilities, anchors=snap(ground.network, facilities.xy, facilities.compound)),
        premises=_premises(tables["premises"], communities),
        network=ground.network,
        facility_kinds=facility_kinds,
        complete_kinds=package.complete_kinds,
        bands_known=homes.bands_known,
        grid_cells=_grid_cells(tables["grid_cells"], communities),
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
    for layer in ("communities", *package.layers):
        table = package.layers.get(layer)
        if table is not None and len(table.keys) and not shapely.is_missing(table.geometry).all():
            return projection.local_epsg(*projection.middle(table.geometry))
    raise ValueError("no record of the package has a geometry")


def _table(package: DistrictPackage, layer: str, epsg: int, place_ids: PlaceIds) -> _Table:
    """A layer in order of key. Records without geometry are left out where the measures need one."""
    table = package.layers.get(layer)
    if table is None or len(table.keys) == 0:
        nothing = np.empty(0, dtype=object)
        return _Table((), (), nothing, nothing, np.empty(0, dtype=np.int64))
    order = np.array(sorted(range(len(table.keys)), key=table.keys.__getitem__), dtype=np.intp)
    if layer not in {"subdistricts", "walls"}:
        order = order[~shapely.is_missing(table.geometry[order]) & ~shapely.is_empty(table.geometry[order])]
    shape = projection.projected(table.geometry[order], epsg)
    keys = tuple(table.keys[row] for row in order)
    ids = place_ids.get(layer, {})
    return _Table(
        keys,
        tuple(table.attributes[row] for row in order),
        shape,
        membership.places_of(shape) if layer not in {"streets", "walls"} else shape,
        np.array([ids.get(key, 0) for key in keys], dtype=np.int64),
    )


def _areas(communities: _Table, subdistricts: _Table) -> Areas:
    return Areas(
        place=communities.place,
        code=communities.keys,
        name=communities.texts("name"),
        kind=tuple(
            kind or kind_of_code(code) for kind, code in zip(communities.texts("kind"), communities.keys, strict=True)
        ),
        area_m2=shapely.area(communities.shape),
        subdistrict=subdistrict_of(
            communities.keys,
            communities.values("subdistrict"),
            communities.point,
            subdistricts.keys,
            subdistricts.shape,
        ),
        subdistrict_place=subdistricts.place,
        subdistrict_code=subdistricts.keys,
        subdistrict_name=subdistricts.texts("name"),
    )


def kind_of_code(code: str) -> str:
    """Community or village by the last three of twelve digits of the statistical division code; "" where it does not
    say.
    """
    if len(code) != _CODE_LENGTH or not code.isdecimal():
        return ""
    number = int(code[-3:])
    for low, high, kind in _KIND_OF_NUMBER:
        if low <= number <= high:
            return kind
    return ""


# Statistical division codes, National Bureau of Statistics: the last three digits tell the kind.
_KIND_OF_NUMBER = (
    (1, 199, "community"),
    (200, 399, "village"),
    (400, 499, "community_like"),
    (500, 599, "village_like"),
)


def subdistrict_of(
    codes: tuple[str, ...],
    named: Sequence[object],
    points: NDArray[np.object_],
    subdistrict_keys: tuple[str, ...],
    shapes: NDArray[np.object_],
) -> NDArray[np.int32]:
    """Index of each community's subdistrict: as named, else by the first nine digits, else by place; -1 for none."""
    keys = {key: number for number, key in enumerate(subdistrict_keys)}
    said = [value or code[:_SUBDISTRICT_DIGITS] for value, code in zip(named, codes, strict=True)]
    return membership.named_else_at(said, keys, points, shapes)


def subdistrict_codes(communities: LayerTable, subdistricts: LayerTable | None) -> list[str | None]:
    """Code of each community's subdistrict by the same rule, None for none."""
    if subdistricts is None:
        return [None] * len(communities.keys)
    found = subdistrict_of(
        communities.keys,
        [record.get("subdistrict") for record in communities.attributes],
        membership.places_of(communities.geometry),
        subdistricts.keys,
        subdistricts.geometry,
    )
    return [subdistricts.keys[row] if row >= 0 else None for row in found]


def _walls(compounds: _Table, walls: _Table) -> walkways.Walls:
    """A compound is walled as recorded; where that is not said, if a wall names it."""
    named = set(walls.texts("compound"))
    said = compounds.values("walled")
    walled = [key in named if value is None else bool(value) for key, value in zip(compounds.keys, said, strict=True)]
    return walkways.Walls(compounds.shape, np.array(walled, dtype=np.bool_), compounds.index())


def _compounds(table: _Table, communities: _Table, walls: walkways.Walls) -> Compounds:
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


def _grid_cells(table: _Table, communities: _Table) -> GridCells:
    return GridCells(
        key=table.keys,
        name=table.texts("name"),
        place=table.place,
        community=membership.area_at(table.point, communities.shape),
    )


def _buildings(table: _Table, tables: Mapping[str, _Table]) -> Buildings:
    """Buildings before anybody lives in them and before they meet the network."""
    floor_area = table.numbers("floor_area_m2")
    footprint = shapely.area(table.shape)
    by_floors = np.where(footprint > 0, footprint * table.numbers("floors"), np.nan)
    compounds = tables["compounds"]
    return Buildings(
        key=table.keys,
        place=table.place,
        xy=membership.coordinates(table.point),
        community=membership.area_at(table.point, tables["communities"].shape),
        compound=membership.named_else_at(table.values("compound"), compounds.index(), table.point, compounds.shape),
        grid_cell=membership.area_at(table.point, tables["grid_cells"].shape),
        residential=_residential(table),
        dwellings=table.wholes("dwellings", np.int32).astype(np.int32),
        households=table.wholes("households", np.int32).astype(np.int32),
        floor_area_m2=np.where(np.isnan(floor_area), by_floors, floor_area),
        year=table.wholes("year", np.int16).astype(np.int16),
        people=np.zeros((len(table.keys), len(AGE_BANDS)), dtype=np.int64),
        people_source=np.zeros(len(table.keys), dtype=np.int8),
        anchors=_NOWHERE,
    )


_NOWHERE = Anchors(*(np.empty(0, dtype=np.int32) for _ in range(4)))


def _residential(table: _Table) -> NDArray[np.bool_]:
    """Homes: used for living as recorded; where no use is recorded, lived in as recorded.

    A layer that records neither dwellings nor households nor people of any building tells nothing by their absence: its
    buildings of unknown use then count as homes.
    """
    lived_in = np.array([any(record.get(field) for field in _LIVED_IN) for record in table.attributes], dtype=np.bool_)
    use = np.array(table.texts("use"), dtype=object)
    said = np.isin(use, list(HOME_USES))
    unsaid = use == ""
    return np.asarray(said | (unsaid & (lived_in | (not lived_in.any()))), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class _Settled:
    buildings: Buildings
    bands_known: bool


def _settled(
    buildings: Buildings, table: _Table, package: DistrictPackage, areas: Areas, communities: _Table, epsg: int
) -> tuple[_Settled, int]:
    registered = np.column_stack([table.numbers(f"people_{band}") for band in AGE_BANDS])
    has_register = np.asarray(np.isfinite(registered).any(axis=1), dtype=np.bool_)
    grid = np.full(len(table.keys), np.nan)
    room = _room(buildings, table)
    if package.population_grid is not None:
        may_live = buildings.residential & ~has_register
        grid = _grid_people(package.population_grid, table.point, np.where(may_live, room, 0.0), epsg)
    homes = population.Homes(
        community=buildings.community,
        registered=np.nan_to_num(registered).astype(np.int64),
        has_register=has_register,
        residential=buildings.residential,
        weight=room,
        grid_people=grid,
    )
    residents = population.settle(homes, _controls(package, areas, communities), package.band_shares)
    settled = replace(buildings, people=residents.people, people_source=residents.source)
    return _Settled(settled, residents.bands_known), residents.unplaced


def _room(buildings: Buildings, table: _Table) -> NDArray[np.float64]:
    """Room to live in, in one unit for all homes: households, else dwellings, where every home has them recorded; else
    floor area. Where floors are unknown the middle number of floors of the homes that have one counts, and where there
    is no footprint either, the middle room of the others.
    """
    homes = buildings.residential
    for counted in (buildings.households, buildings.dwellings):
        if homes.any() and (counted[homes] >= 0).all() and counted[homes].any():
            return np.maximum(counted, 0).astype(np.float64)
    floors = table.numbers("floors")
    known = homes & np.isfinite(floors)
    usual = float(np.median(floors[known])) if known.any() else 1.0
    footprint = shapely.area(table.shape)
    room = np.where(np.isnan(buildings.floor_area_m2), footprint * usual, buildings.floor_area_m2)
    sized = homes & (room > 0)
    return np.where(room > 0, room, float(np.median(room[sized])) if sized.any() else 1.0)


def _grid_people(
    grid: PopulationGrid, points: NDArray[np.object_], room: NDArray[np.float64], epsg: int
) -> NDArray[np.float64]:
    """People of each cell shared among the homes in it, in proportion to their room."""
    cell = membership.area_at(points, projection.projected(grid.cells, epsg))
    inside = cell >= 0
    whole = np.bincount(cell[inside], weights=room[inside], minlength=len(grid.cells))
    share = np.zeros(len(points))
    share[inside] = room[inside] / np.maximum(whole[cell[inside]], np.finfo(np.float64).tiny)
    people = np.zeros(len(points))
    people[inside] = grid.people[cell[inside]] * share[inside]
    return people


def _controls(package: DistrictPackage, areas: Areas, communities: _Table) -> population.Controls:
    totals = package.control_totals
    own = communities.values("people")
    by_community = [
        totals.get(code, -1 if people is None else int(str(people)))
        for code, people in zip(areas.code, own, strict=True)
    ]
    return population.Controls(
        communities=np.array(by_community, dtype=np.int64),
        subdistrict_of=areas.subdistrict,
        subdistricts=np.array([totals.get(code, -1) for code in areas.subdistrict_code], dtype=np.int64),
        district=totals.get(package.code, -1),
    )


def _facilities(
    table: _Table, tables: Mapping[str, _Table], facility_kinds: tuple[str, ...]
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
        anchors=_NOWHERE,
    )
    return facilities, merged.merges, unknown


def _premises(table: _Table, communities: _Table) -> Premises:
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
