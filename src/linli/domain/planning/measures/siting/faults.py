"""What is wrong with a siting problem, before anything is computed."""

from collections.abc import Iterator
from math import isfinite

import shapely

from linli.domain.places.rules import membership
from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.measures.siting.arrays import FAR_CM, metres
from linli.domain.planning.rules.siting.problems import (
    Candidate,
    FaultReason,
    Function,
    Objective,
    SitingFault,
    SitingProblem,
)

_NEAREST = (Objective.P_MEDIAN, Objective.P_CENTER)
_MONEY_MOST = 10**15
"""Fen: ten trillion yuan; what is more is a slip of the pen."""


def faults(situation: Situation, problem: SitingProblem) -> tuple[SitingFault, ...]:
    """All at once, each with its place; none if the problem can be put."""
    found = [*_of_problem(problem), *_twice(problem)]
    for function in problem.functions:
        found += _of_function(situation, problem, function)
    for candidate in problem.candidates:
        found += _of_candidate(problem, candidate)
    found += _outside(situation, problem)
    return tuple(found)


def _of_problem(problem: SitingProblem) -> Iterator[SitingFault]:
    if not problem.candidates:
        yield SitingFault("", FaultReason.NO_CANDIDATES)
    if not problem.functions:
        yield SitingFault("", FaultReason.NO_FUNCTIONS)
    for fen in (*problem.budgets_fen, *(() if problem.budget_fen is None else (problem.budget_fen,))):
        if not 0 <= fen <= _MONEY_MOST:
            yield SitingFault("", FaultReason.BAD_BUDGET, str(fen))
    if problem.budget_fen == 0 or (problem.budgets_fen and not any(problem.budgets_fen)):
        yield SitingFault("", FaultReason.BAD_BUDGET, "0")
    if problem.facilities_most is not None and problem.facilities_most < 1:
        yield SitingFault("", FaultReason.BAD_NUMBER, str(problem.facilities_most))
    covers_all = problem.objective is Objective.SET_COVERING
    if problem.facilities_most is None and not problem.has_budget and not covers_all:
        yield SitingFault("", FaultReason.NO_LIMIT)
    if covers_all and not 0 < problem.cover_share <= 1:
        yield SitingFault("", FaultReason.BAD_SHARE, f"{problem.cover_share:g}")


def _twice(problem: SitingProblem) -> Iterator[SitingFault]:
    keys, kinds = [c.key for c in problem.candidates], [f.kind for f in problem.functions]
    for key in dict.fromkeys(key for key in keys if keys.count(key) > 1):
        yield SitingFault(key, FaultReason.KEY_TWICE)
    for kind in dict.fromkeys(kind for kind in kinds if kinds.count(kind) > 1):
        yield SitingFault(kind, FaultReason.FUNCTION_TWICE)


def _of_function(situation: Situation, problem: SitingProblem, function: Function) -> Iterator[SitingFault]:
    if function.kind not in situation.facility_kinds:
        yield SitingFault(function.kind, FaultReason.UNKNOWN_KIND, function.kind)
    if function.age_group not in AGE_GROUPS:
        yield SitingFault(function.kind, FaultReason.UNKNOWN_AGE_GROUP, function.age_group)
    elif situation.residents(function.age_group) is None:
        yield SitingFault(function.kind, FaultReason.AGES_UNKNOWN, function.age_group)
    if not 0 < function.limit_m * 100 <= FAR_CM:
        yield SitingFault(function.kind, FaultReason.BAD_WALKING_LIMIT, f"{function.limit_m:g}")
    if not 0.01 <= function.weight <= 1000:
        yield SitingFault(function.kind, FaultReason.BAD_WEIGHT, f"{function.weight:g}")
    if not (isfinite(function.area_m2) and 0 <= function.area_m2 <= 1e8):
        yield SitingFault(function.kind, FaultReason.BAD_AREA, f"{function.area_m2:g}")
    for capacity in (function.capacity, function.people_per_m2):
        if capacity is not None and not 0 < capacity < 1e9:
            yield SitingFault(function.kind, FaultReason.BAD_CAPACITY, f"{capacity:g}")
    if not (0 <= function.cost_fen <= _MONEY_MOST and 0 <= function.cost_fen_yearly <= _MONEY_MOST):
        yield SitingFault(
            function.kind, FaultReason.NEGATIVE_COST, str(min(function.cost_fen, function.cost_fen_yearly))
        )
    if problem.objective in _NEAREST:
        if len(problem.functions) > 1 and not (problem.share and function.shares):
            yield SitingFault(function.kind, FaultReason.NOT_TOGETHER)
        if function.capacity is not None or function.people_per_m2 is not None:
            yield SitingFault(function.kind, FaultReason.CAPACITY_NOT_COUNTED)


def _of_candidate(problem: SitingProblem, candidate: Candidate) -> Iterator[SitingFault]:
    ways, key = candidate.ways, candidate.key
    if not ways:
        yield SitingFault(key, FaultReason.NO_WAY_OF_SUPPLY)
    for way in ways:
        for fen in (way.cost_fen or 0, way.cost_fen_yearly):
            if not 0 <= fen <= _MONEY_MOST:
                yield SitingFault(key, FaultReason.NEGATIVE_COST, str(fen))
    costs = problem.has_budget or problem.objective is Objective.SET_COVERING
    if ways and costs and all(way.cost_fen is None for way in ways):
        yield SitingFault(key, FaultReason.COST_UNKNOWN)
    if candidate.capacity is not None and not 0 < candidate.capacity < 1e9:
        yield SitingFault(key, FaultReason.BAD_CAPACITY, f"{candidate.capacity:g}")
    elif candidate.capacity is not None and problem.objective in _NEAREST:
        yield SitingFault(key, FaultReason.CAPACITY_NOT_COUNTED)
    if candidate.area_m2 is not None and not 0 < candidate.area_m2 <= 1e8:
        yield SitingFault(key, FaultReason.BAD_AREA, f"{candidate.area_m2:g}")


def _outside(situation: Situation, problem: SitingProblem) -> Iterator[SitingFault]:
    """Candidates in no community, or nowhere on earth."""
    inside = []
    for candidate in problem.candidates:
        lon, lat = candidate.at
        if -180 <= lon <= 180 and -90 <= lat <= 90:
            inside.append(candidate)
        else:
            yield SitingFault(candidate.key, FaultReason.OUTSIDE_DISTRICT, f"{lon:g}, {lat:g}")
    areas = situation.outlines.communities.geometries()
    if not inside or not len(areas):
        return
    at = membership.area_at(shapely.points(metres(situation, tuple(inside))), areas)
    for candidate, area in zip(inside, at, strict=True):
        if area < 0:
            lon, lat = candidate.at
            yield SitingFault(candidate.key, FaultReason.OUTSIDE_DISTRICT, f"{lon:.5f}, {lat:.5f}")
