"""What edits mean for a situation, and what is refused."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
import shapely
from builders import KINDS, _buildings, _facilities, a_layer, a_small_district, lonlat, with_layer

from linli.compute.network import INFINITY_CM
from linli.domain.checkup.measures import prepare
from linli.domain.places.rules import assembly
from linli.domain.places.rules.layers import AGE_BANDS
from linli.domain.places.rules.package import DistrictPackage
from linli.domain.places.rules.situation import PeopleSource, Situation
from linli.domain.planning.measures.scenarios import cutting
from linli.domain.planning.measures.scenarios.applied import applied
from linli.domain.planning.measures.scenarios.ground import Ground, ground
from linli.domain.planning.measures.scenarios.resolving import resolve, resolve_all
from linli.domain.planning.measures.scenarios.touching import touched
from linli.domain.planning.rules.scenarios.edits import FORMS, Edit, EditKind
from linli.domain.planning.rules.scenarios.faults import EditFault, EditsRefused, FaultKind
from linli.domain.planning.rules.scenarios.resolved import Resolved
from linli.domain.standards import queries as standards

K = EditKind
SLICES = standards.time_slices()
NIGHT_OFF = "Mo-Su 06:00-22:00"


def assembled(package: DistrictPackage) -> Situation:
    return assembly.assemble(package, facility_kinds=KINDS)


def with_gates(
    *gates: tuple[str, float, float, dict[str, object]], package: DistrictPackage | None = None
) -> Situation:
    records = [(key, shapely.Point(x, y), {"compound": "A", **attributes}) for key, x, y, attributes in gates]
    return assembled(with_layer(package or a_small_district(), a_layer("gates", records)))


@pytest.fixture(scope="module")
def base() -> Ground:
    return ground(assembled(a_small_district()))


def at(x: float, y: float) -> tuple[float, float]:
    point = lonlat(shapely.Point(x, y))[0]
    return (float(point.x), float(point.y))


def line(*points: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    return tuple(at(*point) for point in points)


def resolved(on: Ground, *edits: Edit, slice: str = "") -> Resolved:
    return resolve(on.situation, edits, slice=slice, slices=SLICES, ground=on)


def faults_of(on: Ground, *edits: Edit, slice: str = "") -> tuple[EditFault, ...]:
    with pytest.raises(EditsRefused) as refused:
        resolved(on, *edits, slice=slice)
    return refused.value.faults


def kinds_of(on: Ground, *edits: Edit, slice: str = "") -> list[tuple[int, FaultKind]]:
    return [(fault.number, fault.kind) for fault in faults_of(on, *edits, slice=slice)]


def after(on: Ground, *edits: Edit, slice: str = "") -> Situation:
    return applied(on.situation, resolved(on, *edits, slice=slice))


def walk_cm(situation: Situation, building: str, kind: str) -> int:
    reach = prepare(situation)
    row = np.flatnonzero(reach.rows == situation.buildings.key.index(building))
    return int(reach.distance_cm[row[0], KINDS.index(kind)])


def same(one: Situation, two: Situation) -> None:
    """Equal in everything that a check-up reads, however their networks are numbered."""
    mine, yours = prepare(one), prepare(two)
    assert one.buildings.key == two.buildings.key
    assert np.array_equal(mine.distance_cm, yours.distance_cm)
    assert np.array_equal(mine.community, yours.community)
    for field in ("xy", "kind", "community", "compound", "capacity", "area_m2", "open_to_all"):
        # New points go through longitude and latitude.
        assert np.allclose(getattr(one.facilities, field), getattr(two.facilities, field), atol=1e-3, equal_nan=True), (
            field
        )


# --- Nothing, and the whole list ------------------------------------------------------------------------------------


def test_no_edits_change_nothing(base: Ground) -> None:
    nothing = resolved(base)

    assert not nothing.changes_network
    assert nothing.fingerprint == base.situation.fingerprint
    same(applied(base.situation, nothing), base.situation)


def test_notes_and_costs_change_no_fingerprint_and_all_else_does(base: Ground) -> None:
    edit = Edit(K.CLOSE_FACILITY, target="F1")

    marks = [
        resolved(base, one).fingerprint
        for one in (
            edit,
            replace(edit, note="并入", cost_fen=5),
            replace(edit, target="F3"),
        )
    ]

    assert marks[0] == marks[1] != marks[2]
    assert base.situation.fingerprint not in marks
    assert resolved(base, edit, slice="night").fingerprint not in marks


def test_costs_count_whatever_the_hour(base: Ground) -> None:
    edits = (
        Edit(K.CLOSE_FACILITY, target="F1", cost_fen=100, slices=("night",)),
        Edit(K.CLOSE_FACILITY, target="F3", cost_fen=10),
        Edit(K.CLOSE_FACILITY, target="F4"),
    )

    assert (resolved(base, *edits).cost_fen, resolved(base, *edits).cost_unknown) == (110, 1)
    assert resolved(base, *edits).edits == (2, 3)
    assert resolved(base, *edits, slice="night").edits == (1, 2, 3)


def test_a_slice_that_nobody_knows_is_refused(base: Ground) -> None:
    (fault,) = faults_of(base, Edit(K.CLOSE_FACILITY, target="F1", slices=("noon",)))

    assert (fault.kind, fault.found) == (FaultKind.UNKNOWN_SLICE, "noon")
    with pytest.raises(ValueError, match="noon"):
        resolved(base, slice="noon")


def test_faults_of_every_hour_come_at_once(base: Ground) -> None:
    edits = (
        Edit(K.CLOSE_FACILITY, target="F1", slices=("noon",)),
        Edit(K.CLOSE_FACILITY, target="nowhere"),
        Edit(K.CLOSE_GATE, target="nowhere", slices=("night",)),
    )

    with pytest.raises(EditsRefused) as refused:
        resolve_all(base.situation, edits[1:], slices=SLICES, ground=base)
    with pytest.raises(EditsRefused) as unknown:
        resolve_all(base.situation, edits, slices=SLICES, ground=base)

    assert [(f.number, f.kind) for f in refused.value.faults] == [(n, FaultKind.UNKNOWN_KEY) for n in (1, 2)]
    assert FaultKind.UNKNOWN_SLICE in {fault.kind for fault in unknown.value.faults}
    found = resolve_all(base.situation, (replace(edits[0], slices=("night",)),), slices=SLICES, ground=base)
    assert list(found) == ["", "night"]


def test_faults_of_form_are_refused_here_too(base: Ground) -> None:
    (fault,) = faults_of(base, Edit(K.RESIZE_FACILITY, target="F1", capacity=-1))

    assert (fault.kind, fault.field, fault.found) == (FaultKind.FIELD, "capacity", "-1")


# --- Facilities and homes -------------------------------------------------------------------------------------------


def as_imported(*more: tuple[str, shapely.Geometry, dict[str, object]], without: str = "") -> Situation:
    """The same district, had the facilities been imported so."""
    kept = [record for record in _facilities() if record[0] != without]
    return assembled(with_layer(a_small_district(), a_layer("facilities", [*kept, *more])))


def test_a_new_facility_counts_as_if_it_had_been_imported(base: Ground) -> None:
    edit = Edit(K.ADD_FACILITY, line=line((480, 330)), facility_kind="clinic", capacity=3, area_m2=80)
    imported = as_imported(("F9", shapely.Point(480, 330), {"kind": "clinic", "capacity": 3.0, "area_m2": 80.0}))

    same(after(base, edit), imported)


def test_a_facility_for_residents_serves_its_compound_only(base: Ground) -> None:
    edit = Edit(K.ADD_FACILITY, line=line((150, 140)), facility_kind="clinic", open_to="residents")
    attributes: dict[str, object] = {"kind": "clinic", "open_to": "residents"}

    same(after(base, edit), as_imported(("F9", shapely.Point(150, 140), attributes)))


def test_a_closed_facility_is_gone(base: Ground) -> None:
    same(after(base, Edit(K.CLOSE_FACILITY, target="F4")), as_imported(without="F4"))


def test_a_moved_facility_is_the_same_elsewhere(base: Ground) -> None:
    edits = (
        Edit(K.MOVE_FACILITY, target="F4", line=line((100, 900))),
        Edit(K.RESIZE_FACILITY, target="F4", capacity=9),
    )
    moved = after(base, *edits)

    attributes: dict[str, object] = {"kind": "clinic", "name": "社区卫生服务站", "capacity": 9.0}
    imported = as_imported(("F9", shapely.Point(100, 900), attributes), without="F4")
    same(moved, imported)
    assert moved.facilities.key[-1] == "F4"
    assert moved.facilities.name == imported.facilities.name
    assert moved.facilities.place[-1] == base.situation.facilities.place[2]


def test_idle_premises_become_a_facility_once(base: Ground) -> None:
    edit = Edit(K.CONVERT_PREMISES, target="P1", facility_kind="clinic")

    changed = after(base, edit)

    imported = as_imported(("F9", shapely.Point(420, 420), {"kind": "clinic", "area_m2": 200.0}))
    same(changed, imported)
    assert not changed.premises.idle.any()
    assert faults_of(base, edit, edit) == (EditFault(2, FaultKind.PREMISES_USED, key="P1", other=1),)


def test_a_facility_is_enlarged(base: Ground) -> None:
    bigger = after(
        base, Edit(K.RESIZE_FACILITY, target="F1", area_m2=900), Edit(K.RESIZE_FACILITY, target="F1", capacity=1)
    )

    assert bigger.facilities.area_m2[0] == 900
    assert bigger.facilities.capacity[0] == 1
    assert base.situation.facilities.capacity[0] == 270


def test_a_facility_that_is_shared_serves_everybody(base: Ground) -> None:
    shared = after(base, Edit(K.SHARE_FACILITY, target="F5"))

    assert shared.facilities.open_to_all.all()
    assert walk_cm(base.situation, "B1", "canteen") == INFINITY_CM
    assert walk_cm(shared, "B1", "canteen") < INFINITY_CM


def test_a_shared_ground_serves_as_another_kind_too(base: Ground) -> None:
    edit = Edit(K.SHARE_FACILITY, target="F1", facility_kind="clinic", slices=("evening",))

    assert after(base, edit).facilities.key == base.situation.facilities.key
    evening = after(base, edit, slice="evening").facilities
    assert evening.kind.tolist()[-1] == KINDS.index("clinic")
    assert evening.xy[-1].tolist() == evening.xy[0].tolist()
    assert evening.area_m2[-1] == evening.area_m2[0]
    assert evening.open_to_all[-1]


def test_new_homes_count_as_if_they_had_been_imported(base: Ground) -> None:
    people = (2, 3, 6, 3, 66, 16, 4)
    grown = after(base, Edit(K.ADD_HOMES, line=line((500, 250)), people=people, dwellings=40, area_m2=4000))
    old = base.situation.buildings
    new = grown.buildings

    assert new.key == (*old.key, "#1")
    assert new.people[-1].tolist() == list(people)
    assert (new.community[-1], new.compound[-1], new.grid_cell[-1]) == (0, -1, 0)
    assert (new.dwellings[-1], new.households[-1], new.year[-1]) == (40, 40, 2026)
    assert new.people_source[-1] == PeopleSource.PLANNED
    bands = {f"people_{band}": number for band, number in zip(AGE_BANDS, people, strict=True)}
    table = a_layer(
        "buildings", [*_buildings(), ("Z1", shapely.Point(500, 250), {"use": "residential", "dwellings": 40} | bands)]
    )
    imported = assembled(with_layer(a_small_district(), table))
    assert np.array_equal(prepare(grown).distance_cm, prepare(imported).distance_cm)
    assert np.array_equal(new.people, imported.buildings.people)


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([Edit(K.CLOSE_FACILITY, target="F2")], [(1, FaultKind.UNKNOWN_KEY)]),
        ([Edit(K.CLOSE_FACILITY, target="F1")] * 2, [(2, FaultKind.FACILITY_GONE)]),
        (
            [Edit(K.CLOSE_FACILITY, target="F1"), Edit(K.RESIZE_FACILITY, target="F1", capacity=1)],
            [(2, FaultKind.FACILITY_GONE)],
        ),
        ([Edit(K.CONVERT_PREMISES, target="P2", facility_kind="clinic")], [(1, FaultKind.UNKNOWN_KEY)]),
        ([Edit(K.CONVERT_PREMISES, target="P1", facility_kind="palace")], [(1, FaultKind.UNKNOWN_KIND)]),
        ([Edit(K.ADD_FACILITY, line=line((0, -9)), facility_kind="clinic")], [(1, FaultKind.OUTSIDE_DISTRICT)]),
        ([Edit(K.MOVE_FACILITY, line=line((-9, 0)), target="F1")], [(1, FaultKind.OUTSIDE_DISTRICT)]),
        ([Edit(K.ADD_HOMES, line=line((-9, 0)), people=(1,) * 7)], [(1, FaultKind.OUTSIDE_DISTRICT)]),
        ([Edit(K.SHARE_FACILITY, target="F1")], [(1, FaultKind.CHANGES_NOTHING)]),
        ([Edit(K.OPEN_GATE, target="GX")], [(1, FaultKind.UNKNOWN_KEY)]),
        ([Edit(K.OPEN_GATE, target="GA", open_to="residents")], [(1, FaultKind.CHANGES_NOTHING)]),
        ([Edit(K.OPEN_GATE, target="GA"), Edit(K.OPEN_GATE, target="GA")], [(2, FaultKind.CHANGES_NOTHING)]),
        ([Edit(K.REMOVE_WALL, target="X")], [(1, FaultKind.UNKNOWN_KEY)]),
        ([Edit(K.REMOVE_WALL, target="C")], [(1, FaultKind.NOT_WALLED)]),
        ([Edit(K.REMOVE_WALL, target="A")] * 2, [(2, FaultKind.CHANGES_NOTHING)]),
        ([Edit(K.OPEN_GATE, line=line((450, 450)))], [(1, FaultKind.NO_WALL_NEAR)]),
        ([Edit(K.CLOSE_GATE, line=line((450, 450)))], [(1, FaultKind.NO_GATE_NEAR)]),
        ([Edit(K.ADD_WAY, line=line((300, 320), (450, 450)))], [(1, FaultKind.WAY_TO_NOWHERE)]),
        ([Edit(K.ADD_WAY, line=line((450, 450), (300, 320)))], [(1, FaultKind.WAY_TO_NOWHERE)]),
        ([Edit(K.ADD_WAY, line=line((300, 100), (320, 110), (300, 100)))], [(1, FaultKind.SAME_SPOT)]),
        ([Edit(K.ADD_WAY, line=line((220, 150), (700, 150)))], [(1, FaultKind.WAY_JOINS_COMPOUNDS)]),
        ([Edit(K.CLOSE_WAY, line=line((450, 310), (450, 590)))], [(1, FaultKind.NO_WAY_HERE)]),
    ],
)
def test_what_cannot_be_is_refused(base: Ground, edits: Sequence[Edit], expected: Any) -> None:
    faults = faults_of(base, *edits)

    assert [(fault.number, fault.kind) for fault in faults] == expected
    assert all(fault.key or fault.place or fault.found for fault in faults)


def test_a_way_is_no_longer_than_a_district(base: Ground) -> None:
    (fault,) = faults_of(base, Edit(K.ADD_WAY, line=(at(300, 150), (121.5, 30.25), at(600, 150))))

    assert (fault.field, fault.allowed) == ("line", "≤ 20 km")


@pytest.mark.parametrize("place", [(0.0, 0.0), (180.0, 90.0), (-180.0, -90.0), (30.0, 89.9), (121.5, 30.25)])
def test_places_at_the_end_of_the_world_lie_outside(base: Ground, place: tuple[float, float]) -> None:
    homes = Edit(K.ADD_HOMES, line=(place,), people=(1,) * 7)
    ways = [Edit(kind, line=(place, at(300, 150))) for kind in (K.ADD_WAY, K.CLOSE_WAY)]
    gates = [Edit(kind, line=(place,)) for kind in (K.OPEN_GATE, K.CLOSE_GATE)]

    for edit in (homes, *ways, *gates):
        assert faults_of(base, edit)


def test_a_way_to_nowhere_says_which_end(base: Ground) -> None:
    (fault,) = faults_of(base, Edit(K.ADD_WAY, line=line((300, 320), (450, 450))))

    assert fault.place == at(450, 450)


# --- Ways, gates and walls ------------------------------------------------------------------------------------------


def test_a_footbridge_shortens_walks_by_what_it_saves(base: Ground) -> None:
    """Across the corner of two streets, from (600, 150) to (450, 300): 212.13 m instead of 300."""
    changed = after(base, Edit(K.ADD_WAY, line=line((600, 150), (450, 300))))

    before, now = (walk_cm(one, "B1", "pharmacy") for one in (base.situation, changed))
    assert before - now == pytest.approx(30_000 - 21_213, abs=3)
    assert int(changed.network.length_cm[changed.network.length_cm < INFINITY_CM].sum()) == pytest.approx(
        int(base.situation.network.length_cm.sum()) + 21_213, abs=2
    )


def test_a_new_way_past_a_window_is_no_door(base: Ground) -> None:
    """The kindergarten at (420, 120) keeps its way in, though the new way passes nearer; a new one there takes it."""
    way = Edit(K.ADD_WAY, line=line((300, 150), (600, 150)))
    new = Edit(K.ADD_FACILITY, line=line((420, 121)), facility_kind="canteen")

    old, late = after(base, way), after(base, way, new)

    kept = old.facilities.key.index("F1")
    assert old.facilities.anchors.leg_cm[kept] == base.situation.facilities.anchors.leg_cm[kept]
    assert late.facilities.anchors.leg_cm[-1] == pytest.approx(2900, abs=2)


def test_a_new_way_may_begin_on_an_earlier_one(base: Ground) -> None:
    found = resolved(
        base,
        Edit(K.ADD_WAY, line=line((300, 150), (600, 150))),
        Edit(K.ADD_WAY, line=line((450, 150), (450, 300))),
    )
    edges = base.situation.network.edges.shape[0]

    assert found.changes.links.start_edge[1] == edges
    assert found.changes.links.start_cm[1] == pytest.approx(15_000, abs=1)
    assert found.changes.links.length_cm.tolist() == pytest.approx([30_000, 15_000], abs=1)


def test_a_closed_street_lengthens_walks(base: Ground) -> None:
    street = line((300, 0), (600, 0))

    changed = after(base, Edit(K.CLOSE_WAY, line=street, slices=("evening",)), slice="evening")

    assert (changed.network.length_cm == INFINITY_CM).sum() == 1
    assert not resolved(base, Edit(K.CLOSE_WAY, line=street, slices=("evening",))).changes_network
    longer = prepare(changed).distance_cm >= prepare(base.situation).distance_cm
    assert longer.all()


def test_nothing_leads_from_a_way_that_is_closed(base: Ground) -> None:
    """Wherever in the list the closure stands."""
    edits = (Edit(K.ADD_WAY, line=line((450, 280), (450, 20))), Edit(K.CLOSE_WAY, line=line((300, 0), (600, 0))))

    assert kinds_of(base, *edits) == [(1, FaultKind.WAY_TO_NOWHERE)]


def test_homes_that_are_cut_off_are_counted_and_placed(base: Ground) -> None:
    (fault,) = faults_of(base, Edit(K.CLOSE_GATE, target="GA"))

    assert (fault.kind, fault.number, fault.homes, fault.people) == (FaultKind.CUTS_HOMES_OFF, 1, 4, 400)
    assert fault.place is not None
    assert fault.place == pytest.approx(at(140, 130), abs=0.0005)


def test_two_edits_that_cut_homes_off_together(base: Ground) -> None:
    """The assumed gates of B, both closed by a point."""
    first, second = base.situation.gates.xy[1:]
    corner = np.array([516_000.0, 3_348_000.0])
    close = [Edit(K.CLOSE_GATE, line=line(tuple(xy - corner))) for xy in (first, second)]

    assert resolved(base, close[0]).changes.closed.size == 1
    assert kinds_of(base, *close) == [(2, FaultKind.CUTS_HOMES_OFF)]
    assert kinds_of(base, close[0], close[0]) == [(2, FaultKind.CHANGES_NOTHING)]


@pytest.mark.parametrize("seed", range(9))
def test_the_quick_answer_to_who_is_cut_off_is_the_whole_one(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random closures of ways and gates, with and without the short search."""
    gates = [("GA", 60.0, 150.0, {"open_to": "all"}), ("GB", 220.0, 240.0, {}), ("GC", 150.0, 60.0, {"open_to": "all"})]
    on = ground(with_gates(*gates[: 1 + seed % 3]))
    rng = np.random.default_rng(seed)
    ends = on.situation.network.xy[on.situation.network.edges[np.concatenate([on.public, on.inner])]]

    def outcome(edits: Sequence[Edit]) -> object:
        try:
            return resolved(on, *edits).changes.closed.tolist()
        except EditsRefused as refused:
            return refused.faults

    for _ in range(5):
        ways = [
            Edit(K.CLOSE_WAY, line=(on.degrees(tail), on.degrees(head)))
            for tail, head in rng.choice(ends, rng.integers(0, 6))
            if np.hypot(*(head - tail)) > 0
        ]
        shut = [Edit(K.CLOSE_GATE, line=(on.degrees(xy),)) for xy in on.situation.gates.xy if rng.random() < 0.3]
        quick = outcome(ways + shut)
        with monkeypatch.context() as slow:
            slow.setattr(cutting, "_has_detours", lambda *_: False)
            assert outcome(ways + shut) == quick


