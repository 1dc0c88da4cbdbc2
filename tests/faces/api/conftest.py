"""A small district with a round, and programs that ask with a key."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from access.world import World, a_world
from django.test import Client
from django.utils import timezone
from domain.people.builders import PASSWORD

from linli.domain.journal.rules import Act, Channel
from linli.domain.people import operations

Program = Callable[..., Client]


@pytest.fixture
def world(db: None) -> World:
    return a_world()


@pytest.fixture
def program(world: World) -> Program:
    """A client that sends the key of someone: ``program("district_officer.district")``."""

    def with_key(username: str = "district_officer.district", *, may_write: bool = False) -> Client:
        person = next(one.id for one in world.people if one.username == username)
        now = timezone.now()
        key = operations.create_access_key(
            Act(person, now, Channel.ONLINE),
            name="test",
            password=PASSWORD,
            until_at=now + timedelta(days=1),
            may_write=may_write,
        )
        return Client(headers={"authorization": f"Bearer {key.secret}"})

    return with_key
