"""No quarter without a way out: footbridges where corridors would otherwise cut a part of the district off."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from linli.synthetic.parcels import Parcel
from linli.synthetic.ways import Corridor, Crossing, PublicLines

_STEP_M = 60.0
ParcelAt = Callable[[NDArray[np.float64]], NDArray[np.int64]]


class _Quarters:
    """Parcels that hang together (disjoint sets)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def of(self, parcel: int) -> int:
        while self._parent[parcel] != parcel:
            self._parent[parcel] = self._parent[self._parent[parcel]]
            parcel = self._parent[parcel]
        return parcel

    def join(self, one: int, other: int) -> bool:
        """Whether the two were apart."""
        roots = self.of(one), self.of(other)
        self._parent[max(roots)] = min(roots)
        return roots[0] != roots[1]


def footbridges(
    lots: list[Parcel],
    beside: list[list[int]],
    parcel_at: ParcelAt,
    public: PublicLines,
    corridors: list[Corridor],
    crossings: list[Crossing],
) -> list[Crossing]:
    """The footbridges still needed, given the crossings there are."""
    quarters = _Quarters(len(lots))
    for number, near in enumerate(beside):
        for other in near:
            if _share_a_way(lots[number], lots[other]):
                quarters.join(number, other)
    for crossing in crossings:
        quarters.join(*_banks(crossing, parcel_at))
    return [bridge for bridge in _possible(corridors, public) if quarters.join(*_banks(bridge, parcel_at))]


def _share_a_way(one: Parcel, other: Parcel) -> bool:
    """Neighbors with no corridor between them; nobody walks in the lake."""
    a, b = one.block.road, other.block.road
    apart = max(a[0] - b[1], b[0] - a[1], a[2] - b[3], b[2] - a[3])
    return apart < 1.0 and "lake" not in (one.use, other.use)


def _possible(corridors: list[Corridor], public: PublicLines) -> Iterator[Crossing]:
    for corridor in corridors:
        ends = (corridor.position - corridor.half, corridor.position + corridor.half)
        for low, high in corridor.reaches:
            for at in np.arange(low + _STEP_M, high, _STEP_M).tolist():
                if all(public.covers(corridor.axis, end, at) for end in ends):
                    yield Crossing(corridor.axis, ends, round(at, 2), "footbridge")


def _banks(crossing: Crossing, parcel_at: ParcelAt) -> tuple[int, int]:
    """The parcels on either side."""
    low, high = crossing.ends
    across, along = np.array([low - 5.0, high + 5.0]), np.full(2, crossing.at + 1.0)
    points = np.column_stack([across, along] if crossing.axis == 0 else [along, across])
    one, other = parcel_at(points).tolist()
    return max(one, 0), max(other, 0)
