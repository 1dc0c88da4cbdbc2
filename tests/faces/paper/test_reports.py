"""The printed reports: what they say, that they are sound pages, and that nothing in them is read as markup."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import shapely
import typst
from access.world import World
from defusedxml import ElementTree

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import CampaignValue, RoundValue
from linli.domain.checkup.rules import GradeReason, State
from linli.domain.people.rules import Purpose, Scope
from linli.domain.places import queries as places
from linli.domain.standards import queries as standards
from linli.faces.components import typesetting
from linli.faces.components.drawing import Dot, Row, Shape, area_map, bars
from linli.faces.paper import reasons, slips
from linli.faces.paper.community_report import community_report
from linli.faces.paper.district_report import district_report

pytestmark = pytest.mark.slow
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def scope(world: World) -> Scope:
    return world.scope(Purpose.CHECKUP)


def of_kind(values: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [part for part in values["parts"] if part["kind"] == kind]


def headings(values: dict[str, Any]) -> list[str]:
    return [part["text"] for part in of_kind(values, "heading")]


def pages(template: str, values: dict[str, Any]) -> list[str]:
    """The pages as typst draws them, after the PDF of the same was made; glyphs are outlines, so no text is in them."""
    content = typesetting.pdf(template, values)
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    import json

    data = {"data": json.dumps(values, ensure_ascii=False, default=str)}
    path = str(typesetting.TEMPLATES / f"{template}.typ")
    drawn = typesetting._compiler().compile(path, format="svg", sys_inputs=data)
    return [bytes(page).decode() for page in (drawn if isinstance(drawn, list) else [drawn])]


def test_a_communitys_report_says_what_the_round_says(scope: Scope, round: RoundValue) -> None:
    one = checkup.communities(scope, round.id)[0]

    values = community_report(scope, round, one.place, printed_at=AT)

    assert values["title"] == f"{one.name}体检报告"
    assert one.code in values["subtitle"]
    assert headings(values)[:2] == ["定级说明", "短板"], "what is lacking stands before the details"
    (figures,) = of_kind(values, "figures")
    told = {item["label"]: item["value"] for item in figures["items"]}
    below = one.counts.get(State.BELOW_MINIMUM, 0) + one.counts.get(State.BELOW_TARGET, 0)
    assert told["达标"] == str(one.counts.get(State.MET, 0))
    assert told["无法评定"] == str(one.counts.get(State.NOT_ASSESSABLE, 0))
    assert str(below) in [value for label, value in told.items() if label.startswith("短板")]
    results = [each for each in checkup.findings(scope, round.id) if each.community == one.place]
    rows = [row for row in of_kind(values, "rows")[-1]["body"] if len(row) > 1]
    assert len(rows) == len(results)
    assert len(pages("report", values)) <= 6


def test_the_districts_report_adds_up_and_repeats_no_community(scope: Scope, round: RoundValue) -> None:
    found = checkup.communities(scope, round.id)

    values = district_report(scope, round, name="测试区", printed_at=AT)

    rows = [row for row in of_kind(values, "rows")[-1]["body"] if len(row) > 1]
    assert sorted(row[1] for row in rows) == sorted(one.code for one in found)
    (figures,) = of_kind(values, "figures")
    assert figures["items"][0]["value"] == str(len(found))
    assert f"{sum(one.people_total for one in found):,} 人" in values["subtitle"]
    assert {"分级地图", "街道排名", "社区一览"} <= set(headings(values))
    assert pages("report", values)


def test_an_officers_report_holds_their_part_alone(world: World, round: RoundValue) -> None:
    from linli.faces.components.scope import scope_for

    person = next(one for one in world.people if one.username == "subdistrict_officer.subdistricts")
    mine = scope_for(person.id, Purpose.CHECKUP, world.day)

    values = district_report(mine, round, name="某街道", printed_at=AT)

    codes = {row[1] for row in of_kind(values, "rows")[-1]["body"] if len(row) > 1}
    assert codes == {one.code for one in checkup.communities(mine, round.id)}
    assert len(codes) < len(checkup.communities(world.scope(Purpose.CHECKUP), round.id))
    assert "街道排名" not in headings(values), "one alone has no rank"


def test_synthetic_data_say_so_on_paper(scope: Scope, round: RoundValue) -> None:
    one = checkup.communities(scope, round.id)[0]

    values = community_report(scope, round, one.place, printed_at=AT)
    real = community_report(scope, replace(round, synthetic=False), one.place, printed_at=AT)

    assert values["synthetic"] is True
    assert "合成数据" in values["synthetic_note"]
    assert real["synthetic"] is False


def test_reports_are_chinese_whatever_language_the_reader_has_chosen(scope: Scope, round: RoundValue) -> None:
    from django.utils import translation

    one = checkup.communities(scope, round.id)[0]
    with translation.override("en"):
        english = community_report(scope, round, one.place, printed_at=AT)

    assert english == community_report(scope, round, one.place, printed_at=AT)


def test_a_long_table_goes_on_with_its_head_and_long_names_break() -> None:
    row = ["=CMD|' /C calc'!A0 " + "很长的社区名称" * 12, '#eval("1") $x$ *a* _b_ [c] \\ <d> @e', "1"]
    table = {
        "kind": "rows",
        "head": ["社区", "说明", "数"],
        "align": ["l", "l", "r"],
        "widths": [3, 3, 1],
        "body": [["#set page(width: 1pt)"], *[row] * 120],
    }
    values = {
        "title": "#panic()", "subtitle": "$", "printed": "", "foot": "", "synthetic": True, "synthetic_note": "*",
        "parts": [table, {"kind": "legend", "items": [{"color": "", "text": "a"}, {"color": "#00695c", "text": "b"}]}],
    }  # fmt: skip

    assert len(pages("report", values)) > 3


def test_only_the_fonts_of_the_package_are_used(scope: Scope, round: RoundValue) -> None:
    one = checkup.communities(scope, round.id)[0]
    content = typesetting.pdf("report", community_report(scope, round, one.place, printed_at=AT))

    fonts = set(re.findall(rb"/FontName ?/[A-Z]{6}\+([A-Za-z-]+)", content))
    assert fonts <= {b"NotoSansSC-Regular", b"NotoSansSC-Thin", b"NotoSansSC"}, fonts


# --- Reasons --------------------------------------------------------------------------------------------------------


def test_reasons_are_told_one_line_a_kind_and_what_decides_first() -> None:
    pack = standards.pack("shangcheng", day=AT.date(), district=None)
    scenes, grade = [one.key for one in pack.scenes], pack.grades[-1].key
    indicator = pack.indicators[0].key
    given = [
        *(GradeReason("scene_required", grade, scene=key, type="new_build") for key in scenes[:4]),
        *(GradeReason("scene_unset", grade, scene=key, type="new_build") for key in scenes[4:]),
        GradeReason("indicator_short", grade, indicator=indicator),
        GradeReason("short_by", grade, indicator=indicator, count=1),
    ]

    told = reasons.lines(given, pack)

    assert len(told) == 3
    assert "只差一项" in told[0]
    assert told[1].startswith(f"{pack.grades[-1].zh}必配场景:")
    assert all(scene.zh in "".join(told) for scene in pack.scenes)
    assert reasons.lines([], pack) == ["—"]


# --- Drawings -------------------------------------------------------------------------------------------------------


def drawn(svg: str) -> list[str]:
    """The texts of a drawing, which must be sound XML."""
    return [text.text or "" for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_a_map_holds_its_areas_labels_and_scale() -> None:
    box = shapely.box(120.0, 30.0, 120.02, 30.01)
    hole = shapely.Polygon(box.exterior.coords, [shapely.box(120.005, 30.002, 120.01, 30.005).exterior.coords])

    svg = area_map(
        [Shape(hole, ""), Shape(box, "none", "<b>&街道</b>")], dots=[Dot(120.01, 30.005, "#fff")], width=400, height=300
    )

    assert "<b>&街道</b>" in drawn(svg)
    assert any(text.endswith("上北") for text in drawn(svg))
    assert svg.count("<circle") == 1
    assert "url(#hatch)" in svg


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    width_m = 0.02 * 111_320 * 0.8660254
    svg = area_map([Shape(shapely.box(120.0, 30.0, 120.02, 30.01), "#fff")], width=416, height=999)

    (meters,) = [re.match(r"(\d+) (k?)m", text) for text in drawn(svg)]
    assert meters is not None
    said = float(meters[1]) * (1000 if meters[2] else 1)
    (start, end) = re.findall(r"M([\d.]+) [\d.]+V[\d.]+H([\d.]+)V", svg)[0]
    assert said / (float(end) - float(start)) == pytest.approx(width_m / 400, rel=0.01)


def test_bars_are_as_long_as_their_values() -> None:
    svg = bars([Row("a<", 50, "50%"), Row("b", None, "—"), Row("c", 1000, "!")], most=100, width=360, name_width=190)

    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height="14"\s+fill="#00695c"', svg)]
    assert widths == [50.0, 100.0]
    assert drawn(svg) == ["a<", "50%", "b", "—", "c", "!"]


# --- Slips ----------------------------------------------------------------------------------------------------------


def test_slips_are_numbered_and_no_batch_repeats_another(world: World, scope: Scope) -> None:
    (community, *_) = [one for one in places.areas_tree(scope) if one.layer == "communities"]
    survey = CampaignValue(1, world.district, "satisfaction", "满意度<调查>", "t" * 22, AT.date(), AT.date())
    asked = {"count": 13, "link": "https://example.org/phone/s/abc/", "synthetic": True}

    first = slips.satisfaction_slips(survey, community, printed_at=AT, **asked)  # type: ignore[arg-type]
    second = slips.satisfaction_slips(survey, community, printed_at=AT + timedelta(minutes=1), **asked)  # type: ignore[arg-type]

    assert len(set(first["numbers"]) | set(second["numbers"])) == 26
    assert len(pages("slips", first)) == 3
    assert ElementTree.fromstring(first["qr"]).tag.endswith("svg")
    assert len(first["levels"]) == 5


def test_typst_is_asked_without_the_machines_fonts() -> None:
    assert isinstance(typesetting._compiler(), typst.Compiler)
