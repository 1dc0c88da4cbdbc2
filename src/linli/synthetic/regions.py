"""Areas grown out of parcels: subdistricts, communities, grid cells; always in one piece."""

import heapq

import numpy as np
from numpy.typing import NDArray

RASTER_M = 10


def raster(tiles: NDArray[np.float64]) -> tuple[NDArray[np.int32], tuple[float, float]]:
    """Which tile covers each cell of 10 m (-1: none), and the plan position of the first cell.

    tiles : (n, 4) u from, u to, v from, v to; multiples of 10 m.
    """
    cells = np.rint(tiles / RASTER_M).astype(np.int64)
    u0, v0 = int(cells[:, 0].min()), int(cells[:, 2].min())
    grid = np.full((int(cells[:, 1].max()) - u0, int(cells[:, 3].max()) - v0), -1, dtype=np.int32)
    for number, (a, b, c, d) in enumerate(cells.tolist()):
        grid[a - u0 : b - u0, c - v0 : d - v0] = number
    return grid, (u0 * float(RASTER_M), v0 * float(RASTER_M))


def tile_at(grid: NDArray[np.int32], start: tuple[float, float], uv: NDArray[np.float64]) -> NDArray[np.int64]:
    """The tile that holds each point, -1 outside, by a raster and its start."""
    cell = np.floor((uv - np.array(start)) / RASTER_M).astype(np.int64)
    inside = ((cell >= 0) & (cell < np.array(grid.shape))).all(axis=1)
    found = np.full(uv.shape[0], -1, dtype=np.int64)
    found[inside] = grid[cell[inside, 0], cell[inside, 1]]
    return found


