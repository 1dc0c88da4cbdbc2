"""What if and scenarios for programs, and units as features."""

from collections.abc import Callable
from typing import Any

import pytest
from access import unit_examples
from access.world import PACK, World
from django.test import Client

from linli.domain.journal import queries as journal
from linli.domain.people.rules import Purpose
from linli.domain.places import queries as places
from linli.domain.planning import operations
from linli.domain.planning.measures.scenarios import effects
from linli.domain.planning.rules.scenarios.edits import from_json
from linli.domain.standards import queries as standards

pytestmark = pytest.mark.slow
Program = Callable[..., Client]
CODE = "990102"
UNITS = f"/api/ogc/collections/{CODE}.units"


@pytest.fixture
def stop(world: World) -> dict[str, Any]:
    """A bus stop at the gate of the compound in the first community."""
    scope = world.scope(Purpose.PLANNING)
    (gate,) = places.records(scope, "gates", places.current(scope, world.district).id)
    at = [gate.geometry.x, gate.geometry.y]
    return {"kind": "add_facility", "line": [at], "facility_kind": "bus_stop", "cost_fen": 100}


def ask(client: Client, edits: object, **more: object) -> Any:
    body = {"district": CODE, "pack": PACK, "edits": edits, **more}
    return client.post("/api/what-if", body, content_type="application/json")


def test_the_effect_is_that_of_the_measure_and_nothing_is_kept(
    world: World, program: Program, stop: dict[str, Any]
) -> None:
    answer = ask(program(may_write=True), [stop], homes=True)

    assert answer.status_code == 200, answer.content
    body = answer.json()
    scope = world.scope(Purpose.PLANNING)
    kinds = tuple(kind.key for kind in standards.facility_kinds())
    situation = places.situation(scope, places.current(scope, world.district).id, facility_kinds=kinds)
    pack = standards.pack(PACK, day=world.day, district=world.district)
    found = effects.effect(effects.base(situation, pack, {}, world.day), from_json([stop]))
    assert [one["covered_after"] for one in body["access"]] == [one.covered_after for one in found.access]
    assert [one["gained"] for one in body["access"]] == [one.gained_total for one in found.access]
    assert sum(one["gained"] for one in body["access"]) > 0
    assert len(body["homes"]) == len(found.walks.building) > 0
    assert body["cost_fen"] == 100
    assert len(body["findings"]) == len(found.findings)
    wanted = journal.Filter(verb="planning.create_scenario")
    assert not journal.lines(frozenset({world.district}), wanted=wanted)


def test_whoever_sees_a_part_is_told_of_their_residents(world: World, program: Program, stop: dict[str, Any]) -> None:
    whole = ask(program(may_write=True), [stop]).json()
    part = ask(program("district_officer.communities", may_write=True), [stop]).json()

    assert 0 < part["access"][0]["people_after"] < whole["access"][0]["people_after"]
    assert {one["community"] for one in part["findings"]} <= {
        area.code for area in world.areas.values() if area.place == world.targets("community")[0]
    }


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"edits": [{"kind": "fly"}]}, 400, "fly"),
        ({"edits": [{"kind": "add_facility", "line": [[0, 0]], "facility_kind": "bus_stop"}]}, 400, "第 1 处"),
        ({"edits": [{}] * 101}, 400, "100"),
        ({"edits": "none"}, 400, "edits"),
        ({"pack": "none"}, 404, "标准"),
        ({"slice": "midsummer"}, 400, "时段"),
        ({"district": "1"}, 404, "区"),
    ],
)
def test_what_cannot_be_asked_is_told(program: Program, change: dict[str, Any], status: int, says: str) -> None:
    answer = ask(program(may_write=True), **({"edits": []} | change))

    assert answer.status_code == status
    assert says in answer.json()["detail"]


def test_scenarios_are_listed_with_edits_that_can_be_asked(
    world: World, program: Program, stop: dict[str, Any]
) -> None:
    scope = world.scope(Purpose.PLANNING)
    given: dict[str, Any] = {"district": world.district, "home": world.district, "edits": from_json([stop])}
    kept = operations.create_scenario(world.act, scope, name="新站", **given)
    client = program(may_write=True)

    (listed,) = client.get(f"/api/districts/{CODE}/scenarios").json()
    alone = client.get(f"/api/scenarios/{kept.id}").json()

    assert listed == alone
    assert (alone["name"], alone["standing"], alone["cost_fen"]) == ("新站", "current", 100)
    assert ask(client, alone["edits"]).status_code == 200
    assert client.get("/api/scenarios/999999").status_code == 404


def test_units_are_features_once_a_plan_is_in_force(world: World, program: Program) -> None:
    client = program()
    assert client.get(UNITS).status_code == 404
    unit_examples.a_plan(world)

    listed = client.get("/api/ogc/collections").json()["collections"]
    assert f"{CODE}.units" in {one["id"] for one in listed}
    assert client.get(UNITS).json()["id"] == f"{CODE}.units"
    body = client.get(f"{UNITS}/items").json()
    assert body["numberMatched"] == len(body["features"]) > 1
    assert sum(one["properties"]["people"] for one in body["features"]) == 1700
    page = client.get(f"{UNITS}/items?limit=1&offset=1").json()
    assert page["features"] == body["features"][1:2]
    assert client.get(f"{UNITS}/items?bbox=0,0,1,1").json()["features"] == []
    first = body["features"][0]
    assert client.get(f"{UNITS}/items/{first['id']}").json()["properties"] == first["properties"]
    assert client.get(f"{UNITS}/items/999999").status_code == 404
