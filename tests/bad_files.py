# ruff: noqa: B023, E501 - each closure is called before the loop goes on; lists of bad values read best one a line
"""Bad district packages: thousands of them from a seed, each with what is wrong and, where it has one, its row."""

import io
import json
import random
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
import yaml
from openpyxl import Workbook
from package_builders import a_manifest

from linli.interchange import export

GEO = {"layer": "facilities", "crs": "EPSG:4326"}
HEAD = ["编号", "名称", "设施类型", "容量", "面积", "开放对象", "经度", "纬度"]
BUILDINGS = [
    "key",
    "name",
    "use",
    "dwellings",
    "households",
    "floor_area_m2",
    "floors",
    "year",
    "people_80_up",
    "lon",
    "lat",
]


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad package. ``row`` is the row that some fault has to name, if any."""

    name: str
    build: Callable[[Path], None]
    row: int | None = None


def cases(count: int, seed: int = 1) -> Iterator[Bad]:
    """``count`` bad packages, families in turn, the same for the same seed."""
    families = [
        _manifests,
        _csv_cells,
        _csv_files,
        _xlsx_cells,
        _xlsx_files,
        _geojson,
        _geopackages,
        _shapefiles,
        _osm,
        _graphml,
    ]
    streams = [family(random.Random(f"{seed}/{family.__name__}")) for family in families]
    for number in range(count):
        yield next(streams[number % len(streams)])


def _put(folder: Path, manifest: object, **files: bytes | str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content.encode() if isinstance(content, str) else content)
    text = manifest if isinstance(manifest, str) else yaml.safe_dump(manifest, allow_unicode=True, sort_keys=False)
    (folder / "district.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))


# --- Good rows to spoil ---------------------------------------------------------------------------------------------


def _facility(rng: random.Random, number: int) -> list[object]:
    kind = rng.choice(["幼儿园", "药店", "卫生服务站", "公交站"])
    place = [round(120.1 + rng.random() / 10, 6), round(30.2 + rng.random() / 10, 6)]
    return [
        f"F{number}",
        f"设施{number}",
        kind,
        rng.randrange(500),
        rng.randrange(2000),
        rng.choice(["所有人", ""]),
        *place,
    ]


def _building(rng: random.Random, number: int) -> list[object]:
    place = [round(120.1 + rng.random() / 10, 6), round(30.2 + rng.random() / 10, 6)]
    use = rng.choice(["residential", "mixed", "public"])
    return [
        f"B{number}",
        f"{number}幢",
        use,
        40,
        38,
        4200.5,
        rng.randrange(1, 34),
        rng.randrange(1950, 2026),
        3,
        *place,
    ]


_BAD_CELLS: dict[str, tuple[str, ...]] = {
    "设施类型": ("幼稚园", "", "?", "kindergarden", "药店;幼儿园", "1", "不详"),
    "容量": ("三百", "-1", "1e99", "12人", "1,23", "0x10", "∞", "2000000000", "是"),
    "面积": ("120㎡", "-0.5", "一亩", "1.2.3", "NaN m2", "1_000", "--"),
    "开放对象": ("部分", "public", "居民", "0", "全体"),
    "经度": ("东经120°", "E120.1", "120,1", "一百二十", "1e999", "-", "120.1_7", "181", "-999"),
    "纬度": ("北纬30度", "N30", "30°12′", "nan", "inf", "91", "120.17", "-90.5"),
    "use": ("住房", "resident", "?", "house;public"),
    "dwellings": ("5001", "-3", "3.5", "几十", "四十"),
    "households": ("2.25", "999999", "-1", "约40"),
    "floor_area_m2": ("1e12", "-1", "大", "4200平方米"),
    "floors": ("201", "6+1", "-2", "六层", "5.5"),
    "year": ("八十年代", "1799", "2101", "1985年代", "85", "1985-90", "民国", "1985.5"),
    "people_80_up": ("-1", "100001", "若干", "2.5"),
    "lon": ("", "x", "200", "-181"),
    "lat": ("y", "95", "-91"),
    "编号": ("重复",),
    "key": ("重复",),
    "名称": ("控制\x07字符", "长" * 2001),
    "name": ("\x1b[31m红", "啊" * 2500),
}


def _spoiled(rng: random.Random) -> tuple[list[str], list[list[object]], str, int, str]:
    """Headings, rows, layer, the bad row as Excel counts, and what was done."""
    is_facility = rng.random() < 0.5
    head, make, layer = (HEAD, _facility, "facilities") if is_facility else (BUILDINGS, _building, "buildings")
    rows = [make(rng, number) for number in range(rng.randrange(2, 30))]
    heading = rng.choice([h for h in head if h in _BAD_CELLS])
    index = rng.randrange(1, len(rows))
    bad = rng.choice(_BAD_CELLS[heading])
    rows[index][head.index(heading)] = rows[0][0] if bad == "重复" else bad
    return head, rows, layer, index + 2, f"{heading}={bad[:12]!r}"


def _csv_text(head: list[str], rows: list[list[object]]) -> str:
    import csv

    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue()


def _csv_cells(rng: random.Random) -> Iterator[Bad]:
    while True:
        head, rows, layer, row, what = _spoiled(rng)
        codec = rng.choice(["utf-8", "utf-8-sig", "gb18030"])
        data = _csv_text(head, rows).encode(codec)
        manifest = a_manifest({"layer": layer, "file": "t.csv", "crs": "EPSG:4326"})
        yield Bad(f"csv cell {what} {codec}", lambda f, m=manifest, d=data: _put(f, m, t__csv=d), row)


def _book(head: list[str], rows: list[list[object]], sheet: str = "设施") -> Workbook:
    book = Workbook()
    book.active.title = sheet
    book.active.append(head)
    for row in rows:
        book.active.append([str(c).replace("\x07", "").replace("\x1b", "") if isinstance(c, str) else c for c in row])
    return book


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _xlsx_cells(rng: random.Random) -> Iterator[Bad]:
    while True:
        head, rows, layer, row, what = _spoiled(rng)
        if "x07" in what or "x1b" in what:
            continue
        data = _saved(_book(head, rows))
        manifest = a_manifest({"layer": layer, "file": "t.xlsx", "crs": "EPSG:4326"})
        yield Bad(f"xlsx cell {what}", lambda f, m=manifest, d=data: _put(f, m, t__xlsx=d), row)


# --- Manifests ------------------------------------------------------------------------------------------------------


def _good_csv(rng: random.Random) -> str:
    return _csv_text(HEAD, [_facility(rng, n) for n in range(3)])


def _manifests(rng: random.Random) -> Iterator[Bad]:
    layer = {"layer": "facilities", "file": "t.csv", "crs": "EPSG:4326"}
    values = [
        "",
        "[]",
        "{}",
        "x: y",
        3,
        -1,
        None,
        True,
        "不是",
        "2026-13-01",
        "1e400",
        ["a"],
        {"a": 1},
        "*",
        "../x",
        "EPSG:0",
        "WGS72",
    ]
    keys = {
        "day": ["", "去年", "2026-02-30", [1], "0001-01-01"],
        "code": ["", "区", {"a": 1}, "1" * 30, "33 01"],
        "name": ["", None, [1]],
        "source": ["", None],
        "licence": [None, {"x": 1}],
        "layers": [[], None, "x", {"a": 1}, [3], [[layer]]],
        "complete_kinds": ["some", ["kindergarden"], {"a": 1}, [1]],
        "control_totals": ["x", {"330102": "many"}, {"330102": -1}, {"a": 1.5}, [1]],
        "band_shares": [
            {"0_2": 1},
            [1] * 7,
            "x",
            dict.fromkeys(("0_2", "3_5", "6_11", "12_14", "15_59", "60_79", "80_up"), 0.5),
        ],
        "anchors": [[{"name": "x"}], "x", [{"name": "a", "lon": 500, "lat": 1}], [{"lon": 1, "lat": 1}]],
        "format": ["linli-district/9", "x"],
        "synthetic": ["maybe", 3, []],
        "population_grid": ["x", {"file": "none.gpkg"}, {"file": "none.gpkg", "people": "p"}],
    }
    texts = [
        "",
        " ",
        "- a\n- b\n",
        "a: [1, 2\n",
        "\tname: x\n",
        "name: 'x\n",
        "a: 1\na: 2\n",
        "&a [*a]\n",
        "a: &x 1\nb: *x\n",
        "? [a]\n: b\n",
        "name: \udcff\n",
        "{" * 200,
        "!!python/object:os.system {}\n",
        "a: !!binary x\n",
        "%YAML 9\n---\n",
        "name: x\x00y\n",
        "null\n",
        "3\n",
    ]
    layer_changes = {
        "layer": ["schools", "", None, 3], "file": ["", "/etc/passwd", "../t.csv", "none.csv", "t.xls", "a.exe", None, "T.CSV", "."],
        "crs": ["WGS72", "EPSG:99999999", "EPSG:x", "GCJ-03", "auto", "EPSG:1"], "columns": [{"name": "没有"}, {"namen": "名称"}, "x", [1]],
        "values": [{"kind": {"药店": "pharmacie"}}, {"kinds": {}}, "x"], "constants": [{"kind": "无此类"}, {"x": "y"}, {"capacity": "很多"}],
        "x": ["没有", "名称"], "heading_row": [0, "x", 49, 99], "where": [{"没有": "x"}, "x"], "day": ["x"], "encoding": ["utf-99", "utf-16"],
        "colour": ["red"], "key": ["没有"],
    }  # fmt: skip
    while True:
        way, csv_ = rng.random(), _good_csv(rng)
        if way < 0.25:
            text = rng.choice(texts)
            whole: object = text if rng.random() < 0.5 else text + "\n# " + str(rng.random())
        elif way < 0.6:
            key = rng.choice(list(keys))
            whole = a_manifest(layer, **{key: rng.choice(keys[key])})
        elif way < 0.65:
            key = rng.choice(["code", "name", "day", "source", "licence", "layers"])
            whole = {k: v for k, v in a_manifest(layer).items() if k != key}
        elif way < 0.7:
            whole = {
                **a_manifest(layer),
                rng.choice(["kode", "Layers", "crs", "版本"]): rng.choice([v for v in values if v is not None]),
            }
        else:
            key = rng.choice(list(layer_changes))
            change = rng.choice(layer_changes[key])
            whole = a_manifest({**layer, key: change})
        what = whole[:20] if isinstance(whole, str) else json.dumps(whole, ensure_ascii=False, default=str)[-90:]
        yield Bad(f"manifest {what!r}", lambda f, w=whole, c=csv_: _put(f, w, t__csv=c))


# --- Whole files ----------------------------------------------------------------------------------------------------


def _csv_files(rng: random.Random) -> Iterator[Bad]:
    manifest = a_manifest({"layer": "facilities", "file": "t.csv", "crs": "EPSG:4326"})
    while True:
        good = _good_csv(rng)
        lines = good.splitlines()
        cut = rng.randrange(1, 4)
        ways: dict[str, bytes] = {
            "empty": b"", "blank heading": ("\n" + good).encode(), "only commas": b",,,\n,,,\n",
            "same headings": good.replace("名称", "编号").encode(), "no key column": good.replace("设施类型", "类别").encode(),
            "no coordinates": good.replace("经度", "东").encode(), "open quote": (good + '"open,1,2\n').encode(),
            "extra cells": "\n".join([*lines[:cut], lines[cut] + ",x,y", *lines[cut + 1 :]]).encode(),
            "bytes of no encoding": good.encode() + bytes([0xFF, 0xFE, 0x81]) * rng.randrange(1, 9) + b"\n",
            "nul": good.replace("设施1", "设\x00施").encode(), "half of two encodings": good.encode("gb18030") + "药店".encode() + b"\xff\n",
            "utf-16 cut": good.encode("utf-16")[: rng.randrange(21, 60, 2)], "binary": rng.randbytes(rng.randrange(50, 400)) + b"\x00",
            "a long cell": (lines[0] + "\nF9," + "x" * 200_000 + "\n").encode(), "no coordinates in a row": (good + "F9,名,药店,1,1,,,\n").encode(),
            "zero zero": (good + "F9,名,药店,1,1,,0,0\n").encode(), "html": b"<html><body>404</body></html>",
            "600 columns": (",".join(map(str, range(600))) + "\n").encode(), "swapped": (good + "F9,名,药店,1,1,,30.25,120.17\n").encode(),
        }  # fmt: skip
        name = rng.choice(list(ways))
        yield Bad(f"csv file {name}", lambda f, d=ways[name]: _put(f, manifest, t__csv=d))


def _rezipped(data: bytes, change: Callable[[str, bytes], bytes | None], **more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in more.items():
            new.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def _same(name: str, content: bytes) -> bytes:
    return content


def _in(part: str, old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        return content.replace(old, new, 1) if name == part else content

    return change


def _formula_book(rng: random.Random, formula: str) -> bytes:
    rows = [_facility(rng, n) for n in range(4)]
    rows[rng.randrange(4)][3] = formula
    return _saved(_book(HEAD, rows))


_SHEET = "xl/worksheets/sheet1.xml"


def _xlsx_files(rng: random.Random) -> Iterator[Bad]:
    manifest = a_manifest({"layer": "facilities", "file": "t.xlsx", "crs": "EPSG:4326"})
    while True:
        good = _saved(_book(HEAD, [_facility(rng, n) for n in range(rng.randrange(1, 20))]))
        evil = rng.choice(
            ["=[1]Sheet1!A1", "=cmd|'/C calc'!A0", '=WEBSERVICE("http://x/")', "='\\\\server\\[b.xlsx]S'!A1", "='file:///x'#S!A1",
             "=DDE(\"a\",\"b\",\"c\")", '=CALL("a","b")', "=1+1", "=A1", '=HYPERLINK("http://x","y")']
        )  # fmt: skip
        doctype = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        bomb_mb = rng.choice([120, 200, 300])
        ways: dict[str, Callable[[], bytes]] = {
            "truncated": lambda: good[: rng.randrange(30, len(good) - 30)],
            "not a zip": lambda: rng.randbytes(rng.randrange(10, 900)),
            "old xls": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + rng.randbytes(600),
            "macro": lambda: _rezipped_named(good, "xl/vbaProject.bin", b"\xd0\xcf"),
            "external link": lambda: _rezipped_named(good, "xl/externalLinks/externalLink1.xml", b"<externalLink/>"),
            "dde": lambda: _rezipped_named(good, "xl/externalLinks/externalLink1.xml", b'<externalLink><ddeLink ddeService="cmd"/></externalLink>'),
            "connection": lambda: _rezipped_named(good, "xl/connections.xml", b"<connections/>"),
            "embedded": lambda: _rezipped_named(good, f"xl/embeddings/oleObject{rng.randrange(9)}.bin", b"x"),
            "path out": lambda: _rezipped_named(good, "xl/../../evil.xml", b"<x/>"),
            "macro type": lambda: _rezipped(good, _in("[Content_Types].xml", b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main")),
            "no workbook": lambda: _rezipped(good, lambda n, c: None if n == "xl/workbook.xml" else c),
            "no sheet": lambda: _rezipped(good, lambda n, c: None if n == _SHEET else c),
            "broken sheet": lambda: _rezipped(good, lambda n, c: c[: len(c) // 2] if n == _SHEET else c),
            "doctype in sheet": lambda: _rezipped(good, lambda n, c: doctype + c if n == _SHEET else c),
            "doctype in strings": lambda: _rezipped(good, lambda n, c: doctype + c if n == "xl/workbook.xml" else c),
            "far cell": lambda: _rezipped(good, _in(_SHEET, b"</sheetData>", f'<row r="{rng.randrange(300_000, 1_048_576)}"><c r="XFD1048576"><v>1</v></c></row></sheetData>'.encode())),
            "bomb": lambda: a_bomb(good, "xl/media/a.xml", bomb_mb),
            "bomb in the sheet": lambda: a_bomb(_rezipped(good, lambda n, c: None if n == _SHEET else c), _SHEET, bomb_mb),
            "evil formula": lambda: _formula_book(rng, evil),
            "two headings": lambda: _saved(_book(["编号", "编号", "设施类型"], [["a", "b", "药店"]])),
            "no columns": lambda: _saved(_book(["甲", "乙"], [["a", "b"]])),
            "empty sheet": lambda: _saved(Workbook()),
            "encrypted": lambda: _encrypted(good),
        }  # fmt: skip
        # Bombs take a second each to make: once in a while is enough.
        name = rng.choice([way for way in ways if "bomb" not in way or rng.random() < 0.1])
        yield Bad(
            f"xlsx file {name} {evil if 'formula' in name else ''}",
            lambda f, w=ways[name]: _put(f, manifest, t__xlsx=w()),
        )


def _rezipped_named(data: bytes, name: str, content: bytes) -> bytes:
    return _rezipped(data, _same, **{name.replace("/", "__"): content})


def a_bomb(data: bytes, name: str, megabytes: int) -> bytes:
    """A workbook with one more part that unpacks to many megabytes of zeros."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as book, book.open(name, "w") as part:
        for _ in range(megabytes):
            part.write(bytes(1 << 20))
    return out.getvalue()


