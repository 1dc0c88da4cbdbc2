"""Walking distances from files, against figures of other code and against arithmetic."""

import csv
from pathlib import Path

import numpy as np
import pyproj
import pytest
import reference_data
import shapely
from package_builders import VOCABULARIES

from linli.compute import hierarchy, sweep
from linli.compute.snapping import Anchors
from linli.domain.places.rules import projection, walkways
from linli.interchange import export, walking
from linli.interchange.faultlog import PackageRefused

AREAS = (
    pytest.param("las-palmas/las_palmas_2023", marks=pytest.mark.long),
    "beijing/tsinghua_2017",
    "beijing/wangjing_2020",
    "beijing/xueyuanlu_2026",
)


def reference_of(data: Path, area: str) -> tuple[Path, Path]:
    pbf = data / f"{area}.osm.pbf"
    name = (
        "reference_distances.csv"
        if "palmas" in area
        else f"{pbf.name.removesuffix('.osm.pbf')}_reference_distances.csv"
    )
    return pbf, pbf.parent / name


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("area", AREAS)
def test_distances_agree_with_the_reference(real_data, tmp_path, area):
    pbf, reference = reference_of(real_data, area)
    origins, goals, expected = reference_data.write_inputs(tmp_path, reference, pbf)

    start, found = walking.distances(pbf, origins, goals)
    walking.write(tmp_path / "out.csv", start, found)

    gaps = reference_data.gaps(tmp_path / "out.csv", expected)
    assert set(gaps) == set(next(iter(expected.values())))
    whole = np.concatenate(list(gaps.values()))
    assert len(whole) >= 0.99 * sum(len(row) for row in expected.values())
    assert abs(np.median(whole)) <= 30
    # Where nodes stand dense, as in the city, snapping to edges moves little; on Beijing's campuses it moves more.
    assert np.median(np.abs(whole)) <= (30 if "palmas" in area else 45)


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("area", AREAS)
def test_joined_to_nodes_as_the_reference_is_the_figures_are_the_same(real_data, tmp_path, area):
    """Network, facilities and search agree to the metre: in ``linli walk`` the snapping to edges alone differs."""
    pbf, reference = reference_of(real_data, area)
    origins, goals, expected = reference_data.write_inputs(tmp_path, reference, pbf)
    ways = walking.read_ways(pbf)
    epsg = projection.local_epsg(*projection.middle(ways.shape))
    no_walls = walkways.Walls(np.empty(0, dtype=object), np.empty(0, dtype=bool), {})
    nothing = np.empty(0, dtype=object)
    ground = walkways.walking_ground(ways.attributes, projection.projected(ways.shape, epsg), (), nothing, no_walls)

    def at_nodes(path: Path) -> tuple[list[dict[str, str]], Anchors]:
        with path.open() as file:
            rows = list(csv.DictReader(file))
        turn = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
        xy = np.column_stack(turn.transform([float(r["lon"]) for r in rows], [float(r["lat"]) for r in rows]))
        node = shapely.STRtree(shapely.points(ground.network.xy)).nearest(shapely.points(xy))
        leg = np.rint(100 * np.hypot(*(ground.network.xy[node] - xy).T)).astype(np.int32)
        edge_of = np.zeros(ground.network.nodes, dtype=np.int32)
        edge_of[ground.network.edges[:, 0]] = edge_of[ground.network.edges[:, 1]] = np.arange(len(ground.network.edges))
        edge = edge_of[node]
        is_tail = ground.network.edges[edge, 0] == node
        length = ground.network.length_cm[edge]
        return rows, Anchors(edge, leg + np.where(is_tail, 0, length), leg + np.where(is_tail, length, 0), leg)

    starts, start = at_nodes(origins)
    ends, goal = at_nodes(goals)
    kinds = list(next(iter(expected.values())))
    of_kind = np.array([kinds.index(row["kind"]) for row in ends], dtype=np.int32)
    metres = sweep.nearest_facilities(hierarchy.prepare(ground.network), start, goal, of_kind, len(kinds)) / 100
    theirs = np.array([[expected[row["id"]][kind] for kind in kinds] for row in starts])

    apart = np.abs(metres - theirs) / np.maximum(theirs, 100)
    assert np.nanmedian(np.abs(metres - theirs)) <= 1
    assert (np.nan_to_num(apart) < 0.005).mean() >= 0.9


def metres(*shapes: shapely.Geometry) -> np.ndarray:
    """Shapes in metres from a corner in Hangzhou, to WGS 84."""
    moved = np.empty(len(shapes), dtype=object)
    moved[:] = [shapely.transform(shape, lambda xy: xy + np.array([516_000.0, 3_348_000.0])) for shape in shapes]
    return projection.unprojected(moved, 4549)


def a_network(path: Path, *lines: list[tuple[float, float]], **columns: list[object]) -> Path:
    shapes = metres(*(shapely.LineString(line) for line in lines))
    given = columns or {"name": ["路"] * len(lines)}
    sheet = export.Sheet("ways", "路", tuple(export.Column(k, k, v) for k, v in given.items()), shapes)
    export.write_geojson(sheet, path)
    return path


def a_table(path: Path, rows: list[tuple[object, ...]], head: str = "id,lon,lat") -> Path:
    """A table of places given as (id, [kind,] x, y) in metres."""
    points = [metres(shapely.Point(row[-2], row[-1]))[0] for row in rows]
    lines = [",".join([*map(str, row[:-2]), repr(p.x), repr(p.y)]) for row, p in zip(rows, points, strict=True)]
    path.write_text("\n".join([head, *lines]) + "\n", "utf-8")
    return path


