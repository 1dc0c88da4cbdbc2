"""One's own account: password, second factor, sessions."""

import base64
from urllib.parse import quote

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.domain.people import operations, queries
from linli.faces.access.forms import BeginSecondFactor, ConfirmSecondFactor, Password, RemoveSecondFactor
from linli.faces.components import people
from linli.faces.components.declared import signed_in
from linli.faces.components.scope import Request, act_of

ISSUER = "邻里"


def wrong_password() -> str:
    return _("密码不对。请再输一次现在的密码。")


@signed_in
@require_GET
def account(request: Request) -> HttpResponse:
    return _account_page(request)


def _account_page(request: Request, **forms: object) -> HttpResponse:
    found = queries.own_account(request.person.id)
    day = timezone.localdate()
    context = {
        "account": found,
        "terms": [(people.role(term.role), term) for term in found.terms if term.holds_on(day)],
        "sessions": queries.open_sessions(request.person.id, timezone.now()),
        "session": request.person.session,
        "begin": BeginSecondFactor(),
        "remove": RemoveSecondFactor(),
    }
    return render(request, "access/own.html", context | forms, status=422 if forms else 200)


@signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: Request) -> HttpResponse:
    form = Password(request.POST or None)
    if form.is_valid():
        try:
            operations.change_own_password(
                act_of(request),
                old=form.cleaned_data["old"],
                new=form.cleaned_data["new"],
                session=request.person.session,
            )
        except operations.WrongPassword:
            form.add_error("old", wrong_password())
        except operations.PasswordTooWeak as weak:
            form.add_error("new", list(weak.args) or _("新密码和现在的一样。请另选一个。"))
        else:
            messages.success(request, _("密码已更换,其他设备上的登录已退出。"))
            return redirect("access:own")
    return render(request, "access/password.html", {"form": form}, status=422 if form.is_bound else 200)


@signed_in
@require_POST
def close_session(request: Request, session: int) -> HttpResponse:
    operations.sign_out(act_of(request), session=session)
    messages.success(request, _("那台设备上的登录已退出。"))
    return redirect("access:own")


@signed_in
@sensitive_post_parameters()
@require_POST
def begin_second_factor(request: Request) -> HttpResponse:
    form = BeginSecondFactor(request.POST)
    if not form.is_valid():
        return _account_page(request, begin=form)
    try:
        secret = operations.begin_second_factor(act_of(request), password=form.cleaned_data["password"])
    except operations.WrongPassword:
        form.add_error("password", wrong_password())
        return _account_page(request, begin=form)
    except operations.SecondFactorStands:
        return redirect("access:own")
    return render(request, "access/second_factor.html", _drawn(secret, request.person.username))


def _drawn(secret: bytes, username: str) -> dict[str, object]:
    """The secret as text and as a picture for the telephone's camera; shown this once."""
    text = base64.b32encode(secret).decode()
    address = f"otpauth://totp/{quote(ISSUER)}:{quote(username)}?secret={text}&issuer={quote(ISSUER)}"
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=3)
    spaced = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return {"picture": picture, "secret": spaced, "form": ConfirmSecondFactor()}


@signed_in
@require_POST
def confirm_second_factor(request: Request) -> HttpResponse:
    form = ConfirmSecondFactor(request.POST)
    if form.is_valid():
        try:
            codes = operations.confirm_second_factor(act_of(request), code=form.cleaned_data["code"])
        except operations.WrongCode:
            form.add_error("code", _("动态码不对。请核对手机时间,等下一个动态码再试。"))
        else:
            return render(request, "access/recovery.html", {"codes": codes})
    return render(request, "access/second_factor.html", {"form": form}, status=422)


@signed_in
@sensitive_post_parameters()
@require_POST
def remove_second_factor(request: Request) -> HttpResponse:
    form = RemoveSecondFactor(request.POST)
    if form.is_valid():
        try:
            operations.remove_second_factor(act_of(request), **form.cleaned_data)
        except operations.WrongPassword:
            form.add_error("password", wrong_password())
        except operations.WrongCode:
            form.add_error("code", _("动态码不对或已经用过。"))
        else:
            messages.success(request, _("第二步验证已关闭。"))
            return redirect("access:own")
    return _account_page(request, remove=form)
