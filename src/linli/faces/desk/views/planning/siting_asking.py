"""The question of a siting: a form with the standard's figures in it, its sites, and its reading."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.places import queries as places
from linli.domain.places.queries import EditionValue
from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.places.rules.walkways import NoWalkableStreet
from linli.domain.planning import operations as planning
from linli.domain.planning import queries
from linli.domain.planning.queries import SitingValue
from linli.domain.planning.rules.siting.problems import Candidate, Objective, Origin
from linli.domain.planning.rules.siting.terms import SitingTerms
from linli.domain.standards import queries as standards
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.frame import Frame
from linli.faces.desk.planning import siting_form as asking
from linli.faces.desk.planning import siting_sites
from linli.faces.desk.planning import siting_words as said
from linli.faces.desk.planning.siting_form import Faults, SitingForm
from linli.faces.desk.planning.tabs import tabs
from linli.faces.desk.views.cockpit import map_base
from linli.runtime.jobs import queue

READING = (Purpose.PLANNING, Purpose.AUDIT)
SHOWN_SITES = 400


def cache() -> Path:
    return Path(settings.VAR) / "situations"


def context_of(frame: Frame, **more: Any) -> dict[str, Any]:
    return frame.context(tabs=tabs(frame.request), **more)


def homes_of(frame: Frame) -> list[dict[str, Any]]:
    """Areas for which the person may plan, the largest first."""
    held = frame.scope.places(Permission.PLAN)
    return [
        {"id": area.place, "name": area.name, "layer": area.layer}
        for area in frame.areas.values()
        if area.place in held
    ]


def study_of(frame: Frame, study: int) -> SitingValue:
    try:
        found = queries.siting(frame.scope, study)
    except queries.NoSuchSiting:
        raise Http404 from None
    if found.district != frame.district.place:
        raise Http404
    return found


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
        study = study_of(frame, int(asked["like"]))
        return asking.like(study.problem, terms, name=study.name, home=str(study.home), limit_s=study.limit_s)
    kinds = [kind for kind in asked.getlist("kind") if kind in frame.kinds][: asking.ROWS]
    homes = homes_of(frame)
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
                cache=cache(),
            )
        except planning.SitingRefused as refusal:
            asking.place_faults(refusal.faults, form, names_of(frame, problem.candidates), faults)
        except planning.SitesOutsideArea as refusal:
            names = names_of(frame, problem.candidates)
            said_names = _("、").join(names.get(key, key) for key in refusal.keys[:5])
            faults.add("candidates", _("这些地点不在所选范围内:%(names)s。") % {"names": said_names})
        except (places.EmptyEdition, NoWalkableStreet):
            faults.add("candidates", _("这一版次没有可步行的道路,无法计算。请先补充道路数据。"))
        else:
            enqueue(frame, study, home)
            return redirect("desk:siting", study)
    return _form_page(frame, form, faults, status=400)


def enqueue(frame: Frame, study: int, home: int) -> None:
    queue.enqueue("desk.siting", person=frame.request.user.pk, home=home, study=study)


def names_of(frame: Frame, candidates: tuple[Candidate, ...]) -> dict[str, str]:
    return {**frame.kinds, **{one.key: one.name or one.key for one in candidates}}


def _name(frame: Frame, form: SitingForm) -> str:
    first = frame.kinds.get(form.rows[0].kind, "") if form.rows else ""
    if len(form.rows) > 1:
        return (_("%(kinds)s等 %(count)s 类选址") % {"kinds": first, "count": len(form.rows)})[:80]
    return (_("%(kinds)s选址") % {"kinds": first})[:80]


def _form_page(frame: Frame, form: SitingForm, faults: Faults, *, status: int = 200) -> HttpResponse:
    terms, limits = queries.siting_terms(), _limits(frame)
    homes = homes_of(frame)
    home = int(form.home) if form.home.isdecimal() else frame.district.place
    edition = _edition(frame)
    found = _sites(frame, home, form.origins | {Origin.PREMISES})
    rows = [*form.rows, *[asking.FunctionRow()] * (asking.ROWS - len(form.rows))]
    kind = form.rows[0].kind if form.rows else ""
    context = context_of(
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
