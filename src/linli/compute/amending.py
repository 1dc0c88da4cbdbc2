"""The hierarchy of an edited network, made from the hierarchy of the network before in a few milliseconds.

New nodes come highest among their kind: inner ones after the old inner nodes of their compound, public ones after all
public nodes. So nothing below them changes its order, and all that a new node needs are arcs from what lies above its
neighbors in the elimination tree: a hundred positions or so. Closed edges need the lengths of the arcs again.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from linli.compute.changes import Changed
from linli.compute.hierarchy import Hierarchy, customize_arcs, gates_of
from linli.compute.network import INFINITY_CM
from linli.compute.placing import Placing

Ints = NDArray[np.int32]

_I32 = types.Array(types.int32, 1, "C", readonly=True)


def amend(hierarchy: Hierarchy, result: Changed) -> Hierarchy:
    """The hierarchy of ``result.network``, given that of ``result.base``.

    Every search gives the same whole centimetres as after ``hierarchy.prepare(result.network)``.
    """
    base = _shut(hierarchy, result)
    old = result.base.nodes
    added = result.network.nodes - old
    if added == 0:
        return replace(base, edge_cm=result.network.length_cm)
    plan = Placing(base, result)
    arc_first, arc_head, arc_cm, needed_cm, moved_to = _arcs(base, plan)
    position = np.concatenate([plan.place[base.position], plan.place_of_new])
    edge_tail, edge_head = plan.edge_ends(position)
    edge_arc = moved_to[base.edge_arc]
    fresh = plan.fresh_edges
    ends = np.column_stack([edge_tail[fresh], edge_head[fresh]])
    edge_arc = np.concatenate([edge_arc, np.empty(edge_tail.size - edge_arc.size, dtype=np.int32)])
    edge_arc[fresh] = _arc_between(arc_first, arc_head, ends)
    inner = int(base.first_public) + int(plan.inner_added.sum())
    group_first = base.group_first + np.concatenate([[0], np.cumsum(plan.inner_added)]).astype(np.int32)
    if plan.inner_added.any():
        groups = np.arange(group_first.size - 1, dtype=np.int32)
        gate_first, gate_group = gates_of(arc_first, arc_head, np.repeat(groups, np.diff(group_first)), position.size)
    else:
        more = np.full(added, base.gate_first[-1], dtype=np.int32)
        gate_first, gate_group = np.concatenate([base.gate_first, more]), base.gate_group
    return Hierarchy(
        position=position,
        first_public=np.array(inner, dtype=np.int32),
        arc_first=arc_first,
        arc_head=arc_head,
        arc_cm=arc_cm,
        needed_cm=needed_cm,
        parent=plan.parents(),
        subtree=plan.subtrees(),
        group_first=group_first,
        gate_first=gate_first,
        gate_group=gate_group,
        edge_tail=edge_tail,
        edge_head=edge_head,
        edge_arc=edge_arc,
        edge_cm=result.network.length_cm,
        locality=plan.localities(),
    )


def _shut(hierarchy: Hierarchy, result: Changed) -> Hierarchy:
    """The same order without the closed edges."""
    if result.closed.size == 0:
        return hierarchy
    h = hierarchy
    length = h.edge_cm.copy()
    length[result.closed] = INFINITY_CM
    arc_cm = np.full(h.arc_head.size, INFINITY_CM, dtype=np.int32)
    customize_arcs(h.arc_first, h.arc_head, int(h.first_public), h.edge_arc, length, arc_cm)
    # Which arcs lie on no shortest way is not asked again: an arc too many costs time, one too few a way.
    return replace(h, arc_cm=arc_cm, needed_cm=arc_cm, edge_cm=length)


def _arcs(base: Hierarchy, plan: Placing) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """First arcs, heads, lengths, lengths needed, and the new number of each old arc."""
    tail, head, cm = plan.more_arcs()
    total = plan.result.network.nodes
    first = np.zeros(total + 1, dtype=np.int32)
    np.cumsum(np.bincount(tail, minlength=total), out=first[1:])
    old_of = np.full(total, -1, dtype=np.int32)
    old_of[plan.place] = np.arange(plan.old, dtype=np.int32)
    h = base
    out: tuple[Ints, Ints, Ints, Ints, Ints] = _merged(
        h.arc_first, h.arc_head, h.arc_cm, h.needed_cm, plan.place, old_of, first, head, cm
    )
    return out


def _arc_between(arc_first: Ints, arc_head: Ints, ends: Ints) -> Ints:
    """The arc between the positions of each pair."""
    answer = np.empty(ends.shape[0], dtype=np.int32)
    for row, (low, high) in enumerate(np.sort(ends, axis=1).tolist()):
        first, last = arc_first[low], arc_first[low + 1]
        answer[row] = first + np.searchsorted(arc_head[first:last], high)
    return answer


@njit(types.UniTuple(types.int32[::1], 5)(_I32, _I32, _I32, _I32, _I32, _I32, _I32, _I32, _I32), cache=True, nogil=True)
def _merged(arc_first, arc_head, arc_cm, needed_cm, place, old_of, more_first, more_head, more_cm):  # type: ignore[no-untyped-def]
    """Old arcs by their new positions, and more arcs between them; heads ascend."""
    total = old_of.size
    first = np.zeros(total + 1, np.int32)
    head = np.empty(arc_head.size + more_head.size, np.int32)
    cm = np.empty(head.size, np.int32)
    needed = np.empty(head.size, np.int32)
    moved_to = np.empty(arc_head.size, np.int32)
    used = 0
    for w in range(total):
        v = old_of[w]
        a, stop = 0, 0
        if v >= 0:
            a, stop = arc_first[v], arc_first[v + 1]
        b, end = more_first[w], more_first[w + 1]
        while a < stop or b < end:
            if b == end or (a < stop and place[arc_head[a]] < more_head[b]):
                head[used] = place[arc_head[a]]
                cm[used] = arc_cm[a]
                needed[used] = needed_cm[a]
                moved_to[a] = used
                a += 1
            else:
                head[used] = more_head[b]
                cm[used] = more_cm[b]
                needed[used] = more_cm[b]
                b += 1
            used += 1
        first[w + 1] = used
    return first, head, cm, needed, moved_to