def test_a_gate_may_close_when_another_opens(base: Ground) -> None:
    open_north = Edit(K.OPEN_GATE, line=line((220, 240)), open_to="residents")

    changed = after(base, Edit(K.CLOSE_GATE, target="GA"), open_north)

    assert walk_cm(changed, "A1", "kindergarten") < INFINITY_CM


def test_a_new_gate_is_as_good_as_one_that_was_imported(base: Ground) -> None:
    changed = after(base, Edit(K.OPEN_GATE, line=line((220, 240)), open_to="residents"))
    imported = with_gates(("GA", 60, 150, {"open_to": "residents"}), ("GB", 220, 240, {"open_to": "residents"}))

    same(changed, imported)


def test_two_gates_open_to_all_let_everybody_through(base: Ground) -> None:
    first = resolved(base, Edit(K.OPEN_GATE, line=line((220, 240))))
    both = resolved(base, Edit(K.OPEN_GATE, line=line((220, 240))), Edit(K.OPEN_GATE, target="GA"))
    edges = base.situation.network.edges.shape[0]

    assert first.changes.opened.tolist() == [edges]
    assert both.changes.opened.tolist() == [int(base.situation.gates.passage[0]), edges]
    inside = applied(base.situation, both).network.compound
    assert (inside == -2).any()
    assert not (applied(base.situation, first).network.compound == -2).any()


