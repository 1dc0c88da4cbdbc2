"""The command as a person meets it: help, exit codes, faults on lines, and never a traceback."""

import csv
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from builders import a_small_district
from console_builders import a_written_package
from package_builders import a_folder

from linli.faces.console import main as console
from linli.interchange import export

COMMANDS = (
    "import",
    "checkup",
    "prepare",
    "walk",
    "serve",
    "demo",
    "account",
    "template",
    "export",
    "backup",
    "restore",
)


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    """Exit code, output, errors."""
    try:
        code = console.main([str(one) for one in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return code, told.out, told.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_chinese(capsys, command):
    code, out, _ = run(capsys, command, "--help")

    assert code == 0
    assert re.search("[\u4e00-\u9fff]", out)
    assert "usage" not in out


def test_help_comes_at_once():
    """Nothing heavy is imported for it."""
    code = "import sys; from linli.faces.console.main import parser; parser().format_help(); print(*sys.modules)"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert not {"django", "numpy", "shapely", "pyogrio", "numba", "openpyxl", "rich"} & set(out.split())


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("fly",),
        ("walk",),
        ("import",),
        ("checkup", "--pack"),
        ("serve", "--port", "x"),
        ("walk", "n", "--limit", "-3"),
    ],
)
def test_wrong_usage_is_told_in_chinese_with_code_two(capsys, arguments):
    code, _, err = run(capsys, *arguments)

    assert code == 2
    assert err.startswith("用法不对")


def test_check_up_wants_either_a_folder_or_a_district(capsys):
    assert run(capsys, "checkup", "--pack", "shangcheng")[0] == 2
    assert run(capsys, "checkup", "x", "--district", "1", "--pack", "shangcheng")[0] == 2
    assert run(capsys, "checkup", "x", "--pack", "shangcheng", "--access", "compound", "-o", "r.csv")[0] == 1
    assert run(capsys, "checkup", "x", "--pack", "shangcheng", "--access", "street")[0] == 2


def test_every_fault_stands_on_a_line_of_its_own(capsys, tmp_path):
    text = "key,kind,lon,lat\na,幼稚园,120.1,30.2\nb,药店,东,30.2\n"
    a_folder(tmp_path, {"t.csv": text}, {"layer": "facilities", "file": "t.csv", "crs": "EPSG:4326"})

    code, _, err = run(capsys, "import", tmp_path, "--dry-run")

    refused = [line for line in err.splitlines() if line.startswith("拒绝")]
    assert code == 1
    assert [line.split(": ")[0] for line in refused][:2] == [
        "拒绝 t.csv:facilities:2:kind",
        "拒绝 t.csv:facilities:3:kind",
    ]
    assert any(line.startswith("拒绝 t.csv:facilities:3:lon: ") for line in refused)


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "/nowhere"),
        ("checkup", "/nowhere", "--pack", "shangcheng"),
        ("restore", "/nowhere.zip"),
        ("walk", "/no.pbf", "--from", "/no.csv", "--to", "/no.csv", "-o", "/tmp/never.csv"),
        ("walk", "/no.pbf", "--from", "/no.csv", "--to", "/no.csv", "-o", "out.exe"),
        ("checkup", ".", "--pack", "nothing"),
        ("export", "--district", "1", "-o", "x.doc"),
        ("demo", "--communities", "9999"),
        ("walk", "/no.pbf", "--from", "/no.csv", "--to", "/no.csv", "-o", "o.csv", "--crs", "WGS72"),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_code_one(capsys, arguments):
    code, _, err = run(capsys, *arguments)

    assert code == 1
    assert re.search("[\u4e00-\u9fff]", err)


def test_a_copy_of_the_workbook_shows_what_is_wrong(capsys, tmp_path):
    from openpyxl import Workbook, load_workbook

    book = Workbook()
    book.active.append(["key", "kind", "lon", "lat"])
    book.active.append(["a", "幼稚园", 120.1, 30.2])
    a_folder(tmp_path / "p", {}, {"layer": "facilities", "file": "t.xlsx", "crs": "EPSG:4326"})
    book.save(tmp_path / "p" / "t.xlsx")

    code, out, _ = run(capsys, "import", tmp_path / "p", "--dry-run", "--faults-copy", tmp_path / "copies")

    assert code == 1
    assert str(tmp_path / "copies" / "t.xlsx") in out
    assert load_workbook(tmp_path / "copies" / "t.xlsx").active["B2"].comment is not None


def test_distances_are_written(capsys, tmp_path):
    package = a_small_district()
    streets, buildings = package.layers["streets"], package.layers["buildings"]
    export.write_geopackage([export.layer_sheet(streets)], tmp_path / "n.gpkg")
    points = [(key, *shape.centroid.coords[0]) for key, shape in zip(buildings.keys, buildings.geometry, strict=True)]
    (tmp_path / "o.csv").write_text("id,lon,lat\n" + "".join(f"{k},{x!r},{y!r}\n" for k, x, y in points), "utf-8")
    (tmp_path / "f.csv").write_text(
        "id,kind,lon,lat\n" + "".join(f"{k},home,{x!r},{y!r}\n" for k, x, y in points[:1]), "utf-8"
    )

    code, out, _ = run(
        capsys,
        "walk",
        tmp_path / "n.gpkg",
        "--from",
        tmp_path / "o.csv",
        "--to",
        tmp_path / "f.csv",
        "-o",
        tmp_path / "d.csv",
    )

    assert code == 0
    assert f"{len(points)} 个起点" in out
    rows = list(csv.DictReader((tmp_path / "d.csv").read_text().splitlines()))
    assert list(rows[0]) == ["id", "d_home"]
    assert all(re.fullmatch(r"[0-9]+\.[0-9]", row["d_home"]) for row in rows)


