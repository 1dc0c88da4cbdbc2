"""Programs at the gate: a key opens the interface, to read, as far as its person may, and nothing else."""

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from domain.people.builders import PASSWORD

from linli.domain.people import models, queries
from linli.domain.people.rules import LOCKOUT

Enter = Callable[..., Client]


def basic(username: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{username}:{secret}".encode()).decode()}


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def a_key(client: Client, **changes: str) -> str:
    """Made on the page; its secret is shown there once."""
    page = client.post("/me/keys/", {"name": "QGIS", "days": "30", "password": PASSWORD, **changes}).content.decode()
    (secret,) = re.findall(r"<code>(linli_[^<]+)</code>", page)
    assert secret not in client.get("/me/keys/").content.decode()
    return str(secret)


@pytest.fixture
def key(enter: Enter) -> str:
    return a_key(enter("worker"))


def test_a_key_reads_the_interface_without_a_session(key: str) -> None:
    program = Client()

    for sent in (basic("worker", key), basic(" WORKER ", key), bearer(key)):
        answer = program.get("/api/districts", headers=sent)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert not answer.cookies
    assert program.get("/api/openapi.json", headers=bearer(key)).status_code == 200


def test_a_key_opens_no_page(key: str) -> None:
    for path in ("/me/", "/me/keys/", "/accounts/", "/journal/"):
        assert Client().get(path, headers=bearer(key)).status_code == 302


def test_without_a_good_key_a_program_is_asked_for_one(site: object, key: str) -> None:
    wrong = ({}, basic("auditor", key), basic("worker", "x"), bearer("x"), {"authorization": "Basic ???"})
    for sent in (*wrong, {"authorization": "Digest x"}, bearer("x" * 5000), basic("\0", "x")):
        answer = Client().get("/api/districts", headers=sent)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
        assert answer.json()["detail"]

    of_a_page = Client().get("/api/districts", headers={"sec-fetch-mode": "cors"})
    assert "WWW-Authenticate" not in of_a_page.headers


def test_a_key_says_no_more_than_its_persons_terms(enter: Enter, site: Any) -> None:
    worker, keeper = bearer(a_key(enter("worker"))), bearer(a_key(enter("keeper")))

    assert Client().get("/api/packs", headers=worker).status_code == 200
    assert Client().get("/api/packs", headers=keeper).status_code == 403


def test_a_key_only_reads_unless_made_for_writing_and_sent_as_bearer(enter: Enter, site: Any) -> None:
    worker = enter("worker")
    reading, writing = a_key(worker), a_key(worker, may_write="on")
    asked = {"district": "990102", "pack": "complete-community", "day": "2026-01-01"}

    def told(sent: dict[str, str]) -> str:
        answer = Client(enforce_csrf_checks=True).post(
            "/api/rounds", asked, content_type="application/json", headers=sent
        )
        assert answer.status_code == 403
        return str(answer.json()["detail"])

    assert "只能读取" in told(bearer(reading))
    assert "只能读取" in told(basic("worker", writing))
    assert "角色" in told(bearer(writing)), "the key passes, and the worker may not start a round"


def test_a_session_beside_a_wrong_key_does_not_count(enter: Enter) -> None:
    assert enter("worker").get("/api/districts", headers=bearer("x")).status_code == 401


def test_a_revoked_key_is_refused_at_once(enter: Enter, site: Any) -> None:
    worker = enter("worker")
    secret = a_key(worker)
    (held,) = queries.own_access_keys(site.worker)

    worker.post(f"/me/keys/{held.id}/revoke/")

    assert Client().get("/api/districts", headers=bearer(secret)).status_code == 401


def test_guesses_are_counted_and_then_refused_and_a_right_key_still_passes(key: str) -> None:
    statuses = [Client().get("/api/districts", headers=basic("worker", "x")).status_code for _ in range(15)]

    assert statuses == [401] * (LOCKOUT.tries - 1) + [429] * (15 - LOCKOUT.tries + 1)
    assert models.SignInTry.objects.filter(username="#worker").count() == LOCKOUT.tries
    assert Client().get("/api/districts", headers=basic("worker", key)).status_code == 200


def test_an_account_locked_by_wrong_passwords_lets_no_key_in(key: str) -> None:
    for _ in range(LOCKOUT.tries):
        Client().post("/sign-in/", {"username": "worker", "password": "x"})

    answer = Client().get("/api/districts", headers=bearer(key))

    assert answer.status_code == 429
    assert answer.headers["Retry-After"]


def test_a_given_password_must_be_changed_first(key: str) -> None:
    with queries.door("sign_in"):
        models.Person.objects.filter(username="worker").update(has_temporary_password=True)

    assert Client().get("/api/districts", headers=bearer(key)).status_code == 403


def test_the_page_says_why_no_key_was_made(enter: Enter) -> None:
    worker = enter("worker")

    answer = worker.post("/me/keys/", {"name": "QGIS", "days": "30", "password": "x"})

    assert answer.status_code == 422
    assert "密码不对" in answer.content.decode()
    assert "还没有密钥" in answer.content.decode()
