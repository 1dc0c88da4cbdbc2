"""Nearest facilities of 32 kinds at once, from everywhere, by one pass up the hierarchy and one pass down."""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numpy.typing import ArrayLike, NDArray

from linli.compute import inputs
from linli.compute.hierarchy import Hierarchy
from linli.compute.lanes import LANES, add, load, lower, scratch, spread, store, store_some, uses_vectors
from linli.compute.network import INFINITY_CM
from linli.compute.snapping import Anchors

Ints = NDArray[np.int32]

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_ROWS = types.int32[:, ::1]
_FLAGS = types.uint8[::1]
_INFINITY = np.int32(INFINITY_CM)
_FEW = 3
"""So many kinds are searched faster one by one than side by side."""


def nearest(hierarchy: Hierarchy, facilities: Anchors, kind: ArrayLike, kinds: int) -> Ints:
    """Distance from every node of the network to the nearest facility of each kind.

    Parameters
    ----------
    facilities : Anchors of f facilities
    kind : (f,) int, ``0 <= kind < kinds``
        A kind may have no facility.

    Returns
    -------
    (n, kinds) int32, centimetres
        In the network's order of nodes; the facility's straight leg is included. ``INFINITY_CM`` where none is
        reachable.
    """
    of_kind = _checked(hierarchy, facilities, kind, kinds)
    distance = np.empty((hierarchy.nodes, kinds), dtype=np.int32)
    for offset in range(0, kinds, LANES):
        labels = _swept(hierarchy, facilities, of_kind, offset)
        if uses_vectors():
            _at_nodes(labels, hierarchy.position, offset, distance)
        else:
            distance[:, offset : offset + LANES] = labels[hierarchy.position, : kinds - offset]
    return distance


def nearest_facilities(
    hierarchy: Hierarchy, origins: Anchors, facilities: Anchors, kind: ArrayLike, kinds: int
) -> Ints:
    """Distance from every origin to the nearest facility of each kind, both straight legs included.

    Parameters
    ----------
    origins, facilities : Anchors of o origins and f facilities
    kind : (f,) int, ``0 <= kind < kinds``

    Returns
    -------
    (o, kinds) int32, centimetres
        ``INFINITY_CM`` where none is reachable.
    """
    of_kind = _checked(hierarchy, facilities, kind, kinds)
    check_anchors("origins", hierarchy, origins)
    distance = np.empty((len(origins), kinds), dtype=np.int32)
    tail, head = hierarchy.edge_tail[origins.edge], hierarchy.edge_head[origins.edge]
    few = kinds if kinds <= _FEW else 0
    for one in range(few):
        label = _swept_alone(hierarchy, facilities, of_kind == one)
        nearer = np.minimum(label[tail] + origins.to_tail_cm, label[head] + origins.to_head_cm)
        distance[:, one] = np.minimum(nearer, _INFINITY)
    for offset in range(few, kinds, LANES):
        labels = _swept(hierarchy, facilities, of_kind, offset)
        if uses_vectors():
            _at_origins(labels, tail, origins.to_tail_cm, head, origins.to_head_cm, offset, distance)
        else:
            by_tail = labels[tail] + origins.to_tail_cm[:, None]
            by_head = labels[head] + origins.to_head_cm[:, None]
            nearer = np.minimum(np.minimum(by_tail, by_head), _INFINITY)
            distance[:, offset : offset + LANES] = nearer[:, : kinds - offset]
    origin, facility, direct = same_edge_pairs(origins, facilities)
    np.minimum.at(distance, (origin, of_kind[facility]), direct)
    return distance


