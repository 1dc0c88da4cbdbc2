"""All walks between origins and facilities up to a limit: found once, then counted and weighed in many ways.

32 neighboring origins search together. Their search goes up from them to the root of the elimination tree and down
again, leaving out every subtree whose upper neighbors all lie beyond the limit. Each facility met gives one row: its
distances from the 32 origins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, types
from numpy.typing import ArrayLike, NDArray

from linli.compute import inputs
from linli.compute.hierarchy import Hierarchy
from linli.compute.lanes import LANES, add, any_within, load, lower, lowest_bit, plus, rows, scratch, spread, store, uses_vectors, where_within, whole, within
from linli.compute.network import INFINITY_CM
from linli.compute.snapping import Anchors
from linli.compute.sweep import check_anchors, grouped, same_edge_pairs

Ints = NDArray[np.int32]

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_I64 = types.Array(types.int64, 1, "C", readonly=True)
_ROWS = types.int32[:, ::1]
_OUT = types.int32[::1]
_INFINITY = np.int32(INFINITY_CM)
_ONE = np.uint64(1)
_PASSAGES_EACH = 8
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
        return self.first.shape[0] - 1

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
    search = _prepared(hierarchy, origins, facilities, limit_cm)
    batches = search.first.size - 1
    room = len(facilities) + 600 * batches
    facility, distance = np.empty(room, dtype=np.int32), rows(room)
    done = 0
    while True:
        done = search.run(done, batches, search.first, facility, distance)
        used = int(search.first[done])
        if done == batches:
            return Catchment(int(limit_cm), len(facilities), search.slot, search.first, facility[:used], distance[:used])
        room = 2 * len(facilities) + max(int(1.2 * used * batches / max(done, 1)), 2 * room)
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
    search = _prepared(hierarchy, origins, facilities, int(limits.max(initial=0)))
    batches = search.first.size - 1
    room = len(facilities) + _ROWS_AT_ONCE
    facility, distance = np.empty(room, dtype=np.int32), rows(room)
    by_slot = np.empty((batches, kinds * limits.size, LANES), dtype=np.int32)
    done = 0
    while done < batches:
        first = search.first[done:]
        first[0] = 0
        # The rows of a few batches stay in the cache until they are counted.
        more = search.run(done, batches, search.first, facility, distance)
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
    inputs.refuse("people", given, ((given < 0) | (given >= 2**25)).any(axis=1), "not between 0 and 2**25")
    limits = _limits(found, limits_cm)
    # One block of (groups, 32) per batch; the sum of 32 such numbers stays within int32.
    blocks = found.in_slots(given.astype(np.int32)).reshape(found.batches, LANES, -1)
    by_lane = np.ascontiguousarray(blocks.transpose(0, 2, 1))
    total = np.zeros((found.facilities, limits.size, given.shape[1]), dtype=np.int64)
    _add_people(found.first, found.facility, found.distance_cm, by_lane, limits, total)
    return total


@dataclass(frozen=True, slots=True)
class _Search:
    """All that the compiled search reads, and its memory."""

    slot: Ints
    first: NDArray[np.int64]
    """Where the rows of each batch begin; filled by the search."""
    reads: tuple[Any, ...]
    labels: Ints
    state: Ints
    row_of: NDArray[np.int64]

    def run(self, start: int, stop: int, first: NDArray[np.int64], facility: Ints, distance: Ints) -> int:
        search = _search if uses_vectors() else _search_plainly
        memory = self.labels, self.state, self.row_of
        return int(search(*self.reads, *memory, start, stop, first, facility, distance))


def _prepared(hierarchy: Hierarchy, origins: Anchors, facilities: Anchors, limit_cm: int) -> _Search:
    check_anchors("origins", hierarchy, origins)
    check_anchors("facilities", hierarchy, facilities)
    if not 0 <= limit_cm < INFINITY_CM:
        raise ValueError(f"limit_cm: {limit_cm} is not between 0 and {INFINITY_CM}")
    h = hierarchy
    slot, batches = _slots(h, origins)
    kept, sites, passages = _lifted(h, facilities, uses_vectors())
    group_of = np.repeat(np.arange(h.group_first.size - 1, dtype=np.int32), np.diff(h.group_first))
    reads = (
        h.arc_first, h.arc_head, h.arc_cm, int(h.first_public), h.parent, group_of, *_chosen(h, kept, int(limit_cm)),
        *_by_slot(h, origins, slot, batches), *sites, *passages, *_pairs_by_batch(origins, facilities, slot, batches),
        int(limit_cm),
    )  # fmt: skip
    labels = scratch(h.nodes)
    labels.fill(_INFINITY)
    state = np.empty((6, h.nodes + 1 + int(h.arc_first[h.first_public])), dtype=np.int32)
    state[:2, : h.nodes] = -1
    row_of = np.full(len(facilities), -1, dtype=np.int64)
    return _Search(slot, np.zeros(batches + 1, dtype=np.int64), reads, labels, state, row_of)


def _limits(found: Catchment, limits_cm: ArrayLike) -> Ints:
    return inputs.integers("limits_cm", limits_cm, lowest=0, below=found.limit_cm + 1)


def _grown(facility: Ints, distance: Ints, used: int, room: int) -> tuple[Ints, Ints]:
    wider = np.empty(room, dtype=np.int32)
    longer = rows(room)
    wider[:used] = facility[:used]
    longer[:used] = distance[:used]
    return wider, longer


def _slots(hierarchy: Hierarchy, origins: Anchors) -> tuple[Ints, int]:
    """Batches of origins that lie close to each other."""
    ends = hierarchy.edge_tail[origins.edge], hierarchy.edge_head[origins.edge]
    _, by_place = grouped(hierarchy.locality[np.minimum(*ends)], hierarchy.nodes)
    slot = np.empty(len(origins), dtype=np.int32)
    slot[by_place] = np.arange(len(origins), dtype=np.int32)
    return slot, -(-len(origins) // LANES)


def _by_slot(hierarchy: Hierarchy, origins: Anchors, slot: Ints, batches: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Both ends of the edge of each slot's origin and the ways to them; -1 where there is no origin."""
    values = (
        hierarchy.edge_tail[origins.edge], origins.to_tail_cm, hierarchy.edge_head[origins.edge], origins.to_head_cm,
    )  # fmt: skip
    laid = np.full((4, batches * LANES), -1, dtype=np.int32)
    laid[:, slot] = values
    return laid[0], laid[1], laid[2], laid[3]


