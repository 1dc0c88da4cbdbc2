"""Supply against demand: by the formula, conserved, and the same by steps and by table."""

from __future__ import annotations

import numpy as np
import pytest
from compute import walks
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.compute import catchment as reach
from linli.compute import hierarchy
from linli.compute.floating_catchment import decay, e2sfca, steps
from linli.compute.network import WalkingNetwork

LIMITS, WEIGHTS = [500, 1_500, 4_000], [1.0, 0.68, 0.22]


@settings(deadline=None, max_examples=60)
@given(walks.networks(), st.integers(0, 70), st.integers(0, 30), st.integers(0, 2**31))
def test_access_follows_the_formula_and_is_conserved(
    network: WalkingNetwork, origins: int, facilities: int, seed: int
) -> None:
    here, there = walks.anchors(network, origins, seed), walks.anchors(network, facilities, seed + 1)
    random = np.random.default_rng(seed)
    people, capacity = random.integers(0, 500, size=origins), random.uniform(0, 90, size=facilities)
    kind = random.integers(0, 2, size=facilities)
    pairs = walks.distances(network, here, there)
    weight = np.select([pairs <= limit for limit in LIMITS], WEIGHTS, 0.0)
    around = people @ weight if origins else np.zeros(facilities)
    ratio = np.divide(capacity, around, out=np.full(facilities, np.nan), where=around > 0)

    met = reach.catchment(hierarchy.prepare(network), here, there, 4_000)
    found = e2sfca(met, people, capacity, kind, 3, steps(LIMITS, WEIGHTS))

    np.testing.assert_allclose(found.ratio, ratio, rtol=1e-5)
    for k in range(3):
        expected = (np.nan_to_num(ratio) * weight)[:, kind == k].sum(axis=1)
        np.testing.assert_allclose(found.per_person[:, k], expected, rtol=1e-5)
        reached = capacity[(kind == k) & (around > 0)].sum()
        assert found.per_person[:, k] @ people == pytest.approx(reached, rel=1e-5)


@settings(deadline=None, max_examples=30)
@given(walks.networks(), st.integers(0, 2**31))
def test_any_decay_can_be_had_by_table(network: WalkingNetwork, seed: int) -> None:
    here, there = walks.anchors(network, 40, seed), walks.anchors(network, 20, seed + 1)
    pairs = walks.distances(network, here, there)

    def falling(metres: np.ndarray) -> np.ndarray:
        return np.exp(-metres / 10)

    weight = np.where(pairs <= 3_000, falling(pairs / 100), 0)
    around = np.full(40, 3.0) @ weight
    ratio = np.divide(1.0, around, out=np.zeros(20), where=around > 0)

    met = reach.catchment(hierarchy.prepare(network), here, there, 3_000)
    found = e2sfca(met, np.full(40, 3.0), np.ones(20), np.zeros(20, dtype=int), 1, decay(falling, 3_000))

    np.testing.assert_allclose(found.per_person[:, 0], weight @ ratio, rtol=1e-4, atol=1e-7)


def test_a_table_by_steps_holds_up_to_and_including_each_limit() -> None:
    table = steps([2, 4], [1.0, 0.5])

    assert table.tolist() == [1, 1, 1, 0.5, 0.5]
    with pytest.raises(ValueError, match="limits_cm: row 1"):
        steps([4, 4], [1.0, 0.5])


def test_bad_amounts_are_named_with_their_row() -> None:
    network = walks.build([[0, 0], [9, 0]], [[0, 1]])[0]
    met = reach.catchment(hierarchy.prepare(network), walks.anchors(network, 2, 0), walks.anchors(network, 1, 0), 100)
    table = steps([100], [1.0])

    with pytest.raises(ValueError, match="people: row 1"):
        e2sfca(met, [1.0, -1.0], [1.0], [0], 1, table)
    with pytest.raises(ValueError, match="capacity: row 0"):
        e2sfca(met, [1.0, 1.0], [np.nan], [0], 1, table)
    with pytest.raises(ValueError, match="kind: row 0 is 1"):
        e2sfca(met, [1.0, 1.0], [1.0], [1], 1, table)
    with pytest.raises(ValueError, match="weight: expected 1 to 101"):
        e2sfca(met, [1.0, 1.0], [1.0], [0], 1, steps([200], [1.0]))
    with pytest.raises(ValueError, match="limits_cm: row 0 is 101"):
        reach.counts(met, [0], 1, [101])
    with pytest.raises(ValueError, match="people: row 0"):
        reach.people_within(met, [[-1], [0]], [100])
