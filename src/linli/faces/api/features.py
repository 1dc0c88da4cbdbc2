"""The layers of each district as OGC API Features (parts 1 and, for WGS 84, its core), so that QGIS opens them.

A collection is one layer of one district in its newest edition, named ``CODE.LAYER``.
"""

import json
from collections.abc import Mapping
from typing import Any

import shapely
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router
from ninja.errors import HttpError

from linli.domain.people.rules import Permission, Purpose
from linli.domain.places import queries as places
from linli.domain.places.queries import DistrictValue, Feature
from linli.domain.places.rules.layers import LAYER_BY_KEY, LAYERS, Layer
from linli.faces.api.checkups import district_of, seen_districts
from linli.faces.components.declared import declares

router = Router(tags=["features"])
READING = (Purpose.CHECKUP, Purpose.DATA_UPKEEP, Purpose.AUDIT, Purpose.STANDARD_SETTING)
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)
LIMIT_DEFAULT, LIMIT_MAX = 100, 10_000


def _link(request: HttpRequest, path: str, rel: str, kind: str, title: str = "") -> dict[str, str]:
    return {"href": request.build_absolute_uri(path), "rel": rel, "type": kind, "title": title}


@router.get("/")
@declares(Permission.VIEW_PLACES, purpose=READING)
def landing(request: HttpRequest) -> dict[str, Any]:
    """Where to go from here."""
    here, plain = "/api/ogc/", "application/json"
    return {
        "title": _("邻里:区图层"),
        "description": _("各区最新版次的图层"),
        "links": [
            _link(request, here, "self", plain),
            _link(request, "/api/openapi.json", "service-desc", "application/vnd.oai.openapi+json;version=3.0"),
            _link(request, f"{here}conformance", "conformance", plain),
            _link(request, f"{here}collections", "data", plain),
        ],
    }


@router.get("/conformance")
@declares(Permission.VIEW_PLACES, purpose=READING)
def conformance(request: HttpRequest) -> dict[str, Any]:
    return {"conformsTo": list(CONFORMANCE)}


@router.get("/collections")
@declares(Permission.VIEW_PLACES, purpose=READING)
def collections(request: HttpRequest) -> dict[str, Any]:
    """Every layer of every district that is seen."""
    found = [_collection(request, one, layer) for one in seen_districts(request) if one.edition for layer in LAYERS]
    return {"links": [_link(request, "/api/ogc/collections", "self", "application/json")], "collections": found}


@router.get("/collections/{collection}")
@declares(Permission.VIEW_PLACES, purpose=READING)
def collection(request: HttpRequest, collection: str) -> dict[str, Any]:
    return _collection(request, *_named(request, collection))


def _named(request: HttpRequest, collection: str) -> tuple[DistrictValue, Layer]:
    code, _dot, key = collection.rpartition(".")
    if key not in LAYER_BY_KEY:
        raise HttpError(404, _("没有这个图层。"))
    found = district_of(request, code)
    if found.edition is None:
        raise HttpError(404, _("这个区还没有数据。"))
    return found, LAYER_BY_KEY[key]


def _collection(request: HttpRequest, district: DistrictValue, layer: Layer) -> dict[str, Any]:
    assert district.edition is not None
    name = f"{district.code}.{layer.key}"
    path = f"/api/ogc/collections/{name}"
    box = places.bounds(request.scope, district.edition.id)  # type: ignore[attr-defined]
    return {
        "id": name,
        "title": f"{district.name} {layer.zh}",
        "description": f"{layer.en}. {district.edition.source}",
        "license": district.edition.licence,
        "itemType": "feature",
        "crs": [CRS84],
        "extent": {"spatial": {"bbox": [list(box)] if box else [], "crs": CRS84}},
        "links": [
            _link(request, path, "self", "application/json"),
            _link(request, f"{path}/items", "items", "application/geo+json", layer.zh),
        ],
    }


@router.get("/collections/{collection}/items")
@declares(Permission.VIEW_PLACES, purpose=READING)
def items(
    request: HttpRequest, collection: str, bbox: str = "", limit: int = LIMIT_DEFAULT, offset: int = 0
) -> HttpResponse:
    """Features that meet a box (west,south,east,north), page by page."""
    district, layer = _named(request, collection)
    assert district.edition is not None
    limit, offset = _bounded(limit, 1, LIMIT_MAX, "limit"), _bounded(offset, 0, 10**9, "offset")
    page = places.features(
        request.scope,  # type: ignore[attr-defined]
        layer.key,
        district.edition.id,
        bbox=_box(bbox),
        limit=limit,
        offset=offset,
    )
    path = f"/api/ogc/collections/{collection}/items"
    links = [_link(request, request.get_full_path(), "self", "application/geo+json")]
    if offset + len(page.features) < page.matched:
        query = f"?limit={limit}&offset={offset + limit}" + (f"&bbox={bbox}" if bbox else "")
        links.append(_link(request, path + query, "next", "application/geo+json"))
    body = {
        "type": "FeatureCollection",
        "numberMatched": page.matched,
        "numberReturned": len(page.features),
        "links": links,
        "features": [_feature(one, layer) for one in page.features],
    }
    return _geojson(body)


@router.get("/collections/{collection}/items/{place}")
@declares(Permission.VIEW_PLACES, purpose=READING)
def item(request: HttpRequest, collection: str, place: int) -> HttpResponse:
    """One feature by its permanent id."""
    district, layer = _named(request, collection)
    try:
        history = places.record(request.scope, place)  # type: ignore[attr-defined]
    except places.NoSuchPlace:
        raise HttpError(404, _("没有这个地方。")) from None
    if history.now is None or history.layer != layer.key or history.district != district.place:
        raise HttpError(404, _("没有这个地方。"))
    path = f"/api/ogc/collections/{collection}"
    links = [_link(request, f"{path}/items/{place}", "self", "application/geo+json")]
    links.append(_link(request, path, "collection", "application/json"))
    return _geojson(_feature(history.now, layer) | {"links": links})


def _bounded(number: int, low: int, high: int, name: str) -> int:
    """``limit`` above the most is lowered, as the standard asks; anything below the least is refused."""
    if number < low:
        raise HttpError(400, f"{name} >= {low}")
    return min(number, high)


def _box(text: str) -> places.Box | None:
    if not text:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise HttpError(400, "bbox=west,south,east,north") from None
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(abs(number) <= 360 for number in numbers):
        raise HttpError(400, "bbox=west,south,east,north")
    west, south, east, north = numbers
    return west, south, east, north


def _feature(one: Feature, layer: Layer) -> dict[str, Any]:
    properties: Mapping[str, object] = {field.key: one.attributes.get(field.key) for field in layer.fields}
    return {
        "type": "Feature",
        "id": one.place,
        "geometry": None if one.geometry is None else json.loads(shapely.to_geojson(one.geometry)),
        "properties": {**properties, layer.key_field: one.key},
    }


def _geojson(body: dict[str, Any]) -> HttpResponse:
    text = json.dumps(body, ensure_ascii=False, default=str)
    return HttpResponse(text, content_type="application/geo+json; charset=utf-8")
