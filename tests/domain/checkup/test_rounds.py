"""Rounds are kept whole, never rewritten, and tell what moved."""

from dataclasses import replace

import builders
import numpy as np
import pytest
import shapely
from checkup_district import PACK, TODAY, CheckedDistrict, a_district_to_check, facilities
from django.db import ProgrammingError, connection, transaction
from django.db.utils import IntegrityError

from linli.compute.network import INFINITY_CM
from linli.domain.checkup import models, operations, queries
from linli.domain.checkup.measures import check_up, method
from linli.domain.checkup.queries import Cause
from linli.domain.checkup.rules import Reason, State, keeping
from linli.domain.journal import queries as journal
from linli.domain.people.rules import Grant, NotPermitted, Purpose, Role
from linli.domain.places import operations as place_operations
from linli.domain.places import queries as places
from linli.domain.standards import queries as standards

TABLES = (
    *("keptpack", "walks", "walkstokind", "round", "result", "graderesult", "shortfall"),
    *("reportedfigure", "surveycampaign", "surveyanswer", "evidence"),
)


def test_a_round_keeps_what_was_found(district: CheckedDistrict) -> None:
    steps: list[tuple[int, int]] = []

    of = district.run(progress=lambda done, total, _: steps.append((done, total)))

    kinds = tuple(k.key for k in standards.facility_kinds())
    edition = places.current(district.scope(), district.place)
    situation = places.situation(district.scope(), edition.id, facility_kinds=kinds)
    result = check_up(situation, standards.pack(PACK, day=TODAY), {}, TODAY)
    kept = {(r.community, r.indicator): r for r in queries.findings(district.scope(), of.id)}
    assert len(kept) == len(result.findings) == 4 * 52
    for finding in result.findings:
        row = kept[int(situation.areas.place[finding.community]), finding.indicator]
        assert replace(row.value, missing=None) == replace(finding.value, missing=None)
        assert (row.state, row.reason, row.marked) == (finding.state, finding.reason, finding.marked)
        assert (row.at_minimum, row.at_target, row.required) == (
            finding.at_minimum,
            finding.at_target,
            finding.required,
        )
        assert row.thresholds == finding.thresholds
    assert of.edition_fingerprint == edition.fingerprint
    assert steps == [(n, 4) for n in range(5)]


def test_a_round_is_one_line_in_the_journal(district: CheckedDistrict) -> None:
    of = district.run()

    lines = journal.lines(frozenset({district.place}), wanted=journal.Filter(verb="checkup.run_round"))
    assert [(line.object, line.result["inputs"]) for line in lines] == [(f"round:{of.id}", of.inputs)]


def test_only_who_may_run_a_checkup_runs_one(district: CheckedDistrict) -> None:
    for scope in (district.scope(Purpose.AUDIT), district.scope(Purpose.CHECKUP, Role.SUBDISTRICT_OFFICER)):
        with pytest.raises(NotPermitted):
            operations.run_round(district.act, scope, district=district.place, pack_key=PACK, day=TODAY)
    assert not models.Round.objects.exists()


def test_the_same_inputs_give_the_same_results(district: CheckedDistrict) -> None:
    one, two = district.run(), district.run()

    assert (one.inputs, one.method) == (two.inputs, two.method)
    assert one.id != two.id
    assert models.Walks.objects.count() == models.KeptPack.objects.count() == 1
    comparison = queries.compare_rounds(district.scope(), one.id, two.id)
    assert (comparison.moves, comparison.grades, comparison.changed) == ((), (), frozenset())


@pytest.mark.parametrize(
    "statement", ["UPDATE checkup_{} SET id = id", "DELETE FROM checkup_{}", "TRUNCATE checkup_{}"]
)
@pytest.mark.parametrize("table", TABLES)
def test_nobody_rewrites_a_round_or_a_report(db: None, statement: str, table: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))


def test_the_database_refuses_what_must_not_be(district: CheckedDistrict) -> None:
    of = district.run()
    row = models.Result.objects.filter(round_id=of.id, state=State.NOT_ASSESSABLE).first()
    assert row is not None

    def refused(constraint: str, **changes: object) -> None:
        fields = {f.attname: getattr(row, f.attname) for f in models.Result._meta.concrete_fields if f.name != "id"}
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            models.Result.objects.create(**(fields | {"indicator": "X"} | changes))

    refused("checkup_result_once", indicator=row.indicator)
    refused("checkup_result_state_is_known", state="fine", reason="", value=1.0)
    refused("checkup_result_says_why_not_assessable", reason="")
    refused("checkup_result_says_why_not_assessable", state="met", value=1.0)
    refused("checkup_no_verdict_without_value", state="met", reason="", value=None)


