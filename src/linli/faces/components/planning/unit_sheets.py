"""Proposals of units as tables: units with their figures, atoms, rules, and what is not kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.domain.places.rules.layers import AGE_BANDS
from linli.domain.places.rules.projection import unprojected
from linli.domain.planning.rules.units.proposals import Basis, Proposal, Rule, RuleBreach, Service, Unit, UnitRules, Why
from linli.faces.components import words
from linli.interchange.export import Column, Sheet

WHYS = {
    Why.TOO_FEW: "与别处不相连,全部人口不足下限",
    Why.TOO_MANY: "一个基本块就超过上限",
    Why.NO_NUMBER: "人口无论分成几个单元都落不进范围",
    Why.HANGING: "人口不足的块只与一块相连,并入后又超过上限",
    Why.NOT_FOUND: "没有证明不可能,但在给定时间内没有找到",
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """Proposals over the same atoms by the same rules, and what their tables and pages name."""

    proposals: tuple[Proposal, ...]
    kinds: Mapping[str, str]
    """Names of facility kinds."""

    @property
    def rules(self) -> UnitRules:
        return self.proposals[0].rules

    def title(self, number: int) -> str:
        return f"方案 {number + 1}:{words.name(self.proposals[number].goal)}"

    def service(self, one: Service) -> str:
        return "或".join(self.kinds.get(key, key) for key in one.kinds)


def unit_sheets(drawn: Drawn) -> tuple[Sheet, ...]:
    return (unit_sheet(drawn), atom_sheet(drawn), total_sheet(drawn), breach_sheet(drawn), rule_sheet(drawn))


def _units(drawn: Drawn) -> list[tuple[int, Unit]]:
    return [(number, unit) for number, proposal in enumerate(drawn.proposals) for unit in proposal.units]


def unit_sheet(drawn: Drawn) -> Sheet:
    """One polygon a unit of each proposal."""
    rows = _units(drawn)
    atoms = drawn.proposals[0].atoms
    bands = [
        Column(f"people_{band}", f"{band}岁", [unit.bands[n] for _, unit in rows]) for n, band in enumerate(AGE_BANDS)
    ]
    walks = [
        Column(f"{key}_{service.key}", f"{title}:{drawn.service(service)}(%)", [_walk(u, n, field) for _, u in rows])
        for n, service in enumerate(drawn.rules.services)
        for key, title, field in (
            ("within", "步行可达", "share"),
            ("within_unit", "本单元内步行可达", "share_unit"),
        )
    ]
    return Sheet(
        "units",
        "单元",
        (
            Column("proposal", "方案", [number + 1 for number, _ in rows]),
            Column("unit", "单元", [unit.number + 1 for _, unit in rows]),
            Column("people", "人口", [unit.people for _, unit in rows]),
            *(bands if atoms.bands_known else ()),
            Column("holds", "合乎硬规则", [unit.holds for _, unit in rows]),
            Column("infeasible", "无法划入范围", [unit.infeasible for _, unit in rows]),
            Column("communities", "社区", [_communities(unit, atoms.community_name) for _, unit in rows]),
            Column("majority_share", "同社区居民(%)", [_percent(unit.majority_share) for _, unit in rows]),
            Column("area_m2", "面积(平方米)", [round(unit.area_m2, 1) for _, unit in rows]),
            Column("compactness", "紧凑度", [_round(unit.compactness, 3) for _, unit in rows]),
            Column("radius_m", "居民到中心(米)", [_round(unit.radius_m, 1) for _, unit in rows]),
            *(
                Column(f"inside_{one.line}_m", f"单元内{one.zh}(米)", [round(u.line_m[n], 1) for _, u in rows])
                for n, one in enumerate(drawn.rules.lines)
            ),
            *walks,
        ),
        outlines(drawn),
    )


def outlines(drawn: Drawn) -> NDArray[np.object_]:
    """A polygon in WGS 84 for each unit of each proposal, as ``unit_sheet`` lists them."""
    found = []
    for proposal in drawn.proposals:
        shapes = [shapely.union_all(proposal.atoms.shape[list(unit.atoms)]) for unit in proposal.units]
        found += list(unprojected(_objects(shapes), proposal.atoms.epsg))
    return _objects(found)


def _objects(shapes: Sequence[shapely.Geometry]) -> NDArray[np.object_]:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


def _communities(unit: Unit, names: Sequence[str]) -> str | None:
    return "、".join(f"{names[one.community]} {one.people}" for one in unit.communities) or None


def _walk(unit: Unit, service: int, field: str) -> float | None:
    return _percent(getattr(unit.walks[service], field))


def _percent(share: float) -> float | None:
    return None if isnan(share) else round(100 * share, 1)


def _round(value: float, digits: int) -> float | None:
    return None if isnan(value) else round(value, digits)


def atom_sheet(drawn: Drawn) -> Sheet:
    """One polygon an atom, with its unit in each proposal."""
    atoms = drawn.proposals[0].atoms
    names = (*atoms.community_name, None)
    return Sheet(
        "atoms",
        "基本块",
        (
            Column("atom", "基本块", atoms.key),
            Column("name", "名称", [name or None for name in atoms.name]),
            Column("people", "人口", atoms.residents().tolist()),
            Column("community", "社区", [names[row] for row in atoms.community.tolist()]),
            Column("area_m2", "面积(平方米)", [round(float(area), 1) for area in atoms.area_m2]),
            *(
                Column(f"unit_{n + 1}", f"方案 {n + 1} 的单元", (one.unit + 1).tolist())
                for n, one in enumerate(drawn.proposals)
            ),
        ),
        unprojected(atoms.shape, atoms.epsg),
    )


def total_sheet(drawn: Drawn) -> Sheet:
    """One row a proposal, for comparing."""
    rows = [proposal.totals for proposal in drawn.proposals]
    lines = [
        Column(f"inside_{line.line}_m", f"单元内{line.zh}(米)", [round(one.line_m[n]) for one in rows])
        for n, line in enumerate(drawn.rules.lines)
    ]
    walks = [
        Column(
            f"within_{service.key}",
            f"步行可达{drawn.service(service)}(%)",
            [_percent(one.walks[n].share) for one in rows],
        )
        for n, service in enumerate(drawn.rules.services)
    ]
    bounds = [None if one.bound is None else round(one.bound, 1) for one in drawn.proposals]
    return Sheet(
        "proposals",
        "方案比较",
        (
            Column("proposal", "方案", [n + 1 for n in range(len(rows))]),
            Column("goal", "侧重", [words.name(one.goal) for one in drawn.proposals]),
            Column("units", "单元数", [one.units for one in rows]),
            Column("in_range", "人口在范围内", [one.in_range for one in rows]),
            Column("people", "人口", [one.people for one in rows]),
            Column("people_least", "最少的单元", [one.people_least for one in rows]),
            Column("people_most", "最多的单元", [one.people_most for one in rows]),
            Column("majority_share", "同社区居民(%)", [_percent(one.majority_share) for one in rows]),
            Column("whole_communities", "完整保留的社区", [one.whole_communities for one in rows]),
            Column("compactness", "紧凑度", [_round(one.compactness, 3) for one in rows]),
            Column("radius_m", "居民到中心(米)", [_round(one.radius_m, 1) for one in rows]),
            *lines,
            *walks,
            Column("hard_breaches", "违反的硬规则", [one.hard_breaches for one in rows]),
            Column("cost", "代价", [_round(one.cost, 1) for one in rows]),
            Column("bound", "已找到的单元能组合出的最低代价", bounds),
        ),
    )


def breach_sheet(drawn: Drawn) -> Sheet:
    """Rules that a unit does not keep, and parts of the district that no drawing brings within the range."""
    rows: list[tuple[int, int | None, str, bool]] = []
    for number, proposal in enumerate(drawn.proposals):
        rows += [(number + 1, one.unit + 1, breach(one, drawn), one.hard) for one in proposal.breaches]
        rows += [(number + 1, None, sentence, True) for sentence in infeasible_lines(proposal)]
    return Sheet(
        "breaches",
        "没有做到的",
        (
            Column("proposal", "方案", [row[0] for row in rows]),
            Column("unit", "单元", [row[1] for row in rows]),
            Column("what", "什么", [row[2] for row in rows]),
            Column("hard", "硬规则", [row[3] for row in rows]),
        ),
    )


def infeasible_lines(proposal: Proposal) -> list[str]:
    """Parts that no drawing brings within the range, each in a sentence."""
    return [
        f"{'、'.join(proposal.atoms.name[a] or proposal.atoms.key[a] for a in part.atoms[:5])}"
        f"{'等' if len(part.atoms) > 5 else ''}({part.people:,} 人):{WHYS[part.why]}"
        for part in proposal.infeasible
    ]


def breach(one: RuleBreach, drawn: Drawn) -> str:
    match one.rule:
        case Rule.PEOPLE_MIN:
            return f"只有 {one.value:,.0f} 人,不足 {one.limit:,.0f} 人"
        case Rule.PEOPLE_MAX:
            return f"有 {one.value:,.0f} 人,超过 {one.limit:,.0f} 人"
        case Rule.CONTIGUOUS:
            return f"分成互不相连的 {one.value:.0f} 块"
        case Rule.NEVER_CROSSED:
            line = next(rule.zh for rule in drawn.rules.lines if rule.line == one.of)
            return f"被{line}穿过 {one.value:,.0f} 米,而规则不许跨越"
        case Rule.WALK:
            service = next(each for each in drawn.rules.services if each.key == one.of)
            minutes = f"{drawn.rules.walk_minutes:g}"
            return (
                f"{100 * one.value:.1f}% 的居民步行 {minutes} 分钟内可达{drawn.service(service)},"
                f"目标是 {100 * one.limit:g}%"
            )


def rule_sheet(drawn: Drawn) -> Sheet:
    """The rules as they were set, with where each figure comes from."""
    rules = drawn.rules
    basis = rules.basis
    rows: list[tuple[str, str, Basis]] = [
        ("people", f"{rules.people_min:,}–{rules.people_max:,} 人", basis["people"]),
        ("walk", f"步行 {rules.walk_minutes:g} 分钟({rules.walk_m:g} 米)", basis["walk"]),
        ("share", f"可达居民的目标比例 {100 * rules.share_min:g}%", basis["share"]),
    ]
    rows += [(one.key, f"基本服务:{drawn.service(one)}", one.basis) for one in rules.services]
    rows += [
        (str(one.line), f"{one.zh}:{'不许跨越' if one.never else f'每米代价 {one.price:g}'}", one.basis)
        for one in rules.lines
    ]
    return Sheet(
        "rules",
        "规则",
        (
            Column("rule", "规则编号", [row[0] for row in rows]),
            Column("says", "规则", [row[1] for row in rows]),
            Column("source", "依据", [row[2].source or None for row in rows]),
            Column("clause", "条款", [row[2].clause or None for row in rows]),
            Column("confidence", "可信度", [words.confidence(row[2].confidence) for row in rows]),
        ),
    )
