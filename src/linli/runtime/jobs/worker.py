"""Running jobs: one at a time, each under a lock that dies with its worker."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import DeleteJobCondition, Status

from linli.runtime import database
from linli.runtime.jobs import queue, registry
from linli.runtime.jobs.models import Job, State

log = logging.getLogger("linli.jobs")

# Progress is written at most this often; a stop is noticed as late.
REPORT_EVERY_S = 0.25
# Shared by all workers of a database: the first half of an advisory lock's key.
LOCK_SPACE = 0x4C4A
NICENESS = 5

_shutting_down = threading.Event()


@dataclass(slots=True)
class _Run:
    """A job being run; its own connection commits at once, so progress shows while the work's transaction is open."""

    id: int
    person: int | None
    home: int | None
    line: BaseDatabaseWrapper
    reported_at: float = field(default=0.0)

    def progress(self, done: int, total: int, message: str = "") -> None:
        if _shutting_down.is_set():
            raise registry.Interrupted
        now = time.monotonic()
        if now - self.reported_at < REPORT_EVERY_S and done < total:
            return
        self.reported_at = now
        with self.line.cursor() as cursor:
            cursor.execute(
                "UPDATE jobs_job SET done = %s, total = %s, message = %s WHERE id = %s RETURNING stop_requested",
                [done, total, message, self.id],
            )
            row = cursor.fetchone()
        if row is None or row[0]:
            raise registry.Stopped


@app.task(name=queue.TASK)
def _task(job_id: int) -> None:
    try:
        run(job_id)
    finally:
        connections.close_all()


def run(job_id: int) -> None:
    """Run one job to its end, unless another worker does or it has ended."""
    with _line() as line:
        if not _lock(line, job_id):
            return
        one = _begin(line, job_id)
        if one is None:
            return
        work = _Run(one.pk, one.person, one.home, line)
        try:
            result = registry.find(one.kind).work(work, **one.arguments)
        except registry.Stopped:
            _end(line, job_id, State.STOPPED, message=_("已按要求停止。"))
        except registry.Interrupted:
            _give_back(line, job_id)
        except Exception as error:
            _end(line, job_id, State.FAILED, message=_sentence(one.kind, job_id, error))
        else:
            _end(line, job_id, State.DONE, result=dict(result) if result is not None else None)


def recover() -> list[int]:
    """Queue again every unfinished job that nobody runs and nobody will; the numbers of these jobs."""
    found = []
    with _line() as line:
        for one in Job.objects.filter(state__in=(State.QUEUED, State.RUNNING)).order_by("pk"):
            if not _lock(line, one.pk):
                continue
            with transaction.atomic():
                if _requeue(one):
                    found.append(one.pk)
            _unlock(line, one.pk)
    return found


def work_until_told() -> None:
    """The worker process: ends on SIGTERM or SIGINT, or when the process that started it is gone."""
    os.nice(NICENESS)
    registry.discover()
    database.ensure_server()
    recover()
    connections.close_all()
    asyncio.run(_work())


async def _work() -> None:
    loop = asyncio.get_running_loop()
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]  # Django's connector has it
    async with app.with_connector(connector).open_async() as opened:
        working = asyncio.create_task(
            opened.run_worker_async(
                concurrency=1, install_signal_handlers=False, delete_jobs=DeleteJobCondition.ALWAYS.value
            )
        )

        def end() -> None:
            _shutting_down.set()
            working.cancel()

        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, end)
        if not sys.stdin.isatty():
            threading.Thread(target=_watch_parent, args=(loop, end), daemon=True).start()
        with contextlib.suppress(asyncio.CancelledError):
            await working


def _watch_parent(loop: asyncio.AbstractEventLoop, end: Any) -> None:
    """Standard input is a pipe from the server; it closes when the server is gone, however it went."""
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 64):
            pass
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(end)


@contextlib.contextmanager
def _line() -> Iterator[BaseDatabaseWrapper]:
    line = connection.copy()  # type: ignore[attr-defined]  # the proxy forwards it
    try:
        yield line
    finally:
        line.close()


def _lock(line: BaseDatabaseWrapper, job_id: int) -> bool:
    with line.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashint8(%s))", [LOCK_SPACE, job_id])
        return bool(cursor.fetchone()[0])


def _unlock(line: BaseDatabaseWrapper, job_id: int) -> None:
    with line.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, hashint8(%s))", [LOCK_SPACE, job_id])


def _begin(line: BaseDatabaseWrapper, job_id: int) -> Job | None:
    with line.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET state = 'running', started_at = %s, attempts = attempts + 1, done = 0 "
            "WHERE id = %s AND state IN ('queued', 'running')",
            [timezone.now(), job_id],
        )
        if not cursor.rowcount:
            return None
    return Job.objects.get(pk=job_id)


def _end(
    line: BaseDatabaseWrapper, job_id: int, state: State, *, message: str = "", result: dict[str, Any] | None = None
) -> None:
    with line.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET state = %s, finished_at = %s, message = %s, result = %s WHERE id = %s",
            [state.value, timezone.now(), message, None if result is None else json.dumps(result), job_id],
        )


def _give_back(line: BaseDatabaseWrapper, job_id: int) -> None:
    """Back to waiting; the next worker to start takes it from there."""
    with line.cursor() as cursor:
        cursor.execute("UPDATE jobs_job SET state = 'queued' WHERE id = %s", [job_id])


def _sentence(kind: str, job_id: int, error: Exception) -> str:
    if isinstance(error, registry.find(kind).refusals):
        return str(error)
    log.exception("job %s #%s failed", kind, job_id)
    return _("出现意外错误,已记入日志(任务 %(id)s)。请重试;若再次出现,请联系管理员。") % {"id": job_id}


def _requeue(one: Job) -> bool:
    """Whether the job had to be queued again: it is not if a waiting entry for it exists."""
    entries = ProcrastinateJob.objects.filter(task_name=queue.TASK, args__job_id=one.pk)
    if one.state == State.QUEUED and entries.filter(status=Status.TODO.value).exists():
        return False
    for entry in entries.filter(status=Status.DOING.value).values_list("pk", flat=True):
        async_to_sync(app.job_manager.finish_job_by_id_async)(job_id=entry, status=Status.FAILED, delete_job=True)
    Job.objects.filter(pk=one.pk).update(state=State.QUEUED)
    queue.defer(one.pk)
    return True
