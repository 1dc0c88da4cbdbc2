"""Buildings, which of them are homes, and the evidence for who lives where."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.compute.snapping import Anchors
from linli.domain.places.rules import membership, population, projection
from linli.domain.places.rules.layers import AGE_BANDS
from linli.domain.places.rules.package import DistrictPackage, PopulationGrid
from linli.domain.places.rules.records import Records
from linli.domain.places.rules.situation import Areas, Buildings

HOME_USES = frozenset({"residential", "mixed"})
_LIVED_IN = ("dwellings", "households", *(f"people_{band}" for band in AGE_BANDS))


def buildings(table: Records, tables: Mapping[str, Records]) -> Buildings:
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
        anchors=NOWHERE,
    )


NOWHERE = Anchors(*(np.empty(0, dtype=np.int32) for _ in range(4)))


def _residential(table: Records) -> NDArray[np.bool_]:
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
class Settled:
    """Buildings with the people in them."""

    buildings: Buildings
    bands_known: bool


def settled(
    built: Buildings, table: Records, package: DistrictPackage, of: Areas, communities: Records, epsg: int
) -> tuple[Settled, int]:
    registered = np.column_stack([table.numbers(f"people_{band}") for band in AGE_BANDS])
    has_register = np.asarray(np.isfinite(registered).any(axis=1), dtype=np.bool_)
    grid = np.full(len(table.keys), np.nan)
    room = _room(built, table)
    if package.population_grid is not None:
        may_live = built.residential & ~has_register
        grid = _grid_people(package.population_grid, table.point, np.where(may_live, room, 0.0), epsg)
    homes = population.Homes(
        community=built.community,
        registered=np.nan_to_num(registered).astype(np.int64),
        has_register=has_register,
        residential=built.residential,
        weight=room,
        grid_people=grid,
    )
    residents = population.settle(homes, _controls(package, of, communities), package.band_shares)
    settled = replace(built, people=residents.people, people_source=residents.source)
    return Settled(settled, residents.bands_known), residents.unplaced


def _room(built: Buildings, table: Records) -> NDArray[np.float64]:
    """Room to live in, in one unit for all homes: households, else dwellings, where every home has them recorded; else
    floor area. Where floors are unknown the middle number of floors of the homes that have one counts, and where there
    is no footprint either, the middle room of the others.
    """
    homes = built.residential
    for counted in (built.households, built.dwellings):
        if homes.any() and (counted[homes] >= 0).all() and counted[homes].any():
            return np.maximum(counted, 0).astype(np.float64)
    floors = table.numbers("floors")
    known = homes & np.isfinite(floors)
    usual = float(np.median(floors[known])) if known.any() else 1.0
    footprint = shapely.area(table.shape)
    room = np.where(np.isnan(built.floor_area_m2), footprint * usual, built.floor_area_m2)
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


def _controls(package: DistrictPackage, of: Areas, communities: Records) -> population.Controls:
    totals = package.control_totals
    own = communities.values("people")
    by_community = [
        totals.get(code, -1 if people is None else int(str(people))) for code, people in zip(of.code, own, strict=True)
    ]
    return population.Controls(
        communities=np.array(by_community, dtype=np.int64),
        subdistrict_of=of.subdistrict,
        subdistricts=np.array([totals.get(code, -1) for code in of.subdistrict_code], dtype=np.int64),
        district=totals.get(package.code, -1),
    )
