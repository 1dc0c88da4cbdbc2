"""Figures: what a text demands, where it says so, how sure we are of it, and on which days it holds."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction


class Confidence(StrEnum):
    """Strongest first."""

    OFFICIAL = "official"
    CONFIRMED = "confirmed"
    """Confirmed or set by an officer, with clause, source and day."""
    SEED = "seed"
    SECONDARY = "secondary"
    DERIVED = "derived"
    UNVERIFIED = "unverified"

    @property
    def decides(self) -> bool:
        return self not in {Confidence.DERIVED, Confidence.UNVERIFIED}

    @property
    def needs_mark(self) -> bool:
        """Whether a decision that rests on the figure is shown with a mark."""
        return self not in {Confidence.OFFICIAL, Confidence.CONFIRMED}

    def weaker(self, other: "Confidence") -> "Confidence":
        """The less sure of two: a result is as sure as the weakest figure that it rests on."""
        return max(self, other, key=list(Confidence).index)


class Bar(StrEnum):
    MINIMUM = "minimum"
    TARGET = "target"


class Comparison(StrEnum):
    AT_LEAST = ">="
    AT_MOST = "<="
    MORE_THAN = ">"
    LESS_THAN = "<"
    EQUAL = "="
    WITHIN = "range"


@dataclass(frozen=True, slots=True)
class Source:
    key: str
    title: str
    url: str | None
    kind: str
    seen: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One figure in force from a day. ``types`` empty means all types; alternatives share a mark in ``either``."""

    key: str
    """Unique in the pack on any day: ``INDICATOR.bar[.type…][.either]``."""
    bar: Bar
    comparison: Comparison
    value: Fraction
    value_to: Fraction | None
    unit: str
    confidence: Confidence
    """Never stronger than that of the walking limit behind the measure."""
    source: str
    clause: str
    valid_from: date
    valid_until: date | None = None
    types: frozenset[str] = frozenset()
    either: str = ""
    demo: bool = False
    """Set for the demo only, shown as 演示值."""
    note_zh: str = ""

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


@dataclass(frozen=True, slots=True)
class Limit:
    """How far a measure walks: a figure like any other, in metres or in minutes at the pace of its age group."""

    value: Fraction
    unit: str
    metres: float
    confidence: Confidence
    source: str
    clause: str
    valid_from: date
    demo: bool = False
