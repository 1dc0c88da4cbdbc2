"""The plan of a district: parcels laid out and shared among communities, ways, crossings. Still flat and empty."""

import zlib
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from linli.synthetic import compounds, connection, regions, ways
from linli.synthetic import lattice as lattices
from linli.synthetic import parcels as plots
from linli.synthetic import zones as land
from linli.synthetic.compounds import Interior
from linli.synthetic.divisions import Subdistrict
from linli.synthetic.lattice import Lattice
from linli.synthetic.parcels import Parcel
from linli.synthetic.residents import HOUSING
from linli.synthetic.zones import Plan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PEOPLE_A_HOUSE = 66.5
_PUBLIC_VERTEX_M = 30.0
_TOGETHER = 0.5
_OLD = ("upgrade_historic", "upgrade_old_compound", "village")
_SEATS_KM = {
    "清波街道": (1.0, 2.7), "湖滨街道": (1.6, 4.8), "小营街道": (3.0, 4.7), "南星街道": (0.9, 1.2),
    "紫阳街道": (2.3, 2.6), "望江街道": (3.6, 2.8), "凯旋街道": (4.6, 5.2), "采荷街道": (4.6, 4.0),
    "闸弄口街道": (4.0, 7.2), "四季青街道": (6.2, 4.1), "彭埠街道": (7.4, 6.6), "笕桥街道": (4.9, 9.8),
    "丁兰街道": (6.6, 12.4), "九堡街道": (10.0, 8.4),
}  # fmt: skip
"""About where the subdistricts lie to one another, on the axes of the landscape at full size."""


@dataclass(frozen=True, slots=True)
class Drawing:
    plan: Plan
    lattice: Lattice
    parcels: list[Parcel]
    interiors: list[Interior]
    house: Floats
    """(h, 4) center u, v, length, width of every building."""
    house_parcel: Ints
    subdistrict: Ints
    """Of each parcel, as an index."""
    community: Ints
    """Of each parcel, as an index over all communities in the order of the subdistricts."""
    public: list[ways.Way]
    corridors: list[ways.Corridor]
    superblock_m: Floats
    """(s, 2) width and depth of the superblocks outside the old town."""
    grid: NDArray[np.int32]
    grid_start: tuple[float, float]
    beside: list[list[int]]
    potential: Floats
    """Of each parcel: people that its houses would hold."""

    def parcel_at(self, uv: Floats) -> Ints:
        """The parcel whose tile holds each point, -1 outside."""
        return regions.tile_at(self.grid, self.grid_start, uv)


