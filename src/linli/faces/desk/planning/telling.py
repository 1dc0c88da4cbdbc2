"""An effect as the pages tell it: figures by indicator, changes by community, and the homes that the map shows.

Whoever sees a part of the district is told of that part alone: gains and losses are then summed over the homes seen,
and figures of the whole district are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.compute.network import INFINITY_CM
from linli.domain.checkup.measures import Reach
from linli.domain.checkup.rules import Shortfall
from linli.domain.people.rules import Permission, Scope
from linli.domain.places.rules.layers import AGE_BANDS, AGE_GROUPS
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.rules.scenarios.effects import AccessChange, Effect
from linli.domain.standards.rules import Indicator, Measure, Pack
from linli.faces.components.bases import Standing

HOMES_SHOWN = 6000
CHANGES = ("gain", "loss", "closer", "farther")


@dataclass(frozen=True, slots=True)
class Walks:
    """Homes of the base whose walk to some kind changes, with all their walks."""

    rows: NDArray[np.int64]
    """(n,) rows of the base's ``Reach``."""
    before_cm: NDArray[np.int32]
    """(n, kinds)"""
    after_cm: NDArray[np.int32]


def changed_walks(effect: Effect, reach: Reach, buildings: int) -> Walks:
    """The walks of homes that stood before, by row of the base's reach; new homes gain nothing and lose nothing."""
    row_of = np.full(buildings, -1, dtype=np.int64)
    row_of[reach.rows] = np.arange(reach.rows.size)
    told = effect.walks
    stood = np.flatnonzero(told.building < buildings)
    row = row_of[told.building[stood]]
    stood, row = stood[row >= 0], row[row >= 0]
    rows, at = np.unique(row, return_inverse=True)
    before = reach.distance_cm[rows]
    after = before.copy()
    after[at, told.kind[stood]] = told.after_cm[stood]
    return Walks(rows, before, after)


def _walk(situation: Situation, measure: Measure, distance_cm: NDArray[np.int32]) -> NDArray[np.int32]:
    """(n,) the walk that a measure is about, as ``checkup.measures`` has it."""
    farthest = np.zeros(distance_cm.shape[0], dtype=np.int32)
    for kinds in measure.walks:
        columns = [situation.facility_kinds.index(kind) for kind in kinds if kind in situation.facility_kinds]
        nearest = distance_cm[:, columns].min(axis=1) if columns else np.full_like(farthest, INFINITY_CM)
        farthest = np.maximum(farthest, nearest)
    return farthest


@dataclass(frozen=True, slots=True)
class _Moves:
    """One indicator at the homes whose walks change: what becomes of each (index into ``CHANGES``, -1 for nothing)."""

    change: NDArray[np.int8]
    before_cm: NDArray[np.int32]
    after_cm: NDArray[np.int32]


def _moves(situation: Situation, measure: Measure, walks: Walks) -> _Moves:
    before, after = (_walk(situation, measure, each) for each in (walks.before_cm, walks.after_cm))
    change = np.where(after < before, 2, np.where(after > before, 3, -1)).astype(np.int8)
    if measure.limit_cm is not None:
        limit = min(measure.limit_cm, INFINITY_CM - 1)
        change[(before > limit) & (after <= limit)] = 0
        change[(before <= limit) & (after > limit)] = 1
    return _Moves(change, before, after)


