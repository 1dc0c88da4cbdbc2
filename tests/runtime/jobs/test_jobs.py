"""Long work: queued, run, stopped, refused, and run again when its worker dies."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import environment_on
from django.db import connection, transaction

from linli.runtime.jobs import queue, registry, worker
from linli.runtime.jobs.models import Job, State

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_job_runs_to_its_end_and_keeps_its_result() -> None:
    job = queue.enqueue("tests.count", person=7, home=9, to=5)

    worker.run(job)

    ticket = queue.ticket(job)
    assert (ticket.state, ticket.result, ticket.done, ticket.total) == (State.DONE, {"counted": 5}, 5, 5)
    assert ticket.is_final
    assert [one.id for one in queue.recent(person=7)] == [job]
    assert [one.id for one in queue.recent(homes=[9])] == [job]
    assert queue.recent(person=8) == []


def test_an_unknown_job_is_refused_at_once() -> None:
    with pytest.raises(registry.UnknownJob, match=r"tests\.count"):
        queue.enqueue("tests.nothing")


def test_a_job_of_a_withdrawn_transaction_is_never_queued() -> None:
    with transaction.atomic():
        queue.enqueue("tests.count", to=1)
        transaction.set_rollback(True)

    assert not Job.objects.exists()


def test_a_refusal_is_shown_and_an_accident_is_not(caplog: pytest.LogCaptureFixture) -> None:
    refused, broken = queue.enqueue("tests.count", to=101), queue.enqueue("tests.break")

    worker.run(refused)
    worker.run(broken)

    assert queue.ticket(refused).message == "不能超过 100。"
    assert str(broken) in queue.ticket(broken).message
    assert "ZeroDivisionError" not in queue.ticket(broken).message
    assert "ZeroDivisionError" in caplog.text


def test_a_waiting_job_stops_at_once_and_never_runs() -> None:
    job = queue.enqueue("tests.count", to=5)

    queue.stop(job)
    worker.run(job)

    assert queue.ticket(job).state == State.STOPPED
    assert queue.ticket(job).attempts == 0


def test_a_running_job_stops_at_its_next_report() -> None:
    job = queue.enqueue("tests.count", to=5)
    Job.objects.filter(pk=job).update(stop_requested=True)

    worker.run(job)

    assert queue.ticket(job).state == State.STOPPED


def test_a_job_runs_once_however_often_it_is_asked() -> None:
    job = queue.enqueue("tests.count", to=5)

    worker.run(job)
    worker.run(job)

    assert queue.ticket(job).attempts == 1


def test_work_that_nobody_asks_for_is_queued_once_at_a_time() -> None:
    first = queue.enqueue_once("tests.count", home=9, to=5)
    assert queue.enqueue_once("tests.count", home=9, to=5) == first
    assert queue.enqueue_once("tests.count", home=9, to=6) != first

    worker.run(first)

    assert queue.enqueue_once("tests.count", home=9, to=5) != first


def test_nothing_is_recovered_while_the_queue_still_holds_it() -> None:
    queue.enqueue("tests.count", to=5)

    assert worker.recover() == []


@contextmanager
def _worker_process() -> Iterator["subprocess.Popen[bytes]"]:
    environment = environment_on(connection.settings_dict["NAME"]) | {
        "DJANGO_SETTINGS_MODULE": "settings_of_tests",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    child = subprocess.Popen([sys.executable, "-m", "linli.runtime.jobs"], env=environment, stdin=subprocess.PIPE)
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        if child.stdin:
            child.stdin.close()


def _until(reached: Callable[[], bool], *, limit_s: float = 90) -> None:
    until = time.monotonic() + limit_s
    while not reached():
        assert time.monotonic() < until, "not reached in time"
        time.sleep(0.05)


@pytest.mark.long
def test_a_job_survives_the_death_of_its_worker() -> None:
    job = queue.enqueue("tests.slow", steps=60)
    with _worker_process() as first:
        _until(lambda: queue.ticket(job).done > 2)
        first.kill()
        first.wait()
    assert queue.ticket(job).state == State.RUNNING

    with _worker_process():
        _until(lambda: queue.ticket(job).state == State.DONE)

    assert queue.ticket(job).attempts == 2


@pytest.mark.long
def test_a_worker_told_to_end_gives_its_job_back_and_leaves_quickly() -> None:
    job = queue.enqueue("tests.slow", steps=2000)
    with _worker_process() as first:
        _until(lambda: queue.ticket(job).done > 2)
        begun = time.monotonic()
        first.terminate()
        first.wait(timeout=60)
    assert time.monotonic() - begun < 15
    assert queue.ticket(job).state == State.QUEUED

    with _worker_process():
        _until(lambda: queue.ticket(job).state == State.RUNNING)
        queue.stop(job)
        _until(lambda: queue.ticket(job).state == State.STOPPED)


@pytest.mark.long
def test_a_worker_ends_with_the_process_that_started_it() -> None:
    with _worker_process() as child:
        assert child.stdin is not None
        child.stdin.close()

        assert child.wait(timeout=90) == 0
