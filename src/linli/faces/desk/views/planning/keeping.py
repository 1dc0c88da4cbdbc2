"""Acts on scenarios: save, revise, share, carry over to a newer edition, withdraw."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.places import queries as places
from linli.domain.places.queries import EditionValue
from linli.domain.planning import operations
from linli.domain.planning import queries as planning
from linli.domain.planning.queries import ScenarioValue
from linli.domain.planning.rules.scenarios.faults import EditsRefused
from linli.faces.components import bases
from linli.faces.components.bases import Asked
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.planning import asking, drafts
from linli.faces.desk.planning.drafts import Draft
from linli.faces.desk.views.planning.scenarios import scenario_of
from linli.faces.desk.views.planning.whatif import edition_of, edits_refused, read_draft, refused

Saving = Callable[[Draft, EditionValue, bases.Ground], ScenarioValue]


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def save(request: Request, district: int, edition: int) -> HttpResponse:
    """Keep a new scenario."""

    def create(draft: Draft, on: EditionValue, ground: bases.Ground) -> ScenarioValue:
        return operations.create_scenario(
            act_of(request), request.scope, district=district, name=_name(draft), edits=draft.edits, edition=on.id,
            day=_dated(draft), ground=ground.planning,
        )  # fmt: skip

    return _saved(request, edition_of(request, district, edition), create)


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def revise(request: Request, scenario: int) -> HttpResponse:
    """Say something else by a scenario, and perhaps call it something else."""
    value = scenario_of(request, scenario)
    require(request.scope, Permission.PLAN, value.home)

    def change(draft: Draft, on: EditionValue, ground: bases.Ground) -> ScenarioValue:
        act, based_on = act_of(request), draft.said.get("revision")
        if not isinstance(based_on, int):
            raise drafts.BadDraft(_("收到的内容不完整。请刷新页面后再试。"))
        if _name(draft) != value.name:
            operations.rename_scenario(act, request.scope, scenario=scenario, name=_name(draft))
        return operations.revise_scenario(
            act, request.scope, scenario=scenario, based_on=based_on, edits=draft.edits, ground=ground.planning
        )

    return _saved(request, places.edition_by_id(request.scope, value.edition), change)


def _dated(draft: Draft) -> date | None:
    """What the scenario is dated; None where nothing is said.

    Raises
    ------
    BadDraft
    """
    said = draft.said.get("dated") or None
    if said is None:
        return None
    try:
        found = parse_date(said) if isinstance(said, str) else None
    except ValueError:
        found = None
    if found is None:
        raise drafts.BadDraft(_("日期读不懂。请写成 2026-06-30 这样。"))
    return found


def _name(draft: Draft) -> str:
    name = draft.said.get("name", "")
    return name if isinstance(name, str) else ""


def _saved(request: Request, edition: EditionValue, keep: Saving) -> HttpResponse:
    """Keep what was sent, with what it changes; a refusal is a sentence, and nothing is kept."""
    try:
        draft = read_draft(request)
        if draft.faults:
            raise EditsRefused(draft.faults)
        ground = bases.ground(request.scope, edition)
        # A scenario may be renamed and revised at once: both, or neither.
        with transaction.atomic():
            value = keep(draft, edition, ground)
            keep_effects(request, value, edition, draft.asked)
    except drafts.BadDraft as fault:
        return refused(fault.sentence)
    except EditsRefused as fault:
        return edits_refused(request, edition.district, fault)
    except operations.OutsideArea as fault:
        sentence = _("这处修改在您负责的范围之外。请移到范围内,或请上一级来做。")
        told = [{"edit": number - 1, "text": sentence} for number in fault.numbers]
        return JsonResponse({"detail": sentence, "refusals": told}, status=400)
    except tuple(_REFUSALS) as fault:  # type: ignore[misc]  # its keys are exceptions
        return refused(_REFUSALS[type(fault)]())
    messages.success(request, _("已保存为第 %(number)s 次修订。") % {"number": value.revision})
    return JsonResponse({"url": reverse("desk:scenario", args=[value.id])})


_REFUSALS: dict[type[Exception], Callable[[], str]] = {
    operations.NameNotPossible: lambda: _("请填方案名称,最多 80 字。"),
    operations.NameTaken: lambda: _("已有同名的方案。请换一个名称。"),
    operations.ScenarioChanged: lambda: _("别人刚刚修订了这个方案。请刷新页面,在新的修订上再改。"),
    operations.AlreadyWithdrawn: lambda: _("这个方案已经撤回,不能再改。"),
    places.EmptyEdition: lambda: _("这一版次没有可步行的道路,无法推演。请先补充道路数据。"),
}


def keep_effects(request: Request, value: ScenarioValue, edition: EditionValue, asked: Asked) -> None:
    """Keep what a scenario changes, for all hours and every time slice that it names."""
    found, on = [], None
    for key in value.slices:
        on = bases.standing(request.scope, edition, Asked(asked.pack, asked.day, asked.at, key))
        found.append(asking.found_of(on, value.edits))
    assert on is not None
    operations.keep_effects(
        act_of(request), request.scope, scenario=value.id, revision=value.revision, pack_key=on.pack.key,
        pack_fingerprint=on.pack.fingerprint, answers_fingerprint=on.answers_fingerprint, day=asked.day, effects=found,
    )  # fmt: skip


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def share(request: Request, scenario: int) -> HttpResponse:
    """Make the link, or end it."""
    if request.POST.get("stop"):
        return _done(request, scenario, operations.stop_sharing_scenario, _("链接已停用。"))
    return _done(request, scenario, operations.share_scenario, _("链接已生成。登录后能看本区体检的人可以打开。"))


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def withdraw(request: Request, scenario: int) -> HttpResponse:
    reason = request.POST.get("reason", "").replace("\0", "")
    return _done(request, scenario, operations.withdraw_scenario, _("方案已撤回,记录保留。"), reason=reason)


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def carry(request: Request, scenario: int) -> HttpResponse:
    """Put a scenario on the newest edition and compute it anew, or keep why that cannot be."""
    value = scenario_of(request, scenario)
    require(request.scope, Permission.PLAN, value.home)
    newest = places.current(request.scope, value.district)
    ground = bases.ground(request.scope, newest).planning
    try:
        moved = operations.carry_over(act_of(request), request.scope, scenario=scenario, ground=ground)
    except operations.SameEdition:
        messages.info(request, _("方案已经在最新版次上。"))
    except (operations.AlreadyWithdrawn, operations.OutsideArea):
        messages.error(request, _("这个方案不能结转。"))
    else:
        if moved.faults:
            messages.error(request, _("有 %(n)s 处修改在新版次上不成立,方案留在原版次。") % {"n": len(moved.faults)})
        else:
            messages.success(request, _("已结转到第 %(number)s 版并重算。") % {"number": newest.number})
    return redirect("desk:scenario", scenario)


def _done(request: Request, scenario: int, act: Callable[..., Any], told: str, **more: Any) -> HttpResponseRedirect:
    try:
        act(act_of(request), request.scope, scenario=scenario, **more)
    except planning.NoSuchScenario:
        raise Http404 from None
    except operations.AlreadyWithdrawn:
        messages.error(request, _("这个方案已经撤回,不能再改。"))
    except operations.ReasonMissing:
        messages.error(request, _("请写明撤回的原因。"))
    else:
        messages.success(request, told)
    return redirect("desk:scenario", scenario)
