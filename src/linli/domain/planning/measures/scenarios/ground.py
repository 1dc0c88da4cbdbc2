"""Where things are: the indexes of one situation in which edits look for ways, walls and areas."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linli.compute.network import INFINITY_CM, PUBLIC, WalkingNetwork
from linli.compute.snapping import Anchors, anchored
from linli.domain.places.rules import membership, projection
from linli.domain.places.rules.situation import Situation

_FAR_M = 1e8


@dataclass(frozen=True, slots=True)
class Neighbors:
    """Public ways from node to node, as plain lists: small searches over them take microseconds.

    Those of node ``n`` are the entries from ``first[n]`` to ``first[n + 1]``.
    """

    first: list[int]
    node: list[int]
    edge: list[int]


@dataclass(frozen=True, slots=True)
class Ground:
    """Made once for a situation and used for every list of edits over it."""

    situation: Situation
    of_edge: NDArray[np.int32]
    """(m,) compound of inner paths, -1 for public ways, -2 for gates and copies."""
    public: NDArray[np.int64]
    public_tree: shapely.STRtree
    """Over ``public``, in its order."""
    inner: NDArray[np.int64]
    """Edges on inner paths, by compound."""
    inner_compound: NDArray[np.int32]
    communities: NDArray[np.object_]
    compounds: NDArray[np.object_]
    grid_cells: NDArray[np.object_]
    walled: NDArray[np.int64]
    """Compounds that the network keeps behind a wall."""
    bounded: NDArray[np.int64]
    """Compounds with a wall: those, and the ones that have a wall by record while their inside is public ground."""
    walls: shapely.STRtree
    """Boundaries of ``bounded``, in its order."""
    facility_row: dict[str, int]
    gate_row: dict[str, int]
    inner_piece: NDArray[np.int32]
    """(n,) connected piece of inner paths by node; -1 for public nodes."""

    public_ways: Neighbors
    main: NDArray[np.bool_]
    """(n,) whether a public node belongs to the largest piece of public ways."""

    def metres(self, line: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
        """(k, 2) of longitudes and latitudes; what the local system cannot hold lies far outside."""
        points = shapely.points(np.array(line, dtype=np.float64).reshape(-1, 2))
        xy = membership.coordinates(projection.projected(points, self.situation.epsg))
        return np.clip(np.nan_to_num(xy, nan=_FAR_M, posinf=_FAR_M, neginf=-_FAR_M), -_FAR_M, _FAR_M)

    def degrees(self, xy: NDArray[np.float64]) -> tuple[float, float]:
        point = projection.unprojected(np.array([shapely.Point(xy)], dtype=object), self.situation.epsg)[0]
        return round(float(point.x), 7), round(float(point.y), 7)

    def area_of(self, xy: NDArray[np.float64], areas: NDArray[np.object_]) -> int:
        return int(membership.area_at(np.array([shapely.Point(xy)], dtype=object), areas)[0])

    def inner_edges(self, compound: int) -> NDArray[np.int64]:
        low, high = np.searchsorted(self.inner_compound, [compound, compound + 1])
        return self.inner[low:high]

    def walled_compound_at(self, xy: NDArray[np.float64]) -> int:
        """The walled compound in which a point lies, -1 for none."""
        inside = self.area_of(xy, self.compounds)
        return inside if inside >= 0 and bool(np.isin(inside, self.walled)) else PUBLIC

    def anchor(self, xy: NDArray[np.float64], compound: NDArray[np.int32]) -> Anchors:
        """What ``compute.snapping.snap`` answers, by the index."""
        edge = np.empty(xy.shape[0], dtype=np.int64)
        for row in range(xy.shape[0]):
            ways = self.inner_edges(int(compound[row])) if compound[row] >= 0 else self.inner[:0]
            if ways.size:
                edge[row] = nearest_edge(self.situation, ways, xy[row])[0]
            else:
                edge[row] = self.public[self.public_tree.query_nearest(shapely.Point(xy[row])).min()]
        return anchored(self.situation.network, edge, xy)


def nearest_edge(situation: Situation, ways: NDArray[np.int64], xy: NDArray[np.float64]) -> tuple[int, float, float]:
    """Of some edges the nearest to a point, how far it is in metres, and where on it, as a share of its length."""
    network = situation.network
    tail = network.xy[network.edges[ways, 0]]
    along = network.xy[network.edges[ways, 1]] - tail
    square = np.maximum((along**2).sum(axis=1), np.finfo(np.float64).tiny)
    share = np.clip(((xy - tail) * along).sum(axis=1) / square, 0, 1)
    distance = np.hypot(*(xy - tail - share[:, None] * along).T)
    best = int(np.argmin(distance))
    return int(ways[best]), float(distance[best]), float(share[best])


def ground(situation: Situation) -> Ground:
    """The indexes of a situation; a few tenths of a second for a district of a million people."""
    network = situation.network
    of_edge = network.edge_compound()
    open_way = network.length_cm < INFINITY_CM
    public = np.flatnonzero((of_edge == PUBLIC) & open_way)
    outside = np.flatnonzero((network.compound[network.edges] < 0).all(axis=1) & open_way)
    inner = np.flatnonzero((of_edge >= 0) & open_way)
    inner = inner[np.argsort(of_edge[inner], kind="stable")]
    compounds = situation.outlines.compounds.geometries()
    walled = np.unique(network.compound[network.compound >= 0]).astype(np.int64)
    walled = walled[walled < compounds.size]
    by_record = np.flatnonzero(situation.compounds.walled)
    bounded = np.union1d(walled, by_record[by_record < compounds.size])
    return Ground(
        situation=situation,
        of_edge=of_edge,
        public=public,
        public_tree=shapely.STRtree(shapely.linestrings(network.xy[network.edges[public]])),
        inner=inner,
        inner_compound=of_edge[inner],
        communities=situation.outlines.communities.geometries(),
        compounds=compounds,
        grid_cells=situation.outlines.grid_cells.geometries(),
        walled=walled,
        bounded=bounded,
        walls=shapely.STRtree(shapely.boundary(compounds[bounded])),
        facility_row={key: row for row, key in enumerate(situation.facilities.key)},
        gate_row={key: row for row, key in enumerate(situation.gates.key) if key},
        inner_piece=np.where(network.compound >= 0, _pieces(network, inner), -1).astype(np.int32),
        public_ways=_neighbors(network, outside),
        main=_main(network, outside),
    )


def _main(network: WalkingNetwork, outside: NDArray[np.int64]) -> NDArray[np.bool_]:
    piece = _pieces(network, outside)
    public = network.compound < 0
    return np.asarray(public & (piece == np.bincount(piece[public]).argmax()), dtype=np.bool_)


def _pieces(network: WalkingNetwork, edges: NDArray[np.int64]) -> NDArray[np.int32]:
    """(n,) connected piece of each node by some edges."""
    tail, head = network.edges[edges].T
    graph = coo_array((np.ones(edges.size, dtype=np.int8), (tail, head)), shape=(network.nodes, network.nodes))
    return np.asarray(connected_components(graph.tocsr(), directed=False)[1], dtype=np.int32)


def _neighbors(network: WalkingNetwork, edge: NDArray[np.int64]) -> Neighbors:
    """Some edges in both directions."""
    tail, head = network.edges[edge].T
    start, end = np.concatenate([tail, head]), np.concatenate([head, tail])
    order = np.argsort(start, kind="stable")
    first = np.searchsorted(start[order], np.arange(network.nodes + 1))
    return Neighbors(first.tolist(), end[order].tolist(), np.concatenate([edge, edge])[order].tolist())