def test_a_gate_that_was_open_to_all_stays_so_when_another_opens() -> None:
    on = ground(with_gates(("GA", 60, 150, {"open_to": "all"}), ("GB", 220, 240, {"open_to": "residents"})))

    found = resolved(on, Edit(K.OPEN_GATE, target="GB"))

    assert found.changes.opened.tolist() == sorted(on.situation.gates.passage[:2].tolist())


def test_a_point_beside_a_gate_is_the_gate(base: Ground) -> None:
    named = resolved(base, Edit(K.OPEN_GATE, target="GA"))
    drawn = resolved(base, Edit(K.OPEN_GATE, line=line((62, 151))))

    assert drawn.changes.opened.tolist() == named.changes.opened.tolist()
    assert len(drawn.changes.links) == 0


def test_no_gate_leads_through_another_compound() -> None:
    """Compound E lies between A and the street in the east."""
    package = a_small_district()
    compounds = package.layers["compounds"]
    e = shapely.box(240, 60, 299, 240)
    table = replace(
        compounds,
        keys=(*compounds.keys, "E"),
        geometry=np.append(compounds.geometry, lonlat(e)),
        attributes=(*compounds.attributes, {"name": "戊小区", "walled": True}),
    )
    on = ground(
        with_gates(("GA", 60, 150, {}), ("GE", 299, 150, {"compound": "E"}), package=with_layer(package, table))
    )

    (fault,) = faults_of(on, Edit(K.OPEN_GATE, line=line((239.5, 150))))

    assert (fault.kind, fault.place) == (FaultKind.GATE_JOINS_COMPOUNDS, at(239.5, 150))


