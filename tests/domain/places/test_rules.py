"""Fingerprints, projections, names, ways and files of situations."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from builders import KINDS, a_layer, a_small_district, lonlat, with_layer
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.compute.lines import network_from_lines
from linli.compute.network import largest_component
from linli.domain.places.rules import areas, assembly, fingerprint, membership, naming, projection, storage, walkways
from linli.domain.places.rules.layers import LAYER_BY_KEY


def test_a_fingerprint_covers_all_but_the_order_and_the_faults() -> None:
    package = a_small_district()
    table = package.layers["premises"]
    moved = replace(table, geometry=lonlat(shapely.Point(421, 420)))
    prints = {
        package.fingerprint,
        a_small_district(name="别的区").fingerprint,
        a_small_district(day=date(2026, 7, 1)).fingerprint,
        a_small_district(complete_kinds=frozenset()).fingerprint,
        a_small_district(control_totals={}).fingerprint,
        a_small_district(band_shares=None).fingerprint,
        with_layer(package, moved).fingerprint,
        with_layer(package, replace(table, source="别处")).fingerprint,
        with_layer(package, replace(table, attributes=({"state": "shared"},))).fingerprint,
    }

    assert len(prints) == 9
    keyed = replace(table, attributes=({**table.attributes[0], "key": "P1", "holder": None},))
    assert with_layer(package, keyed).fingerprint == package.fingerprint


def test_an_unknown_field_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        fingerprint.plain_attributes("premises", {"color": "red"})


@settings(deadline=None)
@given(floors=st.integers(0, 200), area=st.floats(0, 1e6), walled=st.booleans(), name=st.text())
def test_attributes_come_back_of_their_type(floors: int, area: float, walled: bool, name: str) -> None:
    building = {"floors": floors, "floor_area_m2": area, "name": name}

    assert fingerprint.typed_attributes("buildings", fingerprint.plain_attributes("buildings", building)) == building
    assert fingerprint.typed_attributes("compounds", {"walled": walled}) == {"walled": walled}


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [(120.17, 30.25, 4549), (116.4, 39.9, 4548), (87.6, 43.8, 4538), (-15.43, 28.1, 32628), (151.2, -33.9, 32756)],
)
def test_every_place_has_a_metric_system(lon: float, lat: float, epsg: int) -> None:
    assert projection.local_epsg(lon, lat) == epsg


@pytest.mark.slow
@settings(deadline=None)
@given(lon=st.floats(119, 121.5), lat=st.floats(29, 31))
def test_projecting_there_and_back_is_exact_to_a_millimetre(lon: float, lat: float) -> None:
    point = np.array([shapely.Point(lon, lat)], dtype=object)

    back = projection.unprojected(projection.projected(point, 4549), 4549)[0]

    assert abs(back.x - lon) < 1e-8
    assert abs(back.y - lat) < 1e-8


def test_the_smallest_area_that_holds_a_point_counts() -> None:
    boxes = np.array([shapely.box(0, 0, 10, 10), shapely.box(2, 2, 4, 4), shapely.box(10, 0, 20, 10)], dtype=object)
    points = np.array([shapely.Point(1, 1), shapely.Point(3, 3), shapely.Point(10, 5), shapely.Point(50, 5), None])

    assert membership.area_at(points, boxes).tolist() == [0, 1, 0, -1, -1]


def test_the_kind_of_a_community_is_in_its_code() -> None:
    assert areas.kind_of_code("330102001001") == "community"
    assert areas.kind_of_code("330102001200") == "village"
    assert areas.kind_of_code("35016-7") == ""


def test_names_sort_by_pinyin_and_by_number() -> None:
    names = ["柳浪社区", "清波10幢", "清波2幢", "Ａ座", "岚屏巷"]

    assert sorted(names, key=naming.sorting_key) == ["Ａ座", "岚屏巷", "柳浪社区", "清波2幢", "清波10幢"]


@pytest.mark.slow
@settings(deadline=None)
@given(name=st.text(max_size=20), start=st.integers(0, 19), length=st.integers(1, 6))
def test_every_part_of_a_name_finds_it(name: str, start: int, length: int) -> None:
    part = naming.plain(name)[start : start + length]

    assert set(naming.asked_pieces(part)) <= set(naming.pieces(name))


def test_a_way_that_ends_on_another_joins_it_and_one_that_crosses_does_not() -> None:
    lines = np.array(
        [
            shapely.LineString([(0, 0), (10, 0)]),
            shapely.LineString([(4, 0), (4, 5)]),
            shapely.LineString([(6, -5), (6, 5)]),
        ],
        dtype=object,
    )

    points = walkways.joined_at_ends(lines)

    assert points[0].tolist() == [[0, 0], [4, 0], [10, 0]]
    assert [len(line) for line in points] == [3, 2, 2]


@pytest.mark.parametrize(
    "touching",
    [
        # A point between, an end, and the last point of a line, each two centimeters away.
        [(0, 0), (4, 0.02), (10, 0)],
        [(4.02, 0), (10, 0)],
        [(0, 0), (3.98, 0.01)],
    ],
)
def test_a_way_that_ends_beside_a_point_of_another_joins_it(touching: list[tuple[float, float]]) -> None:
    lines = np.array([shapely.LineString(touching), shapely.LineString([(4, 0), (4, 5)])], dtype=object)

    network, _ = network_from_lines(walkways.joined_at_ends(lines))

    assert largest_component(network)[1].pieces == 0


def test_what_is_recorded_decides_where_people_walk() -> None:
    assert walkways.is_walkable({"class": "street"})
    assert not walkways.is_walkable({"class": "fast"})
    assert walkways.is_walkable({"class": "fast", "walkable": True})
    assert not walkways.is_walkable({"class": "path", "walkable": False})


def test_gates_find_their_wall() -> None:
    gates = [("G1", shapely.Point(662, 150), {"open_to": "all"}), ("G2", shapely.Point(300, 300), {})]
    package = with_layer(a_small_district(), a_layer("gates", gates))

    situation, report = assembly.assemble_with_report(package, facility_kinds=KINDS)

    assert report.stray_gates == 1
    # The gate of B is open to all, so nobody is kept out; A has none now and no way across its wall.
    assert report.walls.opened.tolist() == [1]
    assert report.walls.unwalled.tolist() == [0]
    assert set(situation.network.compound.tolist()) == {-1}


def test_a_file_that_is_no_situation_is_told_apart(tmp_path: Path) -> None:
    situation = assembly.assemble(a_small_district(), facility_kinds=KINDS)
    file = tmp_path / "cache" / "one.npz"
    storage.save(situation, file)

    assert storage.load(file).buildings.key == situation.buildings.key
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(storage.NotASituation):
        storage.load(file)
    with pytest.raises(storage.NotASituation):
        storage.load(tmp_path / "none.npz")


def test_every_layer_has_its_key_among_its_fields() -> None:
    for layer in LAYER_BY_KEY.values():
        assert layer.field(layer.key_field).required
