"""The layers of each district as OGC API Features (parts 1 and, for WGS 84, its core), so that QGIS opens them.

A collection is one layer of one district in its newest edition, named ``CODE.LAYER``.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import shapely
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.errors import HttpError

from linli.domain.people.rules import Permission, Purpose
from linli.domain.places import queries as places
from linli.domain.places.queries import DistrictValue, Feature
from linli.domain.places.rules.layers import LAYER_BY_KEY, LAYERS, Layer
from linli.domain.planning.queries.units import PlanValue
from linli.faces.api import parameters, unit_features
from linli.faces.api.checkups import district_of, seen_districts
from linli.faces.api.parameters import Id, Word, only
from linli.faces.api.schemas import Problem
from linli.faces.components.declared import declares

router = Router(tags=["features"])
READING = (Purpose.CHECKUP, Purpose.DATA_UPKEEP, Purpose.AUDIT, Purpose.STANDARD_SETTING)
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)
JSON, GEOJSON = "application/json", "application/geo+json"
ERRORS = {400: Problem, 401: Problem, 403: Problem, 404: Problem}
LIMIT_DEFAULT, LIMIT_MAX = 100, 10_000


def _link(request: HttpRequest, path: str, rel: str, kind: str, title: str = "") -> dict[str, str]:
    return {"href": request.build_absolute_uri(path), "rel": rel, "type": kind, "title": title}


def _at(name: str, **kwargs: object) -> str:
    """An address of ours, under whatever prefix the site is served."""
    return reverse(f"api:{name}", kwargs=kwargs)


@router.get("/", response={200: dict[str, Any], **ERRORS})
@declares(Permission.VIEW_PLACES, purpose=READING)
@only()
def landing(request: HttpRequest) -> dict[str, Any]:
    """Where to go from here."""
    return {
        "title": _("邻里:区图层"),
        "description": _("各区最新版次的图层"),
        "links": [
            _link(request, _at("landing"), "self", JSON),
            _link(request, _at("openapi"), "service-desc", "application/vnd.oai.openapi+json;version=3.0"),
            _link(request, _at("conformance"), "conformance", JSON),
            _link(request, _at("collections"), "data", JSON),
        ],
    }


@router.get("/conformance", response={200: dict[str, Any], **ERRORS})
@declares(Permission.VIEW_PLACES, purpose=READING)
@only()
def conformance(request: HttpRequest) -> dict[str, Any]:
    return {"conformsTo": list(CONFORMANCE)}


@router.get("/collections", response={200: dict[str, Any], **ERRORS})
@declares(Permission.VIEW_PLACES, purpose=READING)
@only()
def collections(request: HttpRequest) -> dict[str, Any]:
    """Every layer of every district that is seen, and its units where a plan is in force."""
    found = [_collections(request, one) for one in seen_districts(request) if one.edition]
    links = [_link(request, _at("collections"), "self", JSON)]
    return {"links": links, "collections": [one for of_district in found for one in of_district]}


@router.get("/collections/{collection}", response={200: dict[str, Any], **ERRORS})
@declares(Permission.VIEW_PLACES, purpose=READING)
@only()
def collection(request: HttpRequest, collection: str) -> dict[str, Any]:
    units = _units_of(request, collection)
    district = units[0] if units else _named(request, collection)[0]
    return next(one for one in _collections(request, district) if one["id"] == collection)


def _units_of(request: HttpRequest, collection: str) -> tuple[DistrictValue, PlanValue] | None:
    """The district whose units a collection holds, and their plan; None for a layer."""
    code, _dot, key = collection.rpartition(".")
    if key != unit_features.KEY:
        return None
    district = district_of(request, code)
    plan = unit_features.plan(request, district)
    if plan is None:
        raise HttpError(404, _("这个区还没有生效的单元划分。"))
    return district, plan


def _named(request: HttpRequest, collection: str) -> tuple[DistrictValue, Layer]:
    code, _dot, key = collection.rpartition(".")
    if key not in LAYER_BY_KEY:
        raise HttpError(404, _("没有这个图层。"))
    found = district_of(request, code)
    if found.edition is None:
        raise HttpError(404, _("这个区还没有数据。"))
    return found, LAYER_BY_KEY[key]


def _collections(request: HttpRequest, district: DistrictValue) -> list[dict[str, Any]]:
    assert district.edition is not None
    box = places.bounds(request.scope, district.edition.id)  # type: ignore[attr-defined]
    extent = {"extent": {"spatial": {"bbox": [list(box)], "crs": CRS84}}} if box else {}
    found = [_collection(request, district, layer, extent) for layer in LAYERS]
    plan = unit_features.plan(request, district)
    if plan is not None:
        about = unit_features.described(district, plan)
        found.append({**about, "crs": [CRS84], **extent, "links": _links(request, about["id"], about["title"])})
    return found


def _links(request: HttpRequest, name: str, title: str) -> list[dict[str, str]]:
    return [
        _link(request, _at("collection", collection=name), "self", JSON),
        _link(request, _at("items", collection=name), "items", GEOJSON, title),
    ]


def _collection(
    request: HttpRequest, district: DistrictValue, layer: Layer, extent: Mapping[str, Any]
) -> dict[str, Any]:
    assert district.edition is not None
    name = f"{district.code}.{layer.key}"
    return {
        "id": name,
        "title": f"{district.name} {layer.zh}",
        "description": f"{layer.en}. {district.edition.source}",
        "license": district.edition.licence,
        "itemType": "feature",
        "crs": [CRS84],
        **extent,
        "links": _links(request, name, layer.zh),
    }


@router.get("/collections/{collection}/items", response={200: dict[str, Any], **ERRORS})
@declares(Permission.VIEW_PLACES, purpose=READING)
@only("bbox", "datetime", "limit", "offset")
def items(
    request: HttpRequest,
    collection: str,
    bbox: Word = "",
    datetime: Word = "",
    limit: Annotated[int, Query(ge=1, description=f"At most {LIMIT_MAX}; what is above is lowered.")] = LIMIT_DEFAULT,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> HttpResponse:
    """Features that meet a box (west,south,east,north), page by page."""
    parameters.moment(datetime)
    limit = min(limit, LIMIT_MAX)
    matched, features = _page(request, collection, parameters.box(bbox), limit, offset)
    path = _at("items", collection=collection)
    links = [_link(request, request.get_full_path(), "self", GEOJSON)]
    links += [
        _link(request, f"{path}?{urlencode(_turned(request, limit, at))}", rel, GEOJSON)
        for rel, at, is_there in (
            ("next", offset + limit, offset + len(features) < matched),
            ("prev", max(offset - limit, 0), offset > 0),
        )
        if is_there
    ]
    links.append(_link(request, _at("collection", collection=collection), "collection", JSON))
    body = {
        "type": "FeatureCollection",
        "timeStamp": timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "numberMatched": matched,
        "numberReturned": len(features),
        "links": links,
        "features": features,
    }
    return _geojson(body)


def _page(
    request: HttpRequest, collection: str, box: places.Box | None, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many features meet a box, and those of one page."""
    units = _units_of(request, collection)
    if units is not None:
        found = unit_features.features(request, units[1], box)
        return len(found), found[offset : offset + limit]
    district, layer = _named(request, collection)
    assert district.edition is not None
    page = places.features(
        request.scope,  # type: ignore[attr-defined]
        layer.key,
        district.edition.id,
        bbox=box,
        limit=limit,
        offset=offset,
    )
    return page.matched, [_feature(one, layer) for one in page.features]


