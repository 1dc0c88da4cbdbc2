"""The report of a district, or of the part of it that someone answers for: map, ranking, shortfalls, communities."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import translation

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import CommunityValue, DistrictSummary, RoundValue, SubdistrictRank
from linli.domain.checkup.rules import State
from linli.domain.people.rules import Scope
from linli.domain.places import queries as places
from linli.domain.standards.rules import Pack
from linli.faces.components import words
from linli.faces.components.drawing import Row, Shape, area_map, bars
from linli.faces.paper.reports import (
    Part,
    figure,
    grade_colors,
    grade_legend,
    grade_name,
    head,
    heading,
    short,
)

SHORTFALLS_SHOWN = 12
COMMUNITIES_NAMED = 40
"""On a map of more than these the names of subdistricts stand, which would else cover each other."""
HATCHED_BAR = "#dfe6e4"


@translation.override("zh-hans")
def district_report(scope: Scope, round: RoundValue, *, name: str, printed_at: datetime) -> dict[str, Any]:
    """The values of the report on what the scope sees of a round, for the template ``report``."""
    summary = checkup.district_summary(scope, round.id)
    pack = checkup.round_pack(scope, round.id)
    areas = {area.place: area.name for area in places.areas_tree(scope)}
    people = sum(one.people_total for one in summary.communities)
    counted = f"{len(summary.communities)} 个社区 · {people:,} 人"
    title = head(f"{name}社区体检报告", counted, pack, round, printed_at)
    parts = [
        {"kind": "figures", "items": _figures(summary)},
        {"kind": "list", "items": _in_short(summary, pack, areas)},
        heading("分级地图"),
        {"kind": "picture", "svg": _grade_map(scope, round, summary, pack), "height_mm": 140},
        grade_legend(pack),
        heading("各级社区数"),
        {"kind": "picture", "svg": _grade_bars(summary, pack), "width": 86},
        *_ranked(summary, areas),
        heading("短板(按受影响人数)"),
        _shortfalls(summary, pack),
        heading("社区一览"),
        _communities(summary, pack, areas),
    ]
    return title | {"parts": parts}


def _share(counts: Mapping[State, int]) -> float | None:
    decided = sum(count for state, count in counts.items() if state is not State.NOT_ASSESSABLE)
    return 100 * counts.get(State.MET, 0) / decided if decided else None


def _figures(summary: DistrictSummary) -> list[dict[str, str]]:
    share = _share(summary.counts)
    graded = sum(count for grade, count in summary.grades.items() if grade)
    return [
        figure(str(len(summary.communities)), "个", "社区"),
        figure(str(graded), "个", "已达级社区"),
        figure(str(summary.grades.get(None, 0)), "个", "暂无法定级"),
        figure("—" if share is None else f"{share:.1f}", "%", "可评定指标达标率"),
        figure(f"{summary.counts.get(State.NOT_ASSESSABLE, 0):,}", "项", "无法评定"),
    ]


def _in_short(summary: DistrictSummary, pack: Pack, areas: Mapping[int, str]) -> list[str]:
    """What to say when there is time for three sentences."""
    told = "、".join(
        f"{grade_name(grade, pack)} {summary.grades.get(grade, 0)} 个" for grade in grade_colors(pack) if grade
    )
    lines = [f"分级:{told};未达级 {summary.grades.get('', 0)} 个,暂无法定级 {summary.grades.get(None, 0)} 个。"]
    ranked = [one for one in summary.subdistricts if one.share_met is not None]
    if len(ranked) > 1:
        lines.append(f"达标率最高的是{_rank_name(ranked[0], areas)},最低的是{_rank_name(ranked[-1], areas)}。")
    if worst := summary.shortfalls[:3]:
        names = [f"{words.name(pack.indicator(one.indicator))}({one.communities} 个社区)" for one in worst]
        lines.append(f"影响人数最多的短板:{'、'.join(names)}。")
    return lines


def _rank_name(one: SubdistrictRank, areas: Mapping[int, str]) -> str:
    assert one.share_met is not None
    return f"{areas.get(one.place or 0, '未划入街道')}({100 * one.share_met:.1f}%)"


def _grade_map(scope: Scope, round: RoundValue, summary: DistrictSummary, pack: Pack) -> str:
    colors = grade_colors(pack)
    grades = {one.place: one.grade for one in summary.communities}
    named = len(summary.communities) <= COMMUNITIES_NAMED
    shapes = [
        Shape(one.geometry, colors[grades[one.place]], short(one.name, 10) if named else "")
        for one in places.records(scope, "communities", round.edition)
        if one.geometry is not None and one.place in grades
    ]
    above = {one.subdistrict for one in summary.communities}
    outlines = [
        Shape(one.geometry, "none", "" if named else one.name)
        for one in places.records(scope, "subdistricts", round.edition)
        if one.geometry is not None and one.place in above
    ]
    return area_map([*shapes, *outlines])


def _grade_bars(summary: DistrictSummary, pack: Pack) -> str:
    rows = [
        Row(
            grade_name(grade, pack),
            summary.grades.get(grade, 0),
            str(summary.grades.get(grade, 0)),
            color or HATCHED_BAR,
        )
        for grade, color in grade_colors(pack).items()
    ]
    return bars(rows, most=max(len(summary.communities), 1))


def _ranked(summary: DistrictSummary, areas: Mapping[int, str]) -> list[Part]:
    """Subdistricts, best first; whoever answers for one alone is not told that it is the first of one."""
    if len(summary.subdistricts) < 2:
        return []
    return [
        heading("街道排名"),
        {"kind": "picture", "svg": _ranking_bars(summary, areas), "width": 86},
        {"kind": "note", "text": "达标指标占可评定指标的比例"},
        _ranking(summary, areas),
    ]


def _ranking_bars(summary: DistrictSummary, areas: Mapping[int, str]) -> str:
    rows = [
        Row(
            short(areas.get(one.place or 0, "未划入街道"), 16),
            None if one.share_met is None else 100 * one.share_met,
            "—" if one.share_met is None else f"{100 * one.share_met:.1f}%",
        )
        for one in summary.subdistricts
    ]
    return bars(rows, most=100)


def _ranking(summary: DistrictSummary, areas: Mapping[int, str]) -> Part:
    body = [
        [
            str(one.rank or "—"),
            areas.get(one.place or 0, "未划入街道"),
            str(one.communities),
            "—" if one.share_met is None else f"{100 * one.share_met:.1f}%",
            str(one.previous_rank or "—"),
            f"{len(one.gained)} / {len(one.lost)}",
        ]
        for one in summary.subdistricts
    ]
    return {
        "kind": "rows",
        "head": ["名次", "街道", "社区数", "达标率", "上轮名次", "新达标/失去(项)"],
        "align": ["r", "l", "r", "r", "r", "r"],
        "body": body,
        "widths": [1, 4, 2, 2, 2, 3],
    }


def _shortfalls(summary: DistrictSummary, pack: Pack) -> Part:
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


def _communities(summary: DistrictSummary, pack: Pack, areas: Mapping[int, str]) -> Part:
    """Every community under its subdistrict."""
    under: dict[int | None, list[CommunityValue]] = {}
    for one in sorted(summary.communities, key=lambda each: each.code):
        under.setdefault(one.subdistrict, []).append(one)
    body: list[list[str]] = []
    for above, found in under.items():
        body += [[areas.get(above or 0, "未划入街道")], *(_community(one, pack) for one in found)]
    return {
        "kind": "rows",
        "head": ["社区", "代码", "分级", "达标", "短板", "无法评定", "人口"],
        "align": ["l", "l", "l", "r", "r", "r", "r"],
        "body": body,
        "widths": [4, 3, 3, 1, 1, 2, 2],
        "dense": True,
    }


def _community(one: CommunityValue, pack: Pack) -> list[str]:
    below = one.counts.get(State.BELOW_MINIMUM, 0) + one.counts.get(State.BELOW_TARGET, 0)
    figures = [one.counts.get(State.MET, 0), below, one.counts.get(State.NOT_ASSESSABLE, 0), one.people_total]
    return [one.name, one.code, grade_name(one.grade, pack), *(f"{each:,}" for each in figures)]
