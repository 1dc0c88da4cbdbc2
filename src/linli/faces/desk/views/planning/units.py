"""Units: the studies of a district, the proposals of one side by side, and the plan in force."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from linli.domain.people import queries as people
from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.places import queries as places
from linli.domain.planning.operations import units as operations
from linli.domain.planning.queries import units as queries
from linli.domain.planning.queries.unit_rules import unit_rules
from linli.domain.planning.queries.units import PlanValue, ProposalValue, UnitStudyValue
from linli.domain.planning.rules.units.studies import UnitStudyState
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.frame import Frame
from linli.faces.desk.planning import unit_shapes, unit_words
from linli.faces.desk.planning.tabs import tabs
from linli.faces.desk.planning.unit_forms import UnitRulesForm
from linli.faces.desk.planning.unit_jobs import KIND
from linli.faces.desk.views import jobs
from linli.runtime.jobs import queue

READING = (Purpose.PLANNING, Purpose.AUDIT)


def study_of(frame: Frame, study: int) -> UnitStudyValue:
    """A study of the district that is shown; any other does not exist."""
    try:
        found = queries.unit_study(frame.scope, study)
    except queries.NoSuchUnitStudy:
        raise Http404 from None
    if found.district != frame.district.place:
        raise Http404
    return found


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def index(request: Request) -> HttpResponse:
    frame = Frame(request)
    return render(request, "desk/units.html", _index(frame))


def _index(frame: Frame, **more: Any) -> dict[str, Any]:
    scope, district = frame.scope, frame.district.place
    studies, today = queries.unit_studies(scope, district), timezone.localdate()
    plans = [one for one in queries.unit_plans(scope, district) if one.withdrawn_at is None]
    names = people.names([*(one.actor for one in studies), *(one.actor for one in plans)])
    editions = {one.id: one.number for one in places.editions(scope, district)} if studies else {}
    return frame.context(
        tabs=tabs(frame.request),
        may_plan=scope.may(Permission.PLAN, district),
        sees_all=scope.may(Permission.VIEW_CHECKUP, district),
        studies=[_study_row(one, names, editions.get(one.edition, 0)) for one in studies],
        plans=[plan_row(one, names, today) for one in plans],
        **more,
    )


def _study_row(one: UnitStudyValue, names: Mapping[int, str], edition: int) -> dict[str, Any]:
    return {
        "url": reverse("desk:unit_study", args=[one.id]),
        "name": one.name,
        "day": one.day,
        "edition": _("第 %(number)s 版") % {"number": edition},
        "state": state_name(one),
        "range": f"{one.rules.people_min:,}–{one.rules.people_max:,}",
        "actor": names.get(one.actor, ""),
        "at": one.at,
    }


def state_name(one: UnitStudyValue) -> str:
    if one.state is UnitStudyState.ASKED:
        return _("正在停止") if one.stops else _("正在划分")
    return {UnitStudyState.DRAWN: _("已划分"), UnitStudyState.STOPPED: _("已停止,保留已有的划法")}[one.state]


def plan_row(one: PlanValue, names: Mapping[int, str], today: date) -> dict[str, Any]:
    in_force = one.from_on <= today and (one.until_on is None or today < one.until_on)
    return {
        "id": one.id,
        "url": reverse("desk:unit_plan", args=[one.id]),
        "from": one.from_on,
        "until": one.until_on,
        "in_force": in_force,
        "later": one.from_on > today,
        "units": one.units,
        "people": one.people,
        "actor": names.get(one.actor, ""),
    }


@require_GET
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def new(request: Request) -> HttpResponse:
    frame = Frame(request)
    require(frame.scope, Permission.PLAN, frame.district.place)
    rules = unit_rules()
    return _form_page(frame, UnitRulesForm(rules))


def _form_page(frame: Frame, form: UnitRulesForm) -> HttpResponse:
    context = frame.context(
        tabs=tabs(frame.request),
        form=form,
        services=[
            {"name": unit_words.service_name(one, frame.kinds), "basis": unit_words.basis(one.basis)}
            for one in form.rules.services
        ],
        goals=str(_("、")).join(words.name(goal) for goal in form.rules.goals),
    )
    return render(frame.request, "desk/unit_new.html", context, status=400 if form.errors else 200)


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def ask(request: Request) -> HttpResponse:
    frame = Frame(request)
    require(frame.scope, Permission.PLAN, frame.district.place)
    form = UnitRulesForm(unit_rules(), request.POST)
    if not form.is_valid():
        return _form_page(frame, form)
    try:
        with transaction.atomic():
            study = operations.ask_units(
                act_of(request), frame.scope, district=frame.district.place, name=form.cleaned_data["name"],
                day=form.cleaned_data["day"], rules=form.chosen(), runs=int(form.cleaned_data["runs"]),
            )  # fmt: skip
            queue.enqueue(KIND, person=request.user.pk, home=frame.district.place, study=study.id)
    except (places.NoSuchEdition, places.EmptyEdition):
        form.add_error(None, _("这个区现在没有数据。请先导入数据,再划分单元。"))
        return _form_page(frame, form)
    return redirect("desk:unit_study", study.id)


def exports(frame: Frame, study: UnitStudyValue, url_name: str, of: int) -> list[dict[str, str]]:
    """The files in which a study or a proposal can be taken away."""
    if not frame.scope.may(Permission.EXPORT, study.district):
        return []
    names = {"gpkg": "GeoPackage", "geojson": "GeoJSON", "xlsx": _("Excel 表格"), "pdf": "PDF"}
    return [{"url": reverse(url_name, args=[of, form]), "label": name} for form, name in names.items()]


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def study(request: Request, study: int) -> HttpResponse:
    frame = Frame(request)
    return study_page(frame, study_of(frame, study))


def study_page(frame: Frame, study: UnitStudyValue, *faults: str) -> HttpResponse:
    request, rules = frame.request, study.rules
    proposals = queries.unit_proposals(frame.scope, study.id)
    names = people.names([study.actor, *(one.actor for one in proposals)])
    urls = [reverse("desk:unit_proposal", args=[study.id, one.id]) for one in proposals]
    titles = [unit_words.proposal_name(one) for one in proposals]
    ticket = _ticket(frame, study) if study.state is UnitStudyState.ASKED else None
    edition = places.edition_by_id(frame.scope, study.edition)
    context = frame.context(
        tabs=tabs(request),
        study=study,
        state=state_name(study) if ticket is None or not ticket.is_final else str(ticket.state.label),
        actor=names.get(study.actor, ""),
        edition=edition.number,
        is_newest=edition.id == places.current(frame.scope, study.district).id,
        entry=jobs.entry(ticket) if ticket else None,
        may_plan=frame.scope.may(Permission.PLAN, study.district) and study.withdrawn_at is None,
        proposals=[
            {"url": url, "name": title, "map": _small(frame, one),
             "actor": names.get(one.actor, "") if one.revises else ""}
            for one, url, title in zip(proposals, urls, titles, strict=True)
        ],
        rows=unit_words.comparison(proposals, rules, frame.kinds) if proposals else [],
        strips=unit_shapes.strips(proposals, titles, urls, rules.people_min, rules.people_max) if proposals else None,
        infeasible=_infeasible(frame, study, proposals),
        first=urls[0] if urls else "",
        changed=str(_(";")).join(_changed(rules)),
        exports=exports(frame, study, "paper:unit_study", study.id) if proposals else [],
        faults=faults,
    )  # fmt: skip
    return render(request, "desk/unit_study.html", context, status=400 if faults else 200)


def _small(frame: Frame, one: ProposalValue) -> unit_shapes.SmallMap:
    return unit_shapes.kept_map(one, lambda: queries.drawn_proposal(frame.scope, one.id))


def _ticket(frame: Frame, study: UnitStudyValue) -> queue.Ticket | None:
    """The job that draws the study, while there is one."""
    recent = queue.recent(homes=[study.district], limit=50)
    return next((one for one in recent if one.kind == KIND and one.arguments.get("study") == study.id), None)


def _infeasible(frame: Frame, study: UnitStudyValue, proposals: tuple[ProposalValue, ...]) -> list[dict[str, Any]]:
    if not proposals or not proposals[0].infeasible:
        return []
    atoms = queries.atoms_of(frame.scope, study.id)
    return [unit_words.infeasible(part, atoms, study.rules) for part in proposals[0].infeasible]


def _changed(rules: Any) -> list[str]:
    """Which figures the officer gave differ from those of the pack."""
    standing = unit_rules()
    found = []
    if (rules.people_min, rules.people_max) != (standing.people_min, standing.people_max):
        found.append(
            _("人口 %(least)s–%(most)s 人") % {"least": f"{rules.people_min:,}", "most": f"{rules.people_max:,}"}
        )
    if rules.walk_minutes != standing.walk_minutes:
        found.append(_("步行 %(minutes)s 分钟") % {"minutes": f"{rules.walk_minutes:g}"})
    if rules.share_min != standing.share_min:
        found.append(_("可达占比 %(share)s") % {"share": unit_words.share(rules.share_min)})
    for mine, theirs in zip(rules.lines, standing.lines, strict=True):
        if mine.never != theirs.never:
            said = _("不许跨越%(line)s") if mine.never else _("可以跨越%(line)s")
            found.append(said % {"line": words.name(mine)})
        elif mine.price != theirs.price:
            found.append(_("%(line)s每米 %(price)s") % {"line": words.name(mine), "price": f"{mine.price:g}"})
    return found


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def progress(request: Request, study: int) -> HttpResponse:
    """The fragment that replaces itself until the search has ended; then the page is asked for anew."""
    frame = Frame(request)
    found = study_of(frame, study)
    ticket = _ticket(frame, found)
    if found.state is not UnitStudyState.ASKED or ticket is None or ticket.is_final:
        return HttpResponse(headers={"HX-Refresh": "true"})
    may_plan = frame.scope.may(Permission.PLAN, found.district)
    return render(request, "desk/_unit_job.html", {"study": found, "job": ticket, "may_plan": may_plan})


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def stop(request: Request, study: int) -> HttpResponse:
    frame = Frame(request)
    found = study_of(frame, study)
    try:
        operations.stop_units(act_of(request), frame.scope, study=found.id)
    except operations.UnitStudyEnded:
        return redirect("desk:unit_study", study)
    ticket = _ticket(frame, found)
    if ticket is not None and not ticket.is_final:
        queue.stop(ticket.id)
    return redirect("desk:unit_study", study)


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def withdraw(request: Request, study: int) -> HttpResponse:
    frame = Frame(request)
    found = study_of(frame, study)
    try:
        because = request.POST.get("reason", "").replace("\0", "")
        operations.withdraw_study(act_of(request), frame.scope, study=study, because=because)
    except operations.UnitReasonMissing:
        return study_page(frame, found, _("请写明撤回的原因。"))
    except operations.UnitStudyAdopted:
        return study_page(frame, found, _("这项研究的方案已被采用。请先撤回采用,再撤回研究。"))
    except operations.UnitStudyWithdrawn:
        raise Http404 from None
    return redirect("desk:units")


@gzip_page
@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def atoms(request: Request, study: int) -> HttpResponse:
    """Atoms and borders for the large map; they never change, so the browser may keep them."""
    frame = Frame(request)
    study_of(frame, study)
    try:
        found = queries.atoms_of(frame.scope, study)
    except queries.NothingDrawn:
        raise Http404 from None
    answer = HttpResponse(unit_shapes.kept_geojson(found), content_type="application/json")
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer
