"""Synthetic districts: reproducible, exact in their sums, whole in their geometry, and walled."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from linli.domain.checkup.measures import prepare
from linli.domain.places.rules import assembly
from linli.domain.places.rules.layers import AGE_BANDS, LAYERS, FieldType
from linli.domain.places.rules.package import DistrictPackage
from linli.domain.standards import queries as standards
from linli.synthetic import divisions, drawing, services
from linli.synthetic.city import city
from linli.synthetic.zones import Plan

KINDS = tuple(kind.key for kind in standards.facility_kinds())


@pytest.fixture(scope="module")
def small() -> DistrictPackage:
    return city(7, communities=6, people=15_000)


@pytest.fixture(scope="module")
def middling() -> DistrictPackage:
    return city(3, communities=25, people=150_000)


def _column(package: DistrictPackage, layer: str, field: str) -> list[object]:
    return [record.get(field) for record in package.layers[layer].attributes]


def test_a_seed_gives_the_same_district_every_time(small: DistrictPackage) -> None:
    assert city(7, communities=6, people=15_000).fingerprint == small.fingerprint


def test_another_seed_gives_another_district(small: DistrictPackage) -> None:
    assert city(8, communities=6, people=15_000).fingerprint != small.fingerprint


@pytest.mark.parametrize("communities", [1, 2, 12])
def test_any_size_can_be_asked_for(communities: int) -> None:
    package = city(1, communities=communities, people=4_000 * communities)

    assert len(package.layers["communities"].keys) == communities
    assert package.control_totals[package.code] == 4_000 * communities


def test_too_few_people_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 100 each"):
        city(1, communities=20, people=1_000)


@pytest.mark.slow
def test_people_add_up_at_every_level(middling: DistrictPackage) -> None:
    situation = assembly.assemble(middling, facility_kinds=KINDS)
    totals = np.array([middling.control_totals[code] for code in situation.areas.code])
    counted = np.zeros(totals.size, dtype=np.int64)
    np.add.at(counted, situation.buildings.community, situation.buildings.people.sum(axis=1))

    assert situation.buildings.people.sum() == 150_000
    assert counted.tolist() == totals.tolist()
    for code in situation.areas.subdistrict_code:
        inside = [
            n for community, n in middling.control_totals.items() if len(community) == 12 and community.startswith(code)
        ]
        assert sum(inside) == middling.control_totals[code]


@pytest.mark.slow
def test_older_compounds_hold_older_people(middling: DistrictPackage) -> None:
    type_of = dict(zip(middling.layers["compounds"].keys, _column(middling, "compounds", "type"), strict=True))
    old, everyone = {}, {}
    for record in middling.layers["buildings"].attributes:
        kind = type_of.get(record.get("compound"))
        if record.get("people_80_up") is not None:
            everyone[kind] = everyone.get(kind, 0) + sum(record[f"people_{band}"] for band in AGE_BANDS)
            old[kind] = old.get(kind, 0) + record["people_60_79"] + record["people_80_up"]

    assert old["upgrade_old_compound"] / everyone["upgrade_old_compound"] > 1.3 * (
        old["upgrade_commodity"] / everyone["upgrade_commodity"]
    )


@pytest.mark.slow
def test_communities_tile_the_district(middling: DistrictPackage) -> None:
    shapes = middling.layers["communities"].geometry

    assert {shape.geom_type for shape in shapes} == {"Polygon"}
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(list(shapes))


@pytest.mark.slow
def test_subdistricts_and_grid_cells_are_made_of_the_same_land(middling: DistrictPackage) -> None:
    layers = middling.layers
    whole = shapely.union_all(layers["communities"].geometry)

    for layer in ("subdistricts", "grid_cells"):
        assert shapely.area(layers[layer].geometry).sum() == pytest.approx(shapely.area(whole), rel=1e-9)


@pytest.mark.slow
def test_every_building_lies_in_its_compound_and_every_facility_in_the_district(middling: DistrictPackage) -> None:
    compounds = middling.layers["compounds"]
    outline = dict(zip(compounds.keys, compounds.geometry, strict=True))
    buildings = middling.layers["buildings"]
    inside = [
        (shape, outline[record["compound"]])
        for shape, record in zip(buildings.geometry, buildings.attributes, strict=True)
        if record.get("compound")
    ]
    homes, around = (np.array(column, dtype=object) for column in zip(*inside, strict=True))
    _, report = assembly.assemble_with_report(middling, facility_kinds=KINDS)

    assert shapely.contains(around, shapely.centroid(homes)).all()
    assert (report.buildings_outside, report.facilities_outside, report.stray_gates) == (0, 0, 0)


@pytest.mark.slow
def test_houses_do_not_overlap(middling: DistrictPackage) -> None:
    shapes = middling.layers["buildings"].geometry
    one, other = shapely.STRtree(shapes).query(shapes, predicate="overlaps")

    assert (one < other).sum() == 0


def test_gates_stand_in_openings_of_the_wall(small: DistrictPackage) -> None:
    compounds = small.layers["compounds"]
    outline = dict(zip(compounds.keys, compounds.geometry, strict=True))
    gates = small.layers["gates"]
    metre = 1e-5

    for gate, record in zip(gates.geometry, gates.attributes, strict=True):
        assert shapely.distance(shapely.boundary(outline[record["compound"]]), gate) < metre
        walls = shapely.union_all(small.layers["walls"].geometry)
        assert shapely.distance(walls, gate) > 2 * metre


@pytest.mark.slow
def test_the_walking_network_hangs_together_behind_its_gates(middling: DistrictPackage) -> None:
    situation, report = assembly.assemble_with_report(middling, facility_kinds=KINDS)

    assert report.dropped.pieces == 0
    assert report.assumed_gates == 0
    assert report.walls.unwalled.size == 0
    assert situation.compounds.walled.sum() > 30


@pytest.mark.slow
def test_walls_lengthen_ways(middling: DistrictPackage) -> None:
    situation = assembly.assemble(middling, facility_kinds=KINDS)
    # The same gates and paths, but everybody may walk through everywhere.
    public = np.full_like(situation.network.compound, -1)
    opened = replace(situation, network=replace(situation.network, compound=public))

    walled, free = prepare(situation).distance_cm, prepare(opened).distance_cm

    everybody = [
        n for n, kind in enumerate(KINDS) if kind in ("food_market", "supermarket", "health_station", "bus_stop")
    ]
    longer = walled[:, everybody].astype(np.int64) - free[:, everybody]
    assert longer.min() >= 0
    assert (longer > 0).mean() > 0.01


def test_every_record_keeps_to_the_schema(small: DistrictPackage) -> None:
    choices = standards.vocabularies()
    plain = {FieldType.WHOLE: int, FieldType.NUMBER: (int, float), FieldType.YES_NO: bool}
    for layer in LAYERS:
        for record in small.layers[layer.key].attributes:
            for key, value in record.items():
                field = layer.field(key)
                assert isinstance(value, plain.get(field.type, str)), (layer.key, key, value)
                allowed = {c.key for c in (*field.choices, *choices.get(field.choices_from, ()))}
                assert not allowed or value in allowed, (layer.key, key, value)
                assert field.maximum is None or field.minimum <= value <= field.maximum


def test_kinds_are_those_of_the_packs() -> None:
    assert tuple(kind.key for kind in services.KINDS) == KINDS
    assert len(services.MAIN_KINDS) == 30


@pytest.mark.slow
def test_some_communities_lack_things(middling: DistrictPackage) -> None:
    facilities = middling.layers["facilities"]
    elder = [g for g, r in zip(facilities.geometry, facilities.attributes, strict=True) if r["kind"] == "elder_meal"]
    inside = shapely.contains(middling.layers["communities"].geometry[:, None], np.array(elder)[None, :])

    assert 0 < (~inside.any(axis=1)).sum() < 20


def test_the_first_communities_bear_their_real_names() -> None:
    names = [area.name for area in divisions.subdistricts(203)]

    assert len(names) == 14
    assert names[0] == "清波街道"
    assert sum(len(area.communities) for area in divisions.subdistricts(203)) == 203
    assert len({c.code for area in divisions.subdistricts(240) for c in area.communities}) == 240


@pytest.mark.long
def test_the_whole_of_shangcheng_has_the_size_of_the_bench() -> None:
    package = city()
    situation, report = assembly.assemble_with_report(package, facility_kinds=KINDS)
    people = np.array(_column(package, "communities", "people"))
    main = np.isin(situation.facilities.kind, [KINDS.index(kind) for kind in services.MAIN_KINDS])

    assert people.sum() == situation.buildings.people.sum() == 1_330_000
    assert 600 <= people.min() < 1_500
    assert 18_000 < people.max() <= 23_000
    assert 95_000 < situation.network.nodes < 110_000
    assert situation.buildings.residential.sum() == 20_000
    assert 14_000 < main.sum() < 16_500
    assert report.dropped.pieces == 0
    assert {code[:9] for code in situation.areas.code} == set(situation.areas.subdistrict_code)
    assert sum(kind == "village" for kind in situation.areas.kind) == 4


@pytest.mark.slow
def test_superblocks_are_chinese_ones() -> None:
    drawn = drawing.draw(5, Plan(36.0), divisions.subdistricts(60), 6_000, 30.0)

    assert 500 < drawn.superblock_m.mean() < 800
    assert np.mean((drawn.superblock_m > 430) & (drawn.superblock_m < 900)) > 0.9
