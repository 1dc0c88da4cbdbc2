"""What the reader must take, what it reports, and where: file by file."""

from datetime import date

import numpy as np
import pytest
import shapely
from openpyxl import Workbook
from package_builders import a_folder, faults_of, refused, taken

from linli.compute import coordinates
from linli.domain.places.rules.package import Severity
from linli.interchange import export
from linli.interchange.faultlog import PackageRefused

FACILITIES = {"layer": "facilities", "file": "t.csv", "crs": "EPSG:4326"}


def test_a_csv_of_chinese_headings_and_full_width_digits_is_taken(tmp_path):
    text = (
        "编号,名称,设施类型,容量,开放对象,经度,纬度\n0012,甲幼儿园,幼儿园,３６０,所有人,120.171,30.25\n\n,,,,,,\n"
        '0013,乙药店,药店,"1,200",,１２０.18,30.26\n'
    )
    for codec in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        package = taken(a_folder(tmp_path / codec, {"t.csv": text.encode(codec)}, FACILITIES))

        table = package.layers["facilities"]
        assert table.keys == ("0012", "0013")
        assert table.attributes == (
            {"name": "甲幼儿园", "kind": "kindergarten", "capacity": 360.0, "open_to": "all"},
            {"name": "乙药店", "kind": "pharmacy", "capacity": 1200.0},
        )
        assert shapely.get_x(table.geometry[1]) == 120.18


def test_every_fault_is_told_at_once_with_file_row_column_found_and_allowed(tmp_path):
    rows = ["a,幼稚园,多,120.1,30.2", "a,药店,3,120.1,30.2", "b,药店,-1,120.1,95", "b,药店,2,120.1,30.2"]
    text = "\n".join(["key,kind,capacity,lon,lat", *rows, rows[-1]])

    faults = refused(a_folder(tmp_path, {"t.csv": text}, FACILITIES))

    assert [(f.file, f.layer, f.row, f.column, f.found) for f in faults] == [
        ("t.csv", "facilities", 2, "kind", "幼稚园"),
        ("t.csv", "facilities", 2, "capacity", "多"),
        ("t.csv", "facilities", 4, "capacity", "-1"),
        ("t.csv", "facilities", 4, "geometry", "120.100000, 95.000000"),
        ("t.csv", "facilities", 6, "key", "b"),
    ]
    assert all(fault.allowed and fault.message.endswith("。") for fault in faults)
    assert "药店" in faults[0].allowed


def test_the_good_rows_are_there_beside_the_faults(tmp_path):
    text = "key,kind,lon,lat\na,?,120.1,30.2\nb,药店,120.1,30.2\n"

    package = taken(a_folder(tmp_path, {"t.csv": text}, FACILITIES))

    assert package.layers["facilities"].keys == ("b",)
    assert [f.row for f in package.faults if f.severity is Severity.REFUSED] == [2]


def test_a_file_that_cannot_be_used_refuses_the_package_with_all_other_faults(tmp_path):
    folder = a_folder(
        tmp_path, {"t.csv": "key,kind,lon,lat\na,?,120.1,30.2\n"}, FACILITIES, {"layer": "walls", "file": "none.gpkg"}
    )

    with pytest.raises(PackageRefused) as refusal:
        taken(folder)

    assert [(f.file, f.row) for f in refusal.value.faults] == [("t.csv", 2), ("none.gpkg", None)]


def test_unknown_in_words_is_unknown_and_years_in_words_are_not(tmp_path):
    text = "key,year,floors,lon,lat\na,不详,-,120.1,30.2\nb,八十年代,6,120.1,30.2\n"
    folder = a_folder(tmp_path, {"t.csv": text}, {**FACILITIES, "layer": "buildings"})

    package = taken(folder)

    assert package.layers["buildings"].attributes == ({},)
    assert [(f.row, f.column, f.found, f.allowed) for f in refused(folder)] == [
        (3, "year", "八十年代", "1800–2100 的整数(年)")
    ]


def test_headings_values_and_constants_are_mapped_by_the_manifest(tmp_path):
    text = "代号,叫法,种类,东经,北纬,区\n1,甲,YF,120.1,30.2,上城\n2,乙,YF,120.2,30.2,西湖\n3,丙,YEY,120.1,30.2,上城\n"
    layer = {
        "layer": "facilities",
        "file": "t.csv",
        "crs": "EPSG:4490",
        "key": "代号",
        "x": "东经",
        "y": "北纬",
        "prefix": "sc-",
        "columns": {"name": "叫法", "kind": "种类"},
        "values": {"kind": {"YF": "pharmacy", "YEY": "幼儿园"}},
        "constants": {"open_to": "all"},
        "where": {"区": ["上城"]},
        "day": "2025-01-31",
    }

    table = taken(a_folder(tmp_path, {"t.csv": text}, layer)).layers["facilities"]

    assert table.keys == ("sc-1", "sc-3")
    assert [record["kind"] for record in table.attributes] == ["pharmacy", "kindergarten"]
    assert table.attributes[0]["open_to"] == "all"
    assert (table.source_crs, table.day) == ("EPSG:4490", date(2025, 1, 31))