def test_a_path_from_inside_to_the_street_is_a_gate(base: Ground) -> None:
    found = resolved(base, Edit(K.ADD_WAY, line=line((220, 150), (300, 150)), open_to="residents"))
    sides = base.of_edge[[found.changes.links.start_edge[0], found.changes.links.end_edge[0]]]

    assert sides.tolist() == [0, -1]
    assert found.changes.opened.size == 0
    public = resolved(base, Edit(K.ADD_WAY, line=line((220, 150), (300, 150))))
    assert public.changes.opened.tolist() == [base.situation.network.edges.shape[0]]


def test_a_path_inside_a_compound_stays_inside(base: Ground) -> None:
    found = resolved(base, Edit(K.ADD_WAY, line=line((100, 92), (218, 200))))

    assert base.of_edge[[found.changes.links.start_edge[0], found.changes.links.end_edge[0]]].tolist() == [0, 0]


def test_a_wall_that_goes_opens_every_gate_and_path() -> None:
    """The inner path of A ends at (220, 220), 80 m from the street; one more ends 8 m from it."""
    package = a_small_district()
    streets = package.layers["streets"]
    inner = shapely.LineString([(220, 200), (292, 200)])
    table = replace(
        streets,
        keys=(*streets.keys, "IA2"),
        geometry=np.append(streets.geometry, lonlat(inner)),
        attributes=(*streets.attributes, {"class": "internal", "compound": "A"}),
    )
    on = ground(assembled(with_layer(package, table)))

    found = resolved(on, Edit(K.REMOVE_WALL, target="A"))

    edges = on.situation.network.edges.shape[0]
    assert found.changes.links.length_cm.tolist() == [800]
    assert found.changes.opened.tolist() == [int(on.situation.gates.passage[0]), edges]
    assert found.unwalled.tolist() == [0]
    after_wall = applied(on.situation, found)
    assert after_wall.compounds.walled.tolist() == [False, True, False]
    assert (after_wall.network.compound == -2).any()