def same_edge_pairs(origins: Anchors, facilities: Anchors) -> tuple[NDArray[np.int64], NDArray[np.int64], Ints]:
    """Every origin and facility on the same edge, and the way between them along it, both legs included."""
    edges = int(max(origins.edge.max(initial=-1), facilities.edge.max(initial=-1))) + 1
    begin, by_edge = grouped(facilities.edge, edges)
    first, count = begin[origins.edge], np.diff(begin)[origins.edge]
    origin = np.repeat(np.arange(len(origins)), count)
    within = np.arange(origin.size) - np.repeat(np.cumsum(count) - count, count)
    facility = by_edge[np.repeat(first, count) + within]
    at_origin = (origins.to_tail_cm - origins.leg_cm)[origin]
    at_facility = (facilities.to_tail_cm - facilities.leg_cm)[facility]
    direct = np.abs(at_origin - at_facility) + origins.leg_cm[origin] + facilities.leg_cm[facility]
    return origin, facility, direct.astype(np.int32)


def grouped(values: Ints, below: int) -> tuple[Ints, Ints]:
    """Rows sorted by value: where the rows of each value begin, (below + 1,), and the rows, (n,)."""
    first = np.zeros(below + 1, dtype=np.int32)
    np.cumsum(np.bincount(values, minlength=below), out=first[1:])
    return first, _counting_sort(values, first)


@njit(types.int32[::1](_I32, _I32), cache=True, nogil=True)
def _counting_sort(values, first):  # type: ignore[no-untyped-def]
    free = first.copy()
    rows = np.empty(values.size, np.int32)
    for i in range(values.size):
        rows[free[values[i]]] = i
        free[values[i]] += 1
    return rows


def check_anchors(name: str, hierarchy: Hierarchy, anchors: Anchors) -> None:
    """Refuse anchors on edges that the network does not have."""
    inputs.integers(f"{name}.edge", anchors.edge, lowest=0, below=hierarchy.edge_arc.size)
    for part in ("to_tail_cm", "to_head_cm", "leg_cm"):
        inputs.integers(f"{name}.{part}", getattr(anchors, part), rows=len(anchors), lowest=0, below=INFINITY_CM)


def _checked(hierarchy: Hierarchy, facilities: Anchors, kind: ArrayLike, kinds: int) -> Ints:
    check_anchors("facilities", hierarchy, facilities)
    return inputs.integers("kind", kind, rows=len(facilities), lowest=0, below=kinds)


def _swept(hierarchy: Hierarchy, facilities: Anchors, kind: Ints, offset: int) -> Ints:
    """(n, 32) distances by position for kinds ``offset`` to ``offset + 31``; valid until the next search."""
    h = hierarchy
    labels = scratch(h.nodes)
    active = np.zeros(h.nodes, dtype=np.uint8)
    lane = kind - np.int32(offset)
    _seed(labels, active, h.edge_tail[facilities.edge], facilities.to_tail_cm, lane)
    _seed(labels, active, h.edge_head[facilities.edge], facilities.to_head_cm, lane)
    if uses_vectors():
        _up(h.arc_first, h.arc_head, h.arc_cm, active, labels)
        _down(h.arc_first, h.arc_head, h.arc_cm, active, labels)
    else:
        _sweep_plainly(h.arc_first, h.arc_head, h.arc_cm, active, labels)
    return labels


def _swept_alone(hierarchy: Hierarchy, facilities: Anchors, chosen: NDArray[np.bool_]) -> Ints:
    """(n,) distances by position to the nearest of some facilities."""
    h, some = hierarchy, facilities.take(chosen)
    label = np.full(h.nodes, INFINITY_CM, dtype=np.int32)
    np.minimum.at(label, h.edge_tail[some.edge], some.to_tail_cm)
    np.minimum.at(label, h.edge_head[some.edge], some.to_head_cm)
    _sweep_one(h.arc_first, h.arc_head, h.arc_cm, label)
    return label


@njit(types.void(_I32, _I32, _I32, types.int32[::1]), cache=True, nogil=True)
def _sweep_one(arc_first, arc_head, arc_cm, label):  # type: ignore[no-untyped-def]
    """Both passes for a single kind."""
    for v in range(label.size):
        here = label[v]
        if here < _INFINITY:
            for a in range(arc_first[v], arc_first[v + 1]):
                label[arc_head[a]] = min(label[arc_head[a]], here + arc_cm[a])
    for v in range(label.size - 1, -1, -1):
        here = label[v]
        for a in range(arc_first[v], arc_first[v + 1]):
            here = min(here, label[arc_head[a]] + arc_cm[a])
        label[v] = here


