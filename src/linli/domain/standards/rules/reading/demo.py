"""Reading the demo overlay: confirmations and answers that stand in for an officer's and a survey's, marked 演示值."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from linli.domain.standards.rules.figures import Bar, Comparison
from linli.domain.standards.rules.measures import STOCK
from linli.domain.standards.rules.packs import Pack
from linli.domain.standards.rules.reading.documents import Entry, Fields, PackFault, WrongEntry, document
from linli.domain.standards.rules.vocabulary import Vocabulary

FILE = "demo_figures.yaml"


@dataclass(frozen=True, slots=True)
class DemoFigure:
    pack: str
    indicator: str
    bar: Bar
    comparison: Comparison
    value: Fraction
    unit: str
    types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DemoAnswer:
    """How a made-up survey answers one question.

    A number lies between ``low`` and ``high``; with ``share_of`` it is that share of another question, answered before,
    or of a stock of the community. For yes/no and satisfaction they are shares of yes.
    """

    question: str
    low: Fraction
    high: Fraction
    share_of: str = ""


@dataclass(frozen=True, slots=True)
class DemoOverlay:
    clause: str
    valid_from: date
    figures: tuple[DemoFigure, ...]
    answers: tuple[DemoAnswer, ...]
    """In an order in which each ``share_of`` has been answered before."""


def read_demo(text: str, packs: Mapping[str, Pack], vocabulary: Vocabulary) -> DemoOverlay:
    """The overlay, checked against the packs and questions that it speaks of.

    Raises
    ------
    PackFault
    """
    faults: list[WrongEntry] = []
    f = document(FILE, text, faults).fields(("clause", "valid_from", "figures", "answers"))
    overlay = DemoOverlay(
        clause=f.read("clause", Entry.text, ""),
        valid_from=f.read("valid_from", Entry.day, date.min),
        figures=tuple(
            figure
            for key, rows in f["figures"].items()
            for figure in (_figures(key, rows, packs) if _is_pack(key, rows, packs) else ())
        ),
        answers=_answers(f["answers"], vocabulary),
    )
    if faults:
        raise PackFault(faults)
    return overlay


def _is_pack(key: str, entry: Entry, packs: Mapping[str, Pack]) -> bool:
    if key not in packs:
        entry.wrong("、".join(sorted(packs)), found=repr(key))
    return key in packs


def _figures(pack_key: str, rows: Entry, packs: Mapping[str, Pack]) -> list[DemoFigure]:
    pack = packs[pack_key]
    units = {indicator.key: indicator.measure.unit for indicator in pack.indicators}
    types = [t.key for t in pack.types]
    figures = []
    for entry in rows.listed():
        f = entry.fields(("indicator",), ("minimum", "target", "comparison", "types"))
        key = f.choice("indicator", units)
        comparison = f.member("comparison", Comparison.AT_LEAST)
        applies = frozenset(f.choices("types", types))
        for bar in Bar:
            if bar.value in f:
                value = f[bar.value].number(Fraction(0))
                figures.append(DemoFigure(pack_key, key, bar, comparison, value, units.get(key, ""), applies))
        _some_bar(f)
    return figures


def _some_bar(f: Fields) -> None:
    if not any(bar.value in f for bar in Bar):
        f.owner.wrong("minimum 或 target", found="(两者都没有)")


def _answers(entry: Entry, vocabulary: Vocabulary) -> tuple[DemoAnswer, ...]:
    asked = [question.key for question in vocabulary.questions]
    answers: dict[str, DemoAnswer] = {}
    for row in entry.listed():
        f = row.fields(("question", "low", "high"), ("share_of",))
        key = f.choice("question", asked)
        low = f.read("low", _not_negative, Fraction(0))
        high = f.read("high", _not_negative, Fraction(0))
        if low > high:
            f["high"].wrong(f"不小于 {low} 的数")
        share_of = f.choice("share_of", (*answers, *STOCK))
        if key in answers:
            row.wrong("每个问题只写一次", found=repr(key))
        answers[key] = DemoAnswer(key, low, high, share_of)
    return tuple(answers.values())


def _not_negative(entry: Entry) -> Fraction:
    return entry.number(Fraction(0))
