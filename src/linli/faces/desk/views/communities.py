"""Communities as a list and one by one."""

from itertools import pairwise
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.compute.network import INFINITY_CM
from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import CommunityCard, CommunityValue, SceneCard, ShortfallValue
from linli.domain.checkup.rules import State
from linli.domain.people.rules import Permission
from linli.domain.places import queries as places
from linli.domain.places.rules.layers import AGE_GROUPS
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request
from linli.faces.desk import painting
from linli.faces.desk.frame import READING, Frame
from linli.faces.desk.views import findings, verdicts
from linli.faces.desk.views.cockpit import below, community_of, community_rows, map_base

SORTS = {
    "code": lambda one: one.code,
    "below": lambda one: -below(one),
    "met": lambda one: -(one.share_met or 0),
    "people": lambda one: -one.people_total,
}
DEFAULT_KIND = "kindergarten"


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def index(request: Request) -> HttpResponse:
    frame = Frame(request)
    wanted = {key: request.GET.get(key, "") for key in ("subdistrict", "grade", "sort")}
    found = checkup.communities(frame.scope, frame.require_round().id)
    shown = [one for one in found if _is_wanted(frame, one, wanted)]
    shown.sort(key=SORTS.get(wanted["sort"], SORTS["code"]))
    grades = [{"key": key, "name": name} for key, name in frame.grades.items()]
    return render(
        request,
        "desk/communities.html",
        frame.context(
            rows=community_rows(frame, tuple(shown)),
            wanted=wanted,
            subdistricts=list(dict.fromkeys(frame.area_name(one.subdistrict) for one in found)),
            grades=[*grades, {"key": "none", "name": _("未达级")}, {"key": painting.UNTOLD, "name": _("暂无法定级")}],
            sorts=[
                {"key": "code", "name": _("按代码")},
                {"key": "below", "name": _("短板多的在前")},
                {"key": "met", "name": _("达标率高的在前")},
                {"key": "people", "name": _("人口多的在前")},
            ],
        ),
    )


def _is_wanted(frame: Frame, one: CommunityValue, wanted: dict[str, str]) -> bool:
    grade = painting.UNTOLD if one.grade is None else one.grade or "none"
    return wanted["grade"] in ("", grade) and wanted["subdistrict"] in ("", frame.area_name(one.subdistrict))


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def show(request: Request, code: str) -> HttpResponse:
    frame = Frame(request)
    shown = frame.require_round()
    card = checkup.community_card(frame.scope, shown.id, community_of(frame, code).place)
    edition = places.edition(frame.scope, frame.district.place, fingerprint=shown.edition_fingerprint)
    kind = request.GET.get("kind", DEFAULT_KIND)
    kind = kind if kind in frame.kinds else DEFAULT_KIND
    scenes = [_scene(frame, card, one) for one in card.scenes]
    types = {one.key: words.name(one) for one in frame.pack.types}
    return render(
        request,
        "desk/community.html",
        frame.context(
            here=card.community.name,
            community={
                "name": card.community.name,
                "code": card.community.code,
                "subdistrict_name": frame.area_name(card.community.subdistrict),
            },
            types=_("、").join(types.get(key, key) for key in card.community.types),
            acts=_acts(frame, card),
            grade=card.community.grade,
            grade_name=frame.grades.get(card.community.grade or "", ""),
            next_grade=frame.grades.get(card.verdict.next_grade, ""),
            sentences=verdicts.sentences(card, frame.pack),
            people=card.community.people_total,
            people_estimated=card.community.people_estimated,
            facts=_ages(card),
            edition_text=_("第 %(number)s 版(%(day)s)") % {"number": edition.number, "day": edition.day.isoformat()},
            kinds=[{"key": key, "name": name} for key, name in frame.kinds.items()],
            shown_kind=kind,
            map=_map(frame, card, edition, kind),
            legend={"title": _("步行距离"), "items": _distance_legend()},
            scenes=scenes,
            radar={"axes": [one["name"] for one in scenes], "values": [one["share"] or 0 for one in scenes]},
            shortfalls=[_shortfall(frame, card, each) for each in card.shortfalls],
            history=_history(frame, card),
        ),
    )


def _acts(frame: Frame, card: CommunityCard) -> list[dict[str, str]]:
    acts = []
    if frame.scope.may(Permission.ENTER_SURVEY, card.community.place):
        acts.append({"url": reverse("phone:survey", args=[card.community.code]), "label": _("填报调查")})
    if frame.scope.may(Permission.VIEW_STANDARDS, card.community.place):
        local = reverse("desk:local", args=[card.community.code, card.round.pack_key])
        acts.append({"url": local, "label": _("自选指标")})
    if frame.scope.may(Permission.EXPORT, card.community.place):
        report = reverse("paper:community_report", args=[card.round.id, card.community.code])
        acts.append({"url": report, "label": _("打印报告(PDF)")})
    return acts


