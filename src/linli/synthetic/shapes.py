"""Geometry of the landscape: polygons of tiles and parcels, lines, houses, water; all bent at once."""

from collections import defaultdict

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.synthetic.ground import Ground, lonlat
from linli.synthetic.lattice import Block, Rect

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
STEP_M = 60.0
"""Straight lines of the plan get a point that often, so that they can bend."""


def bent(shapes: Shapes, ground: Ground) -> Shapes:
    """Plan geometries as WGS 84 ones. Equal plan points become equal points."""
    flat = np.asarray(shapes, dtype=object)
    return np.asarray(shapely.transform(flat, lambda uv: lonlat(ground.metres(uv))), dtype=object)


def points(uv: Floats, ground: Ground) -> Shapes:
    return np.asarray(shapely.points(lonlat(ground.metres(uv))), dtype=object)


def lines(polylines: list[Floats]) -> Shapes:
    """Plan geometries of polylines."""
    sizes = [line.shape[0] for line in polylines]
    return np.asarray(shapely.linestrings(np.concatenate(polylines), indices=np.repeat(np.arange(len(sizes)), sizes)))


def tiles(blocks: list[Block]) -> Shapes:
    """The tiles as plan polygons that share their points with all neighbors, so that they form a coverage."""
    corners: dict[tuple[int, float], set[float]] = defaultdict(set)
    for block in blocks:
        a, b, c, d = block.tile
        for u in (a, b):
            corners[0, u].update((c, d))
        for v in (c, d):
            corners[1, v].update((a, b))
    stops = {line: np.array(sorted(at)) for line, at in corners.items()}
    return np.array([shapely.Polygon(_ring(block.tile, stops)) for block in blocks], dtype=object)


def unions(shapes: Shapes, group: NDArray[np.int64], count: int) -> Shapes:
    """One polygon for each group of a coverage."""
    order = np.argsort(group, kind="stable")
    cuts = np.searchsorted(group[order], np.arange(count + 1))
    parts = [shapes[order[cuts[n] : cuts[n + 1]]] for n in range(count)]
    return np.array([shapely.coverage_union_all(part) for part in parts], dtype=object)


def rectangle(rect: Rect) -> shapely.Polygon:
    """A rectangle of the plan with points often enough to bend."""
    a, b, c, d = rect
    ring = [_side(a, b), _side(c, d), _side(b, a), _side(d, c)]
    u = np.concatenate([ring[0], np.full(ring[1].size, b), ring[2], np.full(ring[3].size, a)])
    v = np.concatenate([np.full(ring[0].size, c), ring[1], np.full(ring[2].size, d), ring[3]])
    return shapely.Polygon(np.column_stack([u, v]))


def houses(plan: Floats, ground: Ground) -> Shapes:
    """Rectangles of true size, turned as the rows are. ``plan`` is (n, 4): center u, v, length, width."""
    center, heading = ground.metres(plan[:, :2]), ground.heading(plan[:, :2])
    along = np.column_stack([np.cos(heading), np.sin(heading)]) * plan[:, 2:3] / 2
    across = np.column_stack([-np.sin(heading), np.cos(heading)]) * plan[:, 3:4] / 2
    ring = np.stack(
        [center - along - across, center + along - across, center + along + across, center - along + across], 1
    )
    degrees = lonlat(ring.reshape(-1, 2)).reshape(-1, 4, 2)
    return np.asarray(shapely.polygons(degrees), dtype=object)


def lake(rects: list[Rect]) -> Shapes:
    """Water inside a group of superblocks, with a soft shore and an island."""
    if not rects:
        return np.empty(0, dtype=object)
    basin = shapely.union_all([shapely.box(a - 1, c - 1, b + 1, d + 1) for a, b, c, d in rects])
    water = basin.buffer(-300, quad_segs=12).buffer(235, quad_segs=12)
    parts = [part for part in shapely.get_parts(water) if part.area > 20_000]
    if parts:
        largest = max(range(len(parts)), key=lambda k: parts[k].area)
        middle = shapely.centroid(parts[largest])
        island = shapely.Point(middle.x - 90, middle.y + 60).buffer(70, quad_segs=6)
        parts[largest] = parts[largest].difference(island)
    return np.array([shapely.segmentize(part, STEP_M) for part in parts], dtype=object)


def river(length_m: float, half_m: float) -> shapely.Polygon:
    """The river beyond the bank at v = 0, wider than the half that belongs to the district."""
    u = np.arange(-500.0, length_m + 500.0 + STEP_M, STEP_M)
    near = -34 + 7 * np.sin(u / 410) + 4 * np.sin(u / 170 + 1)
    far = -2.4 * half_m + 60 * np.sin(u / 1900)
    return shapely.Polygon(np.concatenate([np.column_stack([u, near]), np.column_stack([u, far])[::-1]]))


def canal(axis: int, position: float, low: float, high: float) -> shapely.Polygon:
    """A canal between its banks, not quite straight and not quite even."""
    at = np.linspace(low, high, max(4, int((high - low) / 45)))
    drift = 7 * np.sin(at / 230) + 4 * np.sin(at / 97 + 2)
    width = 18 + 3 * np.sin(at / 310 + 1)
    left, right = position + drift - width, position + drift + width
    sides = [np.column_stack([side, at] if axis == 0 else [at, side]) for side in (left, right)]
    return shapely.Polygon(np.concatenate([sides[0], sides[1][::-1]]))


def strip(axis: int, position: float, reach: tuple[float, float], half_m: float) -> shapely.Polygon:
    """A straight strip around the middle of a corridor."""
    low, high = reach
    sides = (position - half_m, position + half_m)
    return rectangle((*sides, low, high) if axis == 0 else (low, high, *sides))


def straight(axis: int, position: float, low: float, high: float) -> Floats:
    """The middle of a corridor as a polyline of the plan."""
    at = np.linspace(low, high, max(2, int((high - low) / STEP_M)))
    fixed = np.full(at.size, position)
    return np.column_stack([fixed, at] if axis == 0 else [at, fixed])


def _ring(rect: Rect, stops: dict[tuple[int, float], Floats]) -> Floats:
    a, b, c, d = rect
    south, north = _shared(stops[1, c], a, b), _shared(stops[1, d], a, b)
    west, east = _shared(stops[0, a], c, d), _shared(stops[0, b], c, d)
    return np.concatenate(
        [
            np.column_stack([south, np.full(south.size, c)])[:-1],
            np.column_stack([np.full(east.size, b), east])[:-1],
            np.column_stack([north, np.full(north.size, d)])[:0:-1],
            np.column_stack([np.full(west.size, a), west])[:0:-1],
        ]
    )


def _shared(stops: Floats, low: float, high: float) -> Floats:
    """Points from low to high: corners of anybody's tile on this line, and round positions between."""
    corners = stops[(stops >= low) & (stops <= high)]
    steps = np.arange(np.ceil(low / STEP_M) * STEP_M, high, STEP_M)
    return np.unique(np.concatenate([corners, steps, [low, high]]))


def _side(start: float, end: float) -> Floats:
    parts = max(1, int(np.ceil(abs(end - start) / STEP_M)))
    return np.linspace(start, end, parts, endpoint=False)
