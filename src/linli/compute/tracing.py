"""From one place: how far every node is, which parts of the ways lie within a limit, and the way to another place."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from linli.compute.hierarchy import Hierarchy
from linli.compute.network import INFINITY_CM, PUBLIC, WalkingNetwork
from linli.compute.snapping import Anchors
from linli.compute.sweep import nearest

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

_State = tuple[int, int]
_OWN, _WAYS, _OTHER = 0, 1, 2
"""Parts of a trip: the own compound, public ways, the compound of the destination."""


def node_distances(hierarchy: Hierarchy, place: Anchors) -> Ints:
    """(n,) centimetres from one place to every node, its straight leg included."""
    return np.ascontiguousarray(nearest(hierarchy, place, np.zeros(1, dtype=np.int32), 1)[:, 0])


def foot(network: WalkingNetwork, places: Anchors) -> Floats:
    """(p, 2) metres: where places meet their edges."""
    tail, head = network.xy[network.edges[places.edge]].transpose(1, 0, 2)
    along = (places.to_tail_cm - places.leg_cm).astype(np.float64)
    length = along + (places.to_head_cm - places.leg_cm)
    share = np.divide(along, length, out=np.zeros_like(along), where=length > 0)
    return np.asarray(tail + share[:, None] * (head - tail), dtype=np.float64)


def reached(network: WalkingNetwork, place: Anchors, node_cm: Ints, limit_cm: int) -> Floats:
    """(k, 2, 2) metres: straight pieces of ways that lie within a limit of one place, its edge in part like all others.

    Public copies of interiors are left out: who may walk there may walk to the same spot inside.

    Parameters
    ----------
    node_cm : (n,) as ``node_distances`` has it
    """
    tail, head = network.edges.T
    length = network.length_cm.astype(np.int64)
    shown = (length < INFINITY_CM) & (network.compound[tail] >= PUBLIC) & (network.compound[head] >= PUBLIC)
    from_tail = np.clip(limit_cm - node_cm[tail].astype(np.int64), 0, length)
    from_head = np.clip(limit_cm - node_cm[head].astype(np.int64), 0, length)
    edge = np.flatnonzero(shown & (from_tail + from_head > 0))
    whole = from_tail[edge] + from_head[edge] >= length[edge]
    begin, end = np.zeros(edge.size), np.where(whole, length[edge], from_tail[edge]).astype(np.float64)
    some = edge[~whole]
    parts = [_pieces(network, edge, begin, end), _pieces(network, some, length[some] - from_head[some], length[some])]
    here = int(place.edge[0])
    left = limit_cm - int(place.leg_cm[0])
    if left > 0 and length[here] < INFINITY_CM:
        at = int(place.to_tail_cm[0] - place.leg_cm[0])
        around = np.array([max(at - left, 0)]), np.array([min(at + left, int(length[here]))])
        parts.append(_pieces(network, place.edge.astype(np.int64), *around))
    return np.concatenate(parts)


def _pieces(network: WalkingNetwork, edge: NDArray[np.int64], begin: Floats, end: Floats) -> Floats:
    """Straight pieces of edges from one length along them to another; those of no length are left out."""
    tail, head = network.xy[network.edges[edge]].transpose(1, 0, 2)
    length = np.maximum(network.length_cm[edge], 1)[:, None]
    along = head - tail
    pieces = np.stack([tail + along * begin[:, None] / length, tail + along * end[:, None] / length], axis=1)
    return np.asarray(pieces[end > begin], dtype=np.float64)


def way_between(network: WalkingNetwork, place: Anchors, other: Anchors, node_cm: Ints) -> tuple[Floats, int]:
    """The shortest way from one place to another under rule R: its points, (k, 2) metres, from foot to foot, and its
    length in centimetres, both straight legs included. No points and ``INFINITY_CM`` where there is no way.

    Parameters
    ----------
    node_cm : (n,) ``node_distances`` of ``place``
    """
    ends = network.edges[other.edge[0]]
    by_tail, by_head = node_cm[ends[0]] + int(other.to_tail_cm[0]), node_cm[ends[1]] + int(other.to_head_cm[0])
    best = int(min(by_tail, by_head))
    feet = np.concatenate([foot(network, place), foot(network, other)])
    if place.edge[0] == other.edge[0]:
        at, there = (int(p.to_tail_cm[0] - p.leg_cm[0]) for p in (place, other))
        direct = abs(at - there) + int(place.leg_cm[0]) + int(other.leg_cm[0])
        if direct <= best:
            return feet, direct
    if best >= INFINITY_CM:
        return np.empty((0, 2)), INFINITY_CM
    goals = {int(ends[0]): int(other.to_tail_cm[0]), int(ends[1]): int(other.to_head_cm[0])}
    nodes = _walked(network, place, goals, node_cm, best)
    return np.concatenate([feet[:1], network.xy[nodes], feet[1:]]), best


def _walked(network: WalkingNetwork, place: Anchors, goals: dict[int, int], node_cm: Ints, best: int) -> list[int]:
    """Nodes of a way of a known length, by Dijkstra over pairs of node and part of the trip."""
    neighbors = _neighbors_within(network, node_cm, best)
    inside = np.maximum(network.compound, PUBLIC)
    queue: list[tuple[int, _State, _State | None]] = []
    for node, cm in zip(network.edges[place.edge[0]].tolist(), _partial(place), strict=True):
        heapq.heappush(queue, (cm, (node, _OWN if inside[node] >= 0 else _WAYS), (-1, -1)))
    came_from: dict[_State, _State | None] = {}
    while queue:
        cm, state, before = heapq.heappop(queue)
        if state in came_from:
            continue
        came_from[state] = before
        node, part = state
        if node in goals and cm + goals[node] == best:
            return _backwards(came_from, state)
        for other, length in neighbors.get(node, ()):
            for after in _parts(part, int(inside[node]), int(inside[other])):
                heapq.heappush(queue, (cm + length, (other, after), state))
    raise AssertionError("the way is not as long as it was found to be")


def _partial(place: Anchors) -> tuple[int, int]:
    return int(place.to_tail_cm[0]), int(place.to_head_cm[0])


def _neighbors_within(network: WalkingNetwork, node_cm: Ints, limit_cm: int) -> dict[int, list[tuple[int, int]]]:
    tail, head = network.edges.T
    near = np.flatnonzero((node_cm[tail] <= limit_cm) & (node_cm[head] <= limit_cm) & (network.length_cm < INFINITY_CM))
    found: dict[int, list[tuple[int, int]]] = {}
    for one, other, cm in zip(tail[near].tolist(), head[near].tolist(), network.length_cm[near].tolist(), strict=True):
        found.setdefault(one, []).append((other, cm))
        found.setdefault(other, []).append((one, cm))
    return found


def _parts(part: int, here: int, there: int) -> Iterator[int]:
    """In which part of the trip a step may end."""
    if here == there:
        yield part
    elif here >= 0 and part == _OWN:
        yield _WAYS
    elif here == PUBLIC:
        yield _OTHER


def _backwards(came_from: dict[_State, _State | None], state: _State) -> list[int]:
    nodes = []
    at: _State | None = state
    while at is not None and at[0] >= 0:
        nodes.append(at[0])
        at = came_from[at]
    return nodes[::-1]
