"""One elimination order for all searches: after it, a search is one pass up the arcs and one pass down.

Nodes are renumbered by the order ("positions"): interiors of compounds first, one compound after the other, then the
public nodes in postorder of their elimination tree. Eliminating a node joins its upper neighbors pairwise, except that
the inside of a compound never joins two public nodes: so a path climbs out of its compound, walks public ways, and
descends into another compound, which is rule R. See ``docs/algorithms/elimination-and-sweeps.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numba import njit, types
from numpy.typing import ArrayLike, NDArray

from linli.compute import dissection, inputs
from linli.compute.network import INFINITY_CM, WalkingNetwork

Ints = NDArray[np.int32]

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_ARCS_PER_NODE_MAX = 8
"""A street network needs three to four; more means that the order is wrong."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A network prepared for searches; arrays only, so that it can be kept (``as_arrays``, ``from_arrays``).

    Attributes
    ----------
    position : (n,) int32
        Of each node, in the elimination order. All the following speak of positions.
    first_public : () int32
        Positions below it lie inside compounds.
    arc_first, arc_head, arc_cm : (n + 1,), (a,), (a,) int32
        Upward arcs, with their lengths. Heads ascend.
    needed_cm : (a,) int32
        The same lengths, but ``INFINITY_CM`` for arcs that lie on no shortest way.
    parent : (n,) int32
        The lowest upper neighbor; for an interior node the lowest interior one; -1 at a root.
    subtree : (n,) int32
        Of a public position v: ``subtree[v]..v`` is all that hangs below it in the elimination tree.
    group_first : (g + 1,) int32
        The interior positions of the g compounds, one compound after the other.
    gate_first, gate_group : (n - first_public + 1,), (gates,) int32
        The compounds whose inner nodes have an arc to each public position.
    edge_tail, edge_head, edge_arc : (m,) int32
        Ends of the network's edges, and the arc each one lies on.
    edge_cm : (m,) int32
    locality : (n,) int32
        Numbers that are close for positions that lie close to each other.
    """

    position: Ints
    first_public: Ints
    arc_first: Ints
    arc_head: Ints
    arc_cm: Ints
    needed_cm: Ints
    parent: Ints
    subtree: Ints
    group_first: Ints
    gate_first: Ints
    gate_group: Ints
    edge_tail: Ints
    edge_head: Ints
    edge_arc: Ints
    edge_cm: Ints
    locality: Ints

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return int(self.position.size)

    def as_arrays(self) -> dict[str, Ints]:
        """For ``numpy.savez``."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def from_arrays(arrays: Mapping[str, Any]) -> Hierarchy:
    """The hierarchy that ``as_arrays`` gave away."""
    return Hierarchy(**{field.name: np.asarray(arrays[field.name], dtype=np.int32) for field in fields(Hierarchy)})


def prepare(network: WalkingNetwork, *, metis: bool = True) -> Hierarchy:
    """Order the nodes, find the arcs and give them the network's lengths."""
    order, of_group, groups = _order(network, metis=metis)
    arc_first, arc_head, parent = upward_arcs(network, order, int(of_group.size))
    if of_group.size < network.nodes:
        order = _by_postorder(order, parent, of_group.size)
        arc_first, arc_head, parent = upward_arcs(network, order, int(of_group.size))
    if network.nodes > 1000 and network.edges.shape[0] < 2 * network.nodes:
        assert arc_head.size < _ARCS_PER_NODE_MAX * network.nodes, "the elimination order is not one"
    position = np.empty(network.nodes, dtype=np.int32)
    position[order] = np.arange(network.nodes, dtype=np.int32)
    ends = position[network.edges].reshape(-1, 2)
    gate_first, gate_group = gates_of(arc_first, arc_head, of_group, network.nodes)
    hierarchy = Hierarchy(
        position=position,
        first_public=np.array(of_group.size, dtype=np.int32),
        arc_first=arc_first,
        arc_head=arc_head,
        arc_cm=np.empty(0, dtype=np.int32),
        needed_cm=np.empty(0, dtype=np.int32),
        parent=parent,
        subtree=_subtrees(parent, of_group.size),
        group_first=np.searchsorted(of_group, np.arange(groups + 1)).astype(np.int32),
        gate_first=gate_first,
        gate_group=gate_group,
        edge_tail=np.ascontiguousarray(ends[:, 0]),
        edge_head=np.ascontiguousarray(ends[:, 1]),
        edge_arc=edge_arcs(ends, arc_first, arc_head),
        edge_cm=np.empty(0, dtype=np.int32),
        locality=_along_curve(network.xy[order]),
    )
    return customize(hierarchy, network.length_cm)


