"""Routes, isochrones and far homes over a small walled city."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely

from linli.compute.network import INFINITY_CM
from linli.domain.places.rules import assembly
from linli.domain.planning.measures.scenarios import effects, walks
from linli.domain.planning.rules.scenarios.edits import Edit, EditKind
from linli.domain.standards import queries as standards
from linli.synthetic import city

DAY = date(2026, 7, 1)


@pytest.fixture(scope="module")
def base() -> effects.Base:
    situation = assembly.assemble(city.city(5, communities=3, people=6000), facility_kinds=city.ALL_KINDS)
    return effects.base(situation, standards.pack("shangcheng", day=DAY, local=False), {}, DAY)


@pytest.mark.slow
def test_routes_are_as_long_as_the_checkup_says(base: effects.Base) -> None:
    situation, reach = base.situation, base.result.reach
    for row in range(0, reach.rows.size, 7):
        for kind in ("kindergarten", "elder_meal", "bus_stop", "fitness_corner"):
            if kind not in situation.facility_kinds:
                continue
            walk = int(reach.distance_cm[row, situation.facility_kinds.index(kind)])
            found = walks.route(situation, reach.hierarchy, int(reach.rows[row]), [kind])

            if found is None:
                assert walk == INFINITY_CM
                continue
            assert found.walk_cm == walk
            assert situation.facility_kinds[situation.facilities.kind[found.facility]] == kind
            drawn = np.hypot(*np.diff(found.line, axis=0).T).sum()
            assert drawn == pytest.approx(walk / 100, abs=0.02 * len(found.line))


def test_far_homes_come_farthest_first(base: effects.Base) -> None:
    found = walks.far_from(base.situation, base.result.reach, ["kindergarten"], beyond_m=300)
    column = base.situation.facility_kinds.index("kindergarten")
    walk = base.result.reach.distance_cm[:, column]
    lived_in = base.situation.buildings.people[base.result.reach.rows].sum(axis=1) > 0

    assert found.building.size == ((walk > 30_000) & lived_in).sum()
    assert (np.diff(found.walk_cm.astype(np.int64)) <= 0).all()
    assert found.people.sum() == base.situation.buildings.people[found.building].sum()


def test_an_isochrone_grows_with_its_limit_and_by_a_new_way(base: effects.Base) -> None:
    ground, hierarchy = base.ground, base.hierarchy
    xy = base.situation.buildings.xy[3]
    place = walks.place_at(ground, xy)
    small, large = walks.isochrone(base.situation, hierarchy, place, [100, 400])

    assert 0 < small.ways.length < large.ways.length
    assert small.ground.within(large.ground.buffer(0.1))
    assert shapely.distance(small.ground, shapely.Point(xy)) < 100

    far = large.ground.boundary.interpolate(0.3, normalized=True)
    line = (ground.degrees(xy), ground.degrees(np.array([far.x, far.y])))
    made = effects.after(base, effects.resolved_over(base, [Edit(EditKind.ADD_WAY, line=line)]))
    there = walks.place_at(ground, xy, made.network)
    (after,) = walks.isochrone(made.situation, made.result.reach.hierarchy, there, [400])
    assert after.ways.length > large.ways.length


def test_nothing_leads_to_a_kind_that_is_not_there(base: effects.Base) -> None:
    assert walks.route(base.situation, base.hierarchy, int(base.result.reach.rows[0]), ["no such kind"]) is None
