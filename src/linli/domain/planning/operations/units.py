"""Ask for units, edit a proposal, adopt one, take things back; each act writes one line of the journal."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.db import IntegrityError, transaction
from django.db.models import Max

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.places.rules.projection import unprojected
from linli.domain.planning import models
from linli.domain.planning.queries import units as queries
from linli.domain.planning.rules.units import keeping as unit_keeping
from linli.domain.planning.rules.units.proposals import Proposal, RuleBreach, Unit, UnitRules
from linli.domain.planning.rules.units.studies import UnitStudyState, broken, colors

RUNS = 4
RUNS_MAX = 40
SHARE_MAX, MINUTES_MAX, PRICE_MAX, PEOPLE_MAX = 1.0, 60.0, 1000.0, 1_000_000


class WrongUnitRules(Exception):
    """Rules by which nothing can be drawn; ``fields`` names them."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(*fields)
        self.fields = tuple(fields)


class UnitStudyEnded(Exception):
    """The study has been drawn or stopped: there is nothing to stop, and it is not drawn twice."""


class UnitStudyWithdrawn(Exception):
    """The study was taken back: nothing of it can be edited or adopted any more."""


class NothingMoved(Exception):
    """No atom would be in another unit than before."""


class RulesBroken(Exception):
    """The proposal breaks hard rules; ``breaches`` names each with its unit."""

    def __init__(self, breaches: Sequence[RuleBreach]) -> None:
        super().__init__(*breaches)
        self.breaches = tuple(breaches)


class PlanBegins(Exception):
    """A plan of the district begins on that day or later; it has to be withdrawn first. ``from_on`` is its day."""

    def __init__(self, from_on: date) -> None:
        super().__init__(from_on)
        self.from_on = from_on


class TooEarly(Exception):
    """A plan cannot be in force before the day of the study from which it comes. ``day`` is that day."""

    def __init__(self, day: date) -> None:
        super().__init__(day)
        self.day = day


class UnitStudyAdopted(Exception):
    """A plan rests on the study: it has to be withdrawn first."""


class UnitPlanWithdrawn(Exception):
    """The plan was taken back before."""


class UnitReasonMissing(Exception):
    """Taking something back needs a reason."""


@transaction.atomic
def ask_units(
    act: Act,
    scope: Scope,
    *,
    district: int,
    name: str,
    day: date,
    rules: UnitRules,
    runs: int = RUNS,
    seed: int = 0,
    edition: int | None = None,
) -> queries.UnitStudyValue:
    """Keep the rules by which the district is to be drawn in units, on the newest edition; a job draws them.

    Raises
    ------
    NotPermitted, NoSuchEdition, EmptyEdition
    WrongUnitRules
        Naming every figure by which nothing can be drawn.
    """
    require(scope, Permission.PLAN, district)
    wrong = _wrong(rules, name, runs)
    if wrong:
        raise WrongUnitRules(wrong)
    of = places.current(scope, district) if edition is None else places.edition_by_id(scope, edition)
    if of.district != district:
        raise places.NoSuchEdition(district, of.id)
    if of.base is None:
        raise places.EmptyEdition(district, of.number)
    row = models.UnitStudy.objects.create(
        district_id=district,
        edition_id=of.id,
        edition_fingerprint=of.fingerprint,
        synthetic=of.synthetic,
        name=name.strip(),
        day=day,
        rules=unit_keeping.rules_as_json(rules),
        runs=runs,
        seed=seed,
        actor=act.actor,
        behalf_of=act.behalf_of,
        channel=act.channel,
        at=act.at,
    )
    said = {"name": row.name, "edition": of.fingerprint, "people": [rules.people_min, rules.people_max], "runs": runs}
    journal.record(act, verb="planning.ask_units", home=district, object=_object(row), result=said)
    return queries.study_value(row)


def _wrong(rules: UnitRules, name: str, runs: int) -> tuple[str, ...]:
    sound = {
        "name": bool(name.strip()) and len(name.strip()) <= 80,
        "people_min": 1 <= rules.people_min <= PEOPLE_MAX,
        "people_max": rules.people_min <= rules.people_max <= PEOPLE_MAX,
        "walk_minutes": 0 < rules.walk_minutes <= MINUTES_MAX,
        "share_min": 0 <= rules.share_min <= SHARE_MAX,
        "runs": 1 <= runs <= RUNS_MAX,
    } | {f"price_{rule.line}": 0 <= rule.price <= PRICE_MAX for rule in rules.lines}
    return tuple(field for field, is_sound in sound.items() if not is_sound)


