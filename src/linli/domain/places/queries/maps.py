"""What a map needs of an edition besides its records one by one."""

from collections.abc import Mapping

from django.db import connection

from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import models
from linli.domain.places.queries.features import Box, Feature, records


def keys_of(scope: Scope, edition: int, layer: str) -> Mapping[str, int]:
    """Permanent id by key of every record of a layer; only for who may see the whole district."""
    row = models.Edition.objects.only("district_id", "number").get(pk=edition)
    require(scope, Permission.VIEW_PLACES, row.district_id)
    with connection.cursor() as cursor:
        cursor.execute(_KEYS + _THEN, {"district": row.district_id, "number": row.number, "layer": layer})
        return dict(cursor.fetchall())


def bounds(scope: Scope, edition: int) -> Box | None:
    """The box around the communities that the scope sees; None where it sees none."""
    row = models.Edition.objects.only("district_id", "number").get(pk=edition)
    seen = sorted(scope.places(Permission.VIEW_PLACES))
    with connection.cursor() as cursor:
        cursor.execute(_BOUNDS + _THEN, {"district": row.district_id, "number": row.number, "seen": seen})
        west, south, east, north = cursor.fetchone()
    return None if west is None else (west, south, east, north)


def facilities_of_kind(scope: Scope, edition: int, kind: str) -> tuple[Feature, ...]:
    """Facilities of one kind that the scope sees, in order of key."""
    return records(scope, "facilities", edition, kind=kind)


_THEN = (
    " district_id = %(district)s AND from_edition <= %(number)s"
    " AND (until_edition IS NULL OR until_edition > %(number)s)"
)
_KEYS = "SELECT key, place_id FROM places_version WHERE layer = %(layer)s AND"
_BOUNDS = (
    "SELECT min(west), min(south), max(east), max(north) FROM places_version"
    " WHERE layer = 'communities' AND place_id = ANY(%(seen)s) AND"
)
