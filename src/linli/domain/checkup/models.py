"""Rounds and what they found, and what people reported: rows that are added and never changed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from linli.domain.checkup.rules import Reason, State

_FINGERPRINT = r"^[0-9a-f]{64}$"
_STATES = [state.value for state in State]
_REASONS = [reason.value for reason in Reason]


class KeptPack(models.Model):
    """A pack as it was when a round used it, with the figures of that day."""

    key = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["key", "fingerprint"], name="checkup_pack_kept_once"),)

    def __str__(self) -> str:
        return f"{self.key} {self.fingerprint[:8]}"


class Walks(models.Model):
    """Walking distances of an edition by a method, for maps. Rounds on the same edition share them."""

    edition_fingerprint = models.CharField(max_length=64)
    method = models.CharField(max_length=64)
    buildings = models.BinaryField()
    """Permanent ids of the inhabited buildings, as little-endian int64."""
    communities = models.BinaryField()
    """Of the community of each, likewise."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=["edition_fingerprint", "method"], name="checkup_walks_once"),)

    def __str__(self) -> str:
        return self.edition_fingerprint[:8]


class WalksToKind(models.Model):
    """Whole centimeters from each of the buildings to the nearest facility of one kind, compressed."""

    walks = models.ForeignKey(Walks, on_delete=models.PROTECT, related_name="kinds")
    kind = models.CharField(max_length=60)
    distance_cm = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["walks", "kind"], name="checkup_walks_kind_once"),)

    def __str__(self) -> str:
        return self.kind


class Round(models.Model):
    """One check-up of a whole district. Equal ``inputs`` and ``method`` give equal results."""

    district = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    edition = models.ForeignKey("places.Edition", on_delete=models.PROTECT, related_name="+")
    edition_fingerprint = models.CharField(max_length=64)
    pack = models.ForeignKey(KeptPack, on_delete=models.PROTECT, related_name="+")
    pack_key = models.CharField(max_length=60)
    walks = models.ForeignKey(Walks, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    answers_at = models.DateTimeField()
    """Reports that had come in by this moment count."""
    answers_fingerprint = models.CharField(max_length=64)
    inputs = models.CharField(max_length=64)
    method = models.CharField(max_length=64)
    recomputes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    bands_known = models.BooleanField()
    synthetic = models.BooleanField()
    actor = models.BigIntegerField()
    behalf_of = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["district", "pack_key", "-id"], name="checkup_round_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(edition_fingerprint__regex=_FINGERPRINT)
                & Q(answers_fingerprint__regex=_FINGERPRINT)
                & Q(inputs__regex=_FINGERPRINT)
                & Q(method__regex=_FINGERPRINT),
                name="checkup_round_has_fingerprints",
            ),
            models.CheckConstraint(
                condition=Q(recomputes=None) | Q(recomputes__lt=F("id")), name="checkup_round_recomputes_an_older_one"
            ),
        )

    def __str__(self) -> str:
        return f"round {self.pk} of {self.district_id} by {self.pack_key} on {self.day}"


class Result(models.Model):
    """One indicator in one community."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="results", db_index=False)
    community = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    indicator = models.CharField(max_length=60)
    value = models.FloatField(null=True)
    numerator = models.FloatField(null=True)
    denominator = models.FloatField(null=True)
    unit = models.CharField(max_length=30)
    state = models.CharField(max_length=16)
    reason = models.CharField(max_length=24, blank=True)
    at_minimum = models.BooleanField(null=True)
    at_target = models.BooleanField(null=True)
    required = models.BooleanField(null=True)
    marked = models.BooleanField()
    estimated = models.BooleanField()
    lower_bound = models.BooleanField()
    thresholds = ArrayField(models.CharField(max_length=120))

    class Meta:
        indexes = (models.Index(fields=["round", "indicator"], name="checkup_result_of_indicator"),)
        constraints = (
            models.UniqueConstraint(fields=["round", "community", "indicator"], name="checkup_result_once"),
            models.CheckConstraint(condition=Q(state__in=_STATES), name="checkup_result_state_is_known"),
            models.CheckConstraint(
                condition=Q(reason__in=["", *_REASONS])
                & (~Q(state=State.NOT_ASSESSABLE.value) | ~Q(reason=""))
                & (Q(state=State.NOT_ASSESSABLE.value) | Q(reason="")),
                name="checkup_result_says_why_not_assessable",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(state=State.NOT_ASSESSABLE.value),
                name="checkup_no_verdict_without_value",
            ),
        )

    def __str__(self) -> str:
        return f"{self.indicator} of {self.community_id}: {self.state}"


class GradeResult(models.Model):
    """One community in a round: who lives there, its types, and the grade with reasons.

    ``grade`` is null where it cannot be told and "" where none is reached.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="grades", db_index=False)
    community = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    subdistrict = models.ForeignKey("places.Place", on_delete=models.PROTECT, null=True, related_name="+")
    code = models.TextField(db_collation="C")
    name = models.TextField()
    people = ArrayField(models.BigIntegerField())
    people_estimated = models.BooleanField()
    types = ArrayField(models.CharField(max_length=60))
    grade = models.CharField(max_length=30, null=True)  # noqa: DJ001  no grade is not an unknown grade
    next_grade = models.CharField(max_length=30, blank=True)
    reasons = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["round", "community"], name="checkup_grade_once"),
            models.CheckConstraint(condition=Q(people__len=7), name="checkup_people_by_seven_bands"),
        )

    def __str__(self) -> str:
        return f"{self.name}: {self.grade}"


