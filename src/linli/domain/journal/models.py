"""Lines, their links in a chain and the seals: rows that are added and never touched again."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.expressions import RawSQL


class Line(models.Model):
    """One act. The database itself notes the transaction that wrote it."""

    home = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    actor = models.BigIntegerField()
    channel = models.CharField(max_length=16)
    behalf_of = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=80)
    object = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    cluster = models.BigIntegerField(db_default=RawSQL("journal_cluster()", ()))
    transaction = models.BigIntegerField(db_default=RawSQL("(pg_current_xact_id()::text::bigint)", ()))

    class Meta:
        indexes = (
            models.Index(fields=["home", "-id"], name="journal_line_home"),
            models.Index(fields=["actor", "-id"], name="journal_line_actor"),
        )
        constraints = (models.CheckConstraint(condition=~models.Q(home=0), name="journal_line_home_is_a_place"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.object}"


class Seal(models.Model):
    """The end of a stretch of one home's chain; ``home`` 0 is the chain of lines without a place."""

    home = models.BigIntegerField()
    number = models.PositiveIntegerField()
    from_position = models.BigIntegerField()
    until_position = models.BigIntegerField()
    previous = models.BinaryField(max_length=32)
    chain = models.BinaryField(max_length=32)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    cluster = models.BigIntegerField()
    horizon = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["home", "number"], name="journal_seal_number_once"),
            models.CheckConstraint(
                condition=models.Q(from_position__lt=models.F("until_position")), name="journal_seal_is_not_empty"
            ),
        )

    def __str__(self) -> str:
        return f"{self.home}/{self.number}"


class Link(models.Model):
    """The position of one sealed line. ``line_id`` is no foreign key: a lost line must leave its link behind."""

    home = models.BigIntegerField()
    position = models.BigIntegerField()
    line_id = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    chain = models.BinaryField(max_length=32)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["home", "position"], name="journal_link_position_once"),
            models.UniqueConstraint(fields=["line_id"], name="journal_link_line_once"),
        )

    def __str__(self) -> str:
        return f"{self.home}/{self.position}"
