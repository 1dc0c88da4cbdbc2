"""Sitings: watch the search, read its answer, take it further."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.places import queries as places
from linli.domain.planning import operations as planning
from linli.domain.planning import queries
from linli.domain.planning.queries import SitingLine, SitingValue
from linli.domain.planning.rules.scenarios.faults import EditsRefused
from linli.domain.planning.rules.siting.edits import edits_of
from linli.domain.planning.rules.siting.problems import Objective, Origin
from linli.domain.planning.rules.siting.studies import NotRelaxable, StudyState, relaxed
from linli.domain.standards import queries as standards
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.frame import Frame
from linli.faces.desk.planning import siting_words as said
from linli.faces.desk.planning.siting_page import AnswerPage, live
from linli.faces.desk.views.cockpit import map_base
from linli.faces.desk.views.planning.siting_asking import (
    READING,
    cache,
    context_of,
    enqueue,
    homes_of,
    names_of,
    study_of,
)

FORMATS = ("xlsx", "gpkg", "geojson", "pdf")


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def index(request: Request) -> HttpResponse:
    frame = Frame(request)
    found = queries.sitings(frame.scope, frame.district.place)
    rows = [_row(frame, one) for one in found]
    return render(request, "desk/planning/sitings.html", context_of(frame, rows=rows, may_plan=bool(homes_of(frame))))


def _row(frame: Frame, one: SitingLine) -> dict[str, Any]:
    return {
        "url": reverse("desk:siting", args=[one.id]),
        "name": one.name,
        "kinds": _("、").join(frame.kinds.get(kind, kind) for kind in one.kinds),
        "area": frame.area_name(one.home),
        "objective": said.objective(one.objective),
        "state": said.state(one.state),
        "chosen": one.chosen,
        "gap": "—" if one.gap is None else said.percent(one.gap),
        "is_proven": one.gap == 0,
        "is_stale": one.is_stale,
        "is_withdrawn": one.is_withdrawn,
        "at": one.at,
    }


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def show(request: Request, siting: int) -> HttpResponse:
    return _study_page(Frame(request), siting)


def _study_page(frame: Frame, siting: int, *, fault: str = "") -> HttpResponse:
    study = study_of(frame, siting)
    context = context_of(
        frame,
        study=study,
        state=said.state(study.state),
        area=frame.area_name(study.home) if study.home != frame.district.place else frame.district.name,
        edition_number=places.edition_by_id(frame.scope, study.edition).number,
        may_plan=frame.scope.may(Permission.PLAN, study.home),
        question=_question(frame, study),
        is_running=study.state in (StudyState.QUEUED, StudyState.RUNNING),
        fault=fault,
        formats=FORMATS if frame.scope.may(Permission.EXPORT, study.home) else (),
        whatif_url=reverse("desk:siting_scenario", args=[study.id]),
        fields_url=f"{reverse('desk:siting_ask')}?like={study.id}",
        **_progress(frame, siting),
    )
    if study.answer is not None:
        areas = {place: area.name for place, area in frame.areas.items()}
        page = AnswerPage(study, frame.kinds, areas, _indicators(study))
        edition = places.edition_by_id(frame.scope, study.edition)
        context |= {
            "answer": page.context(),
            "map": map_base(frame, edition) | page.on_map(),
            "legend": page.legend(),
        }
    if study.infeasible is not None:
        context["relaxations"] = _relaxations(frame, study)
    return render(frame.request, "desk/planning/siting.html", context, status=400 if fault else 200)


def _indicators(study: SitingValue) -> Mapping[str, str]:
    """Names of the indicators by which shortfalls are told."""
    if study.gains is None or study.gains.pack not in standards.packs():
        return {}
    pack = standards.pack(study.gains.pack, day=study.day, district=study.district)
    return {one.key: words.name(one) for one in pack.indicators}


def _relaxations(frame: Frame, study: SitingValue) -> list[dict[str, Any]]:
    names = names_of(frame, study.problem.candidates)
    assert study.infeasible is not None
    return [
        {
            "number": n,
            "label": said.relaxation(one, names),
            "why": said.relaxation_why(one, names),
            "proven": one.proven,
        }
        for n, one in enumerate(study.infeasible.relaxations)
    ]


def _question(frame: Frame, study: SitingValue) -> dict[str, Any]:
    problem = study.problem
    return {
        "objective": said.objective(problem.objective),
        "functions": [
            {
                "kind": frame.kinds.get(one.kind, one.kind),
                "group": words.age_group(one.age_group),
                "limit": f"{one.limit_m:,.0f}",
                "area": f"{one.area_m2:,.0f}" if one.area_m2 else "—",
                "weight": f"{one.weight:g}",
                "capacity": "—" if one.capacity is None else f"{one.capacity:,.0f}",
            }
            for one in problem.functions
        ],
        "candidates": [
            (said.origin(origin), sum(one.origin is origin for one in problem.candidates))
            for origin in Origin
            if any(one.origin is origin for one in problem.candidates)
        ],
        "most": problem.facilities_most,
        "budget": said.money(problem.budget_fen),
        "budgets": [said.money(each) for each in problem.budgets_fen],
        "share": problem.share,
        "cover": f"{100 * problem.cover_share:g}" if problem.objective is Objective.SET_COVERING else "",
    }


def _progress(frame: Frame, siting: int) -> dict[str, Any]:
    try:
        found = queries.siting_progress(frame.scope, siting)
    except queries.NoSuchSiting:
        raise Http404 from None
    began = found.started_at
    seconds = 0.0 if began is None else (timezone.now() - began).total_seconds()
    return {"live": live(found, seconds), "may_stop": frame.scope.places(Permission.PLAN)}


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def progress(request: Request, siting: int) -> HttpResponse:
    """The fragment that replaces itself until the search has ended; then the page is read anew."""
    context = _progress(Frame(request), siting)
    answer = render(request, "desk/planning/_siting_progress.html", context)
    if context["live"]["has_ended"]:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def stop(request: Request, siting: int) -> HttpResponse:
    frame = Frame(request)
    try:
        planning.stop_siting(act_of(request), frame.scope, siting)
    except queries.NoSuchSiting:
        raise Http404 from None
    except planning.SitingEnded:
        messages.info(request, _("计算已经结束。"))
    return redirect("desk:siting", siting)


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def relax(request: Request, siting: int) -> HttpResponse:
    """Ask again with one rule relaxed as far as the answer says that it works."""
    frame = Frame(request)
    study = study_of(frame, siting)
    require(frame.scope, Permission.PLAN, study.home)
    offered = study.infeasible.relaxations if study.infeasible else ()
    number = request.POST.get("number", "")
    if not number.isdecimal() or int(number) >= len(offered):
        raise Http404
    try:
        problem = relaxed(study.problem, offered[int(number)])
        again = planning.ask_siting(
            act_of(request),
            frame.scope,
            district=study.district,
            home=study.home,
            name=study.name,
            day=timezone.localdate(),
            problem=problem,
            limit_s=study.limit_s,
            asks_again=study.id,
            cache=cache(),
        )
    except NotRelaxable:
        raise Http404 from None
    except (planning.SitingRefused, planning.SitesOutsideArea):
        return _study_page(frame, siting, fault=_("数据已经更新,原来的地点有变化。请用“修改后再问”重新选择。"))
    enqueue(frame, again, study.home)
    return redirect("desk:siting", again)


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def propose(request: Request, siting: int) -> HttpResponse:
    """From places of the answer to proposed projects."""
    frame = Frame(request)
    keys = request.POST.getlist("choice")
    if not keys:
        return _study_page(frame, siting, fault=_("请至少勾选一处。"))
    names = [request.POST.get(f"name-{key}", "").replace("\0", "")[:120] for key in keys]
    try:
        made = planning.propose_projects(act_of(request), frame.scope, siting, choices=keys, names=names)
    except queries.NoSuchSiting:
        raise Http404 from None
    except (planning.NoAnswer, planning.NotAChoice):
        return _study_page(frame, siting, fault=_("这里没有这些地点的结果。请重新勾选。"))
    except planning.AlreadyProposed:
        return _study_page(frame, siting, fault=_("其中有的地点已经在拟建项目里了,没有重复加入。请重新勾选。"))
    messages.success(request, _("已把 %(count)s 处加入拟建项目,并记入日志。") % {"count": len(made)})
    return redirect("desk:projects")


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def scenario(request: Request, siting: int) -> HttpResponse:
    """The places that were ticked as edits of a new scenario, whose page shows their whole effect."""
    frame = Frame(request)
    study = study_of(frame, siting)
    keys = request.POST.getlist("choice")
    chosen = [one for one in (study.answer.choices if study.answer else ()) if one.candidate in keys]
    if not chosen:
        return _study_page(frame, siting, fault=_("请至少勾选一处。"))
    name = f"{study.name[:60]} #{study.id} {timezone.localtime():%H:%M:%S}"
    try:
        made = planning.create_scenario(
            act_of(request),
            frame.scope,
            district=study.district,
            home=study.home,
            name=name,
            edits=edits_of(study.problem, chosen),
            cache=cache(),
        )
    except (EditsRefused, planning.OutsideArea, planning.NameTaken, planning.NameNotPossible):
        return _study_page(frame, siting, fault=_("数据已经更新,原来的地点有变化。请用“修改后再问”重新选择。"))
    return redirect("desk:scenario", made.id)


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def withdraw(request: Request, siting: int) -> HttpResponse:
    frame = Frame(request)
    because = request.POST.get("reason", "").replace("\0", "").strip()[:200]
    if len(because) < 2:
        return _study_page(frame, siting, fault=_("请写明撤回的原因。"))
    try:
        planning.withdraw_siting(act_of(request), frame.scope, siting, because=because)
    except queries.NoSuchSiting:
        raise Http404 from None
    except planning.AlreadyTakenBack:
        raise Http404 from None
    messages.success(request, _("已撤回,并记入日志。"))
    return redirect("desk:sitings")
