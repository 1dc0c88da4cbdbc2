"""The slow, obvious way: a whole new situation with the edits made, which any measure can read."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from linli.compute.edits import Changed, carried, changed, moved
from linli.compute.snapping import Anchors
from linli.domain.places.rules.situation import Buildings, Facilities, PeopleSource, Situation
from linli.domain.planning.rules.scenarios.resolved import Resolved


def applied(situation: Situation, resolved: Resolved, *, network: Changed | None = None) -> Situation:
    """The situation with the edits made; ``network`` where the changed one is at hand.

    New facilities and homes stand after the others. New homes hold as many households as dwellings, are as new as the
    situation, and their people are marked as planned. Permanent ids, communities and grid cells of what was there stay.
    """
    after = changed(situation.network, resolved.changes) if network is None else network
    walled = situation.compounds.walled.copy()
    walled[resolved.unwalled] = False
    idle = situation.premises.idle.copy()
    idle[resolved.premises] = False
    return replace(
        situation,
        fingerprint=resolved.fingerprint,
        network=after.network,
        buildings=_buildings(situation, resolved, after),
        facilities=_facilities(situation.facilities, resolved, after),
        compounds=replace(situation.compounds, walled=walled),
        premises=replace(situation.premises, idle=idle),
        gates=replace(
            situation.gates, edges=_none_left(situation.gates.edges), passage=_none_left(situation.gates.passage)
        ),
    )


def _none_left(edges: NDArray[np.int32]) -> NDArray[np.int32]:
    """Edges of gates are not followed into the changed network; nobody edits an edited situation."""
    return np.full_like(edges, -1)


def _buildings(situation: Situation, resolved: Resolved, after: Changed) -> Buildings:
    old, new = situation.buildings, resolved.homes
    count = len(new.key)
    return Buildings(
        key=old.key + new.key,
        place=np.append(old.place, np.zeros(count, dtype=np.int64)),
        xy=np.concatenate([old.xy, new.xy]),
        community=np.concatenate([old.community, new.community]),
        compound=np.concatenate([old.compound, new.compound]),
        grid_cell=np.concatenate([old.grid_cell, new.grid_cell]),
        residential=np.append(old.residential, np.ones(count, dtype=np.bool_)),
        dwellings=np.concatenate([old.dwellings, new.dwellings]),
        households=np.concatenate([old.households, new.dwellings]),
        floor_area_m2=np.concatenate([old.floor_area_m2, new.floor_area_m2]),
        year=np.append(old.year, np.full(count, situation.day.year, dtype=np.int16)),
        people=np.concatenate([old.people, new.people]),
        people_source=np.append(old.people_source, np.full(count, PeopleSource.PLANNED, dtype=np.int8)),
        anchors=_joined(carried(old.anchors, after), moved(new.anchors, after, new.xy)),
    )


def _facilities(old: Facilities, resolved: Resolved, after: Changed) -> Facilities:
    edits = resolved.facilities
    capacity, area, is_open = old.capacity.copy(), old.area_m2.copy(), old.open_to_all.copy()
    capacity[edits.changed] = edits.capacity
    area[edits.changed] = edits.area_m2
    is_open[edits.changed] = edits.open_to_all
    rows, new = _staying(len(old.key), edits.removed), edits.added
    hours = old.hours or ("",) * len(old.key)
    return Facilities(
        key=_without(old.key, edits.removed) + new.key,
        name=_without(old.name, edits.removed) + new.name,
        place=np.concatenate([old.place[rows], new.place]),
        xy=np.concatenate([old.xy[rows], new.xy]),
        kind=np.concatenate([old.kind[rows], new.kind]),
        community=np.concatenate([old.community[rows], new.community]),
        compound=np.concatenate([old.compound[rows], new.compound]),
        capacity=np.concatenate([capacity[rows], new.capacity]),
        area_m2=np.concatenate([area[rows], new.area_m2]),
        open_to_all=np.concatenate([is_open[rows], new.open_to_all]),
        anchors=_joined(carried(old.anchors.take(rows), after), moved(new.anchors, after, new.xy)),
        hours=_without(hours, edits.removed) + new.hours,
    )


def _staying(count: int, removed: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    """All but some rows; the whole range where none is removed, so that nothing is copied."""
    if removed.size == 0:
        return slice(None)
    stays = np.ones(count, dtype=np.bool_)
    stays[removed] = False
    return np.flatnonzero(stays)


def _without(texts: tuple[str, ...], removed: NDArray[np.int64]) -> tuple[str, ...]:
    if removed.size == 0:
        return texts
    left = list(texts)
    for row in removed[::-1].tolist():
        del left[row]
    return tuple(left)


def _joined(first: Anchors, second: Anchors) -> Anchors:
    return Anchors(
        np.concatenate([first.edge, second.edge]),
        np.concatenate([first.to_tail_cm, second.to_tail_cm]),
        np.concatenate([first.to_head_cm, second.to_head_cm]),
        np.concatenate([first.leg_cm, second.leg_cm]),
    )
