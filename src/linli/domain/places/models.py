"""Places and their codes, editions of a district, and the versions of places that editions hold.

A version belongs to the editions of its district with ``from_edition <= number < until_edition``; whatever an edition
does not change is not written again.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value

from linli.domain.places.rules.layers import LAYERS

DISTRICT = "district"
_LAYERS = [DISTRICT, *(layer.key for layer in LAYERS)]
_AREAS = ["subdistricts", "communities"]
_DIGEST_BYTES = 32


def _days() -> Func:
    return Func(F("from_on"), F("until_on"), Value("[)"), function="daterange")


class Place(models.Model):
    """Something with a permanent id. ``key`` is how files of its district name it; places with a code have none."""

    district = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    layer = models.CharField(max_length=20)
    key = models.TextField(null=True, db_collation="C")  # noqa: DJ001  a place with a code has no key, not an empty one

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["district", "layer", "key"], name="places_key_names_one_place"),
            models.CheckConstraint(condition=Q(layer__in=_LAYERS), name="places_layer_is_known"),
            models.CheckConstraint(
                condition=Q(layer=DISTRICT, district=None) | (~Q(layer=DISTRICT) & Q(district__isnull=False)),
                name="places_place_lies_in_a_district",
            ),
        )

    def __str__(self) -> str:
        return f"{self.layer} {self.pk}"


class PlaceCode(models.Model):
    """A code that names a place from a day until, not including, another; None is open."""

    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="codes")
    scheme = models.TextField(db_collation="C")
    code = models.TextField(db_collation="C")
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    successor = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = (models.Index(fields=["code"], name="places_by_code"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(from_on__lt=F("until_on")), name="places_code_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | Q(until_on__isnull=False), name="places_code_with_successor_has_ended"
            ),
            ExclusionConstraint(
                name="places_code_names_one_place_a_day",
                expressions=[
                    ("scheme", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="places_place_has_one_code_a_day",
                expressions=[
                    ("place", RangeOperators.EQUAL),
                    ("scheme", RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
        )

    def __str__(self) -> str:
        return self.code


class District(models.Model):
    """A district that was opened; its row is what editions of the district wait for one another on."""

    place = models.OneToOneField(Place, on_delete=models.PROTECT, primary_key=True, related_name="+")
    code = models.TextField(db_collation="C", unique=True)
    name = models.TextField()
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Edition(models.Model):
    """The state of a district after one act. Only imports carry a header; the others rest on an import's."""

    class Kind(models.TextChoices):
        IMPORT = "import"
        CORRECTION = "correction"
        WITHDRAWAL = "withdrawal"

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    fingerprint = models.CharField(max_length=64)
    base = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    package_fingerprint = models.CharField(max_length=64, blank=True)
    header = models.JSONField(null=True)
    population_grid = models.BinaryField(null=True)
    day = models.DateField()
    source = models.TextField(blank=True)
    licence = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    withdrawn_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.BigIntegerField()
    behalf_of = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    channel = models.CharField(max_length=16)

    class Meta:
        indexes = (models.Index(fields=["district", "fingerprint"], name="places_edition_by_fingerprint"),)
        constraints = (
            models.UniqueConstraint(fields=["district", "number"], name="places_edition_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="places_edition_number_from_one"),
            models.CheckConstraint(
                condition=Q(fingerprint__regex=r"^[0-9a-f]{64}$"), name="places_edition_has_a_fingerprint"
            ),
            models.CheckConstraint(
                condition=Q(kind="import", header__isnull=False) | (~Q(kind="import") & Q(header=None)),
                name="places_import_has_a_header",
            ),
            models.CheckConstraint(condition=Q(kind="import") | ~Q(reason=""), name="places_change_has_a_reason"),
            models.CheckConstraint(
                condition=Q(kind="import") | Q(withdrawn_by=None), name="places_import_is_withdrawn"
            ),
        )

    def __str__(self) -> str:
        return f"{self.district_id}/{self.number}"


class Correction(models.Model):
    """What one correction says of one place. It is laid over every later import; nothing ends it but another one."""

    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="corrections")
    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, related_name="correction")
    changes = models.JSONField(default=dict)
    geometry = models.BinaryField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(changes={}) | Q(geometry__isnull=False), name="places_correction_changes_something"
            ),
        )

    def __str__(self) -> str:
        return f"correction {self.pk} of {self.place_id}"


class Version(models.Model):
    """A place as a run of editions has it. Geometry is WKB in WGS 84; ``area`` is the next larger area it lies in."""

    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="versions")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    layer = models.CharField(max_length=20)
    key = models.TextField(db_collation="C")
    from_edition = models.PositiveIntegerField()
    until_edition = models.PositiveIntegerField(null=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    geometry = models.BinaryField(null=True)
    west = models.FloatField(null=True)
    south = models.FloatField(null=True)
    east = models.FloatField(null=True)
    north = models.FloatField(null=True)
    attributes = models.JSONField(default=dict)
    hash = models.BinaryField(max_length=_DIGEST_BYTES)
    area = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    is_corrected = models.BooleanField(default=False)
    name = models.TextField(blank=True)
    name_order = models.TextField(blank=True, db_collation="C")
    name_pieces = ArrayField(models.TextField(), default=list)

    class Meta:
        indexes = (
            models.Index(fields=["district", "layer", "key"], name="places_version_by_key"),
            # Rights ask for areas within areas at every request; buildings must not be read for that.
            models.Index(fields=["area"], name="places_area_within", condition=Q(layer__in=_AREAS)),
            models.Index(fields=["key"], name="places_version_now_by_key", condition=Q(until_edition=None)),
            GinIndex(fields=["name_pieces"], name="places_version_by_name", condition=Q(until_edition=None)),
        )
        constraints = (
            ExclusionConstraint(
                name="places_version_once_an_edition",
                expressions=[
                    ("place", RangeOperators.EQUAL),
                    (
                        Func(F("from_edition"), F("until_edition"), Value("[)"), function="int4range"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(until_edition=None) | Q(from_edition__lt=F("until_edition")),
                name="places_version_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(from_on__lte=F("until_on")), name="places_version_days_in_order"
            ),
            models.CheckConstraint(
                condition=Q(geometry=None, west=None, south=None, east=None, north=None)
                # A comparison with NULL is not false, so each bound is asked for by name.
                | Q(geometry__isnull=False, west__isnull=False, south__isnull=False, east__isnull=False)
                & Q(north__isnull=False, west__lte=F("east"), south__lte=F("north")),
                name="places_version_bounds_match_geometry",
            ),
        )

    def __str__(self) -> str:
        return f"{self.layer} {self.key} {self.from_edition}–{self.until_edition or ''}"


class RefusedRows(models.Model):
    """Rows that an explicit import of the good ones left behind: a task until somebody closes it."""

    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, related_name="refused_rows")
    faults = models.JSONField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="places_task_is_closed_by_someone",
            ),
        )

    def __str__(self) -> str:
        return f"{len(self.faults)} rows of {self.edition_id}"