def _encrypted(data: bytes) -> bytes:
    out = bytearray(data)
    at = out.find(b"PK\x01\x02")
    out[at + 8] |= 1
    return bytes(out)


def _feature(rng: random.Random, number: int) -> dict[str, object]:
    place = [120.1 + rng.random() / 10, 30.2 + rng.random() / 10]
    return {
        "type": "Feature",
        "properties": {"key": f"F{number}", "kind": "pharmacy"},
        "geometry": {"type": "Point", "coordinates": place},
    }


def _geojson(rng: random.Random) -> Iterator[Bad]:
    manifest = a_manifest({"layer": "facilities", "file": "t.geojson", "crs": "EPSG:4326"})
    geometries: list[object] = [
        {"type": "Point", "coordinates": ["a", "b"]}, {"type": "Point"}, {"type": "Point", "coordinates": []}, {"type": "Circle", "coordinates": [1, 2]},
        {"type": "LineString", "coordinates": [[120.1, 30.2], [120.2, 30.3]]}, {"type": "Polygon", "coordinates": [[[120.1, 30.2], [120.1, 30.2], [120.1, 30.2], [120.1, 30.2]]]},
        {"type": "Polygon", "coordinates": [[[120.1, 30.2], [120.2, 30.2]]]}, {"type": "Point", "coordinates": [500000, 3300000]}, {"type": "Point", "coordinates": [30.2, 120.1]},
        {"type": "Point", "coordinates": [0, 0]}, None, {"type": "GeometryCollection", "geometries": []}, "POINT(1 2)", [120, 30], {"type": "Point", "coordinates": [181, 0]},
        {"type": "MultiPoint", "coordinates": [[120.1, 30.2], [999, 30.2]]}, {"type": "Point", "coordinates": None}, {"type": "Polygon", "coordinates": [[120.1, 30.2]]},
    ]  # fmt: skip
    while True:
        features: list[object] = [_feature(rng, n) for n in range(rng.randrange(2, 12))]
        index = rng.randrange(len(features))
        row: int | None = index + 1
        whole: dict[str, object] = {"type": "FeatureCollection", "features": features}
        way = rng.random()
        text = ""
        if way < 0.45:
            geometry = rng.choice(geometries)
            features[index]["geometry"] = geometry  # type: ignore[index]
            what = f"geometry {geometry}"
        elif way < 0.6:
            bad = rng.choice(
                [
                    {"kind": "?"},
                    {"kind": None},
                    {"key": "F0", "kind": "pharmacy"},
                    {"key": "x", "kind": "pharmacy", "capacity": "多"},
                    {"kind": ["pharmacy"]},
                ]
            )
            index = max(index, 1)
            row = index + 1
            features[index]["properties"] = bad  # type: ignore[index]
            what = f"properties {bad}"
        elif way < 0.65:
            features[index] = rng.choice([3, None, "x", {"type": "Point", "coordinates": [1, 2]}, []])
            what = f"feature {features[index]}"
        else:
            row = None
            good = json.dumps(whole, ensure_ascii=False)
            text, what = rng.choice([
                (good[: rng.randrange(1, len(good) - 1)], "truncated"), (good + "}", "after the end"), (good.replace("30.", "NaN, 30.", 1), "NaN"),
                ('{"type": "FeatureCollection"}', "no features"), ('{"type": "Topology", "features": []}', "topology"), ("[1, 2]", "list"),
                ('{"features": [], "features": [], "type": "FeatureCollection"}', "twice"), ("[" * 100_000, "deep"),
                ('{"type":"FeatureCollection","features":[{"a":' * 3, "cut"), ("\xff\xfe", "bytes"), (good.replace("FeatureCollection", "featurecollection"), "case"),
                (good.replace('"features"', '"crs": 7, "features"'), "crs number"), (good.replace('"type": "Feature",', "type: Feature,", 1), "no quotes"),
            ])  # fmt: skip
        data = text.encode("latin-1") if what == "bytes" else (text or json.dumps(whole, ensure_ascii=False)).encode()
        yield Bad(f"geojson {what}"[:90], lambda f, d=data: _put(f, manifest, t__geojson=d), row)


