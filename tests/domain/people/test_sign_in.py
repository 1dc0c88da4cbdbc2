"""Signing in: guessing is slow, codes are used once, sessions end."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from domain.people.builders import AT, DAY, PASSWORD, a_district, a_person, act_of, keeper_scope

from linli.domain.journal import queries as journal
from linli.domain.people import models, operations, queries
from linli.domain.people.operations import Opened, Refused
from linli.domain.people.rules import LOCKOUT, SESSION_LIMITS, Refusal, Role
from linli.domain.people.rules.sign_in import one_time_code

MINUTE = timedelta(minutes=1)


@pytest.fixture
def district(db: None) -> int:
    return a_district()[0]


@pytest.fixture
def person(district: int) -> int:
    return a_person("li.lei", Role.AUDITOR, district)


def try_in(password: str = PASSWORD, *, after: timedelta = timedelta(), code: str = "", name: str = "li.lei"):
    return operations.sign_in(username=name, password=password, code=code, at=AT + after, address="127.0.0.1")


def enter(*, after: timedelta = timedelta(), code: str = "") -> Opened:
    opened = try_in(after=after, code=code)
    assert isinstance(opened, Opened)
    return opened


def test_the_right_password_opens_a_session(person: int, district: int) -> None:
    opened = enter()

    found = queries.signed_in(opened.token, AT, DAY)
    assert found is not None
    assert (found.id, found.username, found.roles) == (person, "li.lei", (Role.AUDITOR,))
    assert queries.signed_in(opened.token[:-1], AT, DAY) is None
    (line,) = journal.lines(frozenset({district}), wanted=journal.Filter(verb="people.sign_in"))
    assert (line.actor, line.object) == (person, f"person:{person}")


def test_the_token_is_nowhere_in_the_database(person: int) -> None:
    opened = enter()

    queries.stand_alone(person)
    assert models.Session.objects.get().token != opened.token


@pytest.mark.parametrize("name", ["li.lei", "nobody"])
def test_the_eleventh_guess_is_not_even_looked_at(person: int, name: str) -> None:
    outcomes = [try_in(f"guess {n}", after=n * timedelta(seconds=1), name=name) for n in range(30)]

    looked_at = [one for one in outcomes if isinstance(one, Refused) and one.refusal is not Refusal.LOCKED]
    assert len(looked_at) == LOCKOUT.tries
    right = try_in(after=MINUTE, name=name)
    assert isinstance(right, Refused)
    assert right.refusal is Refusal.LOCKED
    assert right.until == AT + LOCKOUT.within


def test_a_locked_account_opens_by_itself_and_by_its_keeper(person: int, district: int) -> None:
    for _ in range(LOCKOUT.tries):
        try_in("wrong")
    keeper = a_person("keeper", Role.ADMINISTRATOR, district)

    assert queries.locked_until("li.lei", AT + MINUTE) == AT + LOCKOUT.within
    assert isinstance(try_in(after=LOCKOUT.within), Opened)
    for _ in range(LOCKOUT.tries):
        try_in("wrong", after=LOCKOUT.within + MINUTE)
    act = act_of(keeper)
    later = type(act)(act.actor, AT + LOCKOUT.within + 2 * MINUTE, act.channel)
    operations.unlock(later, keeper_scope(keeper, district), person=person)
    assert isinstance(try_in(after=LOCKOUT.within + 3 * MINUTE), Opened)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_counted_one_by_one() -> None:
    a_person("li.lei", Role.AUDITOR, a_district()[0])
    outcomes: list[Opened | Refused] = []

    def guess() -> None:
        outcomes.append(try_in("wrong"))
        connection.close()

    guesses = [threading.Thread(target=guess) for _ in range(LOCKOUT.tries + 6)]
    for one in guesses:
        one.start()
    for one in guesses:
        one.join()

    reasons = [one.refusal for one in outcomes if isinstance(one, Refused)]
    assert reasons.count(Refusal.WRONG_PASSWORD) == LOCKOUT.tries
    assert reasons.count(Refusal.LOCKED) == 6


def test_refusals_leave_a_line_and_never_the_password(person: int, district: int) -> None:
    try_in("a secret mistyped")

    (line,) = journal.lines(frozenset({district}), wanted=journal.Filter(verb="people.sign_in_refused"))
    assert line.result == {"refusal": "wrong_password", "locked_until": None}
    assert "secret" not in str(line)


def test_a_session_ends_idle_late_and_by_sign_out(person: int) -> None:
    idle, long, left = enter(), enter(), enter()
    steps = int(SESSION_LIMITS.whole / (20 * MINUTE))
    for n in range(1, steps):
        at = AT + n * 20 * MINUTE
        operations.note_use(long.session, person=person, seen_at=at - 20 * MINUTE, at=at)
    operations.sign_out(act_of(person), session=left.session)

    assert queries.signed_in(idle.token, AT + 29 * MINUTE, DAY) is not None
    assert queries.signed_in(idle.token, AT + 30 * MINUTE, DAY) is None
    assert queries.signed_in(long.token, AT + SESSION_LIMITS.whole - MINUTE, DAY) is not None
    assert queries.signed_in(long.token, AT + SESSION_LIMITS.whole, DAY) is None
    assert queries.signed_in(left.token, AT, DAY) is None


def test_the_oldest_session_ends_when_there_are_too_many(person: int) -> None:
    sessions = [enter(after=n * MINUTE) for n in range(SESSION_LIMITS.at_once + 1)]

    good = [queries.signed_in(one.token, AT + 5 * MINUTE, DAY) is not None for one in sessions]
    assert good == [False, True, True, True]
    assert len(queries.open_sessions(person, AT + 5 * MINUTE)) == SESSION_LIMITS.at_once


def test_a_closed_account_and_a_new_password_end_sessions_at_once(person: int, district: int) -> None:
    keeper = a_person("keeper", Role.ADMINISTRATOR, district)
    scope = keeper_scope(keeper, district)
    one, two = enter(), enter()

    operations.change_own_password(act_of(person), old=PASSWORD, new="another odd one 72", session=two.session)
    assert queries.signed_in(one.token, AT, DAY) is None
    assert queries.signed_in(two.token, AT, DAY) is not None

    operations.close_account(act_of(keeper), scope, person=person)
    assert queries.signed_in(two.token, AT, DAY) is None
    assert queries.grants_of(person, DAY) == ()
    refused = try_in("another odd one 72")
    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.INACTIVE

    operations.reopen_account(act_of(keeper), scope, person=person)
    assert isinstance(try_in("another odd one 72"), Opened)


def test_another_persons_session_cannot_be_ended(person: int, district: int) -> None:
    other = a_person("other", Role.AUDITOR, district)
    opened = enter()

    operations.sign_out(act_of(other), session=opened.session)

    assert queries.signed_in(opened.token, AT, DAY) is not None


def test_a_second_factor_is_wanted_once_confirmed_and_each_code_is_good_once(person: int) -> None:
    secret = operations.begin_second_factor(act_of(person), password=PASSWORD)
    assert isinstance(try_in(), Opened), "not confirmed yet"
    step = int(AT.timestamp()) // 30
    with pytest.raises(operations.WrongCode):
        operations.confirm_second_factor(act_of(person), code="000000")

    recovery = operations.confirm_second_factor(act_of(person), code=one_time_code(secret, step))

    assert try_in() == Refused(Refusal.CODE_WANTED)
    used = try_in(code=one_time_code(secret, step))
    assert isinstance(used, Refused)
    assert used.refusal is Refusal.WRONG_CODE
    assert isinstance(try_in(code=one_time_code(secret, step + 1), after=MINUTE / 2), Opened)
    assert isinstance(try_in(code=recovery[0], after=MINUTE), Opened)
    assert isinstance(try_in(code=recovery[0], after=MINUTE), Refused)
    with pytest.raises(operations.SecondFactorStands):
        operations.begin_second_factor(act_of(person), password=PASSWORD)
    with pytest.raises(operations.WrongCode):
        operations.remove_second_factor(act_of(person), password=PASSWORD, code="000000")
    operations.remove_second_factor(act_of(person), password=PASSWORD, code=recovery[1])
    assert isinstance(try_in(after=MINUTE), Opened)


def test_the_secret_is_stored_encrypted(person: int) -> None:
    secret = operations.begin_second_factor(act_of(person), password=PASSWORD)

    queries.stand_alone(person)
    assert secret not in bytes(models.SecondFactor.objects.get().secret)


def test_the_password_is_asked_before_ones_own_account_changes(person: int) -> None:
    with pytest.raises(operations.WrongPassword):
        operations.begin_second_factor(act_of(person), password="wrong")
    with pytest.raises(operations.WrongPassword):
        operations.change_own_password(act_of(person), old="wrong", new="another odd one 72", session=0)
