"""The fast way against a check-up of the whole edited situation, in every figure, for edits of every kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from math import isclose
from typing import cast

import numpy as np
import pytest
from builders import lonlat, with_layer
from checkup_district import a_district_to_check
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point

from linli.compute.equity import gini
from linli.compute.network import INFINITY_CM
from linli.domain.checkup.measures import CheckupResult, check_up, rechecking
from linli.domain.checkup.measures.measuring import coverage, walk
from linli.domain.places.rules import assembly
from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.planning.measures.scenarios import effects
from linli.domain.planning.measures.scenarios.applied import applied
from linli.domain.planning.rules.scenarios.edits import Edit, EditKind
from linli.domain.planning.rules.scenarios.effects import Effect
from linli.domain.planning.rules.scenarios.faults import EditsRefused
from linli.domain.standards import queries as standards
from linli.synthetic import city
from linli.synthetic.edits import random_edit

DAY = date(2026, 7, 1)
SLICES = standards.time_slices()
FIGURES = ("asked", "number", "numerator", "denominator", "missing", "lower_bound", "estimated")
PACKS = ("yantai", "shangcheng", "complete-community")


@lru_cache(maxsize=8)
def a_base(seed: int, pack: str, slice: str = "", communities: int = 3) -> effects.Base:
    package = city.city(seed, communities=communities, people=2000 * communities)
    situation = assembly.assemble(package, facility_kinds=city.ALL_KINDS)
    return effects.base(situation, standards.pack(pack, day=DAY, local=False), {}, DAY, slice=slice, slices=SLICES)


def differences(found: CheckupResult, expected: CheckupResult) -> list[str]:
    """Fields in which two check-ups differ; hierarchies may, for they answer alike."""
    told = [
        name
        for name in ("rows", "community", "distance_cm")
        if not np.array_equal(getattr(found.reach, name), getattr(expected.reach, name))
    ]
    for name in FIGURES:
        one, other = getattr(found.measurement, name), getattr(expected.measurement, name)
        if one.dtype != other.dtype or not np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
            told.append(name)
    told += [
        name
        for name in ("day", "types", "findings", "verdicts", "shortfalls")
        if getattr(found, name) != getattr(expected, name)
    ]
    return told


@dataclass
class Trial:
    """How many edits were tried, and what came out otherwise."""

    tried: Counter[EditKind]
    refused: int
    different: list[tuple[int, list[str], list[str]]]


def attempt(base: effects.Base, seed: int, rounds: int, longest: int = 5) -> Trial:
    random = np.random.default_rng(seed)
    trial = Trial(Counter(), 0, [])
    for number in range(rounds):
        edits = [random_edit(base.ground, random) for _ in range(1 + number % longest)]
        try:
            resolved = effects.resolved_over(base, edits)
        except EditsRefused:
            trial.refused += 1
            continue
        trial.tried.update(edit.kind for edit in edits)
        expected = check_up(applied(base.ground.situation, resolved), base.pack, base.answers, DAY)
        made = effects.after(base, resolved)
        told = differences(made.result, expected)
        told += effect_differences(base, effects.effect_of(base, resolved, made), expected)
        if told:
            trial.different.append((number, [edit.kind.value for edit in edits], told))
    return trial


def effect_differences(base: effects.Base, effect: Effect, after: CheckupResult) -> list[str]:
    """What an effect says otherwise than two whole check-ups side by side."""
    was = base.result
    told = []
    if [(c.before, c.after) for c in effect.findings] != [
        (b, a) for b, a in zip(was.findings, after.findings, strict=True) if a != b
    ]:
        told.append("effect.findings")
    if [(c.before, c.after) for c in effect.verdicts] != [
        (b, a) for b, a in zip(was.verdicts, after.verdicts, strict=True) if a != b
    ]:
        told.append("effect.verdicts")
    before, later = was.reach.distance_cm, after.reach.distance_cm[: was.reach.rows.size]
    row, kind = np.nonzero(before != later)
    if not (
        np.array_equal(effect.walks.building, was.reach.rows[row])
        and np.array_equal(effect.walks.kind, kind)
        and np.array_equal(effect.walks.before_cm, before[row, kind])
        and np.array_equal(effect.walks.after_cm, later[row, kind])
    ):
        told.append("effect.walks")
    return told


@pytest.mark.long
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 4), st.sampled_from(PACKS), st.sampled_from(["", SLICES[0].key, SLICES[2].key]), st.integers())
def test_every_figure_is_that_of_a_whole_checkup(seed: int, pack: str, slice: str, draw: int) -> None:
    trial = attempt(a_base(seed, pack, slice), abs(draw), rounds=5)

    assert trial.different == []


@pytest.mark.slow
def test_edits_of_a_few_kinds_leave_no_difference() -> None:
    trial = attempt(a_base(1, "yantai"), 1, rounds=5)

    assert trial.different == []
    assert trial.tried.total() >= 8


@pytest.mark.long
def test_five_hundred_edits_of_all_kinds_leave_no_difference() -> None:
    trials = [attempt(a_base(seed, "yantai", communities=8), seed, rounds=60) for seed in (11, 12, 13)]
    tried = sum((trial.tried for trial in trials), Counter())

    assert [trial.different for trial in trials] == [[], [], []]
    assert tried.total() > 400
    assert all(tried[kind] >= 10 for kind in EditKind)


@pytest.mark.slow
def test_what_only_adds_lengthens_no_walk() -> None:
    """A footbridge past somebody's window is no loss to them."""
    adding = (EditKind.OPEN_GATE, EditKind.ADD_WAY, EditKind.ADD_FACILITY)
    base, random, changed = a_base(3, "yantai"), np.random.default_rng(3), 0
    for _ in range(60):
        try:
            told = effects.effect(base, [random_edit(base.ground, random, adding)])
        except EditsRefused:
            continue
        changed += told.walks.kind.size
        assert (told.walks.after_cm < told.walks.before_cm).all()
        assert not any(one.lost_total for one in told.access)

    assert changed > 500