def customize(hierarchy: Hierarchy, length_cm: ArrayLike) -> Hierarchy:
    """The same hierarchy for other lengths of its edges, (m,) int; ``INFINITY_CM`` closes an edge."""
    length = inputs.integers("length_cm", length_cm, rows=hierarchy.edge_arc.size, lowest=0, below=INFINITY_CM + 1)
    arc_cm = np.full(hierarchy.arc_head.size, INFINITY_CM, dtype=np.int32)
    customize_arcs(
        hierarchy.arc_first, hierarchy.arc_head, int(hierarchy.first_public), hierarchy.edge_arc, length, arc_cm
    )
    shortest = arc_cm.copy()
    _shorten(hierarchy.arc_first, hierarchy.arc_head, int(hierarchy.first_public), shortest)
    needed_cm = np.where(shortest < arc_cm, np.int32(INFINITY_CM), arc_cm)
    return replace(hierarchy, arc_cm=arc_cm, needed_cm=needed_cm, edge_cm=length)


def _order(network: WalkingNetwork, *, metis: bool) -> tuple[Ints, Ints, int]:
    """Nodes to eliminate one after the other: interiors by compound, then public ones; and the compounds, by number."""
    inside = network.compound >= 0
    public = _dissected(network, np.flatnonzero(~inside), metis=metis)
    inner = _dissected(network, np.flatnonzero(inside), metis=metis)
    compounds, group = np.unique(network.compound[inner], return_inverse=True)
    # Compounds come in the order of the public nodes at their gates, so that neighbors stay neighbors.
    rank = np.empty(network.nodes, dtype=np.int64)
    rank[public] = np.arange(public.size)
    ends = network.edges[inside[network.edges].sum(axis=1) == 1] if network.edges.size else network.edges
    ends = np.where(inside[ends[:, :1]], ends, ends[:, ::-1])
    lowest = np.full(compounds.size, network.nodes, dtype=np.int64)
    np.minimum.at(lowest, np.searchsorted(compounds, network.compound[ends[:, 0]]), rank[ends[:, 1]])
    place = np.empty(compounds.size, dtype=np.int64)
    place[np.argsort(lowest, kind="stable")] = np.arange(compounds.size)
    by_group = np.argsort(place[group], kind="stable")
    order = np.concatenate([inner[by_group], public]).astype(np.int32)
    return order, place[group][by_group].astype(np.int32), int(compounds.size)


def _dissected(network: WalkingNetwork, nodes: NDArray[np.int64], *, metis: bool) -> NDArray[np.int64]:
    """Some nodes, in the elimination order of the graph that the network has between them."""
    local = np.full(network.nodes, -1, dtype=np.int64)
    local[nodes] = np.arange(nodes.size)
    ends = local[network.edges]
    first, neighbor = _neighbors(ends[(ends >= 0).all(axis=1)], nodes.size)
    return nodes[dissection.order(first, neighbor, network.xy[nodes], metis=metis)]


