"""The inside of a parcel: rows of houses, inner ways like trees and loops, walls along the edge, few gates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.synthetic.lattice import EAST, NORTH, SOUTH, WEST, Rect
from linli.synthetic.parcels import Parcel

Floats = NDArray[np.float64]
SETBACK_M = {"main": 20.0, "street": 13.0, "lane": 6.5, "bare": 1.5}
"""From the middle of a way to the edge of the parcels along it."""
GATE_M = 5.0
"""Half the opening in the wall."""


_STRETCH_MOST = 1.1
"""Old quarters and villages keep their grain."""
_GARDEN_PATHS = 0.3
"""Share of the gaps between houses through which a path leads to the next row."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """How housing of one kind stands: metres between rows and along them, and the plan of a house."""

    row_m: float
    column_m: float
    length_m: float
    width_m: float


PATTERNS = {
    "upgrade_historic": Pattern(26, 24, 17, 10),
    "upgrade_old_compound": Pattern(37, 50, 40, 11),
    "upgrade_commodity": Pattern(47, 46, 33, 15),
    "upgrade_resettlement": Pattern(43, 47, 36, 14),
    "new_build": Pattern(60, 46, 29, 19),
    "partial_rebuild": Pattern(42, 46, 34, 13),
    "village": Pattern(33, 30, 14, 12),
    "commerce": Pattern(50, 52, 38, 25),
    "industry": Pattern(84, 110, 88, 46),
    "school": Pattern(72, 92, 62, 16),
    "park": Pattern(120, 120, 20, 12),
    "farmland": Pattern(160, 160, 20, 12),
}
_SPARSE = {"commerce": 0.2, "industry": 0.2, "school": 0.45, "park": 1.0, "farmland": 1.0}
"""Share of places for houses that stay empty outside housing."""


@dataclass(frozen=True, slots=True)
class Interior:
    """What was laid out on one parcel; all points are plan coordinates."""

    edge: Rect
    houses: Floats
    """(n, 4) center u, v, length, width."""
    ways: list[Floats]
    """Polylines inside."""
    links: list[Floats]
    """Two-point ways from the edge to the street outside."""
    gates: Floats
    """(g, 2)"""
    joints: list[tuple[int, float, float]]
    """(axis, position of the way outside, coordinate along it): where a link meets it."""


def edge(parcel: Parcel) -> Rect:
    """The parcel without the streets around it."""
    a, b, c, d = parcel.block.road
    w, e, s, n = (SETBACK_M[side] for side in parcel.block.sides)
    return round(a + w, 2), round(b - e, 2), round(c + s, 2), round(d - n, 2)


def lay_out(parcel: Parcel, rng: np.random.Generator, *, spacing: float, vertex_m: float) -> Interior:
    """Lay out one parcel. ``spacing`` stretches the pattern, ``vertex_m`` is the longest piece of an inner way."""
    a, b, c, d = rect = edge(parcel)
    pattern = PATTERNS.get(parcel.type or parcel.use)
    if pattern is None or b - a < 36 or d - c < 30:
        return Interior(rect, np.empty((0, 4)), [], [], np.empty((0, 2)), [])
    stretch = spacing if parcel.walled else min(spacing, _STRETCH_MOST)
    rows, columns = _rows(c, d, pattern.row_m * stretch), _columns(a, b, pattern.column_m * stretch)
    houses = _houses(rows, columns, pattern, parcel, rect, rng)
    if parcel.walled:
        return _behind_walls(parcel, rect, rows, columns, houses, rng, vertex_m)
    return _open_ground(parcel, rect, rows, houses, vertex_m)


def wall(rect: Rect, gates: Floats, vertex_m: float = 60.0) -> list[Floats]:
    """The wall around a rectangle, open at the gates: one polyline from each gate to the next."""
    a, b, c, d = rect
    corner = np.cumsum([0.0, b - a, d - c, b - a, d - c])
    at = np.sort([_along_edge(rect, gate) for gate in gates])
    pieces = []
    for start, end in zip(at, np.append(at[1:], at[0] + corner[-1]), strict=True):
        steps = np.arange(np.ceil((start + GATE_M) / vertex_m), np.floor((end - GATE_M) / vertex_m) + 1) * vertex_m
        corners = np.concatenate([corner[:4], corner[:4] + corner[-1]])
        inner = np.concatenate([steps, corners])
        inner = inner[(inner > start + GATE_M + 1) & (inner < end - GATE_M - 1)]
        pieces.append(_on_edge(rect, np.unique(np.concatenate([[start + GATE_M], inner, [end - GATE_M]]))))
    return pieces


def _rows(c: float, d: float, row_m: float) -> Floats:
    """v of the way in front of each row of houses, and of the row after the last."""
    count = max(1, int((d - c - 8) / row_m))
    return np.round(c + 6 + np.arange(count + 1) * (d - c - 8) / count, 2)


def _columns(a: float, b: float, column_m: float) -> Floats:
    """u of the gaps between houses, both ends included. Whole centimetres, as all that ways meet at."""
    count = max(1, int((b - a - 16) / column_m))
    return np.round(a + 8 + np.arange(count + 1) * (b - a - 16) / count, 2)


def _houses(
    rows: Floats, columns: Floats, pattern: Pattern, parcel: Parcel, rect: Rect, rng: np.random.Generator
) -> Floats:
    u, v = (columns[1:] + columns[:-1]) / 2, (rows[1:] + rows[:-1]) / 2 + 2
    grid = np.column_stack([np.repeat(u, v.size), np.tile(v, u.size)])
    size = np.array([min(pattern.length_m, columns[1] - columns[0] - 10), min(pattern.width_m, rows[1] - rows[0] - 14)])
    keep = rng.random(grid.shape[0]) > _SPARSE.get(parcel.use, 0.04)
    if parcel.use == "housing":
        keep &= ~_in_garden(grid, rect, rng)
    grid = grid[keep]
    grid[:, 0] += rng.uniform(-2.5, 2.5, grid.shape[0])
    grid[:, 1] += rng.uniform(-1.5, 1.0, grid.shape[0])
    return np.column_stack([grid, size * rng.uniform(0.86, 1.0, (grid.shape[0], 2))])


def _in_garden(grid: Floats, rect: Rect, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Large compounds keep a garden, somewhere near their middle."""
    a, b, c, d = rect
    if (b - a) * (d - c) < 45_000:
        return np.zeros(grid.shape[0], dtype=np.bool_)
    middle = np.array([a + (b - a) * rng.uniform(0.35, 0.65), c + (d - c) * rng.uniform(0.35, 0.65)])
    radii = np.array([b - a, d - c]) * rng.uniform(0.1, 0.2, 2)
    inside: NDArray[np.bool_] = (((grid - middle) / radii) ** 2).sum(axis=1) < 1
    return inside


