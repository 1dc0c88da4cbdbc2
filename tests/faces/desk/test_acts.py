"""Acts on pages: what they change, and how a refusal reads."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from faces.desk.builders import COMMUNITY, PACK, Desk

from linli.domain.checkup import queries as checkup
from linli.domain.journal.models import Line
from linli.domain.people.rules import Purpose
from linli.domain.places import queries as places
from linli.domain.standards import queries as standards
from linli.runtime.jobs.models import Job

pytestmark = pytest.mark.slow


def text(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def pack(desk: Desk) -> Any:
    return standards.pack(PACK, day=desk.day, district=desk.district)


def a_figure(desk: Desk, **changes: str) -> dict[str, str]:
    given = {"bar": "minimum", "comparison": ">=", "value": "70", "clause": "第三条", "source": "区政府文件"}
    return {**given, "from_on": desk.day.isoformat(), **changes}


def test_a_figure_is_set_and_withdrawn(desk: Desk) -> None:
    address = reverse("desk:figure", args=[PACK, "ZJ-10"])

    assert desk.officer.post(address, a_figure(desk)).status_code == 302
    (record,) = standards.figures(desk.scope(Purpose.STANDARD_SETTING), district=desk.district, pack=PACK)
    assert not record.confirms
    assert "核定记录" in text(desk.officer.get(address))

    withdrawal = reverse("desk:figure_withdraw", args=[PACK, "ZJ-10", record.id])
    assert "请写明撤回的原因" in text(desk.officer.post(withdrawal, {"reason": ""}))
    assert desk.officer.post(withdrawal, {"reason": "录入有误"}).status_code == 302
    assert "录入有误" in text(desk.officer.get(address))
    assert desk.officer.post(withdrawal, {"reason": "录入有误"}).status_code == 404


def test_a_figure_left_as_it_stands_is_confirmed(desk: Desk) -> None:
    yantai = standards.pack("yantai", day=desk.day)
    one = next(i for i in yantai.indicators if i.thresholds and i.thresholds[0].value_to is None)
    standing = one.thresholds[0]
    same = a_figure(desk, bar=standing.bar.value, comparison=standing.comparison.value, value=str(standing.value)) | {
        "types": sorted(standing.types)
    }

    answer = desk.officer.post(reverse("desk:figure", args=["yantai", one.key]), same)

    assert answer.status_code == 302
    (record,) = standards.figures(desk.scope(Purpose.STANDARD_SETTING), district=desk.district, pack="yantai")
    assert record.confirms


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": "很多"}, "请填数字"),
        ({"value": "170"}, "与指标的单位不符"),
        ({"clause": ""}, "有几处需要改一下"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_beside_its_field(desk: Desk, changes: dict[str, str], said: str) -> None:
    answer = desk.officer.post(reverse("desk:figure", args=[PACK, "ZJ-10"]), a_figure(desk, **changes))

    assert answer.status_code == 400
    assert said in text(answer)


def test_a_worker_may_not_set_a_figure(desk: Desk) -> None:
    assert desk.worker.post(reverse("desk:figure", args=[PACK, "ZJ-10"]), a_figure(desk)).status_code == 403


def test_a_point_is_moved_with_a_reason_and_the_page_says_which_edition(desk: Desk) -> None:
    kindergarten = desk.record("facilities", "F1")
    address = reverse("desk:place", args=[kindergarten])
    before = places.record(desk.scope(), kindergarten).now
    assert before is not None
    assert before.geometry is not None
    kept = {key: value for key, value in before.attributes.items() if value is not None}
    moved = {"lon": f"{before.geometry.x + 0.0005:.7f}", "lat": f"{before.geometry.y:.7f}"}

    assert "data-pin-told" in text(desk.officer.get(address))
    assert desk.officer.post(address, kept | moved | {"reason": ""}).status_code == 400
    answer = desk.officer.post(address, kept | moved | {"reason": "实地核查"}, follow=True)

    assert "记为第 2 版" in text(answer)
    now = places.record(desk.scope(), kindergarten).now
    assert now is not None
    assert now.geometry is not None
    assert now.geometry.x == pytest.approx(before.geometry.x + 0.0005, abs=1e-6)


def test_an_auditor_reads_a_record_and_may_not_correct_it(desk: Desk) -> None:
    address = reverse("desk:place", args=[desk.record("facilities", "F1")])

    assert "保存更正" not in text(desk.auditor.get(address))
    assert desk.auditor.post(address, {"reason": "试试"}).status_code == 403


def test_a_round_starts_as_a_job_and_a_wrong_day_is_refused(desk: Desk) -> None:
    start = reverse("desk:round_start")

    assert desk.officer.post(start, {"pack": PACK, "day": desk.day.isoformat()}).status_code == 302
    assert Job.objects.filter(kind="desk.round").count() == 1
    assert "今天或更早" in text(desk.officer.post(start, {"pack": PACK, "day": "2999-01-01"}))
    assert "没有这个标准" in text(desk.officer.post(start, {"pack": "none", "day": desk.day.isoformat()}))
    assert desk.officer.post(reverse("desk:round_recompute", args=[desk.round.id])).status_code == 302
    assert desk.officer.post(reverse("desk:round_recompute", args=[10**9])).status_code == 404


def test_an_upload_that_is_no_package_is_refused_at_once(desk: Desk) -> None:
    upload = reverse("desk:import_upload")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("notes.txt", "x")

    assert "没有收到文件" in text(desk.officer.post(upload))
    for content in (b"no zip", archive.getvalue()):
        answer = desk.officer.post(upload, {"package": SimpleUploadedFile("a.zip", content)})
        assert answer.status_code == 400
    assert not Job.objects.filter(kind="desk.import").exists()


def test_an_import_is_withdrawn_with_a_reason_only(desk: Desk) -> None:
    withdrawal = reverse("desk:import_withdraw", args=[1])

    assert "请写明撤回的原因" in text(desk.officer.post(withdrawal, {"reason": ""}))
    assert desk.officer.post(withdrawal, {"reason": "数据来源有误"}).status_code == 302
    assert "已撤回" in text(desk.officer.get(reverse("desk:imports")))


def test_a_community_gets_a_scene_and_an_indicator_of_its_own_and_loses_them(desk: Desk) -> None:
    mine = [COMMUNITY, PACK]
    desk.officer.post(reverse("desk:local_scene", args=mine), {"scene-name": "百家宴"})
    (scene,) = [one for one in pack(desk).scenes if one.local_to is not None]
    asked = {
        "name": "公园可达", "scene": scene.key, "definition": "步行 400 米内有公园的居民占比", "measure": "walk",
        "kind": "park", "meters": "400", "minimum": "60", "source": "议事会",
    }  # fmt: skip

    incomplete = desk.officer.post(
        reverse("desk:local_indicator", args=mine), {f"indicator-{k}": v for k, v in (asked | {"meters": ""}).items()}
    )
    added = desk.officer.post(
        reverse("desk:local_indicator", args=mine), {f"indicator-{key}": value for key, value in asked.items()}
    )

    assert "请填步行距离" in text(incomplete)
    assert added.status_code == 302
    (own,) = [one for one in pack(desk).indicators if one.local_to == desk.place(COMMUNITY)]
    assert "公园可达" in text(desk.worker.get(reverse("desk:local", args=mine)))

    number = [*mine, int(scene.key.removeprefix("local-"))]
    in_use = desk.officer.post(reverse("desk:local_scene_withdraw", args=number), {"reason": "不再开展"})
    assert "还有指标" in text(in_use)
    indicator = [*mine, int(own.key.removeprefix("LOCAL-"))]
    desk.officer.post(reverse("desk:local_indicator_withdraw", args=indicator), {"reason": "不再开展"})
    desk.officer.post(reverse("desk:local_scene_withdraw", args=number), {"reason": "不再开展"})
    assert not [one for one in (*pack(desk).scenes, *pack(desk).indicators) if one.local_to is not None]


def test_a_survey_is_opened_and_a_paper_slip_counts_once(desk: Desk) -> None:
    days = {"from_on": desk.day.isoformat(), "until_on": "2999-01-01"}
    asked = {"title": "居民满意度", "question": "residents_satisfied", **days}
    backwards = desk.officer.post(reverse("desk:survey_start"), asked | {"until_on": days["from_on"]})
    opened = desk.officer.post(reverse("desk:survey_start"), asked)
    page = opened.headers["Location"]
    slip = {"community": desk.place(COMMUNITY), "level": "4", "slip": "0001"}

    first = desk.worker.post(f"{page}slip/", slip)
    again = desk.worker.post(f"{page}slip/", slip)

    assert "结束日须晚于开始日" in text(backwards)
    assert "<svg" in text(desk.officer.get(page))
    assert first.status_code == 302
    assert "已经记过" in text(again)
    (count,) = checkup.campaign_counts(desk.scope(), int(page.rstrip("/").rsplit("/", 1)[1]))
    assert (count.asked, count.paper, count.online) == (1, 1, 0)
    assert Line.objects.filter(verb="checkup.record_satisfaction", channel="paper").count() == 1
