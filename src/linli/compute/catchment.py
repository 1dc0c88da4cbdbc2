"""All walks between origins and facilities up to a limit: found once, then counted and weighed in many ways.

32 neighboring origins search together. Their search goes up from them to the root of the elimination tree and down
again, leaving out every subtree whose upper neighbors all lie beyond the limit. Each facility met gives one row: its
distances from the 32 origins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, types
from numpy.typing import ArrayLike, NDArray

from linli.compute import batches, inputs
from linli.compute.hierarchy import Hierarchy
from linli.compute.lanes import LANES, load, plus, rows, store, where_within, whole, within
from linli.compute.network import INFINITY_CM
from linli.compute.snapping import Anchors

Ints = NDArray[np.int32]

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_I64 = types.Array(types.int64, 1, "C", readonly=True)
_ROWS = types.int32[:, ::1]
_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Catchment:
    """Distances between origins and facilities, in rows of 32 origins.

    Attributes
    ----------
    limit_cm : int
        Pairs farther apart may be missing, or be there.
    facilities : int
    slot : (o,) int32
        Of each origin: 32 times its batch, plus its lane.
    first : (batches + 1,) int64
        Rows of each batch.
    facility : (rows,) int32
        The facility of each row; within a batch each one at most once.
    distance_cm : (rows, 32) int32
        ``INFINITY_CM`` or any number above the limit where it is beyond; lanes without an origin too.
    """

    limit_cm: int
    facilities: int
    slot: Ints
    first: NDArray[np.int64]
    facility: Ints
    distance_cm: Ints

    @property
    def batches(self) -> int:
        """Number of batches of 32 origins."""
        return int(self.first.size - 1)

    def in_slots(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Values of origins, (o, ...), laid out by slot; zero where there is no origin."""
        laid = np.zeros((self.batches * LANES, *values.shape[1:]), dtype=values.dtype)
        laid[self.slot] = values
        return laid


def catchment(hierarchy: Hierarchy, origins: Anchors, facilities: Anchors, limit_cm: int) -> Catchment:
    """Find every facility within ``limit_cm`` of every origin, both straight legs included.

    Raises
    ------
    ValueError
        Naming the array and the row.
    """
    search = batches.prepared(hierarchy, origins, facilities, limit_cm)
    count = search.first.size - 1
    room = len(facilities) + 600 * count
    facility, distance = np.empty(room, dtype=np.int32), rows(room)
    done = 0
    while True:
        done = search.run(done, count, search.first, facility, distance)
        used = int(search.first[done])
        if done == count:
            return Catchment(
                int(limit_cm), len(facilities), search.slot, search.first, facility[:used], distance[:used]
            )
        room = 2 * len(facilities) + max(int(1.2 * used * count / max(done, 1)), 2 * room)
        facility, distance = _grown(facility, distance, used, room)


def counts_within(
    hierarchy: Hierarchy, origins: Anchors, facilities: Anchors, kind: ArrayLike, kinds: int, limits_cm: ArrayLike
) -> Ints:
    """The ``counts`` of a catchment that is wanted for nothing else: faster, and with little memory.

    Returns
    -------
    (o, kinds, r) int32
    """
    of_kind = inputs.integers("kind", kind, rows=len(facilities), lowest=0, below=kinds)
    limits = inputs.integers("limits_cm", limits_cm, lowest=0, below=INFINITY_CM)
    search = batches.prepared(hierarchy, origins, facilities, int(limits.max(initial=0)))
    count = search.first.size - 1
    room = len(facilities) + _ROWS_AT_ONCE
    facility, distance = np.empty(room, dtype=np.int32), rows(room)
    by_slot = np.empty((count, kinds * limits.size, LANES), dtype=np.int32)
    done = 0
    while done < count:
        first = search.first[done:]
        first[0] = 0
        # The rows of a few batches stay in the cache until they are counted.
        more = search.run(done, count, search.first, facility, distance)
        _count(first[: more - done + 1].copy(), facility, distance, of_kind, limits, by_slot[done:more])
        done = more
    out = np.empty((search.slot.size, kinds, limits.size), dtype=np.int32)
    _counts_of_origins(by_slot, search.slot, out.reshape(search.slot.size, kinds * limits.size))
    return out


