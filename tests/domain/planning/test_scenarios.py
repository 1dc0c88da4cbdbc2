"""Scenarios in the database: made, revised, carried over, shared, withdrawn."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Thread
from typing import Any

import pytest
import shapely
from builders import lonlat, with_layer
from checkup_district import TODAY, CheckedDistrict, a_district_to_check, facilities
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from linli.domain.journal import queries as journal
from linli.domain.people.rules import NotPermitted, Purpose, Role, Scope
from linli.domain.planning import operations, queries
from linli.domain.planning.operations import Found
from linli.domain.planning.rules.scenarios.edits import Edit, EditKind
from linli.domain.planning.rules.scenarios.faults import EditsRefused, FaultKind
from linli.domain.planning.rules.scenarios.summaries import EffectSummary, RevisionKind, Standing

NOTHING = EffectSummary((), (), (), 0, (), (), 0, 0)


def at(x: float, y: float) -> tuple[float, float]:
    point = lonlat(shapely.Point(x, y))[0]
    return (float(point.x), float(point.y))


def a_clinic(x: float = 500, y: float = 500, **changes: Any) -> Edit:
    edit = Edit(EditKind.ADD_FACILITY, line=(at(x, y),), facility_kind="health_station", cost_fen=500_000)
    return replace(edit, **changes)


def planner(district: CheckedDistrict, role: Role = Role.DISTRICT_OFFICER, *areas: int) -> Scope:
    return district.scope(Purpose.PLANNING, role, *areas)


def a_scenario(district: CheckedDistrict, **changes: Any) -> queries.ScenarioValue:
    given: dict[str, Any] = {"district": district.place, "name": "新站", "edits": (a_clinic(),)}
    scope = changes.pop("scope", planner(district))
    return operations.create_scenario(district.act, scope, **(given | changes))


def lines(district: CheckedDistrict, verb: str, *homes: int) -> list[Any]:
    wanted = journal.Filter(verb=f"planning.{verb}")
    return list(journal.lines(frozenset(homes or {district.place}), wanted=wanted))


def moved_on(district: CheckedDistrict, *, without: str = "") -> None:
    """A newer edition, in which one facility may be gone."""
    package = a_district_to_check()
    table = facilities(("F9", shapely.Point(30, 30), {"kind": "convenience_shop"}))
    rows = [n for n, key in enumerate(table.keys) if key != without]
    shorter = replace(
        table,
        keys=tuple(table.keys[n] for n in rows),
        geometry=table.geometry[rows],
        attributes=tuple(table.attributes[n] for n in rows),
    )
    district.act = district.later()
    district.import_(with_layer(package, shorter))


def test_a_scenario_says_what_was_put_into_it(district: CheckedDistrict) -> None:
    made = a_scenario(district, edits=(a_clinic(), a_clinic(900, 300, cost_fen=None, slices=("night",))))

    assert queries.scenario(planner(district), made.id) == made
    assert (made.name, made.day, made.home, made.revision) == ("新站", TODAY, district.place, 1)
    assert made.standing is Standing.CURRENT
    assert made.slices == ("", "night")
    assert (made.cost_fen, made.cost_unknown) == (500_000, 1)
    assert made.edits[0].facility_kind == "health_station"
    (line,) = lines(district, "create_scenario")
    assert line.object == f"scenario:{made.id}"
    assert line.result["edits"] == 2


def test_faults_refuse_the_whole_list_and_keep_nothing(district: CheckedDistrict) -> None:
    edits = (a_clinic(), a_clinic(-50, 500), a_clinic(facility_kind="palace", slices=("night",)))

    with pytest.raises(EditsRefused) as refused:
        a_scenario(district, edits=edits)

    assert [(fault.number, fault.kind) for fault in refused.value.faults] == [
        (2, FaultKind.OUTSIDE_DISTRICT),
        (3, FaultKind.UNKNOWN_KIND),
    ]
    assert queries.scenarios(planner(district), district.place) == ()
    assert lines(district, "create_scenario") == []


def test_a_name_is_needed_and_stands_once(district: CheckedDistrict) -> None:
    a_scenario(district)

    with pytest.raises(operations.NameTaken):
        a_scenario(district, name=" 新站 ")
    with pytest.raises(operations.NameNotPossible):
        a_scenario(district, name="  ")
    with pytest.raises(operations.NameNotPossible):
        a_scenario(district, name="站" * 81)
    assert len(queries.scenarios(planner(district), district.place)) == 1


def test_a_community_worker_plans_at_home_only(district: CheckedDistrict) -> None:
    home = district.community("001")
    scope = planner(district, Role.COMMUNITY_WORKER, home)

    with pytest.raises(operations.OutsideArea) as refused:
        a_scenario(district, scope=scope, edits=(a_clinic(), a_clinic(900, 300)))
    made = a_scenario(district, scope=scope)

    assert refused.value.numbers == (2,)
    assert made.home == home
    with pytest.raises(NotPermitted):
        a_scenario(district, scope=scope, name="别处", home=district.place)
    assert len(lines(district, "create_scenario", home)) == 1


def test_whoever_may_not_plan_reads_and_writes_nothing(district: CheckedDistrict) -> None:
    made = a_scenario(district)
    auditor = district.scope(Purpose.AUDIT, Role.AUDITOR)

    assert queries.scenario(auditor, made.id).name == "新站"
    with pytest.raises(NotPermitted):
        a_scenario(district, scope=auditor, name="审计")
    with pytest.raises(NotPermitted):
        operations.rename_scenario(district.act, auditor, scenario=made.id, name="审计")
    stranger = Scope(9, Purpose.PLANNING, TODAY, ())
    with pytest.raises(queries.NoSuchScenario):
        queries.scenario(stranger, made.id)
    with pytest.raises(queries.NoSuchScenario):
        operations.rename_scenario(district.act, stranger, scenario=made.id, name="甲")


def test_a_neighbor_does_not_see_what_is_planned_elsewhere(district: CheckedDistrict) -> None:
    one = planner(district, Role.COMMUNITY_WORKER, district.community("001"))
    other = planner(district, Role.COMMUNITY_WORKER, district.community("002"))
    made = a_scenario(district, scope=one)

    assert queries.scenarios(other, district.place) == ()
    with pytest.raises(queries.NoSuchScenario):
        queries.scenario(other, made.id)
    with pytest.raises(queries.NoSuchScenario):
        operations.withdraw_scenario(district.act, other, scenario=made.id, reason="别人的")


def test_a_revision_stands_beside_the_old_one(district: CheckedDistrict) -> None:
    made = a_scenario(district)
    edits = (a_clinic(), a_clinic(900, 300))
    scope = planner(district)

    revised = operations.revise_scenario(district.later(), scope, scenario=made.id, based_on=1, edits=edits)
    again = operations.revise_scenario(district.later(), scope, scenario=made.id, based_on=1, edits=edits)

    assert revised.revision == again.revision == 2
    assert revised.edits == edits
    history = queries.revisions(scope, made.id)
    assert [(one.number, one.kind) for one in history] == [(2, RevisionKind.REVISED), (1, RevisionKind.CREATED)]
    assert history[1].edits == made.edits
    assert len(lines(district, "revise_scenario")) == 1


def test_who_saw_an_older_revision_is_told(district: CheckedDistrict) -> None:
    made = a_scenario(district)
    scope = planner(district)
    operations.revise_scenario(district.act, scope, scenario=made.id, based_on=1, edits=(a_clinic(900, 300),))

    with pytest.raises(operations.ScenarioChanged) as refused:
        operations.revise_scenario(district.act, scope, scenario=made.id, based_on=1, edits=())

    assert refused.value.revision == 2


def test_a_refused_revision_changes_nothing(district: CheckedDistrict) -> None:
    made = a_scenario(district)

    with pytest.raises(EditsRefused):
        operations.revise_scenario(
            district.act, planner(district), scenario=made.id, based_on=1, edits=(a_clinic(-50, 0),)
        )

    assert queries.scenario(planner(district), made.id) == made


def test_a_newer_edition_takes_a_scenario_over(district: CheckedDistrict) -> None:
    made = a_scenario(district)
    moved_on(district)
    scope = planner(district)
    assert queries.scenario(scope, made.id).standing is Standing.OLDER

    carried = operations.carry_over(district.act, scope, scenario=made.id)

    assert carried.faults == ()
    assert carried.scenario.standing is Standing.CURRENT
    assert carried.scenario.edition_number == made.edition_number + 1
    assert carried.scenario.edits == made.edits
    assert [one.kind for one in queries.revisions(scope, made.id)] == [RevisionKind.CARRIED_OVER, RevisionKind.CREATED]
    with pytest.raises(operations.SameEdition):
        operations.carry_over(district.act, scope, scenario=made.id)
    assert len(lines(district, "carry_over_scenario")) == 1


def test_effects_are_found_anew_on_a_newer_edition(district: CheckedDistrict) -> None:
    made = a_scenario(district, edits=(a_clinic(50, 150, facility_kind="parcel_point"),))
    scope = planner(district)
    (before,) = operations.find_effects(district.act, scope, scenario=made.id, pack_key="shangcheng")
    moved_on(district)
    assert not queries.is_effect_current(made.id)

    operations.carry_over(district.act, scope, scenario=made.id)

    (after,) = queries.effects(scope, [made.id])[made.id]
    assert (after.revision, after.pack_key) == (2, "shangcheng")
    assert after.inputs != before.inputs
    assert queries.is_effect_current(made.id, pack_key="shangcheng")
    assert len(lines(district, "carry_over_scenario")) == 1
    assert len(lines(district, "keep_scenario_effects")) == 1


def test_what_no_longer_holds_is_kept_with_its_reason(district: CheckedDistrict) -> None:
    close = Edit(EditKind.CLOSE_FACILITY, target="F3")
    made = a_scenario(district, edits=(a_clinic(), close))
    moved_on(district, without="F3")
    scope = planner(district)

    carried = operations.carry_over(district.act, scope, scenario=made.id)

    (fault,) = carried.faults
    assert (fault.number, fault.kind, fault.key) == (2, FaultKind.UNKNOWN_KEY, "F3")
    assert carried.scenario.standing is Standing.STUCK
    assert carried.scenario.stuck_faults == (fault,)
    assert carried.scenario.edition == made.edition
    revised = operations.revise_scenario(
        district.act,
        scope,
        scenario=made.id,
        based_on=1,
        edits=(a_clinic(),),
        edition=carried.scenario.newest_edition,
    )
    assert revised.standing is Standing.CURRENT
    assert revised.stuck_faults == ()


def test_a_link_shows_a_scenario_to_the_district(district: CheckedDistrict) -> None:
    made = a_scenario(district)
    scope = planner(district)
    neighbor = planner(district, Role.COMMUNITY_WORKER, district.community("002"))

    token = operations.share_scenario(district.act, scope, scenario=made.id)

    assert operations.share_scenario(district.act, scope, scenario=made.id) == token
    assert queries.by_token(neighbor, token).id == made.id
    assert len(lines(district, "share_scenario")) == 1
    with pytest.raises(queries.NoSuchScenario):
        queries.by_token(Scope(9, Purpose.PLANNING, TODAY, ()), token)
    with pytest.raises(queries.NoSuchScenario):
        queries.by_token(scope, "")
    assert operations.stop_sharing_scenario(district.act, scope, scenario=made.id)
    assert not operations.stop_sharing_scenario(district.act, scope, scenario=made.id)
    with pytest.raises(queries.NoSuchScenario):
        queries.by_token(neighbor, token)


def test_a_withdrawn_scenario_stays_on_record(district: CheckedDistrict) -> None:
    made = a_scenario(district)
    scope = planner(district)
    token = operations.share_scenario(district.act, scope, scenario=made.id)
    with pytest.raises(operations.ReasonMissing):
        operations.withdraw_scenario(district.act, scope, scenario=made.id, reason=" ")

    operations.withdraw_scenario(district.act, scope, scenario=made.id, reason="重复")

    assert queries.scenarios(scope, district.place) == ()
    (kept,) = queries.scenarios(scope, district.place, withdrawn=True)
    assert (kept.standing, kept.withdrawn_because) == (Standing.WITHDRAWN, "重复")
    with pytest.raises(queries.NoSuchScenario):
        queries.by_token(scope, token)
    with pytest.raises(operations.AlreadyWithdrawn):
        operations.withdraw_scenario(district.act, scope, scenario=made.id, reason="再次")
    with pytest.raises(operations.AlreadyWithdrawn):
        operations.rename_scenario(district.act, scope, scenario=made.id, name="新名")
    assert a_scenario(district).name == "新站"
    assert len(lines(district, "withdraw_scenario")) == 1


def test_a_name_changes_and_nothing_else(district: CheckedDistrict) -> None:
    made = a_scenario(district)
    a_scenario(district, name="另一个")
    scope = planner(district)

    operations.rename_scenario(district.act, scope, scenario=made.id, name="北站")
    operations.rename_scenario(district.act, scope, scenario=made.id, name="北站")

    assert queries.scenario(scope, made.id) == replace(made, name="北站")
    (line,) = lines(district, "rename_scenario")
    assert line.result == {"before": "新站", "after": "北站"}
    with pytest.raises(operations.NameTaken):
        operations.rename_scenario(district.act, scope, scenario=made.id, name="另一个")


def kept(district: CheckedDistrict, made: queries.ScenarioValue, **changes: Any) -> int:
    given: dict[str, Any] = {
        "scenario": made.id,
        "revision": made.revision,
        "pack_key": "yantai",
        "pack_fingerprint": "a" * 64,
        "answers_fingerprint": "b" * 64,
        "day": TODAY,
        "effects": [Found(key, "c" * 64, NOTHING) for key in made.slices],
    }
    return operations.keep_effects(district.act, planner(district), **(given | changes))


def test_an_effect_is_kept_once_and_is_current_until_something_moves(district: CheckedDistrict) -> None:
    made = a_scenario(district, edits=(a_clinic(), a_clinic(900, 300, slices=("night",))))
    assert not queries.is_effect_current(made.id)

    assert kept(district, made, effects=[Found("", "c" * 64, NOTHING)]) == 1
    assert not queries.is_effect_current(made.id)
    assert kept(district, made) == 1
    assert kept(district, made) == 0

    assert queries.is_effect_current(made.id)
    assert queries.is_effect_current(made.id, pack_key="yantai", pack_fingerprint="a" * 64)
    assert not queries.is_effect_current(made.id, pack_key="shangcheng")
    assert not queries.is_effect_current(made.id, pack_key="yantai", pack_fingerprint="d" * 64)
    found = queries.effects(planner(district), [made.id])[made.id]
    assert [(one.slice, one.is_of_this_method) for one in found] == [("", True), ("night", True)]
    assert found[0].summary == NOTHING
    moved_on(district)
    assert not queries.is_effect_current(made.id)
    assert not queries.is_effect_current(10**9)


def test_an_effect_of_an_older_revision_is_not_kept(district: CheckedDistrict) -> None:
    made = a_scenario(district)
    operations.revise_scenario(district.act, planner(district), scenario=made.id, based_on=1, edits=())

    with pytest.raises(operations.ScenarioChanged):
        kept(district, made)


def test_lists_ask_the_database_a_few_times_however_long_they_are(district: CheckedDistrict) -> None:
    scope = planner(district)
    for name in ("甲", "乙", "丙"):
        kept(district, a_scenario(district, name=name))

    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = queries.scenarios(scope, district.place)
        effects = queries.effects(scope, [one.id for one in found], pack_key="yantai")

    assert [one.name for one in found] == ["丙", "乙", "甲"]
    assert len(effects) == 3
    assert len(asked) == 3
    token = operations.share_scenario(district.act, scope, scenario=found[0].id)
    with CaptureQueriesContext(connection) as one:
        queries.scenario(scope, found[0].id)
    with CaptureQueriesContext(connection) as by_link:
        queries.by_token(scope, token)
    assert (len(one), len(by_link)) == (2, 4)


def test_records_are_never_rewritten(district: CheckedDistrict) -> None:
    made = a_scenario(district)
    kept(district, made)

    for statement in (
        "UPDATE planning_scenariorevision SET number = 2",
        "DELETE FROM planning_scenariorevision",
        "UPDATE planning_scenarioeffect SET slice = 'x'",
        "DELETE FROM planning_scenario",
    ):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("name = ''", "planning_scenario_has_a_name"),
        ("withdrawn_at = now()", "planning_scenario_withdrawn_says_why"),
        ("stuck_edition_id = (SELECT id FROM places_edition LIMIT 1)", "planning_scenario_stuck_says_why"),
    ],
)
def test_the_database_keeps_scenarios_whole(district: CheckedDistrict, change: str, name: str) -> None:
    a_scenario(district)

    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE planning_scenario SET {change}")


def test_effects_are_found_and_kept_for_every_hour_the_scenario_names(district: CheckedDistrict) -> None:
    """A parcel point beside the homes of 001, one more at night where 002 lives."""
    edits = (
        a_clinic(50, 150, facility_kind="parcel_point"),
        a_clinic(590, 160, facility_kind="parcel_point", slices=("night",), cost_fen=None),
    )
    made = a_scenario(district, edits=edits)
    scope = planner(district)

    found = operations.find_effects(district.act, scope, scenario=made.id, pack_key="shangcheng")

    by_slice = {one.slice: one.summary for one in found}
    assert set(by_slice) == {"", "night"}
    gained = {key: sum(change.gained_total for change in one.access) for key, one in by_slice.items()}
    assert 0 < gained[""] < gained["night"]
    assert (by_slice[""].cost_fen, by_slice[""].cost_unknown) == (500_000, 1)
    assert queries.is_effect_current(made.id, pack_key="shangcheng")
    again = operations.find_effects(district.act, scope, scenario=made.id, pack_key="shangcheng")
    assert [one.inputs for one in again] == [one.inputs for one in found]
    assert len(lines(district, "keep_scenario_effects")) == 1
    with pytest.raises(NotPermitted):
        operations.find_effects(
            district.act, district.scope(Purpose.AUDIT, Role.AUDITOR), scenario=made.id, pack_key="shangcheng"
        )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_who_revise_at_once_one_is_told(district: CheckedDistrict) -> None:
    made = a_scenario(district)
    outcome: list[str] = []

    def revise(x: float) -> None:
        try:
            operations.revise_scenario(
                district.act, planner(district), scenario=made.id, based_on=1, edits=(a_clinic(x, 300),)
            )
            outcome.append("revised")
        except operations.ScenarioChanged:
            outcome.append("told")
        finally:
            connection.close()

    together(*(partial(revise, 600.0 + 50 * n) for n in range(3)))

    assert sorted(outcome) == ["revised", "told", "told"]
    assert queries.scenario(planner(district), made.id).revision == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_a_name_at_once_one_gets_it(district: CheckedDistrict) -> None:
    outcome: list[str] = []

    def create() -> None:
        try:
            a_scenario(district)
            outcome.append("made")
        except operations.NameTaken:
            outcome.append("taken")
        finally:
            connection.close()

    together(create, create)

    assert sorted(outcome) == ["made", "taken"]
    assert len(lines(district, "create_scenario")) == 1


def together(*works: Callable[[], None]) -> None:
    threads = [Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_revisions_and_effects_are_whole(district: CheckedDistrict) -> None:
    made = a_scenario(district)
    kept(district, made)
    copied = "scenario_id, {}, {}, edition_id, {}, edits, actor, channel, at FROM planning_scenariorevision"
    into = "INSERT INTO planning_scenariorevision"
    into += " (scenario_id, number, kind, edition_id, edition_fingerprint, edits, actor, channel, at) SELECT "
    wrong = {
        "planning_scenario_revision_once": into + copied.format("1", "'created'", "edition_fingerprint"),
        "planning_scenario_revision_kind_fits": into + copied.format("2", "'created'", "edition_fingerprint"),
        "planning_scenario_revision_has_an_edition": into + copied.format("2", "'revised'", "'x'"),
    }
    effect = "revision_id, pack_key, pack_fingerprint, slice, day, {}, method, summary, actor, at"
    into = f"INSERT INTO planning_scenarioeffect ({effect.format('inputs')}) SELECT "
    for name, inputs in (("once", "inputs"), ("has_fingerprints", "'x'")):
        wrong[f"planning_scenario_effect_{name}"] = f"{into}{effect.format(inputs)} FROM planning_scenarioeffect"

    for name, statement in wrong.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
