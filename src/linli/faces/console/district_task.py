"""One district of many: its package is read from files, checked up, and its figures are written.

The task is a few words and paths, and so is what comes back: it can run in this process, in another, or on Dask.
"""

import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from linli.faces.console import house


@dataclass(frozen=True, slots=True)
class Task:
    folder: Path
    pack: str
    day: date
    rest: bool
    """Go on with the other records where some are refused."""
    cache: Path | None
    """Where prepared districts are kept; None prepares anew."""
    output: Path | None
    """The file for this district's figures."""
    measured: bool = True
    """False only prepares."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one district's task has to tell."""

    code: str
    name: str
    communities: int
    people: int
    states: dict[str, int]
    """Findings by state."""
    grades: dict[str, int]
    """Communities by grade's key; "" for none reached, "?" where it cannot be told."""
    shortfalls: int
    was_prepared: bool
    seconds: float
    """CPU time of the task."""
    peak_mb: float
    """Of resident memory of the process, up to now."""


class DistrictRefused(Exception):
    """The package is not checked up; the sentence says why, with its place."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def check_up_one(task: Task) -> Outcome:
    """Check one district up.

    Raises
    ------
    DistrictRefused
        If the package cannot be used.
    """
    house.set_up()
    from linli.domain.places.rules.walkways import NoWalkableStreet
    from linli.faces.console import telling
    from linli.interchange.faultlog import PackageRefused, line
    from linli.interchange.prepared import NoCommunities

    try:
        return _checked_up(task)
    except PackageRefused as refusal:
        raise DistrictRefused(_first([line(fault) for fault in refusal.faults], len(refusal.faults))) from None
    except (telling.Refusal, NoCommunities, NoWalkableStreet, OSError) as problem:
        sentence = telling.sentence(problem)
        if not sentence:
            raise
        raise DistrictRefused(sentence) from None


def _checked_up(task: Task) -> Outcome:
    from linli.domain.checkup.measures import check_up
    from linli.domain.checkup.measures import prepare as reach_of
    from linli.faces.console import checking
    from linli.interchange.export import whole

    began = time.process_time()
    prepared, was_there = house.prepared_in(task.folder, cache=task.cache)
    if prepared.refused and not task.rest:
        raise DistrictRefused(_first(prepared.faults, prepared.refused))
    situation = prepared.situation
    states, grades, lacking = Counter[str](), Counter[str](), 0
    if task.measured:
        pack = house.pack_named(task.pack, task.day)
        reach = reach_of(situation, hierarchy=prepared.hierarchy)
        result = check_up(situation, pack, {}, task.day, reach=reach)
        states = Counter(finding.state.value for finding in result.findings)
        grades = Counter("?" if one.grade is None else one.grade for one in result.verdicts)
        lacking = len(result.shortfalls)
        if task.output is not None:
            with whole(task.output) as draft:
                checking.write(draft, prepared.outlines, situation, pack, result)
    return Outcome(
        code=situation.code,
        name=situation.name,
        communities=len(situation.areas.code),
        people=int(situation.buildings.people.sum()),
        states=dict(states),
        grades=dict(grades),
        shortfalls=lacking,
        was_prepared=was_there,
        seconds=time.process_time() - began,
        peak_mb=_peak_mb(),
    )


def _first(faults: list[str] | tuple[str, ...], count: int) -> str:
    """The first fault, and how many there are."""
    more = f"(共 {count} 处)" if count > 1 else ""
    return f"{faults[0] if faults else '不合格'}{more}"


def _peak_mb() -> float:
    """Resident memory at its highest; the system tells kilobytes, or bytes on a Mac."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
