"""A check-up after an edit: what the edit cannot have changed is taken from the check-up before."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from linli.domain.checkup.measures.measuring import Measurement, measure
from linli.domain.checkup.measures.reach import Reach
from linli.domain.checkup.measures.rewalking import Differences
from linli.domain.checkup.measures.shortfalls import shortfalls
from linli.domain.checkup.measures.whole import CheckupResult
from linli.domain.checkup.rules import (
    Answers,
    Figures,
    Finding,
    Grader,
    Shortfall,
    State,
    Verdict,
    figures_in_force,
    judge,
    with_requirements,
)
from linli.domain.places.rules.situation import Situation
from linli.domain.standards.rules import Pack

_FIGURES = ("number", "numerator", "denominator", "missing", "lower_bound", "estimated")
_LACKING = frozenset({State.BELOW_MINIMUM, State.BELOW_TARGET})


_IDLE = "idle_area_m2"


@dataclass(frozen=True, slots=True)
class Quantities:
    """What else than walks an edit may have changed."""

    communities: NDArray[np.int64]
    """Where it did."""
    kinds: frozenset[str]
    """Kinds of the facilities that came, went, moved, or count otherwise."""
    premises: bool
    homes: bool
    """Homes or people: then any figure may be another."""


@dataclass(frozen=True, slots=True)
class _Changes:
    """What is other than before, by community."""

    findings: dict[int, list[Finding]]
    verdicts: dict[int, Verdict]


class Recheck:
    """The check-up of a situation, ready to be made again for situations that differ from it a little.

    Communities, compounds and answers have to be the same; buildings that both have stand in the same rows, and new
    ones come after them.
    """

    def __init__(self, before: CheckupResult, pack: Pack, answers: Answers) -> None:
        self.before, self.pack, self.answers = before, pack, answers
        self.communities = len(before.types)
        self._asked = before.measurement.asked
        counts = self._asked.sum(axis=0)
        self._first = np.concatenate([[0], np.cumsum(counts)]).tolist()
        self._figures: dict[frozenset[str], list[Figures]] = {}
        self._graders: dict[frozenset[str], Grader] = {}
        self._answers: dict[int, dict[str, object]] = {}
        for (community, question), answer in answers.items():
            self._answers.setdefault(community, {})[question] = answer
        kinds = {kind for i in pack.indicators for kinds in i.measure.walks for kind in kinds}
        self._kinds = kinds
        self._shortfalls = {(s.community, s.indicator): s for s in before.shortfalls}
        for types in set(before.types):
            self._figures_for(types)

    def result(self, now: Situation, reach: Reach, touched: Quantities, walked: Differences) -> CheckupResult:
        """``check_up`` of ``now``.

        Parameters
        ----------
        reach : of ``now``
        touched : what else than walks may have changed
        walked : the walks that have changed
        """
        asked = np.union1d(touched.communities, self._walked_otherwise(now, reach, walked)).astype(np.int64)
        if asked.size == 0:
            return replace(self.before, reach=reach)
        some = _reach_of(reach, asked)
        measurement = self._measured(now, some, asked, self._concerned(now, touched, walked))
        changes = self._judged(measurement, asked)
        findings = self._findings(changes)
        verdicts = self.before.verdicts
        if changes.verdicts:
            verdicts = tuple(changes.verdicts.get(v.community, v) for v in verdicts)
        lacking = self._lacking(now, some, findings, asked)
        return CheckupResult(self.before.day, reach, measurement, self.before.types, findings, verdicts, lacking)

    def _walked_otherwise(self, now: Situation, reach: Reach, walked: Differences) -> NDArray[np.int64]:
        """Communities with a home whose walk to a kind that the pack asks for is another; and those of new homes."""
        asked = np.array([kind in self._kinds for kind in now.facility_kinds], dtype=np.bool_)
        known = self.before.reach.rows.size
        other = walked.row[asked[walked.kind]]
        return np.unique(np.concatenate([reach.community[other], reach.community[known:]]))

    def _concerned(self, now: Situation, touched: Quantities, walked: Differences) -> list[int]:
        """Indicators that may have changed."""
        if touched.homes:
            return list(range(len(self.pack.indicators)))
        other = np.bincount(walked.kind, minlength=len(now.facility_kinds)) > 0
        kinds = {kind for kind, differs in zip(now.facility_kinds, other.tolist(), strict=True) if differs}
        return [
            number
            for number, indicator in enumerate(self.pack.indicators)
            if not kinds.isdisjoint(kind for one in indicator.measure.walks for kind in one)
            or not touched.kinds.isdisjoint(indicator.measure.facility_kinds)
            or (touched.premises and any(_IDLE in quantity.of for quantity in indicator.measure.quantities))
        ]

    def _measured(self, now: Situation, reach: Reach, asked: NDArray[np.int64], concerned: list[int]) -> Measurement:
        """Measured anew in the communities asked for."""
        before = self.before.measurement
        number = np.full(self.communities + 1, -1, dtype=np.int32)
        number[asked] = np.arange(asked.size, dtype=np.int32)
        answers = {
            (int(number[community]), question): answer
            for community in asked.tolist()
            for question, answer in self._answers.get(community, {}).items()
        }
        small, rows = _small(now, number, asked)
        at_small = np.full(now.buildings.community.size, -1, dtype=np.int64)
        at_small[rows] = np.arange(rows.size)
        there = Reach(
            reach.hierarchy, at_small[reach.rows], number[reach.community].astype(np.int64), reach.distance_cm
        )
        some = replace(self.pack, indicators=tuple(self.pack.indicators[i] for i in concerned))
        found = measure(small, there, some, answers)  # type: ignore[arg-type]
        arrays = {}
        for name in _FIGURES:
            array = getattr(before, name).copy()
            array[np.ix_(np.array(concerned, dtype=np.int64), asked)] = getattr(found, name)
            arrays[name] = array
        return replace(before, **arrays)

    def _judged(self, measurement: Measurement, asked: NDArray[np.int64]) -> _Changes:
        before = self.before.measurement
        differs = np.zeros((len(self.pack.indicators), asked.size), dtype=np.bool_)
        for name in _FIGURES:
            one, other = getattr(before, name)[:, asked], getattr(measurement, name)[:, asked]
            differs |= (one != other) & ~((one != one) & (other != other))
        differs &= self._asked[:, asked]
        changes = _Changes({}, {})
        for column in np.flatnonzero(differs.any(axis=0)).tolist():
            self._judge(measurement, int(asked[column]), np.flatnonzero(differs[:, column]), changes)
        return changes

    def _judge(
        self, measurement: Measurement, community: int, indicators: NDArray[np.int64], changes: _Changes
    ) -> None:
        """One community: its findings, and its verdict if one of them reaches another bar than before."""
        types = self.before.types[community]
        figures = self._figures_for(types)
        found = list(self.before.findings[self._first[community] : self._first[community + 1]])
        place = np.cumsum(self._asked[:, community]) - 1
        graded_otherwise = False
        for indicator in indicators.tolist():
            at = int(place[indicator])
            old = found[at]
            new = judge(figures[indicator], measurement.value(indicator, community), community=community)
            graded_otherwise |= (new.at_minimum, new.at_target) != (old.at_minimum, old.at_target)
            # Whether it is required depends on the verdict alone.
            found[at] = replace(new, required=old.required)
        if graded_otherwise and self.pack.grades:
            verdict = self._graders[types].verdict(found, community=community)
            found = with_requirements(found, self.pack, verdict, types)
            changes.verdicts[community] = verdict
        changes.findings[community] = found

    def _figures_for(self, types: frozenset[str]) -> list[Figures]:
        if types not in self._figures:
            self._figures[types] = [figures_in_force(i, types, self.before.day) for i in self.pack.indicators]
            self._graders[types] = Grader(self.pack, types)
        return self._figures[types]

    def _findings(self, changes: _Changes) -> tuple[Finding, ...]:
        if not changes.findings:
            return self.before.findings
        parts: list[Finding] = []
        last = 0
        for community in sorted(changes.findings):
            parts += self.before.findings[last : self._first[community]]
            parts += changes.findings[community]
            last = self._first[community + 1]
        parts += self.before.findings[last:]
        return tuple(parts)

    def _lacking(
        self, now: Situation, reach: Reach, findings: Sequence[Finding], asked: NDArray[np.int64]
    ) -> tuple[Shortfall, ...]:
        """Shortfalls of the communities asked for anew, all in the order in which the whole check-up lists them."""
        here = [f for c in asked.tolist() for f in findings[self._first[c] : self._first[c + 1]] if f.state in _LACKING]
        if not here and not self._shortfalls:
            return ()
        listed = dict(self._shortfalls)
        listed |= {(s.community, s.indicator): s for s in shortfalls(now, reach, self.pack, here)}
        by_indicator: dict[str, list[Shortfall]] = {}
        for finding in findings:
            if finding.state in _LACKING:
                by_indicator.setdefault(finding.indicator, []).append(listed[finding.community, finding.indicator])
        return tuple(s for group in by_indicator.values() for s in group)


def _reach_of(reach: Reach, communities: NDArray[np.int64]) -> Reach:
    """The homes of some communities."""
    rows = np.flatnonzero(np.isin(reach.community, communities))
    return Reach(reach.hierarchy, reach.rows[rows], reach.community[rows], reach.distance_cm[rows])


def _small(
    now: Situation, number: NDArray[np.int32], communities: NDArray[np.int64]
) -> tuple[Situation, NDArray[np.int64]]:
    """All that is measured in some communities, numbered anew, and the rows of its buildings.

    Other compounds and premises remain, in no community: that there are some can matter.
    """
    areas, buildings, facilities = now.areas, now.buildings, now.facilities
    homes = np.flatnonzero(number[buildings.community] >= 0)
    places = np.flatnonzero(number[facilities.community] >= 0)
    picked = communities.tolist()
    small = replace(
        now,
        areas=replace(
            areas,
            place=areas.place[communities],
            code=tuple(areas.code[c] for c in picked),
            name=tuple(areas.name[c] for c in picked),
            kind=tuple(areas.kind[c] for c in picked),
            area_m2=areas.area_m2[communities],
            subdistrict=areas.subdistrict[communities],
        ),
        compounds=replace(now.compounds, community=number[now.compounds.community]),
        buildings=_taken(buildings, homes, number[buildings.community[homes]]),
        facilities=_taken(facilities, places, number[facilities.community[places]]),
        premises=replace(now.premises, community=number[now.premises.community]),
    )
    return small, homes


def _taken(records, rows, community):  # type: ignore[no-untyped-def]
    """Some rows of buildings or facilities."""
    columns = {}
    for field in fields(records):
        value = getattr(records, field.name)
        if field.name == "community":
            columns[field.name] = community
        elif isinstance(value, tuple):
            columns[field.name] = tuple(value[row] for row in rows.tolist()) if value else value
        elif isinstance(value, np.ndarray):
            columns[field.name] = value[rows]
        else:
            columns[field.name] = value.take(rows)
    return replace(records, **columns)
