"""The fast way to the hierarchy of an edited network against a hierarchy prepared for it, and the literal rule."""

from __future__ import annotations

import numpy as np
from compute import walks
from compute.random_changes import random_changes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.compute import amending, edits, hierarchy, sweep
from linli.compute import catchment as reach
from linli.compute.network import WalkingNetwork

KINDS = 4
many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(walks.networks(), st.integers(0, 2**31))
def test_an_amended_hierarchy_answers_like_a_prepared_one(network: WalkingNetwork, seed: int) -> None:
    random = np.random.default_rng(seed)
    base = hierarchy.prepare(network)
    result = edits.changed(network, random_changes(network, random))
    here, there = walks.anchors(network, 30, seed), walks.anchors(network, 15, seed + 1)
    kind = random.integers(0, KINDS, size=15)
    xy = random.random((30, 2)) * 1000
    here, there = edits.moved(here, result, xy), edits.moved(there, result, xy[:15])
    expected = walks.distances(result.network, here, there)

    amended = amending.amend(base, result)

    for made in (amended, hierarchy.prepare(result.network), hierarchy.customize(amended, result.network.length_cm)):
        found = sweep.nearest_facilities(made, here, there, kind, KINDS)
        for k in range(KINDS):
            np.testing.assert_array_equal(found[:, k], expected[:, kind == k].min(axis=1, initial=2**29))
        met = reach.catchment(made, here, there, 30_000)
        limits = np.array([40, 3000, 30_000])
        counted = reach.counts(met, kind, KINDS, limits)
        for k in range(KINDS):
            for r, limit in enumerate(limits):
                np.testing.assert_array_equal(counted[:, k, r], (expected[:, kind == k] <= limit).sum(axis=1))
