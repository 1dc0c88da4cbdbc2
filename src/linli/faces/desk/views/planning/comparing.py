"""Scenarios side by side: on small maps with one view, in a table, and in bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.domain.people.rules import Permission
from linli.domain.places import queries as places
from linli.domain.planning.queries import ScenarioValue
from linli.domain.planning.rules.scenarios.edits import to_json
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Pack
from linli.faces.components import bases, words
from linli.faces.components.bases import Asked
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request
from linli.faces.desk.frame import Frame
from linli.faces.desk.planning import asking, telling
from linli.faces.desk.planning.tabs import tabs
from linli.faces.desk.views.planning.scenarios import config_of, pack_of, scenario_of, standing
from linli.faces.desk.views.planning.whatif import READING, sees_all

MOST = 4


@dataclass(frozen=True, slots=True)
class Column:
    """One scenario with its effect as it is told to the person."""

    value: ScenarioValue
    told: dict[str, Any]

    def access(self, key: str) -> dict[str, Any]:
        return next((one for one in self.told["access"] if one["key"] == key), {})


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def compare(request: Request) -> HttpResponse:
    frame = Frame(request)
    pack = pack_of(frame)
    asked = request.GET.getlist("scenario")[:MOST]
    if any(not each.isdecimal() for each in asked):
        raise Http404
    values = [scenario_of(request, int(each)) for each in dict.fromkeys(asked)]
    if any(one.district != frame.district.place for one in values):
        raise Http404
    slice_key = request.GET.get("slice", "")
    if slice_key not in {"", *(one.key for one in standards.time_slices())}:
        raise Http404
    if not values:
        return render(request, "desk/planning/compare.html", frame.context(tabs=tabs(request), columns=[]))
    shown = request.GET.get("shown", "")
    columns = [_column(request, one, pack, slice_key, shown) for one in values]
    if not shown:
        shown = telling.most_noticed([one.told["access"] for one in columns], pack)
        columns = [_column(request, one.value, pack, slice_key, shown) for one in columns]
    return render(request, "desk/planning/compare.html", _context(frame, columns, pack, slice_key, shown))


def _column(request: Request, value: ScenarioValue, pack: Pack, slice_key: str, shown: str) -> Column:
    edition = places.edition_by_id(request.scope, value.edition)
    now = timezone.now()
    on = bases.standing(request.scope, edition, Asked(pack.key, timezone.localdate(now), now, slice_key))
    found, refusals = asking.effect_on(on, value.edits, sees_all=sees_all(request, value.district))
    told = telling.tell(found, on, request.scope, district=value.district, shown=shown)
    return Column(value, told | {"refusals": refusals})


def _context(frame: Frame, columns: Sequence[Column], pack: Pack, slice_key: str, shown: str) -> dict[str, Any]:
    indicators = {one.key: one for one in pack.indicators if one.measure.walks}
    edition = places.edition_by_id(frame.scope, columns[0].value.edition)
    return frame.context(
        tabs=tabs(frame.request),
        columns=[_head(one) for one in columns],
        pack_title=words.name(pack),
        slice=slice_key,
        slices=[{"key": one.key, "name": words.name(one)} for one in standards.time_slices()],
        shown=shown,
        shown_name=words.name(indicators[shown]) if shown in indicators else "",
        shown_options=[{"key": key, "name": f"{one.number} {words.name(one)}"} for key, one in indicators.items()],
        groups=_groups(columns, indicators, shown),
        mixed=len({one.value.edition_fingerprint for one in columns}) > 1,
        config=config_of(frame, edition, pack)
        | {
            "columns": [
                {"name": one.value.name, "edits": to_json(one.value.edits), "homes": one.told["homes"]}
                for one in columns
            ]
        },
    )


def _head(column: Column) -> dict[str, Any]:
    value = column.value
    return {
        "id": value.id,
        "name": value.name,
        "url": reverse("desk:scenario", args=[value.id]),
        "edition": value.edition_number,
        "edits": len(value.edits),
        "standing": value.standing.value,
        "standing_name": standing(value.standing),
        "refused": len(column.told["refusals"]),
    }


def _groups(columns: Sequence[Column], indicators: dict[str, Any], shown: str) -> list[dict[str, Any]]:
    """Rows of the table in groups; each row holds one cell a scenario."""
    changed = [
        key for key in indicators if any(c.access(key).get("gained") or c.access(key).get("lost") for c in columns)
    ]
    most = max(
        (c.access(key).get(side, 0) for c in columns for key in changed for side in ("gained", "lost")), default=0
    )
    people = [_people_row(columns, key, words.name(indicators[key]), most, key == shown) for key in changed]
    grades = [
        _row(_("消除的短板"), [len(c.told["closed"]) for c in columns]),
        _row(_("新出现的短板"), [len(c.told["opened"]) for c in columns]),
        _row(_("等级变化的社区"), [len(c.told["verdicts"]) for c in columns]),
    ]
    equity = [
        _equity_row(columns, shown, name, key)
        for name, key in (
            (_("平均步行(米)"), "mean"),
            (_("最远的一成人平均步行(米)"), "worst"),
            (_("基尼系数"), "gini"),
        )
        if any(c.access(shown).get(key) for c in columns)
    ]
    cost = [
        _row(
            _("成本(元)"),
            [c.told["cost_fen"] / 100 if c.told["cost_unknown"] < len(c.value.edits) else None for c in columns],
        ),
        _row(_("没有填成本的修改"), [c.told["cost_unknown"] for c in columns]),
    ]
    groups: list[dict[str, Any]] = [
        {"name": _("受益和受损的人"), "rows": people, "is_people": True},
        {"name": _("短板和等级"), "rows": grades},
        {"name": _about(_("公平"), shown, indicators), "rows": equity},
        {"name": _("成本"), "rows": cost},
    ]
    return [group for group in groups if group["rows"]]


def _about(name: str, shown: str, indicators: dict[str, Any]) -> str:
    return f"{name} · {words.name(indicators[shown])}" if shown in indicators else name


def _row(name: str, cells: Sequence[float | int | None]) -> dict[str, Any]:
    return {"name": name, "cells": [{"text": _figure(cell)} for cell in cells]}


def _equity_row(columns: Sequence[Column], shown: str, name: str, key: str) -> dict[str, Any]:
    """What holds after the edits; what held before stands once, or in each cell where the editions differ in it."""
    pairs = [column.access(shown).get(key) or (None, None) for column in columns]
    digits = 3 if key == "gini" else 0
    before = [_now(one, digits) for one, _after in pairs]
    same = len(set(before)) == 1
    cells = [
        {"text": _figure(after, digits), "hint": "" if same else hint}
        for (_before, after), hint in zip(pairs, before, strict=True)
    ]
    return {"name": name, "cells": cells, "hint": before[0] if same else ""}


def _now(figure: float | None, digits: int) -> str:
    return "" if figure is None else _("现状 %(figure)s") % {"figure": _figure(figure, digits)}


def _figure(figure: float | int | None, digits: int = 0) -> str:
    return "—" if figure is None else f"{figure:,.{digits}f}"


def _people_row(columns: Sequence[Column], key: str, name: str, most: int, is_shown: bool) -> dict[str, Any]:
    cells = []
    for column in columns:
        access = column.access(key)
        gained, lost = access.get("gained", 0), access.get("lost", 0)
        cells.append(
            {
                "gained": gained,
                "lost": lost,
                "gained_width": round(100 * gained / most, 1) if most else 0,
                "lost_width": round(100 * lost / most, 1) if most else 0,
                "url": f"{reverse('desk:scenario', args=[column.value.id])}?shown={key}",
            }
        )
    return {
        "key": key,
        "name": name,
        "url": reverse("desk:indicator", args=[key]),
        "cells": cells,
        "is_shown": is_shown,
    }
