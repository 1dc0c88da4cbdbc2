"""Covering finds what looking at every choice finds, and its bound is true whenever it is stopped."""

from __future__ import annotations

from dataclasses import replace

import networkx
import numpy as np
import pytest
from compute import choices
from compute.choices import Instance, an_instance
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core import event
from numpy.typing import NDArray

from linli.compute.facility_location import center, covering, covers, loops, median
from linli.compute.facility_location.watching import Ending, NothingFits, Watch

SEEDS = st.integers(0, 2**32 - 1)
WATCH = Watch(30.0)


def _offers(of: Instance, *, capacity: bool = False) -> covering.Offers:
    return covering.plain_offers(of.use, of.limit, of.capacity if capacity else None)


def _served(of: Instance, chosen: NDArray[np.bool_]) -> int:
    """The most worth within all capacities, by a flow of least cost."""
    graph = networkx.DiGraph()
    for row in range(of.amount.size):
        graph.add_edge("from", ("row", row), capacity=int(of.amount[row]), weight=-int(of.worth[row]))
        for j in np.flatnonzero(chosen & (of.distance[row] <= 25)):
            graph.add_edge(("row", row), ("column", int(j)))
    for j in np.flatnonzero(chosen):
        graph.add_edge(("column", int(j)), "to", capacity=int(of.capacity[j]))
    graph.add_edge("from", "to", weight=0)
    graph.add_node("from", demand=-int(of.amount.sum()))
    graph.add_node("to", demand=int(of.amount.sum()))
    return -networkx.network_simplex(graph)[0]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_nothing_covers_more_than_what_is_chosen(seed: int) -> None:
    of = an_instance(seed)

    found = covering.maximal(covering.demand(of.cover, of.amount, of.worth), _offers(of), WATCH)

    assert found.value == found.bound == choices.best(of, lambda chosen: choices.covered(of, chosen), max)
    assert found.value == choices.covered(of, found.columns)
    assert found.ending is Ending.PROVEN


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_capacities_are_shared_out_as_a_flow_of_least_cost_does(seed: int) -> None:
    of = an_instance(seed)

    wanted, offers = covering.demand(of.cover, of.amount, of.worth), _offers(of, capacity=True)
    found = covering.maximal(wanted, offers, WATCH)

    assert found.value == found.bound == choices.best(of, lambda chosen: _served(of, chosen), max)
    assert (found.served <= np.where(found.columns, of.capacity, 0)).all()
    assert covering.served_by_group(wanted, offers, found.columns, 1)[0] == found.value


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from([10**5, 10**9, 10**12]))
def test_a_budget_is_never_exceeded_by_a_fen(seed: int, money: int) -> None:
    of = an_instance(seed, money=money)

    found = covering.maximal(covering.demand(of.cover, of.amount, of.worth), _offers(of), WATCH)

    assert (of.use[found.columns].sum(axis=0) <= of.limit).all()
    assert found.value == choices.best(of, lambda chosen: choices.covered(of, chosen), max)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(SEEDS, st.booleans(), st.integers(0, 100))
