"""Medians and centers: what looking at every choice finds, and true bounds whenever they are stopped."""

from __future__ import annotations

import numpy as np
import pytest
from compute import choices
from compute.choices import Instance, an_instance
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.compute.facility_location.center import center
from linli.compute.facility_location.median import Walks, _Search, median, walks, walks_from_pairs
from linli.compute.facility_location.watching import Ending, NothingFits, Watch
from linli.compute.network import INFINITY_CM

SEEDS = st.integers(0, 2**32 - 1)
WATCH = Watch(30.0)


def _only_counted(of: Instance, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Half of the instances have a number as their only limit."""
    return (of.use, of.limit) if seed % 2 else (of.use[:, :1], of.limit[:1])


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_no_choice_walks_less_than_the_median(seed: int) -> None:
    of = an_instance(seed)
    use, limit = _only_counted(of, seed)
    of = Instance(of.distance, of.outside, of.amount, of.worth, of.capacity, use, limit)

    found = median(walks(of.distance, of.outside), of.amount, use, limit, WATCH)

    expected = choices.best(of, lambda chosen: int((of.amount * choices.walk(of, chosen)).sum()), min)
    assert found.value == found.bound == expected
    assert (use[found.columns].sum(axis=0) <= limit).all()
    assert found.ending is Ending.PROVEN


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(SEEDS)
def test_no_choice_lets_the_farthest_walk_less_than_the_center(seed: int) -> None:
    of = an_instance(seed)
    use, limit = _only_counted(of, seed)
    of = Instance(of.distance, of.outside, of.amount, of.worth, of.capacity, use, limit)

    found = center(walks(of.distance, of.outside), use, limit, WATCH)

    expected = choices.best(of, lambda chosen: int(choices.walk(of, chosen).max()), min)
    assert found.value_cm == found.bound_cm == expected
    assert int(choices.walk(of, found.columns).max()) == expected
    assert (use[found.columns].sum(axis=0) <= limit).all()


@settings(max_examples=50, deadline=None)
@given(SEEDS)
def test_both_ways_to_walks_agree(seed: int) -> None:
    of = an_instance(seed)
    row, column = np.nonzero(of.distance < 10_000)
    mixed = np.random.default_rng(seed).permutation(row.size)
    row, column = row[mixed], column[mixed]

    dense = walks(of.distance, of.outside)
    sparse = walks_from_pairs(row, column, of.distance[row, column], of.outside, of.distance.shape[1])

    for name in ("first", "column", "cm", "outside_cm"):
        assert (getattr(dense, name) == getattr(sparse, name)).all()


def _a_town(seed: int = 3) -> tuple[Walks, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    home, seat = random.integers(0, 100_000, (400, 2)), random.integers(0, 100_000, (60, 2))
    distance = np.abs(home[:, None, :] - seat[None, :, :]).sum(axis=2).astype(np.int32)
    return walks(distance), random.integers(1, 100, 400), np.ones((60, 1), dtype=np.int64)


@pytest.mark.slow
def test_a_median_that_is_stopped_keeps_the_best_and_a_true_bound() -> None:
    given_, weight, use = _a_town()
    told: list[tuple[float | None, float | None]] = []

    whole = median(given_, weight, use, [8], Watch(60.0, report=lambda v, b, _: told.append((v, b))))
    stopped = median(given_, weight, use, [8], Watch(60.0, should_stop=lambda: True))

    assert whole.value == whole.bound
    assert stopped.ending is Ending.STOPPED
    assert stopped.bound <= whole.value <= stopped.value < 1.2 * whole.value
    values, bounds = [v for v, _ in told if v is not None], [b for _, b in told if b is not None]
    assert values == sorted(values, reverse=True)
    assert bounds == sorted(bounds)
    assert all(b <= whole.value <= v for v, b in zip(values, bounds, strict=True))


@pytest.mark.slow
def test_a_center_that_is_stopped_keeps_the_best_and_a_true_bound() -> None:
    given_, _, use = _a_town()
    asked = iter(range(10**6))
    told: list[tuple[float | None, float | None]] = []

    whole = center(given_, use, [8], Watch(60.0, report=lambda v, b, _: told.append((v, b))))
    stopped = center(given_, use, [8], Watch(60.0, should_stop=lambda: next(asked) > 5))

    assert whole.value_cm == whole.bound_cm
    assert stopped.bound_cm <= whole.value_cm <= stopped.value_cm < INFINITY_CM
    assert all(b <= whole.value_cm <= v for v, b in told if v is not None and b is not None)


def test_a_gap_that_is_good_enough_ends_the_search() -> None:
    given_, weight, use = _a_town()

    found = median(given_, weight, use, [8], Watch(60.0), enough=0.5)

    assert found.bound <= found.value <= 2 * found.bound
    assert found.ending in (Ending.TIME, Ending.PROVEN)


def test_what_must_be_served_and_cannot_be_is_said() -> None:
    nowhere = walks(np.array([[10, INFINITY_CM], [INFINITY_CM, 10]], dtype=np.int32))
    use = np.ones((2, 1), dtype=np.int64)

    with pytest.raises(NothingFits):
        median(nowhere, [1, 1], use, [1], WATCH)
    with pytest.raises(NothingFits):
        center(nowhere, use, [1], WATCH)
    assert median(nowhere, [1, 1], use, [2], WATCH).value == 20
    assert center(nowhere, use, [2], WATCH).value_cm == 10


@pytest.mark.slow
@pytest.mark.parametrize("whole", [True, False])
def test_the_tree_alone_is_exact_and_a_lost_branch_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    """Without any choosing by hand the branches still find the best; the control loses those that bar a column."""
    monkeypatch.setattr(_Search, "_improved", lambda self, chosen, price: None)
    if not whole:
        monkeypatch.setattr(_Search, "_without", lambda self, node, column: None)
    wrong = 0
    for seed in range(25):
        of = an_instance(seed)
        found = median(walks(of.distance, of.outside), of.amount, of.use, of.limit, WATCH)
        best = choices.best(of, lambda chosen, of=of: int((of.amount * choices.walk(of, chosen)).sum()), min)
        wrong += found.bound > best or found.value != best

    assert (wrong == 0) is whole
