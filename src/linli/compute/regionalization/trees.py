"""Compiled parts of a step: random numbers, the cost of a region, spanning trees and where to cut them."""

from __future__ import annotations

import numpy as np
from numba import njit, types

from linli.compute.regionalization.graph import GRAPH

WORDS = types.uint64[::1]
INTS = types.int32[::1]
LONGS = types.int64[::1]
FLOATS = types.float64[::1]


@njit(types.float64(WORDS), cache=True, nogil=True)
def uniform(state):  # type: ignore[no-untyped-def]
    """A random number in [0, 1), and the next state (xorshift64*, Vigna 2016)."""
    s = state[0]
    s ^= s >> np.uint64(12)
    s ^= s << np.uint64(25)
    s ^= s >> np.uint64(27)
    state[0] = s
    return float((s * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(types.float64(GRAPH, INTS, types.int64, INTS, types.int32, FLOATS), cache=True, nogil=True)
def region_cost(graph, members, count, mark, stamp, tally):  # type: ignore[no-untyped-def]
    """Cost of the region ``members[:count]``, whose atoms and no others bear ``mark == stamp``.

    ``tally`` is (groups,) zeros and is left so.
    """
    first, neighbor, price, _, _, _, mass, x, y, group, outside, need_first, need_cost, met_first, met_by, own = graph
    cost = 0.0
    whole = 0.0
    sx = 0.0
    sy = 0.0
    leading = 0.0
    away = 0.0
    for i in range(count):
        a = members[i]
        cost += own[a]
        for e in range(first[a], first[a + 1]):
            if neighbor[e] > a and mark[neighbor[e]] == stamp:
                cost += price[e]
        whole += mass[a]
        sx += mass[a] * x[a]
        sy += mass[a] * y[a]
        away += outside[a]
        if group[a] >= 0:
            tally[group[a]] += outside[a]
            leading = max(leading, tally[group[a]])
        for need in range(need_first[a], need_first[a + 1]):
            met = False
            for k in range(met_first[need], met_first[need + 1]):
                if mark[met_by[k]] == stamp:
                    met = True
                    break
            if not met:
                cost += need_cost[need]
    cost += away - leading
    if whole > 0:
        sx /= whole
        sy /= whole
    for i in range(count):
        a = members[i]
        cost += mass[a] * np.hypot(x[a] - sx, y[a] - sy)
        if group[a] >= 0:
            tally[group[a]] = 0.0
    return cost


@njit(
    types.int64(GRAPH, types.int32, INTS, types.int32, WORDS, INTS, INTS, FLOATS, FLOATS, INTS, INTS),
    cache=True,
    nogil=True,
)
def grow_tree(graph, root, mark, stamp, random, order, parent, key, heap_key, heap_atom, heap_parent):  # type: ignore[no-untyped-def]
    """A random spanning tree of the atoms with ``mark == stamp`` that hang together with ``root``; their number.

    Writes the atoms in the order in which they joined, each one's parent, and the key of the border to it. Borders of
    much drag come late (Prim's order over drag + uniform noise). Atoms that joined bear ``mark == stamp + 1``.
    """
    first, neighbor, drag, joins = graph[0], graph[1], graph[3], graph[4]
    heap_key[0] = 0.0
    heap_atom[0] = root
    heap_parent[0] = -1
    size = 1
    count = 0
    while size > 0:
        a = heap_atom[0]
        from_ = heap_parent[0]
        low = heap_key[0]
        size -= 1
        if size > 0:
            last_key = heap_key[size]
            last_atom = heap_atom[size]
            last_parent = heap_parent[size]
            hole = 0
            child = 1
            while child < size:
                if child + 1 < size and heap_key[child + 1] < heap_key[child]:
                    child += 1
                if heap_key[child] >= last_key:
                    break
                heap_key[hole] = heap_key[child]
                heap_atom[hole] = heap_atom[child]
                heap_parent[hole] = heap_parent[child]
                hole = child
                child = 2 * hole + 1
            heap_key[hole] = last_key
            heap_atom[hole] = last_atom
            heap_parent[hole] = last_parent
        if mark[a] != stamp:
            continue
        mark[a] = stamp + 1
        order[count] = a
        parent[a] = from_
        key[a] = low
        count += 1
        for e in range(first[a], first[a + 1]):
            b = neighbor[e]
            if joins[e] == 0 or mark[b] != stamp:
                continue
            value = drag[e] + uniform(random)
            hole = size
            size += 1
            while hole > 0:
                above = (hole - 1) >> 1
                if heap_key[above] <= value:
                    break
                heap_key[hole] = heap_key[above]
                heap_atom[hole] = heap_atom[above]
                heap_parent[hole] = heap_parent[above]
                hole = above
            heap_key[hole] = value
            heap_atom[hole] = b
            heap_parent[hole] = a
    return count


@njit(types.int64(types.int64, types.int64, types.int64), cache=True, nogil=True)
def lacking(people, low, high):  # type: ignore[no-untyped-def]
    """By how many people a region misses its range."""
    return max(low - people, people - high, 0)


@njit(
    types.int32(GRAPH, types.int64, INTS, INTS, FLOATS, LONGS, types.int64, types.int64, types.int64, WORDS),
    cache=True,
    nogil=True,
)
def choose_cut(graph, count, order, parent, key, below, low, high, allowed, random):  # type: ignore[no-untyped-def]
    """The atom whose border to its parent is cut, or -1 where every cut misses the range by more than ``allowed``.

    Of cuts that keep both sides in range, half the time the one at the border that joined the tree last by key, else
    any of them alike; where there is none, the one that misses least. ``below[a]`` is left with the people of a's side.
    """
    people = graph[5]
    for i in range(count):
        below[order[i]] = people[order[i]]
    for i in range(count - 1, 0, -1):
        below[parent[order[i]]] += below[order[i]]
    whole = below[order[0]]
    by_key = uniform(random) < 0.5
    good = 0
    best = np.int32(-1)
    highest = -1.0
    least = allowed + 1
    nearest = np.int32(-1)
    for i in range(1, count):
        a = order[i]
        missing = lacking(below[a], low, high) + lacking(whole - below[a], low, high)
        if missing == 0:
            good += 1
            # Any alike: the i-th good one takes the place with probability 1 / i.
            value = key[a] if by_key else 0.0
            if (by_key and value > highest) or (not by_key and uniform(random) * good < 1.0):
                best = a
                highest = value
        elif missing < least:
            least = missing
            nearest = a
    return best if good > 0 else nearest
