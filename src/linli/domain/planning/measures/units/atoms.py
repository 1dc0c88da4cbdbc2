"""The atoms of units: whole compounds, and blocks of homes between streets, barriers and community boundaries."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linli.compute.network import WalkingNetwork
from linli.domain.places.rules import records
from linli.domain.places.rules.package import DistrictPackage
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.measures.units import tiles as unit_tiles
from linli.domain.planning.measures.units import walks as unit_walks
from linli.domain.planning.measures.units.tiles import Tiling, crossed
from linli.domain.planning.rules.units.proposals import LINES, WITHOUT_WAY, Atoms, Borders, Line, UnitRules

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

METHOD = 1
"""Counts up whenever the same inputs would give other atoms."""
SEED_EVERY_M = 20.0
"""Along the edges of compounds."""
BLOCK_SHARE = 0.25
"""A block of more than this share of the smallest unit is halved, so that units can be drawn of it."""
CUTTING = frozenset({"main", "street", "fast"})
"""Classes of streets that bound blocks."""


class NoHomes(Exception):
    """The district has no building in which people live, so that there is nothing to draw units of."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What of the package lies between homes, in meters."""

    communities: Shapes
    compounds: Shapes
    manager: tuple[str, ...]
    streets: Shapes
    street_class: tuple[str, ...]
    barriers: Shapes
    barrier_kind: tuple[str, ...]
    water: Shapes

    def of(self, line: Line) -> Shapes:
        """The geometries of a line that is drawn on the ground."""
        classes, kinds = np.array(self.street_class, dtype=object), np.array(self.barrier_kind, dtype=object)
        if line is Line.MAIN_ROAD:
            return self.streets[classes == "main"]
        if line is Line.FAST_ROAD:
            return np.concatenate([self.streets[classes == "fast"], self.barriers[kinds == "fast_road"]])
        if line is Line.WATER:
            return np.concatenate([self.barriers[kinds == "water"], self.water])
        return self.barriers[kinds == line.value]


DRAWN = (Line.FAST_ROAD, Line.RAIL, Line.WATER, Line.MAIN_ROAD)


def atoms(situation: Situation, package: DistrictPackage, rules: UnitRules) -> Atoms:
    """The atoms of a district, with their borders and their walks to the services of the rules.

    Every home lies in exactly one atom, and the atoms tile the area of the communities. A compound is one atom, unless
    nobody lives in it, or it has no wall and more people than a unit may have: then it is cut into blocks like ground
    outside compounds. Land without homes goes to the nearest atom.

    Raises
    ------
    NoHomes
    ValueError
        If situation and package are not of the same district and records.
    """
    ground = ground_of(situation, package)
    home, atom, compound = _pieces(situation, ground, rules)
    count = compound.size
    seed_xy, seed_atom = _seeds(situation, ground, home, atom, compound)
    district = shapely.union_all(ground.communities)
    if district.is_empty:
        district = shapely.box(*shapely.total_bounds(shapely.points(seed_xy))).buffer(100)
    tiles = unit_tiles.tiling(seed_xy, seed_atom, count, district)
    building = tiles.atom_at(situation.buildings.xy)
    building[home] = atom
    people = np.zeros((count, situation.buildings.people.shape[1]), dtype=np.int64)
    np.add.at(people, atom, situation.buildings.people[home])
    community = _leading(situation.buildings.community[home], atom, situation.buildings.people[home].sum(axis=1), count)
    return Atoms(
        fingerprint=_fingerprint(situation, package, rules),
        epsg=situation.epsg,
        key=_keys(situation, compound, community),
        name=_names(situation, compound, community),
        compound=compound,
        community=community,
        community_name=situation.areas.name,
        people=people,
        bands_known=situation.bands_known,
        area_m2=shapely.area(tiles.shape),
        perimeter_m=shapely.length(tiles.shape),
        xy=_middles(
            situation.buildings.xy[home], atom, people.sum(axis=1), situation.buildings.people[home].sum(axis=1)
        ),
        shape=tiles.shape,
        borders=borders(tiles, ground, situation, compound, community),
        walks=unit_walks.walks(situation, rules, building, tiles.atom_at(situation.facilities.xy), count),
        building=building,
    )


