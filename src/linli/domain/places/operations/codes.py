"""Which place bears a code from when until when."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from linli.domain.places import models
from linli.domain.places.rules.naming import code_scheme

CODED = ("subdistricts", "communities")
"""Layers whose key is a code; larger areas first."""

LayerCode = tuple[str, str]


class CodeTaken(Exception):
    """The codes name places of another district on that day."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(codes)
        self.codes = tuple(codes)


class CodeSucceeded(CodeTaken):
    """The codes ended and were succeeded by others; the package speaks of a time before that."""


def holding(day: date) -> QuerySet[models.PlaceCode]:
    """Codes in force on a day."""
    return models.PlaceCode.objects.filter(Q(from_on__lte=day) & (Q(until_on=None) | Q(until_on__gt=day)))


def hold_codes(
    district: models.District, day: date, codes: Mapping[str, Sequence[str]], *, undo: bool = False
) -> dict[LayerCode, int]:
    """The place that bears each code on a day, by (layer, code): its bearer, its last bearer again, or a new place.

    A code of the district that is not asked for ends on that day. With ``undo`` a code that ended is taken not to have
    ended at all, where nobody else has borne it since.

    Raises
    ------
    CodeTaken, CodeSucceeded
    """
    bearers = _bearers(district.pk)
    asked = [(layer, code) for layer in CODED for code in codes.get(layer, ())]
    free = [pair for pair in asked if pair not in bearers or _has_ended(bearers[pair], day)]
    _refuse_succeeded(district, [code for _, code in free], day)
    refuse_taken(district, [code for _, code in free], day)
    idle = [pair for pair in free if pair not in bearers or not undo]
    fresh = [pair for pair in idle if pair not in bearers]
    places = {pair: row.place_id for pair, row in bearers.items()}
    born = models.Place.objects.bulk_create([models.Place(district_id=district.pk, layer=layer) for layer, _ in fresh])
    places |= {pair: place.pk for pair, place in zip(fresh, born, strict=True)}
    models.PlaceCode.objects.bulk_create(
        [
            models.PlaceCode(
                place_id=places[pair], scheme=code_scheme(pair[1], district.code), code=pair[1], from_on=day
            )
            for pair in idle
        ]
    )
    _stretch([bearers[pair] for pair in asked if pair not in set(idle)], day)
    _end([row for pair, row in bearers.items() if pair not in set(asked)], day)
    return {pair: places[pair] for pair in asked}


def _bearers(district: int) -> dict[LayerCode, models.PlaceCode]:
    """The newest holding of every code in a district."""
    rows = models.PlaceCode.objects.filter(place__district_id=district, successor=None)
    return {(row.place.layer, row.code): row for row in rows.select_related("place").order_by("from_on")}


def _has_ended(row: models.PlaceCode, day: date) -> bool:
    return row.until_on is not None and row.until_on < day


def _refuse_succeeded(district: models.District, codes: Sequence[str], day: date) -> None:
    succeeded = models.PlaceCode.objects.filter(
        place__district_id=district.pk, code__in=codes, until_on__lte=day, successor__isnull=False
    )
    if found := sorted(set(succeeded.values_list("code", flat=True))):
        raise CodeSucceeded(found)


def refuse_taken(district: models.District, codes: Sequence[str], day: date) -> None:
    later = Q(until_on=None) | Q(until_on__gt=day)
    schemes = {code_scheme(code, district.code) for code in codes}
    taken = models.PlaceCode.objects.filter(later, code__in=codes, scheme__in=schemes).values_list("code", flat=True)
    if taken:
        raise CodeTaken(sorted(taken))


def _stretch(rows: Sequence[models.PlaceCode], day: date) -> None:
    """Let codes hold from that day on, be it earlier than known so far, or their last."""
    changed = [row for row in rows if row.until_on is not None or row.from_on > day]
    for row in changed:
        row.until_on, row.from_on = None, min(row.from_on, day)
    models.PlaceCode.objects.bulk_update(changed, ["until_on", "from_on"])


def _end(rows: Sequence[models.PlaceCode], day: date) -> None:
    """Let codes end; one that began that very day holds for it."""
    ended = [row for row in rows if row.until_on is None]
    for row in ended:
        row.until_on = max(day, row.from_on + timedelta(days=1))
    models.PlaceCode.objects.bulk_update(ended, ["until_on"])
