"""Accounts and terms: who may keep them, and that each act leaves one line."""

from dataclasses import dataclass
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from domain.people.builders import (
    DAY,
    PASSWORD,
    SINCE,
    SYSTEM,
    a_district,
    a_person,
    act_of,
    auditor_scope,
    keeper_scope,
)

from linli.domain.journal import queries as journal
from linli.domain.journal.rules import Act
from linli.domain.people import models, operations, queries
from linli.domain.people.rules import Grant, NotPermitted, Purpose, Role, Scope

pytestmark = pytest.mark.django_db


@dataclass
class Keeping:
    """A district with two subdistricts, kept by one administrator."""

    district: int
    east: int
    west: int
    keeper: int
    act: Act
    scope: Scope


@pytest.fixture
def keeping() -> Keeping:
    district, (east, west) = a_district()
    keeper = a_person("keeper", Role.ADMINISTRATOR, district)
    return Keeping(district, east, west, keeper, act_of(keeper), keeper_scope(keeper, district, east, west))


def lines_about(verb: str, homes: frozenset[int]) -> int:
    return len(journal.lines(homes, homeless=True, wanted=journal.Filter(verb=verb)))


def test_a_person_appointed_for_a_term_holds_the_role_in_it(keeping: Keeping) -> None:
    person = operations.create_person(keeping.act, keeping.scope, username="li.lei", name="李雷", password=PASSWORD)

    operations.appoint(
        keeping.act,
        keeping.scope,
        person=person,
        role=Role.COMMUNITY_WORKER,
        area=keeping.east,
        from_on=date(2026, 3, 1),
        until_on=date(2026, 12, 1),
    )

    assert queries.grants_of(person, DAY) == ((Role.COMMUNITY_WORKER, frozenset({keeping.east})),)
    assert queries.grants_of(person, date(2026, 2, 28)) == ()
    assert queries.grants_of(person, date(2026, 12, 1)) == ()
    assert lines_about("people.create_person", frozenset({keeping.district})) == 1
    assert lines_about("people.appoint", frozenset({keeping.east})) == 1


def test_a_role_is_held_once_at_a_time_in_an_area(keeping: Keeping) -> None:
    person = a_person("li.lei", Role.AUDITOR, keeping.east)

    with pytest.raises(operations.TermOverlaps):
        operations.appoint(keeping.act, keeping.scope, person=person, role=Role.AUDITOR, area=keeping.east, from_on=DAY)

    operations.appoint(keeping.act, keeping.scope, person=person, role=Role.AUDITOR, area=keeping.west, from_on=DAY)
    assert queries.grants_of(person, DAY) == ((Role.AUDITOR, frozenset({keeping.east, keeping.west})),)


def test_an_ended_term_may_be_followed_by_another(keeping: Keeping) -> None:
    person = a_person("li.lei", Role.AUDITOR, keeping.east)
    (term,) = queries.account(keeping.scope, person).terms

    operations.end_term(keeping.act, keeping.scope, term=term.id, until_on=DAY)
    operations.appoint(keeping.act, keeping.scope, person=person, role=Role.AUDITOR, area=keeping.east, from_on=DAY)

    assert lines_about("people.end_term", frozenset({keeping.east})) == 1
    with pytest.raises(operations.TermNotPossible):
        operations.end_term(keeping.act, keeping.scope, term=term.id, until_on=date(2027, 1, 1))


def test_a_term_that_ends_before_it_begins_is_refused_twice(keeping: Keeping) -> None:
    person = a_person("li.lei", Role.AUDITOR, keeping.east)

    with pytest.raises(operations.TermNotPossible):
        operations.appoint(
            keeping.act,
            keeping.scope,
            person=person,
            role=Role.AUDITOR,
            area=keeping.west,
            from_on=DAY,
            until_on=DAY,
        )
    with pytest.raises(IntegrityError, match="people_term_ends_after_it_begins"), transaction.atomic():
        models.Term.objects.create(person_id=person, role="auditor", area_id=keeping.west, from_on=DAY, until_on=SINCE)


def test_nobody_appoints_themselves(keeping: Keeping) -> None:
    with pytest.raises(operations.OwnTerm):
        operations.appoint(
            keeping.act,
            keeping.scope,
            person=keeping.keeper,
            role=Role.DISTRICT_OFFICER,
            area=keeping.district,
            from_on=DAY,
        )


