"""Correcting one record on the map."""

from collections.abc import Mapping

import shapely
from django.db import transaction
from django.utils import timezone

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import models
from linli.domain.places.operations import overlays, recording
from linli.domain.places.operations.codes import CODED
from linli.domain.places.queries import EditionValue
from linli.domain.places.queries.editions import value
from linli.domain.places.queries.packages import geometries, record_hashes, stored_package
from linli.domain.places.rules import corrections, fingerprint, membership, naming
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

    The correction holds on through later imports. What changes nothing makes no edition. Whoever moves a record into
    another community must hold the right there too. An area is redrawn, or put into another one, by the right at the
    district, since records of others may come to lie in it.

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
    over = overlays.Overlay(
        layer.key,
        now.key,
        corrections.checked(layer, changes or {}, vocabularies or {}),
        None if geometry is None else corrections.checked_geometry(layer, geometry),
    )
    moves_others = now.layer in CODED and (geometry is not None or "subdistrict" in over.changes)
    newest = district.editions.select_related("base").latest("number")
    edition = recording.next_edition(
        act,
        district,
        models.Edition.Kind.CORRECTION,
        base=newest if newest.kind == models.Edition.Kind.IMPORT else newest.base,
        day=timezone.localdate(act.at),
        reason=reason,
    )
    written = _rewrite(edition, newest, over) if moves_others else _replace(edition, newest, now, over)
    if not written:
        return value(newest)
    after = models.Version.objects.get(place_id=place, until_edition=None)
    _require(scope, after)
    if moves_others and (geometry is not None or after.area_id != now.area_id):
        require(scope, Permission.CORRECT_PLACE, district.pk)
    _note(place, edition, over)
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


def _rewrite(edition: models.Edition, newest: models.Edition, over: overlays.Overlay) -> bool:
    """Write the whole edition, since other records may lie in another area now."""
    package, touched = overlays.corrected(stored_package(newest), [over])
    if package.fingerprint == newest.fingerprint:
        return False
    edition.fingerprint = package.fingerprint
    edition.save()
    recording.write_records(edition, package, touched | overlays.corrected_then(newest))
    return True


def _replace(edition: models.Edition, newest: models.Edition, now: models.Version, over: overlays.Overlay) -> bool:
    """Write the one record that changes."""
    after = _after(edition, newest, now, over)
    if bytes(after.hash) == bytes(now.hash):
        return False
    records = record_hashes(newest)
    records[now.layer][now.key] = bytes(after.hash)
    header = edition.base.header if edition.base is not None and edition.base.header is not None else {}
    edition.fingerprint = fingerprint.fingerprint(header, {layer: some.items() for layer, some in records.items()})
    edition.save()
    now.until_edition, now.until_on = edition.number, max(now.from_on, edition.day)
    now.save(update_fields=["until_edition", "until_on"])
    after.save()
    return True


def _after(
    edition: models.Edition, newest: models.Edition, now: models.Version, over: overlays.Overlay
) -> models.Version:
    """The record with the correction in it."""
    before = fingerprint.typed_attributes(now.layer, now.attributes)
    plain = fingerprint.plain_attributes(now.layer, corrections.laid_over(before, over.changes))
    shape = _wkb(over.geometry) or (None if now.geometry is None else bytes(now.geometry))
    bounds = (now.west, now.south, now.east, now.north) if over.geometry is None else over.geometry.bounds
    west, south, east, north = bounds
    name = str(plain.get("name", ""))
    return models.Version(
        place_id=now.place_id,
        district_id=now.district_id,
        layer=now.layer,
        key=now.key,
        from_edition=edition.number,
        from_on=edition.day,
        geometry=shape,
        west=west,
        south=south,
        east=east,
        north=north,
        attributes=plain,
        hash=fingerprint.record_hash(now.key, plain, shape),
        area_id=now.area_id if over.geometry is None else _community_at(newest, over.geometry),
        is_corrected=True,
        name=name,
        name_order=naming.sorting_key(name),
        name_pieces=naming.pieces(name),
    )


def _community_at(newest: models.Edition, geometry: shapely.Geometry) -> int | None:
    """The community of the newest edition that a geometry lies in, by the rule of the import."""
    point = membership.places_of(geometries([_wkb(geometry)]))
    rows = list(
        models.Version.objects.filter(
            district_id=newest.district_id, layer="communities", until_edition=None, geometry__isnull=False
        )
        .order_by("key")
        .values_list("place_id", "geometry")
    )
    found = int(membership.area_at(point, geometries([shape for _, shape in rows]))[0])
    return rows[found][0] if found >= 0 else None


def _wkb(geometry: shapely.Geometry | None) -> bytes | None:
    return None if geometry is None else bytes(shapely.to_wkb(geometry, output_dimension=2, byte_order=1))


def _note(place: int, edition: models.Edition, over: overlays.Overlay) -> None:
    known = {key: value for key, value in over.changes.items() if value is not None}
    plain = dict.fromkeys(over.changes) | fingerprint.plain_attributes(over.layer, known)
    models.Correction.objects.create(place_id=place, edition=edition, changes=plain, geometry=_wkb(over.geometry))
