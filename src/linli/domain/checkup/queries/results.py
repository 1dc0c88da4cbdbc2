"""What a round found: of one community, of one indicator, of the whole district."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count

from linli.domain.checkup import models
from linli.domain.checkup.queries.rounds import RoundValue, kept_pack, require_community, round_by_id, value, visible
from linli.domain.checkup.rules import (
    GradeReason,
    Reason,
    State,
    Value,
    Verdict,
    requirements,
)
from linli.domain.people.rules import Scope
from linli.domain.standards.rules import UNITS, Indicator, MeasureKind, Pack, Scene


@dataclass(frozen=True, slots=True)
class ResultValue:
    """One indicator in one community."""

    community: int
    indicator: str
    value: Value
    state: State
    reason: Reason | None
    at_minimum: bool | None
    at_target: bool | None
    required: bool | None
    """By the grade next above; None where the text leaves it unset."""
    marked: bool
    thresholds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShortfallValue:
    """What a community lacks and for whom. ``buildings`` are (place, centimeters), farthest first."""

    community: int
    indicator: str
    people: tuple[int, ...]
    """By ``layers.AGE_BANDS``; zeros where ages are not known."""
    people_total: int
    buildings: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CommunityValue:
    """A community as it was in the round, with its grade and how many indicators stand where."""

    place: int
    code: str
    name: str
    subdistrict: int | None
    people: tuple[int, ...]
    people_total: int
    people_estimated: bool
    types: tuple[str, ...]
    grade: str | None
    """"" where none is reached, None where it cannot be told or the pack has no grades."""
    next_grade: str
    counts: Mapping[State, int]

    @property
    def share_met(self) -> float | None:
        """Indicators met of those that could be assessed; None where none could."""
        decided = sum(count for state, count in self.counts.items() if state is not State.NOT_ASSESSABLE)
        return self.counts.get(State.MET, 0) / decided if decided else None


@dataclass(frozen=True, slots=True)
class SceneCard:
    scene: Scene
    required: bool | None
    """By the next grade (or the highest, once reached); None where the text leaves it unset."""
    results: tuple[ResultValue, ...]
    counts: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """One older or newer round of the same pack."""

    round: int
    day: date
    grade: str | None
    counts: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class CommunityCard:
    round: RoundValue
    community: CommunityValue
    verdict: Verdict
    """Reasons: of the grade reached, then what the next one needs."""
    scenes: tuple[SceneCard, ...]
    shortfalls: tuple[ShortfallValue, ...]
    """Most people first."""
    history: tuple[HistoryPoint, ...]
    """Oldest first, this round included."""


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    community: CommunityValue
    result: ResultValue
    people_affected: int


@dataclass(frozen=True, slots=True)
class IndicatorTable:
    round: RoundValue
    indicator: Indicator
    rows: tuple[IndicatorRow, ...]
    """Worst first: below minimum, below target, not assessable, met; within each the worse figure first."""
    counts: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class IndicatorShortfall:
    """One indicator over the district."""

    indicator: str
    communities: int
    people: tuple[int, ...]
    people_total: int


@dataclass(frozen=True, slots=True)
class SubdistrictRank:
    """``share_met`` is indicators met of those assessed over its communities; None where nothing could be assessed."""

    place: int | None
    communities: int
    people_total: int
    grades: Mapping[str | None, int]
    counts: Mapping[State, int]
    share_met: float | None
    rank: int | None
    previous_rank: int | None
    gained: tuple[tuple[int, str], ...]
    """(community, indicator) met now and not in the round before."""
    lost: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class DistrictSummary:
    round: RoundValue
    previous: RoundValue | None
    """The round of the same pack before this one."""
    communities: tuple[CommunityValue, ...]
    grades: Mapping[str | None, int]
    counts: Mapping[State, int]
    shortfalls: tuple[IndicatorShortfall, ...]
    """Most people first; the first three are the district's worst."""
    subdistricts: tuple[SubdistrictRank, ...]
    """Best first; those that cannot be ranked last."""


class NotInRound(Exception):
    """The round has no such community or indicator."""


# --- Pages ----------------------------------------------------------------------------------------------------------


