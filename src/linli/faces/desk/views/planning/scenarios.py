"""Scenarios: the list, and the editor on the map for a new one, a kept one, or one that a link names."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.domain.people.rules import Permission, Purpose
from linli.domain.places import queries as places
from linli.domain.places.queries import EditionValue
from linli.domain.planning import queries as planning
from linli.domain.planning.queries import EffectValue, ScenarioValue
from linli.domain.planning.rules.scenarios.edits import Edit, to_json
from linli.domain.planning.rules.scenarios.summaries import RevisionKind, Standing
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Pack
from linli.faces.components import edit_faults, words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request
from linli.faces.desk.frame import Frame
from linli.faces.desk.planning import phrases, tools
from linli.faces.desk.planning.tabs import tabs
from linli.faces.desk.views.cockpit import map_base
from linli.faces.desk.views.planning.whatif import READING

FIRST_KIND = "kindergarten"
EXPORTS = (("xlsx", "XLSX"), ("pdf", "PDF"), ("gpkg", "GeoPackage"), ("geojson", "GeoJSON"))
SORTS = ("newest", "name", "gain", "cost")


# --- The list -----------------------------------------------------------------------------------


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def index(request: Request) -> HttpResponse:
    frame = Frame(request)
    wanted = {key: request.GET.get(key, "") for key in ("state", "sort", "q")}
    withdrawn = wanted["state"] == Standing.WITHDRAWN
    found = planning.scenarios(frame.scope, frame.district.place, withdrawn=withdrawn)
    pack = pack_of(frame)
    effects = planning.effects(frame.scope, [one.id for one in found], pack_key=pack.key)
    rows = [_row(frame, one, effects.get(one.id, ()), pack) for one in found if _is_wanted(one, wanted)]
    context = frame.context(
        tabs=tabs(request),
        rows=_sorted(rows, wanted["sort"]),
        total=len(found),
        wanted=wanted,
        states=[{"key": one.value, "name": standing(one)} for one in Standing],
        sorts=[{"key": key, "name": name} for key, name in zip(SORTS, _sort_names(), strict=True)],
        may_plan=bool(frame.scope.places(Permission.PLAN)),
    )
    return render(request, "desk/planning/scenarios.html", context)


def _sort_names() -> tuple[str, ...]:
    return _("最近修订"), _("名称"), _("受益人数"), _("成本")


def _is_wanted(one: ScenarioValue, wanted: Mapping[str, str]) -> bool:
    return (not wanted["state"] or one.standing.value == wanted["state"]) and wanted["q"].strip() in one.name


def _sorted(rows: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    match by:
        case "name":
            return sorted(rows, key=lambda row: row["name"])
        case "gain":
            return sorted(rows, key=lambda row: -(row["gained"] or 0))
        case "cost":
            return sorted(rows, key=lambda row: row["cost"] or 0)
        case _:
            return sorted(rows, key=lambda row: row["at"], reverse=True)


def standing(value: Standing) -> str:
    return {
        Standing.CURRENT: _("最新版次"),
        Standing.OLDER: _("旧版次"),
        Standing.STUCK: _("结转受阻"),
        Standing.WITHDRAWN: _("已撤回"),
    }[value]


def _row(frame: Frame, one: ScenarioValue, kept: Sequence[EffectValue], pack: Pack) -> dict[str, Any]:
    """One line; the effect shown is that of the indicator that most people notice, as it was kept."""
    of_all_hours = next((each.summary for each in kept if not each.slice), None)
    sees_all = frame.district.place in frame.scope.places(Permission.VIEW_CHECKUP)
    access = of_all_hours.access if of_all_hours is not None and sees_all else ()
    most = max(access, key=lambda each: each.gained_total + each.lost_total, default=None)
    is_told = most is not None and bool(most.gained_total + most.lost_total)
    names = {each.key: words.name(each) for each in pack.indicators}
    return {
        "id": one.id,
        "url": reverse("desk:scenario", args=[one.id]),
        "name": one.name,
        "home": frame.areas[one.home].name if one.home in frame.areas else "",
        "day": one.day,
        "edits": len(one.edits),
        "edition": one.edition_number,
        "standing": one.standing.value,
        "standing_name": standing(one.standing),
        "gained": most.gained_total if most is not None else None,
        "lost": most.lost_total if most is not None else None,
        "indicator": names.get(most.indicator, "") if most is not None and is_told else "",
        "cost": one.cost_fen / 100 if one.cost_unknown < len(one.edits) else None,
        "cost_unknown": one.cost_unknown,
        "at": one.revised_at,
    }


# --- The editor ---------------------------------------------------------------------------------


@require_GET
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def new(request: Request) -> HttpResponse:
    """A new scenario on the newest edition, empty or with the edits of another."""
    frame = Frame(request)
    try:
        edition = places.current(frame.scope, frame.district.place)
    except (places.NoSuchEdition, places.EmptyEdition):
        return render(request, "desk/planning/scenario.html", frame.context(tabs=tabs(request), no_edition=True))
    edits: tuple[Edit, ...] = ()
    if request.GET.get("from", "").isdecimal():
        edits = scenario_of(request, int(request.GET["from"])).edits
    return _editor(frame, edition, edits, save=reverse("desk:scenario_save", args=[edition.district, edition.number]))


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def show(request: Request, scenario: int) -> HttpResponse:
    return _kept(request, scenario_of(request, scenario))


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def shared(request: Request, token: str) -> HttpResponse:
    """What a link names, for whoever is signed in and may see any of the district."""
    try:
        return _kept(request, planning.by_token(request.scope, token))
    except planning.NoSuchScenario:
        raise Http404 from None


def scenario_of(request: Request, scenario: int) -> ScenarioValue:
    try:
        return planning.scenario(request.scope, scenario)
    except planning.NoSuchScenario:
        raise Http404 from None


def _kept(request: Request, value: ScenarioValue) -> HttpResponse:
    frame = Frame(request)
    if frame.district.place != value.district:
        request.session["district"] = value.district
        frame = Frame(request)
    edition = places.edition_by_id(frame.scope, value.edition)
    may_edit = frame.scope.may(Permission.PLAN, value.home) and value.standing is not Standing.WITHDRAWN
    save = reverse("desk:scenario_revise", args=[value.id]) if may_edit else ""
    return _editor(frame, edition, value.edits, save=save, value=value)


def pack_of(frame: Frame) -> Pack:
    """The pack that the address names, else that of the newest round, else the first."""
    day, keys = timezone.localdate(), standards.packs()
    asked = frame.request.GET.get("pack", "")
    newest = frame.rounds[0].pack_key if frame.rounds else ""
    key = next(key for key in (asked, newest, *keys) if key in keys)
    return standards.pack(key, day=day, district=frame.district.place)


def _editor(
    frame: Frame,
    edition: EditionValue,
    edits: Sequence[Edit],
    *,
    save: str,
    value: ScenarioValue | None = None,
) -> HttpResponse:
    pack = pack_of(frame)
    slices = [{"key": one.key, "name": words.name(one)} for one in standards.time_slices()]
    context = frame.context(
        tabs=tabs(frame.request),
        edition={"number": edition.number},
        packs=[{"key": key, "name": frame.pack_title(key, timezone.localdate())} for key in standards.packs()],
        pack_key=pack.key,
        scenario=_described(frame, value) if value else None,
        may_edit=bool(save),
        may_plan=bool(frame.scope.places(Permission.PLAN)),
        today=timezone.localdate(),
        tool_groups=[
            {"label": label, "tools": [{"kind": one.kind.value, **_button(one)} for one in group]}
            for label, group in tools.GROUPS
        ],
        slices=slices,
        kinds=[{"key": key, "name": name} for key, name in frame.kinds.items()],
        first_kind=FIRST_KIND,
        shown=frame.request.GET.get("shown", ""),
        shown_groups=_shown_groups(pack),
        config=config_of(frame, edition, pack)
        | {
            "may": bool(save),
            "edits": to_json(edits),
            "revision": value.revision if value else 0,
            "urls": _urls(edition) | {"save": save},
        },
    )
    return render(frame.request, "desk/planning/scenario.html", context)


def _button(tool: tools.Tool) -> dict[str, Any]:
    return {"label": tool.label, "hint": tool.hint, "key": tool.key, "icon": tool.icon}


def _described(frame: Frame, value: ScenarioValue) -> dict[str, Any]:
    """A kept scenario as its page tells of it."""
    history = planning.revisions(frame.scope, value.id) if _is_seen(frame, value) else ()
    carried = bool(history) and history[0].kind is RevisionKind.CARRIED_OVER
    link = reverse("desk:scenario_shared", args=[value.token]) if value.token else ""
    sees_all = value.district in frame.scope.places(Permission.VIEW_CHECKUP)
    stuck = edit_faults.as_seen(value.stuck_faults, sees_all=sees_all)
    return {
        "id": value.id,
        "name": value.name,
        "day": value.day,
        "home": frame.areas[value.home].name if value.home in frame.areas else "",
        "revision": value.revision,
        "standing": value.standing.value,
        "standing_name": standing(value.standing),
        "carried": carried,
        "may_carry": value.standing in {Standing.OLDER, Standing.STUCK},
        "faults": [{"number": one.number, "text": edit_faults.sentence(one)} for one in stuck],
        "because": value.withdrawn_because,
        "exports": EXPORTS if frame.scope.may(Permission.EXPORT, value.home) else (),
        "link": frame.request.build_absolute_uri(link) if link else "",
        "history": [
            {"number": one.number, "kind": _revision(one.kind), "edition": one.edition_number, "at": one.at,
             "edits": len(one.edits)}
            for one in history
        ],
    }  # fmt: skip


def _is_seen(frame: Frame, value: ScenarioValue) -> bool:
    return value.home in frame.scope.places(Permission.VIEW_CHECKUP)


def _revision(kind: RevisionKind) -> str:
    return {
        RevisionKind.CREATED: _("新建"),
        RevisionKind.REVISED: _("修订"),
        RevisionKind.CARRIED_OVER: _("结转到新版次并重算"),
    }[kind]


def _shown_groups(pack: Pack) -> list[dict[str, Any]]:
    """Indicators that walking decides, by scene."""
    groups = [
        {
            "name": words.name(scene),
            "options": [
                {"key": one.key, "name": f"{one.number} {words.name(one)}"}
                for one in pack.indicators
                if one.scene == scene.key and one.measure.walks
            ],
        }
        for scene in pack.scenes
    ]
    return [group for group in groups if group["options"]]


def config_of(frame: Frame, edition: EditionValue, pack: Pack) -> dict[str, Any]:
    """What a script of planning needs: the map, and what its figures and places are called."""
    base = map_base(frame, edition)
    now = timezone.now()
    return base | {
        "words": base["words"] | phrases.of_map(),
        "tools": tools.described(),
        "indicators": phrases.indicators(pack, frame.kinds),
        "communities": {one.code: one.name for one in frame.areas.values() if one.layer == "communities"},
        "grades": {grade.key: words.name(grade) for grade in pack.grades},
        "kinds": dict(frame.kinds),
        "slices": {one.key: words.name(one) for one in standards.time_slices()},
        "ages": phrases.ages(),
        "base": {"pack": pack.key, "day": timezone.localdate(now).isoformat(), "at": now.isoformat()},
    }


def _urls(edition: EditionValue) -> dict[str, str]:
    address = [edition.district, edition.number]
    return {
        "warm": reverse("desk:plan_warm", args=address),
        "effect": reverse("desk:plan_effect", args=address),
        "known": reverse("desk:plan_known", args=[*address, "LAYER"]),
        "way": reverse("desk:plan_way", args=address),
        "walks": reverse("desk:plan_walks", args=address),
    }
