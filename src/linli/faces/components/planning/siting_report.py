"""The printed pages of a siting: what is chosen, how far from the best possible, why, and what money buys."""

from collections.abc import Mapping
from math import ceil, isfinite
from typing import Any

from linli.domain.planning.rules.siting.problems import Choice, Infeasible, SitingAnswer
from linli.faces.components.drawing import Dot, Row, area_map, bars
from linli.faces.components.planning.pages import (
    GAIN,
    SHOWN,
    Page,
    Part,
    around,
    figure,
    frame,
    heading,
    land,
    rows_of,
    share,
    turn,
    wan,
)
from linli.faces.components.planning.siting_sheets import (
    ENDINGS,
    OBJECTIVES,
    ORIGINS,
    SUPPLIES,
    Sited,
    note,
    relaxation_sheet,
    served,
    year,
)


def siting_report(sited: Sited, page: Page) -> Mapping[str, Any]:
    """The pages of a siting; of a question without an answer, which rules to relax."""
    wanted = "、".join(sited.kind(one.kind) for one in sited.problem.functions)
    subtitle = f"{OBJECTIVES[sited.problem.objective]} · {wanted} · {len(sited.problem.candidates)} 个备选点"
    if isinstance(sited.answer, Infeasible):
        return frame(page, "选址", subtitle, _no_answer(sited, sited.answer, page))
    answer = sited.answer
    parts: list[Part] = [
        {"kind": "figures", "items": _siting_figures(answer)},
        {"kind": "text", "text": _proof(answer)},
        heading("地图"),
        {"kind": "picture", "svg": _siting_map(sited, answer, page), "height_mm": 105},
        {
            "kind": "legend",
            "items": [{"color": GAIN, "text": "选定"}, {"color": SHOWN, "text": "没有选的备选点"}],
        },
        heading("项目清单"),
        _projects(sited, answer),
        heading("为什么"),
        _why(sited, answer),
        heading("覆盖"),
        _coverage(sited, answer),
        *_curve(answer),
        heading("说明"),
        {"kind": "list", "items": [note(one, sited) for one in answer.notes] or ["没有"]},
    ]
    return frame(page, "选址", subtitle, parts)


def _siting_figures(answer: SitingAnswer) -> list[dict[str, str]]:
    value, unit = objective(answer, answer.value)
    bound, _unit = objective(answer, answer.bound)
    return [
        figure(str(len(answer.choices)), "处", "选定"),
        figure(value, unit, "结果"),
        figure(bound, unit, "任何方案都不会好过"),
        figure(percent_up(answer.gap), "%", "与最优最多相差"),
        figure(wan(answer.cost_fen), "万元", "费用合计"),
    ]


def objective(answer: SitingAnswer, value: float) -> tuple[str, str]:
    """A value of the objective, and its unit."""
    if not isfinite(value):
        return "—", ""
    match answer.objective.unit:
        case "fen":
            return wan(value), "万元"
        case "person_m":
            return f"{value / 1000:,.0f}", "人·公里"
        case "m":
            return f"{value:,.0f}", "米"
        case _:
            return f"{value:,.0f}", "人"


def percent_up(gap: float) -> str:
    """A share in hundredths; never less than it is."""
    return "—" if not isfinite(gap) else f"{ceil(gap * 10_000) / 100:g}"


def _proof(answer: SitingAnswer) -> str:
    told = ENDINGS[answer.ending]
    return f"{told};用时 {answer.seconds:.1f} 秒。现有设施算作已建成,不花钱。"


def _siting_map(sited: Sited, answer: SitingAnswer, page: Page) -> str:
    chosen = {one.candidate for one in answer.choices}
    rest = [Dot(*one.at, SHOWN, 2.0) for one in sited.problem.candidates if one.key not in chosen]
    taken = [Dot(*one.at, GAIN, 5.0) for one in sited.problem.candidates if one.key in chosen]
    ground = around(page, [one.at for one in sited.problem.candidates])
    return area_map(ground, dots=[*rest, *taken], height=430)


def _projects(sited: Sited, answer: SitingAnswer) -> Part:
    at = {one.key: one for one in sited.problem.candidates}
    body = [
        [
            str(number),
            sited.place(one.candidate),
            "、".join(sited.kind(key) for key in one.functions),
            f"{ORIGINS[at[one.candidate].origin]},{SUPPLIES[one.supply]}",
            str(year(sited.problem, one.year) or "—"),
            wan(one.cost_fen),
            wan(one.cost_fen_yearly) if one.cost_fen_yearly else "—",
        ]
        for number, one in enumerate(answer.choices, start=1)
    ]
    head = ("", "地点", "设施", "取得方式", "年份", "万元", "万元/年")
    return rows_of(head, "rlllrrr", (1, 5, 5, 3, 2, 2, 2), body, "没有选定任何地点")


def _why(sited: Sited, answer: SitingAnswer) -> Part:
    body = [
        [
            sited.place(one.candidate),
            served(one.adds, sited) or "—",
            _instead(one, sited),
        ]
        for one in answer.choices
    ]
    return rows_of(("地点", "只因它而覆盖", "换成次优地点"), "lll", (3, 5, 6), body, "没有选定任何地点")


def _instead(one: Choice, sited: Sited) -> str:
    adds = served(one.next_best_adds, sited) or "不增加覆盖"
    return f"{sited.place(one.next_best)}({adds})" if one.next_best else "没有"


def _coverage(sited: Sited, answer: SitingAnswer) -> Part:
    body = [
        [
            sited.kind(one.kind),
            f"{one.people:,}",
            share(one.covered_before, one.people),
            share(one.covered_after, one.people),
            turn(one.mean_m_before, one.mean_m_after, 0),
            f"{_far(one.farthest_m_before)} → {_far(one.farthest_m_after)}",
        ]
        for one in answer.coverage
    ]
    head = ("设施", "服务人口", "现在覆盖", "建成后覆盖", "平均步行(米)", "最远(米)")
    return rows_of(head, "lrrrrr", (4, 2, 2, 2, 3, 3), body, "没有设施")


def _far(meters: float) -> str:
    return f"{meters:,.0f}" if isfinite(meters) else "走不到"


def _curve(answer: SitingAnswer) -> list[Part]:
    if not answer.curve:
        return []
    worth = [abs(one.value) if isfinite(one.value) else 0.0 for one in answer.curve]
    rows = [
        Row(
            f"{one.facilities} 处" if one.budget_fen is None else f"{wan(one.budget_fen)} 万元",
            value,
            "{} {}".format(*objective(answer, one.value)).strip(),
        )
        for one, value in zip(answer.curve, worth, strict=True)
    ]
    return [
        heading("钱(或处数)少一些会怎样"),
        {"kind": "picture", "svg": bars(rows, most=max(worth) or 1.0, name_width=110), "width": 80},
    ]


def _no_answer(sited: Sited, answer: Infeasible, page: Page) -> list[Part]:
    sheet = relaxation_sheet(sited, answer)
    cells = zip(*(column.cells for column in sheet.columns[:4]), strict=True)
    body = [["" if cell is None else str(cell) for cell in row] for row in cells]
    dots = [Dot(*one.at, SHOWN, 2.0) for one in sited.problem.candidates]
    return [
        {"kind": "text", "text": "没有任何选法能同时守住所有规则。放宽下列任何一条就有答案,其余不变:"},
        rows_of(("规则", "哪一项", "现在", "放宽到"), "llrr", (3, 4, 2, 2), body, "没有一条规则单独放宽就够"),
        heading("备选点"),
        {"kind": "picture", "svg": area_map(land(page), dots=dots, height=430), "height_mm": 105},
    ]
