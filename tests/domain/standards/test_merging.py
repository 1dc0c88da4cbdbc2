"""Figures on record beside those of a pack; minutes as metres; confidence."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from linli.domain.standards import queries
from linli.domain.standards.rules import Bar, Comparison, Confidence, Pack, Threshold
from linli.domain.standards.rules.local import LocalFigure, merged
from linli.domain.standards.rules.reading.indicators import threshold_key

DAY = date(2026, 6, 30)
VOCABULARY = queries.vocabulary()
PACK = queries.pack("shangcheng", day=DAY, local=False)
TYPES = tuple(t.key for t in PACK.types)
SETS = st.frozensets(st.sampled_from(TYPES))


def a_figure(number: int, value: int, types: frozenset[str], bar: Bar = Bar.MINIMUM, since: date = DAY) -> LocalFigure:
    threshold = Threshold(
        key=threshold_key("ZJ-02", bar, types),
        bar=bar,
        comparison=Comparison.AT_LEAST,
        value=Fraction(value),
        value_to=None,
        unit="m2/100_households",
        confidence=Confidence.CONFIRMED,
        source="",
        clause="第 2 条",
        valid_from=since,
        types=types,
    )
    return LocalFigure(number, "ZJ-02", threshold, "区文件", 7)


def by_type(pack: Pack, bar: Bar = Bar.MINIMUM) -> dict[str, list[Fraction]]:
    thresholds = [t for t in pack.indicator("ZJ-02").thresholds if t.bar is bar]
    return {kind: [t.value for t in thresholds if kind in (t.types or TYPES)] for kind in TYPES}


@given(st.lists(st.tuples(st.integers(1, 99), SETS), max_size=5))
def test_each_type_has_exactly_one_minimum_whatever_is_set(figures: list[tuple[int, frozenset[str]]]) -> None:
    local = [a_figure(n, value, types) for n, (value, types) in enumerate(figures, 1)]

    values = by_type(merged(PACK, local, (), (), VOCABULARY))

    assert all(len(found) == 1 for found in values.values())
    for kind, (value,) in values.items():
        own = [v for v, types in figures if kind in (types or TYPES)]
        assert value in (own or [30])


@given(SETS.filter(bool), st.integers(1, 99), st.integers(1, 99))
def test_a_figure_that_names_types_goes_before_one_for_all(types: frozenset[str], general: int, special: int) -> None:
    local = [a_figure(1, special, types), a_figure(2, general, frozenset())]

    values = by_type(merged(PACK, local, (), (), VOCABULARY))

    assert values == {
        kind: [special if kind in types and len(types) < len(TYPES) else values[kind][0]] for kind in TYPES
    }
    assert all(values[kind] == [general] for kind in TYPES if kind not in types)


def test_the_other_bar_is_left_alone() -> None:
    after = merged(PACK, [a_figure(1, 35, frozenset())], (), (), VOCABULARY)

    assert by_type(after, Bar.TARGET) == by_type(PACK, Bar.TARGET)
    assert {t.confidence for t in after.indicator("ZJ-02").thresholds} == {Confidence.CONFIRMED, Confidence.DERIVED}


def test_the_fingerprint_covers_who_said_so() -> None:
    one = a_figure(1, 35, frozenset())

    prints = {
        merged(PACK, local, (), (), VOCABULARY).fingerprint
        for local in ([], [one], [replace(one, source="另一份文件")], [a_figure(1, 36, frozenset())])
    }

    assert len(prints) == 4


def test_minutes_are_metres_as_living_circles_are_planned() -> None:
    walks = [VOCABULARY.walk(Fraction(minutes), "all") for minutes in (5, 10, 15)]

    assert walks == [(metres, Confidence.SECONDARY) for metres in (300.0, 500.0, 800.0)]
    assert VOCABULARY.walk(Fraction(20), "all") == (1200.0, Confidence.SECONDARY)
    assert VOCABULARY.walk(Fraction(10), "infants") == (500.0, Confidence.SECONDARY)
    assert VOCABULARY.walk(Fraction(10), "elderly") == (480.0, Confidence.UNVERIFIED)


@given(st.sampled_from(list(Confidence)), st.sampled_from(list(Confidence)))
def test_a_result_is_as_sure_as_the_weaker_of_two(one: Confidence, other: Confidence) -> None:
    both = one.weaker(other)

    assert both is other.weaker(one)
    assert both.decides == (one.decides and other.decides)
