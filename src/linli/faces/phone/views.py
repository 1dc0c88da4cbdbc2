"""Filling in the survey on a phone, and residents' satisfaction by link."""

import secrets
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from linli.domain.checkup import operations, queries
from linli.domain.checkup.operations import Report
from linli.domain.checkup.rules.survey import NotEvidence
from linli.domain.journal.rules import OPERATOR, Act, Channel
from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.places import queries as places
from linli.domain.places.queries import AreaValue
from linli.faces.components.declared import declares, open_to_everyone
from linli.faces.components.scope import Request, act_of
from linli.faces.components.survey import Section, sections
from linli.faces.phone.forms import SatisfactionForm, SectionForm

EVIDENCE_MAX_BYTES = 20 * 1024 * 1024


def _community(request: Request, code: str) -> AreaValue:
    tree = places.areas_tree(request.scope)
    found = next((area for area in tree if area.layer == "communities" and area.code == code and area.is_within), None)
    if found is None:
        raise Http404
    require(request.scope, Permission.ENTER_SURVEY, found.place)
    return found


@require_GET
@declares(Permission.ENTER_SURVEY, purpose=Purpose.CHECKUP)
def survey(request: Request, code: str) -> HttpResponse:
    """The sections of the survey, with how much of each is answered."""
    community = _community(request, code)
    known = queries.reported(request.scope, community.place)
    rows = [
        {
            "key": section.key,
            "name": section.name,
            "answered": sum(question.key in known for question in section.questions),
            "total": len(section.questions),
        }
        for section in sections(day=timezone.localdate(), district=community.district)
    ]
    return render(request, "phone/survey.html", {"community": community, "sections": rows})


def _section(community: AreaValue, key: str) -> tuple[Section, str]:
    """The section and the key of the next one."""
    found = sections(day=timezone.localdate(), district=community.district)
    at = next((n for n, one in enumerate(found) if one.key == key), None)
    if at is None:
        raise Http404
    return found[at], found[at + 1].key if at + 1 < len(found) else ""


@require_http_methods(["GET", "POST"])
@declares(Permission.ENTER_SURVEY, purpose=Purpose.CHECKUP)
def section(request: Request, code: str, key: str) -> HttpResponse:
    community = _community(request, code)
    found, following = _section(community, key)
    known = queries.reported(request.scope, community.place)
    initial = {q: _plain(value.numerator) for q, value in known.items()}
    form = SectionForm(found, request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _keep(request, community, form):
        return redirect("phone:section", code, following) if following else redirect("phone:survey", code)
    context = {"community": community, "section": found, "form": form, "evidence": _evidence(request, community, found)}
    return render(request, "phone/section.html", context, status=400 if request.method == "POST" else 200)


def _plain(number: float) -> str:
    return f"{number:g}"


def _evidence(request: Request, community: AreaValue, section: Section) -> list[Any]:
    kept = queries.evidence(request.scope, community.place)
    return [one for one in kept if one.question in section.evidence]


def _act(request: Request, form: SectionForm) -> Act:
    """The act of whoever enters answers, by the channel on which they came."""
    return replace(act_of(request), channel=Channel(form.cleaned_data["channel"]))


def _keep(request: Request, community: AreaValue, form: SectionForm) -> bool:
    """Keep answers and files; a refusal becomes a sentence beside its field."""
    act, day = _act(request, form), timezone.localdate()
    reports = {question: Report(number) for question, number in form.answers().items()}
    try:
        operations.report_figures(act, request.scope, community=community.place, day=day, figures=reports)
    except operations.WrongFigure as refusal:
        form.add_error(refusal.question, _("这个数值不可能。请检查后重填。"))
        return False
    for question in form.section.evidence:
        sent = form.cleaned_data.get(f"{question}.file")
        if isinstance(sent, UploadedFile) and not _keep_file(request, community, form, question, sent):
            return False
    messages.success(request, _("已保存“%(section)s”。") % {"section": form.section.name})
    return True


def _keep_file(request: Request, community: AreaValue, form: SectionForm, question: str, sent: UploadedFile) -> bool:
    field = f"{question}.file"
    if (sent.size or 0) > EVIDENCE_MAX_BYTES:
        form.add_error(field, _("文件太大。照片至多 10 MB,PDF 至多 20 MB。"))
        return False
    try:
        operations.add_evidence(
            _act(request, form), request.scope, community=community.place, question=question,
            content=sent.read(), name=sent.name or "",
        )  # fmt: skip
    except NotEvidence:
        form.add_error(field, _("请上传 JPEG、PNG 或 WebP 照片(至多 10 MB),或 PDF(至多 20 MB)。"))
        return False
    return True


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=(Purpose.CHECKUP, Purpose.AUDIT))
def evidence(request: Request, evidence: int) -> HttpResponse:
    """A photo or document, as it came in."""
    try:
        kept = queries.evidence_by_id(request.scope, evidence)
        content = queries.evidence_content(request.scope, evidence)
    except queries.NoSuchEvidence:
        raise Http404 from None
    answer = HttpResponse(content, content_type=kept.media_type)
    answer["Content-Disposition"] = f'inline; filename="evidence-{kept.id}"'
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_http_methods(["GET", "POST"])
@open_to_everyone
def satisfaction(request: HttpRequest, token: str) -> HttpResponse:
    """One resident's answer by the link of a survey; no account, no name."""
    try:
        campaign = queries.open_campaign(token, timezone.localdate())
    except queries.NoSuchCampaign:
        return render(request, "phone/closed.html", status=404)
    names = places.community_names(campaign.district)
    choices = [(str(place), name) for place, name in names]
    form = SatisfactionForm(choices, request.POST or None, initial={"slip": secrets.token_hex(16)})
    if request.method == "POST" and form.is_valid() and _count(token, form):
        return render(request, "phone/thanks.html", {"campaign": campaign})
    context = {"campaign": campaign, "form": form}
    return render(request, "phone/satisfaction.html", context, status=400 if request.method == "POST" else 200)


def _count(token: str, form: SatisfactionForm) -> bool:
    act = Act(OPERATOR, timezone.now(), Channel.ONLINE)
    said = form.cleaned_data
    try:
        operations.record_satisfaction(
            act, None, token=token, community=int(said["community"]), level=int(said["level"]), slip=said["slip"]
        )
    except operations.SlipAlreadyCounted:
        form.add_error(None, _("这份回答已经记过了,谢谢。"))
        return False
    except operations.WrongFigure:
        form.add_error(None, _("这份回答不完整,请重新打开链接填写。"))
        return False
    return True
