"""Single runs: from a graph to labels, every region contiguous and, if one was found, within its range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.compute.regionalization import annealing
from linli.compute.regionalization.feasible import Part, impossible
from linli.compute.regionalization.graph import Floats, Graph, Ints, Longs

Pool = dict[bytes, tuple[Ints, float]]
"""Regions that were met: sorted atoms as bytes → atoms and cost. Each is contiguous and in range."""

Progress = Callable[[float], None]
Stop = Callable[[], bool]


def never() -> bool:
    return False


def silent(_done: float) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Limits:
    """The range of people of a region, both ends within, and the mean that a start aims at (0: the middle)."""

    low: int
    high: int
    aim: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.high:
            raise ValueError(f"a range from {self.low} to {self.high} people")

    @property
    def mean(self) -> float:
        return float(self.aim or (self.low + self.high) / 2)


@dataclass(frozen=True, slots=True)
class Effort:
    """How long a run looks. ``hot`` and ``cold`` are shares of the mean cost of a region."""

    steps: int = 200_000
    chunk: int = 5_000
    single: float = 0.8
    """Share of steps that move one atom; the others cut a tree anew."""
    hot: float = 0.1
    cold: float = 0.001
    noise: float = 0.3
    """Of the start, so that runs differ."""
    collect: int = 20
    """How often the second half of a run puts its regions into the pool for recombining."""


USUAL = Effort()
RIGID = 0.1
"""Of the mean cost of a region: what the square of a wrong number of regions costs while drawing."""
WILD = 0.2
"""Share of steps on regions out of range that are taken whatever they cost, in every second chunk."""


@dataclass(frozen=True, slots=True)
class Run:
    """One drawing. Atoms of impossible parts have labels of their own."""

    label: Ints
    """(n,) 0 … regions - 1."""
    cost: float
    """Of all regions that can be drawn."""
    missing: int
    """People by which regions miss the range, in all; 0 where every region keeps it."""
    trees: int
    """Spanning trees that were cut into two regions and weighed."""
    impossible: tuple[Part, ...]
    stopped: bool


class Drawer:
    """Draws again and again on one graph; what was learned on the way is kept in ``pool``."""

    def __init__(self, graph: Graph, limits: Limits) -> None:
        self.graph, self.limits = graph, limits
        self.impossible = impossible(graph, limits.low, limits.high)
        aside = [part.atoms for part in self.impossible]
        self.drawn = np.ones(graph.atoms, dtype=np.bool_)
        self.drawn[np.concatenate([np.empty(0, np.int64), *aside])] = False
        self.atoms = np.flatnonzero(self.drawn)
        self.inner = _taken(graph, self.atoms)
        self.pool: Pool = {}

    def run(
        self,
        seed: int,
        effort: Effort = USUAL,
        *,
        start: Ints | None = None,
        should_stop: Stop = never,
        progress: Progress = silent,
    ) -> Run:
        """One run by its seed; the same seed gives the same labels.

        Stopped in between, it returns the best labels so far. ``start`` (n,) are labels to begin with.
        """
        state = _State(self.inner, self.limits, seed)
        if start is None:
            state.merge(effort.noise)
        else:
            state.take(np.asarray(start)[self.atoms])
        stopped, trees = state.cool(effort, self.pool, self.atoms, should_stop, progress)
        return self._whole(state, trees, stopped)

    def _whole(self, state: _State, trees: int, stopped: bool) -> Run:
        label = np.full(self.graph.atoms, -1, dtype=np.int32)
        names, inner = np.unique(state.best, return_inverse=True)
        label[self.atoms] = inner.reshape(-1)
        for number, part in enumerate(self.impossible):
            label[part.atoms] = names.size + number
        return Run(label, state.best_cost, state.best_missing, trees, self.impossible, stopped)

    def cost(self, label: Ints) -> float:
        """Of all regions of a labelling that can be drawn."""
        return self.taken(label).cost

    def taken(self, label: Ints) -> Run:
        """A drawing made elsewhere as if a run had made it; its regions enter the pool."""
        state = _State(self.inner, self.limits, 0)
        state.take(np.asarray(label)[self.atoms])
        state.collect(self.pool, self.atoms)
        return self._whole(state, 0, False)


class _State:
    """The arrays of a run in progress, and the best labels so far."""

    def __init__(self, graph: Graph, limits: Limits, seed: int) -> None:
        n = graph.atoms
        self.graph, self.limits = graph, limits
        mixed = np.random.SeedSequence(seed).generate_state(1, np.uint64)
        self.aim = max(1, round(graph.people.sum() / limits.mean))
        self.random = np.maximum(mixed, np.uint64(1))
        self.label = np.arange(n, dtype=np.int32)
        self.head, self.next = np.full(n, -1, dtype=np.int32), np.full(n, -1, dtype=np.int32)
        self.total: Longs = np.zeros(n, dtype=np.int64)
        self.cost: Floats = np.zeros(n)
        self.best, self.best_cost, self.best_missing = self.label.copy(), np.inf, 2**62

    def merge(self, noise: float) -> None:
        annealing.merge_start(self.graph.arrays, self.limits.high, self.aim, noise, self.random, self.label)
        self._read()

    def take(self, label: Ints) -> None:
        self.label = np.unique(label, return_inverse=True)[1].reshape(-1).astype(np.int32)
        self._read()

    def cool(
        self, effort: Effort, pool: Pool, atoms: NDArray[np.intp], should_stop: Stop, progress: Progress
    ) -> tuple[bool, int]:
        mean = self.cost.sum() / max(1, (self.head >= 0).sum())
        # With nothing to pay for, range and contiguity still decide.
        mean = mean if mean > 0 else 1.0
        heavy = mean / (0.005 * self.limits.high)
        chunks = max(1, effort.steps // effort.chunk)
        ratio = (effort.cold / effort.hot) ** (1 / chunks)
        done, trees, stopped = 0, 0, False
        # Where some region is still out of range, some more chunks at the last temperature.
        while done < chunks or (self.best_missing > 0 and done < 2 * chunks):
            if should_stop():
                stopped = True
                break
            hot = mean * effort.hot * ratio ** min(done, chunks - 1)
            trees += self._anneal(heavy, hot, hot * ratio, effort, WILD if done % 2 else 0.0, RIGID * mean)
            done += 1
            self._keep()
            if 2 * done > chunks and done % max(1, chunks // (2 * effort.collect)) == 0:
                self.collect(pool, atoms)
            progress(min(1.0, done / chunks))
        self.take(self.best)
        self.collect(pool, atoms)
        return stopped, trees

    def _anneal(self, heavy: float, hot: float, cold: float, effort: Effort, wild: float, rigid: float) -> int:
        return int(
            annealing.anneal(
                self.graph.arrays, self.limits.low, self.limits.high, heavy, hot, cold, effort.single, wild,
                self.aim, rigid, effort.chunk,
                self.random, self.label, self.head, self.next, self.total, self.cost,
            )
        )  # fmt: skip

    def _read(self) -> None:
        mark = np.zeros(self.graph.atoms, dtype=np.int32)
        tally = np.zeros(self.graph.groups)
        annealing.read_regions(self.graph.arrays, self.label, self.head, self.next, self.total, self.cost, mark, tally)
        self._keep()

    def _keep(self) -> None:
        used = self.head >= 0
        total = self.total[used]
        missing = int(np.maximum(self.limits.low - total, 0).sum() + np.maximum(total - self.limits.high, 0).sum())
        cost = float(self.cost[used].sum())
        if (missing, cost) < (self.best_missing, self.best_cost):
            self.best, self.best_cost, self.best_missing = self.label.copy(), cost, missing

    def collect(self, pool: Pool, atoms: NDArray[np.intp]) -> None:
        """Put every region in range into the pool."""
        if self.label.size == 0:
            return
        order = np.argsort(self.label, kind="stable")
        bounds = np.flatnonzero(np.diff(self.label[order])) + 1
        for members in np.split(order, bounds):
            region = self.label[members[0]]
            if self.limits.low <= self.total[region] <= self.limits.high:
                whole = atoms[members].astype(np.int32)
                pool.setdefault(whole.tobytes(), (whole, float(self.cost[region])))


def _taken(graph: Graph, atoms: NDArray[np.intp]) -> Graph:
    """The graph of some of its atoms."""
    if atoms.size == graph.atoms:
        return graph
    new = np.full(graph.atoms, -1, dtype=np.int32)
    new[atoms] = np.arange(atoms.size)
    tail = np.repeat(np.arange(graph.atoms), np.diff(graph.first))
    edge = (new[tail] >= 0) & (new[graph.neighbor] >= 0)
    need = np.repeat(new, np.diff(graph.need_first)) >= 0
    need_size = np.diff(graph.met_first)
    met = np.repeat(need, need_size) & (new[graph.met_by] >= 0)
    met_of = np.repeat(np.arange(need_size.size), need_size)[met]
    taken = Graph(
        first=np.concatenate([[0], np.cumsum(np.bincount(new[tail[edge]], minlength=atoms.size))]).astype(np.int32),
        neighbor=new[graph.neighbor[edge]],
        price=graph.price[edge],
        drag=graph.drag[edge],
        joins=graph.joins[edge],
        people=graph.people[atoms],
        mass=graph.mass[atoms],
        x=graph.x[atoms],
        y=graph.y[atoms],
        group=graph.group[atoms],
        outside=graph.outside[atoms],
        need_first=np.concatenate([[0], np.cumsum(np.diff(graph.need_first)[atoms])]).astype(np.int32),
        need_cost=graph.need_cost[need],
        met_first=np.concatenate([[0], np.cumsum(np.bincount(met_of, minlength=need_size.size)[need])]).astype(
            np.int64
        ),
        met_by=new[graph.met_by[met]],
        own=graph.own[atoms],
    )
    for array in taken.arrays:
        array.flags.writeable = False
    return taken
