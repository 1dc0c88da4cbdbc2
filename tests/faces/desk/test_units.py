"""The pages of units: the form with its sources, proposals side by side, every rule after a move, adopting."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from faces.desk.builders import Desk

from linli.domain.people.rules import Purpose
from linli.domain.planning import models
from linli.domain.planning.operations import unit_drawing
from linli.domain.planning.operations import units as operations
from linli.domain.planning.queries import units as queries
from linli.domain.planning.queries.unit_rules import unit_rules
from linli.domain.planning.queries.units import ProposalValue
from linli.domain.planning.rules.units.studies import broken, next_units
from linli.faces.desk.planning import unit_jobs
from linli.runtime.jobs.models import Job, State
from linli.runtime.jobs.registry import Stopped

pytestmark = pytest.mark.slow


def text(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def a_form(desk: Desk, **changes: str) -> dict[str, str]:
    figures = {"people_min": "300", "people_max": "1000", "walk_minutes": "10", "share_min": "80", "runs": "2"}
    prices = {f"price_{rule.line}": f"{rule.price:g}" for rule in unit_rules().lines}
    return {"name": "一稿", "day": desk.day.isoformat()} | figures | prices | changes


def a_study(desk: Desk, people_max: int = 1000) -> int:
    rules = replace(unit_rules(), people_min=300, people_max=people_max, goals=unit_rules().goals[:2])
    scope = desk.scope(Purpose.PLANNING)
    study = operations.ask_units(
        desk.act, scope, district=desk.district, name="一稿", day=desk.day, rules=rules, runs=1
    )
    return unit_drawing.draw_units(desk.act, scope, study=study.id).id


def a_proposal(desk: Desk, study: int) -> ProposalValue:
    scope = desk.scope(Purpose.PLANNING)
    return next(
        one for one in queries.unit_proposals(scope, study) if not broken(queries.drawn_proposal(scope, one.id))
    )


def a_move(desk: Desk, proposal: int) -> list[int]:
    drawn = queries.drawn_proposal(desk.scope(Purpose.PLANNING), proposal)
    near = ((atom, next_units(drawn.atoms, drawn.unit, atom)) for atom in range(len(drawn.atoms)))
    return next([atom, units[0]] for atom, units in near if units)


def crowded(desk: Desk, proposal: int) -> list[list[int]]:
    """Moves that put everybody into one unit."""
    drawn = queries.drawn_proposal(desk.scope(Purpose.PLANNING), proposal)
    return [[atom, drawn.units[0].number] for atom in range(len(drawn.atoms))]


def address(name: str, *parts: int | str) -> str:
    return reverse(f"desk:{name}", args=parts)


def test_the_form_shows_each_figure_with_its_source(desk: Desk) -> None:
    page = text(desk.officer.get(address("unit_new")))

    assert 'value="5000"' in page
    assert 'value="12000"' in page
    assert "0.5—1.2万人口规模的居住社区为基本实施单元" in page
    assert page.count("未核实") >= len(unit_rules().lines)
    assert "幼儿园" in page


def test_asking_queues_the_search_and_shows_it(desk: Desk) -> None:
    answer = desk.officer.post(address("unit_ask"), a_form(desk, never_water="on", price_rail="2.5"))

    (row,) = models.UnitStudy.objects.all()
    assert answer.status_code == 302
    assert answer.url == address("unit_study", row.pk)
    lines = {one["line"]: one for one in row.rules["lines"]}
    assert lines["water"]["never"] is True
    assert lines["rail"]["price"] == 2.5
    (job,) = Job.objects.filter(kind=unit_jobs.KIND)
    assert job.arguments == {"study": row.pk}
    page = text(desk.officer.get(answer.url))
    assert "正在寻找划法" in page
    assert "停止,保留已有的划法" in page
    assert "不许跨越河流水体" in page
    assert "铁路每米 2.5" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"people_max": "200"}, "上限不能小于下限"),
        ({"name": ""}, "有几处需要改一下"),
        ({"walk_minutes": "0"}, "有几处需要改一下"),
        ({"price_water": "-1"}, "有几处需要改一下"),
        ({"day": "明天"}, "有几处需要改一下"),
    ],
)
def test_a_figure_that_cannot_be_is_told_beside_its_field(desk: Desk, changes: dict[str, str], said: str) -> None:
    answer = desk.officer.post(address("unit_ask"), a_form(desk, **changes))

    assert answer.status_code == 400
    assert said in text(answer)
    assert not models.UnitStudy.objects.exists()


class Line:
    """A job's progress as the worker gives it; it stops at the first report after so many."""

    def __init__(self, person: int, stop_after: int = 10**9) -> None:
        self.id, self.home, self.person, self.left = 1, None, person, stop_after

    def progress(self, done: int, total: int, message: str = "") -> None:
        self.left -= 1
        if self.left < 0:
            raise Stopped


