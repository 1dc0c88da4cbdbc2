"""Measures agree with a slow obvious version, and say what they cannot know."""

from dataclasses import replace

import checkup_district
import networkx as nx
import numpy as np
import pytest
from checkup_builders import (
    DAY,
    KINDS,
    a_grid_network,
    a_ladder,
    a_pack,
    a_situation,
    a_threshold,
    a_yes_no,
    an_indicator,
    coverage_of,
    number_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.compute.network import INFINITY_CM
from linli.domain.checkup.measures import check_up, measure, prepare
from linli.domain.checkup.rules import Answer, Answers, Reason, State, Value
from linli.domain.places.rules.assembly import assemble
from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.places.rules.situation import PeopleSource, Situation
from linli.domain.standards.rules import Measure, MeasureKind, Quantity, QuantityKind

GRID = a_grid_network()
ONE_OF_EACH = (1, 1, 1, 1, 1, 1, 1)


def measured(situation: Situation, of: Measure, answers: Answers | None = None) -> list[Value]:
    """One measure in every community."""
    result = measure(situation, prepare(situation), a_pack(an_indicator("X", measure=of)), answers or {})
    return [result.value(0, community) for community in range(len(situation.areas.code))]


def two_homes(**changes: object) -> Situation:
    """One home of seven people in each of two communities; a clinic at the first home's door."""
    given = {
        "homes_xy": [(0.0, 0.0), (400.0, 0.0)],
        "community": [0, 1],
        "people": [ONE_OF_EACH, ONE_OF_EACH],
        "facilities": [(0.0, 0.0, 2)],
    }
    return a_situation(**(given | changes), network=changes.get("network") or GRID)


# --- Against a slow obvious version -------------------------------------------------------------------------------


def obvious_distances(situation: Situation) -> list[list[float]]:
    """Centimetres from each building to each kind, by a search of its own for every building."""
    network = situation.network
    graph = nx.Graph()
    for (tail, head), length in zip(network.edges.tolist(), network.length_cm.tolist(), strict=True):
        graph.add_edge(tail, head, weight=min(length, graph.get_edge_data(tail, head, {}).get("weight", length)))
    answer = []
    here, there = situation.buildings.anchors, situation.facilities.anchors
    for b in range(len(here)):
        graph.add_node("home")
        tail, head = network.edges[here.edge[b]].tolist()
        graph.add_edge("home", tail, weight=int(here.to_tail_cm[b]))
        graph.add_edge("home", head, weight=int(here.to_head_cm[b]))
        reached = nx.single_source_dijkstra_path_length(graph, "home")
        graph.remove_node("home")
        row = [float("inf")] * len(situation.facility_kinds)
        for f, kind in enumerate(situation.facilities.kind.tolist()):
            tail, head = network.edges[there.edge[f]].tolist()
            walk = min(reached[tail] + int(there.to_tail_cm[f]), reached[head] + int(there.to_head_cm[f]))
            if there.edge[f] == here.edge[b]:
                along = abs(int(there.to_tail_cm[f] - there.leg_cm[f]) - int(here.to_tail_cm[b] - here.leg_cm[b]))
                walk = min(walk, along + int(there.leg_cm[f]) + int(here.leg_cm[b]))
            row[kind] = min(row[kind], walk)
        answer.append(row)
    return answer


spots = st.tuples(st.integers(0, 400), st.integers(0, 400)).map(lambda xy: (float(xy[0]), float(xy[1])))
homes = st.lists(st.tuples(spots, st.integers(0, 1), st.lists(st.integers(0, 9), min_size=7, max_size=7)), max_size=8)
services = st.lists(st.tuples(spots, st.integers(0, 3)), max_size=8)


def situation_of(houses: list, places: list, **changes: object) -> Situation:
    return a_situation(
        homes_xy=[xy for xy, _, _ in houses],
        community=[c for _, c, _ in houses],
        people=[p for _, _, p in houses],
        facilities=[(*xy, kind) for xy, kind in places],
        network=GRID,
        **changes,
    )


@settings(max_examples=60, deadline=None)
@given(homes, services, st.integers(0, 900), st.sampled_from(sorted(AGE_GROUPS)))
def test_walk_coverage_is_the_share_of_people_within_the_limit(
    houses: list, places: list, limit_m: int, group: str
) -> None:
    situation = situation_of(houses, places)
    of = coverage_of(("clinic", "pharmacy"), ("canteen",), limit_m=float(limit_m), age_group=group)

    values = measured(situation, of)

    distances = obvious_distances(situation)
    for community, value in enumerate(values):
        inside = total = 0
        for (_, c, people), walks in zip(houses, distances, strict=True):
            if c == community:
                count = sum(people[band] for band in AGE_GROUPS[group])
                total += count
                inside += count if min(walks[1], walks[2]) <= limit_m * 100 and walks[3] <= limit_m * 100 else 0
        if total == 0:
            assert value.number is None
            assert value.missing in {Reason.NOBODY_LIVES_HERE, Reason.NOTHING_TO_MEASURE, Reason.DATA_MISSING}
        else:
            assert (value.numerator, value.denominator) == (inside, total)


@settings(max_examples=60, deadline=None)
@given(homes, services, st.sampled_from(["mean", "median", "p90"]))
def test_distance_is_weighed_by_people(houses: list, places: list, statistic: str) -> None:
    situation = situation_of(houses, places)
    of = Measure(MeasureKind.DISTANCE, "m", {"kinds": ("clinic",), "age_group": "all", "statistic": statistic})

    values = measured(situation, of)

    distances = obvious_distances(situation)
    for community, value in enumerate(values):
        walks = sorted(
            row[2] / 100
            for (_, c, people), row in zip(houses, distances, strict=True)
            if c == community
            for _ in range(sum(people))
        )
        if not walks:
            assert value.number is None
            continue
        expected = {
            "mean": sum(walks) / len(walks),
            "median": walks[-(-len(walks) // 2) - 1],
            "p90": walks[-(-9 * len(walks) // 10) - 1],
        }[statistic]
        assert value.number == pytest.approx(expected)


@settings(max_examples=40, deadline=None)
@given(homes, services, spots, st.integers(0, 3), st.integers(50, 600))
def test_a_new_facility_never_lowers_a_coverage(
    houses: list, places: list, spot: tuple, kind: int, limit_m: int
) -> None:
    of = coverage_of((KINDS[kind],), ("clinic", "canteen"), limit_m=float(limit_m))

    before = measured(situation_of(houses, places), of)
    after = measured(situation_of(houses, [*places, (spot, kind)]), of)

    for old, new in zip(before, after, strict=True):
        assert (old.number is None) == (new.number is None)
        assert old.number is None or new.number >= old.number


@settings(max_examples=40, deadline=None)
@given(homes, services)
def test_communities_add_up_to_the_district(houses: list, places: list) -> None:
    houses = [(xy, c, p) for xy, c, p in houses if sum(p)]
    apart = situation_of(houses, places, facility_community=[0] * len(places))
    together = situation_of([(xy, 0, p) for xy, _, p in houses], places, facility_community=[0] * len(places))

    for of in (coverage_of(("clinic",)), number_of("clinic", "pharmacy")):
        parts, whole = measured(apart, of), measured(together, of)[0]
        covered = of.kind is MeasureKind.WALK_COVERAGE
        values = [(v.numerator if covered else v.number) or 0 for v in parts]
        if whole.number is not None and all(v.number is not None for v in (parts if not covered else [whole])):
            assert sum(values) == (whole.numerator if covered else whole.number)


# --- What cannot be known ------------------------------------------------------------------------------------------


def test_a_place_where_nobody_lives_is_not_assessed() -> None:
    situation = two_homes(people=[ONE_OF_EACH, (0,) * 7])

    for of in (coverage_of(("clinic",)), number_of("clinic")):
        first, second = measured(situation, of)
        assert first.number is not None
        assert (second.number, second.missing) == (None, Reason.NOBODY_LIVES_HERE)


def test_homes_of_which_nobody_knows_the_people_are_not_empty() -> None:
    situation = two_homes(people=[(0,) * 7] * 2, source=PeopleSource.NONE)

    assert measured(situation, coverage_of(("clinic",)))[0].missing is Reason.DATA_MISSING
    assert measured(situation, number_of("clinic"))[0].number == 1


def test_what_rests_on_estimated_people_says_so() -> None:
    situation = two_homes(source=PeopleSource.FLOOR_AREA)

    assert measured(situation, coverage_of(("clinic",)))[0].estimated
    assert not measured(situation, number_of("clinic"))[0].estimated
    assert not measured(two_homes(), coverage_of(("clinic",)))[0].estimated


def test_without_ages_only_everybody_can_be_measured() -> None:
    situation = two_homes(bands_known=False)

    assert measured(situation, coverage_of(("clinic",)))[0].number == 100
    assert measured(situation, coverage_of(("clinic",), age_group="elderly"))[0].missing is Reason.AGES_UNKNOWN


def test_a_kind_that_may_not_be_listed_completely_makes_a_lower_bound() -> None:
    situation = two_homes(complete=("pharmacy",))

    assert measured(situation, coverage_of(("clinic",)))[0].lower_bound
    assert not measured(situation, coverage_of(("pharmacy",)))[0].lower_bound
    assert measured(situation, number_of("clinic", "pharmacy"))[0].lower_bound


def test_a_facility_that_cannot_be_reached_is_infinitely_far() -> None:
    of = Measure(MeasureKind.DISTANCE, "m", {"kinds": ("canteen",), "age_group": "all", "statistic": "median"})

    assert measured(two_homes(), of)[0].number == float("inf")


# --- Facilities for residents only --------------------------------------------------------------------------------


def test_a_facility_for_residents_only_counts_only_for_them() -> None:
    situation = two_homes(
        homes_xy=[(0.0, 0.0), (10.0, 0.0)],
        compound=[0, 1],
        types=("", ""),
        facilities=[(0.0, 0.0, 2)],
        facility_compound=[0],
        open_to_all=[False],
    )

    reach = prepare(situation)

    assert reach.distance_cm[0, 2] == 0
    assert reach.distance_cm[1, 2] == INFINITY_CM
    assert [v.number for v in measured(situation, coverage_of(("clinic",)))] == [100, 0]


def test_residents_walk_to_their_own_facility_as_they_would_to_an_open_one() -> None:
    """In a walled compound, and in one without paths of its own, where the public ways have to do."""
    package = checkup_district.a_district_to_check()
    situation = assemble(package, facility_kinds=("kindergarten", "convenience_shop", "elder_meal"))
    facilities = situation.facilities
    opened = replace(facilities, open_to_all=np.ones_like(facilities.open_to_all))
    at = situation.facility_kinds.index("elder_meal")

    own, everybody = prepare(situation), prepare(replace(situation, facilities=opened))

    inside = situation.buildings.compound[own.rows] == facilities.compound[facilities.kind == at][0]
    assert inside.sum() == 4
    assert (own.distance_cm[inside, at] == everybody.distance_cm[inside, at]).all()
    assert (own.distance_cm[~inside, at] == INFINITY_CM).all()
    pathless = two_homes(
        homes_xy=[(0.0, 0.0), (400.0, 0.0)], compound=[0, 0], types=("",), facility_compound=[0], open_to_all=[False]
    )
    assert prepare(pathless).distance_cm[:, 2].tolist() == [0, 40_000]


def test_a_community_counts_on_a_compounds_facility_if_all_live_in_that_compound() -> None:
    own = {"types": ("", ""), "facility_compound": [0], "open_to_all": [False], "facility_community": [0]}
    alone = two_homes(compound=[0, 1], **own)
    shared = two_homes(compound=[0, -1], community=[0, 0], **own)

    assert measured(alone, number_of("clinic"))[0].number == 1
    assert measured(shared, number_of("clinic"))[0].number == 0


# --- The other measures -------------------------------------------------------------------------------------------


def test_areas_and_capacities_of_facilities() -> None:
    situation = two_homes(
        facilities=[(0.0, 0.0, 2), (10.0, 0.0, 2), (20.0, 0.0, 1)],
        area_m2=[100.5, 200.0, np.nan],
        capacity=[5.0, np.nan, 1.0],
    )

    def first(what: QuantityKind, *kinds: str) -> Value:
        return measured(situation, Measure(MeasureKind.AREA, "m2", {"of": Quantity(what, kinds)}))[0]

    assert first(QuantityKind.FACILITY_AREA, "clinic").number == 300.5
    assert first(QuantityKind.LARGEST_AREA, "clinic").number == 200
    assert first(QuantityKind.KINDS_PRESENT, "clinic", "pharmacy", "canteen").number == 2
    assert not first(QuantityKind.FACILITY_AREA, "clinic").lower_bound
    capacity = first(QuantityKind.CAPACITY, "clinic")
    assert (capacity.number, capacity.lower_bound) == (5, True)
    assert first(QuantityKind.FACILITY_AREA, "pharmacy").lower_bound


def test_quotients_by_people_and_households() -> None:
    situation = two_homes(area_m2=[350.0])
    area = Quantity(QuantityKind.FACILITY_AREA, ("clinic",))
    of = {
        "person": Measure(MeasureKind.PER_PERSON, "m2/person", {"of": area, "age_group": "elderly"}),
        "households": Measure(MeasureKind.PER_100_HOUSEHOLDS, "m2/100_households", {"of": area}),
        "dwellings": Measure(
            MeasureKind.RATIO, "%", {"numerator": area, "denominator": Quantity(QuantityKind.STOCK, ("dwellings",))}
        ),
    }

    assert [measured(situation, of["person"])[0].number, measured(situation, of["person"])[1].number] == [175, 0]
    assert measured(situation, of["households"])[0].number == 3500
    assert measured(situation, of["dwellings"])[0].number == 3500


def test_unknown_households_are_not_guessed() -> None:
    situation = two_homes(area_m2=[350.0])
    buildings = replace(situation.buildings, households=np.array([-1, 10], dtype=np.int32))
    of = Measure(
        MeasureKind.PER_100_HOUSEHOLDS,
        "m2/100_households",
        {"of": Quantity(QuantityKind.FACILITY_AREA, ("clinic",))},
    )

    first, second = measured(replace(situation, buildings=buildings), of)

    assert first.missing is Reason.DATA_MISSING
    assert second.number == 0


def test_reported_figures_make_ratios() -> None:
    of = Measure(
        MeasureKind.RATIO,
        "%",
        {
            "numerator": Quantity(QuantityKind.ANSWER, ("lifts_added",)),
            "denominator": Quantity(QuantityKind.ANSWER, ("lifts_wanted",)),
        },
    )
    answers = {
        (0, "lifts_added"): Answer(3, None, DAY),
        (0, "lifts_wanted"): Answer(4, None, DAY),
        (1, "lifts_added"): Answer(0, None, DAY),
        (1, "lifts_wanted"): Answer(0, None, DAY),
    }

    first, second = measured(two_homes(), of, answers)

    assert (first.number, first.numerator, first.denominator) == (75, 3, 4)
    assert second.missing is Reason.NOTHING_TO_MEASURE
    assert measured(two_homes(), of)[0].missing is Reason.DATA_MISSING


def test_a_yes_needs_its_evidence_and_a_no_does_not() -> None:
    proof = frozenset({"photo"})

    def value(numerator: float, evidence: frozenset[str]) -> Value:
        return measured(two_homes(), a_yes_no(), {(0, "pact"): Answer(numerator, None, DAY, evidence)})[0]

    assert value(1, proof).number == 1
    assert value(1, frozenset()).missing is Reason.EVIDENCE_MISSING
    assert value(0, frozenset()).number == 0
    assert measured(two_homes(), a_yes_no())[0].missing is Reason.DATA_MISSING


def test_satisfaction_is_the_share_of_those_asked() -> None:
    of = Measure(MeasureKind.SURVEY, "%", {"question": "satisfied", "age_group": "all"})
    answers = {(0, "satisfied"): Answer(45, 50, DAY), (1, "satisfied"): Answer(0, 0, DAY)}

    first, second = measured(two_homes(), of, answers)

    assert (first.number, first.numerator, first.denominator) == (90, 45, 50)
    assert second.missing is Reason.DATA_MISSING


# --- The whole ----------------------------------------------------------------------------------------------------


def test_a_whole_checkup_measures_judges_grades_and_lists_shortfalls() -> None:
    pack = a_pack(
        an_indicator("H1", a_threshold(80, key="H1.minimum"), measure=coverage_of(("clinic",))),
        an_indicator(
            "S1", a_threshold(1, key="S1.minimum", unit="count"), measure=number_of("clinic"), scene="service"
        ),
        grades=a_ladder(),
    )

    result = check_up(two_homes(types=("UPGRADE", "UPGRADE"), compound=[0, 1]), pack, {}, DAY)

    assert [f.state for f in result.findings] == [State.MET, State.MET, State.BELOW_MINIMUM, State.BELOW_MINIMUM]
    assert [v.grade for v in result.verdicts] == ["DEMONSTRATION", ""]
    walk, count = result.shortfalls
    assert (walk.community, walk.indicator, walk.people, walk.people_total) == (1, "H1", ONE_OF_EACH, 7)
    assert walk.buildings == ((1, 40_000),)
    assert (count.indicator, count.people_total, count.buildings) == ("S1", 7, ())


def test_an_indicator_of_one_community_is_asked_of_that_one() -> None:
    pack = a_pack(
        an_indicator("ALL", measure=number_of("clinic")),
        an_indicator("OWN", measure=number_of("clinic"), local_to=101),
        an_indicator("SUB", measure=number_of("clinic"), local_to=50),
        an_indicator("DISTRICT", measure=number_of("clinic"), local_to=1),
    )

    result = check_up(two_homes(), pack, {}, DAY)

    asked = [[f.indicator for f in result.findings if f.community == c] for c in (0, 1)]
    assert asked == [["ALL", "SUB", "DISTRICT"], ["ALL", "OWN", "SUB", "DISTRICT"]]


def test_a_distance_shortfall_names_those_beyond_the_figure() -> None:
    of = Measure(MeasureKind.DISTANCE, "m", {"kinds": ("clinic",), "age_group": "elderly", "statistic": "mean"})
    figure = a_threshold(100, key="D.minimum", unit="m", comparison="<=")
    situation = two_homes(homes_xy=[(0.0, 0.0), (400.0, 0.0)], community=[0, 0])

    result = check_up(situation, a_pack(an_indicator("D", figure, measure=of)), {}, DAY)

    [short] = result.shortfalls
    assert (short.people_total, short.people, short.buildings) == (2, (0, 0, 0, 0, 0, 1, 1), ((1, 40_000),))


def test_a_limit_of_decimeters_reaches_the_last_centimeter() -> None:
    # As floats 57.3 metres are a little less than 5,730 centimeters.
    assert coverage_of(("kindergarten",), limit_m=57.3).limit_cm == 5730
