"""Pages of sitings: from the question to the answer, its projects and their export."""

import io
import json
from dataclasses import dataclass
from typing import Any

import openpyxl
import pytest
import shapely
from builders import lonlat
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from faces.desk.builders import COMMUNITY, Desk

from linli.domain.journal.models import Line
from linli.domain.people.rules import Purpose
from linli.domain.planning import models, queries
from linli.domain.planning.rules.scenarios.edits import EditKind
from linli.domain.planning.rules.siting.keeping import problem_as_json, problem_of_json
from linli.domain.planning.rules.siting.problems import Objective, Origin, SitingProblem
from linli.domain.planning.rules.siting.studies import StudyState
from linli.faces.desk.planning import siting_words
from linli.faces.desk.planning.siting_job import answer_siting
from linli.runtime.jobs.models import Job
from linli.runtime.jobs.registry import Interrupted, Stopped

pytestmark = pytest.mark.slow


@dataclass
class Worker:
    """A job that runs here and now; ``stop`` is raised at the first report."""

    person: int
    stop: type[Exception] | None = None
    id: int = 1
    home: int | None = None

    def progress(self, done: int, total: int, message: str = "") -> None:
        if self.stop is not None:
            raise self.stop


def at(x: float, y: float) -> list[float]:
    point = lonlat(shapely.Point(x, y))[0]
    return [float(point.x), float(point.y)]


CORNERS = [at(150, 750), at(900, 300), at(900, 900)]


def a_question(**changes: Any) -> dict[str, Any]:
    """Canteens for everybody at points of the map, as the page would send it."""
    asked = {
        "kind-0": "elder_meal", "age-0": "all", "limit-0": "400", "area-0": "0", "objective": "maximal_covering",
        "most": "2", "limit_s": "20", "points": json.dumps(CORNERS), "left_out": "[]", "share": "on",
        "way-point-build": "on", "yuan-point-build": "4500", "cover_percent": "100",
    }  # fmt: skip
    return {key: value for key, value in {**asked, **changes}.items() if value is not None}


def ask(desk: Desk, client: Client | None = None, **changes: Any) -> Any:
    question = a_question(**{"home": str(desk.district), **changes})
    return (client or desk.officer).post(reverse("desk:siting_ask"), question)


def newest(desk: Desk) -> queries.SitingValue:
    study = models.SitingStudy.objects.latest("pk")
    return queries.siting(desk.scope(Purpose.PLANNING), study.pk)


def answered(desk: Desk, **changes: Any) -> queries.SitingValue:
    assert ask(desk, **changes).status_code == 302
    answer_siting(Worker(_person()), study=newest(desk).id)
    return newest(desk)


def _person() -> int:
    job = Job.objects.filter(kind="desk.siting").latest("pk")
    assert job.person is not None
    return job.person


