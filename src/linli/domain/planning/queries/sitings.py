"""Sitings and proposed projects: which there are, what was asked and answered, whether the data have moved on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from linli.domain.people.rules import Permission, Scope
from linli.domain.places import queries as places
from linli.domain.planning import models
from linli.domain.planning.rules.siting.keeping import answer_of_json, gains_of_json, problem_of_json
from linli.domain.planning.rules.siting.problems import (
    Infeasible,
    Objective,
    Origin,
    SitingAnswer,
    SitingProblem,
    Supply,
)
from linli.domain.planning.rules.siting.studies import ENDED, SitingGains, StudyState


class NoSuchSiting(Exception):
    """No study of this id, or none that the scope may see."""


class NoSuchProject(Exception):
    """No proposed project of this id, or none that the scope may see."""


@dataclass(frozen=True, slots=True)
class SitingLine:
    """A study in a list. ``gap`` and ``chosen`` are None where there is no answer with choices."""

    id: int
    home: int
    name: str
    day: date
    state: StudyState
    objective: Objective
    kinds: tuple[str, ...]
    gap: float | None
    chosen: int | None
    is_stale: bool
    """Whether a newer edition holds other data than the study's."""
    is_withdrawn: bool
    actor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SitingProgress:
    """How far a study is. ``value`` and ``bound`` are None where nothing is found or proven yet."""

    id: int
    state: StudyState
    objective: Objective
    value: float | None
    bound: float | None
    share: float
    limit_s: float
    stop_asked: bool
    started_at: datetime | None

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def gap(self) -> float | None:
        """Between best and bound, as the answer will have it; None while either is unknown."""
        if self.value is None or self.bound is None:
            return None
        high, low = max(self.value, self.bound), min(self.value, self.bound)
        return (high - low) / high if high > 0 else 0.0


@dataclass(frozen=True, slots=True)
class SitingValue:
    """One study with everything."""

    id: int
    district: int
    home: int
    edition: int
    edition_fingerprint: str
    name: str
    day: date
    problem: SitingProblem
    limit_s: float
    asks_again: int | None
    state: StudyState
    answer: SitingAnswer | None
    infeasible: Infeasible | None
    gains: SitingGains | None
    method: str
    is_stale: bool
    withdrawn_at: datetime | None
    withdrawn_because: str
    actor: int
    at: datetime
    proposed: Mapping[str, int]
    """Candidate → proposed project that stands."""


@dataclass(frozen=True, slots=True)
class ProjectValue:
    """One proposed project."""

    id: int
    study: int
    study_name: str
    is_stale: bool
    home: int
    name: str
    candidate: str
    place_name: str
    origin: Origin
    at_point: tuple[float, float]
    functions: tuple[str, ...]
    supply: Supply
    year: int
    cost_fen: int | None
    cost_fen_yearly: int
    gains: tuple[tuple[str, int], ...]
    shortfalls: tuple[tuple[int, str, int], ...]
    """Community, indicator, people."""
    withdrawn_at: datetime | None
    withdrawn_because: str
    actor: int
    at: datetime


def sitings(scope: Scope, district: int) -> tuple[SitingLine, ...]:
    """Studies of a district that the scope may see, newest first; those withdrawn last."""
    rows = _seen(scope).filter(district_id=district).defer("gains").order_by("-id")
    found = list(rows)
    newest = _newest(scope, district) if found else ""
    lines = [_line(row, newest) for row in found]
    return tuple(sorted(lines, key=lambda one: one.is_withdrawn))


