"""Sitings: ask what should go where, watch the search, read its answer, take it further."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.places import queries as places
from linli.domain.places.queries import EditionValue
from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.places.rules.walkways import NoWalkableStreet
from linli.domain.planning import operations as planning
from linli.domain.planning import queries
from linli.domain.planning.queries import SitingLine, SitingValue
from linli.domain.planning.rules.faults import EditsRefused
from linli.domain.planning.rules.siting import Candidate, Objective, Origin
from linli.domain.planning.rules.siting_edits import edits_of
from linli.domain.planning.rules.siting_studies import NotRelaxable, StudyState, relaxed
from linli.domain.planning.rules.siting_terms import SitingTerms
from linli.domain.standards import queries as standards
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.frame import Frame
from linli.faces.desk.planning import siting_form as asking
from linli.faces.desk.planning import siting_sites
from linli.faces.desk.planning import siting_words as said
from linli.faces.desk.planning.siting_form import Faults, SitingForm
from linli.faces.desk.planning.siting_page import AnswerPage, live
from linli.faces.desk.planning.tabs import tabs
from linli.faces.desk.views.cockpit import map_base
from linli.runtime.jobs import queue

READING = (Purpose.PLANNING, Purpose.AUDIT)
SHOWN_SITES = 400
FORMATS = ("xlsx", "gpkg", "geojson", "pdf")


def _cache() -> Path:
    return Path(settings.VAR) / "situations"


def _context(frame: Frame, **more: Any) -> dict[str, Any]:
    return frame.context(tabs=tabs(frame.request), **more)


def _homes(frame: Frame) -> list[dict[str, Any]]:
    """Areas for which the person may plan, the largest first."""
    held = frame.scope.places(Permission.PLAN)
    return [
        {"id": area.place, "name": area.name, "layer": area.layer}
        for area in frame.areas.values()
        if area.place in held
    ]


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def index(request: Request) -> HttpResponse:
    frame = Frame(request)
    found = queries.sitings(frame.scope, frame.district.place)
    rows = [_row(frame, one) for one in found]
    return render(request, "desk/planning/sitings.html", _context(frame, rows=rows, may_plan=bool(_homes(frame))))


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


# --- Asking ---------------------------------------------------------------------------------------------------------


@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def ask(request: Request) -> HttpResponse:
    """The question: a form with the standards' figures in it, and its reading."""
    frame = Frame(request)
    terms = queries.siting_terms()
    if request.method == "POST":
        return _asked(frame, asking.of_post(request.POST, terms))
    return _form_page(frame, _start(frame), Faults())


def _start(frame: Frame) -> SitingForm:
    """A form like an earlier study, or about what the address names."""
    asked, terms = frame.request.GET, queries.siting_terms()
    if asked.get("like", "").isdecimal():
        study = _study(frame, int(asked["like"]))
        return asking.like(study.problem, terms, name=study.name, home=str(study.home), limit_s=study.limit_s)
    kinds = [kind for kind in asked.getlist("kind") if kind in frame.kinds][: asking.ROWS]
    homes = _homes(frame)
    home = next((str(one["id"]) for one in homes if str(one["id"]) == asked.get("home")), "")
    form = asking.blank(terms, kinds or ["kindergarten"], home=home or (str(homes[0]["id"]) if homes else ""))
    form = replace(form, most=asked.get("most", form.most)[:3])
    return form if _has_room(frame, form) else replace(form, origins=form.origins | {Origin.BUILDING})


def _has_room(frame: Frame, form: SitingForm) -> bool:
    """Whether any idle premises could hold the first function; if none can, buildings are looked at too."""
    need = queries.siting_terms().function(form.rows[0].kind).area_m2
    found = _sites(frame, _home(frame, form), frozenset({Origin.PREMISES}))
    return any(one.candidate.area_m2 is None or one.candidate.area_m2 >= need for one in found)


def _edition(frame: Frame) -> EditionValue:
    try:
        return places.current(frame.scope, frame.district.place)
    except places.NoSuchEdition:
        raise Http404 from None


def _sites(frame: Frame, home: int, origins: frozenset[Origin]) -> tuple[siting_sites.Site, ...]:
    areas = {place: area.name for place, area in frame.areas.items()}
    return siting_sites.sites(frame.scope, _edition(frame).id, home, origins, areas)


def _home(frame: Frame, form: SitingForm) -> int:
    """The area that the form names; whoever may not plan there is refused."""
    home = int(form.home) if form.home.isdecimal() else frame.district.place
    require(frame.scope, Permission.PLAN, home)
    if home not in frame.areas:
        raise Http404
    return home


