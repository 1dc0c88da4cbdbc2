"""Units from the question to the plan in force: refusals, the journal, what the database never lets happen."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from checkup_district import TODAY, CheckedDistrict
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.domain.journal.models import Line as JournalLine
from linli.domain.people.rules import NotPermitted, Purpose, Role, Scope
from linli.domain.planning import models
from linli.domain.planning.operations import unit_drawing
from linli.domain.planning.operations import units as operations
from linli.domain.planning.queries import units as queries
from linli.domain.planning.queries.unit_rules import unit_rules
from linli.domain.planning.queries.units import ProposalValue, UnitStudyValue
from linli.domain.planning.rules.units import keeping as unit_keeping
from linli.domain.planning.rules.units.figures import UnknownAtom, UnknownUnit
from linli.domain.planning.rules.units.proposals import Line, Rule, UnitRules
from linli.domain.planning.rules.units.studies import UnitStudyState, broken, colors, neighbors, next_units

pytestmark = pytest.mark.slow

Drawn = tuple[UnitStudyValue, tuple[ProposalValue, ...]]


def small_rules(**changes: object) -> UnitRules:
    """The pack's rules for the few people of the small district."""
    rules = unit_rules()
    return replace(rules, people_min=300, people_max=1000, goals=rules.goals[:2], **changes)  # type: ignore[arg-type]


def planner(district: CheckedDistrict, role: Role = Role.DISTRICT_OFFICER, *areas: int) -> Scope:
    return district.scope(Purpose.PLANNING, role, *areas)


def ask(district: CheckedDistrict, **changes: object) -> UnitStudyValue:
    given = {"district": district.place, "name": "一稿", "day": TODAY, "rules": small_rules(), "runs": 1} | changes
    return operations.ask_units(district.act, planner(district), **given)  # type: ignore[arg-type]


def draw(district: CheckedDistrict, study: int, **changes: object) -> UnitStudyValue:
    return unit_drawing.draw_units(district.act, planner(district), study=study, **changes)  # type: ignore[arg-type]


@pytest.fixture
def drawn(district: CheckedDistrict) -> Drawn:
    study = draw(district, ask(district).id)
    return study, queries.unit_proposals(planner(district), study.id)


def verbs() -> list[str]:
    return list(JournalLine.objects.filter(verb__startswith="planning.").order_by("id").values_list("verb", flat=True))


def a_move(district: CheckedDistrict, proposal: int) -> tuple[int, int]:
    """An atom beside another unit, and that unit."""
    one = queries.drawn_proposal(planner(district), proposal)
    return next((atom, to[0]) for atom in range(len(one.atoms)) if (to := next_units(one.atoms, one.unit, atom)))


def test_a_study_keeps_its_rules_and_every_proposal(district: CheckedDistrict, drawn: Drawn) -> None:
    study, proposals = drawn

    assert study.state is UnitStudyState.DRAWN
    assert study.rules == small_rules()
    assert [one.number for one in proposals] == list(range(1, len(proposals) + 1))
    assert len({one.goal.key for one in proposals}) == len(proposals)
    for one in proposals:
        whole = queries.drawn_proposal(planner(district), one.id)
        assert repr(whole.totals) == repr(one.totals)
        assert [unit.people for unit in whole.units] == list(one.people)
        assert sum(one.people) == whole.atoms.residents().sum()
    assert verbs() == ["planning.ask_units", "planning.draw_units"]


