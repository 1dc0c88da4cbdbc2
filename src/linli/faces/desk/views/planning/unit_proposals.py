"""One proposal on the large map: its units, moving atoms with every rule at once, keeping the copy, adopting."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.domain.people import queries as people
from linli.domain.people.rules import Permission, Purpose
from linli.domain.places import queries as places
from linli.domain.planning.operations import units as operations
from linli.domain.planning.queries import units as queries
from linli.domain.planning.queries.units import ProposalValue, UnitStudyValue
from linli.domain.planning.rules.units.figures import UnknownAtom, UnknownUnit
from linli.domain.planning.rules.units.proposals import Proposal, Unit
from linli.domain.planning.rules.units.studies import broken, colors, next_units
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.frame import Frame
from linli.faces.desk.planning import unit_shapes, unit_words
from linli.faces.desk.planning.tabs import tabs
from linli.faces.desk.views.cockpit import map_base
from linli.faces.desk.views.planning.units import READING, exports, study_of

MOVES_MAX = 500
Moves = tuple[tuple[int, int], ...]


class NoMoves(ValueError):
    """What was sent is no list of moves."""


def proposal_of(frame: Frame, study: int, proposal: int) -> tuple[UnitStudyValue, ProposalValue]:
    found = study_of(frame, study)
    try:
        value = queries.unit_proposal(frame.scope, proposal)
    except queries.NoSuchUnitStudy:
        raise Http404 from None
    if value.study != study:
        raise Http404
    return found, value


def moves_of(text: str) -> Moves:
    """Moves as the page sends them: [[atom, unit], …].

    Raises
    ------
    NoMoves
    """
    try:
        given = json.loads(text or "[]")
    except (ValueError, RecursionError):
        raise NoMoves from None
    if not isinstance(given, list) or len(given) > MOVES_MAX:
        raise NoMoves
    for one in given:
        if not (isinstance(one, list) and len(one) == 2 and all(type(n) is int and 0 <= n < 2**31 for n in one)):
            raise NoMoves
    return tuple((atom, unit) for atom, unit in given)


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def proposal(request: Request, study: int, proposal: int) -> HttpResponse:
    frame = Frame(request)
    return proposal_page(frame, *proposal_of(frame, study, proposal))


def proposal_page(frame: Frame, study: UnitStudyValue, value: ProposalValue, *faults: str) -> HttpResponse:
    drawn = queries.drawn_proposal(frame.scope, value.id)
    may_plan = frame.scope.may(Permission.PLAN, study.district) and study.withdrawn_at is None
    kept = queries.revisions(frame.scope, value)
    names = people.names([one.actor for one in kept])
    context = frame.context(
        tabs=tabs(frame.request),
        study=study,
        proposal=value,
        title=unit_words.proposal_name(value),
        may_plan=may_plan,
        map=_map(frame, study, value, drawn, may_plan=may_plan),
        today=timezone.localdate(),
        adopted=[one for one in queries.unit_plans(frame.scope, study.district)
                 if one.proposal == value.id and one.withdrawn_at is None],
        history=[
            {"name": unit_words.proposal_name(one), "url": reverse("desk:unit_proposal", args=[study.id, one.id]),
             "actor": names.get(one.actor, ""), "at": one.at, "moves": len(one.moves)}
            for one in kept
        ] if value.revises else [],
        infeasible=[unit_words.infeasible(part, drawn.atoms, drawn.rules) for part in drawn.infeasible],
        exports=exports(frame, study, "paper:unit_proposal", value.id),
        faults=faults,
        units=[_row(unit, drawn) for unit in drawn.units],
        **_told(frame, drawn),
    )  # fmt: skip
    return render(frame.request, "desk/unit_proposal.html", context, status=400 if faults else 200)


def _map(
    frame: Frame, study: UnitStudyValue, value: ProposalValue, drawn: Proposal, *, may_plan: bool
) -> dict[str, Any]:
    edition = places.edition_by_id(frame.scope, study.edition)
    base = map_base(frame, edition)
    return base | {
        "atoms": reverse("desk:unit_atoms", args=[study.id]),
        "check": reverse("desk:unit_check", args=[study.id, value.id]),
        "unit": drawn.unit.tolist(),
        "units": _units(drawn, None),
        "palette": list(unit_shapes.PALETTE),
        "may": may_plan,
        "words": base["words"] | {
            "people": _("PEOPLE 人"), "failed": _("没有连上服务器,移动没有核对。请再试一次。"),
        },
    }  # fmt: skip


def _units(drawn: Proposal, before: dict[int, int] | None) -> list[dict[str, Any]]:
    """What the map says of each unit."""
    shown = colors(drawn.atoms, drawn.unit, before)
    points = unit_shapes.label_points(drawn.atoms, drawn.units)
    return [
        {
            "number": unit.number,
            "name": unit_words.unit_name(unit.number),
            "label": f"{unit.number + 1}\n{unit.people:,}",
            "people": unit.people,
            "color": shown[unit.number],
            "holds": unit.holds or unit.infeasible,
            "at": points[unit.number],
        }
        for unit in drawn.units
    ]


def _told(frame: Frame, drawn: Proposal) -> dict[str, Any]:
    """What the page says of a proposal as a whole: broken rules in words, then goals that are missed."""
    hard = broken(drawn)
    rules = drawn.rules
    return {
        "hard": [_line(frame, one, drawn) for one in hard],
        "exceptions": len(drawn.infeasible),
        "soft": unit_words.missed_goals(drawn, frame.kinds),
        "totals": drawn.totals,
        "majority": unit_words.share(drawn.totals.majority_share),
        "in_range": drawn.totals.in_range,
        "range": f"{rules.people_min:,}–{rules.people_max:,}",
    }


def _line(frame: Frame, one: Any, drawn: Proposal) -> dict[str, Any]:
    return {"unit": one.unit, "text": unit_words.breach(one, drawn.rules, frame.kinds)}


def _row(unit: Unit, drawn: Proposal) -> dict[str, Any]:
    communities = [drawn.atoms.community_name[one.community] for one in unit.communities]
    return {
        "number": unit.number,
        "name": unit_words.unit_name(unit.number),
        "people": unit.people,
        "community": communities[0] if communities else "",
        "others": len(communities) - 1,
        "walks": [unit_words.share(walk.share) for walk in unit.walks],
        "radius": None if unit.radius_m != unit.radius_m else round(unit.radius_m),
        "compactness": None if unit.compactness != unit.compactness else unit.compactness,
        "holds": unit.holds,
        "exception": unit.infeasible,
    }


@require_POST
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def check(request: Request, study: int, proposal: int) -> HttpResponse:
    """Every rule again after some moves, none of which is kept; with the sheet of what was chosen."""
    frame = Frame(request)
    _found, value = proposal_of(frame, study, proposal)
    try:
        moves = moves_of(request.POST.get("moves", ""))
        drawn = queries.drawn_proposal(frame.scope, value.id, moves=moves)
    except (NoMoves, UnknownAtom, UnknownUnit):
        return JsonResponse({"fault": _("这些移动不属于这个方案。请刷新页面后再试。")}, status=400)
    base = queries.drawn_proposal(frame.scope, value.id)
    before = colors(base.atoms, base.unit)
    body = {
        "units": _units(drawn, before),
        "summary": render_to_string("desk/_unit_summary.html", _told(frame, drawn), request),
        "rows": _changed_rows(request, drawn, base),
        "sheet": _sheet(request, frame, drawn, base),
    }
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


def _changed_rows(request: Request, drawn: Proposal, base: Proposal) -> dict[int, str]:
    """Rows of the table that differ from the page's, by unit; empty for a unit that is gone."""
    moved = np.flatnonzero(drawn.unit != base.unit)
    touched = {int(number) for number in np.unique([drawn.unit[moved], base.unit[moved]])}
    by_number = {unit.number: unit for unit in drawn.units}
    return {
        number: render_to_string("desk/_unit_row.html", {"unit": _row(by_number[number], drawn)}, request)
        if number in by_number
        else ""
        for number in sorted(touched)
    }


