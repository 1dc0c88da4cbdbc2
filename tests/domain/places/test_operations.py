"""Imports, corrections and withdrawals, and the editions they make."""

from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from builders import KINDS, a_layer, a_small_district, lonlat, with_layer
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from linli.domain.journal import queries as journal
from linli.domain.people.rules import NotPermitted, Purpose, Role
from linli.domain.places import models, operations, queries
from linli.domain.places.rules import assembly, corrections, fingerprint
from linli.domain.places.rules.package import Fault, Severity


def assert_same(one: Any, other: Any, *, without: tuple[str, ...] = (), path: str = "") -> None:
    """Equal field by field, array by array."""
    for field in fields(one):
        if field.name in without:
            continue
        left, right = getattr(one, field.name), getattr(other, field.name)
        name = f"{path}.{field.name}"
        if is_dataclass(left):
            assert_same(left, right, without=without, path=name)
        elif isinstance(left, np.ndarray):
            np.testing.assert_array_equal(left, right, err_msg=name)
        else:
            assert left == right, name


def test_an_edition_gives_back_the_package(opened: Any) -> None:
    package = a_small_district()
    edition = operations.import_package(opened.act, opened.officer(), package)

    back = queries.package_of(opened.officer(), edition.id)

    assert edition.number == 1
    assert edition.fingerprint == package.fingerprint == fingerprint.sealed(back).fingerprint
    assert_same(assembly.assemble(package, facility_kinds=KINDS), assembly.assemble(back, facility_kinds=KINDS))


def test_a_situation_of_the_database_differs_in_ids_alone(opened: Any, tmp_path: Path) -> None:
    package = a_small_district()
    edition = operations.import_package(opened.act, opened.officer(), package)

    fresh = queries.situation(opened.officer(), edition.id, facility_kinds=KINDS, cache=tmp_path)
    cached = queries.situation(opened.officer(), edition.id, facility_kinds=KINDS, cache=tmp_path)
    plain = queries.situation(opened.officer(), edition.id, facility_kinds=KINDS)

    assert len(list(tmp_path.iterdir())) == 1
    assert_same(fresh, cached)
    assert_same(plain, cached)
    assert_same(fresh, assembly.assemble(package, facility_kinds=KINDS), without=("place", "subdistrict_place"))
    assert (cached.buildings.place > 0).all()
    assert cached.areas.place[0] == queries.place_by_code("990102001001", date(2026, 7, 1))


def test_the_same_package_again_changes_nothing(opened: Any) -> None:
    first = operations.import_package(opened.act, opened.officer(), a_small_district())
    rows = models.Version.objects.count()

    again = operations.import_package(opened.act, opened.officer(), a_small_district())

    assert again == first
    assert models.Version.objects.count() == rows


def test_an_import_writes_what_changed_and_nothing_else(opened: Any) -> None:
    package = a_small_district()
    operations.import_package(opened.act, opened.officer(), package)
    rows = models.Version.objects.count()
    table = package.layers["premises"]
    changed = replace(table, attributes=({**table.attributes[0], "state": "in_use"},))

    edition = operations.import_package(opened.act, opened.officer(), with_layer(package, changed))

    assert edition.number == 2
    assert models.Version.objects.count() == rows + 1
    assert [(c.layer, c.added, c.changed, c.ended) for c in queries.changes(opened.officer(), edition.id)] == [
        ("premises", 0, 1, 0)
    ]
    first = queries.edition(opened.officer(), opened.place, fingerprint=package.fingerprint)
    assert queries.package_of(opened.officer(), first.id).layers["premises"].attributes[0]["state"] == "idle"


def test_a_correction_survives_the_next_import(opened: Any) -> None:
    package = a_small_district()
    operations.import_package(opened.act, opened.officer(), package)
    place = models.Version.objects.get(layer="buildings", key="A1").place_id
    operations.correct_place(
        opened.act, opened.officer(), place, changes={"floors": 9, "year": None}, reason="实地核查"
    )
    table = package.layers["land"]
    renewed = replace(table, attributes=({"kind": "green", "name": "新公园"},))

    edition = operations.import_package(opened.act, opened.officer(), with_layer(package, renewed))

    building = queries.record(opened.officer(), place).now
    assert building is not None
    assert building.attributes["floors"] == 9
    assert "year" not in building.attributes
    assert building.is_corrected
    assert edition.number == 3
    assert queries.record(opened.officer(), place).versions[0].reason == "实地核查"
    again = operations.import_package(opened.act, opened.officer(), with_layer(package, renewed))
    assert again == edition


