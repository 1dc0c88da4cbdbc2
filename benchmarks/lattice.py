"""A seeded district of superblocks on a jittered lattice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from linli.compute.network import WalkingNetwork, build, largest_component

STEP_M, SIDE, BLOCK = 37.5, 324, 8


@dataclass(frozen=True, slots=True)
class District:
    network: WalkingNetwork
    building_xy: np.ndarray
    building_compound: np.ndarray
    people: np.ndarray
    facility_xy: np.ndarray
    facility_compound: np.ndarray
    kind: np.ndarray
    capacity: np.ndarray


def district(seed: int = 7, side: int = SIDE, buildings: int = 20_000, facilities: int = 15_000, kinds: int = 30) -> District:
    random = np.random.default_rng(seed)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(side), np.arange(side), indexing="ij"))
    xy = np.column_stack([i, j]) * STEP_M + random.uniform(-10, 10, size=(side * side, 2))
    blocks = side // BLOCK + 1
    # Two blocks in three are walled; a third of the plots of four blocks is one superblock.
    block = (i // BLOCK) * blocks + j // BLOCK
    plot = (i // (2 * BLOCK)) * blocks + j // (2 * BLOCK)
    merged = (random.random(blocks * blocks) < 0.34)[plot]
    owner = np.where(merged, blocks * blocks + plot, block)
    walled = (random.random(2 * blocks * blocks) < np.where(np.arange(2 * blocks * blocks) < blocks * blocks, 0.66, 1))[owner]
    street = np.where(merged, (i % (2 * BLOCK) == 0) | (j % (2 * BLOCK) == 0), (i % BLOCK == 0) | (j % BLOCK == 0))
    compound = np.where(walled & ~street, owner, -1)
    node = i * side + j
    edges = np.concatenate([np.column_stack([node[i < side - 1], node[i < side - 1] + side]), np.column_stack([node[j < side - 1], node[j < side - 1] + 1])])
    a, b = edges.T
    river = (j[a] == side // 2) & (j[b] == side // 2 + 1)
    both_street = street[a] & street[b]
    inner = ~street[a] & ~street[b]
    entry = ~both_street & ~inner
    inside = np.maximum(compound[a], compound[b])
    gate = np.zeros(a.size, dtype=bool)
    candidates = np.flatnonzero(entry & (inside >= 0))
    shuffled = random.permutation(candidates)
    order = shuffled[np.argsort(inside[shuffled], kind="stable")]
    of = inside[order]
    nth = np.arange(of.size) - np.searchsorted(of, of)
    gates_of = random.integers(1, 4, size=of.max() + 1)
    gate[order[nth < gates_of[of]]] = True
    chance = random.random(a.size)
    kept = both_street | (inner & (chance < 0.72)) | (entry & (inside < 0) & (chance < 0.4)) | gate
    kept &= ~river | (both_street & (i[a] % (6 * BLOCK) == 0))
    kept &= (compound[a] == compound[b]) | (compound[a] < 0) | (compound[b] < 0)
    network, _ = build(xy, edges[kept], compound)
    network, _ = largest_component(network)

    home = random.choice(np.flatnonzero(~street), size=buildings)
    seat = random.choice(side * side, size=facilities, p=np.where(street, 3.0, 1.0) / np.where(street, 3.0, 1.0).sum())
    share = random.pareto(1.2, size=kinds) + 0.3
    people = random.multinomial(1_330_000, np.full(buildings, 1 / buildings))
    age = random.multinomial(people, [0.05, 0.05, 0.06, 0.03, 0.6, 0.17, 0.04])
    return District(
        network, xy[home] + random.uniform(-15, 15, size=(buildings, 2)), compound[home], age,
        xy[seat] + random.uniform(-15, 15, size=(facilities, 2)), compound[seat],
        random.choice(kinds, size=facilities, p=share / share.sum()), random.integers(20, 400, size=facilities).astype(float),
    )
