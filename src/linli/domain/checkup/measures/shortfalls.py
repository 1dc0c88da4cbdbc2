"""What is lacking, for whom, and which buildings are worst off."""

from collections.abc import Iterable
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from linli.compute.network import INFINITY_CM
from linli.domain.checkup.measures.measuring import coverage, walk
from linli.domain.checkup.measures.reach import Reach
from linli.domain.checkup.rules import Finding, Shortfall, State
from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.places.rules.situation import Situation
from linli.domain.standards.rules import Bar, Comparison, Indicator, MeasureKind, Pack

WORST_BUILDINGS = 10
"""How many of the buildings worst off a shortfall names."""

Flags = NDArray[np.bool_]


def shortfalls(situation: Situation, reach: Reach, pack: Pack, findings: Iterable[Finding]) -> list[Shortfall]:
    """One for each finding below its target or minimum.

    Of walk coverage and distance the people affected are those who live too far away, of all other measures everybody
    of the age group in the community. Buildings are named where the measure reads walks.
    """
    lacking: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.state in {State.BELOW_MINIMUM, State.BELOW_TARGET}:
            lacking.setdefault(finding.indicator, []).append(finding)
    rows_of = _rows_by_community(reach, len(situation.areas.code))
    people = situation.buildings.people[reach.rows]
    answer = []
    for key, found in lacking.items():
        indicator = pack.indicator(key)
        group = cast(str, indicator.measure.parameters.get("age_group", "all"))
        bands = list(AGE_GROUPS[group])
        distance = walk(situation, reach, indicator.measure) if indicator.measure.walks else None
        for finding in found:
            rows = rows_of[finding.community]
            if distance is not None:
                affected = _affected(situation, reach, indicator, finding, distance)
                rows = rows[affected[rows]]
            answer.append(_shortfall(situation, reach, finding, rows, people, bands, distance))
    return answer


def _shortfall(
    situation: Situation,
    reach: Reach,
    finding: Finding,
    rows: NDArray[np.int64],
    people: NDArray[np.int64],
    bands: list[int],
    distance: NDArray[np.int32] | None,
) -> Shortfall:
    of_group = np.zeros(people.shape[1], dtype=np.int64)
    of_group[bands] = people[rows][:, bands].sum(axis=0)
    shown = tuple(int(p) for p in of_group) if situation.bands_known else (0,) * people.shape[1]
    worst: tuple[tuple[int, int], ...] = ()
    if distance is not None:
        lived_in = rows[people[rows][:, bands].sum(axis=1) > 0]
        farthest = lived_in[np.argsort(-distance[lived_in].astype(np.int64), kind="stable")[:WORST_BUILDINGS]]
        worst = tuple((int(reach.rows[r]), int(distance[r])) for r in farthest)
    return Shortfall(finding.community, finding.indicator, shown, int(of_group.sum()), worst)


def _rows_by_community(reach: Reach, communities: int) -> list[NDArray[np.int64]]:
    order = np.argsort(reach.community, kind="stable")
    bounds = np.searchsorted(reach.community[order], np.arange(communities + 1))
    return [order[a:b] for a, b in pairwise(bounds)]


def _affected(
    situation: Situation, reach: Reach, indicator: Indicator, finding: Finding, distance: NDArray[np.int32]
) -> Flags:
    """(r,) buildings whose walk is too long."""
    if indicator.measure.kind is MeasureKind.WALK_COVERAGE:
        return ~coverage(situation, reach, indicator.measure)
    missed = Bar.MINIMUM if finding.state is State.BELOW_MINIMUM else Bar.TARGET
    limits = [
        t.value
        for t in indicator.thresholds
        if t.key in finding.thresholds
        and t.bar is missed
        and t.comparison in {Comparison.AT_MOST, Comparison.LESS_THAN}
    ]
    limit_cm = float(min(limits) * 100) if limits else 0.0
    return (distance > limit_cm) | (distance >= INFINITY_CM)
