"""One record: what is known of it, how it came to be, and its correction on the map."""

from typing import Any

import shapely
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from linli.domain.people.rules import NotPermitted, Permission, Purpose
from linli.domain.places import operations
from linli.domain.places import queries as places
from linli.domain.places.queries import Feature, History, VersionValue
from linli.domain.places.rules.corrections import GeometryNotAllowed, NotAllowed
from linli.domain.places.rules.layers import LAYER_BY_KEY, FieldType, Layer
from linli.domain.standards import queries as standards
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.forms import CorrectionForm
from linli.faces.desk.frame import UPKEEP, Frame
from linli.faces.desk.views.cockpit import map_base

MARGIN_DEGREES = 0.002


@require_http_methods(["GET", "POST"])
@declares(Permission.VIEW_PLACES, purpose=UPKEEP, methods=("GET", "HEAD"))
@declares(Permission.CORRECT_PLACE, purpose=Purpose.DATA_UPKEEP, methods=("POST",))
def show(request: Request, place: int) -> HttpResponse:
    frame = Frame(request)
    try:
        history = places.record(frame.scope, place)
    except places.NoSuchPlace:
        raise Http404 from None
    layer = LAYER_BY_KEY[history.layer]
    form = _form(request, layer, history) if _may_correct(frame, history) else None
    if request.method == "POST":
        if form is None:
            raise NotPermitted(Permission.CORRECT_PLACE, place)
        if form.is_valid() and _correct(request, frame, form, history):
            return redirect("desk:place", place)
    shown = history.now or history.versions[0].feature
    return render(
        request,
        "desk/place.html",
        frame.context(
            record={
                "name": shown.name or shown.key,
                "layer": words.name(layer),
                "key": shown.key,
                "facts": _facts(layer, shown),
            },
            form=form,
            map=_map(frame, shown, movable=form is not None),
            history=[_history_row(one) for one in history.versions],
        ),
        status=400 if request.method == "POST" else 200,
    )


def _may_correct(frame: Frame, history: History) -> bool:
    """Whether to offer the form; the act itself is checked in the domain."""
    now = history.now
    where = (now.place, now.area, history.district) if now else ()
    return any(frame.scope.may(Permission.CORRECT_PLACE, place) for place in where if place is not None)


def _form(request: Request, layer: Layer, history: History) -> CorrectionForm:
    assert history.now is not None
    initial = {key: _shown(layer, key, value) for key, value in history.now.attributes.items()}
    data = request.POST if request.method == "POST" else None
    return CorrectionForm(layer, standards.vocabularies(), data, initial=initial)


def _shown(layer: Layer, key: str, value: object) -> object:
    if layer.field(key).type is FieldType.YES_NO:
        return "yes" if value else "no"
    return value


def _correct(request: Request, frame: Frame, form: CorrectionForm, history: History) -> bool:
    """Make the correction; a refusal becomes a sentence beside its field."""
    lon, lat = form.cleaned_data.get("lon"), form.cleaned_data.get("lat")
    point = shapely.Point(lon, lat) if lon is not None and lat is not None else None
    allowed = {key: frozenset(c.key for c in choices) for key, choices in standards.vocabularies().items()}
    try:
        edition = operations.correct_place(
            act_of(request), frame.scope, history.place, changes=form.changes(), geometry=point,
            reason=form.cleaned_data["reason"], vocabularies=allowed,
        )  # fmt: skip
    except NotAllowed as refusal:
        form.add_error(refusal.field, _("这个值不能用。允许:%(allowed)s") % {"allowed": refusal.allowed})
        return False
    except GeometryNotAllowed:
        form.add_error(None, _("这个位置不能用。请在地图上重新选点。"))
        return False
    messages.success(request, _("已更正,记为第 %(number)s 版。") % {"number": edition.number})
    return True


def _facts(layer: Layer, shown: Feature) -> list[dict[str, Any]]:
    names = {field.key: field for field in layer.fields}
    return [
        {"label": words.name(names[key]), "value": _fact(layer, key, value)} for key, value in shown.attributes.items()
    ]


def _fact(layer: Layer, key: str, value: object) -> str:
    field = layer.field(key)
    choices = standards.vocabularies().get(field.choices_from, ()) if field.choices_from else field.choices
    found = next((words.name(one) for one in choices if one.key == value), None)
    if found is not None:
        return found
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return f"{value} {words.layer_unit(field.unit)}".strip()


def _history_row(one: VersionValue) -> dict[str, Any]:
    kinds = {"import": _("导入"), "correction": _("更正"), "withdrawal": _("撤回")}
    until = "" if one.until_edition is None else _("至第 %(number)s 版") % {"number": one.until_edition - 1}
    return {"number": one.from_edition, "kind": kinds[one.kind], "changes": until, "reason": one.reason, "at": one.at}


def _map(frame: Frame, shown: Feature, *, movable: bool) -> dict[str, Any]:
    base = map_base(frame, places.current(frame.scope, frame.district.place))
    if shown.geometry is None:
        return base
    west, south, east, north = shown.geometry.bounds
    center = shapely.point_on_surface(shown.geometry)
    bounds = (west - MARGIN_DEGREES, south - MARGIN_DEGREES, east + MARGIN_DEGREES, north + MARGIN_DEGREES)
    pin = {
        "lon": center.x,
        "lat": center.y,
        "movable": movable and shown.geometry.geom_type == "Point",
        "hint": _("拖动图钉改正位置;用键盘时先移到图钉上,再按方向键(按住 Shift 移得更远),Esc 撤销。"),
        "moved": _("位置将移动 METERS 米,保存后生效。"),
    }
    return base | {"bounds": bounds, "pin": pin}


@require_GET
@declares(Permission.VIEW_PLACES, purpose=UPKEEP)
def search(request: Request) -> HttpResponse:
    frame = Frame(request)
    text = request.GET.get("q", "").strip()
    found = places.search(frame.scope, text) if text else ()
    rows = [
        {
            "name": one.name or one.key,
            "layer": words.name(LAYER_BY_KEY[one.layer]),
            "community": frame.area_name(one.area) if one.area else "",
            "url": _address(one),
        }
        for one in found
    ]
    return render(request, "desk/search.html", frame.context(text=text, rows=rows))


def _address(one: Feature) -> str:
    name, argument = ("desk:community", one.key) if one.layer == "communities" else ("desk:place", one.place)
    return reverse(name, args=[argument])
