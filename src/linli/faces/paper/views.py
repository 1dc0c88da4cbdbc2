"""Asking for exports and fetching them."""

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import RoundValue
from linli.domain.journal import operations as journal
from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.places import queries as places
from linli.domain.places.queries import AreaValue
from linli.faces.components import words
from linli.faces.components.declared import declares, signed_in
from linli.faces.components.scope import Request, act_of
from linli.faces.components.typesetting import pdf
from linli.faces.paper import forms
from linli.faces.paper.community_report import community_report as report_values
from linli.faces.paper.jobs import KEPT_FOR, area_of, folder
from linli.faces.paper.slips import SLIPS_MOST, satisfaction_slips
from linli.runtime.jobs import queue

EXPORTING = (Purpose.CHECKUP, Purpose.DATA_UPKEEP, Purpose.AUDIT)
KINDS = {
    "report": ("paper.district_report", {}),
    "workbook": ("paper.workbook", {}),
    "geopackage": ("paper.layers", {"format": "gpkg"}),
    "geojson": ("paper.layers", {"format": "geojson"}),
}


def _round(request: Request, round: int) -> RoundValue:
    try:
        return checkup.round_by_id(request.scope, round)
    except checkup.NoSuchRound:
        raise Http404 from None


@require_GET
@declares(Permission.EXPORT, purpose=EXPORTING)
def district(request: Request, round: int) -> HttpResponse:
    """What of a round can be taken along."""
    found = _round(request, round)
    _area, name = area_of(request.scope, found)
    pack = words.name(checkup.round_pack(request.scope, round))
    context = {"round": found, "pack": pack, "area": name, "synthetic": found.synthetic}
    return render(request, "paper/exports.html", context)


@require_POST
@declares(Permission.EXPORT, purpose=EXPORTING)
def start(request: Request, round: int, kind: str) -> HttpResponse:
    found = _round(request, round)
    area, _name = area_of(request.scope, found)
    if kind not in KINDS:
        raise Http404
    name, arguments = KINDS[kind]
    purpose = request.scope.purpose.value
    job = queue.enqueue(name, person=request.person.id, home=area, round=round, purpose=purpose, **arguments)
    return redirect("desk:job", job)


@require_GET
@signed_in
def result(request: Request, job: int) -> FileResponse:
    """The file of a finished export, for the person who asked for it and nobody else."""
    try:
        ticket = queue.ticket(job)
    except queue.JobNotFound:
        raise Http404 from None
    if ticket.person != request.user.pk or not ticket.kind.startswith("paper.") or not ticket.result:
        raise Http404
    path = folder(job) / ticket.result["name"]
    if ticket.finished_at is None or timezone.now() - ticket.finished_at > KEPT_FOR or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)


@require_GET
@declares(Permission.ENTER_SURVEY, purpose=Purpose.CHECKUP)
def survey_form(request: Request, code: str) -> HttpResponse:
    """The survey of one community on paper, with what is known already filled in."""
    found = _surveyed(request, code)
    values = forms.survey_form(request.scope, found, printed_at=timezone.localtime())
    return _shown(pdf("report", values), f"survey-{code}.pdf")


def _surveyed(request: Request, code: str) -> AreaValue:
    """The community of this code, if the person may enter its survey."""
    tree = places.areas_tree(request.scope)
    found = next((one for one in tree if one.layer == "communities" and one.code == code and one.is_within), None)
    if found is None:
        raise Http404
    require(request.scope, Permission.ENTER_SURVEY, found.place)
    return found


def _shown(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


@require_GET
@declares(Permission.ENTER_SURVEY, purpose=Purpose.CHECKUP)
def slips(request: Request, code: str, campaign: int) -> HttpResponse:
    """Numbered slips of an open survey for the residents of one community; ``count`` says how many."""
    community = _surveyed(request, code)
    day = timezone.localdate()
    found = next(
        (one for one in checkup.open_campaigns(request.scope, community.district, day) if one.id == campaign), None
    )
    count = request.GET.get("count", "30")
    if found is None or not (count.isascii() and count.isdigit() and 1 <= int(count[:9]) <= SLIPS_MOST):
        raise Http404
    district = next(one for one in places.districts() if one.place == community.district)
    values = satisfaction_slips(
        found,
        community,
        count=int(count),
        link=request.build_absolute_uri(reverse("phone:satisfaction", args=[found.token])),
        synthetic=bool(district.edition and district.edition.synthetic),
        printed_at=timezone.localtime(),
    )
    return _shown(pdf("slips", values), f"slips-{code}.pdf")


@require_GET
@declares(Permission.EXPORT, purpose=EXPORTING)
def community_report(request: Request, round: int, code: str) -> HttpResponse:
    """The printable report of one community."""
    found = _round(request, round)
    community = next((one for one in checkup.communities(request.scope, round) if one.code == code), None)
    if community is None:
        raise Http404
    require(request.scope, Permission.EXPORT, community.place)
    act = act_of(request)
    values = report_values(request.scope, found, community.place, printed_at=timezone.localtime(act.at))
    result = {"file": f"{code}-{round}.pdf", "purpose": request.scope.purpose.value}
    journal.record(act, verb="paper.export", home=community.place, object=f"round:{round}", result=result)
    return _shown(pdf("report", values), f"{code}-{round}.pdf")
