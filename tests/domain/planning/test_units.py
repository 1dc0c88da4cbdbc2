"""Units: what they hold, which rules they break, and the same again after a move."""

import itertools
import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
import shapely
from domain.planning.unit_builders import SIDE, squares, the_rules
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.compute.regionalization.drawing import Drawer, Effort, Limits
from linli.domain.planning.measures.units import proposing as measures
from linli.domain.planning.rules.units.figures import UnknownAtom, UnknownUnit, moved, proposed
from linli.domain.planning.rules.units.proposals import LINES, Atoms, Line, Proposal, Rule, Why

RULES = the_rules()
BALANCED = RULES.goals[0]
QUICK = Effort(steps=3_000, chunk=500, collect=4)


def stripes(atoms: Atoms, width: int, columns: int) -> np.ndarray:
    return (np.arange(len(atoms)) % columns // width).astype(np.int32)


def same(one: Proposal, other: Proposal) -> None:
    np.testing.assert_array_equal(one.unit, other.unit)
    # NaN is equal to itself in text only.
    assert repr(one.units) == repr(other.units)
    assert repr(one.totals) == repr(other.totals)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 35), st.integers(0, 6)), max_size=6), st.integers(0, 3))
@pytest.mark.slow
def test_after_moves_every_figure_is_that_of_the_whole_computed_anew(moves: list[tuple[int, int]], seed: int) -> None:
    atoms = squares(6, 6, seed=seed)
    now = proposed(atoms, RULES, BALANCED, stripes(atoms, 2, 6))

    for atom, unit in moves:
        last = now.units[-1].number
        now = moved(now, atom, unit if unit in {u.number for u in now.units} else last + 1)

        same(now, proposed(atoms, RULES, BALANCED, now.unit))


def test_a_move_leaves_the_proposal_it_came_from_as_it_was() -> None:
    atoms = squares(6, 4)
    before = proposed(atoms, RULES, BALANCED, stripes(atoms, 3, 6), bound=5.0)
    kept = before.unit.copy()

    after = moved(before, 2, 1)

    np.testing.assert_array_equal(before.unit, kept)
    assert (before.bound, after.bound) == (5.0, None)
    assert after.unit[2] == 1
    assert moved(before, 2, 0) is before


def test_a_unit_that_loses_its_last_atom_is_gone_and_a_new_one_gets_the_next_number() -> None:
    atoms = squares(3, 1)
    start = proposed(atoms, RULES, BALANCED, np.array([0, 1, 2]))

    assert [unit.number for unit in moved(start, 1, 0).units] == [0, 2]
    assert [unit.number for unit in moved(moved(start, 1, 0), 1, 3).units] == [0, 2, 3]


def test_moves_of_nothing_or_to_nowhere_are_refused() -> None:
    start = proposed(squares(3, 1), RULES, BALANCED, np.array([0, 1, 2]))

    with pytest.raises(UnknownAtom):
        moved(start, 3, 0)
    with pytest.raises(UnknownUnit):
        moved(start, 0, 9)


def test_the_figures_of_a_unit_are_those_of_its_shape_and_people() -> None:
    atoms = squares(6, 4)
    proposal = proposed(atoms, RULES, BALANCED, stripes(atoms, 3, 6))
    members = np.flatnonzero(proposal.unit == 1)
    shape = shapely.union_all(atoms.shape[members])

    unit = proposal.units[1]

    assert unit.people == atoms.people[members].sum() == 1200
    assert unit.bands == tuple(atoms.people[members].sum(axis=0))
    assert unit.area_m2 == pytest.approx(shape.area)
    assert unit.perimeter_m == pytest.approx(shape.length)
    assert unit.compactness == pytest.approx(4 * math.pi * shape.area / shape.length**2)
    assert [(share.community, share.people) for share in unit.communities] == [(1, 1200)]
    assert unit.majority_share == 1
    assert sum(one.people for one in proposal.units) == proposal.totals.people == 2400
    assert proposal.totals.whole_communities == 2


def test_services_count_in_the_unit_only_where_they_lie() -> None:
    atoms = squares(6, 4)
    proposal = proposed(atoms, RULES, BALANCED, stripes(atoms, 2, 6))
    walks = atoms.walks

    for unit, s in itertools.product(proposal.units, range(len(RULES.services))):
        inside = sum(
            int(walks.group_people[g])
            for g in range(walks.group_atom.size)
            if walks.group_service[g] == s
            and walks.group_atom[g] in unit.atoms
            and set(walks.facility_atom[walks.group_first[g] : walks.group_first[g + 1]].tolist()) & set(unit.atoms)
        )
        assert unit.walks[s].within_unit == inside
        assert unit.walks[s].within == walks.within[list(unit.atoms), s].sum()
        assert unit.walks[s].within_unit <= unit.walks[s].within


def test_breaches_name_rule_value_and_limit() -> None:
    atoms = squares(6, 2)
    atoms = replace(atoms, borders=replace(atoms.borders, joins=np.ones(atoms.borders.first.size, dtype=bool)))
    never = tuple(replace(rule, never=rule.line is Line.COMMUNITY) for rule in RULES.lines)
    rules = replace(RULES, lines=never)

    proposal = proposed(atoms, rules, BALANCED, np.array([0, 1, 0, 0, 0, 0] * 2))

    big, small = proposal.units
    assert {(b.rule, b.value, b.limit, b.hard, b.of) for b in big.breaches if b.hard} == {
        (Rule.CONTIGUOUS, 2, 1, True, ""),
        (Rule.NEVER_CROSSED, 2 * SIDE, 0, True, "community"),
    }
    assert {(b.rule, b.value, b.limit) for b in small.breaches if b.hard} == {(Rule.PEOPLE_MIN, 200, 500)}
    assert not big.holds
    assert proposal.totals.hard_breaches == 3


