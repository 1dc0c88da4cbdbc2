"""What a community adds for itself beside a standard: scenes and indicators."""

from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.places.queries import AreaValue
from linli.domain.standards import operations
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import MeasureKind, Pack
from linli.domain.standards.rules.reading import PackFault
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.forms import LocalIndicatorForm, LocalSceneForm, ReasonForm
from linli.faces.desk.frame import SETTING, Frame
from linli.faces.desk.views import findings

SCENE_PREFIX = "local-"
INDICATOR_PREFIX = "LOCAL-"


@require_GET
@declares(Permission.VIEW_STANDARDS, purpose=SETTING)
def show(request: Request, code: str, pack: str) -> HttpResponse:
    frame = Frame(request)
    community = _community(frame, code)
    return _page(frame, community, _pack(frame, pack))


def _community(frame: Frame, code: str) -> AreaValue:
    areas = frame.areas.values()
    found = next((one for one in areas if one.layer == "communities" and one.code == code and one.is_within), None)
    if found is None:
        raise Http404
    require(frame.scope, Permission.VIEW_STANDARDS, found.place)
    return found


def _pack(frame: Frame, key: str) -> Pack:
    if key not in standards.packs():
        raise Http404
    return standards.pack(key, day=timezone.localdate(), district=frame.district.place)


def _scene_form(data: Any = None) -> LocalSceneForm:
    return LocalSceneForm(data, prefix="scene")


def _indicator_form(frame: Frame, community: AreaValue, pack: Pack, data: Any = None) -> LocalIndicatorForm:
    scenes = [(one.key, words.name(one)) for one in pack.scenes if one.local_to in (None, community.place)]
    return LocalIndicatorForm(scenes, list(frame.kinds.items()), data, prefix="indicator")


def _page(
    frame: Frame,
    community: AreaValue,
    pack: Pack,
    *,
    scene_form: LocalSceneForm | None = None,
    indicator_form: LocalIndicatorForm | None = None,
    fault: str = "",
) -> HttpResponse:
    may = frame.scope.may(Permission.ADD_LOCAL_INDICATOR, community.place)
    mine = [one for one in pack.indicators if one.local_to == community.place]
    scenes = {one.key: words.name(one) for one in pack.scenes}
    refused = bool(scene_form or indicator_form or fault)
    context = frame.context(
        here=community.name,
        community={"name": community.name, "code": community.code},
        community_url=reverse("desk:community", args=[community.code]),
        pack={"key": pack.key, "name": words.name(pack)},
        packs=[{"key": key, "name": frame.pack_title(key, timezone.localdate())} for key in standards.packs()],
        may_add=may,
        fault=fault,
        scene_form=scene_form or _scene_form(),
        indicator_form=indicator_form or _indicator_form(frame, community, pack),
        scenes=[
            {"id": one.key.removeprefix(SCENE_PREFIX), "name": words.name(one)}
            for one in pack.scenes
            if one.local_to == community.place
        ],
        indicators=[
            {
                "id": one.key.removeprefix(INDICATOR_PREFIX),
                "name": words.name(one),
                "scene": scenes.get(one.scene, ""),
                "definition": words.definition(one),
                "bars": findings.bars(one, pack),
                "source": _(";").join(pack.sources[key].title for key in one.source if key in pack.sources),
            }
            for one in mine
        ],
    )
    return render(frame.request, "desk/local.html", context, status=400 if refused else 200)


@require_POST
@declares(Permission.ADD_LOCAL_INDICATOR, purpose=Purpose.STANDARD_SETTING)
def add_scene(request: Request, code: str, pack: str) -> HttpResponse:
    frame = Frame(request)
    community, standing = _community(frame, code), _pack(frame, pack)
    require(frame.scope, Permission.ADD_LOCAL_INDICATOR, community.place)
    form = _scene_form(request.POST)
    if not form.is_valid():
        return _page(frame, community, standing, scene_form=form)
    operations.add_local_scene(
        act_of(request), frame.scope, district=frame.district.place, place=community.place, pack=pack,
        zh=form.cleaned_data["name"], from_on=timezone.localdate(),
    )  # fmt: skip
    messages.success(request, _("已增加场景“%(name)s”。") % form.cleaned_data)
    return redirect("desk:local", code, pack)


@require_POST
@declares(Permission.ADD_LOCAL_INDICATOR, purpose=Purpose.STANDARD_SETTING)
def add_indicator(request: Request, code: str, pack: str) -> HttpResponse:
    frame = Frame(request)
    community, standing = _community(frame, code), _pack(frame, pack)
    require(frame.scope, Permission.ADD_LOCAL_INDICATOR, community.place)
    form = _indicator_form(frame, community, standing, request.POST)
    if form.is_valid() and _add(request, frame, community, pack, form):
        messages.success(request, _("已增加指标“%(name)s”,下一次体检起测量。") % form.cleaned_data)
        return redirect("desk:local", code, pack)
    return _page(frame, community, standing, indicator_form=form)


def _add(request: Request, frame: Frame, community: AreaValue, pack: str, form: LocalIndicatorForm) -> bool:
    said, block = form.cleaned_data, form.block()
    is_question = block["kind"] == MeasureKind.YES_NO
    try:
        operations.add_local_indicator(
            act_of(request), frame.scope, district=frame.district.place, place=community.place, pack=pack,
            scene=said["scene"], zh=said["name"], definition=said["definition"], measure=block, source=said["source"],
            from_on=timezone.localdate(), question=said["definition"] if is_question else "",
            minimum=Fraction(1) if is_question else said["minimum"], target=None if is_question else said["target"],
        )  # fmt: skip
    except (operations.FigureNotAllowed, PackFault):
        form.add_error("minimum", _("这个数值与测量方式不符:占比在 0 到 100 之间,目标不低于底线。"))
        return False
    return True


@require_POST
@declares(Permission.ADD_LOCAL_INDICATOR, purpose=Purpose.STANDARD_SETTING)
def withdraw(request: Request, code: str, pack: str, what: str, number: int) -> HttpResponse:
    """Take a scene or an indicator of this community back; the record stays with the reason."""
    frame = Frame(request)
    community, standing = _community(frame, code), _pack(frame, pack)
    require(frame.scope, Permission.ADD_LOCAL_INDICATOR, community.place)
    prefix, things = (SCENE_PREFIX, standing.scenes) if what == "scene" else (INDICATOR_PREFIX, standing.indicators)
    if not any(one.key == f"{prefix}{number}" and one.local_to == community.place for one in things):
        raise Http404
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(frame, community, standing, fault=_("请写明撤回的原因。"))
    because = form.cleaned_data["reason"]
    try:
        if what == "scene":
            operations.withdraw_local_scene(act_of(request), frame.scope, scene=number, because=because)
        else:
            operations.withdraw_local_indicator(act_of(request), frame.scope, indicator=number, because=because)
    except operations.SceneInUse:
        return _page(frame, community, standing, fault=_("这个场景里还有指标。请先撤回其中的指标。"))
    messages.success(request, _("已撤回。"))
    return redirect("desk:local", code, pack)
