"""Long work as its owner sees it: progress, stop, result."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from linli.domain.people.rules import Permission
from linli.faces.components.declared import signed_in
from linli.faces.components.scope import Request
from linli.runtime.jobs import queue
from linli.runtime.jobs.queue import Ticket

NAMES: dict[str, Promise] = {
    "desk.import": _("导入数据"),
    "desk.round": _("体检"),
    "desk.recompute": _("重算体检"),
    "desk.units": _("划分单元"),
    "desk.siting": _("选址"),
    "paper.district_report": _("生成区报告"),
    "paper.workbook": _("导出表格"),
    "paper.layers": _("导出图层"),
    "paper.scenario": _("导出方案"),
    "paper.siting": _("导出选址结果"),
    "paper.units": _("导出单元划分"),
}


@dataclass(frozen=True, slots=True)
class JobEntry:
    """A job with its words and the way on when it is done."""

    job: Ticket
    name: str
    state: str
    links: tuple[dict[str, Any], ...]


def entry(ticket: Ticket) -> JobEntry:
    return JobEntry(ticket, str(NAMES.get(ticket.kind, ticket.kind)), str(ticket.state.label), _links(ticket))


def _links(ticket: Ticket) -> tuple[dict[str, Any], ...]:
    result = ticket.result or {}
    match ticket.kind:
        case "desk.units":
            return ({"url": reverse("desk:unit_study", args=[ticket.arguments["study"]]), "label": _("查看划法")},)
        case "desk.import" if "faults" in result:
            return ({"url": reverse("desk:import_faults", args=[ticket.id]), "label": _("查看检查结果")},)
        case "desk.round" | "desk.recompute" if "round" in result:
            return ({"url": f"{reverse('desk:cockpit')}?round={result['round']}", "label": _("查看结果")},)
        case "desk.siting" if "siting" in result:
            return ({"url": reverse("desk:siting", args=[result["siting"]]), "label": _("查看结果")},)
        case kind if kind.startswith("paper.") and "name" in result:
            return ({"url": reverse("paper:result", args=[ticket.id]), "label": _("下载")},)
    return ()


def visible(request: Request, job_id: int) -> Ticket:
    """A job of one's own, or of a place that one looks after; any other does not exist."""
    try:
        ticket = queue.ticket(job_id)
    except queue.JobNotFound:
        raise Http404 from None
    if ticket.person != request.user.pk and ticket.home not in request.scope.places(Permission.VIEW_CHECKUP):
        raise Http404
    return ticket


@require_GET
@signed_in
def index(request: Request) -> HttpResponse:
    tickets = queue.recent(person=request.user.pk, homes=request.scope.places(Permission.VIEW_CHECKUP))
    return render(request, "desk/jobs.html", {"jobs": [entry(ticket) for ticket in tickets]})


@require_GET
@signed_in
def show(request: Request, job: int) -> HttpResponse:
    return render(request, "desk/jobs.html", {"jobs": [entry(visible(request, job))]})


@require_GET
@signed_in
def progress(request: Request, job: int) -> HttpResponse:
    """The fragment that replaces itself until the job has ended."""
    one = entry(visible(request, job))
    context = {"job": one.job, "job_name": one.name, "job_state": one.state, "job_links": one.links}
    return render(request, "desk/_job.html", context)


@require_POST
@signed_in
def stop(request: Request, job: int) -> HttpResponse:
    queue.stop(visible(request, job).id)
    return redirect("desk:job", job)