def test_atoms_come_back_as_they_were(district: CheckedDistrict, drawn: Drawn) -> None:
    atoms = queries.atoms_of(planner(district), drawn[0].id)

    again = unit_keeping.unpacked_atoms(unit_keeping.packed_atoms(atoms))

    assert again.key == atoms.key
    assert again.walks.complete == atoms.walks.complete
    for name in ("people", "community", "xy", "building"):
        assert np.array_equal(getattr(again, name), getattr(atoms, name))
    assert shapely.equals_exact(again.shape, atoms.shape, 0).all()
    assert np.array_equal(again.borders.line_m, atoms.borders.line_m)
    with pytest.raises(unit_keeping.NotKept):
        unit_keeping.unpacked_atoms(b"nothing")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"rules": replace(unit_rules(), people_min=0)}, "people_min"),
        ({"rules": replace(unit_rules(), people_max=4000)}, "people_max"),
        ({"rules": replace(unit_rules(), walk_minutes=0.0)}, "walk_minutes"),
        ({"rules": replace(unit_rules(), share_min=1.2)}, "share_min"),
        ({"rules": replace(unit_rules(), lines=(replace(unit_rules().lines[0], price=-1.0), *unit_rules().lines[1:]))},
         f"price_{Line.FAST_ROAD}"),
        ({"runs": 0}, "runs"),
    ],
)  # fmt: skip
def test_rules_by_which_nothing_can_be_drawn_are_refused(
    district: CheckedDistrict, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(operations.WrongUnitRules) as refusal:
        ask(district, **changes)

    assert refusal.value.fields == (field,)
    assert not models.UnitStudy.objects.exists()
    assert verbs() == []


def test_only_who_plans_the_whole_district_asks_and_adopts(district: CheckedDistrict, drawn: Drawn) -> None:
    subdistrict = planner(district, Role.SUBDISTRICT_OFFICER, district.community("001"))
    auditor = district.scope(Purpose.AUDIT, Role.AUDITOR)
    study, proposals = drawn

    for scope in (subdistrict, auditor):
        with pytest.raises(NotPermitted):
            operations.ask_units(
                district.act, scope, district=district.place, name="二稿", day=TODAY, rules=small_rules()
            )
    with pytest.raises(queries.NoSuchUnitStudy):
        queries.unit_study(subdistrict, study.id)
    assert queries.unit_study(auditor, study.id) == study
    with pytest.raises(NotPermitted):
        operations.adopt_proposal(district.act, auditor, proposal=proposals[0].id, on=TODAY)


def test_moving_makes_a_copy_and_leaves_the_original(district: CheckedDistrict, drawn: Drawn) -> None:
    study, proposals = drawn
    original = proposals[0]
    atom, to = a_move(district, original.id)

    first = operations.move_atoms(district.act, planner(district), proposal=original.id, moves=[(atom, to)])
    back = int(queries.drawn_proposal(planner(district), original.id).unit[atom])
    again = a_move(district, first.id)
    second = operations.move_atoms(district.act, planner(district), proposal=first.id, moves=[again])

    assert (first.revises, first.revision, first.number) == (original.id, 1, original.number)
    assert (second.revises, second.revision) == (first.id, 2)
    assert queries.drawn_proposal(planner(district), first.id).unit[atom] == to
    assert queries.drawn_proposal(planner(district), original.id).unit[atom] == back
    assert queries.unit_proposals(planner(district), study.id)[-1] == second
    assert [one.id for one in queries.revisions(planner(district), second)] == [second.id, first.id, original.id]
    assert verbs()[2:] == ["planning.move_atoms", "planning.move_atoms"]


def test_what_moves_nothing_or_nowhere_is_refused(district: CheckedDistrict, drawn: Drawn) -> None:
    scope, one = planner(district), drawn[1][0]
    mine = int(queries.drawn_proposal(scope, one.id).unit[0])

    with pytest.raises(operations.NothingMoved):
        operations.move_atoms(district.act, scope, proposal=one.id, moves=[(0, mine)])
    with pytest.raises(UnknownAtom):
        operations.move_atoms(district.act, scope, proposal=one.id, moves=[(9999, mine)])
    with pytest.raises(UnknownUnit):
        operations.move_atoms(district.act, scope, proposal=one.id, moves=[(0, 9999)])
    assert len(verbs()) == 2


def test_a_proposal_that_breaks_hard_rules_is_not_adopted(district: CheckedDistrict, drawn: Drawn) -> None:
    scope, (_study, proposals) = planner(district), drawn
    base = next(one for one in proposals if one.totals.units > 1)
    whole = queries.drawn_proposal(scope, base.id)
    to = whole.units[0].number
    moves = [(atom, to) for atom in range(len(whole.atoms))]
    crowded = operations.move_atoms(district.act, scope, proposal=base.id, moves=moves)

    with pytest.raises(operations.RulesBroken) as refusal:
        operations.adopt_proposal(district.act, scope, proposal=crowded.id, on=TODAY)

    assert Rule.PEOPLE_MAX in {one.rule for one in refusal.value.breaches}
    assert all(one.hard for one in refusal.value.breaches)
    assert not models.UnitPlan.objects.exists()
    assert "planning.adopt_proposal" not in verbs()


def adoptable(district: CheckedDistrict, proposals: tuple[ProposalValue, ...]) -> int:
    scope = planner(district)
    return next(one.id for one in proposals if not broken(queries.drawn_proposal(scope, one.id)))


def test_a_plan_is_in_force_until_another_replaces_it(district: CheckedDistrict, drawn: Drawn) -> None:
    scope, later = planner(district), TODAY + timedelta(days=30)
    proposal = adoptable(district, drawn[1])

    first = operations.adopt_proposal(district.act, scope, proposal=proposal, on=TODAY)
    second = operations.adopt_proposal(district.act, scope, proposal=proposal, on=later)

    def in_force(day: date) -> int | None:
        found = queries.plan_in_force(scope, district.place, day)
        return found.id if found else None

    assert in_force(TODAY - timedelta(days=1)) is None
    assert in_force(TODAY) == in_force(later - timedelta(days=1)) == first.id
    assert in_force(later) == second.id
    for day, error in ((TODAY, operations.PlanBegins), (later, operations.PlanBegins),
                       (TODAY - timedelta(days=1), operations.TooEarly)):  # fmt: skip
        with pytest.raises(error):
            operations.adopt_proposal(district.act, scope, proposal=proposal, on=day)
    operations.withdraw_plan(district.act, scope, plan=second.id, because="另行研究")
    assert in_force(later) == first.id
    with pytest.raises(operations.UnitPlanWithdrawn):
        operations.withdraw_plan(district.act, scope, plan=second.id, because="另行研究")
    assert verbs()[2:] == ["planning.adopt_proposal", "planning.adopt_proposal", "planning.withdraw_plan"]


def test_adopted_units_tile_what_the_atoms_do(district: CheckedDistrict, drawn: Drawn) -> None:
    scope, proposal = planner(district), adoptable(district, drawn[1])
    whole = queries.drawn_proposal(scope, proposal)

    plan = operations.adopt_proposal(district.act, scope, proposal=proposal, on=TODAY)

    units = queries.planned_units(scope, plan.id)
    assert [unit.number for unit in units] == list(range(1, len(whole.units) + 1))
    assert sum(unit.people for unit in units) == whole.atoms.residents().sum()
    assert sum(unit.area_m2 for unit in units) == pytest.approx(whole.atoms.area_m2.sum())
    union = shapely.union_all([unit.geometry for unit in units])
    assert union.area == pytest.approx(sum(unit.geometry.area for unit in units), rel=1e-6)
    place = district.community("001")
    worker = planner(district, Role.COMMUNITY_WORKER, place)
    seen = queries.planned_units(worker, plan.id)
    assert 0 < len(seen) < len(units)
    assert all(place in dict(unit.communities) for unit in seen)


def test_the_database_lets_only_one_plan_be_in_force(district: CheckedDistrict, drawn: Drawn) -> None:
    proposal = adoptable(district, drawn[1])
    operations.adopt_proposal(district.act, planner(district), proposal=proposal, on=TODAY)
    given = {
        "district_id": district.place,
        "proposal_id": proposal,
        "actor": 1,
        "channel": "online",
        "at": timezone.now(),
    }

    with pytest.raises(IntegrityError, match="planning_one_plan_a_district_and_day"), transaction.atomic():
        models.UnitPlan.objects.create(from_on=TODAY + timedelta(days=9), **given)
    with pytest.raises(IntegrityError, match="planning_plan_ends_after_it_begins"), transaction.atomic():
        models.UnitPlan.objects.create(from_on=date(2020, 2, 1), until_on=date(2020, 1, 1), **given)
    models.UnitPlan.objects.create(from_on=date(2020, 1, 1), until_on=TODAY, **given)


def test_nobody_rewrites_a_proposal(district: CheckedDistrict, drawn: Drawn) -> None:
    for statement in ("UPDATE planning_unitproposal SET number = 9", "DELETE FROM planning_unitproposal"):
        refused = pytest.raises(ProgrammingError, match="permission denied")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"state": "else"}, "planning_units_state_is_known"),
        ({"edition_fingerprint": "x"}, "planning_units_has_a_fingerprint"),
        ({"state": "asked", "ended_at": timezone.now()}, "planning_units_ended_says_when"),
        ({"state": "drawn", "ended_at": timezone.now(), "atoms_id": None}, "planning_units_drawn_has_atoms"),
        ({"name": ""}, "planning_units_has_a_name"),
        ({"runs": 0}, "planning_units_runs_once_at_least"),
        ({"withdrawn_because": "无"}, "planning_units_withdrawn_says_why"),
    ],
)
def test_each_constraint_of_a_study_refuses(district: CheckedDistrict, changes: dict[str, object], name: str) -> None:
    study = ask(district)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        models.UnitStudy.objects.filter(pk=study.id).update(**changes)