def asked(desk: Desk) -> tuple[int, int]:
    desk.officer.post(address("unit_ask"), a_form(desk))
    job = Job.objects.get(kind=unit_jobs.KIND)
    assert job.person is not None
    return models.UnitStudy.objects.get().pk, job.person


def test_a_stop_keeps_what_was_found(desk: Desk) -> None:
    study, person = asked(desk)

    with pytest.raises(Stopped):
        unit_jobs.draw_units(Line(person, stop_after=3), study=study)

    assert models.UnitStudy.objects.get().state == "stopped"
    assert models.UnitProposal.objects.count() >= 1
    assert "已停止,保留已有的划法" in text(desk.officer.get(address("unit_study", study)))
    assert unit_jobs.draw_units(Line(person), study=study) == {"study": study}


def test_the_stop_button_stops_what_waits(desk: Desk) -> None:
    study, _person = asked(desk)

    desk.officer.post(address("unit_stop", study))

    assert Job.objects.get(kind=unit_jobs.KIND).state == State.STOPPED
    assert "已停止" in text(desk.officer.get(address("unit_study", study)))
    assert desk.officer.get(address("unit_progress", study)).headers["HX-Refresh"] == "true"


def test_proposals_stand_side_by_side(desk: Desk) -> None:
    study = a_study(desk)

    page = text(desk.officer.get(address("unit_study", study)))

    proposals = queries.unit_proposals(desk.scope(Purpose.PLANNING), study)
    assert page.count('class="unit-map"') == len(proposals)
    for label in ("单元数", "人口中位数", "完整保留的社区", "紧凑度", "违反的硬规则", "步行 10 分钟可达幼儿园"):
        assert label in page
    assert "人口 300–1,000 人" in page


def test_what_can_be_no_unit_is_named_with_its_place(desk: Desk) -> None:
    study = a_study(desk, people_max=320)

    page = text(desk.officer.get(address("unit_study", study)))

    assert "无论怎样划都不合范围" in page
    assert "一个基本块就超过 320 人" in page
    assert "甲小区" in page


def test_a_move_is_checked_before_anything_is_kept(desk: Desk) -> None:
    study = a_study(desk)
    one = a_proposal(desk, study)
    check = address("unit_check", study, one.id)

    told = desk.officer.post(check, {"moves": json.dumps(crowded(desk, one.id)), "unit": "0"}).json()

    assert "硬规则没有满足" in told["summary"]
    assert "超过 1,000 人" in told["summary"]
    assert len(told["units"]) == 1
    assert told["units"][0]["holds"] is False
    assert "连成一片" in told["sheet"]
    assert "整个并入相邻单元" in desk.officer.post(check, {"moves": "[]", "unit": "0"}).json()["sheet"]
    assert models.UnitProposal.objects.filter(revises__isnull=False).count() == 0
    atom, to = a_move(desk, one.id)
    told = desk.officer.post(check, {"moves": f"[[{atom}, {to}]]", "atom": str(atom)}).json()
    assert f"第 {to + 1} 单元" in told["sheet"]
    assert "原在" in told["sheet"]


@pytest.mark.parametrize("moves", ["[[99999, 0]]", "[[0, 99999]]", "[[0]]", "{", '[["0", 1]]', "[[-1, 0]]"])
def test_moves_of_another_proposal_are_refused(desk: Desk, moves: str) -> None:
    study = a_study(desk)
    one = a_proposal(desk, study)

    assert "不属于这个方案" in desk.officer.post(address("unit_check", study, one.id), {"moves": moves}).json()["fault"]
    answer = desk.officer.post(address("unit_move", study, one.id), {"moves": moves})
    assert answer.status_code == 400
    assert "不属于这个方案" in text(answer)


