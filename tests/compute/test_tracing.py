"""Ways and isochrones against rule R walked literally."""

from __future__ import annotations

import numpy as np
from compute import walks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.compute import hierarchy, tracing
from linli.compute.network import INFINITY_CM, PUBLIC, WalkingNetwork, build

many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(walks.networks(), st.integers(0, 2**31))
def test_ways_are_as_long_as_the_literal_rule_has_them(network: WalkingNetwork, seed: int) -> None:
    place, others = walks.anchors(network, 1, seed), walks.anchors(network, 6, seed + 1)
    expected = walks.distances(network, place, others)[0]
    node_cm = tracing.node_distances(hierarchy.prepare(network), place)
    start = tracing.foot(network, place)[0]

    for o in range(len(others)):
        other = others.take(np.array([o]))
        line, cm = tracing.way_between(network, place, other, node_cm)

        assert cm == expected[o]
        if cm < INFINITY_CM:
            np.testing.assert_allclose(line[0], start)
            np.testing.assert_allclose(line[-1], tracing.foot(network, other)[0])


@many
@given(walks.networks(), st.integers(0, 2**31), st.sampled_from([0, 7, 60, 5000]))
def test_an_isochrone_holds_every_spot_within_the_limit(network: WalkingNetwork, seed: int, limit: int) -> None:
    place = walks.anchors(network, 1, seed)
    at_node = walks.walks_from(
        network, tuple(int(part[0]) for part in (place.edge, place.to_tail_cm, place.to_head_cm))
    )
    node_cm = tracing.node_distances(hierarchy.prepare(network), place)

    pieces = tracing.reached(network, place, node_cm, limit)

    length = np.hypot(*(pieces[:, 1] - pieces[:, 0]).T)
    assert np.isclose(length.sum(), _covered(network, place, at_node, limit), atol=1e-6 * max(1, len(length)))


def _covered(network: WalkingNetwork, place: walks.Anchors, at_node: np.ndarray, limit: int) -> float:
    """Metres on the map, edge by edge; what is reached from the place along its own edge is counted once more."""
    total = 0.0
    for edge, (tail, head) in enumerate(network.edges.tolist()):
        length = int(network.length_cm[edge])
        if length == 0 or min(network.compound[tail], network.compound[head]) < PUBLIC:
            continue
        straight = float(np.hypot(*(network.xy[head] - network.xy[tail])))
        reached = min(max(limit - at_node[tail], 0) + max(limit - at_node[head], 0), length)
        total += straight * reached / length
        if edge == place.edge[0]:
            at, left = int(place.to_tail_cm[0] - place.leg_cm[0]), max(limit - int(place.leg_cm[0]), 0)
            total += straight * (min(at + left, length) - max(at - left, 0)) / length
    return total


def test_a_way_goes_around_a_compound_that_is_not_ones_own() -> None:
    """The street is closed between 1 and 2; the compound beside it would lead through."""
    xy = [(0, 0), (100, 0), (200, 0), (300, 0), (150, 400), (110, 30), (290, 30)]
    edges = [[0, 1], [2, 3], [0, 4], [4, 3], [5, 6], [5, 1], [6, 3]]
    network, _ = build(xy, edges, [-1] * 5 + [0, 0])
    prepared = hierarchy.prepare(network)
    outside = walks.Anchors(*(np.array([v], dtype=np.int32) for v in (0, 5000, 5000, 0)))
    inside = walks.Anchors(*(np.array([v], dtype=np.int32) for v in (4, 9000, 9000, 0)))
    beyond = walks.Anchors(*(np.array([v], dtype=np.int32) for v in (1, 5000, 5000, 0)))

    around, _ = tracing.way_between(network, outside, beyond, tracing.node_distances(prepared, outside))
    through, _ = tracing.way_between(network, inside, beyond, tracing.node_distances(prepared, inside))

    assert around.tolist() == [[50, 0], [0, 0], [150, 400], [300, 0], [250, 0]]
    assert through.tolist() == [[200, 30], [290, 30], [300, 0], [250, 0]]
