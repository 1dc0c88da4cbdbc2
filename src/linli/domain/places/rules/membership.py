"""In which area a place lies: by what its record says, else by where it stands."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

NONE = -1


def places_of(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """One point for each geometry, on its surface where it is an area; None stays None."""
    kinds = shapely.get_type_id(geometries)
    on_surface = np.asarray(geometries, dtype=object).copy()
    shaped = kinds > 0
    on_surface[shaped] = shapely.point_on_surface(geometries[shaped])
    return on_surface


def coordinates(points: NDArray[np.object_]) -> NDArray[np.float64]:
    """(n, 2) of points; NaN where there is none."""
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def area_at(points: NDArray[np.object_], areas: NDArray[np.object_]) -> NDArray[np.int32]:
    """(n,) index of the area that a point lies in or on the edge of, -1 for none; the smallest, then the first, of
    several.
    """
    found = np.full(len(points), NONE, dtype=np.int32)
    if len(areas) == 0 or len(points) == 0:
        return found
    point, area = shapely.STRtree(areas).query(points, predicate="intersects")
    # Written last wins: sort so that the smallest area, and among equals the first, comes last.
    order = np.lexsort([-area, -shapely.area(areas)[area]])
    found[point[order]] = area[order]
    return found


def named(values: Sequence[object], keys: Mapping[str, int]) -> NDArray[np.int32]:
    """(n,) index of the key that each record names, -1 where it names none or one that does not exist."""
    return np.array([keys.get(str(value), NONE) if value is not None else NONE for value in values], dtype=np.int32)


def named_else_at(
    values: Sequence[object], keys: Mapping[str, int], points: NDArray[np.object_], areas: NDArray[np.object_]
) -> NDArray[np.int32]:
    """(n,) index of the area named, else of the area stood in."""
    explicit = named(values, keys)
    return np.where(explicit >= 0, explicit, area_at(points, areas)).astype(np.int32)
