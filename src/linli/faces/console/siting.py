"""``linli plan site``: what should go where, with the proven distance from the best possible."""

import argparse
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from linli.faces.console import house, planning_ground, telling

if TYPE_CHECKING:
    from linli.domain.planning.rules.siting.problems import Progress, SitingFault
    from linli.faces.components.planning.siting_sheets import Sited
    from linli.faces.console.planning_ground import Standing


def run(asked: argparse.Namespace) -> int:
    """Read the problem, search until proven, out of time or stopped, say the answer, write it."""
    if not planning_ground.require_one_source(asked):
        return 2
    house.set_up()
    planning_ground.require_output(asked.output)
    from linli.domain.checkup.measures import prepare as reach_of
    from linli.domain.planning.measures.siting import answering as siting
    from linli.domain.planning.queries.siting_terms import siting_terms
    from linli.domain.standards import queries as standards
    from linli.faces.components.planning.siting_sheets import Sited
    from linli.interchange.questions import QuestionRefused, read_problem

    try:
        problem = read_problem(asked.problem)
    except QuestionRefused as refused:
        for sentence in refused.faults:
            telling.error(f"拒绝 {asked.problem.name}: {sentence}")
        return telling.REFUSED
    with telling.progress("选址") as step:
        on = planning_ground.standing(asked, step)
        if not problem.candidates:
            problem = replace(problem, candidates=siting.candidates(on.situation, siting_terms()))
            telling.error(f"提示 没有写备选点,取本区全部闲置用房:{len(problem.candidates)} 处,费用按标准包的参考价。")
        faults = siting.faults(on.situation, problem)
        if faults:
            return _refuse(asked.problem.name, faults)
        step(2, 4, "求解")
        with _stopping() as stop:
            answer = siting.site(
                on.situation,
                reach_of(on.situation, hierarchy=on.hierarchy),
                problem,
                should_stop=stop.is_set,
                progress=lambda one: step(2, 4, _progress(one)),
                time_limit_s=asked.limit,
            )
        step(4, 4, "完成")
    sited = Sited(problem, answer, {kind.key: kind.zh for kind in standards.facility_kinds()})
    code = _tell(sited)
    if asked.output is not None:
        _write(asked, on, sited)
    return code


@contextmanager
def _stopping() -> "Iterator[threading.Event]":
    """The first Ctrl-C ends the search and keeps the best found; the second ends the command."""
    stop = threading.Event()

    def heard(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        telling.error("正在停止,留下已找到的最好方案;再按一次 Ctrl-C 立即退出。")

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.signal(signal.SIGINT, heard)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _progress(one: "Progress") -> str:
    if one.value is None:
        return "求解"
    if one.bound is None:
        return f"已有 {one.value:,.0f}"
    return f"已有 {one.value:,.0f},界 {one.bound:,.0f}"


def _refuse(name: str, faults: "Sequence[SitingFault]") -> int:
    from linli.faces.components.planning.siting_faults import siting_fault

    for one in faults:
        telling.error(f"拒绝 {name}:{one.place or '整个问题'}: {siting_fault(one)}")
    telling.error(f"没有求解:{len(faults)} 处不合格,什么都没有写。")
    return telling.REFUSED


def _tell(sited: "Sited") -> int:
    from linli.domain.planning.rules.siting.problems import Infeasible
    from linli.faces.components.planning import siting_report, siting_sheets

    if isinstance(sited.answer, Infeasible):
        telling.error("没有任何选法能同时守住所有规则。放宽下列任何一条就有答案:")
        sheet = siting_sheets.relaxation_sheet(sited, sited.answer)
        for rule, place, now, works, _proven in zip(*(column.cells for column in sheet.columns), strict=True):
            telling.error(f"  {rule}{f'({place})' if place else ''}:现在 {now},放宽到 {works}")
        return telling.REFUSED
    answer = sited.answer
    value, unit = siting_report.objective(answer, answer.value)
    bound, _unit = siting_report.objective(answer, answer.bound)
    telling.say(
        f"{siting_sheets.OBJECTIVES[answer.objective]}:{value} {unit},任何方案都不会好过 {bound} {unit},"
        f"与最优最多相差 {siting_report.percent_up(answer.gap)}%;"
        f"{siting_sheets.ENDINGS[answer.ending]},{answer.seconds:.1f} 秒"
    )
    for one in answer.choices:
        kinds = "、".join(sited.kind(key) for key in one.functions)
        adds = siting_sheets.served(one.adds, sited) or "不增加覆盖"
        instead = f";次优 {sited.place(one.next_best)}" if one.next_best else ""
        telling.say(f"  {sited.place(one.candidate)}:{kinds}({siting_sheets.SUPPLIES[one.supply]}),{adds}{instead}")
    for each in answer.coverage:
        telling.say(
            f"  {sited.kind(each.kind)}:覆盖 {each.covered_before:,} → {each.covered_after:,} / {each.people:,} 人"
        )
    telling.say(f"  费用合计 {answer.cost_fen / 100:,.0f} 元")
    for note in answer.notes:
        telling.error(f"提示 {siting_sheets.note(note, sited)}")
    return 0


def _write(asked: argparse.Namespace, on: "Standing", sited: "Sited") -> None:
    from linli.faces.components.planning import files
    from linli.faces.components.planning.siting_report import siting_report
    from linli.faces.components.planning.siting_sheets import siting_sheets

    files.write(asked.output, siting_sheets(sited), lambda: siting_report(sited, on.page()))
    telling.say(f"结果:{asked.output}")
