"""What officers and communities add to the packs: dated figures, indicators and scenes of their own."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from linli.domain.standards.rules import Bar, Binding, Comparison


def _days() -> Func:
    return Func(F("from_on"), F("until_on"), Value("[)"), function="daterange")


def _ends_after_it_begins(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(until_on=None) | Q(from_on__lt=F("until_on")), name=name)


_ON_RECORD = Q(withdrawn_at=None)


class Record(models.Model):
    """A dated record of one district: who, when, by which channel. It is never rewritten, only ended or withdrawn."""

    district = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    pack = models.TextField(db_collation="C")
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    actor = models.BigIntegerField()
    at = models.DateTimeField()
    channel = models.TextField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.TextField(blank=True)

    class Meta:
        abstract = True


class Figure(Record):
    """A figure that an officer confirmed or set.

    The value is an exact fraction; ``types`` are sorted and joined by ``+``.
    """

    threshold = models.TextField(db_collation="C")
    indicator = models.TextField(db_collation="C")
    bar = models.TextField()
    comparison = models.TextField()
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()
    numerator_to = models.BigIntegerField(null=True)
    denominator_to = models.BigIntegerField(null=True)
    unit = models.TextField()
    types = models.TextField(blank=True)
    either = models.TextField(blank=True)
    clause = models.TextField()
    source = models.TextField()
    confirms = models.BooleanField()
    demo = models.BooleanField(default=False)

    class Meta:
        constraints = (
            _ends_after_it_begins("standards_figure_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(bar__in=[b.value for b in Bar]), name="standards_figure_bar_is_known"),
            models.CheckConstraint(
                condition=Q(comparison__in=[c.value for c in Comparison]), name="standards_figure_comparison_is_known"
            ),
            models.CheckConstraint(
                condition=Q(denominator__gt=0, numerator__gte=0), name="standards_figure_is_a_number"
            ),
            models.CheckConstraint(
                condition=Q(comparison=Comparison.WITHIN.value)
                # A comparison with NULL is not false.
                & Q(numerator_to__isnull=False, denominator_to__isnull=False, numerator_to__gte=0, denominator_to__gt=0)
                | (~Q(comparison=Comparison.WITHIN.value) & Q(numerator_to=None, denominator_to=None)),
                name="standards_figure_range_has_two_ends",
            ),
            models.CheckConstraint(condition=~Q(clause="") & ~Q(source=""), name="standards_figure_says_where_from"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_because=""), name="standards_figure_withdrawn_with_reason"
            ),
            ExclusionConstraint(
                name="standards_one_figure_a_threshold_a_day",
                expressions=[
                    ("district", RangeOperators.EQUAL),
                    ("pack", RangeOperators.EQUAL),
                    ("threshold", RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
                condition=_ON_RECORD,
            ),
        )

    def __str__(self) -> str:
        return f"{self.pack} {self.threshold} {self.from_on}"


class LocalScene(Record):
    """A scene that a place adds for itself (特色场景、创新场景)."""

    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    zh = models.TextField()
    en = models.TextField(blank=True)

    class Meta:
        constraints = (
            _ends_after_it_begins("standards_scene_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(zh=""), name="standards_scene_has_a_name"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_because=""), name="standards_scene_withdrawn_with_reason"
            ),
        )

    def __str__(self) -> str:
        return self.zh


class LocalIndicator(Record):
    """An indicator that a place adds for itself (自选指标). ``measure`` has the form of a pack's file."""

    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    scene = models.TextField(db_collation="C")
    zh = models.TextField()
    en = models.TextField(blank=True)
    definition = models.TextField()
    why = models.TextField(blank=True)
    binding = models.TextField()
    source = models.TextField()
    measure = models.JSONField()
    question = models.TextField(blank=True)

    class Meta:
        constraints = (
            _ends_after_it_begins("standards_indicator_ends_after_it_begins"),
            models.CheckConstraint(
                condition=~Q(zh="") & ~Q(definition="") & ~Q(source=""), name="standards_indicator_says_what_it_is"
            ),
            models.CheckConstraint(
                condition=Q(binding__in=[b.value for b in Binding]), name="standards_indicator_binding_is_known"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_because=""),
                name="standards_indicator_withdrawn_with_reason",
            ),
        )

    def __str__(self) -> str:
        return self.zh
