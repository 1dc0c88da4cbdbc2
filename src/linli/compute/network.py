"""The walking network: points joined by straight edges of whole centimetres, some of them behind walls.

A node is public or belongs to the interior of one walled compound. An edge between two interior nodes of a compound is
an inner path; an edge between an interior and a public node is a gate. Rule R (``docs/algorithms/walled-compounds.md``)
needs nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linli.compute import inputs

PUBLIC = -1
INFINITY_CM = 2**29
"""No way. Two of them still add up within int32."""


@dataclass(frozen=True, slots=True)
class WalkingNetwork:
    """Nodes and undirected edges.

    Attributes
    ----------
    xy : (n, 2) float64, metres in a projected system
    edges : (m, 2) int32
        Tail and head node.
    length_cm : (m,) int32
    compound : (n,) int32
        ``-1`` for a public node, ``k >= 0`` inside compound ``k``. A node ``-2 - k`` is public too: it belongs to the
        copy of the interior of ``k`` that everybody may walk through, because some of its gates are open to all.
    """

    xy: NDArray[np.float64]
    edges: NDArray[np.int32]
    length_cm: NDArray[np.int32]
    compound: NDArray[np.int32]

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return int(self.compound.size)

    def edge_compound(self) -> NDArray[np.int32]:
        """(m,) int32: ``k`` for an inner path of ``k``, ``-1`` for a public way, ``-2`` where no place may snap.

        The last are gates, and the public copies of interiors.
        """
        ends = self.compound[self.edges]
        same = (ends[:, 0] == ends[:, 1]) & (ends[:, 0] >= PUBLIC)
        return np.where(same, ends[:, 0], np.int32(-2)).astype(np.int32)


@dataclass(frozen=True, slots=True)
class WallReport:
    """What became of the compounds; each a sorted array of compound numbers."""

    unwalled: NDArray[np.int32]
    """No gate at all: treated as if there were no wall."""
    opened: NDArray[np.int32]
    """Every gate is open to all: the interior is public."""
    partly_open: NDArray[np.int32]
    """Two or more open gates and some closed: the public may walk through between the open ones."""


@dataclass(frozen=True, slots=True)
class DroppedPieces:
    """The parts of a network that do not hang together with the largest one."""

    pieces: int
    nodes: int
    length_m: float
    piece_xy: NDArray[np.float64]
    """(pieces, 2) float64: one point of each dropped piece, largest first."""
    piece_nodes: NDArray[np.int64]
    """(pieces,) int64: size of each dropped piece."""
    lost_compounds: NDArray[np.int32]
    """Compounds of which nothing was kept."""
    edge: NDArray[np.int32]
    """(m,) int32: the number that each edge given has among those kept, -1 where it was dropped."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What stands for each of the m edges given to ``build``; they keep their numbers.

    Attributes
    ----------
    passage : (m,) int32
        The edge that leads through the wall in its stead, where several meet a public node; else the edge itself.
    copy : (m,) int32
        Its copy in the public interior, -1 where there is none.
    """

    passage: NDArray[np.int32]
    copy: NDArray[np.int32]


def build(
    xy: ArrayLike,
    edges: ArrayLike,
    compound: ArrayLike | None = None,
    *,
    length_cm: ArrayLike | None = None,
    open_gates: ArrayLike | None = None,
) -> tuple[WalkingNetwork, WallReport]:
    """A checked network from nodes and edges.

    Parameters
    ----------
    xy : (n, 2) float, metres
    edges : (m, 2) int
        No loops.
    compound : (n,) int, default all public
    length_cm : (m,) int, default the straight length, rounded once
    open_gates : (m,) bool, default none
        Gates open to all. Only gate edges may be marked.

    Where several edges of one compound meet the same public node, they meet in an interior twin of it instead, and one
    gate edge of length zero joins the two: so an inner path may pass a gate without leaving.

    Raises
    ------
    ValueError
        Naming the array and the row.
    """
    network, report, _ = build_traced(xy, edges, compound, length_cm=length_cm, open_gates=open_gates)
    return network, report


def build_traced(
    xy: ArrayLike,
    edges: ArrayLike,
    compound: ArrayLike | None = None,
    *,
    length_cm: ArrayLike | None = None,
    open_gates: ArrayLike | None = None,
) -> tuple[WalkingNetwork, WallReport, Traces]:
    """``build``, and what stands for each edge given."""
    xy = inputs.points("xy", xy)
    pairs = _edges(edges, nodes=xy.shape[0])
    given = np.full(xy.shape[0], PUBLIC) if compound is None else compound
    inside = inputs.integers("compound", given, rows=xy.shape[0], lowest=PUBLIC, below=2**30)
    _refuse_walls_crossed(pairs, inside)
    length = _lengths(xy, pairs, length_cm)
    is_open = inputs.flags("open_gates", open_gates, rows=pairs.shape[0])
    inputs.refuse("open_gates", pairs, is_open & ~_is_gate(pairs, inside), "is marked open but is no gate")

    unwalled, opened, partly = _sort_compounds(pairs, inside, is_open)
    inside = np.where(np.isin(inside, np.concatenate([unwalled, opened])), np.int32(PUBLIC), inside)
    given_edges = pairs.shape[0]
    xy, pairs, length, inside, is_open, passage = _join_at_gates(xy, pairs, length, inside, is_open)
    xy, pairs, length, inside, copy = _copy_open_interiors(xy, pairs, length, inside, is_open, partly)
    traces = Traces(passage, copy[:given_edges])
    return WalkingNetwork(xy, pairs, length, inside), WallReport(unwalled, opened, partly), traces


def largest_component(network: WalkingNetwork) -> tuple[WalkingNetwork, DroppedPieces]:
    """The piece with most nodes, and a report of the rest. Compounds hang together with what their gates touch."""
    n = network.nodes
    tail, head = network.edges.T
    graph = coo_array((np.ones(tail.size, dtype=np.int8), (tail, head)), shape=(n, n)).tocsr()
    pieces, piece = connected_components(graph, directed=False)
    if pieces <= 1:
        empty = np.empty(0, dtype=np.int64)
        every = np.arange(tail.size, dtype=np.int32)
        return network, DroppedPieces(0, 0, 0.0, np.empty((0, 2)), empty, empty.astype(np.int32), every)
    size = np.bincount(piece)
    order = np.argsort(-size, kind="stable")
    kept = piece == order[0]
    kept_edge = kept[tail]
    new = np.cumsum(kept, dtype=np.int64) - 1
    largest = WalkingNetwork(
        np.ascontiguousarray(network.xy[kept]),
        np.ascontiguousarray(new[network.edges[kept_edge]], dtype=np.int32),
        np.ascontiguousarray(network.length_cm[kept_edge]),
        np.ascontiguousarray(network.compound[kept]),
    )
    example = np.unique(piece, return_index=True)[1]
    lost = np.setdiff1d(network.compound, largest.compound)
    dropped = DroppedPieces(
        pieces=pieces - 1,
        nodes=int(n - size[order[0]]),
        length_m=float(network.length_cm[~kept_edge].sum(dtype=np.int64)) / 100,
        piece_xy=network.xy[example[order[1:]]],
        piece_nodes=size[order[1:]],
        lost_compounds=lost[lost >= 0],
        edge=np.where(kept_edge, np.cumsum(kept_edge) - 1, -1).astype(np.int32),
    )
    return largest, dropped


def _edges(edges: ArrayLike, *, nodes: int) -> NDArray[np.int32]:
    pairs = np.asarray(edges)
    if pairs.size == 0:
        return np.empty((0, 2), dtype=np.int32)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
        raise ValueError(f"edges: expected whole numbers of shape (m, 2), found {pairs.dtype} of shape {pairs.shape}")
    inputs.refuse("edges", pairs, ((pairs < 0) | (pairs >= nodes)).any(axis=1), f"there are {nodes} nodes")
    inputs.refuse("edges", pairs, pairs[:, 0] == pairs[:, 1], "both ends are the same node")
    return np.ascontiguousarray(pairs, dtype=np.int32)


def _lengths(xy: NDArray[np.float64], pairs: NDArray[np.int32], given: ArrayLike | None) -> NDArray[np.int32]:
    if given is not None:
        return inputs.integers("length_cm", given, rows=pairs.shape[0], lowest=0, below=INFINITY_CM)
    length: NDArray[np.float64] = np.rint(100 * np.hypot(*(xy[pairs[:, 1]] - xy[pairs[:, 0]]).T))
    inputs.refuse("edges", pairs, length >= INFINITY_CM, "longer than the engine can count")
    return length.astype(np.int32)


def _is_gate(pairs: NDArray[np.int32], inside: NDArray[np.int32]) -> NDArray[np.bool_]:
    walled = inside[pairs] >= 0
    return np.asarray(walled[:, 0] != walled[:, 1])


def _refuse_walls_crossed(pairs: NDArray[np.int32], inside: NDArray[np.int32]) -> None:
    ends = inside[pairs]
    crossed = (ends >= 0).all(axis=1) & (ends[:, 0] != ends[:, 1])
    inputs.refuse("edges", pairs, crossed, "joins two compounds without a public node between them")


def _sort_compounds(
    pairs: NDArray[np.int32], inside: NDArray[np.int32], is_open: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Compounds without a gate, with open gates only, and with two or more open ones among closed ones."""
    gate = _is_gate(pairs, inside)
    compounds = np.unique(inside[inside >= 0])
    owner = np.searchsorted(compounds, inside[pairs[gate]].max(axis=1))
    gates = np.bincount(owner, minlength=compounds.size)
    open_ones = np.bincount(owner[is_open[gate]], minlength=compounds.size)
    unwalled, opened = gates == 0, (gates > 0) & (open_ones == gates)
    return compounds[unwalled], compounds[opened], compounds[(open_ones >= 2) & ~opened]