@pytest.mark.parametrize(
    ("constraint", "model", "changes"),
    [
        ("checkup_pack_kept_once", models.KeptPack, {}),
        ("checkup_walks_once", models.Walks, {}),
        ("checkup_walks_kind_once", models.WalksToKind, {}),
        ("checkup_grade_once", models.GradeResult, {}),
        ("checkup_people_by_seven_bands", models.GradeResult, {"people": [1]}),
        ("checkup_shortfall_once", models.Shortfall, {}),
        ("checkup_shortfall_people_not_negative", models.Shortfall, {"people_total": -1}),
        ("checkup_round_has_fingerprints", models.Round, {"method": "today's"}),
        ("checkup_round_recomputes_an_older_one", models.Round, {"id": 1, "recomputes_id": 1}),
    ],
)
def test_the_database_refuses_what_no_round_can_be(
    district: CheckedDistrict, constraint: str, model: type, changes: dict[str, object]
) -> None:
    of = district.run()
    if model is models.Shortfall:
        models.Shortfall.objects.create(
            round_id=of.id, community_id=district.community("001"), indicator="X", people=[0] * 7, people_total=0
        )
    row = model.objects.first()
    kept = {f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields if f.name != "id"}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model.objects.create(**(kept | changes))


def test_an_old_round_computed_by_a_new_method_stands_beside_it(
    district: CheckedDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = district.run()
    with pytest.raises(operations.SameRound):
        operations.recompute(district.act, district.scope(), round=old.id)
    # Reports that come in later are not part of the old round's inputs.
    report = {"drains_separated": operations.Report(1)}
    operations.report_figures(
        district.later(), district.scope(), community=district.community("001"), day=TODAY, figures=report
    )
    monkeypatch.setattr("linli.domain.checkup.operations.rounds.method_fingerprint", lambda: "f" * 64)

    new = operations.recompute(district.later(), district.scope(), round=old.id)

    assert (new.recomputes, new.inputs, new.day) == (old.id, old.inputs, old.day)
    assert new.method != old.method
    assert queries.round_by_id(district.scope(), old.id) == old
    assert queries.compare_rounds(district.scope(), old.id, new.id).changed == {Cause.METHOD}
    assert [r.id for r in queries.rounds(district.scope(), district.place)] == [new.id, old.id]


def test_the_method_changes_with_the_code_and_not_with_its_comments(tmp_path: object) -> None:
    folder = tmp_path
    file = folder / "m.py"  # type: ignore[operator]
    file.write_text('"""One."""\n\ndef f() -> int:\n    """Two."""\n    return 1\n')
    before = method.meaning(file)

    file.write_text('"""Other."""\n\n# More.\ndef f() -> int:\n    return 1\n')
    assert method.meaning(file) == before
    file.write_text("def f() -> int:\n    return 2\n")
    assert method.meaning(file) != before


# --- Pages ----------------------------------------------------------------------------------------------------------


def test_the_card_of_a_community(district: CheckedDistrict) -> None:
    place = district.community("001")
    of = district.run()

    card = queries.community_card(district.scope(), of.id, place)

    assert (card.community.name, card.community.people_total) == ("清波社区", 400)
    assert card.community.types == ("upgrade",)
    assert sum(card.community.counts.values()) == 52
    assert card.scenes[0].scene.key == "function"
    assert sum(len(scene.results) for scene in card.scenes) == 52
    assert (card.verdict.grade, card.verdict.next_grade) == (None, "pilot_standard")
    assert card.verdict.reasons
    assert [point.round for point in card.history] == [of.id]


def test_who_sees_one_community_sees_that_one_alone(district: CheckedDistrict) -> None:
    of = district.run()
    worker = district.worker("001")

    assert {r.community for r in queries.findings(worker, of.id)} == {district.community("001")}
    assert [c.place for c in queries.district_summary(worker, of.id).communities] == [district.community("001")]
    assert {row.community.place for row in queries.indicator_table(worker, of.id, "YT-A07").rows} == {
        district.community("001")
    }
    with pytest.raises(NotPermitted):
        queries.community_card(worker, of.id, district.community("002"))
    with pytest.raises(NotPermitted):
        queries.finding(worker, of.id, district.community("002"), "YT-A07")
    assert len(queries.building_distances(worker, of.id, "kindergarten").building) == 4
    elsewhere = replace(worker, grants=())
    with pytest.raises(queries.NoSuchRound):
        queries.round_by_id(elsewhere, of.id)
    assert queries.rounds(elsewhere, district.place) == ()


def test_an_indicator_lists_the_worst_first(district: CheckedDistrict) -> None:
    table = queries.indicator_table(district.scope(), district.run().id, "YT-A07")

    assert len(table.rows) == 4
    order = [State.BELOW_MINIMUM, State.BELOW_TARGET, State.NOT_ASSESSABLE, State.MET]
    assert [row.result.state for row in table.rows] == sorted((r.result.state for r in table.rows), key=order.index)
    with pytest.raises(queries.NotInRound):
        queries.indicator_table(district.scope(), table.round.id, "no such indicator")


def test_the_district_at_a_glance(district: CheckedDistrict) -> None:
    summary = queries.district_summary(district.scope(), district.run().id)

    assert len(summary.communities) == 4
    assert sum(summary.grades.values()) == 4
    assert sum(summary.counts.values()) == 4 * 52
    assert [s.communities for s in summary.subdistricts] == [2, 2]
    assert sum(s.people_total for s in summary.subdistricts) == sum(c.people_total for c in summary.communities)
    assert summary.previous is None


def test_pages_ask_the_database_the_same_few_times(district: CheckedDistrict, django_assert_max_num_queries) -> None:
    of = district.run()
    scope, place = district.scope(), district.community("001")
    queries.round_pack(scope, of.id)

    with django_assert_max_num_queries(9):
        queries.community_card(scope, of.id, place)
    with django_assert_max_num_queries(8):
        queries.indicator_table(scope, of.id, "YT-A07")
    with django_assert_max_num_queries(8):
        queries.district_summary(scope, of.id)


def test_behind_a_figure_stand_its_records(district: CheckedDistrict, tmp_path) -> None:
    of = district.run()
    pack = queries.round_pack(district.scope(), of.id)
    indicator = next(i for i in pack.indicators if i.measure.kind.value == "walk_coverage")

    detail = queries.finding(district.scope(), of.id, district.community("001"), indicator.key, cache=tmp_path)

    assert detail.indicator == indicator
    assert {b.key for b in detail.buildings} == {"A1", "A2", "A3", "A4"}
    assert all(b.people == 100 for b in detail.buildings)
    assert all(f.kind in indicator.measure.facility_kinds for f in detail.facilities)
    walks = [b.distance_cm for b in detail.buildings if b.distance_cm is not None]
    assert walks == sorted(walks, reverse=True)
    assert detail.sources


def test_behind_an_old_figure_stands_no_later_evidence(district: CheckedDistrict) -> None:
    indicator = next(i for i in standards.pack(PACK, day=TODAY).indicators if i.measure.parameters.get("evidence"))
    given = {"community": district.community("001"), "question": indicator.measure.questions[0]}
    kept = operations.add_evidence(district.act, district.worker("001"), content=b"%PDF-1.7 then", **given)
    of = district.run()
    operations.add_evidence(district.later(), district.worker("001"), content=b"%PDF-1.7 later", **given)

    detail = queries.finding(district.scope(), of.id, given["community"], indicator.key)

    assert detail.evidence == (kept,)


def test_a_round_of_a_district_reads_no_edition_of_another(district: CheckedDistrict) -> None:
    other = place_operations.open_district(district.act, code="990103", name="邻区").place
    both = replace(district.scope(), grants=(Grant(Role.DISTRICT_OFFICER, frozenset({district.place, other})),))
    edition = places.current(both, district.place).id

    with pytest.raises(places.NoSuchEdition):
        operations.run_round(district.act, both, district=other, pack_key=PACK, day=TODAY, edition=edition)


def test_maps_get_the_walk_of_every_building(district: CheckedDistrict) -> None:
    of = district.run()

    found = queries.building_distances(district.scope(), of.id, "kindergarten")
    own = queries.building_distances(district.scope(), of.id, "elder_meal")

    assert found.building.shape == found.distance_cm.shape == (16,)
    assert (found.distance_cm < INFINITY_CM).all()
    # Only the four homes of compound A may use its canteen.
    assert np.count_nonzero(own.distance_cm < INFINITY_CM) == 4


# --- Comparing ------------------------------------------------------------------------------------------------------


def test_another_edition_moves_figures_by_data(district: CheckedDistrict) -> None:
    before = district.run()
    more = ("F9", shapely.Point(900, 300), {"kind": "party_service_center"})
    district.act = district.later()
    district.import_(builders.with_layer(a_district_to_check(), facilities(more)))

    after = district.run()
    comparison = queries.compare_rounds(district.scope(), before.id, after.id)

    assert comparison.changed == {Cause.DATA}
    assert comparison.moves
    assert {move.cause for move in comparison.moves} == {Cause.DATA}
    counted = [m for m in comparison.moves if m.indicator == "YT-A07"]
    assert [m.community for m in counted] == [district.community("002")]


def test_reports_move_figures_by_answers(district: CheckedDistrict) -> None:
    before = district.run()
    place = district.community("001")
    question = standards.pack(PACK, day=TODAY).indicator("YT-F8").measure.questions[0]
    figures = {question: operations.Report(80, 100)}
    operations.report_figures(district.act, district.scope(), community=place, day=TODAY, figures=figures)

    after = district.run()
    comparison = queries.compare_rounds(district.scope(), before.id, after.id)

    assert comparison.changed == {Cause.ANSWERS}
    [move] = comparison.moves
    assert (move.community, move.indicator, move.cause) == (place, "YT-F8", Cause.ANSWERS)
    assert move.after is not None
    assert move.after.value.number == 80


def test_a_recomputed_round_tells_method_and_data_apart(
    district: CheckedDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = district.run()
    monkeypatch.setattr("linli.domain.checkup.operations.rounds.method_fingerprint", lambda: "f" * 64)
    more = ("F9", shapely.Point(900, 300), {"kind": "party_service_center"})
    district.act = district.later()
    district.import_(builders.with_layer(a_district_to_check(), facilities(more)))
    after = district.run()

    apart = queries.compare_rounds(district.scope(), before.id, after.id)
    assert apart.changed == {Cause.DATA, Cause.METHOD}
    assert {move.cause for move in apart.moves} == {Cause.SEVERAL}

    operations.recompute(district.act, district.scope(), round=before.id)
    told = queries.compare_rounds(district.scope(), before.id, after.id)
    assert {move.cause for move in told.moves} == {Cause.DATA}


def test_a_round_keeps_its_pack_exactly(district: CheckedDistrict) -> None:
    of = district.run()

    assert queries.round_pack(district.scope(), of.id) == standards.pack(PACK, day=TODAY, district=district.place)
    for key in standards.packs():
        pack = standards.pack(key, day=TODAY)
        assert keeping.unpacked(keeping.packed(pack)) == pack
    with pytest.raises(keeping.NotAPack):
        keeping.unpacked(b"nothing")


def test_an_indicator_of_answers_alone_has_no_buildings_behind_it(district: CheckedDistrict) -> None:
    of = district.run()
    place = district.community("001")

    detail = queries.finding(district.scope(), of.id, place, "YT-F8")

    assert (detail.buildings, detail.facilities, detail.answers) == ((), (), ())
    assert detail.result.reason is Reason.DATA_MISSING


def test_two_standards_over_the_same_data(district: CheckedDistrict) -> None:
    one, two = district.run(), district.run(pack_key="complete-community")

    comparison = queries.compare_standards(district.scope(), one.id, two.id)

    assert comparison.same_data
    assert len(comparison.rows) == 4
    assert all(row.first.place == row.second.place for row in comparison.rows)
    with pytest.raises(queries.NotComparable):
        queries.compare_rounds(district.scope(), one.id, two.id)


def test_incomplete_lists_are_no_failures(district: CheckedDistrict) -> None:
    found = queries.findings(district.scope(), district.run().id)

    for result in found:
        if result.value.lower_bound and result.value.number is not None and not result.value.lower_is_better:
            assert result.state in {State.MET, State.NOT_ASSESSABLE}
    assert not any(r.reason is Reason.EVIDENCE_MISSING for r in found)