def _limits(frame: Frame) -> Mapping[str, float]:
    usual = {one.key: float(one.default_limit_m) for one in standards.facility_kinds() if one.default_limit_m}
    return siting_sites.limits(frame.pack if frame.round else None, usual)


def _asked(frame: Frame, form: SitingForm) -> HttpResponse:
    faults = Faults()
    home = _home(frame, form)
    found = _sites(frame, home, form.origins)
    candidates = siting_sites.chosen(form, found)
    problem = asking.problem_of(form, queries.siting_terms(), _limits(frame), candidates, faults)
    if not faults:
        try:
            study = planning.ask_siting(
                act_of(frame.request),
                frame.scope,
                district=frame.district.place,
                home=home,
                name=form.name or _name(frame, form),
                day=timezone.localdate(),
                problem=problem,
                limit_s=float(form.limit_s),
                cache=_cache(),
            )
        except planning.SitingRefused as refusal:
            asking.place_faults(refusal.faults, form, _names(frame, problem.candidates), faults)
        except planning.SitesOutsideArea as refusal:
            names = _names(frame, problem.candidates)
            said_names = _("、").join(names.get(key, key) for key in refusal.keys[:5])
            faults.add("candidates", _("这些地点不在所选范围内:%(names)s。") % {"names": said_names})
        except (places.EmptyEdition, NoWalkableStreet):
            faults.add("candidates", _("这一版次没有可步行的道路,无法计算。请先补充道路数据。"))
        else:
            _enqueue(frame, study, home)
            return redirect("desk:siting", study)
    return _form_page(frame, form, faults, status=400)


def _enqueue(frame: Frame, study: int, home: int) -> None:
    queue.enqueue("desk.siting", person=frame.request.user.pk, home=home, study=study)


def _names(frame: Frame, candidates: tuple[Candidate, ...]) -> dict[str, str]:
    return {**frame.kinds, **{one.key: one.name or one.key for one in candidates}}


def _name(frame: Frame, form: SitingForm) -> str:
    first = frame.kinds.get(form.rows[0].kind, "") if form.rows else ""
    if len(form.rows) > 1:
        return (_("%(kinds)s等 %(count)s 类选址") % {"kinds": first, "count": len(form.rows)})[:80]
    return (_("%(kinds)s选址") % {"kinds": first})[:80]


def _form_page(frame: Frame, form: SitingForm, faults: Faults, *, status: int = 200) -> HttpResponse:
    terms, limits = queries.siting_terms(), _limits(frame)
    homes = _homes(frame)
    home = int(form.home) if form.home.isdecimal() else frame.district.place
    edition = _edition(frame)
    found = _sites(frame, home, form.origins | {Origin.PREMISES})
    rows = [*form.rows, *[asking.FunctionRow()] * (asking.ROWS - len(form.rows))]
    kind = form.rows[0].kind if form.rows else ""
    context = _context(
        frame,
        form=form,
        faults=faults.by_field,
        homes=homes,
        rows=[_function_row(n, row, faults) for n, row in enumerate(rows)],
        kinds=sorted(frame.kinds.items(), key=lambda one: one[0] not in {each.kind for each in terms.functions}),
        age_groups=[(key, words.age_group(key)) for key in AGE_GROUPS],
        defaults={key: _defaults(terms, limits, key) for key in frame.kinds},
        origins=[_origin_row(one, form) for one in (Origin.PREMISES, Origin.BUILDING)],
        sites=[_site_row(one, form) for one in found[:SHOWN_SITES]],
        sites_total=len(found),
        points=[one.at for one in form.points],
        left_out=sorted(form.left_out),
        ways=_way_groups(form),
        ways_faults=[text for key, texts in faults.by_field.items() if key.startswith("way") for text in texts],
        objectives=[
            {"key": one.value, "name": said.objective(one), "hint": said.objective_hint(one)} for one in Objective
        ],
        years=[{"n": n, "value": form.budgets[n] if n < len(form.budgets) else ""} for n in range(asking.YEARS)],
        years_faults=[text for key, texts in faults.by_field.items() if key.startswith("budget-") for text in texts],
        first_year=form.first_year or str(timezone.localdate().year + 1),
        limits_s=asking.LIMITS_S,
        map=map_base(frame, edition)
        | {
            "facilities": reverse("desk:map_facilities", args=[frame.district.place, edition.number, kind])
            if kind in frame.kinds
            else "",
            "facilities_of": reverse("desk:map_facilities", args=[frame.district.place, edition.number, "KIND"]),
            "sites": [_site_row(one, form) for one in found],
            "sites_url": reverse("desk:siting_sites"),
            "shown": SHOWN_SITES,
            "points": [one.at for one in form.points],
            "says": _map_words(),
        },
    )
    return render(frame.request, "desk/planning/siting_ask.html", context, status=status)


