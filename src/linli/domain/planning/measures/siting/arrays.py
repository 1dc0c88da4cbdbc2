"""A siting problem over a situation, as arrays: who needs what, which candidate lies how far, what each costs."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.compute.catchment import catchment
from linli.compute.lanes import LANES
from linli.compute.network import INFINITY_CM
from linli.compute.snapping import Anchors, snap
from linli.compute.sweep import nearest_facilities
from linli.domain.checkup.measures import Reach
from linli.domain.places.rules import membership, projection
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.rules.siting.problems import Candidate, Function, SitingProblem, SupplyWay

FAR_CM = 2_000_000
"""Twenty kilometers: nobody walks farther; who reaches nothing within it counts as walking this far."""
WORTH = 100
"""Weights of need are taken to a hundredth."""
_ROOM = 100
"""Areas are taken to a hundredth of a square meter."""

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Field:
    """What all searches and explanations read. r inhabited buildings, f functions, n candidates."""

    situation: Situation
    reach: Reach
    problem: SitingProblem
    homes: Anchors
    sites: Anchors
    people: Whole
    """(r, f) of each function's age group."""
    before_cm: NDArray[np.int32]
    """(r, f) to the nearest facility that exists."""
    worth: Whole
    """(f,) of one person, in hundredths."""
    limit_cm: Whole
    """(f,)"""
    room: Whole
    """(n, f) of the room of a site that a function takes; more than there is where it does not fit."""
    site_room: Whole
    capacity: Whole | None
    """(n, f) people; None where nothing limits."""

    @property
    def functions(self) -> tuple[Function, ...]:
        return self.problem.functions

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        return self.problem.candidates

    @property
    def uncovered(self) -> Whole:
        """(r, f) people whom no facility that exists covers."""
        return np.where(self.before_cm > self.limit_cm, self.people, 0)

    def pairs(self, limit_cm: int) -> tuple[Whole, Whole, Whole]:
        """Rows, candidates and centimeters of all walks up to a limit."""
        found = catchment(self.reach.hierarchy, self.homes, self.sites, limit_cm)
        row, lane = np.nonzero(found.distance_cm <= limit_cm)
        batch = np.searchsorted(found.first, row, side="right") - 1
        home_at = np.full(found.batches * LANES, -1, dtype=np.int64)
        home_at[found.slot] = np.arange(found.slot.size)
        home = home_at[batch * LANES + lane]
        real = home >= 0
        row, lane = row[real], lane[real]
        return home[real], found.facility[row].astype(np.int64), found.distance_cm[row, lane].astype(np.int64)

    def distances(self) -> NDArray[np.int32]:
        """(r, n) all walks; ``INFINITY_CM`` beyond ``FAR_CM``."""
        found = catchment(self.reach.hierarchy, self.homes, self.sites, FAR_CM)
        whole = np.full((found.batches * LANES, len(self.candidates)), INFINITY_CM, dtype=np.int32)
        batch = np.repeat(np.arange(found.batches), np.diff(found.first))
        slot = batch[:, None] * LANES + np.arange(LANES)
        whole[slot, found.facility[:, None]] = found.distance_cm
        whole[whole > FAR_CM] = INFINITY_CM
        return np.ascontiguousarray(whole[found.slot])

    def after_cm(self, sites: Whole, function: Whole) -> NDArray[np.int32]:
        """(r, f) to the nearest of what exists and of functions at some sites, given pair by pair."""
        if sites.size == 0:
            return self.before_cm
        walks = nearest_facilities(
            self.reach.hierarchy, self.homes, self.sites.take(sites), function, len(self.functions)
        )
        return np.minimum(self.before_cm, walks)

    def cost(self, way: SupplyWay, functions: NDArray[np.bool_] | None = None) -> tuple[int, int]:
        """Once and yearly, of a place and of fitting functions out."""
        some = () if functions is None else [f for f, wanted in zip(self.functions, functions, strict=True) if wanted]
        once = (way.cost_fen or 0) + sum(f.cost_fen for f in some)
        return once, way.cost_fen_yearly + sum(f.cost_fen_yearly for f in some)


def field(situation: Situation, reach: Reach, problem: SitingProblem) -> Field:
    """The arrays of a problem that has no faults."""
    rows, kinds = reach.rows, situation.facility_kinds
    people = [_residents(situation, f.age_group)[rows] for f in problem.functions]
    before = [reach.distance_cm[:, kinds.index(f.kind)] for f in problem.functions]
    room, site_room = _rooms(problem)
    return Field(
        situation=situation,
        reach=reach,
        problem=problem,
        homes=situation.buildings.anchors.take(rows),
        sites=_anchors(situation, problem.candidates),
        people=np.column_stack(people).astype(np.int64),
        before_cm=np.column_stack(before).astype(np.int32),
        worth=np.array([round(WORTH * f.weight) for f in problem.functions], dtype=np.int64),
        limit_cm=np.array([round(100 * f.limit_m) for f in problem.functions], dtype=np.int64),
        room=room,
        site_room=site_room,
        capacity=_capacities(problem),
    )


def metres(situation: Situation, candidates: tuple[Candidate, ...]) -> NDArray[np.float64]:
    """(n, 2) where the candidates stand, in the metres of the situation."""
    points = shapely.points(np.array([c.at for c in candidates], dtype=np.float64).reshape(-1, 2))
    return membership.coordinates(projection.projected(points, situation.epsg))


def _residents(situation: Situation, age_group: str) -> Whole:
    found = situation.residents(age_group)
    assert found is not None, "an age group that is not known is a fault"
    return found


def _anchors(situation: Situation, candidates: tuple[Candidate, ...]) -> Anchors:
    xy = metres(situation, candidates)
    compound = membership.area_at(shapely.points(xy), situation.outlines.compounds.geometries())
    return snap(situation.network, xy, compound)


def _rooms(problem: SitingProblem) -> tuple[Whole, Whole]:
    """A function that shares with none takes all the room there is; so does any where the area is not known."""
    functions, n = problem.functions, len(problem.candidates)
    # Each function takes a unit more than its area and finds one more, so that none takes nothing.
    needs = np.array([round(_ROOM * f.area_m2) + 1 for f in functions], dtype=np.int64)
    alone = np.array([not (f.shares and problem.share) for f in functions], dtype=np.bool_)
    room, site_room = np.empty((n, len(functions)), dtype=np.int64), np.empty(n, dtype=np.int64)
    for i, candidate in enumerate(problem.candidates):
        if candidate.area_m2 is None:
            site_room[i], room[i] = 1, 1
            continue
        site_room[i] = round(_ROOM * candidate.area_m2) + len(functions)
        room[i] = np.where(alone & (needs <= site_room[i]), site_room[i], needs)
        room[i][needs > round(_ROOM * candidate.area_m2) + 1] = site_room[i] + 1
    return room, site_room


def _capacities(problem: SitingProblem) -> Whole | None:
    """The candidate's own, else by its area, else the function's."""
    nothing = 2**40
    full = np.full((len(problem.candidates), len(problem.functions)), nothing, dtype=np.int64)
    for i, candidate in enumerate(problem.candidates):
        for g, function in enumerate(problem.functions):
            if candidate.capacity is not None:
                full[i, g] = int(candidate.capacity)
            elif function.people_per_m2 is not None and candidate.area_m2 is not None:
                full[i, g] = int(function.people_per_m2 * (function.area_m2 or candidate.area_m2))
            elif function.capacity is not None:
                full[i, g] = int(function.capacity)
    return None if (full == nothing).all() else full
