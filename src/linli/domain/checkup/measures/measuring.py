"""The few measures over all communities at once. Their parameters are listed in ``standards.rules.measures``."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from math import isnan
from typing import cast

import numpy as np
from numpy.typing import NDArray

from linli.compute.network import INFINITY_CM
from linli.domain.checkup.measures.quantities import KNOWN, REASONS, Amounts, Codes, Flags, Floats, Ground, code
from linli.domain.checkup.measures.reach import Reach
from linli.domain.checkup.rules import Answers, Reason, Value
from linli.domain.places.rules.situation import Situation
from linli.domain.standards.rules import UNITS, Indicator, Measure, MeasureKind, Pack, Quantity, QuantityKind


@dataclass(frozen=True, slots=True)
class Column:
    """One indicator in all c communities; NaN where there is no number."""

    number: Floats
    numerator: Floats
    denominator: Floats
    missing: Codes
    lower_bound: Flags
    estimated: Flags


@dataclass(frozen=True, slots=True)
class Measurement:
    """Every indicator in every community: arrays of shape (indicators, communities)."""

    indicators: tuple[Indicator, ...]
    asked: Flags
    """False where the indicator is another place's own."""
    number: Floats
    numerator: Floats
    denominator: Floats
    missing: Codes
    """-1, or a place in ``REASONS``."""
    lower_bound: Flags
    estimated: Flags

    def value(self, indicator: int, community: int) -> Value:
        """One figure as a value."""
        return self._values(indicator, slice(community, community + 1))[0]

    def values(self, indicator: int) -> list[Value]:
        """One indicator in all communities."""
        return self._values(indicator, slice(None))

    def _values(self, indicator: int, communities: slice) -> list[Value]:
        measure = self.indicators[indicator].measure
        scale, lower_is_better = UNITS[measure.unit].factor, measure.kind is MeasureKind.DISTANCE
        arrays = (self.number, self.numerator, self.denominator, self.estimated, self.lower_bound, self.missing)
        return [
            Value(
                number=number if missing == KNOWN else None,
                numerator=None if isnan(above) else above,
                denominator=None if isnan(below) else below,
                unit=measure.unit,
                estimated=estimated,
                lower_bound=lower_bound,
                missing=None if missing == KNOWN else REASONS[missing],
                scale=scale,
                lower_is_better=lower_is_better,
            )
            for number, above, below, estimated, lower_bound, missing in zip(
                *(array[indicator, communities].tolist() for array in arrays), strict=True
            )
        ]


def measure(situation: Situation, reach: Reach, pack: Pack, answers: Answers) -> Measurement:
    """Every indicator of the pack in every community.

    What is not known is said and never guessed: ages, people, areas, answers. A measure of facilities is a lower bound
    unless the source declares that it lists all facilities of the kinds. Who lives here may be an estimate; then every
    figure that rests on it says so.
    """
    ground = Ground(situation, answers)
    columns = [_MEASURES[i.measure.kind](ground, reach, i.measure) for i in pack.indicators]
    shape = len(columns), ground.communities
    stacked = {
        field.name: np.array([getattr(column, field.name) for column in columns]).reshape(shape)
        for field in fields(Column)
    }
    asked = np.array([_asked(situation, i) for i in pack.indicators], dtype=np.bool_).reshape(shape)
    return Measurement(indicators=pack.indicators, asked=asked, **stacked)


def _asked(situation: Situation, indicator: Indicator) -> Flags:
    """Communities that the indicator is asked of: all, or those of the place that added it."""
    areas = situation.areas
    everywhere = np.ones(len(areas.code), dtype=np.bool_)
    if indicator.local_to is None:
        return everywhere
    if indicator.local_to in areas.place:
        return np.asarray(areas.place == indicator.local_to)
    subdistrict = np.flatnonzero(areas.subdistrict_place == indicator.local_to)
    return np.isin(areas.subdistrict, subdistrict) if subdistrict.size else everywhere


def _walk_coverage(ground: Ground, reach: Reach, measure: Measure) -> Column:
    people = _residents(ground, reach, measure)
    if people is None:
        return _unknown(ground, Reason.AGES_UNKNOWN)
    covered = coverage(ground.situation, reach, measure)
    inside = _by_community(ground, reach, people * covered)
    total = _by_community(ground, reach, people)
    return _quotient(
        ground,
        Amounts(inside, ground.people_missing(), _bound(ground, measure.facility_kinds), ground.estimated),
        _amounts(ground, total, ground.people_missing()),
        measure,
    )


