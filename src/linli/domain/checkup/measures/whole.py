"""The whole check-up of a district, without a database: measure, judge, grade, list what is lacking."""

from dataclasses import dataclass
from datetime import date

from linli.domain.checkup.measures.measuring import Measurement, measure
from linli.domain.checkup.measures.reach import Reach, prepare
from linli.domain.checkup.measures.shortfalls import shortfalls
from linli.domain.checkup.rules import (
    Answers,
    Figures,
    Finding,
    Grader,
    Shortfall,
    Verdict,
    figures_in_force,
    judge,
    with_requirements,
)
from linli.domain.places.rules.situation import Situation
from linli.domain.standards.rules import Pack


@dataclass(frozen=True, slots=True)
class CheckupResult:
    """What a check-up of one district by one pack on one day found."""

    day: date
    reach: Reach
    measurement: Measurement
    types: tuple[frozenset[str], ...]
    """The pack's types present in each community."""
    findings: tuple[Finding, ...]
    """By community, then in the pack's order of indicators."""
    verdicts: tuple[Verdict, ...]
    """One for each community; empty where the pack knows no grades."""
    shortfalls: tuple[Shortfall, ...]


def check_up(
    situation: Situation, pack: Pack, answers: Answers, day: date, *, reach: Reach | None = None
) -> CheckupResult:
    """Check a district up; the same for a database, for a package's files and for a scenario."""
    reach = prepare(situation) if reach is None else reach
    measurement = measure(situation, reach, pack, answers)
    values = [measurement.values(i) for i in range(len(pack.indicators))]
    types = types_present(situation, pack)
    findings: list[Finding] = []
    verdicts: list[Verdict] = []
    figures: dict[frozenset[str], list[Figures]] = {}
    graders: dict[frozenset[str], Grader] = {}
    for community, present in enumerate(types):
        if present not in figures:
            figures[present] = [figures_in_force(i, present, day) for i in pack.indicators]
            graders[present] = Grader(pack, present)
        found = [
            judge(one, values[i][community], community=community)
            for i, one in enumerate(figures[present])
            if measurement.asked[i, community]
        ]
        if pack.grades:
            verdict = graders[present].verdict(found, community=community)
            verdicts.append(verdict)
            found = with_requirements(found, pack, verdict, present)
        findings += found
    lacking = shortfalls(situation, reach, pack, findings)
    return CheckupResult(day, reach, measurement, types, tuple(findings), tuple(verdicts), tuple(lacking))


def types_present(situation: Situation, pack: Pack) -> tuple[frozenset[str], ...]:
    """The pack's types of the compounds of each community; a mixed community has several."""
    found: list[set[str]] = [set() for _ in situation.areas.code]
    for community, recorded in zip(situation.compounds.community.tolist(), situation.compounds.type, strict=True):
        if community >= 0 and recorded:
            found[community].add(pack.type_of(recorded))
    return tuple(frozenset(types - {""}) for types in found)
