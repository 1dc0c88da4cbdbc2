"""A walking network out of plain lines: what shares a point is joined, and gates lead through walls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from linli.compute import inputs
from linli.compute.network import PUBLIC, Traces, WalkingNetwork, WallReport, build_traced

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Gates:
    """Gates in the walls of compounds.

    Attributes
    ----------
    xy : (g, 2) float64, metres
    compound : (g,) int32
    is_open : (g,) bool
        Open to all.
    """

    xy: Floats
    compound: Ints
    is_open: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class GateEdges:
    """The edges of a network that stand for gates, g of them.

    Attributes
    ----------
    own : (g, 2) int32
        What nobody passes any more once this gate alone is closed: an edge, and its copy in a public interior (-1 for
        none).
    passage : (g,) int32
        The edge through the wall: the gate's own, or one that it shares with other gates at the same point of a street.
    """

    own: Ints
    passage: Ints


@dataclass(frozen=True, slots=True)
class _Graph:
    """Nodes and edges while they are being put together."""

    xy: Floats
    edges: NDArray[np.int64]
    compound: Ints
    is_open: NDArray[np.bool_]


def network_from_lines(
    lines: Sequence[ArrayLike],
    compound: ArrayLike | None = None,
    *,
    gates: Gates | None = None,
    center_xy: ArrayLike | None = None,
) -> tuple[WalkingNetwork, WallReport]:
    """Join lines where they share a point, to the centimetre, be it an end or a point between.

    Parameters
    ----------
    lines : sequence of (k, 2) float, metres
    compound : (lines,) int, default all public
        The walled compound a line lies in, -1 for a public way.
    gates : default none given
        With gates, lines of a compound meet other lines at its gates only: each gate joins the nearest point of the
        compound's paths to the nearest point of the public ways. A compound that has gates but no paths gets a star of
        straight paths from its center to its gates; one that has no gates is unwalled.
        Without, every point where a compound's line meets another line is a gate for the compound.
    center_xy : (compounds, 2) float, metres
        Centers of the compounds; by default the middle of the gates.

    Raises
    ------
    ValueError
        Naming the array and the row.
    """
    network, report, _ = network_with_gates(lines, compound, gates=gates, center_xy=center_xy)
    return network, report


def network_with_gates(
    lines: Sequence[ArrayLike],
    compound: ArrayLike | None = None,
    *,
    gates: Gates | None = None,
    center_xy: ArrayLike | None = None,
) -> tuple[WalkingNetwork, WallReport, GateEdges]:
    """``network_from_lines``, and the edges that stand for the gates given."""
    xy, line = _points(lines)
    given = np.full(len(lines), PUBLIC) if compound is None else compound
    inside = inputs.integers("compound", given, rows=len(lines), lowest=PUBLIC, below=2**30)
    if gates is None:
        graph = _gates_where_lines_meet(_nodes(xy, line, inside))
        unwalled = np.empty(0, dtype=np.int32)
    else:
        gates = _checked(gates)
        unwalled = np.setdiff1d(inside, gates.compound)
        unwalled = unwalled[unwalled >= 0]
        inside = np.where(np.isin(inside, unwalled), np.int32(PUBLIC), inside)
        graph = _through_gates(_nodes(xy, line, inside), gates, center_xy)
    network, report, traces = build_traced(graph.xy, graph.edges, graph.compound, open_gates=graph.is_open)
    report = WallReport(np.union1d(report.unwalled, unwalled), report.opened, report.partly_open)
    return network, report, _gate_edges(traces, graph.edges.shape[0], 0 if gates is None else gates.compound.size)


def _gate_edges(traces: Traces, edges: int, gates: int) -> GateEdges:
    """``_through_gates`` puts the gates last, in their order."""
    rows = np.arange(edges - gates, edges)
    return GateEdges(np.column_stack([rows, traces.copy[rows]]).astype(np.int32), traces.passage[rows])


def _points(lines: Sequence[ArrayLike]) -> tuple[Floats, NDArray[np.int64]]:
    """All points of all lines, and the line of each."""
    arrays = [np.asarray(line, dtype=np.float64) for line in lines]
    for row, array in enumerate(arrays):
        if array.ndim != 2 or array.shape[1] != 2 or array.shape[0] < 2:
            raise ValueError(f"lines: row {row} has shape {array.shape}: expected (k, 2) with two points or more")
    if not arrays:
        return np.empty((0, 2)), np.empty(0, dtype=np.int64)
    xy = np.concatenate(arrays)
    line = np.repeat(np.arange(len(arrays)), [array.shape[0] for array in arrays])
    bad = ~(np.isfinite(xy).all(axis=1) & (np.abs(xy) < 1e8).all(axis=1))
    if bad.any():
        row = int(line[np.argmax(bad)])
        raise ValueError(f"lines: row {row} has the point {xy[np.argmax(bad)].tolist()}: no coordinate in metres")
    return xy, line


def _nodes(xy: Floats, line: NDArray[np.int64], inside: Ints) -> _Graph:
    """One node for each compound and centimetre, one edge for each two neighbors on a line."""
    centimetre = np.rint(xy * 100).astype(np.int64)
    side = inside[line].astype(np.int64)
    columns = np.column_stack([centimetre, side])
    place, node = _distinct(columns)
    follows = np.flatnonzero(line[1:] == line[:-1])
    pairs = np.column_stack([node[follows], node[follows + 1]])
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    n = max(place.shape[0], 1)
    key = np.unique(pairs[:, 0] * n + pairs[:, 1])
    pairs = np.column_stack([key // n, key % n])
    return _Graph(place[:, :2] / 100, pairs, place[:, 2].astype(np.int32), np.zeros(pairs.shape[0], dtype=np.bool_))


def _distinct(rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct rows, sorted, and where each row went."""
    if rows.shape[0] == 0:
        return rows, np.empty(0, dtype=np.int64)
    order = np.lexsort(rows.T)
    ordered = rows[order]
    new = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
    which = np.empty(rows.shape[0], dtype=np.int64)
    which[order] = np.cumsum(new) - 1
    return ordered[new], which


