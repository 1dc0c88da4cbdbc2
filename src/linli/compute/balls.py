"""The compiled search of 32 origins at once: up to what somebody reaches, and down to the facilities."""

from __future__ import annotations

import numpy as np
from numba import njit, types

from linli.compute.lanes import LANES, add, any_within, load, lower, lowest_bit, spread, store
from linli.compute.network import INFINITY_CM

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_I64 = types.Array(types.int64, 1, "C", readonly=True)
_TABLE = types.Array(types.int32, 2, "C", readonly=True)
_ROWS = types.int32[:, ::1]
_OUT = types.int32[::1]
_INFINITY = np.int32(INFINITY_CM)
_ONE = np.uint64(1)

_SEARCH = types.int64(
    _I32, _I32, _I32, types.int64, _I32, _I32,
    _I32, _TABLE, _TABLE, _I32, _I32,
    _I32, _I32, _I32, _I32,
    _I32, _TABLE, _I32, _I32, _I32,
    _I64, _I32, _I32, _I32,
    types.int32, _ROWS, _ROWS, types.int64[::1], types.int64, types.int64, types.int64[::1], _OUT, _ROWS,
)  # fmt: skip


@njit(types.void(_I32, _I32, types.int64, _I32, types.int64, types.int32, _OUT, _OUT, types.uint64[::1],
                 types.uint64[::1]),
      cache=True, nogil=True)  # fmt: skip
def _mark_above(arc_first, arc_head, first_public, parent, v, batch, on_path, queue, words, blocks):  # type: ignore[no-untyped-def]
    """Put ``v`` and all that its labels may climb to on the path."""
    queued = 0
    while True:
        # Up the elimination tree; inside a compound all upper neighbors have to be looked at.
        while v >= 0 and on_path[v] != batch:
            on_path[v] = batch
            words[v >> 6] |= _ONE << np.uint64(v & 63)
            blocks[v >> 12] |= _ONE << np.uint64((v >> 6) & 63)
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
def search(  # type: ignore[no-untyped-def]
    arc_first, arc_head, arc_cm, first_public, parent, group_of,
    rank, plan, links, chosen_of_group, gate_group,
    tail, to_tail, head, to_head,
    site_first, sites, passage_first, passage, passage_cm,
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
    # The path as a set of bits, and the words of it that are not zero as another.
    words = np.zeros((parent.size >> 6) + 1, np.uint64)
    blocks = np.zeros((parent.size >> 12) + 1, np.uint64)
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
                    _mark_above(arc_first, arc_head, first_public, parent, v, batch, on_path, queue, words, blocks)
                labels[v, i - batch * LANES] = min(labels[v, i - batch * LANES], cm)
                if v < first_public:
                    g = group_of[v]
                    if looked_into[g] != batch and chosen_of_group[g] < chosen_of_group[g + 1]:
                        looked_into[g] = batch
                        groups[inside] = g
                        inside += 1
        steps = 0
        for block in range(blocks.size):
            filled = blocks[block]
            blocks[block] = 0
            while filled != 0:
                word = (block << 6) + lowest_bit(filled)
                filled &= filled - _ONE
                bits = words[word]
                words[word] = 0
                while bits != 0:
                    path[steps] = (word << 6) + lowest_bit(bits)
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
            v = plan[i, 0]
            row = load(labels, v)
            above = nothing
            for a in range(plan[i, 1], plan[i, 2]):
                upper = load(labels, links[a, 0])
                above = lower(above, upper)
                row = lower(row, add(upper, links[a, 1]))
            if not any_within(above, limit) and on_path[v] != batch:
                # What hangs below may still be close to an upper neighbor that is far from here.
                for a in range(plan[i, 2], plan[i + 1, 1]):
                    above = lower(above, load(labels, links[a, 0]))
                if not any_within(above, limit):
                    i = plan[i, 3] - 1
                    continue
            store(labels, v, row)
            touched[changed] = v
            changed += 1
            if plan[i, 4] < plan[i + 1, 4] and any_within(row, limit):
                for gate in range(plan[i, 4], plan[i + 1, 4]):
                    g = gate_group[gate]
                    if looked_into[g] != batch:
                        looked_into[g] = batch
                        groups[inside] = g
                        inside += 1
            for s in range(plan[i, 5], plan[i + 1, 5]):
                f = sites[s, 0]
                there = lower(add(row, sites[s, 1]), add(load(labels, sites[s, 2]), sites[s, 3]))
                # Written in any case, and kept if somebody is near: cheaper than a branch nobody can foresee.
                near = any_within(there, limit)
                store(distance, used, there)
                facility[used] = f
                row_of[f] = used if near else -1
                used += near
            i -= 1
        # Facilities that were lifted past the start of somebody's way.
        for i in range(steps - 1, -1, -1):
            v = path[i]
            if passage_first[v] == passage_first[v + 1]:
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
def search_plainly(  # type: ignore[no-untyped-def]
    arc_first, arc_head, arc_cm, first_public, parent, group_of,
    rank, plan, links, chosen_of_group, gate_group,
    tail, to_tail, head, to_head,
    site_first, sites, passage_first, passage, passage_cm,
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
                    by_high = labels[sites[i, 2], lane] + sites[i, 3]
                    there = min(labels[v, lane] + sites[i, 1], by_high)
                    distance[used, lane] = min(there, _INFINITY)
                    met |= there <= limit
                if met:
                    facility[used] = sites[i, 0]
                    row_of[sites[i, 0]] = used
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