@njit(types.void(_ROWS, _FLAGS, _I32, _I32, _I32), cache=True, nogil=True)
def _seed(labels, active, node, cm, lane):  # type: ignore[no-untyped-def]
    for f in range(node.size):
        if 0 <= lane[f] < LANES:
            v = node[f]
            if not active[v]:
                active[v] = 1
                labels[v] = _INFINITY
            labels[v, lane[f]] = min(labels[v, lane[f]], cm[f])


@njit(types.void(_I32, _I32, _I32, _FLAGS, _ROWS), cache=True, nogil=True)
def _up(arc_first, arc_head, arc_cm, active, labels):  # type: ignore[no-untyped-def]
    """Carry labels upwards; rows below which there is no facility are never touched."""
    nothing = spread(_INFINITY)
    for v in range(active.size):
        if active[v]:
            row = load(labels, v)
            for a in range(arc_first[v], arc_first[v + 1]):
                u = arc_head[a]
                known = nothing
                if active[u]:
                    known = load(labels, u)
                active[u] = 1
                store(labels, u, lower(known, add(row, arc_cm[a])))


@njit(types.void(_I32, _I32, _I32, _FLAGS, _ROWS), cache=True, nogil=True)
def _down(arc_first, arc_head, arc_cm, active, labels):  # type: ignore[no-untyped-def]
    """Fetch labels from above; fills the rows that the way up left untouched."""
    nothing = spread(_INFINITY)
    for v in range(active.size - 1, -1, -1):
        row = nothing
        if active[v]:
            row = load(labels, v)
        for a in range(arc_first[v], arc_first[v + 1]):
            row = lower(row, add(load(labels, arc_head[a]), arc_cm[a]))
        store(labels, v, row)


@njit(types.void(_I32, _I32, _I32, _FLAGS, _ROWS), cache=True, nogil=True)
def _sweep_plainly(arc_first, arc_head, arc_cm, active, labels):  # type: ignore[no-untyped-def]
    """Both passes, one number at a time."""
    for v in range(active.size):
        if not active[v]:
            labels[v] = _INFINITY
    for v in range(active.size):
        for a in range(arc_first[v], arc_first[v + 1]):
            for lane in range(LANES):
                u = arc_head[a]
                labels[u, lane] = min(labels[u, lane], labels[v, lane] + arc_cm[a])
    for v in range(active.size - 1, -1, -1):
        for a in range(arc_first[v], arc_first[v + 1]):
            for lane in range(LANES):
                labels[v, lane] = min(labels[v, lane], labels[arc_head[a], lane] + arc_cm[a])


@njit(types.void(_ROWS, _I32, types.int64, _ROWS), cache=True, nogil=True)
def _at_nodes(labels, position, offset, distance):  # type: ignore[no-untyped-def]
    kinds = distance.shape[1]
    flat = distance.reshape(distance.size)
    for v in range(position.size):
        store_some(flat, v * kinds + offset, kinds - offset, load(labels, position[v]))


@njit(types.void(_ROWS, _I32, _I32, _I32, _I32, types.int64, _ROWS), cache=True, nogil=True)
def _at_origins(labels, tail, to_tail, head, to_head, offset, distance):  # type: ignore[no-untyped-def]
    kinds = distance.shape[1]
    flat = distance.reshape(distance.size)
    nothing = spread(_INFINITY)
    for o in range(tail.size):
        nearer = lower(add(load(labels, tail[o]), to_tail[o]), add(load(labels, head[o]), to_head[o]))
        store_some(flat, o * kinds + offset, kinds - offset, lower(nearer, nothing))