def test_moves_are_saved_as_a_copy_and_then_adopted_or_not(desk: Desk) -> None:
    study = a_study(desk)
    one = a_proposal(desk, study)
    moves = json.dumps(crowded(desk, one.id))

    saved = desk.officer.post(address("unit_move", study, one.id), {"moves": moves}, follow=True)
    copy = models.UnitProposal.objects.get(revises=one.id)
    refused = desk.officer.post(address("unit_adopt", study, copy.pk), {"on": desk.day.isoformat()})

    assert "已保存为您的副本" in text(saved)
    assert "第 1 次修改" in text(saved)
    assert refused.status_code == 400
    assert "硬规则没有满足,不能采用" in text(refused)
    assert "超过 1,000 人" in text(refused)
    assert "没有移动任何基本块" in text(desk.officer.post(address("unit_move", study, one.id), {"moves": "[]"}))


def test_a_plan_is_adopted_shown_and_withdrawn(desk: Desk) -> None:
    study = a_study(desk)
    one = a_proposal(desk, study)
    adopt = address("unit_adopt", study, one.id)

    assert "请填写生效日" in text(desk.officer.post(adopt, {"on": "很快"}))
    early = (desk.day - timedelta(days=1)).isoformat()
    assert "生效日不能早于" in text(desk.officer.post(adopt, {"on": early}))
    page = text(desk.officer.post(adopt, {"on": desk.day.isoformat()}, follow=True))
    plan = models.UnitPlan.objects.get()

    assert "已采用" in page
    assert "第 1 单元" in page
    assert "起已有采用的方案" in text(desk.officer.post(adopt, {"on": desk.day.isoformat()}))
    assert "生效中" in text(desk.officer.get(address("units")))
    assert address("unit_plan_map", plan.pk) in text(desk.officer.get(reverse("desk:cockpit")))
    shapes = json.loads(desk.officer.get(address("unit_plan_map", plan.pk)).content)
    assert len(shapes["features"]) == one.totals.units
    seen = json.loads(desk.worker.get(address("unit_plan_map", plan.pk)).content)
    assert 0 < len(seen["features"]) < one.totals.units
    withdraw = address("unit_study_withdraw", study)
    assert "请先撤回采用" in text(desk.officer.post(withdraw, {"reason": "重来"}))
    assert "请写明撤回的原因" in text(desk.officer.post(address("unit_plan_withdraw", plan.pk), {"reason": ""}))
    assert desk.officer.post(address("unit_plan_withdraw", plan.pk), {"reason": "重来"}).status_code == 302
    assert "请写明撤回的原因" in text(desk.officer.post(withdraw, {"reason": " "}))
    assert desk.officer.post(withdraw, {"reason": "重来"}).status_code == 302
    assert "还没有采用任何方案" in text(desk.officer.get(address("units")))


def test_a_worker_sees_the_plan_but_no_study(desk: Desk) -> None:
    study = a_study(desk)

    page = text(desk.worker.get(address("units")))

    assert "划分研究" not in page
    assert address("unit_new") not in page
    assert desk.worker.get(address("unit_study", study)).status_code == 404
    assert desk.worker.get(address("unit_new")).status_code == 403


def test_study_and_proposals_are_offered_as_files(desk: Desk) -> None:
    study = a_study(desk)
    one = a_proposal(desk, study)
    offered = {
        address("unit_study", study): ("paper:unit_study", study),
        address("unit_proposal", study, one.id): ("paper:unit_proposal", one.id),
    }

    for url, (name, of) in offered.items():
        page = text(desk.officer.get(url))
        assert all(reverse(name, args=[of, form]) in page for form in ("gpkg", "geojson", "xlsx", "pdf"))


def test_pages_ask_the_database_a_bounded_number_of_times(desk: Desk) -> None:
    study = a_study(desk)
    one = a_proposal(desk, study)
    # The number does not grow with units, atoms or proposals.
    most = {address("units"): 16, address("unit_study", study): 22, address("unit_proposal", study, one.id): 24}

    for url, limit in most.items():
        desk.officer.get(url)
        with CaptureQueriesContext(connection) as asked_of:
            assert desk.officer.get(url).status_code == 200
        assert len(asked_of) <= limit, [query["sql"][:90] for query in asked_of.captured_queries]
