"""Opening a district, before anybody can hold an office in it; closing what an import left to do."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import models
from linli.domain.places.operations.codes import CODED, holding, refuse_taken
from linli.domain.places.queries import DistrictValue, district
from linli.domain.places.rules.naming import code_scheme


class DistrictIsOpen(Exception):
    """A district of this code was opened already."""


@transaction.atomic
def open_district(act: Act, *, code: str, name: str) -> DistrictValue:
    """Give a district its place, so that offices in it can be held. Reserved for setting up; it takes no scope, since
    nobody can have rights in a district that is not there yet.

    Raises
    ------
    DistrictIsOpen
    """
    place = models.Place.objects.create(layer=models.DISTRICT)
    try:
        with transaction.atomic():
            models.District.objects.create(place=place, code=code, name=name, opened_at=act.at)
    except IntegrityError as taken:
        raise DistrictIsOpen(code) from taken
    models.PlaceCode.objects.create(
        place=place, scheme=code_scheme(code, code), code=code, from_on=timezone.localdate(act.at)
    )
    journal.record(
        act, verb="places.open_district", home=place.pk, object=f"place:{place.pk}", result={"code": code, "name": name}
    )
    return district(code)


class NoSuchCode(Exception):
    """The place bears no code on that day, or is no place that could succeed one."""


@transaction.atomic
def succeed_code(act: Act, scope: Scope, place: int, *, on: date, code: str = "", successor: int | None = None) -> None:
    """End the code of a subdistrict or community on a day: renumber the place to ``code``, or let another place, its
    ``successor``, take over what the code named.

    Raises
    ------
    NoSuchCode, CodeTaken
    ValueError
        Unless exactly one of ``code`` and ``successor`` is given.
    """
    if bool(code) == (successor is not None):
        raise ValueError("either a new code or a successor")
    bearer = models.Place.objects.filter(pk=place, layer__in=CODED).first()
    if bearer is None:
        raise NoSuchCode(place, on)
    district = models.District.objects.select_for_update().get(pk=bearer.district_id)
    require(scope, Permission.IMPORT_DISTRICT, district.pk)
    row = holding(on).filter(place_id=place).first()
    if row is None or row.from_on >= on:
        raise NoSuchCode(place, on)
    others = models.Place.objects.filter(district_id=district.pk, layer=bearer.layer).exclude(pk=place)
    if successor is not None and not others.filter(pk=successor).exists():
        raise NoSuchCode(successor, on)
    row.until_on, row.successor_id = on, successor if successor is not None else place
    row.save(update_fields=["until_on", "successor"])
    if code:
        refuse_taken(district, [code], on)
        models.PlaceCode.objects.create(place_id=place, scheme=code_scheme(code, district.code), code=code, from_on=on)
    result = {"from": row.code, "to": code, "successor": successor, "on": on.isoformat()}
    journal.record(act, verb="places.succeed_code", home=district.pk, object=f"place:{place}", result=result)


@transaction.atomic
def close_task(act: Act, scope: Scope, task: int) -> None:
    """Close the task of refused rows: they were mended, or are given up. Closing twice changes nothing."""
    row = models.RefusedRows.objects.select_for_update(of=("self",)).select_related("edition").get(pk=task)
    require(scope, Permission.IMPORT_DISTRICT, row.edition.district_id)
    if row.closed_at is not None:
        return
    row.closed_at, row.closed_by = act.at, act.actor
    row.save(update_fields=["closed_at", "closed_by"])
    journal.record(act, verb="places.close_task", home=row.edition.district_id, object=f"refused_rows:{task}")