def community_card(scope: Scope, round: int, community: int) -> CommunityCard:
    """The scorecard of one community.

    Raises
    ------
    NoSuchRound, NotPermitted, NotInRound
    """
    of = round_by_id(scope, round)
    require_community(scope, of, community)
    row = models.GradeResult.objects.filter(round_id=round, community_id=community).first()
    if row is None:
        raise NotInRound(community)
    pack = kept_pack(round)
    found = results(of, pack, [community])
    verdict = _verdict(row)
    return CommunityCard(
        round=of,
        community=_community(row, Counter(r.state for r in found)),
        verdict=verdict,
        scenes=_scenes(pack, verdict, frozenset(row.types), found),
        shortfalls=tuple(sorted(shortfalls_of(round, [community]), key=lambda s: (-s.people_total, s.indicator))),
        history=_history(of, community),
    )


def indicator_table(scope: Scope, round: int, indicator: str) -> IndicatorTable:
    """One indicator in all communities that the scope may see, worst first.

    Raises
    ------
    NoSuchRound, NotInRound
    """
    of = round_by_id(scope, round)
    pack = kept_pack(round)
    asked = next((i for i in pack.indicators if i.key == indicator), None)
    if asked is None:
        raise NotInRound(indicator)
    seen = visible(scope, of)
    communities = {c.place: c for c in _communities(of, seen)}
    affected = {s.community: s.people_total for s in shortfalls_of(round, seen, indicator)}
    found = results(of, pack, seen, indicator)
    rows = [IndicatorRow(communities[r.community], r, affected.get(r.community, 0)) for r in found]
    lower_is_better = asked.measure.kind is MeasureKind.DISTANCE
    rows.sort(key=lambda row: _badness(row, lower_is_better))
    return IndicatorTable(of, asked, tuple(rows), Counter(r.state for r in found))


def district_summary(scope: Scope, round: int) -> DistrictSummary:
    """The district at a glance, as far as the scope sees it.

    Raises
    ------
    NoSuchRound
    """
    of = round_by_id(scope, round)
    seen = visible(scope, of)
    communities = _communities(of, seen)
    before = _previous(of)
    return DistrictSummary(
        round=of,
        previous=before,
        communities=communities,
        grades=Counter(c.grade for c in communities),
        counts=_added(c.counts for c in communities),
        shortfalls=_by_indicator(of, seen),
        subdistricts=_ranking(of, before, communities, seen),
    )


def findings(scope: Scope, round: int) -> tuple[ResultValue, ...]:
    """Every result of a round that the scope may see, by community and in the pack's order; for exports and maps."""
    of = round_by_id(scope, round)
    return results(of, kept_pack(round), visible(scope, of))


def communities(scope: Scope, round: int) -> tuple[CommunityValue, ...]:
    """Every community of a round that the scope may see, by code."""
    of = round_by_id(scope, round)
    return _communities(of, visible(scope, of))


def shortfalls(scope: Scope, round: int) -> tuple[ShortfallValue, ...]:
    """Every shortfall of a round that the scope may see, most people first."""
    of = round_by_id(scope, round)
    return tuple(sorted(shortfalls_of(round, visible(scope, of)), key=lambda s: (-s.people_total, s.indicator)))


# --- Rows to values -------------------------------------------------------------------------------------------------


def results(round: RoundValue, pack: Pack, communities: Iterable[int], indicator: str = "") -> tuple[ResultValue, ...]:
    """Results of some communities, for the queries of this room."""
    rows = models.Result.objects.filter(round_id=round.id, community_id__in=sorted(communities))
    if indicator:
        rows = rows.filter(indicator=indicator)
    place = {i.key: n for n, i in enumerate(pack.indicators)}
    kinds = {i.key: i.measure.kind for i in pack.indicators}
    values = [_result(row, kinds) for row in rows.values_list(*_RESULT_FIELDS)]
    return tuple(sorted(values, key=lambda r: (r.community, place.get(r.indicator, -1))))


_RESULT_FIELDS = (
    *("community_id", "indicator", "value", "numerator", "denominator", "unit", "state", "reason"),
    *("at_minimum", "at_target", "required", "marked", "estimated", "lower_bound", "thresholds"),
)
_STATE = {state.value: state for state in State}
_REASON = {reason.value: reason for reason in Reason}


