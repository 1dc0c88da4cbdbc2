"""What where: from a situation and a problem to an answer that says how far from the best it can be, and why.

Facilities that exist count as open to whoever they cover, whatever their capacity; capacities are those of what is
chosen. Walking distances are those of the check-up.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from linli.compute.facility_location import covering, median, watching
from linli.compute.facility_location.center import center
from linli.compute.facility_location.watching import NothingFits, Watch
from linli.domain.checkup.measures import Reach
from linli.domain.places.rules.situation import PeopleSource, Situation
from linli.domain.planning.measures.siting import relaxing, solving
from linli.domain.planning.measures.siting.arrays import Field, field
from linli.domain.planning.measures.siting.candidates import candidates
from linli.domain.planning.measures.siting.explaining import Explained, explained, shown
from linli.domain.planning.measures.siting.faults import faults
from linli.domain.planning.measures.siting.solving import Coverable, Plan, Walked
from linli.domain.planning.rules.siting.problems import (
    CurvePoint,
    Ending,
    Infeasible,
    Note,
    NoteReason,
    Objective,
    Progress,
    Relaxation,
    Report,
    SitingAnswer,
    SitingProblem,
)

__all__ = ["candidates", "faults", "field", "site"]

_MAIN_SHARE = 0.75
_POINTS = 8


def _never() -> bool:
    return False


def _nobody(progress: Progress) -> None:
    return None


def site(
    situation: Situation,
    reach: Reach,
    problem: SitingProblem,
    *,
    should_stop: Callable[[], bool] = _never,
    progress: Report = _nobody,
    time_limit_s: float = 60.0,
    clock: Callable[[], float] | None = None,
) -> SitingAnswer | Infeasible:
    """Answer a problem that has no ``faults``.

    Parameters
    ----------
    reach : of the same situation
    time_limit_s : seconds
        Of the search, the curve included; explaining takes a little longer.
    """
    assert not faults(situation, problem), "a problem with faults is refused before"
    watch = Watch(time_limit_s, should_stop, _report(problem, progress))
    watch = (replace(watch, clock=clock) if clock is not None else watch).start()
    ground = field(situation, reach, problem)
    asked = solving.walked(ground) if _to_nearest(problem) else solving.coverable(ground)
    if refused := _infeasible(ground, asked):
        return Infeasible(refused, watch.used_s)
    try:
        plan = _plan(ground, asked, replace(watch, time_limit_s=_MAIN_SHARE * time_limit_s))
    except NothingFits as refusal:
        assert isinstance(asked, Coverable)
        return Infeasible(relaxing.too_tight(ground, asked, watch), watch.used_s, refusal.proven)
    curve = _curve(ground, asked, plan, watch)
    return _answer(ground, asked, plan, curve, watch)


def _to_nearest(problem: SitingProblem) -> bool:
    return problem.objective in (Objective.P_MEDIAN, Objective.P_CENTER)


def _report(problem: SitingProblem, progress: Report) -> Callable[[float | None, float | None, float], None]:
    def told(value: float | None, bound: float | None, share: float) -> None:
        numbers = [
            None if number is None or not np.isfinite(number) else shown(problem, int(number))
            for number in (value, bound)
        ]
        progress(Progress(numbers[0], numbers[1], share))

    return told


def _infeasible(ground: Field, asked: Coverable | Walked) -> tuple[Relaxation, ...]:
    if ground.problem.objective is Objective.SET_COVERING:
        assert isinstance(asked, Coverable)
        return relaxing.out_of_reach(ground, asked)
    return relaxing.unaffordable(ground, asked)


def _plan(ground: Field, asked: Coverable | Walked, watch: Watch) -> Plan:
    if isinstance(asked, Walked):
        return solving.walk_least(ground, asked, watch)
    nothing = np.zeros((len(ground.candidates), len(ground.functions)), dtype=np.bool_)
    if ground.problem.objective is Objective.SET_COVERING:
        if not solving.needed(ground).any():
            return Plan(nothing, 0, 0, watching.Ending.PROVEN)
        return solving.cover_cheapest(ground, asked, watch)
    if asked.site.size == 0:
        return Plan(nothing, 0, 0, watching.Ending.PROVEN)
    return solving.cover_most(ground, asked, watch)


def _curve(ground: Field, asked: Coverable | Walked, plan: Plan, watch: Watch) -> tuple[CurvePoint, ...]:
    """With less money, else with fewer places; the last point is the answer itself. A stop leaves it out."""
    problem, most = ground.problem, solving.fen_most(ground.problem)
    if problem.objective is Objective.SET_COVERING or asked.site.size == 0 or plan.sites.size == 0:
        return ()
    if most is not None:
        steps = [most * k // _POINTS for k in range(1, _POINTS)]
    else:
        assert problem.facilities_most is not None
        few = problem.facilities_most
        steps = sorted({max(1, round(few * k / _POINTS)) for k in range(1, _POINTS)} - {few})
    points: list[CurvePoint] = []
    best: int | None = None
    for number, step in enumerate(steps):
        if watch.over() is not None:
            break
        less = (
            replace(problem, budget_fen=step, budgets_fen=())
            if most is not None
            else replace(problem, facilities_most=step)
        )
        part = watch.part(watch.left_s / (len(steps) - number))
        value, bound, sites = _less(replace(ground, problem=less), asked, part)
        value, bound = _between(problem, value, bound, best, plan)
        best = value
        points.append(
            CurvePoint(
                budget_fen=step if most is not None else None,
                facilities=sites if most is not None else step,
                value=shown(problem, value),
                bound=shown(problem, bound),
            )
        )
    last = plan.sites.size if most is not None else problem.facilities_most or 0
    points.append(CurvePoint(most, last, shown(problem, plan.value), shown(problem, plan.bound)))
    return tuple(points)


def _less(ground: Field, asked: Coverable | Walked, watch: Watch) -> tuple[int, int, int]:
    """Value, bound and number of places of the total alone, years left aside."""
    if isinstance(asked, Coverable):
        found = covering.maximal(asked.wanted, solving.offers(ground, asked), watch)
        return found.value, found.bound, int(np.unique(asked.site[found.columns]).size)
    use, limit = solving.use_of_sites(ground, asked.site)
    if ground.problem.objective is Objective.P_CENTER:
        far = center(asked.given, use, limit, watch)
        return far.value_cm, far.bound_cm, int(far.columns.sum())
    near = median.median(asked.given, asked.weight, use, limit, watch)
    return near.value, near.bound, int(near.columns.sum())


def _between(problem: SitingProblem, value: int, bound: int, before: int | None, plan: Plan) -> tuple[int, int]:
    """More never buys less: what was found for less, and what more must buy, tighten value and bound."""
    if problem.objective.more_is_better:
        value = min(max(value, before if before is not None else value), plan.value)
        return value, max(value, min(bound, plan.bound))
    value = max(min(value, before if before is not None else value), plan.value)
    return value, min(value, max(bound, plan.bound))


def _answer(
    ground: Field, asked: Coverable | Walked, plan: Plan, curve: tuple[CurvePoint, ...], watch: Watch
) -> SitingAnswer:
    problem = ground.problem
    told: Explained = explained(ground, asked, plan)
    high, low = max(plan.value, plan.bound), min(plan.value, plan.bound)
    return SitingAnswer(
        objective=problem.objective,
        choices=told.choices,
        value=shown(problem, plan.value),
        bound=shown(problem, plan.bound),
        gap=(high - low) / high if high > 0 else 0.0,
        ending=Ending(plan.ending.value),
        seconds=watch.used_s,
        coverage=told.coverage,
        cost_fen=sum(told.cost_fen_by_year),
        cost_fen_by_year=told.cost_fen_by_year,
        curve=curve,
        notes=_notes(ground, asked, plan),
    )


def _notes(ground: Field, asked: Coverable | Walked, plan: Plan) -> tuple[Note, ...]:
    situation, fits = ground.situation, ground.room <= ground.site_room[:, None]
    of_use = set(asked.site.tolist())
    notes = []
    for i, candidate in enumerate(ground.candidates):
        if not fits[i].any():
            notes.append(Note(NoteReason.TOO_SMALL, candidate.key))
        elif i not in of_use and isinstance(asked, Coverable):
            notes.append(Note(NoteReason.REACHES_NOBODY, candidate.key))
        if candidate.area_m2 is None and any(f.area_m2 > 0 for f in ground.functions):
            notes.append(Note(NoteReason.AREA_UNKNOWN, candidate.key))
    for kind, people in zip((f.kind for f in ground.functions), _out_of_reach(ground, asked), strict=True):
        if people:
            notes.append(Note(NoteReason.OUT_OF_REACH, kind, people))
        if kind not in situation.complete_kinds:
            notes.append(Note(NoteReason.KIND_INCOMPLETE, kind))
    sources = situation.buildings.people_source[ground.reach.rows]
    if ((sources != PeopleSource.REGISTER) & (sources != PeopleSource.NONE)).any():
        notes.append(Note(NoteReason.PEOPLE_ESTIMATED))
    if plan.sites.size == 0:
        notes.append(Note(NoteReason.NOTHING_TO_GAIN))
    if plan.lessened:
        notes.append(Note(NoteReason.YEARS_LESSEN))
    return tuple(notes)


def _out_of_reach(ground: Field, asked: Coverable | Walked) -> list[int]:
    """People of each function whom no candidate covers, or nothing reaches."""
    if isinstance(asked, Walked):
        return [int(people) for people in asked.unreached]
    reachable = np.zeros(len(ground.functions), dtype=np.int64)
    np.add.at(reachable, asked.wanted.group, asked.wanted.amount)
    return [int(people) for people in ground.uncovered.sum(axis=0) - reachable]
