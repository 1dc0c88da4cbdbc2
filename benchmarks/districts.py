"""A hundred districts by one command: read once, kept ready, checked up on two processors, with and without Dask.

Ten packages of Shangcheng's size (seeded, synthetic, made once under ``var/bench/districts``) are visited ten times
each. The figures of every one are compared with those of the plain command, which reads the package anew.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from benchmarks.measuring import Row, alone

PACKAGES, VISITS, WORKERS = 10, 10, 2
SEED = 7_100
DAY = date(2026, 7, 1)
PACK = "shangcheng"
ROOT = Path("var/bench/districts")
READY = "linli.faces.console.district_ready"


def rows(say: Callable[[str], None]) -> list[Row]:
    """Cold, prepared, by processes and by Dask; memory; equality."""
    from linli.faces.console import house

    house.set_up()
    _adopt_orphans()
    folders = [_package(number, say) for number in range(PACKAGES)]
    say(f"the plain command on each of {PACKAGES} packages")
    cold = sum(_command("checkup", folder, "-o", _plain(folder), *_ASKED)[1] for folder in folders)
    listed = ROOT / "hundred.txt"
    listed.write_text("".join(f"packages/{folder.name}\n" for _ in range(VISITS) for folder in folders), "utf-8")
    say("preparing")
    _, prepared = _command("prepare", listed.with_name("packages"), *_MANY)
    found = [
        alone("CPU: a district read anew (linli checkup FOLDER), start included", "s", cold / PACKAGES, at_most=None),
        alone("CPU: a district prepared (linli prepare), start shared by ten", "s", prepared / PACKAGES, at_most=None),
    ]
    for name, how in (("processes", ()), ("Dask", ("--dask",))):
        say(f"{PACKAGES * VISITS} districts: {name}")
        out = ROOT / f"figures-{name}"
        wall, cpu = _command("checkup", "--districts", listed, *_ASKED, *_MANY, *how, "-o", out)
        equal = all(_equals_plain(folder, out) for folder in folders)
        work = f"{PACKAGES * VISITS} prepared districts ({PACKAGES} packages, each {VISITS} times), {WORKERS} {name}"
        found += [
            alone(f"{work}: CPU of all processes by {WORKERS}", "s", cpu / WORKERS, at_most=20, answers_equal=equal),
            alone(f"{work}: by the clock, as busy as the machine is", "s", wall, at_most=None, answers_equal=equal),
        ]
    say("memory")
    return [*found, *_memory(folders)]


_ASKED = ("--pack", PACK, "--day", DAY.isoformat())
_MANY = ("--workers", str(WORKERS), "--cache", str(ROOT / "prepared"))


def _package(number: int, say: Callable[[str], None]) -> Path:
    from linli.interchange.export import write_package
    from linli.synthetic import city

    folder = ROOT / "packages" / f"d{number:02}"
    if not (folder / "district.yaml").is_file():
        say(f"making package {folder}")
        write_package(city.city(SEED + number), folder)
    return folder


def _plain(folder: Path) -> Path:
    return ROOT / f"plain-{folder.name}.csv"


def _command(*arguments: object) -> tuple[float, float]:
    """The whole command, as a person calls it; seconds by the clock, and CPU seconds of it and all its processes."""
    program = [sys.executable, "-m", "linli", *map(str, arguments)]
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    assert done.returncode == 0, done.stderr[-2000:]
    _reap_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _reap_orphans() -> None:
    """Count what the command's processes used; they end soon after it, and whoever else is ours goes on."""
    deadline = time.monotonic() + 5
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.1)


def _adopt_orphans() -> None:
    """Processes whose parent has ended become ours, so that their time is counted (Linux)."""
    pr_set_child_subreaper = 36
    ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)


def _equals_plain(folder: Path, out: Path) -> bool:
    plain = _plain(folder).read_bytes()
    names = [folder.name, *(f"{folder.name}-{visit}" for visit in range(2, VISITS + 1))]
    return all((out / f"{name}.csv").read_bytes() == plain for name in names)


def _memory(folders: list[Path]) -> Iterable[Row]:
    """CPU time of a task, and resident memory of a worker that has done a few and one that has done many."""
    from linli.faces.console.district_task import Outcome, Task, check_up_one
    from linli.runtime import spreading

    tasks = [
        Task(folder, PACK, DAY, rest=False, cache=ROOT / "prepared", output=ROOT / f"memory-{folder.name}.csv")
        for _ in range(VISITS)
        for folder in folders
    ]
    done = [one for _, one in spreading.in_processes(check_up_one, tasks, workers=WORKERS, ready=READY)]
    outcomes = [one for one in done if isinstance(one, Outcome)]
    assert len(outcomes) == len(tasks), "none is refused"
    assert all(one.was_prepared for one in outcomes), "none is read anew"
    seconds = sum(one.seconds for one in outcomes) / len(outcomes)
    early = max(one.peak_mb for one in outcomes[: len(tasks) // 5])
    late = max(one.peak_mb for one in outcomes)
    yield alone("CPU of one prepared district, file load and file of figures included", "s", seconds, at_most=None)
    yield alone("memory of a worker at its highest, all districts", "MB", late, at_most=None)
    yield alone("of it: gained after the first fifth of them", "MB", late - early, at_most=20)
