"""Sweeps and catchments against rule R walked literally."""

from __future__ import annotations

import numpy as np
import pytest
from compute import walks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.compute import catchment as reach
from linli.compute import hierarchy, sweep
from linli.compute.network import INFINITY_CM, WalkingNetwork

KINDS = 5
many = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest.fixture(params=["vectors", "plain"])
def lanes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LINLI_LANES", request.param)
    return str(request.param)


def nearest_of_kinds(pairs: np.ndarray, kind: np.ndarray, kinds: int) -> np.ndarray:
    out = np.full((pairs.shape[0], kinds), INFINITY_CM)
    for k in range(kinds):
        out[:, k] = pairs[:, kind == k].min(axis=1, initial=INFINITY_CM)
    return out


@many
@given(walks.networks(), st.integers(0, 80), st.integers(0, 40), st.integers(0, 2**31), st.booleans())
def test_nearest_facilities_are_those_of_the_literal_rule(
    lanes: str, network: WalkingNetwork, origins: int, facilities: int, seed: int, metis: bool
) -> None:
    prepared = hierarchy.prepare(network, metis=metis)
    here, there = walks.anchors(network, origins, seed), walks.anchors(network, facilities, seed + 1)
    kind = np.random.default_rng(seed).integers(0, KINDS - 1, size=facilities)
    expected = walks.distances(network, here, there)

    found = sweep.nearest_facilities(prepared, here, there, kind, KINDS)
    # Few kinds are searched one by one.
    found_alone = sweep.nearest_facilities(prepared, here, there, kind % 3, 3)
    met = reach.catchment(prepared, here, there, 3000)
    limits = np.array([0, 40, 1000, 3000])
    counted = reach.counts(met, kind, KINDS, limits)
    counted_at_once = reach.counts_within(prepared, here, there, kind, KINDS, limits)

    np.testing.assert_array_equal(found, nearest_of_kinds(expected, kind, KINDS))
    np.testing.assert_array_equal(found_alone, nearest_of_kinds(expected, kind % 3, 3))
    np.testing.assert_array_equal(counted, counted_at_once)
    for k in range(KINDS):
        for r, limit in enumerate(limits):
            np.testing.assert_array_equal(counted[:, k, r], (expected[:, kind == k] <= limit).sum(axis=1))


@many
@given(walks.networks(), st.integers(1, 40), st.integers(0, 2**31))
def test_nearest_at_nodes_is_that_of_the_literal_rule(
    lanes: str, network: WalkingNetwork, facilities: int, seed: int
) -> None:
    there = walks.anchors(network, facilities, seed)
    kind = np.random.default_rng(seed).integers(0, 40, size=facilities)
    expected = np.full((network.nodes, 40), INFINITY_CM)
    for f in range(facilities):
        place = int(there.edge[f]), int(there.to_tail_cm[f]), int(there.to_head_cm[f])
        expected[:, kind[f]] = np.minimum(expected[:, kind[f]], walks.walks_from(network, place))

    found = sweep.nearest(hierarchy.prepare(network), there, kind, 40)

    np.testing.assert_array_equal(found, expected)


@many
@given(walks.networks(), st.integers(1, 70), st.integers(1, 30), st.integers(0, 2**31))
def test_people_within_reach_of_a_facility(network: WalkingNetwork, origins: int, facilities: int, seed: int) -> None:
    here, there = walks.anchors(network, origins, seed), walks.anchors(network, facilities, seed + 1)
    people = np.random.default_rng(seed).integers(0, 500, size=(origins, 2))
    expected = walks.distances(network, here, there)

    met = reach.catchment(hierarchy.prepare(network), here, there, 2000)
    found = reach.people_within(met, people, [100, 2000])

    for r, limit in enumerate((100, 2000)):
        np.testing.assert_array_equal(found[:, r], (expected <= limit).T.astype(int) @ people)
