"""A district that is open, and an officer who may import it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from linli.domain.journal.rules import Act, Channel
from linli.domain.people.rules import Grant, Purpose, Role, Scope
from linli.domain.places import operations, queries

DAY = date(2026, 11, 20)
ACT = Act(actor=1, at=datetime(2026, 11, 20, 2, 0, tzinfo=UTC), channel=Channel.ONLINE)


@dataclass(frozen=True)
class OpenDistrict:
    """A district with nothing in it yet."""

    place: int
    act: Act

    def officer(self, purpose: Purpose = Purpose.DATA_UPKEEP) -> Scope:
        """A district officer with all areas that lie in the district."""
        return self.holder(Role.DISTRICT_OFFICER, self.place, purpose=purpose)

    def holder(self, role: Role, *areas: int, purpose: Purpose = Purpose.DATA_UPKEEP) -> Scope:
        """Someone who holds a role in areas."""
        places = queries.descendants(areas, DAY)
        return Scope(person=1, purpose=purpose, day=DAY, grants=(Grant(role, places),))


@pytest.fixture
def act() -> Act:
    return ACT


@pytest.fixture
def officer_of() -> Callable[[int], Scope]:
    """A district officer of a district."""
    return lambda place: OpenDistrict(place, ACT).officer()


@pytest.fixture
def opened(db: None) -> OpenDistrict:
    place = operations.open_district(ACT, code="990102", name="测试区").place
    return OpenDistrict(place, ACT)
