"""``linli plan``: answers from a package's files, told and written; every fault with its place and nothing written."""

import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from builders import lonlat
from console_builders import a_written_package
from written_files import columns, rows

from linli.domain.planning.measures.scenarios import effects
from linli.faces.console import main as console

ASKED = ("--pack", "complete-community", "--day", "2026-06-30")
WALKED = ("--pack", "shangcheng", "--day", "2026-06-30")
NEW_SCHOOL = {"kind": "add_facility", "facility_kind": "kindergarten", "capacity": 180, "cost_fen": 250_000_000}


def at(*meters: tuple[float, float]) -> list[list[float]]:
    """Longitudes and latitudes of points counted from the district's corner."""
    return [list(point.coords[0]) for point in lonlat(*(shapely.Point(x, y) for x, y in meters))]


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    try:
        code = console.main([str(one) for one in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return code, told.out, told.err


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return a_written_package(tmp_path_factory.mktemp("plan") / "p")


@pytest.fixture
def cache(tmp_path_factory):
    return ("--cache", tmp_path_factory.getbasetemp() / "kept")


def a_question(path, content) -> object:
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def edits(path) -> object:
    """A sports ground, a bridge between two streets, new homes."""
    return a_question(
        path,
        [
            {**NEW_SCHOOL, "facility_kind": "multi_sport", "line": at((900, 880)), "note": "新园"},
            {"kind": "add_way", "line": at((300, 450), (600, 450)), "cost_fen": 80_000_000},
            {"kind": "add_homes", "line": at((890, 700)), "people": [10, 10, 20, 10, 200, 40, 10]},
        ],
    )


# --- What if --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_effect_of_edits_is_told_and_written(capsys, tmp_path, package, cache):
    asked = ("plan", "what-if", package, edits(tmp_path / "e.json"), *WALKED, *cache)
    for ending in ("gpkg", "geojson", "xlsx", "pdf"):
        code, out, err = run(capsys, *asked, "-o", tmp_path / f"r.{ending}")
        assert code == 0, err

    assert "3 处改动,全天" in out
    assert "费用 3,300,000 元(1 处没有填)" in out
    assert "活力运动健身:新增 375 人" in out
    assert "覆盖 0 → 675 / 2,000 人" in out
    layers = {name for name, _ in pyogrio.list_layers(tmp_path / "r.gpkg")}
    assert layers == {"edits", "access", "homes", "findings", "grades", "shortfalls"}
    drawn = columns(tmp_path / "r.gpkg", "edits")
    assert [shape.geom_type for shape in drawn["geometry"]] == ["Point", "LineString", "Point"]
    homes = columns(tmp_path / "r.gpkg", "homes")
    assert set(homes["change"]) == {"新可到达"}
    assert ((homes["after_m"] >= 1) & (homes["after_m"] <= 3000)).all()
    features = json.loads((tmp_path / "r.geojson").read_text("utf-8"))["features"]
    assert {one["properties"]["layer"] for one in features} == {"edits", "homes"}
    assert zipfile.is_zipfile(tmp_path / "r.xlsx")
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.slow
def test_the_written_figures_are_those_of_the_measure(capsys, tmp_path, package, cache):
    from datetime import date

    from linli.domain.standards import queries as standards
    from linli.faces.console import house
    from linli.interchange.questions import read_edits

    path = edits(tmp_path / "e.json")
    run(capsys, "plan", "what-if", package, path, *WALKED, *cache, "-o", tmp_path / "r.gpkg")
    situation = house.prepared_in(package, cache=None)[0].situation
    pack = standards.pack("shangcheng", day=date(2026, 6, 30), local=False)

    found = effects.effect(effects.base(situation, pack, {}, date(2026, 6, 30)), read_edits(path))

    written = columns(tmp_path / "r.gpkg", "access")
    assert written["gained"].tolist() == [one.gained_total for one in found.access]
    assert written["covered_after"].tolist() == [one.covered_after for one in found.access]
    walks = columns(tmp_path / "r.gpkg", "homes")
    assert np.rint(np.nan_to_num(walks["after_m"], nan=-1) * 100).astype(int).tolist() == [
        cm if cm < 2**30 else -100 for cm in found.walks.after_cm.tolist()
    ]
    assert rows(tmp_path / "r.gpkg", "findings") == len(found.findings)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "place", "says"),
    [
        ([{**NEW_SCHOOL, "line": [[10.0, 10.0]]}], "第 1 处", "本区之外"),
        ([{"kind": "add_way", "line": at((300, 450), (450, 450))}], "第 1 处", "没有接上"),
        ([{**NEW_SCHOOL, "line": at((900, 880)), "capacity": -5}], "第 1 处:capacity", "-5"),
        ([{**NEW_SCHOOL, "line": at((900, 880)), "capacity": 10**400}], "第 1 处:capacity", "1,000,000"),
        ([{"kind": "fly"}], "第 1 处:kind", "fly"),
        ({"no": "list"}, "整个清单", "清单"),
        ([{**NEW_SCHOOL, "line": at((900, 880)), "slices": ["midsummer"]}], "第 1 处:slices", "midsummer"),
    ],
)
def test_bad_edits_are_refused_with_their_place(capsys, tmp_path, package, cache, content, place, says):
    path = a_question(tmp_path / "e.json", content)

    code, out, err = run(capsys, "plan", "what-if", package, path, *ASKED, *cache, "-o", tmp_path / "r.gpkg")

    assert code == 1
    (line,) = [line for line in err.splitlines() if line.startswith("拒绝")]
    assert f"e.json:{place}" in line
    assert says in line
    assert out == ""
    assert [one.name for one in tmp_path.iterdir()] == ["e.json"]


