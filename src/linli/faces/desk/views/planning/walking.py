"""Walks on the editor's map, with the edits made: what a place reaches, who is far, the way of whoever is worst off."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST

from linli.compute.network import INFINITY_CM
from linli.domain.checkup.measures.access import LIMITS_M
from linli.domain.people.rules import Permission
from linli.domain.places import queries as places
from linli.domain.places.rules.projection import projected, unprojected
from linli.domain.places.rules.situation import Situation
from linli.domain.places.rules.walkways import NoWalkableStreet
from linli.domain.planning.measures.scenarios import walks as walking
from linli.domain.planning.measures.scenarios.effects import After, after, resolved_over
from linli.domain.planning.rules.scenarios.faults import EditsRefused
from linli.faces.components import bases
from linli.faces.components.bases import Standing
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request
from linli.faces.desk.planning import drafts, telling
from linli.faces.desk.views.planning.whatif import READING, edition_of, edits_refused, read_draft, refused

FAR_SHOWN = 4000
WORST_LISTED = 10


@gzip_page
@require_POST
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def walks(request: Request, district: int, edition: int) -> HttpResponse:
    try:
        draft = read_draft(request)
        on = bases.standing(request.scope, edition_of(request, district, edition), draft.asked)
        made = after(on.base, resolved_over(on.base, draft.edits))
    except drafts.BadDraft as fault:
        return refused(fault.sentence)
    except EditsRefused as fault:
        return edits_refused(request, district, fault)
    except (places.EmptyEdition, NoWalkableStreet):
        return refused(_("这一版次没有可步行的道路,无法推演。请先补充道路数据。"))
    at, kinds = draft.said.get("from"), draft.said.get("kinds")
    if at is not None:
        point = _point(at)
        if point is None:
            return refused(_("坐标写作“经度, 纬度”,例如 120.17, 30.25。"))
        rings = _rings(on, made, point)
        return refused(_("这个位置在本区之外。请移到区内。")) if rings is None else JsonResponse({"rings": rings})
    known = set(made.situation.facility_kinds)
    if not isinstance(kinds, list) or not kinds or not all(isinstance(each, str) and each in known for each in kinds):
        return refused(_("请先选一项与步行有关的指标。"))
    seen = telling.seen_communities(made.situation, request.scope, district)
    return JsonResponse(_far(made, kinds, seen), json_dumps_params={"ensure_ascii": False})


def _point(said: object) -> shapely.Point | None:
    if not isinstance(said, list) or len(said) != 2 or not all(type(each) in {int, float} for each in said):
        return None
    lon, lat = said
    return shapely.Point(lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def _rings(on: Standing, made: After, point: shapely.Point) -> list[dict[str, Any]] | None:
    """What can be reached within five, ten and fifteen minutes, the widest first; None outside of the district."""
    epsg = made.situation.epsg
    xy = shapely.get_coordinates(projected(np.array([point]), epsg))[0]
    if on.base.ground.area_of(xy, on.base.ground.communities) < 0:
        return None
    place = walking.place_at(on.base.ground, xy, made.network)
    found = walking.isochrone(made.situation, made.result.reach.hierarchy, place, LIMITS_M)
    return [{"m": one.limit_m, "geometry": _geojson(one.ground, epsg)} for one in reversed(found)]


def _geojson(shape: shapely.Geometry, epsg: int) -> Any:
    return json.loads(shapely.to_geojson(unprojected(np.array([shape], dtype=object), epsg)[0]))


def _far(made: After, kinds: Sequence[str], seen: Any) -> dict[str, Any]:
    """Homes beyond five minutes, those worst off in words, and the way of the worst off that has one."""
    situation, reach = made.situation, made.result.reach
    found = walking.far_from(situation, reach, kinds, beyond_m=LIMITS_M[0])
    mine = np.flatnonzero(telling.in_seen(situation.buildings.community[found.building], seen))
    building, cm, people = found.building[mine], found.walk_cm[mine], found.people[mine]
    steps = [{"m": limit, "people": int(people[cm > limit * 100].sum())} for limit in LIMITS_M]
    lonlat = shapely.get_coordinates(unprojected(shapely.points(situation.buildings.xy[building]), situation.epsg))
    worst = [_home(situation, *each) for each in zip(building[:WORST_LISTED], cm, people, lonlat, strict=False)]
    way = next((int(one) for one, far in zip(building, cm, strict=True) if far < INFINITY_CM), None)
    return {
        "steps": steps,
        "worst": worst,
        "all": len(building),
        "homes": {
            "lon": lonlat[:FAR_SHOWN, 0].round(6).tolist(),
            "lat": lonlat[:FAR_SHOWN, 1].round(6).tolist(),
            "m": [None if each >= INFINITY_CM else round(each / 100) for each in cm[:FAR_SHOWN].tolist()],
            "people": people[:FAR_SHOWN].tolist(),
        },
        "route": None if way is None else _route(made, way, kinds),
    }


def _home(situation: Situation, building: int, cm: int, people: int, at: Any) -> dict[str, Any]:
    return {
        "community": situation.areas.code[situation.buildings.community[building]],
        "m": None if cm >= INFINITY_CM else round(int(cm) / 100),
        "people": int(people),
        "at": [round(float(each), 6) for each in at],
    }


def _route(made: After, building: int, kinds: Sequence[str]) -> Any:
    found = walking.route(made.situation, made.result.reach.hierarchy, building, kinds)
    return None if found is None else _geojson(shapely.LineString(found.line), made.situation.epsg)
