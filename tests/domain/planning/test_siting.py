"""What where: the answer keeps all rules, says what each choice adds, and what would have to give."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
import shapely
from checkup_builders import KINDS, a_situation
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.domain.checkup.measures import Reach, prepare
from linli.domain.places.rules import projection
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.measures.siting import answering as siting
from linli.domain.planning.rules.siting.problems import (
    Candidate,
    Ending,
    FaultReason,
    Function,
    Infeasible,
    NoteReason,
    Objective,
    Origin,
    Progress,
    Rule,
    SitingAnswer,
    SitingProblem,
    Supply,
    SupplyWay,
)

COVER, MEDIAN, CENTER, ALL = (
    Objective.MAXIMAL_COVERING,
    Objective.P_MEDIAN,
    Objective.P_CENTER,
    Objective.SET_COVERING,
)
KINDERGARTEN = Function("kindergarten", 100.0, age_group="kindergarten_age")
CLINIC = Function("clinic", 150.0)


def a_street(facilities: Sequence[tuple[float, float, int]] = ()) -> Situation:
    """Homes every 50 m along a street; the n-th has n + 1 small children and ten times as many others."""
    xy = [(50.0 * n, 0.0) for n in range(8)]
    people = [[0, n + 1, 0, 0, 10 * (n + 1), 0, 0] for n in range(8)]
    return a_situation(
        homes_xy=xy, community=[0 if x < 200 else 1 for x, _ in xy], people=people, facilities=facilities
    )


def a_candidate(situation: Situation, key: str, x: float, cost: int | None = 100, **changes: object) -> Candidate:
    point = projection.unprojected(np.array([shapely.Point(x, 0.0)], dtype=object), situation.epsg)[0]
    made = Candidate(key, "", (point.x, point.y), Origin.PREMISES, (SupplyWay(Supply.CONVERT, cost),), 1000.0)
    return replace(made, **changes)


def a_problem(situation: Situation, **changes: object) -> SitingProblem:
    """One kindergarten; candidates at 0, 100, 200 and 300 m."""
    places = tuple(a_candidate(situation, f"C{n}", 100.0 * n) for n in range(4))
    return replace(SitingProblem(COVER, (KINDERGARTEN,), places, facilities_most=1), **changes)


def answered(situation: Situation, problem: SitingProblem, **settings: object) -> SitingAnswer:
    found = siting.site(situation, prepare(situation), problem, **settings)
    assert isinstance(found, SitingAnswer)
    return found


def refused(situation: Situation, problem: SitingProblem) -> Infeasible:
    found = siting.site(situation, prepare(situation), problem)
    assert isinstance(found, Infeasible)
    return found


@pytest.mark.slow
def test_the_best_place_covers_the_most_children_and_says_whom() -> None:
    street = a_street()

    answer = answered(street, a_problem(street))

    # From 200 m: the homes at 100 to 300 m, with 3 + 4 + 5 + 6 + 7; from 300 m: 5 + 6 + 7 + 8.
    (choice,) = answer.choices
    assert (choice.candidate, choice.functions) == ("C3", ("kindergarten",))
    assert answer.value == answer.bound == 26
    assert (answer.gap, answer.ending) == (0, Ending.PROVEN)
    assert choice.adds[0].people == 26
    assert choice.adds[0].by_band == (0, 26, 0, 0, 0, 0, 0)
    assert choice.adds_value == 26
    assert (choice.next_best, choice.next_best_value) == ("C2", 25)
    assert choice.next_best_adds[0].people == 25
    (coverage,) = answer.coverage
    assert (coverage.people, coverage.covered_before, coverage.covered_after) == (36, 0, 26)
    assert np.isnan(coverage.mean_m_before)


@pytest.mark.slow
def test_facilities_that_exist_count_as_open() -> None:
    street = a_street([(300.0, 0.0, KINDS.index("kindergarten"))])

    answer = answered(street, a_problem(street))

    assert answer.choices[0].candidate == "C1"
    assert answer.value == 1 + 2 + 3 + 4
    assert answer.coverage[0].covered_before == 26
    assert NoteReason.REACHES_NOBODY in {note.reason for note in answer.notes if note.place == "C3"}


@pytest.mark.slow
def test_need_weighs() -> None:
    street = a_street([(300.0, 0.0, KINDS.index("kindergarten"))])
    weighed = replace(KINDERGARTEN, weight=2.5)

    answer = answered(street, a_problem(street, functions=(weighed,)))

    assert answer.value == 2.5 * 10


@pytest.mark.slow
def test_functions_that_fit_share_a_place_and_those_that_do_not_stand_apart() -> None:
    street = a_street()
    both = (replace(KINDERGARTEN, area_m2=400.0), replace(CLINIC, area_m2=500.0))

    shared = answered(street, a_problem(street, functions=both))
    alone = answered(street, a_problem(street, functions=(replace(both[0], shares=False), both[1])))
    apart = answered(street, a_problem(street, functions=both, share=False))
    tight = answered(street, a_problem(street, functions=(both[0], replace(CLINIC, area_m2=700.0))))

    assert shared.choices[0].functions == ("kindergarten", "clinic")
    for answer in (alone, apart, tight):
        assert answer.choices[0].functions == ("clinic",)
    assert shared.value > alone.value == apart.value == tight.value


@pytest.mark.slow
def test_a_place_of_unknown_area_has_room_for_one_function_and_is_marked() -> None:
    street = a_street()
    one = a_candidate(street, "X", 200.0, area_m2=None)
    both = (replace(KINDERGARTEN, area_m2=400.0), CLINIC)

    answer = answered(street, a_problem(street, functions=both, candidates=(one,)))

    assert answer.choices[0].functions == ("clinic",)
    assert answer.choices[0].area_unknown
    assert NoteReason.AREA_UNKNOWN in {note.reason for note in answer.notes}


@pytest.mark.slow
def test_capacity_is_shared_out() -> None:
    street = a_street()
    small = replace(KINDERGARTEN, capacity=9.0)

    one = answered(street, a_problem(street, functions=(small,)))
    two = answered(street, a_problem(street, functions=(small,), facilities_most=2))

    assert (one.value, two.value) == (9, 18)
    assert two.coverage[0].covered_after == 18
    assert [choice.adds[0].people for choice in two.choices] == [9, 9]


@pytest.mark.slow
def test_the_cheapest_way_within_the_budget_is_taken_and_fitting_out_is_paid() -> None:
    street = a_street()
    ways = (SupplyWay(Supply.BUY, 900), SupplyWay(Supply.LEASE, 300, 50), SupplyWay(Supply.SWAP, None))
    place = a_candidate(street, "X", 200.0, ways=ways)
    asked = a_problem(street, candidates=(place,), functions=(replace(KINDERGARTEN, cost_fen=30, cost_fen_yearly=5),))

    answer = answered(street, replace(asked, facilities_most=None, budget_fen=385))

    assert answer.choices[0].supply is Supply.LEASE
    assert (answer.choices[0].cost_fen, answer.choices[0].cost_fen_yearly, answer.cost_fen) == (330, 55, 385)
    short = refused(street, replace(asked, facilities_most=None, budget_fen=384))
    assert [(one.rule, one.works_from) for one in short.relaxations] == [(Rule.BUDGET, 385)]


@pytest.mark.slow
def test_years_are_given_by_what_adds_most_and_no_year_is_overdrawn() -> None:
    street = a_street()

    answer = answered(street, a_problem(street, facilities_most=None, budgets_fen=(100, 150, 0)))

    assert [choice.year for choice in answer.choices] == [0, 1]
    assert answer.choices[0].adds_value >= answer.choices[1].adds_value
    assert answer.cost_fen_by_year == (100, 100, 0)


@pytest.mark.slow
def test_years_that_do_not_allow_what_the_total_would_are_said() -> None:
    street = a_street()
    places = (a_candidate(street, "dear", 300.0, 150), a_candidate(street, "cheap", 0.0, 90))

    total = answered(street, a_problem(street, candidates=places, facilities_most=None, budget_fen=180))
    years = answered(street, a_problem(street, candidates=places, facilities_most=None, budgets_fen=(90, 90)))

    assert [choice.candidate for choice in total.choices] == ["dear"]
    assert [choice.candidate for choice in years.choices] == ["cheap"]
    assert NoteReason.YEARS_LESSEN in {note.reason for note in years.notes}
    assert years.value == years.bound < total.value


@pytest.mark.slow
def test_the_curve_never_falls_and_ends_in_the_answer() -> None:
    street = a_street()

    answer = answered(street, a_problem(street, facilities_most=None, budget_fen=400))

    values = [point.value for point in answer.curve]
    assert values == sorted(values)
    assert all(point.value <= point.bound for point in answer.curve)
    assert (answer.curve[-1].budget_fen, answer.curve[-1].value) == (400, answer.value)
    assert answer.curve[1].budget_fen == 100
    assert answer.curve[1].value == 26


@pytest.mark.slow
@pytest.mark.parametrize(("objective", "expected"), [(MEDIAN, ("C2", "C3")), (CENTER, ("C2",))])
def test_going_to_the_nearest(objective: Objective, expected: tuple[str, ...]) -> None:
    street = a_street()

    answer = answered(street, a_problem(street, objective=objective))

    (choice,) = answer.choices
    walks = [abs(50.0 * n - 200.0) for n in range(8)]
    value = sum((n + 1) * walk for n, walk in enumerate(walks)) if objective is MEDIAN else max(walks)
    assert answer.value == answer.bound == pytest.approx(value)
    # From 300 m the walks add up to the same; nobody walks as far from 200 m.
    assert choice.candidate in expected
    assert choice.adds_value >= choice.next_best_value > 0
    assert answer.coverage[0].farthest_m_after == (200.0 if choice.candidate == "C2" else 300.0)


@pytest.mark.slow
def test_everybody_is_covered_at_the_least_cost() -> None:
    street = a_street()
    places = tuple(
        a_candidate(street, f"C{n}", 50.0 * n, cost) for n, cost in enumerate((10, 30, 20, 90, 90, 40, 20, 50))
    )

    answer = answered(street, a_problem(street, objective=ALL, candidates=places, facilities_most=None))

    assert {choice.candidate for choice in answer.choices} == {"C2", "C6"}
    assert answer.value == answer.bound == answer.cost_fen == 40
    assert answer.coverage[0].covered_after == 36


@pytest.mark.slow
def test_each_rule_that_could_give_is_said_with_how_far_and_then_works() -> None:
    street = a_street()
    far = a_problem(street, objective=ALL, candidates=(a_candidate(street, "X", 0.0),), facilities_most=None)

    reach = {one.rule: one.works_from for one in refused(street, far).relaxations}
    tight = a_problem(street, objective=ALL, facilities_most=1)
    number = {one.rule: one.works_from for one in refused(street, tight).relaxations}
    poor = a_problem(street, objective=ALL, facilities_most=None, budget_fen=150)
    money = {one.rule: one.works_from for one in refused(street, poor).relaxations}

    assert reach[Rule.WALKING_LIMIT] == 350
    assert reach[Rule.COVER_SHARE] == pytest.approx(6 / 36, abs=1e-6)
    assert number[Rule.FACILITIES] == 2
    assert money[Rule.BUDGET] == 200
    wider = replace(far, functions=(replace(KINDERGARTEN, limit_m=reach[Rule.WALKING_LIMIT]),))
    assert answered(street, wider).coverage[0].covered_after == 36
    assert answered(street, replace(far, cover_share=reach[Rule.COVER_SHARE])).value == 100
    assert answered(street, replace(tight, facilities_most=2)).value == 200
    assert answered(street, replace(tight, cover_share=number[Rule.COVER_SHARE])).value == 100
    assert answered(street, replace(poor, budget_fen=200)).value == 200


@pytest.mark.slow
def test_capacity_that_is_too_small_for_everybody_is_said() -> None:
    street = a_street()
    small = replace(KINDERGARTEN, capacity=5.0, limit_m=1000.0)

    found = refused(street, a_problem(street, objective=ALL, functions=(small,), facilities_most=None))

    assert {(one.rule, one.works_from) for one in found.relaxations} >= {(Rule.CAPACITY, 16)}


@pytest.mark.slow
def test_nothing_to_gain_is_an_answer() -> None:
    street = a_street([(50.0 * n, 0.0, 0) for n in range(8)])

    for objective in (COVER, MEDIAN, CENTER, ALL):
        answer = answered(street, a_problem(street, objective=objective))
        assert answer.choices == ()
        assert answer.gap == 0
        assert NoteReason.NOTHING_TO_GAIN in {note.reason for note in answer.notes}


@pytest.mark.slow
def test_a_stopped_search_keeps_what_it_has() -> None:
    street = a_street()
    told: list[Progress] = []

    answer = answered(street, a_problem(street), should_stop=lambda: True, progress=told.append)

    assert answer.bound >= answer.value > 0
    assert answer.curve == () or len(answer.curve) == 1
    assert told[-1].value == answer.value


FAULTS = [
    ({"candidates": ()}, "", FaultReason.NO_CANDIDATES),
    ({"functions": ()}, "", FaultReason.NO_FUNCTIONS),
    ({"facilities_most": 0}, "", FaultReason.BAD_NUMBER),
    ({"facilities_most": None}, "", FaultReason.NO_LIMIT),
    ({"budget_fen": 0}, "", FaultReason.BAD_BUDGET),
    ({"budget_fen": -5}, "", FaultReason.BAD_BUDGET),
    ({"budgets_fen": (0, 0)}, "", FaultReason.BAD_BUDGET),
    ({"objective": ALL, "cover_share": 1.5}, "", FaultReason.BAD_SHARE),
    ({"functions": (KINDERGARTEN, KINDERGARTEN)}, "kindergarten", FaultReason.FUNCTION_TWICE),
    ({"functions": (replace(KINDERGARTEN, kind="moat"),)}, "moat", FaultReason.UNKNOWN_KIND),
    ({"functions": (replace(KINDERGARTEN, age_group="giants"),)}, "kindergarten", FaultReason.UNKNOWN_AGE_GROUP),
    ({"functions": (replace(KINDERGARTEN, limit_m=-1.0),)}, "kindergarten", FaultReason.BAD_WALKING_LIMIT),
    ({"functions": (replace(KINDERGARTEN, limit_m=float("nan")),)}, "kindergarten", FaultReason.BAD_WALKING_LIMIT),
    ({"functions": (replace(KINDERGARTEN, weight=0.0),)}, "kindergarten", FaultReason.BAD_WEIGHT),
    ({"functions": (replace(KINDERGARTEN, capacity=-3.0),)}, "kindergarten", FaultReason.BAD_CAPACITY),
    ({"functions": (replace(KINDERGARTEN, area_m2=-1.0),)}, "kindergarten", FaultReason.BAD_AREA),
    ({"functions": (replace(KINDERGARTEN, cost_fen=-1),)}, "kindergarten", FaultReason.NEGATIVE_COST),
    (
        {"objective": MEDIAN, "functions": (replace(KINDERGARTEN, capacity=3.0),)},
        "kindergarten",
        FaultReason.CAPACITY_NOT_COUNTED,
    ),
    (
        {"objective": CENTER, "functions": (replace(KINDERGARTEN, shares=False), CLINIC)},
        "kindergarten",
        FaultReason.NOT_TOGETHER,
    ),
]
OF_CANDIDATE = [
    ({"capacity": -1.0}, FaultReason.BAD_CAPACITY),
    ({"capacity": float("nan")}, FaultReason.BAD_CAPACITY),
    ({"area_m2": 0.0}, FaultReason.BAD_AREA),
    ({"ways": ()}, FaultReason.NO_WAY_OF_SUPPLY),
    ({"ways": (SupplyWay(Supply.BUY, -1),)}, FaultReason.NEGATIVE_COST),
    ({"ways": (SupplyWay(Supply.BUY, None),)}, FaultReason.COST_UNKNOWN),
    ({"at": (500.0, 0.0)}, FaultReason.OUTSIDE_DISTRICT),
    ({"at": (float("nan"), 0.0)}, FaultReason.OUTSIDE_DISTRICT),
    ({"key": "C0"}, FaultReason.KEY_TWICE),
]


@pytest.mark.parametrize(("changes", "place", "reason"), FAULTS)
def test_a_wrong_problem_is_refused_with_its_place(changes: dict, place: str, reason: FaultReason) -> None:
    street = a_street()

    found = siting.faults(street, a_problem(street, **changes))

    assert (place, reason) in {(fault.place, fault.reason) for fault in found}


@pytest.mark.parametrize(("changes", "reason"), OF_CANDIDATE)
def test_a_wrong_candidate_is_named(changes: dict, reason: FaultReason) -> None:
    street = a_street()
    wrong = replace(a_candidate(street, "wrong", 100.0), **changes)
    asked = a_problem(street, budget_fen=1000)

    found = siting.faults(street, replace(asked, candidates=(*asked.candidates, wrong)))

    assert [(fault.place, fault.reason) for fault in found] == [(wrong.key, reason)]


def test_an_age_group_needs_ages() -> None:
    street = replace(a_street(), bands_known=False)

    assert {f.reason for f in siting.faults(street, a_problem(street))} == {FaultReason.AGES_UNKNOWN}
    assert siting.faults(street, a_problem(street, functions=(CLINIC,))) == ()


def _best(situation: Situation, reach: Reach, problem: SitingProblem, gains: np.ndarray) -> float:
    """The most weighted people by trying every function at every candidate; gains (rows, candidates, functions)."""
    n, f = len(problem.candidates), len(problem.functions)
    cost = [place.ways[0].cost_fen or 0 for place in problem.candidates]
    best = 0.0
    for size in range(n + 1):
        for sites in combinations(range(n), size):
            if size > (problem.facilities_most or n) or sum(cost[s] for s in sites) > (problem.budget_fen or 10**9):
                continue
            for sets in product(*[_sets(problem, s) for s in sites]):
                covered = np.zeros((gains.shape[0], f), dtype=np.bool_)
                for s, functions in zip(sites, sets, strict=True):
                    for g in functions:
                        covered[:, g] |= gains[:, s, g] > 0
                total = sum(
                    float((gains[:, :, g].max(axis=1) * covered[:, g]).sum()) for g in range(f)
                )  # fmt: skip
                best = max(best, total)
    return best


def _sets(problem: SitingProblem, s: int) -> list[tuple[int, ...]]:
    room = problem.candidates[s].area_m2 or 0
    every = [
        c for size in range(1, len(problem.functions) + 1) for c in combinations(range(len(problem.functions)), size)
    ]
    return [c for c in every if sum(problem.functions[g].area_m2 for g in c) <= room]


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_an_answer_is_the_best_there_is(seed: int) -> None:
    """Several functions, shared places, areas, a budget and a number, against trying everything."""
    random = np.random.default_rng(seed)
    street = a_street([(float(random.integers(0, 350)), 0.0, 0)] if seed % 2 else [])
    reach = prepare(street)
    functions = (
        replace(KINDERGARTEN, area_m2=float(random.integers(100, 600)), weight=1.5),
        replace(CLINIC, area_m2=float(random.integers(100, 600)), limit_m=60.0),
    )
    at = random.choice(8, size=4, replace=False)
    places = tuple(
        a_candidate(
            street, f"C{n}", 50.0 * at[n], int(random.integers(0, 100)), area_m2=float(random.integers(300, 1100))
        )
        for n in range(4)
    )
    asked = SitingProblem(COVER, functions, places, facilities_most=2, budget_fen=int(random.integers(1, 200)))
    gains = np.zeros((8, 4, 2))
    homes = street.buildings.xy[reach.rows][:, 0]
    for g, function in enumerate(functions):
        people = street.residents(function.age_group)
        assert people is not None
        left = reach.distance_cm[:, KINDS.index(function.kind)] > 100 * function.limit_m
        near = np.abs(homes[:, None] - 50.0 * at[None, :]) <= function.limit_m
        gains[:, :, g] = near * (left * people[reach.rows] * function.weight)[:, None]

    found = siting.site(street, reach, asked)

    best = _best(street, reach, asked, gains)
    if isinstance(found, Infeasible):
        assert best == 0
        return
    assert found.value == found.bound == pytest.approx(best)
    assert found.cost_fen <= (asked.budget_fen or 0)
    assert len(found.choices) <= 2
    for choice in found.choices:
        assert choice.next_best_value <= choice.adds_value + 1e-9