@transaction.atomic
def stop_units(act: Act, scope: Scope, *, study: int) -> None:
    """End a search; what it has found by then is kept. One that has not begun ends with nothing.

    Raises
    ------
    NotPermitted, NoSuchUnitStudy, UnitStudyEnded
    """
    row = _locked(scope, study)
    if row.state != UnitStudyState.ASKED or row.stop_at is not None:
        raise UnitStudyEnded(study)
    row.stop_at = act.at
    row.save(update_fields=["stop_at"])
    journal.record(act, verb="planning.stop_units", home=row.district_id, object=_object(row))


@transaction.atomic
def move_atoms(act: Act, scope: Scope, *, proposal: int, moves: Sequence[tuple[int, int]]) -> queries.ProposalValue:
    """Keep a proposal with atoms moved, as (atom, unit) one after the other: the next revision of one's own copy.

    The proposal that was edited stays as it is. Moves that break rules are kept and their breaches told: only adopting
    is refused.

    Raises
    ------
    NotPermitted, NoSuchUnitStudy, UnitStudyWithdrawn, UnknownAtom, UnknownUnit, NothingMoved
    """
    base = queries.visible_proposal(scope, proposal)
    study = _locked(scope, base.study_id)
    before = queries.drawn_proposal(scope, proposal)
    after = queries.drawn_proposal(scope, proposal, moves=moves)
    if np.array_equal(before.unit, after.unit):
        raise NothingMoved(proposal)
    own = models.UnitProposal.objects.filter(study=study, number=base.number, actor=act.actor, revises__isnull=False)
    last = own.aggregate(last=Max("revision"))["last"] or 0
    row = models.UnitProposal.objects.create(
        revises=base,
        revision=last + 1,
        moves=[list(move) for move in moves],
        **proposal_fields(study, base.number, after),
        actor=act.actor,
        at=act.at,
    )
    said = {"from": f"proposal:{base.pk}", "moves": row.moves, "hard_breaches": after.totals.hard_breaches}
    journal.record(
        act, verb="planning.move_atoms", home=study.district_id, object=f"unit_proposal:{row.pk}", result=said
    )
    return queries.proposal_value(row)


def proposal_fields(study: models.UnitStudy, number: int, proposal: Proposal) -> dict[str, Any]:
    """What a row keeps of a proposal."""
    return {
        "study": study,
        "number": number,
        "goal": unit_keeping.goal_as_json(proposal.goal),
        "unit": unit_keeping.packed_units(proposal.unit),
        "infeasible": unit_keeping.infeasible_as_json(proposal.infeasible),
        "bound": proposal.bound,
        "totals": unit_keeping.totals_as_json(proposal.totals),
        "people": [unit.people for unit in proposal.units],
    }


@transaction.atomic
def adopt_proposal(act: Act, scope: Scope, *, proposal: int, on: date) -> queries.PlanValue:
    """Put a proposal into force from a day on; the plan before it ends on that day.

    Raises
    ------
    NotPermitted, NoSuchUnitStudy, UnitStudyWithdrawn
    RulesBroken
        With every hard rule that the proposal breaks, save those of parts that no drawing brings within the range.
    TooEarly, PlanBegins
    """
    base = queries.visible_proposal(scope, proposal)
    study = _locked(scope, base.study_id)
    drawn = queries.drawn_proposal(scope, proposal)
    found = broken(drawn)
    if found:
        raise RulesBroken(found)
    if on < study.day:
        raise TooEarly(study.day)
    plan = _begun(act, study, base, on)
    models.ImplementationUnit.objects.bulk_create(_units(plan, drawn, queries.community_places(study.pk)))
    journal.record(
        act,
        verb="planning.adopt_proposal",
        home=study.district_id,
        object=f"unit_plan:{plan.pk}",
        result={
            "proposal": base.pk,
            "from": on,
            "units": drawn.totals.units,
            "people": drawn.totals.people,
            "exceptions": sum(unit.infeasible for unit in drawn.units),
        },
    )
    return queries.plan_value(plan)


