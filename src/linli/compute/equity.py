"""How evenly something is shared out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

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


def _checked(values: ArrayLike, people: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
    size = np.shape(values)[0] if np.ndim(values) == 1 else 0
    value = inputs.amounts("values", values, rows=size)
    return value, inputs.amounts("people", np.ones(size) if people is None else people, rows=size)