def stream(seed: int, name: str) -> np.random.Generator:
    """A random stream of its own for each step, so that a change in one step leaves the others alone."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def draw(seed: int, plan: Plan, members: tuple[Subdistrict, ...], buildings: int, vertex_m: float) -> Drawing:
    """Draw the district. ``buildings`` is the number of homes to reach, ``vertex_m`` the grain of inner ways."""
    grid = lattices.lattice(plan.length_m, plan.depth_m, plan.scale, stream(seed, "lattice"))
    lots, sizes = _lots(seed, grid, plan, sum(len(s.communities) for s in members))
    raster, start = regions.raster(np.array([lot.block.tile for lot in lots]))
    beside = regions.neighbors(raster, len(lots))
    interiors = _laid_out(seed, lots, buildings, vertex_m)
    house, house_parcel = _houses(seed, lots, interiors, buildings)
    potential = _potential(lots, house_parcel)
    subdistrict, community = _areas(seed, plan, members, lots, potential, beside)
    lots = _with_flagships(lots, community, stream(seed, "flagships"))
    potential = _potential(lots, house_parcel)
    public, corridors = _public(seed, grid, lots, interiors, beside, partial(regions.tile_at, raster, start))
    return Drawing(
        plan, grid, lots, interiors, house, house_parcel, subdistrict, community, public, corridors, sizes,
        raster, start, beside, potential,
    )  # fmt: skip


def _lots(seed: int, grid: Lattice, plan: Plan, communities: int) -> tuple[list[Parcel], Floats]:
    """Parcels of the largest connected part of the district."""
    rng = stream(seed, "superblocks")
    blocks = [
        block
        for i in range(grid.across.position.size - 1)
        for j in range(grid.along.position.size - 1)
        for block in lattices.superblocks(grid.cell(i, j), rng)
    ]
    zones = land.zones(blocks, plan, stream(seed, "zones"))
    lots = plots.parcels(blocks, zones, stream(seed, "parcels"))
    raster, _ = regions.raster(np.array([lot.block.tile for lot in lots]))
    kept = regions.largest_piece(regions.neighbors(raster, len(lots)))
    sizes = [(b.width, b.depth) for b, zone in zip(blocks, zones, strict=True) if zone not in ("", "old_town", "lake")]
    if sum(lots[k].use == "housing" for k in kept) < communities:
        raise ValueError(f"too few compounds for {communities} communities: give more people or a larger area")
    return [lots[k] for k in kept], np.array(sizes)


def _laid_out(seed: int, lots: list[Parcel], buildings: int, vertex_m: float) -> list[Interior]:
    """Lay out all parcels, closer or wider until there is room for a little more than the wanted homes."""
    spacing = 1.0
    for _ in range(4):
        rng = stream(seed, "compounds")
        interiors = [compounds.lay_out(lot, rng, spacing=spacing, vertex_m=vertex_m) for lot in lots]
        homes = sum(i.houses.shape[0] for i, lot in zip(interiors, lots, strict=True) if lot.use == "housing")
        if 1.0 <= homes / buildings < 1.06:
            break
        spacing = float(np.clip(spacing * np.sqrt(homes / (1.03 * buildings)), 0.72, 1.9))
    return interiors


def _houses(seed: int, lots: list[Parcel], interiors: list[Interior], buildings: int) -> tuple[Floats, Ints]:
    """All houses; homes beyond the wanted number are left out here and there."""
    house = np.concatenate([interior.houses for interior in interiors])
    parcel = np.repeat(np.arange(len(lots)), [interior.houses.shape[0] for interior in interiors])
    home = np.array([lot.use == "housing" for lot in lots])[parcel]
    spare = max(0, int(home.sum()) - buildings)
    keep = np.ones(parcel.size, dtype=np.bool_)
    keep[stream(seed, "spare").permutation(np.flatnonzero(home))[:spare]] = False
    return house[keep], parcel[keep]


def _potential(lots: list[Parcel], house_parcel: Ints) -> Floats:
    typical = np.array([HOUSING[lot.type].people if lot.use == "housing" else 0.0 for lot in lots])
    return np.bincount(house_parcel, minlength=len(lots)) * typical


def _areas(
    seed: int,
    plan: Plan,
    members: tuple[Subdistrict, ...],
    lots: list[Parcel],
    potential: Floats,
    beside: list[list[int]],
) -> tuple[Ints, Ints]:
    """Subdistrict and community of every parcel."""
    rng = stream(seed, "areas")
    center = _pulled_together(lots)
    everything = np.arange(len(lots))
    # Communities need compounds, not people alone.
    homes = np.array([float(lot.use == "housing") for lot in lots])
    even = potential / potential.sum() + homes / homes.sum()
    shares = np.array([float(len(s.communities)) for s in members])
    subdistrict = regions.balanced(
        _seats(plan, members, center, potential, rng), shares, everything, even, center, beside
    )
    community = np.full(len(lots), -1, dtype=np.int64)
    first = 0
    for number, area in enumerate(members):
        own = everything[subdistrict == number]
        count = len(area.communities)
        starts = regions.seeds(count, own, potential, center, rng)
        if len(starts) < count:
            raise ValueError(f"{len(starts)} compounds for the {count} communities of {area.name}: choose another seed")
        hunger = rng.lognormal(0.0, 0.55, count)
        region = regions.balanced(starts, hunger, own, potential, center, beside)
        order = _named(area, starts, region, lots, potential)
        community[own] = first + order[region[own]]
        first += count
    return subdistrict, community


def _with_flagships(lots: list[Parcel], community: Ints, rng: np.random.Generator) -> list[Parcel]:
    """One community in sixteen, of those without old houses, is a new quarter built as a whole."""
    old = {int(c) for c, lot in zip(community, lots, strict=True) if lot.type in _OLD}
    new = {int(c) for c, lot in zip(community, lots, strict=True) if lot.type} - old
    chosen = set(rng.permutation(sorted(new))[: round((int(community.max()) + 1) / 16)].tolist())
    return [
        replace(lot, type="new_build") if lot.type and int(c) in chosen else lot
        for c, lot in zip(community, lots, strict=True)
    ]


def _pulled_together(lots: list[Parcel]) -> Floats:
    """Centers of parcels, drawn towards their superblock's: so boundaries of areas rather follow main roads."""
    center = np.array([lot.block.center for lot in lots])
    group = np.array([lot.superblock for lot in lots])
    size = np.array([lot.block.width * lot.block.depth for lot in lots])
    mass = np.bincount(group, weights=size)
    middle = np.column_stack([np.bincount(group, weights=size * axis) / np.maximum(mass, 1e-9) for axis in center.T])
    return _TOGETHER * middle[group] + (1 - _TOGETHER) * center


