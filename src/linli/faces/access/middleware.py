"""The gate before every view: who asks, whether the endpoint is open to them, and one transaction for all of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from ninja.utils import check_csrf

from linli.domain.people import operations, queries
from linli.domain.people.queries import SignedIn
from linli.domain.people.rules import POLICY, NotPermitted, Purpose
from linli.faces.access import keys
from linli.faces.components.declared import Declaration, declaration_for, is_interface, purpose_of, undeclared
from linli.faces.components.scope import scope_of

TOKEN = "linli_token"  # noqa: S105  the name under which a session keeps it
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
WITH_TEMPORARY_PASSWORD = frozenset({"access:password", "access:sign_out", "set_language"})
"""Where someone may go whose password was given to them by another."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """The user of a request that carries no open session."""

    pk: None = None
    name: str = ""

    is_authenticated = False
    is_anonymous = True


class Access:
    """Outermost of our own middlewares: the transaction it opens holds everything that a request does.

    A request that is refused or fails changes nothing: its transaction is rolled back, unless the answer says
    ``keeps_writes``, as that of a failed sign-in does, which must be counted.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if routes := undeclared():
            raise ImproperlyConfigured(f"endpoints that do not declare who may call them: {', '.join(routes)}")
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            person = _person(request)
            request.user = person or Nobody()  # type: ignore[assignment]  # our own, not Django's
            request.person = person  # type: ignore[attr-defined]
            request.scope = None  # type: ignore[attr-defined]
            response = self.get_response(request)
            if response.status_code >= 400 and not getattr(response, "keeps_writes", False):
                transaction.set_rollback(True)
        if request.person is not None:  # type: ignore[attr-defined]
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        declaration = declaration_for(view, request.method or "GET")
        if declaration is None:
            return HttpResponseNotAllowed([])
        if declaration.everyone:
            return None
        if is_interface(view) and keys.are_sent(request):
            return self._program(request, declaration)
        person: SignedIn | None = request.person  # type: ignore[attr-defined]
        if person is None:
            return _sign_in_first(request, interface=is_interface(view))
        if getattr(view, "csrf_exempt", False) and request.method not in SAFE and (refused := check_csrf(request)):
            return refused
        if person.has_temporary_password and _view_name(request) not in WITH_TEMPORARY_PASSWORD:
            messages.info(request, _("请先换一个只有您知道的密码。"))
            return redirect("access:password")
        return _admit(request, person, declaration, interface=is_interface(view))

    def _program(self, request: HttpRequest, declaration: Declaration) -> HttpResponse | None:
        """A program with a key: where it comes from is not asked, as no forged request can write with one."""
        request.person = None  # type: ignore[attr-defined]
        found = keys.holder(request)
        if isinstance(found, HttpResponse):
            return found
        request.user = found  # type: ignore[assignment]  # our own, not Django's
        request.person = found  # type: ignore[attr-defined]
        return _admit(request, found, declaration, interface=True)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a refusal of the domain into an answer; any other exception is not ours."""
        if not isinstance(exception, NotPermitted):
            return None
        match = request.resolver_match
        return _refused(request, interface=match is not None and is_interface(match.func))


def _person(request: HttpRequest) -> SignedIn | None:
    token = request.session.get(TOKEN)
    if not token:
        return None
    now = timezone.now()
    person = queries.signed_in(token, now, timezone.localdate(now))
    if person is None:
        request.session.flush()
        return None
    operations.note_use(person.session, person=person.id, seen_at=person.seen_at, at=now)
    return person


def _view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _admit(request: HttpRequest, person: SignedIn, declaration: Declaration, *, interface: bool) -> HttpResponse | None:
    purpose = _usual_purpose(person) if declaration.permission is None else purpose_of(declaration, person.roles)
    if purpose is None:
        return _refused(request, interface=interface)
    find = partial(scope_of, person, purpose, timezone.localdate())
    request.scope = SimpleLazyObject(find)  # type: ignore[attr-defined]
    return None


def _usual_purpose(person: SignedIn) -> Purpose:
    """What someone is here for, where the endpoint does not say: what their first role is for."""
    for role in person.roles:
        for purpose in Purpose:
            if any(purpose in purposes for purposes in POLICY[role].values()):
                return purpose
    return Purpose.CHECKUP


def _sign_in_first(request: HttpRequest, *, interface: bool) -> HttpResponse:
    if interface:
        return keys.sign_in_first(request)
    address = reverse("access:sign_in")
    if request.method == "GET" and "HX-Request" not in request.headers:
        address += "?" + urlencode({"next": request.get_full_path()})
    if "HX-Request" in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return redirect(address)


def _refused(request: HttpRequest, *, interface: bool) -> HttpResponse:
    if interface:
        return JsonResponse({"detail": _("您的角色或辖区不允许此操作。")}, status=403)
    return render(request, "access/refused.html", status=403)