@pytest.mark.parametrize(
    "text",
    ["{", "\udcff", "[" * 100_000, '[{"capacity": ' + "9" * 5_000 + "}]", None],
    ids=["cut", "bytes", "deep", "digits", "missing"],
)
def test_a_file_that_is_no_json_is_refused(capsys, tmp_path, package, text):
    path = tmp_path / "e.json"
    if text is not None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))

    code, _, err = run(capsys, "plan", "what-if", package, path, *ASKED)

    assert code == 1
    assert re.search("[\u4e00-\u9fff]", err)


@pytest.mark.parametrize(
    "arguments",
    [
        ("what-if", "p", "e.json", *ASKED, "-o", "r.doc"),
        ("what-if", "p", "e.json", *ASKED, "-o", "/nowhere/r.gpkg"),
        ("what-if", "p", "e.json", *ASKED, "--slice", "midsummer"),
        ("what-if", "p", "e.json", "--pack", "nothing"),
        ("site", "p", "q.json", "-o", "r.csv"),
        ("what-if", "p", "e.json", *ASKED, "-o", "folder.pdf"),
        ("units", "/nowhere"),
        ("units", "p", "--rules", "/nowhere.yaml"),
    ],
)
def test_wrong_questions_are_refused_at_once(capsys, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.json").write_text("[]")
    (tmp_path / "folder.pdf").mkdir()
    (tmp_path / "q.json").write_text('{"objective": "p_median", "functions": [], "facilities_most": 1}')

    code, _, err = run(capsys, "plan", *arguments)

    assert code == 1
    assert re.search("[\u4e00-\u9fff]", err)


@pytest.mark.parametrize(
    "arguments", [(), ("what-if",), ("what-if", "e.json", *ASKED), ("units",), ("units", "p", "--seed", "-1")]
)
def test_wrong_usage_has_code_two(capsys, arguments):
    code, _, err = run(capsys, "plan", *arguments)

    assert code == 2
    assert "用法不对" in err


# --- What where -----------------------------------------------------------------------------------------------------


def a_site(key: str, x: float, y: float, yuan: int) -> dict[str, object]:
    ways = [{"supply": "build", "cost_fen": yuan * 100}]
    return {"key": key, "name": f"{key}号地", "at": at((x, y))[0], "origin": "point", "ways": ways, "area_m2": 500.0}


def a_problem(**changes: object) -> dict[str, object]:
    return {
        "objective": "maximal_covering",
        "functions": [{"kind": "supermarket", "limit_m": 400.0}],
        "candidates": [a_site("a", 130, 300, 900_000), a_site("b", 1000, 900, 500_000), a_site("c", 700, 300, 400_000)],
        "facilities_most": 1,
        **changes,
    }


@pytest.mark.slow
def test_the_best_place_is_told_and_written(capsys, tmp_path, package, cache):
    asked = ("plan", "site", package, a_question(tmp_path / "q.json", a_problem()), *cache)
    for ending in ("gpkg", "geojson", "xlsx", "pdf"):
        code, out, err = run(capsys, *asked, "-o", tmp_path / f"s.{ending}")
        assert code == 0, err

    # At b one home of four lies too far, so that 375 people are fewer than the 400 at c, which is cheaper than a.
    assert "400 人,任何方案都不会好过 400 人,与最优最多相差 0%" in out
    assert "c号地:综合超市(新建),综合超市 400 人" in out
    assert "费用合计 400,000 元" in out
    projects = columns(tmp_path / "s.gpkg", "projects")
    assert projects["candidate"].tolist() == ["c"]
    assert projects["cost_yuan"].tolist() == [400_000]
    layers = {name for name, _ in pyogrio.list_layers(tmp_path / "s.gpkg")}
    assert layers == {"projects", "candidates", "answer", "coverage", "curve", "notes"}
    assert (tmp_path / "s.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.slow
def test_without_candidates_idle_premises_are_taken(capsys, tmp_path, package, cache):
    problem = a_problem(candidates=[], functions=[{"kind": "supermarket", "limit_m": 900.0}])

    code, out, err = run(
        capsys, "plan", "site", package, a_question(tmp_path / "q.json", problem), *cache, "-o", tmp_path / "s.gpkg"
    )

    assert code == 0, err
    assert "取本区全部闲置用房:1 处" in err
    assert "旧锅炉房" in out or "P1" in out


@pytest.mark.slow
def test_what_cannot_be_done_says_which_rule_to_relax(capsys, tmp_path, package, cache):
    problem = a_problem(objective="set_covering", budget_fen=10_000_00)

    code, out, err = run(
        capsys, "plan", "site", package, a_question(tmp_path / "q.json", problem), *cache, "-o", tmp_path / "s.pdf"
    )

    assert code == 1
    assert out == f"结果:{tmp_path / 's.pdf'}\n"
    assert "放宽到" in err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"budget_fen": 0}, "预算"),
        ({"functions": [{"kind": "kindergarten", "limit_m": 10**400}]}, "limit_m"),
        ({"facilities_most": None}, "全部选上"),
        ({"candidates": [{**a_site("a", 0, 0, 1), "at": [10.0, 10.0]}]}, "a: 不在本区范围内"),
        ({"candidates": [{**a_site("a", 130, 300, 1), "capacity": -1.0}]}, "a: 容量"),
        ({"functions": [{"kind": "castle", "limit_m": 400.0}]}, "castle"),
    ],
)
def test_bad_problems_are_refused_and_nothing_is_written(capsys, tmp_path, package, cache, changes, says):
    path = a_question(tmp_path / "q.json", a_problem(**changes))

    code, out, err = run(capsys, "plan", "site", package, path, *cache, "-o", tmp_path / "s.gpkg")

    assert code == 1
    assert out == ""
    assert says in err
    assert [one.name for one in tmp_path.iterdir()] == ["q.json"]


