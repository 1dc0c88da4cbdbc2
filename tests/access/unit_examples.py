"""How the endpoints of units are called. Studies are about the whole district; a plan is seen by who lives in it."""

from dataclasses import replace
from typing import Any

from access.world import World
from linli.domain.people.rules import Purpose
from linli.domain.planning.operations import unit_drawing
from linli.domain.planning.operations import units as operations
from linli.domain.planning.queries import units as queries
from linli.domain.planning.queries.unit_rules import unit_rules
from linli.domain.planning.rules.units.studies import broken, next_units


def a_study(world: World) -> int:
    """Drawn in units for the few people of the small district."""

    def make() -> int:
        rules = replace(unit_rules(), people_min=300, people_max=1000, goals=unit_rules().goals[:1])
        scope = world.scope(Purpose.PLANNING)
        given: dict[str, Any] = {"district": world.district, "name": "测试区", "day": world.day, "rules": rules}
        study = operations.ask_units(world.act, scope, runs=1, **given)
        return unit_drawing.draw_units(world.act, scope, study=study.id).id

    return world.once("unit study", make)


def a_proposal(world: World) -> int:
    """One that keeps every hard rule."""

    def make() -> int:
        scope = world.scope(Purpose.PLANNING)
        found = queries.unit_proposals(scope, a_study(world))
        return next(one.id for one in found if not broken(queries.drawn_proposal(scope, one.id)))

    return world.once("unit proposal", make)


def a_plan(world: World) -> int:
    def make() -> int:
        scope = world.scope(Purpose.PLANNING)
        return operations.adopt_proposal(world.act, scope, proposal=a_proposal(world), on=world.day).id

    return world.once("unit plan", make)


def of_study(world: World) -> dict[str, int]:
    return {"study": a_study(world)}


def of_proposal(world: World) -> dict[str, int]:
    return {"study": a_study(world), "proposal": a_proposal(world)}


def of_plan(world: World) -> dict[str, int]:
    return {"plan": a_plan(world)}


def moves(world: World) -> dict[str, str]:
    drawn = queries.drawn_proposal(world.scope(Purpose.PLANNING), a_proposal(world))
    near = [next_units(drawn.atoms, drawn.unit, atom) for atom in range(len(drawn.atoms))]
    atom, to = next((n, units[0]) for n, units in enumerate(near) if units)
    return {"moves": f"[[{atom}, {to}]]"}


def asked(world: World) -> dict[str, str]:
    """The form with the pack's own figures."""
    rules = unit_rules()
    figures = {"people_min": "300", "people_max": "1000", "walk_minutes": "10", "share_min": "80", "runs": "2"}
    prices = {f"price_{rule.line}": f"{rule.price:g}" for rule in rules.lines}
    return {"name": "测试区", "day": world.day.isoformat()} | figures | prices
