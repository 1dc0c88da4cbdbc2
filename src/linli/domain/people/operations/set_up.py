"""The accounts that stand before anyone keeps accounts: the demo's, and a district's first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people import models, queries
from linli.domain.people.operations import rows
from linli.domain.people.rules import Role


class AlreadySetUp(Exception):
    """The district has an administrator; that person opens the other accounts."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be opened with a term, as demo and set-up want it."""

    username: str
    name: str
    password: str
    role: Role
    area: int
    temporary: bool = False
    """Whether the password has to be changed when the person first signs in."""


@transaction.atomic
def open_demo_accounts(act: Act, accounts: Sequence[NewAccount], *, from_on: date) -> tuple[int, ...]:
    """Open the demo's accounts, each with an open term; those that exist stay as they are. Returns persons' ids."""
    with queries.door("set_up"):
        return tuple(_open_account(act, account, from_on=from_on) for account in accounts)


@transaction.atomic
def open_first_account(act: Act, account: NewAccount, *, from_on: date) -> int:
    """Open the account of the first administrator of a district.

    Raises
    ------
    AlreadySetUp
        If the district has one already: that person opens the other accounts.
    rows.UsernameTaken
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('people.open_first_account', 0))")
    administrators = models.Term.objects.filter(role=Role.ADMINISTRATOR.value, area_id=account.area)
    if account.role is not Role.ADMINISTRATOR or administrators.exists():
        raise AlreadySetUp
    with queries.door("set_up"):
        if models.Person.objects.filter(username=account.username).exists():
            raise rows.UsernameTaken(account.username)
        return _open_account(act, account, from_on=from_on)


def _open_account(act: Act, account: NewAccount, *, from_on: date) -> int:
    found = models.Person.objects.filter(username=account.username).first()
    if found is not None:
        return found.pk
    person = rows.new_person(account.username, account.name, account.password, temporary=account.temporary)
    term = rows.new_term(person.pk, account.role, account.area, from_on, None)
    result = {"person": person.pk, "role": account.role.value, "from_on": from_on, "set_up": True}
    journal.record(act, verb="people.appoint", home=account.area, object=f"term:{term}", result=result)
    return person.pk
