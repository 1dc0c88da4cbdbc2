"""The instance: atoms with weights, what touches what, and what it costs to hold things together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import ArrayLike, NDArray

from linli.compute import inputs

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_I64 = types.Array(types.int64, 1, "C", readonly=True)
_F64 = types.Array(types.float64, 1, "C", readonly=True)
_U8 = types.Array(types.uint8, 1, "C", readonly=True)

GRAPH = types.Tuple((_I32, _I32, _F64, _F64, _U8, _I64, _F64, _F64, _F64, _I32, _F64, _I32, _F64, _I64, _I32, _F64))
"""The type of ``Graph.arrays``, for the signatures of compiled functions."""


@dataclass(frozen=True, slots=True)
class Graph:
    """n atoms and their borders, as frozen arrays. Made by ``build``."""

    first: Ints
    """(n + 1,) neighbors of atom v are ``neighbor[first[v]:first[v + 1]]``."""
    neighbor: Ints
    price: Floats
    """Of a border inside a region; less than nothing where that saves more outline than it costs."""
    drag: Floats
    """0 to 1: how late a spanning tree takes a border, so that cuts fall where borders cost much."""
    joins: NDArray[np.uint8]
    """1 where a region hangs together across the border."""
    people: Longs
    mass: Floats
    """Cost of a meter between an atom and the middle of its region."""
    x: Floats
    y: Floats
    group: Ints
    """(n,) -1 for none."""
    outside: Floats
    """(n,) cost of an atom of another group than the one that costs most in its region."""
    need_first: Ints
    """(n + 1,) needs of atom v are ``need_first[v]`` to ``need_first[v + 1]``."""
    need_cost: Floats
    """Of a need that no atom of the region meets."""
    met_first: Longs
    met_by: Ints
    """Atoms that meet need i are ``met_by[met_first[i]:met_first[i + 1]]``."""
    own: Floats
    """(n,) cost of an atom wherever it is."""

    @property
    def atoms(self) -> int:
        return self.people.size

    @property
    def groups(self) -> int:
        return int(self.group.max(initial=-1)) + 1

    @property
    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        """All, in the order of ``GRAPH``."""
        return (
            self.first, self.neighbor, self.price, self.drag, self.joins, self.people, self.mass, self.x, self.y,
            self.group, self.outside, self.need_first, self.need_cost, self.met_first, self.met_by,
            self.own,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Needs:
    """What atoms want in their own region. ``first`` (g + 1,) counts into ``met_by``."""

    atom: ArrayLike
    cost: ArrayLike
    first: ArrayLike
    met_by: ArrayLike


NO_NEEDS = Needs(np.empty(0, np.int32), np.empty(0), np.zeros(1, np.int64), np.empty(0, np.int32))


def build(
    xy: ArrayLike,
    people: ArrayLike,
    border: ArrayLike,
    *,
    price: ArrayLike | None = None,
    joins: ArrayLike | None = None,
    mass: ArrayLike | None = None,
    group: ArrayLike | None = None,
    outside: ArrayLike | None = None,
    needs: Needs = NO_NEEDS,
    outline: ArrayLike | None = None,
    length: ArrayLike | None = None,
) -> Graph:
    """A graph from its borders.

    Parameters
    ----------
    xy : (n, 2) meters
    people : (n,) int, not negative
    border : (e, 2) int
        Pairs of atoms that touch, each once, no atom with itself.
    price : (e,) not negative; nothing where left out
        Cost of having both atoms in one region.
    joins : (e,) bool; all where left out
        Whether a region hangs together across the border.
    mass : (n,) not negative; nothing where left out
        Cost of a meter between an atom and the middle of its region, which is weighted alike.
    group : (n,) int, -1 for none
    outside : (n,) not negative
        Cost of an atom whose group is not the leading one of its region; the leading one is chosen so that this is
        least.
    needs : Needs
    outline : (n,) not negative
        Cost of the outline of an atom that stands alone.
    length : (e,) not negative
        Cost of the part of it that a border saves to each side, once both atoms are in one region.

    Raises
    ------
    ValueError
        If an array does not fit; it names the row.
    """
    at = inputs.points("xy", xy)
    n = at.shape[0]
    pairs = _pairs(border, n)
    e = pairs.shape[0]
    priced = inputs.amounts("price", np.zeros(e) if price is None else price, rows=e)
    joined = inputs.flags("joins", np.ones(e, dtype=np.bool_) if joins is None else joins, rows=e)
    grouped = inputs.integers("group", np.full(n, -1) if group is None else group, rows=n, lowest=-1)
    tail = np.concatenate([pairs[:, 0], pairs[:, 1]])
    order = np.lexsort([np.concatenate([pairs[:, 1], pairs[:, 0]]), tail])
    both = np.concatenate([np.arange(e), np.arange(e)])[order]
    own = inputs.amounts("outline", np.zeros(n) if outline is None else outline, rows=n)
    saved = inputs.amounts("length", np.zeros(e) if length is None else length, rows=e)
    outside_ = inputs.amounts("outside", np.zeros(n) if outside is None else outside, rows=n)
    drag = _drag(priced, grouped[pairs[:, 0]] != grouped[pairs[:, 1]], bool(outside_.any()))
    needed = _needs(needs, n)
    graph = Graph(
        first=np.searchsorted(tail[order], np.arange(n + 1)).astype(np.int32),
        neighbor=np.concatenate([pairs[:, 1], pairs[:, 0]])[order].astype(np.int32),
        price=(priced - 2 * saved)[both],
        drag=drag[both],
        joins=joined[both].astype(np.uint8),
        people=inputs.integers("people", people, rows=n, lowest=0).astype(np.int64),
        mass=inputs.amounts("mass", np.zeros(n) if mass is None else mass, rows=n),
        x=np.ascontiguousarray(at[:, 0] - (at[:, 0].mean() if n else 0)),
        y=np.ascontiguousarray(at[:, 1] - (at[:, 1].mean() if n else 0)),
        group=grouped,
        outside=outside_,
        need_first=np.searchsorted(needed.atom, np.arange(n + 1)).astype(np.int32),
        need_cost=needed.cost,
        met_first=needed.first,
        met_by=needed.met_by,
        own=own,
    )
    for array in graph.arrays:
        array.flags.writeable = False
    return graph


def _pairs(border: ArrayLike, atoms: int) -> Longs:
    array = np.asarray(border, dtype=np.int64).reshape(-1, 2) if np.size(border) == 0 else np.asarray(border)
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        raise ValueError(f"border: expected whole numbers of shape (e, 2), found {array.dtype} of {array.shape}")
    pairs = np.sort(array.astype(np.int64), axis=1)
    inputs.refuse("border", pairs, (pairs[:, 0] < 0) | (pairs[:, 1] >= atoms), "no such atom")
    inputs.refuse("border", pairs, pairs[:, 0] == pairs[:, 1], "an atom with itself")
    place, count = np.unique(pairs, axis=0, return_counts=True)
    inputs.refuse("border", place, count > 1, "given twice")
    return pairs


def _drag(price: Floats, between_groups: NDArray[np.bool_], groups_cost: bool) -> Floats:
    """Between 0 and 1, growing with price; the price in the middle of those that cost anything stands at a half."""
    paid = price[price > 0]
    by_price = price / (price + np.median(paid)) if paid.size else np.zeros(price.size)
    if not groups_cost:
        return np.asarray(by_price, dtype=np.float64)
    return np.asarray(0.5 * by_price + 0.5 * between_groups, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _SortedNeeds:
    atom: Ints
    cost: Floats
    first: Longs
    met_by: Ints


def _needs(needs: Needs, atoms: int) -> _SortedNeeds:
    """In order of atom."""
    atom = inputs.integers("needs.atom", needs.atom, lowest=0, below=atoms)
    first = np.asarray(needs.first, dtype=np.int64)
    met_by = inputs.integers("needs.met_by", needs.met_by, lowest=0, below=atoms)
    if first.shape != (atom.size + 1,) or first[0] != 0 or first[-1] != met_by.size or (np.diff(first) < 0).any():
        raise ValueError("needs.first: does not count from 0 to the size of met_by")
    cost = inputs.amounts("needs.cost", needs.cost, rows=atom.size)
    order = np.argsort(atom, kind="stable")
    size = np.diff(first)[order]
    begin = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    row = np.repeat(first[:-1][order] - begin[:-1], size) + np.arange(begin[-1])
    return _SortedNeeds(atom[order], cost[order], begin, np.ascontiguousarray(met_by[row]))
