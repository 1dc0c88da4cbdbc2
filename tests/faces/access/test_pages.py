"""The pages of access, as people go through them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from domain.people.builders import PASSWORD

from linli.domain.journal import queries as journal
from linli.domain.people import models, queries
from linli.domain.people.rules import LOCKOUT, SESSION_LIMITS
from linli.domain.people.rules.sign_in import one_time_code

Enter = Callable[..., Client]
NEW = "quite another odd one 5"


def page(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]


def test_a_wrong_password_and_a_wrong_name_read_the_same(site: object, client: Client) -> None:
    wrong = page(client.post("/sign-in/", {"username": "keeper", "password": "x"}))
    unknown = page(client.post("/sign-in/", {"username": "nobody", "password": "x"}))

    for text in (wrong, unknown):
        assert "账号或密码不对" in text
        assert 'value="x"' not in text


def test_ten_thousand_guesses_are_ten(site: object, client: Client) -> None:
    """Shown with thirty; the rest of ten thousand would meet the same lock."""
    pages = [page(client.post("/sign-in/", {"username": "keeper", "password": f"x{n}"})) for n in range(30)]

    assert ["锁定到" in text for text in pages] == [False] * (LOCKOUT.tries - 1) + [True] * (30 - LOCKOUT.tries + 1)
    assert models.SignInTry.objects.count() == LOCKOUT.tries
    assert client.post("/sign-in/", {"username": "keeper", "password": PASSWORD}).status_code == 200


def test_signing_in_gives_the_session_a_new_key(site: object, client: Client) -> None:
    """A key that someone else put into the enter beforehand is worth nothing afterwards."""
    client.session["planted"] = True
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key

    client.post("/sign-in/", {"username": "keeper", "password": PASSWORD})

    assert client.session.session_key != before
    assert "planted" not in client.session


def test_signing_out_ends_the_session_at_once(enter: Enter) -> None:
    keeper = enter("keeper")
    thief = Client()
    thief.cookies = keeper.cookies.copy()
    assert thief.get("/me/").status_code == 200

    keeper.post("/sign-out/")

    assert thief.get("/me/").status_code == 302


def test_an_idle_session_ends(enter: Enter, site: object) -> None:
    keeper = enter("keeper")
    queries.stand_alone(site.keeper)  # type: ignore[attr-defined]
    models.Session.objects.update(seen_at=timezone.now() - SESSION_LIMITS.idle)

    assert keeper.get("/me/").status_code == 302


def test_a_new_colleague_gets_an_account_a_term_and_their_own_password(enter: Enter, site: object) -> None:
    keeper = enter("keeper")

    shown = page(keeper.post("/accounts/new/", {"username": "Wang.Min", "name": "王敏", "phone": ""}))
    temporary = re.search(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", shown)
    assert temporary is not None
    person = queries.names(range(1, 10_000))
    number = next(key for key, name in person.items() if name == "王敏")
    term = {"role": "auditor", "area": site.district, "from_on": "2026-01-01"}  # type: ignore[attr-defined]
    assert keeper.post(f"/accounts/{number}/appoint/", term).status_code == 302
    assert keeper.post(f"/accounts/{number}/appoint/", term).status_code == 422

    colleague = Client()
    colleague.post("/sign-in/", {"username": "wang.min", "password": temporary.group()})
    assert colleague.get("/journal/").headers["Location"] == "/me/password/"
    answer = colleague.post("/me/password/", {"old": temporary.group(), "new": NEW, "again": NEW})
    assert answer.status_code == 302
    assert "王敏" in page(colleague.get("/journal/"))


def test_weak_and_mistyped_passwords_are_refused_beside_the_field(enter: Enter) -> None:
    keeper = enter("keeper")

    for old, new, again, text in (
        ("wrong", NEW, NEW, "密码不对"),
        (PASSWORD, NEW, NEW + "x", "不一样"),
        (PASSWORD, "12345678901", "12345678901", "errorlist"),
        (PASSWORD, PASSWORD, PASSWORD, "一样"),
    ):
        answer = keeper.post("/me/password/", {"old": old, "new": new, "again": again})
        assert answer.status_code == 422
        assert text in page(answer) or 'class="error' in page(answer)


def test_a_second_factor_from_picture_to_recovery(enter: Enter) -> None:
    auditor = enter("auditor")
    shown = page(auditor.post("/me/second-factor/", {"password": PASSWORD}))
    assert "data:image/svg+xml" in shown
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", shown)
    assert secret is not None

    import base64

    code = one_time_code(base64.b32decode(secret[1].replace(" ", "")), int(datetime.now(UTC).timestamp()) // 30)
    recovery = re.findall(
        r"<code>([0-9a-f]{10})</code>", page(auditor.post("/me/second-factor/confirm/", {"code": code}))
    )
    assert len(recovery) == 8

    again = Client()
    assert "动态码" in page(again.post("/sign-in/", {"username": "auditor", "password": PASSWORD}))
    entered = again.post("/sign-in/", {"username": "auditor", "password": PASSWORD, "code": recovery[0]})
    assert entered.status_code == 302
    removed = again.post("/me/second-factor/remove/", {"password": PASSWORD, "code": recovery[1]})
    assert removed.headers["Location"] == "/me/"


def test_the_journal_page_names_people_and_filters(enter: Enter, site: object) -> None:
    auditor = enter("auditor")

    everything = page(auditor.get("/journal/"))
    assert "沈计" in everything
    assert "建立区" in everything
    only = page(auditor.get("/journal/", {"verb": "places."}))
    assert "建立区" in only
    assert "沈计" not in only.split("<tbody>")[1]
    assert "没有符合条件的记录" in page(auditor.get("/journal/", {"until_on": "2020-01-01"}))
    assert auditor.get("/journal/", {"from_on": "yesterday"}).status_code == 422


def test_the_journal_is_verified_at_a_press(enter: Enter, site: object) -> None:
    text = page(enter("auditor").get("/journal/", {"home": site.district, "verify": "1"}))  # type: ignore[attr-defined]

    assert "核验通过" in text


def test_names_typed_by_people_stay_text(enter: Enter) -> None:
    keeper = enter("keeper")
    keeper.post("/accounts/new/", {"username": "evil", "name": "<script>alert(1)</script>", "phone": '"><img src=x>'})

    text = page(keeper.get("/accounts/"))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


@pytest.mark.parametrize("path", ["/accounts/", "/accounts/organizations/", "/accounts/new/", "/me/", "/me/password/"])
def test_pages_cost_few_questions(enter: Enter, path: str) -> None:
    from django.test.utils import CaptureQueriesContext

    keeper = enter("keeper")

    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert keeper.get(path).status_code == 200

    assert len(asked) <= 12, [one["sql"][:80] for one in asked]


def test_signing_in_is_in_the_journal(enter: Enter, site: object) -> None:
    enter("worker")

    wanted = journal.Filter(verb="people.sign_in", from_at=timezone.now() - timedelta(minutes=1))
    assert len(journal.lines(frozenset({site.district}), wanted=wanted)) == 1  # type: ignore[attr-defined]