def _gates_where_lines_meet(graph: _Graph) -> _Graph:
    """A gate of no length wherever a compound has a point in common with another side of its wall."""
    spot = np.rint(graph.xy * 100).astype(np.int64)
    spots, at = _distinct(spot)
    public_node = np.full(spots.shape[0], -1, dtype=np.int64)
    public = np.flatnonzero(graph.compound == PUBLIC)
    public_node[at[public]] = public
    meets = np.bincount(at, minlength=spots.shape[0]) > 1
    missing = np.flatnonzero(meets & (public_node < 0))
    public_node[missing] = graph.compound.size + np.arange(missing.size)
    gate = np.flatnonzero((graph.compound != PUBLIC) & meets[at])
    return _Graph(
        np.concatenate([graph.xy, spots[missing] / 100]),
        np.concatenate([graph.edges, np.column_stack([gate, public_node[at[gate]]])]),
        np.concatenate([graph.compound, np.full(missing.size, PUBLIC, dtype=np.int32)]),
        np.zeros(graph.edges.shape[0] + gate.size, dtype=np.bool_),
    )


def _checked(gates: Gates) -> Gates:
    xy = inputs.points("gates.xy", gates.xy)
    compound = inputs.integers("gates.compound", gates.compound, rows=xy.shape[0], lowest=0, below=2**30)
    return Gates(xy, compound, inputs.flags("gates.is_open", gates.is_open, rows=xy.shape[0]))


def _through_gates(graph: _Graph, gates: Gates, center_xy: ArrayLike | None) -> _Graph:
    """Join each gate to the public ways on one side and to its compound's paths, or a star, on the other."""
    count = gates.compound.size
    if count == 0:
        return graph
    starred = ~np.isin(gates.compound, graph.compound)
    graph, outside = _landed(graph, gates.xy, np.full(count, PUBLIC, dtype=np.int32))
    graph, within = _landed(graph, gates.xy[~starred], gates.compound[~starred])
    inner = np.empty(count, dtype=np.int64)
    inner[~starred] = within
    graph, inner[starred] = _with_stars(graph, gates.xy[starred], gates.compound[starred], center_xy)
    pairs = np.column_stack([inner, outside])
    return _Graph(
        graph.xy,
        np.concatenate([graph.edges, pairs]),
        graph.compound,
        np.concatenate([graph.is_open, gates.is_open]),
    )


