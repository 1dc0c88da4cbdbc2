"""Reading worked examples: situations in plain numbers with what follows from them, to be checked by hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeVar

from linli.domain.standards.rules.packs import Pack
from linli.domain.standards.rules.reading.documents import Entry, Fields, PackFault, WrongEntry, document

_T = TypeVar("_T")

FIGURES = ("written", "demo")
REST = ("missing", "at_minimum", "at_target")
STATES = ("met", "below_target", "below_minimum", "not_assessable")


@dataclass(frozen=True, slots=True)
class Example:
    """``figures``: those written in the pack, or the demo's. ``rest``: the value of indicators not named."""

    file: str
    line: int
    pack: str
    zh: str
    day: date
    types: frozenset[str]
    figures: str
    values: Mapping[str, Fraction | None]
    rest: str
    incomplete: tuple[str, ...]
    """Indicators whose facilities are not all listed: the true figure may be better."""
    states: Mapping[str, str]
    reasons: Mapping[str, str]
    grade: str | None
    """"" where none is reached, None where it cannot be told."""
    says_grade: bool


def read_examples(pack: Pack, files: Mapping[str, str]) -> tuple[Example, ...]:
    """The examples of one pack.

    Raises
    ------
    PackFault
    """
    faults: list[WrongEntry] = []
    examples = []
    for file in sorted(files):
        if file.startswith(f"{pack.key}/examples/"):
            root = document(file, files[file], faults).fields(("examples",))
            examples += [_example(entry, pack) for entry in root["examples"].listed()]
    if faults:
        raise PackFault(faults)
    return tuple(examples)


def _example(entry: Entry, pack: Pack) -> Example:
    f = entry.fields(("zh", "day", "types", "figures", "expected"), ("values", "rest", "incomplete"))
    keys = [indicator.key for indicator in pack.indicators]
    expected = f["expected"].fields((), ("states", "reasons", "grade"))
    return Example(
        file=entry.file,
        line=entry.line,
        pack=pack.key,
        zh=f.read("zh", Entry.text, ""),
        day=f.read("day", Entry.day, date.min),
        types=frozenset(f.choices("types", [t.key for t in pack.types], empty=True)),
        figures=f.choice("figures", FIGURES, "written"),
        values=_by_indicator(f, "values", keys, _value),
        rest=f.choice("rest", REST, "missing"),
        incomplete=f.choices("incomplete", keys),
        states=_by_indicator(expected, "states", keys, lambda e: e.choice(STATES)),
        reasons=_by_indicator(expected, "reasons", keys, lambda e: e.text()),
        grade=_grade(expected, pack),
        says_grade="grade" in expected,
    )


def _by_indicator(f: Fields, key: str, keys: list[str], reading: Callable[[Entry], _T]) -> dict[str, _T]:
    found: dict[str, _T] = {}
    for name, entry in f[key].items():
        if name not in keys:
            entry.wrong("指标编号", found=repr(name))
        found[name] = reading(entry)
    return found


def _value(entry: Entry) -> Fraction | None:
    return None if entry.says("missing") else entry.number()


def _grade(f: Fields, pack: Pack) -> str | None:
    said = f.choice("grade", [*(g.key for g in pack.grades), "none", "unknown"], "unknown")
    return {"none": "", "unknown": None}.get(said, said)