def ground_of(situation: Situation, package: DistrictPackage) -> Ground:
    tables = {
        layer: records.records_of(package, layer, situation.epsg, {})
        for layer in ("communities", "compounds", "streets", "barriers", "land")
    }
    if tables["communities"].keys != situation.areas.code or tables["compounds"].keys != situation.compounds.key:
        raise ValueError("the situation was not assembled from this package")
    streets, land = tables["streets"], tables["land"]
    return Ground(
        communities=tables["communities"].shape,
        compounds=tables["compounds"].shape,
        manager=tables["compounds"].texts("property_manager"),
        streets=streets.shape,
        street_class=streets.texts("class"),
        barriers=tables["barriers"].shape,
        barrier_kind=tables["barriers"].texts("kind"),
        water=land.shape[np.array([kind == "water" for kind in land.texts("kind")], dtype=np.bool_)],
    )


def _pieces(situation: Situation, ground: Ground, rules: UnitRules) -> tuple[NDArray[np.intp], Ints, Ints]:
    """Homes, the atom of each, and the compound (or -1) of each atom; compounds first, then blocks."""
    buildings = situation.buildings
    people = buildings.people.sum(axis=1)
    home = np.flatnonzero((buildings.residential | (people > 0)) & (buildings.community >= 0))
    if home.size == 0:
        raise NoHomes
    inside = buildings.compound[home].copy()
    lived = np.bincount(inside[inside >= 0], weights=people[home][inside >= 0], minlength=len(situation.compounds.key))
    cut = np.flatnonzero((lived > rules.people_max) & ~situation.compounds.walled)
    inside[np.isin(inside, cut)] = -1
    compound, of_compound = np.unique(inside[inside >= 0], return_inverse=True)
    atom = np.full(home.size, -1, dtype=np.int32)
    atom[inside >= 0] = of_compound.reshape(-1)
    outside = np.flatnonzero(inside < 0)
    block = _blocks(
        buildings.xy[home[outside]], buildings.community[home[outside]], people[home[outside]], ground, rules
    )
    atom[outside] = compound.size + block
    blocks = int(block.max(initial=-1)) + 1
    return home, atom, np.concatenate([compound, np.full(blocks, -1)]).astype(np.int32)


def _blocks(xy: Floats, community: Ints, people: NDArray[np.int64], ground: Ground, rules: UnitRules) -> Ints:
    """(h,) block of each home outside compounds: by the face between lines it lies in, and by its community."""
    if len(xy) == 0:
        return np.empty(0, dtype=np.int32)
    face = _faces_at(xy, ground)
    _, block = np.unique(np.column_stack([community, face]), axis=0, return_inverse=True)
    return _halved(xy, block.reshape(-1), people, rules.people_min * BLOCK_SHARE)


def _faces_at(xy: Floats, ground: Ground) -> NDArray[np.int64]:
    """(h,) number of the face between streets and barriers, -1 outside all."""
    classes = np.array(ground.street_class, dtype=object)
    cutting = (
        ground.streets[np.isin(classes, list(CUTTING))] if np.isin(classes, list(CUTTING)).any() else ground.streets
    )
    edges = np.concatenate([ground.barriers, ground.water])
    lines = np.concatenate([cutting, shapely.boundary(edges[shapely.get_dimensions(edges) == 2])])
    lines = np.concatenate([lines, edges[shapely.get_dimensions(edges) == 1]])
    lines = lines[~shapely.is_missing(lines) & ~shapely.is_empty(lines)]
    face = np.full(len(xy), -1, dtype=np.int64)
    if len(lines) == 0:
        return face
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(lines, grid_size=0.01))))
    home, found = shapely.STRtree(faces).query(shapely.points(xy), predicate="intersects")
    # On an edge two faces answer: the first written last.
    face[home[::-1]] = found[::-1]
    return face


