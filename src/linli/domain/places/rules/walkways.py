"""From streets, compounds and gates to the lines and gates of the walking network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.compute import lines
from linli.compute.network import PUBLIC, DroppedPieces, WalkingNetwork, WallReport, largest_component
from linli.domain.places.rules import membership
from linli.domain.places.rules.records import Records
from linli.domain.places.rules.situation import Gates

GATE_REACH_M = 25.0
"""A gate that names no compound belongs to the nearest wall within this distance."""
WALL_TOLERANCE_M = 2.0
"""A way that enters a compound by less than this runs along its wall."""
END_TOLERANCE_M = 0.05
"""A line that ends this close to another ends on it."""
NOT_WALKED = frozenset({"fast"})


class NoWalkableStreet(Exception):
    """The district has no street or path that people may walk on, so nothing can be measured on foot."""


@dataclass(frozen=True, slots=True)
class Walls:
    """The walled compounds of a district, by index of compound."""

    shape: NDArray[np.object_]
    """(c,) polygons in metres."""
    walled: NDArray[np.bool_]
    keys: Mapping[str, int]

    @property
    def rows(self) -> NDArray[np.intp]:
        return np.flatnonzero(self.walled)


@dataclass(frozen=True, slots=True)
class Ways:
    """Single lines, and the compound that each lies in (-1 for a public way)."""

    shape: NDArray[np.object_]
    compound: NDArray[np.int32]
    crossing_xy: NDArray[np.float64]
    """Points at which ways pass a wall, and of which compound."""
    crossing_compound: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class WalkingGround:
    network: WalkingNetwork
    walls: WallReport
    dropped: DroppedPieces
    assumed_gates: int
    """Gates assumed where ways pass the wall of a compound of which no gate is recorded."""
    stray_gates: int
    """Gates recorded near no walled compound."""
    gates: Gates


def is_walkable(street: Mapping[str, object]) -> bool:
    """As recorded; where not, everything but fast roads is walked on."""
    said = street.get("walkable")
    return bool(said) if said is not None else street.get("class") not in NOT_WALKED


def walking_ground(
    streets: Sequence[Mapping[str, object]],
    street_m: NDArray[np.object_],
    gates: Sequence[Mapping[str, object]],
    gate_m: NDArray[np.object_],
    walls: Walls,
    *,
    gate_keys: tuple[str, ...] = (),
) -> WalkingGround:
    """The largest connected walking network, with its walls; gates are known by their keys where these are given.

    Raises
    ------
    NoWalkableStreet
    """
    ways = _ways(streets, street_m, walls)
    if not (ways.compound == PUBLIC).any():
        raise NoWalkableStreet
    doors, standing, stray = _gates(_gate_records(gate_keys, gates, gate_m), walls)
    doors, assumed = _with_assumed(doors, ways)
    network, report, gate_edges = lines.network_with_gates(
        joined_at_ends(ways.shape),
        ways.compound,
        gates=doors,
        center_xy=_centers(walls.shape),
    )
    network, dropped = largest_component(network)
    known = _known_gates(standing, doors, gate_edges, dropped)
    return WalkingGround(network, report, dropped, assumed, stray, known)


def _ways(streets: Sequence[Mapping[str, object]], street_m: NDArray[np.object_], walls: Walls) -> Ways:
    """Walkable lines, cut where they pass a wall."""
    walked = np.array([is_walkable(street) for street in streets], dtype=np.bool_)
    rows = np.flatnonzero(walked & ~shapely.is_missing(street_m)) if len(streets) else np.empty(0, dtype=np.intp)
    shape, part_of = shapely.get_parts(street_m[rows], return_index=True)
    usable = shapely.length(shape) > 0
    shape, part_of = shape[usable], part_of[usable]
    named = membership.named([streets[int(row)].get("compound") for row in rows], walls.keys)[part_of]
    # A way that names an unwalled compound is public.
    known = named >= 0
    named[known] = np.where(walls.walled[named[known]], named[known], PUBLIC)
    if walls.rows.size == 0:
        return Ways(shape, named, np.empty((0, 2)), np.empty(0, dtype=np.int32))
    return _cut(shape, named, known, walls)


def _cut(shape: NDArray[np.object_], compound: NDArray[np.int32], known: NDArray[np.bool_], walls: Walls) -> Ways:
    """Put ways that lie in a compound into it, and cut those that pass its wall."""
    walled = walls.shape[walls.rows]
    core = shapely.buffer(walled, -WALL_TOLERANCE_M)
    way, wall = shapely.STRtree(core).query(shape, predicate="intersects")
    asked = ~known[way]
    way, wall = way[asked], wall[asked]
    whole = shapely.within(shape[way], shapely.buffer(walled[wall], WALL_TOLERANCE_M))
    compound = compound.copy()
    compound[way[whole]] = walls.rows[wall[whole]]
    way, wall = way[~whole], wall[~whole]
    if way.size == 0:
        return Ways(shape, compound, np.empty((0, 2)), np.empty(0, dtype=np.int32))
    inner, inner_of = shapely.get_parts(shapely.intersection(shape[way], walled[wall]), return_index=True)
    is_line = (shapely.get_type_id(inner) == 1) & (shapely.length(inner) > WALL_TOLERANCE_M)
    inner, inner_of = inner[is_line], inner_of[is_line]
    cut = np.unique(way)
    around = np.array([shapely.union_all(walled[wall[way == row]]) for row in cut], dtype=object)
    outer = shapely.get_parts(shapely.difference(shape[cut], around))
    outer = outer[(shapely.get_type_id(outer) == 1) & (shapely.length(outer) > 0.01)]
    crossing, crossing_of = shapely.get_parts(
        shapely.intersection(shape[way], shapely.boundary(walled[wall])), return_index=True
    )
    is_point = shapely.get_type_id(crossing) == 0
    kept = np.ones(len(shape), dtype=np.bool_)
    kept[cut] = False
    return Ways(
        np.concatenate([shape[kept], inner, outer]),
        np.concatenate([compound[kept], walls.rows[wall[inner_of]], np.full(len(outer), PUBLIC)]).astype(np.int32),
        membership.coordinates(crossing[is_point]),
        walls.rows[wall[crossing_of[is_point]]].astype(np.int32),
    )


def _gate_records(keys: tuple[str, ...], gates: Sequence[Mapping[str, object]], gate_m: NDArray[np.object_]) -> Records:
    at = membership.places_of(gate_m)
    return Records(keys or ("",) * len(gates), tuple(gates), gate_m, at, np.zeros(len(gates), dtype=np.int64))


def _gates(gates: Records, walls: Walls) -> tuple[lines.Gates, Records, int]:
    """Recorded gates with their compound, the one they name, else the nearest wall; the records that stand in a wall;
    and how many stand near none.
    """
    if len(gates.keys) == 0 or walls.rows.size == 0:
        nothing = lines.Gates(np.empty((0, 2)), np.empty(0, np.int32), np.empty(0, np.bool_))
        return nothing, gates.take(np.empty(0, dtype=np.intp)), len(gates.keys)
    compound = membership.named(gates.values("compound"), walls.keys)
    at = gates.point
    unsaid = np.flatnonzero((compound < 0) & ~shapely.is_missing(at))
    near, wall = shapely.STRtree(shapely.boundary(walls.shape[walls.rows])).query_nearest(
        at[unsaid], max_distance=GATE_REACH_M, all_matches=False
    )
    compound[unsaid[near]] = walls.rows[wall]
    good = (compound >= 0) & ~shapely.is_missing(at)
    good[good] = walls.walled[compound[good]]
    standing = gates.take(np.flatnonzero(good))
    # A gate of an unwalled compound is no stray: it just does not matter.
    stray = int((compound < 0).sum())
    return lines.Gates(membership.coordinates(at[good]), compound[good], _is_open(standing)), standing, stray


def _is_open(gates: Records) -> NDArray[np.bool_]:
    return np.array([value == "all" for value in gates.values("open_to")], dtype=np.bool_)


def _known_gates(standing: Records, doors: lines.Gates, edges: lines.GateEdges, dropped: DroppedPieces) -> Gates:
    """The gates with the edges that the kept network has for them."""
    assumed = doors.compound.size - len(standing.keys)
    new = np.append(dropped.edge, np.int32(-1))
    return Gates(
        key=standing.keys + ("",) * assumed,
        name=standing.texts("name") + ("",) * assumed,
        xy=doors.xy,
        compound=doors.compound,
        hours=standing.texts("opening_hours") + ("",) * assumed,
        open_to_all=doors.is_open,
        edges=new[edges.own],
        passage=new[edges.passage],
    )


def _with_assumed(gates: lines.Gates, ways: Ways) -> tuple[lines.Gates, int]:
    """Where no gate of a walled compound is recorded, residents pass its wall wherever a way does."""
    lacking = ~np.isin(ways.crossing_compound, gates.compound)
    assumed = int(lacking.sum())
    return lines.Gates(
        np.concatenate([gates.xy, ways.crossing_xy[lacking]]),
        np.concatenate([gates.compound, ways.crossing_compound[lacking]]).astype(np.int32),
        np.concatenate([gates.is_open, np.zeros(assumed, dtype=np.bool_)]),
    ), assumed


def _centers(shape: NDArray[np.object_]) -> NDArray[np.float64]:
    return membership.coordinates(membership.places_of(shape)) if len(shape) else np.empty((0, 2))


def joined_at_ends(shape: NDArray[np.object_]) -> list[NDArray[np.float64]]:
    """The points of each line, with a point put in wherever another line ends on it.

    Lines that merely cross stay apart: one may be a bridge. The network joins points of one centimeter, so a point that
    lies near such an end, but in another centimeter, does not do in its place.
    """
    xy, line = shapely.get_coordinates(shape, return_index=True)
    along = _along(xy, line)
    first = np.searchsorted(line, np.arange(len(shape)), side="left")
    last = np.searchsorted(line, np.arange(len(shape)), side="right") - 1
    end_xy = np.unique(xy[np.concatenate([first, last])], axis=0)
    end, on = shapely.STRtree(shape).query(shapely.points(end_xy), predicate="dwithin", distance=END_TOLERANCE_M)
    new = _lacks(xy, line, end_xy[end], on)
    end, on = end[new], on[new]
    at = shapely.line_locate_point(shape[on], shapely.points(end_xy[end]))
    xy = np.concatenate([xy, end_xy[end]])
    line = np.concatenate([line, on])
    order = np.lexsort([np.concatenate([along, at]), line])
    return np.split(xy[order], np.flatnonzero(np.diff(line[order])) + 1)


def _along(xy: NDArray[np.float64], line: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,) metres of each point from the beginning of its line."""
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    starts = np.concatenate([[True], line[1:] != line[:-1]])
    step[starts] = 0
    whole = np.cumsum(step)
    return np.asarray(whole - whole[starts][np.cumsum(starts) - 1], dtype=np.float64)


def _lacks(
    xy: NDArray[np.float64], line: NDArray[np.int64], asked_xy: NDArray[np.float64], asked_line: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether a line has no point in the centimeter of the one asked for."""
    rows = np.concatenate([np.rint(xy * 100).astype(np.int64), np.rint(asked_xy * 100).astype(np.int64)])
    place = np.column_stack([rows, np.concatenate([line, asked_line])])
    number = np.unique(place, axis=0, return_inverse=True)[1].reshape(-1)
    return ~np.isin(number[len(xy) :], number[: len(xy)])
