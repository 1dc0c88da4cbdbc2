"""Studies of units with their proposals, and the plan of a district that is in force on a day."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache

import numpy as np
import shapely
from django.db.models import Prefetch, Q, QuerySet
from numpy.typing import NDArray

from linli.domain.people.rules import Permission, Scope
from linli.domain.planning import models
from linli.domain.planning.rules.units import keeping as unit_keeping
from linli.domain.planning.rules.units.figures import proposed
from linli.domain.planning.rules.units.proposals import Atoms, Goal, Infeasible, Proposal, Totals, UnitRules
from linli.domain.planning.rules.units.studies import UnitStudyState, with_moves
from linli.domain.standards import queries as standards


@dataclass(frozen=True, slots=True)
class UnitStudyValue:
    id: int
    district: int
    edition: int
    edition_fingerprint: str
    synthetic: bool
    name: str
    day: date
    rules: UnitRules
    runs: int
    seed: int
    state: UnitStudyState
    stops: bool
    """Somebody asked it to stop."""
    method: str
    withdrawn_at: datetime | None
    withdrawn_because: str
    actor: int
    at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProposalValue:
    """A proposal without its atoms."""

    id: int
    study: int
    number: int
    revises: int | None
    revision: int
    goal: Goal
    infeasible: tuple[Infeasible, ...]
    bound: float | None
    moves: tuple[tuple[int, int], ...]
    totals: Totals
    people: tuple[int, ...]
    """Of each unit."""
    actor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanValue:
    """``until_on``: None while nothing replaces it."""

    id: int
    district: int
    study: int
    proposal: int
    from_on: date
    until_on: date | None
    units: int
    people: int
    withdrawn_at: datetime | None
    withdrawn_because: str
    actor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """A unit of a plan. ``geometry`` is in WGS 84."""

    id: int
    number: int
    people: int
    communities: tuple[tuple[int, int], ...]
    """(place, people), the most people first."""
    majority: str
    area_m2: float
    radius_m: float | None
    compactness: float | None
    walks: dict[str, int]
    exception: bool
    color: int
    geometry: shapely.Geometry


class NoSuchUnitStudy(LookupError):
    """No study or proposal of this id, or one of a district that the scope may not see as a whole."""


class NothingDrawn(LookupError):
    """The study has no atoms (yet)."""


def unit_studies(scope: Scope, district: int) -> tuple[UnitStudyValue, ...]:
    """Studies of a district that were not withdrawn, newest first; nothing for who may not see all of the district."""
    if not scope.may(Permission.VIEW_CHECKUP, district):
        return ()
    rows = models.UnitStudy.objects.filter(district_id=district, withdrawn_at=None).order_by("-id")
    return tuple(study_value(row) for row in rows)


def unit_study(scope: Scope, study: int) -> UnitStudyValue:
    """
    Raises
    ------
    NoSuchUnitStudy
    """
    return study_value(visible_study(scope, models.UnitStudy.objects.filter(pk=study)))


def visible_study(scope: Scope, found: "QuerySet[models.UnitStudy]") -> models.UnitStudy:
    """A study is about the whole district: who sees a part of it sees no study."""
    row = found.first()
    if row is None or not scope.may(Permission.VIEW_CHECKUP, row.district_id):
        raise NoSuchUnitStudy
    return row


def unit_proposals(scope: Scope, study: int) -> tuple[ProposalValue, ...]:
    """What the search found, then of each person's edited copies the newest.

    Raises
    ------
    NoSuchUnitStudy
    """
    unit_study(scope, study)
    rows = models.UnitProposal.objects.filter(study_id=study).defer("unit")
    newest = rows.filter(revises__isnull=False).order_by("number", "actor", "-revision").distinct("number", "actor")
    return tuple(
        proposal_value(row) for row in [*rows.filter(revises=None).order_by("number"), *newest.select_related(None)]
    )


def unit_proposal(scope: Scope, proposal: int) -> ProposalValue:
    """
    Raises
    ------
    NoSuchUnitStudy
    """
    return proposal_value(visible_proposal(scope, proposal))


def visible_proposal(scope: Scope, proposal: int) -> models.UnitProposal:
    row = models.UnitProposal.objects.select_related("study").defer("unit").filter(pk=proposal).first()
    if row is None or not scope.may(Permission.VIEW_CHECKUP, row.study.district_id):
        raise NoSuchUnitStudy
    return row


def revisions(scope: Scope, proposal: ProposalValue) -> tuple[ProposalValue, ...]:
    """The rows from which a proposal was edited, the newest first, itself included."""
    unit_proposal(scope, proposal.id)
    rows = models.UnitProposal.objects.filter(study_id=proposal.study, number=proposal.number, pk__lt=proposal.id)
    older = {row.pk: proposal_value(row) for row in rows.defer("unit")} if proposal.revises else {}
    found = [proposal]
    while (before := found[-1].revises) is not None:
        found.append(older[before])
    return tuple(found)


def drawn_proposal(scope: Scope, proposal: int, *, moves: Iterable[tuple[int, int]] = ()) -> Proposal:
    """A proposal with all its figures, or what it would be after atoms have moved.

    Raises
    ------
    NoSuchUnitStudy, UnknownAtom, UnknownUnit
    """
    row = visible_proposal(scope, proposal)
    return with_moves(_drawn(row.pk, row.at), tuple(moves))


def atoms_of(scope: Scope, study: int) -> Atoms:
    """
    Raises
    ------
    NoSuchUnitStudy, NothingDrawn
    """
    row = visible_study(scope, models.UnitStudy.objects.filter(pk=study))
    if row.atoms_id is None:
        raise NothingDrawn(study)
    return kept_atoms(row.atoms_id)


def community_places(study: int) -> tuple[int, ...]:
    """Permanent ids of the communities, in the order in which the study's atoms count them."""
    found = models.UnitStudy.objects.values_list("atoms__community_places", flat=True).get(pk=study)
    return tuple(found or ())