def _turned(request: HttpRequest, limit: int, offset: int) -> dict[str, object]:
    """The query that was asked, for another page of its answer."""
    return {**request.GET.dict(), "limit": limit, "offset": offset}


@router.get("/collections/{collection}/items/{place}", response={200: dict[str, Any], **ERRORS})
@declares(Permission.VIEW_PLACES, purpose=READING)
@only()
def item(request: HttpRequest, collection: str, place: Id) -> HttpResponse:
    """One feature by its permanent id."""
    links = [_link(request, _at("item", collection=collection, place=place), "self", GEOJSON)]
    links.append(_link(request, _at("collection", collection=collection), "collection", JSON))
    units = _units_of(request, collection)
    if units is not None:
        found = [one for one in unit_features.features(request, units[1], None) if one["id"] == place]
        if not found:
            raise HttpError(404, _("没有这个地方。"))
        return _geojson(found[0] | {"links": links})
    district, layer = _named(request, collection)
    try:
        history = places.record(request.scope, place)  # type: ignore[attr-defined]
    except places.NoSuchPlace:
        raise HttpError(404, _("没有这个地方。")) from None
    if history.now is None or history.layer != layer.key or history.district != district.place:
        raise HttpError(404, _("没有这个地方。"))
    return _geojson(_feature(history.now, layer) | {"links": links})


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
