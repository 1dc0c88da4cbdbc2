"""The gate before every view: who passes, and that what is refused leaves nothing behind."""

from collections.abc import Callable

import pytest
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from ninja import NinjaAPI

from linli import urls as site
from linli.domain.journal import operations as journal
from linli.domain.journal import queries as lines
from linli.domain.people.rules import NotPermitted, Permission, Purpose, Role
from linli.faces.access.apps import endpoints_are_declared
from linli.faces.access.middleware import Access
from linli.faces.components.declared import (
    declaration_for,
    declares,
    endpoints,
    open_to_everyone,
    purpose_of,
    signed_in,
    undeclared,
)
from linli.faces.components.scope import Request, act_of

Enter = Callable[..., Client]
AUDIT = declares(Permission.VIEW_JOURNAL, purpose=Purpose.AUDIT)


def _writes(request: Request, *, home: int) -> None:
    journal.record(act_of(request), verb="test.write", home=home)


@AUDIT
def writes_and_is_refused(request: Request, place: int) -> HttpResponse:
    _writes(request, home=place)
    raise NotPermitted(Permission.VIEW_JOURNAL, place)


@AUDIT
def writes_and_answers_badly(request: Request, place: int) -> HttpResponse:
    _writes(request, home=place)
    return HttpResponse(status=422)


@AUDIT
def writes_and_breaks(request: Request, place: int) -> HttpResponse:
    _writes(request, home=place)
    raise RuntimeError


@AUDIT
def writes(request: Request, place: int) -> HttpResponse:
    _writes(request, home=place)
    return HttpResponse(request.scope.purpose)


@signed_in
def only_signed_in(request: Request) -> HttpResponse:
    return HttpResponse(request.scope.purpose)


@open_to_everyone
def everyone(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def nobody_said(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


api = NinjaAPI(docs_url=None, openapi_url=None, urls_namespace="test_gate")


@api.get("/audited")
@AUDIT
def audited(request: HttpRequest) -> dict[str, str]:
    return {"purpose": request.scope.purpose}  # type: ignore[attr-defined]


@api.post("/audited")
@AUDIT
def audited_post(request: HttpRequest) -> dict[str, str]:
    return {}


urlpatterns = [
    path("refused/<int:place>/", writes_and_is_refused, name="refused"),
    path("badly/<int:place>/", writes_and_answers_badly, name="badly"),
    path("breaks/<int:place>/", writes_and_breaks, name="breaks"),
    path("writes/<int:place>/", writes, name="writes"),
    path("signed-in/", only_signed_in, name="signed_in"),
    path("everyone/", everyone, name="everyone"),
    path("api/", api.urls),
    *site.urlpatterns,
]

here = override_settings(ROOT_URLCONF=__name__)


@pytest.fixture
def auditor(enter: Enter) -> Client:
    return enter("auditor")


def written(place: int) -> int:
    return len(lines.lines(frozenset({place}), wanted=lines.Filter(verb="test.write")))


@pytest.mark.parametrize(("name", "status"), [("refused", 403), ("badly", 422), ("breaks", 500)])
def test_what_is_refused_or_fails_changes_nothing(site: object, auditor: Client, name: str, status: int) -> None:
    place = site.district  # type: ignore[attr-defined]
    auditor.raise_request_exception = False

    with here:
        answer = auditor.post(f"/{name}/{place}/")

    assert answer.status_code == status
    assert written(place) == 0


def test_what_succeeds_is_kept_with_the_declared_purpose(site: object, auditor: Client) -> None:
    place = site.district  # type: ignore[attr-defined]

    with here:
        answer = auditor.post(f"/writes/{place}/")

    assert answer.content.decode() == Purpose.AUDIT
    assert written(place) == 1
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_who_holds_the_permission_nowhere_does_not_reach_the_view(site: object, enter: Enter) -> None:
    worker = enter("worker")

    with here:
        assert worker.post(f"/writes/{site.district}/").status_code == 403  # type: ignore[attr-defined]
        assert worker.get("/signed-in/").content.decode() == Purpose.CHECKUP
        answer = worker.get("/api/audited")

    assert answer.status_code == 403
    assert answer.json()["detail"]
    assert written(site.district) == 0  # type: ignore[attr-defined]


def test_who_is_not_signed_in_is_sent_to_the_door(site: object, client: Client) -> None:
    with here:
        assert client.get("/everyone/").status_code == 200
        assert client.get("/api/audited").status_code == 401


def test_the_way_back_is_kept_and_is_ours(site: object, client: Client) -> None:
    answer = client.get("/journal/?home=3")
    assert answer.headers["Location"] == "/sign-in/?next=%2Fjournal%2F%3Fhome%3D3"

    for away in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        page = client.get("/sign-in/", {"next": away}).content.decode()
        assert 'name="next" value="/"' in page

    swapped = client.get("/accounts/", headers={"hx-request": "true"})
    assert (swapped.status_code, swapped.headers["HX-Redirect"]) == (401, "/sign-in/")


def test_a_method_that_is_not_declared_is_not_answered(site: object, auditor: Client) -> None:
    with here:
        assert auditor.put(f"/writes/{site.district}/").status_code == 405  # type: ignore[attr-defined]
        assert auditor.delete("/api/audited").status_code == 405
        assert auditor.get("/api/audited").json() == {"purpose": "audit"}


def test_the_api_is_not_called_from_foreign_pages(site: object, enter: Enter) -> None:
    """Its views are exempt from Django's own check of forged requests; the gate makes up for it."""
    auditor = enter("auditor", enforce_csrf_checks=True)

    with here:
        assert auditor.post("/api/audited").status_code == 403
        assert auditor.get("/api/audited").status_code == 200


def test_an_endpoint_that_says_nothing_stops_the_start() -> None:
    class Silent:
        urlpatterns = (path("silent/", nobody_said), path("everyone/", everyone))

    with override_settings(ROOT_URLCONF=Silent):
        assert undeclared() == ("/silent/",)
        (error,) = endpoints_are_declared()
        assert error.level == checks.ERROR
        with pytest.raises(ImproperlyConfigured, match="silent"):
            Access(lambda request: HttpResponse())


def test_each_operation_of_the_api_speaks_for_itself() -> None:
    half = NinjaAPI(docs_url=None, openapi_url=None, urls_namespace="test_half")
    half.get("/one")(signed_in(lambda request: {}))
    half.post("/one")(lambda request: {})

    class Half:
        urlpatterns = (path("api/", half.urls),)

    with override_settings(ROOT_URLCONF=Half):
        assert undeclared() == ("POST /api/one",)


def test_every_endpoint_of_the_site_is_declared() -> None:
    assert undeclared() == ()
    assert len(endpoints()) > 15


def test_the_first_purpose_that_fits_is_the_scopes() -> None:
    view = declares(Permission.VIEW_PLACES, purpose=(Purpose.CHECKUP, Purpose.AUDIT))(lambda request: None)
    declaration = declaration_for(view, "GET")

    assert declaration is not None
    assert purpose_of(declaration, [Role.AUDITOR]) is Purpose.AUDIT
    assert purpose_of(declaration, [Role.AUDITOR, Role.COMMUNITY_WORKER]) is Purpose.CHECKUP
    assert purpose_of(declaration, [Role.ADMINISTRATOR]) is None
