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


def grow(
    seeds: list[int],
    target: NDArray[np.float64],
    members: NDArray[np.intp],
    weight: NDArray[np.float64],
    center: NDArray[np.float64],
    beside: list[list[int]],
) -> NDArray[np.int64]:
    """The region of every tile, -1 outside ``members``: from each seed outwards, the hungriest region first.

    seeds : one tile for each region
    target : (regions,) how much weight each should hold
    members : tiles to share out; what no seed can reach stays -1
    """
    region = np.full(weight.size, -1, dtype=np.int64)
    free = np.zeros(weight.size, dtype=np.bool_)
    free[members] = True
    held = np.zeros(len(seeds))
    frontier: list[list[tuple[float, int]]] = [[] for _ in seeds]

    def take(tile: int, number: int) -> None:
        region[tile], free[tile] = number, False
        held[number] += weight[tile]
        for near in beside[tile]:
            if free[near]:
                gap = center[near] - center[seeds[number]]
                heapq.heappush(frontier[number], (float(gap @ gap), near))

    for number, seed in enumerate(seeds):
        take(seed, number)
    hungry = [(float(held[n] / target[n]), n) for n in range(len(seeds))]
    heapq.heapify(hungry)
    while hungry:
        _, number = heapq.heappop(hungry)
        while frontier[number] and not free[frontier[number][0][1]]:
            heapq.heappop(frontier[number])
        if frontier[number]:
            take(heapq.heappop(frontier[number])[1], number)
            heapq.heappush(hungry, (float(held[number] / target[number]), number))
    return region


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


def distinct_nearest(
    points: NDArray[np.float64], members: NDArray[np.intp], center: NDArray[np.float64]
) -> list[int]:
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
