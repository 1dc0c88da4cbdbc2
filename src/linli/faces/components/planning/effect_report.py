"""The printed pages of a what-if: edits, who gains and loses on the map and by indicator, shortfalls, grades."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import numpy as np
import shapely

from linli.compute.network import INFINITY_CM
from linli.domain.planning.rules.scenarios.edits import KIND_NAMES
from linli.domain.planning.rules.scenarios.effects import AccessChange
from linli.faces.components import words
from linli.faces.components.drawing import Dot, Stroke, area_map
from linli.faces.components.planning.effect_sheets import OPEN_TO, Homes, Told, grade
from linli.faces.components.planning.pages import (
    EDIT,
    GAIN,
    LINES_SHOWN,
    LOSS,
    Page,
    Part,
    around,
    figure,
    frame,
    heading,
    rows_of,
    share,
    turn,
    wan,
)

HOMES_NAMED = 15


def effect_report(told: Told, page: Page) -> Mapping[str, Any]:
    """The pages of a what-if."""
    effect = told.effect
    changed = [one for one in effect.access if one.gained_total or one.lost_total or _moved(one)]
    parts: list[Part] = [
        {"kind": "figures", "items": _effect_figures(told)},
        heading("改动"),
        _edits(told),
        heading("谁受影响"),
        {"kind": "picture", "svg": _effect_map(told, page), "height_mm": 105},
        {
            "kind": "legend",
            "items": [
                {"color": GAIN, "text": "步行更近的楼栋"},
                {"color": LOSS, "text": "步行更远的楼栋"},
                {"color": EDIT, "text": "改动"},
            ],
        },
        heading("步行可达(按指标)"),
        _access(told, changed),
        {
            "kind": "note",
            "text": "基尼系数与“最远一成”按人计算,只算走得到的人;没有变化的指标不列;"
            "* 没有步行上限,新增为更近、失去为更远",
        },
        heading("短板"),
        _shortfalls(told),
        heading("定级变化"),
        _grades(told),
        heading("变化最大的楼栋"),
        _homes(told),
    ]
    return frame(page, "方案推演", f"{len(told.edits)} 处改动 · {told.slice} · {words.name(told.pack)}", parts)


def _moved(one: AccessChange) -> bool:
    pairs = (
        (one.mean_m_before, one.mean_m_after),
        (one.gini_before, one.gini_after),
        (one.worst_tenth_m_before, one.worst_tenth_m_after),
    )
    return any(before != after and not (isnan(before) and isnan(after)) for before, after in pairs)


def _effect_figures(told: Told) -> list[dict[str, str]]:
    effect = told.effect
    nearer, farther = _people_moved(told)
    grades = [one for one in effect.verdicts if one.before.grade != one.after.grade]
    return [
        figure(f"{nearer:,}", "人", "住处离某类设施更近"),
        figure(f"{farther:,}", "人", "住处离某类设施更远"),
        figure(str(len(effect.closed)), "项", f"短板消除(新增 {len(effect.opened)})"),
        figure(str(len(grades)), "个", "社区定级变化"),
        figure(wan(effect.cost_fen), "万元", f"费用({effect.cost_unknown} 处未填)" if effect.cost_unknown else "费用"),
    ]


def _people_moved(told: Told) -> tuple[int, int]:
    """People whose home comes nearer to at least one kind, and farther from at least one."""
    walks, people = told.effect.walks, Homes.of(told).people
    nearer = np.unique(walks.building[walks.after_cm < walks.before_cm])
    farther = np.unique(walks.building[walks.after_cm > walks.before_cm])
    return int(people[nearer].sum()), int(people[farther].sum())


def _edits(told: Told) -> Part:
    body = [
        [
            str(number),
            KIND_NAMES[edit.kind],
            "、".join(
                part
                for part in (
                    told.kinds.get(edit.facility_kind, ""),
                    edit.target,
                    f"{sum(edit.people):,} 人" if edit.people else "",
                    f"容量 {edit.capacity:g}" if edit.capacity is not None else "",
                    OPEN_TO[edit.open_to] if edit.open_to != "all" else "",
                    edit.note,
                )
                if part
            ),
            "、".join(told.slices.get(key, key) for key in edit.slices) or "全天",
            wan(edit.cost_fen),
        ]
        for number, edit in enumerate(told.edits, start=1)
    ]
    return rows_of(("", "改动", "内容", "时段", "万元"), "rlllr", (1, 3, 8, 3, 2), body, "没有改动")


def _effect_map(told: Told, page: Page) -> str:
    """Homes that change, over the communities that have any; the edits on top."""
    walks, homes = told.effect.walks, Homes.of(told)
    better = {int(row) for row in walks.building[walks.after_cm < walks.before_cm]}
    worse = {int(row) for row in walks.building[walks.after_cm > walks.before_cm]}
    dots = [
        Dot(homes.points[row].x, homes.points[row].y, LOSS if row in worse else GAIN) for row in sorted(better | worse)
    ]
    strokes = [Stroke(shapely.LineString(edit.line), EDIT) for edit in told.edits if len(edit.line) > 1]
    dots += [Dot(*edit.line[0], EDIT, 4.5) for edit in told.edits if len(edit.line) == 1]
    shapes = around(page, [(dot.lon, dot.lat) for dot in dots] + [at for edit in told.edits for at in edit.line])
    return area_map(shapes, dots=dots, strokes=strokes, height=430)


def _access(told: Told, rows: Sequence[AccessChange]) -> Part:
    body = [
        [
            told.name(one.indicator) + ("" if told.has_limit(one.indicator) else "*"),
            f"{one.gained_total:,}",
            f"{one.lost_total:,}",
            share(one.covered_before, one.people_before),
            share(one.covered_after, one.people_after),
            turn(one.mean_m_before, one.mean_m_after, 0),
            turn(one.gini_before, one.gini_after, 3),
            turn(one.worst_tenth_m_before, one.worst_tenth_m_after, 0),
        ]
        for one in rows
    ]
    head = ("指标", "新增(人)", "失去(人)", "覆盖前", "覆盖后", "平均步行(米)", "基尼系数", "最远一成(米)")
    return rows_of(head, "lrrrrrrr", (7, 2, 2, 2, 2, 3, 3, 3), body, "没有指标变化")


def _shortfalls(told: Told) -> Part:
    rows = [("消除", one) for one in told.effect.closed] + [("新增", one) for one in told.effect.opened]
    body = [
        [
            what,
            told.community(one.community),
            told.name(one.indicator),
            f"{one.people_total:,}" if one.people_total else "—",
        ]
        for what, one in rows[:LINES_SHOWN]
    ]
    if len(rows) > LINES_SHOWN:
        body.append(["…", f"另有 {len(rows) - LINES_SHOWN} 项,见表格文件", "", ""])
    return rows_of(("", "社区", "指标", "受影响人数"), "lllr", (1, 3, 6, 2), body, "没有变化")


def _grades(told: Told) -> Part:
    rows = [one for one in told.effect.verdicts if one.before.grade != one.after.grade]
    body = [
        [told.community(one.after.community), grade(one.before.grade, told.pack), grade(one.after.grade, told.pack)]
        for one in rows
    ]
    return rows_of(("社区", "改动前", "改动后"), "lll", (3, 2, 2), body, "没有变化")


def _homes(told: Told) -> Part:
    walks, homes = told.effect.walks, Homes.of(told)
    before = np.minimum(walks.before_cm, INFINITY_CM).astype(np.int64)
    after = np.minimum(walks.after_cm, INFINITY_CM).astype(np.int64)
    order = np.argsort(-np.abs(after - before) * homes.people[walks.building], kind="stable")[:HOMES_NAMED]
    body = [
        [
            homes.key[int(walks.building[row])],
            told.community(int(homes.community[walks.building[row]])),
            f"{int(homes.people[walks.building[row]]):,}",
            told.kinds.get(told.situation.facility_kinds[walks.kind[row]], ""),
            _walk(int(walks.before_cm[row])),
            _walk(int(walks.after_cm[row])),
        ]
        for row in order.tolist()
    ]
    head = ("楼栋", "社区", "人口", "设施", "改动前", "改动后")
    return rows_of(head, "llrlrr", (3, 3, 1, 4, 2, 2), body, "没有变化")


def _walk(cm: int) -> str:
    return "走不到" if cm >= INFINITY_CM else f"{cm / 100:,.0f} 米"
