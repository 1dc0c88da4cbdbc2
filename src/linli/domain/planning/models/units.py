"""Studies of units with their proposals, and the plans that a district adopted from them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from linli.domain.planning.models.studies import FINGERPRINT, Study, withdrawn_says_why
from linli.domain.planning.rules.units.studies import UnitStudyState

_DRAWN = [UnitStudyState.DRAWN.value, UnitStudyState.STOPPED.value]


def _days() -> Func:
    return Func(F("from_on"), F("until_on"), Value("[)"), function="daterange")


class KeptAtoms(models.Model):
    """Atoms of one situation; studies with equal inputs share them, and nothing is written twice."""

    fingerprint = models.TextField(unique=True)
    content = models.BinaryField()
    community_places = models.JSONField()
    """Permanent ids of the communities, in the atoms' order."""

    def __str__(self) -> str:
        return self.fingerprint[:12]


class UnitStudy(Study):
    """One drawing of a district in units, over one edition, by the rules that an officer gave."""

    synthetic = models.BooleanField()
    rules = models.JSONField()
    runs = models.PositiveSmallIntegerField()
    seed = models.BigIntegerField()
    state = models.CharField(max_length=12, default=UnitStudyState.ASKED.value)
    atoms = models.ForeignKey(KeptAtoms, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = (models.Index(fields=["district", "-id"], name="planning_units_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in UnitStudyState]), name="planning_units_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(edition_fingerprint__regex=FINGERPRINT), name="planning_units_has_a_fingerprint"
            ),
            models.CheckConstraint(
                condition=Q(state__in=_DRAWN, ended_at__isnull=False) | (~Q(state__in=_DRAWN) & Q(ended_at=None)),
                name="planning_units_ended_says_when",
            ),
            models.CheckConstraint(
                # One that was stopped before anything was found has no atoms.
                condition=~Q(state=UnitStudyState.DRAWN.value) | Q(atoms__isnull=False, method__regex=FINGERPRINT),
                name="planning_units_drawn_has_atoms",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="planning_units_has_a_name"),
            models.CheckConstraint(condition=Q(runs__gte=1), name="planning_units_runs_once_at_least"),
            withdrawn_says_why("planning_units_withdrawn_says_why"),
        )


class UnitProposal(models.Model):
    """One way of drawing: found by the search, or somebody's own after moving atoms. No row is ever rewritten."""

    study = models.ForeignKey(UnitStudy, on_delete=models.PROTECT, related_name="proposals")
    number = models.PositiveSmallIntegerField()
    """Of the proposal that was found; copies keep it."""
    revises = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    """The row that this one was edited from."""
    revision = models.PositiveIntegerField(default=0)
    goal = models.JSONField()
    unit = models.BinaryField()
    infeasible = models.JSONField()
    bound = models.FloatField(null=True)
    moves = models.JSONField(default=list)
    """What was moved, as [atom, unit]."""
    totals = models.JSONField()
    people = ArrayField(models.BigIntegerField())
    """Of each unit."""
    actor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["study", "number"], condition=Q(revises=None), name="planning_proposal_has_its_number"
            ),
            models.UniqueConstraint(
                fields=["study", "number", "actor", "revision"],
                condition=Q(revises__isnull=False),
                name="planning_proposal_revision_once",
            ),
            models.CheckConstraint(
                condition=Q(revises=None, revision=0, moves=[])
                | (Q(revises__isnull=False, revises__lt=F("id"), revision__gte=1) & ~Q(moves=[])),
                name="planning_proposal_revision_says_what_moved",
            ),
        )

    def __str__(self) -> str:
        return f"{self.study_id}/{self.number}.{self.revision}"


class UnitPlan(models.Model):
    """A proposal that the district adopted: in force from a day until, not including, another; None is open."""

    district = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    proposal = models.ForeignKey(UnitProposal, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=200, blank=True)
    actor = models.BigIntegerField()
    behalf_of = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(from_on__lt=F("until_on")), name="planning_plan_ends_after_it_begins"
            ),
            ExclusionConstraint(
                name="planning_one_plan_a_district_and_day",
                expressions=[("district", RangeOperators.EQUAL), (_days(), RangeOperators.OVERLAPS)],
                condition=Q(withdrawn_at=None),
            ),
            withdrawn_says_why("planning_plan_withdrawn_says_why"),
        )

    def __str__(self) -> str:
        return f"{self.district_id} {self.from_on}"


class ImplementationUnit(models.Model):
    """One unit of a plan as it was adopted; what later editions change about its people does not change the row."""

    plan = models.ForeignKey(UnitPlan, on_delete=models.PROTECT, related_name="units")
    number = models.PositiveIntegerField()
    """As it stands in the plan, from 1 without gaps."""
    people = models.BigIntegerField()
    communities = models.JSONField()
    """Communities whose residents live in it, as [place, people], the most people first."""
    majority = models.CharField(max_length=120, blank=True)
    """Name of the community in which most of its residents live."""
    area_m2 = models.FloatField()
    radius_m = models.FloatField(null=True)
    compactness = models.FloatField(null=True)
    walks = models.JSONField()
    """Residents within the walk, by service."""
    exception = models.BooleanField()
    """Outside the range of people, because no drawing can bring it within."""
    color = models.PositiveSmallIntegerField()
    geometry = models.BinaryField()
    """WKB in WGS 84."""

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["plan", "number"], name="planning_unit_number_once_a_plan"),
            models.CheckConstraint(
                condition=Q(number__gte=1, people__gte=0, area_m2__gte=0), name="planning_unit_counts_what_is"
            ),
        )

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.number}"