def test_keys_are_made_from_the_record_where_there_are_none(tmp_path):
    rows = ["药店,120.1,30.2", "药店,120.2,30.2", "药店,120.1,30.2"]
    one = (
        taken(a_folder(tmp_path / "1", {"t.csv": "\n".join(["kind,lon,lat", *rows])}, FACILITIES))
        .layers["facilities"]
        .keys
    )
    two = (
        taken(a_folder(tmp_path / "2", {"t.csv": "\n".join(["kind,lon,lat", *reversed(rows)])}, FACILITIES))
        .layers["facilities"]
        .keys
    )

    assert len(set(one)) == 3
    assert set(one) == set(two)


def geojson(shapes: list[object], path, **extra: object):
    sheet = export.Sheet(
        "t", "t", (export.Column("key", "编号", [f"k{n}" for n in range(len(shapes))]),), np.array(shapes, dtype=object)
    )
    export.write_geojson(sheet, path)
    return path


def test_heights_are_dropped_and_crossed_outlines_mended_and_reported(tmp_path):
    bow = shapely.Polygon([(120.1, 30.2, 5), (120.2, 30.3, 5), (120.2, 30.2, 5), (120.1, 30.3, 5)])
    a_folder(tmp_path, {}, {"layer": "grid_cells", "file": "t.geojson", "crs": "EPSG:4326"})
    geojson([bow], tmp_path / "t.geojson")

    package = taken(tmp_path)

    (shape,) = package.layers["grid_cells"].geometry
    assert shapely.is_valid(shape)
    assert not shapely.has_z(shape)
    assert [(f.severity, f.row, f.column) for f in package.faults] == [(Severity.REPAIRED, 1, "geometry")]


def test_what_lies_far_from_the_district_is_refused(tmp_path):
    communities = export.Sheet(
        "c",
        "c",
        (export.Column("code", "c", ["1"]), export.Column("name", "n", ["甲"])),
        np.array([shapely.box(120.1, 30.2, 120.2, 30.3)]),
    )
    folder = a_folder(
        tmp_path,
        {"t.csv": "key,kind,lon,lat\na,药店,120.15,30.25\nb,药店,20.15,30.25\n"},
        {"layer": "communities", "file": "c.geojson", "crs": "EPSG:4326"},
        FACILITIES,
    )
    export.write_geojson(communities, tmp_path / "c.geojson")

    assert [(f.file, f.row, f.column) for f in refused(folder)] == [("t.csv", 3, "geometry")]


def a_book(path, rows, sheet="设施"):
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_cached_values_of_formulas_are_read_and_told(tmp_path):
    import zipfile

    folder = a_folder(tmp_path, {}, {"layer": "facilities", "file": "t.xlsx", "crs": "EPSG:4326"})
    a_book(tmp_path / "raw.xlsx", [["key", "kind", "capacity", "lon", "lat"], ["a", "药店", "=100+20", 120.1, 30.2]])
    with zipfile.ZipFile(tmp_path / "raw.xlsx") as old, zipfile.ZipFile(tmp_path / "t.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(
                name,
                content.replace(b"<f>100+20</f><v></v>", b"<f>100+20</f><v>120</v>").replace(
                    b"<f>100+20</f><v />", b"<f>100+20</f><v>120</v>"
                ),
            )

    package = taken(folder)

    assert package.layers["facilities"].attributes[0]["capacity"] == 120.0
    assert [(f.severity, f.sheet, f.row, f.column, f.found) for f in package.faults] == [
        (Severity.NOTE, "设施", 2, "C2", "=100+20")
    ]


def anchored(tmp_path, shift, crs, anchors=6):
    """Facilities of a file in a shifted system, with anchors in WGS 84."""
    rng = np.random.default_rng(3)
    known = np.array([120.17, 30.25]) + rng.uniform(-0.03, 0.03, (20, 2))
    rows = "".join(f"{n},地点{n},药店,{x!r},{y!r}\n" for n, (x, y) in enumerate(shift(known).tolist()))
    places = [{"name": f"地点{n}", "lon": float(x), "lat": float(y)} for n, (x, y) in enumerate(known[:anchors])]
    return known, a_folder(
        tmp_path, {"t.csv": "key,name,kind,lon,lat\n" + rows}, {**FACILITIES, "crs": crs}, anchors=places
    )


