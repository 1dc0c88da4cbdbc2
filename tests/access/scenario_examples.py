"""How the endpoints of scenarios are called. A scenario plans for one area, and is seen by who sees that area."""

from datetime import UTC, datetime
from typing import Any

from access.world import PACK, World
from linli.domain.people.rules import Purpose
from linli.domain.planning import operations, queries

NAME = "桥头方案"
AT = datetime(2026, 7, 1, 8, tzinfo=UTC)
BRIDGE = {"kind": "add_way", "line": [[120.1701, 30.2501], [120.1712, 30.2501]]}


def scenario_at(world: World, place: int) -> int:
    def make() -> int:
        scope = world.scope(Purpose.PLANNING)
        return operations.create_scenario(world.act, scope, district=world.district, home=place, name=NAME, edits=()).id

    return world.once(("scenario", place), make)


def token(world: World) -> str:
    """Of a link to a scenario of the whole district."""

    def make() -> str:
        scope = world.scope(Purpose.PLANNING)
        return operations.share_scenario(world.act, scope, scenario=scenario_at(world, world.district))

    return world.once("scenario link", make)


def edition(world: World) -> dict[str, int]:
    return {"district": world.district, "edition": 1}


def draft(world: World, **more: Any) -> dict[str, Any]:
    base = {"pack": PACK, "day": world.day.isoformat(), "at": AT.isoformat(), "slice": "", "shown": ""}
    return base | {"edits": [BRIDGE]} | more


def revision(world: World, place: int) -> dict[str, Any]:
    scope = world.scope(Purpose.PLANNING)
    found = queries.scenario(scope, scenario_at(world, place))
    return draft(world, name=NAME, revision=found.revision, edits=[])
