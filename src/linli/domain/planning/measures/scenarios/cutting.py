"""Which homes could no longer reach the rest of the district: by what is closed, or by the hours of their gates.

Walking observes rule R: nobody passes through another compound, so a home hangs together with the rest by public ways,
or by inner paths of its own compound that lead to a gate.
"""

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linli.compute.network import INFINITY_CM
from linli.domain.planning.measures.scenarios.ground import Ground, Neighbors
from linli.domain.planning.measures.scenarios.way_edits import WayDraft
from linli.domain.planning.rules.scenarios.faults import EditFault, FaultKind

Flags = NDArray[np.bool_]

SEARCHED_AT_MOST = 10_000
"""Nodes; a search of everything takes longer from here on."""


def only_ways_home(ground: Ground, ways: WayDraft, shut: set[int]) -> set[int]:
    """Of gates that hours shut, those of inner paths that no other gate leads to.

    A compound of which all gates are open to all has no inner paths of its own; there all its gates count together.
    """
    if not shut:
        return set()
    groups = _groups(ground)
    other = np.array(sorted(set(range(groups.size)) - shut - set(ways.shut)), dtype=np.int64)
    other = other[ground.situation.gates.edges[other, 0] >= 0]
    served = set(groups[other].tolist())
    network = ground.situation.network
    for link in ways.links:
        if link.side == -2:
            inner = link.start if link.start.side >= 0 else link.end
            served.add(int(ground.inner_piece[inner.node]))
    assert network.nodes == ground.inner_piece.size
    return {row for row in shut if int(groups[row]) not in served}


def _groups(ground: Ground) -> NDArray[np.int64]:
    """(g,) piece of inner paths behind each gate; below -1 by compound where the interior is public."""
    situation = ground.situation
    gates, network = situation.gates, situation.network
    nodes = network.edges[np.maximum(gates.edges[:, 0], 0)]
    piece = ground.inner_piece[nodes].max(axis=1).astype(np.int64)
    return np.where(piece >= 0, piece, -2 - gates.compound.astype(np.int64))


def cut_off(ground: Ground, ways: WayDraft, shut: NDArray[np.int64], kept: NDArray[np.int64]) -> tuple[EditFault, ...]:
    """The fault of the first edit by which homes lose their way to the rest, with how many and where."""
    gates = ground.situation.gates
    closed = set(ways.changes(shut, kept).closed.tolist())
    if _has_detours(ground, ways, shut, closed):
        return ()
    after = _reaching(ground, ways, closed)
    if after.all():
        return ()
    of_edit = dict(ways.closed)
    for row, number in ways.shut.items():
        of_edit |= {int(edge): number for edge in gates.edges[row] if edge >= 0}
    by_hours = closed - set(of_edit)
    before = _reaching(ground, ways, by_hours)
    lost = before & ~after
    if not lost.any():
        return ()

    def cut_by(number: int) -> Flags:
        """Homes that the edits up to this one cut off."""
        so_far = by_hours | {edge for edge, by in of_edit.items() if by <= number}
        return np.asarray(before & ~_reaching(ground, ways, so_far), dtype=np.bool_)

    # What is cut off stays so with every further closure: halving finds the first edit, however long the list is.
    numbers = sorted(set(of_edit.values()))
    first = bisect_left(numbers, True, key=lambda number: bool(cut_by(number).any()))
    if first == len(numbers):
        return (_fault(ground, 0, lost),)
    return (_fault(ground, numbers[first], cut_by(numbers[first])),)


