"""Walks from the homes of each atom to the basic services, over the ways that the check-up walks."""

import numpy as np
from numpy.typing import NDArray

from linli.compute.catchment import catchment
from linli.compute.lanes import LANES
from linli.compute.network import INFINITY_CM
from linli.domain.checkup.measures import Reach, prepare
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.rules.units.proposals import UnitRules, Walks

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


def walks(situation: Situation, rules: UnitRules, building: Ints, facility: Ints, atoms: int) -> Walks:
    """Of all residents, the nearest facility of each service, and the atoms in which one lies within the walk.

    Parameters
    ----------
    building, facility : (b,) and (f,) int
        Atom of each building and facility of the situation.
    """
    reach = prepare(situation)
    people = situation.buildings.people[reach.rows].sum(axis=1)
    atom = building[reach.rows]
    limit = round(rules.walk_m * 100)
    columns = [
        [situation.facility_kinds.index(k) for k in s.kinds if k in situation.facility_kinds] for s in rules.services
    ]
    within, reached, person_m = (np.zeros((atoms, len(columns))) for _ in range(3))
    for s, kinds in enumerate(columns):
        nearest = reach.to_any(kinds)
        for sums, counted in (
            (within, people * (nearest <= limit)),
            (reached, people * (nearest < INFINITY_CM)),
            (person_m, np.where(nearest < INFINITY_CM, people * (nearest / 100), 0)),
        ):
            sums[:, s] = np.bincount(atom, weights=counted, minlength=atoms)
    found = [_met(situation, reach, kinds, facility, building, limit, atoms) for kinds in columns]
    groups = [group for s, met in enumerate(found) for group in _groups(s, met, atom, people, atoms)]
    groups.sort(key=lambda group: group[:2])
    sizes = [len(group[3]) for group in groups]
    return Walks(
        within=within.astype(np.int64),
        reached=reached.astype(np.int64),
        person_m=person_m,
        complete=tuple(any(k in situation.complete_kinds for k in s.kinds) for s in rules.services),
        group_atom=np.array([group[0] for group in groups], dtype=np.int32),
        group_service=np.array([group[1] for group in groups], dtype=np.int16),
        group_people=np.array([group[2] for group in groups], dtype=np.int64),
        group_first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        facility_atom=np.array([one for group in groups for one in group[3]], dtype=np.int32),
    )


def _met(
    situation: Situation, reach: Reach, kinds: list[int], facility: Ints, building: Ints, limit: int, atoms: int
) -> Longs:
    """Pairs of home (row of ``reach``) and atom with a facility within the walk, as ``row * atoms + atom``, sorted."""
    facilities, buildings = situation.facilities, situation.buildings
    of_kind = np.isin(facilities.kind, kinds)
    public = np.flatnonzero(of_kind & facilities.open_to_all)
    own = np.flatnonzero(of_kind & ~facilities.open_to_all & (facilities.compound >= 0))
    near = reach.to_any(kinds) <= limit
    pairs = [np.empty(0, dtype=np.int64)]
    if public.size:
        rows = np.flatnonzero(near)
        anchors = buildings.anchors.take(reach.rows[rows])
        found = catchment(reach.hierarchy, anchors, facilities.anchors.take(public), limit)
        home_at = np.full(found.batches * LANES, -1, dtype=np.int64)
        home_at[found.slot] = rows
        batch = np.repeat(np.arange(found.batches), np.diff(found.first))
        home = home_at[batch[:, None] * LANES + np.arange(LANES)]
        at, lane = np.nonzero((home >= 0) & (found.distance_cm <= limit))
        pairs.append(home[at, lane] * atoms + facility[public[found.facility[at]]])
    # What only the residents of a compound may use lies in their own atom.
    mine = np.flatnonzero(near & np.isin(buildings.compound[reach.rows], facilities.compound[own]))
    pairs.append(mine * atoms + building[reach.rows[mine]])
    return np.unique(np.concatenate(pairs))


def _groups(
    service: int, met: Longs, atom: Ints, people: Longs, atoms: int
) -> list[tuple[int, int, int, tuple[int, ...]]]:
    """(atom, service, residents, atoms with a facility), homes that are alike as one."""
    home, facility = np.divmod(met, atoms)
    begin = np.flatnonzero(np.diff(home, prepend=-1))
    residents: dict[tuple[int, tuple[int, ...]], int] = {}
    for one, reached in zip(home[begin], np.split(facility, begin[1:]), strict=False):
        if people[one] > 0:
            key = int(atom[one]), tuple(reached.tolist())
            residents[key] = residents.get(key, 0) + int(people[one])
    return [(at, service, count, reached) for (at, reached), count in sorted(residents.items())]