def _result(row: tuple[Any, ...], kinds: Mapping[str, MeasureKind]) -> ResultValue:
    community, indicator, number, numerator, denominator, unit, state, said = row[:8]
    at_minimum, at_target, required, marked, estimated, lower_bound, thresholds = row[8:]
    reason = _REASON[said] if said else None
    return ResultValue(
        community=community,
        indicator=indicator,
        value=Value(
            number=number,
            numerator=numerator,
            denominator=denominator,
            unit=unit,
            estimated=estimated,
            lower_bound=lower_bound,
            missing=reason if number is None else None,
            scale=UNITS[unit].factor if unit in UNITS else 1,
            lower_is_better=kinds.get(indicator) is MeasureKind.DISTANCE,
        ),
        state=_STATE[state],
        reason=reason,
        at_minimum=at_minimum,
        at_target=at_target,
        required=required,
        marked=marked,
        thresholds=tuple(thresholds),
    )


def _verdict(row: models.GradeResult) -> Verdict:
    reasons = tuple(GradeReason(**reason) for reason in row.reasons)
    return Verdict(row.community_id, row.grade, row.next_grade, reasons)


def _community(row: models.GradeResult, counts: Mapping[State, int]) -> CommunityValue:
    return CommunityValue(
        place=row.community_id,
        code=row.code,
        name=row.name,
        subdistrict=row.subdistrict_id,
        people=tuple(row.people),
        people_total=sum(row.people),
        people_estimated=row.people_estimated,
        types=tuple(row.types),
        grade=row.grade,
        next_grade=row.next_grade,
        counts=counts,
    )


def _communities(round: RoundValue, seen: Iterable[int]) -> tuple[CommunityValue, ...]:
    found = models.Result.objects.filter(round_id=round.id, community_id__in=sorted(seen))
    counts: dict[int, Counter[State]] = {}
    for community, state, count in found.values_list("community_id", "state").annotate(Count("pk")).order_by():
        counts.setdefault(community, Counter())[State(state)] = count
    rows = models.GradeResult.objects.filter(round_id=round.id, community_id__in=sorted(seen))
    rows = rows.defer("reasons").order_by("code")
    return tuple(_community(row, counts.get(row.community_id, Counter())) for row in rows)


def shortfalls_of(round: int, communities: Iterable[int], indicator: str = "") -> list[ShortfallValue]:
    rows = models.Shortfall.objects.filter(round_id=round, community_id__in=sorted(communities))
    if indicator:
        rows = rows.filter(indicator=indicator)
    return [
        ShortfallValue(
            row.community_id,
            row.indicator,
            tuple(row.people),
            row.people_total,
            tuple((place, cm) for place, cm in row.buildings),
        )
        for row in rows
    ]


# --- Parts of pages -------------------------------------------------------------------------------------------------


def _scenes(pack: Pack, verdict: Verdict, types: frozenset[str], found: Iterable[ResultValue]) -> tuple[SceneCard, ...]:
    asked = requirements(pack, verdict.next_grade or verdict.grade or "", types)
    scene_of = {i.key: i.scene for i in pack.indicators}
    by_scene: dict[str, list[ResultValue]] = {}
    for result in found:
        by_scene.setdefault(scene_of[result.indicator], []).append(result)
    return tuple(
        SceneCard(scene, asked.get(scene.key), tuple(mine), Counter(r.state for r in mine))
        for scene in pack.scenes
        if (mine := by_scene.get(scene.key))
    )


def _history(round: RoundValue, community: int) -> tuple[HistoryPoint, ...]:
    rows = (
        models.GradeResult.objects.filter(
            round__district_id=round.district, round__pack_key=round.pack_key, community_id=community
        )
        .select_related("round")
        .order_by("round__day", "round_id")
    )
    points = list(rows)
    counts: dict[int, Counter[State]] = {row.round_id: Counter() for row in points}
    states = models.Result.objects.filter(round_id__in=list(counts), community_id=community)
    for of, state in states.values_list("round_id", "state"):
        counts[of][State(state)] += 1
    return tuple(HistoryPoint(row.round_id, row.round.day, row.grade, counts[row.round_id]) for row in points)


_ORDER = (State.BELOW_MINIMUM, State.BELOW_TARGET, State.NOT_ASSESSABLE, State.MET)


def _badness(row: IndicatorRow, lower_is_better: bool) -> tuple[int, float, str]:
    number = row.result.value.number
    figure = float("inf") if number is None else -number if lower_is_better else number
    return _ORDER.index(row.result.state), figure, row.community.code


