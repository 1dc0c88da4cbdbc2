"""Edits as JSON: what is written comes back, and what cannot be read is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.domain.planning.rules.scenarios.edits import (
    EDITS_AT_MOST,
    FORMS,
    KIND_NAMES,
    POINTS_AT_MOST,
    Edit,
    EditKind,
    form_faults,
    from_json,
    to_json,
)
from linli.domain.planning.rules.scenarios.faults import EditFault, EditsRefused, FaultKind

POINT = [120.1, 30.2]
GOOD: dict[EditKind, dict[str, Any]] = {
    EditKind.OPEN_GATE: {"line": [POINT]},
    EditKind.CLOSE_GATE: {"target": "G1"},
    EditKind.ADD_WAY: {"line": [POINT, [120.2, 30.3]]},
    EditKind.CLOSE_WAY: {"line": [POINT, [120.2, 30.3]], "slices": ["night"]},
    EditKind.REMOVE_WALL: {"target": "C1"},
    EditKind.ADD_FACILITY: {"line": [POINT], "facility_kind": "clinic", "capacity": 40, "open_to": "residents"},
    EditKind.CONVERT_PREMISES: {"target": "P1", "facility_kind": "clinic", "cost_fen": 100},
    EditKind.MOVE_FACILITY: {"line": [POINT], "target": "F1"},
    EditKind.RESIZE_FACILITY: {"target": "F1", "area_m2": 0},
    EditKind.CLOSE_FACILITY: {"target": "F1", "note": "并入新站"},
    EditKind.SHARE_FACILITY: {"target": "F1"},
    EditKind.ADD_HOMES: {"line": [POINT], "people": [1, 0, 0, 0, 2, 0, 0], "dwellings": 2},
}

coordinates = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
amounts = st.one_of(st.none(), st.floats(0, 1_000_000))


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """Any edit of good form."""
    kind = draw(st.sampled_from(EditKind))
    form = FORMS[kind]
    fields = {*form.needs, *form.may, *form.either}
    low, high = form.points
    given: dict[str, Any] = {}
    if "line" in fields:
        given["line"] = tuple(draw(st.lists(coordinates, min_size=max(low, 1), max_size=min(high, 5))))
    if "target" in fields:
        given["target"] = draw(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=20))
    if "facility_kind" in fields:
        given["facility_kind"] = draw(st.sampled_from(["clinic", "park"]))
    if "capacity" in fields:
        given["capacity"] = draw(st.floats(0, 1_000_000)) if form.either else draw(amounts)
    if "area_m2" in fields:
        given["area_m2"] = draw(amounts)
    if "people" in fields:
        given["people"] = tuple(draw(st.lists(st.integers(1, 1000), min_size=7, max_size=7)))
        given["dwellings"] = draw(st.integers(0, 1000))
    if "open_to" in fields:
        given["open_to"] = draw(st.sampled_from(["all", "residents"]))
    given["slices"] = tuple(draw(st.lists(st.sampled_from(["night", "evening"]), unique=True)))
    given["cost_fen"] = draw(st.one_of(st.none(), st.integers(0, 10**12)))
    given["note"] = draw(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30))
    return Edit(kind, **given)


@given(st.lists(edits(), max_size=5))
def test_what_is_written_comes_back(written: list[Edit]) -> None:
    assert from_json(to_json(written)) == tuple(written)
    assert form_faults(written) == ()


def faults_in(sent: object) -> tuple[EditFault, ...]:
    try:
        from_json(sent)
    except EditsRefused as refused:
        return refused.faults
    return ()


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists, max_leaves=10))
def test_nothing_that_anyone_sends_breaks_the_reader(value: object) -> None:
    known = ["kind", "line", "people", "slices", "capacity", "cost_fen", "target"]
    raw = [dict.fromkeys(known, value) | {"kind": kind.value} for kind in EditKind]

    for sent in (value, [value], raw):
        faults = faults_in(sent)
        assert faults or to_json(from_json(sent)) is not None


def test_every_kind_has_a_name_a_form_and_an_example() -> None:
    assert set(KIND_NAMES) == set(FORMS) == set(GOOD) == set(EditKind)
    assert len(set(KIND_NAMES.values())) == len(EditKind)
    for kind, fields in GOOD.items():
        (edit,) = from_json([{"kind": kind.value, **fields}])
        assert edit.kind is kind


def fault_of(kind: EditKind, **changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(EditsRefused) as refused:
        from_json([{"kind": kind.value, **GOOD[kind], **changes}])
    assert {fault.kind for fault in refused.value.faults} == {FaultKind.FIELD}
    return [(fault.field, fault.found) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (EditKind.RESIZE_FACILITY, "capacity", -1),
        (EditKind.RESIZE_FACILITY, "capacity", "40"),
        (EditKind.RESIZE_FACILITY, "capacity", True),
        (EditKind.RESIZE_FACILITY, "area_m2", 1e7),
        (EditKind.ADD_WAY, "line", [POINT]),
        (EditKind.ADD_WAY, "line", [POINT] * (POINTS_AT_MOST + 1)),
        (EditKind.ADD_WAY, "line", [POINT, [181, 0]]),
        (EditKind.ADD_WAY, "line", [POINT, [0, 0, 0]]),
        (EditKind.ADD_WAY, "line", "LINESTRING"),
        (EditKind.ADD_FACILITY, "line", [POINT, POINT]),
        (EditKind.ADD_FACILITY, "open_to", "friends"),
        (EditKind.ADD_FACILITY, "people", [1] * 7),
        (EditKind.ADD_HOMES, "people", [1, 2]),
        (EditKind.ADD_HOMES, "people", [0] * 7),
        (EditKind.ADD_HOMES, "people", [-1] + [1] * 6),
        (EditKind.ADD_HOMES, "dwellings", 1.5),
        (EditKind.CLOSE_FACILITY, "target", 7),
        (EditKind.CLOSE_FACILITY, "target", "x" * 201),
        (EditKind.CLOSE_FACILITY, "cost_fen", -5),
        (EditKind.CLOSE_FACILITY, "slices", "night"),
        (EditKind.CLOSE_FACILITY, "slices", [1]),
        (EditKind.CLOSE_FACILITY, "note", "x" * 501),
        (EditKind.CLOSE_FACILITY, "color", "red"),
    ],
)
def test_a_field_that_does_not_fit_is_named(kind: EditKind, field: str, value: object) -> None:
    found = fault_of(kind, **{field: value})

    assert field in [name for name, _ in found]
    assert all(len(text) <= 80 for _, text in found)


@pytest.mark.parametrize(
    ("kind", "missing", "named"),
    [
        (EditKind.OPEN_GATE, "line", "line"),
        (EditKind.CLOSE_GATE, "target", "line"),
        (EditKind.REMOVE_WALL, "target", "target"),
        (EditKind.CONVERT_PREMISES, "facility_kind", "facility_kind"),
        (EditKind.RESIZE_FACILITY, "area_m2", "capacity"),
        (EditKind.ADD_HOMES, "people", "people"),
    ],
)
def test_a_field_that_is_missing_is_named(kind: EditKind, missing: str, named: str) -> None:
    # Nothing said is the same as nothing there.
    for nothing in (None, "", []):
        assert named in [name for name, _ in fault_of(kind, **{missing: nothing})]


def test_all_faults_come_at_once_with_the_number_of_their_edit() -> None:
    sent = [{"kind": "fly"}, 3, {"kind": "add_way", "line": [POINT, POINT], "capacity": 1}, {"kind": "close_facility"}]

    with pytest.raises(EditsRefused) as refused:
        from_json(sent)

    assert [(fault.number, fault.field) for fault in refused.value.faults] == [
        (1, "kind"),
        (2, ""),
        (3, "capacity"),
        (4, "target"),
    ]


def test_a_list_is_a_list_and_not_too_long() -> None:
    with pytest.raises(EditsRefused) as none:
        from_json({"kind": "add_way"})
    with pytest.raises(EditsRefused) as long:
        from_json([{"kind": "close_facility", "target": "F"}] * (EDITS_AT_MOST + 1))

    assert [fault.kind for fault in none.value.faults] == [FaultKind.NOT_A_LIST]
    assert long.value.faults == (EditFault(0, FaultKind.TOO_MANY, found="101", allowed="0…100"),)


def test_faults_of_form_are_found_in_edits_made_by_a_program() -> None:
    (fault,) = form_faults([Edit(EditKind.RESIZE_FACILITY, target="F1", capacity=float("nan"))])

    assert (fault.number, fault.field) == (1, "capacity")


@pytest.mark.parametrize(
    ("kind", "values", "named"),
    [
        (EditKind.ADD_FACILITY, {"capacity": 10**400}, "capacity"),
        (EditKind.ADD_FACILITY, {"line": [[10**400, 30]]}, "line"),
        (EditKind.CLOSE_FACILITY, {"target": "\ud800"}, "target"),
        (EditKind.CLOSE_FACILITY, {"note": "\ud800"}, "note"),
        (EditKind.CLOSE_FACILITY, {"slices": ["\ud800"]}, "slices"),
    ],
)
def test_what_no_number_and_no_database_can_hold_is_refused(kind: EditKind, values: dict[str, Any], named: str) -> None:
    assert named in [name for name, _ in fault_of(kind, **values)]
