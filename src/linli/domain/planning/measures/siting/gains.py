"""What an answer changes, home by home: who comes newly within a limit, and which shortfalls are none any more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.compute.network import INFINITY_CM
from linli.compute.sweep import nearest_facilities
from linli.domain.checkup.measures import Reach, check_up, prepare
from linli.domain.checkup.rules import Answers
from linli.domain.places.rules import projection
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.measures.scenarios.applied import applied
from linli.domain.planning.measures.scenarios.ground import Ground
from linli.domain.planning.measures.scenarios.resolving import resolve
from linli.domain.planning.rules.siting.edits import edits_of
from linli.domain.planning.rules.siting.problems import Choice, Function, SitingProblem
from linli.domain.planning.rules.siting.studies import ClosedShortfall, Dot
from linli.domain.standards.rules import Pack


def residents_of(situation: Situation, communities: frozenset[int]) -> Situation:
    """The situation as if nobody lived outside these communities, given by permanent id. Ways and places stay."""
    inside = np.isin(situation.areas.place, sorted(communities))
    if inside.all():
        return situation
    buildings = situation.buildings
    kept = (buildings.community >= 0) & inside[buildings.community]
    people = np.where(kept[:, None], buildings.people, 0)
    return replace(situation, buildings=replace(buildings, people=people, residential=buildings.residential & kept))


def newly_within(ground: Ground, reach: Reach, problem: SitingProblem, choices: Sequence[Choice]) -> tuple[Dot, ...]:
    """Homes whose people come within the limit of a function only by the choices, each with the nearest of them.

    Parameters
    ----------
    reach : of the same situation
    """
    situation = ground.situation
    walks = walks_to(ground, reach, problem, choices)
    found: list[Dot] = []
    lonlat = _lonlat(situation, reach.rows)
    for function in problem.functions:
        numbers = [n for n, one in enumerate(choices) if function.kind in one.functions]
        people = situation.residents(function.age_group)
        if not numbers or people is None:
            continue
        here = people[reach.rows]
        for row, number, cm in _gaining(situation, reach, function, walks[:, numbers], here):
            at = (float(lonlat[row, 0]), float(lonlat[row, 1]))
            found.append(Dot(at, int(here[row]), function.kind, numbers[number], cm / 100))
    return tuple(found)


def walks_to(ground: Ground, reach: Reach, problem: SitingProblem, choices: Sequence[Choice]) -> NDArray[np.int32]:
    """(r, choices) centimeters from each inhabited building to each chosen place."""
    at = {one.key: one.at for one in problem.candidates}
    xy = ground.metres(tuple(at[one.candidate] for one in choices))
    compound = np.array([ground.area_of(each, ground.compounds) for each in xy], dtype=np.int32)
    homes = ground.situation.buildings.anchors.take(reach.rows)
    kinds = np.arange(len(choices))
    return nearest_facilities(reach.hierarchy, homes, ground.anchor(xy, compound), kinds, len(choices))


def _gaining(
    situation: Situation, reach: Reach, function: Function, walks: NDArray[np.int32], people: NDArray[np.int64]
) -> list[tuple[int, int, int]]:
    """Rows of reach, with the nearest of the places and the walk to it."""
    limit = round(function.limit_m * 100)
    kinds = situation.facility_kinds
    before = reach.distance_cm[:, kinds.index(function.kind)] if function.kind in kinds else INFINITY_CM
    nearest = walks.argmin(axis=1)
    walk = walks[np.arange(walks.shape[0]), nearest]
    rows = np.flatnonzero((before > limit) & (walk <= limit) & (people > 0))
    return [(int(row), int(nearest[row]), int(walk[row])) for row in rows]


def _lonlat(situation: Situation, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    points = projection.unprojected(shapely.points(situation.buildings.xy[rows]), situation.epsg)
    found: NDArray[np.float64] = shapely.get_coordinates(points).round(6)
    return found


def shortfalls_closed(
    ground: Ground, problem: SitingProblem, choices: Sequence[Choice], pack: Pack, answers: Answers, day: date
) -> tuple[ClosedShortfall, ...]:
    """Shortfalls of the check-up that are none any more with all choices in place, and by which choices alone."""
    situation = ground.situation
    before = check_up(situation, pack, answers, day)
    lacking = {(one.community, one.indicator): one.people_total for one in before.shortfalls}

    def closed_by(some: Sequence[Choice]) -> set[tuple[int, str]]:
        changed = applied(situation, resolve(situation, edits_of(problem, some), ground=ground))
        reach = prepare(changed, hierarchy=before.reach.hierarchy)
        after = check_up(changed, pack, answers, day, reach=reach)
        return lacking.keys() - {(one.community, one.indicator) for one in after.shortfalls}

    together = closed_by(choices) if choices else set()
    alone = [closed_by([one]) for one in choices] if together and len(choices) > 1 else [together] * len(choices)
    return tuple(
        ClosedShortfall(
            int(situation.areas.place[community]),
            indicator,
            lacking[community, indicator],
            tuple(n for n, closed in enumerate(alone) if (community, indicator) in closed),
        )
        for community, indicator in sorted(together)
    )
