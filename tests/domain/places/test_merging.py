"""One facility, one record."""

from collections.abc import Mapping

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.domain.places.rules import merging

Record = tuple[str, Mapping[str, object], shapely.Geometry]


def merged(*records: Record) -> merging.Merged:
    shapes = np.array([shape for _, _, shape in records], dtype=object)
    return merging.merged_facilities([key for key, _, _ in records], [facts for _, facts, _ in records], shapes)


def at(x: float, y: float) -> shapely.Point:
    return shapely.Point(x, y)


def test_a_point_in_a_polygon_is_the_same_facility_unless_the_names_differ() -> None:
    school = shapely.box(0, 0, 100, 100)

    same = merged(("a", {"kind": "school"}, at(50, 50)), ("b", {"kind": "school", "name": "一小"}, school))
    other = merged(
        ("a", {"kind": "school", "name": "二小"}, at(50, 50)), ("b", {"kind": "school", "name": "一小"}, school)
    )

    assert same.rows.tolist() == [1]
    assert same.merges == (merging.Merge("b", ("a",)),)
    assert other.rows.tolist() == [0, 1]


def test_one_name_within_thirty_metres_is_one_facility() -> None:
    stop = {"kind": "bus_stop", "name": "Ｔ1 路口"}
    plain = {"kind": "bus_stop", "name": "t1路口"}

    assert merged(("a", stop, at(0, 0)), ("b", plain, at(29, 0))).rows.tolist() == [0]
    assert merged(("a", stop, at(0, 0)), ("b", plain, at(31, 0))).rows.tolist() == [0, 1]


def test_other_kinds_and_unnamed_neighbors_stay_apart() -> None:
    assert merged(("a", {"kind": "clinic"}, at(0, 0)), ("b", {"kind": "pharmacy"}, at(0, 0))).rows.size == 2
    assert merged(("a", {"kind": "bus_stop"}, at(0, 0)), ("b", {"kind": "bus_stop"}, at(10, 0))).rows.size == 2
    assert merged(("a", {"kind": "bus_stop"}, at(0, 0)), ("b", {"kind": "bus_stop"}, at(0.5, 0))).rows.size == 1


def test_what_the_kept_record_does_not_know_is_filled_in() -> None:
    outline = shapely.box(0, 0, 10, 10)
    result = merged(
        ("a", {"kind": "clinic", "name": "站", "capacity": 5.0, "area_m2": None}, at(5, 5)),
        ("b", {"kind": "clinic", "capacity": 9.0}, outline),
        ("c", {"kind": "clinic", "area_m2": 80.0, "name": "站"}, at(6, 6)),
    )

    assert result.rows.tolist() == [1]
    assert result.attributes[0] == {"kind": "clinic", "name": "站", "capacity": 9.0, "area_m2": 80.0}
    assert result.merges == (merging.Merge("b", ("a", "c")),)


def test_nothing_merges_into_nothing() -> None:
    assert merged().rows.size == 0


records = st.lists(
    st.tuples(st.sampled_from(["clinic", "school"]), st.sampled_from(["", "甲", "乙"]), st.integers(0, 60)), max_size=12
)


@pytest.mark.slow
@settings(deadline=None)
@given(given_records=records)
def test_every_record_is_kept_or_merged_once_and_merging_again_changes_nothing(
    given_records: list[tuple[str, str, int]],
) -> None:
    whole: list[Record] = [
        (str(number), {"kind": kind, "name": name} if name else {"kind": kind}, at(x, 0))
        for number, (kind, name, x) in enumerate(given_records)
    ]

    once = merged(*whole)

    kept = [whole[row][0] for row in once.rows]
    dropped = [key for merge in once.merges for key in merge.dropped]
    assert sorted(kept + dropped, key=int) == [key for key, _, _ in whole]
    assert all(facts["kind"] == whole[row][1]["kind"] for row, facts in zip(once.rows, once.attributes, strict=True))
