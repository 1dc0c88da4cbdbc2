"""A district with an administrator, an auditor and a worker, and browsers in which they sign in."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client
from domain.people.builders import PASSWORD, SYSTEM, a_person

from linli.domain.people.rules import Role
from linli.domain.places import operations as places


@dataclass(frozen=True)
class Site:
    district: int
    keeper: int
    auditor: int
    worker: int


@pytest.fixture
def site(db: None) -> Site:
    district = places.open_district(SYSTEM, code="990102", name="测试区").place
    people = {
        name: a_person(name, role, district, name=zh)
        for name, role, zh in (
            ("keeper", Role.ADMINISTRATOR, "安管"),
            ("auditor", Role.AUDITOR, "沈计"),
            ("worker", Role.COMMUNITY_WORKER, "佘工"),
        )
    }
    return Site(district, **people)


@pytest.fixture
def enter(site: Site) -> Callable[[str], Client]:
    def sign_in(username: str, *, enforce_csrf_checks: bool = False) -> Client:
        client = Client(enforce_csrf_checks=False)
        answer = client.post("/sign-in/", {"username": username, "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()
        client.handler.enforce_csrf_checks = enforce_csrf_checks
        return client

    return sign_in