def _ages(card: CommunityCard) -> list[dict[str, Any]]:
    if not card.round.bands_known:
        return []
    return [
        {"label": words.age_group(group), "value": _of_group(card.community.people, group), "unit": _("人")}
        for group in ("elderly", "children")
    ]


def _of_group(people: tuple[int, ...], group: str) -> int:
    return sum(people[band] for band in AGE_GROUPS[group])


def _scene(frame: Frame, card: CommunityCard, one: SceneCard) -> dict[str, Any]:
    decided = sum(count for state, count in one.counts.items() if state is not State.NOT_ASSESSABLE)
    total = max(sum(one.counts.values()), 1)
    indicators = {indicator.key: indicator for indicator in frame.pack.indicators}
    said = {True: _("必配"), False: _("不作必配要求"), None: _("文本未规定")}[one.required]
    return {
        "name": words.name(one.scene),
        "required": bool(one.required),
        "requirement": said if frame.pack.grades else "",
        "share": 100 * one.counts.get(State.MET, 0) / decided if decided else None,
        "parts": parts(one.counts, total),
        "findings": [
            findings.row(
                result, indicators[result.indicator], frame.pack, round=card.round.id, code=card.community.code
            )
            for result in one.results
        ],
    }


def parts(counts: Any, total: int) -> list[dict[str, Any]]:
    """Widths of a stacked bar of states."""
    return [
        {"state": state.value, "percent": round(100 * counts.get(state, 0) / max(total, 1), 2)}
        for state in State
        if counts.get(state, 0)
    ]


def _shortfall(frame: Frame, card: CommunityCard, each: ShortfallValue) -> dict[str, Any]:
    indicator = frame.pack.indicator(each.indicator)
    states = {result.indicator: result.state for scene in card.scenes for result in scene.results}
    known = card.round.bands_known
    return {
        "name": f"{indicator.number} {words.name(indicator)}",
        "url": reverse("desk:finding", args=[card.round.id, card.community.code, each.indicator]),
        "state": states[each.indicator],
        "people": each.people_total or None,
        "elderly": _of_group(each.people, "elderly") if known and each.people_total else None,
        "children": _of_group(each.people, "children") if known and each.people_total else None,
        "worst": _("、").join(_walk(cm) for _place, cm in each.buildings[:3]),
    }


def _walk(cm: int) -> str:
    return _("步行无法到达") if cm >= INFINITY_CM else f"{cm / 100:,.0f} m"


def _map(frame: Frame, card: CommunityCard, edition: places.EditionValue, kind: str) -> dict[str, Any]:
    base = map_base(frame, edition)
    box = places.features(frame.scope, "communities", edition.id, limit=5000)
    shape = next((one.geometry for one in box.features if one.place == card.community.place), None)
    return base | {
        "bounds": shape.bounds if shape is not None else base["bounds"],
        "chosen": card.community.code,
        "facilities": reverse("desk:map_facilities", args=[frame.district.place, edition.number, kind]),
        "buildings": {
            "url": reverse("desk:map_distances", args=[card.round.id, kind]),
            "classes": [
                {"upto_m": upto, "color": color}
                for upto, color in zip((*painting.DISTANCE_STEPS_M, 10**9), painting.DISTANCE_COLORS, strict=True)
            ],
        },
    }


def _distance_legend() -> list[dict[str, Any]]:
    edges = (0, *painting.DISTANCE_STEPS_M)
    labels = [f"{low}–{high} m" for low, high in pairwise(edges)] + [f"≥ {edges[-1]} m"]
    return [
        {"color": color, "label": label, "count": None, "hatch": False}
        for color, label in zip(painting.DISTANCE_COLORS, labels, strict=True)
    ]


def _history(frame: Frame, card: CommunityCard) -> list[dict[str, Any]]:
    return [
        {
            "url": reverse("desk:community", args=[card.community.code]) + f"?round={point.round}",
            "day": point.day,
            "pack": words.name(frame.pack),
            "grade": point.grade,
            "grade_name": frame.grades.get(point.grade or "", ""),
            "met": point.counts.get(State.MET, 0),
            "below": point.counts.get(State.BELOW_MINIMUM, 0) + point.counts.get(State.BELOW_TARGET, 0),
        }
        for point in reversed(card.history)
    ]
