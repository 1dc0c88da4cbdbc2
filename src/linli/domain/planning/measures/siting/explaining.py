"""Why this plan: what each choice adds, what would be the next best, who is covered before and after."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.compute.facility_location import covering
from linli.compute.network import INFINITY_CM
from linli.compute.sweep import nearest_facilities
from linli.domain.places.rules.layers import AGE_BANDS, AGE_GROUPS
from linli.domain.planning.measures.siting import solving
from linli.domain.planning.measures.siting.arrays import WORTH, Field
from linli.domain.planning.measures.siting.solving import Coverable, Flags, Opening, Plan, Walked, Whole
from linli.domain.planning.rules.siting.problems import Choice, Coverage, Objective, Served, SitingProblem

_NEXT_TRIED = 40
"""Candidates that are looked at, best first, for one that keeps all limits."""


@dataclass(frozen=True, slots=True)
class Explained:
    choices: tuple[Choice, ...]
    coverage: tuple[Coverage, ...]
    cost_fen_by_year: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Next:
    """A candidate in the place of a choice, and what the objective then is."""

    site: int
    value: int


@dataclass(frozen=True, slots=True)
class _Case:
    """One plan with the walks to its places."""

    field: Field
    plan: Plan
    asked: Coverable | Walked
    openings: dict[int, Opening]
    sites: Whole
    walk: NDArray[np.int32]
    """(r, sites)"""


def explained(field: Field, asked: Coverable | Walked, plan: Plan) -> Explained:
    """Choices by year, then by what they add."""
    sites = plan.sites
    openings = solving.schedule(field, plan.chosen, None)
    assert openings is not None, "a plan fits its years"
    case = _Case(field, plan, asked, openings, sites, walks_to(field, sites))
    gains = np.zeros(len(field.candidates), dtype=np.int64)
    for s in range(sites.size):
        gains[sites[s]] = _loss(case, s)
    timed = solving.schedule(field, plan.chosen, gains) or openings
    case = _Case(field, plan, asked, timed, sites, case.walk)
    following = [_next_best(case, s) for s in range(sites.size)]
    to_next = walks_to(field, np.array([n.site if n else 0 for n in following], dtype=np.int64))
    choices = [_choice(case, s, int(gains[sites[s]]), following[s], to_next[:, s]) for s in range(sites.size)]
    choices.sort(key=lambda choice: (choice.year, -choice.adds_value, choice.candidate))
    return Explained(
        tuple(choices), _coverage(case), solving.spent_by_year(field, plan.chosen, timed)
    )  # fmt: skip


def walks_to(field: Field, sites: Whole) -> NDArray[np.int32]:
    """(r, sites) walks from every inhabited building to some candidates."""
    if sites.size == 0:
        return np.empty((field.people.shape[0], 0), dtype=np.int32)
    numbers = np.arange(sites.size)
    return nearest_facilities(field.reach.hierarchy, field.homes, field.sites.take(sites), numbers, sites.size)


def shown(problem: SitingProblem, value: int) -> float:
    """From whole units of the search to the objective's unit."""
    match problem.objective:
        case Objective.MAXIMAL_COVERING:
            return value / WORTH
        case Objective.P_MEDIAN:
            return value / WORTH / 100
        case Objective.P_CENTER:
            return value / 100
        case Objective.SET_COVERING:
            return float(value)


def _choice(case: _Case, s: int, gain: int, following: _Next | None, to_next: NDArray[np.int32]) -> Choice:
    field, site = case.field, int(case.sites[s])
    opening, functions = case.openings[site], case.plan.chosen[site]
    candidate = field.candidates[site]
    way = candidate.ways[opening.way]
    once, yearly = field.cost(way, functions)
    next_adds: tuple[Served, ...] = ()
    next_value = 0
    if following is not None:
        next_adds = _served(case, s, functions, to_next, following.site)
        next_value = following.value
    return Choice(
        candidate=candidate.key,
        functions=tuple(f.kind for f, wanted in zip(field.functions, functions, strict=True) if wanted),
        supply=way.supply,
        year=opening.year,
        cost_fen=None if way.cost_fen is None else once,
        cost_fen_yearly=yearly,
        adds=_served(case, s, functions, case.walk[:, s], site),
        adds_value=shown(field.problem, gain),
        next_best=field.candidates[following.site].key if following else "",
        next_best_adds=next_adds,
        next_best_value=shown(field.problem, next_value),
        area_unknown=candidate.area_m2 is None and any(f.area_m2 > 0 for f in field.functions),
    )