def tell(effect: Effect, on: Standing, scope: Scope, *, district: int, shown: str) -> dict[str, Any]:
    """The effect for the page's script, as far as the person sees the district."""
    situation, reach = on.ground.situation, on.base.result.reach
    seen = seen_communities(situation, scope, district)
    whole = bool(seen.all())
    walks = changed_walks(effect, reach, situation.buildings.xy.shape[0])
    indicators = {one.key: one for one in on.pack.indicators if one.measure.walks}
    moves = {key: _moves(situation, one.measure, walks) for key, one in indicators.items()}
    mine = in_seen(reach.community[walks.rows], seen)

    def access_of(one: AccessChange) -> dict[str, Any]:
        key = one.indicator
        return _access(one) if whole else _own_access(situation, reach, indicators[key], moves[key], walks, mine)

    access = [access_of(one) for one in effect.access]
    chosen = shown if shown in indicators else most_noticed([access], on.pack)
    if shown not in indicators and not any(one["gained"] or one["lost"] for one in access):
        chosen = _most_walked(situation, reach, indicators, moves, walks, mine) or chosen
    return {
        "slice": effect.slice,
        "refusals": [],
        "access": access,
        "shown": chosen,
        "closed": _shortfalls(situation, effect.closed, seen),
        "opened": _shortfalls(situation, effect.opened, seen),
        "verdicts": [
            {"community": situation.areas.code[v.after.community], "before": v.before.grade, "after": v.after.grade}
            for v in effect.verdicts
            if seen[v.after.community] and v.before.grade != v.after.grade
        ],
        "states": _states(situation, effect, seen),
        "cost_fen": effect.cost_fen,
        "cost_unknown": effect.cost_unknown,
    } | _homes(on, indicators.get(chosen), moves.get(chosen), walks, mine)


def seen_communities(situation: Situation, scope: Scope, district: int) -> NDArray[np.bool_]:
    """(c,) communities that the person sees."""
    held = scope.places(Permission.VIEW_CHECKUP)
    if district in held:
        return np.ones(len(situation.areas.code), dtype=np.bool_)
    return np.isin(situation.areas.place, np.array(sorted(held), dtype=np.int64))


