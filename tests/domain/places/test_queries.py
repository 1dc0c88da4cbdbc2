"""What questions cost, and what each kind of officer sees."""

from typing import Any

import pytest
import shapely
from builders import KINDS, a_small_district, lonlat
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.domain.people.rules import NotPermitted, Role
from linli.domain.places import operations, queries


@pytest.fixture
def imported(opened: Any) -> Any:
    operations.import_package(opened.act, opened.officer(), a_small_district())
    return opened


def test_every_question_costs_a_few_queries(imported: Any) -> None:
    scope = imported.officer()
    edition = queries.current(scope, imported.place).id
    place = queries.features(scope, "buildings", edition, limit=1).features[0].place

    def cost(ask: Any) -> int:
        with CaptureQueriesContext(connection) as asked:
            ask()
        return len(asked)

    assert cost(lambda: queries.district("990102")) == 2
    assert cost(lambda: queries.editions(scope, imported.place)) == 1
    assert cost(lambda: queries.current(scope, imported.place)) == 2
    assert cost(lambda: queries.areas_tree(scope)) == 1
    assert cost(lambda: queries.features(scope, "buildings", edition)) == 3
    assert cost(lambda: queries.search(scope, "清波")) == 1
    assert cost(lambda: queries.record(scope, place)) == 4
    assert cost(lambda: queries.descendants([imported.place], scope.day)) == 1
    assert cost(lambda: queries.package_of(scope, edition)) == 1 + 12
    assert cost(lambda: queries.situation(scope, edition, facility_kinds=KINDS)) == 2 + 12


def test_a_subdistrict_officer_sees_the_subdistrict(imported: Any) -> None:
    south = queries.place_by_code("990102001", imported.act.at.date())
    north = queries.place_by_code("990102002", imported.act.at.date())
    officer = imported.holder(Role.SUBDISTRICT_OFFICER, south)
    edition = queries.current(officer, imported.place).id

    def keys(layer: str, **asked: Any) -> list[str]:
        return [feature.key for feature in queries.features(officer, layer, edition, **asked).features]

    assert keys("subdistricts") == ["990102001"]
    assert keys("communities") == ["990102001001", "990102001002"]
    assert keys("compounds") == ["A", "B"]
    assert keys("compounds", within=queries.descendants([north], officer.day)) == []
    assert [one.key for one in queries.search(officer, "小区", layers=("compounds",))] == ["A", "B"]
    assert queries.search(officer, "丙小区") == ()
    with pytest.raises(NotPermitted):
        queries.editions(officer, imported.place)
    with pytest.raises(NotPermitted):
        queries.situation(officer, edition, facility_kinds=KINDS)
    assert queries.situation(officer, edition, facility_kinds=KINDS, area=south).buildings.key
    with pytest.raises(NotPermitted):
        queries.situation(officer, edition, facility_kinds=KINDS, area=north)


def test_an_area_of_one_district_opens_no_other(imported: Any) -> None:
    other = operations.open_district(imported.act, code="990109", name="远区").place
    stranger = imported.holder(Role.DISTRICT_OFFICER, other)
    edition = queries.current(imported.officer(), imported.place).id

    assert queries.features(stranger, "buildings", edition).matched == 0
    with pytest.raises(NotPermitted):
        queries.current(stranger, imported.place)
    with pytest.raises(NotPermitted):
        queries.situation(stranger, edition, facility_kinds=KINDS, area=other)
    with pytest.raises(NotPermitted):
        queries.changes(stranger, edition)
    assert queries.areas_tree(imported.holder(Role.DISTRICT_OFFICER)) == ()


def test_a_page_of_records_is_part_of_the_whole(imported: Any) -> None:
    scope = imported.officer()
    edition = queries.current(scope, imported.place).id
    whole = queries.features(scope, "buildings", edition)

    parts = [queries.features(scope, "buildings", edition, limit=5, offset=start) for start in (0, 5, 10, 15)]

    assert [feature.key for part in parts for feature in part.features] == [one.key for one in whole.features]
    assert {part.matched for part in parts} == {17}
    nowhere = tuple(shapely.total_bounds(lonlat(shapely.box(5000, 5000, 5001, 5001))).tolist())
    assert queries.features(scope, "buildings", edition, bbox=nowhere).matched == 0
