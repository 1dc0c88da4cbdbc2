"""Names, codes, lockout, sessions and one-time codes: decisions without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.domain.people.rules import (
    LOCKOUT,
    POLICY,
    SESSION_LIMITS,
    Grant,
    NotPermitted,
    Permission,
    Purpose,
    Role,
    Scope,
    require,
    sorting_key,
    uscc_is_valid,
    username_is_valid,
)
from linli.domain.people.rules.sign_in import matching_step, one_time_code

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("name", "key"),
    [("单田芳", "shan tian fang"), ("长孙无忌", "zhang sun wu ji"), ("曾国藩", "zeng guo fan"), ("Li Lei", "li lei")],
)
def test_surnames_sort_as_they_are_read(name: str, key: str) -> None:
    assert sorting_key(name) == key


@pytest.mark.parametrize("code", ["91110000600037341L", "91350100M000100Y43"])
def test_a_credit_code_has_a_check_character(code: str) -> None:
    assert uscc_is_valid(code)
    assert not uscc_is_valid(code[:-1] + ("2" if code[-1] != "2" else "3"))


@given(st.integers(0, 16), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_of_a_credit_code_is_noticed(place: int, letter: str) -> None:
    code = "91350100M000100Y43"

    changed = code[:place] + letter + code[place + 1 :]

    assert uscc_is_valid(changed) == (changed == code)


@pytest.mark.parametrize("name", ["a", "Li", "李雷", "-li", "li lei", "a" * 41, "li\n"])
def test_usernames_are_short_and_plain(name: str) -> None:
    assert not username_is_valid(name)
    assert username_is_valid("li.lei-2")


@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_rfc_6238(second: int, code: str) -> None:
    """Appendix B of the RFC, the last six of its eight digits."""
    assert one_time_code(SECRET, second // 30) == code


def test_a_code_is_good_once_and_for_a_minute_and_a_half() -> None:
    code = one_time_code(SECRET, int(AT.timestamp()) // 30)

    step = matching_step(SECRET, code, at=AT, last_step=0)

    assert step is not None
    assert matching_step(SECRET, code, at=AT, last_step=step) is None
    assert matching_step(SECRET, code, at=AT + timedelta(seconds=30), last_step=0) == step
    assert matching_step(SECRET, code, at=AT + timedelta(seconds=61), last_step=0) is None


def test_ten_failures_in_a_quarter_of_an_hour_lock_until_the_first_is_that_old() -> None:
    failures = [AT + timedelta(minutes=n) for n in range(LOCKOUT.tries)]
    at = failures[-1]

    assert LOCKOUT.until(failures[:-1], at) is None
    assert LOCKOUT.until(failures, at) == failures[0] + LOCKOUT.within
    assert LOCKOUT.until(failures, failures[0] + LOCKOUT.within) is None


def test_a_session_ends_when_idle_and_in_any_case() -> None:
    def has_ended(opened: timedelta, seen: timedelta) -> bool:
        return SESSION_LIMITS.has_ended(opened_at=AT - opened, seen_at=AT - seen, at=AT)

    assert not has_ended(timedelta(hours=11), timedelta(minutes=29))
    assert has_ended(timedelta(hours=1), timedelta(minutes=30))
    assert has_ended(timedelta(hours=12), timedelta(minutes=1))


def test_nobody_is_granted_both_accounts_and_audit() -> None:
    """Keeping accounts, doing the work and auditing it are three roles."""
    for role, held in POLICY.items():
        assert not (Permission.MANAGE_PEOPLE in held and set(held) - {Permission.MANAGE_PEOPLE, Permission.VIEW_PLACES})
        assert not (Permission.VIEW_JOURNAL in held and Permission.CORRECT_PLACE in held), role


def test_who_works_on_the_ground_plans_and_nobody_else() -> None:
    planners = {role for role, held in POLICY.items() if Permission.PLAN in held}

    assert planners == {Role.DISTRICT_OFFICER, Role.SUBDISTRICT_OFFICER, Role.COMMUNITY_WORKER}
    assert all(POLICY[role][Permission.PLAN] == {Purpose.PLANNING} for role in planners)
    assert all(Purpose.PLANNING in POLICY[role][Permission.VIEW_CHECKUP] for role in planners)


@given(st.sampled_from(Role), st.sampled_from(Permission), st.sampled_from(Purpose), st.integers(1, 4))
def test_a_scope_allows_what_the_table_names_and_nothing_else(
    role: Role, permission: Permission, purpose: Purpose, place: int
) -> None:
    scope = Scope(1, purpose, AT.date(), (Grant(role, frozenset({1, 2})),))
    named = purpose in POLICY[role].get(permission, ()) and place in {1, 2}

    if named:
        require(scope, permission, place)
    else:
        with pytest.raises(NotPermitted):
            require(scope, permission, place)