def _sheet(request: Request, frame: Frame, drawn: Proposal, base: Proposal) -> str:
    """The panel beside the map: an atom with where it may go, a unit with its rules, or nothing."""
    may_plan = frame.scope.may(Permission.PLAN, frame.district.place)
    atom, unit = (_number(request.POST.get(key, "")) for key in ("atom", "unit"))
    if atom is not None and atom < len(drawn.atoms):
        return render_to_string(
            "desk/_unit_atom.html", _atom(frame, drawn, base, atom) | {"may_plan": may_plan}, request
        )
    found = next((one for one in drawn.units if one.number == unit), None)
    if found is None:
        return ""
    atoms = drawn.atoms
    merges = _merges(drawn, found) if may_plan else []
    facts = unit_words.unit_facts(found, drawn, frame.kinds) | {
        "atoms": [
            {"number": n, "name": atoms.name[n] or atoms.key[n], "people": int(atoms.people[n].sum())}
            for n in sorted(found.atoms, key=lambda n: -int(atoms.people[n].sum()))
        ],
    }  # fmt: skip
    return render_to_string("desk/_unit_sheet.html", {"unit": facts, "merges": merges}, request)


def _merges(drawn: Proposal, unit: Unit) -> list[dict[str, Any]]:
    """Units with which this one hangs together, with how many people both have."""
    near = {number for atom in unit.atoms for number in next_units(drawn.atoms, drawn.unit, atom)}
    both = {one.number: one.people + unit.people for one in drawn.units if one.number in near}
    return [
        {
            "number": number,
            "name": unit_words.unit_name(number),
            "people": people,
            "fits": drawn.rules.people_min <= people <= drawn.rules.people_max,
        }
        for number, people in sorted(both.items(), key=lambda pair: pair[1])
    ]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _atom(frame: Frame, drawn: Proposal, base: Proposal, atom: int) -> dict[str, Any]:
    atoms, by_number = drawn.atoms, {unit.number: unit for unit in drawn.units}
    mine = int(drawn.unit[atom])
    community = int(atoms.community[atom])
    return {
        "atom": atom,
        "name": atoms.name[atom] or atoms.key[atom],
        "people": int(atoms.people[atom].sum()),
        "community": atoms.community_name[community] if community >= 0 else "",
        "unit": unit_words.unit_facts(by_number[mine], drawn, frame.kinds),
        "moved": mine != int(base.unit[atom]),
        "was": unit_words.unit_name(int(base.unit[atom])),
        "targets": [
            {"number": n, "name": unit_words.unit_name(n), "people": by_number[n].people}
            for n in next_units(atoms, drawn.unit, atom)
        ],
        "new": drawn.units[-1].number + 1 if len(by_number[mine].atoms) > 1 else None,
    }


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def move(request: Request, study: int, proposal: int) -> HttpResponse:
    """Keep the moves as the next revision of one's own copy."""
    frame = Frame(request)
    found, value = proposal_of(frame, study, proposal)
    try:
        moves = moves_of(request.POST.get("moves", ""))
        kept = operations.move_atoms(act_of(request), frame.scope, proposal=value.id, moves=moves)
    except operations.NothingMoved:
        return proposal_page(frame, found, value, _("没有移动任何基本块,所以没有保存。"))
    except (NoMoves, UnknownAtom, UnknownUnit):
        return proposal_page(frame, found, value, _("这些移动不属于这个方案。请刷新页面后再试。"))
    except operations.UnitStudyWithdrawn:
        raise Http404 from None
    messages.success(request, _("已保存为您的副本,原方案不变。"))
    return redirect("desk:unit_proposal", study, kept.id)


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def adopt(request: Request, study: int, proposal: int) -> HttpResponse:
    frame = Frame(request)
    found, value = proposal_of(frame, study, proposal)
    on = _day(request.POST.get("on", ""))
    if on is None:
        return proposal_page(frame, found, value, _("请填写生效日,例如 2026-12-01。"))
    try:
        plan = operations.adopt_proposal(act_of(request), frame.scope, proposal=value.id, on=on)
    except operations.RulesBroken as refusal:
        return proposal_page(frame, found, value, *_refused(frame, value, refusal))
    except operations.TooEarly as refusal:
        text = _("生效日不能早于方案的日期 %(day)s。")
        return proposal_page(frame, found, value, text % {"day": refusal.day.isoformat()})
    except operations.PlanBegins as refusal:
        text = _("%(day)s 起已有采用的方案。请选更晚的生效日,或先撤回那个方案。")
        return proposal_page(frame, found, value, text % {"day": refusal.from_on.isoformat()})
    except operations.UnitStudyWithdrawn:
        raise Http404 from None
    messages.success(request, _("已采用,自 %(day)s 起生效。") % {"day": plan.from_on.isoformat()})
    return redirect("desk:unit_plan", plan.id)


def _refused(frame: Frame, value: ProposalValue, refusal: operations.RulesBroken) -> Sequence[str]:
    rules = queries.unit_study(frame.scope, value.study).rules
    said = [unit_words.breach(one, rules, frame.kinds) for one in refusal.breaches]
    return [_("还有 %(n)s 条硬规则没有满足,不能采用:") % {"n": len(said)}, *said]


def _day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None
