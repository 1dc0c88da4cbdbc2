"""Ask where something should go, stop the search, keep its answer, take projects from it, take things back."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import numpy as np
import shapely
from django.db import IntegrityError, transaction

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.planning import models, queries
from linli.domain.planning.measures.siting import answering as measures
from linli.domain.planning.measures.siting.gains import residents_of
from linli.domain.planning.measures.siting.method import method_fingerprint
from linli.domain.planning.rules.siting.keeping import answer_as_json, gains_as_json, problem_as_json
from linli.domain.planning.rules.siting.problems import (
    Candidate,
    Choice,
    Ending,
    Infeasible,
    Progress,
    SitingAnswer,
    SitingFault,
    SitingProblem,
)
from linli.domain.planning.rules.siting.studies import ENDED, SitingGains, StudyState
from linli.domain.standards import queries as standards

LIMIT_S = 60.0
"""How long a search may take unless somebody says otherwise."""


class SitingRefused(Exception):
    """The question cannot be answered as it stands; nothing is kept. ``faults`` says where and why."""

    def __init__(self, faults: Sequence[SitingFault]) -> None:
        super().__init__(*faults)
        self.faults = tuple(faults)


class SitesOutsideArea(Exception):
    """Candidates lie outside the area for which the question is asked; ``keys`` names them."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(*keys)
        self.keys = tuple(keys)


class SitingEnded(Exception):
    """The study has ended, so that there is nothing to stop or to answer."""


class NoAnswer(Exception):
    """The study has no answer to take places from."""


class NotAChoice(Exception):
    """The answer did not choose this candidate."""


class AlreadyProposed(Exception):
    """Of this place of the answer a project stands already."""


class AlreadyTakenBack(Exception):
    """It was taken back before."""


@transaction.atomic
def ask_siting(
    act: Act,
    scope: Scope,
    *,
    district: int,
    home: int,
    name: str,
    day: date,
    problem: SitingProblem,
    limit_s: float = LIMIT_S,
    asks_again: int | None = None,
    cache: Path | None = None,
) -> int:
    """Keep a question about an area, on the newest edition, and return its id; one journal line. A job answers it.

    Raises
    ------
    NotPermitted, NoSuchEdition, EmptyEdition
    SitingRefused
        Naming every fault of the question.
    SitesOutsideArea
    """
    require(scope, Permission.PLAN, home)
    edition = places.current(scope, district)
    kinds = tuple(kind.key for kind in standards.facility_kinds())
    whole = places.situation(scope, edition.id, facility_kinds=kinds, area=home, cache=cache)
    inside = frozenset(places.descendants([home], day))
    faults = measures.faults(residents_of(whole, inside), problem)
    if faults:
        raise SitingRefused(faults)
    if home != district:
        _require_inside(scope, edition.id, inside, problem.candidates)
    row = models.SitingStudy.objects.create(
        district_id=district,
        home_id=home,
        edition_id=edition.id,
        edition_fingerprint=edition.fingerprint,
        name=name.strip(),
        day=day,
        problem=problem_as_json(problem),
        limit_s=limit_s,
        asks_again_id=asks_again,
        actor=act.actor,
        behalf_of=act.behalf_of,
        channel=act.channel,
        at=act.at,
    )
    result = {"objective": problem.objective, "functions": [one.kind for one in problem.functions],
              "candidates": len(problem.candidates), "edition": edition.fingerprint}  # fmt: skip
    journal.record(act, verb="planning.ask_siting", home=home, object=f"siting:{row.pk}", result=result)
    return row.pk


def _require_inside(scope: Scope, edition: int, inside: frozenset[int], candidates: Sequence[Candidate]) -> None:
    page = places.features(scope, "communities", edition, within=inside, limit=5000)
    shape = shapely.union_all([one.geometry for one in page.features if one.geometry is not None])
    shapely.prepare(shape)
    at = np.array([one.at for one in candidates], dtype=np.float64).reshape(-1, 2)
    out = np.flatnonzero(~shapely.intersects_xy(shape, at[:, 0], at[:, 1]))
    if out.size:
        raise SitesOutsideArea([candidates[n].key for n in out.tolist()])


