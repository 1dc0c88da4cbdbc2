"""The journal, as an auditor reads it."""

from collections.abc import Mapping
from datetime import date, datetime, time

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.domain.journal.queries import Filter, Verification
from linli.domain.journal.rules import OPERATOR, Channel, Entry, Tampering, Trace
from linli.domain.people import queries
from linli.domain.people.rules import Permission, Purpose, Scope
from linli.domain.places import queries as places
from linli.faces.access import words
from linli.faces.access.forms import JournalFilter
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request

PAGE = 50


@declares(Permission.VIEW_JOURNAL, purpose=Purpose.AUDIT)
@require_GET
def journal(request: Request) -> HttpResponse:
    """Lines, newest first; with ``verify`` the chain of the chosen home is read again."""
    areas = places.areas_tree(request.scope)
    form = JournalFilter(request.GET, areas=areas, verbs=words.verbs())
    home = form.cleaned_data["home"] if form.is_valid() else None
    lines = _lines(request.scope, form, home) if form.is_valid() else ()
    names = queries.names(line.actor for line in lines)
    area_names = {area.place: area.name for area in areas}
    context = {
        "form": form,
        "home": home,
        "rows": [_row(line, names, area_names) for line in lines],
        "older": lines[-1].id if len(lines) == PAGE else None,
        "verification": _verification(request, home),
        "seals": _seals(request, home),
    }
    return render(request, "access/journal.html", context, status=200 if form.is_valid() else 422)


def _lines(scope: Scope, form: JournalFilter, home: int | None) -> tuple[Entry, ...]:
    wanted = Filter(
        verb=form.cleaned_data["verb"],
        actor=form.cleaned_data["actor"],
        from_at=_start(form.cleaned_data["from_on"]),
        until_at=_start(form.end()),
        before=form.cleaned_data["before"],
    )
    whole = next(iter(district.place for district in places.districts()), None)
    return queries.journal_lines(scope, district=whole, home=home, wanted=wanted, limit=PAGE)


def _start(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


def _row(line: Entry, names: Mapping[int, str], areas: Mapping[int, str]) -> dict[str, object]:
    someone = _("本机操作") if line.actor == OPERATOR else _("编号 %(id)s") % {"id": line.actor}
    return {
        "line": line,
        "actor": names.get(line.actor, someone),
        "verb": words.verb(line.verb),
        "channel": words.channel(Channel(line.channel)),
        "home": areas.get(line.home, "") if line.home is not None else _("全平台"),
        "result": words.result(line.result),
    }


def _verification(request: Request, home: int | None) -> dict[str, object] | None:
    if home is None or "verify" not in request.GET:
        return None
    found: Verification = queries.verification(request.scope, home)
    return {"found": found, "traces": [_sentence(trace) for trace in found.traces[:100]]}


def _seals(request: Request, home: int | None) -> list[dict[str, object]]:
    """The newest seals; their roots may be kept outside, to be compared one day."""
    made = queries.seals(request.scope, home)[-10:] if home is not None else ()
    return [
        {"seal": seal, "lines": seal.until_position - seal.from_position, "root": seal.root.hex()}
        for seal in reversed(made)
    ]


def _sentence(trace: Trace) -> str:
    named = {"line": trace.line, "position": (trace.position or 0) + 1, "seal": trace.seal}
    if trace.tampering is Tampering.CHANGED:
        return _("第 %(line)s 号记录在封存后被改动(链上第 %(position)s 位)。") % named
    if trace.tampering is Tampering.MISSING and trace.line is None:
        return _("链上第 %(position)s 位的记录和链接都不见了。") % named
    if trace.tampering is Tampering.MISSING:
        return _("第 %(line)s 号记录被删除(链上第 %(position)s 位)。") % named
    if trace.tampering is Tampering.INSERTED:
        return _("第 %(line)s 号记录是封存后插入的。") % named
    return _("第 %(seal)s 号封条被改动。") % named