def test_a_gate_to_public_ground_is_a_way() -> None:
    """All gates of A are open to all; one more in the north leads to what are public ways already."""
    on = ground(with_gates(("GA", 60, 150, {"open_to": "all"})))
    gate = Edit(K.OPEN_GATE, line=line((220, 240)))

    found = resolved(on, gate)

    assert found.changes.opened.size == 0
    assert found.changes.links.length_cm.tolist() == [8000]
    imported = with_gates(("GA", 60, 150, {"open_to": "all"}), ("GB", 220, 240, {"open_to": "all"}))
    same(applied(on.situation, found), imported)


# --- Hours ----------------------------------------------------------------------------------------------------------


def test_facilities_that_are_shut_do_not_count_in_that_slice() -> None:
    package = a_small_district()
    table = a_layer(
        "facilities",
        [
            ("F1", shapely.Point(310, 310), {"kind": "pharmacy", "opening_hours": NIGHT_OFF}),
            ("F2", shapely.Point(910, 910), {"kind": "clinic", "opening_hours": "24/7"}),
            ("F3", shapely.Point(500, 500), {"kind": "canteen", "opening_hours": "随时"}),
        ],
    )
    on = ground(assembled(with_layer(package, table)))

    night = resolved(on, slice="night")

    assert night.facilities.shut.tolist() == night.facilities.removed.tolist() == [0]
    assert night.unknown_hours == 1 + len(on.situation.gates.key)
    assert resolved(on, slice="evening").facilities.removed.size == 0
    assert resolved(on).unknown_hours == 0
    shared = resolved(on, Edit(K.SHARE_FACILITY, target="F1"), slice="night")
    assert shared.facilities.removed.size == 0
    moved = resolved(on, Edit(K.MOVE_FACILITY, target="F1", line=line((500, 100))), slice="night")
    assert moved.facilities.added.key == ()
    assert moved.facilities.removed.tolist() == [0]