def test_every_field_that_cannot_be_read_is_named(capsys, tmp_path, package):
    wrong = a_problem(objective="best", sharing=True, functions=[{"kind": 7}], budgets_fen=[1, "x"])
    path = a_question(tmp_path / "q.json", wrong)

    code, _, err = run(capsys, "plan", "site", package, path)

    assert code == 1
    lines = [line.removeprefix("拒绝 q.json: ") for line in err.splitlines() if line.startswith("拒绝")]
    assert [line.split(":")[0] for line in lines] == [
        "sharing",
        "objective",
        "functions[1].kind",
        "functions[1].limit_m",
        "budgets_fen[2]",
    ]


# --- Which units ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_units_are_told_and_written(capsys, tmp_path, package, cache):
    from linli.domain.planning.queries import unit_rules

    rules = (unit_rules._PACKS / unit_rules.FILE).read_text("utf-8")
    small = re.sub("minimum: *[0-9]+", "minimum: 300", re.sub("maximum: *[0-9]+", "maximum: 900", rules))
    (tmp_path / "rules.yaml").write_text(small, "utf-8")
    asked = ("plan", "units", package, "--rules", tmp_path / "rules.yaml", "--runs", 1, *cache)
    for ending in ("gpkg", "geojson", "xlsx", "pdf"):
        code, out, err = run(capsys, *asked, "-o", tmp_path / f"u.{ending}")
        assert code == 0, err

    assert "个基本块,1,700 人" in out
    units = columns(tmp_path / "u.gpkg", "units")
    atoms = columns(tmp_path / "u.gpkg", "atoms")
    first = units["proposal"] == 1
    assert units["people"][first].sum() == atoms["people"].sum() == 1700
    for number, people in zip(units["unit"][first], units["people"][first], strict=True):
        assert atoms["people"][atoms["unit_1"] == number].sum() == people
    drawn, ground = (shapely.union_all(shapes).area for shapes in (units["geometry"][first], atoms["geometry"]))
    assert drawn == pytest.approx(ground, rel=1e-6)
    assert "people" in columns(tmp_path / "u.gpkg", "rules")["rule"].tolist()
    assert (tmp_path / "u.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.slow
def test_units_that_cannot_exist_are_named(capsys, package, cache):
    code, _, err = run(capsys, "plan", "units", package, "--runs", 1, *cache)

    assert code == 0
    assert re.search("无法划入人口范围:.*1,700 人", err)


def test_rules_that_are_none_are_refused_with_their_line(capsys, tmp_path, package, cache):
    (tmp_path / "rules.yaml").write_text("people: {minimum: many}\n", "utf-8")

    code, _, err = run(capsys, "plan", "units", package, "--rules", tmp_path / "rules.yaml", *cache)

    assert code == 1
    assert "units.yaml:1" in err


# --- On the database ------------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_a_district_of_the_database_is_planned_like_its_package(capsys, tmp_path, package, cache, monkeypatch):
    monkeypatch.setattr("linli.runtime.database.prepare", lambda: None)
    assert run(capsys, "import", package)[0] == 0
    wanted = edits(tmp_path / "e.json")
    problem = a_question(tmp_path / "q.json", a_problem())
    asked = (("what-if", wanted, *WALKED), ("site", problem), ("units", "--runs", 1))

    for question, *rest in asked:
        of_files = run(capsys, "plan", question, package, *rest, *cache, "-o", tmp_path / "a.geojson")
        kept = run(capsys, "plan", question, "--district", "990102", *rest, *cache, "-o", tmp_path / "b.geojson")

        assert (of_files[0], kept[0]) == (0, 0), kept[2]
        assert (tmp_path / "a.geojson").read_text("utf-8") == (tmp_path / "b.geojson").read_text("utf-8")
    assert run(capsys, "plan", "units", "--district", "1")[0] == 1


# --- The guide --------------------------------------------------------------------------------------------------------

ROOT = Path(__file__).parents[3]


@pytest.mark.data
@pytest.mark.long
def test_the_commands_of_the_guide_do_what_it_says(capsys, real_data, tmp_path, monkeypatch):
    guide = (ROOT / "docs" / "guides" / "planning.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)
    commands = [line.split() for block in blocks for line in block.splitlines()]
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    told = []

    for command in commands:
        asked = [str(real_data / "las-palmas") if word == "$DATA" else word for word in command[1:]]
        code, out, err = run(capsys, *asked, "--cache", tmp_path / "kept")
        assert code == (1 if "--districts" in asked else 0), err
        told.append(out)

    assert len(told) == 5
    assert "优质医疗服务:新增 631 人" in told[0]
    assert "与最优最多相差 0%" in told[2]
    assert "已证明没有更好的" in told[2]
    for name in ("what-if.gpkg", "what-if.pdf", "siting.xlsx", "units.gpkg", "figures/districts.csv"):
        assert (tmp_path / name).stat().st_size > 100
    units = columns(tmp_path / "units.gpkg", "units")
    for number in np.unique(units["proposal"]):
        assert units["people"][units["proposal"] == number].sum() == 378_675
    within = units["people"][~units["infeasible"].astype(bool)]
    assert ((within >= 5_000) & (within <= 12_000)).all()
