"""A small district measured by a pack, and browsers in which its people are signed in."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from access.world import signed_in
from checkup_district import a_district_to_check
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from domain.people.builders import a_person

from linli.domain.checkup import operations as checkup
from linli.domain.checkup.queries import RoundValue
from linli.domain.journal.rules import OPERATOR, Act, Channel
from linli.domain.people.rules import Grant, Purpose, Role, Scope
from linli.domain.places import operations as places
from linli.domain.places import queries as place_queries

PACK = "shangcheng"
COMMUNITY = "990102001001"
ELSEWHERE = "990102002003"


@dataclass
class Desk:
    """A district with one round. ``officer`` looks after all of it, ``worker`` after ``COMMUNITY`` alone."""

    district: int
    day: date
    round: RoundValue
    officer: Client
    worker: Client
    auditor: Client

    @property
    def act(self) -> Act:
        return Act(OPERATOR, timezone.now(), Channel.ONLINE)

    def scope(self, purpose: Purpose = Purpose.CHECKUP) -> Scope:
        held = place_queries.descendants([self.district], self.day)
        return Scope(OPERATOR, purpose, self.day, (Grant(Role.DISTRICT_OFFICER, held),))

    def place(self, code: str) -> int:
        return place_queries.place_by_code(code, self.day, district="990102")

    def record(self, layer: str, key: str) -> int:
        edition = place_queries.current(self.scope(), self.district)
        return place_queries.keys_of(self.scope(), edition.id, layer)[key]

    def open_survey(self) -> str:
        """The token of a survey of satisfaction."""
        return checkup.open_survey(
            self.act, self.scope(), district=self.district, question="residents_satisfied", title="满意度",
            from_on=self.day, until_on=self.day + timedelta(days=9),
        ).token  # fmt: skip


def browser_of(username: str) -> Client:
    client = Client()
    client.cookies[django_settings.SESSION_COOKIE_NAME] = signed_in(username)
    return client


@pytest.fixture
def desk(db: None) -> Desk:
    day, act = timezone.localdate(), Act(OPERATOR, timezone.now(), Channel.ONLINE)
    district = places.open_district(act, code="990102", name="测试区").place
    keeper = Scope(OPERATOR, Purpose.DATA_UPKEEP, day, (Grant(Role.DISTRICT_OFFICER, frozenset({district})),))
    places.import_package(act, keeper, a_district_to_check())
    held = place_queries.descendants([district], day)
    scope = Scope(OPERATOR, Purpose.CHECKUP, day, (Grant(Role.DISTRICT_OFFICER, held),))
    measured = checkup.run_round(act, scope, district=district, pack_key=PACK, day=day)
    a_person("officer", Role.DISTRICT_OFFICER, district, name="林区长")
    a_person("worker", Role.COMMUNITY_WORKER, place_queries.place_by_code(COMMUNITY, day, district="990102"))
    a_person("auditor", Role.AUDITOR, district)
    return Desk(district, day, measured, *(browser_of(name) for name in ("officer", "worker", "auditor")))