def test_a_gate_that_is_shut_at_night_closes_then() -> None:
    on = ground(with_gates(("GA", 60, 150, {}), ("GB", 220, 240, {"opening_hours": NIGHT_OFF})))

    night = resolved(on, slice="night")

    assert night.shut_gates.tolist() == [1]
    assert night.kept_gates.size == 0
    assert night.changes.closed.tolist() == [int(on.situation.gates.edges[1, 0])]
    assert resolved(on, slice="evening").changes.closed.size == 0
    opened = Edit(K.OPEN_GATE, target="GB", open_to="residents", slices=("night",))
    assert resolved(on, opened, slice="night").changes.closed.size == 0


def test_hours_never_shut_residents_out() -> None:
    hours = {"opening_hours": NIGHT_OFF}
    on = ground(with_gates(("GA", 60, 150, hours), ("GB", 220, 240, hours)))

    night = resolved(on, slice="night")

    assert night.shut_gates.size == 0
    assert night.kept_gates.tolist() == [0, 1]
    assert night.changes.closed.size == 0
    # With a gate that stands open, the hours of the others count.
    third = Edit(K.OPEN_GATE, line=line((150, 60)), open_to="residents")
    assert resolved(on, third, slice="night").shut_gates.tolist() == [0, 1]
    # With one closed for good, the other is the only way home.
    assert resolved(on, Edit(K.CLOSE_GATE, target="GA"), slice="night").kept_gates.tolist() == [1]