class Shortfall(models.Model):
    """An indicator a community lacks: people affected by band of age, and the buildings worst off as [place, cm]."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="shortfalls", db_index=False)
    community = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    indicator = models.CharField(max_length=60)
    people = ArrayField(models.BigIntegerField())
    people_total = models.BigIntegerField()
    buildings = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["round", "community", "indicator"], name="checkup_shortfall_once"),
            models.CheckConstraint(condition=Q(people_total__gte=0), name="checkup_shortfall_people_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.indicator} of {self.community_id}: {self.people_total}"


class ReportedFigure(models.Model):
    """What was reported on one question in one community. Later days, and on a day later reports, take its place."""

    community = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+", db_index=False)
    question = models.CharField(max_length=80)
    numerator = models.FloatField()
    denominator = models.FloatField(null=True)
    day = models.DateField()
    note = models.TextField(blank=True)
    actor = models.BigIntegerField()
    behalf_of = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["community", "question", "-day", "-id"], name="checkup_figure_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(denominator=None) | (Q(denominator__gte=0) & Q(numerator__lte=F("denominator"))),
                name="checkup_no_more_satisfied_than_asked",
            ),
            models.CheckConstraint(condition=Q(numerator__gte=0), name="checkup_figure_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.question} of {self.community_id}: {self.numerator}"


class SurveyCampaign(models.Model):
    """A survey of residents' satisfaction: one question, open for some days, answered online by link or on paper."""

    district = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=80)
    title = models.CharField(max_length=120)
    token = models.CharField(max_length=43, unique=True)
    from_on = models.DateField()
    until_on = models.DateField()
    actor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(from_on__lt=F("until_on")), name="checkup_campaign_ends_after_it_begins"
            ),
        )

    def __str__(self) -> str:
        return self.title


class SurveyAnswer(models.Model):
    """One resident's answer, without a name. ``slip`` keeps one slip or one form from counting
    twice.
    """

    campaign = models.ForeignKey(SurveyCampaign, on_delete=models.PROTECT, related_name="answers", db_index=False)
    community = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField()
    slip = models.CharField(max_length=64)
    channel = models.CharField(max_length=16)
    day = models.DateField()
    at = models.DateTimeField()
    actor = models.BigIntegerField(null=True)
    """Who entered a paper slip; nobody for an answer online."""

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["campaign", "channel", "slip"], name="checkup_slip_counts_once"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="checkup_level_from_one_to_five"),
        )

    def __str__(self) -> str:
        return f"{self.level}"


class Evidence(models.Model):
    """A photo or document behind a yes: what, who, when, where. The bytes lie in a file named by their digest."""

    community = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+", db_index=False)
    question = models.CharField(max_length=80)
    kind = models.CharField(max_length=10)
    media_type = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    day = models.DateField()
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    note = models.TextField(blank=True)
    actor = models.BigIntegerField()
    behalf_of = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["community", "question", "-id"], name="checkup_evidence_newest"),)
        constraints = (
            models.UniqueConstraint(
                fields=["community", "question", "digest"], name="checkup_evidence_file_once_a_question"
            ),
            models.CheckConstraint(condition=Q(kind__in=["photo", "document"]), name="checkup_evidence_kind_is_known"),
            models.CheckConstraint(condition=Q(digest__regex=_FINGERPRINT), name="checkup_evidence_has_a_digest"),
            models.CheckConstraint(
                condition=Q(longitude=None, latitude=None)
                # A comparison with NULL is not false, so each is asked for by name.
                | Q(longitude__isnull=False, longitude__gte=-180, longitude__lte=180)
                & Q(latitude__isnull=False, latitude__gte=-90, latitude__lte=90),
                name="checkup_evidence_lies_on_earth",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} for {self.question}"
