"""Scenarios: named lists of edits over an edition. Revisions and effects are added and never changed."""

from django.db import models
from django.db.models import Q

from linli.domain.planning.models.studies import FINGERPRINT, withdrawn_says_why
from linli.domain.planning.rules.scenarios.summaries import RevisionKind


class Scenario(models.Model):
    """What a scenario is called, for which area it plans and who made it; what it says stands in its revisions."""

    district = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    home = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    """The area within which its edits lie: the district, a subdistrict or a community."""
    name = models.CharField(max_length=80)
    day = models.DateField()
    token = models.CharField(max_length=43, null=True, unique=True)  # noqa: DJ001  without a link there is no token
    stuck_edition = models.ForeignKey("places.Edition", on_delete=models.PROTECT, null=True, related_name="+")
    """The edition onto which it could not be carried over."""
    stuck_faults = models.JSONField(default=list)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=200, blank=True)
    actor = models.BigIntegerField()
    behalf_of = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["district", "-id"], name="planning_scenario_newest"),)
        constraints = (
            models.CheckConstraint(condition=~Q(name=""), name="planning_scenario_has_a_name"),
            models.UniqueConstraint(
                fields=["district", "home", "name"],
                condition=Q(withdrawn_at=None),
                name="planning_scenario_name_once_an_area",
            ),
            withdrawn_says_why("planning_scenario_withdrawn_says_why"),
            models.CheckConstraint(
                condition=Q(stuck_edition=None, stuck_faults=[])
                | (Q(stuck_edition__isnull=False) & ~Q(stuck_faults=[])),
                name="planning_scenario_stuck_says_why",
            ),
        )

    def __str__(self) -> str:
        return self.name


class ScenarioRevision(models.Model):
    """One list of edits over one edition; the newest revision is what the scenario says."""

    scenario = models.ForeignKey(Scenario, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)
    edition = models.ForeignKey("places.Edition", on_delete=models.PROTECT, related_name="+")
    edition_fingerprint = models.CharField(max_length=64)
    edits = models.JSONField()
    actor = models.BigIntegerField()
    behalf_of = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["scenario", "number"], name="planning_scenario_revision_once"),
            models.CheckConstraint(
                condition=Q(number=1, kind=RevisionKind.CREATED.value)
                | Q(number__gt=1, kind__in=[RevisionKind.REVISED.value, RevisionKind.CARRIED_OVER.value]),
                name="planning_scenario_revision_kind_fits",
            ),
            models.CheckConstraint(
                condition=Q(edition_fingerprint__regex=FINGERPRINT), name="planning_scenario_revision_has_an_edition"
            ),
        )

    def __str__(self) -> str:
        return f"{self.scenario_id}/{self.number}"


class ScenarioEffect(models.Model):
    """What a revision was found to change in one time slice by one pack; equal inputs and method, equal effect."""

    revision = models.ForeignKey(ScenarioRevision, on_delete=models.PROTECT, related_name="effects")
    pack_key = models.CharField(max_length=60)
    pack_fingerprint = models.CharField(max_length=64)
    slice = models.CharField(max_length=40, blank=True)
    day = models.DateField()
    inputs = models.CharField(max_length=64)
    method = models.CharField(max_length=64)
    summary = models.JSONField()
    actor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["revision", "pack_key", "slice", "inputs", "method"], name="planning_scenario_effect_once"
            ),
            models.CheckConstraint(
                condition=Q(inputs__regex=FINGERPRINT) & Q(method__regex=FINGERPRINT),
                name="planning_scenario_effect_has_fingerprints",
            ),
        )

    def __str__(self) -> str:
        return f"{self.revision_id} {self.pack_key} {self.slice}"