def _join_at_gates(
    xy: NDArray[np.float64],
    pairs: NDArray[np.int32],
    length: NDArray[np.int32],
    inside: NDArray[np.int32],
    is_open: NDArray[np.bool_],
) -> tuple[
    NDArray[np.float64], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_], NDArray[np.int32]
]:
    """Give every public node that several edges of one compound meet an interior twin behind a single gate; last, the
    edge that each edge passes the wall by.
    """
    leads_by = np.arange(pairs.shape[0], dtype=np.int32)
    gate = np.flatnonzero(_is_gate(pairs, inside))
    if gate.size == 0:
        return xy, pairs, length, inside, is_open, leads_by
    n = xy.shape[0]
    public_end = np.argmin(inside[pairs[gate]], axis=1)
    public = pairs[gate, public_end].astype(np.int64)
    key = inside[pairs[gate, 1 - public_end]].astype(np.int64) * n + public
    keys, which, count = np.unique(key, return_inverse=True, return_counts=True)
    shared = count > 1
    twin = n + np.cumsum(shared) - 1
    moved = shared[which]
    pairs = pairs.copy()
    pairs[gate[moved], public_end[moved]] = twin[which[moved]]
    passage = np.column_stack([twin[shared], keys[shared] % n]).astype(np.int32)
    passage_open = np.zeros(count.size, dtype=np.bool_)
    np.logical_or.at(passage_open, which, is_open[gate])
    leads_by[gate[moved]] = pairs.shape[0] + np.cumsum(shared)[which[moved]] - 1
    still_open = is_open.copy()
    still_open[gate[moved]] = False
    return (
        np.concatenate([xy, xy[keys[shared] % n]]),
        np.concatenate([pairs, passage]),
        np.concatenate([length, np.zeros(passage.shape[0], dtype=np.int32)]),
        np.concatenate([inside, (keys[shared] // n).astype(np.int32)]),
        np.concatenate([still_open, passage_open[shared]]),
        leads_by,
    )


def _copy_open_interiors(
    xy: NDArray[np.float64],
    pairs: NDArray[np.int32],
    length: NDArray[np.int32],
    inside: NDArray[np.int32],
    is_open: NDArray[np.bool_],
    partly: NDArray[np.int32],
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Add a public copy of the interior of each compound in ``partly``, joined through its open gates alone; last, the
    copy of each edge.
    """
    copy_of = np.full(pairs.shape[0], -1, dtype=np.int32)
    if partly.size == 0:
        return xy, pairs, length, inside, copy_of
    copied = np.isin(inside, partly)
    copy = np.where(copied, inside.size + np.cumsum(copied) - 1, np.arange(inside.size))
    touched = copied[pairs]
    repeated = touched.all(axis=1) | (touched.any(axis=1) & is_open)
    copy_of[repeated] = pairs.shape[0] + np.arange(np.count_nonzero(repeated))
    return (
        np.concatenate([xy, xy[copied]]),
        np.concatenate([pairs, copy[pairs[repeated]].astype(np.int32)]),
        np.concatenate([length, length[repeated]]),
        np.concatenate([inside, (-2 - inside[copied]).astype(np.int32)]),
        copy_of,
    )