def neighbors(grid: NDArray[np.int32], count: int) -> list[list[int]]:
    """For each tile those it shares a border of 20 m or more with."""
    pairs = []
    for one, other in ((grid[:-1], grid[1:]), (grid[:, :-1], grid[:, 1:])):
        border = (one != other) & (one >= 0) & (other >= 0)
        pairs.append(np.column_stack([one[border], other[border]]))
    both = np.sort(np.concatenate(pairs), axis=1).astype(np.int64)
    key, length = np.unique(both[:, 0] * count + both[:, 1], return_counts=True)
    result: list[list[int]] = [[] for _ in range(count)]
    for pair in key[length >= 2].tolist():
        result[pair // count].append(pair % count)
        result[pair % count].append(pair // count)
    return result


def balanced(
    starts: list[int],
    target: NDArray[np.float64],
    members: NDArray[np.intp],
    weight: NDArray[np.float64],
    center: NDArray[np.float64],
    beside: list[list[int]],
    *,
    turns: int = 160,
) -> NDArray[np.int64]:
    """The region of every tile, -1 outside ``members``: compact, in one piece, and weighing about as ``target`` asks.

    A power diagram whose radii are adjusted until the weights fit, with the means moved along; pieces that came apart
    go to the neighbors. What no seed can reach stays -1.

    starts : one tile for each region, distinct
    target : (regions,) shares of weight
    """
    at, mass = center[members], weight[members]
    wanted = target / target.sum() * mass.sum()
    seat, radius = center[starts].copy(), np.zeros(len(starts))
    spread = float(np.ptp(at, axis=0).prod()) / len(starts)
    best, region = np.inf, np.zeros(members.size, dtype=np.int64)
    for turn in range(turns):
        own = (_gaps(at, seat) - radius).argmin(axis=1)
        held = np.bincount(own, weights=mass, minlength=wanted.size)
        error = float((np.abs(held - wanted) / wanted).max())
        if error < best:
            best, region = error, own
        radius += 0.25 * spread / (1 + 4 * turn / turns) * np.clip((wanted - held) / wanted, -0.5, 0.5)
        if turn % 4 == 3 and turn < turns // 2:
            for axis in range(2):
                pull = np.bincount(own, weights=mass * at[:, axis], minlength=wanted.size)
                seat[:, axis] = np.where(held > 0, pull / np.maximum(held, 1e-9), seat[:, axis])
    whole = np.full(weight.size, -1, dtype=np.int64)
    whole[members] = region
    whole = _in_one_piece(whole, len(starts), members, weight, beside)
    held = np.bincount(whole[members], weights=mass, minlength=len(starts))
    if (held < 0.02 * wanted).any():
        return grow(starts, target, members, weight, center, beside)
    return whole


def grow(
    starts: list[int],
    target: NDArray[np.float64],
    members: NDArray[np.intp],
    weight: NDArray[np.float64],
    center: NDArray[np.float64],
    beside: list[list[int]],
) -> NDArray[np.int64]:
    """As ``balanced``, but from each seed outwards, the hungriest region first: less compact, and never empty."""
    region = np.full(weight.size, -1, dtype=np.int64)
    free = np.zeros(weight.size, dtype=np.bool_)
    free[members] = True
    held = np.zeros(len(starts))
    frontier: list[list[tuple[float, int]]] = [[] for _ in starts]

    def take(tile: int, number: int) -> None:
        region[tile], free[tile] = number, False
        held[number] += weight[tile]
        for near in beside[tile]:
            if free[near]:
                gap = center[near] - center[starts[number]]
                heapq.heappush(frontier[number], (float(gap @ gap), near))

    for number, seed in enumerate(starts):
        take(seed, number)
    hungry = [(float(held[n] / target[n]), n) for n in range(len(starts))]
    heapq.heapify(hungry)
    while hungry:
        _, number = heapq.heappop(hungry)
        while frontier[number] and not free[frontier[number][0][1]]:
            heapq.heappop(frontier[number])
        if frontier[number]:
            take(heapq.heappop(frontier[number])[1], number)
            heapq.heappush(hungry, (float(held[number] / target[number]), number))
    return region


def _in_one_piece(
    region: NDArray[np.int64],
    regions: int,
    members: NDArray[np.intp],
    weight: NDArray[np.float64],
    beside: list[list[int]],
) -> NDArray[np.int64]:
    """Keep the heaviest piece of each region and let the rest join the neighbor it touches first."""
    kept = np.full(region.size, -1, dtype=np.int64)
    for number in range(regions):
        pieces = _pieces([int(tile) for tile in members[region[members] == number]], beside)
        kept[max(pieces, key=lambda piece: float(weight[piece].sum()), default=[])] = number
    free = set(members[kept[members] < 0].tolist())
    queue = [(0, int(tile)) for tile in members[kept[members] >= 0]]
    heapq.heapify(queue)
    while queue:
        depth, tile = heapq.heappop(queue)
        for near in beside[tile]:
            if near in free:
                free.remove(near)
                kept[near] = kept[tile]
                heapq.heappush(queue, (depth + 1, near))
    return kept


def _pieces(tiles: list[int], beside: list[list[int]]) -> list[list[int]]:
    left = set(tiles)
    pieces = []
    for start in tiles:
        if start not in left:
            continue
        left.remove(start)
        piece, queue = [start], [start]
        while queue:
            for near in beside[queue.pop()]:
                if near in left:
                    left.remove(near)
                    piece.append(near)
                    queue.append(near)
        pieces.append(sorted(piece))
    return pieces


def largest_piece(beside: list[list[int]]) -> list[int]:
    """The tiles of the largest connected part."""
    return max(_pieces(list(range(len(beside))), beside), key=len)


def seeds(
    count: int,
    members: NDArray[np.intp],
    weight: NDArray[np.float64],
    center: NDArray[np.float64],
    rng: np.random.Generator,
) -> list[int]:
    """Tiles spread over the weight of ``members``: a weighted k-means, then the nearest tile of each mean."""
    chance = weight[members] / weight[members].sum()
    usable = members[chance > 0]
    count_usable = min(count, usable.size)
    mean = center[rng.choice(usable, count_usable, replace=False, p=chance[chance > 0])]
    for _ in range(12):
        nearest = _gaps(center[usable], mean).argmin(axis=1)
        mass = np.bincount(nearest, weights=weight[usable], minlength=mean.shape[0])
        for axis in range(2):
            pull = np.bincount(nearest, weights=weight[usable] * center[usable, axis], minlength=mean.shape[0])
            mean[:, axis] = np.where(mass > 0, pull / np.maximum(mass, 1e-9), mean[:, axis])
    return distinct_nearest(mean, usable, center)


def distinct_nearest(points: NDArray[np.float64], members: NDArray[np.intp], center: NDArray[np.float64]) -> list[int]:
    """For each point the nearest member that no earlier point took."""
    gap = _gaps(center[members], points)
    chosen: list[int] = []
    for number in range(points.shape[0]):
        best = int(gap[:, number].argmin())
        chosen.append(int(members[best]))
        gap[best] = np.inf
    return chosen


def _gaps(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    gaps: NDArray[np.float64] = ((one[:, None, :] - other[None, :, :]) ** 2).sum(axis=2)
    return gaps