@gzip_page
@require_GET
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def sites(request: Request) -> HttpResponse:
    """Sites of an area, for the map and the list of the form."""
    frame = Frame(request)
    origins = frozenset(one for one in Origin if one in request.GET.getlist("origin"))
    form = SitingForm(home=request.GET.get("home", ""), origins=origins)
    found = _sites(frame, _home(frame, form), origins)
    body = {"sites": [_site_row(one, form) for one in found]}
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


def _map_words() -> dict[str, str]:
    return {
        "draw": _("在图上点出位置"),
        "drawing": _("点一下地图放一个点;再点一下这个点把它去掉"),
        "point": _("图上第 N 点"),
        "in": _("在候选内,点一下去掉"),
        "out": _("不在候选内,点一下加上"),
        "count": _("N 处候选,M 处放得下"),
        "remove": _("去掉第 N 点"),
    }


def _function_row(n: int, row: asking.FunctionRow, faults: Faults) -> dict[str, Any]:
    said_here = [text for key in ("kind", "age", "limit", "area", "weight", "capacity")
                 for text in faults.by_field.get(f"{key}-{n}", ())]  # fmt: skip
    return {"n": n, **asdict(row), "faults": said_here}


def _defaults(terms: SitingTerms, limits: Mapping[str, float], kind: str) -> dict[str, Any]:
    usual = terms.function(kind)
    return {
        "age": usual.age_group,
        "limit": f"{limits.get(kind, terms.other_limit_m):g}",
        "area": f"{usual.area_m2:g}",
        "area_source": words.confidence(usual.confidence),
        "shares": usual.shares,
    }


def _origin_row(one: Origin, form: SitingForm) -> dict[str, Any]:
    return {"key": one.value, "name": said.origin(one), "used": one in form.origins}


def _site_row(one: siting_sites.Site, form: SitingForm) -> dict[str, Any]:
    site = one.candidate
    return {
        "key": site.key,
        "name": site.name,
        "origin": site.origin.value,
        "origin_name": said.origin(site.origin),
        "area": None if site.area_m2 is None else round(site.area_m2),
        "note": one.note,
        "at": site.at,
        "used": site.key not in form.left_out and site.origin in form.origins,
    }


def _way_groups(form: SitingForm) -> list[dict[str, Any]]:
    order = (Origin.PREMISES, Origin.BUILDING, Origin.POINT)
    return [
        {
            "name": said.origin(origin),
            "rows": [
                {
                    "key": f"{one.origin}-{one.supply}",
                    "name": said.supply(one.supply),
                    "used": one.used,
                    "yuan": one.yuan,
                    "yearly": one.yuan_yearly,
                }
                for one in form.ways
                if one.origin is origin
            ],
        }
        for origin in order
    ]


# --- One study ------------------------------------------------------------------------------------------------------


def _study(frame: Frame, study: int) -> SitingValue:
    try:
        found = queries.siting(frame.scope, study)
    except queries.NoSuchSiting:
        raise Http404 from None
    if found.district != frame.district.place:
        raise Http404
    return found


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def show(request: Request, siting: int) -> HttpResponse:
    return _study_page(Frame(request), siting)


def _study_page(frame: Frame, siting: int, *, fault: str = "") -> HttpResponse:
    study = _study(frame, siting)
    context = _context(
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
    names = _names(frame, study.problem.candidates)
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
    study = _study(frame, siting)
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
            cache=_cache(),
        )
    except NotRelaxable:
        raise Http404 from None
    except (planning.SitingRefused, planning.SitesOutsideArea):
        return _study_page(frame, siting, fault=_("数据已经更新,原来的地点有变化。请用“修改后再问”重新选择。"))
    _enqueue(frame, again, study.home)
    return redirect("desk:siting", again)


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def propose(request: Request, siting: int) -> HttpResponse:
    """From places of the answer to proposed projects."""
    frame = Frame(request)
    keys = request.POST.getlist("choice")
    if not keys:
        return _study_page(frame, siting, fault=_("请至少勾选一处。"))
    names = [request.POST.get(f"name-{key}", "")[:120] for key in keys]
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
    study = _study(frame, siting)
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
            cache=_cache(),
        )
    except (EditsRefused, planning.OutsideArea, planning.NameTaken, planning.NameNotPossible):
        return _study_page(frame, siting, fault=_("数据已经更新,原来的地点有变化。请用“修改后再问”重新选择。"))
    return redirect("desk:scenario", made.id)


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def withdraw(request: Request, siting: int) -> HttpResponse:
    frame = Frame(request)
    because = request.POST.get("reason", "").strip()[:200]
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
