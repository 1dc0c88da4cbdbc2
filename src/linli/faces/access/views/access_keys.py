"""One's own access keys: listed, made, revoked."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from linli.domain.people import operations, queries
from linli.faces.access.forms import NewAccessKey
from linli.faces.access.views.own import wrong_password
from linli.faces.components.declared import signed_in
from linli.faces.components.scope import Request, act_of


@signed_in
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def access_keys(request: Request) -> HttpResponse:
    """The list with a form; after a key was made, with its secret, this once."""
    form = NewAccessKey(request.POST or None)
    made = _made(request, form) if form.is_valid() else None
    now = timezone.now()
    held = [(key, key.holds_at(now)) for key in queries.own_access_keys(request.person.id)]
    context = {
        "form": NewAccessKey() if made else form,
        "made": made,
        "keys": held,
        "username": request.person.username,
        "address": request.build_absolute_uri("/api/ogc/"),
    }
    return render(request, "access/access_keys.html", context, status=422 if form.is_bound and made is None else 200)


def _made(request: Request, form: NewAccessKey) -> operations.NewKey | None:
    asked = form.cleaned_data
    act = act_of(request)
    try:
        return operations.create_access_key(
            act,
            name=asked["name"],
            password=asked["password"],
            until_at=act.at + timedelta(days=asked["days"]),
            may_write=asked["may_write"],
        )
    except operations.WrongPassword:
        form.add_error("password", wrong_password())
    except operations.TooManyKeys:
        form.add_error(None, _("密钥太多了。请先停用不再使用的密钥。"))
    except operations.KeyNotPossible:
        form.add_error("name", _("请给密钥起一个名称。"))
    return None


@signed_in
@require_POST
def revoke(request: Request, key: int) -> HttpResponse:
    if operations.revoke_access_key(act_of(request), key=key):
        messages.success(request, _("密钥已停用,用它的程序不能再访问。"))
    return redirect("access:access_keys")
