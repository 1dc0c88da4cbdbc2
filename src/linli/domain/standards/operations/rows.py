"""Rows that several acts write, and the facts that refuse them."""

from datetime import date
from fractions import Fraction
from typing import TypeVar

from django.db import IntegrityError, transaction

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.standards import models
from linli.domain.standards.rules import Bar, Comparison, Indicator, MeasureKind, Pack, Threshold
from linli.domain.standards.rules.reading.indicators import threshold_key

_Row = TypeVar("_Row", bound=models.Record)


class UnknownFigure(LookupError):
    """The pack has no such figure in force on that day, or the record is withdrawn already."""


class UnknownIndicator(LookupError):
    """The pack has no such indicator or scene for this place."""


class FigureAlreadySet(Exception):
    """A figure for the same threshold begins on that day or later; it has to be withdrawn first."""


class FigureNotAllowed(Exception):
    """The value does not fit the measure: a share above 100, a range without two ends, a type that the pack lacks."""


class SourceMissing(Exception):
    """A figure needs a clause and a source, a local indicator a source, a withdrawal a reason."""


def indicator(pack: Pack, key: str) -> Indicator:
    found = next((i for i in pack.indicators if i.key == key), None)
    if found is None:
        raise UnknownIndicator(key)
    return found


def threshold(
    pack: Pack,
    indicator: Indicator,
    bar: Bar,
    comparison: Comparison,
    value: Fraction,
    value_to: Fraction | None,
    types: frozenset[str],
) -> Threshold:
    """The figure as a value, refused where it cannot be meant."""
    of_share = indicator.measure.kind in {MeasureKind.WALK_COVERAGE, MeasureKind.SURVEY}
    known = indicator.types or frozenset(t.key for t in pack.types)
    if (
        value < 0
        or (of_share and max(value, value_to or value) > 100)
        or (indicator.measure.kind is MeasureKind.YES_NO and value != 1)
        or (comparison is Comparison.WITHIN) != (value_to is not None)
        or (value_to is not None and value_to <= value)
        or not types <= known
    ):
        raise FigureNotAllowed(indicator.key, bar.value, str(value))
    return Threshold(
        key=threshold_key(indicator.key, bar, types),
        bar=bar,
        comparison=comparison,
        value=value,
        value_to=value_to,
        unit=indicator.measure.unit,
        confidence=indicator.confidence,
        source="",
        clause="",
        valid_from=date.min,
        types=types,
    )


def figure(
    act: Act,
    district: int,
    pack: str,
    indicator: str,
    figure: Threshold,
    *,
    clause: str,
    source: str,
    confirms: bool,
    demo: bool = False,
) -> models.Figure:
    if not clause.strip() or not source.strip():
        raise SourceMissing("clause" if not clause.strip() else "source")
    upper = figure.value_to
    return models.Figure(
        threshold=figure.key,
        indicator=indicator,
        bar=figure.bar.value,
        comparison=figure.comparison.value,
        numerator=figure.value.numerator,
        denominator=figure.value.denominator,
        numerator_to=upper.numerator if upper is not None else None,
        denominator_to=upper.denominator if upper is not None else None,
        unit=figure.unit,
        types="+".join(sorted(figure.types)),
        either=figure.either,
        clause=clause.strip(),
        source=source.strip(),
        confirms=confirms,
        demo=demo,
        **record(act, district, pack, date.min),
    )


def record(act: Act, district: int, pack: str, from_on: date) -> dict[str, object]:
    return {
        "district_id": district,
        "pack": pack,
        "from_on": from_on,
        "actor": act.actor,
        "at": act.at,
        "channel": act.channel.value,
    }


def put(row: models.Figure, from_on: date, until_on: date | None) -> None:
    """End what stood before for the same threshold and write the new figure."""
    row.from_on, row.until_on = from_on, until_on
    before = models.Figure.objects.filter(
        district_id=row.district_id, pack=row.pack, threshold=row.threshold, withdrawn_at=None, from_on__lt=from_on
    )
    before.filter(until_on=None).update(until_on=from_on)
    before.filter(until_on__gt=from_on).update(until_on=from_on)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "standards_one_figure_a_threshold_a_day" in str(error):
            raise FigureAlreadySet(row.threshold, from_on) from error
        if "ends_after_it_begins" in str(error):
            raise FigureNotAllowed(row.indicator, row.bar, str(until_on)) from error
        raise


def noted(act: Act, row: models.Figure, *, verb: str) -> int:
    """Write a figure into the journal and return its id."""
    value = str(Fraction(row.numerator, row.denominator))
    journal.record(
        act,
        verb=verb,
        home=row.district_id,
        object=f"figure:{row.pk}",
        result={"pack": row.pack, "threshold": row.threshold, "value": value, "from": row.from_on.isoformat()},
    )
    return row.pk


def withdraw(act: Act, row: _Row, because: str) -> None:
    if not because.strip():
        raise SourceMissing("because")
    row.withdrawn_at, row.withdrawn_because = act.at, because.strip()
    row.save(update_fields=["withdrawn_at", "withdrawn_because"])
