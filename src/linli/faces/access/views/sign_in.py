"""Log in and out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from linli.domain.people import operations
from linli.domain.people.operations import Refused
from linli.domain.people.rules import Refusal
from linli.faces.access.forms import SignIn
from linli.faces.access.middleware import TOKEN
from linli.faces.components.declared import open_to_everyone, signed_in
from linli.faces.components.scope import act_of


@open_to_everyone
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    target = _target(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SignIn(request.POST or None)
    if form.is_valid():
        outcome = operations.sign_in(
            **form.cleaned_data,
            at=timezone.now(),
            address=request.META.get("REMOTE_ADDR", ""),
            device=request.headers.get("User-Agent", ""),
        )
        if not isinstance(outcome, Refused):
            return _enter(request, outcome.token, target)
        form.add_error(None, _reason(outcome))
    response = render(request, "access/sign_in.html", {"form": form, "next": target})
    response.keeps_writes = True  # type: ignore[attr-defined]  # a failed try is counted
    return response


def _enter(request: HttpRequest, token: str, target: str) -> HttpResponse:
    """A new session under a new key, so that none prepared by another is taken over."""
    request.session.flush()
    request.session[TOKEN] = token
    rotate_token(request)
    return redirect(target)


def _target(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else "/"


def _reason(refused: Refused) -> str:
    if refused.until is not None:
        moment = timezone.localtime(refused.until).strftime("%H:%M")
        return _("尝试次数过多,这个账号锁定到 %(moment)s。请稍后再试,或请账号管理员解锁。") % {"moment": moment}
    return {
        Refusal.CODE_WANTED: _("这个账号开通了第二步验证。请再输一次密码,并填写手机上的动态码。"),
        Refusal.WRONG_CODE: _("动态码不对或已经用过。请等下一个动态码再试。"),
        Refusal.INACTIVE: _("账号或密码不对。请核对后再试。"),
    }.get(refused.refusal, _("账号或密码不对。请核对后再试。"))


@signed_in
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    operations.sign_out(act_of(request), session=request.user.session)  # type: ignore[union-attr]
    request.session.flush()
    messages.success(request, _("已退出登录。"))
    return redirect("access:sign_in")
