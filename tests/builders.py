"""Small whole districts for tests, built by hand: four communities of 600 m, streets between, walls, homes and
facilities.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import shapely

from linli.domain.places.rules import fingerprint, projection
from linli.domain.places.rules.layers import AGE_BANDS
from linli.domain.places.rules.package import DistrictPackage, LayerTable

EPSG = 4549
ORIGIN = (516_000.0, 3_348_000.0)
DAY = date(2026, 6, 30)
SIDE = 600.0
KINDS = ("kindergarten", "pharmacy", "clinic", "canteen")

Records = Sequence[tuple[str, shapely.Geometry | None, Mapping[str, object]]]


def lonlat(*geometries: shapely.Geometry | None) -> np.ndarray:
    """From metres, counted from the district's corner in the southwest, to WGS 84."""
    placed = [None if shape is None else shapely.transform(shape, lambda xy: xy + ORIGIN) for shape in geometries]
    shapes = np.empty(len(placed), dtype=object)
    shapes[:] = placed
    return projection.unprojected(shapes, EPSG)


def a_layer(layer: str, records: Records, *, day: date = DAY) -> LayerTable:
    """A layer from (key, geometry in metres from the corner, attributes)."""
    return LayerTable(
        layer=layer,
        keys=tuple(key for key, _, _ in records),
        geometry=lonlat(*(shape for _, shape, _ in records)),
        attributes=tuple(attributes for _, _, attributes in records),
        source="测试数据",
        licence="CC0-1.0",
        source_crs="EPSG:4326",
        day=day,
    )


def a_package(*layers: LayerTable, **changes: object) -> DistrictPackage:
    """A sealed package of these layers."""
    package = DistrictPackage(
        code="990102",
        name="测试区",
        day=DAY,
        source="测试数据",
        licence="CC0-1.0",
        synthetic=True,
        layers={table.layer: table for table in layers},
        control_totals={},
        band_shares=None,
        population_grid=None,
        complete_kinds=frozenset({"kindergarten", "clinic"}),
        faults=(),
        fingerprint="",
    )
    return fingerprint.sealed(replace(package, **changes))


def a_small_district(**changes: object) -> DistrictPackage:
    """Four communities in two subdistricts.

    Every third crossing is 300 m apart. Community 001 (southwest) holds the walled compound A with one gate in the
    west; 002 (southeast) the walled compound B of which no gate is recorded; 003 (northwest) the open compound C.
    Homes have a register by age, but for those of 004 (northeast), whose 500 people are estimated. The kindergarten of
    001 came twice.
    """
    package = a_package(
        a_layer("subdistricts", [("990102001", None, {"name": "南街道"}), ("990102002", None, {"name": "北街道"})]),
        a_layer("communities", list(_communities())),
        a_layer("grid_cells", [("G1", shapely.box(0, 0, 1200, 600), {"name": "网格一"})]),
        a_layer("compounds", list(_compounds())),
        a_layer("gates", [("GA", shapely.Point(60, 150), {"compound": "A", "open_to": "residents", "name": "西门"})]),
        a_layer("buildings", list(_buildings())),
        a_layer("facilities", list(_facilities())),
        a_layer("premises", [("P1", shapely.Point(420, 420), {"state": "idle", "area_m2": 200.0, "name": "旧锅炉房"})]),
        a_layer("streets", list(_streets())),
        a_layer("walls", [("WA", shapely.box(60, 60, 240, 240).exterior, {"compound": "A"})]),
        a_layer("barriers", [("R1", shapely.LineString([(0, 615), (1200, 615)]), {"kind": "water", "name": "测试河"})]),
        a_layer("land", [("L1", shapely.box(700, 700, 800, 800), {"kind": "green"})]),
        band_shares=(0.02, 0.03, 0.06, 0.03, 0.66, 0.16, 0.04),
        control_totals={"990102002004": 500},
    )
    return fingerprint.sealed(replace(package, **changes))


def with_layer(package: DistrictPackage, layer: LayerTable, **changes: object) -> DistrictPackage:
    """The package with one layer put in the place of its own."""
    return fingerprint.sealed(replace(package, layers={**package.layers, layer.layer: layer}, **changes))


def _communities() -> Records:
    names = {"001": "清波社区", "002": "柳浪社区", "003": "涌金社区", "004": "清波社区"}
    corners = {"001": (0, 0), "002": (1, 0), "003": (0, 1), "004": (1, 1)}
    records = []
    for number, (column, row) in corners.items():
        subdistrict = "990102001" if row == 0 else "990102002"
        square = shapely.box(column * SIDE, row * SIDE, (column + 1) * SIDE, (row + 1) * SIDE)
        attributes = {"name": names[number], "subdistrict": subdistrict, "kind": "community"}
        records.append((subdistrict + number, square, attributes))
    return records


def _compounds() -> Records:
    return [
        ("A", shapely.box(60, 60, 240, 240), {"name": "甲小区", "walled": True, "type": "UPGRADE", "year": 1998}),
        ("B", shapely.box(660, 60, 840, 240), {"name": "乙小区", "walled": True, "type": "NEW_BUILD"}),
        ("C", shapely.box(60, 660, 240, 840), {"name": "丙小区", "walled": False}),
    ]


def _buildings() -> Records:
    bands = dict(zip((f"people_{band}" for band in AGE_BANDS), (2, 3, 6, 3, 66, 16, 4), strict=True))
    records = []
    for compound, x, y in (("A", 100, 100), ("B", 700, 100), ("C", 100, 700), ("", 1000, 1000)):
        for number in range(4):
            west, south = x + 50 * (number % 2), y + 50 * (number // 2)
            attributes: dict[str, object] = {"use": "residential", "floors": 6 + number, "dwellings": 24, "year": 1998}
            if compound:
                attributes |= bands
            key = f"{compound or 'D'}{number + 1}"
            records.append((key, shapely.box(west, south, west + 30, south + 12), attributes | {"name": f"{key}幢"}))
    records.append(("S1", shapely.box(400, 100, 440, 140), {"use": "public", "name": "幼儿园楼"}))
    return records


def _facilities() -> Records:
    return [
        ("F1", shapely.box(400, 100, 440, 140), {"kind": "kindergarten", "capacity": 270.0}),
        ("F2", shapely.Point(420, 120), {"kind": "kindergarten", "name": "清波幼儿园"}),
        ("F3", shapely.Point(310, 310), {"kind": "pharmacy", "name": "同仁药房"}),
        ("F4", shapely.Point(910, 910), {"kind": "clinic", "name": "社区卫生服务站"}),
        ("F5", shapely.Point(150, 150), {"kind": "canteen", "name": "甲小区食堂", "open_to": "residents"}),
    ]


def _streets() -> Records:
    records = []
    for number in range(5):
        at = 300.0 * number
        stops = [300.0 * stop for stop in range(5)]
        across = shapely.LineString([(stop, at) for stop in stops])
        along = shapely.LineString([(at, stop) for stop in stops])
        records.append((f"EW{number}", across, {"class": "street", "name": f"东西{number}路"}))
        records.append((f"NS{number}", along, {"class": "street", "name": f"南北{number}路"}))
    inner = shapely.LineString([(80, 90), (220, 90), (220, 220)])
    through = shapely.LineString([(600, 150), (750, 150), (750, 300)])
    records.append(("IA", inner, {"class": "internal", "compound": "A"}))
    records.append(("IB", through, {"class": "internal"}))
    records.append(("IC", shapely.LineString([(150, 600), (150, 750)]), {"class": "path"}))
    records.append(("FX", shapely.LineString([(0, -50), (1200, -50)]), {"class": "fast"}))
    return records
