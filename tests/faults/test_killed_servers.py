"""Nothing that was acknowledged is lost when every process of the database is killed, again and again.

``LINLI_FAULT_CYCLES`` sets how often (25). The control kills a careless server in the same way and must lose rows.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from linli.runtime import postgres

pytestmark = pytest.mark.fault

CYCLES = int(os.environ.get("LINLI_FAULT_CYCLES", "25"))
WRITERS = 3
SEED = 20261122


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "var"
    one = postgres.server(tmp_path / "var")
    postgres.leave(one)
    for path in sorted(one.home.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    one.home.rmdir()


def _write(one: postgres.Server, writer: str, acknowledged: list[str], ending: threading.Event) -> None:
    """Insert rows one by one; a row counts once the server has said so. Acknowledgments live outside the server."""
    number = 0
    while not ending.is_set():
        try:
            with postgres.connect(one, dbname=postgres.DATABASE, user=postgres.OWNER) as line:
                while not ending.is_set():
                    key = f"{writer}-{number}"
                    number += 1
                    line.execute("INSERT INTO posted VALUES (%s)", [key])
                    acknowledged.append(key)
        except psycopg.OperationalError:
            time.sleep(0.02)


def _kill(one: postgres.Server) -> None:
    with postgres.connect(one) as line:
        row = line.execute("SHOW data_directory").fetchone()
        # Kill nothing but the server that is ours to kill.
        assert row is not None
        assert Path(row[0]) == one.data
    main = int((one.data / "postmaster.pid").read_text().splitlines()[0])
    children = [int(entry.parent.name) for entry in Path("/proc").glob("[0-9]*/stat") if _parent_of(entry) == main]
    for pid in (main, *children):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _parent_of(entry: Path) -> int:
    try:
        return int(entry.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _drill(one: postgres.Server, cycles: int) -> tuple[int, int, int, float]:
    """Acknowledged, lost, doubled, and the longest restart in seconds."""
    chance = random.Random(SEED)
    acknowledged: list[list[str]] = [[] for _ in range(WRITERS)]
    longest = 0.0
    postgres.join(one)
    with postgres.connect(one, dbname=postgres.DATABASE, user=postgres.OWNER) as owner:
        owner.execute("CREATE TABLE posted (key text NOT NULL)")
    for cycle in range(cycles):
        ending = threading.Event()
        writers = [
            threading.Thread(target=_write, args=(one, f"{cycle}-{number}", acknowledged[number], ending))
            for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.1, 0.6))
        _kill(one)
        ending.set()
        for writer in writers:
            writer.join()
        postgres.leave(one)
        begun = time.monotonic()
        postgres.join(one)
        longest = max(longest, time.monotonic() - begun)
    with postgres.connect(one, dbname=postgres.DATABASE, user=postgres.OWNER) as owner:
        found = [key for (key,) in owner.execute("SELECT key FROM posted")]
    told = {key for keys in acknowledged for key in keys}
    return len(told), len(told - set(found)), len(found) - len(set(found)), longest


def test_no_acknowledged_row_is_lost_or_doubled(folder: Path) -> None:
    acknowledged, lost, doubled, longest = _drill(postgres.server(folder), CYCLES)

    print(f"\n{CYCLES} kills: {acknowledged} acknowledged, {lost} lost, {doubled} doubled; restart ≤ {longest:.1f} s")
    assert acknowledged > CYCLES
    assert (lost, doubled) == (0, 0)
    assert longest < 10


def test_a_careless_server_loses_acknowledged_rows(folder: Path) -> None:
    """The control: the drill must be able to find a loss."""
    acknowledged, lost, _, _ = _drill(postgres.server(folder, durable=False), 3)

    print(f"\ncontrol, 3 kills: {acknowledged} acknowledged, {lost} lost")
    assert lost > 0
