"""Networks from plain lines, with and without gates."""

from __future__ import annotations

import numpy as np
import pytest

from linli.compute import hierarchy, sweep
from linli.compute.lines import Gates, network_from_lines
from linli.compute.network import WalkingNetwork
from linli.compute.snapping import snap

STREETS = [[[0, 0], [400, 0]], [[0, 0], [0, -50]], [[400, 0], [400, 300], [0, 300], [0, 0]]]
PATHS = [[[100, 20], [100, 150], [300, 150], [300, 20]]]


def walk(network: WalkingNetwork, start: list[float], end: list[float], inside: tuple[int, int] = (-1, -1)) -> int:
    here, there = snap(network, [start], inside[:1]), snap(network, [end], inside[1:])
    return int(sweep.nearest_facilities(hierarchy.prepare(network), here, there, [0], 1)[0, 0])


def gates(xy: list[list[float]], compound: list[int], is_open: list[bool] | None = None) -> Gates:
    marks = [False] * len(xy) if is_open is None else is_open
    return Gates(
        np.array(xy, dtype=float).reshape(-1, 2), np.array(compound, dtype=np.int32), np.array(marks, dtype=bool)
    )


def test_lines_join_where_they_share_a_point_to_the_centimetre() -> None:
    network, _ = network_from_lines([[[0, 0], [50, 0], [100, 0]], [[50.004, 0.001], [50, 80]], [[50, 40], [90, 40]]])

    assert network.nodes == 6
    assert sorted(network.length_cm.tolist()) == [4_000, 5_000, 5_000, 8_000]
    assert walk(network, [0, 0], [50, 80]) == 13_000


def test_a_line_drawn_twice_counts_once() -> None:
    network, _ = network_from_lines([[[0, 0], [50, 0]], [[50, 0], [0, 0]], [[0, 0], [0, 0.001]]])

    assert network.edges.tolist() == [[0, 1]]


def test_without_gates_every_meeting_of_lines_is_a_gate() -> None:
    street = [[0, 0], [0, 300], [100, 300], [300, 300]]
    network, report = network_from_lines([street, [[100, 300], [100, 150], [300, 150], [300, 300]]], [-1, 4])

    assert report.unwalled.size == 0
    assert walk(network, [100, 300], [300, 300]) == 20_000
    assert walk(network, [100, 160], [300, 160], (4, 4)) == 22_000
    assert walk(network, [100, 150], [100, 301], (4, -1)) == 15_100


def test_two_compounds_that_touch_meet_in_a_public_point() -> None:
    network, _ = network_from_lines([[[0, 0], [50, 0]], [[50, 0], [90, 0]]], [0, 1])

    assert (network.compound == -1).sum() == 1
    assert walk(network, [0, 0], [90, 0], (0, 1)) == 9_000


def test_a_gate_joins_the_nearest_path_to_the_nearest_way() -> None:
    network, report = network_from_lines([*STREETS, *PATHS], [-1, -1, -1, 0], gates=gates([[100, 5]], [0]))

    assert report.unwalled.size == 0
    assert walk(network, [300, 20], [100, 0], (0, -1)) == 13_000 + 20_000 + 13_000 + 2_000
    assert walk(network, [0, 0], [400, 0]) == 40_000


def test_two_gates_on_one_street_split_it_twice() -> None:
    network, _ = network_from_lines([*STREETS, *PATHS], [-1, -1, -1, 0], gates=gates([[100, 5], [300, 5]], [0, 0]))

    assert walk(network, [300, 20], [100, 0], (0, -1)) == 2_000 + 20_000
    assert walk(network, [0, 0], [400, 0]) == 40_000


def test_a_compound_with_gates_but_no_paths_is_a_star() -> None:
    centers = [[0, 0], [200, 150]]
    network, _ = network_from_lines(STREETS, gates=gates([[200, 10], [400, 150]], [1, 1]), center_xy=centers)

    # From the center: 140 m to the gate, 10 m to the street.
    assert walk(network, [200, 150], [200, 0], (1, -1)) == 15_000
    assert walk(network, [200, 150], [400, 150], (1, -1)) == 20_000
    # Nobody else takes the short cut through the center.
    assert walk(network, [200, 0], [400, 150]) == 35_000


def test_the_middle_of_the_gates_is_the_center_if_none_is_given() -> None:
    network, _ = network_from_lines(STREETS, gates=gates([[200, 0], [200, 300]], [0, 0]))

    assert walk(network, [200, 150], [200, 0], (0, -1)) == 15_000


def test_open_gates_let_the_public_through() -> None:
    given = gates([[100, 5], [300, 5], [200, 300]], [0, 0, 0], [True, False, True])
    network, report = network_from_lines([*STREETS, *PATHS], [-1, -1, -1, 0], gates=given)

    assert report.partly_open.tolist() == [0]
    through = 2_000 + 13_000 + 10_000 + 15_000
    assert walk(network, [100, 0], [200, 300]) == through


def test_compounds_without_gates_are_unwalled_when_gates_are_given() -> None:
    lines = [*STREETS, [[0, 0], [200, 100]]]
    network, report = network_from_lines(lines, [-1, -1, -1, 3], gates=gates([], []))

    assert report.unwalled.tolist() == [3]
    assert walk(network, [200, 100], [0, 0]) == round(100 * np.hypot(200, 100))


def test_no_lines_are_an_empty_network() -> None:
    network, _ = network_from_lines([])

    assert (network.nodes, network.edges.shape) == (0, (0, 2))
    assert hierarchy.prepare(network).nodes == 0


def test_bad_lines_and_gates_are_named_with_their_row() -> None:
    with pytest.raises(ValueError, match="lines: row 1 has shape"):
        network_from_lines([[[0, 0], [1, 1]], [[0, 0]]])
    with pytest.raises(ValueError, match="lines: row 0 has the point"):
        network_from_lines([[[0, 0], [1, np.nan]]])
    with pytest.raises(ValueError, match="compound: expected 1 rows"):
        network_from_lines([[[0, 0], [1, 1]]], [0, 1])
    with pytest.raises(ValueError, match=r"gates\.compound: row 0 is -1"):
        network_from_lines(STREETS, gates=gates([[0, 0]], [-1]))
    with pytest.raises(ValueError, match=r"gates\.compound: row 0 is 5: has no row in center_xy"):
        network_from_lines(STREETS, gates=gates([[0, 0]], [5]), center_xy=[[0, 0]])
    with pytest.raises(ValueError, match=r"no public way|there is none"):
        network_from_lines(PATHS, [0], gates=gates([[0, 0]], [0]))
