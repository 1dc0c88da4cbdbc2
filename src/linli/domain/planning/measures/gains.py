"""Who gains and who loses by other walks, and how evenly walks are shared out."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from linli.compute.network import INFINITY_CM
from linli.domain.checkup.measures import Reach
from linli.domain.checkup.measures.measuring import walk
from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.rules.effects import AccessChange
from linli.domain.standards.rules import Indicator, MeasureKind

Wholes = NDArray[np.int64]
_EXACT = 2**61


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
    return Walked(indicator, cm, order, _sums(indicator, cm, total, order))


def access_change(before: Walked, now: Situation, reach: Reach) -> AccessChange:
    """One indicator over the whole district; new homes are counted, but gain and lose nothing."""
    cm = walk(now, reach, before.indicator.measure)
    known = before.walk_cm.size
    other = np.flatnonzero(cm[:known] != before.walk_cm)
    bands = _people(now, reach.rows[other], before.indicator)
    shown = np.zeros((2, bands.shape[1]), dtype=np.int64)
    better, worse = _turns(before, cm[other], other)
    shown[0], shown[1] = bands[better].sum(axis=0), bands[worse].sum(axis=0)
    totals = shown.sum(axis=1)
    if not now.bands_known:
        shown[:] = 0
    sums = before.sums
    if other.size or cm.size > known:
        total = _people(now, reach.rows, before.indicator).sum(axis=1)
        order = _reordered(before, cm, total, np.concatenate([other, np.arange(known, cm.size)]))
        sums = _sums(before.indicator, cm, total, order)
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
    limit = _limit(indicator)
    way, weight = cm[order].astype(np.int64), total[order]
    people, walks = int(weight.sum()), int((way * weight).sum())
    covered = people if limit is None else int(weight[: np.searchsorted(way, limit, side="right")].sum())
    everybody = int(total.sum())
    if people == 0:
        return _Sums(everybody, covered, float("nan"), float("nan"), float("nan"))
    return _Sums(everybody, covered, walks / people / 100, _gini(way, weight), _worst_tenth(way, weight) / 100)


def _gini(way: Wholes, weight: Wholes) -> float:
    """As ``compute.equity.gini``, of walks that are sorted already; in whole numbers, so that no order changes it."""
    people, walks = int(weight.sum()), int((way * weight).sum())
    if walks == 0:
        return float("nan")
    until = np.cumsum(way * weight)
    twice = 2 * until - way * weight
    exact = 2 * people * walks < _EXACT
    area = int((twice * weight).sum()) if exact else float((twice.astype(np.float64) * weight).sum())
    return 1 - area / (people * walks)


def _worst_tenth(way: Wholes, weight: Wholes) -> float:
    """Mean walk of the tenth of the persons who walk farthest; a home on the border counts in part."""
    farther = np.cumsum(weight[::-1])[::-1] - weight
    # In tenths of persons, so that it is whole.
    counted = np.clip(int(weight.sum()) - 10 * farther, 0, 10 * weight)
    return int((way * counted).sum()) / int(counted.sum())
