"""``linli plan what-if``: what a list of edits changes."""

import argparse
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from linli.faces.console import house, planning_ground, telling

if TYPE_CHECKING:
    from linli.domain.planning.rules.scenarios.edits import Edit
    from linli.domain.planning.rules.scenarios.effects import AccessChange
    from linli.domain.planning.rules.scenarios.faults import EditsRefused
    from linli.faces.components.planning.effect_sheets import Told
    from linli.faces.console.planning_ground import Standing

INDICATORS_TOLD = 12


def run(asked: argparse.Namespace) -> int:
    """Read the edits, work their effect out, say it, write it."""
    if not planning_ground.require_one_source(asked):
        return 2
    house.set_up()
    planning_ground.require_output(asked.output)
    from linli.domain.planning.rules.scenarios.faults import EditsRefused
    from linli.domain.standards import queries as standards
    from linli.interchange.questions import read_edits

    slices = tuple(standards.time_slices())
    if asked.slice and asked.slice not in {one.key for one in slices}:
        raise telling.Refusal(f"没有这个时段:{asked.slice}。可用 {'、'.join(one.key for one in slices)};不写为全天。")
    try:
        edits = read_edits(asked.edits)
        with telling.progress("方案推演") as step:
            on = planning_ground.standing(asked, step)
            step(2, 4, "现状体检")
            told, seconds = _effect(on, edits, asked.slice)
            step(4, 4, "完成")
    except EditsRefused as refused:
        return _refuse(asked.edits.name, refused)
    _tell(told, seconds)
    if asked.output is not None:
        _write(asked, on, told)
    return 0


def _effect(on: "Standing", edits: "Sequence[Edit]", slice: str) -> "tuple[Told, float]":
    """The effect, and the seconds from the edits to it; what stands before is not counted."""
    from linli.domain.planning.measures.scenarios import effects
    from linli.domain.standards import queries as standards
    from linli.faces.components.planning.effect_sheets import Told

    assert on.pack is not None, "the command asks for a standard"
    slices = tuple(standards.time_slices())
    base = effects.base(on.situation, on.pack, on.answers, on.day, slice=slice, slices=slices, hierarchy=on.hierarchy)
    began = time.perf_counter()
    found = effects.effect(base, edits)
    seconds = time.perf_counter() - began
    kinds = {kind.key: kind.zh for kind in standards.facility_kinds()}
    names = {"": "全天", **{one.key: one.zh for one in slices}}
    return Told(on.situation, on.pack, tuple(edits), found, kinds, names), seconds


def _refuse(name: str, refused: "EditsRefused") -> int:
    """Every fault on a line with its file, the number of its edit and its place."""
    from django.utils import translation

    from linli.faces.components import edit_faults

    with translation.override("zh-hans"):
        for fault in refused.faults:
            where = f"第 {fault.number} 处" if fault.number else "整个清单"
            at = f"({fault.place[0]:.5f}, {fault.place[1]:.5f})" if fault.place else ""
            field = f":{fault.field}" if fault.field else ""
            telling.error(f"拒绝 {name}:{where}{field}: {edit_faults.sentence(fault)}{at}")
    telling.error(f"没有推算:{len(refused.faults)} 处不合格,什么都没有写。")
    return telling.REFUSED


def _tell(told: "Told", seconds: float) -> None:
    effect = told.effect
    telling.say(
        f"{told.situation.name}:{len(told.edits)} 处改动,{told.slice},按 {told.pack.zh};"
        f"推算用时 {seconds * 1000:.0f} 毫秒"
    )
    changed = [one for one in effect.access if one.gained_total or one.lost_total]
    changed.sort(key=lambda one: -(one.gained_total + one.lost_total))
    for one in changed[:INDICATORS_TOLD]:
        telling.say(f"  {told.name(one.indicator)}:{_change(one, told.has_limit(one.indicator))}")
    if len(changed) > INDICATORS_TOLD:
        telling.say(f"  另有 {len(changed) - INDICATORS_TOLD} 项指标的覆盖有变化")
    if not changed:
        telling.say("  没有人因此进入或离开任何指标的步行范围")
    grades = sum(one.before.grade != one.after.grade for one in effect.verdicts)
    telling.say(
        f"  短板消除 {len(effect.closed)}、新增 {len(effect.opened)};指标结果变化 {len(effect.findings)};"
        f"定级变化 {grades};步行变化 {len(effect.walks.building)} 条"
    )
    unsaid = f"({effect.cost_unknown} 处没有填)" if effect.cost_unknown else ""
    telling.say(f"  费用 {effect.cost_fen / 100:,.0f} 元{unsaid}")


def _change(one: "AccessChange", has_limit: bool) -> str:
    """Who comes within the limit and who falls out of it; where there is none, for whom it is nearer or farther."""
    titles = ("新增", "失去") if has_limit else ("更近", "更远")
    counts = zip(titles, (one.gained_total, one.lost_total), strict=True)
    parts = "、".join(f"{title} {count:,} 人" for title, count in counts if count)
    covered = f"(覆盖 {one.covered_before:,} → {one.covered_after:,} / {one.people_after:,} 人)"
    return parts + (covered if has_limit else "")


def _write(asked: argparse.Namespace, on: "Standing", told: "Told") -> None:
    from linli.faces.components.planning import files
    from linli.faces.components.planning.effect_report import effect_report
    from linli.faces.components.planning.effect_sheets import effect_sheets

    files.write(asked.output, effect_sheets(told), lambda: effect_report(told, on.page()))
    telling.say(f"结果:{asked.output}")
