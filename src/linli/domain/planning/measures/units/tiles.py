"""A tiling of the ground by nearest seeds: which atoms touch, how long, and what lies between them."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

SHORTEST_M = 0.5
"""Atoms that share less do not touch."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """Tiles of atoms, cut to the district, and the ridges between seeds of different atoms."""

    shape: NDArray[np.object_]
    """(a,) areas; empty where an atom got no ground."""
    first: Ints
    second: Ints
    """(r,) atoms of each ridge, ``first < second``."""
    length_m: Floats
    """(r,) of the ridge within the district."""
    between: NDArray[np.object_]
    """(r,) straight lines from the seed on one side to the seed on the other."""
    seeds: cKDTree
    seed_atom: Ints

    def atom_at(self, xy: Floats) -> Ints:
        """(n,) atom of the nearest seed."""
        return np.asarray(self.seed_atom[self.seeds.query(xy)[1]], dtype=np.int32)


def tiling(seed_xy: Floats, seed_atom: Ints, atoms: int, district: shapely.Geometry) -> Tiling:
    """Every point of the district goes to the atom of its nearest seed.

    Parameters
    ----------
    seed_xy : (s, 2) meters
    seed_atom : (s,) int, 0 … atoms - 1
    district : area in meters
    """
    # Seeds of two atoms at one place would make a ridge without length: the first one keeps it.
    _, unique = np.unique(np.rint(seed_xy * 100).astype(np.int64), axis=0, return_index=True)
    kept = np.sort(unique)
    xy, atom = seed_xy[kept], seed_atom[kept]
    middle = (xy.min(axis=0) + xy.max(axis=0)) / 2
    west, south, east, north = shapely.bounds(district)
    reach = 10 * max(east - west, north - south, 1_000.0)
    # Far corners make every ridge between seeds finite.
    corners = middle + reach * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    graph = Voronoi(np.concatenate([xy - middle, corners - middle]))
    owner = np.concatenate([atom, np.full(4, -1, dtype=np.int32)])
    pair = graph.ridge_points
    vertices = np.array(graph.ridge_vertices)
    parted = (owner[pair[:, 0]] != owner[pair[:, 1]]) & (vertices >= 0).all(axis=1)
    pair, vertices = pair[parted], vertices[parted]
    ridge = shapely.linestrings(graph.vertices[vertices] + middle)
    shape = _tiles(ridge, xy, atom, atoms, district)
    inner = (pair < xy.shape[0]).all(axis=1)
    pair, ridge = pair[inner], ridge[inner]
    shapely.prepare(district)
    whole = shapely.contains_properly(district, ridge)
    length = shapely.length(ridge)
    length[~whole] = shapely.length(shapely.intersection(ridge[~whole], district))
    seen = length > 0
    pair = pair[seen]
    ends = owner[pair]
    return Tiling(
        shape=shape,
        first=ends.min(axis=1).astype(np.int32),
        second=ends.max(axis=1).astype(np.int32),
        length_m=length[seen],
        between=shapely.linestrings(xy[pair]),
        seeds=cKDTree(xy),
        seed_atom=atom,
    )


def _tiles(
    ridge: NDArray[np.object_], xy: Floats, atom: Ints, atoms: int, district: shapely.Geometry
) -> NDArray[np.object_]:
    """The faces between ridges, joined by the atom of the nearest seed, and cut to the district."""
    faces = shapely.get_parts(shapely.polygonize(ridge))
    tiles = np.full(atoms, shapely.Polygon(), dtype=object)
    if len(faces) == 0:
        tiles[atom[0]] = district
        return tiles
    inside = shapely.point_on_surface(faces)
    of_face = atom[cKDTree(xy).query(np.column_stack([shapely.get_x(inside), shapely.get_y(inside)]))[1]]
    order = np.argsort(of_face, kind="stable")
    numbers, begin = np.unique(of_face[order], return_index=True)
    for number, part in zip(numbers, np.split(faces[order], begin[1:]), strict=True):
        tiles[number] = part[0] if len(part) == 1 else shapely.union_all(part)
    shapely.prepare(district)
    cut = ~shapely.contains_properly(district, tiles)
    tiles[cut] = shapely.intersection(tiles[cut], district)
    return tiles


def crossed(between: NDArray[np.object_], what: NDArray[np.object_]) -> NDArray[np.bool_]:
    """(r,) whether each line crosses or touches any of some geometries."""
    found = np.zeros(len(between), dtype=np.bool_)
    if len(what) and len(between):
        found[shapely.STRtree(what).query(between, predicate="intersects")[0]] = True
    return found
