"""How far every inhabited building lies from every kind of facility: one pass of the engine, read by all measures."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from linli.compute.catchment import catchment
from linli.compute.hierarchy import Hierarchy, customize
from linli.compute.hierarchy import prepare as order_network
from linli.compute.lanes import LANES
from linli.compute.network import INFINITY_CM, PUBLIC, WalkingNetwork
from linli.compute.snapping import Anchors
from linli.compute.sweep import nearest_facilities
from linli.domain.places.rules.situation import Situation

OWN_FACILITY_LIMIT_CM = 300_000
"""How far residents are followed outside their compound to a facility of their own compound."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Walking distances of the buildings in which people live."""

    hierarchy: Hierarchy
    rows: NDArray[np.int64]
    """(r,) index into ``Situation.buildings``: residential, or with people."""
    community: NDArray[np.int64]
    """(r,) community of each; those outside any community are not among the rows."""
    distance_cm: NDArray[np.int32]
    """(r, kinds) to the nearest facility that the residents may use; ``INFINITY_CM`` where there is none."""

    def to_any(self, columns: Iterable[int]) -> NDArray[np.int32]:
        """(r,) distance to the nearest facility of any of some kinds; infinite for no kind at all."""
        picked = list(columns)
        if not picked:
            return np.full(self.rows.size, INFINITY_CM, dtype=np.int32)
        nearest = self.distance_cm[:, picked[0]]
        for column in picked[1:]:
            nearest = np.minimum(nearest, self.distance_cm[:, column])
        return nearest


@dataclass(frozen=True, slots=True)
class Walks:
    """The parts of which a ``Reach`` is made, kept where edits are tried on it."""

    rows: NDArray[np.int64]
    """(r,) as in ``Reach``."""
    buildings: int
    """How many the situation has, lived in or not."""
    to_open: NDArray[np.int32]
    """(r, kinds) to the nearest facility open to all."""
    inside: NDArray[np.int32]
    """(r, kinds) to one for residents only, on the paths of their compound."""
    lost: NDArray[np.int64]
    """(l,) those of the r rows whose paths do not lead to every kind that their compound has, ascending."""
    around: NDArray[np.int32]
    """(l, kinds) their walks to these by any way."""
    farthest: NDArray[np.int32]
    """(l,) the farthest of these, or how far they were looked for."""

    def nearest(self) -> NDArray[np.int32]:
        """(r, kinds)"""
        distance = np.minimum(self.to_open, self.inside)
        distance[self.lost] = np.minimum(distance[self.lost], self.around)
        return distance


def prepare(situation: Situation, *, hierarchy: Hierarchy | None = None) -> Reach:
    """Walking distances from every inhabited building to every kind, walls and residents' rights observed.

    A facility open to residents only counts for the people of its compound. They walk to it on the ways of their
    compound; where these do not lead there, by public ways.
    """
    ordered = order_network(situation.network) if hierarchy is None else hierarchy
    return reach_of(situation, ordered, walks(situation, ordered))


def reach_of(situation: Situation, hierarchy: Hierarchy, found: Walks) -> Reach:
    """The parts put together."""
    community = situation.buildings.community[found.rows].astype(np.int64)
    return Reach(hierarchy, found.rows, community, found.nearest())


def walks(situation: Situation, hierarchy: Hierarchy) -> Walks:
    """All parts of a reach."""
    rows = inhabited(situation)
    to_open = walks_to_open(situation, hierarchy, rows, np.arange(len(situation.facility_kinds)))
    inside = walks_inside(situation, hierarchy, rows)
    lost = unreached(situation, rows, inside)
    around = walks_around(situation, hierarchy, rows[lost])
    farthest = farthest_own(situation, rows[lost], around)
    return Walks(rows, situation.buildings.community.size, to_open, inside, lost, around, farthest)


def inhabited(situation: Situation) -> NDArray[np.int64]:
    """(r,) buildings that are residential, or with people, and lie in a community."""
    buildings = situation.buildings
    lived_in = buildings.residential | (buildings.people.sum(axis=1) > 0)
    return np.flatnonzero(lived_in & (buildings.community >= 0))


def walks_to_open(
    situation: Situation, hierarchy: Hierarchy, rows: NDArray[np.int64], kinds: NDArray[np.int64]
) -> NDArray[np.int32]:
    """(r, kinds) distances of some buildings to the nearest facility that is open to all, of some kinds."""
    facilities = situation.facilities
    column = np.full(len(situation.facility_kinds), -1, dtype=np.int32)
    column[kinds] = np.arange(kinds.size)
    open_to_all = np.flatnonzero(facilities.open_to_all & (column[facilities.kind] >= 0))
    return nearest_facilities(
        hierarchy,
        situation.buildings.anchors.take(rows),
        facilities.anchors.take(open_to_all),
        column[facilities.kind[open_to_all]],
        kinds.size,
    )


def walks_inside(
    situation: Situation, hierarchy: Hierarchy, rows: NDArray[np.int64], compounds: NDArray[np.integer] | None = None
) -> NDArray[np.int32]:
    """(r, kinds) distances of some buildings to facilities for residents only, on inner paths of their compound.

    With ``compounds``, only of the buildings that lie in some compounds; infinite for all others.
    """
    facilities, buildings = situation.facilities, situation.buildings
    distance = np.full((rows.size, len(situation.facility_kinds)), INFINITY_CM, dtype=np.int32)
    own = own_facilities(situation)
    if compounds is not None:
        own = own[np.isin(facilities.compound[own], compounds)]
    homes = np.flatnonzero(np.isin(buildings.compound[rows], facilities.compound[own]))
    if own.size and homes.size:
        if compounds is None:
            closed = _paths_alone(situation, hierarchy)
        else:
            closed = _paths_of_few(situation, hierarchy, np.unique(facilities.compound[own]))
        distance[homes] = _within_compounds(situation, *closed, rows[homes], own)
    return distance


