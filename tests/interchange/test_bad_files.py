"""Bad packages by the hundred: every one is refused with a place, quickly and in little memory."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bad_files import _SHEET, HEAD, Bad, _book, _in, _rezipped, _saved, a_bomb, cases
from package_builders import a_folder, refused

SECONDS = 5.0
MEGABYTES = 256
USUAL, ALL = 300, 2_400


def tried(bad: Bad, folder: Path) -> str:
    """What is wrong with the refusal of a bad package; empty if nothing."""
    bad.build(folder)
    began = time.process_time()
    faults = refused(folder)
    took = time.process_time() - began
    shutil.rmtree(folder)
    if not faults:
        return "taken"
    if any(not fault.file or not fault.message for fault in faults):
        return f"no place: {faults[0]}"
    if bad.row is not None and bad.row not in {fault.row for fault in faults}:
        return f"row {bad.row} not named: {faults[0]}"
    return f"{took:.1f} s" if took > SECONDS else ""


def problems(count: int, folder: Path) -> dict[str, str]:
    tried(next(cases(1)), folder / "first")
    wrong = {}
    for number, bad in enumerate(cases(count)):
        problem = tried(bad, folder / str(number))
        if problem:
            wrong[f"{number} {bad.name}"] = problem
    return wrong


@pytest.mark.long
def test_bad_packages_are_refused_with_their_place(tmp_path):
    assert problems(USUAL, tmp_path) == {}


@pytest.mark.fault
def test_every_bad_package_is_refused_with_its_place(tmp_path):
    """The whole corpus: thousands, of which the usual run takes the first few hundred."""
    assert problems(ALL, tmp_path) == {}


_CHILD = """
import re, sys
from pathlib import Path
from package_builders import a_folder, refused
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
before = peak()
for folder in sys.argv[1:]:
    assert refused(Path(folder)), folder
print(peak() - before)
"""


@pytest.mark.long
def test_bombs_are_refused_within_the_memory_allowed(tmp_path):
    """In a process of its own, whose highest mark of memory (which never falls) starts with it."""
    good = _saved(_book(HEAD, [["F1", "甲", "药店", 1, 1, "", 120.1, 30.2]]))
    rows = "".join(f'<row r="{r}"><c r="A{r}"/></row>' for r in range(2, 900_000, 3)).encode()
    bombs = {
        "part.xlsx": a_bomb(good, "xl/media/a.xml", 400),
        "sheet.xlsx": a_bomb(_rezipped(good, lambda n, c: None if n == _SHEET else c), _SHEET, 400),
        "rows.xlsx": _rezipped(good, _in(_SHEET, b"</sheetData>", rows + b"</sheetData>")),
        "far.xlsx": _rezipped(
            good, _in(_SHEET, b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
        ),
        "deep.geojson": b'{"type":"FeatureCollection","features":' + b"[" * 2_000_000,
        "long.geojson": b'{"type":"FeatureCollection","features":[{"a":"' + b"x" * 60_000_000,
        "laughs.osm": b'<!DOCTYPE l [<!ENTITY a "' + b"l" * 100_000 + b'">]><osm>' + b"&a;" * 100_000 + b"</osm>",
        "zeros.gpkg": b"SQLite format 3\x00" + bytes(40_000_000),
        "zeros.osm.pbf": b"\x00\x00\x00\x10\x0a\x09OSMHeader\x18\xff\xff\xff\x0f" + bytes(40_000_000),
        "cells.csv": b"key,kind,lon,lat\n" + b"," * 30_000_000,
    }
    folders = []
    for name, data in bombs.items():
        layer = "streets" if ".osm" in name else "facilities"
        folders.append(a_folder(tmp_path / name, {name: data}, {"layer": layer, "file": name, "crs": "EPSG:4326"}))

    child = subprocess.run(
        [sys.executable, "-c", _CHILD, *map(str, folders)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])},
    )

    assert child.returncode == 0, child.stderr
    assert 0 < float(child.stdout) <= MEGABYTES
