"""The cockpit: the district on one map, and the figures that open it."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import CommunityValue, DistrictSummary, SubdistrictRank
from linli.domain.checkup.rules import State
from linli.domain.people.rules import Permission
from linli.domain.places import queries as places
from linli.domain.places.queries import EditionValue
from linli.domain.planning.queries import units
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request
from linli.faces.desk import painting, tiles
from linli.faces.desk.frame import DISTRICT, READING, Frame
from linli.faces.desk.views import findings
from linli.runtime.jobs import queue

GRADE = "grade"


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def cockpit(request: Request) -> HttpResponse:
    frame = Frame(request)
    if frame.round is None:
        return render(request, "desk/cockpit.html", frame.context())
    summary = checkup.district_summary(frame.scope, frame.round.id)
    edition = _edition_of(frame)
    paint = _paint(frame, summary)
    chosen = request.GET.get("place", "")
    return render(
        request,
        "desk/cockpit.html",
        frame.context(
            communities=len(summary.communities),
            people=sum(one.people_total for one in summary.communities),
            people_estimated=any(one.people_estimated for one in summary.communities),
            acts=_acts(frame),
            rounds=round_options(frame),
            paint=request.GET.get("paint", GRADE),
            paint_groups=_paint_groups(frame),
            kinds=[{"key": key, "name": name} for key, name in frame.kinds.items()],
            shown_kind=request.GET.get("kind", ""),
            facilities_url=reverse("desk:map_facilities", args=[frame.district.place, edition.number, "KIND"]),
            units_url=_units_url(frame),
            legend={"title": paint.title, "items": paint.legend},
            map=_map(frame, edition, paint, chosen, request.GET.get("kind", "")),
            figures=_figures(frame, summary),
            grade_counts=_grade_counts(frame, summary),
            chosen=chosen,
            chosen_sheet=f"{reverse('desk:sheet', args=[chosen])}?{request.GET.urlencode()}" if chosen else "",
            worst=_worst(frame, summary),
            ranking=[_rank_row(frame, one) for one in summary.subdistricts],
            rows=community_rows(frame, summary.communities),
        ),
    )


@require_GET
@declares(Permission.VIEW_PLACES, purpose=READING)
def choose_district(request: Request, district: int) -> HttpResponse:
    """Look at another district from now on."""
    if not any(area.place == district and area.layer == "district" for area in Frame(request).tree):
        raise Http404
    request.session[DISTRICT] = district
    return redirect("desk:cockpit")


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def sheet(request: Request, code: str) -> HttpResponse:
    """The side sheet of a community that was chosen on the map."""
    frame = Frame(request)
    community = community_of(frame, code)
    card = checkup.community_card(frame.scope, frame.require_round().id, community.place)
    indicators = {indicator.key: indicator for indicator in frame.pack.indicators}
    painted = _painted(frame, card, request.GET.get("paint", GRADE))
    return render(
        request,
        "desk/_sheet.html",
        {
            "url": frame.community_url(card.community),
            "community": {"name": card.community.name, "subdistrict_name": frame.area_name(card.community.subdistrict)},
            "grade": card.community.grade,
            "grade_name": frame.grades.get(card.community.grade or "", ""),
            "people": card.community.people_total,
            "people_estimated": card.community.people_estimated,
            "states": [{"state": state, "count": card.community.counts.get(state, 0)} for state in State],
            "painted": painted,
            "shortfalls": [
                {
                    "name": words.name(indicators[each.indicator]),
                    "people": each.people_total,
                    "url": reverse("desk:finding", args=[card.round.id, code, each.indicator]),
                }
                for each in card.shortfalls[:5]
            ],
        },
    )


def community_of(frame: Frame, code: str) -> CommunityValue:
    """A community of the round by its code, if the person may see it."""
    found = checkup.communities(frame.scope, frame.require_round().id)
    community = next((one for one in found if one.code == code), None)
    if community is None:
        raise Http404
    return community


def round_options(frame: Frame) -> list[dict[str, Any]]:
    return [
        {"id": one.id, "label": f"{frame.pack_title(one.pack_key, one.day)} · {one.day:%Y-%m-%d}"}
        for one in frame.rounds
    ]


def community_rows(frame: Frame, communities: tuple[CommunityValue, ...]) -> list[dict[str, Any]]:
    """Communities as rows of a table, in the order given."""
    return [
        {
            "url": frame.community_url(one),
            "name": one.name,
            "subdistrict": frame.area_name(one.subdistrict),
            "grade": one.grade,
            "grade_name": frame.grades.get(one.grade or "", ""),
            "met": one.counts.get(State.MET, 0),
            "below": below(one),
            "unknown": one.counts.get(State.NOT_ASSESSABLE, 0),
            "people": one.people_total,
            "estimated": one.people_estimated,
        }
        for one in communities
    ]


def below(community: CommunityValue) -> int:
    return community.counts.get(State.BELOW_MINIMUM, 0) + community.counts.get(State.BELOW_TARGET, 0)


def map_base(frame: Frame, edition: EditionValue) -> dict[str, Any]:
    """What every map of the district needs; missing tiles are asked for and drawn without meanwhile."""
    if not tiles.are_complete(edition) and frame.manages_data:
        queue.enqueue_once("desk.tiles", home=frame.district.place, edition=edition.id)
    present = tiles.present(edition)
    address = [frame.district.place, edition.number]
    return {
        "label": _("%(district)s地图") % {"district": frame.district.name},
        "words": _map_words(),
        "tiles": {layer: reverse("desk:map_tiles", args=[*address, layer]) for layer in present},
        "areas": reverse("desk:map_areas", args=address),
        "attribution": edition.source,
        "bounds": places.bounds(frame.scope, edition.id),
        "classes": {},
        "colors": {},
    }


def _map_words() -> dict[str, str]:
    """What the map's own buttons say, under the names by which its library asks for them."""
    return {
        "NavigationControl.ZoomIn": _("放大"),
        "NavigationControl.ZoomOut": _("缩小"),
        "NavigationControl.ResetBearing": _("拖动旋转,点击转回正北"),
        "AttributionControl.ToggleAttribution": _("显示或收起数据来源"),
        "Map.Title": _("地图"),
        "Marker.Title": _("图钉"),
    }


