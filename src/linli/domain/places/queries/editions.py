"""Districts and their editions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import models


@dataclass(frozen=True, slots=True)
class EditionValue:
    """One edition. ``base`` is the import whose header it rests on, itself for an import, None for an empty
    district.
    """

    id: int
    district: int
    number: int
    kind: str
    fingerprint: str
    base: int | None
    day: date
    source: str
    licence: str
    reason: str
    is_withdrawn: bool
    actor: int
    behalf_of: int | None
    at: datetime
    channel: str
    synthetic: bool
    """Whether the import that it rests on says that its data are invented."""


@dataclass(frozen=True, slots=True)
class NewestEdition:
    id: int
    number: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DistrictValue:
    """``edition`` is the newest, None before the first import."""

    place: int
    code: str
    name: str
    edition: EditionValue | None


@dataclass(frozen=True, slots=True)
class LayerChange:
    """Records of one layer that an edition brought, changed or ended."""

    layer: str
    added: int
    changed: int
    ended: int


@dataclass(frozen=True, slots=True)
class RefusedRowsValue:
    """The task that an import of the good rows left behind."""

    id: int
    edition: int
    at: datetime
    faults: tuple[Mapping[str, object], ...]


class NoSuchDistrict(Exception):
    """No district of this code or id has been opened."""


class NoSuchEdition(Exception):
    """The district has no edition of this number or fingerprint."""


class EmptyEdition(Exception):
    """The edition holds nothing: every import up to it was withdrawn."""


def district(code: str) -> DistrictValue:
    """A district by its code. Its name, code and newest edition are no secret within the house.

    Raises
    ------
    NoSuchDistrict
    """
    row = models.District.objects.filter(code=code).first()
    if row is None:
        raise NoSuchDistrict(code)
    return _district_value(row)


def districts() -> tuple[DistrictValue, ...]:
    """Every district that was opened, by code."""
    return tuple(_district_value(row) for row in models.District.objects.order_by("code"))


def _district_value(row: models.District) -> DistrictValue:
    newest = row.editions.order_by("-number").first()
    return DistrictValue(row.place_id, row.code, row.name, value(newest) if newest else None)


def newest_of(districts: Iterable[int]) -> Mapping[int, NewestEdition]:
    """The newest edition of each district that has one; it is no secret within the house."""
    rows = models.Edition.objects.filter(district_id__in=list(districts)).order_by("district_id", "-number")
    newest = rows.distinct("district_id").values_list("district_id", "id", "number", "fingerprint")
    return {of: NewestEdition(id, number, mark) for of, id, number, mark in newest}


def value(row: models.Edition) -> EditionValue:
    return EditionValue(
        id=row.pk,
        district=row.district_id,
        number=row.number,
        kind=row.kind,
        fingerprint=row.fingerprint,
        base=row.base_id or (row.pk if row.kind == models.Edition.Kind.IMPORT else None),
        day=row.day,
        source=row.source,
        licence=row.licence,
        reason=row.reason,
        is_withdrawn=row.withdrawn_by_id is not None,
        actor=row.actor,
        behalf_of=row.behalf_of,
        at=row.at,
        channel=row.channel,
        synthetic=_is_synthetic(row),
    )


def _is_synthetic(row: models.Edition) -> bool:
    import_row = row if row.header is not None else row.base
    return bool(import_row is not None and import_row.header and import_row.header["synthetic"])


def current(scope: Scope, district: int) -> EditionValue:
    """The newest edition of a district.

    Raises
    ------
    NoSuchEdition
        Before the first import.
    """
    return edition(scope, district)


def edition(scope: Scope, district: int, *, number: int | None = None, fingerprint: str | None = None) -> EditionValue:
    """An edition by number, else the newest of a fingerprint, else the newest. Equal fingerprints mean equal content.

    Raises
    ------
    NoSuchEdition
    """
    _require_some(scope, district)
    asked = models.Edition.objects.filter(district_id=district)
    if number is not None:
        asked = asked.filter(number=number)
    if fingerprint is not None:
        asked = asked.filter(fingerprint=fingerprint)
    row = asked.order_by("-number").first()
    if row is None:
        raise NoSuchEdition(district, number, fingerprint)
    return value(row)


def edition_by_id(scope: Scope, edition: int) -> EditionValue:
    """An edition by its id.

    Raises
    ------
    NoSuchEdition
    """
    row = models.Edition.objects.filter(pk=edition).first()
    if row is None:
        raise NoSuchEdition(edition)
    _require_some(scope, row.district_id)
    return value(row)


def editions(scope: Scope, district: int) -> tuple[EditionValue, ...]:
    """All editions of a district, newest first."""
    require(scope, Permission.VIEW_PLACES, district)
    rows = (
        models.Edition.objects.filter(district_id=district)
        .select_related("base")
        .defer("population_grid", "base__population_grid")
    )
    return tuple(value(row) for row in rows.order_by("-number"))


def _require_some(scope: Scope, district: int) -> None:
    """That there are editions may be known to whoever sees any area of the district."""
    seen = scope.places(Permission.VIEW_PLACES)
    if not models.Place.objects.filter(pk__in=seen).filter(_of(district)).exists():
        require(scope, Permission.VIEW_PLACES, district)


def _of(district: int) -> models.Q:
    return models.Q(pk=district) | models.Q(district_id=district)


def changes(scope: Scope, edition: int) -> tuple[LayerChange, ...]:
    """By layer, how many records an edition brought, changed and ended; layers it left alone are not listed."""
    row = models.Edition.objects.only("district_id", "number").get(pk=edition)
    require(scope, Permission.VIEW_PLACES, row.district_id)
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, {"district": row.district_id, "number": row.number})
        return tuple(LayerChange(*found) for found in cursor.fetchall())


_CHANGES = """
WITH come AS (SELECT layer, place_id FROM places_version WHERE district_id = %(district)s AND from_edition =
%(number)s), gone AS (SELECT layer, place_id FROM places_version WHERE district_id = %(district)s AND until_edition =
%(number)s) SELECT layer, count(*) FILTER (WHERE gone.place_id IS NULL), count(*) FILTER (WHERE gone.place_id IS NOT
NULL AND come.place_id IS NOT NULL), count(*) FILTER (WHERE come.place_id IS NULL) FROM come FULL JOIN gone USING
(layer, place_id) GROUP BY layer ORDER BY layer
"""


def open_tasks(scope: Scope, district: int) -> tuple[RefusedRowsValue, ...]:
    """What imports of the good rows left behind and nobody has closed, oldest first."""
    require(scope, Permission.VIEW_PLACES, district)
    rows = models.RefusedRows.objects.filter(edition__district_id=district, closed_at=None)
    return tuple(
        RefusedRowsValue(row.pk, row.edition_id, row.edition.at, tuple(row.faults))
        for row in rows.select_related("edition").order_by("pk")
    )
