"""Coordinate systems of layers: what the manifest states, what the file says, what the anchors show. Never silent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from linli.compute import coordinates
from linli.interchange.faultlog import FaultLog, Where
from linli.interchange.manifest import Anchor

Shapes = NDArray[np.object_]
_SHIFTED = {"GCJ-02": "GCJ-02", "BD-09": "BD-09"}
_SAME_AS_WGS84 = frozenset({"EPSG:4326", "EPSG:4490", "CGCS2000"})


@dataclass(frozen=True, slots=True)
class Placed:
    """Shapes in WGS 84, and the system that the file spoke."""

    shapes: Shapes
    system: str


def to_wgs84(shapes: Shapes, system: str) -> Shapes:
    """Shapes from a system that ``manifest.normalized_crs`` knows, or a WKT definition.

    Raises
    ------
    CRSError
        If the system is not known.
    """
    flat = shapely.force_2d(shapes)
    if system in _SAME_AS_WGS84:
        return np.asarray(flat, dtype=object)
    if system in _SHIFTED:
        return np.asarray(shapely.transform(flat, coordinates.TO_WGS84[system]), dtype=object)
    turn = pyproj.Transformer.from_crs(pyproj.CRS.from_user_input(system), 4326, always_xy=True)
    return np.asarray(
        shapely.transform(flat, lambda xy: np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))), dtype=object
    )


def named(system: str) -> str:
    """A short name for a system that may be given as WKT."""
    if len(system) < 16:
        return system
    crs = pyproj.CRS.from_user_input(system)
    code = crs.to_epsg(min_confidence=60)
    return f"EPSG:{code}" if code else crs.name


def place(
    shapes: Shapes,
    stated: str,
    said: str,
    names: Mapping[str, int],
    anchors: Sequence[Anchor],
    where: Where,
    log: FaultLog,
) -> Placed | None:
    """Bring shapes to WGS 84, or refuse the layer.

    ``stated`` is the manifest's word, ``said`` the file's own. ``names`` maps names and keys that occur once to rows.
    """
    assumed = stated if stated != "auto" else (said or "EPSG:4326")
    try:
        raw = shapely.force_2d(shapes) if assumed in _SHIFTED else to_wgs84(shapes, assumed)
        short = named(assumed)
    except CRSError as error:
        log.reject(
            where,
            "坐标系读不懂;请在清单里用 crs 写明。",
            found=str(error),
            allowed="EPSG:编号、CGCS2000、GCJ-02、BD-09",
        )
        return None
    shift, count = _shift(raw, names, anchors)
    expected = _SHIFTED.get(assumed, "WGS 84")
    if stated != "auto":
        return _stated(raw, short, expected, shift, count, where, log)
    return _detected(raw, assumed, short, said, shift, count, where, log)


def _shift(raw: Shapes, names: Mapping[str, int], anchors: Sequence[Anchor]) -> tuple[coordinates.Shift, int]:
    """What the anchors that occur in a layer say about it."""
    matched = [(names[a.name], (a.lon, a.lat)) for a in anchors if a.name in names and raw[names[a.name]] is not None]
    if not matched:
        return coordinates.detect_shift(np.empty((0, 2)), np.empty((0, 2))), 0
    points = shapely.get_coordinates(shapely.centroid(raw[[row for row, _ in matched]]))
    known = np.array([lonlat for _, lonlat in matched])
    if len(points) != len(known) or not np.isfinite(points).all():
        return coordinates.detect_shift(np.empty((0, 2)), np.empty((0, 2))), 0
    return coordinates.detect_shift(points, known), len(matched)


def _stated(
    raw: Shapes, short: str, expected: str, shift: coordinates.Shift, count: int, where: Where, log: FaultLog
) -> Placed | None:
    agreeing = dict(zip(coordinates.SYSTEMS, shift.agreeing, strict=True))[expected]
    if shift.system and shift.system != expected:
        log.reject(
            where.at(column="crs"),
            "清单所写的坐标系与已知点不符,图层会偏移几百米;请改正 crs。",
            found=f"写的是 {short},{count} 个已知点表明是 {shift.system}",
            allowed=shift.system,
        )
        return None
    if count >= 3 and 2 * agreeing < count:
        log.reject(
            where.at(column="crs"),
            "已知点与图层对不上,无法确认坐标系;请核对 crs 和已知点(anchors)。",
            found=f"{count} 个已知点中 {agreeing} 个相符",
            allowed="至少一半相符",
        )
        return None
    return Placed(_unshifted(raw, expected), short)


def _detected(
    raw: Shapes, assumed: str, short: str, said: str, shift: coordinates.Shift, count: int, where: Where, log: FaultLog
) -> Placed | None:
    if shift.system:
        if shift.system != "WGS 84":
            log.note(
                where.at(column="crs"),
                f"按 {count} 个已知点判断,这个图层是 {shift.system},已换算为 WGS 84。",
                found=short if said else "",
                allowed=shift.system,
            )
        return Placed(_unshifted(raw, shift.system), short if shift.system == "WGS 84" else shift.system)
    corners = np.array(shapely.total_bounds(raw)).reshape(2, 2)
    in_china = bool(np.isfinite(corners).all() and coordinates.is_in_china(corners).any())
    is_projected = bool(said) and pyproj.CRS.from_user_input(assumed).is_projected
    if (in_china and not is_projected) or not said:
        log.reject(
            where.at(column="crs"),
            "无法判断坐标系(国内数据常是 GCJ-02 或 BD-09,会偏几百米);"
            "请在清单里写明 crs,或在 anchors 里给出至少 3 个已知点。",
            found=f"文件写的是 {short};{count} 个已知点" if said else "文件没有写明",
            allowed="EPSG:4326、CGCS2000、GCJ-02、BD-09、EPSG:编号",
        )
        return None
    return Placed(raw, short)


def _unshifted(raw: Shapes, system: str) -> Shapes:
    return raw if system == "WGS 84" else to_wgs84(raw, system)
