"""The rules of units as pack data: read as written, refused with line and key."""

from pathlib import Path

import pytest

import linli
from linli.domain.planning.queries.unit_rules import unit_rules
from linli.domain.planning.rules.units.pack import FILE, read_unit_rules
from linli.domain.planning.rules.units.proposals import LINES, UnitRules
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Confidence
from linli.domain.standards.rules.reading import PackFault

TEXT = (Path(linli.__file__).parent / "packs" / FILE).read_text(encoding="utf-8")


def read(text: str) -> UnitRules:
    return read_unit_rules(text, standards.vocabulary())


def test_the_range_is_that_of_the_text_and_says_so() -> None:
    rules = unit_rules()

    assert (rules.people_min, rules.people_max, rules.walk_minutes, rules.walk_m) == (5_000, 12_000, 10, 500)
    assert rules.basis["people"].confidence is Confidence.SEED
    assert "0.5—1.2万" in rules.basis["people"].clause
    assert tuple(rule.line for rule in rules.lines) == LINES
    assert not rules.never().any()


def test_what_no_text_says_is_marked_as_nobodys_figure() -> None:
    rules = unit_rules()

    assert rules.basis["share"].confidence is Confidence.UNVERIFIED
    assert {rule.basis.confidence for rule in rules.lines} == {Confidence.UNVERIFIED}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("maximum: 12000", "maximum: 4000", "people.maximum"),
        ("minutes: 10", "minutes: ten", "walk.minutes"),
        ("value: 0.8", "value: 80", "share.value"),
        ("kinds: [kindergarten]", "kinds: [kindergarden]", "services[1].kinds[1]"),
        ("key: rail,", "key: water,", "lines"),
        ("price: 8", "price: -8", "lines[1].price"),
        ("never: false", "never: perhaps", "lines[1].never"),
        ("key: compact,", "key: lines,", "goals[4]"),
        ("  confidence: seed\n  from", "  confidence: official\n  from", "people.confidence"),
    ],
)
def test_a_wrong_file_is_refused_at_the_key(old: str, new: str, said: str) -> None:
    assert old in TEXT

    with pytest.raises(PackFault) as refused:
        read(TEXT.replace(old, new, 1))

    assert any(fault.key == said and fault.line > 0 for fault in refused.value.faults)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(PackFault) as refused:
        read("people: {minimum: 1}\n")

    assert {"sources", "walk", "lines", "goals"} <= {fault.key for fault in refused.value.faults}
