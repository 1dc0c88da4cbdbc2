"""A small district with a round of a graded pack, and browsers of its officers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from access.world import World, a_world
from django.conf import settings as project
from django.test import Client

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import RoundValue
from linli.domain.people.rules import Purpose

Enter = Callable[[str], Client]


@pytest.fixture
def world(db: None) -> World:
    return a_world()


@pytest.fixture
def round(world: World) -> RoundValue:
    return checkup.round_by_id(world.scope(Purpose.CHECKUP), world.round())


@pytest.fixture
def enter(world: World) -> Enter:
    """The browser of someone of the world who has signed in."""

    def client(username: str) -> Client:
        one = Client()
        one.cookies[project.SESSION_COOKIE_NAME] = next(
            each.session for each in world.people if each.username == username
        )
        return one

    return client


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> Path:
    """Files of exports go to a folder of the test's own."""
    settings.VAR = tmp_path
    return tmp_path
