"""Walks after an edit: those that it can change are measured again, the others stay."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.compute.hierarchy import Hierarchy
from linli.compute.network import INFINITY_CM
from linli.compute.snapping import Anchors
from linli.compute.sweep import nearest_facilities
from linli.domain.checkup.measures.reach import (
    Walks,
    farthest_own,
    inhabited,
    unreached,
    walks_around,
    walks_inside,
    walks_to_open,
)
from linli.domain.places.rules.situation import Situation


@dataclass(frozen=True, slots=True)
class Touched:
    """Where a situation differs from one whose walks are known. Too much costs time, too little is wrong.

    Buildings that both have stand in the same rows; new ones come after them.
    """

    places: Anchors | None
    """On both ends of all ways that were opened, closed or cut, in the new network; None where it is the same."""
    kinds: NDArray[np.int64]
    """Kinds of the facilities open to all that came, went or moved; needed where the network is the same."""
    compounds: NDArray[np.int64]
    """Compounds with other inner paths, other homes, or other facilities for residents only, or where one of these is
    anchored elsewhere.
    """


def walk_again(before: Walks, was: Situation, now: Situation, hierarchy: Hierarchy, touched: Touched) -> Walks:
    """``reach.walks`` of ``now``, given those of ``was``; ``hierarchy`` is that of the new network."""
    rows = inhabited(now)
    to_open, near = _to_open(before, now, hierarchy, rows, touched)
    compound = now.buildings.compound[rows]
    again = np.isin(compound, touched.compounds)
    again[before.rows.size :] = True
    inside = np.full(to_open.shape, INFINITY_CM, dtype=np.int32)
    inside[: before.rows.size] = before.inside
    some = np.flatnonzero(again)
    inside[some] = walks_inside(now, hierarchy, rows[some], np.unique(compound[some]))
    stays = ~again[before.lost]
    if near is not None:
        # A walk changes only if some part of it that is no longer than it was leads to where ways have changed.
        stays &= near[before.lost] > farthest_own(was, before.rows[before.lost], before.around)
    lost = np.union1d(before.lost[~again[before.lost]], some[unreached(now, rows[some], inside[some])])
    around = np.empty((lost.size, to_open.shape[1]), dtype=np.int32)
    known = np.isin(lost, before.lost[stays])
    around[known] = before.around[stays]
    around[~known] = walks_around(now, hierarchy, rows[lost[~known]])
    return Walks(rows, to_open, inside, lost, around)


def _to_open(
    before: Walks, now: Situation, hierarchy: Hierarchy, rows: NDArray[np.int64], touched: Touched
) -> tuple[NDArray[np.int32], NDArray[np.int32] | None]:
    """(r, kinds) walks to facilities open to all; and (r,) to where ways have changed, if they have."""
    kinds = len(now.facility_kinds)
    if touched.places is not None:
        return _everywhere(now, hierarchy, rows, touched.places)
    known = before.rows.size
    to_open = np.empty((rows.size, kinds), dtype=np.int32)
    to_open[:known] = before.to_open
    if touched.kinds.size:
        to_open[:known, touched.kinds] = walks_to_open(now, hierarchy, rows[:known], touched.kinds)
    if rows.size > known:
        to_open[known:] = walks_to_open(now, hierarchy, rows[known:], np.arange(kinds))
    return to_open, None


def _everywhere(
    now: Situation, hierarchy: Hierarchy, rows: NDArray[np.int64], places: Anchors
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Where ways have changed counts as one more kind of facility."""
    facilities, kinds = now.facilities, len(now.facility_kinds)
    shared = np.flatnonzero(facilities.open_to_all)
    found = nearest_facilities(
        hierarchy,
        now.buildings.anchors.take(rows),
        facilities.anchors.take(shared).followed_by(places),
        np.concatenate([facilities.kind[shared].astype(np.int32), np.full(len(places), kinds, dtype=np.int32)]),
        kinds + 1,
    )
    return np.ascontiguousarray(found[:, :kinds]), np.ascontiguousarray(found[:, kinds])