def test_a_withdrawn_import_leaves_the_state_before_it_and_later_corrections(opened: Any) -> None:
    package = a_small_district()
    first = operations.import_package(opened.act, opened.officer(), package)
    fewer = with_layer(package, a_layer("premises", []))
    second = operations.import_package(opened.act, opened.officer(), fewer)
    place = models.Version.objects.get(layer="buildings", key="A1", until_edition=None).place_id
    operations.correct_place(opened.act, opened.officer(), place, changes={"floors": 9}, reason="实地核查")

    withdrawn = operations.withdraw_import(opened.act, opened.officer(), second.id, reason="来源有误")

    back = queries.package_of(opened.officer(), withdrawn.id)
    assert back.layers["premises"].keys == ("P1",)
    floors = dict(zip(back.layers["buildings"].keys, back.layers["buildings"].attributes, strict=True))
    assert floors["A1"]["floors"] == 9
    assert withdrawn.base == first.id
    assert withdrawn.fingerprint == fingerprint.sealed(back).fingerprint
    with pytest.raises(operations.NotTheLatestImport):
        operations.withdraw_import(opened.act, opened.officer(), second.id, reason="再次")


def test_withdrawing_restores_the_fingerprint(opened: Any) -> None:
    package = a_small_district()
    first = operations.import_package(opened.act, opened.officer(), package)
    second = operations.import_package(opened.act, opened.officer(), with_layer(package, a_layer("communities", [])))

    withdrawn = operations.withdraw_import(opened.act, opened.officer(), second.id, reason="来源有误")
    third = operations.import_package(opened.act, opened.officer(), package)

    assert withdrawn.fingerprint == first.fingerprint
    assert third == withdrawn
    # The codes that the withdrawn import had ended never ended.
    for day in (date(2026, 6, 30), date(2026, 7, 1), date(2026, 11, 21)):
        assert queries.place_by_code("990102001001", day)


def test_the_first_import_withdrawn_leaves_nothing(opened: Any) -> None:
    first = operations.import_package(opened.act, opened.officer(), a_small_district())

    empty = operations.withdraw_import(opened.act, opened.officer(), first.id, reason="来源有误")

    assert not models.Version.objects.filter(until_edition=None).exists()
    with pytest.raises(queries.EmptyEdition):
        queries.package_of(opened.officer(), empty.id)
    assert operations.import_package(opened.act, opened.officer(), a_small_district()).number == 3


def test_refused_rows_refuse_all_until_the_rest_is_asked_for(opened: Any) -> None:
    fault = Fault(Severity.REFUSED, "楼栋.xlsx", layer="buildings", row=7, column="层数", found="二十", allowed="0–200")
    package = replace(a_small_district(), faults=(fault, Fault(Severity.NOTE, "楼栋.xlsx")))

    with pytest.raises(operations.PackageRefused) as refusal:
        operations.import_package(opened.act, opened.officer(), package)
    assert refusal.value.faults == (fault,)
    assert not models.Version.objects.exists()

    edition = operations.import_package(opened.act, opened.officer(), package, rest=True)

    (task,) = queries.open_tasks(opened.officer(), opened.place)
    assert (task.edition, len(task.faults), task.faults[0]["row"]) == (edition.id, 1, 7)
    operations.close_task(opened.act, opened.officer(), task.id)
    operations.close_task(opened.act, opened.officer(), task.id)
    assert queries.open_tasks(opened.officer(), opened.place) == ()


def test_a_repeated_key_refuses_all(opened: Any) -> None:
    package = a_small_district()
    table = package.layers["premises"]
    twice = replace(
        table, keys=table.keys * 2, attributes=table.attributes * 2, geometry=np.concatenate([table.geometry] * 2)
    )

    with pytest.raises(operations.RepeatedKey, match="P1"):
        operations.import_package(opened.act, opened.officer(), with_layer(package, twice))
    assert not models.Edition.objects.exists()


def test_a_district_that_is_not_open_takes_no_package(opened: Any) -> None:
    with pytest.raises(operations.NotAnotherDistrict):
        operations.import_package(opened.act, opened.officer(), a_small_district(code="990103"))
    with pytest.raises(operations.DistrictIsOpen):
        operations.open_district(opened.act, code="990102", name="测试区")


