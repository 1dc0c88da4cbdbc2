"""Changes of a network against the network that is built with them from the beginning."""

from __future__ import annotations

import numpy as np
import pytest
from compute import walks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.compute import edits
from linli.compute.edits import Changes, Links, no_links
from linli.compute.network import INFINITY_CM, PUBLIC, WalkingNetwork, build
from linli.compute.snapping import Anchors, snap

many = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def a_link(*ends: tuple[int, int], length: int, xy: list[tuple[float, float]] | None = None) -> Links:
    (start, start_cm), (end, end_cm) = ends
    one = [np.array([v], dtype=np.int32) for v in (start, start_cm, end, end_cm, length)]
    return Links(*one, (np.array(xy or [], dtype=np.float64).reshape(-1, 2),))


def changes(closed: list[int] | None = None, links: Links | None = None, opened: list[int] | None = None) -> Changes:
    return Changes(np.array(closed or [], dtype=np.int32), links or no_links(), np.array(opened or [], dtype=np.int32))


def places(network: WalkingNetwork, seed: int, count: int = 6) -> Anchors:
    """On edges of some length, so that they are there before and after."""
    return walks.anchors(network, count, seed)


def physical(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Nodes, edges, compounds, lengths of a random walled graph; places 0 and 1 are joined by a public way."""
    random = np.random.default_rng(seed)
    n = int(random.integers(4, 20))
    compound = random.choice([-1, -1, 0, 1], size=n).astype(np.int32)
    compound[:2] = -1
    edges = random.integers(0, n, size=(int(random.integers(3, 3 * n)), 2))
    edges = np.concatenate([[[0, 1]], edges[edges[:, 0] != edges[:, 1]]])
    ends = compound[edges]
    edges = edges[(ends[:, 0] == ends[:, 1]) | (ends == -1).any(axis=1)]
    return random.random((n, 2)) * 1000, edges, compound, random.integers(0, 5000, size=edges.shape[0])


@many
@given(st.integers(0, 2**31))
def test_an_opened_gate_is_one_that_was_open_from_the_beginning(seed: int) -> None:
    xy, edges, compound, length = physical(seed)
    gate = (compound[edges] == -1).sum(axis=1) == 1
    is_open = gate & (np.random.default_rng(seed).random(gate.size) < 0.5)
    closed_network, _ = build(xy, edges, compound, length_cm=length)
    if not gate.any() or not closed_network.compound.max() >= 0:
        return
    # Compounds of which all gates are open are public from the beginning: then inner places count as public.
    open_network, report = build(xy, edges, compound, length_cm=length, open_gates=is_open)
    ends = closed_network.compound[closed_network.edges]
    gates = np.flatnonzero((ends.min(axis=1) == PUBLIC) & (ends.max(axis=1) >= 0))
    # The gates of a network stand behind those given, where several meet a public node.
    wanted = {(int(compound[e].max()), int(e[np.argmin(compound[e])])) for e in edges[is_open]}
    opened = [
        int(g)
        for g in gates
        if (int(ends[g].max()), int(closed_network.edges[g][np.argmin(ends[g])])) in wanted
    ]  # fmt: skip

    result = edits.changed(closed_network, changes(opened=opened))

    here = places(closed_network, seed)
    # Edges given keep their numbers in both, though opened compounds have become public in one of them.
    given_edges = edges.shape[0]
    kept = here.take(here.edge < given_edges)
    np.testing.assert_array_equal(
        walks.distances(result.network, kept, kept), walks.distances(open_network, kept, kept), str(report)
    )


@many
@given(st.integers(0, 2**31))
def test_a_closed_edge_is_one_that_was_never_there(seed: int) -> None:
    xy, edges, compound, length = physical(seed)
    random = np.random.default_rng(seed)
    gate = (compound[edges] == -1).sum(axis=1) == 1
    is_open = gate & (random.random(gate.size) < 0.6)
    network, _ = build(xy, edges, compound, length_cm=length, open_gates=is_open)
    shut = random.random(edges.shape[0]) < 0.2
    shut[0] = False

    result = edits.changed(network, changes(closed=np.flatnonzero(shut).tolist()))

    # What decides on walls is the network before: a compound does not lose its wall with its last gate.
    expected = np.full(edges.shape[0], INFINITY_CM)
    expected[~shut] = length[~shut]
    without, _ = build(xy, edges, compound, length_cm=expected_lengths(expected), open_gates=is_open)
    here = places(network, seed)
    here = here.take((here.edge < edges.shape[0]) & ~np.isin(here.edge, np.flatnonzero(shut)))
    np.testing.assert_array_equal(
        walks.distances(result.network, here, here), np.minimum(walks.distances(without, here, here), INFINITY_CM)
    )


def expected_lengths(length: np.ndarray) -> np.ndarray:
    return np.minimum(length, INFINITY_CM - 1)


@many
@given(st.integers(0, 2**31))
def test_cutting_an_edge_changes_no_distance(seed: int) -> None:
    xy, edges, compound, length = physical(seed)
    network, _ = build(xy, edges, compound, length_cm=length)
    random = np.random.default_rng(seed)
    public = np.flatnonzero(network.edge_compound() == PUBLIC)
    edge, other = random.choice(public, size=2)
    at = [(int(e), int(random.integers(0, network.length_cm[e] + 1))) for e in (edge, other)]
    far = 10**7

    result = edits.changed(network, changes(links=a_link(*at, length=far)))

    assert int(network.length_cm.sum()) + far == int(result.network.length_cm.sum())
    here = places(network, seed)
    there = edits.moved(here, result, np.full((len(here), 2), 1e7))
    before, after = walks.distances(network, here, here), walks.distances(result.network, there, there)
    # The link is longer than any way: it serves only where there was none.
    np.testing.assert_array_equal(np.where(after < far, after, INFINITY_CM), before)


def a_street() -> WalkingNetwork:
    """Two streets of 100 m side by side, 40 m apart, joined far away in the west."""
    xy = [(0, 0), (100, 0), (0, 40), (100, 40), (-500, 20)]
    network, _ = build(xy, [[0, 1], [2, 3], [0, 4], [4, 2]])
    return network


def test_a_bridge_joins_the_middle_of_two_streets() -> None:
    network = a_street()
    here = snap(network, [(50, -5), (60, 50)])
    assert walks.distances(network, here, here)[0, 1] > 100_000

    result = edits.changed(network, changes(links=a_link((0, 5000), (1, 4000), length=4200, xy=[(50, 5), (45, 35)])))
    there = edits.moved(here, result, np.array([(50.0, -5.0), (60.0, 50.0)]))

    assert walks.distances(result.network, there, there)[0, 1] == 500 + 4200 + 2000 + 1000
    assert result.network.length_cm[result.way].sum() == 4200


def test_a_place_moves_to_a_new_way_only_if_that_is_nearer() -> None:
    network = a_street()
    xy = np.array([(52.0, 18.0), (52.0, 1.0), (50.0, 0.0)])
    here = snap(network, xy)

    result = edits.changed(network, changes(links=a_link((0, 5000), (1, 5000), length=4000)))
    there = edits.moved(here, result, xy)

    assert there.leg_cm.tolist() == [200, 100, 0]
    assert np.isin(there.edge, result.way).tolist() == [True, False, False]


def test_a_link_may_end_on_an_earlier_one() -> None:
    network = a_street()
    m = network.edges.shape[0]
    first = a_link((0, 5000), (1, 5000), length=4000)
    second = a_link((m, 1000), (2, 0), length=100)
    both = Links(*(np.concatenate([getattr(first, f), getattr(second, f)]) for f in FIELDS), first.xy + second.xy)

    result = edits.changed(network, changes(links=both))

    here = snap(network, [(0, 0), (100, 40)])
    there = edits.moved(here, result, np.array([(0.0, 0.0), (100.0, 40.0)]))
    assert walks.distances(result.network, there, there)[0, 1] == 100 + 3000 + 5000


FIELDS = ("start_edge", "start_cm", "end_edge", "end_cm", "length_cm")


def walled_street() -> WalkingNetwork:
    """A compound with a path of 80 m between the streets and one gate of 10 m to the southern one."""
    xy = [(0, 0), (100, 0), (0, 100), (100, 100), (-500, 50), (50, 10), (50, 90), (50, 0)]
    compound = [-1, -1, -1, -1, -1, 0, 0, -1]
    edges = [[0, 7], [7, 1], [2, 3], [0, 4], [4, 2], [5, 6], [5, 7]]
    return build(xy, edges, compound)[0]


def test_a_new_gate_serves_residents_alone_until_it_is_opened() -> None:
    network = walled_street()
    xy = np.array([(50.0, 80.0), (50.0, 0.0), (50.0, 100.0)])
    here = snap(network, xy, [0, -1, -1])
    gate = a_link((5, 8000), (2, 5000), length=1000)
    m = network.edges.shape[0]

    residents = edits.changed(network, changes(links=gate))
    everybody = edits.changed(network, changes(links=gate, opened=[6, m]))

    closed, opened = (
        walks.distances(r.network, a, a) for r in (residents, everybody) for a in [edits.moved(here, r, xy)]
    )
    assert closed[0].tolist() == [0, 8000, 2000]
    assert opened[0].tolist() == [0, 8000, 2000]
    assert closed[1, 2] == walks.distances(network, here, here)[1, 2]
    assert opened[1, 2] == 10_000


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (changes(closed=[99]), "closed: row 0 is 99"),
        (changes(opened=[0]), "opened: row 0 is 0: is no gate"),
        (changes(links=a_link((0, 9999), (2, 0), length=1)), "lies beyond the end of its edge"),
        (changes(links=a_link((6, 0), (2, 0), length=1)), "is no way that a link can meet"),
        (changes(links=a_link((7, 0), (2, 0), length=1)), "is neither an edge nor an earlier link"),
    ],
)
def test_impossible_changes_are_refused_with_their_row(made: Changes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        edits.changed(walled_street(), made)
