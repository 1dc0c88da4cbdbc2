"""What every study of a district keeps: over which edition, by whom, and how it ended."""

from django.db import models
from django.db.models import Q

FINGERPRINT = r"^[0-9a-f]{64}$"


class Study(models.Model):
    """A question about one edition of a district that takes a search to answer."""

    district = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    edition = models.ForeignKey("places.Edition", on_delete=models.PROTECT, related_name="+")
    edition_fingerprint = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    day = models.DateField()
    method = models.CharField(max_length=64, blank=True)
    stop_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=200, blank=True)
    actor = models.BigIntegerField()
    behalf_of = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


def withdrawn_says_why(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(withdrawn_at=None, withdrawn_because="")
        | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because="")),
        name=name,
    )
