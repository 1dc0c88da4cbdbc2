"""What a pack says: scenes, indicators, thresholds, types and grades, each with its source and confidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction


class Confidence(StrEnum):
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


class Binding(StrEnum):
    BINDING = "binding"
    GUIDING = "guiding"
    MIXED = "mixed"
    UNKNOWN = "unknown"


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


class MeasureKind(StrEnum):
    """The few measures. Each reads the parameters that ``checkup.measures`` documents; a pack needs no code."""

    WALK_COVERAGE = "walk_coverage"
    DISTANCE = "distance"
    COUNT = "count"
    RATIO = "ratio"
    AREA = "area"
    PER_PERSON = "per_person"
    PER_100_HOUSEHOLDS = "per_100_households"
    LENGTH = "length"
    YES_NO = "yes_no"
    SURVEY = "survey"


class Requirement(StrEnum):
    """What a grade asks of a scene in communities of one type."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NOT_REQUIRED = "not_required"
    UNSET = "unset"
    """The text leaves it open; it stays open."""


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
    """Unique in the pack: ``INDICATOR.bar[.n]``."""
    bar: Bar
    comparison: Comparison
    value: Fraction
    value_to: Fraction | None
    unit: str
    confidence: Confidence
    source: str
    clause: str
    valid_from: date
    valid_until: date | None = None
    types: frozenset[str] = frozenset()
    either: str = ""
    demo: bool = False
    """Set for the demo only, shown as 演示值."""


@dataclass(frozen=True, slots=True)
class Measure:
    kind: MeasureKind
    unit: str
    parameters: Mapping[str, object]
    """Validated against the measure's schema when the pack is read; see docs/packs.md."""


@dataclass(frozen=True, slots=True)
class Indicator:
    key: str
    number: str
    scene: str
    zh: str
    en: str
    definition_zh: str
    definition_en: str
    why_zh: str
    """Why the indicator is there (必要性), or "" where the text does not say."""
    binding: Binding
    measure: Measure
    thresholds: tuple[Threshold, ...]
    confidence: Confidence
    source: tuple[str, ...]
    types: frozenset[str] = frozenset()
    """Types to which it applies; empty means all."""
    local_to: int | None = None
    """The community (place id) that added it, or None."""
    note_zh: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    key: str
    zh: str
    en: str
    local_to: int | None = None


@dataclass(frozen=True, slots=True)
class CommunityType:
    key: str
    zh: str
    en: str
    confidence: Confidence
    source: str


@dataclass(frozen=True, slots=True)
class Grade:
    """One rung. ``scenes`` maps type → scene → requirement; what is not named is ``UNSET``.

    ``bar`` is the bar that the indicators of required scenes must reach; ``above`` names a grade that must be reached too and
    ``extra_scenes`` how many scenes more than that grade's it asks.
    """

    key: str
    zh: str
    en: str
    rank: int
    """1 is the highest."""
    bar: Bar
    scenes: Mapping[str, Mapping[str, Requirement]]
    above: str = ""
    extra_scenes: int = 0
    rule_zh: str = ""
    confidence: Confidence = Confidence.SEED
    source: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """One policy text as data. ``fingerprint`` covers every figure, local ones included."""

    key: str
    zh: str
    en: str
    jurisdiction: str
    completeness_zh: str
    valid_from: date
    sources: Mapping[str, Source]
    scenes: tuple[Scene, ...]
    types: tuple[CommunityType, ...]
    grades: tuple[Grade, ...]
    indicators: tuple[Indicator, ...]
    fingerprint: str

    def indicator(self, key: str) -> Indicator:
        return next(i for i in self.indicators if i.key == key)


@dataclass(frozen=True, slots=True)
class FacilityKind:
    """One of the 40 kinds, with the tags by which OpenStreetMap knows it."""

    key: str
    zh: str
    en: str
    group: str
    osm: tuple[Mapping[str, str], ...] = ()
    default_limit_m: int | None = None


@dataclass(frozen=True, slots=True)
class WalkingSpeed:
    """Metres a minute for an age group, used where a text speaks of minutes."""

    age_group: str
    m_per_min: float
    source: str
    confidence: Confidence
