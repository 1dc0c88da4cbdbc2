"""From a package to a situation."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from builders import KINDS, a_layer, a_package, a_small_district, with_layer

from linli.domain.places.rules import assembly, fingerprint, storage, walkways
from linli.domain.places.rules.package import PopulationGrid
from linli.domain.places.rules.situation import PeopleSource, Shapes


def test_every_place_lies_in_its_area() -> None:
    situation = assembly.assemble(a_small_district(), facility_kinds=KINDS)

    assert situation.epsg == 4549
    assert situation.areas.code == ("990102001001", "990102001002", "990102002003", "990102002004")
    assert situation.areas.subdistrict.tolist() == [0, 0, 1, 1]
    assert situation.areas.area_m2 == pytest.approx(np.full(4, 360_000), abs=2)
    by_key = dict(zip(situation.buildings.key, situation.buildings.community.tolist(), strict=True))
    assert (by_key["A1"], by_key["B1"], by_key["C1"], by_key["D1"]) == (0, 1, 2, 3)
    compound = dict(zip(situation.buildings.key, situation.buildings.compound.tolist(), strict=True))
    assert (compound["A1"], compound["B1"], compound["C1"], compound["D1"]) == (0, 1, 2, -1)
    assert situation.buildings.grid_cell[situation.buildings.key.index("A1")] == 0
    assert situation.buildings.grid_cell[situation.buildings.key.index("D1")] == -1


def test_registered_people_stay_and_the_rest_is_estimated_exactly() -> None:
    buildings = assembly.assemble(a_small_district(), facility_kinds=KINDS).buildings

    assert buildings.people[buildings.key.index("A1")].tolist() == [2, 3, 6, 3, 66, 16, 4]
    estimated = buildings.community == 3
    assert buildings.people[estimated].sum() == 500
    assert buildings.people[estimated].sum(axis=0).tolist() == [10, 15, 30, 15, 330, 80, 20]
    assert set(buildings.people_source[estimated].tolist()) == {PeopleSource.FLOOR_AREA}
    assert buildings.people[buildings.key.index("S1")].sum() == 0


def test_a_grid_decides_where_people_are_estimated() -> None:
    cells = np.array([shapely.box(1000, 1000, 1040, 1100), shapely.box(1040, 1000, 1100, 1100)], dtype=object)
    from builders import lonlat

    grid = PopulationGrid(lonlat(*cells), np.array([30.0, 10.0]))
    buildings = assembly.assemble(a_small_district(population_grid=grid), facility_kinds=KINDS).buildings

    people = dict(zip(buildings.key, buildings.people.sum(axis=1).tolist(), strict=True))
    assert people["D1"] + people["D3"] == 375
    assert people["D2"] + people["D4"] == 125
    assert buildings.people_source[buildings.key.index("D1")] == PeopleSource.GRID


def test_ages_that_nobody_knows_are_not_made_up() -> None:
    package = a_small_district()
    nameless = [
        (key, shape, {k: v for k, v in attributes.items() if not k.startswith("people_")})
        for key, shape, attributes in zip(
            package.layers["buildings"].keys,
            package.layers["buildings"].geometry,
            package.layers["buildings"].attributes,
            strict=True,
        )
    ]
    table = replace(package.layers["buildings"], attributes=tuple(attributes for _, _, attributes in nameless))
    situation = assembly.assemble(
        with_layer(package, table, band_shares=None, control_totals={"990102": 1000}), facility_kinds=KINDS
    )

    assert not situation.bands_known
    assert situation.residents("elderly") is None
    everybody = situation.residents("all")
    assert everybody is not None
    assert everybody.sum() == 1000


def test_one_facility_that_came_twice_is_one() -> None:
    situation, report = assembly.assemble_with_report(a_small_district(), facility_kinds=KINDS)

    assert situation.facilities.key == ("F1", "F3", "F4", "F5")
    assert situation.facilities.name[0] == "清波幼儿园"
    assert situation.facilities.capacity[0] == 270
    assert [(merge.kept, merge.dropped) for merge in report.merges] == [("F1", ("F2",))]
    assert situation.facilities.open_to_all.tolist() == [True, True, True, False]


def test_walls_close_the_compounds_that_have_them() -> None:
    situation, report = assembly.assemble_with_report(a_small_district(), facility_kinds=KINDS)

    assert situation.compounds.walled.tolist() == [True, True, False]
    assert set(situation.network.compound.tolist()) == {-1, 0, 1}
    assert report.assumed_gates == 2
    assert report.walls.unwalled.size == 0
    ways = situation.network.edge_compound()
    home = situation.buildings.key.index("A1")
    assert ways[situation.buildings.anchors.edge[home]] == 0


def test_the_order_of_a_file_changes_nothing() -> None:
    package = a_small_district()
    turned = {
        layer: replace(table, keys=table.keys[::-1], geometry=table.geometry[::-1], attributes=table.attributes[::-1])
        for layer, table in package.layers.items()
    }
    other = fingerprint.sealed(replace(package, layers=turned))

    assert other.fingerprint == package.fingerprint
    one = assembly.assemble(package, facility_kinds=KINDS)
    two = assembly.assemble(other, facility_kinds=KINDS)
    assert np.array_equal(one.buildings.anchors.to_tail_cm, two.buildings.anchors.to_tail_cm)
    assert np.array_equal(one.network.edges, two.network.edges)


def test_a_district_without_streets_is_refused() -> None:
    package = a_package(a_layer("communities", [("990102001001", shapely.box(0, 0, 1, 1), {"name": "一"})]))

    with pytest.raises(walkways.NoWalkableStreet):
        assembly.assemble(package, facility_kinds=KINDS)


def test_a_gate_is_known_by_its_key_and_its_edge() -> None:
    situation = assembly.assemble(a_small_district(), facility_kinds=KINDS)
    gates, network = situation.gates, situation.network

    assert gates.key == ("GA", "", "")
    assert gates.name == ("西门", "", "")
    assert gates.hours == ("", "", "")
    assert gates.compound.tolist() == [0, 1, 1]
    assert gates.open_to_all.tolist() == [False] * 3
    assert gates.passage.tolist() == gates.edges[:, 0].tolist()
    for gate, edge in enumerate(gates.passage):
        ends = sorted(network.compound[network.edges[edge]].tolist())
        assert ends == [-1, gates.compound[gate]]
    assert gates.edges[:, 1].tolist() == [-1] * 3


def test_closing_a_gate_alone_leaves_the_others_at_its_place() -> None:
    """Three gates: two on one point of a street, one open to all in the north with a copy of the interior."""
    package = a_small_district()
    compound = {"compound": "A", "opening_hours": "Mo-Su 06:00-22:00"}
    table = a_layer(
        "gates",
        [
            ("G1", shapely.Point(60, 150), {**compound, "open_to": "all"}),
            ("G2", shapely.Point(61, 150), compound),
            ("G3", shapely.Point(240, 200), {**compound, "open_to": "all"}),
        ],
    )
    situation = assembly.assemble(with_layer(package, table), facility_kinds=KINDS)
    gates, network = situation.gates, situation.network
    side = network.compound[network.edges]

    assert gates.hours[:3] == ("Mo-Su 06:00-22:00",) * 3
    assert gates.passage[0] == gates.passage[1] != gates.passage[2]
    assert len(set(gates.edges[:3, 0].tolist())) == 3
    assert sorted(side[gates.passage[0]].tolist()) == [-1, 0]
    assert side[gates.edges[:2, 0]].tolist() == [[0, 0]] * 2
    assert side[gates.edges[:2, 1]].tolist() == [[-2, -2]] * 2
    assert sorted(side[gates.edges[2, 1]].tolist()) == [-2, -1]


def test_facilities_and_gates_keep_their_hours_in_files(tmp_path: Path) -> None:
    package = a_small_district()
    table = a_layer("facilities", [("F3", shapely.Point(310, 310), {"kind": "pharmacy", "opening_hours": "24/7"})])
    situation = assembly.assemble(with_layer(package, table), facility_kinds=KINDS)

    storage.save(situation, tmp_path / "s.npz")
    again = storage.load(tmp_path / "s.npz")

    assert again.facilities.hours == ("24/7",)
    assert again.gates.key == situation.gates.key
    assert np.array_equal(again.gates.edges, situation.gates.edges)


def test_outlines_tell_where_a_place_lies(tmp_path: Path) -> None:
    situation = assembly.assemble(a_small_district(), facility_kinds=KINDS)
    storage.save(situation, tmp_path / "s.npz")
    outlines = storage.load(tmp_path / "s.npz").outlines

    communities = outlines.communities.geometries()
    compounds = outlines.compounds.geometries()
    assert shapely.area(communities) == pytest.approx(situation.areas.area_m2)
    assert shapely.area(compounds) == pytest.approx(situation.compounds.area_m2)
    for row, community in enumerate(situation.buildings.community):
        assert shapely.intersects_xy(communities[community], *situation.buildings.xy[row])


def test_shapes_come_back_whatever_there_is() -> None:
    mixed = np.array([shapely.box(0, 0, 1, 2), None, shapely.MultiPoint([(0, 0), (1, 1)])], dtype=object)

    back = Shapes.of(mixed).geometries()

    assert shapely.equals(back[[0, 2]], mixed[[0, 2]]).all()
    assert shapely.is_empty(back[1])
    assert Shapes.of(mixed[:0]).geometries().size == Shapes().geometries().size == 0
