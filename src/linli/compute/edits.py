"""What an edit does to a walking network, in the network's own terms: the plain way, a whole new network.

Nodes and edges keep their numbers; what is new comes after them, copies of interiors last. A closed edge stays and has
the length infinity, so that places along it keep their ways to its two ends. ``amending`` is the fast way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from linli.compute.changes import Changed, Changes, Links, no_links
from linli.compute.network import WalkingNetwork
from linli.compute.redrawing import Redrawing
from linli.compute.snapping import Anchors, anchored, nearest_of_few

__all__ = ["Changed", "Changes", "Links", "carried", "changed", "moved", "no_links"]

Floats = NDArray[np.float64]


def changed(network: WalkingNetwork, changes: Changes) -> Changed:
    """The network with all changes made.

    Raises
    ------
    ValueError
        Naming the array and the row: an edge that does not exist, a point beyond the end of its edge, a link between
        two compounds or on a gate, an opened edge that is no gate.
    """
    drawing = Redrawing(network, changes)
    drawing.cut_edges()
    drawing.draw_links()
    drawing.copy_interiors()
    return drawing.result()


def carried(anchors: Anchors, result: Changed) -> Anchors:
    """Anchors in the changed network of places that were there before: on an edge that was cut they stand on one of its
    pieces, equally far from everything. They keep their way in, so that a new way lengthens nobody's walk.
    """
    if result.split.size == 0:
        return anchors
    which = np.searchsorted(result.split, anchors.edge)
    rows = np.flatnonzero(result.split[np.minimum(which, result.split.size - 1)] == anchors.edge)
    edge, to_tail, to_head = anchors.edge.copy(), anchors.to_tail_cm.copy(), anchors.to_head_cm.copy()
    for row, cut in zip(rows.tolist(), which[rows].tolist(), strict=True):
        first, last = result.piece_first[cut], result.piece_first[cut + 1]
        starts = result.piece_start_cm[first:last]
        piece = int(np.searchsorted(starts, to_tail[row] - anchors.leg_cm[row], side="right")) - 1
        edge[row] = result.piece[first + piece]
        to_tail[row] -= starts[piece]
        if piece + 1 < starts.size:
            end = int(result.base.length_cm[result.split[cut]]) - int(starts[piece + 1])
            to_head[row] -= end
    return Anchors(edge, to_tail, to_head, anchors.leg_cm)


def moved(anchors: Anchors, result: Changed, xy: Floats) -> Anchors:
    """Anchors in the changed network of places that come with the changes, as they would be in its base.

    A place whose straight leg to a new way is strictly shorter than its leg so far moves there, if that way is of the
    kind that it uses already: public, or the inner paths of its compound. Others are ``carried``.

    Parameters
    ----------
    anchors : of p places
    xy : (p, 2) float64, metres
    """
    after = carried(anchors, result)
    if result.way.size == 0 or len(anchors) == 0:
        return after
    edge, tail, head, leg = (part.copy() for part in (after.edge, after.to_tail_cm, after.to_head_cm, after.leg_cm))
    for compound in np.unique(result.way_compound):
        ways = result.way[result.way_compound == compound].astype(np.int64)
        rows, way = _attracted(anchors, result, xy, int(compound), ways)
        there = anchored(result.network, way, xy[rows])
        edge[rows], tail[rows], head[rows], leg[rows] = there.edge, there.to_tail_cm, there.to_head_cm, there.leg_cm
    return Anchors(edge, tail, head, leg)


def _attracted(
    anchors: Anchors, result: Changed, xy: Floats, compound: int, ways: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the places that are nearer to one of some ways than to their edge so far, and that way."""
    base, network = result.base, result.network
    ends = network.xy[network.edges[ways].ravel()]
    # A place that is farther from the box around the ways than from its edge is out of the question.
    slack = anchors.leg_cm / 100 + 0.02
    near = (xy >= ends.min(axis=0) - slack[:, None]).all(axis=1) & (xy <= ends.max(axis=0) + slack[:, None]).all(axis=1)
    rows = np.flatnonzero(near)
    sides = base.compound[base.edges[anchors.edge[rows]]]
    rows = rows[(sides == compound).all(axis=1)]
    if rows.size == 0:
        return rows, rows
    way = nearest_of_few(network, ways, xy[rows])
    so_far = _square_distance(base, anchors.edge[rows], xy[rows])
    nearer = _square_distance(network, way, xy[rows]) < so_far
    return rows[nearer], way[nearer]


def _square_distance(network: WalkingNetwork, edge: NDArray[np.integer], xy: Floats) -> Floats:
    """Of each place from its edge, in square metres."""
    tail = network.xy[network.edges[edge, 0]]
    along = network.xy[network.edges[edge, 1]] - tail
    square = np.maximum((along**2).sum(axis=1), np.finfo(np.float64).tiny)
    share = np.clip(((xy - tail) * along).sum(axis=1) / square, 0, 1)
    return np.asarray(((xy - tail - share[:, None] * along) ** 2).sum(axis=1), dtype=np.float64)