def walk(situation: Situation, reach: Reach, measure: Measure) -> NDArray[np.int32]:
    """(r,) centimeters of the walk that a measure is about: to the nearest of each set, and of these the farthest."""
    farthest = np.zeros(reach.rows.size, dtype=np.int32)
    for kinds in measure.walks:
        columns = [situation.facility_kinds.index(kind) for kind in kinds if kind in situation.facility_kinds]
        farthest = np.maximum(farthest, reach.to_any(columns))
    return farthest


def coverage(situation: Situation, reach: Reach, measure: Measure) -> NDArray[np.bool_]:
    """(r,) whether some kind of every set lies within the limit."""
    assert measure.limit_cm is not None
    # Whatever a limit says, what cannot be reached is not covered.
    return np.asarray(walk(situation, reach, measure) <= min(measure.limit_cm, INFINITY_CM - 1), dtype=np.bool_)


def _distance(ground: Ground, reach: Reach, measure: Measure) -> Column:
    people = _residents(ground, reach, measure)
    if people is None:
        return _unknown(ground, Reason.AGES_UNKNOWN)
    nearest = walk(ground.situation, reach, measure).astype(np.float64)
    nearest[nearest >= INFINITY_CM] = np.inf
    total = _by_community(ground, reach, people)
    missing = ground.people_missing()
    missing[(total == 0) & (missing == KNOWN)] = code(Reason.NOTHING_TO_MEASURE)
    statistic = measure.parameters["statistic"]
    if statistic == "mean":
        far = np.where(people > 0, nearest, 0.0) * np.where(people > 0, people, 1)
        summed = _by_community(ground, reach, far) / 100
        return _column(summed / np.where(total > 0, total, 1), summed, total, missing, ground, measure)
    share = {"median": (1, 2), "p90": (9, 10)}[cast(str, statistic)]
    number = _quantiles(ground, reach, nearest, people, total, share) / 100
    nothing = np.full(ground.communities, np.nan)
    return _column(number, nothing, nothing, missing, ground, measure)


def _quantiles(
    ground: Ground, reach: Reach, nearest: Floats, people: NDArray[np.int64], total: Floats, share: tuple[int, int]
) -> Floats:
    """The least distance within which the share of each community's people lives."""
    lived_in = np.flatnonzero(people > 0)
    order = lived_in[np.lexsort((nearest[lived_in], reach.community[lived_in]))]
    community = reach.community[order]
    counted = np.cumsum(people[order])
    before = np.concatenate([[0], np.cumsum(total)]).astype(np.int64)
    enough = share[1] * (counted - before[community]) >= share[0] * total[community]
    answer = np.full(ground.communities, np.inf)
    first = np.flatnonzero(enough)
    # Walking backwards leaves the first of each community standing.
    answer[community[first[::-1]]] = nearest[order[first[::-1]]]
    return answer


def _single(ground: Ground, reach: Reach, measure: Measure) -> Column:
    """A count, an area or a length."""
    of = ground.amounts(cast(Quantity, measure.parameters["of"]))
    nothing = np.full(ground.communities, np.nan)
    return Column(_masked(of.number, of.missing), nothing, nothing, of.missing, of.lower_bound, of.estimated)


def _ratio(ground: Ground, reach: Reach, measure: Measure) -> Column:
    numerator = ground.amounts(cast(Quantity, measure.parameters["numerator"]))
    denominator = ground.amounts(cast(Quantity, measure.parameters["denominator"]))
    return _quotient(ground, numerator, denominator, measure)


def _per_person(ground: Ground, reach: Reach, measure: Measure) -> Column:
    of = ground.amounts(cast(Quantity, measure.parameters["of"]))
    people = _residents(ground, reach, measure)
    if people is None:
        return _unknown(ground, Reason.AGES_UNKNOWN)
    return _quotient(
        ground, of, _amounts(ground, _by_community(ground, reach, people), ground.people_missing()), measure
    )


def _per_100_households(ground: Ground, reach: Reach, measure: Measure) -> Column:
    of = ground.amounts(cast(Quantity, measure.parameters["of"]))
    return _quotient(ground, of, ground.amounts(_HOUSEHOLDS), measure)


