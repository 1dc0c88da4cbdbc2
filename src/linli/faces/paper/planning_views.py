"""Asking for exports of planning; the files are fetched like all others, by ``paper:result``."""

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.planning import queries
from linli.domain.planning.queries import units
from linli.domain.planning.queries.units import NoSuchUnitStudy
from linli.domain.standards import queries as standards
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request
from linli.faces.paper.planning_jobs import FORMATS
from linli.runtime.jobs import queue

EXPORTING = (Purpose.PLANNING, Purpose.AUDIT)


def _start(request: Request, kind: str, home: int, format: str, **arguments: Any) -> HttpResponse:
    if format not in FORMATS:
        raise Http404
    require(request.scope, Permission.EXPORT, home)
    purpose = request.scope.purpose.value
    job = queue.enqueue(kind, person=request.person.id, home=home, purpose=purpose, format=format, **arguments)
    return redirect("desk:job", job)


@require_POST
@declares(Permission.EXPORT, purpose=EXPORTING)
def scenario(request: Request, scenario: int, format: str) -> HttpResponse:
    """The effect of a scenario; the form says by which ``pack``, and may say ``slice`` and ``day``."""
    try:
        found = queries.scenario(request.scope, scenario)
    except queries.NoSuchScenario:
        raise Http404 from None
    pack, slice = request.POST.get("pack", ""), request.POST.get("slice", "")
    slices = {"", *(one.key for one in standards.time_slices())}
    if pack not in standards.packs() or slice not in slices:
        raise Http404
    day = _day(request.POST.get("day", ""))
    arguments = {"scenario": scenario, "pack": pack, "slice": slice, "day": day.isoformat()}
    return _start(request, "paper.scenario", found.home, format, **arguments)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else timezone.localdate()
    except ValueError:
        raise Http404 from None


@require_POST
@declares(Permission.EXPORT, purpose=EXPORTING)
def siting(request: Request, siting: int, format: str) -> HttpResponse:
    """The answer of a siting."""
    try:
        found = queries.siting(request.scope, siting)
    except queries.NoSuchSiting:
        raise Http404 from None
    return _start(request, "paper.siting", found.home, format, siting=siting)


@require_POST
@declares(Permission.EXPORT, purpose=EXPORTING)
def unit_study(request: Request, study: int, format: str) -> HttpResponse:
    """All proposals that a study drew, side by side."""
    try:
        found = units.unit_study(request.scope, study)
    except NoSuchUnitStudy:
        raise Http404 from None
    return _start(request, "paper.units", found.district, format, study=study, proposal=None)


@require_POST
@declares(Permission.EXPORT, purpose=EXPORTING)
def unit_proposal(request: Request, proposal: int, format: str) -> HttpResponse:
    """One proposal, or one revision of it."""
    try:
        found = units.unit_proposal(request.scope, proposal)
        study = units.unit_study(request.scope, found.study)
    except NoSuchUnitStudy:
        raise Http404 from None
    return _start(request, "paper.units", study.district, format, study=study.id, proposal=proposal)
