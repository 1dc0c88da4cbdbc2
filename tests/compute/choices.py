"""Small siting instances, and the best choice by looking at all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from linli.compute.facility_location import covers


@dataclass(frozen=True, slots=True)
class Instance:
    distance: NDArray[np.int32]
    outside: NDArray[np.int32]
    amount: NDArray[np.int64]
    worth: NDArray[np.int64]
    capacity: NDArray[np.int64]
    use: NDArray[np.int64]
    limit: NDArray[np.int64]

    @property
    def cover(self) -> covers.Cover:
        return covers.within(self.distance, 25)


def an_instance(seed: int, *, money: int = 9) -> Instance:
    """Up to 14 rows and 7 columns; a number of columns and a budget as limits. Many rows are alike."""
    random = np.random.default_rng(seed)
    d, n = int(random.integers(1, 15)), int(random.integers(1, 8))
    distance = random.integers(0, 60, size=(d, n)).astype(np.int32)
    distance[d // 2 :] = distance[: d - d // 2]
    cost = random.integers(0, money + 1, size=n)
    some = cost[random.random(n) < 0.5]
    # A budget that some choice uses up to the last fen.
    return Instance(
        distance,
        random.integers(0, 70, size=d).astype(np.int32),
        random.integers(0, 9, size=d),
        random.integers(1, 4, size=d),
        random.integers(0, 15, size=n),
        np.column_stack([np.ones(n, dtype=np.int64), cost]),
        np.array([random.integers(0, n + 1), some.sum()]),
    )


def choices(instance: Instance) -> Iterator[NDArray[np.bool_]]:
    """Every choice within the limits."""
    n = instance.use.shape[0]
    for size in range(n + 1):
        for columns in combinations(range(n), size):
            chosen = np.zeros(n, dtype=np.bool_)
            chosen[list(columns)] = True
            if (instance.use[chosen].sum(axis=0) <= instance.limit).all():
                yield chosen


def best(instance: Instance, value: Callable[[NDArray[np.bool_]], float], pick: Callable[..., float]) -> float:
    return pick(value(chosen) for chosen in choices(instance))


def covered(instance: Instance, chosen: NDArray[np.bool_]) -> int:
    near = (instance.distance[:, chosen] <= 25).any(axis=1)
    return int((instance.amount * instance.worth)[near].sum())


def walk(instance: Instance, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Of each row, to the nearest chosen or to what lies outside."""
    nearest = instance.distance[:, chosen].min(axis=1, initial=10_000)
    return np.minimum(instance.outside, nearest).astype(np.int64)
