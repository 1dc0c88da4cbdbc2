"""Elimination orders by nested dissection: separators last, so that few shortcuts arise."""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

try:
    import pymetis
except ImportError:  # METIS is optional: the geometric dissection below gives about twice the arcs.
    pymetis = None  # type: ignore[assignment]

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_LEAF = 12


def order(first: Ints, neighbor: Ints, xy: Floats, *, metis: bool = True) -> Ints:
    """(n,) int32: the nodes of a symmetric graph without loops, in the order in which to eliminate them.

    Parameters
    ----------
    first, neighbor : (n + 1,) and (2m,) int32
        Neighbors of node v are ``neighbor[first[v]:first[v + 1]]``.
    xy : (n, 2) float64
        Where the nodes lie; only the geometric dissection looks.
    metis : bool
        Use METIS where it is installed.
    """
    if metis and pymetis is not None and neighbor.size:
        # METIS returns the order and its inverse; the other one gives twenty times the arcs.
        eliminated, _ = pymetis.nested_dissection(pymetis.CSRAdjacency(first, neighbor))
        return np.asarray(eliminated, dtype=np.int32)
    return geometric(first, neighbor, xy)


def geometric(first: Ints, neighbor: Ints, xy: Floats) -> Ints:
    """The same by cutting at medians, each time in that of four directions that needs the fewest separating nodes."""
    x, y = (xy - xy.mean(axis=0)).T if xy.shape[0] else (np.empty(0), np.empty(0))
    along = np.ascontiguousarray(np.column_stack([x, y, (x + y) / np.sqrt(2), (x - y) / np.sqrt(2)]))
    nodes = np.arange(xy.shape[0], dtype=np.int32)
    _dissect(first, neighbor, along, nodes)
    return nodes


@njit(
    types.void(_I32, _I32, types.Array(types.float64, 2, "C", readonly=True), types.int32[::1]), cache=True, nogil=True
)
def _dissect(first, neighbor, along, nodes):  # type: ignore[no-untyped-def]
    """Reorder ``nodes`` in place: one side, the other side, the separator; each side in turn again."""
    n = nodes.size
    side = np.zeros(n, np.int32)
    cut = 0
    spans = [(0, n)]
    while len(spans) > 0:
        low, high = spans.pop()
        if high - low <= _LEAF:
            continue
        part = nodes[low:high].copy()
        fewest = high - low
        best = part
        left = 0
        for direction in range(along.shape[1]):
            ordered = part[np.argsort(along[part, direction], kind="mergesort")]
            half = ordered.size // 2
            cut += 2
            for i in range(ordered.size):
                side[ordered[i]] = cut - 1 if i < half else cut
            # The separator is made of the left nodes that have a neighbor on the right.
            between = np.zeros(half, np.bool_)
            count = 0
            for i in range(half):
                v = ordered[i]
                for a in range(first[v], first[v + 1]):
                    if side[neighbor[a]] == cut:
                        between[i] = True
                        count += 1
                        break
            if count < fewest:
                fewest = count
                best = np.concatenate((ordered[:half][~between], ordered[half:], ordered[:half][between]))
                left = half - count
        nodes[low:high] = best
        if fewest < high - low:
            spans.append((low, low + left))
            spans.append((low + left, high - fewest))
