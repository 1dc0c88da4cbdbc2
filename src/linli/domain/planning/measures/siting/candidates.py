"""Candidates that a district has: idle premises, buildings in which nobody lives, and land."""

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.domain.places.rules import membership, projection
from linli.domain.places.rules.package import LayerTable
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.rules.siting.problems import Candidate, Origin, SupplyWay
from linli.domain.planning.rules.siting.terms import SitingTerms


def candidates(
    situation: Situation, terms: SitingTerms, *, buildings_most: int = 0, land: LayerTable | None = None
) -> tuple[Candidate, ...]:
    """Idle premises; the largest buildings without residents, if any are wanted; and parcels of a land layer.

    Every way of supply that the terms have for what a place is now, at its price by floor area; where the area is not
    known, the cost is not.
    """
    idle, buildings = np.flatnonzero(situation.premises.idle), situation.buildings
    found = _placed(
        situation,
        Origin.PREMISES,
        idle,
        situation.premises.key,
        situation.premises.xy,
        situation.premises.area_m2,
        terms,
    )
    if buildings_most:
        empty = ~buildings.residential & (buildings.people.sum(axis=1) == 0) & (buildings.community >= 0)
        area = np.nan_to_num(buildings.floor_area_m2)
        largest = np.flatnonzero(empty)[np.argsort(-area[empty], kind="stable")][:buildings_most]
        found += _placed(
            situation, Origin.BUILDING, np.sort(largest), buildings.key, buildings.xy, buildings.floor_area_m2, terms
        )
    if land is not None:
        found += _parcels(situation, land, terms)
    return tuple(found)


def ways(terms: SitingTerms, origin: Origin, area_m2: float | None) -> tuple[SupplyWay, ...]:
    """What a place of so much floor costs by each way of supply."""
    area = 0.0 if area_m2 is None else area_m2
    return tuple(
        SupplyWay(
            way.supply, None if area_m2 is None else round(way.fen_per_m2 * area), round(way.fen_per_m2_yearly * area)
        )
        for way in terms.ways(origin)
    )


def _placed(
    situation: Situation,
    origin: Origin,
    rows: NDArray[np.int64],
    keys: tuple[str, ...],
    xy: NDArray[np.float64],
    area_m2: NDArray[np.float64],
    terms: SitingTerms,
) -> list[Candidate]:
    points = projection.unprojected(shapely.points(xy[rows]), situation.epsg)
    found = []
    for row, point in zip(rows, points, strict=True):
        area = float(area_m2[row]) if area_m2[row] > 0 else None
        at = round(float(point.x), 7), round(float(point.y), 7)
        found.append(Candidate(keys[row], "", at, origin, ways(terms, origin, area), area))
    return found


def _parcels(situation: Situation, land: LayerTable, terms: SitingTerms) -> list[Candidate]:
    """Parcels of a community that are not under water, each by a point on it."""
    rows = [
        row
        for row, (shape, attributes) in enumerate(zip(land.geometry, land.attributes, strict=True))
        if shape is not None and attributes.get("kind") != "water"
    ]
    shapes = projection.projected(land.geometry[rows], situation.epsg)
    points = membership.places_of(shapes)
    area = shapely.area(shapes)
    inside = membership.area_at(points, situation.outlines.communities.geometries()) >= 0
    found = []
    for n in np.flatnonzero(inside & (area > 0)):
        lonlat = projection.unprojected(points[n : n + 1], situation.epsg)[0]
        at = round(float(lonlat.x), 7), round(float(lonlat.y), 7)
        name, size = str(land.attributes[rows[n]].get("name") or ""), float(area[n])
        found.append(Candidate(land.keys[rows[n]], name, at, Origin.LAND, ways(terms, Origin.LAND, size), size))
    return found
