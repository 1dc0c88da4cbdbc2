"""Reports of a round: of one community, and of the district, with maps and charts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import shapely

from linli.compute.network import INFINITY_CM
from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import CommunityCard, CommunityValue, DistrictSummary, RoundValue, SceneCard
from linli.domain.checkup.rules import State
from linli.domain.people.rules import Scope
from linli.domain.places import queries as places
from linli.domain.standards.rules import Pack
from linli.faces.components import words
from linli.faces.paper.drawing import Dot, Row, Shape, area_map, bars

RANKS = ("#00695c", "#1e88e5", "#f9a825", "#8d6e63")
NONE_REACHED = "#b0bec5"
COLORS = {State.MET: "#7bb89a", State.BELOW_TARGET: "#f3c969", State.BELOW_MINIMUM: "#dd7f6d"}
NEAR, FAR, NEVER = "#5aa79b", "#ee9f5b", "#c8442f"
FAR_CM = 50_000
MAP_KIND = "elder_station"
"""The kind whose walks are drawn on a community's map: who it is far for is what the text cares about most."""
SHORTFALLS_SHOWN = 25


def community_report(scope: Scope, round: RoundValue, community: int, *, printed_at: datetime) -> dict[str, Any]:
    """The values of a community's report, for the template ``report``."""
    card = checkup.community_card(scope, round.id, community)
    pack = checkup.round_pack(scope, round.id)
    areas = {area.place: area.name for area in places.areas_tree(scope)}
    one = card.community
    head = _head(f"{one.name}体检报告", f"{areas.get(one.subdistrict or 0, '')} · {one.code}", pack, round, printed_at)
    parts = [
        _figures(card, pack),
        {"kind": "heading", "text": "定级说明"},
        {"kind": "list", "items": [words.grade_reason(reason, pack) for reason in card.verdict.reasons] or ["—"]},
        {"kind": "heading", "text": "各场景达标率"},
        {"kind": "picture", "svg": _scene_bars(card), "caption": "达标指标占可评定指标的比例;— 为无法评定"},
        *_walk_map(scope, card),
        {"kind": "heading", "text": "短板"},
        _shortfalls(card, pack),
        {"kind": "heading", "text": "全部指标"},
        *(part for scene in card.scenes for part in _scene(scene, pack)),
    ]
    return head | {"parts": parts}


def district_report(scope: Scope, round: RoundValue, *, name: str, printed_at: datetime) -> dict[str, Any]:
    """The values of the district's report, for the template ``report``."""
    summary = checkup.district_summary(scope, round.id)
    pack = checkup.round_pack(scope, round.id)
    areas = {area.place: area.name for area in places.areas_tree(scope)}
    people = sum(one.people_total for one in summary.communities)
    head = _head(f"{name}社区体检报告", f"{len(summary.communities)} 个社区 · {people:,} 人", pack, round, printed_at)
    parts = [
        {"kind": "figures", "items": _district_figures(summary)},
        {"kind": "heading", "text": "分级地图"},
        {"kind": "picture", "svg": _grade_map(scope, round, summary, pack), "caption": _grade_legend(pack)},
        {"kind": "heading", "text": "各级社区"},
        {"kind": "picture", "svg": _grade_bars(summary, pack), "caption": "社区数"},
        {"kind": "heading", "text": "街道排名"},
        _ranking(summary, areas),
        {"kind": "heading", "text": "短板(按受影响人数)"},
        _district_shortfalls(summary, pack),
        {"kind": "heading", "text": "社区一览"},
        _communities(summary, pack, areas),
    ]
    return head | {"parts": parts}


def _head(title: str, subtitle: str, pack: Pack, round: RoundValue, printed_at: datetime) -> dict[str, Any]:
    return {
        "title": title,
        "subtitle": f"{subtitle} · {words.name(pack)} · 体检日 {round.day.isoformat()}",
        "printed": f"打印于 {printed_at:%Y-%m-%d %H:%M}",
        "foot": f"邻里 · 体检第 {round.id} 轮 · 数据 {round.edition_fingerprint[:8]} · 方法 {round.method[:8]}",
        "synthetic": round.synthetic,
        "synthetic_note": "本报告所用数据为合成数据,用于演示,不代表任何真实社区的情况。",
    }


