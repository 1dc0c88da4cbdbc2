"""A value becomes a finding by the figures in force, exactly, or by none."""

from dataclasses import replace
from datetime import date
from math import inf

import pytest
from checkup_builders import DAY, a_threshold, a_yes_no, an_indicator, number_of
from hypothesis import given
from hypothesis import strategies as st

from linli.domain.checkup.rules import Finding, Reason, State, Value, figures_in_force, judge
from linli.domain.standards.rules import Bar, Comparison, Confidence, Measure, MeasureKind, Threshold

NONE = frozenset[str]()


def a_share(numerator: int, denominator: int, *, lower_bound: bool = False) -> Value:
    number = 100 * numerator / denominator
    return Value(number, numerator, denominator, "%", estimated=False, lower_bound=lower_bound, scale=100)


def judged(value: Value, *thresholds: Threshold, types: frozenset[str] = NONE, **changes: object) -> Finding:
    indicator = an_indicator("X", *thresholds, **changes)
    return judge(figures_in_force(indicator, types, DAY), value)


MINIMUM, TARGET = a_threshold(60), a_threshold(80, Bar.TARGET)


@pytest.mark.parametrize(
    ("share", "state", "at_minimum", "at_target"),
    [
        (59, State.BELOW_MINIMUM, False, False),
        (60, State.BELOW_TARGET, True, False),
        (79, State.BELOW_TARGET, True, False),
        (80, State.MET, True, True),
    ],
)
def test_minimum_and_target_part_the_states(share: int, state: State, at_minimum: bool, at_target: bool) -> None:
    finding = judged(a_share(share, 100), MINIMUM, TARGET)

    assert (finding.state, finding.at_minimum, finding.at_target) == (state, at_minimum, at_target)
    assert finding.thresholds == (MINIMUM.key, TARGET.key)


def test_comparison_is_exact() -> None:
    """Two of three is two thirds, whatever a rounded decimal says."""
    two_thirds = replace(MINIMUM, value=a_threshold(200).value / 3)

    assert judged(a_share(2, 3), two_thirds).state is State.MET
    assert judged(a_share(2_000_000, 3_000_001), two_thirds).state is State.BELOW_MINIMUM
    assert judged(a_share(2, 3), replace(two_thirds, comparison=Comparison.MORE_THAN)).state is State.BELOW_MINIMUM


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.integers(0, 100))
def test_at_least_agrees_with_whole_number_arithmetic(numerator: int, denominator: int, figure: int) -> None:
    met = judged(a_share(numerator, denominator), a_threshold(figure)).state is State.MET

    assert met == (100 * numerator >= figure * denominator)


def test_without_a_figure_nothing_is_decided() -> None:
    finding = judged(a_share(100, 100))

    assert (finding.state, finding.reason) == (State.NOT_ASSESSABLE, Reason.NO_THRESHOLD)


@pytest.mark.parametrize("confidence", [Confidence.DERIVED, Confidence.UNVERIFIED])
def test_a_figure_that_nobody_checked_never_decides(confidence: Confidence) -> None:
    for share in (0, 100):
        finding = judged(a_share(share, 100), replace(MINIMUM, confidence=confidence))

        assert (finding.state, finding.reason) == (State.NOT_ASSESSABLE, Reason.THRESHOLD_UNDECIDED)
        assert finding.thresholds == (MINIMUM.key,)
        assert not finding.marked


@pytest.mark.parametrize(
    ("confidence", "marked"),
    [
        (Confidence.OFFICIAL, False),
        (Confidence.CONFIRMED, False),
        (Confidence.SEED, True),
        (Confidence.SECONDARY, True),
    ],
)
def test_a_decision_by_a_weak_figure_carries_a_mark(confidence: Confidence, marked: bool) -> None:
    assert judged(a_share(70, 100), replace(MINIMUM, confidence=confidence)).marked is marked


def test_figures_hold_from_their_day_until_theirs() -> None:
    old = replace(MINIMUM, key="old", value=a_threshold(90).value, valid_until=DAY)
    new = replace(MINIMUM, key="new", valid_from=DAY)
    later = replace(MINIMUM, key="later", value=a_threshold(99).value, valid_from=date(2027, 1, 1))

    finding = judged(a_share(70, 100), old, new, later)

    assert (finding.state, finding.thresholds) == (State.MET, ("new",))


@pytest.mark.parametrize("reason", [Reason.DATA_MISSING, Reason.NOBODY_LIVES_HERE, Reason.EVIDENCE_MISSING])
def test_a_missing_value_keeps_its_reason(reason: Reason) -> None:
    value = Value(None, None, None, "%", estimated=False, lower_bound=False, missing=reason)

    finding = judged(value, MINIMUM)

    assert (finding.state, finding.reason) == (State.NOT_ASSESSABLE, reason)


def test_an_incomplete_list_can_pass_but_not_fail() -> None:
    assert judged(a_share(60, 100, lower_bound=True), MINIMUM).state is State.MET
    short = judged(a_share(59, 100, lower_bound=True), MINIMUM)
    assert (short.state, short.reason) == (State.NOT_ASSESSABLE, Reason.DATA_INCOMPLETE)
    assert short.at_minimum is None


