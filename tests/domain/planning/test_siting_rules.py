"""Whatever is asked, an answer keeps every rule, or a refusal says what would have to give."""

from dataclasses import replace

import numpy as np
import pytest
from checkup_builders import KINDS, a_situation
from domain.planning.test_siting import a_candidate, a_street
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.domain.checkup.measures import prepare
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.measures.siting import answering as siting
from linli.domain.planning.rules.siting.problems import (
    Function,
    Infeasible,
    Objective,
    Rule,
    SitingAnswer,
    SitingProblem,
    Supply,
    SupplyWay,
)
from linli.domain.planning.rules.siting.studies import relaxed

_AGES = ("all", "kindergarten_age")


def a_random_problem(situation: Situation, seed: int) -> SitingProblem:
    """Anything that has no faults: years, ways of supply, shared places, capacities, areas known or not."""
    random = np.random.default_rng(seed)
    objective = list(Objective)[seed % 4]
    nearest = objective in (Objective.P_MEDIAN, Objective.P_CENTER)
    functions = tuple(
        Function(
            kind,
            float(random.integers(40, 250)),
            age_group=_AGES[int(random.integers(0, 2))],
            weight=float(random.integers(1, 300)) / 100,
            area_m2=float(random.integers(0, 400)),
            capacity=float(random.integers(1, 40)) if not nearest and random.random() < 0.4 else None,
            cost_fen=int(random.integers(0, 20)),
            cost_fen_yearly=int(random.integers(0, 5)),
            shares=nearest or bool(random.random() < 0.8),
        )
        for kind in random.permutation(KINDS)[: random.integers(1, 4)]
    )
    places = tuple(
        a_candidate(
            situation,
            f"C{n}",
            float(random.integers(0, 350)),
            ways=tuple(
                SupplyWay(supply, int(random.integers(0, 100)), int(random.integers(0, 30)))
                for supply in list(Supply)[: random.integers(1, 3)]
            ),
            area_m2=None if random.random() < 0.2 else float(random.integers(50, 900)),
        )
        for n in range(random.integers(1, 6))
    )
    years = int(random.integers(0, 4))
    problem = SitingProblem(
        objective,
        functions,
        places,
        facilities_most=int(random.integers(1, 4)) if random.random() < 0.6 else None,
        budgets_fen=tuple(int(fen) for fen in random.integers(0, 150, size=years)) if random.random() < 0.6 else (),
        budget_fen=int(random.integers(1, 300)) if random.random() < 0.3 else None,
        share=nearest or bool(random.random() < 0.8),
        cover_share=float(random.integers(10, 101)) / 100,
    )
    if siting.faults(situation, problem):
        return replace(problem, facilities_most=2, budgets_fen=(), budget_fen=None)
    return problem


def _require_rules_kept(problem: SitingProblem, answer: SitingAnswer) -> None:
    of = {place.key: place for place in problem.candidates}
    functions = {function.kind: function for function in problem.functions}
    spent = [0] * problem.years
    assert len({choice.candidate for choice in answer.choices}) == len(answer.choices)
    for choice in answer.choices:
        place = of[choice.candidate]
        way = next(way for way in place.ways if way.supply is choice.supply)
        wanted = [functions[kind] for kind in choice.functions]
        assert choice.cost_fen == (way.cost_fen or 0) + sum(f.cost_fen for f in wanted)
        assert choice.cost_fen_yearly == way.cost_fen_yearly + sum(f.cost_fen_yearly for f in wanted)
        spent[choice.year] += choice.cost_fen
        for year in range(choice.year, problem.years):
            spent[year] += choice.cost_fen_yearly
        if place.area_m2 is not None:
            assert sum(f.area_m2 for f in wanted) <= place.area_m2 + 0.01
        if len(wanted) > 1:
            assert place.area_m2 is not None
            assert problem.share
            assert all(f.shares for f in wanted)
        assert choice.adds_value >= 0
    assert answer.cost_fen_by_year == tuple(spent)
    assert all(fen <= most for fen, most in zip(spent, problem.budgets_fen, strict=False))
    assert problem.budget_fen is None or sum(spent) <= problem.budget_fen
    assert problem.facilities_most is None or len(answer.choices) <= problem.facilities_most


def _require_true(problem: SitingProblem, answer: SitingAnswer) -> None:
    better, worse = (answer.bound, answer.value)
    if not problem.objective.more_is_better:
        better, worse = worse, better
    assert better >= worse
    assert 0 <= answer.gap <= 1
    for coverage in answer.coverage:
        assert coverage.covered_before <= coverage.covered_after <= coverage.people
    if problem.objective is Objective.SET_COVERING:
        assert all(c.covered_after >= problem.cover_share * c.people - 1e-6 for c in answer.coverage)
    values = [point.value for point in answer.curve]
    assert values == sorted(values, reverse=not problem.objective.more_is_better)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_an_answer_keeps_every_rule(seed: int) -> None:
    street = a_street([(float(seed % 350), 0.0, seed % 4)])
    reach = prepare(street)
    problem = a_random_problem(street, seed)
    assert siting.faults(street, problem) == ()

    answer = siting.site(street, reach, problem, time_limit_s=20.0)

    if isinstance(answer, Infeasible):
        for one in answer.relaxations:
            assert one.works_from < one.now if one.rule is Rule.COVER_SHARE else one.works_from > one.now
            free = not problem.has_budget and problem.facilities_most is None and len(problem.functions) == 1
            if one.rule is not Rule.CAPACITY and (not one.place or free):
                works = siting.site(street, reach, relaxed(problem, one), time_limit_s=20.0)
                assert isinstance(works, SitingAnswer)
        return
    _require_rules_kept(problem, answer)
    _require_true(problem, answer)


def test_nobody_lives_here() -> None:
    empty = a_situation(homes_xy=[(0.0, 0.0)], community=[0], people=[[0] * 7])
    place = a_candidate(empty, "C", 100.0)
    reach = prepare(empty)

    for objective in Objective:
        problem = SitingProblem(objective, (Function("clinic", 100.0),), (place,), facilities_most=1)
        answer = siting.site(empty, reach, problem)
        assert isinstance(answer, SitingAnswer)
        assert answer.choices == ()
