"""``linli plan units``: proposals that divide a district in walkable units."""

import argparse
from typing import TYPE_CHECKING

from linli.faces.console import house, planning_ground, telling

if TYPE_CHECKING:
    from linli.domain.planning.rules.units.proposals import UnitRules
    from linli.faces.components.planning.unit_sheets import Drawn
    from linli.faces.console.planning_ground import Standing


def run(asked: argparse.Namespace) -> int:
    """Draw units by the rules, say what each proposal is like, write them."""
    if not planning_ground.require_one_source(asked):
        return 2
    house.set_up()
    planning_ground.require_output(asked.output)
    from linli.domain.planning.measures.units import atoms as unit_atoms
    from linli.domain.planning.measures.units import proposing as units
    from linli.domain.standards import queries as standards
    from linli.faces.components.planning.unit_sheets import Drawn

    rules = _rules(asked)
    with telling.progress("单元划定") as step:
        on = planning_ground.standing(asked, step)
        step(2, 100, "切分基本块")
        atoms = unit_atoms.atoms(on.situation, planning_ground.package_of(asked), rules)
        found = units.proposals(
            atoms,
            rules,
            runs=asked.runs,
            seed=asked.seed,
            progress=lambda done, total: step(10 + 90 * done // max(total, 1), 100, "寻找划法"),
        )
        step(100, 100, "完成")
    drawn = Drawn(found, {kind.key: kind.zh for kind in standards.facility_kinds()})
    _tell(on, drawn)
    if asked.output is not None:
        _write(asked, on, drawn)
    return 0


def _rules(asked: argparse.Namespace) -> "UnitRules":
    """The rules of the pack data, or of a file of the same form."""
    from linli.domain.planning.queries.unit_rules import unit_rules
    from linli.domain.planning.rules.units.pack import read_unit_rules
    from linli.domain.standards import queries as standards

    if asked.rules is None:
        return unit_rules()
    try:
        text = asked.rules.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise telling.Refusal(f"{asked.rules} 不是 UTF-8 文本;应是规则文件(.yaml)。") from None
    return read_unit_rules(text, standards.vocabulary())


def _tell(on: "Standing", drawn: "Drawn") -> None:
    atoms = drawn.proposals[0].atoms
    telling.say(f"{on.situation.name}:{len(atoms)} 个基本块,{int(atoms.people.sum()):,} 人")
    for number, proposal in enumerate(drawn.proposals):
        totals = proposal.totals
        telling.say(
            f"  {drawn.title(number)}:{totals.units} 个单元,{totals.in_range} 个人口在范围内"
            f"({totals.people_least:,}–{totals.people_most:,} 人),违反硬规则 {totals.hard_breaches},"
            f"同社区居民 {100 * totals.majority_share:.1f}%,紧凑度 {totals.compactness:.2f}"
        )
    from linli.faces.components.planning.unit_sheets import infeasible_lines

    for sentence in infeasible_lines(drawn.proposals[0]):
        telling.error(f"提示 无法划入人口范围:{sentence}")


def _write(asked: argparse.Namespace, on: "Standing", drawn: "Drawn") -> None:
    from linli.faces.components.planning import files
    from linli.faces.components.planning.unit_report import unit_report
    from linli.faces.components.planning.unit_sheets import unit_sheets

    files.write(asked.output, unit_sheets(drawn), lambda: unit_report(drawn, on.page()))
    telling.say(f"结果:{asked.output}")
