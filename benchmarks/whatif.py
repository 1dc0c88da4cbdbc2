"""What-if at a district's size: the effect of single edits, against a whole check-up of the edited district.

The peer does the same work with pandana and scipy: a new network, and the nearest facility of every kind from every
node. That is a part of what our figure holds, and pandana knows no walls.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from time import process_time
from typing import Any

import numpy as np

from benchmarks.measuring import Row, added_mb, against, alone, timed

DAY = date(2026, 7, 1)
EDITS = 200
COMPARED = 40
"""Of the edits of the network; of the others half as many."""
CAP_CM = 300_000


@dataclass
class _Times:
    """CPU seconds of the edits of one sort."""

    engine: list[float] = field(default_factory=list)
    with_resolving: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    compared: int = 0
    different: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def equal(self) -> bool:
        return self.different == 0


def rows(say: Callable[[str], None]) -> list[Row]:
    """Percentiles over random edits of the network; premises that become a facility; memory."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.settings")
    import django

    django.setup()
    from linli.compute import compiled, hierarchy
    from linli.domain.places.rules import assembly
    from linli.domain.planning.measures.scenarios import effects
    from linli.domain.planning.measures.scenarios.ground import ground
    from linli.domain.planning.rules.scenarios.edits import EditKind
    from linli.domain.standards import queries as standards
    from linli.synthetic import city
    from linli.synthetic.edits import OF_THE_NETWORK

    compiled.warm_up()
    say("building the district with all kinds of facilities")
    situation = assembly.assemble(city.city(), facility_kinds=city.ALL_KINDS)
    pack = standards.pack("shangcheng", day=DAY, local=False)
    ordered, indexed = hierarchy.prepare(situation.network), ground(situation)
    made: list[Any] = []

    def get_ready() -> None:
        made[:] = [effects.base(situation, pack, {}, DAY, hierarchy=ordered, ground=indexed)]

    get_ready()
    memory = added_mb(get_ready)
    _, ready_s = timed(get_ready, 3)
    base = made[0]
    say(f"{EDITS} edits of the network")
    ways = _tried(base, EDITS, OF_THE_NETWORK, COMPARED)
    say(f"{EDITS} premises that become a facility")
    premises = _tried(base, EDITS, (EditKind.CONVERT_PREMISES,), COMPARED // 2)
    say("other edits")
    rest = tuple(kind for kind in EditKind if kind not in OF_THE_NETWORK)
    others = _tried(base, EDITS, rest, COMPARED // 2)
    return [
        *_network_rows(ways, say, base),
        *_others(premises, "premises → facility, all indicators", at_most=10),
        *_others(others, "facilities and homes, all indicators", at_most=None),
        alone("getting ready for edits", "s", ready_s, at_most=None),
        *([] if memory is None else [alone("memory of it above the situation", "MB", memory, at_most=400)]),
    ]


def _network_rows(ways: _Times, say: Callable[[str], None], base: Any) -> list[Row]:
    middle, high = _ms(ways.engine, 50), _ms(ways.engine, 95)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(ways.kinds.items()))
    whole = _ms(ways.whole, 50)
    found = [
        alone(f"one edit of the network, all indicators, p50 ({told})", "ms", middle, at_most=None),
        alone(
            f"the same, p95 ({ways.compared} compared with a whole check-up, {ways.different} different)",
            "ms", high, at_most=50, answers_equal=ways.equal,
        ),
        alone("the same with reading the edit, p95", "ms", _ms(ways.with_resolving, 95), at_most=None),
        against(
            "one edit of the network, p50", "ms", middle, "a new network and a whole check-up", whole,
            answers_equal=ways.equal, at_least=10,
        ),
    ]  # fmt: skip
    say("the peers on one edit")
    return [*found, *_peer_rows(base, middle)]


def _others(times: _Times, work: str, *, at_most: float | None) -> list[Row]:
    return [
        alone(f"{work}, p50", "ms", _ms(times.engine, 50), at_most=at_most),
        alone(
            f"{work}, p95 ({times.compared} compared, {times.different} different)", "ms", _ms(times.engine, 95),
            at_most=at_most, answers_equal=times.equal,
        ),
    ]  # fmt: skip


def _ms(seconds: list[float], percentile: float) -> float:
    return float(np.percentile(seconds, percentile)) * 1000


def _tried(base: Any, count: int, kinds: tuple[Any, ...], compared: int) -> _Times:
    """Edits that hold, one at a time; some of them compared with a check-up of the whole edited situation."""
    from linli.domain.checkup.measures import check_up
    from linli.domain.planning.measures.scenarios import effects
    from linli.domain.planning.measures.scenarios.applied import applied
    from linli.domain.planning.rules.scenarios.faults import EditsRefused
    from linli.synthetic.edits import random_edit

    random, times = np.random.default_rng(len(kinds)), _Times()
    while len(times.engine) < count:
        edit = random_edit(base.ground, random, kinds)
        start = process_time()
        try:
            resolved = effects.resolved_over(base, [edit])
        except EditsRefused:
            continue
        read = process_time()
        after = effects.after(base, resolved)
        effects.effect_of(base, resolved, after)
        done = process_time()
        times.engine.append(done - read)
        times.with_resolving.append(done - start)
        times.kinds[edit.kind.value] += 1
        if len(times.engine) % (count // compared) == 0:
            start = process_time()
            expected = check_up(applied(base.ground.situation, resolved), base.pack, base.answers, DAY)
            times.whole.append(process_time() - start)
            times.compared += 1
            times.different += not _equal(after.result, expected)
    return times


def _equal(found: Any, expected: Any) -> bool:
    """Every field of two check-ups but the hierarchies, which are made differently and answer alike."""
    same = all(
        np.array_equal(getattr(found.reach, name), getattr(expected.reach, name))
        for name in ("rows", "community", "distance_cm")
    )
    for name in ("asked", "number", "numerator", "denominator", "missing", "lower_bound", "estimated"):
        one, other = getattr(found.measurement, name), getattr(expected.measurement, name)
        same &= np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    fields = ("day", "types", "findings", "verdicts", "shortfalls")
    return same and all(getattr(found, name) == getattr(expected, name) for name in fields)


def _peer_rows(base: Any, ours_ms: float) -> list[Row]:
    """One bridge: the nearest facility of each kind on a new network, all gates open, every place on a node."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    from linli.compute.network import INFINITY_CM

    network, facilities = base.situation.network, base.situation.facilities
    n, kinds = network.nodes, len(base.situation.facility_kinds)
    ends = network.edges[facilities.anchors.edge]
    nearer = facilities.anchors.to_tail_cm <= facilities.anchors.to_head_cm
    seat = np.where(nearer, ends[:, 0], ends[:, 1])
    random = np.random.default_rng(5)
    first, second = random.choice(np.flatnonzero(network.compound == -1), size=2, replace=False)
    tail = np.append(network.edges[:, 0], first)
    head = np.append(network.edges[:, 1], second)
    length = np.append(np.maximum(network.length_cm, 1), 40_000)
    walked = length < INFINITY_CM

    def by_scipy() -> np.ndarray:
        graph = coo_array((length[walked], (tail[walked], head[walked])), shape=(n, n)).tocsr()
        columns = [
            dijkstra(graph, directed=False, indices=np.unique(seat[facilities.kind == kind]), min_only=True)
            for kind in range(kinds)
            if (facilities.kind == kind).any()
        ]
        return np.column_stack(columns)

    def by_pandana() -> np.ndarray:
        import pandana
        import pandas as pd

        # Each node at its own number, so that none is mistaken for another on the same spot.
        at_number = pd.Series(np.arange(n, dtype=float))
        edges = pd.DataFrame({"a": tail[walked], "b": head[walked], "cm": length[walked].astype(float)})
        net = pandana.Network(at_number, 0 * at_number, edges["a"], edges["b"], edges[["cm"]], twoway=True)
        columns = []
        for kind in range(kinds):
            at = pd.Series(np.unique(seat[facilities.kind == kind]).astype(float))
            if at.size == 0:
                continue
            net.set_pois(str(kind), CAP_CM, 1, at, 0 * at)
            columns.append(net.nearest_pois(CAP_CM, str(kind), num_pois=1)[1].to_numpy())
        return np.column_stack(columns)

    theirs, scipy_s = timed(by_scipy)
    others, pandana_s = timed(by_pandana)
    near = theirs < CAP_CM
    # Pandana adds up in float32: a few hundredths of a centimetre off.
    agree = np.array_equal(np.rint(others[near]), theirs[near])
    work = "one edit of the network, p50"
    return [
        against(work, "ms", ours_ms, "scipy: nearest alone", scipy_s * 1000, answers_equal=True, at_least=10),
        against(work, "ms", ours_ms, "pandana: rebuild and nearest alone", pandana_s * 1000, answers_equal=agree,
                at_least=100),
    ]  # fmt: skip