def own_facilities(situation: Situation) -> NDArray[np.int64]:
    """Facilities for the residents of their compound only."""
    facilities = situation.facilities
    return np.flatnonzero(~facilities.open_to_all & (facilities.compound >= 0))


def _paths_alone(situation: Situation, hierarchy: Hierarchy) -> tuple[Hierarchy, NDArray[np.int32]]:
    """The network with all but inner paths closed, so that no search leaves its compound; and the number of its edges
    there, -1 for what is no inner path.
    """
    of_edge = situation.network.edge_compound()
    closed = customize(hierarchy, np.where(of_edge >= 0, situation.network.length_cm, np.int32(INFINITY_CM)))
    return closed, np.where(of_edge >= 0, np.arange(of_edge.size), -1).astype(np.int32)


def _paths_of_few(
    situation: Situation, hierarchy: Hierarchy, compounds: NDArray[np.integer]
) -> tuple[Hierarchy, NDArray[np.int32]]:
    """The same for a few compounds: a small network of its own."""
    network = situation.network
    paths = np.flatnonzero(np.isin(network.edge_compound(), compounds))
    number = np.full(network.edges.shape[0], -1, dtype=np.int32)
    if paths.size == 0:
        return hierarchy, number
    nodes, ends = np.unique(network.edges[paths], return_inverse=True)
    number[paths] = np.arange(paths.size)
    edges = ends.reshape(-1, 2).astype(np.int32)
    public = np.full(nodes.size, PUBLIC, dtype=np.int32)
    small = WalkingNetwork(network.xy[nodes], edges, network.length_cm[paths], public)
    return order_network(small, metis=False), number


def _within_compounds(
    situation: Situation,
    paths: Hierarchy,
    number: NDArray[np.int32],
    buildings: NDArray[np.int64],
    own: NDArray[np.int64],
) -> NDArray[np.int32]:
    """(buildings, kinds) on inner paths only."""
    facilities = situation.facilities
    # Places that had to snap to a public way are not inside; a way along that very edge would be taken for one.
    inner = own[number[facilities.anchors.edge[own]] >= 0]
    homes = np.flatnonzero(number[situation.buildings.anchors.edge[buildings]] >= 0)
    result = np.full((buildings.size, len(situation.facility_kinds)), INFINITY_CM, dtype=np.int32)
    result[homes] = nearest_facilities(
        paths,
        _on_paths(situation.buildings.anchors.take(buildings[homes]), number),
        _on_paths(facilities.anchors.take(inner), number),
        facilities.kind[inner],
        len(situation.facility_kinds),
    )
    return result


def _on_paths(anchors: Anchors, number: NDArray[np.int32]) -> Anchors:
    return replace(anchors, edge=number[anchors.edge])


def unreached(situation: Situation, rows: NDArray[np.int64], inside: NDArray[np.int32]) -> NDArray[np.int64]:
    """Which of some buildings found no way inside to a kind that their compound has."""
    facilities, own = situation.facilities, own_facilities(situation)
    compound = situation.buildings.compound[rows]
    homes = np.flatnonzero(np.isin(compound, facilities.compound[own]))
    expected = _own_kinds(situation, own)[compound[homes]]
    return homes[(expected & (inside[homes] >= INFINITY_CM)).any(axis=1)]


def _own_kinds(situation: Situation, own: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(compounds, kinds) whether a compound has a facility of the kind for its residents only."""
    has = np.zeros((len(situation.compounds.key), len(situation.facility_kinds)), dtype=np.bool_)
    has[situation.facilities.compound[own], situation.facilities.kind[own]] = True
    return has


def farthest_own(situation: Situation, buildings: NDArray[np.int64], around: NDArray[np.int32]) -> NDArray[np.int32]:
    """(l,) the farthest of the walks of ``walks_around`` to a kind that the compound of each building has, or how far
    they were looked for.
    """
    has = _own_kinds(situation, own_facilities(situation))[situation.buildings.compound[buildings]]
    return np.where(has, np.minimum(around, np.int32(OWN_FACILITY_LIMIT_CM)), 0).max(axis=1, initial=0).astype(np.int32)


def walks_around(situation: Situation, hierarchy: Hierarchy, buildings: NDArray[np.int64]) -> NDArray[np.int32]:
    """(buildings, kinds) by any way that rule R allows, to facilities of the building's own compound."""
    own, facilities = own_facilities(situation), situation.facilities
    result = np.full((buildings.size, len(situation.facility_kinds)), INFINITY_CM, dtype=np.int32)
    if buildings.size == 0:
        return result
    of_building = situation.buildings.compound[buildings]
    own = own[np.isin(facilities.compound[own], of_building)]
    found = catchment(
        hierarchy, situation.buildings.anchors.take(buildings), facilities.anchors.take(own), OWN_FACILITY_LIMIT_CM
    )
    slots = found.batches * LANES
    building_at = np.full(slots, -1, dtype=np.int64)
    building_at[found.slot] = np.arange(buildings.size)
    batch = np.repeat(np.arange(found.batches), np.diff(found.first))
    building = building_at[batch[:, None] * LANES + np.arange(LANES)]
    facility = own[found.facility]
    same = (building >= 0) & (of_building[building] == facilities.compound[facility][:, None])
    same &= found.distance_cm <= OWN_FACILITY_LIMIT_CM
    row, lane = np.nonzero(same)
    np.minimum.at(result, (building[row, lane], facilities.kind[facility[row]]), found.distance_cm[row, lane])
    return result
