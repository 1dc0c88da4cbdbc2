"""Rounds: start one, list them, lay two side by side."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import Cause, CommunityValue, Move, RoundValue
from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.places import queries as places
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Pack
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request
from linli.faces.desk.frame import READING, Frame
from linli.faces.desk.views import findings
from linli.runtime.jobs import queue

SHOWN_MOVES = 300


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def index(request: Request) -> HttpResponse:
    return _page(Frame(request))


def _page(frame: Frame, *faults: str) -> HttpResponse:
    context = frame.context(
        may_run=frame.scope.may(Permission.RUN_CHECKUP, frame.district.place),
        packs=[{"key": key, "name": frame.pack_title(key, timezone.localdate())} for key in standards.packs()],
        today=timezone.localdate(),
        faults=faults,
        rounds=[_row(frame, one) for one in frame.rounds],
    )
    return render(frame.request, "desk/rounds.html", context, status=400 if faults else 200)


def _row(frame: Frame, one: RoundValue) -> dict[str, Any]:
    edition = places.edition(frame.scope, frame.district.place, fingerprint=one.edition_fingerprint)
    return {
        "id": one.id,
        "url": f"{reverse('desk:cockpit')}?round={one.id}",
        "day": one.day,
        "pack": frame.pack_title(one.pack_key, one.day),
        "edition": _("第 %(number)s 版") % {"number": edition.number},
        "at": one.at,
        "recomputes": one.recomputes,
    }


@require_POST
@declares(Permission.RUN_CHECKUP, purpose=Purpose.CHECKUP)
def start(request: Request) -> HttpResponse:
    frame = Frame(request)
    require(frame.scope, Permission.RUN_CHECKUP, frame.district.place)
    pack, day = request.POST.get("pack", ""), _day(request.POST.get("day", ""))
    if pack not in standards.packs():
        return _page(frame, _("没有这个标准。请从列表中选择。"))
    if day is None or day > timezone.localdate():
        return _page(frame, _("体检日须是今天或更早的日期,例如 2026-11-22。"))
    job = queue.enqueue(
        "desk.round",
        person=request.user.pk,
        home=frame.district.place,
        district=frame.district.place,
        pack=pack,
        day=day.isoformat(),
    )
    return redirect("desk:job", job)


@require_POST
@declares(Permission.RUN_CHECKUP, purpose=Purpose.CHECKUP)
def recompute(request: Request, round: int) -> HttpResponse:
    """An old round by today's method, as a round that stands beside it."""
    frame = Frame(request)
    require(frame.scope, Permission.RUN_CHECKUP, frame.district.place)
    if not any(one.id == round for one in frame.rounds):
        raise Http404
    job = queue.enqueue("desk.recompute", person=request.user.pk, home=frame.district.place, round=round)
    return redirect("desk:job", job)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def compare(request: Request) -> HttpResponse:
    """Two rounds of one pack, or one district by two packs."""
    frame = Frame(request)
    by_id = {str(one.id): one for one in frame.rounds}
    before, after = (by_id.get(request.GET.get(key, "")) for key in ("before", "after"))
    if before is None or after is None:
        raise Http404
    if before.pack_key != after.pack_key:
        return _standards(frame, before, after)
    return _rounds(frame, before, after)


def _label(frame: Frame, one: RoundValue) -> dict[str, Any]:
    return {"label": f"{frame.pack_title(one.pack_key, one.day)} {one.day:%Y-%m-%d} #{one.id}"}


def _names(frame: Frame, *rounds: RoundValue) -> dict[int, CommunityValue]:
    return {each.place: each for one in rounds for each in checkup.communities(frame.scope, one.id)}


def _rounds(frame: Frame, before: RoundValue, after: RoundValue) -> HttpResponse:
    found = checkup.compare_rounds(frame.scope, before.id, after.id)
    names = _names(frame, before, after)
    packs = checkup.round_pack(frame.scope, before.id), checkup.round_pack(frame.scope, after.id)
    moved = [one for one in found.moves if _state(one.before) != _state(one.after)]
    context = frame.context(
        title=_("两轮比较"),
        before=_label(frame, before),
        after=_label(frame, after),
        causes=[_cause_sentence(cause) for cause in Cause if cause in found.changed] or [_("两轮的输入完全相同。")],
        grades=[
            _grade_row(names[one.community], one.before, one.after, packs)
            for one in found.grades
            if one.community in names
        ],
        moved_total=len(moved),
        moved=[_move_row(names[one.community], one, packs[1]) for one in moved[:SHOWN_MOVES]],
    )
    return render(frame.request, "desk/compare.html", context)


def _state(result: checkup.ResultValue | None) -> str:
    return result.state.value if result else ""


def _cause_sentence(cause: Cause) -> str:
    return {
        Cause.DATA: _("数据:两轮用的是不同版次的区数据。"),
        Cause.ANSWERS: _("填报:填报数据、佐证或满意度调查有更新。"),
        Cause.FIGURES: _("数值:标准的数值或指标有变化。"),
        Cause.METHOD: _("方法:计算方法有变化。"),
        Cause.SEVERAL: _("多种原因同时改变,无法分开。"),
    }[cause]


def _cause(cause: Cause) -> str:
    return {
        Cause.DATA: _("数据"),
        Cause.ANSWERS: _("填报"),
        Cause.FIGURES: _("数值"),
        Cause.METHOD: _("方法"),
        Cause.SEVERAL: _("多种原因"),
    }[cause]


def _grade_row(one: CommunityValue, before: str | None, after: str | None, packs: tuple[Pack, Pack]) -> dict[str, Any]:
    first, second = ({grade.key: words.name(grade) for grade in pack.grades} for pack in packs)
    return {
        "name": one.name,
        "url": reverse("desk:community", args=[one.code]),
        "before": before,
        "before_name": first.get(before or "", ""),
        "after": after,
        "after_name": second.get(after or "", ""),
    }


def _move_row(one: CommunityValue, move: Move, pack: Pack) -> dict[str, Any]:
    names: Mapping[str, str] = {each.key: words.name(each) for each in pack.indicators}
    result = move.after or move.before
    assert result is not None
    return {
        "community": one.name,
        "indicator": names.get(move.indicator, move.indicator),
        "before": findings.number(move.before) if move.before else None,
        "after": findings.number(move.after) if move.after else None,
        "unit": words.unit(result.value.unit),
        "state_before": (move.before or result).state,
        "state_after": (move.after or result).state,
        "cause": _cause(move.cause),
    }


def _standards(frame: Frame, first: RoundValue, second: RoundValue) -> HttpResponse:
    found = checkup.compare_standards(frame.scope, first.id, second.id)
    packs = checkup.round_pack(frame.scope, first.id), checkup.round_pack(frame.scope, second.id)
    same = (
        _("两个标准用的是同一版数据和同一批填报。") if found.same_data else _("两轮的数据或填报不同,差别不全来自标准。")
    )
    alike = _("两个标准有 %(count)s 项指标量的是同一件事,只是数值不同。") % {"count": len(found.alike)}
    context = frame.context(
        title=_("两个标准比较"),
        before=_label(frame, first),
        after=_label(frame, second),
        causes=[same, alike],
        grades=[_grade_row(row.first, row.first.grade, row.second.grade, packs) for row in found.rows],
        moved_total=0,
        moved=[],
    )
    return render(frame.request, "desk/compare.html", context)
