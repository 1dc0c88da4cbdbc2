"""From a value to a finding: the figures in force for the types present, compared exactly."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import inf

from linli.domain.checkup.rules.findings import Finding, Reason, State, Value
from linli.domain.standards.rules import Bar, Comparison, Indicator, MeasureKind, Threshold

_CLEAR = 1e-9
"""Relative to the figure, many times what a quotient of floats can be off."""

_MORE_IS_NO_FAULT = frozenset(
    {MeasureKind.AREA, MeasureKind.COUNT, MeasureKind.PER_PERSON, MeasureKind.PER_100_HOUSEHOLDS, MeasureKind.LENGTH}
)
"""A range is then the usual size: below its low end fails, above its high end does not."""


@dataclass(frozen=True, slots=True)
class BarFigures:
    """The figures of one bar. Every group must hold; within a group one alternative is enough."""

    groups: tuple[tuple[Threshold, ...], ...]
    """Groups that hold at least one deciding figure."""
    undecided: tuple[str, ...]
    """Keys of figures that stand alone but never decide."""
    gap: Reason | None
    """Why the bar is not known to be reached though all groups hold: a type has no figure, or none that decides."""

    @property
    def stated(self) -> bool:
        return bool(self.groups or self.undecided)


@dataclass(frozen=True, slots=True)
class Figures:
    """What judges one indicator in communities of the same types on one day."""

    indicator: str
    applies: bool
    minimum: BarFigures
    target: BarFigures
    one_bar: bool
    """A yes or no: nothing lies above its minimum, so that one figure serves both bars."""
    more_is_no_fault: bool


def figures_in_force(indicator: Indicator, types: frozenset[str], day: date) -> Figures:
    """The figures for communities with compounds of these types; empty ``types`` where none is recorded.

    Each type present brings its own figures: those that name it, or else those that name no type. A mixed community
    has to satisfy all of them.
    """
    in_force = [t for t in indicator.thresholds if t.holds_on(day)]
    concerned = types & indicator.types if indicator.types and types else types
    return Figures(
        indicator=indicator.key,
        applies=not (indicator.types and types) or bool(concerned),
        minimum=_bar([t for t in in_force if t.bar is Bar.MINIMUM], concerned),
        target=_bar([t for t in in_force if t.bar is Bar.TARGET], concerned),
        one_bar=indicator.measure.kind is MeasureKind.YES_NO,
        more_is_no_fault=indicator.measure.kind in _MORE_IS_NO_FAULT,
    )


def _bar(thresholds: list[Threshold], types: frozenset[str]) -> BarFigures:
    general = [t for t in thresholds if not t.types]
    if not types:
        gap = Reason.TYPE_UNKNOWN if len(general) < len(thresholds) else None
        return _joined([_groups(general)], gap if general or not thresholds else Reason.TYPE_UNKNOWN)
    sets = [_groups([t for t in thresholds if kind in t.types] or general) for kind in sorted(types)]
    return _joined(sets, None)


def _groups(thresholds: list[Threshold]) -> tuple[list[tuple[Threshold, ...]], list[Threshold]]:
    """Groups with a deciding figure, and lone figures that never decide."""
    by_mark: dict[str, list[Threshold]] = {}
    for threshold in thresholds:
        by_mark.setdefault(threshold.either or f"\0{threshold.key}", []).append(threshold)
    deciding = [tuple(group) for group in by_mark.values() if any(t.confidence.decides for t in group)]
    others = [t for group in by_mark.values() if not any(t.confidence.decides for t in group) for t in group]
    return deciding, others


def _joined(sets: Iterable[tuple[list[tuple[Threshold, ...]], list[Threshold]]], gap: Reason | None) -> BarFigures:
    groups: dict[tuple[str, ...], tuple[Threshold, ...]] = {}
    undecided: dict[str, None] = {}
    for deciding, others in sets:
        groups.update({tuple(t.key for t in group): group for group in deciding})
        undecided.update(dict.fromkeys(t.key for t in others))
        if not deciding:
            gap = gap or (Reason.THRESHOLD_UNDECIDED if others else Reason.NO_THRESHOLD)
    return BarFigures(tuple(groups.values()), tuple(undecided), gap)


def judge(figures: Figures, value: Value, *, community: int = -1) -> Finding:
    """Compare a value with the figures in force.

    Unknown figures, incomplete lists and missing data make the finding not assessable, never a pass or a failure:

    * a figure that is derived or unverified never decides;
    * a lower bound passes where it already passes, and is otherwise not assessable (``DATA_INCOMPLETE``);
    * a bar is reached only when every type present has a deciding figure and reaches it; it is missed as soon as one
      deciding figure is missed.
    """
    if not figures.applies:
        return _finding(figures, value, community, State.NOT_ASSESSABLE, Reason.NOT_FOR_THIS_TYPE, None, None)
    if value.number is None:
        missing = value.missing or Reason.DATA_MISSING
        return _finding(figures, value, community, State.NOT_ASSESSABLE, missing, None, None)
    minimum = _reaches(figures.minimum, value, figures.more_is_no_fault)
    target = _reaches(figures.target, value, figures.more_is_no_fault)
    if figures.one_bar and not figures.target.stated:
        target = minimum
    if target and not figures.minimum.stated:
        minimum = True
    state, reason = _state(figures, value, minimum, target)
    return _finding(figures, value, community, state, reason, minimum, target)


def _state(figures: Figures, value: Value, minimum: bool | None, target: bool | None) -> tuple[State, Reason | None]:
    if minimum is False:
        return State.BELOW_MINIMUM, None
    if target:
        return State.MET, None
    if target is False:
        return State.BELOW_TARGET, None
    if minimum and not (figures.target.groups and value.lower_bound):
        return State.MET, None
    deciding = figures.minimum.groups or figures.target.groups
    if deciding and value.lower_bound:
        return State.NOT_ASSESSABLE, Reason.DATA_INCOMPLETE
    gaps = {figures.minimum.gap, figures.target.gap}
    for reason in (Reason.TYPE_UNKNOWN, Reason.THRESHOLD_UNDECIDED):
        if reason in gaps:
            return State.NOT_ASSESSABLE, reason
    return State.NOT_ASSESSABLE, Reason.NO_THRESHOLD


def _finding(
    figures: Figures,
    value: Value,
    community: int,
    state: State,
    reason: Reason | None,
    minimum: bool | None,
    target: bool | None,
) -> Finding:
    used = [t for bar in (figures.minimum, figures.target) for group in bar.groups for t in group]
    decided = state is not State.NOT_ASSESSABLE
    return Finding(
        community=community,
        indicator=figures.indicator,
        value=value,
        state=state,
        reason=reason,
        marked=decided and any(t.confidence.decides and t.confidence.needs_mark for t in used),
        thresholds=(
            *dict.fromkeys(t.key for t in used if t.confidence.decides),
            *(() if decided else (*figures.minimum.undecided, *figures.target.undecided)),
        ),
        required=None,
        at_minimum=minimum,
        at_target=target,
    )


def _reaches(bar: BarFigures, value: Value, more_is_no_fault: bool) -> bool | None:
    """Whether the bar is reached; None where that cannot be told."""
    outcome: bool | None = True if bar.groups and bar.gap is None else None
    for group in bar.groups:
        holds = [_holds(t, value, more_is_no_fault) for t in group]
        if True in holds:
            continue
        if None not in holds:
            return False
        outcome = None
    return outcome


def _holds(threshold: Threshold, value: Value, more_is_no_fault: bool) -> bool | None:
    """Whether one figure holds; None where it never decides, speaks of another thing, or a bound leaves it open."""
    if threshold.unit != value.unit or not threshold.confidence.decides:
        return None
    number = _as_exact_as_needed(threshold, value)
    now = _compare(threshold, number, more_is_no_fault)
    if not value.lower_bound:
        return now
    # The truth lies anywhere from the value towards the better side; both ends of that side must agree.
    end = Fraction(0) if value.lower_is_better else _beyond(threshold, number)
    far = _compare(threshold, end, more_is_no_fault)
    between = (
        threshold.comparison in {Comparison.EQUAL, Comparison.WITHIN}
        and now is False
        and not _past(threshold, number, value.lower_is_better)
    )
    return now if now is far and not between else None


def _as_exact_as_needed(threshold: Threshold, value: Value) -> Fraction | float:
    """The float where it is clear of the figure by more than floats can err, else the fraction."""
    assert value.number is not None
    ends = (threshold.value,) if threshold.value_to is None else (threshold.value, threshold.value_to)
    if all(abs(value.number - float(end)) > _CLEAR * max(1.0, float(end)) for end in ends) and value.number != inf:
        return value.number
    exact = value.exact()
    assert exact is not None
    return exact


def _beyond(threshold: Threshold, number: Fraction | float) -> Fraction | float:
    """A number above the value and every figure of the threshold."""
    return max(number, threshold.value, threshold.value_to or threshold.value) + 1


def _past(threshold: Threshold, number: Fraction | float, lower_is_better: bool) -> bool:
    """Whether the value lies on the better side of an exact figure or a range already, and so cannot meet it."""
    return number < threshold.value if lower_is_better else number > (threshold.value_to or threshold.value)


def _compare(threshold: Threshold, number: Fraction | float, more_is_no_fault: bool) -> bool:
    figure: Fraction | float = threshold.value if isinstance(number, Fraction) else float(threshold.value)
    match threshold.comparison:
        case Comparison.AT_LEAST:
            return number >= figure
        case Comparison.AT_MOST:
            return number <= figure
        case Comparison.MORE_THAN:
            return number > figure
        case Comparison.LESS_THAN:
            return number < figure
        case Comparison.EQUAL:
            return number == figure
        case Comparison.WITHIN:
            high = threshold.value_to
            return number >= figure and (more_is_no_fault or high is None or number <= high)