def _figures(card: CommunityCard, pack: Pack) -> dict[str, Any]:
    one = card.community
    grades = {grade.key: words.name(grade) for grade in pack.grades}
    grade = "暂无法定级" if one.grade is None else grades.get(one.grade, "未达级")
    people = {
        "value": f"{one.people_total:,}",
        "unit": "人",
        "label": "常住人口" + ("(估)" if one.people_estimated else ""),
    }
    counts = [
        {"value": str(one.counts.get(state, 0)), "unit": "项", "label": words.state(state)}
        for state in (State.MET, State.BELOW_MINIMUM, State.NOT_ASSESSABLE)
    ]
    return {"kind": "figures", "items": [{"value": grade, "unit": "", "label": "分级"}, people, *counts[:2]]}


def _share(counts: Mapping[State, int]) -> float | None:
    decided = sum(count for state, count in counts.items() if state is not State.NOT_ASSESSABLE)
    return 100 * counts.get(State.MET, 0) / decided if decided else None


def _scene_bars(card: CommunityCard) -> str:
    shares = [(words.name(scene.scene), _share(scene.counts)) for scene in card.scenes]
    return bars([Row(name, share, "—" if share is None else f"{share:.1f}%") for name, share in shares], most=100)


def _walk_map(scope: Scope, card: CommunityCard) -> list[dict[str, Any]]:
    """The community's homes by their walk to the nearest place of one kind."""
    community, round = card.community, card.round
    shapes = {one.place: one.geometry for one in places.records(scope, "communities", round.edition)}
    shape = shapes.get(community.place)
    if shape is None:
        return []
    try:
        walks = checkup.building_distances(scope, round.id, MAP_KIND, community=community.place)
    except checkup.NotInRound:
        return []
    at = {one.place: one.geometry for one in places.records_within(scope, "buildings", round.edition, community.place)}
    dots = [
        Dot(point.x, point.y, NEVER if cm >= INFINITY_CM else FAR if cm > FAR_CM else NEAR, 2.6)
        for place, cm in zip(walks.building.tolist(), walks.distance_cm.tolist(), strict=True)
        if at.get(place) is not None
        for point in [shapely.point_on_surface(at[place])]
    ]
    caption = "各楼栋步行到最近的社区老年服务站:绿 500 米以内,橙 500 米以外,红 无法到达"
    return [
        {"kind": "heading", "text": "一老一小:步行可达"},
        {
            "kind": "picture",
            "svg": area_map([Shape(shape, "#eef2f1")], dots=dots, height=420),
            "caption": caption,
            "width": 80,
        },
    ]


def _shortfalls(card: CommunityCard, pack: Pack) -> dict[str, Any]:
    indicators = {one.key: one for one in pack.indicators}
    body = [
        [
            f"{indicators[each.indicator].number} {words.name(indicators[each.indicator])}",
            f"{each.people_total:,}" if each.people_total else "—",
            "、".join("无法到达" if cm >= INFINITY_CM else f"{cm / 100:,.0f} m" for _, cm in each.buildings[:3]) or "—",
        ]
        for each in card.shortfalls[:SHORTFALLS_SHOWN]
    ]
    head = ["指标", "受影响人数", "最远楼栋步行"]
    return {
        "kind": "rows",
        "head": head,
        "align": ["l", "r", "l"],
        "body": body or [["没有短板", "", ""]],
        "widths": [5, 2, 3],
    }


def _scene(scene: SceneCard, pack: Pack) -> list[dict[str, Any]]:
    indicators = {one.key: one for one in pack.indicators}
    body = []
    for result in scene.results:
        indicator = indicators[result.indicator]
        figures = ";".join(f"{words.bar(bar.bar)} {words.threshold(bar)}" for bar in indicator.thresholds) or "未设定"
        mark = "(估)" if result.value.estimated else ""
        body.append(
            [
                f"{indicator.number} {words.name(indicator)}",
                f"{_number(result.value.number)} {words.unit(result.value.unit)}{mark}"
                if result.value.number is not None
                else "—",
                figures + ("*" if result.marked else ""),
                words.state(result.state) + (f":{words.reason(result.reason)}" if result.reason else ""),
            ]
        )
    rows = {
        "kind": "rows",
        "head": ["指标", "数值", "标准", "状态"],
        "align": ["l", "r", "l", "l"],
        "body": body,
        "widths": [4, 2, 3, 4],
    }
    return [{"kind": "text", "text": words.name(scene.scene)}, rows]


def _number(value: float) -> str:
    return "∞" if value == float("inf") else f"{value:,.0f}" if value.is_integer() else f"{value:,.1f}"