def _with_stars(
    graph: _Graph, xy: Floats, compound: Ints, center_xy: ArrayLike | None
) -> tuple[_Graph, NDArray[np.int64]]:
    """Paths from a compound's center to each of its gates; also the inner node at each gate."""
    compounds, which, size = np.unique(compound, return_inverse=True, return_counts=True)
    if center_xy is None:
        center = np.column_stack([np.bincount(which, weights=column) for column in xy.T]) / size[:, None]
    else:
        centers = inputs.points("center_xy", center_xy)
        inputs.refuse("gates.compound", compound, compound >= centers.shape[0], "has no row in center_xy")
        center = centers[compounds]
    n = graph.compound.size
    at_gate = n + compounds.size + np.arange(compound.size)
    spokes = np.column_stack([n + which, at_gate])
    grown = _Graph(
        np.concatenate([graph.xy, center, xy]),
        np.concatenate([graph.edges, spokes]),
        np.concatenate([graph.compound, compounds, compound]),
        np.concatenate([graph.is_open, np.zeros(spokes.shape[0], dtype=np.bool_)]),
    )
    return grown, at_gate


def _landed(graph: _Graph, xy: Floats, side: Ints) -> tuple[_Graph, NDArray[np.int64]]:
    """Split the nearest edge on the asked side at the point nearest to each ``xy``; also the nodes there."""
    edge = np.empty(xy.shape[0], dtype=np.int64)
    of_edge = graph.compound[graph.edges[:, 0]]
    for compound in np.unique(side):
        ways = np.flatnonzero(of_edge == compound)
        if ways.size == 0:
            raise ValueError(f"lines: gates need a way of compound {compound}, and there is none")
        tree = shapely.STRtree(shapely.linestrings(graph.xy[graph.edges[ways]]))
        asked = side == compound
        edge[asked] = ways[tree.nearest(shapely.points(xy[asked]))]
    tail, head = graph.xy[graph.edges[edge, 0]], graph.xy[graph.edges[edge, 1]]
    along = head - tail
    length = np.maximum(np.hypot(*along.T), 1e-9)
    offset = np.clip(((xy - tail) * along).sum(axis=1) / length, 0, length)
    return _split(graph, edge, offset, length)


def _split(graph: _Graph, edge: NDArray[np.int64], offset: Floats, length: Floats) -> tuple[_Graph, NDArray[np.int64]]:
    """Put nodes on edges at the given offsets; less than a centimetre from an end or a neighbor is there already."""
    node = np.where(offset < 0.01, graph.edges[edge, 0], graph.edges[edge, 1])
    between = np.flatnonzero((offset >= 0.01) & (offset <= length - 0.01))
    if between.size == 0:
        return graph, node
    cuts, which = _distinct(np.column_stack([np.rint(offset[between] * 100).astype(np.int64), edge[between]]))
    new = graph.compound.size + np.arange(cuts.shape[0])
    node[between] = new[which]
    tail, head = graph.edges[cuts[:, 1]].T
    along = graph.xy[head] - graph.xy[tail]
    at = graph.xy[tail] + along * (cuts[:, :1] / 100 / np.hypot(*along.T)[:, None])
    first = np.concatenate([[True], cuts[1:, 1] != cuts[:-1, 1]])
    last = np.concatenate([first[1:], [True]])
    before = np.where(first, tail, np.concatenate([[0], new[:-1]]))
    pieces = np.concatenate([np.column_stack([before, new]), np.column_stack([new[last], head[last]])])
    kept = np.ones(graph.edges.shape[0], dtype=np.bool_)
    kept[cuts[:, 1]] = False
    split = _Graph(
        np.concatenate([graph.xy, at]),
        np.concatenate([graph.edges[kept], pieces]),
        np.concatenate([graph.compound, graph.compound[tail]]),
        np.concatenate([graph.is_open[kept], np.zeros(pieces.shape[0], dtype=np.bool_)]),
    )
    return split, node
