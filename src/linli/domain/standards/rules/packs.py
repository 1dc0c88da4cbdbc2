"""What a pack says: scenes, indicators, types and grades."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from linli.domain.standards.rules.figures import Bar, Confidence, Source, Threshold
from linli.domain.standards.rules.measures import Measure, Question


class Binding(StrEnum):
    BINDING = "binding"
    GUIDING = "guiding"
    MIXED = "mixed"
    UNKNOWN = "unknown"

    @property
    def counts(self) -> bool:
        """Whether a grade asks for the indicator; a guiding one is measured and shown, and holds nobody back."""
        return self is not Binding.GUIDING


class Requirement(StrEnum):
    """What a grade asks of a scene in communities of one type."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NOT_REQUIRED = "not_required"
    UNSET = "unset"
    """The text leaves it open; it stays open."""


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
    """The place (district, subdistrict or community) that added it, or None."""
    note_zh: str = ""
    item: str = ""
    """The item of the text that it belongs to; an item with figures in several units has several indicators."""
    either: str = ""
    """Indicators with the same mark are alternatives: where one is met, the others are not asked for."""


@dataclass(frozen=True, slots=True)
class Scene:
    key: str
    zh: str
    en: str
    local_to: int | None = None


@dataclass(frozen=True, slots=True)
class CommunityType:
    """A type by the text's own name.

    ``covers`` are recorded types (``community_types``) that the text treats as this one.
    """

    key: str
    zh: str
    en: str
    confidence: Confidence
    source: str
    covers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Grade:
    """One rung. ``scenes`` maps type → scene → requirement; what is not named is ``UNSET``.

    ``bar`` is the bar that the indicators of required scenes must reach; ``above`` names a grade that must be reached
    too and ``extra_scenes`` how many scenes more than that grade's it asks.
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
    types: frozenset[str] = frozenset()
    """Types that the text mainly means; empty where it names none. Nobody is shut out by it."""

    def requirement(self, community_type: str, scene: str) -> Requirement:
        return self.scenes.get(community_type, {}).get(scene, Requirement.UNSET)


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
    """Highest first."""
    indicators: tuple[Indicator, ...]
    fingerprint: str
    questions: tuple[Question, ...] = ()
    """Everything that the indicators need answered, each once."""

    def indicator(self, key: str) -> Indicator:
        return next(i for i in self.indicators if i.key == key)

    def type_of(self, recorded: str) -> str:
        """The pack's type for a type recorded with a compound; "" where the text knows none for it."""
        matching = (t.key for t in self.types if recorded == t.key or recorded in t.covers)
        return next(matching, "")