def test_a_keeper_of_one_subdistrict_reaches_no_further(keeping: Keeping) -> None:
    small = a_person("small", Role.ADMINISTRATOR, keeping.east)
    act, scope = act_of(small), keeper_scope(small, keeping.east)
    here = a_person("here", Role.AUDITOR, keeping.east)
    there = a_person("there", Role.AUDITOR, keeping.west)
    (term,) = queries.account(keeping.scope, there).terms

    for refused in (
        lambda: operations.appoint(act, scope, person=here, role=Role.AUDITOR, area=keeping.west, from_on=DAY),
        lambda: operations.appoint(act, scope, person=there, role=Role.AUDITOR, area=keeping.east, from_on=DAY),
        lambda: operations.appoint(
            act, scope, person=keeping.keeper, role=Role.AUDITOR, area=keeping.east, from_on=DAY
        ),
        lambda: operations.end_term(act, scope, term=term.id, until_on=DAY),
        lambda: operations.set_password(act, scope, person=there, password=PASSWORD),
        lambda: operations.set_password(act, scope, person=keeping.keeper, password=PASSWORD),
        lambda: operations.unlock(act, scope, person=there),
        lambda: operations.close_account(act, scope, person=there),
        lambda: operations.reset_second_factor(act, scope, person=there),
    ):
        with pytest.raises(NotPermitted):
            refused()

    assert {account.username for account in queries.accounts(scope)} == {"small", "here"}
    with pytest.raises(queries.NoSuchPerson):
        queries.account(scope, there)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_other_roles_keep_no_accounts(keeping: Keeping, role: Role) -> None:
    person = a_person("other", role, keeping.district)
    scope = Scope(person, Purpose.ACCOUNT_KEEPING, DAY, (Grant(role, frozenset({keeping.district})),))

    assert queries.accounts(scope) == ()
    with pytest.raises(NotPermitted):
        operations.create_person(act_of(person), scope, username="x1", name="某", password=PASSWORD)
    with pytest.raises(NotPermitted):
        operations.add_organization(act_of(person), scope, kind="other", name="某社")


def test_an_account_needs_a_plain_name_of_its_own_and_a_good_password(keeping: Keeping) -> None:
    def create(username: str, password: str = PASSWORD) -> int:
        return operations.create_person(keeping.act, keeping.scope, username=username, name="李雷", password=password)

    create("li.lei")
    with pytest.raises(operations.UsernameTaken):
        create("li.lei")
    with pytest.raises(operations.UsernameNotAllowed):
        create("Li Lei")
    for weak in ("short", "1234567890123", "password1234", "li.lei2.lei"):
        with pytest.raises(operations.PasswordTooWeak):
            create("li.lei2", weak)


def test_organizations_carry_a_checked_credit_code(keeping: Keeping) -> None:
    operations.add_organization(
        keeping.act, keeping.scope, kind="property_manager", name="某物业", uscc="91350100M000100Y43"
    )

    with pytest.raises(operations.CreditCodeNotValid):
        operations.add_organization(keeping.act, keeping.scope, kind="other", name="某社", uscc="91350100M000100Y44")
    with pytest.raises(operations.OrganizationExists):
        operations.add_organization(keeping.act, keeping.scope, kind="property_manager", name="某物业")
    assert [one.uscc for one in queries.organizations()] == ["91350100M000100Y43"]


def test_accounts_sort_by_the_sound_of_the_name(keeping: Keeping) -> None:
    for number, name in enumerate(["周一", "单二", "曾三", "安四"]):
        a_person(f"p{number}", Role.AUDITOR, keeping.east, name=name)

    assert [account.name for account in queries.accounts(keeping.scope)] == ["安四", "单二", "曾三", "张三", "周一"]
    assert [account.name for account in queries.accounts(keeping.scope, search="zeng")] == ["曾三"]


def test_the_list_of_accounts_costs_the_same_however_long(
    keeping: Keeping, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    for number in range(5):
        a_person(f"p{number}", Role.AUDITOR, keeping.east)

    with django_assert_num_queries(3):  # stand before row security; persons; terms
        assert len(queries.accounts(keeping.scope)) == 6


def test_demo_accounts_open_once(keeping: Keeping) -> None:
    first = a_person("demo", Role.AUDITOR, keeping.east)

    assert a_person("demo", Role.AUDITOR, keeping.east) == first
    assert models.Term.objects.filter(person_id=first).count() == 1


def test_the_first_account_is_an_administrators_and_opens_once(keeping: Keeping) -> None:
    account = operations.NewAccount("second", "李四", PASSWORD, Role.ADMINISTRATOR, keeping.district)

    with pytest.raises(operations.AlreadySetUp):
        operations.open_first_account(SYSTEM, account, from_on=DAY)


def test_an_auditor_reads_the_lines_of_their_areas_only(keeping: Keeping) -> None:
    a_person("east", Role.COMMUNITY_WORKER, keeping.east)
    a_person("west", Role.COMMUNITY_WORKER, keeping.west)
    operations.sign_in(username="nobody", password="x", at=keeping.act.at)

    small = queries.journal_lines(auditor_scope(7, keeping.east), district=keeping.district)
    whole = queries.journal_lines(
        auditor_scope(7, keeping.district, keeping.east, keeping.west), district=keeping.district
    )

    assert {line.home for line in small} == {keeping.east}
    assert {line.home for line in whole} == {None, keeping.district, keeping.east, keeping.west}
    with pytest.raises(NotPermitted):
        queries.journal_lines(auditor_scope(7, keeping.east), home=keeping.west)
    with pytest.raises(NotPermitted):
        queries.verification(auditor_scope(7, keeping.east), keeping.west)
    assert queries.journal_lines(keeping.scope, district=keeping.district) == ()


def test_names_are_known_by_id_and_nothing_else_is(keeping: Keeping) -> None:
    person = a_person("east", Role.COMMUNITY_WORKER, keeping.east, name="李雷")

    assert queries.names([person, 10**9]) == {person: "李雷"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people_person")
        assert cursor.fetchone() == (0,)
