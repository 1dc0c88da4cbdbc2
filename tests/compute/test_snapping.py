"""Places snap to the nearest point on an edge."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from compute import walks
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.compute.network import WalkingNetwork, build
from linli.compute.snapping import snap


@settings(deadline=None, max_examples=80)
@given(walks.networks(), st.integers(0, 30), st.integers(0, 2**31))
def test_snapping_is_brute_force(network: WalkingNetwork, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    xy = random.uniform(-200, 1200, size=(count, 2))
    inside = random.integers(-1, 5, size=count)
    of_edge = network.edge_compound()
    lines = shapely.linestrings(network.xy[network.edges])

    found = snap(network, xy, inside)

    for p in range(count):
        side = inside[p] if (of_edge == inside[p]).any() else -1
        distance = np.where(of_edge == side, shapely.distance(lines, shapely.points(xy[p])), np.inf)
        edge = found.edge[p]
        assert of_edge[edge] == side
        assert distance[edge] == pytest.approx(distance.min(), abs=1e-9)
        assert found.leg_cm[p] == pytest.approx(100 * distance.min(), abs=0.51)
        assert found.to_tail_cm[p] + found.to_head_cm[p] == 2 * found.leg_cm[p] + network.length_cm[edge]


def test_partial_lengths_are_measured_from_the_nearest_point() -> None:
    network, _ = build([[0, 0], [100, 0]], [[0, 1]])

    found = snap(network, [[30, 40], [-3, 4]])

    assert found.to_tail_cm.tolist() == [7_000, 500]
    assert found.to_head_cm.tolist() == [11_000, 10_500]
    assert found.leg_cm.tolist() == [4_000, 500]


def test_places_of_a_compound_stay_behind_its_wall() -> None:
    """The street is nearer, and so is the gate; but a place snaps to its compound's paths, and others to the street."""
    xy = [[0, 0], [100, 0], [50, 30], [50, 60]]
    network, _ = build(xy, [[0, 1], [2, 3], [2, 0]], [-1, -1, 7, 7])

    found = snap(network, [[40, 5], [40, 5], [50, 50], [40, 5]], [7, -1, -1, 9])

    assert found.edge.tolist() == [1, 0, 0, 0]


def test_the_lowest_edge_wins_a_tie() -> None:
    network, _ = build([[0, 0], [100, 0], [0, 0], [100, 0]], [[2, 3], [0, 1]])

    assert snap(network, [[50, 10]]).edge.tolist() == [0]


def test_bad_places_are_named_with_their_row() -> None:
    network, _ = build([[0, 0], [100, 0]], [[0, 1]])

    with pytest.raises(ValueError, match="points_xy: row 1"):
        snap(network, [[0, 0], [np.inf, 0]])
    with pytest.raises(ValueError, match=r"points_xy: row 0 .* too far"):
        snap(network, [[1e9, 0]])
    with pytest.raises(ValueError, match="compound: row 0 is -3"):
        snap(network, [[0, 0]], [-3])
    with pytest.raises(ValueError, match="no public way"):
        snap(build([[0, 0]], [])[0], [[0, 0]])


def test_no_places_are_no_anchors() -> None:
    network, _ = build([[0, 0], [100, 0]], [[0, 1]])

    assert len(snap(network, np.empty((0, 2)))) == 0
