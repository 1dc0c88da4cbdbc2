"""What the scenario editor asks while someone draws: the base, the effect of a list of edits, known places, a way.

Nothing here changes anything: the list of edits comes with each question, so that any process can answer it.
"""

from time import perf_counter
from typing import Any

import numpy as np
import shapely
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST
from numpy.typing import NDArray

from linli.domain.people.rules import Permission, Purpose
from linli.domain.places import queries as places
from linli.domain.places.queries import EditionValue, Feature
from linli.domain.places.rules.walkways import NoWalkableStreet
from linli.domain.planning.rules.scenarios.edits import EDITS_AT_MOST
from linli.domain.planning.rules.scenarios.faults import EditsRefused
from linli.domain.standards import queries as standards
from linli.faces.components import bases, edit_faults, words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request
from linli.faces.desk.planning import asking, drafts, telling

READING = (Purpose.PLANNING, Purpose.AUDIT)
KNOWN_LAYERS = ("gates", "facilities", "premises", "compounds")


def edition_of(request: Request, district: int, number: int) -> EditionValue:
    try:
        return places.edition(request.scope, district, number=number)
    except places.NoSuchEdition:
        raise Http404 from None


def read_draft(request: Request) -> drafts.Draft:
    slices = tuple(one.key for one in standards.time_slices())
    return drafts.read(request.body, packs=standards.packs(), slices=slices)


def refused(sentence: str) -> JsonResponse:
    return JsonResponse({"detail": sentence, "refusals": []}, status=400)


def sees_all(request: Request, district: int) -> bool:
    return district in request.scope.places(Permission.VIEW_CHECKUP)


def edits_refused(request: Request, district: int, fault: EditsRefused) -> JsonResponse:
    """Everything that is wrong with the edits, each beside its own."""
    told = asking.refusals_of(edit_faults.as_seen(fault.faults, sees_all=sees_all(request, district)))
    return JsonResponse({"detail": told[0]["text"], "refusals": told}, status=400)


@require_POST
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def warm(request: Request, district: int, edition: int) -> HttpResponse:
    """Make the base ready, and say what the page needs to know of it."""
    try:
        draft = read_draft(request)
        on = bases.standing(request.scope, edition_of(request, district, edition), draft.asked)
    except drafts.BadDraft as fault:
        return refused(fault.sentence)
    except EditsRefused as fault:
        return edits_refused(request, district, fault)
    except (places.EmptyEdition, NoWalkableStreet):
        return refused(_("这一版次没有可步行的道路,无法推演。请先补充道路数据。"))
    situation = on.ground.situation
    seen = telling.seen_communities(situation, request.scope, district)
    people = situation.buildings.people[telling.in_seen(situation.buildings.community, seen)].sum(axis=0)
    total = max(int(people.sum()), 1)
    known = situation.bands_known
    shares = (people / total).tolist() if known else [0.0] * 4 + [1.0] + [0.0] * 2
    return JsonResponse({"age_shares": shares, "ages_known": known, "spots": _spots(on, draft, seen)})


def _spots(on: bases.Standing, draft: drafts.Draft, seen: NDArray[np.bool_]) -> dict[str, tuple[float, float, str]]:
    """Where the targets of edits are, of those that the person sees."""
    targets = draft.said.get("targets", [])
    asked = targets[:EDITS_AT_MOST] if isinstance(targets, list) else []
    found = on.ground.spots(key for key in asked if isinstance(key, str))
    if seen.all():
        return found
    here = on.ground.planning
    communities = [here.area_of(here.metres((spot[:2],))[0], here.communities) for spot in found.values()]
    mine = telling.in_seen(np.array(communities, dtype=np.int64), seen)
    return {key: spot for (key, spot), shown in zip(found.items(), mine.tolist(), strict=True) if shown}


@gzip_page
@require_POST
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def effect(request: Request, district: int, edition: int) -> HttpResponse:
    """The effect of a list of edits. What is refused is left out and said; the rest counts."""
    began = perf_counter()
    try:
        draft = read_draft(request)
        on = bases.standing(request.scope, edition_of(request, district, edition), draft.asked)
    except drafts.BadDraft as fault:
        return refused(fault.sentence)
    except EditsRefused as fault:
        return edits_refused(request, district, fault)
    except (places.EmptyEdition, NoWalkableStreet):
        return refused(_("这一版次没有可步行的道路,无法推演。请先补充道路数据。"))
    found, refusals = asking.effect_on(on, draft.edits, draft.numbers, sees_all=sees_all(request, district))
    told = telling.tell(found, on, request.scope, district=district, shown=draft.shown)
    took = round(1000 * (perf_counter() - began), 1)
    refusals = [*asking.refusals_of(draft.faults), *refusals]
    return JsonResponse(told | {"refusals": refusals, "ms": took}, json_dumps_params={"ensure_ascii": False})


@gzip_page
@require_GET
@cache_control(private=True, max_age=86400)
@declares(Permission.VIEW_PLACES, purpose=READING)
def known(request: Request, district: int, edition: int, layer: str) -> HttpResponse:
    """Known places of a layer that the person sees, as points with the keys that edits name them by."""
    if layer not in KNOWN_LAYERS:
        raise Http404
    kinds = {kind.key: words.name(kind) for kind in standards.facility_kinds()}
    kind = request.GET.get("kind", "") if layer == "facilities" else ""
    if kind and kind not in kinds:
        raise Http404
    found = places.records(request.scope, layer, edition_of(request, district, edition).id, kind=kind)
    features = [_point(one, kinds) for one in found if one.geometry is not None]
    body = {"type": "FeatureCollection", "features": features}
    return JsonResponse(body, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False})


def _point(one: Feature, kinds: dict[str, str]) -> dict[str, Any]:
    at = shapely.point_on_surface(one.geometry)
    kind = str(one.attributes.get("kind", ""))
    properties = {"key": one.key, "place": one.place, "name": one.name or kinds.get(kind, one.key)}
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(at.x, 6), round(at.y, 6)]},
        "properties": properties,
    }


@require_GET
@declares(Permission.VIEW_PLACES, purpose=READING)
def way(request: Request, district: int, edition: int) -> HttpResponse:
    """The public way nearest to a point, from crossing to crossing."""
    try:
        lon, lat = (float(request.GET[name]) for name in ("lon", "lat"))
    except (KeyError, ValueError):
        return refused(_("坐标写作“经度, 纬度”,例如 120.17, 30.25。"))
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        return refused(_("坐标写作“经度, 纬度”,例如 120.17, 30.25。"))
    line = bases.ground(request.scope, edition_of(request, district, edition)).stretch(lon, lat)
    return JsonResponse({"line": line.round(7).tolist()})
