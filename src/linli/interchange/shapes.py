"""Shapes made fit: of the kind a layer takes, valid, within the world and near the district."""

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.domain.places.rules.layers import Geometry, Layer
from linli.interchange.faultlog import FaultLog, Where

Shapes = NDArray[np.object_]

_DIMENSION = {Geometry.POINT: 0, Geometry.LINE: 1, Geometry.AREA: 2}
_WORDS = {Geometry.POINT: "点", Geometry.LINE: "线", Geometry.AREA: "面"}
_FAR_DEG = 0.5
"""Farther than this from the communities a record is misplaced; some fifty kilometers."""


def fit(
    shapes: Shapes, rows: NDArray[np.int64], layer: Layer, where: Where, log: FaultLog
) -> tuple[Shapes, NDArray[np.bool_]]:
    """Shapes that the layer takes, and which records may stay."""
    shapes = shapes.copy()
    good = np.ones(len(shapes), dtype=bool)
    words = "、".join(_WORDS[kind] for kind in Geometry if kind in layer.geometries)
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if layer.geometry_required:
        _refuse(good, missing, rows, where, log, "缺少位置或图形。", allowed=words)
    shapes[missing] = None
    _refuse_outside_world(shapes, good, rows, where, log)
    _repair(shapes, good, rows, where, log)
    _single(shapes)
    fitting = np.isin(shapely.get_dimensions(shapes), [_DIMENSION[kind] for kind in layer.geometries])
    wrong = good & ~shapely.is_missing(shapes) & ~fitting
    for index in np.flatnonzero(wrong):
        found = shapely.get_type_id(shapes[index])
        log.refuse(
            where.at(row=int(rows[index]), column="geometry"),
            f"“{layer.zh}”图层的图形种类不对。",
            found=_TYPE[found],
            allowed=words,
        )
    good &= ~wrong
    return shapes, good


_TYPE = (
    "Point",
    "LineString",
    "LinearRing",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)


def _refuse(
    good: NDArray[np.bool_],
    bad: NDArray[np.bool_],
    rows: NDArray[np.int64],
    where: Where,
    log: FaultLog,
    message: str,
    *,
    allowed: str = "",
) -> None:
    for index in np.flatnonzero(bad & good):
        log.refuse(where.at(row=int(rows[index]), column="geometry"), message, allowed=allowed)
    good &= ~bad


def _refuse_outside_world(
    shapes: Shapes, good: NDArray[np.bool_], rows: NDArray[np.int64], where: Where, log: FaultLog
) -> None:
    points, of = shapely.get_coordinates(shapes, return_index=True)
    bad_point = ~np.isfinite(points).all(axis=1) | (np.abs(points[:, 0]) > 180) | (np.abs(points[:, 1]) > 90)
    at_zero = (points == 0).all(axis=1)
    first_bad = {
        int(record): points[row]
        for row, record in reversed(list(zip(np.flatnonzero(bad_point), of[bad_point], strict=True)))
    }
    for index, point in sorted(first_bad.items()):
        swapped = np.isfinite(point).all() and abs(point[0]) <= 90 < abs(point[1]) <= 180
        advice = "经度和纬度多半写反了。" if swapped else "请核对坐标和坐标系(crs);投影坐标不能当作经纬度。"
        _note_point(rows, index, point, "坐标超出经纬度的范围;" + advice, where, log)
        good[index] = False
    for index in np.unique(of[at_zero & ~bad_point]):
        if good[index]:
            _note_point(rows, int(index), np.zeros(2), "坐标是 0,0,多半是空值。", where, log)
            good[index] = False
    # What is refused need not be repaired or looked at any further.
    shapes[~good] = None


def _note_point(
    rows: NDArray[np.int64], index: int, point: NDArray[np.float64], message: str, where: Where, log: FaultLog
) -> None:
    found = f"{point[0]:.6f}, {point[1]:.6f}"
    log.refuse(
        where.at(row=int(rows[index]), column="geometry"), message, found=found, allowed="经度 -180–180,纬度 -90–90"
    )


def _repair(shapes: Shapes, good: NDArray[np.bool_], rows: NDArray[np.int64], where: Where, log: FaultLog) -> None:
    areas = good & (shapely.get_dimensions(shapes) == 2)
    for index in np.flatnonzero(areas & ~shapely.is_valid(shapes)):
        reason = shapely.is_valid_reason(shapes[index])
        place = where.at(row=int(rows[index]), column="geometry")
        mended = shapely.make_valid(shapes[index], method="structure", keep_collapsed=False)
        if shapely.is_empty(mended) or shapely.get_dimensions(mended) != 2:
            log.refuse(place, "图形不合规定,也无法修复;请重新画。", found=reason)
            good[index] = False
            shapes[index] = None
        else:
            shapes[index] = mended
            log.repair(place, "图形不合规定(如自相交),已自动修复;请看一眼修复后的范围。", found=reason)


def _single(shapes: Shapes) -> None:
    """Collections of one become that one; collections of mixed kinds become their largest kind."""
    kinds = shapely.get_type_id(shapes)
    for index in np.flatnonzero(kinds >= 4):
        parts = shapely.get_parts(shapes[index])
        if kinds[index] == 7:
            dimension = shapely.get_dimensions(parts).max(initial=0)
            parts = shapely.get_parts(parts[shapely.get_dimensions(parts) == dimension])
            shapes[index] = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[dimension](parts)
        if len(parts) == 1:
            shapes[index] = parts[0]


def misplaced(shapes: Shapes, district: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    """Which shapes lie far from the bounds of the district (west, south, east, north)."""
    west, south, east, north = district
    bounds = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        return np.asarray(
            (bounds[:, 2] < west - _FAR_DEG)
            | (bounds[:, 0] > east + _FAR_DEG)
            | (bounds[:, 3] < south - _FAR_DEG)
            | (bounds[:, 1] > north + _FAR_DEG)
        )