def run(network: Path, origins: Path, goals: Path, **options: object) -> list[dict[str, str]]:
    start, found = walking.distances(network, origins, goals, **options)
    out = network.with_name("out.csv")
    walking.write(out, start, found, limit_m=None)
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_both_straight_legs_and_the_way_between_add_up(tmp_path):
    network = a_network(tmp_path / "n.geojson", [(0, 0), (1000, 0)], [(1000, 0), (1000, 500)])
    origins = a_table(tmp_path / "o.csv", [("甲", 100, 30)])
    goals = a_table(tmp_path / "f.csv", [("p1", "药店", 1020, 200), ("s1", "学校", 150, 0)], "id,kind,lon,lat")

    assert run(network, origins, goals) == [{"id": "甲", "d_药店": "1150.0", "d_学校": "80.0"}]


def test_a_way_nobody_may_walk_is_not_walked(tmp_path):
    lines = [[(0, 0), (1000, 0)], [(0, 0), (0, 400)], [(0, 400), (1000, 400)], [(1000, 0), (1000, 400)]]
    network = a_network(tmp_path / "n.geojson", *lines, highway=["motorway", "footway", "residential", "steps"])
    origins = a_table(tmp_path / "o.csv", [("a", 0, 0)])
    goals = a_table(tmp_path / "f.csv", [("b", "k", 1000, 0)], "id,kind,lon,lat")

    assert run(network, origins, goals)[0]["d_k"] == "1800.0"


def test_nothing_in_reach_is_left_empty(tmp_path):
    network = a_network(tmp_path / "n.geojson", [(0, 0), (1000, 0)])
    origins = a_table(tmp_path / "o.csv", [("a", 0, 0), ("b", 600, 0)])
    goals = a_table(tmp_path / "f.csv", [("f", "k", 1000, 0)], "id,kind,lon,lat")
    start, found = walking.distances(network, origins, goals)

    empty = walking.write(tmp_path / "out.csv", start, found, limit_m=500)

    assert empty == 1
    assert (tmp_path / "out.csv").read_text() == "id,d_k\na,\nb,400.0\n"


def test_walls_apply_when_compounds_are_given(tmp_path):
    lines = [
        [(0, -50), (0, 0), (0, 100), (0, 200)],
        [(0, 200), (0, 250)],
        [(0, -50), (300, -50)],
        [(300, -50), (300, 250)],
        [(300, 250), (0, 250)],
    ]
    network = a_network(tmp_path / "n.geojson", *lines)
    origins = a_table(tmp_path / "o.csv", [("outside", 0, -50), ("inside", 0, 100)])
    goals = a_table(tmp_path / "f.csv", [("f", "k", 0, 250)], "id,kind,lon,lat")
    outline = export.Sheet("c", "小区", (export.Column("key", "编号", ["c"]),), metres(shapely.box(-40, 0, 40, 200)))
    export.write_geojson(outline, tmp_path / "c.geojson")

    free = run(network, origins, goals)
    walled = run(network, origins, goals, compounds=tmp_path / "c.geojson")

    assert [row["d_k"] for row in free] == ["300.0", "150.0"]
    # Strangers go round; who lives inside uses the compound's own paths and gates.
    assert [row["d_k"] for row in walled] == ["900.0", "150.0"]


def faults_of(*files: Path) -> list[tuple[str, int | None, str, str]]:
    with pytest.raises(PackageRefused) as refusal:
        walking.distances(*files)
    return [(f.file, f.row, f.column, f.found) for f in refusal.value.faults]


def test_every_fault_of_every_table_is_told_at_once(tmp_path):
    network = a_network(tmp_path / "n.geojson", [(0, 0), (1000, 0)])
    origins = tmp_path / "o.csv"
    origins.write_text(
        "id,lon,lat\na,120.16,30.25\na,120.16,30.25\nc,30.25,120.16\nd,东经120,30.25\n,120.16,30.25\nf,0,0\n", "utf-8"
    )
    goals = tmp_path / "f.csv"
    goals.write_text("id,kind,lon,lat\nx,,120.16,30.25\n", "utf-8")

    assert faults_of(network, origins, goals) == [
        ("o.csv", 6, "id", ""),
        ("o.csv", 5, "lon", "东经120"),
        ("o.csv", 4, "lat", "120.16"),
        ("o.csv", 3, "id", "a"),
        ("f.csv", 2, "kind", ""),
        ("o.csv", 7, "lon, lat", "0, 0"),
    ]


def test_a_missing_column_and_a_missing_file_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    origins = Path("o.csv")
    origins.write_text("编号,经度,y\n1,2,3\n", "utf-8")

    assert faults_of(Path("n.osm.pbf"), origins, Path("f.csv")) == [
        ("n.osm.pbf", None, "", "n.osm.pbf"),
        ("o.csv", 1, "lat", "编号、经度、y"),
        ("f.csv", None, "", "f.csv"),
    ]


def test_the_vocabulary_is_not_needed(tmp_path):
    """A planner may call kinds what they like."""
    assert VOCABULARIES
    network = a_network(tmp_path / "n.geojson", [(0, 0), (1000, 0)])
    origins = a_table(tmp_path / "o.csv", [("=1+1", 0, 0)])
    goals = a_table(tmp_path / "f.csv", [("f", '"a, b"', 100, 0)], "id,kind,lon,lat")

    assert run(network, origins, goals) == [{"id": "'=1+1", "d_a, b": "100.0"}]
