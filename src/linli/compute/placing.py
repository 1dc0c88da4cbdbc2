"""Where the nodes that an edit adds come in the order of elimination, and the arcs to, from and between them."""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from linli.compute import dissection
from linli.compute.changes import Changed
from linli.compute.hierarchy import Hierarchy, customize_arcs, edge_arcs, upward_arcs
from linli.compute.network import INFINITY_CM, WalkingNetwork

Ints = NDArray[np.int32]

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_OUT = types.int32[::1]
_INFINITY = np.int32(INFINITY_CM)
_FEW = 24
"""So many nodes may be eliminated in any order."""


class Placing:
    """Where new nodes come, and the arcs to, from and between them."""

    def __init__(self, base: Hierarchy, result: Changed) -> None:
        self.base, self.result = base, result
        self.old = result.base.nodes
        network = result.network
        first_public, groups = int(base.first_public), base.group_first.size - 1
        side = network.compound[self.old :]
        self.group = self._groups_of(side)
        self.inner_added = np.bincount(self.group[self.group >= 0], minlength=groups)[:groups]
        before = np.concatenate([[0], np.cumsum(self.inner_added)])
        shift = np.repeat(before[:-1], np.diff(base.group_first))
        public_shift = np.full(self.old - first_public, before[-1])
        self.place = (np.arange(self.old) + np.concatenate([shift, public_shift])).astype(np.int32)
        m = result.base.edges.shape[0]
        self.fresh_edges = np.concatenate([result.split, np.arange(m, network.edges.shape[0])]).astype(np.int64)
        self.ends = network.edges[self.fresh_edges]
        self.cm = network.length_cm[self.fresh_edges]
        self.scratch = np.full(self.old, INFINITY_CM, dtype=np.int32)
        self.place_of_new = np.empty(side.size, dtype=np.int32)
        self.parent_of: dict[int, int] = {}
        self.tail: list[Ints] = []
        self.head: list[Ints] = []
        self.length: list[Ints] = []
        # Public nodes first: arcs from inner nodes ask for their places.
        self._place_public()
        for g in np.flatnonzero(self.inner_added).tolist():
            self._place_inner(g, int(base.group_first[g + 1] + before[g]))

    def _groups_of(self, side: Ints) -> NDArray[np.int64]:
        """The group of each new node; -1 for public ones."""
        group = np.full(side.size, -1, dtype=np.int64)
        for compound in np.unique(side[side >= 0]).tolist():
            some = int(np.argmax(self.result.base.compound == compound))
            position = self.base.position[some]
            group[side == compound] = np.searchsorted(self.base.group_first, position, side="right") - 1
        return group

    def _add(self, tail: NDArray[np.integer], head: NDArray[np.integer], cm: NDArray[np.integer]) -> None:
        self.tail.append(np.asarray(tail, dtype=np.int32))
        self.head.append(np.asarray(head, dtype=np.int32))
        self.length.append(np.minimum(cm, INFINITY_CM).astype(np.int32))

    def _climbs(self, nodes: NDArray[np.int64], limit: int) -> list[tuple[int, Ints, Ints]]:
        """For each of some new nodes that has old neighbors below ``limit``: all above these, and the ways there.

        Positions from ``limit`` on are met, but not climbed from.
        """
        h = self.base
        answer = []
        for node in nodes.tolist():
            at_head = self.ends[:, 1] == node
            rows = np.flatnonzero(at_head | (self.ends[:, 0] == node))
            other = np.where(at_head[rows], self.ends[rows, 0], self.ends[rows, 1])
            known = other < self.old
            seeds = h.position[other[known]]
            ours = (seeds < limit) & (seeds >= (h.first_public if limit == self.old else 0))
            if not ours.any():
                continue
            seed_cm = self.cm[rows[known]][ours]
            met, cm = _climb(h.arc_first, h.arc_head, h.arc_cm, h.parent, limit, seeds[ours], seed_cm, self.scratch)
            answer.append((node, met, cm))
        return answer

    def _place_public(self) -> None:
        """New public nodes, highest of all, one above the other."""
        nodes = self.old + np.flatnonzero(self.group < 0)
        if nodes.size == 0:
            return
        climbs = self._climbs(nodes, self.old)
        order = self._ordered(nodes, np.array([node for node, _, _ in climbs], dtype=np.int64))
        first = self.old + int(self.inner_added.sum())
        local = np.full(self.result.network.nodes, -1, dtype=np.int64)
        local[order] = np.arange(order.size)
        self.place_of_new[order - self.old] = first + np.arange(order.size)
        for node, met, cm in climbs:
            self._add(self.place[met], np.full(met.size, first + local[node]), cm)
        public = np.arange(int(self.base.first_public), self.old)
        roots = public[self.base.parent[public] < 0]
        # Every root hangs on the lowest new node, and every new node on the next: so subtrees stay intervals.
        self._add(self.place[roots], np.full(roots.size, first), np.full(roots.size, INFINITY_CM))
        self.parent_of.update((int(self.place[root]), first) for root in roots)
        self.parent_of.update((first + i, first + i + 1) for i in range(order.size - 1))
        self.parent_of[first + order.size - 1] = -1
        chain = np.column_stack([np.arange(order.size - 1), np.arange(1, order.size)])
        ends, between_cm = self._between(local, climbs)
        lowest = np.array([(0, local[node]) for node, _, _ in climbs if local[node]], dtype=np.int64).reshape(-1, 2)
        ends = np.concatenate([ends, chain, lowest])
        all_cm = np.concatenate([between_cm, np.full(chain.shape[0] + lowest.shape[0], INFINITY_CM)])
        arc_first, arc_head, arc_cm, _ = _eliminated(ends, all_cm, order.size, first_public=0)
        of_arc = np.repeat(np.arange(order.size), np.diff(arc_first))
        self._add(first + of_arc, first + arc_head, arc_cm)

    def _between(
        self, local: NDArray[np.int64], climbs: list[tuple[int, Ints, Ints]]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Edges between new nodes of one kind: those of the network, and those over what lies below them."""
        own = (local[self.ends] >= 0).all(axis=1)
        ends, cm = [local[self.ends[own]]], [self.cm[own].astype(np.int64)]
        if len(climbs) > 1:
            met = np.unique(np.concatenate([positions for _, positions, _ in climbs]))
            label = np.full((met.size, len(climbs)), INFINITY_CM, dtype=np.int64)
            for column, (_, positions, lengths) in enumerate(climbs):
                label[np.searchsorted(met, positions), column] = lengths
            number = np.array([local[node] for node, _, _ in climbs])
            for column in range(1, len(climbs)):
                over = (label[:, :column] + label[:, column : column + 1]).min(axis=0)
                ends.append(np.column_stack([number[:column], np.full(column, number[column])]))
                cm.append(np.minimum(over, INFINITY_CM))
        return np.concatenate(ends), np.concatenate(cm)

    def _ordered(self, nodes: NDArray[np.int64], hanging: NDArray[np.int64]) -> NDArray[np.int64]:
        """In which order to eliminate new nodes: those that touch old ones last, or dissected if they are many."""
        if nodes.size <= _FEW:
            return np.concatenate([nodes[~np.isin(nodes, hanging)], hanging])
        local = np.full(self.result.network.nodes, -1, dtype=np.int64)
        local[nodes] = np.arange(nodes.size)
        own = (local[self.ends] >= 0).all(axis=1)
        both = np.concatenate([local[self.ends[own]], local[self.ends[own]][:, ::-1]])
        key = np.unique(both[:, 0] * nodes.size + both[:, 1])
        first = np.searchsorted(key // nodes.size, np.arange(nodes.size + 1)).astype(np.int32)
        neighbor = (key % nodes.size).astype(np.int32)
        order = dissection.order(first, neighbor, self.result.network.xy[nodes])
        dissected = nodes[order]
        return np.concatenate([dissected[~np.isin(dissected, hanging)], hanging])

    def _place_inner(self, group: int, first: int) -> None:
        """New nodes of one compound, above its old ones."""
        nodes = self.old + np.flatnonzero(self.group == group)
        first_public = int(self.base.first_public)
        climbs = self._climbs(nodes, first_public)
        order = self._ordered(nodes, np.array([node for node, _, _ in climbs], dtype=np.int64))
        local = np.full(self.result.network.nodes, -1, dtype=np.int64)
        local[order] = np.arange(order.size)
        self.place_of_new[order - self.old] = first + np.arange(order.size)
        inner_climbs, out_tail, out_head, out_cm = [], [], [], []
        for node, met, cm in climbs:
            inside = met < first_public
            inner_climbs.append((node, met[inside], cm[inside]))
            self._add(self.place[met[inside]], np.full(int(inside.sum()), first + local[node]), cm[inside])
            out_tail.append(np.full(int((~inside).sum()), local[node]))
            out_head.append(self.place[met[~inside]].astype(np.int64))
            out_cm.append(cm[~inside].astype(np.int64))
            # What had no inner node above it has one now.
            for root in met[inside][self.base.parent[met[inside]] < 0].tolist():
                at = int(self.place[root])
                self.parent_of[at] = min(self.parent_of.get(at, first + order.size), first + int(local[node]))
        ends, between_cm = self._between(local, inner_climbs)
        tail, head, length = self._own_gates(local)
        out_tail, out_head, out_cm = [*out_tail, tail], [*out_head, head], [*out_cm, length]
        tails, heads = np.concatenate(out_tail), np.concatenate(out_head)
        met_public, number = np.unique(heads, return_inverse=True)
        ends = np.concatenate([ends, np.column_stack([tails, order.size + number])])
        all_cm = np.concatenate([between_cm, *out_cm])
        total = order.size + met_public.size
        arc_first, arc_head, arc_cm, parent = _eliminated(ends, all_cm, total, first_public=order.size)
        places = np.concatenate([first + np.arange(order.size), met_public])
        of_arc = np.repeat(np.arange(total), np.diff(arc_first))
        self._add(places[of_arc], places[arc_head], arc_cm)
        for i in range(order.size):
            self.parent_of[first + i] = first + int(parent[i]) if parent[i] >= 0 else -1

    def _own_gates(self, local: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """New gates of new inner nodes: local tail, place of the public head, length."""
        compound = self.result.network.compound
        tail, head = self.ends[:, 0], self.ends[:, 1]
        forward = (local[tail] >= 0) & (compound[head] < 0)
        backward = (local[head] >= 0) & (compound[tail] < 0)
        inner = np.concatenate([tail[forward], head[backward]])
        public = np.concatenate([head[forward], tail[backward]])
        place = np.where(
            public < self.old,
            self.place[self.base.position[np.minimum(public, self.old - 1)]],
            self.place_of_new[np.maximum(public - self.old, 0)],
        )
        return (
            local[inner],
            place.astype(np.int64),
            np.concatenate([self.cm[forward], self.cm[backward]]).astype(np.int64),
        )

    def more_arcs(self) -> tuple[Ints, Ints, Ints]:
        """Tails, heads and lengths of all arcs that come in addition, sorted by tail and head."""
        tail, head, cm = (np.concatenate(parts) for parts in (self.tail, self.head, self.length))
        order = np.lexsort([cm, head, tail])
        tail, head, cm = tail[order], head[order], cm[order]
        once = np.concatenate([[True], (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])])
        return tail[once], head[once], cm[once]

    def edge_ends(self, position: Ints) -> tuple[Ints, Ints]:
        """Positions of the ends of all edges."""
        edges = self.result.network.edges
        tail = np.empty(edges.shape[0], dtype=np.int32)
        head = np.empty(edges.shape[0], dtype=np.int32)
        before = self.base.edge_tail.size
        tail[:before], head[:before] = self.place[self.base.edge_tail], self.place[self.base.edge_head]
        tail[self.fresh_edges], head[self.fresh_edges] = position[self.ends].T
        return tail, head

    def parents(self) -> Ints:
        total = self.result.network.nodes
        parent = np.full(total, -1, dtype=np.int32)
        known = self.base.parent
        parent[self.place] = np.where(known >= 0, self.place[known], -1)
        if self.parent_of:
            parent[list(self.parent_of)] = list(self.parent_of.values())
        return parent

    def subtrees(self) -> Ints:
        total = self.result.network.nodes
        subtree = np.arange(total, dtype=np.int32)
        inner = int(self.base.first_public)
        subtree[self.place[inner:]] = self.place[self.base.subtree[inner:]]
        above = self.old + int(self.inner_added.sum())
        subtree[above:] = inner + int(self.inner_added.sum())
        return subtree

    def localities(self) -> Ints:
        """New nodes lie where some old neighbor lies, or the last one before them."""
        locality = np.empty(self.result.network.nodes, dtype=np.int32)
        locality[self.place] = self.base.locality
        here = np.zeros(self.place_of_new.size, dtype=np.int32)
        tail, head = self.ends[:, 0].astype(np.int64), self.ends[:, 1].astype(np.int64)
        for new, known in ((tail, head), (head, tail)):
            rows = (new >= self.old) & (known < self.old)
            here[new[rows] - self.old] = self.base.locality[self.base.position[known[rows]]]
        locality[self.place_of_new] = here
        return locality


def _eliminated(
    ends: NDArray[np.int64], cm: NDArray[np.int64], nodes: int, *, first_public: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Arcs, their lengths and parents of a small graph that is eliminated in the order of its nodes."""
    pairs = np.ascontiguousarray(ends, dtype=np.int32)
    small = WalkingNetwork(np.zeros((nodes, 2)), pairs, cm.astype(np.int32), np.zeros(nodes, dtype=np.int32))
    arc_first, arc_head, parent = upward_arcs(small, np.arange(nodes, dtype=np.int32), first_public)
    arc_cm = np.full(arc_head.size, INFINITY_CM, dtype=np.int32)
    of_edge = edge_arcs(pairs, arc_first, arc_head)
    customize_arcs(arc_first, arc_head, first_public, of_edge, small.length_cm, arc_cm)
    return arc_first, arc_head, arc_cm, parent


@njit(
    types.UniTuple(types.int32[::1], 2)(_I32, _I32, _I32, _I32, types.int64, _I32, _I32, _OUT), cache=True, nogil=True
)
def _climb(arc_first, arc_head, arc_cm, parent, limit, seeds, seed_cm, label):  # type: ignore[no-untyped-def]
    """All positions above some seeds, ascending, with the way to each; ``label`` is infinite before and after."""
    met = np.empty(parent.size, np.int32)
    seen = np.zeros(parent.size, np.bool_)
    count = 0
    for s in range(seeds.size):
        v = seeds[s]
        while v >= 0 and not seen[v]:
            seen[v] = True
            met[count] = v
            count += 1
            v = parent[v]
        label[seeds[s]] = min(label[seeds[s]], seed_cm[s])
    inside = count
    path = np.sort(met[:count])
    for i in range(inside):
        v = path[i]
        for a in range(arc_first[v], arc_first[v + 1]):
            u = arc_head[a]
            if u >= limit and not seen[u]:
                seen[u] = True
                met[count] = u
                count += 1
            label[u] = min(label[u], label[v] + arc_cm[a])
    path = np.sort(met[:count])
    cm = np.empty(count, np.int32)
    for i in range(count):
        cm[i] = min(label[path[i]], _INFINITY)
        label[path[i]] = _INFINITY
    return path, cm
