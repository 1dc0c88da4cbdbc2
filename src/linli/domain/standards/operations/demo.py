"""The demo's stand-ins for an officer's confirmations."""

from datetime import date

from django.db import transaction

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.standards import models, queries
from linli.domain.standards.operations import rows
from linli.domain.standards.rules import Pack
from linli.domain.standards.rules.reading import DemoFigure


class RealDistrict(Exception):
    """The district's data are not synthetic; stand-ins have no place there."""


@transaction.atomic
def confirm_demo_figures(act: Act, scope: Scope, *, district: int) -> int:
    """Put the demo's figures for all packs on record, marked 演示值; returns how many are new.

    What an officer has put on record already stays. The journal gets one line for all.

    Raises
    ------
    NotPermitted, RealDistrict
    PackFault
        If the overlay does not fit the packs.
    """
    require(scope, Permission.CONFIRM_FIGURE, district)
    if not any(d.place == district and d.edition and d.edition.synthetic for d in places.districts()):
        raise RealDistrict(district)
    overlay = queries.demo_overlay()
    packs = {key: queries.pack(key, day=overlay.valid_from, local=False) for key in queries.packs()}
    taken = set(models.Figure.objects.filter(district_id=district, withdrawn_at=None).values_list("pack", "threshold"))
    stand_ins = (
        _demo_row(act, district, packs[figure.pack], figure, overlay.clause, overlay.valid_from)
        for figure in overlay.figures
    )
    new = [row for row in stand_ins if (row.pack, row.threshold) not in taken]
    models.Figure.objects.bulk_create(new)
    journal.record(
        act, verb="standards.confirm_demo_figures", home=district, object="figures:demo", result={"figures": len(new)}
    )
    return len(new)


def _demo_row(act: Act, district: int, pack: Pack, figure: DemoFigure, clause: str, day: date) -> models.Figure:
    indicator = rows.indicator(pack, figure.indicator)
    threshold = rows.threshold(pack, indicator, figure.bar, figure.comparison, figure.value, None, figure.types)
    row = rows.figure(
        act, district, pack.key, indicator.key, threshold, clause=clause, source=clause, confirms=False, demo=True
    )
    row.from_on = day
    return row