def _halved(xy: Floats, block: NDArray[np.int64], people: NDArray[np.int64], limit: float) -> Ints:
    """Blocks of more people than the limit cut at the median home, across their longer side, until none is left."""
    result = np.full(len(xy), -1, dtype=np.int32)
    order = np.argsort(block, kind="stable")
    waiting = list(np.split(order, np.flatnonzero(np.diff(block[order])) + 1))[::-1]
    number = 0
    while waiting:
        members = waiting.pop()
        spread = np.ptp(xy[members], axis=0)
        if people[members].sum() <= limit or members.size < 2 or not spread.any():
            result[members] = number
            number += 1
            continue
        along = members[np.argsort(xy[members, int(spread[1] > spread[0])], kind="stable")]
        half = int(np.searchsorted(np.cumsum(people[along]), people[along].sum() / 2))
        half = min(max(half, 1), members.size - 1)
        waiting += [along[half:], along[:half]]
    return result


def _seeds(
    situation: Situation, ground: Ground, home: NDArray[np.intp], atom: Ints, compound: Ints
) -> tuple[Floats, Ints]:
    """Points that stand for each atom: along the edge of its compound, else its homes."""
    whole = np.flatnonzero(compound >= 0)
    edges = shapely.segmentize(shapely.boundary(ground.compounds[compound[whole]]), SEED_EVERY_M)
    xy, of_edge = shapely.get_coordinates(edges, return_index=True)
    by_home = compound[atom] < 0
    # An area of a compound that is none leaves its homes as seeds.
    by_home |= np.isin(atom, np.setdiff1d(whole, whole[np.unique(of_edge)]))
    return (
        np.concatenate([xy, situation.buildings.xy[home[by_home]]]),
        np.concatenate([whole[of_edge], atom[by_home]]).astype(np.int32),
    )


def borders(tiles: Tiling, ground: Ground, situation: Situation, compound: Ints, community: Ints) -> Borders:
    """Ridges summed up by pair of atoms, with the meters on which each line lies between."""
    pair, of_ridge = np.unique(np.column_stack([tiles.first, tiles.second]), axis=0, return_inverse=True)
    of_ridge = of_ridge.reshape(-1)
    length = np.bincount(of_ridge, weights=tiles.length_m, minlength=len(pair))
    line_m = np.zeros((len(pair), len(LINES)))
    parted = np.zeros(len(tiles.first), dtype=np.bool_)
    for line in DRAWN:
        over = crossed(tiles.between, ground.of(line))
        line_m[:, LINES.index(line)] = np.bincount(of_ridge, weights=tiles.length_m * over, minlength=len(pair))
        if line in WITHOUT_WAY:
            parted |= over
    first, second = pair[:, 0], pair[:, 1]
    for line, differs in (
        (Line.COMMUNITY, community[first] != community[second]),
        (Line.SUBDISTRICT, _differ(situation.areas.subdistrict, community[first], community[second])),
        (Line.PROPERTY_MANAGER, _managers_differ(ground.manager, compound[first], compound[second])),
    ):
        line_m[:, LINES.index(line)] = length * differs
    free = np.bincount(of_ridge, weights=tiles.length_m * ~parted, minlength=len(pair)) > unit_tiles.SHORTEST_M
    joins = free | _linked(pair.astype(np.int64), tiles, ground, situation.network)
    touch = length > unit_tiles.SHORTEST_M
    return Borders(
        first=first[touch].astype(np.int32),
        second=second[touch].astype(np.int32),
        length_m=np.asarray(length[touch], dtype=np.float64),
        line_m=np.where(line_m < 1.0, 0.0, line_m)[touch],
        joins=joins[touch],
    )