@pytest.mark.slow
def test_a_community_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison is worth something only if it fails when figures do not follow an edit."""
    nothing = np.empty(0, dtype=np.int64)
    monkeypatch.setattr(rechecking.Recheck, "_walked_otherwise", lambda *_: nothing)

    assert attempt(a_base(2, "yantai"), 2, rounds=15).different


@pytest.mark.slow
def test_a_walk_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "amend", lambda hierarchy, network: hierarchy)
    base = a_base(3, "yantai")

    with pytest.raises((AssertionError, ValueError)):
        assert attempt(base, 3, rounds=15).different == []


# What an effect says


def at(x: float, y: float) -> tuple[tuple[float, float], ...]:
    point = lonlat(Point(x, y))[0]
    return ((float(point.x), float(point.y)),)


@pytest.fixture(scope="module")
def small() -> effects.Base:
    package = a_district_to_check()
    kinds = tuple(kind.key for kind in standards.facility_kinds())
    situation = assembly.assemble(package, facility_kinds=kinds)
    return effects.base(situation, standards.pack("yantai", day=DAY, local=False), {}, DAY, slices=SLICES)


def test_no_edits_have_no_effect(small: effects.Base) -> None:
    effect = effects.effect(small, ())

    assert effect.findings == effect.verdicts == effect.closed == effect.opened == ()
    assert effect.walks.building.size == 0
    assert all(one.gained_total == one.lost_total == 0 for one in effect.access)
    assert differences(effects.result(small, ()), small.result) == []


def test_who_gains_and_loses_is_who_crosses_the_limit(small: effects.Base) -> None:
    stop = Edit(EditKind.ADD_FACILITY, line=at(1000, 1000), facility_kind="bus_stop", cost_fen=500)
    gone = Edit(EditKind.CLOSE_FACILITY, target="#1")
    effect, none = effects.effect(small, [stop]), effects.effect(small, [stop, gone])
    after = effects.after(small, effects.resolved_over(small, [stop])).result

    assert (effect.cost_fen, effect.cost_unknown) == (500, 0)
    assert (none.cost_fen, none.cost_unknown) == (500, 1)
    assert {one.indicator: one.gained_total for one in effect.access if one.gained_total} == {"YT-C1": 375}
    assert all(one.gained_total == 0 for one in none.access)
    _compare(small, effect, after)


@pytest.mark.slow
def test_equity_is_that_of_all_persons() -> None:
    base = a_base(4, "shangcheng")
    random = np.random.default_rng(4)
    for _ in range(12):
        edits = [random_edit(base.ground, random) for _ in range(2)]
        try:
            resolved = effects.resolved_over(base, edits)
        except EditsRefused:
            continue
        made = effects.after(base, resolved)
        _compare(base, effects.effect_of(base, resolved, made), made.result)


def _compare(base: effects.Base, effect: Effect, after: CheckupResult) -> None:
    """Every access change by a slow count, building by building."""
    situation, pack = base.situation, base.pack
    known = base.result.reach.rows.size
    for change in effect.access:
        measure = pack.indicator(change.indicator).measure
        bands = list(AGE_GROUPS[cast(str, measure.parameters.get("age_group", "all"))])
        before_cm, after_cm = (walk(situation, r.reach, measure) for r in (base.result, after))
        people = situation.buildings.people[base.result.reach.rows][:, bands].sum(axis=1)
        if measure.limit_cm is not None:
            had, has = (coverage(situation, r.reach, measure) for r in (base.result, after))
            assert change.gained_total == people[~had & has[:known]].sum()
            assert change.lost_total == people[had & ~has[:known]].sum()
            assert change.covered_before == people[had].sum()
        if after_cm.size == known:
            reached = (after_cm < INFINITY_CM) & (people > 0)
            persons = np.repeat(after_cm[reached], people[reached]).astype(np.float64)
            assert change.people_after == people.sum()
            _same(change.mean_m_after, persons.mean() / 100 if persons.size else float("nan"))
            _same(change.gini_after, gini(persons))
            worst = np.sort(np.repeat(persons, 10))[::-1][: persons.size]
            _same(change.worst_tenth_m_after, worst.mean() / 100 if worst.size else float("nan"))
        assert before_cm.size == known


def _same(found: float, expected: float) -> None:
    assert isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9) or (np.isnan(found) and np.isnan(expected))


def test_walks_that_change_are_listed(small: effects.Base) -> None:
    effect = effects.effect(small, [Edit(EditKind.ADD_FACILITY, line=at(1000, 1000), facility_kind="convenience_shop")])
    kinds = {small.situation.facility_kinds[k] for k in effect.walks.kind.tolist()}

    assert kinds == {"convenience_shop"}
    assert (effect.walks.after_cm < effect.walks.before_cm).all()


def test_a_facility_for_residents_counts_for_them_alone(small: effects.Base) -> None:
    effect = effects.effect(small, [Edit(EditKind.CLOSE_FACILITY, target="F4")])

    homes = [small.situation.buildings.key[b] for b in effect.walks.building.tolist()]
    assert sorted(homes) == ["A1", "A2", "A3", "A4"]


def test_a_school_at_night_serves_only_when_it_is_opened() -> None:
    """A slice has its own before: what is shut in it serves neither before nor after."""
    package = a_district_to_check()
    listed = package.layers["facilities"]
    attributes = tuple(
        {**one, "opening_hours": "Mo-Su 08:00-17:00"} if key == "F2" else one
        for key, one in zip(listed.keys, listed.attributes, strict=True)
    )
    package = with_layer(package, replace(listed, attributes=attributes))
    situation = assembly.assemble(package, facility_kinds=tuple(kind.key for kind in standards.facility_kinds()))
    pack = standards.pack("yantai", day=DAY, local=False)
    night = next(one.key for one in SLICES if one.key == "night")
    by_day = effects.base(situation, pack, {}, DAY, slices=SLICES)
    at_night = effects.base(situation, pack, {}, DAY, slice=night, slices=SLICES)
    shop = situation.facility_kinds.index("convenience_shop")

    opened = effects.result(at_night, [Edit(EditKind.SHARE_FACILITY, target="F2")])

    assert (by_day.result.reach.distance_cm[:, shop] < INFINITY_CM).all()
    assert (at_night.result.reach.distance_cm[:, shop] == INFINITY_CM).all()
    np.testing.assert_array_equal(opened.reach.distance_cm[:, shop], by_day.result.reach.distance_cm[:, shop])


def test_an_unknown_slice_is_refused(small: effects.Base) -> None:
    with pytest.raises(ValueError, match="slice"):
        effects.base(small.situation, small.pack, {}, DAY, slice="teatime", slices=SLICES)