def _yes_no(ground: Ground, reach: Reach, measure: Measure) -> Column:
    """1 or 0 as reported; a yes without the evidence asked for is no yes yet."""
    question = cast(str, measure.parameters["question"])
    wanted = frozenset(cast(tuple[str, ...], measure.parameters.get("evidence", ())))
    column = _unknown(ground, Reason.DATA_MISSING)
    for community in range(ground.communities):
        answer = ground.answers.get((community, question))
        if answer is None:
            continue
        proved = not answer.numerator or not wanted or bool(wanted & answer.evidence)
        column.number[community] = 1.0 if answer.numerator else 0.0
        column.missing[community] = KNOWN if proved else code(Reason.EVIDENCE_MISSING)
    return column


def _survey(ground: Ground, reach: Reach, measure: Measure) -> Column:
    question = cast(str, measure.parameters["question"])
    column = _unknown(ground, Reason.DATA_MISSING)
    for community in range(ground.communities):
        answer = ground.answers.get((community, question))
        if answer is None or not answer.denominator:
            continue
        column.numerator[community], column.denominator[community] = answer.numerator, answer.denominator
        column.number[community] = UNITS[measure.unit].factor * answer.numerator / answer.denominator
        column.missing[community] = KNOWN
    return column


_HOUSEHOLDS = Quantity(QuantityKind.STOCK, ("households",))
_MEASURES: dict[MeasureKind, Callable[[Ground, Reach, Measure], Column]] = {
    MeasureKind.WALK_COVERAGE: _walk_coverage,
    MeasureKind.DISTANCE: _distance,
    MeasureKind.COUNT: _single,
    MeasureKind.RATIO: _ratio,
    MeasureKind.AREA: _single,
    MeasureKind.PER_PERSON: _per_person,
    MeasureKind.PER_100_HOUSEHOLDS: _per_100_households,
    MeasureKind.LENGTH: _single,
    MeasureKind.YES_NO: _yes_no,
    MeasureKind.SURVEY: _survey,
}


def _residents(ground: Ground, reach: Reach, measure: Measure) -> NDArray[np.int64] | None:
    """(r,) people of the measure's age group, or None where ages are not known."""
    people = ground.situation.residents(cast(str, measure.parameters.get("age_group", "all")))
    return None if people is None else people[reach.rows]


def _by_community(ground: Ground, reach: Reach, weights: NDArray[np.generic]) -> Floats:
    return ground.by_community(reach.community, weights)


def _bound(ground: Ground, kinds: tuple[str, ...]) -> Flags:
    return np.full(ground.communities, ground.incomplete(kinds))


def _amounts(ground: Ground, number: Floats, missing: Codes) -> Amounts:
    return Amounts(number, missing, np.zeros(ground.communities, dtype=np.bool_), ground.estimated)


def _unknown(ground: Ground, reason: Reason) -> Column:
    shape = ground.communities
    no = np.zeros(shape, dtype=np.bool_)
    missing = np.full(shape, code(reason), dtype=np.int8)
    return Column(np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan), missing, no, no)


def _column(
    number: Floats, numerator: Floats, denominator: Floats, missing: Codes, ground: Ground, measure: Measure
) -> Column:
    return Column(
        number=_masked(number, missing),
        numerator=_masked(numerator, missing),
        denominator=_masked(denominator, missing),
        missing=missing,
        lower_bound=_bound(ground, measure.facility_kinds),
        estimated=ground.estimated,
    )


def _masked(numbers: Floats, missing: Codes) -> Floats:
    return np.where(missing == KNOWN, numbers, np.nan)


def _quotient(ground: Ground, above: Amounts, below: Amounts, measure: Measure) -> Column:
    """One amount for each of another; what there is none of cannot be shared."""
    missing = np.where(above.missing != KNOWN, above.missing, below.missing)
    # What is divided by an unfinished list is bounded on neither side.
    missing = np.where((missing == KNOWN) & below.lower_bound, np.int8(code(Reason.DATA_INCOMPLETE)), missing)
    nothing = (missing == KNOWN) & (below.number == 0)
    missing = np.where(nothing, np.int8(code(Reason.NOTHING_TO_MEASURE)), missing).astype(np.int8)
    divisor = np.where(below.number == 0, 1.0, below.number)
    return Column(
        number=_masked(UNITS[measure.unit].factor * above.number / divisor, missing),
        numerator=_masked(above.number, missing),
        denominator=_masked(below.number, missing),
        missing=missing,
        lower_bound=above.lower_bound,
        estimated=above.estimated | below.estimated,
    )
