"""Asking for long work, looking after it, stopping it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app

from linli.runtime.jobs import registry
from linli.runtime.jobs.models import Job, State

TASK = "linli.job"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job as it stands now."""

    id: int
    kind: str
    arguments: dict[str, Any]
    person: int | None
    home: int | None
    state: State
    done: int
    total: int
    message: str
    result: dict[str, Any] | None
    stop_requested: bool
    attempts: int
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_final(self) -> bool:
        return self.finished_at is not None

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None while the size of the work is unknown."""
        return min(self.done / self.total, 1.0) if self.total else None


class JobNotFound(Exception):
    """No such job."""


def enqueue(kind: str, *, person: int | None = None, home: int | None = None, **arguments: Any) -> int:
    """Queue work by name and return the job's number; it starts when the surrounding transaction commits.

    Raises
    ------
    UnknownJob
    """
    registry.find(kind)
    with transaction.atomic():
        one = Job.objects.create(kind=kind, arguments=arguments, person=person, home=home)
        defer(one.pk)
    return one.pk


def enqueue_once(kind: str, *, home: int | None = None, **arguments: Any) -> int:
    """Queue work that nobody in particular asks for, unless the same is waiting, running or has failed already."""
    same = Job.objects.filter(kind=kind, arguments=arguments).exclude(state__in=(State.DONE, State.STOPPED))
    waiting = same.order_by("-pk").first()
    return waiting.pk if waiting else enqueue(kind, home=home, **arguments)


def defer(job_id: int) -> None:
    """Hand a job's number to the queue."""
    app.configure_task(TASK).defer(job_id=job_id)


def ticket(job_id: int) -> Ticket:
    """The job as it stands.

    Raises
    ------
    JobNotFound
    """
    try:
        return _ticket(Job.objects.get(pk=job_id))
    except Job.DoesNotExist:
        raise JobNotFound(str(job_id)) from None


def recent(*, person: int | None = None, homes: Collection[int] = (), limit: int = 20) -> list[Ticket]:
    """The newest jobs that a person asked for or that belong to these places."""
    mine = Q(home__in=list(homes))
    if person is not None:
        mine |= Q(person=person)
    return [_ticket(one) for one in Job.objects.filter(mine).order_by("-pk")[:limit]]


def stop(job_id: int) -> None:
    """Ask a job to stop: one that waits stops at once, one that runs at its next report of progress."""
    with transaction.atomic():
        one = Job.objects.select_for_update().filter(pk=job_id).first()
        if one is None:
            raise JobNotFound(str(job_id))
        if one.state == State.QUEUED:
            one.state, one.finished_at = State.STOPPED, timezone.now()
        one.stop_requested = True
        one.save(update_fields=["state", "finished_at", "stop_requested"])


def _ticket(one: Job) -> Ticket:
    fields = {name: getattr(one, name) for name in Ticket.__slots__ if name not in ("id", "state")}
    return Ticket(id=one.pk, state=State(one.state), **fields)
