"""Sitings in the database: asked, stopped, answered, turned into projects, taken back."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest
import shapely
from builders import lonlat, with_layer
from checkup_district import TODAY, CheckedDistrict, a_district_to_check, facilities
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from linli.domain.journal import queries as journal
from linli.domain.people.rules import NotPermitted, Purpose, Role, Scope
from linli.domain.planning import models, operations, queries
from linli.domain.planning.rules.siting.problems import (
    Candidate,
    Choice,
    Coverage,
    Ending,
    FaultReason,
    Function,
    Infeasible,
    Objective,
    Origin,
    Progress,
    Relaxation,
    Rule,
    Served,
    SitingAnswer,
    SitingProblem,
    Supply,
    SupplyWay,
)
from linli.domain.planning.rules.siting.studies import (
    ClosedShortfall,
    Dot,
    NotRelaxable,
    SitingGains,
    StudyState,
    relaxed,
)

pytestmark = pytest.mark.slow


def at(x: float, y: float) -> tuple[float, float]:
    point = lonlat(shapely.Point(x, y))[0]
    return (float(point.x), float(point.y))


WAYS = (SupplyWay(Supply.BUILD, 100_000_00),)
SITES = (
    Candidate("P1", "旧锅炉房", at(420, 420), Origin.PREMISES, (SupplyWay(Supply.CONVERT, 30_000_00),), 200.0),
    Candidate("point-1", "图上第 1 点", at(900, 900), Origin.POINT, WAYS),
)
CANTEEN = Function("elder_meal", 500.0, "elderly")


def a_problem(**changes: Any) -> SitingProblem:
    return replace(SitingProblem(Objective.MAXIMAL_COVERING, (CANTEEN,), SITES, facilities_most=2), **changes)


def a_choice(candidate: str = "P1", people: int = 40) -> Choice:
    served = (Served("elder_meal", people, (0,) * 7),)
    return Choice(candidate, ("elder_meal",), Supply.CONVERT, 0, 30_000_00, 0, served, 40.0, "point-1", (), 7.0)


def an_answer(*choices: Choice, **changes: Any) -> SitingAnswer:
    coverage = Coverage("elder_meal", 90, 0, 40, (0, 0, 0, 0, 0, 30, 10), nan, 212.5, inf, inf)
    answer = SitingAnswer(
        Objective.MAXIMAL_COVERING, choices or (a_choice(),), 40.0, 42.0, 0.05, Ending.TIME, 1.5, (coverage,),
        30_000_00, (30_000_00,), (), (),
    )  # fmt: skip
    return replace(answer, **changes)


def planner(district: CheckedDistrict, role: Role = Role.DISTRICT_OFFICER, *areas: int) -> Scope:
    return district.scope(Purpose.PLANNING, role, *areas)


def a_study(district: CheckedDistrict, **changes: Any) -> int:
    given: dict[str, Any] = {
        "district": district.place, "home": district.place, "name": "助餐点选址", "day": TODAY, "problem": a_problem(),
    }  # fmt: skip
    return operations.ask_siting(district.act, changes.pop("scope", planner(district)), **(given | changes))


def answered(district: CheckedDistrict, *choices: Choice, gains: SitingGains | None = None) -> int:
    study = a_study(district)
    operations.begin_siting(study, district.act.at)
    operations.keep_answer(district.act, planner(district), study, an_answer(*choices), gains)
    return study


def lines(district: CheckedDistrict, verb: str) -> list[Any]:
    wanted = journal.Filter(verb=f"planning.{verb}")
    return list(journal.lines(frozenset({district.place}), wanted=wanted))


def moved_on(district: CheckedDistrict) -> None:
    """A newer edition with one facility more."""
    district.act = district.later()
    more = facilities(("F9", shapely.Point(30, 30), {"kind": "convenience_shop"}))
    district.import_(with_layer(a_district_to_check(), more))


def test_a_study_says_what_was_asked(district: CheckedDistrict) -> None:
    study = a_study(district)

    found = queries.siting(planner(district), study)
    assert found.problem == a_problem()
    assert (found.state, found.answer, found.is_stale) == (StudyState.QUEUED, None, False)
    assert [one.id for one in queries.sitings(planner(district), district.place)] == [study]
    (line,) = lines(district, "ask_siting")
    assert (line.object, line.result["candidates"]) == (f"siting:{study}", 2)


def test_a_question_with_faults_is_not_kept(district: CheckedDistrict) -> None:
    with pytest.raises(operations.SitingRefused) as refusal:
        a_study(district, problem=a_problem(candidates=(), facilities_most=None))

    assert FaultReason.NO_CANDIDATES in {one.reason for one in refusal.value.faults}
    assert not models.SitingStudy.objects.exists()
    assert not lines(district, "ask_siting")


def test_only_who_may_plan_there_asks(district: CheckedDistrict) -> None:
    community = district.community("001")
    worker = planner(district, Role.COMMUNITY_WORKER, community)

    for scope in (worker, district.scope(Purpose.AUDIT, Role.AUDITOR)):
        with pytest.raises(NotPermitted):
            a_study(district, scope=scope)
    with pytest.raises(operations.SitesOutsideArea) as outside:
        a_study(district, scope=worker, home=community)
    study = a_study(district, scope=worker, home=community, problem=a_problem(candidates=SITES[:1]))

    assert outside.value.keys == ("point-1",)
    assert queries.siting(worker, study).home == community
    with pytest.raises(queries.NoSuchSiting):
        queries.siting(planner(district, Role.COMMUNITY_WORKER, district.community("004")), study)


def test_an_answer_is_kept_as_it_is(district: CheckedDistrict) -> None:
    gains = SitingGains(
        (Dot(at(100, 100), 12, "elder_meal", 0, 87.5),), (ClosedShortfall(7, "YT-1", 12, (0,)),), "yantai"
    )

    study = answered(district, gains=gains)

    found = queries.siting(planner(district), study)
    assert found.state is StudyState.DONE
    assert found.answer is not None
    assert found.answer.choices == an_answer().choices
    assert (found.answer.value, found.answer.bound, found.answer.gap) == (40.0, 42.0, 0.05)
    assert str(found.answer.coverage[0].mean_m_before) == "nan"
    assert found.answer.coverage[0].farthest_m_after == inf
    assert found.gains == gains
    assert len(found.method) == 64
    (line,) = lines(district, "keep_answer")
    assert line.result["chosen"] == ["P1"]
    with pytest.raises(operations.SitingEnded):
        operations.keep_answer(district.act, planner(district), study, an_answer())


def test_progress_is_seen_and_a_stop_reaches_the_search(district: CheckedDistrict) -> None:
    study = a_study(district)
    operations.begin_siting(study, district.act.at)

    assert not operations.report_siting(study, Progress(30.0, 40.0, 0.25))
    seen = queries.siting_progress(planner(district), study)
    operations.stop_siting(district.act, planner(district), study)
    operations.stop_siting(district.act, planner(district), study)

    assert (seen.value, seen.bound, seen.share, seen.state) == (30.0, 40.0, 0.25, StudyState.RUNNING)
    assert seen.gap == pytest.approx(1 / 4)
    assert operations.report_siting(study, Progress(31.0, inf, 0.3))
    assert queries.siting_progress(planner(district), study).bound is None
    assert len(lines(district, "stop_siting")) == 1
    operations.keep_answer(district.act, planner(district), study, an_answer(ending=Ending.STOPPED))
    found = queries.siting(planner(district), study)
    assert found.state is StudyState.STOPPED
    assert found.answer is not None
    with pytest.raises(operations.SitingEnded):
        operations.stop_siting(district.act, planner(district), study)


def test_a_study_that_waits_is_stopped_at_once(district: CheckedDistrict) -> None:
    study = a_study(district)

    operations.stop_siting(district.act, planner(district), study)

    assert queries.siting(planner(district), study).state is StudyState.STOPPED
    assert not operations.begin_siting(study, district.act.at)


def test_a_search_begins_anew_after_a_restart(district: CheckedDistrict) -> None:
    study = a_study(district)
    operations.begin_siting(study, district.act.at)
    operations.report_siting(study, Progress(30.0, 40.0, 0.25))

    assert operations.begin_siting(study, district.later().at)

    seen = queries.siting_progress(planner(district), study)
    assert (seen.value, seen.share, seen.started_at) == (None, 0, district.later().at)


def test_what_goes_wrong_ends_the_study(district: CheckedDistrict) -> None:
    study = a_study(district)
    operations.begin_siting(study, district.act.at)

    operations.end_without_answer(study, district.act.at, failed=True)

    assert queries.siting(planner(district), study).state is StudyState.FAILED


def test_places_become_projects_once(district: CheckedDistrict) -> None:
    closed = (ClosedShortfall(7, "YT-1", 12, (0,)), ClosedShortfall(7, "YT-2", 3, ()))
    study = answered(district, a_choice(), a_choice("point-1", 7), gains=SitingGains((), closed, "yantai"))

    numbers = operations.propose_projects(
        district.act, planner(district), study, choices=["P1", "point-1"], names=["锅炉房食堂"]
    )

    first, second = sorted(queries.projects(planner(district), district.place), key=lambda one: one.id)
    assert (first.id, second.id) == numbers
    assert (first.name, second.name) == ("锅炉房食堂", "图上第 1 点")
    assert (first.supply, first.year, first.cost_fen) == (Supply.CONVERT, TODAY.year, 30_000_00)
    assert first.gains == (("elder_meal", 40),)
    assert first.shortfalls == ((7, "YT-1", 12),)
    assert first.at_point == pytest.approx(at(420, 420))
    (line,) = lines(district, "propose_projects")
    assert line.result["projects"] == list(numbers)
    with pytest.raises(operations.AlreadyProposed):
        operations.propose_projects(district.act, planner(district), study, choices=["P1"])
    assert len(lines(district, "propose_projects")) == 1


def test_projects_are_refused_without_their_places(district: CheckedDistrict) -> None:
    waiting, done = a_study(district), answered(district)

    with pytest.raises(operations.NoAnswer):
        operations.propose_projects(district.act, planner(district), waiting, choices=["P1"])
    with pytest.raises(operations.NoAnswer):
        operations.propose_projects(district.act, planner(district), done, choices=[])
    with pytest.raises(operations.NotAChoice):
        operations.propose_projects(district.act, planner(district), done, choices=["point-1"])
    with pytest.raises(NotPermitted):
        operations.propose_projects(district.act, district.scope(Purpose.AUDIT, Role.AUDITOR), done, choices=["P1"])
    assert not models.ProposedProject.objects.exists()


def test_what_is_withdrawn_says_why_and_may_be_proposed_again(district: CheckedDistrict) -> None:
    study = answered(district)
    (project,) = operations.propose_projects(district.act, planner(district), study, choices=["P1"])

    operations.withdraw_project(district.act, planner(district), project, because="业主不同意")
    with pytest.raises(operations.AlreadyTakenBack):
        operations.withdraw_project(district.act, planner(district), project, because="再来一次")
    operations.propose_projects(district.act, planner(district), study, choices=["P1"])
    operations.withdraw_siting(district.act, planner(district), study, because="问错了范围")

    assert len(queries.projects(planner(district), district.place)) == 1
    assert len(queries.projects(planner(district), district.place, withdrawn=True)) == 2
    found = queries.siting(planner(district), study)
    assert (found.withdrawn_because, found.answer is not None) == ("问错了范围", True)
    assert queries.sitings(planner(district), district.place)[0].is_withdrawn
    with pytest.raises(operations.AlreadyTakenBack):
        operations.withdraw_siting(district.act, planner(district), study, because="又来")
    assert [len(lines(district, verb)) for verb in ("withdraw_project", "withdraw_siting")] == [1, 1]


def test_newer_data_mark_a_study_and_its_projects(district: CheckedDistrict) -> None:
    study = answered(district)
    operations.propose_projects(district.act, planner(district), study, choices=["P1"])

    moved_on(district)

    assert queries.siting(planner(district), study).is_stale
    assert queries.sitings(planner(district), district.place)[0].is_stale
    assert queries.projects(planner(district), district.place)[0].is_stale


def test_lists_ask_the_database_as_often_for_many(district: CheckedDistrict) -> None:
    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as for_studies:
            queries.sitings(planner(district), district.place)
        with CaptureQueriesContext(connection) as for_projects:
            queries.projects(planner(district), district.place)
        return len(for_studies), len(for_projects)

    operations.propose_projects(district.act, planner(district), answered(district), choices=["P1"])
    once = asked()
    for _ in range(3):
        operations.propose_projects(district.act, planner(district), answered(district), choices=["P1"])

    assert asked() == once
    assert max(once) <= 5


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"state": "lost"}, "planning_siting_state_is_known"),
        ({"edition_fingerprint": "x"}, "planning_siting_has_a_fingerprint"),
        ({"state": "failed"}, "planning_siting_ended_says_when"),
        ({"answer": {}}, "planning_siting_answered_has_an_answer"),
        ({"share": 1.5}, "planning_siting_share_is_a_share"),
        ({"limit_s": 0}, "planning_siting_may_take_time"),
        ({"name": ""}, "planning_siting_has_a_name"),
        ({"withdrawn_because": "无"}, "planning_siting_withdrawn_says_why"),
        ({"asks_again_id": "self"}, "planning_siting_asks_an_older_one_again"),
    ],
)
def test_a_study_that_cannot_be_is_refused_by_the_database(
    district: CheckedDistrict, changes: dict[str, Any], constraint: str
) -> None:
    study = a_study(district)
    changes = {key: study if value == "self" else value for key, value in changes.items()}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        models.SitingStudy.objects.filter(pk=study).update(**changes)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"supply": "gift"}, "planning_project_supply_and_origin_are_known"),
        ({"origin": "moon"}, "planning_project_supply_and_origin_are_known"),
        ({"cost_fen": -1}, "planning_project_cost_not_negative"),
        ({"functions": []}, "planning_project_serves_something"),
        ({"latitude": 91.0}, "planning_project_lies_on_earth"),
        ({"withdrawn_because": "无"}, "planning_project_withdrawn_says_why"),
    ],
)
def test_a_project_that_cannot_be_is_refused_by_the_database(
    district: CheckedDistrict, changes: dict[str, Any], constraint: str
) -> None:
    operations.propose_projects(district.act, planner(district), answered(district), choices=["P1"])

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        models.ProposedProject.objects.update(**changes)


@pytest.mark.parametrize("table", ["planning_sitingstudy", "planning_proposedproject"])
def test_nothing_is_deleted(district: CheckedDistrict, table: str) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


def test_an_infeasible_question_offers_what_would_do(district: CheckedDistrict) -> None:
    study = a_study(district, problem=a_problem(objective=Objective.SET_COVERING, budget_fen=100))
    offered = Infeasible((Relaxation(Rule.BUDGET, 100.0, 2_999_999.5, True),), 0.2)
    operations.begin_siting(study, district.act.at)
    operations.keep_answer(district.act, planner(district), study, offered)

    found = queries.siting(planner(district), study)

    assert (found.state, found.answer, found.infeasible) == (StudyState.INFEASIBLE, None, offered)
    assert relaxed(found.problem, offered.relaxations[0]).budget_fen == 3_000_000


def test_relaxing_changes_one_rule() -> None:
    problem = a_problem(budgets_fen=(100, 0, 200), budget_fen=500)

    years = relaxed(problem, Relaxation(Rule.BUDGET, 300, 1000, True))
    walk = relaxed(problem, Relaxation(Rule.WALKING_LIMIT, 500, 612.2, True, "elder_meal"))

    assert sum(years.budgets_fen) >= 1000
    assert years.budgets_fen[1] == 0
    assert years.budget_fen == 1000
    assert walk.functions[0].limit_m == 613
    assert relaxed(problem, Relaxation(Rule.FACILITIES, 2, 5, True)).facilities_most == 5
    assert relaxed(problem, Relaxation(Rule.COVER_SHARE, 1, 0.8, True)).cover_share == 0.8
    with pytest.raises(NotRelaxable):
        relaxed(problem, Relaxation(Rule.CAPACITY, 10, 20, True, "elder_meal"))