def _lifted(
    hierarchy: Hierarchy, facilities: Anchors, lift: bool
) -> tuple[NDArray[np.bool_], tuple[Ints, ...], tuple[Ints, ...]]:
    """Facilities as far up the hierarchy as two positions, one above the other, still tell the way to each.

    A facility hangs on the ends of its edge. If nothing but facilities hangs on the lower end, and it has no more than two
    upper neighbors, they can as well hang on those. Only who starts below the lower end has to look there: a passage.

    Returns the positions that remain; the facilities by their lower position: where each position's begin, who they are,
    the way from there, the upper position, the way from it; the passages: where each position's begin, facility, way.
    """
    h = hierarchy
    tail, head = h.edge_tail[facilities.edge], h.edge_head[facilities.edge]
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    low_cm = np.where(tail < head, facilities.to_tail_cm, facilities.to_head_cm)
    high_cm = np.where(tail < head, facilities.to_head_cm, facilities.to_tail_cm)
    kept = np.zeros(h.nodes, dtype=np.bool_)
    passages = np.empty((3, _PASSAGES_EACH * len(facilities) if lift else 0), dtype=np.int32)
    used = _lift(h.arc_first, h.arc_head, h.arc_cm, low, low_cm, high, high_cm, kept, passages)
    first, site = grouped(low, h.nodes)
    passage_first, order = grouped(passages[0, :used], h.nodes)
    return (
        kept,
        (first, site, low_cm[site], high[site], high_cm[site]),
        (passage_first, passages[1][order], passages[2][order]),
    )


@njit(types.int64(_I32, _I32, _I32, _OUT, _OUT, _OUT, _OUT, types.boolean[::1], _ROWS), cache=True, nogil=True)
def _lift(arc_first, arc_head, arc_cm, low, low_cm, high, high_cm, kept, passages):  # type: ignore[no-untyped-def]
    """Change where facilities hang, mark the positions that remain and write the passages; their number."""
    here = np.full(kept.size, -1, np.int32)
    after = np.empty(low.size, np.int32)
    needed = np.zeros(kept.size, np.bool_)
    for f in range(low.size - 1, -1, -1):
        after[f] = here[low[f]]
        here[low[f]] = f
    used = 0
    for v in range(kept.size):
        if here[v] < 0 and not needed[v]:
            continue
        start, stop = arc_first[v], arc_first[v + 1]
        count = 0
        f = here[v]
        while f >= 0:
            count += 1
            f = after[f]
        lifted = not needed[v] and 1 <= stop - start <= 2 and used + count <= passages.shape[1]
        if lifted and stop - start == 2:
            # Inside a compound two public neighbors need not be each other's.
            lifted = False
            for a in range(arc_first[arc_head[start]], arc_first[arc_head[start] + 1]):
                lifted |= arc_head[a] == arc_head[stop - 1]
        if not lifted:
            kept[v] = True
            for a in range(start, stop):
                needed[arc_head[a]] = True
            continue
        lower_end, upper_end = arc_head[start], arc_head[stop - 1]
        f = here[v]
        while f >= 0:
            following = after[f]
            passages[0, used] = v
            passages[1, used] = f
            passages[2, used] = low_cm[f]
            used += 1
            by_lower = min(low_cm[f] + arc_cm[start], _INFINITY)
            by_upper = min(low_cm[f] + arc_cm[stop - 1], _INFINITY)
            if high[f] == lower_end:
                by_lower = min(by_lower, high_cm[f])
            if high[f] == upper_end:
                by_upper = min(by_upper, high_cm[f])
            low[f] = lower_end
            low_cm[f] = by_lower
            high[f] = upper_end
            high_cm[f] = by_upper
            after[f] = here[lower_end]
            here[lower_end] = f
            f = following
    return used