def test_who_may_not_is_refused(opened: Any) -> None:
    package = a_small_district()
    with pytest.raises(NotPermitted):
        operations.import_package(opened.act, opened.officer(Purpose.CHECKUP), package)
    edition = operations.import_package(opened.act, opened.officer(), package)
    south = queries.place_by_code("990102001001", date(2026, 7, 1))
    worker = opened.holder(Role.COMMUNITY_WORKER, south)
    home = models.Version.objects.get(layer="buildings", key="A1").place_id
    abroad = models.Version.objects.get(layer="buildings", key="B1").place_id

    operations.correct_place(opened.act, worker, home, changes={"floors": 7}, reason="实地核查")
    with pytest.raises(NotPermitted):
        operations.correct_place(opened.act, worker, abroad, changes={"floors": 7}, reason="实地核查")
    moved = lonlat(shapely.Point(900, 100))[0]
    with pytest.raises(NotPermitted), transaction.atomic():
        operations.correct_place(opened.act, worker, home, geometry=moved, reason="移到别处")
    for own in ({"geometry": lonlat(shapely.box(0, 0, 900, 600))[0]}, {"changes": {"subdistrict": "990102002"}}):
        with pytest.raises(NotPermitted):
            operations.correct_place(opened.act, worker, south, reason="把邻居划进来", **own)
    operations.correct_place(opened.act, worker, south, changes={"name": "新名"}, reason="改名")
    with pytest.raises(NotPermitted):
        operations.withdraw_import(opened.act, worker, edition.id, reason="不该")
    with pytest.raises(NotPermitted):
        queries.package_of(worker, edition.id)
    with pytest.raises(NotPermitted):
        queries.record(worker, abroad)
    assert {f.key for f in queries.features(worker, "buildings", edition.id).features} == {"A1", "A2", "A3", "A4", "S1"}


@pytest.mark.parametrize(("layer", "key"), [("facilities", "F3"), ("communities", "990102001001")])
def test_an_edition_after_a_correction_has_the_fingerprint_of_what_it_holds(opened: Any, layer: str, key: str) -> None:
    operations.import_package(opened.act, opened.officer(), a_small_district())
    place = models.Version.objects.get(layer=layer, key=key).place_id
    shape = shapely.Point(700, 700) if layer == "facilities" else shapely.box(0, 0, 700, 600)

    named = operations.correct_place(opened.act, opened.officer(), place, changes={"name": "新名"}, reason="实地核查")
    moved = operations.correct_place(opened.act, opened.officer(), place, geometry=lonlat(shape)[0], reason="实地核查")

    for edition in (named, moved):
        back = queries.package_of(opened.officer(), edition.id)
        assert fingerprint.sealed(back).fingerprint == edition.fingerprint
    history = queries.record(opened.officer(), place)
    assert len(history.versions) == 3
    assert history.now is not None
    if layer == "facilities":
        assert history.now.area == queries.place_by_code("990102002004", date(2026, 11, 21))
    imported = operations.import_package(opened.act, opened.officer(), a_small_district(source="又一次"))
    again = queries.record(opened.officer(), place).now
    assert again is not None
    assert again.name == "新名"
    assert again.geometry == history.now.geometry
    assert imported.number == 4


def test_a_correction_says_what_a_field_takes(opened: Any) -> None:
    operations.import_package(opened.act, opened.officer(), a_small_district())
    place = models.Version.objects.get(layer="buildings", key="A1").place_id

    for changes in ({"floors": 500}, {"floors": "六"}, {"use": "palace"}, {"height": 3}, {"key": "Z"}):
        with pytest.raises(corrections.NotAllowed):
            operations.correct_place(opened.act, opened.officer(), place, changes=changes, reason="试")
    line = shapely.LineString([(120, 30), (121, 30)])
    with pytest.raises(corrections.GeometryNotAllowed):
        operations.correct_place(opened.act, opened.officer(), place, geometry=line, reason="试")
    same = operations.correct_place(opened.act, opened.officer(), place, changes={"floors": 6}, reason="没有变化")
    assert same.number == 1
    assert not models.Correction.objects.exists()


