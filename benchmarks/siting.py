"""Siting against spopt with HiGHS, in one process, on one district's walking distances.

spopt takes a whole matrix of distances; ours starts from the same matrix. Its models of 20,000 homes take minutes to
build: those rows are the long ones of this table.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.district import District, district
from benchmarks.measuring import Row, against, alone, timed
from linli.compute import compiled, hierarchy
from linli.compute.catchment import catchment
from linli.compute.facility_location import center, covering, covers, median
from linli.compute.facility_location.watching import Watch
from linli.compute.network import INFINITY_CM
from linli.compute.snapping import Anchors

LIMIT_CM = 50_000
FAR_CM = 1_500_000

Ints = NDArray[np.int32]


def rows(say: Callable[[str], None]) -> list[Row]:
    """All rows of the siting table."""
    compiled.warm_up()
    say("siting: building the district")
    city = district()
    large = _instance(city, 20_000, 500)
    small = _instance(city, 2_000, 300)
    return [
        *_covering_rows(large, 30, 500, say),
        *_median_rows(small, large, say),
        *_center_rows(small, large, say),
    ]


def _instance(city: District, homes: int, candidates: int) -> tuple[Ints, NDArray[np.int64]]:
    """Walking distances (homes, candidates) in centimeters, and the people of the homes."""
    random = np.random.default_rng(homes)
    home = np.sort(random.choice(len(city.homes), size=min(homes, len(city.homes)), replace=False))
    seat = np.sort(random.choice(len(city.seats), size=candidates, replace=False))
    prepared = hierarchy.prepare(city.network)
    return _distances(prepared, city.homes.take(home), city.seats.take(seat)), city.people[home].sum(axis=1)


def _distances(prepared: hierarchy.Hierarchy, homes: Anchors, seats: Anchors) -> Ints:
    found = catchment(prepared, homes, seats, FAR_CM)
    whole = np.full((found.batches * 32, len(seats)), INFINITY_CM, dtype=np.int32)
    batch = np.repeat(np.arange(found.batches), np.diff(found.first))
    slot = batch[:, None] * 32 + np.arange(32)
    whole[slot, found.facility[:, None]] = found.distance_cm
    return np.minimum(whole[found.slot], FAR_CM)


def _cpu_watch(seconds: float, report: Callable[[float | None, float | None, float], None] | None = None) -> Watch:
    if report is None:
        return Watch(seconds, clock=time.process_time)
    return Watch(seconds, clock=time.process_time, report=report)


def _covering_rows(
    instance: tuple[Ints, NDArray[np.int64]], p: int, at_least: float, say: Callable[[str], None]
) -> list[Row]:
    distance, people = instance

    def by_us() -> covering.Found:
        wanted = covering.demand(covers.within(distance, LIMIT_CM), people)
        offers = covering.plain_offers(np.ones((distance.shape[1], 1), dtype=np.int64), [p])
        return covering.maximal(wanted, offers, _cpu_watch(60))

    ours, seconds = timed(by_us, 5)
    say("maximal covering: spopt and HiGHS (some minutes)")
    theirs, peer_s = timed(lambda: _spopt_covering(distance, people, p))
    equal = ours.value == ours.bound == theirs
    d, n = distance.shape
    work = f"maximal covering {d:,} × {n}, p={p}, {LIMIT_CM // 100} m"
    found = [against(work, "s", seconds, "spopt + HiGHS", peer_s, answers_equal=equal, at_least=at_least)]
    wide = covering.demand(covers.within(distance, 2 * LIMIT_CM), people)
    offers = covering.plain_offers(np.ones((n, 1), dtype=np.int64), [p])
    answer, wide_s = timed(lambda: covering.maximal(wide, offers, _cpu_watch(30)))
    gap = 100 * (answer.bound - answer.value) / max(1, answer.bound)
    work = f"maximal covering {d:,} × {n}, p={p}, {2 * LIMIT_CM // 100} m: proven gap in {wide_s:.1f} s"
    return [*found, alone(work, "%", gap, at_most=None)]


def _spopt_covering(distance: Ints, people: NDArray[np.int64], p: int) -> int:
    import pulp
    from spopt.locate import MCLP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MCLP.from_cost_matrix(distance.astype(np.float64), people.astype(np.float64), LIMIT_CM, p_facilities=p)
        model = model.solve(pulp.HiGHS(msg=False, threads=1, gapRel=0))
    chosen = np.array([bool(served) for served in model.fac2cli])
    return int(people[(distance[:, chosen] <= LIMIT_CM).any(axis=1)].sum())


def _median_rows(
    small: tuple[Ints, NDArray[np.int64]], large: tuple[Ints, NDArray[np.int64]], say: Callable[[str], None]
) -> list[Row]:
    found = []
    for (distance, people), p, goal, most_s in ((small, 20, 0.2, 2.0), (large, 30, 1.0, 30.0)):
        d, n = distance.shape
        say(f"p-median {d:,} × {n}")

        def by_us(
            distance: Ints = distance, people: NDArray[np.int64] = people, p: int = p, s: float = most_s
        ) -> median.Found:
            given = median.walks(distance)
            use = np.ones((given.columns, 1), dtype=np.int64)
            return median.median(given, people, use, [p], _cpu_watch(s))

        answer, seconds = timed(by_us)
        gap = 100 * (answer.value - answer.bound) / answer.value
        work = f"p-median {d:,} × {n}, p={p}: proven gap in {seconds:.1f} s"
        found.append(alone(work, "%", gap, at_most=goal))
    distance, people = small
    tiny, few = distance[:400, :60], people[:400]
    say("p-median 400 × 60: spopt and HiGHS")
    theirs, peer_s = timed(lambda: _spopt_median(tiny, few, 8))
    use = np.ones((60, 1), dtype=np.int64)
    answer, seconds = timed(lambda: median.median(median.walks(tiny), few, use, [8], _cpu_watch(60)), 3)
    equal = answer.value == answer.bound == theirs
    work = "p-median 400 × 60, p=8, to the proven best"
    return [*found, against(work, "s", seconds, "spopt + HiGHS", peer_s, answers_equal=equal, at_least=100)]


def _spopt_median(distance: Ints, people: NDArray[np.int64], p: int) -> int:
    import pulp
    from spopt.locate import PMedian

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = PMedian.from_cost_matrix(distance.astype(np.float64), people.astype(np.float64), p_facilities=p)
        model = model.solve(pulp.HiGHS(msg=False, threads=1, gapRel=0))
    chosen = np.array([bool(served) for served in model.fac2cli])
    return int((people * distance[:, chosen].min(axis=1)).sum())


def _center_rows(
    small: tuple[Ints, NDArray[np.int64]], large: tuple[Ints, NDArray[np.int64]], say: Callable[[str], None]
) -> list[Row]:
    found = []
    for (distance, _), p, most_s in ((small, 20, 10.0), (large, 30, 60.0)):
        d, n = distance.shape
        say(f"p-center {d:,} × {n}")
        given = median.walks(distance)
        use = np.ones((n, 1), dtype=np.int64)
        answer, seconds = timed(lambda g=given, u=use, p=p, s=most_s: center.center(g, u, [p], _cpu_watch(s)))
        gap = 100 * (answer.value_cm - answer.bound_cm) / answer.value_cm
        work = (
            f"p-center {d:,} × {n}, p={p}: {answer.bound_cm / 100:.0f} to {answer.value_cm / 100:.0f} m, proven gap in "
            f"{seconds:.1f} s"
        )
        found.append(alone(work, "%", gap, at_most=5.0))
    return found
