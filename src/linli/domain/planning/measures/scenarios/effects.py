"""What a list of edits changes: the fast way, equal in every figure to a check-up of the whole edited situation.

A ``Base`` holds the district with nothing edited, ready for edits; any process makes it from the edition, the pack and
the answers. See ``docs/algorithms/what-if.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from linli.compute.amending import amend
from linli.compute.edits import Changed, Changes, changed
from linli.compute.hierarchy import Hierarchy
from linli.compute.hierarchy import prepare as order_network
from linli.compute.network import INFINITY_CM
from linli.compute.snapping import Anchors
from linli.domain.checkup.measures import CheckupResult, check_up
from linli.domain.checkup.measures.reach import Walks, reach_of, walks
from linli.domain.checkup.measures.rechecking import Quantities, Recheck
from linli.domain.checkup.measures.rewalking import Differences, Touched, differences, reach_again
from linli.domain.checkup.rules import Answers
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.measures.scenarios.applied import applied
from linli.domain.planning.measures.scenarios.gains import Walked, access_change, walked
from linli.domain.planning.measures.scenarios.ground import Ground
from linli.domain.planning.measures.scenarios.ground import ground as ground_of
from linli.domain.planning.measures.scenarios.resolving import resolve
from linli.domain.planning.rules.scenarios.edits import Edit
from linli.domain.planning.rules.scenarios.effects import Effect, FindingChange, VerdictChange, WalkChange
from linli.domain.planning.rules.scenarios.resolved import Resolved
from linli.domain.standards.rules import Pack, TimeSlice

T = TypeVar("T")
Wholes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Base:
    """A district in one time slice with nothing edited, and its check-up."""

    ground: Ground
    pack: Pack
    answers: Answers
    slice: str
    slices: tuple[TimeSlice, ...]
    hierarchy: Hierarchy
    """Of the situation's network, all gates as the check-up counts them."""
    unedited: Resolved
    """What is shut in the slice."""
    network: Changed
    slice_hierarchy: Hierarchy
    situation: Situation
    """With what is shut in the slice."""
    walks: Walks
    result: CheckupResult
    recheck: Recheck
    walked: tuple[Walked, ...]


@dataclass(frozen=True, slots=True)
class After:
    """The situation with the edits made, and its check-up."""

    network: Changed
    situation: Situation
    result: CheckupResult
    walked: Differences
    """The walks that are others than in the base."""


def base(
    situation: Situation,
    pack: Pack,
    answers: Answers,
    day: date,
    *,
    slice: str = "",
    slices: Sequence[TimeSlice] = (),
    hierarchy: Hierarchy | None = None,
    ground: Ground | None = None,
) -> Base:
    """Get a district ready for edits: a second or so for a district of a million people, most of it for the order.

    Parameters
    ----------
    slice, slices : time slice, and all that edits may name
    hierarchy, ground : of the situation, where they are at hand

    Raises
    ------
    ValueError
        If the slice is not among the slices.
    """
    ground = ground_of(situation) if ground is None else ground
    ordered = order_network(situation.network) if hierarchy is None else hierarchy
    unedited = resolve(situation, (), slice=slice, slices=slices, ground=ground)
    network = changed(situation.network, unedited.changes)
    before = situation if slice == "" else applied(situation, unedited, network=network)
    in_slice = amend(ordered, network)
    found = walks(before, in_slice)
    reach = reach_of(before, in_slice, found)
    result = check_up(before, pack, answers, day, reach=reach)
    return Base(
        ground=ground,
        pack=pack,
        answers=answers,
        slice=slice,
        slices=tuple(slices),
        hierarchy=ordered,
        unedited=unedited,
        network=network,
        slice_hierarchy=in_slice,
        situation=before,
        walks=found,
        result=result,
        recheck=Recheck(result, pack, answers),
        walked=tuple(walked(before, reach, i) for i in pack.indicators if i.measure.walks),
    )


