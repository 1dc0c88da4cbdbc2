"""Residents' satisfaction: open a survey, hand out its link, count what comes in, enter paper slips."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import segno
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.domain.checkup import operations
from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import CampaignValue
from linli.domain.journal.rules import Channel
from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import QuestionKind
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.forms import SlipForm, SurveyForm
from linli.faces.desk.frame import READING, Frame

USUAL_DAYS = 30
PRINTED_MOST = 30
QR_SCALE = 4


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def index(request: Request) -> HttpResponse:
    frame = Frame(request)
    return _index(frame, _survey_form(frame) if _may_open(frame) else None)


def _may_open(frame: Frame) -> bool:
    return frame.scope.may(Permission.RUN_CHECKUP, frame.district.place)


def _survey_form(frame: Frame, data: Any = None) -> SurveyForm:
    asked = [q for q in standards.vocabulary().questions if q.kind is QuestionKind.SATISFACTION]
    today = timezone.localdate()
    initial = {"from_on": today, "until_on": today + timedelta(days=USUAL_DAYS), "title": _("居民满意度调查")}
    return SurveyForm([(q.key, words.name(q)) for q in asked], data, initial=initial)


def _index(frame: Frame, form: SurveyForm | None) -> HttpResponse:
    today = timezone.localdate()
    surveys = [_row(one, today) for one in _surveys(frame)]
    context = frame.context(surveys=surveys, form=form)
    return render(frame.request, "desk/surveys.html", context, status=400 if form and form.is_bound else 200)


def _surveys(frame: Frame) -> tuple[CampaignValue, ...]:
    """All surveys for whoever sees the whole district; for a part of it those that are open."""
    if frame.scope.may(Permission.VIEW_CHECKUP, frame.district.place):
        return checkup.campaigns(frame.scope, frame.district.place)
    return checkup.open_campaigns(frame.scope, frame.district.place, timezone.localdate())


def _row(one: CampaignValue, today: Any) -> dict[str, Any]:
    return {
        "url": reverse("desk:survey", args=[one.id]),
        "slip_url": reverse("desk:survey_slip", args=[one.id]),
        "title": one.title,
        "from_on": one.from_on,
        "until_on": one.until_on,
        "open": one.from_on <= today < one.until_on,
    }


@require_POST
@declares(Permission.RUN_CHECKUP, purpose=Purpose.CHECKUP)
def start(request: Request) -> HttpResponse:
    frame = Frame(request)
    require(frame.scope, Permission.RUN_CHECKUP, frame.district.place)
    form = _survey_form(frame, request.POST)
    if not form.is_valid():
        return _index(frame, form)
    try:
        opened = operations.open_survey(
            act_of(request), frame.scope, district=frame.district.place, **form.cleaned_data
        )
    except operations.WrongFigure:
        form.add_error("until_on", _("结束日须晚于开始日。"))
        return _index(frame, form)
    messages.success(request, _("已开始“%(title)s”。") % {"title": opened.title})
    return redirect("desk:survey", opened.id)


def _survey(frame: Frame, survey: int) -> CampaignValue:
    found = next((one for one in _surveys(frame) if one.id == survey), None)
    if found is None:
        raise Http404
    return found


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def show(request: Request, survey: int) -> HttpResponse:
    frame = Frame(request)
    found = _survey(frame, survey)
    return _show(frame, found, _slip_form(frame) if _is_open(found) and _slip_places(frame) else None)


def _is_open(one: CampaignValue) -> bool:
    return one.from_on <= timezone.localdate() < one.until_on


def _slip_places(frame: Frame) -> list[tuple[str, str]]:
    mine = frame.scope.places(Permission.ENTER_SURVEY)
    areas = frame.areas.values()
    return [(str(one.place), one.name) for one in areas if one.layer == "communities" and one.place in mine]


def _printed(frame: Frame, one: CampaignValue) -> list[tuple[str, str]]:
    """Where slips are printed, by name of the community; only for who answers for a few."""
    mine = [frame.areas[int(place)] for place, _name in _slip_places(frame)]
    if len(mine) > PRINTED_MOST:
        return []
    return [(reverse("paper:slips", args=[area.code, one.id]), area.name) for area in mine]


def _slip_form(frame: Frame, data: Any = None) -> SlipForm:
    return SlipForm(_slip_places(frame), data)


def _show(frame: Frame, one: CampaignValue, form: SlipForm | None) -> HttpResponse:
    link = frame.request.build_absolute_uri(reverse("phone:satisfaction", args=[one.token]))
    counts = checkup.campaign_counts(frame.scope, one.id)
    context = frame.context(
        survey=_row(one, timezone.localdate()),
        link=link,
        # The library draws squares and nothing that came from outside is text in it.
        qr=mark_safe(segno.make(link, error="m").svg_inline(scale=QR_SCALE, border=2)),  # noqa: S308
        form=form,
        printed=_printed(frame, one) if form else [],
        total=sum(count.asked for count in counts),
        rows=[
            {
                "name": frame.area_name(count.community),
                "asked": count.asked,
                "share": 100 * count.satisfied / count.asked if count.asked else None,
                "online": count.online,
                "paper": count.paper,
                "last_on": count.last_on,
            }
            for count in counts
        ],
    )
    return render(frame.request, "desk/survey.html", context, status=400 if form and form.is_bound else 200)


@require_POST
@declares(Permission.ENTER_SURVEY, purpose=Purpose.CHECKUP)
def slip(request: Request, survey: int) -> HttpResponse:
    """Count one paper slip that a worker reads off; each community numbers its own."""
    frame = Frame(request)
    found = _survey(frame, survey)
    form = _slip_form(frame, request.POST)
    if form.is_valid() and _count(request, frame, found, form):
        messages.success(request, _("已记入第 %(slip)s 号纸质表。") % {"slip": form.cleaned_data["slip"]})
        return redirect("desk:survey", survey)
    return _show(frame, found, form)


def _count(request: Request, frame: Frame, found: CampaignValue, form: SlipForm) -> bool:
    said = form.cleaned_data
    act = replace(act_of(request), channel=Channel.PAPER)
    try:
        operations.record_satisfaction(
            act, frame.scope, token=found.token, community=int(said["community"]), level=int(said["level"]),
            slip=f"{said['community']}-{said['slip'].strip()}",
        )  # fmt: skip
    except operations.SlipAlreadyCounted:
        form.add_error("slip", _("这张表已经记过了。请核对编号。"))
    except operations.WrongFigure:
        form.add_error(None, _("这张表不完整。请核对社区、满意程度和编号。"))
    except checkup.NoSuchCampaign:
        form.add_error(None, _("这项调查已经结束,不能再录入。"))
    else:
        return True
    return False
