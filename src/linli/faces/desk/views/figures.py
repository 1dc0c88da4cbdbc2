"""The figures of the standards: what decides, what does not, and confirming or setting one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from linli.domain.people.rules import Permission, Purpose
from linli.domain.standards import operations
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Bar, Comparison, Indicator, Pack
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.forms import FigureForm
from linli.faces.desk.frame import SETTING, Frame
from linli.faces.desk.views import findings


@require_GET
@declares(Permission.VIEW_STANDARDS, purpose=SETTING)
def index(request: Request) -> HttpResponse:
    frame = Frame(request)
    pack = _pack(frame, request.GET.get("pack", ""))
    show = request.GET.get("show", "")
    may = _may_set(frame)
    scenes = [
        {
            "name": words.name(scene),
            "rows": [
                _row(pack, one, may=may)
                for one in pack.indicators
                if one.scene == scene.key and (show != "undecided" or _is_undecided(one))
            ],
        }
        for scene in pack.scenes
    ]
    return render(
        request,
        "desk/figures.html",
        frame.context(
            pack={"key": pack.key, "name": words.name(pack)},
            packs=[{"key": key, "name": frame.pack_title(key, timezone.localdate())} for key in standards.packs()],
            show=show,
            scenes=[scene for scene in scenes if scene["rows"]],
        ),
    )


def _may_set(frame: Frame) -> bool:
    return frame.scope.may(Permission.CONFIRM_FIGURE, frame.district.place)


def _pack(frame: Frame, key: str) -> Pack:
    keys = standards.packs()
    key = key or (frame.round.pack_key if frame.round else keys[0])
    if key not in keys:
        raise Http404
    return standards.pack(key, day=timezone.localdate(), district=frame.district.place)


def _is_undecided(one: Indicator) -> bool:
    return not any(threshold.confidence.decides for threshold in one.thresholds)


def _row(pack: Pack, one: Indicator, *, may: bool) -> dict[str, Any]:
    return {
        "number": one.number,
        "name": words.name(one),
        "url": reverse("desk:figure", args=[pack.key, one.key]),
        "bars": findings.bars(one, pack),
        "set_url": reverse("desk:figure", args=[pack.key, one.key]) if may else "",
    }


@require_http_methods(["GET", "POST"])
@declares(Permission.VIEW_STANDARDS, purpose=SETTING, methods=("GET", "HEAD"))
@declares(Permission.CONFIRM_FIGURE, purpose=Purpose.STANDARD_SETTING, methods=("POST",))
def show(request: Request, pack: str, indicator: str) -> HttpResponse:
    frame = Frame(request)
    standing = _pack(frame, pack)
    found = next((one for one in standing.indicators if one.key == indicator), None)
    if found is None:
        raise Http404
    types = [(kind.key, words.name(kind)) for kind in standing.types]
    form = FigureForm(types, request.POST or None, initial=_initial(found))
    if request.method == "POST" and form.is_valid() and _set(request, frame, form, standing, found):
        return redirect(f"{reverse('desk:figures')}?pack={pack}")
    context = frame.context(
        back=f"{reverse('desk:figures')}?pack={pack}",
        indicator={"number": found.number, "name": words.name(found), "definition": words.definition(found)},
        bars=findings.bars(found, standing),
        form=form if _may_set(frame) else None,
    )
    return render(request, "desk/figure.html", context, status=400 if request.method == "POST" else 200)


def _initial(one: Indicator) -> dict[str, Any]:
    """The figure that stands, so that confirming it needs only clause and source."""
    first = one.thresholds[0] if one.thresholds else None
    return {
        "bar": (first.bar if first else Bar.MINIMUM).value,
        "comparison": (first.comparison if first else Comparison.AT_LEAST).value,
        "value": words.number(first.value).replace(",", "") if first else "",
        "types": sorted(first.types) if first else [],
        "clause": first.clause if first else "",
        "from_on": timezone.localdate().isoformat(),
    }


def _set(request: Request, frame: Frame, form: FigureForm, pack: Pack, one: Indicator) -> bool:
    said = form.cleaned_data
    try:
        operations.set_figure(
            act_of(request),
            frame.scope,
            district=frame.district.place,
            pack=pack.key,
            indicator=one.key,
            bar=Bar(said["bar"]),
            comparison=Comparison(said["comparison"]),
            value=said["value"],
            clause=said["clause"],
            source=said["source"],
            from_on=said["from_on"],
            types=frozenset(said.get("types", ())),
        )
    except operations.FigureAlreadySet:
        form.add_error("from_on", _("这一天或之后已有核定的数值。请先撤回它,或换一个更晚的日子。"))
    except operations.FigureNotAllowed:
        form.add_error("value", _("这个数值与指标的单位不符。"))
    except operations.SourceMissing:
        form.add_error("source", _("请写明条款和依据。"))
    else:
        messages.success(request, _("已核定,并记入日志。"))
        return True
    return False