def effect(before: Base, edits: Sequence[Edit]) -> Effect:
    """Everything that the edits change.

    Raises
    ------
    EditsRefused
    """
    resolved = resolved_over(before, edits)
    return effect_of(before, resolved, after(before, resolved))


def result(before: Base, edits: Sequence[Edit]) -> CheckupResult:
    """The whole check-up of the edited situation: ``check_up(applied(...))`` in every field but the hierarchy, which
    answers alike.

    Raises
    ------
    EditsRefused
    """
    return after(before, resolved_over(before, edits)).result


def resolved_over(before: Base, edits: Sequence[Edit]) -> Resolved:
    """What the edits mean in the base's slice.

    Raises
    ------
    EditsRefused
    """
    return resolve(before.ground.situation, edits, slice=before.slice, slices=before.slices, ground=before.ground)


def after(before: Base, resolved: Resolved) -> After:
    """The edited situation and its check-up."""
    same_ways = _same(resolved.changes, before.unedited.changes)
    network = before.network if same_ways else changed(before.ground.situation.network, resolved.changes)
    hierarchy = before.slice_hierarchy if same_ways else amend(before.hierarchy, network)
    now = applied(before.ground.situation, resolved, network=network)
    where, quantities = _touched(before, resolved, now, None if same_ways else network)
    reach = reach_again(before.walks, before.result.reach, now, hierarchy, where)
    walked_otherwise = differences(before.result.reach, reach)
    checked = before.recheck.result(now, reach, quantities, walked_otherwise)
    return After(network, now, checked, walked_otherwise)


def effect_of(before: Base, resolved: Resolved, made: After) -> Effect:
    """The differences between a base and an edited situation."""
    was, now, rows = before.result, made.result, made.walked.rows()
    kinds = frozenset(made.situation.facility_kinds[k] for k in np.unique(made.walked.kind).tolist())
    changed_findings = _others(was.findings, now.findings)
    verdicts = _others(was.verdicts, now.verdicts)
    lacked = {(s.community, s.indicator) for s in was.shortfalls}
    lacks = {(s.community, s.indicator) for s in now.shortfalls}
    return Effect(
        slice=before.slice,
        access=tuple(access_change(one, made.situation, now.reach, rows, kinds) for one in before.walked),
        findings=tuple(FindingChange(b, a) for b, a in changed_findings),
        verdicts=tuple(VerdictChange(b, a) for b, a in verdicts),
        closed=tuple(s for s in was.shortfalls if (s.community, s.indicator) not in lacks),
        opened=tuple(s for s in now.shortfalls if (s.community, s.indicator) not in lacked),
        walks=_walk_change(was, now, made.walked),
        cost_fen=resolved.cost_fen,
        cost_unknown=resolved.cost_unknown,
    )


def _others(before: tuple[T, ...], after: tuple[T, ...]) -> list[tuple[T, T]]:
    """Pairs that differ, of two lists in the same order; what was not made anew is the same object."""
    if after is before:
        return []
    return [(b, a) for b, a in zip(before, after, strict=True) if b is not a and b != a]


def _walk_change(was: CheckupResult, now: CheckupResult, walked: Differences) -> WalkChange:
    row, kind = walked.row, walked.kind
    return WalkChange(
        now.reach.rows[row], kind.astype(np.int16), was.reach.distance_cm[row, kind], now.reach.distance_cm[row, kind]
    )


def _same(one: Changes, other: Changes) -> bool:
    return (
        np.array_equal(one.closed, other.closed)
        and np.array_equal(one.opened, other.opened)
        and len(one.links) == len(other.links) == 0
    )


