"""Random changes of any kind to any network."""

from __future__ import annotations

import numpy as np

from linli.compute.edits import Changes, Links
from linli.compute.network import PUBLIC, WalkingNetwork

FIELDS = ("start_edge", "start_cm", "end_edge", "end_cm", "length_cm")


def random_changes(network: WalkingNetwork, random: np.random.Generator) -> Changes:
    """Up to five edits made at once: edges closed, ways and gates added, gates opened."""
    m = network.edges.shape[0]
    closed = random.choice(m, size=int(random.integers(0, min(m, 3))), replace=False)
    links = random_links(network, random, int(random.integers(0, 4)))
    ends = network.compound[network.edges]
    gates = np.flatnonzero((ends.min(axis=1) == PUBLIC) & (ends.max(axis=1) >= 0))
    added = m + np.array([j for j, gate in enumerate(sides(network, links)) if gate < PUBLIC], dtype=np.int64)
    gates = np.concatenate([gates, added])
    opened = gates[random.random(gates.size) < random.choice([0.0, 0.5, 1.0])]
    return Changes(closed.astype(np.int32), links, opened.astype(np.int32))


def random_links(network: WalkingNetwork, random: np.random.Generator, count: int) -> Links:
    """Bridges, inner paths, gates, and ways that end on earlier ones; some have drawn points, some no length."""
    m = network.edges.shape[0]
    ways = np.flatnonzero(network.edge_compound() >= PUBLIC)
    rows: list[tuple[int, int, int, int, int]] = []
    xy, side, length = [], network.edge_compound().tolist(), network.length_cm.tolist()
    for _ in range(count):
        known = np.concatenate([ways, m + np.flatnonzero(np.array(side[m:], dtype=np.int64) >= PUBLIC)])
        start, end = (int(e) for e in random.choice(known, size=2))
        if side[start] != side[end] and min(side[start], side[end]) > PUBLIC:
            continue
        at = [int(random.choice([0, length[e], random.integers(0, length[e] + 1)])) for e in (start, end)]
        cm = int(random.choice([0, 1, random.integers(0, 20_000)]))
        rows.append((start, at[0], end, at[1], cm))
        xy.append(random.random((int(random.choice([0, 0, 2, 5])), 2)) * 1000)
        side.append(side[start] if side[start] == side[end] else -2 - max(side[start], side[end]))
        length.append(cm)
    columns = np.array(rows, dtype=np.int32).reshape(-1, 5).T.copy()
    return Links(*columns, tuple(xy))


def sides(network: WalkingNetwork, links: Links) -> list[int]:
    """Of each link the compound whose path it is, -1 for a public way, below that for a gate."""
    known = network.edge_compound().tolist()
    for start, end in zip(links.start_edge.tolist(), links.end_edge.tolist(), strict=True):
        known.append(known[start] if known[start] == known[end] else -2 - max(known[start], known[end]))
    return known[network.edges.shape[0] :]