def _chosen(hierarchy: Hierarchy, above: NDArray[np.bool_], limit: int) -> tuple[Ints, ...]:
    """The hierarchy between the positions that are kept, which are those on ways down to facilities.

    Returns for each position (and one more) the number of chosen ones below it; the chosen positions, ascending; where the
    arcs of each begin, and among them those beyond the limit; their heads (positions) and lengths; the number of chosen positions below the subtree of each;
    where those of each compound begin; where the gates of each begin, and the compounds behind them that have any.
    """
    h = hierarchy
    size = int(above.sum())
    ways = int(np.diff(h.arc_first)[above].sum())
    at, first, far, below = (np.empty(size + extra, dtype=np.int32) for extra in (0, 1, 0, 0))
    head, cm = np.empty(ways, dtype=np.int32), np.empty(ways, dtype=np.int32)
    rank = np.empty(h.nodes + 1, dtype=np.int32)
    _choose(h.arc_first, h.arc_head, h.arc_cm, h.subtree, above, limit, rank, at, first, far, below, head, cm)
    group_first = rank[h.group_first]
    behind = np.diff(group_first)[h.gate_group] > 0
    gates = np.zeros(h.nodes + 1, dtype=np.int32)
    gates[h.first_public + 1 :] = np.concatenate([[0], np.cumsum(behind)])[h.gate_first[1:]]
    gate_first = np.append(gates[at], gates[-1])
    return rank, at, first, far, head, cm, below, group_first, gate_first, h.gate_group[behind]


@njit(types.void(_I32, _I32, _I32, _I32, types.boolean[::1], types.int64, _OUT, _OUT, _OUT, _OUT, _OUT, _OUT, _OUT),
      cache=True, nogil=True)  # fmt: skip
def _choose(  # type: ignore[no-untyped-def]
    arc_first, arc_head, arc_cm, subtree, above, limit, rank, at, first, far, below, head, cm
):  # fmt: skip
    """Of each position the arcs within the limit come first."""
    i = 0
    used = 0
    for v in range(above.size):
        rank[v] = i
        if above[v]:
            at[i] = v
            first[i] = used
            below[i] = rank[subtree[v]]
            for is_far in (False, True):
                if is_far:
                    far[i] = used
                for a in range(arc_first[v], arc_first[v + 1]):
                    if (arc_cm[a] > limit) == is_far:
                        head[used] = arc_head[a]
                        cm[used] = arc_cm[a]
                        used += 1
            i += 1
    rank[above.size] = i
    first[i] = used


