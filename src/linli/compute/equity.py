"""How evenly something is shared out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, types
from numpy.typing import ArrayLike, NDArray

from linli.compute import inputs


def gini(values: ArrayLike, people: ArrayLike | None = None) -> float:
    """Gini coefficient of a value per person: 0 where all have the same, towards 1 where one has all.

    Parameters
    ----------
    values : (n,) float, not negative
        What each person of group i has.
    people : (n,) float, default one each

    Returns
    -------
    float
        NaN where nobody has anything, or nobody is there.
    """
    value, weight = _checked(values, people)
    order = np.argsort(value, kind="stable")
    value, weight = value[order], weight[order]
    total, had = weight.sum(), (value * weight).sum()
    if total == 0 or had == 0:
        return float("nan")
    # Twice the area under the Lorenz curve, by trapezoids.
    share = np.cumsum(value * weight) / had
    before = np.concatenate([[0.0], share[:-1]])
    return float(1 - ((share + before) * weight).sum() / total)


def worst_tenth_share(values: ArrayLike, people: ArrayLike | None = None) -> float:
    """Share of everything that the tenth of the people who have least have: 0.1 where all have the same.

    NaN where nobody has anything, or nobody is there. A group on the border counts in part.
    """
    value, weight = _checked(values, people)
    order = np.argsort(value, kind="stable")
    value, weight = value[order], weight[order]
    total, had = weight.sum(), (value * weight).sum()
    if total == 0 or had == 0:
        return float("nan")
    before = np.cumsum(weight) - weight
    counted = np.clip(total / 10 - before, 0, weight)
    return float((value * counted).sum() / had)


class Walked(NamedTuple):
    """How the walks of persons are shared out."""

    people: int
    total_cm: int
    gini: float
    """As ``gini`` has it."""
    worst_tenth_cm: float
    """Mean walk of the tenth of the persons who walk farthest; a group on the border counts in part."""


def walks(cm: NDArray[np.int32], people: NDArray[np.int64], order: NDArray[np.int64]) -> Walked:
    """Of groups of persons that are sorted by their walk, in one pass; in whole numbers, so that no order of equal
    walks matters. NaN where nobody is there, or nobody has to walk.

    Parameters
    ----------
    cm, people : (n,)
    order : (k,) those of the n groups that count, by ``cm``
    """
    persons, total, area, farthest = _shared(cm, people, order)
    if persons == 0:
        return Walked(0, 0, float("nan"), float("nan"))
    share = 1 - area / persons / total if total else float("nan")
    return Walked(persons, total, share, farthest / persons)


@njit(
    types.Tuple((types.int64, types.int64, types.float64, types.float64))(
        types.Array(types.int32, 1, "C", readonly=True),
        types.Array(types.int64, 1, "C", readonly=True),
        types.Array(types.int64, 1, "C", readonly=True),
    ),
    cache=True,
    nogil=True,
)
def _shared(cm, people, order):  # type: ignore[no-untyped-def]
    """Persons, their walks together, twice the area under the Lorenz curve, ten times the walks of the worst tenth.

    The area adds up beyond 64 bits: a high and a low half, each exact.
    """
    persons, total = 0, 0
    for i in range(order.size):
        persons += people[order[i]]
        total += people[order[i]] * cm[order[i]]
    high, low, until, farthest, left = 0, 0, 0, 0, persons
    for i in range(order.size - 1, -1, -1):
        v = order[i]
        counted = min(10 * people[v], left)
        farthest += counted * cm[v]
        left -= counted
        if left == 0:
            break
    for i in range(order.size):
        v = order[i]
        twice = 2 * until + people[v] * cm[v]
        until += people[v] * cm[v]
        high += (twice >> 24) * people[v]
        low += (twice & 0xFFFFFF) * people[v]
    return persons, total, high * 16777216.0 + low, float(farthest)


def _checked(values: ArrayLike, people: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
    size = np.shape(values)[0] if np.ndim(values) == 1 else 0
    value = inputs.amounts("values", values, rows=size)
    return value, inputs.amounts("people", np.ones(size) if people is None else people, rows=size)
