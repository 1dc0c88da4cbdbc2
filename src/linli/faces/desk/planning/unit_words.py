"""Units in words: their numbers, the rules they break, why a part cannot be one, and the figures to compare them by."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from django.utils.translation import gettext as _

from linli.domain.planning.queries.units import ProposalValue
from linli.domain.planning.rules.units.proposals import (
    LINES,
    Atoms,
    Basis,
    Infeasible,
    Line,
    Proposal,
    Rule,
    RuleBreach,
    Service,
    ServiceWalk,
    Totals,
    Unit,
    UnitRules,
    Why,
)
from linli.domain.standards.rules import Confidence
from linli.faces.components import words

BARRIERS = (Line.FAST_ROAD, Line.RAIL, Line.WATER, Line.MAIN_ROAD)
NAMED = 3
"""So many names of atoms stand for a part; more are counted."""


def unit_name(number: int) -> str:
    return _("第 %(number)s 单元") % {"number": number + 1}


def service_name(service: Service, kinds: Mapping[str, str]) -> str:
    return str(_("或").join(kinds.get(key, key) for key in service.kinds))


def breach(one: RuleBreach, rules: UnitRules, kinds: Mapping[str, str]) -> str:
    """One broken rule as a sentence that names its unit."""
    said = {"unit": unit_name(one.unit), "value": f"{one.value:,.0f}", "limit": f"{one.limit:,.0f}"}
    match one.rule:
        case Rule.PEOPLE_MIN:
            return _("%(unit)s只有 %(value)s 人,不足 %(limit)s 人") % said
        case Rule.PEOPLE_MAX:
            return _("%(unit)s有 %(value)s 人,超过 %(limit)s 人") % said
        case Rule.CONTIGUOUS:
            return _("%(unit)s分成互不相连的 %(value)s 块") % said
        case Rule.NEVER_CROSSED:
            line = next(rule for rule in rules.lines if rule.line == one.of)
            return _("%(unit)s被%(line)s穿过 %(value)s 米,而规则不许跨越") % (said | {"line": words.name(line)})
        case Rule.WALK:
            service = next(each for each in rules.services if each.key == one.of)
            return _(
                "%(unit)s有 %(share)s 的居民步行 %(minutes)s 分钟内可达%(service)s,目标是 %(goal)s"
            ) % (said | {
                "share": share(one.value),
                "minutes": f"{rules.walk_minutes:g}",
                "service": service_name(service, kinds),
                "goal": share(one.limit),
            })  # fmt: skip


def missed_goals(drawn: Proposal, kinds: Mapping[str, str]) -> list[str]:
    """For each service how many units miss the goal of the walk."""
    missed = Counter(one.of for one in drawn.breaches if one.rule is Rule.WALK)
    said = {"minutes": f"{drawn.rules.walk_minutes:g}", "goal": share(drawn.rules.share_min)}
    return [
        _("%(n)s 个单元步行 %(minutes)s 分钟可达%(service)s的居民不到 %(goal)s")
        % (said | {"n": missed[service.key], "service": service_name(service, kinds)})
        for service in drawn.rules.services
        if missed[service.key]
    ]


def share(value: float) -> str:
    return "—" if math.isnan(value) else f"{100 * value:.1f}%"


def infeasible(part: Infeasible, atoms: Atoms, rules: UnitRules) -> dict[str, Any]:
    """A part that no drawing brings within the range: where, how many people, why, and what to do."""
    first = sorted(part.atoms, key=lambda atom: -int(atoms.people[atom].sum()))[:NAMED]
    names = str(_("、")).join(atoms.name[atom] or atoms.key[atom] for atom in first)
    communities = sorted({atoms.community_name[c] for a in part.atoms if (c := int(atoms.community[a])) >= 0})
    limits = {"least": f"{rules.people_min:,}", "most": f"{rules.people_max:,}"}
    return {
        "names": names if len(part.atoms) <= NAMED else _("%(names)s等 %(count)s 个基本块")
        % {"names": names, "count": len(part.atoms)},
        "communities": str(_("、")).join(communities),
        "people": part.people,
        "why": _whys()[part.why] % limits,
        "atom": first[0] if first else None,
    }  # fmt: skip


def _whys() -> Mapping[Why, str]:
    return {
        Why.TOO_FEW: _("被河流、铁路或快速路隔开,连在一起的全部人口不足 %(least)s 人"),
        Why.TOO_MANY: _("一个基本块就超过 %(most)s 人,无法再分"),
        Why.NO_NUMBER: _("人口无论分成几个单元,都落不进 %(least)s–%(most)s 人"),
        Why.HANGING: _("人口不足的基本块只与一个基本块相连,并入后又超过 %(most)s 人"),
        Why.NOT_FOUND: _("没有证明不可能,但在给定时间内没有找到合规的划法"),
    }


def basis(one: Basis) -> dict[str, Any]:
    """Where a rule's figure comes from."""
    return {
        "source": one.source,
        "clause": words.chinese_note(one.clause),
        "confidence": words.confidence(one.confidence),
        "marked": one.confidence is Confidence.UNVERIFIED,
        "from": one.valid_from,
    }


def proposal_name(one: ProposalValue) -> str:
    name = words.name(one.goal)
    return name if one.revises is None else _("%(name)s · 第 %(n)s 次修改") % {"name": name, "n": one.revision}