def _seats(
    plan: Plan, members: tuple[Subdistrict, ...], center: Floats, potential: Floats, rng: np.random.Generator
) -> list[int]:
    known = all(area.name in _SEATS_KM for area in members)
    if known and plan.scale > 0.8:
        angle = land.ANGLE
        east_north = 1000 * plan.scale * np.array([_SEATS_KM[area.name] for area in members])
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return regions.distinct_nearest(east_north @ turn, np.flatnonzero(potential > 0), center)
    return regions.seeds(len(members), np.arange(potential.size), potential, center, rng)


def _named(area: Subdistrict, starts: list[int], region: Ints, lots: list[Parcel], potential: Floats) -> Ints:
    """Which community of the list each region becomes: villages where village houses are, the others from the west."""
    rural = np.array([potential[k] if lot.type == "village" else 0.0 for k, lot in enumerate(lots)])
    own = region >= 0
    village = np.bincount(region[own], weights=rural[own], minlength=len(starts))
    position = np.array([lots[start].block.center[0] for start in starts])
    by_village = np.argsort(-village, kind="stable")
    wanted = [k for k, member in enumerate(area.communities) if member.kind == "village"]
    order = np.full(len(starts), -1, dtype=np.int64)
    order[by_village[: len(wanted)]] = wanted
    others = [k for k, member in enumerate(area.communities) if member.kind != "village"]
    rest = [int(k) for k in np.argsort(position, kind="stable") if order[k] < 0]
    order[rest] = others
    return order


def _public(
    seed: int,
    grid: Lattice,
    lots: list[Parcel],
    interiors: list[Interior],
    beside: list[list[int]],
    parcel_at: connection.ParcelAt,
) -> tuple[list[ways.Way], list[ways.Corridor]]:
    public = ways.PublicLines(lots)
    found = ways.corridors(grid, public)
    across = ways.crossings(grid, public, stream(seed, "crossings"))
    across += connection.footbridges(lots, beside, parcel_at, public, found, across)
    bridges = [ways.crossing_way(crossing, public) for crossing in across]
    inner: list[ways.Way] = []
    for number, (lot, interior) in enumerate(zip(lots, interiors, strict=True)):
        for joint in interior.joints:
            public.join(*joint)
        own = number if lot.walled else ways.PUBLIC
        cls = "internal" if lot.walled else "path"
        inner += [ways.Way(np.round(points, 2), cls, None, own) for points in interior.ways if len(points) > 1]
        inner += [ways.Way(np.round(points, 2), "path", None) for points in interior.links]
    fast = [
        ways.Way(_middle(c, _bridgehead(c, low, grid), high), "fast", (c.axis, round(c.position, 2)))
        for c in found
        if c.kind == "fast_road"
        for low, high in c.reaches
    ]
    return [*public.ways(_PUBLIC_VERTEX_M), *bridges, *inner, *fast], found


def _bridgehead(corridor: ways.Corridor, low: float, grid: Lattice) -> float:
    """A fast road that reaches the river goes on over it, out of the district."""
    return 2.4 * float(grid.along.position[0]) if corridor.axis == 0 and low < 100 else low


def _middle(corridor: ways.Corridor, low: float, high: float) -> Floats:
    at = np.linspace(low, high, max(2, int((high - low) / 60)))
    fixed = np.full(at.size, corridor.position)
    return np.column_stack([fixed, at] if corridor.axis == 0 else [at, fixed])
