"""The printed pages of proposals of units: a map and figures of each, what is not kept, the rules."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import shapely

from linli.faces.components.drawing import Shape, area_map
from linli.faces.components.planning.pages import LINES_SHOWN, Page, Part, frame, heading, rows_of
from linli.faces.components.planning.unit_sheets import Drawn, breach_sheet, outlines, rule_sheet

UNIT_COLORS = ("#b7d7c8", "#f2d0a4", "#c5cfe8", "#e6c3cf", "#dfe3a8", "#a8cfe0", "#e0c9a8", "#cdbfe0")


def unit_report(drawn: Drawn, page: Page) -> Mapping[str, Any]:
    """The pages of proposals of units: a map and figures of each, what is not kept, the rules."""
    rules = drawn.rules
    parts: list[Part] = [heading("方案比较"), _comparison(drawn)]
    shapes = list(outlines(drawn))
    for number, proposal in enumerate(drawn.proposals):
        own, shapes = shapes[: len(proposal.units)], shapes[len(proposal.units) :]
        parts += [
            heading(drawn.title(number)),
            {"kind": "picture", "svg": _unit_map(drawn, number, own), "height_mm": 120},
            {"kind": "note", "text": "同色不同块是不同单元;斜纹为无法划入人口范围的部分"},
            _unit_rows(drawn, number),
        ]
    parts += [heading("没有做到的"), _breaches(drawn), heading("规则"), _rules(drawn)]
    subtitle = f"每单元 {rules.people_min:,}–{rules.people_max:,} 人 · 步行 {rules.walk_minutes:g} 分钟"
    return frame(page, "实施单元划定", subtitle, parts)


def _comparison(drawn: Drawn) -> Part:
    rows = [one.totals for one in drawn.proposals]
    body = [
        [
            drawn.title(number),
            str(one.units),
            f"{one.in_range}/{one.units}",
            f"{one.people_least:,}–{one.people_most:,}",
            "—" if isnan(one.majority_share) else f"{100 * one.majority_share:.1f}%",
            f"{one.compactness:.2f}",
            f"{one.radius_m:,.0f}",
            str(one.hard_breaches),
        ]
        for number, one in enumerate(rows)
    ]
    head = ("方案", "单元", "在范围内", "人口", "同社区居民", "紧凑度", "到中心(米)", "违反硬规则")
    return rows_of(head, "lrrrrrrr", (5, 1, 2, 3, 2, 2, 2, 2), body, "没有方案")


def _unit_map(drawn: Drawn, number: int, shapes: Sequence[shapely.Geometry]) -> str:
    units = drawn.proposals[number].units
    named = len(units) <= 80
    return area_map(
        [
            Shape(
                shape,
                "" if unit.infeasible else UNIT_COLORS[unit.number % len(UNIT_COLORS)],
                str(unit.number + 1) if named else "",
            )
            for unit, shape in zip(units, shapes, strict=True)
        ],
        height=520,
    )


def _unit_rows(drawn: Drawn, number: int) -> Part:
    proposal = drawn.proposals[number]
    body = [
        [
            str(unit.number + 1),
            f"{unit.people:,}",
            "、".join(proposal.atoms.community_name[one.community] for one in unit.communities[:4]),
            f"{unit.area_m2 / 10_000:,.1f}",
            "—" if isnan(unit.compactness) else f"{unit.compactness:.2f}",
            "是" if unit.holds else "否",
        ]
        for unit in proposal.units
    ]
    return rows_of(
        ("单元", "人口", "社区", "公顷", "紧凑度", "合乎硬规则"), "rrlrrl", (1, 2, 8, 2, 2, 2), body, "没有单元"
    )


def _breaches(drawn: Drawn) -> Part:
    sheet = breach_sheet(drawn)
    found = list(zip(*(column.cells for column in sheet.columns), strict=True))
    body = [
        [f"方案 {p}", "" if u is None else f"第 {u} 单元", str(what), "硬" if hard else "软"]
        for p, u, what, hard in found
    ]
    if len(body) > LINES_SHOWN:
        body = [*body[:LINES_SHOWN], ["…", f"另有 {len(found) - LINES_SHOWN} 条", "见表格文件", ""]]
    return rows_of(("方案", "单元", "什么", ""), "llll", (2, 2, 9, 1), body, "全部做到")


def _rules(drawn: Drawn) -> Part:
    columns = {column.key: column.cells for column in rule_sheet(drawn).columns}
    body = [
        [str(says), str(source or "—"), str(confidence)]
        for says, source, confidence in zip(columns["says"], columns["source"], columns["confidence"], strict=True)
    ]
    return rows_of(("规则", "依据", "可信度"), "lll", (5, 6, 2), body, "没有规则")