def test_at_night_the_public_stays_outside_gates_that_are_kept_for_residents() -> None:
    hours = {"opening_hours": NIGHT_OFF, "open_to": "all"}
    gates = (("GA", 60, 150, hours), ("GB", 220, 240, hours), ("GC", 150, 60, {"opening_hours": NIGHT_OFF}))
    on = ground(with_gates(*gates))
    copies = on.situation.gates.edges[:2, 1]
    assert (copies >= 0).all()

    night = resolved(on, slice="night")

    assert night.kept_gates.tolist() == [0, 1, 2]
    assert night.changes.closed.tolist() == sorted(copies.tolist())


def test_gates_kept_for_residents_do_not_open_to_the_public_with_another() -> None:
    """A has two pieces of inner paths; the gates of one are shut at night, a new gate in the other is open to all."""
    package = a_small_district()
    streets = package.layers["streets"]
    table = replace(
        streets,
        keys=(*streets.keys, "IA2"),
        geometry=np.append(streets.geometry, lonlat(shapely.LineString([(80, 210), (150, 210)]))),
        attributes=(*streets.attributes, {"class": "internal", "compound": "A"}),
    )
    shut = {"opening_hours": NIGHT_OFF, "open_to": "all"}
    gates = (("GA", 100, 240, shut), ("GB", 220, 60, {}), ("GC", 240, 100, {"open_to": "all"}))
    on = ground(with_gates(*gates, package=with_layer(package, table)))

    night = resolved(on, Edit(K.OPEN_GATE, target="GB"), slice="night")

    assert night.kept_gates.tolist() == [0]
    assert night.changes.opened.tolist() == sorted(on.situation.gates.passage[1:3].tolist())
    day = resolved(on, Edit(K.OPEN_GATE, target="GB"))
    assert day.changes.opened.tolist() == sorted(on.situation.gates.passage[:3].tolist())


