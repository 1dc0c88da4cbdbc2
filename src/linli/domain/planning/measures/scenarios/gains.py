"""Who gains and who loses by other walks, and how evenly walks are shared out."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from linli.compute.equity import walks
from linli.compute.network import INFINITY_CM
from linli.domain.checkup.measures import Reach
from linli.domain.checkup.measures.measuring import walk
from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.rules.scenarios.effects import AccessChange
from linli.domain.standards.rules import Indicator, MeasureKind

Wholes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Of the persons of one age group who reach a facility."""

    people: int
    """Of all, whether they reach one or not."""
    covered: int
    mean_m: float
    gini: float
    worst_tenth_m: float


@dataclass(frozen=True, slots=True)
class Walked:
    """One indicator with a walk before any edit; made once."""

    indicator: Indicator
    walk_cm: NDArray[np.int32]
    """(r,)"""
    total: Wholes
    """(r,) residents of the age group."""
    order: Wholes
    """Rows by walk; of those only that reach one and in which people of the age group live."""
    sums: _Sums


def walked(situation: Situation, reach: Reach, indicator: Indicator) -> Walked:
    """The walks of one indicator, summed up."""
    cm = walk(situation, reach, indicator.measure)
    people = _people(situation, reach.rows, indicator)
    total = people.sum(axis=1)
    rows = np.flatnonzero((cm < INFINITY_CM) & (total > 0))
    order = rows[np.argsort(cm[rows], kind="stable")]
    return Walked(indicator, cm, total, order, _sums(indicator, cm, total, order))


def access_change(before: Walked, now: Situation, reach: Reach, rows: Wholes, kinds: frozenset[str]) -> AccessChange:
    """One indicator over the whole district; new homes are counted, but gain and lose nothing.

    Parameters
    ----------
    rows : of the homes that have other walks than before, to whatever kind
    kinds : to which some walk is another
    """
    if kinds.isdisjoint(kind for one in before.indicator.measure.walks for kind in one):
        rows = rows[:0]
    known = before.walk_cm.size
    new = np.arange(known, reach.rows.size)
    asked = np.concatenate([rows, new])
    picked = replace(reach, rows=reach.rows[asked], distance_cm=reach.distance_cm[asked])
    again = walk(now, picked, before.indicator.measure)
    differs = again[: rows.size] != before.walk_cm[rows]
    other = rows[differs]
    bands = _people(now, reach.rows[other], before.indicator)
    better, worse = _turns(before, again[: rows.size][differs], other)
    shown = np.array([bands[better].sum(axis=0), bands[worse].sum(axis=0)], dtype=np.int64)
    totals = shown.sum(axis=1)
    if not now.bands_known:
        shown[:] = 0
    sums = before.sums
    if other.size or new.size:
        total = np.concatenate([before.total, _people(now, reach.rows[new], before.indicator).sum(axis=1)])
        cm = np.concatenate([before.walk_cm, again[rows.size :]])
        cm[rows] = again[: rows.size]
        sums = _sums(before.indicator, cm, total, _reordered(before, cm, total, np.concatenate([other, new])))
    return AccessChange(
        indicator=before.indicator.key,
        gained=tuple(shown[0].tolist()),
        gained_total=int(totals[0]),
        lost=tuple(shown[1].tolist()),
        lost_total=int(totals[1]),
        covered_before=before.sums.covered,
        covered_after=sums.covered,
        people_before=before.sums.people,
        people_after=sums.people,
        mean_m_before=before.sums.mean_m,
        mean_m_after=sums.mean_m,
        gini_before=before.sums.gini,
        gini_after=sums.gini,
        worst_tenth_m_before=before.sums.worst_tenth_m,
        worst_tenth_m_after=sums.worst_tenth_m,
    )


def _turns(before: Walked, cm: NDArray[np.int32], rows: Wholes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of some rows, those that gain and those that lose."""
    was = before.walk_cm[rows]
    limit = _limit(before.indicator)
    if limit is None:
        return cm < was, cm > was
    return (cm <= limit) & (was > limit), (cm > limit) & (was <= limit)


def _limit(indicator: Indicator) -> int | None:
    """What a walk coverage covers; None for a distance, which has no limit."""
    if indicator.measure.kind is not MeasureKind.WALK_COVERAGE:
        return None
    assert indicator.measure.limit_cm is not None
    return min(indicator.measure.limit_cm, INFINITY_CM - 1)


def _people(situation: Situation, rows: Wholes, indicator: Indicator) -> Wholes:
    """(rows, bands) residents of the indicator's age group; of all ages where ages are not known."""
    group = cast(str, indicator.measure.parameters.get("age_group", "all"))
    people = situation.buildings.people[rows]
    if not situation.bands_known:
        return people
    picked = np.zeros_like(people)
    bands = list(AGE_GROUPS[group])
    picked[:, bands] = people[:, bands]
    return picked


def _reordered(before: Walked, cm: NDArray[np.int32], total: Wholes, other: Wholes) -> Wholes:
    """The order with some rows in new places."""
    moved = np.zeros(cm.size, dtype=np.bool_)
    moved[other] = True
    stays = before.order[~moved[before.order]]
    comes = other[(cm[other] < INFINITY_CM) & (total[other] > 0)]
    comes = comes[np.argsort(cm[comes], kind="stable")]
    return np.insert(stays, np.searchsorted(cm[stays], cm[comes], side="right"), comes)


def _sums(indicator: Indicator, cm: NDArray[np.int32], total: Wholes, order: Wholes) -> _Sums:
    found = walks(cm, total, order)
    limit = _limit(indicator)
    covered = found.people if limit is None else int(total[cm <= limit].sum())
    mean_m = found.total_cm / found.people / 100 if found.people else float("nan")
    return _Sums(int(total.sum()), covered, mean_m, found.gini, found.worst_tenth_cm / 100)
