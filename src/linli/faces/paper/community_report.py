"""The report of one community: how it stands, what it lacks and for whom, then every indicator."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import shapely
from django.utils import translation

from linli.compute.network import INFINITY_CM
from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import CommunityCard, ResultValue, RoundValue, SceneCard
from linli.domain.checkup.rules import State
from linli.domain.people.rules import Scope
from linli.domain.places import queries as places
from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.standards.rules import Indicator, Pack
from linli.faces.components import words
from linli.faces.components.drawing import Dot, Row, Shape, area_map, bars
from linli.faces.paper import reasons
from linli.faces.paper.reports import Part, amount, figure, grade_name, head, heading

NEAR, FAR, NEVER = "#5aa79b", "#ee9f5b", "#c8442f"
FAR_CM = 50_000
MAP_KIND = "elder_station"
"""The kind whose walks are drawn on a community's map: who it is far for is what the text cares about most."""
SHORTFALLS_SHOWN = 25


@translation.override("zh-hans")
def community_report(scope: Scope, round: RoundValue, community: int, *, printed_at: datetime) -> dict[str, Any]:
    """The values of a community's report, for the template ``report``."""
    card = checkup.community_card(scope, round.id, community)
    pack = checkup.round_pack(scope, round.id)
    areas = {area.place: area.name for area in places.areas_tree(scope)}
    one = card.community
    title = head(f"{one.name}体检报告", f"{areas.get(one.subdistrict or 0, '')} · {one.code}", pack, round, printed_at)
    parts = [
        _figures(card, pack),
        heading("定级说明"),
        {"kind": "list", "items": reasons.lines(card.verdict.reasons, pack)},
        heading("短板"),
        _shortfalls(card, pack),
        heading("各场景达标率"),
        {"kind": "picture", "svg": _scene_bars(card), "width": 72},
        {"kind": "note", "text": "达标指标占可评定指标的比例;— 为无法评定"},
        *_walk_map(scope, card),
        heading("全部指标"),
        _indicators(card, pack),
        *_marks(card),
    ]
    return title | {"parts": parts}


def _figures(card: CommunityCard, pack: Pack) -> Part:
    one = card.community
    below = one.counts.get(State.BELOW_TARGET, 0) + one.counts.get(State.BELOW_MINIMUM, 0)
    items = [
        figure(grade_name(one.grade, pack), "", "分级"),
        figure(f"{one.people_total:,}", "人", "常住人口" + ("(估)" if one.people_estimated else "")),
        figure(str(one.counts.get(State.MET, 0)), "项", "达标"),
        figure(str(below), "项", f"短板(底线下 {one.counts.get(State.BELOW_MINIMUM, 0)})"),
        figure(str(one.counts.get(State.NOT_ASSESSABLE, 0)), "项", "无法评定"),
    ]
    return {"kind": "figures", "items": items}


def _shortfalls(card: CommunityCard, pack: Pack) -> Part:
    indicators = {one.key: one for one in pack.indicators}
    body = [
        [
            _named(indicators[each.indicator]),
            f"{each.people_total:,}" if each.people_total else "—",
            *(f"{sum(each.people[band] for band in AGE_GROUPS[key]) or '—'}" for key in ("elderly", "children")),
            "、".join("无法到达" if cm >= INFINITY_CM else f"{cm / 100:,.0f} m" for _, cm in each.buildings[:3]) or "—",
        ]
        for each in card.shortfalls[:SHORTFALLS_SHOWN]
    ]
    return {
        "kind": "rows",
        "head": ["指标", "受影响人数", "其中老人", "其中儿童", "最远楼栋步行"],
        "align": ["l", "r", "r", "r", "l"],
        "body": body or [["没有短板", "", "", "", ""]],
        "widths": [5, 2, 2, 2, 4],
    }


def _named(indicator: Indicator) -> str:
    return f"{indicator.number} {words.name(indicator)}"


def _scene_bars(card: CommunityCard) -> str:
    shares = [(words.name(scene.scene), _share(scene.counts)) for scene in card.scenes]
    return bars([Row(name, share, "—" if share is None else f"{share:.1f}%") for name, share in shares], most=100)


def _share(counts: Mapping[State, int]) -> float | None:
    decided = sum(count for state, count in counts.items() if state is not State.NOT_ASSESSABLE)
    return 100 * counts.get(State.MET, 0) / decided if decided else None


def _walk_map(scope: Scope, card: CommunityCard) -> list[Part]:
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
        Dot(point.x, point.y, NEVER if cm >= INFINITY_CM else FAR if cm > FAR_CM else NEAR, 3)
        for place, cm in zip(walks.building.tolist(), walks.distance_cm.tolist(), strict=True)
        if at.get(place) is not None
        for point in [shapely.point_on_surface(at[place])]
    ]
    legend = [
        {"color": NEAR, "text": "500 米以内"},
        {"color": FAR, "text": "500 米以外"},
        {"color": NEVER, "text": "无法到达"},
    ]
    return [
        heading("一老一小:各楼栋步行到最近的社区老年服务站"),
        {"kind": "picture", "svg": area_map([Shape(shape, "#eef2f1")], dots=dots, height=400), "height_mm": 74},
        {"kind": "legend", "items": legend},
    ]


def _indicators(card: CommunityCard, pack: Pack) -> Part:
    """Every indicator in one table, a scene after the other."""
    indicators = {one.key: one for one in pack.indicators}
    body: list[list[str]] = []
    for scene in card.scenes:
        body.append([_scene(scene)])
        body += [_indicator(indicators[result.indicator], result) for result in scene.results]
    return {
        "kind": "rows",
        "head": ["指标", "数值", "标准", "状态"],
        "align": ["l", "r", "l", "l"],
        "body": body,
        "widths": [4, 3, 5, 4],
        "dense": True,
    }


def _scene(scene: SceneCard) -> str:
    required = {True: "必配", False: "不作要求", None: "文本未规定"}[scene.required]
    return f"{words.name(scene.scene)} · {required} · 达标 {scene.counts.get(State.MET, 0)}/{len(scene.results)}"


def _indicator(indicator: Indicator, result: ResultValue) -> list[str]:
    figures = ";".join(f"{words.bar(bar.bar)} {words.threshold(bar)}" for bar in indicator.thresholds) or "未设定"
    reason = f":{words.reason(result.reason)}" if result.reason else ""
    return [
        _named(indicator),
        amount(result),
        figures + ("*" if result.marked else ""),
        words.state(result.state) + reason,
    ]


def _marks(card: CommunityCard) -> list[Part]:
    """What the marks beside figures mean, where there are any."""
    results = [result for scene in card.scenes for result in scene.results]
    told = []
    if any(result.marked for result in results):
        told.append("* 数值尚待核定,暂按此评定")
    if any(result.value.estimated for result in results):
        told.append("(估)含估算的人口或数据")
    return [{"kind": "note", "text": ";".join(told)}] if told else []
