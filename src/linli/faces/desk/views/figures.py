"""The figures of the standards: what decides, what does not, and confirming or setting one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.domain.people import queries as people
from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.standards import operations
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Bar, Comparison, Indicator, Pack, Threshold
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.forms import FigureForm, ReasonForm
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
        "local": one.local_to is not None,
        "limit": _limit(one),
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
    if request.method == "POST" and form.is_valid() and _decide(request, frame, form, standing, found):
        return redirect(f"{reverse('desk:figures')}?pack={pack}")
    return _page(frame, standing, found, form)


def _page(frame: Frame, pack: Pack, one: Indicator, form: FigureForm, fault: str = "") -> HttpResponse:
    may = _may_set(frame)
    context = frame.context(
        back=f"{reverse('desk:figures')}?pack={pack.key}",
        pack={"key": pack.key, "name": words.name(pack)},
        indicator={
            "key": one.key,
            "number": one.number,
            "name": words.name(one),
            "definition": words.definition(one),
            "local": one.local_to is not None,
            "limit": _limit(one),
        },
        bars=findings.bars(one, pack),
        form=form if may else None,
        fault=fault,
        records=_records(frame, pack, one, may=may),
    )
    return render(frame.request, "desk/figure.html", context, status=400 if frame.request.method == "POST" else 200)


def _limit(one: Indicator) -> dict[str, str] | None:
    """The walking limit, a figure of its own behind the share."""
    limit = one.measure.limit
    if limit is None:
        return None
    cited = " · ".join(part for part in (limit.clause, limit.valid_from.isoformat()) if part)
    return {
        "text": words.limit(limit),
        "confidence": words.confidence(limit.confidence),
        "source": cited,
    }


def _records(frame: Frame, pack: Pack, one: Indicator, *, may: bool) -> list[dict[str, Any]]:
    """Every figure ever put on record for the indicator, for whoever looks after the whole district."""
    if not frame.scope.may(Permission.VIEW_STANDARDS, frame.district.place):
        return []
    found = standards.figures(frame.scope, district=frame.district.place, pack=pack.key, indicator=one.key)
    names = people.names({record.person for record in found})
    return [
        {
            "id": record.id,
            "name": words.bar(record.threshold.bar),
            "text": words.threshold(record.threshold),
            "act": _("核定") if record.confirms else _("设定"),
            "clause": record.threshold.clause,
            "source": record.source,
            "from_on": record.threshold.valid_from,
            "until_on": record.threshold.valid_until,
            "person": names.get(record.person, ""),
            "at": record.at,
            "withdrawn_because": record.withdrawn_because,
            "may_withdraw": may and record.withdrawn_at is None,
        }
        for record in found
    ]


@require_POST
@declares(Permission.CONFIRM_FIGURE, purpose=Purpose.STANDARD_SETTING)
def withdraw(request: Request, pack: str, indicator: str, figure: int) -> HttpResponse:
    """Take a figure off the record; it stays readable with the reason."""
    frame = Frame(request)
    require(frame.scope, Permission.CONFIRM_FIGURE, frame.district.place)
    standing = _pack(frame, pack)
    found = next((one for one in standing.indicators if one.key == indicator), None)
    on_record = standards.figures(frame.scope, district=frame.district.place, pack=pack, indicator=indicator)
    if found is None or not any(one.id == figure and one.withdrawn_at is None for one in on_record):
        raise Http404
    form = ReasonForm(request.POST)
    if not form.is_valid():
        types = [(kind.key, words.name(kind)) for kind in standing.types]
        return _page(frame, standing, found, FigureForm(types, initial=_initial(found)), _("请写明撤回的原因。"))
    operations.withdraw_figure(act_of(request), frame.scope, figure=figure, because=form.cleaned_data["reason"])
    messages.success(request, _("已撤回。标准原来的数值重新生效。"))
    return redirect("desk:figure", pack, indicator)


def _initial(one: Indicator) -> dict[str, Any]:
    """The figure that stands, so that confirming it needs only clause and source."""
    first = one.thresholds[0] if one.thresholds else None
    return {
        "bar": (first.bar if first else Bar.MINIMUM).value,
        "comparison": (first.comparison if first else Comparison.AT_LEAST).value,
        "value": words.number(first.value).replace(",", "") if first else "",
        "value_to": words.number(first.value_to).replace(",", "") if first and first.value_to is not None else "",
        "types": sorted(first.types) if first else [],
        "clause": first.clause if first else "",
        "from_on": timezone.localdate().isoformat(),
    }


def _decide(request: Request, frame: Frame, form: FigureForm, pack: Pack, one: Indicator) -> bool:
    """Confirm the figure that stands if the form leaves it as it is, else set another."""
    said = form.cleaned_data
    place: dict[str, Any] = {"district": frame.district.place, "pack": pack.key}
    cited: dict[str, Any] = {key: said[key] for key in ("clause", "source", "from_on")}
    standing = _unchanged(one, said)
    try:
        if standing is not None:
            operations.confirm_figure(act_of(request), frame.scope, threshold=standing.key, **place, **cited)
        else:
            operations.set_figure(
                act_of(request), frame.scope, indicator=one.key, bar=Bar(said["bar"]),
                comparison=Comparison(said["comparison"]), value=said["value"],
                value_to=said["value_to"], types=frozenset(said.get("types", ())), **place, **cited,
            )  # fmt: skip
    except operations.FigureAlreadySet:
        form.add_error("from_on", _("这一天或之后已有核定的数值。请先撤回它,或换一个更晚的日子。"))
    except operations.FigureNotAllowed:
        form.add_error("value", _("这个数值与指标的单位不符。"))
    except operations.SourceMissing:
        form.add_error("source", _("请写明条款和依据。"))
    except operations.UnknownFigure:
        form.add_error("from_on", _("这一天这个数值还不适用。请换一个日子。"))
    else:
        messages.success(request, _("已核定原有数值,并记入日志。") if standing else _("已设定新数值,并记入日志。"))
        return True
    return False


def _unchanged(one: Indicator, said: dict[str, Any]) -> Threshold | None:
    """The pack's figure that the form repeats; what an officer has put on record is not confirmed again."""
    wanted = (said["bar"], said["comparison"], said["value"], said["value_to"], frozenset(said.get("types", ())))
    for each in one.thresholds:
        is_same = (each.bar.value, each.comparison.value, each.value, each.value_to, each.types) == wanted
        if is_same and not each.source.startswith("figure-"):
            return each
    return None