def siting(scope: Scope, study: int) -> SitingValue:
    """One study.

    Raises
    ------
    NoSuchSiting
    """
    row = _row(scope, study)
    answer = None if row.answer is None else answer_of_json(row.answer)
    proposed = models.ProposedProject.objects.filter(study_id=study, withdrawn_at=None)
    return SitingValue(
        id=row.pk,
        district=row.district_id,
        home=row.home_id,
        edition=row.edition_id,
        edition_fingerprint=row.edition_fingerprint,
        name=row.name,
        day=row.day,
        problem=problem_of_json(row.problem),
        limit_s=row.limit_s,
        asks_again=row.asks_again_id,
        state=StudyState(row.state),
        answer=answer if isinstance(answer, SitingAnswer) else None,
        infeasible=answer if isinstance(answer, Infeasible) else None,
        gains=None if row.gains is None else gains_of_json(row.gains),
        method=row.method,
        is_stale=_newest(scope, row.district_id) != row.edition_fingerprint,
        withdrawn_at=row.withdrawn_at,
        withdrawn_because=row.withdrawn_because,
        actor=row.actor,
        at=row.at,
        proposed=dict(proposed.values_list("candidate", "pk")),
    )


def siting_progress(scope: Scope, study: int) -> SitingProgress:
    """How far a study is, without its answer.

    Raises
    ------
    NoSuchSiting
    """
    row = _seen(scope).defer("answer", "gains").filter(pk=study).first()
    if row is None:
        raise NoSuchSiting(study)
    return SitingProgress(
        id=row.pk,
        state=StudyState(row.state),
        objective=Objective(row.problem["objective"]),
        value=row.value,
        bound=row.bound,
        share=row.share,
        limit_s=row.limit_s,
        stop_asked=row.stop_at is not None,
        started_at=row.started_at,
    )


def projects(scope: Scope, district: int, *, withdrawn: bool = False) -> tuple[ProjectValue, ...]:
    """Proposed projects of a district that the scope may see, by year, the newest first within one."""
    seen = sorted(scope.places(Permission.VIEW_CHECKUP))
    rows = models.ProposedProject.objects.filter(home_id__in=seen, study__district_id=district)
    if not withdrawn:
        rows = rows.filter(withdrawn_at=None)
    found = list(rows.select_related("study").defer(*_HEAVY).order_by("year", "-id"))
    newest = _newest(scope, district) if found else ""
    return tuple(_project(row, newest) for row in found)


_HEAVY = ("study__problem", "study__answer", "study__gains")


def _seen(scope: Scope) -> QuerySet[models.SitingStudy]:
    return models.SitingStudy.objects.filter(home_id__in=sorted(scope.places(Permission.VIEW_CHECKUP)))


def _row(scope: Scope, study: int) -> models.SitingStudy:
    row = _seen(scope).filter(pk=study).first()
    if row is None:
        raise NoSuchSiting(study)
    return row


def _newest(scope: Scope, district: int) -> str:
    return places.current(scope, district).fingerprint


def _line(row: models.SitingStudy, newest: str) -> SitingLine:
    answer = row.answer or {}
    return SitingLine(
        id=row.pk,
        home=row.home_id,
        name=row.name,
        day=row.day,
        state=StudyState(row.state),
        objective=Objective(row.problem["objective"]),
        kinds=tuple(one["kind"] for one in row.problem["functions"]),
        gap=float(answer["gap"]) if "gap" in answer else None,
        chosen=len(answer["choices"]) if "choices" in answer else None,
        is_stale=row.edition_fingerprint != newest,
        is_withdrawn=row.withdrawn_at is not None,
        actor=row.actor,
        at=row.at,
    )


def _project(row: models.ProposedProject, newest: str) -> ProjectValue:
    return ProjectValue(
        id=row.pk,
        study=row.study_id,
        study_name=row.study.name,
        is_stale=row.study.edition_fingerprint != newest,
        home=row.home_id,
        name=row.name,
        candidate=row.candidate,
        place_name=row.place_name,
        origin=Origin(row.origin),
        at_point=(row.longitude, row.latitude),
        functions=tuple(row.functions),
        supply=Supply(row.supply),
        year=row.year,
        cost_fen=row.cost_fen,
        cost_fen_yearly=row.cost_fen_yearly,
        gains=tuple((kind, people) for kind, people in row.gains),
        shortfalls=tuple((community, indicator, people) for community, indicator, people in row.shortfalls),
        withdrawn_at=row.withdrawn_at,
        withdrawn_because=row.withdrawn_because,
        actor=row.actor,
        at=row.at,
    )