def test_each_constraint_of_proposals_and_units_refuses(district: CheckedDistrict, drawn: Drawn) -> None:
    row = models.UnitProposal.objects.get(pk=drawn[1][0].id)
    fields = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }

    def proposal(**changes: object) -> None:
        with transaction.atomic():
            models.UnitProposal.objects.create(**(fields | changes))

    with pytest.raises(IntegrityError, match="planning_proposal_has_its_number"):
        proposal()
    with pytest.raises(IntegrityError, match="planning_proposal_revision_says_what_moved"):
        proposal(revises_id=row.pk, revision=1, moves=[])
    proposal(revises_id=row.pk, revision=1, moves=[[0, 1]])
    with pytest.raises(IntegrityError, match="planning_proposal_revision_once"):
        proposal(revises_id=row.pk, revision=1, moves=[[0, 1]])

    plan = operations.adopt_proposal(district.act, planner(district), proposal=adoptable(district, drawn[1]), on=TODAY)
    unit = models.ImplementationUnit.objects.filter(plan_id=plan.id).first()
    assert unit is not None
    unit.pk = None
    with pytest.raises(IntegrityError, match="planning_unit_number_once_a_plan"), transaction.atomic():
        unit.save(force_insert=True)
    unit.number, unit.people = 900, -1
    with pytest.raises(IntegrityError, match="planning_unit"), transaction.atomic():
        unit.save(force_insert=True)
    with pytest.raises(IntegrityError, match="planning_plan_withdrawn_says_why"), transaction.atomic():
        models.UnitPlan.objects.filter(pk=plan.id).update(withdrawn_at=timezone.now())


