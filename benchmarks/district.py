"""The district of the bench: ``synthetic``'s at Shangcheng's size, with thirty kinds of facilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linli.compute import hierarchy
from linli.compute.hierarchy import Hierarchy
from linli.compute.network import PUBLIC, WalkingNetwork, build
from linli.compute.snapping import Anchors, snap
from linli.domain.places.rules import assembly
from linli.synthetic import city

# Ten kinds fewer than the vocabulary has: 30 kinds with about 15,000 facilities.
LEFT_OUT = frozenset(
    {
        "ev_charger", "hydrant", "lift", "metro_station", "mini_fire_station", "parking_car", "rescue_station",
        "security_camera", "shelter", "waste_station",
    }
)  # fmt: skip
KINDS = tuple(kind for kind in city.ALL_KINDS if kind not in LEFT_OUT)


@dataclass(frozen=True, slots=True)
class District:
    """Homes, facilities and the network with its walls; coordinates in metres."""

    network: WalkingNetwork
    homes: Anchors
    home_xy: NDArray[np.float64]
    people: NDArray[np.int64]
    """(homes, bands)"""
    seats: Anchors
    seat_xy: NDArray[np.float64]
    kind: NDArray[np.int64]
    capacity: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Open:
    """The same district as all the tools can take it: no walls, every place on a node."""

    network: WalkingNetwork
    prepared: Hierarchy
    home: NDArray[np.int32]
    """(homes,) node of each."""
    seat: NDArray[np.int32]
    homes: Anchors
    seats: Anchors


def district() -> District:
    """Seeded; the same on every machine."""
    situation = assembly.assemble(city.city(kinds=KINDS), facility_kinds=KINDS)
    homes = np.flatnonzero(situation.buildings.residential)
    kind = situation.facilities.kind.astype(np.int64)
    capacity = situation.facilities.capacity
    return District(
        situation.network,
        situation.buildings.anchors.take(homes),
        situation.buildings.xy[homes],
        np.maximum(situation.buildings.people[homes], 0),
        situation.facilities.anchors,
        situation.facilities.xy,
        kind,
        np.where(np.isfinite(capacity), capacity, 100.0),
    )


def opened(made: District) -> Open:
    """Take the walls away; nodes that a gate of no length joins become one."""
    network = made.network
    kept = network.compound >= PUBLIC
    inner = kept[network.edges].all(axis=1)
    ends, length = network.edges[inner], network.length_cm[inner]
    joined = ends[length == 0]
    n = network.nodes
    _, node = connected_components(coo_array((np.ones(len(joined)), joined.T), shape=(n, n)), directed=False)
    used, node = np.unique(np.where(kept, node, -1), return_inverse=True)
    node = node - (used[0] == -1)
    first = np.zeros(node.max() + 1, dtype=np.int64)
    first[node[kept]] = np.flatnonzero(kept)
    walked = (length > 0) & (node[ends[:, 0]] != node[ends[:, 1]])
    plain, _ = build(network.xy[first], node[ends[walked]], length_cm=length[walked])
    home, seat = nearer_node(plain, made.home_xy), nearer_node(plain, made.seat_xy)
    return Open(plain, hierarchy.prepare(plain), home, seat, at_nodes(plain, home), at_nodes(plain, seat))


def nearer_node(network: WalkingNetwork, xy: NDArray[np.float64]) -> NDArray[np.int32]:
    """The nearer end of the nearest edge."""
    anchors = snap(network, xy)
    ends = network.edges[anchors.edge]
    return np.where(anchors.to_tail_cm <= anchors.to_head_cm, ends[:, 0], ends[:, 1])


def at_nodes(network: WalkingNetwork, node: NDArray[np.int32]) -> Anchors:
    """Anchors that lie on nodes: each on some edge of its node, at that end of it."""
    ends = network.edges.ravel()
    some = np.empty(network.nodes, dtype=np.int64)
    some[ends] = np.arange(ends.size)
    edge, at_head = np.divmod(some[node], 2)
    length = network.length_cm[edge]
    zero = np.zeros(node.size, dtype=np.int32)
    return Anchors(edge.astype(np.int32), np.where(at_head, length, zero), np.where(at_head, zero, length), zero)