def test_a_shortage_of_what_the_source_does_not_list_is_unknown() -> None:
    atoms = squares(3, 2)
    atoms = replace(atoms, walks=replace(atoms.walks, within=np.zeros((6, 3), dtype=np.int64)))

    (unit,) = proposed(atoms, RULES, BALANCED, np.zeros(6, dtype=np.int32)).units

    assert [walk.holds for walk in unit.walks] == [False, False, None]
    assert [breach.of for breach in unit.breaches if breach.rule is Rule.WALK] == ["kindergarten", "elder_station"]
    assert not any(breach.hard for breach in unit.breaches)


def broken(proposal: Proposal) -> list[str]:
    """What is wrong with a proposal, by another library and plain sums."""
    atoms, found = proposal.atoms, []
    aside = {atom for part in proposal.infeasible for atom in part.atoms}
    land = nx.Graph()
    land.add_nodes_from(range(len(atoms)))
    joins = atoms.borders.joins
    land.add_edges_from(zip(atoms.borders.first[joins].tolist(), atoms.borders.second[joins].tolist(), strict=True))
    for number in np.unique(proposal.unit):
        members = np.flatnonzero(proposal.unit == number).tolist()
        if aside.intersection(members):
            continue
        people = atoms.people[members].sum()
        if not proposal.rules.people_min <= people <= proposal.rules.people_max:
            found.append(f"{number}: {people}")
        if not nx.is_connected(land.subgraph(members)):
            found.append(f"{number}: in parts")
    return found


@pytest.mark.slow
def test_every_proposal_keeps_the_hard_rules_and_each_goal_is_best_at_its_own() -> None:
    atoms = squares(18, 12)

    found = measures.proposals(atoms, RULES, runs=2, effort=Effort(steps=20_000, chunk=2_000))

    assert [proposal.goal.key for proposal in found] == [goal.key for goal in RULES.goals]
    for proposal in found:
        assert broken(proposal) == []
        assert proposal.totals.hard_breaches == 0
        assert proposal.bound is not None
        assert proposal.bound <= proposal.totals.cost * (1 + 1e-9)
    for own in found:
        costs = [proposed(atoms, RULES, own.goal, other.unit).totals.cost for other in found]
        assert own.totals.cost <= 1.05 * min(costs)


@pytest.mark.slow
def test_the_search_pays_what_the_figures_say() -> None:
    """One cost in two places: the compiled one of the search and that of the figures."""
    atoms = squares(12, 8)

    for goal in RULES.goals:
        drawer = Drawer(measures.graph_of(atoms, RULES, goal), Limits(RULES.people_min, RULES.people_max))
        run = drawer.run(1, QUICK)
        proposal = proposed(atoms, RULES, goal, run.label)
        aside = {int(a) for part in run.impossible for a in part.atoms}
        drawn = sum(unit.cost for unit in proposal.units if not aside.intersection(unit.atoms))
        assert run.cost == pytest.approx(drawn)


@pytest.mark.slow
def test_a_line_that_may_never_be_crossed_is_not() -> None:
    atoms = squares(12, 8)
    lines = tuple(replace(rule, never=rule.line is Line.COMMUNITY) for rule in RULES.lines)

    found = measures.proposals(atoms, replace(RULES, lines=lines), runs=1, effort=QUICK)

    for proposal in found:
        assert broken(proposal) == []
        assert proposal.totals.line_m[LINES.index(Line.COMMUNITY)] == 0


@pytest.mark.slow
def test_islands_and_compounds_too_big_stand_aside_with_their_reason() -> None:
    atoms = squares(12, 6)
    people = atoms.people.copy()
    people[40] *= 30
    joins = ~np.isin(atoms.borders.first, [0, 1]) & ~np.isin(atoms.borders.second, [0, 1])
    inner = (atoms.borders.first == 0) & (atoms.borders.second == 1)
    atoms = replace(atoms, people=people, borders=replace(atoms.borders, joins=(joins & atoms.borders.joins) | inner))

    (first, *_) = measures.proposals(atoms, RULES, runs=1, effort=QUICK)

    named = {(part.why, part.atoms): part.people for part in first.infeasible}
    assert named[(Why.TOO_FEW, (0, 1))] == 200
    assert named[(Why.TOO_MANY, (40,))] == 3000
    assert broken(first) == []
    island = next(unit for unit in first.units if 0 in unit.atoms)
    assert (island.atoms, island.infeasible, island.holds) == ((0, 1), True, False)


@pytest.mark.slow
def test_a_search_that_is_stopped_gives_what_it_has() -> None:
    atoms = squares(12, 8)
    told: list[tuple[int, int]] = []

    found = measures.proposals(
        atoms,
        RULES,
        runs=2,
        effort=QUICK,
        should_stop=lambda: len(told) >= 20,
        progress=lambda done, all_: told.append((done, all_)),
    )

    assert 1 <= len(found) < len(RULES.goals)
    assert all(broken(proposal) == [] for proposal in found[:-1])
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_proposals() -> None:
    atoms = squares(12, 8)

    one, again = (measures.proposals(atoms, RULES, runs=2, seed=5, effort=QUICK) for _ in range(2))

    assert [p.unit.tolist() for p in one] == [p.unit.tolist() for p in again]


def test_the_method_has_a_name() -> None:
    assert len(measures.method_fingerprint()) == 64
