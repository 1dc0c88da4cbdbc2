"""The slow and obvious version of rule R, and random small districts to try it on."""

from __future__ import annotations

import heapq

import numpy as np
from hypothesis import strategies as st

from linli.compute.network import INFINITY_CM, WalkingNetwork, build
from linli.compute.snapping import Anchors

OWN, WAYS, OTHER = "own compound", "public ways", "the destination's compound"


def walks_from(network: WalkingNetwork, anchor: tuple[int, int, int]) -> np.ndarray:
    """Distance to every node from an anchored place, by Dijkstra over (part of the trip, node)."""
    neighbors: dict[int, list[tuple[int, int]]] = {v: [] for v in range(network.nodes)}
    for (u, v), cm in zip(network.edges.tolist(), network.length_cm.tolist(), strict=True):
        neighbors[u].append((v, cm))
        neighbors[v].append((u, cm))
    inside = [max(k, -1) for k in network.compound.tolist()]
    edge, to_tail, to_head = anchor
    queue = []
    for node, cm in zip(network.edges[edge].tolist(), (to_tail, to_head), strict=True):
        queue.append((cm, OWN if inside[node] >= 0 else WAYS, node))
    heapq.heapify(queue)
    done: dict[tuple[str, int], int] = {}
    while queue:
        cm, part, v = heapq.heappop(queue)
        if (part, v) in done:
            continue
        done[part, v] = cm
        for u, length in neighbors[v]:
            for after in _parts_after(part, inside[v], inside[u]):
                heapq.heappush(queue, (cm + length, after, u))
    best = np.full(network.nodes, INFINITY_CM, dtype=np.int64)
    for (_, v), cm in done.items():
        best[v] = min(best[v], cm)
    return best


def _parts_after(part: str, here: int, there: int) -> list[str]:
    if here == there >= 0:
        return [part]
    if here == there == -1:
        return [WAYS]
    if here >= 0:
        return [WAYS] if part == OWN else []
    return [OTHER]


def distances(network: WalkingNetwork, origins: Anchors, facilities: Anchors) -> np.ndarray:
    """(origins, facilities) centimetres under rule R."""
    out = np.full((len(origins), len(facilities)), INFINITY_CM, dtype=np.int64)
    for o in range(len(origins)):
        reach = walks_from(network, (int(origins.edge[o]), int(origins.to_tail_cm[o]), int(origins.to_head_cm[o])))
        for f in range(len(facilities)):
            tail, head = network.edges[facilities.edge[f]]
            ways = [reach[tail] + int(facilities.to_tail_cm[f]), reach[head] + int(facilities.to_head_cm[f])]
            if origins.edge[o] == facilities.edge[f]:
                along = int(origins.to_tail_cm[o] - origins.leg_cm[o]) - int(
                    facilities.to_tail_cm[f] - facilities.leg_cm[f]
                )
                ways.append(abs(along) + int(origins.leg_cm[o]) + int(facilities.leg_cm[f]))
            out[o, f] = min(*ways, INFINITY_CM)
    return out


@st.composite
def networks(draw: st.DrawFn) -> WalkingNetwork:
    """Random graphs with up to three compounds; lengths may be zero, pieces may be apart."""
    n = draw(st.integers(2, 24))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    compound = random.choice([-1, -1, 0, 1, 2], size=n).astype(np.int32)
    compound[:2] = -1
    m = draw(st.integers(1, 3 * n))
    edges = random.integers(0, n, size=(m, 2))
    edges = np.concatenate([[[0, 1]], edges[edges[:, 0] != edges[:, 1]]])
    ends = compound[edges]
    edges = edges[(ends[:, 0] == ends[:, 1]) | (ends == -1).any(axis=1)]
    length = random.integers(0, draw(st.sampled_from([1, 3, 50, 10_000])) + 1, size=edges.shape[0])
    gate = (compound[edges] == -1).sum(axis=1) == 1
    is_open = gate & (random.random(edges.shape[0]) < draw(st.sampled_from([0.0, 0.3, 1.0])))
    network, _ = build(random.random((n, 2)) * 1000, edges, compound, length_cm=length, open_gates=is_open)
    return network


def anchors(network: WalkingNetwork, count: int, seed: int) -> Anchors:
    """Places anywhere on edges where places may be."""
    random = np.random.default_rng(seed)
    allowed = np.flatnonzero(network.edge_compound() >= -1)
    edge = random.choice(allowed, size=count).astype(np.int32)
    offset = np.floor(random.random(count) * (network.length_cm[edge] + 1)).astype(np.int32)
    leg = random.integers(0, 200, size=count).astype(np.int32) * (random.random(count) < 0.5).astype(np.int32)
    return Anchors(edge, leg + offset, leg + network.length_cm[edge] - offset, leg)
