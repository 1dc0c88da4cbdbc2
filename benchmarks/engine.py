"""The walking engine against scipy, pandana and PySAL access, in one process, on one district.

The peers know no walls and snap to nodes only, so where they are compared all gates stand open and every place lies
on a node. The rows without a peer walk the district as it is.
"""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.district import KINDS as KIND_NAMES
from benchmarks.district import District, Open, at_nodes, district, opened
from benchmarks.measuring import Row, added_mb, against, alone, timed
from linli.compute import catchment as reach
from linli.compute import compiled, floating_catchment, hierarchy, sweep
from linli.compute.catchment import Catchment
from linli.compute.network import INFINITY_CM, WalkingNetwork
from linli.compute.snapping import Anchors

KINDS = len(KIND_NAMES)
RADII_CM = np.array([40_000, 80_000, 120_000])
CAP_CM = 300_000
SAMPLE = 400
STEP_WEIGHTS = {40_000: 1.0, 80_000: 0.68, 120_000: 0.22}

Ints = NDArray[np.int32]


def rows(say: Callable[[str], None]) -> list[Row]:
    """All rows of the engine's table."""
    compiled.warm_up()
    say("building the district")
    city = district()
    say(f"{city.network.nodes:,} nodes, {len(city.homes):,} homes, {len(city.seats):,} facilities")
    walled = _walled_rows(city, say)
    plain = opened(city)
    return [
        *_nearest_rows(city, plain, say),
        *_count_rows(city, plain, say),
        *_supply_rows(city, plain, say),
        *walled,
    ]


def _nearest_rows(city: District, plain: Open, say: Callable[[str], None]) -> list[Row]:
    from scipy.sparse.csgraph import dijkstra

    work = f"nearest facility of {KINDS} kinds, all nodes"
    ours, seconds = timed(lambda: sweep.nearest(plain.prepared, plain.seats, city.kind, KINDS), 15)
    graph = _graph(plain.network)

    def by_scipy() -> NDArray[np.float64]:
        columns = [
            dijkstra(graph, directed=False, indices=plain.seat[city.kind == kind], min_only=True)
            for kind in range(KINDS)
        ]
        return np.column_stack(columns)

    say("nearest: scipy")
    theirs, scipy_s = timed(by_scipy, 3)
    equal = np.array_equal(ours, np.where(np.isfinite(theirs), theirs, INFINITY_CM).astype(np.int64))
    found = [against(work, "s", seconds, "scipy dijkstra(min_only)", scipy_s, answers_equal=equal, at_least=100)]

    say("nearest: pandana")
    net = _pandana(plain.network)

    def by_pandana() -> NDArray[np.float64]:
        columns = []
        for kind in range(KINDS):
            at = plain.seat[city.kind == kind].astype(float)
            net.set_pois(str(kind), CAP_CM, 1, _series(at), _series(0 * at))
            columns.append(net.nearest_pois(CAP_CM, str(kind), num_pois=1)[1].to_numpy())
        return np.column_stack(columns)

    theirs, pandana_s = timed(by_pandana)
    near = ours < CAP_CM
    # Pandana adds up in float32: a few hundredths of a centimetre off.
    equal = np.array_equal(np.rint(theirs[near]), ours[near]) and bool((theirs[~near] >= CAP_CM).all())
    peer = f"pandana {CAP_CM // 100_000} km"
    return [*found, against(work, "s", seconds, peer, pandana_s, answers_equal=equal, at_least=2000)]


