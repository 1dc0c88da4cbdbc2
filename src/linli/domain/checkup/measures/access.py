"""Access to every kind of facility, summed over grid cells, compounds, communities, subdistricts or the district.

No pack asks for these figures; planners do. Walking distances are those of the check-up. Supply against demand is the
enhanced two-step floating catchment: capacity per thousand persons, a facility being shared by all who reach it.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from linli.compute.catchment import catchment
from linli.compute.floating_catchment import e2sfca, steps
from linli.compute.network import INFINITY_CM
from linli.domain.checkup.measures.reach import Reach
from linli.domain.places.rules.situation import Situation

LIMITS_M = (300, 500, 800)
"""Five, ten and fifteen minutes on foot, as GB 50180-2018 has its living circles."""
WEIGHTS = (1.0, 0.68, 0.22)
"""Of the three zones: Luo and Qi (2009), An enhanced two-step floating catchment area method, Health & Place 15."""
GROUPS = ("all", "elderly", "children")


class Level(StrEnum):
    """What the figures are summed over."""

    GRID_CELL = "grid_cell"
    COMPOUND = "compound"
    COMMUNITY = "community"
    SUBDISTRICT = "subdistrict"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class AreaAccess:
    """Figures of a areas and all facility kinds of the situation."""

    level: Level
    key: tuple[str, ...]
    name: tuple[str, ...]
    people: NDArray[np.int64]
    """(a, groups) residents by ``GROUPS``; only the first is filled where ages are not known."""
    within: NDArray[np.int64]
    """(a, kinds, limits, groups) residents whose nearest facility lies within each of ``LIMITS_M``."""
    mean_m: NDArray[np.float64]
    """(a, kinds) mean walk of all residents that reach one; NaN where none does."""
    places_per_1000: NDArray[np.float64]
    """(a, kinds) capacity that a thousand residents can reach; NaN for a kind of which any capacity is not known."""


def area_access(situation: Situation, reach: Reach, level: Level) -> AreaAccess:
    """Sum access over the areas of one level; homes outside every area of it are left out."""
    key, name, of_building = _areas(situation, level)
    rows, area = reach.rows, of_building[reach.rows]
    known = area >= 0
    area, people = area[known], _people(situation, rows[known])
    distance = reach.distance_cm[known]
    near = distance[:, :, None] <= np.array(LIMITS_M) * 100
    within = np.zeros((len(key), distance.shape[1], len(LIMITS_M), len(GROUPS)), dtype=np.int64)
    np.add.at(within, area, near[:, :, :, None] * people[:, None, None, :])
    total = np.zeros((len(key), len(GROUPS)), dtype=np.int64)
    np.add.at(total, area, people)
    walk_m = np.where(distance < INFINITY_CM, distance / 100, np.nan)
    mean = _mean(area, len(key), walk_m, people[:, 0])
    supply = _mean(area, len(key), 1000 * _supply(situation, reach)[known], people[:, 0])
    return AreaAccess(level, key, name, total, within, mean, supply)


def _areas(situation: Situation, level: Level) -> tuple[tuple[str, ...], tuple[str, ...], NDArray[np.int64]]:
    """Keys and names of the areas, and which of them each building lies in (-1 for none)."""
    areas, buildings = situation.areas, situation.buildings
    match level:
        case Level.GRID_CELL:
            return situation.grid_cells.key, situation.grid_cells.name, buildings.grid_cell.astype(np.int64)
        case Level.COMPOUND:
            return situation.compounds.key, situation.compounds.name, buildings.compound.astype(np.int64)
        case Level.COMMUNITY:
            return areas.code, areas.name, buildings.community.astype(np.int64)
        case Level.SUBDISTRICT:
            # The last entry answers for buildings in no community.
            of_community = np.append(areas.subdistrict, -1).astype(np.int64)
            return areas.subdistrict_code, areas.subdistrict_name, of_community[buildings.community]
        case Level.DISTRICT:
            return (situation.code,), (situation.name,), np.where(buildings.community >= 0, 0, -1)


def _people(situation: Situation, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """(r, groups) residents of some buildings; zero for a group whose ages are not known."""
    of_group = (situation.residents(group) for group in GROUPS)
    none = np.zeros(rows.size, dtype=np.int64)
    return np.column_stack([none if found is None else found[rows] for found in of_group])


def _mean(
    area: NDArray[np.int64], areas: int, figures: NDArray[np.float64], people: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(areas, kinds) mean of the figures that are known, each weighted by its people; NaN where there are none."""
    told = ~np.isnan(figures)
    weight, weighted = np.zeros((areas, figures.shape[1])), np.zeros((areas, figures.shape[1]))
    np.add.at(weight, area, told * people[:, None])
    np.add.at(weighted, area, np.nan_to_num(figures) * people[:, None])
    return np.divide(weighted, weight, out=np.full_like(weight, np.nan), where=weight > 0)


def _supply(situation: Situation, reach: Reach) -> NDArray[np.float64]:
    """(r, kinds) capacity per person that each home reaches, of facilities open to all."""
    facilities, kinds = situation.facilities, len(situation.facility_kinds)
    shared = np.flatnonzero(facilities.open_to_all)
    capacity, kind = facilities.capacity[shared], facilities.kind[shared]
    homes = situation.buildings.anchors.take(reach.rows)
    limits_cm = [limit * 100 for limit in LIMITS_M]
    found = catchment(reach.hierarchy, homes, facilities.anchors.take(shared), limits_cm[-1])
    people = situation.buildings.people[reach.rows].sum(axis=1)
    weight = steps(limits_cm, WEIGHTS)
    access = e2sfca(found, people, np.nan_to_num(capacity), kind, kinds, weight).per_person
    unknown = np.bincount(kind[np.isnan(capacity)], minlength=kinds) > 0
    access[:, unknown | (np.bincount(kind, minlength=kinds) == 0)] = np.nan
    return access