def _linked(pair: NDArray[np.int64], tiles: Tiling, ground: Ground, network: WalkingNetwork) -> NDArray[np.bool_]:
    """(e,) whether ways lead from one atom into the other.

    A node of the network stands for the atom of its nearest home, unless water, rail or a fast road lies between the
    two: such nodes, those of bridges among them, stand for none. Atoms are linked where a way leads from a node of one
    to a node of the other, past none or past such nodes only.
    """
    over = np.concatenate([ground.of(line) for line in WITHOUT_WAY])
    nearest = tiles.seeds.query(network.xy)[1]
    atom = tiles.seed_atom[nearest].astype(np.int64)
    ends = np.stack([network.xy, tiles.seeds.data[nearest]], axis=1)
    stands = ~crossed(shapely.linestrings(ends), over)
    tail, head = network.edges.T
    size = network.nodes
    apart = ~stands[tail] & ~stands[head]
    _, island = connected_components(
        coo_array((np.ones(apart.sum()), (tail[apart], head[apart])), shape=(size, size)), directed=False
    )
    direct = stands[tail] & stands[head] & (atom[tail] != atom[head])
    met = np.sort(np.column_stack([atom[tail[direct]], atom[head[direct]]]), axis=1)
    links = {(int(a), int(b)) for a, b in np.unique(met, axis=0)}
    reached: dict[int, set[int]] = {}
    for from_, to in ((tail, head), (head, tail)):
        leaving = stands[from_] & ~stands[to]
        for a, where in zip(atom[from_[leaving]], island[to[leaving]], strict=True):
            reached.setdefault(int(a), set()).add(int(where))
    nowhere: set[int] = set()
    return np.array(
        [
            (int(a), int(b)) in links or not reached.get(int(a), nowhere).isdisjoint(reached.get(int(b), nowhere))
            for a, b in pair
        ],
        dtype=np.bool_,
    )


def _differ(of: NDArray[np.int32], first: Ints, second: Ints) -> NDArray[np.bool_]:
    one, other = np.append(of, -1)[first], np.append(of, -1)[second]
    return np.asarray((one != other) & (one >= 0) & (other >= 0))


def _managers_differ(manager: Sequence[str], first: Ints, second: Ints) -> NDArray[np.bool_]:
    """Only where both are compounds whose manager is known."""
    names = np.array([*manager, ""], dtype=object)
    return np.asarray((names[first] != names[second]) & (names[first] != "") & (names[second] != ""), dtype=np.bool_)


def _leading(community: Ints, atom: Ints, people: NDArray[np.int64], atoms: int) -> Ints:
    """(a,) the community of most residents of each atom; of most homes where nobody is known to live."""
    pairs, of_home = np.unique(np.column_stack([atom, community]), axis=0, return_inverse=True)
    weight = np.bincount(of_home.reshape(-1), weights=people + 1e-6)
    order = np.lexsort((pairs[:, 1], -weight, pairs[:, 0]))
    leading = np.full(atoms, -1, dtype=np.int32)
    _, first = np.unique(pairs[order, 0], return_index=True)
    leading[pairs[order[first], 0]] = pairs[order[first], 1]
    return leading


def _middles(xy: Floats, atom: Ints, residents: NDArray[np.int64], people: NDArray[np.int64]) -> Floats:
    """(a, 2) of residents; of homes where nobody is known to live."""
    atoms = residents.size
    weight = np.where(residents[atom] > 0, people, 1).astype(np.float64)
    whole = np.bincount(atom, weights=weight, minlength=atoms)
    return np.column_stack([np.bincount(atom, weights=weight * xy[:, k], minlength=atoms) / whole for k in (0, 1)])


def _numbers(compound: Ints, community: Ints) -> NDArray[np.int64]:
    """(a,) 1, 2, … among the blocks of one community; 0 for compounds."""
    number = np.zeros(compound.size, dtype=np.int64)
    seen: dict[int, int] = {}
    for block in np.flatnonzero(compound < 0):
        of = int(community[block])
        seen[of] = number[block] = seen.get(of, 0) + 1
    return number


def _keys(situation: Situation, compound: Ints, community: Ints) -> tuple[str, ...]:
    numbers = _numbers(compound, community)
    return tuple(
        situation.compounds.key[c] if c >= 0 else f"{situation.areas.code[a]}/{n}"
        for c, a, n in zip(compound, community, numbers, strict=True)
    )


def _names(situation: Situation, compound: Ints, community: Ints) -> tuple[str, ...]:
    numbers = _numbers(compound, community)
    return tuple(
        situation.compounds.name[c] or situation.compounds.key[c] if c >= 0 else f"{situation.areas.name[a]} {n}"
        for c, a, n in zip(compound, community, numbers, strict=True)
    )


def _fingerprint(situation: Situation, package: DistrictPackage, rules: UnitRules) -> str:
    services = [(service.key, service.kinds) for service in rules.services]
    said = (
        METHOD,
        situation.fingerprint,
        package.fingerprint,
        services,
        rules.walk_m,
        rules.people_min,
        rules.people_max,
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()