def kept_atoms(kept: int) -> Atoms:
    mark = models.KeptAtoms.objects.values_list("fingerprint", flat=True).get(pk=kept)
    return _atoms(kept, mark)


# Neither atoms nor proposals are ever rewritten, so a process may remember them; the second key tells a row of another
# database apart.
@lru_cache(maxsize=4)
def _atoms(kept: int, fingerprint: str) -> Atoms:
    return unit_keeping.unpacked_atoms(bytes(models.KeptAtoms.objects.get(pk=kept, fingerprint=fingerprint).content))


@lru_cache(maxsize=24)
def _drawn(proposal: int, at: datetime) -> Proposal:
    row = models.UnitProposal.objects.select_related("study").get(pk=proposal, at=at)
    assert row.study.atoms_id is not None
    return proposed(
        kept_atoms(row.study.atoms_id),
        unit_keeping.rules_of_json(row.study.rules),
        unit_keeping.goal_of_json(row.goal),
        unit_keeping.unpacked_units(bytes(row.unit)),
        infeasible=unit_keeping.infeasible_of_json(row.infeasible),
        bound=row.bound,
    )


def unit_plans(scope: Scope, district: int) -> tuple[PlanValue, ...]:
    """Plans of a district, the newest first, withdrawn ones too; only those of which the scope sees a unit."""
    rows = models.UnitPlan.objects.filter(district_id=district).order_by("-id")
    return _plans(scope, rows)


def plan_in_force(scope: Scope, district: int, day: date) -> PlanValue | None:
    """The plan that holds on a day, if the scope sees a unit of it."""
    rows = models.UnitPlan.objects.filter(
        Q(until_on=None) | Q(until_on__gt=day), district_id=district, withdrawn_at=None, from_on__lte=day
    )
    return next(iter(_plans(scope, rows)), None)


def unit_plan(scope: Scope, plan: int) -> PlanValue:
    """
    Raises
    ------
    NoSuchUnitStudy
    """
    found = _plans(scope, models.UnitPlan.objects.filter(pk=plan))
    if not found:
        raise NoSuchUnitStudy(plan)
    return found[0]


