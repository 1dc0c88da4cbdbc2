"""What is written is read back as the same value."""

import csv
from datetime import date

import numpy as np
import pytest
import shapely
from builders import a_layer, a_package, a_small_district, lonlat
from hypothesis import given
from hypothesis import strategies as st
from package_builders import VOCABULARIES, taken

from linli.domain.places.rules import fingerprint
from linli.domain.places.rules.layers import AGE_BANDS
from linli.domain.places.rules.package import PopulationGrid
from linli.interchange import export, formulas
from linli.interchange.sheets import read as read_sheet


def test_a_written_package_is_read_back_the_same(tmp_path):
    package = a_small_district()

    export.write_package(package, tmp_path)
    back = taken(tmp_path)

    assert back.faults == ()
    assert back.fingerprint == package.fingerprint
    assert {key: table.keys for key, table in back.layers.items()} == {
        key: table.keys for key, table in package.layers.items()
    }
    for key, table in package.layers.items():
        assert back.layers[key].attributes == table.attributes
        assert (fingerprint.wkb(back.layers[key].geometry) == fingerprint.wkb(table.geometry)).all()


def test_everything_around_the_layers_comes_back_too(tmp_path):
    shares = (0.03, 0.03, 0.06, 0.03, 0.65, 0.16, 0.04)
    grid = PopulationGrid(lonlat(shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)), np.array([10.5, 0.25]))
    package = a_small_district(
        band_shares=shares,
        population_grid=grid,
        control_totals={"990102": 4000, "990102001001": 1000},
        synthetic=False,
        complete_kinds=frozenset(VOCABULARIES_KINDS),
        source="带“引号”: 和冒号 # 的来源",
        day=date(2025, 2, 28),
    )

    export.write_package(fingerprint.sealed(package), tmp_path)
    back = taken(tmp_path)

    assert back.faults == ()
    assert back.fingerprint == fingerprint.sealed(package).fingerprint
    assert back.band_shares == shares
    assert back.control_totals == package.control_totals


VOCABULARIES_KINDS = [choice.key for choice in VOCABULARIES["facility_kinds"]]


def test_a_layer_of_unusual_values_comes_back(tmp_path):
    people = {f"people_{band}": index for index, band in enumerate(AGE_BANDS)}
    package = a_package(
        a_layer(
            "buildings",
            [
                (
                    "=1+1",
                    shapely.Point(1, 1),
                    {"name": "=cmd|' /C calc'!A0", "dwellings": 0, "floor_area_m2": 0.1 + 0.2, **people},
                ),
                ("'引号", shapely.box(0, 0, 10, 10), {"use": "mixed", "year": 1984, "households": 12}),
                ("007", shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)]), {}),
            ],
        ),
        a_layer("compounds", []),
        a_layer(
            "streets",
            [("s", shapely.LineString([(0, 0), (5, 5)]), {"walkable": False, "class": "path", "name": "𠮷 emoji 🙂"})],
        ),
    )

    export.write_package(package, tmp_path)
    back = taken(tmp_path)

    assert back.fingerprint == package.fingerprint
    assert back.layers["buildings"].attributes[0]["name"] == "=cmd|' /C calc'!A0"


@given(st.text(max_size=30))
def test_neutralized_text_is_restored(text):
    assert formulas.restored(formulas.neutralized(text)) == text
    assert formulas.neutralized(text)[:1] not in ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


HOSTILE = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "'=1",
    "''",
    "=cmd|'/C calc'!A0",
    "正常",
    '逗号,"引号"\n换行',
)


def hostile_sheet():
    return export.Sheet(
        "t", "表", (export.Column("name", "名称", HOSTILE), export.Column("n", "数", [-1.5] * len(HOSTILE)))
    )


def test_no_cell_of_a_csv_is_a_formula_and_text_comes_back(tmp_path):
    export.write_csv(hostile_sheet(), tmp_path / "t.csv")

    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [row[0] for row in csv.reader(file)][1:]
    assert not any(cell[:1] in "=+-@\t\r＝＋－＠" for cell in cells)
    assert [formulas.restored(cell) for cell in cells] == list(HOSTILE)


def test_no_cell_of_a_workbook_is_a_formula_and_text_comes_back(tmp_path):
    from openpyxl import load_workbook

    export.write_xlsx([hostile_sheet()], tmp_path / "t.xlsx")

    page = load_workbook(tmp_path / "t.xlsx").active
    assert {cell.data_type for cell in page["A"][1:]} == {"s"}
    _, rows, notes = read_sheet(tmp_path / "t.xlsx", "")
    assert not notes
    assert [row[0] for row in rows[1:]] == [text.replace("\r", "\n") for text in HOSTILE]
    assert [row[1] for row in rows[1:]] == [-1.5] * len(HOSTILE)


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "csv", "xlsx"])
def test_a_layer_is_exported_in_every_format(tmp_path, ending):
    table = a_small_district().layers["facilities"]
    path = tmp_path / f"facilities.{ending}"
    sheet = export.layer_sheet(table, VOCABULARIES if ending in ("csv", "xlsx") else None)

    writers = {
        "gpkg": lambda: export.write_geopackage([sheet], path),
        "geojson": lambda: export.write_geojson(sheet, path),
        "csv": lambda: export.write_csv(sheet, path),
        "xlsx": lambda: export.write_xlsx([sheet], path),
    }
    writers[ending]()

    from package_builders import a_folder

    a_folder(tmp_path, {}, {"layer": "facilities", "file": path.name, "crs": "EPSG:4326"})
    back = taken(tmp_path)
    assert [f for f in back.faults if f.severity != "note"] == []
    assert back.layers["facilities"].keys == table.keys
    assert back.layers["facilities"].attributes == table.attributes
