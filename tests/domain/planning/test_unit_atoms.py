"""Atoms: every home in one, no ground in two, and between them what lies there."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import builders
import numpy as np
import pytest
import shapely
from domain.planning.test_units import broken
from domain.planning.unit_builders import the_rules
from package_builders import OSM_KINDS, VOCABULARIES

from linli.compute.regionalization.drawing import Effort
from linli.domain.checkup.measures import prepare
from linli.domain.places.rules import assembly, projection
from linli.domain.places.rules.package import DistrictPackage
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.measures.units import atoms as unit_atoms
from linli.domain.planning.measures.units import proposing as measures
from linli.domain.planning.measures.units import tiles as unit_tiles
from linli.domain.planning.queries.unit_rules import unit_rules
from linli.domain.planning.rules.units.proposals import LINES, Atoms, Line, UnitRules, Why
from linli.interchange.package import read_package
from linli.synthetic import city

EXAMPLE = Path(__file__).parents[3] / "docs" / "guides" / "examples" / "las-palmas"
RULES = the_rules()


def atoms_of(package: DistrictPackage, rules: UnitRules = RULES) -> tuple[Situation, Atoms]:
    situation = assembly.assemble(package, facility_kinds=builders.KINDS)
    return situation, measures.atoms(situation, package, rules)


def named(atoms: Atoms) -> dict[str, int]:
    return {key: number for number, key in enumerate(atoms.key)}


def border(atoms: Atoms, one: str, other: str) -> int:
    number = named(atoms)
    pair = {number[one], number[other]}
    found = [e for e in range(atoms.borders.first.size) if {atoms.borders.first[e], atoms.borders.second[e]} == pair]
    return found[0]


def check_tiles(situation: Situation, package: DistrictPackage, atoms: Atoms) -> None:
    """The obvious checks, whatever the district."""
    homes = np.flatnonzero(
        (situation.buildings.residential | (situation.buildings.people.sum(axis=1) > 0))
        & (situation.buildings.community >= 0)
    )
    assert (atoms.building >= 0).all()
    np.testing.assert_array_equal(
        atoms.residents(),
        np.bincount(atoms.building[homes], situation.buildings.people[homes].sum(axis=1), minlength=len(atoms)),
    )
    assert np.isin(np.arange(len(atoms)), atoms.building[homes]).all()
    whole = atoms.compound[atoms.building[homes]]
    inside = np.isin(situation.buildings.compound[homes], atoms.compound[atoms.compound >= 0])
    np.testing.assert_array_equal(whole[inside], situation.buildings.compound[homes][inside])
    assert (whole[~inside] == -1).all()
    ground = shapely.union_all(projection.projected(package.layers["communities"].geometry, situation.epsg))
    assert atoms.area_m2.sum() == pytest.approx(ground.area, rel=1e-6)
    assert shapely.union_all(atoms.shape).area == pytest.approx(ground.area, rel=1e-6)
    assert len(set(atoms.key)) == len(atoms)
    first, second = atoms.borders.first, atoms.borders.second
    assert (first < second).all()
    shared = shapely.length(shapely.intersection(atoms.shape[first], atoms.shape[second]))
    np.testing.assert_allclose(shared, atoms.borders.length_m, rtol=0.01, atol=1.0)
    assert (atoms.borders.line_m <= atoms.borders.length_m[:, None] + 1e-6).all()
    reach = prepare(situation)
    near = reach.to_any([k for k, key in enumerate(situation.facility_kinds) if key == "kindergarten"])
    walked = situation.buildings.people[reach.rows].sum(axis=1) * (near <= 50_000)
    np.testing.assert_array_equal(
        atoms.walks.within[:, 0], np.bincount(atoms.building[reach.rows], walked, minlength=len(atoms))
    )
    for s in range(atoms.walks.within.shape[1]):
        of = atoms.walks.group_service == s
        sums = np.bincount(atoms.walks.group_atom[of], atoms.walks.group_people[of], minlength=len(atoms))
        np.testing.assert_array_equal(sums, atoms.walks.within[:, s])


@pytest.mark.slow
def test_a_small_district_falls_into_its_compounds_and_a_block() -> None:
    package = builders.a_small_district()

    situation, atoms = atoms_of(package)

    check_tiles(situation, package, atoms)
    # The homes outside compounds lie in one face between streets, but are too many for one block.
    assert atoms.key[:3] == ("A", "B", "C")
    assert all(key.startswith("990102002004/") for key in atoms.key[3:])
    assert atoms.name[0] == "甲小区"
    assert atoms.residents()[3:].sum() == 500
    assert atoms.people[:3].sum() == 1200


@pytest.mark.slow
def test_between_atoms_lies_what_the_way_from_home_to_home_crosses() -> None:
    _, atoms = atoms_of(builders.a_small_district())

    over_river = border(atoms, "A", "C")
    water = atoms.borders.line_m[:, LINES.index(Line.WATER)]
    assert water[over_river] == pytest.approx(atoms.borders.length_m[over_river])
    assert water[border(atoms, "A", "B")] == 0
    subdistrict = atoms.borders.line_m[:, LINES.index(Line.SUBDISTRICT)]
    assert subdistrict[over_river] > 0
    assert subdistrict[border(atoms, "A", "B")] == 0
    assert atoms.borders.line_m[border(atoms, "A", "B"), LINES.index(Line.COMMUNITY)] > 0


@pytest.mark.slow
def test_atoms_hang_together_across_a_river_only_where_a_way_leads_over() -> None:
    package = builders.a_small_district()
    streets = package.layers["streets"]
    kept = [row for row, key in enumerate(streets.keys) if key not in {"NS0", "NS1", "NS2", "NS3", "NS4", "IC"}]
    ends = [(0, 600), (660, 1200)]
    stumps = [
        (f"N{x}{south}", shapely.LineString([(x, south), (x, north)]), {"class": "street"})
        for x in (0, 300, 600, 900, 1200)
        for south, north in ends
    ]
    cut = replace(
        streets,
        keys=tuple(streets.keys[row] for row in kept) + tuple(key for key, _, _ in stumps),
        geometry=np.concatenate([streets.geometry[kept], builders.lonlat(*(shape for _, shape, _ in stumps))]),
        attributes=tuple(streets.attributes[row] for row in kept) + tuple(a for _, _, a in stumps),
    )

    bridged = atoms_of(package)[1]
    parted = atoms_of(builders.with_layer(package, cut))[1]

    assert bridged.borders.joins[border(bridged, "A", "C")]
    assert not parted.borders.joins[border(parted, "A", "C")]
    assert parted.borders.joins[border(parted, "A", "B")]


@pytest.mark.slow
def test_an_open_compound_of_too_many_people_is_cut_and_a_walled_one_kept() -> None:
    rules = replace(RULES, people_min=100, people_max=300)

    _, atoms = atoms_of(builders.a_small_district(), rules)

    assert {"A", "B"} <= set(atoms.key)
    assert "C" not in atoms.key
    assert max(atoms.residents()[3:]) <= 150


@pytest.mark.slow
def test_atoms_know_what_they_were_made_from() -> None:
    package = builders.a_small_district()
    situation, atoms = atoms_of(package)

    assert measures.atoms(situation, package, RULES).fingerprint == atoms.fingerprint
    assert measures.atoms(situation, package, replace(RULES, walk_m=300.0)).fingerprint != atoms.fingerprint
    other = replace(situation, areas=replace(situation.areas, code=("1", "2", "3", "4")))
    with pytest.raises(ValueError, match="not assembled from this package"):
        measures.atoms(other, package, RULES)
    empty = replace(situation.buildings, community=np.full(len(situation.buildings.key), -1, dtype=np.int32))
    with pytest.raises(measures.NoHomes):
        measures.atoms(replace(situation, buildings=empty), package, RULES)


def test_tiles_go_to_the_nearest_seed() -> None:
    random = np.random.default_rng(3)
    seeds, atom = random.uniform(0, 100, (40, 2)), np.arange(40, dtype=np.int32) // 4
    square = shapely.box(0, 0, 100, 100)

    tiles = unit_tiles.tiling(seeds, atom, 10, square)

    points = random.uniform(0, 100, (500, 2))
    nearest = atom[((points[:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1)]
    inside = shapely.intersects(tiles.shape[nearest], shapely.points(points))
    assert inside.all()
    assert shapely.area(tiles.shape).sum() == pytest.approx(square.area)
    np.testing.assert_array_equal(tiles.atom_at(points), nearest)
    for one, other in combinations(range(10), 2):
        of_pair = (tiles.first == one) & (tiles.second == other)
        shared = shapely.intersection(tiles.shape[one], tiles.shape[other]).length
        assert tiles.length_m[of_pair].sum() == pytest.approx(shared, abs=1e-6)


def test_blocks_are_halved_until_none_holds_too_many() -> None:
    random = np.random.default_rng(4)
    xy, people = random.uniform(0, 100, (60, 2)), random.integers(1, 50, 60)

    block = unit_atoms._halved(xy, np.zeros(60, dtype=np.int64), people, 120.0)

    assert np.bincount(block, weights=people).max() <= 120
    assert (np.unique(block) == np.arange(block.max() + 1)).all()
    assert unit_atoms._halved(xy[:1], np.zeros(1, dtype=np.int64), people[:1] * 1000, 120.0).tolist() == [0]


@pytest.mark.long
def test_a_synthetic_city_is_drawn_into_units_that_hold() -> None:
    package = city.city(communities=24, people=150_000)
    situation = assembly.assemble(package, facility_kinds=city.ALL_KINDS)
    atoms = measures.atoms(situation, package, unit_rules())

    found = measures.proposals(atoms, unit_rules(), runs=2, effort=Effort(steps=20_000))

    check_tiles(situation, package, atoms)
    assert len(found) == len(unit_rules().goals)
    for proposal in found:
        assert broken(proposal) == []
        assert proposal.totals.people == situation.buildings.people.sum()


@pytest.mark.data
@pytest.mark.long
def test_las_palmas_is_drawn_into_units_that_hold(real_data: Path) -> None:
    package = read_package(EXAMPLE, vocabularies=VOCABULARIES, osm_kinds=OSM_KINDS, data=real_data / "las-palmas")
    kinds = tuple(kind.key for kind in VOCABULARIES["facility_kinds"])
    situation = assembly.assemble(package, facility_kinds=kinds)
    atoms = measures.atoms(situation, package, unit_rules())

    found = measures.proposals(atoms, unit_rules(), runs=2, effort=Effort(steps=50_000))

    assert len(atoms) > 1_000
    assert atoms.residents().sum() == 378_675
    assert 2 <= len(found) <= len(unit_rules().goals)
    for proposal in found:
        assert broken(proposal) == []
        assert proposal.totals.in_range >= 40
        # Homes on the wrong side of the motorway: few, and named.
        assert {part.why for part in proposal.infeasible} <= {Why.TOO_FEW}
        assert sum(part.people for part in proposal.infeasible) < 2_000