def _plans(scope: Scope, rows: "QuerySet[models.UnitPlan]") -> tuple[PlanValue, ...]:
    units = models.ImplementationUnit.objects.defer("geometry")
    whole = rows.select_related("proposal").prefetch_related(Prefetch("units", queryset=units))
    return tuple(
        plan_value(row) for row in whole if any(_is_seen(scope, unit, row.district_id) for unit in _units(row))
    )


def _units(row: models.UnitPlan) -> "list[models.ImplementationUnit]":
    return list(row.units.all())


def _is_seen(scope: Scope, unit: models.ImplementationUnit, district: int) -> bool:
    seen = scope.places(Permission.VIEW_CHECKUP)
    return district in seen or any(place in seen for place, _people in unit.communities)


def planned_units(scope: Scope, plan: int) -> tuple[PlannedUnit, ...]:
    """Units of a plan that touch a community which the scope sees, in order of number."""
    rows = models.ImplementationUnit.objects.filter(plan_id=plan).select_related("plan").order_by("number")
    return tuple(_planned(row) for row in rows if _is_seen(scope, row, row.plan.district_id))


def rules_with(
    rules: UnitRules,
    *,
    people_min: int,
    people_max: int,
    walk_minutes: Fraction,
    share_min: float,
    prices: NDArray[np.float64],
    never: NDArray[np.bool_],
) -> UnitRules:
    """The rules with an officer's own figures; what an officer changed keeps its source, for the pages to compare."""
    return replace(
        rules,
        people_min=people_min,
        people_max=people_max,
        walk_minutes=float(walk_minutes),
        walk_m=standards.vocabulary().walk(walk_minutes, "all")[0],
        share_min=share_min,
        lines=tuple(
            replace(rule, price=float(price), never=bool(hard))
            for rule, price, hard in zip(rules.lines, prices, never, strict=True)
        ),
    )


def study_value(row: models.UnitStudy) -> UnitStudyValue:
    return UnitStudyValue(
        id=row.pk,
        district=row.district_id,
        edition=row.edition_id,
        edition_fingerprint=row.edition_fingerprint,
        synthetic=row.synthetic,
        name=row.name,
        day=row.day,
        rules=unit_keeping.rules_of_json(row.rules),
        runs=row.runs,
        seed=row.seed,
        state=UnitStudyState(row.state),
        stops=row.stop_at is not None,
        method=row.method,
        withdrawn_at=row.withdrawn_at,
        withdrawn_because=row.withdrawn_because,
        actor=row.actor,
        at=row.at,
        ended_at=row.ended_at,
    )


def proposal_value(row: models.UnitProposal) -> ProposalValue:
    return ProposalValue(
        id=row.pk,
        study=row.study_id,
        number=row.number,
        revises=row.revises_id,
        revision=row.revision,
        goal=unit_keeping.goal_of_json(row.goal),
        infeasible=unit_keeping.infeasible_of_json(row.infeasible),
        bound=row.bound,
        moves=tuple((atom, unit) for atom, unit in row.moves),
        totals=unit_keeping.totals_of_json(row.totals),
        people=tuple(row.people),
        actor=row.actor,
        at=row.at,
    )


def plan_value(row: models.UnitPlan) -> PlanValue:
    units = _units(row)
    return PlanValue(
        id=row.pk,
        district=row.district_id,
        study=row.proposal.study_id,
        proposal=row.proposal_id,
        from_on=row.from_on,
        until_on=row.until_on,
        units=len(units),
        people=sum(unit.people for unit in units),
        withdrawn_at=row.withdrawn_at,
        withdrawn_because=row.withdrawn_because,
        actor=row.actor,
        at=row.at,
    )


def _planned(row: models.ImplementationUnit) -> PlannedUnit:
    return PlannedUnit(
        id=row.pk,
        number=row.number,
        people=row.people,
        communities=tuple((place, people) for place, people in row.communities),
        majority=row.majority,
        area_m2=row.area_m2,
        radius_m=row.radius_m,
        compactness=row.compactness,
        walks=row.walks,
        exception=row.exception,
        color=row.color,
        geometry=shapely.from_wkb(bytes(row.geometry)),
    )