def _previous(round: RoundValue) -> RoundValue | None:
    older = models.Round.objects.filter(
        district_id=round.district, pack_key=round.pack_key, pk__lt=round.id, recomputes=None
    )
    if round.recomputes is not None:
        older = older.exclude(pk=round.recomputes)
    row = older.select_related("pack").order_by("-id").first()
    return value(row) if row else None


def _added(counts: Iterable[Mapping[State, int]]) -> Counter[State]:
    total: Counter[State] = Counter()
    for each in counts:
        total.update(each)
    return total


def _by_indicator(round: RoundValue, seen: Iterable[int]) -> tuple[IndicatorShortfall, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_LACKING, [round.id, sorted(seen)])
        return tuple(
            IndicatorShortfall(indicator, communities, tuple(map(int, people)), int(total))
            for indicator, communities, total, *people in cursor.fetchall()
        )


_LACKING = f"""
SELECT indicator, count(*), sum(people_total), {", ".join(f"sum(people[{band}])" for band in range(1, 8))}
FROM checkup_shortfall WHERE round_id = %s AND community_id = ANY(%s)
GROUP BY indicator ORDER BY sum(people_total) DESC, count(*) DESC, indicator
"""  # noqa: S608  made of seven whole numbers


def _ranking(
    round: RoundValue, before: RoundValue | None, communities: tuple[CommunityValue, ...], seen: frozenset[int]
) -> tuple[SubdistrictRank, ...]:
    """Subdistricts by the share of indicators met; equal shares hold equal ranks."""
    rank = _ranks(_shares(communities))
    old_rank = _ranks(_shares(_communities(before, seen))) if before else {}
    moved = _moved(round, before, seen) if before else []
    found = [
        _subdistrict(place, [c for c in communities if c.subdistrict == place], moved, rank, old_rank)
        for place in dict.fromkeys(c.subdistrict for c in communities)
    ]
    return tuple(sorted(found, key=lambda r: (r.rank is None, r.rank or 0, r.place or 0)))


def _subdistrict(
    place: int | None,
    mine: list[CommunityValue],
    moved: list[tuple[int, str, bool]],
    rank: Mapping[int | None, int],
    old_rank: Mapping[int | None, int],
) -> SubdistrictRank:
    inside = {c.place for c in mine}
    return SubdistrictRank(
        place=place,
        communities=len(mine),
        people_total=sum(c.people_total for c in mine),
        grades=Counter(c.grade for c in mine),
        counts=_added(c.counts for c in mine),
        share_met=_shares(mine).get(place),
        rank=rank.get(place),
        previous_rank=old_rank.get(place),
        gained=tuple((c, i) for c, i, is_met in moved if is_met and c in inside),
        lost=tuple((c, i) for c, i, is_met in moved if not is_met and c in inside),
    )


def _moved(round: RoundValue, before: RoundValue, seen: frozenset[int]) -> list[tuple[int, str, bool]]:
    """(community, indicator, whether met now) where that is not as it was."""
    with connection.cursor() as cursor:
        met = State.MET.value
        cursor.execute(_MOVED, [met, before.id, round.id, sorted(seen), met, met])
        return cursor.fetchall()


_MOVED = """
SELECT community_id, indicator, now.state = %s FROM checkup_result now
JOIN checkup_result old USING (community_id, indicator)
WHERE old.round_id = %s AND now.round_id = %s AND community_id = ANY(%s)
    AND (now.state = %s) IS DISTINCT FROM (old.state = %s)
ORDER BY community_id, indicator
"""


def _shares(communities: Iterable[CommunityValue]) -> dict[int | None, float]:
    met: Counter[int | None] = Counter()
    decided: Counter[int | None] = Counter()
    for community in communities:
        unknown = community.counts.get(State.NOT_ASSESSABLE, 0)
        decided[community.subdistrict] += sum(community.counts.values()) - unknown
        met[community.subdistrict] += community.counts.get(State.MET, 0)
    return {place: met[place] / count for place, count in decided.items() if count}


def _ranks(shares: Mapping[int | None, float]) -> dict[int | None, int]:
    return {place: 1 + sum(other > share for other in shares.values()) for place, share in shares.items()}
