"""Walks after an edit: those that it can change are measured again, the others stay."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from linli.compute.hierarchy import Hierarchy
from linli.compute.network import INFINITY_CM
from linli.compute.snapping import Anchors
from linli.compute.sweep import nearest_facilities
from linli.domain.checkup.measures.reach import (
    Reach,
    Walks,
    farthest_own,
    reach_of,
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


@dataclass(frozen=True, slots=True)
class Differences:
    """Walks that are others than before, of homes that were there before; d of them."""

    row: NDArray[np.int64]
    """(d,) index into ``Reach.rows``, ascending."""
    kind: NDArray[np.int64]

    def rows(self) -> NDArray[np.int64]:
        """Each row once."""
        first = np.ones(self.row.size, dtype=np.bool_)
        first[1:] = self.row[1:] != self.row[:-1]
        return self.row[first]


def differences(was: Reach, now: Reach) -> Differences:
    """Every walk that has changed."""
    known = was.distance_cm.shape[0]
    cell = np.flatnonzero(was.distance_cm != now.distance_cm[:known])
    row, kind = np.divmod(cell, max(was.distance_cm.shape[1], 1))
    return Differences(row, kind)


def reach_again(before: Walks, was: Reach, now: Situation, hierarchy: Hierarchy, touched: Touched) -> Reach:
    """``reach.prepare`` of ``now``, given the parts and the whole before; ``hierarchy`` is that of the new network."""
    new = now.buildings.community.size > before.buildings
    if new or touched.places is not None or touched.compounds.size:
        return reach_of(now, hierarchy, walk_again(before, now, hierarchy, touched))
    # Nothing but some columns can differ.
    some = touched.kinds
    nearest = np.minimum(walks_to_open(now, hierarchy, before.rows, some), before.inside[:, some])
    nearest[before.lost] = np.minimum(nearest[before.lost], before.around[:, some])
    distance = was.distance_cm.copy()
    distance[:, some] = nearest
    return replace(was, hierarchy=hierarchy, distance_cm=distance)


def walk_again(before: Walks, now: Situation, hierarchy: Hierarchy, touched: Touched) -> Walks:
    """``reach.walks`` of ``now``, given those of a situation before; ``hierarchy`` is that of the new network."""
    rows = _inhabited(before, now)
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
        stays &= near[before.lost] > before.farthest
    lost = np.union1d(before.lost[~again[before.lost]], some[unreached(now, rows[some], inside[some])])
    around = np.empty((lost.size, to_open.shape[1]), dtype=np.int32)
    known = np.isin(lost, before.lost[stays])
    around[known] = before.around[stays]
    around[~known] = walks_around(now, hierarchy, rows[lost[~known]])
    farthest = farthest_own(now, rows[lost], around)
    return Walks(rows, now.buildings.community.size, to_open, inside, lost, around, farthest)


def _inhabited(before: Walks, now: Situation) -> NDArray[np.int64]:
    """Rows of the homes that were there, and of those that came after them."""
    buildings = now.buildings
    new = np.arange(before.buildings, buildings.community.size)
    lived_in = buildings.residential[new] | (buildings.people[new].sum(axis=1) > 0)
    return np.concatenate([before.rows, new[lived_in & (buildings.community[new] >= 0)]])


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
