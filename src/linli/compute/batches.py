"""What a bounded search from many origins reads: origins by 32, facilities hung high, the hierarchy between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from linli.compute import balls
from linli.compute.hierarchy import Hierarchy
from linli.compute.lanes import LANES, scratch, uses_vectors
from linli.compute.network import INFINITY_CM
from linli.compute.snapping import Anchors
from linli.compute.sweep import check_anchors, grouped, same_edge_pairs

Ints = NDArray[np.int32]

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_ROWS = types.int32[:, ::1]
_OUT = types.int32[::1]
_INFINITY = np.int32(INFINITY_CM)
_PASSAGES_EACH = 8


@dataclass(frozen=True, slots=True)
class Search:
    """All that the compiled search reads, and its memory."""

    slot: Ints
    first: NDArray[np.int64]
    """Where the rows of each batch begin; filled by the search."""
    reads: tuple[Any, ...]
    labels: Ints
    state: Ints
    row_of: NDArray[np.int64]

    def run(self, start: int, stop: int, first: NDArray[np.int64], facility: Ints, distance: Ints) -> int:
        search = balls.search if uses_vectors() else balls.search_plainly
        memory = self.labels, self.state, self.row_of
        return int(search(*self.reads, *memory, start, stop, first, facility, distance))


def prepared(hierarchy: Hierarchy, origins: Anchors, facilities: Anchors, limit_cm: int) -> Search:
    check_anchors("origins", hierarchy, origins)
    check_anchors("facilities", hierarchy, facilities)
    if not 0 <= limit_cm < INFINITY_CM:
        raise ValueError(f"limit_cm: {limit_cm} is not between 0 and {INFINITY_CM}")
    h = hierarchy
    slot, batches = _slots(h, origins)
    kept, sites, passages = _lifted(h, facilities, uses_vectors())
    group_of = np.repeat(np.arange(h.group_first.size - 1, dtype=np.int32), np.diff(h.group_first))
    reads = (
        h.arc_first, h.arc_head, h.needed_cm, int(h.first_public), h.parent, group_of,
        *_chosen(h, kept, sites[0], int(limit_cm)), *_by_slot(h, origins, slot, batches), *sites, *passages,
        *_pairs_by_batch(origins, facilities, slot, batches), int(limit_cm),
    )  # fmt: skip
    labels = scratch(h.nodes)
    labels.fill(_INFINITY)
    state = np.empty((6, h.nodes + 1 + int(h.arc_first[h.first_public])), dtype=np.int32)
    state[:2, : h.nodes] = -1
    row_of = np.full(len(facilities), -1, dtype=np.int64)
    return Search(slot, np.zeros(batches + 1, dtype=np.int64), reads, labels, state, row_of)


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

    A facility hangs on the ends of its edge. If nothing but facilities hangs on the lower end, and it has no more
    than two upper neighbors, they can as well hang on those. Only who starts below the lower end has to look there:
    a passage.

    Returns the positions that remain; the facilities by their lower position: where each position's begin, who they
    are, the way from there, the upper position, the way from it; the passages: where each position's begin, facility,
    way.
    """
    h = hierarchy
    tail, head = h.edge_tail[facilities.edge], h.edge_head[facilities.edge]
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    low_cm = np.where(tail < head, facilities.to_tail_cm, facilities.to_head_cm)
    high_cm = np.where(tail < head, facilities.to_head_cm, facilities.to_tail_cm)
    kept = np.zeros(h.nodes, dtype=np.bool_)
    passages = np.empty((3, _PASSAGES_EACH * len(facilities) if lift else 0), dtype=np.int32)
    used = _lift(h.arc_first, h.arc_head, h.needed_cm, low, low_cm, high, high_cm, kept, passages)
    first, site = grouped(low, h.nodes)
    passage_first, order = grouped(passages[0, :used], h.nodes)
    return (
        kept,
        (first, np.column_stack([site, low_cm[site], high[site], high_cm[site]])),
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


def _chosen(hierarchy: Hierarchy, kept: NDArray[np.bool_], site_first: Ints, limit: int) -> tuple[Ints, ...]:
    """The hierarchy between the positions that are kept, which are those on ways down to facilities.

    Returns for each position (and one more) the number of kept ones below it; the plan, (kept + 1, 6): position, where
    its links begin, and among them those beyond the limit, the number of kept positions below its subtree, where its
    gates and its facilities begin; the links: upper neighbor and length; where the plan of each compound begins; and
    the compounds behind the gates.
    """
    h = hierarchy
    rank = np.zeros(h.nodes + 1, dtype=np.int32)
    np.cumsum(kept, out=rank[1:])
    group_first = rank[h.group_first]
    behind = np.diff(group_first)[h.gate_group] > 0
    gates = np.zeros(h.nodes + 1, dtype=np.int32)
    gates[h.first_public + 1 :] = np.concatenate([[0], np.cumsum(behind)])[h.gate_first[1:]]
    plan = np.empty((int(rank[-1]) + 1, 6), dtype=np.int32)
    links = np.empty((int(np.diff(h.arc_first)[kept].sum()), 2), dtype=np.int32)
    _plan(h.arc_first, h.arc_head, h.needed_cm, h.subtree, kept, limit, rank, gates, site_first, plan, links)
    return rank, plan, links, group_first, h.gate_group[behind]


@njit(types.void(_I32, _I32, _I32, _I32, types.boolean[::1], types.int64, _I32, _I32, _I32, _ROWS, _ROWS),
      cache=True, nogil=True)  # fmt: skip
def _plan(  # type: ignore[no-untyped-def]
    arc_first, arc_head, arc_cm, subtree, kept, limit, rank, gates, site_first, plan, links
):  # fmt: skip
    """All that a visit reads lies side by side; of the links those within the limit come first."""
    used = 0
    for v in range(kept.size):
        if not kept[v]:
            continue
        i = rank[v]
        plan[i, 0] = v
        plan[i, 1] = used
        plan[i, 3] = rank[subtree[v]]
        plan[i, 4] = gates[v]
        plan[i, 5] = site_first[v]
        for is_far in (False, True):
            if is_far:
                plan[i, 2] = used
            for a in range(arc_first[v], arc_first[v + 1]):
                if (arc_cm[a] > limit) == is_far:
                    links[used, 0] = arc_head[a]
                    links[used, 1] = arc_cm[a]
                    used += 1
    last = rank[kept.size]
    plan[last, 0] = kept.size
    plan[last, 1] = used
    plan[last, 2] = used
    plan[last, 3] = last
    plan[last, 4] = gates[kept.size]
    plan[last, 5] = site_first[kept.size]


def _pairs_by_batch(
    origins: Anchors, facilities: Anchors, slot: Ints, batches: int
) -> tuple[NDArray[np.int64], Ints, Ints, Ints]:
    """Origins and facilities on the same edge: where each batch's begin, lanes, facilities, direct ways."""
    origin, facility, direct = same_edge_pairs(origins, facilities)
    begin, by_batch = grouped(slot[origin] // LANES, batches)
    lane = slot[origin[by_batch]] % np.int32(LANES)
    return begin.astype(np.int64), lane, facility[by_batch].astype(np.int32), direct[by_batch]