def _others_cm(case: _Case, s: int, g: int) -> NDArray[np.int32]:
    """(r,) to the nearest of what exists and of all other choices, for one function."""
    mine = np.arange(case.sites.size) == s
    columns = np.flatnonzero(case.plan.chosen[case.sites, g] & ~mine)
    others = case.walk[:, columns].min(axis=1, initial=INFINITY_CM)
    return np.minimum(case.field.before_cm[:, g], others)


def _served(case: _Case, s: int, functions: Flags, walk: NDArray[np.int32], site: int) -> tuple[Served, ...]:
    """Who comes within the limits by a walk to a site in the place of choice s, and by nothing else."""
    field = case.field
    if field.capacity is not None and isinstance(case.asked, Coverable):
        return _served_by_capacity(case, s, functions, site)
    found = []
    for g in np.flatnonzero(functions):
        newly = (walk <= field.limit_cm[g]) & (_others_cm(case, s, int(g)) > field.limit_cm[g])
        found.append(Served(field.functions[g].kind, int(field.people[newly, g].sum()), by_band(field, int(g), newly)))
    return tuple(found)


def _served_by_capacity(case: _Case, s: int, functions: Flags, site: int) -> tuple[Served, ...]:
    asked, chosen, f = case.asked, case.plan.chosen.copy(), len(case.field.functions)
    assert isinstance(asked, Coverable)
    made = solving.offers(case.field, asked)
    chosen[case.sites[s]] = False
    without = covering.served_by_group(asked.wanted, made, chosen[asked.site, asked.function], f)[1]
    chosen[site] |= functions
    with_it = covering.served_by_group(asked.wanted, made, chosen[asked.site, asked.function], f)[1]
    none = (0,) * len(AGE_BANDS)
    return tuple(
        Served(case.field.functions[g].kind, int(with_it[g] - without[g]), none) for g in np.flatnonzero(functions)
    )


def by_band(field: Field, g: int, homes: Flags) -> tuple[int, ...]:
    """Residents of some rows by age, of a function's age group; all zero where ages are not known."""
    if not field.situation.bands_known:
        return (0,) * len(AGE_BANDS)
    group = AGE_GROUPS[field.functions[g].age_group]
    people = field.situation.buildings.people[field.reach.rows[homes]].sum(axis=0)
    return tuple(int(people[band]) if band in group else 0 for band in range(len(AGE_BANDS)))


def _sites(chosen: Flags) -> Flags:
    """(n,) whether anything stands at a candidate."""
    return np.asarray(chosen.any(axis=1), dtype=np.bool_)


def _value(case: _Case, chosen: Flags) -> int:
    """The objective of any choice of functions at candidates."""
    if isinstance(case.asked, Walked):
        return solving.walk_value(case.field, case.asked, _sites(chosen)[case.asked.site])
    asked = case.asked
    made = solving.offers(case.field, asked)
    columns = chosen[asked.site, asked.function]
    return covering.served_by_group(asked.wanted, made, columns, len(case.field.functions))[0]


def _loss(case: _Case, s: int) -> int:
    """What the objective loses without a choice; of set covering, what the choice costs."""
    site, field = int(case.sites[s]), case.field
    if field.problem.objective is Objective.SET_COVERING:
        opening = case.openings[site]
        return solving.total_fen(field, site, opening.way, opening.year, case.plan.chosen[site])
    without = case.plan.chosen.copy()
    without[site] = False
    return abs(_value(case, case.plan.chosen) - _value(case, without))


def _next_best(case: _Case, s: int) -> _Next | None:
    """The best candidate in the place of a choice that keeps all limits."""
    site, field = int(case.sites[s]), case.field
    functions = case.plan.chosen[site]
    without = case.plan.chosen.copy()
    without[site] = False
    order = _ranked(case, s, functions)
    base, best = _value(case, without), None
    exactly = field.capacity is not None or isinstance(case.asked, Walked)
    for other, gain in order[:_NEXT_TRIED]:
        if case.plan.chosen[other].any() or not _fits(case, site, other, functions):
            continue
        if field.problem.objective is Objective.SET_COVERING:
            opening = case.openings[site]
            fen = min(solving.total_fen(field, other, w, opening.year, functions) for w in
                      solving.usable_ways(field, other))  # fmt: skip
            if best is None or fen < best.value:
                best = _Next(other, fen)
            continue
        if not exactly:
            return _Next(other, gain)
        instead = without.copy()
        instead[other] = functions
        value = abs(_value(case, instead) - base)
        if best is None or value > best.value:
            best = _Next(other, value)
        if len(order) > 8 and isinstance(case.asked, Coverable):
            # A transport problem each: the first few by what they could at most serve.
            order = order[:8]
    return best if best is None or best.value > 0 else None


