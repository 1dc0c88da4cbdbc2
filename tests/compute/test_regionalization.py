"""Regions hang together and keep their range; what is called impossible is; the recombination is the best there is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core import event

from linli.compute.regionalization import annealing, graph, recombination
from linli.compute.regionalization.drawing import Drawer, Effort, Limits
from linli.compute.regionalization.feasible import Reason, impossible
from linli.compute.regionalization.graph import Graph, Needs

SHORT = Effort(steps=1_200, chunk=200, collect=3)


def of_pairs(people: list[int], pairs: list[tuple[int, int]], **costs: Any) -> Graph:
    """Atoms on a circle, so that none lies where another does."""
    turn = 2 * np.pi * np.arange(len(people)) / max(1, len(people))
    return graph.build(np.column_stack([np.cos(turn), np.sin(turn)]) * 100, people, pairs, **costs)


def grid(columns: int, rows: int, people: list[int], seed: int = 1, *, costs: bool = True) -> Graph:
    """A checkerboard of atoms with prices, groups and needs."""
    random = np.random.default_rng(seed)
    xy = np.array([(100 * x, 100 * y) for y in range(rows) for x in range(columns)], dtype=float)
    number = np.arange(columns * rows).reshape(rows, columns)
    pairs = np.concatenate(
        [
            np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
            np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
        ]
    )
    if not costs:
        return graph.build(xy, people, pairs)
    n = columns * rows
    of = random.integers(0, n, size=(n, 2))
    needs = Needs(np.arange(n), random.uniform(0, 50, n), np.arange(0, 2 * n + 1, 2), of.ravel())
    return graph.build(
        xy,
        people,
        pairs,
        price=random.choice([0, 0, 100, 400], size=len(pairs)),
        joins=random.uniform(size=len(pairs)) > 0.05,
        mass=random.uniform(0, 1, n),
        group=random.integers(-1, 4, n),
        outside=random.uniform(0, 30, n),
        outline=np.full(n, 400.0),
        length=np.full(len(pairs), 100.0),
        needs=needs,
    )


def joined(instance: Graph) -> nx.Graph:
    """The borders across which regions hang together, by another library."""
    found = nx.Graph()
    found.add_nodes_from(range(instance.atoms))
    for a in range(instance.atoms):
        for e in range(instance.first[a], instance.first[a + 1]):
            if instance.joins[e]:
                found.add_edge(a, int(instance.neighbor[e]))
    return found


def faults(instance: Graph, label: np.ndarray, low: int, high: int, aside: set[int]) -> list[str]:
    """What is wrong with labels, region by region, checked the obvious way."""
    whole = joined(instance)
    found = []
    for region in np.unique(label):
        atoms = np.flatnonzero(label == region)
        if aside.intersection(atoms.tolist()):
            continue
        if not low <= instance.people[atoms].sum() <= high:
            found.append(f"{region}: {instance.people[atoms].sum()} people")
        if not nx.is_connected(whole.subgraph(atoms.tolist())):
            found.append(f"{region}: in parts")
    return found


def obvious_cost(instance: Graph, atoms: list[int]) -> float:
    """Of one region, written down as the page on the method has it."""
    inside, cost = set(atoms), 0.0
    for a in atoms:
        cost += instance.own[a]
        for e in range(instance.first[a], instance.first[a + 1]):
            if instance.neighbor[e] in inside and instance.neighbor[e] > a:
                cost += instance.price[e]
        for need in range(instance.need_first[a], instance.need_first[a + 1]):
            met = instance.met_by[instance.met_first[need] : instance.met_first[need + 1]]
            cost += 0 if inside.intersection(met.tolist()) else instance.need_cost[need]
    by_group: dict[int, float] = {}
    for a in atoms:
        if instance.group[a] >= 0:
            by_group[int(instance.group[a])] = by_group.get(int(instance.group[a]), 0) + instance.outside[a]
    cost += instance.outside[atoms].sum() - max(by_group.values(), default=0)
    mass = instance.mass[atoms]
    if mass.sum() > 0:
        at = np.column_stack([instance.x[atoms], instance.y[atoms]])
        away = at - np.average(at, axis=0, weights=mass)
        cost += (mass * np.hypot(*away.T)).sum()
    return float(cost)


def partitions(instance: Graph, low: int, high: int) -> Iterator[list[list[int]]]:
    """Every way to divide the atoms into regions that hang together and keep the range."""
    regions = feasible_regions(instance, low, high)

    def rest(left: frozenset[int]) -> Iterator[list[list[int]]]:
        if not left:
            yield []
            return
        first = min(left)
        for region in regions:
            if first in region and region <= left:
                for others in rest(left - region):
                    yield [sorted(region), *others]

    yield from rest(frozenset(range(instance.atoms)))


def feasible_regions(instance: Graph, low: int, high: int) -> list[frozenset[int]]:
    whole = joined(instance)
    return [
        frozenset(chosen)
        for size in range(1, instance.atoms + 1)
        for chosen in itertools.combinations(range(instance.atoms), size)
        if low <= instance.people[list(chosen)].sum() <= high and nx.is_connected(whole.subgraph(chosen))
    ]


@st.composite
def small_graphs(draw: st.DrawFn) -> Graph:
    """Up to seven atoms, in one or several parts, some borders without a way."""
    n = draw(st.integers(1, 7))
    people = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    every = list(itertools.combinations(range(n), 2))
    pairs = draw(st.lists(st.sampled_from(every), unique=True, max_size=10)) if every else []
    joins = draw(st.lists(st.booleans() | st.just(True), min_size=len(pairs), max_size=len(pairs)))
    price = draw(st.lists(st.integers(0, 9), min_size=len(pairs), max_size=len(pairs)))
    return of_pairs(people, pairs, price=price, joins=np.array(joins, dtype=bool), mass=np.ones(n))


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(small_graphs(), st.integers(3, 9), st.integers(0, 9))
def test_what_can_be_divided_is_and_what_is_called_impossible_is(instance: Graph, low: int, more: int) -> None:
    limits = Limits(low, low + more)
    drawer = Drawer(instance, limits)

    run = drawer.run(3, Effort(steps=20_000, chunk=500, collect=3))

    aside = {int(a) for part in run.impossible for a in part.atoms}
    assert (run.label >= 0).all()
    if next(partitions(instance, limits.low, limits.high), None) is None:
        assert aside or run.missing or instance.atoms == 0
    else:
        assert not aside
        assert run.missing == 0
    if run.missing == 0:
        assert faults(instance, run.label, limits.low, limits.high, aside) == []
    for part in run.impossible:
        assert np.unique(run.label[part.atoms]).size == 1
        assert not np.isin(np.delete(run.label, part.atoms), run.label[part.atoms]).any()


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(small_graphs(), st.integers(3, 8))
def test_the_recombination_is_the_best_of_all_divisions(instance: Graph, low: int) -> None:
    """With every possible region in the pool, against trying all divisions."""
    high = 2 * low + 1
    pool = {}
    for region in feasible_regions(instance, low, high):
        atoms = np.array(sorted(region), dtype=np.int32)
        pool[atoms.tobytes()] = (atoms, obvious_cost(instance, atoms.tolist()))
    every = [sum(obvious_cost(instance, region) for region in one) for one in partitions(instance, low, high)]

    found = recombination.partition(pool, instance.atoms)

    covered = {int(a) for atoms, _ in pool.values() for a in atoms}
    if len(covered) < instance.atoms:
        assert not every
    elif not every:
        assert found is None
    else:
        assert found is not None
        assert found.cost == pytest.approx(min(every), abs=1e-6)
        assert found.bound <= found.cost + 1e-9
        assert found.bound == pytest.approx(found.cost, rel=2e-4, abs=1e-6)
        assert faults(instance, found.label, low, high, set()) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_grid_is_divided_into_regions_that_another_library_finds_whole(seed: int) -> None:
    people = np.random.default_rng(seed).integers(0, 60, size=300).tolist()
    instance = grid(20, 15, people, seed)

    run = Drawer(instance, Limits(400, 900)).run(seed, Effort(steps=6_000, chunk=1_000))

    aside = {int(a) for part in run.impossible for a in part.atoms}
    assert run.missing == 0
    assert faults(instance, run.label, 400, 900, aside) == []
    assert len(np.unique(run.label)) - len(run.impossible) >= sum(people) / 900 - 2


@pytest.mark.slow
def test_the_cost_is_the_obvious_one() -> None:
    people = np.random.default_rng(5).integers(1, 60, size=120).tolist()
    instance = grid(12, 10, people)
    drawer = Drawer(instance, Limits(300, 900))

    run = drawer.run(1, SHORT)

    assert not run.impossible
    regions = [np.flatnonzero(run.label == region).tolist() for region in np.unique(run.label)]
    assert run.cost == pytest.approx(sum(obvious_cost(instance, atoms) for atoms in regions))
    assert drawer.cost(run.label) == pytest.approx(run.cost)
    assert drawer.pool
    for atoms, cost in drawer.pool.values():
        assert cost == pytest.approx(obvious_cost(instance, atoms.tolist()))
        others = set(range(120)).difference(atoms.tolist())
        assert faults(instance, np.isin(np.arange(120), atoms).astype(int), 300, 900, others) == []


@pytest.mark.slow
def test_costs_stay_the_obvious_ones_where_parts_stand_aside() -> None:
    """An atom too big in the middle takes its neighbors' needs with it."""
    people = np.random.default_rng(6).integers(1, 60, size=120).tolist()
    people[55] = 5_000
    instance = grid(12, 10, people)

    run = Drawer(instance, Limits(300, 900)).run(1, SHORT)

    assert [(part.reason, part.atoms.tolist()) for part in run.impossible] == [(Reason.TOO_MANY, [55])]
    drawn = [np.flatnonzero(run.label == r).tolist() for r in np.unique(run.label) if r != run.label[55]]
    assert run.cost == pytest.approx(sum(obvious_cost(instance, atoms) for atoms in drawn))


