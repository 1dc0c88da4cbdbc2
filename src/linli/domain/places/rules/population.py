"""Who lives where: people by building from a register, else a grid, else floor area, adding up exactly to what is
known.

Everything but the register is an estimate. Whole people only: shares are rounded by largest remainder.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.domain.places.rules.situation import PeopleSource

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BANDS = 7
UNKNOWN_BAND = 4
"""Column that holds everybody where no age structure is known (``bands_known`` is false); only sums over all columns
mean anything then.
"""


def shared_out(total: int, weights: Floats) -> Ints:
    """``total`` shared in proportion to ``weights`` (n,), whole and exact; all zero if no weight is above zero.

    Largest remainder; equal remainders go to the first.
    """
    sum_of_weights = float(weights.sum())
    if total <= 0 or sum_of_weights <= 0:
        return np.zeros(weights.size, dtype=np.int64)
    exact = weights / sum_of_weights * total
    share = np.floor(exact).astype(np.int64)
    left = total - int(share.sum())
    # Rounding of the division itself may leave one too many or too few.
    order = np.argsort(share - exact, kind="stable")
    if left >= 0:
        share[order[:left]] += 1
    else:
        held = order[::-1][share[order[::-1]] > 0]
        share[held[:-left]] -= 1
    return share


def split_into_bands(people: Ints, shares: Floats) -> Ints:
    """(n, 7): every row adds up to its ``people``, every column to the largest-remainder share of the whole.

    The whole is laid out as a line in which each band recurs evenly, and cut into the rows; so each row is close to the
    shares as well.
    """
    bands = shared_out(int(people.sum()), shares)
    band = np.repeat(np.arange(BANDS), bands)
    nth = np.arange(band.size) - np.repeat(np.cumsum(bands) - bands, bands)
    position = (nth + 0.5) / np.maximum(bands, 1)[band]
    line = band[np.lexsort([band, position])]
    row = np.repeat(np.arange(people.size), people)
    return np.bincount(row * BANDS + line, minlength=people.size * BANDS).reshape(people.size, BANDS).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Controls:
    """Residents that areas are known to have; -1 where not known.

    ``subdistrict_of`` is the index of each community's subdistrict, -1 for none. The finest figure known holds; a
    coarser one counts for what finer ones leave.
    """

    communities: Ints
    subdistrict_of: NDArray[np.int32]
    subdistricts: Ints
    district: int


@dataclass(frozen=True, slots=True)
class Homes:
    """Buildings that people may live in, as evidence for an estimate; arrays of one length."""

    community: NDArray[np.int32]
    registered: Ints
    """(n, 7) residents by band from a register."""
    has_register: NDArray[np.bool_]
    residential: NDArray[np.bool_]
    weight: Floats
    """Room to live in: floor area or dwellings, in one unit throughout."""
    grid_people: Floats
    """Residents that a population grid puts here; NaN where there is no grid."""


@dataclass(frozen=True, slots=True)
class Residents:
    people: Ints
    """(n, 7)"""
    source: NDArray[np.int8]
    bands_known: bool
    unplaced: int
    """People of control totals for whom no building stands in their area."""


def settle(homes: Homes, controls: Controls, band_shares: tuple[float, ...] | None) -> Residents:
    """Residents of every building.

    Registered buildings keep their register. What the control totals leave is shared among the other residential
    buildings: in proportion to the grid where there is one, else to their room. Without any control total the grid's
    own figures hold, rounded so that they add up. Buildings outside all communities get nobody, unless there is no
    community.
    """
    count = homes.community.size
    people = np.where(homes.has_register[:, None], homes.registered, 0).astype(np.int64)
    source = np.where(homes.has_register, PeopleSource.REGISTER, PeopleSource.NONE).astype(np.int8)
    inside = (homes.community >= 0) | (controls.communities.size == 0)
    open_rows = homes.residential & ~homes.has_register & inside
    by_grid = bool(np.isfinite(homes.grid_people).any())
    weight = np.where(open_rows, np.nan_to_num(homes.grid_people) if by_grid else homes.weight, 0.0)

    totals = np.zeros(count, dtype=np.int64)
    group, left = _groups(homes, controls)
    unplaced = 0
    for number, total in enumerate(left):
        rows = np.flatnonzero(open_rows & (group == number))
        # Where the grid is empty, room decides.
        use = weight[rows] if weight[rows].sum() > 0 else homes.weight[rows]
        totals[rows] = shared_out(total, use)
        unplaced += max(total, 0) - int(totals[rows].sum())
    free = np.flatnonzero(open_rows & (group < 0))
    if by_grid and free.size:
        totals[free] = shared_out(round(float(weight[free].sum())), weight[free])

    estimated = open_rows & (totals > 0)
    source[estimated] = PeopleSource.GRID if by_grid else PeopleSource.FLOOR_AREA
    shares, known = _shares(people, band_shares)
    if estimated.any():
        people[estimated] = split_into_bands(totals[estimated], shares)
    return Residents(people, source, known or not estimated.any(), unplaced)


def _shares(registered: Ints, band_shares: tuple[float, ...] | None) -> tuple[Floats, bool]:
    """The district's age structure: as given, else as registered, else none."""
    if band_shares is not None:
        return np.asarray(band_shares, dtype=np.float64), True
    counted = registered.sum(axis=0).astype(np.float64)
    if counted.sum() > 0:
        return counted, True
    return np.eye(BANDS)[UNKNOWN_BAND], False


def _groups(homes: Homes, controls: Controls) -> tuple[NDArray[np.int64], list[int]]:
    """The control that holds for each building, -1 for none, and what each control leaves after the register."""
    communities, subdistricts = controls.communities.size, controls.subdistricts.size
    figures = np.concatenate([controls.communities, controls.subdistricts, [controls.district]]).astype(np.int64)
    above = np.where(controls.subdistrict_of >= 0, communities + controls.subdistrict_of, communities + subdistricts)
    finest = np.where(controls.communities >= 0, np.arange(communities), above)
    whole = communities + subdistricts
    finest = np.where(figures[finest] >= 0, finest, whole) if communities else finest
    group = np.full(homes.community.size, whole)
    inside = homes.community >= 0
    group[inside] = finest[homes.community[inside]]
    if communities:
        group[~inside] = -1
    registered = np.where(homes.has_register, homes.registered.sum(axis=1), 0)
    held = np.bincount(group[group >= 0], weights=registered[group >= 0], minlength=whole + 1).astype(np.int64)
    left = figures - held
    # A coarser figure counts for what the finer ones below it leave.
    for community in np.flatnonzero(controls.communities >= 0):
        up = int(above[community])
        if figures[up] >= 0:
            left[up] -= controls.communities[community]
        elif figures[whole] >= 0:
            left[whole] -= controls.communities[community]
    if figures[whole] >= 0:
        left[whole] -= int(controls.subdistricts[controls.subdistricts >= 0].sum())
    known = figures >= 0
    group = np.where((group >= 0) & known[np.maximum(group, 0)], group, -1)
    return group, [int(amount) if known[number] else 0 for number, amount in enumerate(left)]
