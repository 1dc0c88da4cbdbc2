"""Asking for exports and fetching them."""

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import RoundValue
from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.places import queries as places
from linli.faces.components import words
from linli.faces.components.declared import declares, signed_in
from linli.faces.components.scope import Request
from linli.faces.paper import forms, reports
from linli.faces.paper.jobs import folder
from linli.faces.paper.typesetting import pdf
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
    require(request.scope, Permission.EXPORT, found.district)
    pack = words.name(checkup.round_pack(request.scope, round))
    return render(request, "paper/exports.html", {"round": found, "pack": pack, "synthetic": found.synthetic})


@require_POST
@declares(Permission.EXPORT, purpose=EXPORTING)
def start(request: Request, round: int, kind: str) -> HttpResponse:
    found = _round(request, round)
    require(request.scope, Permission.EXPORT, found.district)
    if kind not in KINDS:
        raise Http404
    name, arguments = KINDS[kind]
    return redirect(
        "desk:job", queue.enqueue(name, person=request.user.pk, home=found.district, round=round, **arguments)
    )


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
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)


@require_GET
@declares(Permission.ENTER_SURVEY, purpose=Purpose.CHECKUP)
def survey_form(request: Request, code: str) -> HttpResponse:
    """The survey of one community on paper, with what is known already filled in."""
    tree = places.areas_tree(request.scope)
    found = next((one for one in tree if one.layer == "communities" and one.code == code and one.is_within), None)
    if found is None:
        raise Http404
    require(request.scope, Permission.ENTER_SURVEY, found.place)
    values = forms.survey_form(request.scope, found, printed_at=timezone.localtime())
    answer = HttpResponse(pdf("report", values), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="survey-{code}.pdf"'
    return answer


@require_GET
@declares(Permission.EXPORT, purpose=EXPORTING)
def community_report(request: Request, round: int, code: str) -> HttpResponse:
    """The printable report of one community."""
    found = _round(request, round)
    community = next((one for one in checkup.communities(request.scope, round) if one.code == code), None)
    if community is None:
        raise Http404
    require(request.scope, Permission.EXPORT, community.place)
    values = reports.community_report(request.scope, found, community.place, printed_at=timezone.localtime())
    answer = HttpResponse(pdf("report", values), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{code}-{round}.pdf"'
    return answer
