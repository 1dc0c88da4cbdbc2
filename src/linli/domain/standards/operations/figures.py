"""Confirm a figure, set one, take one back."""

from datetime import date
from fractions import Fraction

from django.db import transaction

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.standards import models, queries
from linli.domain.standards.operations import rows
from linli.domain.standards.operations.rows import UnknownFigure
from linli.domain.standards.rules import Bar, Comparison


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
    row = rows.figure(act, district, pack, indicator.key, figure, clause=clause, source=source, confirms=True)
    rows.put(row, from_on, until_on)
    return rows.noted(act, row, verb="standards.confirm_figure")


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
    wanted = rows.indicator(standing, indicator)
    figure = rows.threshold(standing, wanted, bar, comparison, value, value_to, types)
    row = rows.figure(act, district, pack, indicator, figure, clause=clause, source=source, confirms=False, demo=demo)
    rows.put(row, from_on, until_on)
    return rows.noted(act, row, verb="standards.set_figure")


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
    rows.withdraw(act, row, because)
    journal.record(act, verb="standards.withdraw_figure", home=row.district_id, object=f"figure:{row.pk}")
