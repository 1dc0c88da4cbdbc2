"""The adopted plan of a district: its units on the map and in a list, until another replaces it."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from linli.domain.people import queries as people
from linli.domain.people.rules import Permission, Purpose
from linli.domain.places import queries as places
from linli.domain.planning.operations import units as operations
from linli.domain.planning.queries import units as queries
from linli.domain.planning.queries.units import PlannedUnit, PlanValue
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.frame import Frame
from linli.faces.desk.planning import unit_shapes, unit_words
from linli.faces.desk.planning.tabs import tabs
from linli.faces.desk.views.cockpit import map_base
from linli.faces.desk.views.planning.units import READING, plan_row

NAMED = 3


def plan_of(frame: Frame, plan: int) -> PlanValue:
    try:
        found = queries.unit_plan(frame.scope, plan)
    except queries.NoSuchUnitStudy:
        raise Http404 from None
    if found.district != frame.district.place:
        raise Http404
    return found


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def plan(request: Request, plan: int) -> HttpResponse:
    frame = Frame(request)
    return _page(frame, plan_of(frame, plan))


def _page(frame: Frame, found: PlanValue, *faults: str) -> HttpResponse:
    scope, today = frame.scope, timezone.localdate()
    units = queries.planned_units(scope, found.id)
    edition = places.current(scope, found.district)
    sees_study = scope.may(Permission.VIEW_CHECKUP, found.district)
    context = frame.context(
        tabs=tabs(frame.request),
        plan=plan_row(found, dict(people.names([found.actor])), today),
        withdrawn=found.withdrawn_at,
        because=found.withdrawn_because,
        study_url=reverse("desk:unit_proposal", args=[found.study, found.proposal]) if sees_study else "",
        may_plan=scope.may(Permission.PLAN, found.district) and found.withdrawn_at is None,
        units=[_row(frame, unit) for unit in units],
        map=map_base(frame, edition) | {"units": {"url": reverse("desk:unit_plan_map", args=[found.id]), "fill": True}},
        faults=faults,
    )
    return render(frame.request, "desk/unit_plan.html", context, status=400 if faults else 200)


def _row(frame: Frame, unit: PlannedUnit) -> dict[str, object]:
    named = [frame.area_name(place) for place, _people in unit.communities if place in frame.areas]
    return {
        "name": unit_words.unit_name(unit.number - 1),
        "people": unit.people,
        "communities": str(_("、")).join(named[:NAMED]) + ("…" if len(named) > NAMED else ""),
        "area_km2": unit.area_m2 / 1e6,
        "radius_m": unit.radius_m,
        "exception": unit.exception,
    }


@gzip_page
@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def plan_map(request: Request, plan: int) -> HttpResponse:
    """Units of a plan as areas, those that the scope sees."""
    frame = Frame(request)
    found = plan_of(frame, plan)
    units = queries.planned_units(frame.scope, found.id)
    names = [unit_words.unit_name(unit.number - 1) for unit in units]
    return HttpResponse(unit_shapes.plan_geojson(units, names), content_type="application/geo+json")


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def withdraw_plan(request: Request, plan: int) -> HttpResponse:
    frame = Frame(request)
    found = plan_of(frame, plan)
    try:
        because = request.POST.get("reason", "").replace("\0", "")
        operations.withdraw_plan(act_of(request), frame.scope, plan=plan, because=because)
    except operations.UnitReasonMissing:
        return _page(frame, found, _("请写明撤回的原因。"))
    except operations.UnitPlanWithdrawn:
        raise Http404 from None
    return redirect("desk:units")
