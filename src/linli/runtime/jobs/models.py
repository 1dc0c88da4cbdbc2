"""The record of a job, for the pages that show it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("进行中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("未完成:出错")
    STOPPED = "stopped", _("已停止")


FINAL = (State.DONE, State.FAILED, State.STOPPED)


class Job(models.Model):
    """One piece of long work. Person and place are plain numbers: the machine does not lean on the rooms."""

    kind = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    person = models.BigIntegerField(null=True)
    home = models.BigIntegerField(null=True, help_text="the place whose officers may see this job")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    message = models.TextField(default="", blank=True)
    result = models.JSONField(null=True)
    stop_requested = models.BooleanField(default=False)
    attempts = models.IntegerField(default=0)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["person", "-queued_at"], name="job_person"),
            models.Index(fields=["state"], name="job_unfinished", condition=Q(state__in=["queued", "running"])),
        )
        constraints = (
            models.CheckConstraint(name="job_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="job_progress_not_negative", condition=Q(done__gte=0, total__gte=0)),
            models.CheckConstraint(
                name="job_finished_when_final",
                condition=Q(state__in=FINAL, finished_at__isnull=False)
                | (~Q(state__in=FINAL) & Q(finished_at__isnull=True)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk} {self.state}"
