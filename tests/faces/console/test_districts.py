"""Many districts in one command: each as if alone, and a bad one stops no other."""

import csv
import re

import pytest
from console_builders import a_written_package

from linli.faces.console import main as console

ASKED = ("--pack", "complete-community", "--day", "2026-06-30")


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    try:
        code = console.main([str(one) for one in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return code, told.out, told.err


@pytest.fixture
def many(tmp_path):
    """Three districts, the last of which cannot be read."""
    for number, name in enumerate(("a", "b")):
        a_written_package(tmp_path / "many" / name, code=f"99010{number}", name=f"{name}区")
    bad = tmp_path / "many" / "c"
    bad.mkdir()
    (bad / "district.yaml").write_text("format: other/9\n", "utf-8")
    return tmp_path / "many"


def rows(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_each_district_is_checked_up_as_if_alone(capsys, tmp_path, many):
    out = tmp_path / "out"

    code, told, err = run(
        capsys, "checkup", "--districts", many, *ASKED, "--workers", 1, "--cache", tmp_path / "kept", "-o", out
    )

    assert code == 1
    assert "2 个区体检完成,共 8 个社区" in told
    assert re.search("^拒绝 .*/c: district.yaml::", err, re.MULTILINE)
    assert sorted(path.name for path in out.iterdir()) == ["a.csv", "b.csv", "districts.csv"]
    for name in ("a", "b"):
        run(capsys, "checkup", many / name, *ASKED, "-o", tmp_path / "alone.csv")
        assert (tmp_path / "alone.csv").read_bytes() == (out / f"{name}.csv").read_bytes()
    summary = rows(out / "districts.csv")
    assert [row["区"] for row in summary] == ["a区", "b区", ""]
    assert "这个版本的数据包读不了" in summary[2]["没有体检的原因"]
    found = rows(out / "a.csv")
    for state in ("达标", "无法评定"):
        assert int(summary[0][f"{state}(项)"]) == sum(row["状态"] == state for row in found)


@pytest.mark.slow
def test_what_is_prepared_is_used_and_changes_nothing(capsys, tmp_path, many):
    cache = ("--cache", tmp_path / "kept")
    code, told, _ = run(capsys, "prepare", many, "--workers", 1, *cache)
    assert code == 1
    assert "2 个区已备好" in told

    first = run(capsys, "checkup", "--districts", many / "a", *ASKED, *cache, "-o", tmp_path / "x")
    anew = run(capsys, "checkup", "--districts", many / "a", *ASKED, "--no-cache", "-o", tmp_path / "y")

    assert "1 个是事先备好的" in first[1]
    assert "0 个是事先备好的" in anew[1]
    assert (tmp_path / "x" / "a.csv").read_bytes() == (tmp_path / "y" / "a.csv").read_bytes()


@pytest.mark.long
@pytest.mark.parametrize("how", [("--workers", 2), ("--dask", "--workers", 2)], ids=["processes", "dask"])
def test_processes_and_dask_write_the_same(capsys, tmp_path, many, how):
    run(capsys, "checkup", "--districts", many, *ASKED, "--workers", 1, "--no-cache", "-o", tmp_path / "one")

    code, told, err = run(capsys, "checkup", "--districts", many, *ASKED, *how, "--no-cache", "-o", tmp_path / "two")

    assert code == 1, err
    assert "2 个区体检完成" in told
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.slow
def test_a_list_names_packages_and_names_that_repeat_are_told_apart(capsys, tmp_path, many):
    (tmp_path / "other").mkdir()
    (many / "a").rename(tmp_path / "other" / "b")
    (tmp_path / "list.txt").write_text("many/b\n\nother/b\n", "utf-8")

    code, _, err = run(
        capsys,
        *("checkup", "--districts", tmp_path / "list.txt", *ASKED, "--no-cache", "--workers", 1),
        *("--format", "geojson", "-o", tmp_path / "out"),
    )

    assert code == 0, err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["b-2.geojson", "b.geojson", "districts.csv"]


@pytest.mark.slow
def test_records_that_are_refused_need_the_rest(capsys, tmp_path):
    folder = a_written_package(tmp_path / "p")
    text = (folder / "district.yaml").read_text("utf-8")
    (folder / "more.csv").write_text("key,kind,lon,lat\nz,nothing,120.16,30.25\n", "utf-8")
    more = "layers:\n- {layer: facilities, file: more.csv, crs: EPSG:4326}\n"
    (folder / "district.yaml").write_text(text.replace("layers:\n", more), "utf-8")
    asked = ("checkup", "--districts", folder, *ASKED, "--cache", tmp_path / "kept")

    for _ in ("read", "kept"):
        code, _, err = run(capsys, *asked)
        assert code == 1
        assert "more.csv:facilities:2:kind" in err
        assert run(capsys, *asked, "--rest")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("/nowhere", *ASKED),
        (".", "--pack", "nothing"),
        (".", *ASKED, "--survey", "x.xlsx"),
        (".", *ASKED, "--access", "compound"),
    ],
)
def test_wrong_questions_are_refused_at_once(capsys, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)

    code, _, err = run(capsys, "checkup", "--districts", *arguments)

    assert code == 1
    assert re.search("[\u4e00-\u9fff]", err)


def test_dask_that_is_missing_is_named(capsys, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "dask", None)
    folder = a_written_package(tmp_path / "p")

    code, _, err = run(capsys, "checkup", "--districts", folder, *ASKED, "--dask")

    assert code == 1
    assert "linli[many]" in err
