"""Accounts, roles and terms, as whoever keeps them sees them."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.domain.people import operations, queries
from linli.domain.people.queries import Account
from linli.domain.people.rules import Permission, Purpose
from linli.domain.places import queries as places
from linli.faces.access.forms import Appointment, EndTerm, NewPerson, Organization
from linli.faces.components import people
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of

keeps_accounts = declares(Permission.MANAGE_PEOPLE, purpose=Purpose.ACCOUNT_KEEPING)

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are mistaken for one another when read aloud."""


def temporary_password() -> str:
    """Sixteen letters in four groups, 79 random bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


@keeps_accounts
@require_GET
def accounts(request: Request) -> HttpResponse:
    search = request.GET.get("q", "").strip()[:60]
    found = queries.accounts(request.scope, search=search)
    day = timezone.localdate()
    rows = [(account, _roles(account, _area_names(request), day)) for account in found]
    return render(request, "access/accounts.html", {"rows": rows, "q": search})


def _area_names(request: Request) -> Mapping[int, str]:
    """Names of areas by id, read once a request."""
    if not hasattr(request, "area_names"):
        areas = places.areas_tree(request.scope)
        request.area_names = {area.place: area.name for area in areas}  # type: ignore[attr-defined]
    return request.area_names  # type: ignore[attr-defined,no-any-return]


def _roles(account: Account, names: Mapping[int, str], day: Any) -> list[str]:
    return [
        f"{people.role(term.role)} · {names.get(term.area, _('其他辖区'))}"
        for term in account.terms
        if term.holds_on(day)
    ]


@keeps_accounts
@require_http_methods(["GET", "POST"])
def create(request: Request) -> HttpResponse:
    form = NewPerson(request.POST or None)
    if form.is_valid():
        password = temporary_password()
        try:
            person = operations.create_person(act_of(request), request.scope, password=password, **form.cleaned_data)
        except operations.UsernameTaken:
            form.add_error("username", _("这个账号已有人使用。请换一个。"))
        except operations.UsernameNotAllowed:
            form.add_error("username", _("账号只能用小写字母、数字、点、横线,2 至 40 个。"))
        else:
            return _shown_once(request, person, password)
    return render(request, "access/create_account.html", {"form": form}, status=422 if form.is_bound else 200)


def _shown_once(request: Request, person: int, password: str) -> HttpResponse:
    account = queries.account(request.scope, person)
    return render(request, "access/temporary_password.html", {"account": account, "password": password})


@keeps_accounts
@require_GET
def account(request: Request, person: int) -> HttpResponse:
    return _account_page(request, person)


def _account_page(request: Request, person: int, *, appointment: Appointment | None = None) -> HttpResponse:
    found = _found(request, person)
    names, now = _area_names(request), timezone.now()
    day = timezone.localdate(now)
    context = {
        "account": found,
        "terms": [
            {"term": term, "role": people.role(term.role), "area": names.get(term.area), "holds": term.holds_on(day)}
            for term in found.terms
        ],
        "locked_until": queries.locked_until(found.username, now),
        "appointment": appointment or _appointment(request),
        "end": EndTerm(initial={"until_on": day}),
        "is_self": person == request.person.id,
    }
    return render(request, "access/account.html", context, status=422 if appointment else 200)


def _found(request: Request, person: int) -> Account:
    try:
        return queries.account(request.scope, person)
    except queries.NoSuchPerson:
        raise Http404 from None


def _appointment(request: Request, data: Any = None) -> Appointment:
    return Appointment(
        data,
        initial={"from_on": timezone.localdate()},
        areas=places.areas_tree(request.scope),
        organizations=queries.organizations(),
    )


@keeps_accounts
@require_POST
def appoint(request: Request, person: int) -> HttpResponse:
    _found(request, person)
    form = _appointment(request, request.POST)
    if form.is_valid():
        try:
            operations.appoint(act_of(request), request.scope, person=person, **form.cleaned_data)
        except operations.OwnTerm:
            form.add_error(None, _("不能给自己任职。请另一位账号管理员来办。"))
        except operations.TermOverlaps:
            form.add_error(None, _("此人这段时间在这个辖区已有这个角色。请改日期或先结束原来的任期。"))
        else:
            messages.success(request, _("任职已登记。"))
            return redirect("access:account", person)
    return _account_page(request, person, appointment=form)


@keeps_accounts
@require_POST
def end_term(request: Request, term: int) -> HttpResponse:
    form = EndTerm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写结束的日子。"))
        return _back(request)
    try:
        operations.end_term(act_of(request), request.scope, term=term, **form.cleaned_data)
    except operations.TermNotPossible:
        messages.error(request, _("结束的日子要在任期之内,并在开始之后。"))
    else:
        messages.success(request, _("任期已结束。"))
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the account from which the form was sent, if it says a number."""
    person = request.POST.get("person", "")
    return redirect("access:account", int(person)) if person.isdecimal() else redirect("access:accounts")


@keeps_accounts
@require_POST
def reset_password(request: Request, person: int) -> HttpResponse:
    _found(request, person)
    password = temporary_password()
    operations.set_password(act_of(request), request.scope, person=person, password=password)
    return _shown_once(request, person, password)


_ACTS: Mapping[str, Callable[..., None]] = {
    "unlock": operations.unlock,
    "close": operations.close_account,
    "reopen": operations.reopen_account,
    "reset-second-factor": operations.reset_second_factor,
}


@keeps_accounts
@require_POST
def change(request: Request, person: int, act: str) -> HttpResponse:
    """One of the acts that need nothing but the account."""
    if act not in _ACTS:
        raise Http404
    _found(request, person)
    _ACTS[act](act_of(request), request.scope, person=person)
    done = {
        "unlock": _("账号已解锁。"),
        "close": _("账号已停用,所有登录已退出。"),
        "reopen": _("账号已启用。"),
        "reset-second-factor": _("第二步验证已解除。"),
    }
    messages.success(request, done[act])
    return redirect("access:account", person)


@keeps_accounts
@require_http_methods(["GET", "POST"])
def organizations(request: Request) -> HttpResponse:
    form = Organization(request.POST or None)
    if form.is_valid():
        try:
            operations.add_organization(act_of(request), request.scope, **form.cleaned_data)
        except operations.CreditCodeNotValid:
            form.add_error("uscc", _("统一社会信用代码不对:最后一位校验不符。请核对 18 位代码。"))
        except operations.OrganizationExists:
            form.add_error("name", _("已有同名或同代码的单位。"))
        else:
            messages.success(request, _("单位已登记。"))
            return redirect("access:organizations")
    kinds = dict(form.fields["kind"].choices)  # type: ignore[attr-defined]
    rows = [(kinds.get(one.kind, one.kind), one) for one in queries.organizations()]
    context = {"form": form, "rows": rows}
    return render(request, "access/organizations.html", context, status=422 if form.is_bound else 200)
