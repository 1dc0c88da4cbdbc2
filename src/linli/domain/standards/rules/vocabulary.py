"""Words that all packs share: facility kinds, community types, walking speeds."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from linli.domain.standards.rules.figures import Confidence, Source
from linli.domain.standards.rules.measures import Question


@dataclass(frozen=True, slots=True)
class FacilityKind:
    """One of the 40 kinds, with the tags by which OpenStreetMap knows it.

    Each mapping in ``osm`` is one way to be of the kind: all its tags must match. ``rules.KindByTags`` tells how.
    """

    key: str
    zh: str
    en: str
    group: str
    osm: tuple[Mapping[str, str], ...] = ()
    default_limit_m: int | None = None
    """A radius to draw with; it decides nothing."""


@dataclass(frozen=True, slots=True)
class CommunityTypeName:
    """A type as it is recorded with a compound; packs give it their own name."""

    key: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class WalkingSpeed:
    """Metres a minute for an age group, used where a text speaks of minutes."""

    age_group: str
    m_per_min: float
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class MinuteTable:
    """Minutes that texts speak of → metres that planning takes for them."""

    metres: Mapping[int, int]
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a pack's files may speak of."""

    facility_kinds: tuple[FacilityKind, ...]
    community_types: tuple[CommunityTypeName, ...]
    walking_speeds: tuple[WalkingSpeed, ...]
    walking_sources: Mapping[str, Source]
    walking_minutes: MinuteTable
    questions: tuple[Question, ...]

    def walk(self, minutes: Fraction, age_group: str) -> tuple[float, Confidence]:
        """Metres that an age group walks in so many minutes, and how sure that is.

        The table speaks for everybody; an age group with a pace of its own, or minutes outside the table, take the
        pace.
        """
        pace = self.speed(age_group)
        metres = self.walking_minutes.metres.get(int(minutes)) if minutes.denominator == 1 else None
        if pace.age_group == "all" and metres is not None:
            return float(metres), self.walking_minutes.confidence
        return float(minutes) * pace.m_per_min, pace.confidence

    def speed(self, age_group: str) -> WalkingSpeed:
        """The pace of an age group; where none is set, that of all."""
        by_group = {speed.age_group: speed for speed in self.walking_speeds}
        return by_group.get(age_group, by_group["all"])