def _ranked(case: _Case, s: int, functions: Flags) -> list[tuple[int, int]]:
    """Candidates with what they would add in the place of a choice, at most, the most first."""
    field, site = case.field, int(case.sites[s])
    gain = np.zeros(len(field.candidates), dtype=np.int64)
    if isinstance(case.asked, Walked):
        given, asked = case.asked.given, case.asked
        columns = _sites(case.plan.chosen)[asked.site] & (asked.site != site)
        near = solving.nearest_cm(asked, columns)
        row = np.repeat(np.arange(near.size), np.diff(given.first))
        less = near[row] - given.cm
        if field.problem.objective is Objective.P_CENTER:
            # Only who would walk farther than anybody now decides.
            worst = near[row] > solving.walk_value(field, asked, _sites(case.plan.chosen)[asked.site])
            less = np.where(worst, less, 0)
        weight = np.maximum(less, 0) * asked.weight[row]
        gain[asked.site] = np.bincount(given.column, weights=weight, minlength=asked.site.size).astype(np.int64)
    else:
        cover = case.asked.wanted.cover
        others = case.plan.chosen.copy()
        others[site] = False
        left = cover.served_by(others[case.asked.site, case.asked.function]) == 0
        weight = case.asked.wanted.amount * case.asked.wanted.worth * left
        by_column = np.bincount(cover.column, weights=weight[cover.row_of_entry()], minlength=cover.columns)
        by_column = by_column * functions[case.asked.function]
        np.add.at(gain, case.asked.site, by_column.astype(np.int64))
        if field.problem.objective is Objective.SET_COVERING:
            # Whoever cannot serve all that only this one serves is no substitute.
            own = int(gain[site])
            gain[gain < own] = 0
    order = np.argsort(-gain, kind="stable")
    return [(int(j), int(gain[j])) for j in order if gain[j] > 0]


def _fits(case: _Case, site: int, other: int, functions: Flags) -> bool:
    """Whether a candidate has the room, and its cost in the same year keeps all budgets."""
    field = case.field
    if field.room[other][functions].sum() > field.site_room[other]:
        return False
    opening = case.openings[site]
    for way in solving.usable_ways(field, other):
        openings = {s: o for s, o in case.openings.items() if s != site} | {other: Opening(way, opening.year)}
        chosen = case.plan.chosen.copy()
        chosen[site] = False
        chosen[other] = functions
        if solving.within_budgets(field, chosen, openings):
            return True
    return False


def _coverage(case: _Case) -> tuple[Coverage, ...]:
    field, found = case.field, []
    amounts = _served_in_all(case)
    for g, function in enumerate(field.functions):
        people, before, limit = field.people[:, g], field.before_cm[:, g], field.limit_cm[g]
        after = _others_cm(case, -1, g)
        now, then = int(people[before <= limit].sum()), int(people[after <= limit].sum())
        bands = by_band(field, g, after <= limit)
        if amounts is not None:
            then, bands = now + int(amounts[g]), (0,) * len(AGE_BANDS)
        found.append(
            Coverage(
                kind=function.kind,
                people=int(people.sum()),
                covered_before=now,
                covered_after=then,
                after_by_band=bands,
                mean_m_before=_mean_m(before, people),
                mean_m_after=_mean_m(after, people),
                farthest_m_before=_farthest_m(before, people),
                farthest_m_after=_farthest_m(after, people),
            )
        )
    return tuple(found)


def _served_in_all(case: _Case) -> Whole | None:
    """(f,) where capacity says how many are served."""
    if case.field.capacity is None or not isinstance(case.asked, Coverable):
        return None
    made = solving.offers(case.field, case.asked)
    columns = case.plan.chosen[case.asked.site, case.asked.function]
    return covering.served_by_group(case.asked.wanted, made, columns, len(case.field.functions))[1]


def _mean_m(walk: NDArray[np.int32], people: Whole) -> float:
    weight = np.where(walk < INFINITY_CM, people, 0)
    total = int(weight.sum())
    return float((weight * walk.astype(np.int64)).sum() / total / 100) if total else float("nan")


def _farthest_m(walk: NDArray[np.int32], people: Whole) -> float:
    farthest = int(walk[people > 0].max(initial=0))
    return float("inf") if farthest >= INFINITY_CM else farthest / 100
