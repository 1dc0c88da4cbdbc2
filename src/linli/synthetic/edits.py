"""Random edits over any district, for tests and the bench: they may be refused, as those of people may."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from linli.compute.network import INFINITY_CM, PUBLIC
from linli.domain.planning.measures.scenarios.ground import Ground
from linli.domain.planning.rules.scenarios.edits import Edit, EditKind

K = EditKind
OF_THE_NETWORK = (K.OPEN_GATE, K.CLOSE_GATE, K.ADD_WAY, K.CLOSE_WAY, K.REMOVE_WALL)
_FAMILY = (1, 1, 2, 1, 5, 2, 1)


def random_edit(ground: Ground, random: np.random.Generator, kinds: Sequence[EditKind] = tuple(EditKind)) -> Edit:
    """One edit of one of some kinds, somewhere in the district."""
    kind = kinds[int(random.integers(len(kinds)))]
    open_to = str(random.choice(["all", "residents"]))
    match kind:
        case K.OPEN_GATE:
            target = _one_of(random, ground.situation.gates.key)
            if target and random.random() < 0.5:
                return Edit(kind, target=target, open_to=open_to)
            return Edit(kind, line=(_beside_a_wall(ground, random),), open_to=open_to)
        case K.CLOSE_GATE:
            target = _one_of(random, ground.situation.gates.key)
            return Edit(kind, target=target) if target else Edit(kind, line=(_anywhere(ground, random),))
        case K.ADD_WAY:
            return Edit(kind, line=_a_way(ground, random), open_to=open_to)
        case K.CLOSE_WAY:
            return Edit(kind, line=_along_an_edge(ground, random))
        case K.REMOVE_WALL:
            return Edit(kind, target=_walled(ground, random))
        case _:
            return _other(kind, ground, random, open_to)


def _other(kind: EditKind, ground: Ground, random: np.random.Generator, open_to: str) -> Edit:
    """Edits of facilities and homes."""
    situation = ground.situation
    facility_kind = str(random.choice(situation.facility_kinds))
    known = _one_of(random, situation.facilities.key)
    here = (_anywhere(ground, random),)
    match kind:
        case K.ADD_FACILITY:
            return Edit(kind, line=here, facility_kind=facility_kind, capacity=90.0, open_to=open_to)
        case K.CONVERT_PREMISES:
            target = _one_of(random, situation.premises.key)
            return Edit(kind, target=target, facility_kind=facility_kind, open_to=open_to)
        case K.MOVE_FACILITY:
            return Edit(kind, target=known, line=here)
        case K.RESIZE_FACILITY:
            return Edit(kind, target=known, capacity=float(random.integers(1, 500)), area_m2=120.5)
        case K.SHARE_FACILITY:
            other = facility_kind if random.random() < 0.5 else ""
            return Edit(kind, target=known, facility_kind=other)
        case K.ADD_HOMES:
            return Edit(
                kind, line=here, people=tuple(int(n) for n in random.integers(0, 40, 7) + _FAMILY), dwellings=80
            )
        case _:
            return Edit(K.CLOSE_FACILITY, target=known)


def _one_of(random: np.random.Generator, keys: Sequence[str]) -> str:
    return keys[int(random.integers(len(keys)))] if keys else ""


def _walled(ground: Ground, random: np.random.Generator) -> str:
    keys = ground.situation.compounds.key
    return keys[int(random.choice(ground.walled))] if ground.walled.size else _one_of(random, keys)


def _anywhere(ground: Ground, random: np.random.Generator) -> tuple[float, float]:
    """A point some steps from a building."""
    xy = ground.situation.buildings.xy
    return ground.degrees(xy[int(random.integers(len(xy)))] + random.normal(0, 30, 2))


def _beside_a_wall(ground: Ground, random: np.random.Generator) -> tuple[float, float]:
    if ground.walled.size == 0:
        return _anywhere(ground, random)
    wall = ground.walls.geometries[int(random.integers(ground.walled.size))]
    return ground.degrees(_xy(wall.interpolate(float(random.random()), normalized=True)))


def _xy(point) -> NDArray[np.float64]:  # type: ignore[no-untyped-def]
    return np.array([point.x, point.y])


def _a_way(ground: Ground, random: np.random.Generator) -> tuple[tuple[float, float], ...]:
    """From some way to another 20 to 500 m off, sometimes with a bend; at times from inside a compound."""
    network = ground.situation.network
    inner = ground.inner.size and random.random() < 0.25
    ways = ground.inner if inner else ground.public
    start = _on_edge(ground, random, int(random.choice(ways)))
    near = np.hypot(*(network.xy[network.edges[ground.public, 0]] - start).T)
    others = ground.public[(near > 20) & (near < float(random.choice([80, 250, 500])))]
    end = _on_edge(ground, random, int(random.choice(others if others.size else ground.public)))
    bend = (start + end) / 2 + random.normal(0, 10, 2)
    points = [start, bend, end] if random.random() < 0.5 else [start, end]
    return tuple(ground.degrees(point) for point in points)


def _on_edge(ground: Ground, random: np.random.Generator, edge: int) -> NDArray[np.float64]:
    network = ground.situation.network
    tail, head = network.xy[network.edges[edge]]
    return np.asarray(tail + (head - tail) * random.random() + random.normal(0, 3, 2), dtype=np.float64)


def _along_an_edge(ground: Ground, random: np.random.Generator) -> tuple[tuple[float, float], ...]:
    network = ground.situation.network
    inner = ground.inner.size and random.random() < 0.2
    ways = ground.inner if inner else ground.public
    assert (network.length_cm[ways] < INFINITY_CM).all()
    assert inner or (ground.of_edge[ways] == PUBLIC).all()
    tail, head = network.xy[network.edges[int(random.choice(ways))]]
    return ground.degrees(tail), ground.degrees(head)