def begin_siting(study: int, at: datetime) -> bool:
    """Note that a search begins, or begins anew after a restart; False if nobody waits for it any more."""
    waiting = models.SitingStudy.objects.filter(pk=study).exclude(state__in=ENDED).filter(stop_at=None)
    begun = waiting.update(state=StudyState.RUNNING.value, started_at=at, share=0, value=None, bound=None)
    return bool(begun)


def report_siting(study: int, progress: Progress) -> bool:
    """Note how far the search is; returns whether somebody has asked it to stop."""
    rows = models.SitingStudy.objects.filter(pk=study)
    share = min(1.0, max(0.0, progress.share))
    rows.update(value=_finite(progress.value), bound=_finite(progress.bound), share=share)
    return rows.filter(stop_at__isnull=False).exists()


def _finite(number: float | None) -> float | None:
    return number if number is not None and np.isfinite(number) else None


@transaction.atomic
def stop_siting(act: Act, scope: Scope, study: int) -> None:
    """Ask a search to end with the best it has found; one that waits ends at once, without an answer.

    Raises
    ------
    NoSuchSiting, NotPermitted, SitingEnded
    """
    row = _locked(scope, study)
    if row.state in ENDED:
        raise SitingEnded(study)
    if row.stop_at is not None:
        return
    row.stop_at = act.at
    if row.state == StudyState.QUEUED.value:
        row.state, row.ended_at = StudyState.STOPPED.value, act.at
    row.save(update_fields=["stop_at", "state", "ended_at"])
    journal.record(act, verb="planning.stop_siting", home=row.home_id, object=f"siting:{study}")


@transaction.atomic
def keep_answer(
    act: Act, scope: Scope, study: int, answer: SitingAnswer | Infeasible, gains: SitingGains | None = None
) -> None:
    """Keep what the search found, with its bound; the study never changes after that.

    Raises
    ------
    NoSuchSiting, NotPermitted, SitingEnded
    """
    row = _locked(scope, study)
    if row.state in ENDED:
        raise SitingEnded(study)
    row.state = _state_of(answer).value
    row.answer, row.method = answer_as_json(answer), method_fingerprint()
    row.gains = None if gains is None else gains_as_json(gains)
    row.ended_at, row.share = act.at, 1
    if isinstance(answer, SitingAnswer):
        row.value, row.bound = _finite(answer.value), _finite(answer.bound)
    row.save()
    result: dict[str, object] = {"state": row.state, "method": row.method}
    if isinstance(answer, SitingAnswer):
        result |= {"chosen": [one.candidate for one in answer.choices], "value": row.value, "bound": row.bound}
    journal.record(act, verb="planning.keep_answer", home=row.home_id, object=f"siting:{study}", result=result)


def _state_of(answer: SitingAnswer | Infeasible) -> StudyState:
    if isinstance(answer, Infeasible):
        return StudyState.INFEASIBLE
    return StudyState.STOPPED if answer.ending is Ending.STOPPED else StudyState.DONE


def end_without_answer(study: int, at: datetime, *, failed: bool) -> None:
    """Note that the search ended and found nothing: something went wrong, or it was stopped before it began."""
    state = StudyState.FAILED if failed else StudyState.STOPPED
    open_rows = models.SitingStudy.objects.filter(pk=study).exclude(state__in=ENDED)
    open_rows.update(state=state.value, ended_at=at)


@transaction.atomic
def withdraw_siting(act: Act, scope: Scope, study: int, *, because: str) -> None:
    """Take a study back. It stays readable, at the end of the list, with the reason.

    Raises
    ------
    NoSuchSiting, NotPermitted, AlreadyTakenBack
    """
    row = _locked(scope, study)
    if row.withdrawn_at is not None:
        raise AlreadyTakenBack(study)
    row.withdrawn_at, row.withdrawn_because = act.at, because.strip()
    fields = ["withdrawn_at", "withdrawn_because"]
    if row.state not in ENDED:
        row.stop_at = row.stop_at or act.at
        fields.append("stop_at")
    if row.state == StudyState.QUEUED.value:
        row.state, row.ended_at = StudyState.STOPPED.value, act.at
        fields += ["state", "ended_at"]
    row.save(update_fields=fields)
    result = {"because": row.withdrawn_because}
    journal.record(act, verb="planning.withdraw_siting", home=row.home_id, object=f"siting:{study}", result=result)