def test_a_fault_of_ours_is_not_blamed_on_the_input(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("linli.faces.console.house.package_in", lambda *_: 1 / 0)

    code, _, err = run(capsys, "import", tmp_path)

    assert code == 3
    (kept,) = tmp_path.glob("linli-error-*.txt")
    assert "ZeroDivisionError" in kept.read_text()
    assert str(kept) in err


def test_a_template_is_written_and_passes_its_own_check(capsys, tmp_path):
    assert run(capsys, "template", tmp_path / "p", "--code", "990102", "--name", "测试区")[0] == 0
    assert run(capsys, "import", tmp_path / "p", "--dry-run")[0] == 0
    assert run(capsys, "template", tmp_path / "p")[0] == 1


def test_a_folder_is_checked_up_without_a_database(capsys, tmp_path):
    folder = a_written_package(tmp_path / "p")
    for ending in ("xlsx", "csv", "geojson", "gpkg"):
        code, out, _ = run(
            capsys,
            "checkup",
            folder,
            "--pack",
            "complete-community",
            "--day",
            "2026-06-30",
            "-o",
            tmp_path / f"r.{ending}",
        )

        assert code == 0
        assert "4 个社区" in out
        assert (tmp_path / f"r.{ending}").stat().st_size > 500

    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["社区代码"] for row in rows}) == 4
    assert {row["状态"] for row in rows} <= {"达标", "未达目标", "低于底线", "无法评定"}
    assert all(row["原因"] for row in rows if row["状态"] == "无法评定")


@pytest.mark.django_db(transaction=True)
def test_a_package_is_imported_once_and_a_bad_one_not_at_all(capsys, tmp_path, monkeypatch):
    from linli.domain.places import queries

    monkeypatch.setattr("linli.runtime.database.prepare", lambda: None)
    folder = a_written_package(tmp_path / "p")
    bad = a_folder(
        tmp_path / "bad",
        {"t.csv": "key,kind,lon,lat\na,?,120.1,30.2\nb,公交站点,120.1,30.2\n"},
        {"layer": "facilities", "file": "t.csv", "crs": "EPSG:4326"},
        code="990199",
    )

    assert run(capsys, "import", bad)[0] == 1
    assert queries.districts() == ()
    assert "第 1 版" in run(capsys, "import", folder)[1]
    assert "没有改变" in run(capsys, "import", folder)[1]
    code, out, _ = run(capsys, "import", bad, "--rest")
    assert (code, "第 1 版" in out) == (0, True)
    assert run(capsys, "export", "--district", "990102", "-o", tmp_path / "again")[0] == 0
    assert "没有改变" in run(capsys, "import", tmp_path / "again")[1]
    assert (
        run(capsys, "checkup", "--district", "990102", "--pack", "complete-community", "-o", tmp_path / "r.csv")[0] == 0
    )
    assert run(capsys, "export", "--district", "1", "-o", tmp_path / "x.gpkg")[0] == 1
    code, out, _ = run(capsys, "account", "wang.min", "--name", "王敏", "--district", "990102")
    assert (code, "临时密码" in out) == (0, True)
    assert run(capsys, "account", "wang.min", "--name", "王敏", "--district", "990102")[0] == 1
    assert run(capsys, "account", "Wang", "--name", "王敏", "--district", "990102")[0] == 1
    assert run(capsys, "account", "li.si", "--name", "李四", "--district", "1")[0] == 1


# --- Real data ------------------------------------------------------------------------------------------------------


EXAMPLES = Path(__file__).parents[3] / "docs" / "guides" / "examples"


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("example", "data", "communities"),
    [pytest.param("las-palmas", "las-palmas", 29, marks=pytest.mark.long), ("beijing-tsinghua", "beijing", 2)],
)
def test_an_example_is_checked_up_in_one_command(capsys, real_data, tmp_path, example, data, communities):
    began = time.process_time()

    code, out, err = run(
        capsys,
        "checkup",
        EXAMPLES / example,
        "--data",
        real_data / data,
        "--pack",
        "complete-community",
        "-o",
        tmp_path / "r.csv",
    )

    assert code == 0, err
    assert f"{communities} 个社区" in out
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        states = {row["状态"] for row in csv.DictReader(file)}
    # What the data lack is not assessable, never a failure.
    assert "低于底线" not in states
    assert "无法评定" in states
    assert time.process_time() - began < 60


@pytest.mark.data
@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_las_palmas_is_imported_in_one_command(capsys, real_data, monkeypatch):
    monkeypatch.setattr("linli.runtime.database.prepare", lambda: None)

    code, out, err = run(capsys, "import", EXAMPLES / "las-palmas", "--data", real_data / "las-palmas")

    assert code == 0, err
    assert "第 1 版" in out