def _count_rows(city: District, plain: Open, say: Callable[[str], None]) -> list[Row]:
    from scipy.sparse.csgraph import dijkstra

    def ours_at(places: Anchors) -> Ints:
        return reach.counts_within(plain.prepared, places, plain.seats, city.kind, KINDS, RADII_CM)

    what = f"counts, {KINDS} kinds × {RADII_CM.size} radii"
    ours, seconds = timed(lambda: ours_at(plain.homes), 5)
    graph = _graph(plain.network)
    sample = np.random.default_rng(1).choice(plain.home.size, size=SAMPLE, replace=False)
    by_kind = np.argsort(city.kind, kind="stable")
    seat, first = plain.seat[by_kind], np.searchsorted(city.kind[by_kind], np.arange(KINDS))

    def by_scipy() -> NDArray[np.int64]:
        found = np.empty((SAMPLE, KINDS, RADII_CM.size), dtype=np.int64)
        # Ten rows at a time: the fastest for scipy, whose dense rows then stay in the cache.
        for start in range(0, SAMPLE, 10):
            some = sample[start : start + 10]
            distance = dijkstra(graph, directed=False, indices=plain.home[some], limit=float(RADII_CM[-1]))[:, seat]
            for r, radius in enumerate(RADII_CM):
                found[start : start + 10, :, r] = np.add.reduceat((distance <= radius).astype(np.int32), first, axis=1)
        return found

    say("counts: scipy")
    theirs, scipy_s = timed(by_scipy, 3)
    assert (np.bincount(city.kind, minlength=KINDS) > 0).all(), "reduceat needs every kind"
    whole = scipy_s * plain.home.size / SAMPLE
    peer = f"scipy dijkstra(limit), {SAMPLE} buildings scaled up"
    equal = np.array_equal(theirs, ours[sample])
    found = [
        against(f"{what}, {plain.home.size:,} buildings", "s", seconds, peer, whole, answers_equal=equal, at_least=300)
    ]

    say("counts: pandana")
    everywhere = at_nodes(plain.network, np.arange(plain.network.nodes, dtype=np.int32))
    all_ours, all_s = timed(lambda: ours_at(everywhere), 3)
    net = _pandana(plain.network)

    def by_pandana() -> NDArray[np.int64]:
        net.precompute(float(RADII_CM[-1]))
        counted = np.empty_like(all_ours)
        for kind in range(KINDS):
            net.set(_series(plain.seat[city.kind == kind]), name=str(kind))
            for r, radius in enumerate(RADII_CM):
                counted[:, kind, r] = net.aggregate(float(radius), type="count", decay="flat", name=str(kind))
        return counted

    theirs, pandana_s = timed(by_pandana)
    equal = np.array_equal(theirs, all_ours)
    work = f"{what}, all {plain.network.nodes:,} nodes"
    return [*found, against(work, "s", all_s, "pandana", pandana_s, answers_equal=equal, at_least=80)]


def _supply_rows(city: District, plain: Open, say: Callable[[str], None]) -> list[Row]:
    """All kinds by us, one kind by access, both by pair of building and facility."""
    say("E2SFCA: access")
    limit = int(RADII_CM[-1])
    met = reach.catchment(plain.prepared, plain.homes, plain.seats, limit)
    people = city.people.sum(axis=1)
    table = floating_catchment.steps(np.array(list(STEP_WEIGHTS)), np.array(list(STEP_WEIGHTS.values())))
    ours, seconds = timed(lambda: floating_catchment.e2sfca(met, people, city.capacity, city.kind, KINDS, table), 7)
    pairs = int((met.distance_cm <= limit).sum())
    kind = int(np.bincount(city.kind).argmax())
    theirs, theirs_s, their_pairs = _by_access(city, met, kind)
    equal = bool(np.allclose(ours.per_person[:, kind], theirs, rtol=2e-5, atol=1e-9))
    peer = f"access, one kind with {their_pairs:,} pairs"
    return [
        against(
            f"E2SFCA, {pairs:,} pairs", "ns/pair", seconds / pairs * 1e9, peer, theirs_s / their_pairs * 1e9,
            answers_equal=equal, at_least=500,
        )
    ]  # fmt: skip


