"""The p-median: the least weighted distance to the nearest of what is chosen, with limits on what is used.

The bound is Lagrangian, by subgradients over each row's columns in order of distance, of which only the nearest count,
in a tree whose branches open a column or bar it. Choices come from greedy adding and interchange: from nothing, from
what the bound proposes, and after shaking. Cornuejols, Fisher and Nemhauser (1977), Location of bank accounts; Resende
and Werneck (2007), A fast swap-based local search procedure for location problems.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.compute import inputs
from linli.compute.facility_location import loops
from linli.compute.facility_location.watching import Ending, NothingFits, Watch
from linli.compute.network import INFINITY_CM

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
_STEPS = 25
_ROUNDS = 10_000


@dataclass(frozen=True, slots=True)
class Walks:
    """Each row's columns by distance.

    Attributes
    ----------
    first : (d + 1,) int64
    column : (e,) int32
    cm : (e,) int32, ascending within a row and below what lies outside
    outside_cm : (d,) int32
        What a row walks where nothing nearer is chosen; ``INFINITY_CM`` where it must be served by what is chosen.
    columns : int
    """

    first: Whole
    column: NDArray[np.int32]
    cm: NDArray[np.int32]
    outside_cm: NDArray[np.int32]
    columns: int


@dataclass(frozen=True, slots=True)
class Found:
    columns: Flags
    value: int
    """Weighted centimeters."""
    bound: int
    ending: Ending


def walks(distance_cm: ArrayLike, outside_cm: ArrayLike | None = None) -> Walks:
    """From a whole matrix (d, n) of distances; ``INFINITY_CM`` where there is no way."""
    distance = np.ascontiguousarray(distance_cm, dtype=np.int32)
    if distance.ndim != 2:
        raise ValueError(f"distance_cm: expected shape (d, n), found {distance.shape}")
    d = distance.shape[0]
    given = np.full(d, INFINITY_CM) if outside_cm is None else outside_cm
    outside = inputs.integers("outside_cm", given, rows=d, lowest=0, below=INFINITY_CM + 1)
    first = np.zeros(d + 1, dtype=np.int64)
    column, cm = np.empty(distance.size, dtype=np.int32), np.empty(distance.size, dtype=np.int32)
    loops.sort_rows(distance, outside, first, column, cm)
    return Walks(first, column[: first[-1]], cm[: first[-1]], outside, distance.shape[1])


def walks_from_pairs(row: ArrayLike, column: ArrayLike, cm: ArrayLike, outside_cm: ArrayLike, columns: int) -> Walks:
    """From pairs in any order, each at most once."""
    at, of, far = np.asarray(row, np.int64), np.asarray(column, np.int64), np.asarray(cm, np.int64)
    outside = np.ascontiguousarray(outside_cm, dtype=np.int32)
    near = far < outside[at]
    at, of, far = at[near], of[near], far[near]
    order = np.lexsort((of, far, at))
    first = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=outside.size))]).astype(np.int64)
    return Walks(first, of[order].astype(np.int32), far[order].astype(np.int32), outside, columns)


def median(
    given: Walks, weight: ArrayLike, use: ArrayLike, limit: ArrayLike, watch: Watch, *, enough: float = 0.0,
    seed: int = 1,
) -> Found:  # fmt: skip
    """The choice within all limits with the least weighted distance in all.

    Parameters
    ----------
    weight : (d,) int
    use : (n, k) int
        What a column uses of each of k resources; a number of columns is a resource of which each uses one.
    limit : (k,) int
    enough : share
        A gap that ends the search.

    Raises
    ------
    NothingFits
        If some row must be served and no choice within the limits serves all.
    """
    search = _Search(given, weight, use, limit, watch.start(), enough, seed)
    search.run()
    return search.found()


@dataclass(frozen=True, slots=True)
class _Node:
    """A part of all choices: some columns open, some barred, the others free."""

    outside_cm: NDArray[np.int32]
    """To the nearest open column, or what lay outside before."""
    limit: Whole
    """What the open columns leave."""
    opened: Flags
    barred: Flags
    """Closed for good, or open already."""
    mu: NDArray[np.float64]
    mean: NDArray[np.float64]
    bound: float


class _Search:
    """Branch and bound: bound and choice, each helping the other."""

    def __init__(
        self, given: Walks, weight: ArrayLike, use: ArrayLike, limit: ArrayLike, watch: Watch, enough: float, seed: int
    ) -> None:
        d, n = given.first.size - 1, given.columns
        self.walks, self.watch, self.enough = given, watch, enough
        self.weight = inputs.integers("weight", weight, rows=d, lowest=0).astype(np.int64)
        self.weights = self.weight.astype(np.float64)
        self.use = np.ascontiguousarray(use, dtype=np.int64)
        self.limit = np.ascontiguousarray(limit, dtype=np.int64)
        if self.use.shape != (n, self.limit.size):
            raise ValueError(f"use: expected shape ({n}, {self.limit.size}), found {self.use.shape}")
        self.price = (self.use / np.maximum(1, self.limit)).max(axis=1, initial=0.0) + 1e-12
        self.counted = self.limit.size == 1 and bool((self.use == 1).all())
        self.random = np.random.default_rng(seed)
        self.best = np.zeros(n, dtype=np.bool_)
        self.value = self._walked(self.best)
        self.low = 0.0
        self.tried: set[bytes] = set()
        self.turns = self.entered = 0

    @property
    def bound(self) -> int:
        """Whole, as every value is. Sums of floats are off in the eleventh digit, so that a billionth is no gap."""
        low = max(0, min(self.value, int(np.ceil(self.low - 1e-6 - 1e-11 * abs(self.low)))))
        return self.value if self._no_better(self.low) else low

    def _no_better(self, bound: float) -> bool:
        return bool(np.ceil(bound - 1e-6) >= self.value - 1e-9 * self.value)

    @property
    def gap(self) -> float:
        return (self.value - self.bound) / max(1, self.value)

    def over(self) -> Ending | None:
        """Why to end, or None to go on."""
        if self.value <= self.bound:
            return Ending.PROVEN
        if self.gap <= self.enough and not self.someone_unserved():
            return Ending.TIME
        return self.watch.over()

    def run(self) -> None:
        n = self.best.size
        for price in (np.ones(n), self.price):
            self._improved(np.zeros(n, dtype=np.bool_), price)
        none = np.zeros(n, dtype=np.bool_)
        root = _Node(self.walks.outside_cm, self.limit, none, none, self._first_prices(), np.zeros(n), 0.0)
        waiting: list[tuple[float, int, _Node]] = []
        self._enter(root, waiting, 1.0, 1e-3)
        while waiting and self.over() is None:
            _, _, node = heapq.heappop(waiting)
            self._consider(node.opened)
            column = self._fork(node)
            for child in (self._with(node, column), self._without(node, column)):
                if child is not None:
                    self._enter(child, waiting, 0.3, 0.03)
            self.low = max(self.low, min(self.value, waiting[0][0] if waiting else self.value))
            self._shake()
            self.watch.tell(self.value, self.bound)

    def _enter(self, node: _Node, waiting: list[tuple[float, int, _Node]], step: float, least: float) -> None:
        """Raise the bound of a node; let it wait if a better choice may be in it."""
        w, n = self.walks, self.best.size
        mu, way, mean = node.mu.copy(), np.zeros_like(node.mu), node.mean.copy()
        rho, state = np.zeros(n), np.array([node.bound, step, 0.0])
        best_mu, barred = mu.copy(), node.barred.copy()
        while state[1] >= least and not self._no_better(state[0]):
            loops.raise_bound(
                w.first, w.column, w.cm, node.outside_cm, self.weights, self.use, node.limit, barred,
                float(self.value), _STEPS, mu, best_mu, way, rho, mean, state,
            )  # fmt: skip
            self.turns += 1
            if self.turns % 4 == 1:
                self._propose(node, mean)
                self._shake()
            if not node.opened.any() and not node.barred.any():
                self.low = max(self.low, min(state[0], self.value))
                self.watch.tell(self.value, self.bound)
            if self.over() is not None:
                break
        bound = max(node.bound, state[0])
        if not self._no_better(bound):
            kept = _Node(node.outside_cm, node.limit, node.opened, self._barred(node, best_mu), best_mu, mean, bound)
            self.entered += 1
            heapq.heappush(waiting, (bound, self.entered, kept))

    def _barred(self, node: _Node, mu: NDArray[np.float64]) -> Flags:
        """Columns that no better choice of the node holds, by their reduced cost; for a mere number of columns."""
        if not self.counted:
            return node.barred
        w, n = self.walks, self.best.size
        rho, mean, state = np.zeros(n), np.zeros(n), np.array([-np.inf, 0.0, 0.0])
        loops.raise_bound(
            w.first, w.column, w.cm, node.outside_cm, self.weights, self.use, node.limit, node.barred,
            float(self.value), 1, mu.copy(), mu.copy(), np.zeros_like(mu), rho, mean, state,
        )  # fmt: skip
        free = np.sort(rho[~node.barred])
        p = int(node.limit[0])
        dearest = min(0.0, free[p - 1]) if 0 < p <= free.size else 0.0
        hopeless = state[0] + rho - dearest > self.value + 1e-9 * abs(self.value)
        return np.asarray(node.barred | (hopeless & (rho > dearest)), dtype=np.bool_)

    def _fork(self, node: _Node) -> int:
        """The free column that the bound is most in two minds about."""
        doubt = np.where(node.barred, -1.0, np.minimum(node.mean, 1 - node.mean))
        return int(doubt.argmax())

    def _with(self, node: _Node, column: int) -> _Node | None:
        if node.barred[column] or (self.use[column] > node.limit).any():
            return None
        outside = node.outside_cm.copy()
        loops.open_column(self.walks.first, self.walks.column, self.walks.cm, column, outside)
        opened, barred = node.opened.copy(), node.barred.copy()
        opened[column] = barred[column] = True
        limit = node.limit - self.use[column]
        return _Node(outside, limit, opened, barred, np.minimum(node.mu, outside), node.mean, node.bound)

    def _without(self, node: _Node, column: int) -> _Node | None:
        if node.barred[column]:
            # Nothing is free any more: what is open has been looked at.
            return None
        barred = node.barred.copy()
        barred[column] = True
        return _Node(node.outside_cm, node.limit, node.opened, barred, node.mu, node.mean, node.bound)

    def _first_prices(self) -> NDArray[np.float64]:
        """Between the nearest and the second nearest chosen."""
        w = self.walks
        picked = np.flatnonzero(self.best[w.column])
        at = np.searchsorted(w.first, picked, side="right") - 1
        rows, first = np.unique(at, return_index=True)
        near, second = w.outside_cm.astype(np.float64), w.outside_cm.astype(np.float64)
        near[rows] = w.cm[picked[first]]
        more = first + 1 < np.append(first[1:], picked.size)
        second[rows[more]] = w.cm[picked[first[more] + 1]]
        second = np.where(second >= INFINITY_CM, 2 * near + 1, second)
        near = np.where(near >= INFINITY_CM, 0, near)
        return np.minimum((near + second) / 2, w.outside_cm)

    def _propose(self, node: _Node, mean: NDArray[np.float64]) -> None:
        """What the bound would choose, as far as the limits allow."""
        chosen = node.opened.copy()
        used = self.use[chosen].sum(axis=0)
        for j in np.argsort(-mean, kind="stable"):
            if mean[j] > 0.2 and not chosen[j] and (used + self.use[j] <= self.limit).all():
                chosen[j], used = True, used + self.use[j]
        if chosen.tobytes() not in self.tried:
            self.tried.add(chosen.tobytes())
            self._improved(chosen, self.price)

    def _shake(self) -> None:
        """Leave out a few of the best choice at random and let others in."""
        chosen = self.best.copy()
        inside = np.flatnonzero(chosen)
        if inside.size == 0:
            return
        out = self.random.choice(inside, size=min(inside.size, int(self.random.integers(1, 4))), replace=False)
        chosen[out] = False
        used = self.use[chosen].sum(axis=0)
        for j in self.random.permutation(self.best.size)[: out.size]:
            if not chosen[j] and (used + self.use[j] <= self.limit).all():
                chosen[j], used = True, used + self.use[j]
        self._improved(chosen, self.price)

    def _improved(self, chosen: Flags, price: NDArray[np.float64]) -> None:
        w = self.walks
        loops.walk_less(
            w.first, w.column, w.cm, w.outside_cm, self.weight, self.use, self.limit, price, _ROUNDS, chosen
        )
        self._consider(chosen)

    def _consider(self, chosen: Flags) -> None:
        value = self._walked(chosen)
        if value < self.value:
            self.best, self.value = chosen.copy(), value

    def _walked(self, chosen: Flags) -> int:
        w = self.walks
        return int(loops.walked(w.first, w.column, w.cm, w.outside_cm, self.weight, chosen))

    def found(self) -> Found:
        if self.someone_unserved():
            raise NothingFits(proven=False)
        bound = self.bound
        ending = Ending.PROVEN if self.value <= bound else (self.watch.over() or Ending.TIME)
        return Found(self.best, self.value, bound, ending)

    def someone_unserved(self) -> bool:
        w = self.walks
        must = (w.outside_cm >= INFINITY_CM) & (self.weight > 0)
        if not must.any():
            return False
        at = np.repeat(np.arange(w.first.size - 1), np.diff(w.first))
        served = np.zeros(must.size, dtype=np.bool_)
        served[at[self.best[w.column]]] = True
        return bool((must & ~served).any())
