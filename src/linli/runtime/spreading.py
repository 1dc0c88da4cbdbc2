"""The same work on many things, one after the other, on several processors, or by Dask.

One thing is one task. A task is given references to files and gives back a few figures, never arrays; what it raises
is its own result, so that one bad thing stops no other. Whoever stops asking stops the work.
"""

import logging
import multiprocessing
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
Done = Iterator[tuple[int, R | Exception]]
"""The number of the thing, and its result or what it raised, in the order in which they are done."""


class DaskMissing(Exception):
    """Dask is an extra that is not installed."""


class WorkerLost(Exception):
    """A process ended in the middle of a task, as when memory runs out."""


def serially(work: Callable[[T], R], things: Sequence[T]) -> Done[R]:
    """In this process."""
    for number, thing in enumerate(things):
        try:
            yield number, work(thing)
        except Exception as problem:
            yield number, problem


def in_processes(work: Callable[[T], R], things: Sequence[T], *, workers: int, ready: str) -> Done[R]:
    """In ``workers`` processes of this machine. A task whose process is lost is tried once more, alone.

    ``ready`` names a module that loads what the work needs; where the system can, only once for all processes.
    """
    unfinished = set(range(len(things)))
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(_start(ready)))
    try:
        futures = {pool.submit(work, thing): number for number, thing in enumerate(things)}
        for future in as_completed(futures):
            result = _result(future)
            if not isinstance(result, WorkerLost):
                unfinished.discard(futures[future])
                yield futures[future], result
    finally:
        _end(pool)
    for number in sorted(unfinished):
        yield number, _alone(work, things[number], ready)


def get_ready(ready: str) -> None:
    """Begin loading what workers need, beside whatever this process has to do first."""
    if _start(ready) == "forkserver":
        from multiprocessing.forkserver import ensure_running

        ensure_running()


def _start(ready: str) -> str:
    """How processes start: from one that has loaded what the work needs, where the system knows that."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return "spawn"
    multiprocessing.set_forkserver_preload([ready])
    return "forkserver"


def quieten() -> None:
    """Let Dask speak of errors only; a module of ``ready`` calls this for its processes."""
    for part in ("core", "nanny", "scheduler", "worker"):
        logging.getLogger(f"distributed.{part}").setLevel(logging.ERROR)


def _alone(work: Callable[[T], R], thing: T, ready: str) -> R | Exception:
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(_start(ready)))
    try:
        return _result(pool.submit(work, thing))
    finally:
        _end(pool)


def _result(future: Future[R]) -> R | Exception:
    try:
        return future.result()
    except BrokenProcessPool:
        return WorkerLost()
    except Exception as problem:
        return problem


def _end(pool: ProcessPoolExecutor) -> None:
    """End the processes now, finished or not."""
    running = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in running:
        process.terminate()
    for process in running:
        process.join()


def by_dask(work: Callable[[T], R], things: Sequence[T], *, workers: int, ready: str) -> Done[R]:
    """By a Dask cluster of this machine, on loopback and without its page; its processes end with the work.

    ``ready`` as in ``in_processes``.

    Raises
    ------
    DaskMissing
    """
    try:
        import dask
        from distributed import Client, KilledWorker, LocalCluster
        from distributed import as_completed as as_dask_completes
    except ImportError as missing:
        raise DaskMissing from missing
    quieten()
    quiet = {
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.worker.multiprocessing-method": _start(ready),
    }
    with (
        dask.config.set(quiet),
        warnings.catch_warnings(),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address=None,
            scheduler_kwargs={"dashboard": False},
            memory_limit=None,
            silence_logs=logging.ERROR,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        futures = {client.submit(work, thing, pure=False): number for number, thing in enumerate(things)}
        for future in as_dask_completes(list(futures), loop=client.loop):
            problem = future.exception()
            result = future.result() if problem is None else problem
            yield futures[future], WorkerLost() if isinstance(problem, KilledWorker) else result
            future.release()
