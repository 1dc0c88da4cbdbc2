"""Networks from nodes and edges: refusals, gates, open gates, loose pieces."""

from __future__ import annotations

import numpy as np
import pytest
from compute import walks
from hypothesis import given, settings

from linli.compute import hierarchy, sweep
from linli.compute.network import INFINITY_CM, WalkingNetwork, build, largest_component
from linli.compute.snapping import Anchors

# A street 0-1-2-3-4 of 100 m pieces with a gap, and a long way round 0-5-4; inside compound 0 a straight path 6-7 with
# gates at 1 and 3.
XY = [[0, 0], [100, 0], [200, 0], [300, 0], [400, 0], [200, -900], [100, 50], [300, 50]]
STREET = [[0, 1], [3, 4], [0, 5], [5, 4]]
INSIDE = [-1, -1, -1, -1, -1, -1, 0, 0]
PATH = [[6, 7], [6, 1], [7, 3]]


def at_nodes(network: WalkingNetwork, start: int, end: int) -> int:
    """Distance between two nodes, each taken as a place at the end of one of its edges."""

    def anchor(node: int) -> Anchors:
        edge = int(np.flatnonzero((network.edges == node).any(axis=1) & (network.edge_compound() >= -1))[0])
        at_tail = network.edges[edge, 0] == node
        ways = (0, network.length_cm[edge]) if at_tail else (network.length_cm[edge], 0)
        return Anchors(*(np.array([part], dtype=np.int32) for part in (edge, *ways, 0)))

    return int(sweep.nearest_facilities(hierarchy.prepare(network), anchor(start), anchor(end), [0], 1)[0, 0])


def test_nobody_crosses_a_compound() -> None:
    network, _ = build(XY, STREET + PATH, INSIDE)

    round_about = 2 * 10_000 + 2 * round(100 * np.hypot(200, 900))
    assert at_nodes(network, 1, 3) == round_about
    assert at_nodes(network, 6, 3) == 20_000 + 5_000
    assert at_nodes(network, 6, 7) == 20_000


def test_residents_may_leave_and_come_back() -> None:
    """Between two inner nodes the way over public streets counts, if it is shorter."""
    apart = [[6, 1], [7, 3], [1, 2], [2, 3], [6, 8], [7, 9]]
    network, _ = build([*XY, [90, 60], [310, 60]], STREET + apart, [*INSIDE, 0, 0])

    assert at_nodes(network, 8, 9) == 2 * (1414 + 5_000) + 20_000


@pytest.mark.parametrize(("is_open", "expected"), [([True, True], 30_000), ([True, False], None)])
def test_the_public_walks_through_open_gates_only(is_open: list[bool], expected: int | None) -> None:
    marks = [False] * (len(STREET) + 1) + is_open
    network, report = build(XY, STREET + PATH, INSIDE, open_gates=marks)

    assert report.opened.tolist() == ([0] if all(is_open) else [])
    closed = 2 * 10_000 + 2 * round(100 * np.hypot(200, 900))
    assert at_nodes(network, 1, 3) == (expected or closed)


def test_with_some_gates_open_residents_keep_all_gates_and_the_public_gets_a_copy() -> None:
    xy = [*XY, [200, 50]]
    # The path gets a third, closed gate in its middle, at node 2.
    edges = [*STREET, [6, 8], [8, 7], [6, 1], [7, 3], [8, 2]]
    marks = [False] * 6 + [True, True, False]
    network, report = build(xy, edges, [*INSIDE, 0], open_gates=marks)

    assert report.partly_open.tolist() == [0]
    assert (network.compound == -2).sum() == 3
    assert at_nodes(network, 1, 3) == 30_000
    assert at_nodes(network, 0, 4) == 50_000
    # Node 2 hangs on the closed gate alone: residents reach it, the public does not.
    found = sweep.nearest(hierarchy.prepare(network), walks.anchors(network, 0, 0), np.empty(0, dtype=int), 1)
    assert (found == INFINITY_CM).all()
    far = sweep.nearest(hierarchy.prepare(network), _at(network, 8), [0], 1)[:, 0]
    assert far[2] == 5_000
    assert sweep.nearest(hierarchy.prepare(network), _at(network, 0), [0], 1)[2, 0] == INFINITY_CM


