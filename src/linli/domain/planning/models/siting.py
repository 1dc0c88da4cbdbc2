"""Sitings as they were asked and answered, and the projects that were proposed from them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from linli.domain.planning.models.studies import FINGERPRINT, Study, withdrawn_says_why
from linli.domain.planning.rules.siting.problems import Origin, Supply
from linli.domain.planning.rules.siting.studies import ANSWERED, ENDED, StudyState

_ANSWERED = [state.value for state in ANSWERED]
_ENDED = [state.value for state in ENDED]


class SitingStudy(Study):
    """One question of what to put where, over one edition, with its answer once there is one."""

    home = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    """The area whose residents and sites it is about: the district itself, a subdistrict or a community."""
    problem = models.JSONField()
    limit_s = models.FloatField()
    """Seconds that the search may take."""
    asks_again = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    """The study of which this one relaxes a rule."""
    state = models.CharField(max_length=12, default=StudyState.QUEUED.value)
    answer = models.JSONField(null=True)
    gains = models.JSONField(null=True)
    """Who is newly within the limits, home by home, and which shortfalls each choice closes."""
    value = models.FloatField(null=True)
    bound = models.FloatField(null=True)
    share = models.FloatField(default=0)
    """Of the time it may take."""
    started_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["district", "-id"], name="planning_siting_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in StudyState]), name="planning_siting_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(edition_fingerprint__regex=FINGERPRINT), name="planning_siting_has_a_fingerprint"
            ),
            models.CheckConstraint(
                condition=Q(state__in=_ENDED, ended_at__isnull=False) | (~Q(state__in=_ENDED) & Q(ended_at=None)),
                name="planning_siting_ended_says_when",
            ),
            models.CheckConstraint(
                # A study that was stopped before anything was found has no answer.
                condition=Q(state__in=_ANSWERED, answer__isnull=False, method__regex=FINGERPRINT)
                | Q(state=StudyState.STOPPED.value)
                | (~Q(state__in=_ANSWERED) & Q(answer=None)),
                name="planning_siting_answered_has_an_answer",
            ),
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="planning_siting_share_is_a_share"),
            models.CheckConstraint(condition=Q(limit_s__gt=0), name="planning_siting_may_take_time"),
            models.CheckConstraint(condition=~Q(name=""), name="planning_siting_has_a_name"),
            withdrawn_says_why("planning_siting_withdrawn_says_why"),
            models.CheckConstraint(
                condition=Q(asks_again=None) | Q(asks_again__lt=F("id")), name="planning_siting_asks_an_older_one_again"
            ),
        )


class ProposedProject(models.Model):
    """One place of an answer, taken on as something to do."""

    study = models.ForeignKey(SitingStudy, on_delete=models.PROTECT, related_name="projects")
    home = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    candidate = models.CharField(max_length=200)
    """Key of the premises or building, or of the drawn point."""
    place_name = models.CharField(max_length=200, blank=True)
    origin = models.CharField(max_length=12)
    longitude = models.FloatField()
    latitude = models.FloatField()
    functions = ArrayField(models.CharField(max_length=60))
    supply = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    cost_fen = models.BigIntegerField(null=True)
    cost_fen_yearly = models.BigIntegerField()
    gains = models.JSONField(default=list)
    """People newly within the limit by function, as [kind, people]."""
    shortfalls = models.JSONField(default=list)
    """Shortfalls it would close alone, as [community, indicator, people]."""
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=200, blank=True)
    actor = models.BigIntegerField()
    behalf_of = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["study", "candidate"], condition=Q(withdrawn_at=None), name="planning_project_proposed_once"
            ),
            models.CheckConstraint(
                condition=Q(supply__in=[one.value for one in Supply], origin__in=[one.value for one in Origin]),
                name="planning_project_supply_and_origin_are_known",
            ),
            models.CheckConstraint(
                condition=(Q(cost_fen=None) | Q(cost_fen__gte=0)) & Q(cost_fen_yearly__gte=0),
                name="planning_project_cost_not_negative",
            ),
            models.CheckConstraint(condition=Q(functions__len__gte=1), name="planning_project_serves_something"),
            models.CheckConstraint(
                condition=Q(longitude__gte=-180, longitude__lte=180, latitude__gte=-90, latitude__lte=90),
                name="planning_project_lies_on_earth",
            ),
            withdrawn_says_why("planning_project_withdrawn_says_why"),
        )

    def __str__(self) -> str:
        return self.name
