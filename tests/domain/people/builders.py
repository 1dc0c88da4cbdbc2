"""Whole situations of people for tests."""

from datetime import UTC, date, datetime

from linli.domain.journal.rules import OPERATOR, Act, Channel
from linli.domain.people import operations
from linli.domain.people.rules import Grant, Purpose, Role, Scope
from linli.domain.places.models import Place

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
DAY = date(2026, 11, 22)
SINCE = date(2026, 1, 1)
PASSWORD = "quite long and odd 71"
SYSTEM = Act(OPERATOR, AT, Channel.ONLINE)


def a_district(subdistricts: int = 2) -> tuple[int, list[int]]:
    """Ids of a district and of its subdistricts."""
    district = Place.objects.create(layer="district")
    smaller = [Place.objects.create(layer="subdistricts", district=district, key=f"s{n}") for n in range(subdistricts)]
    return district.pk, [place.pk for place in smaller]


def a_person(username: str, role: Role, area: int, *, name: str = "张三") -> int:
    (person,) = operations.open_demo_accounts(
        SYSTEM, [operations.NewAccount(username, name, PASSWORD, role, area)], from_on=SINCE
    )
    return person


def act_of(person: int) -> Act:
    return Act(person, AT, Channel.ONLINE)


def keeper_scope(person: int, *areas: int) -> Scope:
    """What an administrator of these areas may do."""
    return Scope(person, Purpose.ACCOUNT_KEEPING, DAY, (Grant(Role.ADMINISTRATOR, frozenset(areas)),))


def auditor_scope(person: int, *areas: int) -> Scope:
    return Scope(person, Purpose.AUDIT, DAY, (Grant(Role.AUDITOR, frozenset(areas)),))
