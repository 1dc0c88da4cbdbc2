"""Access by area, against sums written out one home at a time."""

import numpy as np
import pytest
from checkup_builders import KINDS, a_situation

from linli.domain.checkup.measures import Level, area_access, prepare
from linli.domain.checkup.measures.access import GROUPS, LIMITS_M, WEIGHTS
from linli.domain.places.rules.situation import Situation


@pytest.fixture(scope="module")
def situation() -> Situation:
    draw = np.random.default_rng(5)
    homes = draw.uniform(0, 400, (40, 2))
    return a_situation(
        homes_xy=homes.tolist(),
        community=[int(x >= 200) for x, _ in homes],
        people=draw.integers(0, 20, (40, 7)).tolist(),
        facilities=[(10, 10, 0), (390, 390, 0), (200, 100, 1), (300, 300, 2)],
        compound=[n % 3 - 1 for n in range(40)],
        types=["existing", "existing"],
        capacity=[90, 30, 12, float("nan")],
    )


@pytest.mark.parametrize("level", [Level.COMPOUND, Level.COMMUNITY, Level.SUBDISTRICT, Level.DISTRICT])
def test_sums_are_those_of_the_homes_one_by_one(situation: Situation, level: Level) -> None:
    reach = prepare(situation)
    buildings = situation.buildings
    area = {
        Level.COMPOUND: buildings.compound,
        Level.COMMUNITY: buildings.community,
        Level.SUBDISTRICT: np.zeros(40, dtype=int),
        Level.DISTRICT: np.zeros(40, dtype=int),
    }[level]

    found = area_access(situation, reach, level)

    for a in range(len(found.key)):
        mine = [n for n, row in enumerate(reach.rows) if area[row] == a]
        for g, group in enumerate(GROUPS):
            people = situation.residents(group)
            assert people is not None
            assert found.people[a, g] == sum(people[reach.rows[n]] for n in mine)
            for k in range(len(KINDS)):
                for n_limit, limit in enumerate(LIMITS_M):
                    near = [n for n in mine if reach.distance_cm[n, k] <= 100 * limit]
                    assert found.within[a, k, n_limit, g] == sum(people[reach.rows[n]] for n in near)


def test_what_people_get_adds_up_to_what_there_is(situation: Situation) -> None:
    found = area_access(situation, prepare(situation), Level.DISTRICT)

    people = found.people[0, 0]
    assert found.places_per_1000[0, 0] * people / 1000 == pytest.approx(120, rel=1e-5)
    assert found.places_per_1000[0, 1] * people / 1000 == pytest.approx(12, rel=1e-5)
    assert np.isnan(found.places_per_1000[0, 2]), "the capacity of the clinic is not known"
    assert np.isnan(found.places_per_1000[0, 3]), "there is no canteen"
    assert np.isnan(found.mean_m[0, 3])


def test_weights_fall_with_the_zones() -> None:
    assert list(WEIGHTS) == sorted(WEIGHTS, reverse=True)
    assert len(WEIGHTS) == len(LIMITS_M)


def test_no_cells_no_rows(situation: Situation) -> None:
    assert area_access(situation, prepare(situation), Level.GRID_CELL).within.shape[0] == 0