def _edition_of(frame: Frame) -> EditionValue:
    shown = frame.require_round()
    return places.edition(frame.scope, frame.district.place, fingerprint=shown.edition_fingerprint)


def _units_url(frame: Frame) -> str:
    """Where the units of the plan in force are drawn; empty without a plan."""
    plan = units.plan_in_force(frame.scope, frame.district.place, timezone.localdate())
    return reverse("desk:unit_plan_map", args=[plan.id]) if plan else ""


def _map(frame: Frame, edition: EditionValue, paint: painting.Paint, chosen: str, kind: str) -> dict[str, Any]:
    query = f"{frame.request.GET.urlencode()}"
    sheet_url = reverse("desk:sheet", args=["CODE"]) + (f"?{query}" if query else "")
    facilities = reverse("desk:map_facilities", args=[frame.district.place, edition.number, kind]) if kind else ""
    return map_base(frame, edition) | {
        "classes": paint.classes,
        "colors": paint.colors,
        "sheet": sheet_url,
        "chosen": chosen,
        "facilities": facilities,
    }


def _paint(frame: Frame, summary: DistrictSummary) -> painting.Paint:
    asked = frame.request.GET.get("paint", GRADE)
    indicator = next((one for one in frame.pack.indicators if one.key == asked), None)
    if indicator is None:
        return painting.by_grade(
            summary.communities, frame.grades, title=_("分级"), untold=_("暂无法定级"), none=_("未达级")
        )
    table = checkup.indicator_table(frame.scope, summary.round.id, indicator.key)
    rows = [(row.community, row.result) for row in table.rows]
    return painting.by_figure(rows, indicator, title=words.name(indicator))


def _paint_groups(frame: Frame) -> list[dict[str, Any]]:
    return [
        {
            "name": words.name(scene),
            "options": [
                {"key": one.key, "name": f"{one.number} {words.name(one)}"}
                for one in frame.pack.indicators
                if one.scene == scene.key
            ],
        }
        for scene in frame.pack.scenes
    ]