def _geopackage(folder: Path, rng: random.Random) -> Path:
    count = rng.randrange(3, 40)
    shapes = shapely.points(120.1 + np.array([rng.random() for _ in range(count)]) / 10, 30.25)
    columns = (
        export.Column("key", "编号", [f"F{n}" for n in range(count)]),
        export.Column("kind", "类型", ["pharmacy"] * count),
        export.Column("capacity", "容量", [5] * count),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "t.gpkg"
    export.write_geopackage([export.Sheet("facilities", "设施", columns, shapes)], path)
    return path


def _geopackages(rng: random.Random) -> Iterator[Bad]:
    statements = [
        "UPDATE facilities SET kind = 'kindergarden' WHERE linli_row = 2",
        "UPDATE facilities SET capacity = 'many' WHERE linli_row = 2",
        "UPDATE facilities SET capacity = -4 WHERE linli_row = 2",
        "UPDATE facilities SET key = 'F0' WHERE linli_row = 2",
        "UPDATE facilities SET kind = NULL WHERE linli_row = 2",
        "UPDATE facilities SET geom = NULL WHERE linli_row = 2",
        "UPDATE facilities SET geom = x'4750000100' WHERE linli_row = 2",
        "UPDATE facilities SET geom = 'POINT(1 2)' WHERE linli_row = 2",
        "UPDATE facilities SET geom = substr(geom, 1, length(geom) - 5) WHERE linli_row = 2",
        "UPDATE facilities SET capacity = x'00ff' WHERE linli_row = 2",
    ]
    whole = [
        "DELETE FROM gpkg_contents",
        "DROP TABLE gpkg_geometry_columns",
        "ALTER TABLE facilities DROP COLUMN kind",
        "ALTER TABLE facilities RENAME TO f2; CREATE VIEW facilities AS SELECT * FROM f2",
        "UPDATE gpkg_contents SET table_name = 'nowhere'",
        "ALTER TABLE facilities RENAME TO f3",
    ]
    while True:
        manifest = a_manifest(
            {"layer": "facilities", "file": "t.gpkg", "sheet": rng.choice(["facilities", ""]), "crs": "EPSG:4326"}
        )
        seed, way = rng.random(), rng.random()
        row = None
        if way < 0.55:
            statement, row = rng.choice(statements), 2
        elif way < 0.7:
            statement = rng.choice(whole)
        else:
            statement = rng.choice(["truncate", "noise", "header", "sheet"])

        def build(folder: Path, statement: str = statement, seed: float = seed, manifest: object = manifest) -> None:
            inner = random.Random(seed)
            path = _geopackage(folder, inner)
            if statement == "truncate":
                path.write_bytes(path.read_bytes()[: inner.randrange(1, int(path.stat().st_size * 0.8))])
            elif statement == "noise":
                data = bytearray(path.read_bytes())
                for page in range(1, len(data) // 4096):
                    data[page * 4096 : page * 4096 + 12] = inner.randbytes(12)
                path.write_bytes(bytes(data))
            elif statement == "header":
                path.write_bytes(inner.randbytes(100) + path.read_bytes()[100:])
            elif statement == "sheet":
                manifest = a_manifest({"layer": "facilities", "file": "t.gpkg", "sheet": "no_such", "crs": "EPSG:4326"})
            else:
                database = sqlite3.connect(path)
                for trigger in [
                    r[0] for r in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                ]:
                    database.execute(f'DROP TRIGGER "{trigger}"')
                database.executescript(statement)
                database.commit()
                database.close()
            _put(folder, manifest)

        yield Bad(f"gpkg {statement}"[:80], build, row)


def _shapefiles(rng: random.Random) -> Iterator[Bad]:
    import warnings

    import pyogrio

    manifest = a_manifest(
        {"layer": "facilities", "file": "t.shp", "crs": "EPSG:4326", "columns": {"key": "key", "kind": "kind"}}
    )
    while True:
        way = rng.choice(
            ["no dbf", "no shx", "cut shp", "cut dbf", "count", "magic", "bad text", "cpg", "kind", "no crs", "noise"]
        )
        seed = rng.random()

        def build(folder: Path, way: str = way, seed: float = seed) -> None:
            inner = random.Random(seed)
            folder.mkdir(parents=True, exist_ok=True)
            count = inner.randrange(3, 20)
            wkb = shapely.to_wkb(shapely.points(120.1 + np.arange(count) / 100, 30.25))
            kinds = np.array(["pharmacy"] * (count - 1) + ["?" if way == "kind" else "clinic"], dtype=object)
            keys = np.array([f"键{n}" for n in range(count)], dtype=object)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pyogrio.raw.write(
                    folder / "t.shp",
                    wkb,
                    [keys, kinds],
                    ["key", "kind"],
                    geometry_type="Point",
                    crs="EPSG:4326",
                    encoding="UTF-8",
                )
            (folder / "t.cpg").unlink(missing_ok=True)
            parts = {ending: folder / f"t.{ending}" for ending in ("shp", "shx", "dbf", "prj")}
            if way in ("no dbf", "no shx"):
                parts[way[-3:]].unlink()
            elif way in ("cut shp", "cut dbf"):
                part = parts[way[-3:]]
                part.write_bytes(part.read_bytes()[: inner.randrange(101, part.stat().st_size - 30)])
            elif way == "count":
                data = bytearray(parts["dbf"].read_bytes())
                struct.pack_into("<I", data, 4, count + inner.randrange(1, 9) * 100_000)
                parts["dbf"].write_bytes(bytes(data))
            elif way in ("magic", "noise"):
                data = bytearray(parts["shp"].read_bytes())
                data[: 8 if way == "magic" else len(data)] = inner.randbytes(8 if way == "magic" else len(data))
                parts["shp"].write_bytes(bytes(data))
            elif way == "bad text":
                data = bytearray(parts["dbf"].read_bytes())
                at = data.find("键".encode())
                data[at : at + 3] = b"\xff\xff\xff"
                parts["dbf"].write_bytes(bytes(data))
            elif way == "cpg":
                (folder / "t.cpg").write_text("KLINGON")
            body = dict(manifest)
            if way == "no crs":
                parts["prj"].unlink()
                body = a_manifest({"layer": "facilities", "file": "t.shp", "crs": "auto"})
            _put(folder, body)

        yield Bad(f"shp {way}", build)


def _osm_xml(rng: random.Random) -> str:
    nodes = "".join(
        f'<node id="{n}" lat="{30.25 + rng.random() / 100:.6f}" lon="{120.1 + n / 1000:.6f}"/>' for n in range(1, 9)
    )
    way = "".join(f'<nd ref="{n}"/>' for n in range(1, 9))
    return f'<?xml version="1.0"?><osm version="0.6">{nodes}<way id="1">{way}<tag k="highway" v="residential"/></way></osm>'


def _osm(rng: random.Random) -> Iterator[Bad]:
    while True:
        good = _osm_xml(rng)
        entity = '<!DOCTYPE osm [<!ENTITY a "' + "x" * rng.randrange(1, 99) + '">]>'
        name, file, data = rng.choice([
            ("xxe", "t.osm", good.replace("<osm", '<!DOCTYPE osm [<!ENTITY a SYSTEM "file:///etc/passwd">]><osm', 1).encode()),
            ("laughs", "t.osm", good.replace("<osm", entity + "<osm", 1).encode()), ("cut", "t.osm", good[: rng.randrange(40, len(good) - 8)].encode()),
            ("utf-16 doctype", "t.osm", good.replace("<osm", entity + "<osm", 1).encode("utf-16")),
            ("not xml", "t.osm", rng.randbytes(200)), ("html", "t.osm", b"<html>quota exceeded</html>"), ("empty", "t.osm", b'<?xml version="1.0"?><osm version="0.6"></osm>'),
            ("nothing", "t.osm", b""), ("xml as pbf", "t.osm.pbf", good.encode()), ("noise pbf", "t.osm.pbf", rng.randbytes(rng.randrange(10, 4000))),
            ("pbf head only", "t.osm.pbf", b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18" + bytes([rng.randrange(40, 120)]) + rng.randbytes(20)),
            ("pbf absurd block", "t.osm.pbf", b"\x00\x00\x00\x10\x0a\x09OSMHeader\x18\xff\xff\xff\x7f" + rng.randbytes(80)),
        ])  # fmt: skip
        layer = rng.choice(["streets", "buildings", "facilities"])
        if rng.random() < 0.1:
            layer, name, file, data = "premises", "no such layer", "t.osm", good.encode()
        manifest = a_manifest({"layer": layer, "file": file})

        def build(folder: Path, file: str = file, data: bytes = data, manifest: object = manifest) -> None:
            _put(folder, manifest)
            (folder / file).write_bytes(data)

        yield Bad(f"osm {name} {layer}", build)


def _graphml(rng: random.Random) -> Iterator[Bad]:
    manifest = a_manifest({"layer": "streets", "file": "t.graphml", "crs": "EPSG:4326"})
    head = '<?xml version="1.0"?>{0}<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="d0" for="node" attr.name="x"/><key id="d1" for="node" attr.name="y"/><key id="d2" for="edge" attr.name="geometry"/><graph>'
    while True:
        node = '<node id="{0}"><data key="d0">{1}</data><data key="d1">{2}</data></node>'
        nodes = "".join(node.format(n, 120.1 + n / 100, 30.2 + rng.random() / 100) for n in range(4))
        edges = '<edge source="0" target="1"/><edge source="1" target="2"/>'
        tail = "</graph></graphml>"
        doctype = '<!DOCTYPE g [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        good = head.format("") + nodes + edges + tail
        name, text = rng.choice([
            ("doctype", head.format(doctype) + nodes + edges + tail), ("cut", good[: rng.randrange(60, len(good) - 12)]),
            ("no edges", head.format("") + nodes + tail), ("lost end", head.format("") + nodes + edges + f'<edge source="0" target="{rng.randrange(5, 99)}"/>' + tail),
            ("no number", head.format("") + node.format(9, "东", 30) + edges + tail), ("wkt", head.format("") + nodes + '<edge source="0" target="1"><data key="d2">LINESTRING (1 2, x</data></edge>' + edges + tail),
            ("wkt point", head.format("") + nodes + '<edge source="0" target="1"><data key="d2">POINT (120 30)</data></edge>' + edges + tail),
            ("not graphml", "<svg></svg>"), ("noise", "".join(chr(rng.randrange(32, 999)) for _ in range(99))), ("far", good.replace("120.1", "1200.1")),
        ])  # fmt: skip
        if rng.random() < 0.1:
            body, name = a_manifest({"layer": "buildings", "file": "t.graphml"}), "not streets"
            text = good
        else:
            body = manifest
        yield Bad(f"graphml {name}", lambda f, t=text, b=body: _put(f, b, t__graphml=t))
