"""Who lives where: totals of communities first, then buildings, households and ages, exact at every level."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SMALLEST, LARGEST = 620, 22_800
PERSONS_A_HOUSEHOLD = 2.55


@dataclass(frozen=True, slots=True)
class Housing:
    """What is typical of one kind of housing."""

    people: float
    """Of a building, before the totals are met."""
    ages: tuple[float, ...]
    """Shares of the seven bands."""
    years: tuple[int, int]
    m2_a_dwelling: float
    floors_most: int


HOUSING = {
    "upgrade_historic": Housing(17, (0.011, 0.013, 0.031, 0.015, 0.57, 0.282, 0.078), (1912, 1978), 48, 3),
    "upgrade_old_compound": Housing(70, (0.013, 0.016, 0.038, 0.018, 0.575, 0.265, 0.075), (1976, 1999), 58, 7),
    "upgrade_commodity": Housing(92, (0.024, 0.03, 0.064, 0.026, 0.666, 0.162, 0.028), (2000, 2018), 98, 18),
    "upgrade_resettlement": Housing(88, (0.023, 0.026, 0.055, 0.023, 0.681, 0.16, 0.032), (2003, 2021), 92, 18),
    "new_build": Housing(150, (0.036, 0.04, 0.074, 0.026, 0.704, 0.106, 0.014), (2018, 2025), 108, 33),
    "partial_rebuild": Housing(78, (0.019, 0.022, 0.046, 0.02, 0.623, 0.221, 0.049), (1986, 2022), 76, 11),
    "village": Housing(11, (0.019, 0.022, 0.047, 0.02, 0.672, 0.178, 0.042), (1988, 2016), 120, 4),
}


def totals(potential: Floats, people: int, rng: np.random.Generator) -> Ints:
    """Residents of each community: in proportion to its houses, within bounds, and ``people`` in all."""
    wanted = np.maximum(potential, 1e-9) * rng.lognormal(0.0, 0.18, potential.size)
    low, high = _bounds(potential.size, people)
    for _ in range(60):
        wanted = np.clip(wanted * (people / wanted.sum()), low, high)
    return largest_remainder(wanted, people)


def by_group(weight: Floats, group: NDArray[np.int64], total: Ints) -> Ints:
    """Share out each group's total over its members by weight, in whole people."""
    sums = np.bincount(group, weights=weight, minlength=total.size)
    exact = weight / sums[group] * total[group]
    result = np.floor(exact).astype(np.int64)
    missing = total - np.bincount(group, weights=result, minlength=total.size).astype(np.int64)
    order = np.lexsort((-(exact - result), group))
    start = np.searchsorted(group[order], np.arange(total.size))
    rank = np.arange(group.size) - start[group[order]]
    result[order[rank < missing[group[order]]]] += 1
    return result


def ages(people: Ints, kind: list[str], rng: np.random.Generator) -> Ints:
    """(b, 7) residents by age band, drawn from what is typical; each row adds up to the building's people."""
    shares = np.array([HOUSING[k].ages for k in kind])
    drawn: Ints = rng.multinomial(people, shares / shares.sum(axis=1, keepdims=True))
    return drawn


def largest_remainder(wanted: Floats, total: int) -> Ints:
    """Whole numbers near ``wanted`` that add up to ``total``."""
    exact = wanted * (total / wanted.sum())
    result = np.floor(exact).astype(np.int64)
    result[np.argsort(-(exact - result), kind="stable")[: total - int(result.sum())]] += 1
    return result


def _bounds(count: int, people: int) -> tuple[float, float]:
    """The usual bounds where the mean lies well between them, wider ones elsewhere."""
    mean = people / count
    return min(SMALLEST, 0.2 * mean), max(LARGEST if mean > 4_000 else 0.0, 3.0 * mean)
