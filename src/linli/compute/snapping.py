"""Places meet the network at the nearest point on an edge, not at the nearest node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from linli.compute import inputs
from linli.compute.network import INFINITY_CM, PUBLIC, WalkingNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Anchors:
    """Where places meet the network; arrays of equal length, one row a place.

    Attributes
    ----------
    edge : (p,) int32
        The nearest edge that the place may use.
    to_tail_cm, to_head_cm : (p,) int32
        From the place to each end of that edge, the straight leg included.
    leg_cm : (p,) int32
        The straight leg alone.
    """

    edge: Ints
    to_tail_cm: Ints
    to_head_cm: Ints
    leg_cm: Ints

    def __len__(self) -> int:
        return int(self.edge.size)

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_] | slice) -> Anchors:
        """The anchors of some places."""
        return Anchors(self.edge[rows], self.to_tail_cm[rows], self.to_head_cm[rows], self.leg_cm[rows])

    def followed_by(self, others: Anchors) -> Anchors:
        """These anchors and then others."""
        return Anchors(
            np.concatenate([self.edge, others.edge]),
            np.concatenate([self.to_tail_cm, others.to_tail_cm]),
            np.concatenate([self.to_head_cm, others.to_head_cm]),
            np.concatenate([self.leg_cm, others.leg_cm]),
        )


def snap(network: WalkingNetwork, points_xy: ArrayLike, compound: ArrayLike | None = None) -> Anchors:
    """Anchor each place on the nearest edge it may use; the lowest edge number wins a tie.

    Parameters
    ----------
    points_xy : (p, 2) float, metres
    compound : (p,) int, default all public
        The compound a place lies in. Its places use its inner paths; those of a compound that the network has no inner
        path of, and public ones (-1), use public ways. No place snaps to a gate.

    Raises
    ------
    ValueError
        Naming the array and the row, or saying that the network has no public way although places need one.
    """
    xy = inputs.points("points_xy", points_xy)
    given = np.full(xy.shape[0], PUBLIC) if compound is None else compound
    inside = inputs.integers("compound", given, rows=xy.shape[0], lowest=PUBLIC)
    of_edge = network.edge_compound()
    inside = np.where(np.isin(inside, of_edge), inside, np.int32(PUBLIC))

    edge = np.zeros(xy.shape[0], dtype=np.int64)
    public = inside == PUBLIC
    edge[public] = _nearest(network, np.flatnonzero(of_edge == PUBLIC), xy[public])
    for places, ways in _by_compound(inside, of_edge):
        edge[places] = nearest_of_few(network, ways, xy[places])
    return anchored(network, edge, xy)


def _by_compound(inside: Ints, of_edge: Ints) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows of places and of edges for each compound that has places."""
    places = np.argsort(inside, kind="stable")
    ways = np.argsort(of_edge, kind="stable")
    compounds = np.unique(inside[inside >= 0])
    low = np.searchsorted(inside[places], compounds, side="left")
    high = np.searchsorted(inside[places], compounds, side="right")
    first = np.searchsorted(of_edge[ways], compounds, side="left")
    last = np.searchsorted(of_edge[ways], compounds, side="right")
    return [(places[a:b], ways[c:d]) for a, b, c, d in zip(low, high, first, last, strict=True)]


def _nearest(network: WalkingNetwork, ways: NDArray[np.int64], xy: Floats) -> NDArray[np.int64]:
    """The nearest of many edges, by an index over their boxes."""
    if xy.shape[0] == 0:
        return np.empty(0, dtype=np.int64)
    if ways.size == 0:
        raise ValueError("network: has no public way to snap places to")
    tree = shapely.STRtree(shapely.linestrings(network.xy[network.edges[ways]]))
    place, way = tree.query_nearest(shapely.points(xy), all_matches=True)
    order = np.lexsort((way, place))
    lowest = order[np.unique(place[order], return_index=True)[1]]
    return np.asarray(ways[way[lowest]], dtype=np.int64)


def nearest_of_few(network: WalkingNetwork, ways: NDArray[np.int64], xy: Floats) -> NDArray[np.int64]:
    """The nearest of the few edges of a compound: every edge against every place, a slice of places at a time."""
    tail = network.xy[network.edges[ways, 0]]
    along = network.xy[network.edges[ways, 1]] - tail
    square = np.maximum((along**2).sum(axis=1), np.finfo(np.float64).tiny)
    best = np.empty(xy.shape[0], dtype=np.int64)
    step = max(1, 2_000_000 // ways.size)
    for first in range(0, xy.shape[0], step):
        apart = xy[first : first + step, None, :] - tail
        share = np.clip((apart * along).sum(axis=2) / square, 0, 1)
        distance = ((apart - share[..., None] * along) ** 2).sum(axis=2)
        best[first : first + step] = distance.argmin(axis=1)
    return np.asarray(ways[best], dtype=np.int64)


def anchored(network: WalkingNetwork, edge: NDArray[np.int64], xy: Floats) -> Anchors:
    """Legs and partial lengths of places on known edges, each rounded once."""
    tail, head = network.xy[network.edges[edge, 0]], network.xy[network.edges[edge, 1]]
    along = head - tail
    square = np.maximum((along**2).sum(axis=1), np.finfo(np.float64).tiny)
    share = np.clip(((xy - tail) * along).sum(axis=1) / square, 0, 1)
    leg = np.rint(100 * np.hypot(*(xy - tail - share[:, None] * along).T))
    inputs.refuse("points_xy", xy, leg >= INFINITY_CM // 4, "too far from the network")
    length = network.length_cm[edge]
    to_tail = np.rint(share * length)
    return Anchors(
        edge.astype(np.int32),
        (leg + to_tail).astype(np.int32),
        (leg + length - to_tail).astype(np.int32),
        leg.astype(np.int32),
    )
