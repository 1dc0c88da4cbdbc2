"""What the map in the browser fetches: tiles by byte range, areas, facilities, and distances of buildings.

Answers of JSON are packed: they hold nothing secret beside what a stranger could make them say.
"""

import json
import re
from typing import Any

import shapely
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from linli.compute.network import INFINITY_CM
from linli.domain.checkup import queries as checkup
from linli.domain.people.rules import Permission, Purpose
from linli.domain.places import queries as places
from linli.domain.standards import queries as standards
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request
from linli.faces.desk import tiles

READING = (Purpose.CHECKUP, Purpose.DATA_UPKEEP, Purpose.AUDIT, Purpose.STANDARD_SETTING)
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_AREA_GRID_DEGREES = 5e-5
"""About five metres: finer than a screen shows of a community, a quarter of the bytes."""


def _edition(request: Request, district: int, number: int) -> places.EditionValue:
    try:
        return places.edition(request.scope, district, number=number)
    except places.NoSuchEdition:
        raise Http404 from None


@require_GET
@cache_control(private=True, max_age=86400, immutable=True)
@declares(Permission.VIEW_PLACES, purpose=READING)
def tile_file(request: Request, district: int, edition: int, layer: str) -> HttpResponse:
    """One layer's tiles, or the bytes of it that the reader asks for."""
    path = tiles.path(_edition(request, district, edition), layer)
    if not path.exists():
        raise Http404
    size = path.stat().st_size
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    begin = int(asked[1]) if asked else 0
    end = min(int(asked[2]), size - 1) if asked and asked[2] else size - 1
    if begin > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    with path.open("rb") as file:
        file.seek(begin)
        body = file.read(end - begin + 1)
    answer = HttpResponse(body, status=206 if asked else 200, content_type="application/vnd.pmtiles")
    answer["Accept-Ranges"] = "bytes"
    if asked:
        answer["Content-Range"] = f"bytes {begin}-{end}/{size}"
    return answer


@gzip_page
@require_GET
@cache_control(private=True, max_age=86400)
@declares(Permission.VIEW_PLACES, purpose=READING)
def areas(request: Request, district: int, edition: int) -> HttpResponse:
    """The communities that the scope sees, without any figure, so that they can be kept."""
    page = places.features(request.scope, "communities", _edition(request, district, edition).id, limit=5000)
    shapes = [(one, one.geometry) for one in page.features if one.geometry is not None]
    return _collection(
        (shapely.set_precision(shape, _AREA_GRID_DEGREES), {"place": one.place, "code": one.key, "name": one.name})
        for one, shape in shapes
    )


@gzip_page
@require_GET
@declares(Permission.VIEW_PLACES, purpose=READING)
def facilities(request: Request, district: int, edition: int, kind: str) -> HttpResponse:
    """Facilities of one kind as points."""
    names = {one.key: words.name(one) for one in standards.facility_kinds()}
    if kind not in names:
        raise Http404
    found = places.facilities_of_kind(request.scope, _edition(request, district, edition).id, kind)
    return _collection(
        (
            shapely.point_on_surface(one.geometry),
            {"place": one.place, "name": one.name or names[kind], "label": names[kind]},
        )
        for one in found
        if one.geometry is not None
    )


@gzip_page
@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def distances(request: Request, round: int, kind: str) -> HttpResponse:
    """Meters on foot from each building that the scope sees to the nearest facility of a kind; null where none is."""
    try:
        found = checkup.building_distances(request.scope, round, kind)
    except (checkup.NoSuchRound, checkup.NotInRound):
        raise Http404 from None
    meters = [None if cm >= INFINITY_CM else cm / 100 for cm in found.distance_cm.tolist()]
    return JsonResponse({"place": found.building.tolist(), "m": meters})


def _collection(features: Any) -> HttpResponse:
    body = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": json.loads(shapely.to_geojson(shape)), "properties": properties}
            for shape, properties in features
        ],
    }
    return JsonResponse(body, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False})
