"""Packs, findings and random situations for tests of the check-up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import shapely

from linli.compute.lines import network_from_lines
from linli.compute.network import WalkingNetwork
from linli.compute.snapping import snap
from linli.domain.checkup.rules import Finding, State, Value
from linli.domain.places.rules.situation import (
    Areas,
    Buildings,
    Compounds,
    Facilities,
    Outlines,
    PeopleSource,
    Premises,
    Shapes,
    Situation,
)
from linli.domain.standards.rules import (
    Bar,
    Binding,
    CommunityType,
    Comparison,
    Confidence,
    Grade,
    Indicator,
    Measure,
    MeasureKind,
    Pack,
    Quantity,
    QuantityKind,
    Requirement,
    Scene,
    Threshold,
)

DAY = date(2026, 7, 1)
KINDS = ("kindergarten", "pharmacy", "clinic", "canteen")


def a_threshold(value: float | str = 80, bar: Bar = Bar.MINIMUM, **changes: object) -> Threshold:
    threshold = Threshold(
        key=f"X.{bar}",
        bar=bar,
        comparison=Comparison.AT_LEAST,
        value=Fraction(str(value)),
        value_to=None,
        unit="%",
        confidence=Confidence.OFFICIAL,
        source="text",
        clause="",
        valid_from=date(2020, 1, 1),
    )
    return replace(threshold, **changes)


def coverage_of(*sets: tuple[str, ...], limit_m: float = 300.0, age_group: str = "all") -> Measure:
    parameters = {"sets": sets, "limit_m": limit_m, "age_group": age_group}
    return Measure(MeasureKind.WALK_COVERAGE, "%", parameters)


def number_of(*kinds: str, what: QuantityKind = QuantityKind.FACILITIES) -> Measure:
    return Measure(MeasureKind.COUNT, "count", {"of": Quantity(what, kinds)})


def a_yes_no(question: str = "pact") -> Measure:
    return Measure(MeasureKind.YES_NO, "yes_no", {"question": question, "evidence": ("photo",)})


def an_indicator(
    key: str = "X", *thresholds: Threshold, measure: Measure | None = None, **changes: object
) -> Indicator:
    indicator = Indicator(
        key=key,
        number="1",
        scene="health",
        zh=key,
        en=key,
        definition_zh="",
        definition_en="",
        why_zh="",
        binding=Binding.BINDING,
        measure=measure or coverage_of(("clinic",)),
        thresholds=thresholds,
        confidence=Confidence.OFFICIAL,
        source=("text",),
    )
    return replace(indicator, **changes)


def a_pack(*indicators: Indicator, grades: Sequence[Grade] = (), **changes: object) -> Pack:
    pack = Pack(
        key="test",
        zh="测试标准",
        en="Test standard",
        jurisdiction="",
        completeness_zh="",
        valid_from=date(2020, 1, 1),
        sources={},
        scenes=tuple(Scene(key, key, key) for key in ("health", "service", "traffic")),
        types=tuple(CommunityType(key, key, key, Confidence.SEED, "text") for key in ("NEW_BUILD", "UPGRADE")),
        grades=tuple(grades),
        indicators=indicators,
        fingerprint="test",
    )
    return replace(pack, **changes)


def a_ladder() -> tuple[Grade, ...]:
    """Leading: as demonstration, at the target, and one scene more. Basic: health for renewed, unset for new."""
    required, optional, waived = Requirement.REQUIRED, Requirement.OPTIONAL, Requirement.NOT_REQUIRED
    two = {"health": required, "service": required, "traffic": waived}
    both = {"NEW_BUILD": two, "UPGRADE": two}
    basic = {"UPGRADE": {"health": required, "service": optional, "traffic": waived}}
    return (
        Grade("LEADING", "领跑级", "Leading", 1, Bar.TARGET, both, above="DEMONSTRATION", extra_scenes=1),
        Grade("DEMONSTRATION", "示范级", "Demonstration", 2, Bar.MINIMUM, both),
        Grade("BASIC", "基本级", "Basic", 3, Bar.MINIMUM, basic),
    )


def a_finding(indicator: str, minimum: bool | None, target: bool | None = None) -> Finding:
    value = Value(1.0, None, None, "%", estimated=False, lower_bound=False)
    states = {True: State.MET, False: State.BELOW_MINIMUM, None: State.NOT_ASSESSABLE}
    return Finding(0, indicator, value, states[minimum], None, False, (), None, minimum, target)


def a_grid_network(side: int = 4, step: float = 100.0) -> WalkingNetwork:
    """Streets every ``step`` metres, ``side`` by ``side`` blocks."""
    ends = side * step
    stops = [step * n for n in range(side + 1)]
    lines = [[(x, y) for x in stops] for y in stops] + [[(x, y) for y in stops] for x in stops]
    assert ends > 0
    return network_from_lines(lines)[0]


def a_situation(
    *,
    homes_xy: Sequence[tuple[float, float]],
    community: Sequence[int],
    people: Sequence[Sequence[int]],
    facilities: Sequence[tuple[float, float, int]] = (),
    network: WalkingNetwork | None = None,
    compound: Sequence[int] | None = None,
    source: PeopleSource = PeopleSource.REGISTER,
    communities: int = 2,
    complete: Sequence[str] = KINDS,
    types: Sequence[str] = (),
    facility_community: Sequence[int] | None = None,
    facility_compound: Sequence[int] | None = None,
    open_to_all: Sequence[bool] | None = None,
    area_m2: Sequence[float] | None = None,
    capacity: Sequence[float] | None = None,
    bands_known: bool = True,
) -> Situation:
    """A situation by hand; communities lie side by side, 200 m wide each, unless facilities say otherwise."""
    walks = network or a_grid_network()
    homes = np.array(homes_xy, dtype=np.float64).reshape(-1, 2)
    spots = np.array([f[:2] for f in facilities], dtype=np.float64).reshape(-1, 2)
    b, f, k = len(homes), len(spots), len(types)
    inside = np.array(compound if compound is not None else [-1] * b, dtype=np.int32)
    f_inside = np.array(facility_compound if facility_compound is not None else [-1] * f, dtype=np.int32)
    at = (
        facility_community
        if facility_community is not None
        else [min(int(x // 200), communities - 1) for x, *_ in facilities]
    )
    names = tuple(f"{number:012d}" for number in range(communities))
    return Situation(
        fingerprint="by hand",
        code="990100",
        name="测试区",
        day=DAY,
        epsg=4549,
        synthetic=True,
        areas=Areas(
            place=np.arange(100, 100 + communities),
            code=names,
            name=names,
            kind=("community",) * communities,
            area_m2=np.full(communities, 80_000.0),
            subdistrict=np.zeros(communities, dtype=np.int32),
            subdistrict_place=np.array([50]),
            subdistrict_code=("990100001",),
            subdistrict_name=("街道",),
        ),
        compounds=Compounds(
            key=tuple(f"K{n}" for n in range(k)),
            name=("",) * k,
            place=np.arange(200, 200 + k),
            community=np.array([n % communities for n in range(k)], dtype=np.int32),
            type=tuple(types),
            walled=np.zeros(k, dtype=np.bool_),
            area_m2=np.full(k, 1000.0),
            year=np.full(k, 2000, dtype=np.int16),
        ),
        buildings=Buildings(
            key=tuple(f"B{n}" for n in range(b)),
            place=np.arange(1000, 1000 + b),
            xy=homes,
            community=np.array(community, dtype=np.int32),
            compound=inside,
            grid_cell=np.full(b, -1, dtype=np.int32),
            residential=np.ones(b, dtype=np.bool_),
            dwellings=np.full(b, 10, dtype=np.int32),
            households=np.full(b, 10, dtype=np.int32),
            floor_area_m2=np.full(b, 1000.0),
            year=np.full(b, 2000, dtype=np.int16),
            people=np.array(people, dtype=np.int64).reshape(b, 7),
            people_source=np.full(b, source, dtype=np.int8),
            anchors=snap(walks, homes, inside),
        ),
        facilities=Facilities(
            key=tuple(f"F{n}" for n in range(f)),
            name=("",) * f,
            place=np.arange(5000, 5000 + f),
            xy=spots,
            kind=np.array([x[2] for x in facilities], dtype=np.int16),
            community=np.array(at, dtype=np.int32),
            compound=f_inside,
            capacity=np.array(capacity if capacity is not None else [np.nan] * f, dtype=np.float64),
            area_m2=np.array(area_m2 if area_m2 is not None else [np.nan] * f, dtype=np.float64),
            open_to_all=np.array(open_to_all if open_to_all is not None else [True] * f, dtype=np.bool_),
            anchors=snap(walks, spots, f_inside),
        ),
        premises=Premises(
            key=(),
            place=np.empty(0, dtype=np.int64),
            xy=np.empty((0, 2)),
            community=np.empty(0, dtype=np.int32),
            idle=np.empty(0, dtype=np.bool_),
            area_m2=np.empty(0),
        ),
        network=walks,
        facility_kinds=KINDS,
        complete_kinds=frozenset(complete),
        bands_known=bands_known,
        outlines=Outlines(communities=Shapes.of(_side_by_side(communities))),
    )


def _side_by_side(communities: int) -> np.ndarray:
    """Areas of 200 m beside one another, the outer ones open to their side."""
    edges = [-10_000.0, *(200.0 * n for n in range(1, communities)), 10_000.0]
    return shapely.box(np.array(edges[:-1]), -10_000.0, np.array(edges[1:]), 10_000.0)