def _pairs_by_batch(
    origins: Anchors, facilities: Anchors, slot: Ints, batches: int
) -> tuple[NDArray[np.int64], Ints, Ints, Ints]:
    """Origins and facilities on the same edge: where each batch's begin, lanes, facilities, direct ways."""
    origin, facility, direct = same_edge_pairs(origins, facilities)
    begin, by_batch = grouped(slot[origin] // LANES, batches)
    lane = slot[origin[by_batch]] % np.int32(LANES)
    return begin.astype(np.int64), lane, facility[by_batch].astype(np.int32), direct[by_batch]


_SEARCH = types.int64(
    _I32, _I32, _I32, types.int64, _I32, _I32,
    _I32, _I32, _I32, _I32, _I32, _I32, _I32, _I32, _I32, _I32,
    _I32, _I32, _I32, _I32,
    _I32, _I32, _I32, _I32, _I32, _I32, _I32, _I32,
    _I64, _I32, _I32, _I32,
    types.int32, _ROWS, _ROWS, types.int64[::1], types.int64, types.int64, types.int64[::1], _OUT, _ROWS,
)  # fmt: skip


@njit(types.void(_I32, _I32, types.int64, _I32, types.int64, types.int32, _OUT, _OUT, types.uint64[::1]),
      cache=True, nogil=True)  # fmt: skip
def _mark_above(arc_first, arc_head, first_public, parent, v, batch, on_path, queue, blocks):  # type: ignore[no-untyped-def]
    """Put ``v`` and all that its labels may climb to on the path."""
    queued = 0
    while True:
        # Up the elimination tree; inside a compound all upper neighbors have to be looked at.
        while v >= 0 and on_path[v] != batch:
            on_path[v] = batch
            blocks[v >> 6] |= _ONE << np.uint64(v & 63)
            if v < first_public:
                for a in range(arc_first[v], arc_first[v + 1]):
                    if on_path[arc_head[a]] != batch:
                        queue[queued] = arc_head[a]
                        queued += 1
                break
            v = parent[v]
        if queued == 0:
            break
        queued -= 1
        v = queue[queued]


@njit(_SEARCH, cache=True, nogil=True)
def _search(  # type: ignore[no-untyped-def]
    arc_first, arc_head, arc_cm, first_public, parent, group_of,
    rank, chosen, chosen_first, chosen_far, chosen_head, chosen_cm, below, chosen_of_group, gate_first, gate_group,
    tail, to_tail, head, to_head,
    site_first, site, site_low_cm, site_high, site_high_cm, passage_first, passage, passage_cm,
    pair_first, pair_lane, pair_facility, pair_cm,
    limit, labels, state, row_of, start, stop, first, facility, distance,
):  # fmt: skip
    """Search batches from ``start`` to ``stop`` while there is room for their rows; returns the next batch.

    Labels are infinite between batches, so that the way down need not ask which of them are known: branches that the
    processor guesses wrong would cost more than the labels.
    """
    nothing = spread(_INFINITY)
    on_path, looked_into, path = state[0], state[1], state[2]
    queue, groups, touched = state[3], state[4], state[5]
    blocks = np.zeros((parent.size >> 6) + 1, np.uint64)
    used = first[start]
    for batch in range(start, stop):
        if used + row_of.size > facility.size:
            return batch
        inside = 0
        for i in range(batch * LANES, (batch + 1) * LANES):
            if tail[i] < 0:
                continue
            for end in range(2):
                v = tail[i] if end == 0 else head[i]
                cm = to_tail[i] if end == 0 else to_head[i]
                if on_path[v] != batch:
                    _mark_above(arc_first, arc_head, first_public, parent, v, batch, on_path, queue, blocks)
                labels[v, i - batch * LANES] = min(labels[v, i - batch * LANES], cm)
                if v < first_public:
                    g = group_of[v]
                    if looked_into[g] != batch and chosen_of_group[g] < chosen_of_group[g + 1]:
                        looked_into[g] = batch
                        groups[inside] = g
                        inside += 1
        steps = 0
        for block in range(blocks.size):
            bits = blocks[block]
            blocks[block] = 0
            while bits != 0:
                path[steps] = (block << 6) + lowest_bit(bits)
                steps += 1
                bits &= bits - _ONE
        # Above the highest position that somebody reaches on the way up, nobody gets anywhere on the way down.
        top = first_public - 1
        for i in range(steps):
            v = path[i]
            row = load(labels, v)
            if any_within(row, limit):
                top = max(top, v)
                for a in range(arc_first[v], arc_first[v + 1]):
                    u = arc_head[a]
                    store(labels, u, lower(load(labels, u), add(row, arc_cm[a])))
        begin = used
        changed = 0
        looked = -1
        low = chosen_of_group[-1]
        i = rank[top + 1] - 1
        while True:
            if i < low:
                # The public part is done, or one compound: on to the next compound that was met.
                looked += 1
                if looked == inside:
                    break
                i = chosen_of_group[groups[looked] + 1] - 1
                low = chosen_of_group[groups[looked]]
            v = chosen[i]
            row = load(labels, v)
            above = nothing
            for a in range(chosen_first[i], chosen_far[i]):
                upper = load(labels, chosen_head[a])
                above = lower(above, upper)
                row = lower(row, add(upper, chosen_cm[a]))
            if not any_within(above, limit) and on_path[v] != batch:
                # What hangs below may still be close to an upper neighbor that is far from here.
                for a in range(chosen_far[i], chosen_first[i + 1]):
                    above = lower(above, load(labels, chosen_head[a]))
                if not any_within(above, limit):
                    i = below[i] - 1
                    continue
            store(labels, v, row)
            touched[changed] = v
            changed += 1
            if gate_first[i] < gate_first[i + 1] and any_within(row, limit):
                for gate in range(gate_first[i], gate_first[i + 1]):
                    g = gate_group[gate]
                    if looked_into[g] != batch:
                        looked_into[g] = batch
                        groups[inside] = g
                        inside += 1
            for f in range(site_first[v], site_first[v + 1]):
                there = lower(add(row, site_low_cm[f]), add(load(labels, site_high[f]), site_high_cm[f]))
                if any_within(there, limit):
                    store(distance, used, there)
                    facility[used] = site[f]
                    row_of[site[f]] = used
                    used += 1
            i -= 1
        # Facilities that were lifted past the start of somebody's way.
        for i in range(steps - 1, -1, -1):
            v = path[i]
            if rank[v] < rank[v + 1]:
                continue
            row = load(labels, v)
            for a in range(arc_first[v], arc_first[v + 1]):
                row = lower(row, add(load(labels, arc_head[a]), arc_cm[a]))
            store(labels, v, row)
            for p in range(passage_first[v], passage_first[v + 1]):
                there = add(row, passage_cm[p])
                f = passage[p]
                if row_of[f] >= begin:
                    store(distance, row_of[f], lower(there, load(distance, row_of[f])))
                elif any_within(there, limit):
                    store(distance, used, there)
                    facility[used] = f
                    row_of[f] = used
                    used += 1
        for i in range(changed):
            store(labels, touched[i], nothing)
        for i in range(steps):
            store(labels, path[i], nothing)
        for i in range(pair_first[batch], pair_first[batch + 1]):
            f = pair_facility[i]
            if pair_cm[i] <= limit:
                if row_of[f] < begin:
                    store(distance, used, nothing)
                    facility[used] = f
                    row_of[f] = used
                    used += 1
                lane = pair_lane[i]
                distance[row_of[f], lane] = min(distance[row_of[f], lane], pair_cm[i])
        first[batch + 1] = used
    return stop


@njit(_SEARCH, cache=True, nogil=True)
def _search_plainly(  # type: ignore[no-untyped-def]
    arc_first, arc_head, arc_cm, first_public, parent, group_of,
    rank, chosen, chosen_first, chosen_far, chosen_head, chosen_cm, below, chosen_of_group, gate_first, gate_group,
    tail, to_tail, head, to_head,
    site_first, site, site_low_cm, site_high, site_high_cm, passage_first, passage, passage_cm,
    pair_first, pair_lane, pair_facility, pair_cm,
    limit, labels, state, row_of, start, stop, first, facility, distance,
):  # fmt: skip
    """The same without vectors and without leaving anything out."""
    n = parent.size
    used = first[start]
    for batch in range(start, stop):
        if used + row_of.size > facility.size:
            return batch
        begin = used
        labels[:] = _INFINITY
        for i in range(batch * LANES, (batch + 1) * LANES):
            if tail[i] >= 0:
                lane = i - batch * LANES
                labels[tail[i], lane] = min(labels[tail[i], lane], to_tail[i])
                labels[head[i], lane] = min(labels[head[i], lane], to_head[i])
        for v in range(n):
            for a in range(arc_first[v], arc_first[v + 1]):
                for lane in range(LANES):
                    u = arc_head[a]
                    labels[u, lane] = min(labels[u, lane], labels[v, lane] + arc_cm[a])
        for v in range(n - 1, -1, -1):
            for a in range(arc_first[v], arc_first[v + 1]):
                for lane in range(LANES):
                    labels[v, lane] = min(labels[v, lane], labels[arc_head[a], lane] + arc_cm[a])
            for i in range(site_first[v], site_first[v + 1]):
                met = False
                for lane in range(LANES):
                    by_high = labels[site_high[i], lane] + site_high_cm[i]
                    there = min(labels[v, lane] + site_low_cm[i], by_high)
                    distance[used, lane] = min(there, _INFINITY)
                    met |= there <= limit
                if met:
                    facility[used] = site[i]
                    row_of[site[i]] = used
                    used += 1
        for i in range(pair_first[batch], pair_first[batch + 1]):
            f = pair_facility[i]
            if pair_cm[i] <= limit:
                if row_of[f] < begin:
                    distance[used] = _INFINITY
                    facility[used] = f
                    row_of[f] = used
                    used += 1
                lane = pair_lane[i]
                distance[row_of[f], lane] = min(distance[row_of[f], lane], pair_cm[i])
        first[batch + 1] = used
    return stop


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