def _painted(frame: Frame, card: checkup.CommunityCard, asked: str) -> dict[str, Any] | None:
    """The figure that colors the map, for the community of the sheet."""
    for scene in card.scenes:
        for result in scene.results:
            if result.indicator == asked:
                name = words.name(frame.pack.indicator(asked))
                unit = words.unit(result.value.unit)
                return {"name": name, "value": findings.number(result), "unit": unit, "state": result.state}
    return None


def _acts(frame: Frame) -> list[dict[str, str]]:
    shown = frame.require_round()
    acts = [{"url": f"{reverse('desk:communities')}{frame.round_query}", "label": _("社区列表")}]
    if frame.scope.places(Permission.EXPORT):
        acts.append({"url": reverse("paper:district", args=[shown.id]), "label": _("导出")})
    return acts


def _figures(frame: Frame, summary: DistrictSummary) -> list[dict[str, Any]]:
    """At most six figures, each a link to its records."""
    counts = summary.counts
    decided = sum(count for state, count in counts.items() if state is not State.NOT_ASSESSABLE)
    communities, indicators = reverse("desk:communities"), reverse("desk:indicators")
    query = frame.round_query
    graded = sum(count for grade, count in summary.grades.items() if grade)
    met = 100 * counts.get(State.MET, 0) / decided if decided else None
    falling = counts.get(State.BELOW_MINIMUM, 0) + counts.get(State.BELOW_TARGET, 0)
    return [
        {"label": _("已达级社区"), "value": graded, "unit": _("个"), "url": communities + query},
        {"label": _("可评定指标达标率"), "value": met, "unit": "%", "url": indicators + query},
        {"label": _("短板"), "value": falling, "unit": _("项"), "url": f"{communities}?sort=below"},
        {
            "label": _("无法评定"),
            "value": counts.get(State.NOT_ASSESSABLE, 0),
            "unit": _("项"),
            "url": indicators + query,
        },
    ]


def _grade_counts(frame: Frame, summary: DistrictSummary) -> list[dict[str, Any]]:
    rows: list[tuple[str | None, str]] = [*frame.grades.items(), ("", _("未达级")), (None, _("暂无法定级"))]
    total = max(len(summary.communities), 1)
    listing = reverse("desk:communities")
    return [
        {
            "grade": grade,
            "name": name,
            "css": painting.UNTOLD if grade is None else grade or "none",
            "count": summary.grades.get(grade, 0),
            "percent": round(100 * summary.grades.get(grade, 0) / total, 1),
            "url": f"{listing}?grade={painting.UNTOLD if grade is None else grade or 'none'}",
        }
        for grade, name in rows
    ]


def _worst(frame: Frame, summary: DistrictSummary) -> list[dict[str, Any]]:
    return [
        {
            "name": words.name(frame.pack.indicator(each.indicator)),
            "people": each.people_total,
            "communities": each.communities,
            "url": reverse("desk:indicator", args=[each.indicator]) + frame.round_query,
        }
        for each in summary.shortfalls[:3]
    ]


def _rank_row(frame: Frame, one: SubdistrictRank) -> dict[str, Any]:
    name = frame.area_name(one.place)
    return {
        "rank": one.rank or "—",
        "name": name,
        "url": f"{reverse('desk:communities')}?subdistrict={name}",
        "share": None if one.share_met is None else 100 * one.share_met,
        "moved": _moved(frame, one),
    }


def _moved(frame: Frame, one: SubdistrictRank) -> str:
    """What moved a rank: indicators newly met and lost, with the first of each by name."""
    if one.previous_rank is None:
        return ""
    parts = []
    if one.rank is not None and one.rank != one.previous_rank:
        steps = one.previous_rank - one.rank
        parts.append(_("升 %(n)s 位") % {"n": steps} if steps > 0 else _("降 %(n)s 位") % {"n": -steps})
    for found, text in ((one.gained, _("新达标 %(n)s 项(%(first)s)")), (one.lost, _("失去 %(n)s 项(%(first)s)"))):
        if found:
            first = words.name(frame.pack.indicator(found[0][1]))
            parts.append(text % {"n": len(found), "first": first})
    return _(";").join(parts)