def text(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def test_a_question_is_asked_and_a_job_answers_it(desk: Desk) -> None:
    answer = ask(desk)

    study = newest(desk)
    assert answer.url == reverse("desk:siting", args=[study.id])
    assert (study.problem.objective, study.problem.facilities_most) == (Objective.MAXIMAL_COVERING, 2)
    assert [one.origin for one in study.problem.candidates] == [Origin.POINT] * 3
    assert study.name == "老年助餐点(社区食堂)选址"
    assert Job.objects.get(kind="desk.siting").arguments == {"study": study.id}
    waiting = text(desk.officer.get(answer.url))
    assert "排队中" in waiting
    assert reverse("desk:siting_stop", args=[study.id]) in waiting

    answer_siting(Worker(_person()), study=study.id)
    page = text(desk.officer.get(answer.url))
    found = newest(desk)
    assert found.state is StudyState.DONE
    assert found.answer is not None
    assert found.answer.gap == 0
    assert "已证明最优" in page
    assert "与最优解最多相差" not in page
    assert len(found.answer.choices) == 2
    coverage = found.answer.coverage[0]
    assert coverage.covered_after > coverage.covered_before
    assert found.gains is not None
    gained = sum(dot.people for dot in found.gains.dots)
    assert gained == coverage.covered_after - coverage.covered_before
    assert f"{gained:,}" in page


def test_the_form_begins_with_the_standard(desk: Desk) -> None:
    page = desk.officer.get(reverse("desk:siting_ask"), {"kind": "elder_meal"})

    assert page.context["rows"][0]["kind"] == "elder_meal"
    assert page.context["defaults"]["elder_meal"]["age"] == "elderly"
    assert [one["key"] for one in page.context["sites"]] == ["P1"]
    assert "假设" in text(page)
    shortfall = text(desk.officer.get(reverse("desk:indicator", args=["ZJ-10"])))
    assert f"{reverse('desk:siting_ask')}?kind=" in shortfall
    assert reverse("desk:siting_ask") not in text(desk.auditor.get(reverse("desk:indicator", args=["ZJ-10"])))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind-0": ""}, "请至少选一类设施"),
        ({"points": "[]"}, "没有可选的地点"),
        ({"points": "not json"}, "没有可选的地点"),
        ({"most": ""}, "请填最多几处或预算"),
        ({"most": "两处"}, "“两处”不是可用的数字"),
        ({"most": "0"}, "请填 1 或更大的整数"),
        ({"most": "1.5"}, "请填 1 或更大的整数"),
        ({"budget": "-3"}, "预算要大于 0"),
        ({"limit-0": "-1"}, "步行上限写成了"),
        ({"weight-0": "-1"}, "权重写成了"),
        ({"capacity-0": "-1"}, "容量写成了"),
        ({"kind-1": "elder_meal"}, "选了两次"),
        ({"points": json.dumps([[0.0, 0.0]])}, "不在本区范围内"),
        ({"way-point-build": None}, "没有取得方式"),
        ({"objective": "set_covering", "cover_percent": "0"}, "要覆盖的比例"),
        ({"yuan-point-build": "1e400"}, "不是可用的数字"),
        ({"limit-0": "0"}, "的步行上限写成了 0"),
        ({"weight-0": "0"}, "权重写成了 0"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(desk: Desk, changes: dict[str, Any], said: str) -> None:
    answer = ask(desk, **changes)

    assert answer.status_code == 400
    assert said in text(answer)
    assert not models.SitingStudy.objects.exists()
    assert not Job.objects.filter(kind="desk.siting").exists()


def test_an_infeasible_question_is_asked_again_with_one_rule_relaxed(desk: Desk) -> None:
    study = answered(desk, objective="set_covering", most="1", **{"limit-0": "900"}, cover_percent="90")
    assert study.infeasible is not None, study.answer
    page = desk.officer.get(reverse("desk:siting", args=[study.id]))
    offered = page.context["relaxations"]
    assert "照这些条件没有可行的方案" in text(page)
    assert offered

    relax = reverse("desk:siting_relax", args=[study.id])
    number = next(one["number"] for one in offered if one["label"])
    assert desk.officer.post(relax, {"number": "99"}).status_code == 404
    assert desk.officer.post(relax, {"number": str(number)}).status_code == 302

    again = newest(desk)
    assert again.asks_again == study.id
    answer_siting(Worker(_person()), study=again.id)
    assert newest(desk).answer is not None


def test_a_stop_keeps_the_best_and_a_shutdown_begins_anew(desk: Desk) -> None:
    ask(desk)
    study = newest(desk).id

    with pytest.raises(Interrupted):
        answer_siting(Worker(_person(), Interrupted), study=study)
    assert newest(desk).state is StudyState.RUNNING
    answer_siting(Worker(_person(), Stopped), study=study)

    found = newest(desk)
    assert found.state in (StudyState.STOPPED, StudyState.DONE)
    assert found.answer is not None


def test_a_waiting_study_is_stopped_from_its_page(desk: Desk) -> None:
    ask(desk)
    study = newest(desk).id

    assert desk.officer.post(reverse("desk:siting_stop", args=[study])).status_code == 302
    answer_siting(Worker(_person()), study=study)

    assert newest(desk).state is StudyState.STOPPED
    assert "还没找到方案就停下了" in text(desk.officer.get(reverse("desk:siting", args=[study])))
    fragment = desk.officer.get(reverse("desk:siting_progress", args=[study]))
    assert fragment["HX-Refresh"] == "true"


def test_places_become_projects_and_a_file(desk: Desk) -> None:
    study = answered(desk)
    assert study.answer is not None
    keys = [one.candidate for one in study.answer.choices]
    propose = reverse("desk:siting_propose", args=[study.id])

    assert "请至少勾选一处" in text(desk.officer.post(propose, {}))
    assert desk.officer.post(propose, {"choice": keys, f"name-{keys[0]}": "南门食堂"}).status_code == 302
    assert "已经在拟建项目里" in text(desk.officer.post(propose, {"choice": keys}))

    listed = text(desk.officer.get(reverse("desk:projects")))
    assert "南门食堂" in listed
    book = desk.officer.get(reverse("desk:projects_export", args=["xlsx"]))
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    assert sheet.max_row == 3
    assert "南门食堂" in {row[1].value for row in sheet.iter_rows()}
    package = desk.officer.get(reverse("desk:projects_export", args=["gpkg"]))
    assert package.content.startswith(b"SQLite format 3")
    assert Line.objects.filter(verb="planning.export_projects").count() == 2
    assert desk.officer.get(reverse("desk:projects_export", args=["exe"])).status_code == 404

    (first, _second) = queries.projects(desk.scope(Purpose.PLANNING), desk.district)
    withdrawal = reverse("desk:project_withdraw", args=[first.id])
    desk.officer.post(withdrawal, {"reason": ""})
    assert len(queries.projects(desk.scope(Purpose.PLANNING), desk.district)) == 2
    desk.officer.post(withdrawal, {"reason": "业主不同意"})
    assert len(queries.projects(desk.scope(Purpose.PLANNING), desk.district)) == 1
    assert desk.officer.post(withdrawal, {"reason": "业主不同意"}).status_code == 404


def test_places_become_edits_of_a_scenario(desk: Desk) -> None:
    study = answered(desk)
    assert study.answer is not None
    address = reverse("desk:siting_scenario", args=[study.id])

    assert "请至少勾选一处" in text(desk.officer.post(address, {}))
    answer = desk.officer.post(address, {"choice": [one.candidate for one in study.answer.choices]})

    assert answer.status_code == 302
    (made,) = queries.scenarios(desk.scope(Purpose.PLANNING), desk.district)
    assert answer.url == reverse("desk:scenario", args=[made.id])
    edits = queries.scenario(desk.scope(Purpose.PLANNING), made.id).edits
    assert [(one.kind, one.facility_kind) for one in edits] == [(EditKind.ADD_FACILITY, "elder_meal")] * 2


def test_a_worker_plans_for_the_own_community_alone(desk: Desk) -> None:
    community = str(desk.place(COMMUNITY))

    assert ask(desk, desk.worker).status_code == 403
    outside = ask(desk, desk.worker, home=community)
    assert outside.status_code == 400
    assert "不在所选范围内" in text(outside)
    assert ask(desk, desk.worker, home=community, points=json.dumps([at(330, 330)])).status_code == 302

    answer_siting(Worker(_person()), study=newest(desk).id)
    found = newest(desk)
    assert found.answer is not None
    everybody = answered(desk)
    assert everybody.answer is not None
    assert found.answer.coverage[0].people < everybody.answer.coverage[0].people
    assert desk.worker.get(reverse("desk:siting", args=[everybody.id])).status_code == 404


def test_an_auditor_reads_and_asks_nothing(desk: Desk) -> None:
    study = answered(desk)

    page = text(desk.auditor.get(reverse("desk:siting", args=[study.id])))
    assert "已证明最优" in page
    assert "转为拟建项目" not in page
    assert desk.auditor.get(reverse("desk:siting_ask")).status_code == 403
    assert desk.auditor.post(reverse("desk:siting_withdraw", args=[study.id]), {"reason": "试试"}).status_code == 403


def test_a_study_is_withdrawn_with_its_reason(desk: Desk) -> None:
    study = answered(desk)
    withdraw = reverse("desk:siting_withdraw", args=[study.id])

    assert "请写明撤回的原因" in text(desk.officer.post(withdraw, {"reason": ""}))
    assert desk.officer.post(withdraw, {"reason": "问错了范围"}).status_code == 302
    assert "问错了范围" in text(desk.officer.get(reverse("desk:siting", args=[study.id])))
    assert desk.officer.post(withdraw, {"reason": "问错了范围"}).status_code == 404


def test_a_question_is_changed_and_asked_anew(desk: Desk) -> None:
    study = answered(desk, budget="900", **{"kind-1": "health_station"})

    page = desk.officer.get(reverse("desk:siting_ask"), {"like": study.id})

    form = page.context["form"]
    assert [row.kind for row in form.rows] == ["elder_meal", "health_station"]
    assert (form.budget, form.most, form.rows[0].limit_m) == ("900", "2", "400")
    assert [list(one.at) for one in form.points] == CORNERS


def test_the_list_asks_the_database_as_often_for_many(desk: Desk) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.officer.get(reverse("desk:sitings")).status_code == 200
        return len(captured)

    answered(desk)
    once = asked()
    answered(desk)
    answered(desk)

    assert asked() == once


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0%"),
        (0.003, "0.30%"),
        (0.0123, "1.3%"),
        (0.000_001, "0.00010%"),
        (0.155, "16%"),
        (float("inf"), "—"),
    ],
)
def test_a_gap_is_never_said_smaller_than_it_is(share: float, said: str) -> None:
    assert siting_words.percent(share) == said


def test_a_problem_survives_its_keeping() -> None:
    problem = SitingProblem(Objective.P_CENTER, (), ())

    assert problem_of_json(json.loads(json.dumps(problem_as_json(problem)))) == problem