def in_seen(community: NDArray[np.integer], seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether what lies in each community, -1 for none, is the person's to see."""
    return np.append(seen, False)[community] if not seen.all() else np.ones(len(community), dtype=np.bool_)


def _access(one: AccessChange) -> dict[str, Any]:
    return {
        "key": one.indicator,
        "gained": one.gained_total,
        "gained_by": one.gained,
        "lost": one.lost_total,
        "lost_by": one.lost,
        "covered": (one.covered_before, one.covered_after),
        "people": (one.people_before, one.people_after),
        "mean": _known(one.mean_m_before, one.mean_m_after),
        "worst": _known(one.worst_tenth_m_before, one.worst_tenth_m_after),
        "gini": _known(one.gini_before, one.gini_after),
    }


def _known(*figures: float) -> tuple[float | None, ...]:
    return tuple(None if isnan(each) else round(each, 4) for each in figures)


def _own_access(
    situation: Situation,
    reach: Reach,
    indicator: Indicator,
    moves: _Moves,
    walks: Walks,
    mine: NDArray[np.bool_],
) -> dict[str, Any]:
    """Gains and losses among the homes that the person sees; nothing else can be told from these."""
    told = _told_people(situation, indicator, reach.rows[walks.rows])

    def summed(change: int) -> tuple[int, list[int]]:
        found = told[mine & (moves.change == change)].sum(axis=0)
        return int(found.sum()), found.tolist() if situation.bands_known else [0] * len(AGE_BANDS)

    # A distance has no limit: nearer is a gain.
    gain, loss = (2, 3) if indicator.measure.limit_cm is None else (0, 1)
    (gained, gained_by), (lost, lost_by) = summed(gain), summed(loss)
    return {"key": indicator.key, "gained": gained, "gained_by": gained_by, "lost": lost, "lost_by": lost_by}


def _told_people(situation: Situation, indicator: Indicator, building: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n, bands) residents of the indicator's age group; of all ages where ages are not known."""
    people = situation.buildings.people[building]
    if not situation.bands_known:
        return people
    group = list(AGE_GROUPS[str(indicator.measure.parameters.get("age_group", "all"))])
    told = np.zeros_like(people)
    told[:, group] = people[:, group]
    return told


def most_noticed(effects: Sequence[Sequence[Mapping[str, Any]]], pack: Pack) -> str:
    """The indicator that most people notice in some effects; a mean distance only where no limit is crossed."""
    sums: dict[str, int] = {}
    for access in effects:
        for one in access:
            sums[one["key"]] = sums.get(one["key"], 0) + one["gained"] + one["lost"]
    limited = {one.key for one in pack.indicators if one.measure.limit_cm is not None}
    return max(sums, key=lambda key: (key in limited and sums[key] > 0, sums[key]), default="")


def _most_walked(
    situation: Situation,
    reach: Reach,
    indicators: Mapping[str, Indicator],
    moves: Mapping[str, _Moves],
    walks: Walks,
    mine: NDArray[np.bool_],
) -> str:
    """Where nobody crosses a limit: the indicator for which most people walk less or more; "" where nobody does."""
    building = reach.rows[walks.rows]
    sums = {
        key: int(_told_people(situation, one, building)[mine & (moves[key].change >= 0)].sum())
        for key, one in indicators.items()
    }
    best = max(sums, key=lambda key: sums[key], default="")
    return best if sums.get(best) else ""


def _shortfalls(situation: Situation, found: Sequence[Shortfall], seen: NDArray[np.bool_]) -> list[dict[str, Any]]:
    return [
        {"community": situation.areas.code[one.community], "indicator": one.indicator, "people": one.people_total}
        for one in sorted(found, key=lambda one: -one.people_total)
        if seen[one.community]
    ]


def _states(situation: Situation, effect: Effect, seen: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Findings whose state becomes another."""
    return [
        {
            "community": situation.areas.code[one.after.community],
            "indicator": one.after.indicator,
            "before": one.before.state.value,
            "after": one.after.state.value,
        }
        for one in effect.findings
        if seen[one.after.community] and one.before.state is not one.after.state
    ]


def _homes(
    on: Standing, indicator: Indicator | None, moves: _Moves | None, walks: Walks, mine: NDArray[np.bool_]
) -> dict[str, Any]:
    """The homes that the map shows, and the same summed by community for the table beside it."""
    if indicator is None or moves is None:
        return {"homes": None, "communities": []}
    situation, reach = on.ground.situation, on.base.result.reach
    building = reach.rows[walks.rows]
    people = _told_people(situation, indicator, building).sum(axis=1)
    at = np.flatnonzero(mine & (moves.change >= 0) & (people > 0))
    communities = _by_community(situation, reach.community[walks.rows[at]], moves.change[at], people[at])
    # Those that gain or lose are never left out for those that walk a little less.
    at = at[np.lexsort((-people[at], moves.change[at]))][:HOMES_SHOWN]
    lonlat = np.round(on.ground.home_lonlat[building[at]], 6)
    homes = {
        "lon": lonlat[:, 0].tolist(),
        "lat": lonlat[:, 1].tolist(),
        "people": people[at].tolist(),
        "change": [CHANGES[n] for n in moves.change[at].tolist()],
        "before": _meters(moves.before_cm[at]),
        "after": _meters(moves.after_cm[at]),
    }
    return {"homes": homes, "communities": communities}


def _meters(cm: NDArray[np.int32]) -> list[int | None]:
    return [None if each >= INFINITY_CM else round(each / 100) for each in cm.tolist()]


def _by_community(
    situation: Situation, community: NDArray[np.int64], change: NDArray[np.int8], people: NDArray[np.int64]
) -> list[dict[str, Any]]:
    sums = np.zeros((len(situation.areas.code), len(CHANGES)), dtype=np.int64)
    np.add.at(sums, (community, change), people)
    order = np.argsort(-(sums[:, 0] + sums[:, 1]) * 10**9 - sums[:, 2] - sums[:, 3], kind="stable")
    return [
        {"community": situation.areas.code[n], **dict(zip(CHANGES, sums[n].tolist(), strict=True))}
        for n in order.tolist()
        if sums[n].any()
    ]