def _at(network: WalkingNetwork, node: int) -> Anchors:
    edge = int(np.flatnonzero((network.edges == node).any(axis=1) & (network.edge_compound() >= -1))[0])
    at_tail = network.edges[edge, 0] == node
    ways = (0, network.length_cm[edge]) if at_tail else (network.length_cm[edge], 0)
    return Anchors(*(np.array([part], dtype=np.int32) for part in (edge, *ways, 0)))


def test_an_inner_path_may_pass_a_gate_inside() -> None:
    """Two inner paths that meet in the same public node meet in a twin of it behind the wall."""
    edges = [*STREET, [6, 1], [7, 1]]
    network, _ = build(XY, edges, INSIDE)

    assert network.nodes == len(XY) + 1
    assert network.compound[-1] == 0
    assert at_nodes(network, 6, 7) == 5_000 + round(100 * np.hypot(200, 50))


def test_a_compound_without_a_gate_is_unwalled_and_reported() -> None:
    network, report = build(XY, [*STREET, [6, 7]], INSIDE)

    assert report.unwalled.tolist() == [0]
    assert (network.compound == -1).all()


def test_the_largest_piece_is_kept_and_the_rest_reported() -> None:
    xy = [*XY, [900, 900], [900, 910], [800, 800]]
    network, _ = build(xy, [*STREET, *PATH, [8, 9]], [*INSIDE, -1, -1, -1])
    kept, dropped = largest_component(network)

    assert kept.nodes == 7
    assert kept.edges.shape == (7, 2)
    assert (dropped.pieces, dropped.nodes, dropped.length_m) == (3, 4, 10.0)
    assert dropped.piece_nodes.tolist() == [2, 1, 1]
    assert dropped.piece_xy[0].tolist() == [900, 900]
    assert dropped.lost_compounds.tolist() == []
    assert largest_component(kept)[0] is kept


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0, 0], [np.nan, 1]], []), "xy: row 1"),
        (([[0, 0, 0]], []), r"xy: expected shape \(n, 2\)"),
        (([[0, 0], [1, 1]], [[0, 1], [0, 2]]), r"edges: row 1 is \[0, 2\]: there are 2 nodes"),
        (([[0, 0], [1, 1]], [[1, 1]]), "edges: row 0 .* same node"),
        (([[0, 0], [1, 1]], [[0.5, 1]]), "edges: expected whole numbers"),
        (([[0, 0], [1, 1]], [[0, 1]], [0, -2]), "compound: row 1 is -2"),
        (([[0, 0], [1, 1]], [[0, 1]], [0]), "compound: expected 2 rows"),
        (([[0, 0], [1, 1]], [[0, 1]], [0, 1]), "edges: row 0 .* two compounds"),
        (([[0, 0], [1e9, 1]], [[0, 1]]), "edges: row 0 .* longer"),
    ],
)
def test_a_bad_array_is_named_with_its_row(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(*arguments)


def test_bad_lengths_and_marks_are_named_with_their_row() -> None:
    with pytest.raises(ValueError, match="length_cm: row 1 is -5"):
        build([[0, 0], [1, 1]], [[0, 1], [0, 1]], length_cm=[3, -5])
    with pytest.raises(ValueError, match=r"open_gates: row 0 .* is no gate"):
        build([[0, 0], [1, 1]], [[0, 1]], open_gates=[True])


@settings(deadline=None, max_examples=60)
@given(walks.networks())
def test_dropping_pieces_changes_no_distance_within_the_largest(network: WalkingNetwork) -> None:
    kept, dropped = largest_component(network)

    assert kept.nodes + dropped.nodes == network.nodes
    assert dropped.piece_nodes.sum() == dropped.nodes
    assert (dropped.piece_nodes <= kept.nodes).all()
