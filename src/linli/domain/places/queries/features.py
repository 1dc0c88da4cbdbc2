"""Single records: by layer and place on the map, by name, and each with its history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import shapely
from django.db import connection
from django.db.models import QuerySet

from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import models
from linli.domain.places.queries.areas import NoSuchPlace
from linli.domain.places.queries.packages import geometries
from linli.domain.places.rules import fingerprint, naming


@dataclass(frozen=True, slots=True)
class Feature:
    """One record as an edition has it; geometry in WGS 84 or None."""

    place: int
    layer: str
    key: str
    name: str
    geometry: shapely.Geometry | None
    attributes: Mapping[str, object]
    area: int | None
    """The next larger area: for most layers the community."""
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class FeaturePage:
    """Some of the records asked for, and how many there are in all."""

    features: tuple[Feature, ...]
    matched: int


@dataclass(frozen=True, slots=True)
class VersionValue:
    """A place as a run of editions had it, with the act that made it so."""

    feature: Feature
    from_edition: int
    until_edition: int | None
    from_on: date
    until_on: date | None
    kind: str
    """Kind of the edition that brought it: import, correction or withdrawal."""
    source: str
    reason: str
    actor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CodeValue:
    code: str
    from_on: date
    until_on: date | None
    successor: int | None


@dataclass(frozen=True, slots=True)
class History:
    """Everything known of one place, newest version first."""

    place: int
    layer: str
    district: int
    codes: tuple[CodeValue, ...]
    versions: tuple[VersionValue, ...]

    @property
    def now(self) -> Feature | None:
        """The record in the newest edition; None where the place is gone."""
        newest = self.versions[0]
        return newest.feature if newest.until_edition is None else None


Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def features(
    scope: Scope,
    layer: str,
    edition: int,
    *,
    bbox: Box | None = None,
    within: frozenset[int] | None = None,
    limit: int = 1000,
    offset: int = 0,
) -> FeaturePage:
    """Records of a layer that the scope sees and that meet a box, in order of key.

    ``within`` restricts them to areas, which ``descendants`` has filled up with the smaller ones.
    """
    row = models.Edition.objects.only("district_id", "number").get(pk=edition)
    held = scope.places(Permission.VIEW_PLACES)
    seen = sorted(held if within is None else _both(held, within, row.district_id))
    west, south, east, north = bbox or (None, None, None, None)
    asked = {"district": row.district_id, "number": row.number, "layer": layer, "seen": seen, "limit": limit}
    asked |= {"offset": offset, "west": west, "south": south, "east": east, "north": north}
    condition = _SEEN_THEN + (_IN_BOX if bbox else "")
    with connection.cursor() as cursor:
        cursor.execute(_COUNT + condition, asked)
        (matched,) = cursor.fetchone()
        cursor.execute(_FEATURES + condition + " ORDER BY key, place_id LIMIT %(limit)s OFFSET %(offset)s", asked)
        found = cursor.fetchall()
    return FeaturePage(_features(layer, found), matched)


def records(scope: Scope, layer: str, edition: int, *, kind: str = "") -> tuple[Feature, ...]:
    """Every record of a layer that the scope sees, of one kind if it is named, in order of key."""
    row = models.Edition.objects.only("district_id", "number").get(pk=edition)
    seen = sorted(scope.places(Permission.VIEW_PLACES))
    asked = {"district": row.district_id, "number": row.number, "layer": layer, "seen": seen, "kind": kind}
    condition = _SEEN_THEN + (" AND attributes ->> 'kind' = %(kind)s" if kind else "")
    with connection.cursor() as cursor:
        cursor.execute(_FEATURES + condition + " ORDER BY key, place_id", asked)
        return _features(layer, cursor.fetchall())


def _both(held: frozenset[int], within: frozenset[int], district: int) -> frozenset[int]:
    """Who holds the district holds every area of it."""
    return within if district in held else held & within


_COUNT = "SELECT count(*) FROM places_version WHERE "
_FEATURES = "SELECT place_id, key, name, geometry, attributes::text, area_id, is_corrected FROM places_version WHERE "
_SEEN_THEN = (
    "district_id = %(district)s AND layer = %(layer)s AND from_edition <= %(number)s"
    " AND (until_edition IS NULL OR until_edition > %(number)s)"
    " AND (district_id = ANY(%(seen)s) OR area_id = ANY(%(seen)s) OR place_id = ANY(%(seen)s))"
)
_IN_BOX = " AND west <= %(east)s AND east >= %(west)s AND south <= %(north)s AND north >= %(south)s"


def _features(layer: str, rows: list[tuple]) -> tuple[Feature, ...]:
    shapes = geometries([row[3] for row in rows])
    return tuple(
        Feature(place, layer, key, name, shape, fingerprint.read_attributes(layer, plain), area, corrected)
        for (place, key, name, _, plain, area, corrected), shape in zip(rows, shapes, strict=True)
    )


def record(scope: Scope, place: int) -> History:
    """A place with all its versions and codes.

    Raises
    ------
    NoSuchPlace
    """
    row = models.Place.objects.filter(pk=place).first()
    if row is None or row.district_id is None:
        raise NoSuchPlace(place)
    versions = list(models.Version.objects.filter(place_id=place).order_by("-from_edition"))
    _require_one_of(scope, row, versions)
    acts = {one.number: one for one in _acts(row.district_id, [version.from_edition for version in versions])}
    return History(
        place=place,
        layer=row.layer,
        district=row.district_id,
        codes=tuple(
            CodeValue(code.code, code.from_on, code.until_on, code.successor_id)
            for code in row.codes.order_by("-from_on")
        ),
        versions=tuple(_version(version, acts[version.from_edition]) for version in versions),
    )


def _require_one_of(scope: Scope, row: models.Place, versions: list[models.Version]) -> None:
    """Seen are records in an area of the scope, now or, where the place is gone, at last."""
    seen = scope.places(Permission.VIEW_PLACES)
    area = versions[0].area_id if versions else None
    if row.pk not in seen and row.district_id not in seen:
        require(scope, Permission.VIEW_PLACES, area if area is not None else int(row.district_id or 0))


def _acts(district: int, numbers: list[int]) -> QuerySet[models.Edition]:
    asked = models.Edition.objects.filter(district_id=district, number__in=numbers)
    return asked.defer("header", "population_grid")


def _version(row: models.Version, act: models.Edition) -> VersionValue:
    feature = Feature(
        place=row.place_id,
        layer=row.layer,
        key=row.key,
        name=row.name,
        geometry=None if row.geometry is None else shapely.from_wkb(bytes(row.geometry)),
        attributes=fingerprint.typed_attributes(row.layer, row.attributes),
        area=row.area_id,
        is_corrected=row.is_corrected,
    )
    return VersionValue(
        feature=feature,
        from_edition=row.from_edition,
        until_edition=row.until_edition,
        from_on=row.from_on,
        until_on=row.until_on,
        kind=act.kind,
        source=act.source,
        reason=act.reason,
        actor=act.actor,
        at=act.at,
    )


def search(scope: Scope, text: str, *, layers: tuple[str, ...] = (), limit: int = 20) -> tuple[Feature, ...]:
    """Records of the newest editions whose name has every two neighboring characters of the text, or whose key begins
    with it, by pinyin.
    """
    if not naming.plain(text):
        return ()
    parameters: dict[str, Any] = {
        "seen": sorted(scope.places(Permission.VIEW_PLACES)),
        "pieces": naming.asked_pieces(text),
        "key": text.strip(),
        "layers": list(layers),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEARCH, parameters)
        rows = cursor.fetchall()
    found = {layer: [row[1:] for row in rows if row[0] == layer] for layer in {row[0] for row in rows}}
    by_place = {one.place: one for layer, some in found.items() for one in _features(layer, some)}
    return tuple(by_place[row[1]] for row in rows)


# Two branches, for either has an index of its own.
_SEARCH = """
WITH found AS (
    SELECT id FROM places_version WHERE until_edition IS NULL AND name_pieces @> %(pieces)s
    UNION
    SELECT id FROM places_version WHERE until_edition IS NULL AND key ^@ %(key)s
)
SELECT layer, place_id, key, name, geometry, attributes::text, area_id, is_corrected
FROM places_version JOIN found USING (id)
WHERE (district_id = ANY(%(seen)s) OR area_id = ANY(%(seen)s) OR place_id = ANY(%(seen)s))
    AND (cardinality(%(layers)s::text[]) = 0 OR layer = ANY(%(layers)s))
ORDER BY name_order, key LIMIT %(limit)s
"""


def records_within(scope: Scope, layer: str, edition: int, area: int) -> tuple[Feature, ...]:
    """Every record of a layer that lies in one area, in order of key.

    Raises
    ------
    NotPermitted
    """
    require(scope, Permission.VIEW_PLACES, area)
    row = models.Edition.objects.only("district_id", "number").get(pk=edition)
    asked = {"district": row.district_id, "number": row.number, "layer": layer, "seen": [area]}
    with connection.cursor() as cursor:
        cursor.execute(_FEATURES + _SEEN_THEN + " ORDER BY key, place_id", asked)
        return _features(layer, cursor.fetchall())