def _behind_walls(
    parcel: Parcel,
    rect: Rect,
    rows: Floats,
    columns: Floats,
    houses: Floats,
    rng: np.random.Generator,
    vertex_m: float,
) -> Interior:
    a, b, c, d = rect
    spine = float(columns[_middle(columns.size, rng)])
    row_m, rows = float(rows[1] - rows[0]), rows[:-1]
    turn = float(rows[_middle(rows.size + 1, rng) % rows.size])
    road = parcel.block.road
    ends = {WEST: (a, turn), EAST: (b, turn), SOUTH: (spine, c), NORTH: (spine, d)}
    outside = {WEST: (road[0], turn), EAST: (road[1], turn), SOUTH: (spine, road[2]), NORTH: (spine, road[3])}
    sides = _gate_sides(parcel, rect, rng)
    ring = [x for x, lucky in ((a + 4.0, rng.random() < 0.55), (b - 4.0, rng.random() < 0.55)) if lucky]
    ways = []
    for v in rows:
        stop_west, stop_east = float(houses[:, 0].min(initial=spine)), float(houses[:, 0].max(initial=spine))
        low = a if (WEST in sides and v == turn) else (a + 4.0 if a + 4.0 in ring else stop_west)
        high = b if (EAST in sides and v == turn) else (b - 4.0 if b - 4.0 in ring else stop_east)
        stops: list[Floats | list[float]] = [
            [low, high, spine],
            [r for r in ring if low < r < high],
            _doors(houses, v, row_m, low, high),
        ]
        ways.append(_line(1, float(v), np.concatenate(stops), vertex_m))
    low, high = c if SOUTH in sides else rows[0], d if NORTH in sides else rows[-1]
    if high > low:
        ways.append(_line(0, spine, np.concatenate([[low, high], rows]), vertex_m))
    if rows.size > 1:
        ways += [_line(0, r, rows, vertex_m) for r in ring]
        ways += _garden_paths(rows, columns, spine, ways, rng)
    return Interior(
        rect,
        houses,
        ways,
        [np.array([outside[s], ends[s]]) for s in sides],
        np.array([ends[s] for s in sides]),
        [_joint(s, outside[s]) for s in sides],
    )


def _garden_paths(
    rows: Floats, columns: Floats, spine: float, along: list[Floats], rng: np.random.Generator
) -> list[Floats]:
    """Short paths between neighboring rows, in some of the gaps between houses; each meets both rows at a point."""
    chosen = rng.random((rows.size - 1, columns.size)) < _GARDEN_PATHS
    chosen[:, [0, -1]] = False
    paths = []
    for k, j in np.argwhere(chosen).tolist():
        u = float(columns[j])
        ends = [along[k][:, 0].min(), along[k][:, 0].max(), along[k + 1][:, 0].min(), along[k + 1][:, 0].max()]
        if u == spine or not max(ends[0], ends[2]) < u < min(ends[1], ends[3]):
            continue
        for row in (k, k + 1):
            along[row] = _with_point(along[row], u)
        paths.append(np.array([[u, float(rows[k])], [u, float(rows[k + 1])]]))
    return paths