@pytest.mark.parametrize(
    ("system", "shift"), [("GCJ-02", coordinates.wgs84_to_gcj02), ("BD-09", coordinates.wgs84_to_bd09)]
)
def test_a_shifted_layer_is_told_by_its_anchors_and_turned_back(tmp_path, system, shift):
    for crs in ("auto", system):
        known, folder = anchored(tmp_path / crs, shift, crs)

        table = taken(folder).layers["facilities"]

        assert table.source_crs == system
        assert np.abs(shapely.get_coordinates(table.geometry) - known).max() < 1e-9


def test_a_system_that_the_anchors_contradict_is_refused(tmp_path):
    _, folder = anchored(tmp_path, coordinates.wgs84_to_gcj02, "EPSG:4326")

    (fault,) = faults_of(folder)

    assert (fault.file, fault.column, fault.allowed) == ("t.csv", "crs", "GCJ-02")


def test_without_anchors_nothing_is_guessed(tmp_path):
    _, folder = anchored(tmp_path, coordinates.wgs84_to_gcj02, "auto", anchors=0)

    (fault,) = faults_of(folder)

    assert (fault.severity, fault.file, fault.column) == (Severity.REFUSED, "t.csv", "crs")


# --- Real data ------------------------------------------------------------------------------------------------------


def of_real_data(tmp_path, real_data, *layers, **changes):
    return taken(a_folder(tmp_path, {}, *layers, **changes), data=real_data)


@pytest.mark.data
def test_a_shapefile_in_gbk_without_cpg_is_read(real_data, tmp_path):
    layer = {
        "layer": "subdistricts",
        "file": "formats/chongqing_counties_gbk/区县界_area.shp",
        "crs": "EPSG:4326",
        "columns": {"name": "NAME", "code": "ADMINCODE"},
    }
    try:
        package = of_real_data(tmp_path, real_data, layer)
        table, faults = package.layers["subdistricts"], package.faults
    except PackageRefused as refusal:
        pytest.fail(str(refusal))

    assert len(table.keys) + sum(f.severity is Severity.REFUSED for f in faults) == 38
    words = [str(record["name"]) for record in table.attributes] + [f.found for f in faults]
    assert all("\ufffd" not in word for word in words)


@pytest.mark.data
def test_streets_of_five_districts_are_mended_where_invalid(real_data, tmp_path):
    layer = {
        "layer": "communities",
        "file": "beijing/streets_5_districts.geojson",
        "crs": "EPSG:4326",
        "key": "code",
    }

    package = of_real_data(tmp_path, real_data, layer)

    repaired = [f for f in package.faults if f.severity is Severity.REPAIRED]
    blank = [f for f in package.faults if f.severity is Severity.REFUSED]
    assert len(repaired) == 26
    assert len(blank) == 33
    assert {f.column for f in blank} == {"code"}
    assert shapely.is_valid(package.layers["communities"].geometry).all()


@pytest.mark.data
def test_a_crs_member_that_is_not_wgs84_is_believed(real_data, tmp_path):
    layer = {
        "layer": "communities",
        "file": "las-palmas/secondary_school_areas.geojson",
        "columns": {"code": "Codigo", "name": "Denominaci"},
    }

    table = of_real_data(tmp_path, real_data, layer).layers["communities"]

    west, south, east, north = shapely.total_bounds(table.geometry)
    assert len(table.keys) == 29
    assert table.source_crs == "EPSG:5635"
    assert -15.6 < west < east < -15.3
    assert 27.9 < south < north < 28.2


@pytest.mark.data
def test_layers_of_a_geopackage_and_of_an_extract_agree(real_data, tmp_path):
    layers = (
        {
            "layer": "buildings",
            "file": "beijing/wangjing_2020_layers.gpkg",
            "sheet": "buildings",
            "crs": "EPSG:4326",
            "key": "auto",
            "columns": {"name": "name"},
        },
        {"layer": "streets", "file": "beijing/wangjing_2020.osm.pbf"},
        {"layer": "facilities", "file": "beijing/wangjing_2020.osm.pbf"},
    )

    package = of_real_data(tmp_path, real_data, *layers)

    assert [f for f in package.faults if f.severity is Severity.REFUSED] == []
    assert len(package.layers["buildings"].keys) == 226
    assert len(package.layers["streets"].keys) > 200
    assert {"pharmacy", "supermarket"} <= {record["kind"] for record in package.layers["facilities"].attributes}