def _district_figures(summary: DistrictSummary) -> list[dict[str, str]]:
    share = _share(summary.counts)
    graded = sum(count for grade, count in summary.grades.items() if grade)
    return [
        {"value": str(len(summary.communities)), "unit": "个", "label": "社区"},
        {"value": str(graded), "unit": "个", "label": "已达级社区"},
        {"value": "—" if share is None else f"{share:.1f}", "unit": "%", "label": "可评定指标达标率"},
        {"value": f"{summary.counts.get(State.NOT_ASSESSABLE, 0):,}", "unit": "项", "label": "无法评定"},
    ]


def _grade_colors(pack: Pack) -> dict[str, str]:
    return {grade.key: RANKS[min(n, len(RANKS) - 1)] for n, grade in enumerate(pack.grades)} | {"": NONE_REACHED}


def _grade_map(scope: Scope, round: RoundValue, summary: DistrictSummary, pack: Pack) -> str:
    colors = _grade_colors(pack)
    grades = {one.place: one.grade for one in summary.communities}
    shapes = [
        Shape(one.geometry, "" if grades[one.place] is None else colors[grades[one.place] or ""])
        for one in places.records(scope, "communities", round.edition)
        if one.geometry is not None and one.place in grades
    ]
    return area_map(shapes)


def _grade_legend(pack: Pack) -> str:
    names = {"#00695c": "深绿", "#1e88e5": "蓝", "#f9a825": "黄", "#8d6e63": "棕"}
    told = [f"{names[RANKS[min(n, 3)]]} {words.name(grade)}" for n, grade in enumerate(pack.grades)]
    return ",".join([*told, "灰 未达级", "斜线 暂无法定级"])


def _grade_bars(summary: DistrictSummary, pack: Pack) -> str:
    colors = _grade_colors(pack)
    rows = [
        Row(
            words.name(grade),
            summary.grades.get(grade.key, 0),
            str(summary.grades.get(grade.key, 0)),
            colors[grade.key],
        )
        for grade in pack.grades
    ]
    rows.append(Row("未达级", summary.grades.get("", 0), str(summary.grades.get("", 0)), NONE_REACHED))
    rows.append(Row("暂无法定级", summary.grades.get(None, 0), str(summary.grades.get(None, 0)), "#dfe6e4"))
    return bars(rows, most=max(len(summary.communities), 1))


def _ranking(summary: DistrictSummary, areas: Mapping[int, str]) -> dict[str, Any]:
    body = [
        [
            str(one.rank or "—"),
            areas.get(one.place or 0, "未划入街道"),
            "—" if one.share_met is None else f"{100 * one.share_met:.1f}%",
            str(one.previous_rank or "—"),
            f"{len(one.gained)} / {len(one.lost)}",
        ]
        for one in summary.subdistricts
    ]
    head = ["名次", "街道", "达标率", "上轮名次", "新达标/失去"]
    return {"kind": "rows", "head": head, "align": ["r", "l", "r", "r", "r"], "body": body, "widths": [1, 3, 2, 2, 2]}


def _district_shortfalls(summary: DistrictSummary, pack: Pack) -> dict[str, Any]:
    body = [
        [
            f"{pack.indicator(one.indicator).number} {words.name(pack.indicator(one.indicator))}",
            str(one.communities),
            f"{one.people_total:,}" if one.people_total else "—",
        ]
        for one in summary.shortfalls[:SHORTFALLS_SHOWN]
    ]
    return {
        "kind": "rows",
        "head": ["指标", "社区数", "受影响人数"],
        "align": ["l", "r", "r"],
        "body": body or [["没有短板", "", ""]],
        "widths": [5, 1, 2],
    }


def _communities(summary: DistrictSummary, pack: Pack, areas: Mapping[int, str]) -> dict[str, Any]:
    grades = {grade.key: words.name(grade) for grade in pack.grades}

    def row(one: CommunityValue) -> list[str]:
        grade = "暂无法定级" if one.grade is None else grades.get(one.grade, "未达级")
        below = one.counts.get(State.BELOW_MINIMUM, 0) + one.counts.get(State.BELOW_TARGET, 0)
        figures = [one.counts.get(State.MET, 0), below, one.counts.get(State.NOT_ASSESSABLE, 0), one.people_total]
        return [one.name, areas.get(one.subdistrict or 0, ""), grade, *(f"{figure:,}" for figure in figures)]

    head = ["社区", "街道", "分级", "达标", "短板", "无法评定", "人口"]
    body = [row(one) for one in summary.communities]
    return {
        "kind": "rows",
        "head": head,
        "align": ["l", "l", "l", "r", "r", "r", "r"],
        "body": body,
        "widths": [3, 3, 3, 1, 1, 2, 2],
    }