def _touched(before: Base, resolved: Resolved, now: Situation, network: Changed | None) -> tuple[Touched, Quantities]:
    """Where the edited situation differs from the base, and the communities whose facilities or homes do."""
    facilities = before.ground.situation.facilities
    rows = _other_facilities(before, resolved)
    added, homes = resolved.facilities.added, resolved.homes
    is_open = facilities.open_to_all.copy()
    is_open[resolved.facilities.changed] = resolved.facilities.open_to_all
    shared = facilities.open_to_all[rows] | is_open[rows]
    own = ~facilities.open_to_all[rows] | ~is_open[rows]
    kinds = np.concatenate([facilities.kind[rows][shared], added.kind[added.open_to_all]])
    compounds = [facilities.compound[rows][own], added.compound[~added.open_to_all], homes.compound]
    places = None
    if network is not None:
        edges = _touched_edges(before.network, network)
        places = _both_ends(edges)
        sides = network.network.compound[network.network.edges[edges]]
        compounds += [sides[sides[:, 0] == sides[:, 1], 0]]
        compounds += _moved(before, resolved, now)
    every = np.unique(np.concatenate(compounds))
    communities = np.unique(
        np.concatenate(
            [
                facilities.community[rows],
                added.community,
                homes.community,
                before.situation.premises.community[resolved.premises],
            ]
        )
    )
    where = Touched(places, np.unique(kinds).astype(np.int64), every[every >= 0])
    counted = np.concatenate([facilities.kind[rows], added.kind]).tolist()
    quantities = Quantities(
        communities[communities >= 0].astype(np.int64),
        frozenset(before.situation.facility_kinds[kind] for kind in counted),
        premises=resolved.premises.size > 0,
        homes=len(homes.key) > 0,
    )
    return where, quantities


def _other_facilities(before: Base, resolved: Resolved) -> Wholes:
    """Rows of the base's facilities that count in one of the two situations only, or with other figures."""
    gone = np.setxor1d(before.unedited.facilities.removed, resolved.facilities.removed)
    return np.union1d(gone, resolved.facilities.changed).astype(np.int64)


def _touched_edges(was: Changed, now: Changed) -> Wholes:
    """Edges of the new network that are new, cut or closed, and those that were closed or copied before."""
    m = now.base.edges.shape[0]
    fresh = np.arange(m, now.network.edges.shape[0])
    before = was.network.edges[m:]
    # What the slice alone has added may be gone: where it met the base, something has changed.
    met = before[before < was.base.nodes]
    around = np.flatnonzero(np.isin(now.base.edges, met).any(axis=1)) if met.size else fresh[:0]
    return np.unique(np.concatenate([now.closed, was.closed, now.split, fresh, around])).astype(np.int64)


def _both_ends(edges: Wholes) -> Anchors:
    """Places on both ends of edges; nobody need walk along them."""
    twice = np.repeat(edges, 2).astype(np.int32)
    far = np.tile(np.array([0, INFINITY_CM - 1], dtype=np.int32), edges.size)
    return Anchors(twice, far, far[::-1].copy(), np.zeros_like(twice))


def _moved(before: Base, resolved: Resolved, now: Situation) -> list[NDArray[np.int32]]:
    """Compounds of homes and of facilities for residents only that are anchored elsewhere than in the base."""
    buildings, facilities = before.situation.buildings, before.ground.situation.facilities
    homes = _elsewhere(buildings.anchors, now.buildings.anchors)
    was, here = before.unedited.facilities.removed, resolved.facilities.removed
    count = len(facilities.key)
    rows = np.flatnonzero(~(_flags(was, count) | _flags(here, count)))
    known = before.situation.facilities.anchors.take(rows - np.searchsorted(was, rows))
    other = rows[_elsewhere(known, now.facilities.anchors.take(rows - np.searchsorted(here, rows)))]
    return [buildings.compound[homes], facilities.compound[other[~facilities.open_to_all[other]]]]


def _flags(rows: Wholes, count: int) -> NDArray[np.bool_]:
    flags = np.zeros(count, dtype=np.bool_)
    flags[rows] = True
    return flags


def _elsewhere(was: Anchors, now: Anchors) -> Wholes:
    """Of as many places as there were, those on other edges or elsewhere on them."""
    count = len(was)
    differs = now.edge[:count] != was.edge
    for part in ("to_tail_cm", "to_head_cm", "leg_cm"):
        differs |= getattr(now, part)[:count] != getattr(was, part)
    return np.flatnonzero(differs)
