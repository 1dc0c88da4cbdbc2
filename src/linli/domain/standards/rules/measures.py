"""The few measures and what they read. A pack names one with its parameters and needs no code.

Parameters of each kind, as ``Measure.parameters`` holds them once a pack is read:

==================  =================================================================================================
walk_coverage       ``sets``: tuple of tuples of facility kinds; a person counts when of *each* set *any* kind lies
                    within ``limit_m`` (float, metres on foot). ``age_group``: a key of
                    ``places.rules.layers.AGE_GROUPS``. Unit %.
distance            ``kinds``: tuple of facility kinds (the nearest of any), ``age_group``, ``statistic``: mean, median
                    or p90, weighted by people. Unit m.
count               ``of``: Quantity
ratio               ``numerator``, ``denominator``: Quantity. In % the quotient is multiplied by 100.
area, length        ``of``: Quantity
per_person          ``of``: Quantity, ``age_group``: those by whom it is divided; the unit's ``factor`` multiplies.
per_100_households  ``of``: Quantity
yes_no              ``question``: key of a yes/no question, ``evidence``: tuple of ``photo``, ``document``; 1 or 0.
survey              ``question``: key of a satisfaction question, ``age_group``. Share of answers that are satisfied,
                    in %.
==================  =================================================================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import cast

from linli.domain.standards.rules.figures import Limit


class MeasureKind(StrEnum):
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


class QuantityKind(StrEnum):
    """Where a plain number of one community comes from."""

    FACILITIES = "facilities"
    """How many facilities of the named kinds stand in the community."""
    FACILITY_AREA = "facility_area_m2"
    """Their area together."""
    LARGEST_AREA = "largest_area_m2"
    """The area of the largest of them; 0 where there is none."""
    CAPACITY = "capacity"
    """Their capacity together."""
    KINDS_PRESENT = "kinds_present"
    """How many of the named kinds have at least one."""
    PEOPLE = "people"
    """Residents of one age group."""
    STOCK = "stock"
    """One of ``STOCK``: what the community consists of."""
    ANSWER = "answer"
    """A figure reported in the baseline survey: the key of a question."""


STOCK = (
    "households",
    "dwellings",
    "floor_area_m2",
    "land_area_m2",
    "residential_buildings",
    "compounds",
    "idle_area_m2",
)
"""Floor area is that of residential buildings, land area that of the community, idle area that of idle premises."""

STATISTICS = ("mean", "median", "p90")
EVIDENCE = ("photo", "document")


@dataclass(frozen=True, slots=True)
class Quantity:
    kind: QuantityKind
    of: tuple[str, ...]
    """Facility kinds, or one age group, one stock, one question."""


@dataclass(frozen=True, slots=True)
class Unit:
    """``symbol`` is what people read; ``factor`` multiplies a plain quotient into the unit."""

    key: str
    symbol: str
    factor: int = 1


UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        unit.key: unit
        for unit in (
            Unit("%", "%", 100),
            Unit("m", "m"),
            Unit("m2", "m²"),
            Unit("count", "个"),
            Unit("times", "次"),
            Unit("persons", "人"),
            Unit("classes", "班"),
            Unit("min", "分钟"),
            Unit("s", "秒"),
            Unit("m3", "m³"),
            Unit("t", "吨"),
            Unit("kWh", "千瓦时"),
            Unit("CNY", "元"),
            Unit("yes_no", "是/否"),
            Unit("m2/person", "m²/人"),
            Unit("m2/100_households", "m²/百户", 100),
            Unit("count/100_households", "个/百户", 100),
            Unit("places/dwelling", "个/套"),
            Unit("places/person", "个/人"),
            Unit("places/1000_persons", "个/千人", 1000),
        )
    }
)


class QuestionKind(StrEnum):
    NUMBER = "number"
    YES_NO = "yes_no"
    SATISFACTION = "satisfaction"


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only a survey can tell. One key over all packs, so that nobody is asked twice."""

    key: str
    zh: str
    en: str
    kind: QuestionKind
    unit: str
    hint_zh: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    kind: MeasureKind
    unit: str
    parameters: Mapping[str, object]
    limit: Limit | None = None
    """The walking limit behind ``limit_m``, with its source."""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return tuple(value for value in self.parameters.values() if isinstance(value, Quantity))

    @property
    def questions(self) -> tuple[str, ...]:
        """Keys of the questions that the measure needs answered."""
        answers = [key for q in self.quantities if q.kind is QuantityKind.ANSWER for key in q.of]
        question = self.parameters.get("question")
        return (*answers, question) if isinstance(question, str) else tuple(answers)

    @property
    def walks(self) -> tuple[tuple[str, ...], ...]:
        """Of a measure of walks the sets of facility kinds that they lead to: to any kind of each; else nothing."""
        kinds = self.parameters.get("kinds")
        return cast(tuple[tuple[str, ...], ...], self.parameters.get("sets", () if kinds is None else (kinds,)))

    @property
    def limit_cm(self) -> int | None:
        """How far a walk coverage reaches, in whole centimeters as the engine counts; None for other measures."""
        limit_m = self.parameters.get("limit_m")
        return None if limit_m is None else round(cast(float, limit_m) * 100)

    @property
    def facility_kinds(self) -> tuple[str, ...]:
        """Every facility kind that the measure reads."""
        kinds = [kind for kind_set in self.walks for kind in kind_set]
        for quantity in self.quantities:
            if quantity.kind in _OF_FACILITIES:
                kinds += quantity.of
        return tuple(dict.fromkeys(kinds))


_OF_FACILITIES = frozenset(
    {
        QuantityKind.FACILITIES,
        QuantityKind.FACILITY_AREA,
        QuantityKind.LARGEST_AREA,
        QuantityKind.CAPACITY,
        QuantityKind.KINDS_PRESENT,
    }
)
