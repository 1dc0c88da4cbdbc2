"""Main roads: an irregular lattice, corridors that are hard to cross, and superblocks of 500 to 800 m between."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Rect = tuple[float, float, float, float]
"""u from, u to, v from, v to."""
WEST, EAST, SOUTH, NORTH = range(4)
SUPERBLOCK_M = 640.0
COARSE_M = 1350.0
HALF_WIDTH_M = {"river": 330.0, "canal": 42.0, "fast_road": 34.0, "rail": 30.0}
"""From the middle of a corridor to the streets on its banks."""


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle of the plan. ``tile`` is its share of the plane, ``road`` the lines on which the ways around it run;
    the two differ along corridors. ``sides`` (west, east, south, north): ``main``, ``street``, ``lane`` or ``bare``."""

    tile: Rect
    road: Rect
    sides: tuple[str, str, str, str]

    @property
    def center(self) -> tuple[float, float]:
        a, b, c, d = self.road
        return (a + b) / 2, (c + d) / 2

    @property
    def width(self) -> float:
        return self.road[1] - self.road[0]

    @property
    def depth(self) -> float:
        return self.road[3] - self.road[2]


@dataclass(frozen=True, slots=True)
class Axis:
    """The lattice lines of one direction: positions, and what each is (``plain`` or a kind of corridor)."""

    position: NDArray[np.float64]
    kind: tuple[str, ...]
    half: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Corridor:
    kind: str
    share: float
    """Where among the inner lines it runs, from 0 to 1."""
    lines: int
    """It needs that many inner lines: small districts have few corridors."""


@dataclass(frozen=True, slots=True)
class Lattice:
    across: Axis
    """Lines of constant u; they lead away from the river."""
    along: Axis
    """Lines of constant v."""

    def cell(self, i: int, j: int) -> Block:
        """The coarse cell between lines i and i+1, j and j+1."""
        u, v = self.across, self.along
        a, b, c, d = (float(x) for x in (*u.position[i : i + 2], *v.position[j : j + 2]))
        inset = (float(u.half[i]), float(u.half[i + 1]), float(v.half[j]), float(v.half[j + 1]))
        kinds = (u.kind[i], u.kind[i + 1], v.kind[j], v.kind[j + 1])
        sides = ["main" if kind in ("plain", "edge", "river") else "street" for kind in kinds]
        return Block(
            (a, b, c, d),
            (a + inset[0], b - inset[1], c + inset[2], d - inset[3]),
            (sides[0], sides[1], sides[2], sides[3]),
        )


def lattice(length_m: float, depth_m: float, scale: float, rng: np.random.Generator) -> Lattice:
    """Lines for a district of the given size. ``scale`` narrows the river of a small one."""
    river = max(60.0, HALF_WIDTH_M["river"] * min(1.0, 1.5 * scale))
    u = _positions(length_m, 0.0, rng)
    v = _positions(depth_m, 0.0, rng)
    v[0] = -np.round(river, -1)
    across = _axis(u, (Corridor("canal", 0.3, 1), Corridor("fast_road", 0.62, 3)), first="edge")
    along = _axis(v, (Corridor("rail", 0.42, 2), Corridor("fast_road", 0.72, 4)), first="river")
    along.half[0] = -v[0]
    return Lattice(across, along)


def superblocks(cell: Block, rng: np.random.Generator) -> Iterator[Block]:
    """The superblocks of a coarse cell: cut one way right through, then each strip the other way on its own."""
    first = int(rng.integers(0, 2))
    for strip in _cut(cell, first, "main", rng):
        yield from _cut(strip, 1 - first, "street" if rng.random() < 0.4 else "main", rng)


def split(block: Block, axis: int, positions: NDArray[np.float64] | list[float], way: str) -> list[Block]:
    """Cut a block by lines of constant u (axis 0) or v (axis 1), with the given way along the cuts."""
    low, high = 2 * axis, 2 * axis + 1
    pieces = [block]
    for position in sorted(float(p) for p in positions):
        last = pieces.pop()
        pieces.append(_with(last, high, position, way))
        pieces.append(_with(last, low, position, way))
    return pieces


def _with(block: Block, side: int, position: float, way: str) -> Block:
    return Block(_put(block.tile, side, position), _put(block.road, side, position), _put(block.sides, side, way))


def _put(four: tuple[T, T, T, T], side: int, value: T) -> tuple[T, T, T, T]:
    first, second, third, last = (value if k == side else kept for k, kept in enumerate(four))
    return first, second, third, last


def _cut(block: Block, axis: int, way: str, rng: np.random.Generator) -> list[Block]:
    low, high = block.road[2 * axis], block.road[2 * axis + 1]
    parts = max(1, round((high - low) / SUPERBLOCK_M))
    share = (np.arange(1, parts) + rng.uniform(-0.13, 0.13, parts - 1)) / parts
    return split(block, axis, np.round(low + share * (high - low), -1), way)


def _positions(size_m: float, start: float, rng: np.random.Generator) -> NDArray[np.float64]:
    parts = max(1, round(size_m / COARSE_M))
    steps = rng.uniform(0.8, 1.25, parts)
    return np.round(start + np.concatenate([[0.0], np.cumsum(steps) / steps.sum()]) * size_m, -1)


def _axis(position: NDArray[np.float64], corridors: tuple[Corridor, ...], *, first: str) -> Axis:
    kinds = ["plain"] * position.size
    inner = position.size - 2
    for corridor in corridors:
        if inner >= corridor.lines:
            kinds[1 + int(corridor.share * inner)] = corridor.kind
    kinds[0], kinds[-1] = first, "edge"
    half = np.array([HALF_WIDTH_M.get(kind, 0.0) for kind in kinds])
    return Axis(position, tuple(kinds), half)
