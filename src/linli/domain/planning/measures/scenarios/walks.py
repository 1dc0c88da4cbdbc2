"""Walks drawn: what can be reached from a place, who is far from something, and the way that a home has to go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.compute.edits import Changed, moved
from linli.compute.hierarchy import Hierarchy
from linli.compute.network import INFINITY_CM
from linli.compute.snapping import Anchors
from linli.compute.tracing import node_distances, reached, way_between
from linli.domain.checkup.measures import Reach
from linli.domain.checkup.measures.reach import OWN_FACILITY_LIMIT_CM
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.measures.scenarios.ground import Ground

BESIDE_M = 25.0
"""An isochrone reaches this far to both sides of a way."""


@dataclass(frozen=True, slots=True)
class Isochrone:
    """What lies within one distance on foot; metres of the situation."""

    limit_m: float
    ways: shapely.MultiLineString
    """Exactly the parts of ways that can be reached."""
    ground: shapely.Geometry
    """Polygons around them, for the map."""


@dataclass(frozen=True, slots=True)
class FarHomes:
    """Homes by their walk, the farthest first."""

    building: NDArray[np.int64]
    walk_cm: NDArray[np.int32]
    """``INFINITY_CM`` where there is no way."""
    people: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Route:
    """From a home to the nearest facility that its people may use."""

    facility: int
    """Row of the situation's facilities."""
    walk_cm: int
    """As the check-up measures it, both straight legs included."""
    line: NDArray[np.float64]
    """(k, 2) metres, from the home to the facility."""


def place_at(ground: Ground, xy: NDArray[np.float64], network: Changed | None = None) -> Anchors:
    """Where a point meets the ways that somebody there may use; on a changed network if one is given."""
    at = np.reshape(np.asarray(xy, dtype=np.float64), (1, 2))
    compound = np.array([ground.walled_compound_at(at[0])], dtype=np.int32)
    anchor = ground.anchor(at, compound)
    return anchor if network is None else moved(anchor, network, at)


def isochrone(
    situation: Situation, hierarchy: Hierarchy, place: Anchors, limits_m: Sequence[float]
) -> tuple[Isochrone, ...]:
    """What can be reached from one place, for each limit; parts of ways count in part."""
    node_cm = node_distances(hierarchy, place)
    found = []
    for limit_m in limits_m:
        pieces = reached(situation.network, place, node_cm, round(limit_m * 100))
        ways = shapely.multilinestrings(shapely.linestrings(pieces))
        found.append(Isochrone(limit_m, ways, shapely.buffer(shapely.union_all(ways), BESIDE_M, quad_segs=4)))
    return tuple(found)


def far_from(situation: Situation, reach: Reach, kinds: Iterable[str], *, beyond_m: float = 0.0) -> FarHomes:
    """Homes whose walk to the nearest of some kinds is longer than ``beyond_m``."""
    columns = [situation.facility_kinds.index(kind) for kind in kinds if kind in situation.facility_kinds]
    walk = reach.to_any(columns)
    people = situation.buildings.people[reach.rows].sum(axis=1)
    far = np.flatnonzero((walk > beyond_m * 100) & (people > 0))
    far = far[np.argsort(-walk[far].astype(np.int64), kind="stable")]
    return FarHomes(reach.rows[far], walk[far], people[far])


def route(situation: Situation, hierarchy: Hierarchy, building: int, kinds: Iterable[str]) -> Route | None:
    """The way of one home to the nearest facility of some kinds; None where there is none."""
    buildings, facilities = situation.buildings, situation.facilities
    columns = [situation.facility_kinds.index(kind) for kind in kinds if kind in situation.facility_kinds]
    compound = int(buildings.compound[building])
    own = ~facilities.open_to_all & (facilities.compound == compound) & (compound >= 0)
    rows = np.flatnonzero(np.isin(facilities.kind, columns) & (facilities.open_to_all | own))
    if rows.size == 0:
        return None
    home = buildings.anchors.take(np.array([building]))
    node_cm = node_distances(hierarchy, home)
    walk = _walks(situation, home, node_cm, rows)
    # Farther than this the check-up does not follow people to what only they may use.
    walk[~facilities.open_to_all[rows] & (walk > OWN_FACILITY_LIMIT_CM)] = INFINITY_CM
    best = int(np.argmin(walk))
    if walk[best] >= INFINITY_CM:
        return None
    facility = int(rows[best])
    line, cm = way_between(situation.network, home, facilities.anchors.take(rows[best : best + 1]), node_cm)
    return Route(facility, cm, np.concatenate([buildings.xy[[building]], line, facilities.xy[[facility]]]))


def _walks(
    situation: Situation, home: Anchors, node_cm: NDArray[np.int32], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(rows,) centimeters from one home to some facilities."""
    there = situation.facilities.anchors.take(rows)
    tail, head = situation.network.edges[there.edge].T
    walk = np.minimum(
        node_cm[tail].astype(np.int64) + there.to_tail_cm, node_cm[head].astype(np.int64) + there.to_head_cm
    )
    at, others = (p.to_tail_cm.astype(np.int64) - p.leg_cm for p in (home, there))
    direct = np.abs(at - others) + home.leg_cm + there.leg_cm
    return np.where(there.edge == home.edge[0], np.minimum(walk, direct), walk)
