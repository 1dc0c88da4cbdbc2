"""Streets: the ways between parcels, the corridors that cut them, and the few places where these can be crossed."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.synthetic.lattice import Axis, Lattice
from linli.synthetic.parcels import Parcel

Floats = NDArray[np.float64]
Line = tuple[int, float]
"""Axis (0: constant u, 1: constant v) and position."""
PUBLIC = -1
RANK = {"lane": 0, "street": 1, "main": 2}
CLASS = ("path", "street", "main")
RECORD_M = 800.0
"""A street is cut into records about that long."""
_REACH_M = 50.0
_CORNER_M = 150.0
"""Where two corridors cross there are no banks; they go on behind."""
_BRIDGED = {"canal": 0.55, "rail": 0.5, "fast_road": 0.85}
"""Share of the main roads that get across a corridor."""
_FOOTBRIDGED = {"canal": 0.3, "rail": 0.25, "fast_road": 0.55}
"""Share of the stretches between two main roads that have a footbridge or subway."""


@dataclass(frozen=True, slots=True)
class Way:
    points: Floats
    """(k, 2) plan coordinates."""
    cls: str
    line: Line | None
    """The line it runs on, by which it is named."""
    compound: int = PUBLIC
    """Number of the walled parcel it lies in."""


@dataclass(frozen=True, slots=True)
class Corridor:
    """A canal, railway or fast road: a line of the lattice, as far as the district lies on either side."""

    kind: str
    axis: int
    position: float
    half: float
    """From its middle to the streets on its banks."""
    reaches: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """A way across a corridor, from line to line at one coordinate."""

    axis: int
    ends: tuple[float, float]
    at: float
    cls: str


class PublicLines:
    """Where public ways run: by line, the intervals that parcels border on, and the points where something joins."""

    def __init__(self, parcels: Iterable[Parcel]) -> None:
        self._spans: dict[Line, list[tuple[float, float, int]]] = {}
        self._stops: dict[Line, list[float]] = {}
        for parcel in parcels:
            if parcel.use != "lake":
                self._border(parcel)

    def _border(self, parcel: Parcel) -> None:
        a, b, c, d = parcel.block.road
        for (axis, at, low, high), way in zip(
            ((0, a, c, d), (0, b, c, d), (1, c, a, b), (1, d, a, b)), parcel.block.sides, strict=True
        ):
            if way != "bare":
                self._spans.setdefault((axis, round(at, 2)), []).append((low, high, RANK[way]))
            self._stops.setdefault((axis, round(at, 2)), []).extend((low, high))

    def join(self, axis: int, position: float, at: float) -> None:
        """Make sure that the way on this line has a point at ``at``."""
        self._stops.setdefault((axis, round(position, 2)), []).append(at)

    def covers(self, axis: int, position: float, at: float) -> bool:
        """Whether a public way runs through this point."""
        return any(low <= at <= high for low, high, _ in self._spans.get((axis, round(position, 2)), ()))

    def ways(self, vertex_m: float) -> list[Way]:
        """All public ways, cut into records."""
        result: list[Way] = []
        for line in sorted(self._spans):
            at = np.unique(np.round(self._stops[line], 2))
            rank = np.full(at.size - 1, -1)
            for low, high, value in self._spans[line]:
                first, last = np.searchsorted(at, [round(low, 2), round(high, 2)])
                rank[first:last] = np.maximum(rank[first:last], value)
            result += [Way(_points(line, stops, vertex_m), CLASS[r], line) for stops, r in _runs(at, rank)]
        return result


def corridors(lattice: Lattice, public: PublicLines) -> list[Corridor]:
    """The corridors, each as far as there are streets on its banks."""
    found = []
    for axis, (lines, others) in enumerate(((lattice.across, lattice.along), (lattice.along, lattice.across))):
        for position, kind, half in _inner_corridors(lines):
            at = np.arange(others.position[0], others.position[-1], _REACH_M)
            banked = [any(public.covers(axis, position + side, x + _REACH_M / 2) for side in (-half, half)) for x in at]
            reaches = [(float(x), float(x + _REACH_M)) for x, near in zip(at, banked, strict=True) if near]
            found.append(Corridor(kind, axis, position, half, tuple(_merged(reaches))))
    return found


def crossings(lattice: Lattice, public: PublicLines, rng: np.random.Generator) -> list[Crossing]:
    """Bridges, underpasses and footbridges. Every stretch of a corridor has at least one way across near it."""
    found: list[Crossing] = []
    for axis, (lines, others) in enumerate(((lattice.across, lattice.along), (lattice.along, lattice.across))):
        for position, kind, half in _inner_corridors(lines):
            ends = (position - half, position + half)
            luck = rng.random((3, others.position.size))
            main = [
                others.kind[k] in ("plain", "edge", "river")
                and all(public.covers(1 - axis, _own(others, k), end) for end in ends)
                and luck[0, k] < _BRIDGED[kind]
                for k in range(others.position.size)
            ]
            found += [Crossing(axis, ends, _own(others, k), "main") for k in range(len(main)) if main[k]]
            for k in range(others.position.size - 1):
                at = float(
                    np.round((0.35 + 0.3 * luck[1, k]) * np.diff(others.position[k : k + 2])[0] + others.position[k])
                )
                wanted = luck[2, k] < _FOOTBRIDGED[kind] or not (main[k] or main[k + 1])
                if wanted and all(public.covers(axis, end, at) for end in ends):
                    found.append(Crossing(axis, ends, at, "footbridge"))
    return found


def crossing_way(crossing: Crossing, public: PublicLines) -> Way:
    """The way across, joined to both banks."""
    low, high = crossing.ends
    for end in crossing.ends:
        public.join(crossing.axis, end, crossing.at)
        public.join(1 - crossing.axis, crossing.at, end)
    along = np.array([low, (low + high) / 2, high])
    fixed = np.full(3, crossing.at)
    points = np.column_stack([along, fixed] if crossing.axis == 0 else [fixed, along])
    return Way(points, crossing.cls, (1 - crossing.axis, round(crossing.at, 2)))


def _own(axis: Axis, k: int) -> float:
    """Where the street of a lattice line runs: on the bank of the river, else on the line itself."""
    return float(axis.position[k] + (axis.half[k] if axis.kind[k] == "river" else 0.0))


def _inner_corridors(axis: Axis) -> list[tuple[float, str, float]]:
    return [
        (float(p), kind, float(h))
        for p, kind, h in zip(axis.position, axis.kind, axis.half, strict=True)
        if kind in _BRIDGED
    ]


def _merged(reaches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    result: list[tuple[float, float]] = []
    for low, high in reaches:
        if result and low - result[-1][1] <= _CORNER_M:
            result[-1] = (result[-1][0], high)
        else:
            result.append((low, high))
    return result


def _runs(at: Floats, rank: NDArray[np.int_]) -> Iterable[tuple[Floats, int]]:
    """Stretches of one rank, cut at a stop when they grow long."""
    start = 0
    for k in range(1, rank.size + 1):
        ends = k == rank.size or rank[k] != rank[start] or at[k] - at[start] > RECORD_M
        if ends:
            if rank[start] >= 0:
                yield at[start : k + 1], int(rank[start])
            start = k


def _points(line: Line, stops: Floats, vertex_m: float) -> Floats:
    parts = np.maximum(1, np.ceil(np.diff(stops) / vertex_m)).astype(int)
    pieces = [np.linspace(x, y, n, endpoint=False) for x, y, n in zip(stops[:-1], stops[1:], parts, strict=True)]
    along = np.round(np.concatenate([*pieces, stops[-1:]]), 2)
    fixed = np.full(along.size, line[1])
    return np.column_stack([fixed, along] if line[0] == 0 else [along, fixed])
