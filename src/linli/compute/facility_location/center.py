"""The p-center: the shortest greatest distance to the nearest of what is chosen, with limits on what is used.

A radius is possible if the columns within it can cover all rows within the limits. Few rows decide that: rows are
added only when a choice leaves them uncovered (Chen and Chen 2009, New relaxation-based algorithms for the optimal
solution of the continuous and discrete p-center problems). Radii too short are proven so by the linear program, then by
branch and bound; covers are found by a local search with row weights. What is left between is the proven interval.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.compute import inputs
from linli.compute.facility_location import loops
from linli.compute.facility_location.covers import Cover, merged
from linli.compute.facility_location.median import Walks
from linli.compute.facility_location.programs import Program, Rows, solve
from linli.compute.facility_location.watching import Ending, NothingFits, Watch
from linli.compute.network import INFINITY_CM

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
_ROWS_AT_ONCE = 60
_FEW_STEPS, _STEPS = 500, 20_000


@dataclass(frozen=True, slots=True)
class Found:
    columns: Flags
    value_cm: int
    bound_cm: int
    ending: Ending


def center(
    given: Walks, use: ArrayLike, limit: ArrayLike, watch: Watch, *, enough: float = 0.0, seed: int = 1
) -> Found:
    """The choice within all limits with the least greatest distance.

    Parameters
    ----------
    use : (n, k) int
        What a column uses of each of k resources; a number of columns is a resource of which each uses one.
    limit : (k,) int
    enough : share
        A gap that ends the search.

    Raises
    ------
    NothingFits
        If some row must be served (``outside_cm`` infinite) and no choice within the limits serves all.
    """
    search = _Search(given, use, limit, watch.start(), enough, seed)
    search.run()
    return search.found()


class _Search:
    """``low``: no choice is better. ``value``: of the best choice."""

    def __init__(self, given: Walks, use: ArrayLike, limit: ArrayLike, watch: Watch, enough: float, seed: int) -> None:
        self.walks, self.watch, self.enough = given, watch, enough
        self.use = np.ascontiguousarray(use, dtype=np.int64)
        self.limit = np.ascontiguousarray(limit, dtype=np.int64)
        n, k = given.columns, self.limit.size
        if self.use.shape != (n, k):
            raise ValueError(f"use: expected shape ({n}, {k}), found {self.use.shape}")
        inputs.refuse("limit", self.limit, self.limit < 0, "less than 0")
        self.seed = seed
        d = given.first.size - 1
        nearest = given.outside_cm.copy()
        some = np.flatnonzero(np.diff(given.first) > 0)
        nearest[some] = given.cm[given.first[some]]
        self.low = int(nearest.max(initial=0))
        self.best = np.zeros(n, dtype=np.bool_)
        self.value = self._farthest(self.best)
        self.radii = np.unique(np.concatenate([given.cm, given.outside_cm]))
        self.rows = np.empty(0, dtype=np.int64)
        self.known = np.zeros(d, dtype=np.bool_)

    @property
    def gap(self) -> float:
        return (self.value - self.low) / max(1, self.value)

    def over(self) -> Ending | None:
        if self.value <= self.low:
            return Ending.PROVEN
        if self.gap <= self.enough and self.value < INFINITY_CM:
            return Ending.TIME
        return self.watch.over()

    def run(self) -> None:
        self._bisect(lambda radius: self._try_to_cover(radius, _FEW_STEPS))
        self._bisect(self._too_short_by_linear_program, keep_trying=False)
        self._bisect(lambda radius: self._try_to_cover(radius, _STEPS))
        seconds = max(1.0, self.watch.time_limit_s / 20)
        undecided: int = self.value
        while self.over() is None:
            # Halfway up to the shortest radius that could not be decided in the time it was given.
            between = self.radii[(self.radii >= self.low) & (self.radii < min(undecided, self.value))]
            if between.size == 0:
                undecided, seconds = self.value, 2 * seconds
                continue
            radius = int(between[between.size // 2])
            if not self._decide(radius, self.watch.part(seconds)):
                undecided = radius
            elif undecided > self.value:
                undecided = self.value
            self.watch.tell(self.value, self.low)

    def _bisect(self, test: Callable[[int], bool], keep_trying: bool = True) -> None:
        """Halve the radii between bound and value; where a test decides nothing, go on above or below."""
        lower, upper = self.low, self.value
        while self.over() is None:
            between = self.radii[(self.radii >= max(lower, self.low)) & (self.radii < min(upper, self.value))]
            if between.size == 0:
                return
            radius = int(between[between.size // 2])
            if not test(radius):
                if keep_trying:
                    lower = radius + 1
                else:
                    upper = radius
            self.watch.tell(self.value, self.low)

    def _try_to_cover(self, radius: int, steps: int) -> bool:
        """Look for a cover for a short while; true if one was found."""
        while self.over() is None:
            chosen = self._cover(radius, steps)
            if chosen is None:
                return False
            self._consider(chosen)
            if self.value <= radius:
                return True
            self._add_rows(radius, chosen.astype(np.float64))
        return False

    def _too_short_by_linear_program(self, radius: int) -> bool:
        """Whether columns cut in pieces cannot cover either; the bound is then the next radius."""
        while self.over() is None:
            cover = self._rows_within(radius)
            if (cover.size == 0).any():
                self._too_short(radius)
                return True
            program = self._program(cover, whole=False)
            outcome = solve(program, self.watch)
            if outcome.ending is None or (outcome.ending is Ending.PROVEN and self._over_limit(outcome.bound)):
                self._too_short(radius)
                return True
            if outcome.x is None or not self._add_rows(radius, outcome.x):
                return False
        return False

    def _decide(self, radius: int, watch: Watch) -> bool:
        """Whether it could be decided if a radius is possible; value or bound say how."""
        while watch.over() is None:
            chosen = self._cover(radius, 5 * _STEPS)
            if chosen is None:
                cover = self._rows_within(radius)
                outcome = solve(self._program(cover, whole=True), watch, steps=1.0, enough=self._settled)
                if outcome.ending is None or self._over_limit(outcome.bound):
                    self._too_short(radius)
                    return True
                if outcome.x is None or self._over_limit(outcome.value):
                    return False
                chosen = outcome.x > 0.5
            self._consider(chosen)
            if self.value <= radius:
                return True
            self._add_rows(radius, chosen.astype(np.float64))
        return False

    def _settled(self, value: float, bound: float) -> bool:
        return (np.isfinite(value) and not self._over_limit(value)) or (np.isfinite(bound) and self._over_limit(bound))

    def _over_limit(self, used: float) -> bool:
        """Of the first resource, in the program's units; with every whole choice a whole number."""
        return bool(np.ceil(used - 1e-5 - 1e-7 * abs(used)) > self.limit[0]) if self.limit.size else False

    def _program(self, cover: Cover, whole: bool) -> Program:
        """The least of the first resource that covers the rows, within the limits of the others."""
        n = self.best.size
        rows = Rows()
        rows.add_many(cover.size, cover.column, 1.0, lower=1.0)
        for k in range(1, self.limit.size):
            scale = max(1.0, float(self.use[:, k].max(initial=0)))
            rows.add(np.arange(n), self.use[:, k] / scale, upper=self.limit[k] / scale)
        cost = self.use[:, 0].astype(np.float64) if self.limit.size else np.zeros(n)
        return rows.program(cost, np.ones(n), np.full(n, whole))

    def _rows_within(self, radius: int) -> Cover:
        """Of the rows looked at: which columns are near, merged; those served from outside left out."""
        w = self.walks
        rows = self.rows[w.outside_cm[self.rows] > radius]
        end = np.empty(rows.size, dtype=np.int64)
        loops.near_ends(w.first, w.cm, np.int32(radius), rows, end)
        size = end - w.first[rows]
        first = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        at = np.repeat(w.first[rows] - first[:-1], size) + np.arange(first[-1])
        column = w.column[at]
        order = np.lexsort((column, np.repeat(np.arange(rows.size), size)))
        return merged(Cover(first, column[order], w.columns))[0]

    def _cover(self, radius: int, steps: int) -> Flags | None:
        """A choice within the limits that covers the rows looked at."""
        cover = self._rows_within(radius)
        if (cover.size == 0).any():
            return None
        chosen = self.best.copy()
        by_column = cover.transposed()
        weight = np.ones(cover.rows, dtype=np.int64)
        self.seed += 1
        found = loops.cover_all(
            cover.first, cover.column, by_column.first, by_column.column, self.use, self.limit, steps, self.seed,
            weight, chosen,
        )  # fmt: skip
        return chosen if found else None

    def _add_rows(self, radius: int, share: NDArray[np.float64]) -> bool:
        """Look at more of the rows that are not covered, the least covered first; whether there were any."""
        w = self.walks
        covered = np.empty(w.outside_cm.size)
        loops.shares_within(w.first, w.column, w.cm, share, np.int32(radius), covered)
        bare = np.flatnonzero((covered < 1 - 1e-6) & (w.outside_cm > radius) & ~self.known)
        if bare.size == 0:
            return False
        ranked = bare[np.argsort(covered[bare], kind="stable")]
        # The worst few, and some from all over.
        picked = np.unique(np.concatenate([ranked[: _ROWS_AT_ONCE // 3], ranked[:: -(-ranked.size // _ROWS_AT_ONCE)]]))
        self.known[picked] = True
        self.rows = np.concatenate([self.rows, picked])
        return True

    def _too_short(self, radius: int) -> None:
        longer = self.radii[np.searchsorted(self.radii, radius, side="right") :]
        self.low = max(self.low, min(self.value, int(longer[0]) if longer.size else self.value))

    def _consider(self, chosen: Flags) -> None:
        if (self.use[chosen].sum(axis=0) > self.limit).any():
            return
        value = self._farthest(chosen)
        if value < self.value:
            self.best, self.value = chosen.copy(), value

    def _farthest(self, chosen: Flags) -> int:
        w = self.walks
        near = np.empty(w.outside_cm.size, dtype=np.int32)
        loops.nearest_chosen(w.first, w.column, w.cm, w.outside_cm, chosen, near)
        return int(near.max(initial=0))

    def found(self) -> Found:
        if self.value >= INFINITY_CM:
            raise NothingFits(proven=self.low >= INFINITY_CM)
        ending = Ending.PROVEN if self.value <= self.low else (self.watch.over() or Ending.TIME)
        return Found(self.best, self.value, self.low, ending)