def counts(found: Catchment, kind: ArrayLike, kinds: int, limits_cm: ArrayLike) -> Ints:
    """How many facilities of each kind each origin has within each limit.

    Parameters
    ----------
    kind : (f,) int, ``0 <= kind < kinds``
    limits_cm : (r,) int, at most the catchment's limit

    Returns
    -------
    (o, kinds, r) int32
    """
    of_kind = inputs.integers("kind", kind, rows=found.facilities, lowest=0, below=kinds)
    limits = _limits(found, limits_cm)
    by_slot = np.empty((found.batches, kinds * limits.size, LANES), dtype=np.int32)
    _count(found.first, found.facility, found.distance_cm, of_kind, limits, by_slot)
    out = np.empty((found.slot.size, kinds, limits.size), dtype=np.int32)
    _counts_of_origins(by_slot, found.slot, out.reshape(found.slot.size, kinds * limits.size))
    return out


def people_within(found: Catchment, people: ArrayLike, limits_cm: ArrayLike) -> NDArray[np.int64]:
    """People that each facility has within each limit.

    Parameters
    ----------
    people : (o, groups) int
        Of each origin, by age group.
    limits_cm : (r,) int, at most the catchment's limit

    Returns
    -------
    (f, r, groups) int64
    """
    given = np.asarray(people)
    if given.ndim != 2 or given.shape[0] != found.slot.size or given.dtype.kind not in "iu":
        raise ValueError(f"people: expected whole numbers of shape ({found.slot.size}, groups), found {given.dtype} of "
                         f"shape {given.shape}")  # fmt: skip
    out_of_range = ((given < 0) | (given >= 2**25)).any(axis=1)
    inputs.refuse("people", given, out_of_range, "not between 0 and 2**25")
    limits = _limits(found, limits_cm)
    # One block of (groups, 32) per batch; the sum of 32 such numbers stays within int32.
    blocks = found.in_slots(given.astype(np.int32)).reshape(found.batches, LANES, -1)
    by_lane = np.ascontiguousarray(blocks.transpose(0, 2, 1))
    total = np.zeros((found.facilities, limits.size, given.shape[1]), dtype=np.int64)
    _add_people(found.first, found.facility, found.distance_cm, by_lane, limits, total)
    return total


def _limits(found: Catchment, limits_cm: ArrayLike) -> Ints:
    return inputs.integers("limits_cm", limits_cm, lowest=0, below=found.limit_cm + 1)


def _grown(facility: Ints, distance: Ints, used: int, room: int) -> tuple[Ints, Ints]:
    wider = np.empty(room, dtype=np.int32)
    longer = rows(room)
    wider[:used] = facility[:used]
    longer[:used] = distance[:used]
    return wider, longer


@njit(types.void(_I64, _I32, types.Array(types.int32, 2, "C", readonly=True), _I32, _I32, types.int32[:, :, ::1]),
      cache=True, nogil=True)  # fmt: skip
def _count(first, facility, distance, kind, limits, total):  # type: ignore[no-untyped-def]
    radii = limits.size
    for batch in range(first.size - 1):
        block = total[batch]
        block[:] = 0
        for i in range(first[batch], first[batch + 1]):
            row = load(distance, i)
            at = kind[facility[i]] * radii
            for r in range(radii):
                store(block, at + r, plus(load(block, at + r), within(row, limits[r])))


@njit(types.void(types.int32[:, :, ::1], _I32, _ROWS), cache=True, nogil=True)
def _counts_of_origins(by_slot, slot, out):  # type: ignore[no-untyped-def]
    for o in range(slot.size):
        batch, lane = slot[o] // LANES, slot[o] % LANES
        for i in range(out.shape[1]):
            out[o, i] = by_slot[batch, i, lane]


@njit(types.void(_I64, _I32, types.Array(types.int32, 2, "C", readonly=True), types.int32[:, :, ::1], _I32,
                 types.int64[:, :, ::1]), cache=True, nogil=True)  # fmt: skip
def _add_people(first, facility, distance, people, limits, total):  # type: ignore[no-untyped-def]
    groups = people.shape[1]
    for batch in range(first.size - 1):
        block = people[batch]
        for i in range(first[batch], first[batch + 1]):
            row = load(distance, i)
            f = facility[i]
            for r in range(limits.size):
                for g in range(groups):
                    near = where_within(row, limits[r], load(block, g))
                    total[f, r, g] += whole(near)