def _with_point(row: Floats, u: float) -> Floats:
    """A row's way with a point at u."""
    if (row[:, 0] == u).any():
        return row
    grown: Floats = np.insert(row, int(np.searchsorted(row[:, 0], u)), [u, row[0, 1]], axis=0)
    return grown


def _open_ground(parcel: Parcel, rect: Rect, rows: Floats, houses: Floats, vertex_m: float) -> Interior:
    """No wall: lanes in front of the rows run from street to street."""
    a, b, c, d = rect
    road, sides = parcel.block.road, parcel.block.sides
    ways, joints = [], []
    west, east = sides[WEST] != "bare", sides[EAST] != "bare"
    row_m, rows = float(rows[1] - rows[0]), rows[1:-1] if rows.size > 2 else rows[:-1]
    low, high = road[0] if west else a + 4, road[1] if east else b - 4
    for v in rows if (west or east) else ():
        stops: list[Floats | list[float]] = [[low, high], _doors(houses, v, row_m, low, high)]
        ways.append(_line(1, float(v), np.concatenate(stops), vertex_m))
        joints += [(0, x, float(v)) for x, there in ((road[0], west), (road[1], east)) if there]
    if not ways:
        middle = round((a + b) / 2, 2)
        south = sides[SOUTH] != "bare"
        ends = (road[2], d - 8) if south else (c + 8, road[3])
        ways.append(_line(0, middle, np.array(ends), vertex_m))
        joints.append((1, road[2] if south else road[3], middle))
    return Interior(rect, houses, ways, [], np.empty((0, 2)), joints)


def _gate_sides(parcel: Parcel, rect: Rect, rng: np.random.Generator) -> list[int]:
    """One gate or two, seldom three, on sides with a street; the second rather across from the first, so that there
    would be a way through if the public were let in.
    """
    a, b, c, d = rect
    area = (b - a) * (d - c)
    wanted = 1 + int(rng.random() < (0.5 if area < 40_000 else 0.88)) + int(area > 160_000 and rng.random() < 0.3)
    usable = [side for side, way in enumerate(parcel.block.sides) if way != "bare"]
    order = [usable[int(k)] for k in rng.permutation(len(usable))]
    across = order[0] ^ 1
    if across in order and rng.random() < 0.75:
        order.remove(across)
        order.insert(1, across)
    return order[:wanted]


def _doors(houses: Floats, v: float, row_m: float, low: float, high: float) -> Floats:
    """u of the houses in the row behind the way at v."""
    doors: Floats = houses[(houses[:, 1] > v) & (houses[:, 1] < v + row_m), 0]
    return doors[(doors > low) & (doors < high)]


def _joint(side: int, outside: tuple[float, float]) -> tuple[int, float, float]:
    u, v = outside
    return (0, u, v) if side in (WEST, EAST) else (1, v, u)


def _middle(count: int, rng: np.random.Generator) -> int:
    """An inner index of ``count``, away from the ends where there is room."""
    if count <= 2:
        return 0 if count < 2 else 1
    return min(max(1, int(rng.uniform(0.3, 0.7) * count)), count - 2)


def _line(axis: int, position: float, stops: Floats, vertex_m: float) -> Floats:
    """A straight way through ``stops``, with points at most about ``vertex_m`` apart."""
    at = np.unique(np.round(stops, 2))
    parts = np.maximum(1, np.ceil(np.diff(at) / vertex_m)).astype(int)
    points = [np.linspace(x, y, n, endpoint=False) for x, y, n in zip(at[:-1], at[1:], parts, strict=True)]
    along = np.concatenate([*points, at[-1:]]) if at.size > 1 else at
    fixed = np.full(along.size, round(position, 2))
    along = np.round(along, 2)
    return np.column_stack([fixed, along] if axis == 0 else [along, fixed])


def _along_edge(rect: Rect, point: Floats) -> float:
    """How far along the edge from its south-west corner, counter-clockwise, a point of the edge lies."""
    a, b, c, d = rect
    u, v = float(point[0]), float(point[1])
    width, depth = b - a, d - c
    gaps = [abs(v - c), abs(u - b), abs(v - d), abs(u - a)]
    return [u - a, width + v - c, width + depth + b - u, 2 * width + depth + d - v][int(np.argmin(gaps))]


def _on_edge(rect: Rect, at: Floats) -> Floats:
    a, b, c, d = rect
    width, depth = b - a, d - c
    around = np.mod(at, 2 * (width + depth))
    stops = np.cumsum([0.0, width, depth, width, depth])
    return np.column_stack([np.interp(around, stops, [a, b, b, a, a]), np.interp(around, stops, [c, c, d, d, c])])