def _begun(act: Act, study: models.UnitStudy, base: models.UnitProposal, on: date) -> models.UnitPlan:
    standing = models.UnitPlan.objects.filter(district_id=study.district_id, withdrawn_at=None)
    standing.filter(from_on__lt=on, until_on=None).update(until_on=on)
    try:
        with transaction.atomic():
            return models.UnitPlan.objects.create(
                district_id=study.district_id,
                proposal=base,
                from_on=on,
                actor=act.actor,
                behalf_of=act.behalf_of,
                channel=act.channel,
                at=act.at,
            )
    except IntegrityError as error:
        if "planning_one_plan_a_district_and_day" not in str(error):
            raise
        begins = standing.filter(from_on__gte=on).aggregate(last=Max("from_on"))["last"]
        raise PlanBegins(begins) from error


def _units(plan: models.UnitPlan, drawn: Proposal, community: Sequence[int]) -> list[models.ImplementationUnit]:
    """Numbered anew from 1: moves may have left gaps."""
    atoms, shown = drawn.atoms, colors(drawn.atoms, drawn.unit)
    shapes = np.array([shapely.union_all(atoms.shape[list(unit.atoms)]) for unit in drawn.units], dtype=object)
    whole = unprojected(shapes, atoms.epsg)
    return [
        models.ImplementationUnit(
            plan=plan,
            number=number,
            people=unit.people,
            communities=[[community[share.community], share.people] for share in unit.communities],
            majority=atoms.community_name[unit.communities[0].community] if unit.communities else "",
            area_m2=unit.area_m2,
            radius_m=_known(unit.radius_m),
            compactness=_known(unit.compactness),
            walks={walk.service: walk.within for walk in unit.walks},
            exception=_is_exception(unit, drawn),
            color=shown[unit.number],
            geometry=shapely.to_wkb(shape),
        )
        for number, (unit, shape) in enumerate(zip(drawn.units, whole, strict=True), start=1)
    ]


def _known(figure: float) -> float | None:
    return None if np.isnan(figure) else figure


def _is_exception(unit: Unit, drawn: Proposal) -> bool:
    return not drawn.rules.people_min <= unit.people <= drawn.rules.people_max


@transaction.atomic
def withdraw_study(act: Act, scope: Scope, *, study: int, because: str) -> None:
    """Take a study back with all its proposals; it stays on record.

    Raises
    ------
    NotPermitted, NoSuchUnitStudy, UnitStudyWithdrawn, UnitReasonMissing, UnitStudyAdopted
    """
    row = _locked(scope, study)
    if not because.strip():
        raise UnitReasonMissing
    if models.UnitPlan.objects.filter(proposal__study=row, withdrawn_at=None).exists():
        raise UnitStudyAdopted(study)
    row.withdrawn_at, row.withdrawn_because = act.at, because.strip()[:200]
    row.save(update_fields=["withdrawn_at", "withdrawn_because"])
    said = {"because": row.withdrawn_because}
    journal.record(act, verb="planning.withdraw_study", home=row.district_id, object=_object(row), result=said)


@transaction.atomic
def withdraw_plan(act: Act, scope: Scope, *, plan: int, because: str) -> None:
    """Take an adopted plan back, as if it had never been; the plan that it replaced goes on.

    Raises
    ------
    NotPermitted, NoSuchUnitStudy, UnitPlanWithdrawn, UnitReasonMissing
    """
    row = models.UnitPlan.objects.select_for_update().filter(pk=plan).first()
    if row is None:
        raise queries.NoSuchUnitStudy(plan)
    require(scope, Permission.PLAN, row.district_id)
    if row.withdrawn_at is not None:
        raise UnitPlanWithdrawn(plan)
    if not because.strip():
        raise UnitReasonMissing
    row.withdrawn_at, row.withdrawn_because = act.at, because.strip()[:200]
    row.save(update_fields=["withdrawn_at", "withdrawn_because"])
    before = models.UnitPlan.objects.filter(district_id=row.district_id, until_on=row.from_on, withdrawn_at=None)
    before.update(until_on=row.until_on)
    journal.record(
        act,
        verb="planning.withdraw_plan",
        home=row.district_id,
        object=f"unit_plan:{row.pk}",
        result={"because": row.withdrawn_because},
    )


def _locked(scope: Scope, study: int) -> models.UnitStudy:
    """A study that still stands, for who plans the whole district."""
    row = queries.visible_study(scope, models.UnitStudy.objects.select_for_update().filter(pk=study))
    require(scope, Permission.PLAN, row.district_id)
    if row.withdrawn_at is not None:
        raise UnitStudyWithdrawn(study)
    return row


def _object(row: models.UnitStudy) -> str:
    return f"unit_study:{row.pk}"
