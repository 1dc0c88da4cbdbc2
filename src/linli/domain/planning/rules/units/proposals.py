"""Implementation units: the rules by which they are drawn, the pieces they are made of, and proposals of them.

A unit is contiguous and within its range of people, or the proposal says why not: a part of the district that cannot
hold to the range whatever is drawn (an island of too few people, a compound of too many) is named with its people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from linli.domain.standards.rules import Confidence


class Line(StrEnum):
    """What units follow rather than hold inside."""

    FAST_ROAD = "fast_road"
    RAIL = "rail"
    WATER = "water"
    MAIN_ROAD = "main_road"
    SUBDISTRICT = "subdistrict"
    COMMUNITY = "community"
    PROPERTY_MANAGER = "property_manager"


LINES = tuple(Line)
"""In the order of every array and tuple of lines."""
WITHOUT_WAY = frozenset({Line.FAST_ROAD, Line.RAIL, Line.WATER})
"""Across these two pieces touch only where a way leads over."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a rule's figure comes from."""

    source: str
    """Its title."""
    clause: str
    confidence: Confidence
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class LineRule:
    line: Line
    zh: str
    en: str
    price: float
    """Of a meter inside a unit."""
    never: bool
    """No meter may lie inside a unit."""
    basis: Basis


@dataclass(frozen=True, slots=True)
class Service:
    """A basic service, given by any of some kinds of facility."""

    key: str
    kinds: tuple[str, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class Goal:
    """What one proposal puts first: how much each fault of a unit weighs."""

    key: str
    zh: str
    en: str
    lines: float
    """A priced meter of line inside a unit."""
    spread: float
    """A person and meter from the middle of the unit."""
    outside: float
    """A person outside the community in which most people of the unit live."""
    unserved: float
    """A person and service within the walk, but not within the unit."""
    outline: float
    """A meter of the outline of a unit."""


@dataclass(frozen=True, slots=True)
class UnitRules:
    """All numbers that decide; an officer may replace any before units are drawn."""

    people_min: int
    people_max: int
    walk_minutes: float
    walk_m: float
    share_min: float
    """Of the residents, who shall reach each service within the walk: a goal, not a condition."""
    services: tuple[Service, ...]
    lines: tuple[LineRule, ...]
    """One for each of ``LINES``, in that order."""
    goals: tuple[Goal, ...]
    basis: Mapping[str, Basis]
    """Of ``people``, ``walk`` and ``share``."""

    def prices(self) -> NDArray[np.float64]:
        """(lines,)"""
        return np.array([rule.price for rule in self.lines], dtype=np.float64)

    def never(self) -> NDArray[np.bool_]:
        """(lines,)"""
        return np.array([rule.never for rule in self.lines], dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Borders:
    """Which atoms touch, how long, and what lies between them. Each pair once, ``first < second``."""

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    length_m: NDArray[np.float64]
    line_m: NDArray[np.float64]
    """(e, lines) meters of the border on which each of ``LINES`` lies."""
    joins: NDArray[np.bool_]
    """False where water, rail or a fast road lies between and no way leads over: there a unit does not hang together.
    """


@dataclass(frozen=True, slots=True)
class Walks:
    """Walks from the homes of each atom to each service of the rules, for s services."""

    within: NDArray[np.int64]
    """(a, s) residents within the walk of any facility."""
    reached: NDArray[np.int64]
    """(a, s) residents who reach any at all."""
    person_m: NDArray[np.float64]
    """(a, s) meters walked by all who reach one, to the nearest."""
    complete: tuple[bool, ...]
    """(s,) whether the source lists all facilities of at least one kind of the service; else a shortage is unknown."""
    group_atom: NDArray[np.int32]
    """(g,) homes of one atom that reach the service in the same atoms, as one group; those without any are left out."""
    group_service: NDArray[np.int16]
    group_people: NDArray[np.int64]
    group_first: NDArray[np.int64]
    """(g + 1,) where the group's atoms begin in ``facility_atom``."""
    facility_atom: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Atom:
    """One piece, for reading."""

    number: int
    key: str
    name: str
    people: int
    community: int
    compound: int


@dataclass(frozen=True, slots=True)
class Atoms:
    """The pieces that units are made of: compounds, and blocks of homes between barriers. They tile the district."""

    fingerprint: str
    """Of the situation, the package and the method: equal ones give equal atoms."""
    epsg: int
    key: tuple[str, ...]
    """The compound's key, or ``community code/number`` of a block."""
    name: tuple[str, ...]
    compound: NDArray[np.int32]
    """(a,) index into the situation's compounds, or -1 for a block."""
    community: NDArray[np.int32]
    """(a,) index into the situation's communities: where most of its residents, else of its area, lie; or -1."""
    community_name: tuple[str, ...]
    """Of the situation's communities."""
    people: NDArray[np.int64]
    """(a, bands) residents by ``layers.AGE_BANDS``."""
    bands_known: bool
    area_m2: NDArray[np.float64]
    perimeter_m: NDArray[np.float64]
    xy: NDArray[np.float64]
    """(a, 2) middle of the residents, else of the area; meters."""
    shape: NDArray[np.object_]
    """(a,) polygons in meters of ``epsg``."""
    borders: Borders
    walks: Walks
    building: NDArray[np.int32]
    """(b,) atom of each building of the situation, -1 outside the district."""

    def __len__(self) -> int:
        return len(self.key)

    def residents(self) -> NDArray[np.int64]:
        """(a,)"""
        return np.asarray(self.people.sum(axis=1), dtype=np.int64)

    def atom(self, number: int) -> Atom:
        return Atom(
            number,
            self.key[number],
            self.name[number],
            int(self.people[number].sum()),
            int(self.community[number]),
            int(self.compound[number]),
        )


class Rule(StrEnum):
    PEOPLE_MIN = "people_min"
    PEOPLE_MAX = "people_max"
    CONTIGUOUS = "contiguous"
    NEVER_CROSSED = "never_crossed"
    WALK = "walk"


@dataclass(frozen=True, slots=True)
class RuleBreach:
    """One rule that one unit does not keep."""

    unit: int
    rule: Rule
    value: float
    """People; parts; meters inside; share within the walk."""
    limit: float
    hard: bool
    of: str = ""
    """Key of the line or service."""


class Why(StrEnum):
    """Why a part of the district cannot be drawn within the range."""

    TOO_FEW = "too_few"
    """All its atoms together have fewer people than a unit needs, and nothing else hangs together with them."""
    TOO_MANY = "too_many"
    """One atom alone has more people than a unit may have."""
    NO_NUMBER = "no_number"
    """No number of units divides its people into the range."""
    HANGING = "hanging"
    """Atoms too few for a unit hang on one atom only, and with it are too many."""
    NOT_FOUND = "not_found"
    """Not proven impossible, but none was found in the time given."""


@dataclass(frozen=True, slots=True)
class Infeasible:
    """A part that no drawing brings within the range; it stands as units of its own beside the rest."""

    why: Why
    atoms: tuple[int, ...]
    people: int


@dataclass(frozen=True, slots=True)
class ServiceWalk:
    """How the residents of a unit, or of all, reach one service."""

    service: str
    within: int
    """Residents within the walk of any."""
    within_unit: int
    """Residents within the walk of one in their own unit."""
    share: float
    """``within`` of all residents; NaN without residents."""
    share_unit: float
    mean_m: float
    """To the nearest, of those who reach one; NaN where nobody does."""
    mean_minutes: float
    complete: bool
    holds: bool | None
    """None where the share is too small, but the source does not claim to list all facilities."""


@dataclass(frozen=True, slots=True)
class CommunityShare:
    community: int
    people: int


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit with its figures and the rules it breaks."""

    number: int
    atoms: tuple[int, ...]
    people: int
    bands: tuple[int, ...]
    """By ``layers.AGE_BANDS``; of meaning only where ``Atoms.bands_known``."""
    communities: tuple[CommunityShare, ...]
    """Communities that it touches, the most people first."""
    majority_share: float
    """Of the residents, who live in the first of ``communities``; NaN without residents."""
    area_m2: float
    perimeter_m: float
    compactness: float
    """4π area / perimeter²: 1 for a circle."""
    radius_m: float
    """Mean distance of residents from the middle of them, as the crow flies."""
    line_m: tuple[float, ...]
    """Meters inside, by ``LINES``."""
    walks: tuple[ServiceWalk, ...]
    parts: int
    """Into which it falls; 1 hangs together."""
    infeasible: bool
    """Holds atoms that no drawing brings within the range."""
    cost: float
    """By the proposal's goal."""
    breaches: tuple[RuleBreach, ...]

    @property
    def holds(self) -> bool:
        """Whether it keeps every hard rule."""
        return not any(breach.hard for breach in self.breaches)


@dataclass(frozen=True, slots=True)
class Totals:
    """A proposal as a whole, for comparing."""

    units: int
    in_range: int
    people: int
    people_least: int
    people_most: int
    majority_share: float
    """Of all residents, who live in the community in which most of their unit do."""
    whole_communities: int
    """Communities that lie in one unit as a whole."""
    line_m: tuple[float, ...]
    compactness: float
    """Mean over units."""
    radius_m: float
    """Mean over residents."""
    walks: tuple[ServiceWalk, ...]
    hard_breaches: int
    """Of units without infeasible atoms."""
    cost: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way of drawing units over all atoms, with every figure."""

    goal: Goal
    rules: UnitRules
    atoms: Atoms
    unit: NDArray[np.int32]
    """(a,) number of each atom's unit."""
    units: tuple[Unit, ...]
    """By number; numbers stay as they are when atoms move, so some may be missing."""
    infeasible: tuple[Infeasible, ...]
    totals: Totals
    bound: float | None = None
    """No combination of the units that were found costs less, by the goal; None where that was not computed, and after
    a move.
    """

    @property
    def breaches(self) -> tuple[RuleBreach, ...]:
        return tuple(breach for unit in self.units for breach in unit.breaches)
