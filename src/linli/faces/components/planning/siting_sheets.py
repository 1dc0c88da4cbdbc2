"""The answer of a siting as tables: what is chosen and why, who is covered, what money buys, the projects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan

import numpy as np
import shapely

from linli.domain.planning.rules.siting.problems import (
    Choice,
    Ending,
    Infeasible,
    Note,
    NoteReason,
    Objective,
    Origin,
    Rule,
    Served,
    SitingAnswer,
    SitingProblem,
    Supply,
)
from linli.interchange.export import Column, Sheet

OBJECTIVES = {
    Objective.MAXIMAL_COVERING: "让最多的人走得到(最大覆盖)",
    Objective.P_MEDIAN: "让大家走的路最少(p-中位)",
    Objective.P_CENTER: "让最远的人走得最近(p-中心)",
    Objective.SET_COVERING: "人人走得到,花钱最少(全覆盖)",
}
SUPPLIES = {
    Supply.BUILD: "新建",
    Supply.BUY: "购买",
    Supply.SWAP: "置换",
    Supply.LEASE: "租赁",
    Supply.CONVERT: "改造",
}
ORIGINS = {Origin.PREMISES: "用房", Origin.LAND: "用地", Origin.BUILDING: "楼栋", Origin.POINT: "图上的点"}
ENDINGS = {
    Ending.PROVEN: "已证明没有更好的",
    Ending.TIME: "到时间为止,留下当时最好的",
    Ending.STOPPED: "按要求停止,留下当时最好的",
}
_UNITS = {"persons": "人", "person_m": "人·米", "m": "米", "fen": "元"}


@dataclass(frozen=True, slots=True)
class Sited:
    """A problem with its answer, and what their tables and pages name."""

    problem: SitingProblem
    answer: SitingAnswer | Infeasible
    kinds: Mapping[str, str]
    """Names of facility kinds."""

    def kind(self, key: str) -> str:
        return self.kinds.get(key, key)

    def place(self, key: str) -> str:
        """The name of a candidate or function."""
        named = {one.key: one.name or one.key for one in self.problem.candidates}
        return named.get(key, self.kinds.get(key, key))


def siting_sheets(sited: Sited) -> tuple[Sheet, ...]:
    """All tables; of a question without an answer, which rules to relax."""
    if isinstance(sited.answer, Infeasible):
        return (relaxation_sheet(sited, sited.answer), candidate_sheet(sited, ()))
    answer = sited.answer
    return (
        choice_sheet(sited, answer),
        candidate_sheet(sited, answer.choices),
        answer_sheet(sited, answer),
        coverage_sheet(sited, answer),
        curve_sheet(sited, answer),
        note_sheet(sited, answer),
    )


def choice_sheet(sited: Sited, answer: SitingAnswer) -> Sheet:
    """The projects: what to do where, when, for how much, for whom, and what else would do."""
    rows = answer.choices
    at = {one.key: one for one in sited.problem.candidates}
    unit = _UNITS[sited.problem.objective.unit]
    points = np.array([shapely.Point(at[one.candidate].at) for one in rows], dtype=object).reshape(-1)
    return Sheet(
        "projects",
        "项目清单",
        (
            Column("number", "序号", list(range(1, len(rows) + 1))),
            Column("place", "地点", [sited.place(one.candidate) for one in rows]),
            Column("candidate", "地点编号", [one.candidate for one in rows]),
            Column("origin", "现状", [ORIGINS[at[one.candidate].origin] for one in rows]),
            Column("functions", "设施", ["、".join(sited.kind(key) for key in one.functions) for one in rows]),
            Column("one_stop", "一站式中心", [len(one.functions) > 1 for one in rows]),
            Column("supply", "取得方式", [SUPPLIES[one.supply] for one in rows]),
            Column("year", "年份", [year(sited.problem, one.year) for one in rows]),
            Column("cost_yuan", "费用(元,一次性)", [_yuan(one.cost_fen) for one in rows]),
            Column("cost_yuan_yearly", "费用(元/年)", [_yuan(one.cost_fen_yearly) for one in rows]),
            Column("adds", "只因它而覆盖", [served(one.adds, sited) for one in rows]),
            Column("adds_value", f"去掉它会失去({unit})", [_value(one.adds_value, unit) for one in rows]),
            Column("next_best", "次优地点", [sited.place(one.next_best) or None for one in rows]),
            Column("next_best_adds", "次优地点可覆盖", [served(one.next_best_adds, sited) for one in rows]),
            Column("area_unknown", "面积不明", [one.area_unknown for one in rows]),
        ),
        points,
    )


def year(problem: SitingProblem, number: int) -> int | None:
    """The calendar year, or the number of the year from 1; None where there is only one."""
    if problem.first_year:
        return problem.first_year + number
    return number + 1 if problem.years > 1 else None


def served(found: Sequence[Served], sited: Sited) -> str | None:
    return ";".join(f"{sited.kind(one.kind)} {one.people:,} 人" for one in found if one.people) or None


def _yuan(fen: float | None) -> float | None:
    return None if fen is None or not isfinite(fen) else fen / 100


def _value(value: float, unit: str) -> float | None:
    if not isfinite(value):
        return None
    return round(value / 100 if unit == "元" else value, 1)


def candidate_sheet(sited: Sited, choices: Sequence[Choice]) -> Sheet:
    rows = sited.problem.candidates
    chosen = {one.candidate for one in choices}
    return Sheet(
        "candidates",
        "备选点",
        (
            Column("candidate", "地点编号", [one.key for one in rows]),
            Column("place", "地点", [one.name for one in rows]),
            Column("origin", "现状", [ORIGINS[one.origin] for one in rows]),
            Column("area_m2", "面积(平方米)", [one.area_m2 for one in rows]),
            Column("supplies", "取得方式", ["、".join(SUPPLIES[way.supply] for way in one.ways) for one in rows]),
            Column("chosen", "选定", [one.key in chosen for one in rows]),
        ),
        np.array([shapely.Point(one.at) for one in rows], dtype=object).reshape(-1),
    )


def answer_sheet(sited: Sited, answer: SitingAnswer) -> Sheet:
    """One figure a row: value, bound, gap, how it ended, cost in all and by year."""
    unit = _UNITS[answer.objective.unit]
    rows: list[tuple[str, str, object]] = [
        ("objective", "目标", OBJECTIVES[answer.objective]),
        ("value", f"结果({unit})", _value(answer.value, unit)),
        ("bound", f"任何方案都不会好过({unit})", _value(answer.bound, unit)),
        ("gap", "与最优最多相差(%)", round(100 * answer.gap, 3) if isfinite(answer.gap) else None),
        ("ending", "怎样结束", ENDINGS[answer.ending]),
        ("seconds", "用时(秒)", round(answer.seconds, 2)),
        ("cost_yuan", "费用合计(元)", _yuan(answer.cost_fen)),
    ]
    if len(answer.cost_fen_by_year) > 1:
        rows += [
            (f"cost_yuan_{number + 1}", f"第 {year(sited.problem, number)} 年费用(元)", _yuan(fen))
            for number, fen in enumerate(answer.cost_fen_by_year)
        ]
    return _facts("answer", "结果", rows)


def _facts(key: str, title: str, rows: Sequence[tuple[str, str, object]]) -> Sheet:
    return Sheet(
        key,
        title,
        (
            Column("key", "项", [row[0] for row in rows]),
            Column("title", "名称", [row[1] for row in rows]),
            Column("value", "值", [None if row[2] is None else str(row[2]) for row in rows]),
        ),
    )


def coverage_sheet(sited: Sited, answer: SitingAnswer) -> Sheet:
    rows = answer.coverage
    return Sheet(
        "coverage",
        "覆盖",
        (
            Column("function", "设施编号", [one.kind for one in rows]),
            Column("function_name", "设施", [sited.kind(one.kind) for one in rows]),
            Column("people", "服务人口", [one.people for one in rows]),
            Column("covered_before", "现在覆盖(人)", [one.covered_before for one in rows]),
            Column("covered_after", "建成后覆盖(人)", [one.covered_after for one in rows]),
            Column("mean_m_before", "现在平均步行(米)", [_meters(one.mean_m_before) for one in rows]),
            Column("mean_m_after", "建成后平均步行(米)", [_meters(one.mean_m_after) for one in rows]),
            Column("farthest_m_before", "现在最远(米)", [_meters(one.farthest_m_before) for one in rows]),
            Column("farthest_m_after", "建成后最远(米)", [_meters(one.farthest_m_after) for one in rows]),
        ),
    )


def _meters(value: float) -> float | None:
    return round(value, 1) if isfinite(value) and not isnan(value) else None


def curve_sheet(sited: Sited, answer: SitingAnswer) -> Sheet:
    """What less money, or fewer places, would reach."""
    rows, unit = answer.curve, _UNITS[answer.objective.unit]
    return Sheet(
        "curve",
        "预算与效果",
        (
            Column("budget_yuan", "预算(元)", [_yuan(one.budget_fen) for one in rows]),
            Column("facilities", "处数", [one.facilities for one in rows]),
            Column("value", f"结果({unit})", [_value(one.value, unit) for one in rows]),
            Column("bound", f"上下界({unit})", [_value(one.bound, unit) for one in rows]),
        ),
    )


def note_sheet(sited: Sited, answer: SitingAnswer) -> Sheet:
    return Sheet("notes", "说明", (Column("note", "说明", [note(one, sited) for one in answer.notes]),))


def note(one: Note, sited: Sited) -> str:
    place = sited.place(one.place)
    return {
        NoteReason.TOO_SMALL: f"“{place}”面积太小,放不下所要的任何一类设施。",
        NoteReason.REACHES_NOBODY: f"“{place}”在步行上限内没有还没覆盖的人,选它不会新增。",
        NoteReason.AREA_UNKNOWN: f"“{place}”面积不明,按只放一类设施计算。",
        NoteReason.OUT_OF_REACH: f"{place}:有 {one.amount:,} 人在任何备选点的步行上限之外。",
        NoteReason.KIND_INCOMPLETE: f"{place}:数据来源没有声明已列全,有些人可能其实已经走得到。",
        NoteReason.PEOPLE_ESTIMATED: "部分人口为估算。",
        NoteReason.NOTHING_TO_GAIN: "凡是备选点能覆盖的人,都已经覆盖了。",
        NoteReason.YEARS_LESSEN: "限制结果的是分年预算,不是总预算。",
    }[one.reason]


def relaxation_sheet(sited: Sited, answer: Infeasible) -> Sheet:
    rows = answer.relaxations
    return Sheet(
        "relaxations",
        "放宽哪一条",
        (
            Column("rule", "规则", [relaxed(one.rule) for one in rows]),
            Column("place", "哪一项", [sited.place(one.place) or None for one in rows]),
            Column("now", "现在", [_amount(one.rule, one.now) for one in rows]),
            Column("works_from", "放宽到", [_amount(one.rule, one.works_from) for one in rows]),
            Column("proven", "已证明不能再少", [one.proven for one in rows]),
        ),
    )


def relaxed(rule: Rule) -> str:
    return {
        Rule.BUDGET: "预算(元)",
        Rule.FACILITIES: "处数",
        Rule.WALKING_LIMIT: "步行上限(米)",
        Rule.COVER_SHARE: "覆盖比例(%)",
        Rule.CAPACITY: "容量(人)",
    }[rule]


def _amount(rule: Rule, amount: float) -> float | None:
    if not isfinite(amount):
        return None
    factor = {Rule.BUDGET: 0.01, Rule.COVER_SHARE: 100.0}.get(rule, 1.0)
    return round(amount * factor, 2)