@transaction.atomic
def propose_projects(
    act: Act, scope: Scope, study: int, *, choices: Sequence[str], names: Sequence[str] = ()
) -> tuple[int, ...]:
    """Put places of an answer on the list of proposed projects; one journal line.

    Parameters
    ----------
    choices : keys of candidates that the answer chose
    names : how each project is called; the place's own name where empty or missing

    Raises
    ------
    NoSuchSiting, NotPermitted, NoAnswer, NotAChoice
    AlreadyProposed
        Of any of them; then none is put on the list.
    """
    row = _locked(scope, study)
    value = queries.siting(scope, study)
    if value.answer is None or not choices:
        raise NoAnswer(study)
    chosen = {one.candidate: number for number, one in enumerate(value.answer.choices)}
    if unknown := [key for key in choices if key not in chosen]:
        raise NotAChoice(*unknown)
    named = [*names, *[""] * (len(choices) - len(names))]
    rows = [
        _project(act, value, value.answer.choices[chosen[key]], chosen[key], name.strip(), row.home_id)
        for key, name in zip(choices, named, strict=True)
    ]
    try:
        with transaction.atomic():
            made = models.ProposedProject.objects.bulk_create(rows)
    except IntegrityError as error:
        if "planning_project_proposed_once" not in str(error):
            raise
        raise AlreadyProposed(*choices) from None
    numbers = tuple(one.pk for one in made)
    result = {"projects": list(numbers), "candidates": list(choices)}
    journal.record(act, verb="planning.propose_projects", home=row.home_id, object=f"siting:{study}", result=result)
    return numbers


def _project(
    act: Act, study: queries.SitingValue, choice: Choice, number: int, name: str, home: int
) -> models.ProposedProject:
    candidate = next(one for one in study.problem.candidates if one.key == choice.candidate)
    shortfalls = [
        [one.community, one.indicator, one.people]
        for one in (study.gains.shortfalls if study.gains else ())
        if number in one.alone
    ]
    return models.ProposedProject(
        study_id=study.id,
        home_id=home,
        name=name or candidate.name or candidate.key,
        candidate=candidate.key,
        place_name=candidate.name,
        origin=candidate.origin.value,
        longitude=candidate.at[0],
        latitude=candidate.at[1],
        functions=list(choice.functions),
        supply=choice.supply.value,
        year=(study.problem.first_year or study.day.year) + choice.year,
        cost_fen=choice.cost_fen,
        cost_fen_yearly=choice.cost_fen_yearly,
        gains=[[one.kind, one.people] for one in choice.adds],
        shortfalls=shortfalls,
        actor=act.actor,
        behalf_of=act.behalf_of,
        channel=act.channel,
        at=act.at,
    )


@transaction.atomic
def withdraw_project(act: Act, scope: Scope, project: int, *, because: str) -> None:
    """Take a proposed project off the list.

    Raises
    ------
    NoSuchProject, NotPermitted, AlreadyTakenBack
    """
    seen = sorted(scope.places(Permission.VIEW_CHECKUP))
    row = models.ProposedProject.objects.select_for_update().filter(pk=project, home_id__in=seen).first()
    if row is None:
        raise queries.NoSuchProject(project)
    require(scope, Permission.PLAN, row.home_id)
    if row.withdrawn_at is not None:
        raise AlreadyTakenBack(project)
    row.withdrawn_at, row.withdrawn_because = act.at, because.strip()
    row.save(update_fields=["withdrawn_at", "withdrawn_because"])
    result = {"because": row.withdrawn_because}
    journal.record(act, verb="planning.withdraw_project", home=row.home_id, object=f"project:{project}", result=result)


def _locked(scope: Scope, study: int) -> models.SitingStudy:
    seen = sorted(scope.places(Permission.VIEW_CHECKUP))
    row = models.SitingStudy.objects.select_for_update().filter(pk=study, home_id__in=seen).first()
    if row is None:
        raise queries.NoSuchSiting(study)
    require(scope, Permission.PLAN, row.home_id)
    return row