@pytest.mark.slow
def test_a_contiguity_check_that_sees_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the check of single moves broken, the checks above find regions in parts."""
    people = [10] * 64
    instance = grid(8, 8, people, costs=False)
    label = (np.arange(64) // 16).astype(np.int32)

    def moved_with(check: Any) -> list[str]:
        arrays = [np.full(64, -1, np.int32), np.full(64, -1, np.int32), np.zeros(64, np.int64), np.zeros(64)]
        at = label.copy()
        annealing.read_regions(instance.arrays, at, *arrays, np.zeros(64, np.int32), np.zeros(0))
        monkeypatch.setattr(annealing, "hangs_together", check)
        random = np.array([12345], dtype=np.uint64)
        annealing.anneal.py_func(instance.arrays, 60, 400, 1.0, 1.0, 1.0, 1.0, 0.0, 4, 0.0, 300, random, at, *arrays)
        return faults(instance, at, 60, 400, set())

    assert moved_with(annealing.hangs_together) == []
    assert any("in parts" in fault for fault in moved_with(lambda *_: True))


def test_the_worked_example_of_the_documentation() -> None:
    xy = [(0, 300), (300, 300), (600, 300), (0, 0), (300, 0), (600, 0)]
    pairs = [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]
    river = [1200.0 if pair in {(1, 2), (4, 5)} else 0.0 for pair in pairs]
    instance = graph.build(xy, [2400] * 6, pairs, price=river, mass=np.full(6, 2400 * 0.002))

    run = Drawer(instance, Limits(5_000, 12_000)).run(1, SHORT)

    assert obvious_cost(instance, [0, 1, 2]) + obvious_cost(instance, [3, 4, 5]) == pytest.approx(8160)
    assert run.cost == pytest.approx(6851, abs=0.5)
    assert run.cost == pytest.approx(
        min(sum(obvious_cost(instance, region) for region in one) for one in partitions(instance, 5_000, 12_000))
    )
    assert sorted(np.bincount(run.label).tolist()) == [3, 3]


@pytest.mark.parametrize(
    ("people", "pairs", "expected"),
    [
        ([3, 9, 9], [(1, 2)], [(Reason.TOO_FEW, [0], 3)]),
        ([30, 9], [(0, 1)], [(Reason.TOO_MANY, [0], 30)]),
        # Without the big one, its neighbor is alone and too small.
        ([30, 3, 9], [(0, 1), (0, 2)], [(Reason.TOO_MANY, [0], 30), (Reason.TOO_FEW, [1], 3)]),
        ([13, 4, 4, 9], [(0, 1), (0, 2), (0, 3)], [(Reason.HANGING, [0, 1, 2], 21)]),
        ([7, 7, 3], [(0, 1)], [(Reason.TOO_FEW, [2], 3)]),
        ([7, 7], [(0, 1)], []),
        ([], [], []),
    ],
)
def test_impossible_parts_are_named(people: list[int], pairs: list[tuple[int, int]], expected: list[Any]) -> None:
    found = impossible(of_pairs(people, pairs), 5, 16)

    assert [(part.reason, part.atoms.tolist(), part.people) for part in found] == expected


def test_a_number_of_people_between_two_multiples_is_impossible() -> None:
    """17 people are too many for one region of 9 to 12, and too few for two."""
    found = impossible(of_pairs([6, 5, 6], [(0, 1), (1, 2)]), 9, 12)

    assert [(part.reason, part.people) for part in found] == [(Reason.NO_NUMBER, 17)]


def test_borders_without_a_way_part_what_they_lie_between() -> None:
    instance = of_pairs([6, 6, 3], [(0, 1), (1, 2)], joins=np.array([True, False]))

    assert [part.atoms.tolist() for part in impossible(instance, 5, 16)] == [[2]]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_regions_and_another_others() -> None:
    instance = grid(12, 10, np.random.default_rng(2).integers(1, 60, size=120).tolist())

    one, again = (Drawer(instance, Limits(300, 900)).run(7, SHORT).label for _ in range(2))

    np.testing.assert_array_equal(one, again)
    assert (Drawer(instance, Limits(300, 900)).run(8, SHORT).label != one).any()


@pytest.mark.slow
def test_a_run_that_is_stopped_keeps_the_best_and_says_so() -> None:
    instance = grid(12, 10, np.random.default_rng(2).integers(1, 60, size=120).tolist())
    asked: list[float] = []
    drawer = Drawer(instance, Limits(300, 900))

    answer = recombination.best_of(
        drawer, (1, 2, 3), Effort(steps=4_000, chunk=200), should_stop=lambda: len(asked) >= 25, progress=asked.append
    )

    assert answer.stopped
    assert answer.bound is None
    assert asked == sorted(asked)
    assert len(asked) == 25
    assert faults(instance, answer.run.label, 300, 900, set()) == []


@pytest.mark.slow
def test_recombining_never_costs_more_than_the_best_run_and_the_bound_holds() -> None:
    instance = grid(20, 15, np.random.default_rng(4).integers(0, 60, size=300).tolist(), 4)
    drawer = Drawer(instance, Limits(400, 900))

    answer = recombination.best_of(drawer, (1, 2, 3, 4), Effort(steps=4_000, chunk=400))

    aside = {int(a) for part in answer.run.impossible for a in part.atoms}
    assert answer.bound is not None
    assert answer.bound <= answer.run.cost + 1e-6
    assert answer.run.cost <= answer.single
    assert drawer.cost(answer.run.label) == pytest.approx(answer.run.cost)
    assert faults(instance, answer.run.label, 400, 900, aside) == []


@pytest.mark.slow
def test_drawing_compiles_nothing() -> None:
    instance = grid(6, 5, [10] * 30)

    with event.install_recorder("numba:compile") as heard:
        drawer = Drawer(instance, Limits(40, 90))
        recombination.best_of(drawer, (1, 2), SHORT)

    assert heard.buffer == []


def test_wrong_arrays_are_refused_by_row() -> None:
    with pytest.raises(ValueError, match=r"border: row 1 .* no such atom"):
        of_pairs([1, 2], [(0, 1), (1, 2)])
    with pytest.raises(ValueError, match=r"border: row 0 .* an atom with itself"):
        of_pairs([1, 2], [(1, 1)])
    with pytest.raises(ValueError, match=r"border: row 0 .* given twice"):
        of_pairs([1, 2], [(0, 1), (1, 0)])
    with pytest.raises(ValueError, match="a range from 9 to 5 people"):
        Limits(9, 5)
