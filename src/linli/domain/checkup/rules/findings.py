"""What a check-up says: values, states, reasons, findings, grades, shortfalls, and the answers people gave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import inf


class State(StrEnum):
    MET = "met"
    BELOW_TARGET = "below_target"
    BELOW_MINIMUM = "below_minimum"
    NOT_ASSESSABLE = "not_assessable"


class Reason(StrEnum):
    """Why a finding is not assessable, or is shown with a mark."""

    NO_THRESHOLD = "no_threshold"
    """The pack has no figure in force for this type on this day."""
    THRESHOLD_UNDECIDED = "threshold_undecided"
    """Figures exist but are derived or unverified; an officer has to confirm one."""
    DATA_MISSING = "data_missing"
    DATA_INCOMPLETE = "data_incomplete"
    """The source does not say that it lists every facility of a kind, and what it lists does not suffice."""
    NOBODY_LIVES_HERE = "nobody_lives_here"
    EVIDENCE_MISSING = "evidence_missing"
    AGES_UNKNOWN = "ages_unknown"
    """The measure is about an age group, and the ages of residents are not known."""
    NOTHING_TO_MEASURE = "nothing_to_measure"
    """What the figure is a share of does not exist here."""
    TYPE_UNKNOWN = "type_unknown"
    """The figure depends on the type, and no compound of the community has one."""
    NOT_FOR_THIS_TYPE = "not_for_this_type"
    """The indicator is meant for communities of another type."""


@dataclass(frozen=True, slots=True)
class Value:
    """One measured figure. ``number`` is None where it cannot be measured, and ``missing`` then says why."""

    number: float | None
    """Infinite for a distance where none can be reached."""
    numerator: float | None
    denominator: float | None
    unit: str
    estimated: bool
    """Rests on estimated people."""
    lower_bound: bool
    """The true figure may be better: a kind it reads is not declared complete."""
    missing: Reason | None = None
    scale: int = 1
    """``number`` is ``scale`` × numerator ÷ denominator where there is a denominator."""
    lower_is_better: bool = False
    """A distance: the true figure of an incomplete list is lower, not higher."""

    def exact(self) -> Fraction | None:
        """The figure without rounding; decimals count as they are written."""
        if self.number is None:
            return None
        if self.number == inf:
            return Fraction(10**12)
        if self.numerator is not None and self.denominator:
            return self.scale * Fraction(str(self.numerator)) / Fraction(str(self.denominator))
        return Fraction(str(self.number))


@dataclass(frozen=True, slots=True)
class Finding:
    """One indicator in one community."""

    community: int
    """Index into ``Situation.areas``."""
    indicator: str
    value: Value
    state: State
    reason: Reason | None
    marked: bool
    """Decided by a figure that is not official or confirmed."""
    thresholds: tuple[str, ...]
    """Keys of the thresholds that decided, or would have."""
    required: bool | None
    """By the grade next above; None where the text leaves it unset."""
    at_minimum: bool | None = None
    """Whether the minimum is reached; None where that cannot be told."""
    at_target: bool | None = None


class GradeReasonKind(StrEnum):
    """Which sentence a ``GradeReason`` is; the fields it fills are in brackets."""

    SCENE_REQUIRED = "scene_required"
    """[scene, type] required because some of the types ask for it."""
    SCENE_OPTIONAL = "scene_optional"
    """[scene, type] optional, as fit, because of the type."""
    SCENE_NOT_REQUIRED = "scene_not_required"
    """[scene, type] not required because of the type."""
    SCENE_UNSET = "scene_unset"
    """[scene, type] the text leaves open whether it is required; here it neither requires nor excuses."""
    SCENE_EMPTY = "scene_empty"
    """[scene] required, but the pack holds no indicator of it."""
    TYPE_UNKNOWN = "type_unknown"
    """No compound of the community has a type of the pack."""
    NOT_DEFINED = "not_defined"
    """[type] the text asks for no scene at this grade from communities of the type."""
    INDICATOR_SHORT = "indicator_short"
    """[scene, indicator] does not reach the grade's bar."""
    INDICATOR_UNKNOWN = "indicator_unknown"
    """[scene, indicator] cannot be assessed against the grade's bar."""
    SHORT_BY = "short_by"
    """[count, indicator if one] so many indicators short of the grade."""
    UNKNOWN_BY = "unknown_by"
    """[count, indicator if one] so many indicators that cannot be assessed stand before the grade."""
    EXTRA_SCENES_SHORT = "extra_scenes_short"
    """[count] the grade asks for so many scenes more than are reached."""
    EXTRA_SCENES_UNKNOWN = "extra_scenes_unknown"
    """[count] so many further scenes are asked for, and it cannot be told whether they are reached."""
    LOWER_GRADE_FIRST = "lower_grade_first"
    """[scene holds the key of the other grade] which has to be reached too."""


@dataclass(frozen=True, slots=True)
class GradeReason:
    """One line of the explanation; ``kind`` selects the sentence, the rest fills it."""

    kind: str
    grade: str
    scene: str = ""
    indicator: str = ""
    type: str = ""
    """One type, or several with commas between."""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The grade of one community. ``grade`` is "" where none is reached, None where it cannot be told."""

    community: int
    grade: str | None
    next_grade: str
    reasons: tuple[GradeReason, ...]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An indicator that a community lacks, and for whom."""

    community: int
    indicator: str
    people: tuple[int, ...]
    """People affected by band of age (``layers.AGE_BANDS``); all zero but for the total where bands are unknown."""
    people_total: int
    buildings: tuple[tuple[int, int], ...]
    """The buildings worst off: index into ``Situation.buildings`` and centimeters, farthest first; the infinity of the
    engine where nothing can be reached."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What people reported on one question in one community.

    A number stands in ``numerator``; a yes or no is 1 or 0; a satisfaction survey gives those satisfied and, as
    ``denominator``, those asked. ``evidence`` says which kinds (photo, document) are there.
    """

    numerator: float
    denominator: float | None
    day: date
    evidence: frozenset[str] = frozenset()


Answers = Mapping[tuple[int, str], Answer]
"""By index into ``Situation.areas`` and key of the question."""
