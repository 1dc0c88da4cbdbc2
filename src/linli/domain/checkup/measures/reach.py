"""How far every inhabited building lies from every kind of facility: one pass of the engine, read by all measures."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.compute.catchment import catchment
from linli.compute.hierarchy import Hierarchy, customize
from linli.compute.hierarchy import prepare as order_network
from linli.compute.lanes import LANES
from linli.compute.network import INFINITY_CM
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


def prepare(situation: Situation, *, hierarchy: Hierarchy | None = None) -> Reach:
    """Walking distances from every inhabited building to every kind, walls and residents' rights observed.

    A facility open to residents only counts for the people of its compound. They walk to it on the ways of their
    compound; where these do not lead there, by public ways.
    """
    ordered = order_network(situation.network) if hierarchy is None else hierarchy
    buildings, facilities = situation.buildings, situation.facilities
    inhabited = (buildings.residential | (buildings.people.sum(axis=1) > 0)) & (buildings.community >= 0)
    rows = np.flatnonzero(inhabited)
    open_to_all = np.flatnonzero(facilities.open_to_all)
    distance = nearest_facilities(
        ordered,
        buildings.anchors.take(rows),
        facilities.anchors.take(open_to_all),
        facilities.kind[open_to_all],
        len(situation.facility_kinds),
    )
    _lower_by_own_facilities(situation, ordered, rows, distance)
    return Reach(ordered, rows, buildings.community[rows].astype(np.int64), distance)


def _lower_by_own_facilities(
    situation: Situation, hierarchy: Hierarchy, rows: NDArray[np.int64], distance: NDArray[np.int32]
) -> None:
    """Take facilities for residents only into account, for the buildings of their compounds."""
    facilities = situation.facilities
    own = np.flatnonzero(~facilities.open_to_all & (facilities.compound >= 0))
    homes = np.flatnonzero(np.isin(situation.buildings.compound[rows], facilities.compound[own]))
    if own.size == 0 or homes.size == 0:
        return
    inside = _within_compounds(situation, hierarchy, rows[homes], own)
    distance[homes] = np.minimum(distance[homes], inside)
    lost = _unreached(situation, rows[homes], own, inside)
    if lost.size:
        by_public_ways = _between(situation, hierarchy, rows[homes[lost]], own)
        distance[homes[lost]] = np.minimum(distance[homes[lost]], by_public_ways)


def _within_compounds(
    situation: Situation, hierarchy: Hierarchy, buildings: NDArray[np.int64], own: NDArray[np.int64]
) -> NDArray[np.int32]:
    """(buildings, kinds) on inner paths only; with all other ways closed no search leaves its compound."""
    network, facilities = situation.network, situation.facilities
    of_edge = network.edge_compound()
    closed = customize(hierarchy, np.where(of_edge >= 0, network.length_cm, np.int32(INFINITY_CM)))
    # Places that had to snap to a public way are not inside; a way along that very edge would be taken for one.
    at_path = of_edge[facilities.anchors.edge[own]] >= 0
    inner = own[at_path]
    result = nearest_facilities(
        closed,
        situation.buildings.anchors.take(buildings),
        facilities.anchors.take(inner),
        facilities.kind[inner],
        len(situation.facility_kinds),
    )
    result[of_edge[situation.buildings.anchors.edge[buildings]] < 0] = INFINITY_CM
    return result


def _unreached(
    situation: Situation, buildings: NDArray[np.int64], own: NDArray[np.int64], inside: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Positions of buildings that found no way inside to a kind that their compound has."""
    facilities = situation.facilities
    kinds = len(situation.facility_kinds)
    compounds = len(situation.compounds.key)
    has = np.zeros((compounds, kinds), dtype=np.bool_)
    has[facilities.compound[own], facilities.kind[own]] = True
    expected = has[situation.buildings.compound[buildings]]
    return np.flatnonzero((expected & (inside >= INFINITY_CM)).any(axis=1))


def _between(
    situation: Situation, hierarchy: Hierarchy, buildings: NDArray[np.int64], own: NDArray[np.int64]
) -> NDArray[np.int32]:
    """(buildings, kinds) by any way that rule R allows, to facilities of the building's own compound."""
    facilities = situation.facilities
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
    result = np.full((buildings.size, len(situation.facility_kinds)), INFINITY_CM, dtype=np.int32)
    np.minimum.at(result, (building[row, lane], facilities.kind[facility[row]]), found.distance_cm[row, lane])
    return result
