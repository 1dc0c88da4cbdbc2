"""Acts on the standards: confirm or set a figure, add an indicator or a scene, take one of them back."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import TypeVar

from django.db import IntegrityError, transaction

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.standards import models, queries
from linli.domain.standards.rules import Bar, Binding, Comparison, Indicator, MeasureKind, Pack, Threshold
from linli.domain.standards.rules.local import indicator_key, local_measure, scene_key
from linli.domain.standards.rules.reading import DemoFigure
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


class OutsideDistrict(Exception):
    """The place does not lie in the district on that day."""


@transaction.atomic
def confirm_figure(
    act: Act,
    scope: Scope,
    *,
    district: int,
    pack: str,
    threshold: str,
    clause: str,
    source: str,
    from_on: date,
    until_on: date | None = None,
) -> int:
    """Confirm a figure of the pack as it stands, so that it decides; returns the id of the record.

    Raises
    ------
    NotPermitted, UnknownFigure, FigureAlreadySet, SourceMissing
    """
    require(scope, Permission.CONFIRM_FIGURE, district)
    standing = queries.pack(pack, day=from_on, district=district)
    found = [(i, t) for i in standing.indicators for t in i.thresholds if t.key == threshold]
    if not found:
        raise UnknownFigure(threshold)
    indicator, figure = found[0]
    row = _figure(act, district, pack, indicator.key, figure, clause=clause, source=source, confirms=True)
    return _put(act, row, from_on, until_on, verb="standards.confirm_figure")


@transaction.atomic
def set_figure(
    act: Act,
    scope: Scope,
    *,
    district: int,
    pack: str,
    indicator: str,
    bar: Bar,
    comparison: Comparison,
    value: Fraction,
    clause: str,
    source: str,
    from_on: date,
    until_on: date | None = None,
    value_to: Fraction | None = None,
    types: frozenset[str] = frozenset(),
    demo: bool = False,
) -> int:
    """Set a figure for the district, for some types or for all; returns the id of the record.

    It takes the place of the pack's figure for the same bar and types from that day on. A figure set before ends there.

    Raises
    ------
    NotPermitted, UnknownIndicator, FigureNotAllowed, FigureAlreadySet, SourceMissing
    """
    require(scope, Permission.CONFIRM_FIGURE, district)
    standing = queries.pack(pack, day=from_on, district=district)
    wanted = _indicator(standing, indicator)
    figure = _threshold(standing, wanted, bar, comparison, value, value_to, types)
    row = _figure(act, district, pack, indicator, figure, clause=clause, source=source, confirms=False, demo=demo)
    return _put(act, row, from_on, until_on, verb="standards.set_figure")


@transaction.atomic
def withdraw_figure(act: Act, scope: Scope, *, figure: int, because: str) -> None:
    """Take a figure off the record; it stays readable with the reason.

    Raises
    ------
    UnknownFigure, NotPermitted, SourceMissing
    """
    row = models.Figure.objects.select_for_update().filter(pk=figure, withdrawn_at=None).first()
    if row is None:
        raise UnknownFigure(figure)
    require(scope, Permission.CONFIRM_FIGURE, row.district_id)
    _withdraw(act, row, because)
    journal.record(act, verb="standards.withdraw_figure", home=row.district_id, object=f"figure:{row.pk}")


@transaction.atomic
def add_local_scene(
    act: Act, scope: Scope, *, district: int, place: int, pack: str, zh: str, en: str = "", from_on: date
) -> int:
    """Add a scene that a place shows beside the pack's; returns the id of the record (its key is ``local-ID``).

    Raises
    ------
    NotPermitted, OutsideDistrict, UnknownPack, SourceMissing
    """
    require(scope, Permission.ADD_LOCAL_INDICATOR, place)
    _within(district, place, from_on)
    queries.pack(pack, day=from_on, local=False)
    if not zh.strip():
        raise SourceMissing("zh")
    row = models.LocalScene(place_id=place, zh=zh.strip(), en=en.strip(), **_record(act, district, pack, from_on))
    row.save(force_insert=True)
    journal.record(act, verb="standards.add_local_scene", home=place, object=f"scene:{row.pk}", result={"name": row.zh})
    return row.pk


@transaction.atomic
def add_local_indicator(
    act: Act,
    scope: Scope,
    *,
    district: int,
    place: int,
    pack: str,
    scene: str,
    zh: str,
    definition: str,
    measure: Mapping[str, object],
    source: str,
    from_on: date,
    en: str = "",
    why: str = "",
    binding: Binding = Binding.BINDING,
    question: str = "",
    minimum: Fraction | None = None,
    target: Fraction | None = None,
) -> int:
    """Add an indicator that a place sets for itself, with its figures; returns the id of the record.

    Parameters
    ----------
    scene : key of a scene of the pack, or of one that the place added
    measure : mapping
        In the form of a pack's ``measure`` block; ``{"kind": "yes_no", "unit": "yes_no", "question": "own"}`` asks the
        indicator's own ``question``.
    minimum, target : at least; at most for a distance

    Raises
    ------
    NotPermitted, OutsideDistrict, UnknownIndicator, FigureNotAllowed, SourceMissing
    PackFault
        If the measure is not one.
    """
    require(scope, Permission.ADD_LOCAL_INDICATOR, place)
    _within(district, place, from_on)
    standing = queries.pack(pack, day=from_on, district=district)
    if not any(s.key == scene and s.local_to in {None, place} for s in standing.scenes):
        raise UnknownIndicator(scene)
    if not all(text.strip() for text in (zh, definition, source)):
        raise SourceMissing("source")
    row = models.LocalIndicator(
        place_id=place,
        scene=scene,
        zh=zh.strip(),
        en=en.strip(),
        definition=definition.strip(),
        why=why.strip(),
        binding=binding.value,
        source=source.strip(),
        measure=dict(measure),
        question=question.strip(),
        **_record(act, district, pack, from_on),
    )
    row.save(force_insert=True)
    local_measure(queries.addition(row), queries.vocabulary())
    journal.record(
        act, verb="standards.add_local_indicator", home=place, object=f"indicator:{row.pk}", result={"name": row.zh}
    )
    _own_figures(act, row, minimum, target)
    return row.pk


@transaction.atomic
def withdraw_local(act: Act, scope: Scope, *, indicator: int | None = None, scene: int | None = None, because: str) -> None:
    """Take a local indicator, or a local scene with nothing in it, off the record.

    Raises
    ------
    UnknownIndicator, NotPermitted, SourceMissing
    """
    model = models.LocalIndicator if indicator is not None else models.LocalScene
    row = model.objects.select_for_update().filter(pk=indicator or scene, withdrawn_at=None).first()
    if row is None:
        raise UnknownIndicator(indicator or scene)
    require(scope, Permission.ADD_LOCAL_INDICATOR, row.place_id)
    used = models.LocalIndicator.objects.filter(scene=scene_key(row.pk), pack=row.pack, withdrawn_at=None)
    if indicator is None and used.exists():
        raise UnknownIndicator(scene_key(row.pk))
    _withdraw(act, row, because)
    kind = "indicator" if indicator is not None else "scene"
    journal.record(act, verb="standards.withdraw_local", home=row.place_id, object=f"{kind}:{row.pk}")


@transaction.atomic
def confirm_demo_figures(act: Act, scope: Scope, *, district: int) -> int:
    """Put the demo's figures for all packs on record, marked 演示值; returns how many are new.

    What an officer has put on record already stays. The journal gets one line for all.

    Raises
    ------
    NotPermitted
    PackFault
        If the overlay does not fit the packs.
    """
    require(scope, Permission.CONFIRM_FIGURE, district)
    overlay = queries.demo_overlay()
    packs = {key: queries.pack(key, day=overlay.valid_from, local=False) for key in queries.packs()}
    taken = set(models.Figure.objects.filter(district_id=district, withdrawn_at=None).values_list("pack", "threshold"))
    rows = [
        row
        for figure in overlay.figures
        if (row := _demo_row(act, district, packs[figure.pack], figure, overlay.clause, overlay.valid_from)) is not None
        and (row.pack, row.threshold) not in taken
    ]
    models.Figure.objects.bulk_create(rows)
    journal.record(
        act, verb="standards.confirm_demo_figures", home=district, object="figures:demo", result={"figures": len(rows)}
    )
    return len(rows)


def _demo_row(act: Act, district: int, pack: Pack, figure: DemoFigure, clause: str, day: date) -> models.Figure | None:
    indicator = _indicator(pack, figure.indicator)
    threshold = _threshold(pack, indicator, figure.bar, figure.comparison, figure.value, None, figure.types)
    row = _figure(
        act, district, pack.key, indicator.key, threshold, clause=clause, source=clause, confirms=False, demo=True
    )
    row.from_on = day
    return row


def _own_figures(act: Act, row: models.LocalIndicator, minimum: Fraction | None, target: Fraction | None) -> None:
    standing = queries.pack(row.pack, day=row.from_on, district=row.district_id)
    indicator = _indicator(standing, indicator_key(row.pk))
    distance = indicator.measure.kind is MeasureKind.DISTANCE
    comparison = Comparison.AT_MOST if distance else Comparison.AT_LEAST
    for bar, value in ((Bar.MINIMUM, minimum), (Bar.TARGET, target)):
        if value is not None:
            threshold = _threshold(standing, indicator, bar, comparison, value, None, frozenset())
            figure = _figure(
                act, row.district_id, row.pack, indicator.key, threshold, clause=row.zh, source=row.source, confirms=False
            )
            _put(act, figure, row.from_on, None, verb="standards.set_figure")


def _indicator(pack: Pack, key: str) -> Indicator:
    found = next((i for i in pack.indicators if i.key == key), None)
    if found is None:
        raise UnknownIndicator(key)
    return found


def _threshold(
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


def _figure(
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
        **_record(act, district, pack, date.min),
    )


def _record(act: Act, district: int, pack: str, from_on: date) -> dict[str, object]:
    return {
        "district_id": district,
        "pack": pack,
        "from_on": from_on,
        "actor": act.actor,
        "at": act.at,
        "channel": act.channel.value,
    }


def _put(act: Act, row: models.Figure, from_on: date, until_on: date | None, *, verb: str) -> int:
    """End what stood before for the same threshold and write the new figure, with one line in the journal."""
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
    value = str(Fraction(row.numerator, row.denominator))
    journal.record(
        act,
        verb=verb,
        home=row.district_id,
        object=f"figure:{row.pk}",
        result={"pack": row.pack, "threshold": row.threshold, "value": value, "from": from_on.isoformat()},
    )
    return row.pk


def _withdraw(act: Act, row: _Row, because: str) -> None:
    if not because.strip():
        raise SourceMissing("because")
    row.withdrawn_at, row.withdrawn_because = act.at, because.strip()
    row.save(update_fields=["withdrawn_at", "withdrawn_because"])


def _within(district: int, place: int, day: date) -> None:
    if place != district and place not in places.descendants([district], day):
        raise OutsideDistrict(place)
