"""Behind one figure: the facilities and buildings that were counted, the reports it rests on, the figures applied."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from linli.compute.network import INFINITY_CM
from linli.domain.checkup import models
from linli.domain.checkup.queries.answers import (
    AnswersInForce,
    EvidenceValue,
    answers_in_force,
    evidence,
)
from linli.domain.checkup.queries.results import NotInRound, ResultValue, ShortfallValue, results, shortfalls_of
from linli.domain.checkup.queries.rounds import RoundValue, kept_pack, require_community, round_by_id, visible
from linli.domain.checkup.rules import Answer
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.places.rules.situation import PeopleSource, Situation
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Indicator, Source, Threshold

NEARBY_M = 1500.0
"""Facilities this near to one of the community's homes, in a straight line, are listed with a measure of walks."""


@dataclass(frozen=True, slots=True)
class FacilityRecord:
    place: int
    key: str
    name: str
    kind: str
    is_inside: bool
    """In the community, not only near it."""
    open_to_all: bool
    capacity: float | None
    area_m2: float | None


@dataclass(frozen=True, slots=True)
class BuildingRecord:
    """``distance_cm`` is the walk that the measure is about, None where there is none; ``people`` of its age group."""

    place: int
    key: str
    people: int
    people_source: PeopleSource
    distance_cm: int | None
    is_covered: bool | None
    """Within the limit of a walk coverage; None for other measures."""


@dataclass(frozen=True, slots=True)
class FindingDetail:
    """Everything that stands behind one figure."""

    round: RoundValue
    indicator: Indicator
    result: ResultValue
    thresholds: tuple[Threshold, ...]
    """All figures in the pack for the indicator; ``result.thresholds`` names those that decided."""
    sources: tuple[Source, ...]
    facilities: tuple[FacilityRecord, ...]
    buildings: tuple[BuildingRecord, ...]
    """Farthest first."""
    answers: tuple[tuple[str, Answer], ...]
    evidence: tuple[EvidenceValue, ...]
    shortfall: ShortfallValue | None


@dataclass(frozen=True, slots=True)
class BuildingDistances:
    """Walks from inhabited buildings to the nearest facility of a kind."""

    kind: str
    building: NDArray[np.int64]
    """(n,) permanent ids."""
    distance_cm: NDArray[np.int32]
    """(n,); ``INFINITY_CM`` where none can be reached."""


def building_distances(scope: Scope, round: int, kind: str, *, community: int | None = None) -> BuildingDistances:
    """Walks of the buildings that the scope may see, of one community if it is named.

    Raises
    ------
    NoSuchRound, NotInRound
    """
    of = round_by_id(scope, round)
    row = models.WalksToKind.objects.filter(
        kind=kind, walks__edition_fingerprint=of.edition_fingerprint, walks__method=of.method
    ).select_related("walks")
    found = row.first()
    if found is None:
        raise NotInRound(kind)
    seen = visible(scope, of) if community is None else visible(scope, of) & {community}
    building = np.frombuffer(bytes(found.walks.buildings), dtype="<i8")
    communities = np.frombuffer(bytes(found.walks.communities), dtype="<i8")
    distance = np.frombuffer(zlib.decompress(bytes(found.distance_cm)), dtype="<i4")
    shown = np.isin(communities, sorted(seen))
    return BuildingDistances(kind, building[shown].astype(np.int64), distance[shown].astype(np.int32))


def finding(scope: Scope, round: int, community: int, indicator: str, *, cache: Path | None = None) -> FindingDetail:
    """One figure with its records and its method.

    Raises
    ------
    NoSuchRound, NotPermitted, NotInRound
    """
    of = round_by_id(scope, round)
    require_community(scope, of, community)
    require(scope, Permission.VIEW_PLACES, community)
    pack = kept_pack(round)
    asked = next((i for i in pack.indicators if i.key == indicator), None)
    found = results(of, pack, [community], indicator)
    if asked is None or not found:
        raise NotInRound(indicator)
    facilities: tuple[FacilityRecord, ...] = ()
    buildings: tuple[BuildingRecord, ...] = ()
    if asked.measure.facility_kinds or not asked.measure.questions:
        kinds = tuple(kind.key for kind in standards.facility_kinds())
        situation = places.situation(scope, of.edition, facility_kinds=kinds, area=community, cache=cache)
        at = int(np.flatnonzero(situation.areas.place == community)[0])
        facilities = _facilities(situation, asked, at)
        buildings = _buildings(situation, asked, at, of, community, scope)
    said = answers_in_force([community], day=of.day, at=of.answers_at)
    cited = dict.fromkeys([*asked.source, *(t.source for t in asked.thresholds)])
    return FindingDetail(
        round=of,
        indicator=asked,
        result=found[0],
        thresholds=asked.thresholds,
        sources=tuple(pack.sources[key] for key in cited if key in pack.sources),
        facilities=facilities,
        buildings=buildings,
        answers=_answers(said, community, asked),
        evidence=_evidence(scope, of, community, asked),
        shortfall=next(iter(shortfalls_of(round, [community], indicator)), None),
    )


