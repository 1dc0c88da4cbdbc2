"""Indicators: all of them, one in every community, and one in one community with its records."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import FindingDetail, IndicatorRow, IndicatorTable
from linli.domain.checkup.rules import State
from linli.domain.people.rules import Permission
from linli.domain.places import queries as places
from linli.domain.places.rules.situation import PeopleSource
from linli.domain.standards.rules import Indicator
from linli.faces.components import words
from linli.faces.components.declared import declares, may_open
from linli.faces.components.scope import Request
from linli.faces.desk.frame import READING, Frame
from linli.faces.desk.views import findings
from linli.faces.desk.views.cockpit import community_of
from linli.faces.desk.views.communities import parts

SHOWN_ROWS = 20
"""Records shown at once, the worst first; the rest is folded below."""
LISTED_ROWS = 500
"""Records listed at all; whoever needs more takes the export."""


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def index(request: Request) -> HttpResponse:
    frame = Frame(request)
    counts: dict[str, dict[State, int]] = {}
    for result in checkup.findings(frame.scope, frame.require_round().id):
        mine = counts.setdefault(result.indicator, {})
        mine[result.state] = mine.get(result.state, 0) + 1
    scenes = [
        {
            "name": words.name(scene),
            "rows": [
                _line(frame, one, counts.get(one.key, {})) for one in frame.pack.indicators if one.scene == scene.key
            ],
        }
        for scene in frame.pack.scenes
    ]
    return render(request, "desk/indicators.html", frame.context(scenes=scenes, total=len(frame.pack.indicators)))


def _line(frame: Frame, one: Indicator, counts: dict[State, int]) -> dict[str, Any]:
    return {
        "url": reverse("desk:indicator", args=[one.key]) + frame.round_query,
        "number": one.number,
        "name": words.name(one),
        "binding": words.binding(one.binding),
        "met": counts.get(State.MET, 0),
        "below": counts.get(State.BELOW_MINIMUM, 0) + counts.get(State.BELOW_TARGET, 0),
        "unknown": counts.get(State.NOT_ASSESSABLE, 0),
        "parts": parts(counts, sum(counts.values())),
    }


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def show(request: Request, indicator: str) -> HttpResponse:
    frame = Frame(request)
    try:
        table = checkup.indicator_table(frame.scope, frame.require_round().id, indicator)
    except checkup.NotInRound:
        raise Http404 from None
    wanted = {"state": request.GET.get("state", ""), "sort": request.GET.get("sort", "worst")}
    return render(
        request,
        "desk/indicator.html",
        frame.context(
            indicator=described(frame, table.indicator),
            acts=siting_acts(frame, table.indicator),
            dots=_dots(frame, table),
            states=[{"key": state.value, "name": words.state(state)} for state in State],
            wanted=wanted,
            rows=[_row(frame, row) for row in _sorted(table, wanted)],
        ),
    )


def siting_acts(frame: Frame, one: Indicator) -> list[dict[str, str]]:
    """From an indicator that walking decides to the question of where its facilities should go."""
    asking = reverse("desk:siting_ask")
    kinds = one.measure.walks[0] if one.measure.walks else ()
    if not kinds or not may_open(asking, frame.request.person.roles):
        return []
    return [{"url": f"{asking}?kind={kinds[0]}", "label": _("看看该放在哪里")}]


def described(frame: Frame, one: Indicator) -> dict[str, Any]:
    """An indicator in words: what it asks, why, how it is measured, by which figures."""
    asked = {question.key: words.name(question) for question in frame.pack.questions}
    scenes = {scene.key: words.name(scene) for scene in frame.pack.scenes}
    return {
        "key": one.key,
        "number": one.number,
        "name": words.name(one),
        "scene": scenes.get(one.scene, ""),
        "definition": words.definition(one),
        "why": words.chinese_note(one.why_zh),
        "method": words.method(one.measure, frame.kinds, asked),
        "bars": findings.bars(one, frame.pack),
        "source": _(";").join(frame.pack.sources[key].title for key in one.source if key in frame.pack.sources),
        "confidence": words.confidence(one.confidence),
    }


def _sorted(table: IndicatorTable, wanted: dict[str, str]) -> list[IndicatorRow]:
    rows = [row for row in table.rows if wanted["state"] in ("", row.result.state.value)]
    if wanted["sort"] == "best":
        rows.reverse()
    if wanted["sort"] == "name":
        rows.sort(key=lambda row: row.community.code)
    return rows


def _row(frame: Frame, row: IndicatorRow) -> dict[str, Any]:
    result = row.result
    return {
        "url": reverse("desk:finding", args=[frame.require_round().id, row.community.code, result.indicator]),
        "name": row.community.name,
        "subdistrict": frame.area_name(row.community.subdistrict),
        "value": findings.number(result),
        "unit": words.unit(result.value.unit),
        "numerator": result.value.numerator,
        "denominator": result.value.denominator,
        "estimated": result.value.estimated,
        "state": result.state,
        "reason": findings.reason(result),
    }


def _dots(frame: Frame, table: IndicatorTable) -> dict[str, Any]:
    """One dot a community along the figure, spread upward where figures are alike."""
    points: list[dict[str, Any]] = []
    stacked: dict[float, int] = {}
    unit = words.unit(table.indicator.measure.unit)
    for row in table.rows:
        figure = findings.number(row.result)
        if figure is None:
            continue
        n = stacked[round(figure, 1)] = stacked.get(round(figure, 1), 0) + 1
        spread = (n // 2) * 0.08 * (1 if n % 2 else -1)
        points.append(
            {
                "value": figure,
                "spread": max(-0.95, min(0.95, spread)),
                "name": row.community.name,
                "text": f"{figure:,.1f} {unit} · {words.state(row.result.state)}",
                "state": row.result.state.value,
                "href": reverse("desk:finding", args=[table.round.id, row.community.code, table.indicator.key]),
            }
        )
    return {"unit": unit, "points": points}


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def finding(request: Request, round: int, code: str, indicator: str) -> HttpResponse:
    """One figure with the records and the method behind it."""
    frame = Frame(request, round=round)
    community = community_of(frame, code)
    try:
        detail = checkup.finding(
            frame.scope, round, community.place, indicator, cache=Path(settings.VAR) / "situations"
        )
    except checkup.NotInRound:
        raise Http404 from None
    row = findings.row(detail.result, detail.indicator, frame.pack, round=round, code=code)
    edition = places.edition(frame.scope, frame.district.place, fingerprint=detail.round.edition_fingerprint)
    return render(
        request,
        "desk/finding.html",
        frame.context(
            here=community.name,
            community={"name": community.name},
            community_url=frame.community_url(community),
            indicator_url=reverse("desk:indicator", args=[indicator]) + frame.round_query,
            indicator=described(frame, detail.indicator),
            acts=siting_acts(frame, detail.indicator),
            item=row,
            numerator=detail.result.value.numerator,
            denominator=detail.result.value.denominator,
            edition_text=_("第 %(number)s 版(%(day)s)") % {"number": edition.number, "day": edition.day.isoformat()},
            method_fingerprint=detail.round.method[:16],
            inputs_fingerprint=detail.round.inputs[:16],
            records=[_folded(table) for table in _records(frame, detail) if table["rows"]],
        ),
    )


def _folded(table: dict[str, Any]) -> dict[str, Any]:
    rows = table["rows"]
    return table | {"rows": rows[:SHOWN_ROWS], "rest": rows[SHOWN_ROWS:]}


def _cell(text: object, url: str = "", *, num: bool = False) -> dict[str, Any]:
    return {"text": text, "url": url, "num": num}


def _head(*names: str) -> list[dict[str, Any]]:
    return [{"name": name.removeprefix("#"), "num": name.startswith("#")} for name in names]


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:,.0f}"


def _records(frame: Frame, detail: FindingDetail) -> list[dict[str, Any]]:
    return [_answers(frame, detail), _buildings(detail), _facilities(frame, detail), _evidence(detail)]


def _facilities(frame: Frame, detail: FindingDetail) -> dict[str, Any]:
    rows = [
        [
            _cell(one.name or one.key, reverse("desk:place", args=[one.place])),
            _cell(frame.kinds.get(one.kind, one.kind)),
            _cell(_("在社区内") if one.is_inside else _("在附近")),
            _cell(_("所有人") if one.open_to_all else _("仅本小区居民")),
            _cell(_figure(one.capacity), num=True),
            _cell(_figure(one.area_m2), num=True),
        ]
        for one in detail.facilities[:LISTED_ROWS]
    ]
    head = _head(_("设施"), _("类型"), _("位置"), _("开放对象"), "#" + _("容量"), "#" + _("面积(m²)"))
    return {"title": _("涉及的设施"), "note": _count(len(detail.facilities)), "head": head, "rows": rows}


def _buildings(detail: FindingDetail) -> dict[str, Any]:
    covered = {True: _("是"), False: _("否"), None: "—"}
    rows = [
        [
            _cell(one.key, reverse("desk:place", args=[one.place])),
            _cell(f"{one.people:,}", num=True),
            _cell(_("登记") if one.people_source is PeopleSource.REGISTER else _("估算")),
            _cell("—" if one.distance_cm is None else f"{one.distance_cm / 100:,.0f}", num=True),
            _cell(covered[one.is_covered]),
        ]
        for one in detail.buildings[:LISTED_ROWS]
    ]
    head = _head(_("楼栋"), "#" + _("人数"), _("人口来源"), "#" + _("步行距离(m)"), _("在范围内"))
    return {"title": _("涉及的楼栋"), "note": _count(len(detail.buildings)), "head": head, "rows": rows}


def _answers(frame: Frame, detail: FindingDetail) -> dict[str, Any]:
    asked = {question.key: words.name(question) for question in frame.pack.questions}
    rows = [
        [
            _cell(asked.get(question, question)),
            _cell(f"{answer.numerator:g}", num=True),
            _cell(_figure(answer.denominator), num=True),
            _cell(answer.day.isoformat()),
        ]
        for question, answer in detail.answers
    ]
    head = _head(_("填报项"), "#" + _("数值"), "#" + _("样本"), _("填报日"))
    return {"title": _("填报数据"), "note": "", "head": head, "rows": rows}


def _evidence(detail: FindingDetail) -> dict[str, Any]:
    rows = [
        [_cell(one.name, reverse("phone:evidence", args=[one.id])), _cell(one.day.isoformat()), _cell(one.note or "—")]
        for one in detail.evidence
    ]
    return {"title": _("佐证"), "note": "", "head": _head(_("文件"), _("日期"), _("说明")), "rows": rows}


def _count(total: int) -> str:
    shown = _("共 %(total)s 条") % {"total": total}
    return shown if total <= LISTED_ROWS else shown + _(",显示前 %(shown)s 条") % {"shown": LISTED_ROWS}