def comparison(proposals: Sequence[ProposalValue], rules: UnitRules, kinds: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows of figures, one cell for each proposal; the best of a row is marked where one is better than another."""
    totals = [one.totals for one in proposals]
    low = [min(one.people, default=0) for one in proposals]
    middle = [median(one.people) if one.people else 0 for one in proposals]
    most = [max(one.people, default=0) for one in proposals]
    rows = [
        _row(_("单元数"), [t.units for t in totals], "count"),
        _row(
            _("人口在范围内的单元"), [t.in_range / t.units if t.units else math.nan for t in totals], "share", best=max
        ),
        _row(_("人口最少的单元"), low, "count"),
        _row(_("人口中位数"), middle, "count"),
        _row(_("人口最多的单元"), most, "count"),
        _row(_("与本单元多数人同社区的居民"), [t.majority_share for t in totals], "share", best=max),
        _row(_("完整保留的社区"), [t.whole_communities for t in totals], "count", best=max),
    ]
    for n, service in enumerate(rules.services):
        label = _("步行 %(minutes)s 分钟可达%(service)s") % {
            "minutes": f"{rules.walk_minutes:g}", "service": service_name(service, kinds),
        }  # fmt: skip
        rows.append(_row(label, [t.walks[n].share for t in totals], "share"))
        inside = _("其中在本单元内可达")
        rows.append(_row(inside, [t.walks[n].share_unit for t in totals], "share", best=max, indent=True))
    rows.append(_row(_("单元内的阻隔(公里)"), [_barriers_km(t) for t in totals], "km", best=min))
    for rule in rules.lines:
        if rule.line in BARRIERS:
            values = [t.line_m[LINES.index(rule.line)] / 1000 for t in totals]
            rows.append(_row(words.name(rule), values, "km", best=min, indent=True))
    rows += [
        _row(_("紧凑度(圆形为 1)"), [t.compactness for t in totals], "ratio", best=max),
        _row(_("居民到单元中心(米)"), [t.radius_m for t in totals], "count", best=min),
        _row(_("违反的硬规则"), [t.hard_breaches for t in totals], "count", best=min),
    ]
    return rows


def _barriers_km(totals: Totals) -> float:
    return sum(totals.line_m[LINES.index(line)] for line in BARRIERS) / 1000


def _row(label: str, values: Sequence[float], kind: str, *, best: Any = None, indent: bool = False) -> dict[str, Any]:
    shown = [_shown(value, kind) for value in values]
    known = [value for value in values if not math.isnan(value)]
    top = _shown(best(known), kind) if best and known and len(set(shown)) > 1 else None
    return {"label": label, "cells": [{"text": text, "best": text == top} for text in shown], "indent": indent}


def _shown(value: float, kind: str) -> str:
    if math.isnan(value):
        return "—"
    return {
        "count": f"{value:,.0f}",
        "share": f"{100 * value:.1f}%",
        "km": f"{value:,.1f}",
        "ratio": f"{value:.2f}",
    }[kind]


def unit_facts(unit: Unit, drawn: Proposal, kinds: Mapping[str, str]) -> dict[str, Any]:
    """A unit for the side panel: figures, then every rule with whether it is kept."""
    rules, atoms = drawn.rules, drawn.atoms
    return {
        "number": unit.number,
        "name": unit_name(unit.number),
        "people": unit.people,
        "exception": unit.infeasible,
        "communities": [
            {"name": atoms.community_name[one.community], "people": one.people} for one in unit.communities
        ],
        "area_km2": unit.area_m2 / 1e6,
        "compactness": _shown(unit.compactness, "ratio"),
        "radius_m": _shown(unit.radius_m, "count"),
        "rules": _rules(unit, rules, kinds),
        "lines": [
            {"name": words.name(rule), "m": _shown(meters, "count"), "never": rule.never}
            for rule, meters in zip(rules.lines, unit.line_m, strict=True)
            if meters >= 1
        ],
    }


def _rules(unit: Unit, rules: UnitRules, kinds: Mapping[str, str]) -> list[dict[str, Any]]:
    """One line for each rule: mark and words, never color alone."""
    failed = {(one.rule, one.of) for one in unit.breaches}
    people_ok = not failed & {(Rule.PEOPLE_MIN, ""), (Rule.PEOPLE_MAX, "")}
    crossed = [one for one in unit.breaches if one.rule is Rule.NEVER_CROSSED]
    found = [
        {
            "state": "met" if people_ok else "below_minimum",
            "text": _("人口 %(people)s,范围 %(least)s–%(most)s")
            % {"people": f"{unit.people:,}", "least": f"{rules.people_min:,}", "most": f"{rules.people_max:,}"},
        },
        {
            "state": "met" if unit.parts <= 1 else "below_minimum",
            "text": _("连成一片") if unit.parts <= 1 else _("分成 %(n)s 块,互不相连") % {"n": unit.parts},
        },
    ]
    if any(rule.never for rule in rules.lines):
        text = _("不被不许跨越的线穿过") if not crossed else _("被不许跨越的线穿过")
        found.append({"state": "below_minimum" if crossed else "met", "text": text})
    return found + [
        _walk_rule(walk, service, rules, kinds) for walk, service in zip(unit.walks, rules.services, strict=True)
    ]


def _walk_rule(walk: ServiceWalk, service: Service, rules: UnitRules, kinds: Mapping[str, str]) -> dict[str, Any]:
    state = {True: "met", False: "below_target", None: "not_assessable"}[walk.holds]
    said = {
        "service": service_name(service, kinds),
        "minutes": f"{rules.walk_minutes:g}",
        "share": share(walk.share),
        "inside": share(walk.share_unit),
        "goal": share(rules.share_min),
    }
    text = _("%(service)s:%(minutes)s 分钟可达 %(share)s,本单元内 %(inside)s(目标 %(goal)s)") % said
    if walk.holds is None:
        text += _(";来源没有声明已列全,不能认定不足")
    return {"state": state, "text": text}
