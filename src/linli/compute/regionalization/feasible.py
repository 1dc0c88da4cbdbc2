"""What cannot be divided into the range, whatever is drawn, and why: each time a proof, not a failed search."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numba import njit, types
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linli.compute.regionalization.graph import Graph

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_I64 = types.Array(types.int64, 1, "C", readonly=True)
_U8 = types.Array(types.uint8, 1, "C", readonly=True)


class Reason(StrEnum):
    TOO_MANY = "too_many"
    """One atom alone is above the range."""
    TOO_FEW = "too_few"
    """Atoms that hang together with nothing else are below the range in all."""
    NO_NUMBER = "no_number"
    """No whole number of regions takes their people: even k of the largest are too small, k + 1 of the smallest too
    large.
    """
    HANGING = "hanging"
    """Atoms below the range hang on one atom alone, and are above the range with it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Atoms that stand aside as one region."""

    reason: Reason
    atoms: NDArray[np.int64]
    people: int


def impossible(graph: Graph, low: int, high: int) -> tuple[Part, ...]:
    """The parts that no drawing brings within ``low`` to ``high`` people, one atom in at most one part.

    What is left may still turn out to have no drawing: proofs by single atoms and by sums do not see everything.
    """
    left = np.ones(graph.atoms, dtype=np.bool_)
    found: list[Part] = []
    new = [Part(Reason.TOO_MANY, np.array([a]), int(graph.people[a])) for a in np.flatnonzero(graph.people > high)]
    while True:
        found += new
        for part in new:
            left[part.atoms] = False
        new = _by_sums(graph, left, low, high) or _hanging(graph, left, low, high)
        if not new:
            break
    return tuple(found)


def parts_of(graph: Graph, left: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(n,) number of the part, by borders that join, in which each atom of ``left`` lies; -1 for the others."""
    tail = np.repeat(np.arange(graph.atoms), np.diff(graph.first))
    kept = (graph.joins != 0) & left[tail] & left[graph.neighbor]
    shape = (graph.atoms, graph.atoms)
    links = coo_array((np.ones(kept.sum()), (tail[kept], graph.neighbor[kept])), shape=shape).tocsr()
    _, label = connected_components(links, directed=False)
    return np.where(left, label, -1).astype(np.int32)


def _by_sums(graph: Graph, left: NDArray[np.bool_], low: int, high: int) -> list[Part]:
    label = parts_of(graph, left)
    found = []
    for part in np.unique(label[left]):
        atoms = np.flatnonzero(label == part)
        people = int(graph.people[atoms].sum())
        if people < low:
            found.append(Part(Reason.TOO_FEW, atoms, people))
        elif -(-people // high) > people // max(low, 1):
            found.append(Part(Reason.NO_NUMBER, atoms, people))
    return found


def _hanging(graph: Graph, left: NDArray[np.bool_], low: int, high: int) -> list[Part]:
    """The first atom with too much hanging on it, with all that hangs."""
    flags = left.astype(np.uint8)
    hanging = _hanging_people(graph.first, graph.neighbor, graph.joins, graph.people, flags, low)
    over = np.flatnonzero(left & (graph.people + hanging > high) & (hanging > 0))
    if over.size == 0:
        return []
    atom = int(over[0])
    before = parts_of(graph, left)
    without = left.copy()
    without[atom] = False
    label = parts_of(graph, without)
    atoms = [np.array([atom])]
    for part in np.unique(label[without & (before == before[atom])]):
        members = np.flatnonzero(label == part)
        if graph.people[members].sum() < low:
            atoms.append(members)
    together = np.sort(np.concatenate(atoms))
    return [Part(Reason.HANGING, together, int(graph.people[together].sum()))]


@njit(types.int64[::1](_I32, _I32, _U8, _I64, _U8, types.int64), cache=True, nogil=True)
def _hanging_people(first, neighbor, joins, people, left, low):  # type: ignore[no-untyped-def]
    """(n,) people of the parts of fewer than ``low`` that fall off when an atom is taken away (Tarjan 1972)."""
    n = people.size
    found = np.zeros(n, np.int64)
    number = np.full(n, -1, np.int32)
    lowest = np.zeros(n, np.int32)
    below = np.zeros(n, np.int64)
    cut_off = np.zeros(n, np.int64)
    parent = np.full(n, -1, np.int32)
    at = np.zeros(n, np.int32)
    order = np.empty(n, np.int32)
    count = 0
    for root in range(n):
        if left[root] == 0 or number[root] >= 0:
            continue
        start = count
        number[root] = count
        lowest[root] = count
        order[count] = root
        count += 1
        below[root] = people[root]
        at[root] = first[root]
        a = root
        while a != -1:
            if at[a] < first[a + 1]:
                e = at[a]
                at[a] += 1
                b = neighbor[e]
                if joins[e] == 0 or left[b] == 0:
                    continue
                if number[b] < 0:
                    parent[b] = a
                    number[b] = count
                    lowest[b] = count
                    order[count] = b
                    count += 1
                    below[b] = people[b]
                    at[b] = first[b]
                    a = b
                elif b != parent[a]:
                    lowest[a] = min(lowest[a], number[b])
            else:
                p = parent[a]
                if p != -1:
                    lowest[p] = min(lowest[p], lowest[a])
                    below[p] += below[a]
                    if lowest[a] >= number[p]:
                        cut_off[p] += below[a]
                        if below[a] < low:
                            found[p] += below[a]
                a = p
        whole = below[root]
        for i in range(start + 1, count):
            a = order[i]
            above = whole - people[a] - cut_off[a]
            # What is neither the atom nor cut off below it is one part with what lies above.
            if above < low:
                found[a] += above
    return found