def test_each_act_is_one_line_in_the_journal(opened: Any) -> None:
    edition = operations.import_package(opened.act, opened.officer(), a_small_district())
    place = models.Version.objects.get(layer="buildings", key="A1").place_id
    operations.correct_place(opened.act, opened.officer(), place, changes={"floors": 9}, reason="实地核查")
    operations.withdraw_import(opened.act, opened.officer(), edition.id, reason="来源有误")

    homes = queries.descendants([opened.place], date(2026, 7, 1))
    assert [line.verb for line in journal.lines(homes)] == [
        "places.withdraw_import",
        "places.correct_place",
        "places.import_package",
        "places.open_district",
    ]


def test_a_code_that_is_gone_ends_and_may_come_again(opened: Any) -> None:
    package = a_small_district()
    operations.import_package(opened.act, opened.officer(), package)
    later = package.day + timedelta(days=90)
    table = package.layers["communities"]
    fewer = replace(table, keys=table.keys[:3], geometry=table.geometry[:3], attributes=table.attributes[:3])
    place = queries.place_by_code("990102002004", package.day)
    operations.import_package(opened.act, opened.officer(), with_layer(package, fewer, day=later))

    assert queries.place_by_code("990102002004", later - timedelta(days=1)) == place
    with pytest.raises(queries.NoSuchPlace):
        queries.place_by_code("990102002004", later)

    again = later + timedelta(days=30)
    operations.import_package(opened.act, opened.officer(), with_layer(package, table, day=again))
    assert queries.place_by_code("990102002004", again) == place


def test_a_renumbered_community_stays_itself(opened: Any) -> None:
    package = a_small_district()
    operations.import_package(opened.act, opened.officer(), package)
    table = package.layers["communities"]
    place = queries.place_by_code("990102002004", package.day)
    on = package.day + timedelta(days=30)

    operations.succeed_code(opened.act, opened.officer(), place, on=on, code="990102002005")

    assert queries.place_by_code("990102002004", on - timedelta(days=1)) == place
    assert queries.place_by_code("990102002005", on) == place
    renumbered = replace(table, keys=(*table.keys[:3], "990102002005"))
    later = with_layer(package, renumbered, day=on, control_totals={"990102002005": 500})
    operations.import_package(opened.act, opened.officer(), later)
    history = queries.record(opened.officer(), place)
    assert [code.code for code in history.codes] == ["990102002005", "990102002004"]
    assert len(history.versions) == 2
    with pytest.raises(operations.CodeSucceeded, match="990102002004"):
        operations.import_package(opened.act, opened.officer(), with_layer(package, table, day=on, source="旧编号"))
    with pytest.raises(operations.NoSuchCode):
        operations.succeed_code(opened.act, opened.officer(), opened.place, on=on, code="1")


def test_a_community_may_be_succeeded_by_another(opened: Any) -> None:
    package = a_small_district()
    operations.import_package(opened.act, opened.officer(), package)
    merged = queries.place_by_code("990102002004", package.day)
    larger = queries.place_by_code("990102002003", package.day)
    on = package.day + timedelta(days=30)

    operations.succeed_code(opened.act, opened.officer(), merged, on=on, successor=larger)

    with pytest.raises(queries.NoSuchPlace):
        queries.place_by_code("990102002004", on)
    assert queries.record(opened.officer(), merged).codes[0].successor == larger
    subdistrict = queries.place_by_code("990102001", package.day, district="990102")
    for nonsense in (larger, subdistrict, opened.place):
        with pytest.raises(operations.NoSuchCode):
            operations.succeed_code(opened.act, opened.officer(), larger, on=on, successor=nonsense)


def test_a_code_of_another_district_is_refused(opened: Any) -> None:
    operations.import_package(opened.act, opened.officer(), a_small_district())
    other = operations.open_district(opened.act, code="990103", name="邻区").place

    with pytest.raises(operations.CodeTaken), transaction.atomic():
        operations.import_package(
            opened.act, opened.holder(Role.DISTRICT_OFFICER, other), a_small_district(code="990103")
        )
    assert models.Edition.objects.filter(district_id=other).count() == 0


