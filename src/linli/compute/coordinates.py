"""The shifted Chinese coordinate systems GCJ-02 and BD-09, and which of them points are in.

Longitude and latitude in degrees, arrays of shape (n, 2). The forward formulas are the published ones of GCJ-02 (on the
ellipsoid of Krasovsky 1940) and of BD-09 over it; both leave places outside China as they are, GCJ-02 by definition.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_SEMI_MAJOR_M = 6378245.0
_SQUARED_ECCENTRICITY = 0.00669342162296594323
_CHINA = (72.004, 0.8293, 137.8347, 55.8271)
_BAIDU_PI = np.pi * 3000.0 / 180.0
_METRES_PER_DEGREE = 111_195.0
_TOLERANCE_DEG = 1e-11

SYSTEMS = ("WGS 84", "GCJ-02", "BD-09")


def is_in_china(lonlat: ArrayLike) -> NDArray[np.bool_]:
    """(n,) whether points lie in the box in which GCJ-02 shifts."""
    lon, lat = _points(lonlat).T
    west, south, east, north = _CHINA
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def wgs84_to_gcj02(lonlat: ArrayLike) -> Floats:
    """GCJ-02 of WGS 84."""
    points = _points(lonlat)
    return points + np.where(is_in_china(points)[:, None], _shift(points), 0.0)


def gcj02_to_wgs84(lonlat: ArrayLike) -> Floats:
    """WGS 84 of GCJ-02: the forward formula inverted by iteration, to better than 1e-9 degrees."""
    points = _points(lonlat)
    return np.where(is_in_china(points)[:, None], _inverted(lambda p: p + _shift(p), points, points), points)


def gcj02_to_bd09(lonlat: ArrayLike) -> Floats:
    """BD-09 of GCJ-02."""
    lon, lat = _points(lonlat).T
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BAIDU_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU_PI)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])


def bd09_to_gcj02(lonlat: ArrayLike) -> Floats:
    """GCJ-02 of BD-09, inverted by iteration."""
    points = _points(lonlat)
    return _inverted(gcj02_to_bd09, points, points - (0.0065, 0.006))


def wgs84_to_bd09(lonlat: ArrayLike) -> Floats:
    """BD-09 of WGS 84. Outside China, where BD-09 is not defined, points stay as they are."""
    points = _points(lonlat)
    return np.where(is_in_china(points)[:, None], gcj02_to_bd09(wgs84_to_gcj02(points)), points)


def bd09_to_wgs84(lonlat: ArrayLike) -> Floats:
    """WGS 84 of BD-09. Outside China points stay as they are."""
    points = _points(lonlat)
    return np.where(is_in_china(points)[:, None], gcj02_to_wgs84(bd09_to_gcj02(points)), points)


TO_WGS84: dict[str, Callable[[ArrayLike], Floats]] = {
    "WGS 84": lambda lonlat: _points(lonlat),
    "GCJ-02": gcj02_to_wgs84,
    "BD-09": bd09_to_wgs84,
}


@dataclass(frozen=True, slots=True)
class Shift:
    """Which system points are in, as their anchors have it.

    ``system`` is one of ``SYSTEMS``, or "" where the anchors do not decide. ``agreeing`` counts the anchors within the
    tolerance under each system, ``median_m`` their middle distance; both in the order of ``SYSTEMS``.
    """

    system: str
    agreeing: tuple[int, ...]
    median_m: tuple[float, ...]


def detect_shift(points: ArrayLike, anchors: ArrayLike, *, tolerance_m: float = 120.0) -> Shift:
    """Tell the system of ``points`` from the known places (WGS 84) of the same things.

    Parameters
    ----------
    points, anchors : (n, 2) float, degrees
        Row i of both is the same thing; some pairs may be wrong.
    tolerance_m : metres
        How far a right pair may be apart. The systems differ by 300 m and more in China.

    A system is told if at least three anchors and half of all agree with it, and at least twice as many as with any
    other; else ``system`` is "". Where all points lie outside China nothing is shifted, and agreement means WGS 84.
    """
    found, known = _points(points), _points(anchors)
    if found.shape != known.shape:
        raise ValueError(f"points and anchors: expected equal shapes, found {found.shape} and {known.shape}")
    if not found.size:
        return Shift("", (0, 0, 0), (np.nan,) * 3)
    apart = [distance_m(TO_WGS84[system](found), known) for system in SYSTEMS]
    agreeing = [int((gap <= tolerance_m).sum()) for gap in apart]
    systems = range(len(SYSTEMS)) if is_in_china(found).any() else range(1)
    best = max(systems, key=lambda system: agreeing[system])
    rest = max((agreeing[system] for system in systems if system != best), default=0)
    decided = agreeing[best] >= 3 and 2 * agreeing[best] >= len(found) and agreeing[best] >= 2 * rest
    return Shift(SYSTEMS[best] if decided else "", tuple(agreeing), tuple(float(np.median(gap)) for gap in apart))


def distance_m(one: ArrayLike, other: ArrayLike) -> Floats:
    """(n,) metres between points a few kilometers apart, on a sphere."""
    a, b = _points(one), _points(other)
    middle = np.radians((a[:, 1] + b[:, 1]) / 2)
    east, north = (a - b).T * _METRES_PER_DEGREE
    return np.asarray(np.hypot(east * np.cos(middle), north))


def haversine_m(one: ArrayLike, other: ArrayLike) -> Floats:
    """(n,) metres along a great circle of a sphere of 6,371,008.8 m, at any distance."""
    (lon1, lat1), (lon2, lat2) = np.radians(_points(one)).T, np.radians(_points(other)).T
    chord = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * 6_371_008.8 * np.arcsin(np.sqrt(chord)))


def _points(lonlat: ArrayLike) -> Floats:
    array = np.asarray(lonlat, dtype=np.float64)
    if array.size == 0:
        return array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"lonlat: expected shape (n, 2), found {array.shape}")
    return array


def _shift(points: Floats) -> Floats:
    """(n, 2) degrees by which GCJ-02 lies off."""
    lon, lat = points.T
    x, y = lon - 105.0, lat - 35.0
    root, product = np.sqrt(np.abs(x)), x * y
    common = (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * product + 0.2 * root + common
    north += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * product + 0.1 * root + common
    east += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    slope = np.radians(lat)
    magic = 1.0 - _SQUARED_ECCENTRICITY * np.sin(slope) ** 2
    meridian = _SEMI_MAJOR_M * (1.0 - _SQUARED_ECCENTRICITY) / (magic * np.sqrt(magic))
    parallel = _SEMI_MAJOR_M / np.sqrt(magic) * np.cos(slope)
    return np.column_stack([np.degrees(east / parallel), np.degrees(north / meridian)])


def _inverted(forward: Callable[[Floats], Floats], target: Floats, start: Floats) -> Floats:
    """Fixed-point iteration; the shift changes by a few thousandths of a step at most, so a few rounds settle it."""
    guess = start
    for _ in range(30):
        miss = forward(guess) - target
        guess = guess - miss
        if miss.size == 0 or float(np.nanmax(np.abs(miss))) < _TOLERANCE_DEG:
            break
    return guess
