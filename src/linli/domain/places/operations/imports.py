"""Importing a package as one act, and taking an import back."""

from dataclasses import asdict
from datetime import date

from django.db import transaction
from django.utils import timezone

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import models
from linli.domain.places.operations import overlays, recording
from linli.domain.places.queries import EditionValue, EmptyEdition
from linli.domain.places.queries.editions import value
from linli.domain.places.queries.packages import stored_package
from linli.domain.places.rules import fingerprint
from linli.domain.places.rules.package import DistrictPackage, Fault, Severity

NOTHING = fingerprint.fingerprint({}, {})


class PackageRefused(Exception):
    """Some rows cannot be taken, so nothing was; the faults say which and why."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(f"{len(faults)} rows refused")
        self.faults = faults


class NotAnotherDistrict(Exception):
    """The district of the package has not been opened; the code says which it is."""


class NotTheLatestImport(Exception):
    """Only the newest import that still stands can be withdrawn."""


@transaction.atomic
def import_package(act: Act, scope: Scope, package: DistrictPackage, *, rest: bool = False) -> EditionValue:
    """Make a package the newest edition of its district.

    Corrections made so far are laid over it. The package of the import that stands, again, changes nothing and returns
    the newest edition. With ``rest`` the good rows are taken although others were refused, and the refused are kept as
    a task. A record whose row was refused is not in the edition, even where an earlier one had it: an edition holds
    what its package says, so that it can be told from the files alone.

    Raises
    ------
    PackageRefused, NotAnotherDistrict, recording.RepeatedKey, codes.CodeTaken
        Nothing was changed.
    """
    district = models.District.objects.select_for_update().filter(code=package.code).first()
    if district is None:
        raise NotAnotherDistrict(package.code)
    require(scope, Permission.IMPORT_DISTRICT, district.pk)
    refused = tuple(fault for fault in package.faults if fault.severity is Severity.REFUSED)
    if refused and not rest:
        raise PackageRefused(refused)
    package = fingerprint.sealed(package)
    standing = standing_import(district)
    if standing is not None and standing.package_fingerprint == package.fingerprint:
        return value(district.editions.latest("number"))
    edition = _written(act, district, package)
    if refused:
        models.RefusedRows.objects.create(edition=edition, faults=[_plain(fault) for fault in refused])
    result = {"edition": edition.number, "fingerprint": edition.fingerprint, "refused": len(refused)}
    journal.record(act, verb="places.import_package", home=district.pk, object=f"edition:{edition.pk}", result=result)
    return value(edition)


def standing_import(district: models.District) -> models.Edition | None:
    """The newest import that was not withdrawn."""
    imports = district.editions.filter(kind=models.Edition.Kind.IMPORT, withdrawn_by=None)
    return imports.order_by("-number").first()


def _written(act: Act, district: models.District, package: DistrictPackage) -> models.Edition:
    whole, touched = overlays.corrected(package, overlays.standing(district.pk, package.day))
    edition = recording.next_edition(
        act,
        district,
        models.Edition.Kind.IMPORT,
        fingerprint=whole.fingerprint,
        **recording.header_fields(package),
    )
    edition.save()
    recording.write_records(edition, whole, touched)
    if district.name != package.name:
        district.name = package.name
        district.save(update_fields=["name"])
    return edition


def _plain(fault: Fault) -> dict[str, object]:
    return asdict(fault)


@transaction.atomic
def withdraw_import(act: Act, scope: Scope, edition: int, *, reason: str) -> EditionValue:
    """Take the newest standing import back: the district is again as it was before, with the corrections made since.

    Raises
    ------
    NotTheLatestImport
    """
    asked = models.Edition.objects.only("district_id").get(pk=edition)
    district = models.District.objects.select_for_update().get(pk=asked.district_id)
    require(scope, Permission.IMPORT_DISTRICT, district.pk)
    standing = standing_import(district)
    if standing is None or standing.pk != edition:
        raise NotTheLatestImport(edition)
    before = district.editions.filter(number=standing.number - 1).select_related("base").first()
    row = _restored(act, district, standing, before, reason)
    standing.withdrawn_by = row
    standing.save(update_fields=["withdrawn_by"])
    result = {"edition": row.number, "withdrawn": standing.number, "reason": reason}
    journal.record(act, verb="places.withdraw_import", home=district.pk, object=f"edition:{edition}", result=result)
    return value(row)


def _restored(
    act: Act, district: models.District, standing: models.Edition, before: models.Edition | None, reason: str
) -> models.Edition:
    day = timezone.localdate(act.at)
    package, touched = _before(district, standing, before, day)
    row = recording.next_edition(
        act,
        district,
        models.Edition.Kind.WITHDRAWAL,
        fingerprint=package.fingerprint if package else NOTHING,
        base=None if before is None else _base_of(before),
        day=day,
        reason=reason,
    )
    row.save()
    recording.write_records(row, package, touched)
    return row


def _base_of(edition: models.Edition) -> models.Edition | None:
    return edition if edition.kind == models.Edition.Kind.IMPORT else edition.base


def _before(
    district: models.District, standing: models.Edition, before: models.Edition | None, day: date
) -> tuple[DistrictPackage | None, frozenset[tuple[str, str]]]:
    """The package before an import, and which of its records corrections touched, then or since."""
    if before is None:
        return None, frozenset()
    try:
        package = stored_package(before)
    except EmptyEdition:
        return None, frozenset()
    package, since = overlays.corrected(package, overlays.standing(district.pk, day, since=standing.number))
    return package, since | overlays.corrected_then(before)
