"""Where no choice keeps all rules: which of them would have to give, and how far."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from linli.compute.facility_location import covering
from linli.compute.facility_location.watching import Ending, NothingFits, Watch
from linli.compute.network import INFINITY_CM
from linli.compute.sweep import nearest_facilities
from linli.domain.planning.measures.siting import solving
from linli.domain.planning.measures.siting.arrays import Field
from linli.domain.planning.measures.siting.solving import Coverable, Walked, Whole
from linli.domain.planning.rules.siting.problems import Relaxation, Rule

_HALVINGS = 7
_LEAST_SHARE = 0.001


def unaffordable(field: Field, asked: Coverable | Walked) -> tuple[Relaxation, ...]:
    """The least budget that buys anything, where the budget buys nothing."""
    most = solving.fen_most(field.problem)
    if most is None or asked.site.size == 0:
        return ()
    cost = solving.cheapest_fen(field)
    if isinstance(asked, Walked):
        use, _ = solving.use_of_sites(field, asked.site)
        least = int(use[:, -1].min())
    else:
        fit_out = np.array([f.cost_fen + f.cost_fen_yearly for f in field.functions], dtype=np.int64)
        least = int((cost[asked.site] + fit_out[asked.function]).min())
    return (Relaxation(Rule.BUDGET, most, least, proven=True),) if least > most else ()


def out_of_reach(field: Field, asked: Coverable) -> tuple[Relaxation, ...]:
    """Functions of which all candidates together cover or serve fewer people than set covering wants."""
    found: list[Relaxation] = []
    wanted, everybody = solving.needed(field), field.people.sum(axis=0)
    before = everybody - field.uncovered.sum(axis=0)
    reachable = np.zeros(len(field.functions), dtype=np.int64)
    np.add.at(reachable, asked.wanted.group, asked.wanted.amount)
    served = _served_by_all(field, asked)
    now = field.problem.cover_share
    limited = field.problem.has_budget or field.problem.facilities_most is not None
    free = not limited and len(field.functions) == 1
    for g, function in enumerate(field.functions):
        if served[g] >= wanted[g]:
            continue
        share = (before[g] + served[g]) / max(1, everybody[g])
        found.append(Relaxation(Rule.COVER_SHARE, now, _floor(share), proven=free, place=function.kind))
        if reachable[g] < wanted[g]:
            limit = _limit_that_reaches(field, g)
            if limit is not None:
                found.append(Relaxation(Rule.WALKING_LIMIT, function.limit_m, limit, proven=False, place=function.kind))
        else:
            found.append(Relaxation(Rule.CAPACITY, 0, int(wanted[g] - served[g]), proven=True, place=function.kind))
    return tuple(found)


def too_tight(field: Field, asked: Coverable, watch: Watch) -> tuple[Relaxation, ...]:
    """Number, budget, or share: each relaxed by itself until set covering has an answer."""
    problem = field.problem
    found = [
        _more_places(field, asked, watch.part(watch.left_s / 3)) if problem.facilities_most is not None else None,
        _more_money(field, asked, watch.part(watch.left_s / 2)) if problem.has_budget else None,
        _smaller_share(field, asked, watch.part(watch.left_s)),
    ]
    return tuple(one for one in found if one is not None)


def _more_places(field: Field, asked: Coverable, watch: Watch) -> Relaxation | None:
    """The fewest places that do, the budgets kept."""
    problem = field.problem
    freed = replace(field, problem=replace(problem, facilities_most=None))
    fewest = _fewest(freed, asked, watch)
    if fewest is None or fewest[0].sites.size <= (problem.facilities_most or 0):
        return None
    plan, proven = fewest
    if solving.schedule(freed, plan.chosen, None) is None:
        return None
    return Relaxation(Rule.FACILITIES, problem.facilities_most or 0, int(plan.sites.size), proven)


def _more_money(field: Field, asked: Coverable, watch: Watch) -> Relaxation | None:
    """The least total that does, the number of places kept; years grow in proportion."""
    problem, most = field.problem, solving.fen_most(field.problem) or 0
    freed = replace(field, problem=replace(problem, budget_fen=None, budgets_fen=()))
    try:
        plan = solving.cover_cheapest(freed, asked, watch)
    except NothingFits:
        return None
    if not problem.budgets_fen:
        return Relaxation(Rule.BUDGET, most, plan.value, plan.ending is Ending.PROVEN) if plan.value > most else None
    fen = _years_that_do(field, plan, sum(problem.budgets_fen))
    return None if fen is None else Relaxation(Rule.BUDGET, most, fen, proven=False)


def _years_that_do(field: Field, plan: solving.Plan, together: int) -> int | None:
    """The least total, all years grown in proportion and in whole fen, in which a plan can be opened."""

    def enough(fen: int) -> bool:
        grown = tuple(-(-each * fen // together) for each in field.problem.budgets_fen)
        total = None if field.problem.budget_fen is None else fen
        richer = replace(field.problem, budgets_fen=grown, budget_fen=total)
        return solving.schedule(replace(field, problem=richer), plan.chosen, None) is not None

    high = max(together, plan.value)
    while not enough(high):
        high *= 2
        if high > 1000 * max(together, plan.value):
            return None
    low = together
    while low + max(1, high // 10_000) < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _smaller_share(field: Field, asked: Coverable, watch: Watch) -> Relaxation | None:
    """A share that does, all limits kept: of one function the greatest; of several, found by halving."""
    problem = field.problem
    if len(field.functions) == 1:
        plan = solving.cover_most(field, asked, watch)
        share = _floor(_shares(field, asked, plan).min())
    else:
        share, high = 0.0, problem.cover_share
        for step in range(_HALVINGS):
            middle = _floor((share + high) / 2)
            less = replace(field, problem=replace(problem, cover_share=middle))
            try:
                solving.cover_cheapest(less, asked, watch.part(watch.left_s / (_HALVINGS - step)))
                share = middle
            except NothingFits:
                high = middle
    if not _LEAST_SHARE <= share < problem.cover_share:
        return None
    return Relaxation(Rule.COVER_SHARE, problem.cover_share, share, proven=False)


def _shares(field: Field, asked: Coverable, plan: solving.Plan) -> NDArray[np.float64]:
    """Of the people of each function, who is covered before or by a plan."""
    columns = plan.chosen[asked.site, asked.function]
    made = solving.offers(field, asked)
    amounts = covering.served_by_group(asked.wanted, made, columns, len(field.functions))[1]
    everybody = np.maximum(1, field.people.sum(axis=0))
    return np.asarray((everybody - field.uncovered.sum(axis=0) + amounts) / everybody, dtype=np.float64)


def _fewest(field: Field, asked: Coverable, watch: Watch) -> tuple[solving.Plan, bool] | None:
    made = solving.offers(field, asked)
    none, one = np.zeros(asked.site.size, dtype=np.int64), np.ones(made.option_site.size, dtype=np.int64)
    try:
        found = covering.cheapest(asked.wanted, solving.needed(field), made, none, one, watch)
    except NothingFits:
        return None
    return solving.plan_of(field, asked, found), found.ending is Ending.PROVEN


def _served_by_all(field: Field, asked: Coverable) -> Whole:
    """(f,) people whom all candidates together would serve."""
    if asked.site.size == 0:
        return np.zeros(len(field.functions), dtype=np.int64)
    every = np.ones(asked.site.size, dtype=np.bool_)
    return covering.served_by_group(asked.wanted, solving.offers(field, asked), every, len(field.functions))[1]


def _limit_that_reaches(field: Field, g: int) -> float | None:
    """The least walking limit, in meters, within which all candidates together would cover enough."""
    fits = np.flatnonzero(field.room[:, g] <= field.site_room)
    if fits.size == 0:
        return None
    one = np.zeros(fits.size, dtype=np.int64)
    walk = nearest_facilities(field.reach.hierarchy, field.homes, field.sites.take(fits), one, 1)[:, 0]
    nearest = np.minimum(walk, field.before_cm[:, g])
    order = np.argsort(nearest, kind="stable")
    counted = np.cumsum(field.people[order, g])
    enough = np.ceil(field.problem.cover_share * counted[-1] - 1e-9)
    cm = int(nearest[order[np.searchsorted(counted, enough)]])
    return None if cm >= INFINITY_CM else cm / 100


def _floor(share: float) -> float:
    """Down to a millionth, so that what is promised works."""
    return float(np.floor(share * 1e6) / 1e6)
