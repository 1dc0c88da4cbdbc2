"""Units against GerryChain's ReCom, in one process, on one instance, with the same checks by networkx.

GerryChain samples divisions and does not look for cheap ones, so that only its rate of steps can be compared: a step is
two neighboring units merged and cut anew, both in range.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Voronoi

from benchmarks.measuring import Row, against, alone, timed
from linli.compute import compiled
from linli.compute.regionalization import graph, recombination
from linli.compute.regionalization.drawing import Drawer, Effort, Limits, Run
from linli.compute.regionalization.graph import Graph

LIMITS = Limits(5_000, 12_000)
PEOPLE, SIDE_M, COMMUNITIES = 1_330_000, 11_045.0, 201
RUNS = 10
PEER_STEPS = 150


def rows(say: Callable[[str], None]) -> list[Row]:
    """All rows of the table of units."""
    compiled.warm_up()
    say("units: instances")
    small, large = instance(2_112), instance(10_000)
    return [
        *_drawing_rows(small, 2, say),
        *_drawing_rows(large, 8, say),
        _step_row(small, say),
        *_recombination_rows(small, say),
    ]


def instance(atoms: int, seed: int = 1) -> Graph:
    """A square district of cells around random points: a river, main roads every 900 m, communities around points."""
    random = np.random.default_rng(seed)
    xy = random.uniform(0, SIDE_M, (atoms, 2))
    pairs = Voronoi(xy).ridge_points
    pairs = pairs[np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) < 1_500]
    share = random.gamma(1.0, 1.0, atoms)
    people = np.minimum(share / share.sum() * PEOPLE, 9_000).astype(np.int64)
    centers = random.uniform(0, SIDE_M, (COMMUNITIES, 2))
    community = ((xy[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)
    block = (xy // 900).astype(np.int64)
    first, second = pairs.T
    main = (block[first] != block[second]).any(axis=1)
    river = (xy[first, 0] < SIDE_M / 2) != (xy[second, 0] < SIDE_M / 2)
    price = 300.0 * main + 800.0 * river + 100.0 * (community[first] != community[second])
    return graph.build(
        xy, people, pairs, price=price, mass=0.002 * people, group=community, outside=people.astype(np.float64)
    )


def _drawing_rows(district: Graph, goal_s: float, say: Callable[[str], None]) -> list[Row]:
    say(f"units: {district.atoms:,} atoms")
    run, seconds = timed(lambda: Drawer(district, LIMITS).run(1), 3)
    work = f"units of {district.atoms:,} atoms, all in range and contiguous"
    return [alone(work, "s", seconds, at_most=goal_s, answers_equal=_all_hold(district, run))]


def _all_hold(district: Graph, run: Run) -> bool:
    """In range and contiguous, by networkx."""
    land = _land(district)
    total = np.bincount(run.label, weights=district.people)
    in_range = ((total >= LIMITS.low) & (total <= LIMITS.high)).all()
    return bool(in_range) and all(
        nx.is_connected(land.subgraph(np.flatnonzero(run.label == unit).tolist())) for unit in range(total.size)
    )


def _land(district: Graph) -> nx.Graph:
    land = nx.Graph()
    for atom in range(district.atoms):
        land.add_node(atom, pop=int(district.people[atom]))
    tail = np.repeat(np.arange(district.atoms), np.diff(district.first))
    land.add_edges_from(zip(tail.tolist(), district.neighbor.tolist(), strict=True))
    return land


def _step_row(district: Graph, say: Callable[[str], None]) -> Row:
    say("units: steps, GerryChain")
    start = Drawer(district, LIMITS).run(1, Effort(steps=20_000)).label
    # Hot enough that every step is taken, as in GerryChain's chain; trees only.
    everything = Effort(steps=50_000, single=0.0, hot=1e9, cold=1e8)
    ours, seconds = timed(lambda: Drawer(district, LIMITS).run(2, everything, start=start), 3)
    held, peer_seconds = _chain(district, start)
    return against(
        "1,000 steps of merging two units and cutting them anew, 2,112 atoms",
        "s",
        1_000 * seconds / ours.trees,
        f"GerryChain recom, {PEER_STEPS} steps scaled up",
        1_000 * peer_seconds / PEER_STEPS,
        answers_equal=held and _all_hold(district, ours),
        at_least=100,
    )


def _chain(district: Graph, start: NDArray[np.int32]) -> tuple[bool, float]:
    """Whether the last division keeps range and contiguity, and the CPU seconds of all steps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from gerrychain import Graph as Land
        from gerrychain import MarkovChain, Partition, accept, constraints, updaters
        from gerrychain.proposals import recom

        land = Land.from_networkx(_land(district))
        first = Partition(
            land, dict(enumerate(start.tolist())), {"population": updaters.Tally("pop", alias="population")}
        )
        middle = (LIMITS.low + LIMITS.high) / 2
        epsilon = (LIMITS.high - LIMITS.low) / (LIMITS.high + LIMITS.low)
        chain = MarkovChain(
            proposal_fn=partial(recom, pop_col="pop", pop_target=middle, epsilon=epsilon, node_repeats=0),
            constraints=[constraints.contiguous],
            acceptance_fn=accept.always_accept,
            initial_partition=first,
            total_steps=PEER_STEPS + 1,
        )
        states = iter(chain)
        next(states)

        def walk() -> Partition:
            last = first
            for last in states:  # noqa: B007
                pass
            return last

        last, seconds = timed(walk)
    held = all(LIMITS.low <= people <= LIMITS.high for people in last["population"].values())
    return held and constraints.contiguous(last), seconds


def _recombination_rows(district: Graph, say: Callable[[str], None]) -> list[Row]:
    say(f"units: {RUNS} runs, recombined")
    drawer = Drawer(district, LIMITS)
    answer, seconds = timed(lambda: recombination.best_of(drawer, tuple(range(RUNS)), Effort(steps=100_000)))
    assert answer.bound is not None
    gap = 100 * (answer.run.cost - answer.bound) / answer.run.cost
    held = _all_hold(district, answer.run)
    freely = recombination.partition(drawer.pool, district.atoms)
    assert freely is not None
    # Smaller units cost less; so the first gain counts what the drawing won, the second also what it saved by them.
    work = f"recombining {RUNS} runs, cheaper than the best of them"
    return [
        alone(f"{RUNS} runs and their recombination", "s", seconds, at_most=None, answers_equal=held),
        _gain_row(f"{work}, at equal numbers of units", answer.run.cost, answer.single, held),
        _gain_row(f"{work}, with any number of units", freely.cost, answer.single, held),
        alone("gap to the bound over all units met", "%", gap, at_most=1.0, answers_equal=held),
    ]


def _gain_row(work: str, cost: float, single: float, held: bool) -> Row:
    gain = 100 * (1 - cost / single)
    return Row(work, "%", gain, "—", None, None, held, "≥ 5 %", held and gain >= 5)