def test_the_database_refuses_what_must_not_be(opened: Any) -> None:
    operations.import_package(opened.act, opened.officer(), a_small_district())
    version = models.Version.objects.filter(layer="buildings").first()
    code = models.PlaceCode.objects.filter(code="990102001001").get()
    assert version is not None

    def breaks(constraint: str, **values: object) -> None:
        model = type(values.pop("row"))
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            model.objects.bulk_create([model(**values)])  # type: ignore[attr-defined]

    def row_of(row: Any, **changes: object) -> dict[str, object]:
        kept = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname != "id"}
        return {"row": row, **kept, **changes}

    edition = models.Edition.objects.get()
    other = models.Place.objects.exclude(pk=code.place_id).filter(layer="communities").first()
    assert other is not None
    breaks("places_version_once_an_edition", **row_of(version, from_edition=7))
    breaks("places_version_ends_after_it_begins", **row_of(version, from_edition=7, until_edition=7))
    breaks(
        "places_version_days_in_order", **row_of(version, from_edition=0, until_edition=1, until_on=date(2000, 1, 1))
    )
    breaks("places_version_bounds_match_geometry", **row_of(version, from_edition=0, until_edition=1, west=None))
    breaks("places_code_names_one_place_a_day", **row_of(code, place_id=other.pk, from_on=date(2030, 1, 1)))
    breaks("places_place_has_one_code_a_day", **row_of(code, code="990102001999"))
    breaks("places_code_ends_after_it_begins", **row_of(code, code="1", until_on=code.from_on))
    breaks("places_code_with_successor_has_ended", **row_of(code, code="1", successor_id=other.pk))
    breaks("places_edition_number_once", **row_of(edition))
    breaks("places_edition_number_from_one", **row_of(edition, number=0))
    breaks("places_edition_has_a_fingerprint", **row_of(edition, number=9, fingerprint="x"))
    breaks("places_import_has_a_header", **row_of(edition, number=9, header=None))
    breaks("places_change_has_a_reason", **row_of(edition, number=9, kind="correction", header=None))
    breaks(
        "places_import_is_withdrawn",
        **row_of(edition, number=9, kind="correction", header=None, reason="x", withdrawn_by_id=edition.pk),
    )
    place = models.Place.objects.get(layer="premises")
    breaks("places_key_names_one_place", **row_of(place))
    breaks("places_layer_is_known", **row_of(place, layer="moon"))
    breaks("places_place_lies_in_a_district", **row_of(place, district_id=None))
    breaks("places_correction_changes_something", row=models.Correction(), place=place, edition=edition)
    breaks("places_task_is_closed_by_someone", row=models.RefusedRows(), edition=edition, faults=[], closed_by=1)


@pytest.mark.parametrize("doubled", [1, 2])
def test_an_import_asks_the_database_the_same_few_times(opened: Any, doubled: int) -> None:
    package = a_small_district()
    table = package.layers["facilities"]
    more = replace(
        table,
        keys=tuple(f"{key}-{turn}" for turn in range(doubled) for key in table.keys),
        attributes=table.attributes * doubled,
        geometry=np.concatenate([table.geometry] * doubled),
    )
    bigger = with_layer(package, more)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        operations.import_package(opened.act, opened.officer(), bigger)

    assert len(asked) == 26


def test_every_area_finds_its_parents(opened: Any) -> None:
    operations.import_package(opened.act, opened.officer(), a_small_district())
    south = queries.place_by_code("990102001", date(2026, 7, 1))

    assert len(queries.descendants([opened.place], date(2026, 7, 1))) == 7
    assert len(queries.descendants([south], date(2026, 7, 1))) == 3
    assert queries.descendants([opened.place], date(2020, 1, 1)) == {opened.place}
    tree = queries.areas_tree(opened.holder(Role.SUBDISTRICT_OFFICER, south))
    assert [(area.layer, area.name, area.is_within) for area in tree] == [
        ("district", "测试区", False),
        ("subdistricts", "南街道", True),
        ("communities", "清波社区", True),
        ("communities", "柳浪社区", True),
    ]
    assert tree[2].parent == south


def test_records_are_found_by_name_and_box(opened: Any) -> None:
    edition = operations.import_package(opened.act, opened.officer(), a_small_district())

    assert [one.name for one in queries.search(opened.officer(), "清波")] == ["清波社区", "清波社区", "清波幼儿园"]
    assert [one.key for one in queries.search(opened.officer(), "A1")] == ["A1"]
    assert queries.search(opened.officer(), " ") == ()
    box = shapely.total_bounds(lonlat(shapely.box(0, 0, 300, 300)))
    page = queries.features(opened.officer(), "buildings", edition.id, bbox=tuple(box), limit=3)
    assert page.matched == 4
    assert [feature.key for feature in page.features] == ["A1", "A2", "A3"]
    assert page.features[0].geometry is not None