def test_public_ground_behind_gates_stays_public_at_night() -> None:
    hours = {"opening_hours": NIGHT_OFF, "open_to": "all"}
    on = ground(with_gates(("GA", 60, 150, hours), ("GB", 220, 240, hours)))
    assert 0 not in on.walled

    night = resolved(on, slice="night")

    assert night.kept_gates.tolist() == [0, 1]
    assert not night.changes_network
    assert kinds_of(on, Edit(K.REMOVE_WALL, target="A")) == [(1, FaultKind.NOT_WALLED)]


# --- Where edits lie ------------------------------------------------------------------------------------------------


def test_edits_touch_the_communities_of_their_places(base: Ground) -> None:
    edits = (
        Edit(K.ADD_FACILITY, line=line((100, 500)), facility_kind="clinic"),
        Edit(K.CLOSE_GATE, target="GA"),
        Edit(K.CLOSE_FACILITY, target="F4"),
        Edit(K.MOVE_FACILITY, target="F4", line=line((100, 100))),
        Edit(K.CLOSE_WAY, line=line((300, 300), (900, 300))),
        Edit(K.REMOVE_WALL, target="B"),
        Edit(K.CONVERT_PREMISES, target="P1", facility_kind="clinic"),
        Edit(K.CLOSE_FACILITY, target="nowhere"),
    )

    assert [sorted(rows) for rows in touched(base, edits)] == [[0], [0], [3], [0, 3], [0, 1], [1], [0], []]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_any_list_either_holds_or_is_refused(base: Ground, seed: int) -> None:
    """Random lists over few places and keys, so that edits meet one another; nothing else than a refusal stops them."""
    rng = Random(seed)
    corners = [(0, 0), (150, 300), (150, 300), (61, 150), (150, 240), (300, 300), (599, 599), (-40, -40)]
    places = [*(at(x, y) for x, y in corners), (120.0, 0.0), (180.0, 90.0)]
    keys = ["GA", "A", "B", "C", "F1", "F3", "F5", "P1", "#1", "#2", "nowhere"]
    outcomes = Counter[str]()

    def any_edit() -> Edit:
        kind = rng.choice(list(EditKind))
        form = FORMS[kind]
        given: dict[str, Any] = {}
        for field in (*form.needs, *form.may, *form.either):
            match field:
                case "line":
                    least, most = form.points
                    given[field] = tuple(rng.choices(places, k=rng.randint(max(least, 1), min(most, 3))))
                case "target" if "line" not in given or kind is K.MOVE_FACILITY:
                    given[field] = rng.choice(keys)
                case "facility_kind":
                    given[field] = rng.choice(KINDS)
                case "people":
                    given[field] = (1,) * 7
                case "capacity":
                    given[field] = rng.choice([None, 5.0])
                case "open_to":
                    given[field] = rng.choice(["all", "residents"])
        return Edit(kind, slices=rng.choice([(), ("night",)]), **given)

    for _ in range(150):
        edits = [any_edit() for _ in range(rng.randint(1, 2))]
        try:
            applied(base.situation, resolved(base, *edits, slice="night"))
        except EditsRefused as refused:
            outcomes.update(fault.kind.value for fault in refused.faults)
        else:
            outcomes["held"] += 1

    assert outcomes["held"] > 10
    assert len(outcomes) > 8
