"""Which areas lie in which, and which place a code names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q

from linli.domain.people.rules import Permission, Scope
from linli.domain.places import models
from linli.domain.places.rules.naming import code_scheme


@dataclass(frozen=True, slots=True)
class AreaValue:
    """A district, subdistrict or community of the newest edition.

    ``is_within`` is false for an area that is told only because a visible one lies in it.
    """

    place: int
    layer: str
    code: str
    name: str
    kind: str
    parent: int | None
    district: int
    is_within: bool


class NoSuchPlace(Exception):
    """No place of this id or code, or none on that day."""


def descendants(areas: Iterable[int], day: date) -> frozenset[int]:
    """The areas and every subdistrict and community that lay in them on a day. Takes no scope: scopes are made of
    it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, {"areas": sorted(set(areas)), "day": day})
        return frozenset(place for (place,) in cursor.fetchall())


_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT unnest(%(areas)s::bigint[])
    UNION
    SELECT version.place_id FROM places_version version JOIN below ON version.area_id = below.id
    WHERE version.layer IN ('subdistricts', 'communities')
        AND version.from_on <= %(day)s AND (version.until_on IS NULL OR version.until_on > %(day)s)
)
SELECT id FROM below
"""


def areas_tree(scope: Scope) -> tuple[AreaValue, ...]:
    """Districts, subdistricts and communities that the scope sees, larger before smaller, each step by code."""
    seen = scope.places(Permission.VIEW_PLACES)
    with connection.cursor() as cursor:
        cursor.execute(_AREAS, {"seen": sorted(seen)})
        rows = cursor.fetchall()
    areas = [
        AreaValue(place, layer, code, name, kind, parent, district, is_within=place in seen)
        for place, layer, code, name, kind, parent, district in rows
    ]
    wanted = {area.place for area in areas if area.is_within}
    parents = {area.place: area.parent for area in areas}
    for place in list(wanted):
        above = parents[place]
        while above is not None and above not in wanted:
            wanted.add(above)
            above = parents.get(above)
    return tuple(area for area in areas if area.place in wanted)


_AREAS = """
WITH mine AS (SELECT DISTINCT coalesce(district_id, id) AS district FROM places_place WHERE id = ANY(%(seen)s))
SELECT place, layer, code, name, kind, parent, district FROM (
    SELECT d.place_id AS place, 'district' AS layer, d.code, d.name, '' AS kind, NULL::bigint AS parent,
        d.place_id AS district, 0 AS step
    FROM places_district d JOIN mine ON mine.district = d.place_id
    UNION ALL
    SELECT v.place_id, v.layer, v.key, v.name, coalesce(v.attributes ->> 'kind', ''), v.area_id, v.district_id,
        CASE v.layer WHEN 'subdistricts' THEN 1 ELSE 2 END
    FROM places_version v JOIN mine ON mine.district = v.district_id
    WHERE v.layer IN ('subdistricts', 'communities') AND v.until_edition IS NULL
) AS areas ORDER BY step, code COLLATE "C"
"""


def place_by_code(code: str, day: date, *, district: str = "") -> int:
    """The place that a code named on a day. A code that is not the country's needs the ``district`` whose own it is.

    Raises
    ------
    NoSuchPlace
    """
    holds = Q(from_on__lte=day) & (Q(until_on=None) | Q(until_on__gt=day))
    row = models.PlaceCode.objects.filter(holds, scheme=code_scheme(code, district), code=code).first()
    if row is None:
        raise NoSuchPlace(code)
    return row.place_id


def is_community(place: int) -> bool:
    """Whether the place is a community or village, of whatever day."""
    return models.Place.objects.filter(pk=place, layer="communities").exists()


def community_names(district: int) -> tuple[tuple[int, str], ...]:
    """Permanent id and name of every community of a district, by name. Names of communities are public."""
    rows = models.Version.objects.filter(district_id=district, layer="communities", until_edition=None)
    return tuple(rows.order_by("name_order", "key").values_list("place_id", "name"))
