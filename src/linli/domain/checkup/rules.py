"""States, reasons and grades: how a measured value becomes a finding, and findings a grade."""

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Value:
    """One measured figure. ``number`` is None where it cannot be measured, and ``missing`` then says why."""

    number: float | None
    numerator: float | None
    denominator: float | None
    unit: str
    estimated: bool
    """Rests on estimated people."""
    lower_bound: bool
    """The true figure may be better: a kind it reads is not declared complete."""
    missing: Reason | None = None


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


@dataclass(frozen=True, slots=True)
class GradeReason:
    """One line of the explanation; ``kind`` selects the sentence, the rest fills it."""

    kind: str
    grade: str
    scene: str = ""
    indicator: str = ""
    type: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The grade of one community. ``grade`` is "" where none is reached, None where it cannot be told."""

    community: int
    grade: str | None
    next_grade: str
    reasons: tuple[GradeReason, ...]