def test_set_covering_is_the_cheapest_that_serves_enough(seed: int, capacity: bool, percent: int) -> None:
    of = an_instance(seed)
    of = replace(of, worth=np.ones_like(of.worth), limit=np.array([of.limit[0], 10**6]))
    everything = np.ones(of.capacity.size, dtype=np.bool_)

    def serves(chosen: NDArray[np.bool_]) -> int:
        return _served(of, chosen) if capacity else choices.covered(of, chosen)

    needed = percent * serves(everything) // 100
    enough = [int(of.use[chosen, 1].sum()) for chosen in choices.choices(of) if serves(chosen) >= needed]
    wanted, price = covering.demand(of.cover, of.amount), of.use[:, 1]

    if not enough:
        with pytest.raises(NothingFits):
            covering.cheapest(wanted, [needed], _offers(of, capacity=capacity), price, 0 * price, WATCH)
        return
    found = covering.cheapest(wanted, [needed], _offers(of, capacity=capacity), price, 0 * price, WATCH)
    assert found.value == found.bound == min(enough)
    assert serves(found.columns) >= needed


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_shared_sites_are_paid_for_once_and_hold_no_more_than_their_room(seed: int) -> None:
    of = an_instance(seed)
    n = of.use.shape[0]
    random = np.random.default_rng(seed)
    sites = max(1, n // 2)
    site, room = random.integers(0, sites, n), random.integers(1, 4, n)
    site_room, dear = random.integers(1, 6, sites), random.integers(0, 9, sites)
    option_site = np.concatenate([np.arange(sites), np.arange(sites)])
    none = np.zeros(n, dtype=np.int64)
    offers = covering.Offers(
        use=np.column_stack([none, of.use[:, 1]]),
        limit=of.limit,
        capacity=None,
        site=site,
        room=room,
        site_room=site_room,
        option_site=option_site,
        # The second option of a site costs more for nothing.
        option_use=np.column_stack([np.ones(2 * sites, dtype=np.int64), np.concatenate([dear, dear + 1])]),
    )

    def allowed(chosen: NDArray[np.bool_]) -> bool:
        opened = np.unique(site[chosen])
        fits = (np.bincount(site[chosen], room[chosen], sites) <= site_room).all()
        money = of.use[chosen, 1].sum() + dear[opened].sum()
        return bool(fits and money <= of.limit[1] and opened.size <= of.limit[0])

    everything = replace(of, limit=np.array([n, 10**6]))
    expected = max(choices.covered(of, chosen) for chosen in choices.choices(everything) if allowed(chosen))
    found = covering.maximal(covering.demand(of.cover, of.amount, of.worth), offers, WATCH)

    assert found.value == found.bound == expected
    assert allowed(found.columns)
    assert set(site[found.columns]) <= set(option_site[found.options])


@pytest.mark.slow
def test_a_search_that_is_stopped_keeps_the_best_and_a_true_bound() -> None:
    random = np.random.default_rng(4)
    distance = random.integers(0, 100, size=(120, 40)).astype(np.int32)
    wanted = covering.demand(covers.within(distance, 6), random.integers(1, 50, 120))
    offers = covering.plain_offers(np.ones((40, 1), dtype=np.int64), [6])
    told: list[tuple[float | None, float | None]] = []

    whole = covering.maximal(wanted, offers, Watch(60.0))
    stopped = covering.maximal(
        wanted,
        offers,
        Watch(60.0, should_stop=lambda: True, report=lambda value, bound, _: told.append((value, bound))),
    )
    timed = covering.maximal(wanted, offers, Watch(1e-9))

    assert whole.ending is Ending.PROVEN
    assert stopped.ending is Ending.STOPPED
    assert timed.ending is Ending.TIME
    for found in (stopped, timed):
        assert 0.8 * whole.value < found.value <= whole.value <= found.bound
    assert told[-1] == (stopped.value, stopped.bound)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_merged_rows_are_the_rows(seed: int) -> None:
    of = an_instance(seed)
    label = of.worth

    small, of_row = covers.merged(of.cover, label)

    for row in range(of.cover.rows):
        merged_row = small.take(np.array([of_row[row]])).column.tolist()
        assert merged_row == of.cover.take(np.array([row])).column.tolist()
    pairs = {(int(of_row[row]), int(label[row])) for row in range(of.cover.rows)}
    assert len(pairs) == small.rows


def test_marks_that_collide_merge_nothing_that_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    cover = covers.from_pairs([0, 1, 1, 2, 3], [0, 0, 1, 1, 0], 4, 2)
    monkeypatch.setattr(loops, "marks", lambda first, column: np.zeros(first.size - 1, dtype=np.uint64))

    small, of_row = covers.merged(cover)

    assert small.rows == 3
    assert of_row[0] == of_row[3]
    assert len({int(of_row[row]) for row in range(3)}) == 3


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_both_ways_to_a_cover_agree(seed: int) -> None:
    of = an_instance(seed)
    row, column = np.nonzero(of.distance <= 25)
    mixed = np.random.default_rng(seed).permutation(row.size)

    by_pairs = covers.from_pairs(row[mixed], column[mixed], *of.distance.shape)

    assert (by_pairs.first == of.cover.first).all()
    assert (by_pairs.column == of.cover.column).all()
    back = by_pairs.transposed().transposed()
    assert (back.column == of.cover.column).all()


@pytest.mark.parametrize(
    ("amount", "worth", "named"), [([1, -1], None, "amount"), ([1, 2], [1, -1], "worth"), ([1], None, "amount")]
)
def test_wrong_arrays_are_named(amount: list[int], worth: list[int] | None, named: str) -> None:
    cover = covers.from_pairs([0, 1], [0, 0], 2, 1)

    with pytest.raises(ValueError, match=named):
        covering.demand(cover, np.array(amount), None if worth is None else np.array(worth))
    with pytest.raises(ValueError, match="use"):
        covering.plain_offers([[-1]], [1])


@pytest.mark.slow
def test_a_set_covering_that_is_stopped_keeps_a_choice_that_serves_all() -> None:
    random = np.random.default_rng(5)
    distance = random.integers(0, 100, size=(150, 50)).astype(np.int32)
    distance[np.arange(150), random.integers(0, 50, 150)] = 0
    wanted, price = (
        covering.demand(covers.within(distance, 6), np.ones(150, dtype=np.int64)),
        np.ones(50, dtype=np.int64),
    )
    offers = covering.plain_offers(np.ones((50, 1), dtype=np.int64), [50])

    whole = covering.cheapest(wanted, [150], offers, price, 0 * price, Watch(60.0))
    stopped = covering.cheapest(wanted, [150], offers, price, 0 * price, Watch(60.0, should_stop=lambda: True))

    assert whole.value == whole.bound
    assert stopped.bound <= whole.value <= stopped.value
    assert (distance[:, stopped.columns] <= 6).any(axis=1).all()


def test_no_search_compiles_anything() -> None:
    distance = np.array([[10, 30], [30, 10], [20, 20]], dtype=np.int32)
    distance.flags.writeable = False
    use = np.ones((2, 1), dtype=np.int64)
    use.flags.writeable = False

    with event.install_recorder("numba:compile") as heard:
        covering.maximal(
            covering.demand(covers.within(distance, 20), [1, 2, 3]), covering.plain_offers(use, [1]), WATCH
        )
        median.median(median.walks(distance), [1, 2, 3], use, [1], WATCH)
        center.center(median.walks(distance), use, [1], WATCH)

    assert heard.buffer == []