def test_a_study_is_drawn_once_and_stopped_once(district: CheckedDistrict) -> None:
    study = ask(district)
    operations.stop_units(district.act, planner(district), study=study.id)
    with pytest.raises(operations.UnitStudyEnded):
        operations.stop_units(district.act, planner(district), study=study.id)

    ended = draw(district, study.id, should_stop=lambda: True)

    assert ended.state is UnitStudyState.STOPPED
    assert len(queries.unit_proposals(planner(district), study.id)) >= 1
    with pytest.raises(operations.UnitStudyEnded):
        draw(district, study.id)
    assert verbs() == ["planning.ask_units", "planning.stop_units", "planning.draw_units"]


def test_a_study_is_withdrawn_with_a_reason_unless_a_plan_rests_on_it(district: CheckedDistrict, drawn: Drawn) -> None:
    scope, (study, proposals) = planner(district), drawn
    plan = operations.adopt_proposal(district.act, scope, proposal=adoptable(district, proposals), on=TODAY)

    with pytest.raises(operations.UnitReasonMissing):
        operations.withdraw_study(district.act, scope, study=study.id, because=" ")
    with pytest.raises(operations.UnitStudyAdopted):
        operations.withdraw_study(district.act, scope, study=study.id, because="重来")
    operations.withdraw_plan(district.act, scope, plan=plan.id, because="重来")
    operations.withdraw_study(district.act, scope, study=study.id, because="重来")

    assert queries.unit_studies(scope, district.place) == ()
    with pytest.raises(operations.UnitStudyWithdrawn):
        operations.adopt_proposal(district.act, scope, proposal=proposals[0].id, on=TODAY)
    with pytest.raises(operations.UnitStudyWithdrawn):
        draw(district, study.id)


def test_questions_ask_the_database_a_fixed_number_of_times(district: CheckedDistrict, drawn: Drawn) -> None:
    scope, (study, proposals) = planner(district), drawn
    plan = operations.adopt_proposal(district.act, scope, proposal=adoptable(district, proposals), on=TODAY)
    moves = [a_move(district, proposals[0].id)]
    asked = {
        1: lambda: queries.unit_studies(scope, district.place),
        2: lambda: queries.plan_in_force(scope, district.place, TODAY),
        3: lambda: queries.unit_proposals(scope, study.id),
    }

    for count, question in asked.items():
        with CaptureQueriesContext(connection) as found:
            question()
        assert len(found) == count
    with CaptureQueriesContext(connection) as found:
        queries.drawn_proposal(scope, proposals[0].id, moves=moves)
    assert len(found) == 1
    with CaptureQueriesContext(connection) as found:
        queries.planned_units(scope, plan.id)
    assert len(found) == 1


def test_neighbors_never_share_a_color_and_colors_stay(district: CheckedDistrict, drawn: Drawn) -> None:
    for one in drawn[1]:
        whole = queries.drawn_proposal(planner(district), one.id)
        single = np.arange(len(whole.atoms), dtype=np.int32)
        for unit in (whole.unit, single):
            shown = colors(whole.atoms, unit)
            assert all(shown[a] != shown[b] for a, near in neighbors(whole.atoms, unit).items() for b in near)
            assert colors(whole.atoms, unit, shown) == shown