def _has_detours(ground: Ground, ways: WayDraft, shut: NDArray[np.int64], closed: set[int]) -> bool:
    """Whether a short search shows that nothing is cut off: beside every closed way public ways lead from end to end,
    and behind every closed gate another one leads out. False where it shows nothing.
    """
    network, gates = ground.situation.network, ground.situation.gates
    asked = set(ways.closed)
    groups = _groups(ground)
    stands = gates.edges[:, 0] >= 0
    stands[[*ways.shut, *shut.tolist()]] = False
    leads_out = stands & ground.main[network.edges[gates.passage]].any(axis=1)
    for row in ways.shut:
        if groups[row] < -1:
            asked.add(int(gates.edges[row, 0]))
        elif not leads_out[groups == groups[row]].any():
            return False
    ends = network.edges[sorted(asked)].tolist()
    if (network.compound[network.edges[sorted(asked)]] >= 0).any():
        return False
    left = SEARCHED_AT_MOST
    for tail, head in ends:
        left = _steps_round(ground.public_ways, tail, head, closed, left)
        if left < 0:
            return False
    return True


def _steps_round(ways: Neighbors, start: int, goal: int, closed: set[int], left: int) -> int:
    """How many nodes may still be visited once one has walked from a node to another; -1 where one has not."""
    seen, line = {start}, [start]
    for node in line:
        if node == goal:
            return left
        left -= 1
        if left < 0:
            return -1
        for entry in range(ways.first[node], ways.first[node + 1]):
            to = ways.node[entry]
            if to not in seen and ways.edge[entry] not in closed:
                seen.add(to)
                line.append(to)
    return -1


def _fault(ground: Ground, number: int, lost: Flags) -> EditFault:
    buildings = ground.situation.buildings
    rows = np.flatnonzero(lost)
    middle = buildings.xy[rows].mean(axis=0)
    nearest = rows[np.argmin(np.hypot(*(buildings.xy[rows] - middle).T))]
    return EditFault(
        number,
        FaultKind.CUTS_HOMES_OFF,
        place=ground.degrees(buildings.xy[nearest]),
        homes=int(rows.size),
        people=int(buildings.people[rows].sum()),
    )


def _reaching(ground: Ground, ways: WayDraft, closed: Iterable[int]) -> Flags:
    """(b,) whether a home hangs together with most of the public ways; true for what is no home."""
    situation = ground.situation
    network, buildings = situation.network, situation.buildings
    walked = network.length_cm < INFINITY_CM
    walked[list(closed)] = False
    inside = network.compound[network.edges] >= 0
    public = walked & ~inside.any(axis=1)
    inner = walked & inside.all(axis=1)
    gate = walked & (inside.sum(axis=1) == 1)
    joins = [(link.start.node, link.end.node, link.side) for link in ways.links]
    public_piece = _pieces(network.nodes, network.edges[public], [one[:2] for one in joins if one[2] == -1])
    inner_piece = _pieces(network.nodes, network.edges[inner], [one[:2] for one in joins if one[2] >= 0])
    outside = network.compound < 0
    main = public_piece == np.bincount(public_piece[outside]).argmax()
    through = np.concatenate(
        [network.edges[gate], np.array([one[:2] for one in joins if one[2] == -2], dtype=np.int32).reshape(-1, 2)]
    )
    first_inside = network.compound[through[:, 0]] >= 0
    within = np.where(first_inside, through[:, 0], through[:, 1])
    without = np.where(first_inside, through[:, 1], through[:, 0])
    led_out = np.zeros(network.nodes, dtype=np.bool_)
    led_out[inner_piece[within[main[without]]]] = True
    good = np.where(outside, main, led_out[inner_piece])
    homes = buildings.residential | (buildings.people.sum(axis=1) > 0)
    return np.asarray(good[network.edges[buildings.anchors.edge]].any(axis=1) | ~homes, dtype=np.bool_)


def _pieces(nodes: int, edges: NDArray[np.int32], joins: list[tuple[int, int]]) -> NDArray[np.int32]:
    pairs = np.concatenate([edges, np.array(joins, dtype=np.int32).reshape(-1, 2)])
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(nodes, nodes))
    return np.asarray(connected_components(graph.tocsr(), directed=False)[1], dtype=np.int32)
