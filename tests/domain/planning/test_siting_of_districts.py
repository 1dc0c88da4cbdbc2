"""Siting in whole districts: made up, and real."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from package_builders import OSM_KINDS, VOCABULARIES

from linli.compute.network import INFINITY_CM
from linli.domain.checkup.measures import Reach, prepare
from linli.domain.places.rules import assembly
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.measures.siting import answering as siting
from linli.domain.planning.queries.siting_terms import siting_terms
from linli.domain.planning.rules.siting.problems import (
    Candidate,
    Function,
    NoteReason,
    Objective,
    Origin,
    SitingAnswer,
    SitingProblem,
    Supply,
    SupplyWay,
)
from linli.interchange.package import read_package
from linli.synthetic import city

EXAMPLE = Path(__file__).parents[3] / "docs" / "guides" / "examples" / "las-palmas"
CANTEEN = Function("elder_meal", 300.0, age_group="elderly", area_m2=150.0)


@pytest.fixture(scope="module")
def town() -> tuple[Situation, Reach, tuple[Candidate, ...]]:
    package = city.city(communities=8, people=40_000)
    situation = assembly.assemble(package, facility_kinds=city.ALL_KINDS)
    places = siting.candidates(situation, siting_terms(), buildings_most=40, land=package.layers.get("land"))
    return situation, prepare(situation), places


def _answered(situation: Situation, reach: Reach, problem: SitingProblem) -> SitingAnswer:
    assert siting.faults(situation, problem) == ()
    found = siting.site(situation, reach, problem, time_limit_s=20.0)
    assert isinstance(found, SitingAnswer)
    return found


@pytest.mark.long
def test_candidates_are_where_the_district_has_room(town: tuple[Situation, Reach, tuple[Candidate, ...]]) -> None:
    situation, _, places = town

    of = {origin: [place for place in places if place.origin is origin] for origin in Origin}

    assert len(of[Origin.PREMISES]) == situation.premises.idle.sum() > 0
    assert len(of[Origin.BUILDING]) == 40
    assert of[Origin.LAND]
    assert len({place.key for place in places}) == len(places)
    assert all(way.cost_fen for place in places if place.area_m2 for way in place.ways)


@pytest.mark.long
@pytest.mark.parametrize("objective", list(Objective))
def test_an_answer_holds_when_the_choice_is_built(
    town: tuple[Situation, Reach, tuple[Candidate, ...]], objective: Objective
) -> None:
    """The chosen places are put into the situation as facilities; the check-up's own walks then say the same."""
    situation, reach, places = town
    share = 0.5 if objective is Objective.SET_COVERING else 1.0
    function = replace(CANTEEN, limit_m=800.0)
    asked = SitingProblem(objective, (function,), places, facilities_most=6, cover_share=share)

    answer = _answered(situation, reach, asked)

    after = prepare(_built(situation, asked, answer))
    people = situation.residents("elderly")
    assert people is not None
    here = people[reach.rows]
    column = situation.facility_kinds.index("elder_meal")
    walk, before = after.distance_cm[:, column], reach.distance_cm[:, column]
    (coverage,) = answer.coverage
    assert coverage.covered_after == here[walk <= 80_000].sum()
    assert coverage.covered_before == here[before <= 80_000].sum()
    match objective:
        case Objective.MAXIMAL_COVERING:
            assert answer.value == here[(walk <= 80_000) & (before > 80_000)].sum() <= answer.bound
        case Objective.P_MEDIAN:
            assert walk[here > 0].max() < INFINITY_CM
            assert answer.value == pytest.approx((here * walk.astype(np.int64)).sum() / 100)
        case Objective.P_CENTER:
            assert answer.value == walk[here > 0].max() / 100
        case Objective.SET_COVERING:
            assert coverage.covered_after >= share * here.sum()
    assert len(answer.choices) <= 6
    assert answer.gap < 0.1


def _built(situation: Situation, problem: SitingProblem, answer: SitingAnswer) -> Situation:
    """A district in which the choices stand."""
    chosen = {choice.candidate for choice in answer.choices}
    ground = siting.field(situation, prepare(situation), problem)
    rows = np.array([n for n, place in enumerate(problem.candidates) if place.key in chosen], dtype=np.int64)
    old, new = situation.facilities, ground.sites.take(rows)
    column = situation.facility_kinds.index("elder_meal")
    f = rows.size
    facilities = replace(
        old,
        key=(*old.key, *(f"new {row}" for row in rows)),
        name=(*old.name, *("",) * f),
        place=np.append(old.place, np.zeros(f, dtype=np.int64)),
        xy=np.concatenate([old.xy, np.zeros((f, 2))]),
        kind=np.append(old.kind, np.full(f, column, dtype=np.int16)),
        community=np.append(old.community, np.zeros(f, dtype=np.int32)),
        compound=np.append(old.compound, np.full(f, -1, dtype=np.int32)),
        capacity=np.append(old.capacity, np.full(f, np.nan)),
        area_m2=np.append(old.area_m2, np.full(f, np.nan)),
        open_to_all=np.append(old.open_to_all, np.ones(f, dtype=np.bool_)),
        anchors=type(new)(
            *(
                np.append(getattr(old.anchors, name), getattr(new, name))
                for name in ("edge", "to_tail_cm", "to_head_cm", "leg_cm")
            )
        ),
    )
    return replace(situation, facilities=facilities)


@pytest.mark.data
@pytest.mark.long
def test_las_palmas_finds_places_for_clinics(real_data: Path) -> None:
    """Ages are not known there, people are estimates, and not all clinics may be on the map."""
    package = read_package(EXAMPLE, vocabularies=VOCABULARIES, osm_kinds=OSM_KINDS, data=real_data / "las-palmas")
    kinds = tuple(kind.key for kind in VOCABULARIES["facility_kinds"])
    situation = assembly.assemble(package, facility_kinds=kinds)
    reach = prepare(situation)
    random = np.random.default_rng(1)
    homes = siting.candidates(situation, siting_terms(), buildings_most=300)
    picked = [homes[n] for n in sorted(random.choice(len(homes), size=min(150, len(homes)), replace=False))]
    way = SupplyWay(Supply.CONVERT, 50_000_000)
    places = tuple(replace(place, ways=(way,), area_m2=None) for place in picked)
    asked = SitingProblem(Objective.MAXIMAL_COVERING, (Function("clinic", 500.0),), places, budget_fen=400_000_000)

    answer = _answered(situation, reach, asked)

    assert 0 < len(answer.choices) <= 8
    assert answer.bound >= answer.value > 1000
    assert answer.gap < 0.02
    assert [point.value for point in answer.curve] == sorted(point.value for point in answer.curve)
    assert {NoteReason.PEOPLE_ESTIMATED, NoteReason.KIND_INCOMPLETE} <= {note.reason for note in answer.notes}
    center = _answered(situation, reach, replace(asked, objective=Objective.P_CENTER))
    assert center.bound <= center.value
    wrong = Function("clinic", 500.0, age_group="elderly")
    assert siting.faults(situation, replace(asked, functions=(wrong,)))
