"""Opening a district, before anybody can hold an office in it; closing what an import left to do."""

from django.db import transaction

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import models
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
    if models.District.objects.filter(code=code).exists():
        raise DistrictIsOpen(code)
    place = models.Place.objects.create(layer=models.DISTRICT)
    models.District.objects.create(place=place, code=code, name=name, opened_at=act.at)
    models.PlaceCode.objects.create(place=place, scheme=code_scheme(code, code), code=code, from_on=act.at.date())
    journal.record(
        act, verb="places.open_district", home=place.pk, object=f"place:{place.pk}", result={"code": code, "name": name}
    )
    return district(code)


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