def _evidence(scope: Scope, of: RoundValue, community: int, asked: Indicator) -> tuple[EvidenceValue, ...]:
    """What was there when the round was run; later photos prove nothing of it."""
    found = (e for q in asked.measure.questions for e in evidence(scope, community, question=q))
    return tuple(e for e in found if e.day <= of.day and e.at <= of.answers_at)


def _answers(said: AnswersInForce, community: int, asked: Indicator) -> tuple[tuple[str, Answer], ...]:
    known = ((question, said.answers.get((community, question))) for question in asked.measure.questions)
    return tuple((question, answer) for question, answer in known if answer is not None)


def _facilities(situation: Situation, asked: Indicator, at: int) -> tuple[FacilityRecord, ...]:
    """Facilities of the kinds that the measure reads: in the community, and for walks also near it."""
    facilities, buildings = situation.facilities, situation.buildings
    kinds = [n for n, kind in enumerate(situation.facility_kinds) if kind in asked.measure.facility_kinds]
    inside = facilities.community == at
    wanted = np.isin(facilities.kind, kinds)
    picked = wanted & inside
    homes = buildings.xy[(buildings.community == at) & buildings.residential]
    if asked.measure.walks and len(homes):
        low, high = homes.min(axis=0) - NEARBY_M, homes.max(axis=0) + NEARBY_M
        picked |= wanted & ((facilities.xy >= low) & (facilities.xy <= high)).all(axis=1)
    return tuple(
        FacilityRecord(
            place=int(facilities.place[f]),
            key=facilities.key[f],
            name=facilities.name[f],
            kind=situation.facility_kinds[facilities.kind[f]],
            is_inside=bool(inside[f]),
            open_to_all=bool(facilities.open_to_all[f]),
            capacity=_known(facilities.capacity[f]),
            area_m2=_known(facilities.area_m2[f]),
        )
        for f in np.flatnonzero(picked).tolist()
    )


def _known(number: np.float64) -> float | None:
    return None if np.isnan(number) else float(number)


def _buildings(
    situation: Situation, asked: Indicator, at: int, of: RoundValue, community: int, scope: Scope
) -> tuple[BuildingRecord, ...]:
    buildings, measure = situation.buildings, asked.measure
    group = cast(str, measure.parameters.get("age_group", "all"))
    people = situation.residents(group)
    rows = np.flatnonzero((buildings.community == at) & (buildings.residential | (buildings.people.sum(axis=1) > 0)))
    walk = _walks(scope, of, asked, community)
    limit = measure.limit_cm
    records = [
        BuildingRecord(
            place=int(buildings.place[b]),
            key=buildings.key[b],
            people=0 if people is None else int(people[b]),
            people_source=PeopleSource(int(buildings.people_source[b])),
            distance_cm=cm if cm is not None and cm < INFINITY_CM else None,
            is_covered=None if limit is None or cm is None else cm <= limit,
        )
        for b in rows.tolist()
        for cm in [walk.get(int(buildings.place[b]))]
    ]
    return tuple(sorted(records, key=lambda r: (r.distance_cm is not None, -(r.distance_cm or 0), r.key)))


def _walks(scope: Scope, of: RoundValue, asked: Indicator, community: int) -> dict[int, int]:
    """Building → centimeters of the walk that the measure is about: the farthest of its sets."""
    farthest: NDArray[np.int32] | None = None
    building: list[int] = []
    for kinds in asked.measure.walks:
        to_each = [building_distances(scope, of.id, kind, community=community) for kind in kinds]
        nearest = np.minimum.reduce([each.distance_cm for each in to_each])
        farthest = nearest if farthest is None else np.maximum(farthest, nearest)
        building = to_each[0].building.tolist()
    return {} if farthest is None else dict(zip(building, farthest.tolist(), strict=True))