def _by_access(city: District, met: Catchment, kind: int) -> tuple[NDArray[np.float64], float, int]:
    import pandas as pd
    from access import Access, weights

    row, lane = np.nonzero(met.distance_cm <= met.limit_cm)
    chosen = city.kind[met.facility[row]] == kind
    row, lane = row[chosen], lane[chosen]
    batch = np.searchsorted(met.first, row, side="right") - 1
    origin = np.full(met.batches * 32, -1)
    origin[met.slot] = np.arange(met.slot.size)
    cost = pd.DataFrame(
        {"origin": origin[batch * 32 + lane], "dest": met.facility[row], "cost": met.distance_cm[row, lane]}
    )
    demand = pd.DataFrame({"id": np.arange(met.slot.size), "people": city.people.sum(axis=1)})
    supply = pd.DataFrame({"id": np.flatnonzero(city.kind == kind), "seats": city.capacity[city.kind == kind]})

    def run() -> NDArray[np.float64]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = Access(
                demand, demand_value="people", demand_index="id", supply_df=supply, supply_index="id",
                supply_value="seats", cost_df=cost, cost_origin="origin", cost_dest="dest", cost_name="cost",
            )  # fmt: skip
            found = model.enhanced_two_stage_fca(
                name="e2sfca", max_cost=met.limit_cm + 1, weight_fn=weights.step_fn(STEP_WEIGHTS)
            )
        return np.asarray(found.iloc[:, 0].reindex(demand["id"]).fillna(0))

    theirs, seconds = timed(run, 3)
    return theirs, seconds, len(cost)


def _walled_rows(city: District, say: Callable[[str], None]) -> list[Row]:
    """The district as it is: walls, edges split where places lie, every pass of a check-up."""
    say("the district with its walls")
    homes, seats = city.homes, city.seats
    prepared, prepare_s = timed(lambda: hierarchy.prepare(city.network), 3)
    limit = int(RADII_CM[-1])
    table = floating_catchment.steps(np.array(list(STEP_WEIGHTS)), np.array(list(STEP_WEIGHTS.values())))
    people = city.people.sum(axis=1)
    met = reach.catchment(prepared, homes, seats, limit)
    ours, nearest_s = timed(lambda: sweep.nearest_facilities(prepared, homes, seats, city.kind, KINDS), 15)
    counted = reach.counts(met, city.kind, KINDS, RADII_CM)
    agree = bool(((ours <= limit) == (counted[:, :, -1] > 0)).all())

    def everything() -> None:
        again = hierarchy.customize(prepared, city.network.length_cm)
        sweep.nearest_facilities(again, homes, seats, city.kind, KINDS)
        all_met = reach.catchment(again, homes, seats, limit)
        reach.counts(all_met, city.kind, KINDS, RADII_CM)
        reach.people_within(all_met, city.people, RADII_CM)
        floating_catchment.e2sfca(all_met, people, city.capacity, city.kind, KINDS, table)

    del met, counted
    gc.collect()
    memory = added_mb(everything)
    _, whole_s = timed(everything, 5)
    return [
        alone("walls: prepare the network (kept afterwards)", "s", prepare_s, at_most=None),
        alone("walls: nearest, all buildings", "s", nearest_s, at_most=None, answers_equal=agree),
        alone("walls: every search of a check-up", "s", whole_s, at_most=0.3),
        *([] if memory is None else [alone("walls: memory of these searches", "MB", memory, at_most=250)]),
    ]


def _graph(network: WalkingNetwork):  # type: ignore[no-untyped-def]
    """The shortest edge between any two nodes, as scipy wants it; a length of zero would be no edge."""
    from scipy.sparse import coo_array

    ends = np.sort(network.edges, axis=1)
    order = np.lexsort((network.length_cm, ends[:, 1], ends[:, 0]))
    ends, length = ends[order], network.length_cm[order]
    kept = np.concatenate([[True], (ends[1:] != ends[:-1]).any(axis=1)])
    assert (length > 0).all()
    shape = (network.nodes, network.nodes)
    return coo_array((length[kept].astype(np.float64), ends[kept].T), shape=shape).tocsr()


def _pandana(network: WalkingNetwork):  # type: ignore[no-untyped-def]
    """Lengths in centimetres; each node at its own number, so that none is mistaken."""
    import pandana
    import pandas as pd

    edges = pd.DataFrame({"a": network.edges[:, 0], "b": network.edges[:, 1], "cm": network.length_cm.astype(float)})
    at = np.arange(network.nodes, dtype=float)
    return pandana.Network(_series(at), _series(0 * at), edges["a"], edges["b"], edges[["cm"]], twoway=True)


def _series(values):  # type: ignore[no-untyped-def]
    import pandas as pd

    return pd.Series(values)