def _neighbors(ends: NDArray[np.integer], n: int) -> tuple[Ints, Ints]:
    """Distinct neighbors of each node, ascending."""
    both = np.concatenate([ends, ends[:, ::-1]]).astype(np.int64)
    key = np.unique(both[:, 0] * max(n, 1) + both[:, 1])
    first = np.searchsorted(key // max(n, 1), np.arange(n + 1)).astype(np.int32)
    return first, (key % max(n, 1)).astype(np.int32)


def upward_arcs(network: WalkingNetwork, order: Ints, first_public: int) -> tuple[Ints, Ints, Ints]:
    """Upward arcs of all positions and their parents."""
    position = np.empty(order.size, dtype=np.int64)
    position[order] = np.arange(order.size)
    first, neighbor = _neighbors(position[network.edges].reshape(-1, 2), order.size)
    room = 4 * neighbor.size + order.size
    while True:
        head = np.empty(room, dtype=np.int32)
        arc_first = np.zeros(order.size + 1, dtype=np.int32)
        parent = np.full(order.size, -1, dtype=np.int32)
        used = _eliminate(first, neighbor, first_public, arc_first, head, parent)
        if used >= 0:
            return arc_first, head[:used].copy(), parent
        room *= 4


@njit(
    types.int64(_I32, _I32, types.int64, types.int32[::1], types.int32[::1], types.int32[::1]), cache=True, nogil=True
)
def _eliminate(first, neighbor, first_public, arc_first, head, parent):  # type: ignore[no-untyped-def]
    """Write the arcs position by position; -1 if ``head`` is too small for them."""
    n = parent.size
    seen = np.full(n, -1, np.int32)
    child = np.full(n, -1, np.int32)
    sibling = np.full(n, -1, np.int32)
    used = 0
    for v in range(n):
        arc_first[v] = used
        seen[v] = v
        for a in range(first[v], first[v + 1]):
            u = neighbor[a]
            if u > v:
                if used == head.size:
                    return -1
                seen[u] = v
                head[used] = u
                used += 1
        c = child[v]
        while c >= 0:
            for a in range(arc_first[c], arc_first[c + 1]):
                u = head[a]
                if seen[u] != v:
                    if used == head.size:
                        return -1
                    seen[u] = v
                    head[used] = u
                    used += 1
            c = sibling[c]
        head[arc_first[v] : used].sort()
        if used > arc_first[v]:
            p = head[arc_first[v]]
            # What hangs inside a compound passes its arcs on to the inside only: no fill between public nodes.
            if v >= first_public or p < first_public:
                parent[v] = p
                sibling[v] = child[p]
                child[p] = v
        arc_first[v + 1] = used
    return used


def _by_postorder(order: Ints, parent: Ints, first_public: int) -> Ints:
    """The order with its public part in postorder of the elimination tree."""
    rank: Ints = _postorder(parent, first_public)
    again = np.empty_like(order)
    again[rank] = order
    return again


@njit(types.int32[::1](_I32, types.int64), cache=True, nogil=True)
def _postorder(parent, first_public):  # type: ignore[no-untyped-def]
    """New positions: children before parents, every subtree in one piece."""
    n = parent.size
    size = np.ones(n, np.int32)
    for v in range(first_public, n):
        if parent[v] >= 0:
            size[parent[v]] += size[v]
    rank = np.arange(n).astype(np.int32)
    # From the roots down: each takes the end of its interval, its children share the rest, the last one first.
    free = np.zeros(n, np.int32)
    top = n
    for v in range(n - 1, first_public - 1, -1):
        p = parent[v]
        if p < 0:
            end = top
            top -= size[v]
        else:
            end = free[p]
            free[p] -= size[v]
        rank[v] = end - 1
        free[v] = end - 1
    return rank


def _subtrees(parent: Ints, first_public: int) -> Ints:
    """Lowest position below each public position."""
    lowest = np.arange(parent.size, dtype=np.int32)
    _lowest_below(parent, first_public, lowest)
    return lowest


@njit(types.void(_I32, types.int64, types.int32[::1]), cache=True, nogil=True)
def _lowest_below(parent, first_public, lowest):  # type: ignore[no-untyped-def]
    for v in range(first_public, parent.size):
        p = parent[v]
        if p >= 0 and lowest[v] < lowest[p]:
            lowest[p] = lowest[v]


def gates_of(arc_first: Ints, arc_head: Ints, of_group: Ints, n: int) -> tuple[Ints, Ints]:
    """For each public position the compounds that have an arc to it."""
    inner = of_group.size
    tail_group = np.repeat(of_group, np.diff(arc_first[: inner + 1]))
    head = arc_head[: arc_first[inner]]
    out = head >= inner
    groups = max(int(of_group[-1]) + 1, 1) if inner else 1
    key = np.unique((head[out].astype(np.int64) - inner) * groups + tail_group[out])
    first = np.searchsorted(key // groups, np.arange(n - inner + 1)).astype(np.int32)
    return first, (key % groups).astype(np.int32)


def edge_arcs(ends: Ints, arc_first: Ints, arc_head: Ints) -> Ints:
    """The arc between the ends of each edge."""
    n = arc_first.size - 1
    tail = np.repeat(np.arange(n, dtype=np.int64), np.diff(arc_first))
    key = tail * max(n, 1) + arc_head
    low, high = ends.min(axis=1, initial=n), ends.max(axis=1, initial=0)
    return np.asarray(np.searchsorted(key, low.astype(np.int64) * max(n, 1) + high), dtype=np.int32)


def _along_curve(xy: NDArray[np.float64]) -> Ints:
    """Ranks along a Hilbert curve over 65,536 by 65,536 cells."""
    if xy.shape[0] == 0:
        return np.empty(0, dtype=np.int32)
    low = xy.min(axis=0)
    extent = max(float((xy.max(axis=0) - low).max()), 1e-9)
    x, y = ((xy - low) / extent * 65535).astype(np.int64).T
    curve = np.zeros(xy.shape[0], dtype=np.int64)
    side = 2**15
    while side:
        right, up = (x & side) > 0, (y & side) > 0
        curve += side * side * ((3 * right) ^ up)
        flipped = ~up & right
        x, y = np.where(flipped, 65535 - x, x), np.where(flipped, 65535 - y, y)
        x, y = np.where(up, x, y), np.where(up, y, x)
        side //= 2
    rank = np.empty(xy.shape[0], dtype=np.int32)
    rank[np.argsort(curve, kind="stable")] = np.arange(xy.shape[0], dtype=np.int32)
    return rank


@njit(types.void(_I32, _I32, types.int64, _I32, _I32, types.int32[::1]), cache=True, nogil=True)
def customize_arcs(arc_first, arc_head, first_public, edge_arc, length_cm, arc_cm):  # type: ignore[no-untyped-def]
    """Lower every arc to its shortest edge and to its shortest detour over a lower position."""
    for e in range(edge_arc.size):
        arc_cm[edge_arc[e]] = min(arc_cm[edge_arc[e]], length_cm[e])
    for v in range(arc_first.size - 1):
        stop = arc_first[v + 1]
        for a in range(arc_first[v], stop):
            u = arc_head[a]
            if v < first_public and u >= first_public:
                break
            by_way = arc_cm[a]
            b = arc_first[u]
            for c in range(a + 1, stop):
                while arc_head[b] != arc_head[c]:
                    b += 1
                arc_cm[b] = min(arc_cm[b], by_way + arc_cm[c])


@njit(types.void(_I32, _I32, types.int64, types.int32[::1]), cache=True, nogil=True)
def _shorten(arc_first, arc_head, first_public, arc_cm):  # type: ignore[no-untyped-def]
    """Lower every arc to the shortest way between its ends over a higher position.

    An arc that becomes shorter lies on no shortest way. The way that replaces an inner arc of a compound has to stay
    inside; that of an arc to a public node may leave earlier.
    """
    for v in range(arc_first.size - 2, -1, -1):
        stop = arc_first[v + 1]
        for a in range(arc_first[v], stop):
            u = arc_head[a]
            between = arc_first[u]
            for b in range(a + 1, stop):
                while between < arc_first[u + 1] and arc_head[between] < arc_head[b]:
                    between += 1
                if between == arc_first[u + 1]:
                    break
                # Between public nodes there is no arc for the sake of an inner one.
                if arc_head[between] == arc_head[b]:
                    arc_cm[b] = min(arc_cm[b], arc_cm[a] + arc_cm[between])
                    if v >= first_public or u >= first_public or arc_head[b] < first_public:
                        arc_cm[a] = min(arc_cm[a], arc_cm[b] + arc_cm[between])