def test_an_incomplete_list_above_the_minimum_is_not_below_the_target() -> None:
    finding = judged(a_share(70, 100, lower_bound=True), MINIMUM, TARGET)

    assert (finding.state, finding.reason) == (State.NOT_ASSESSABLE, Reason.DATA_INCOMPLETE)
    assert (finding.at_minimum, finding.at_target) == (True, None)


def test_an_incomplete_list_cannot_prove_that_there_are_few() -> None:
    at_most = replace(MINIMUM, comparison=Comparison.AT_MOST)

    assert judged(a_share(50, 100, lower_bound=True), at_most).reason is Reason.DATA_INCOMPLETE
    assert judged(a_share(70, 100, lower_bound=True), at_most).state is State.BELOW_MINIMUM


def test_a_distance_of_an_incomplete_list_can_only_shrink() -> None:
    at_most = replace(MINIMUM, comparison=Comparison.AT_MOST, unit="m")
    measure = Measure(MeasureKind.DISTANCE, "m", {})
    near = Value(50.0, None, None, "m", estimated=False, lower_bound=True, lower_is_better=True)

    assert judged(near, at_most, measure=measure).state is State.MET
    assert judged(replace(near, number=70.0), at_most, measure=measure).reason is Reason.DATA_INCOMPLETE
    assert judged(replace(near, number=inf, lower_bound=False), at_most, measure=measure).state is State.BELOW_MINIMUM


def test_one_of_several_alternatives_is_enough() -> None:
    one = replace(MINIMUM, key="one", either="a", value=a_threshold(90).value)
    two = replace(MINIMUM, key="two", either="a", value=a_threshold(50).value)

    assert judged(a_share(60, 100), one, two).state is State.MET
    assert judged(a_share(40, 100), one, two).state is State.BELOW_MINIMUM


def test_an_alternative_that_cannot_decide_leaves_the_group_open() -> None:
    one = replace(MINIMUM, key="one", either="a", value=a_threshold(90).value)
    two = replace(MINIMUM, key="two", either="a", confidence=Confidence.UNVERIFIED)

    assert judged(a_share(60, 100), one, two).state is State.NOT_ASSESSABLE
    assert judged(a_share(90, 100), one, two).state is State.MET


def test_a_range_is_the_usual_size_of_a_place_and_more_is_no_fault() -> None:
    shops = replace(MINIMUM, comparison=Comparison.WITHIN, value=a_threshold(2).value, value_to=a_threshold(3).value)
    shops = replace(shops, unit="count")
    many = Value(4.0, None, None, "count", estimated=False, lower_bound=False)

    assert judged(many, shops, measure=number_of("shop")).state is State.MET
    assert judged(replace(many, number=1.0), shops, measure=number_of("shop")).state is State.BELOW_MINIMUM
    ratio = Measure(MeasureKind.RATIO, "count", {})
    assert judged(many, shops, measure=ratio).state is State.BELOW_MINIMUM


def test_a_mixed_community_has_to_satisfy_the_figures_of_each_type() -> None:
    general = replace(MINIMUM, key="general")
    new = replace(MINIMUM, key="new", value=a_threshold(90).value, types=frozenset({"NEW_BUILD"}))
    both = frozenset({"NEW_BUILD", "UPGRADE"})

    assert judged(a_share(70, 100), general, new, types=frozenset({"UPGRADE"})).state is State.MET
    assert judged(a_share(70, 100), general, new, types=frozenset({"NEW_BUILD"})).state is State.BELOW_MINIMUM
    mixed = judged(a_share(70, 100), general, new, types=both)
    assert (mixed.state, set(mixed.thresholds)) == (State.BELOW_MINIMUM, {"general", "new"})


def test_where_one_type_has_no_figure_a_mixed_community_is_not_yet_passed() -> None:
    new = replace(MINIMUM, key="new", types=frozenset({"NEW_BUILD"}))

    finding = judged(a_share(70, 100), new, types=frozenset({"NEW_BUILD", "UPGRADE"}))

    assert (finding.state, finding.reason) == (State.NOT_ASSESSABLE, Reason.NO_THRESHOLD)


def test_a_figure_by_type_needs_the_type() -> None:
    new = replace(MINIMUM, types=frozenset({"NEW_BUILD"}))

    assert judged(a_share(70, 100), new).reason is Reason.TYPE_UNKNOWN


def test_an_indicator_for_another_type_is_said_to_be_one() -> None:
    indicator = an_indicator("X", MINIMUM, types=frozenset({"NEW_BUILD"}))

    finding = judge(figures_in_force(indicator, frozenset({"UPGRADE"}), DAY), a_share(70, 100))

    assert (finding.state, finding.reason) == (State.NOT_ASSESSABLE, Reason.NOT_FOR_THIS_TYPE)


def test_a_yes_serves_both_bars() -> None:
    yes = Value(1.0, None, None, "yes_no", estimated=False, lower_bound=False)
    figure = replace(MINIMUM, comparison=Comparison.EQUAL, value=a_threshold(1).value, unit="yes_no")

    finding = judged(yes, figure, measure=a_yes_no())

    assert (finding.state, finding.at_minimum, finding.at_target) == (State.MET, True, True)


def test_a_figure_in_another_unit_decides_nothing() -> None:
    assert judged(a_share(70, 100), replace(MINIMUM, unit="m2")).state is State.NOT_ASSESSABLE
