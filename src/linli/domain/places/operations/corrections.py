"""Correcting one record on the map."""

from collections.abc import Mapping

import shapely
from django.db import transaction

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import models
from linli.domain.places.operations import recording
from linli.domain.places.queries import EditionValue
from linli.domain.places.queries.editions import value
from linli.domain.places.queries.packages import stored_package
from linli.domain.places.rules import corrections, fingerprint
from linli.domain.places.rules.layers import LAYER_BY_KEY


class NoSuchRecord(Exception):
    """The place is not in the newest edition of its district."""


@transaction.atomic
def correct_place(
    act: Act,
    scope: Scope,
    place: int,
    *,
    changes: Mapping[str, object] | None = None,
    geometry: shapely.Geometry | None = None,
    reason: str,
    vocabularies: Mapping[str, frozenset[str]] | None = None,
) -> EditionValue:
    """Correct fields or the geometry (WGS 84) of one record, with a reason; None as a value makes it unknown.

    The correction holds on through later imports. What changes nothing makes no edition.

    Raises
    ------
    NoSuchRecord, corrections.NotAllowed, corrections.GeometryNotAllowed
    """
    found = models.Place.objects.filter(pk=place).first()
    if found is None or found.district_id is None:
        raise NoSuchRecord(place)
    district = models.District.objects.select_for_update().get(pk=found.district_id)
    now = models.Version.objects.filter(place_id=place, until_edition=None).first()
    if now is None:
        raise NoSuchRecord(place)
    _require(scope, now)
    layer = LAYER_BY_KEY[now.layer]
    over = recording.Overlay(
        layer.key,
        now.key,
        corrections.checked(layer, changes or {}, vocabularies or {}),
        None if geometry is None else corrections.checked_geometry(layer, geometry),
    )
    edition = _written(act, district, over, reason)
    if edition is None:
        return value(district.editions.latest("number"))
    _note(place, edition, over)
    after = models.Version.objects.get(place_id=place, until_edition=None)
    _require(scope, after)
    result = {"edition": edition.number, "fields": sorted(over.changes), "moved": geometry is not None}
    journal.record(
        act,
        verb="places.correct_place",
        home=after.area_id or district.pk,
        object=f"place:{place}",
        result=result | {"reason": reason},
    )
    return value(edition)


def _require(scope: Scope, version: models.Version) -> None:
    """The right is held at the community that a record lies in, at a community itself, else at the district."""
    if version.place_id not in scope.places(Permission.CORRECT_PLACE):
        require(scope, Permission.CORRECT_PLACE, version.area_id or version.district_id)


def _written(act: Act, district: models.District, over: recording.Overlay, reason: str) -> models.Edition | None:
    newest = district.editions.select_related("base").latest("number")
    before = stored_package(newest)
    package, touched = recording.corrected(before, [over])
    if package.fingerprint == newest.fingerprint:
        return None
    edition = recording.next_edition(
        act,
        district,
        models.Edition.Kind.CORRECTION,
        fingerprint=package.fingerprint,
        base=newest if newest.kind == models.Edition.Kind.IMPORT else newest.base,
        day=act.at.date(),
        reason=reason,
    )
    edition.save()
    recording.write_records(edition, package, touched | recording.corrected_then(newest))
    return edition


def _note(place: int, edition: models.Edition, over: recording.Overlay) -> None:
    known = {key: value for key, value in over.changes.items() if value is not None}
    plain = dict.fromkeys(over.changes) | fingerprint.plain_attributes(over.layer, known)
    shape = None if over.geometry is None else bytes(shapely.to_wkb(over.geometry, output_dimension=2, byte_order=1))
    models.Correction.objects.create(place_id=place, edition=edition, changes=plain, geometry=shape)
