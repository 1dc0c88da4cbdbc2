"""The local metric system of a district: CGCS2000 in zones of three degrees in China, UTM elsewhere."""

from functools import lru_cache

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

WGS84 = 4326
_CGCS2000_FIRST = 4534
"""EPSG code of CGCS2000 / 3-degree Gauss-Kruger with central meridian 75° E; the next codes follow by three degrees."""


def local_epsg(lon: float, lat: float) -> int:
    """EPSG code of the metric system in which a place at this longitude and latitude is computed.

    Neighboring districts may fall into different zones; figures of one district always use one.
    """
    if 73.5 <= lon < 136.5 and 3.0 <= lat <= 54.0:
        return _CGCS2000_FIRST + round((lon - 75) / 3)
    zone = min(int((lon + 180) // 6) + 1, 60)
    return (32600 if lat >= 0 else 32700) + zone


def middle(geometries: NDArray[np.object_]) -> tuple[float, float]:
    """Middle of the bounds of geometries in WGS 84, as longitude and latitude.

    Raises
    ------
    ValueError
        If there is no geometry at all.
    """
    west, south, east, north = shapely.total_bounds(geometries)
    if not np.isfinite(west):
        raise ValueError("no geometry to find the middle of")
    return (west + east) / 2, (south + north) / 2


@lru_cache(maxsize=16)
def _turn(source: int, target: int) -> pyproj.Transformer:
    """Kept, for making one takes a tenth of a second; pyproj lets threads share it."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def projected(geometries: NDArray[np.object_], epsg: int) -> NDArray[np.object_]:
    """Geometries from WGS 84 (longitude, latitude) to metres (east, north); None stays None."""
    turn = _turn(WGS84, epsg)

    def metres(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(turn.transform(lonlat[:, 0], lonlat[:, 1]))

    flat = shapely.force_2d(np.asarray(geometries, dtype=object))
    return np.asarray(shapely.transform(flat, metres), dtype=object)


def unprojected(geometries: NDArray[np.object_], epsg: int) -> NDArray[np.object_]:
    """The way back: metres to WGS 84."""
    turn = _turn(epsg, WGS84)

    def lonlat(metres: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(turn.transform(metres[:, 0], metres[:, 1]))

    return np.asarray(shapely.transform(np.asarray(geometries, dtype=object), lonlat), dtype=object)
