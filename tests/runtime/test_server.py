"""Serving: one command starts pages, worker and database, and Ctrl-C ends them all."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from conftest import Databases, free_port, serving

from linli.runtime import server


def _get(url: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers


def _workers_of(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid and b"linli.runtime.jobs" in command:
            found.append(int(entry.name))
    return found


def test_a_taken_port_is_refused_by_name() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(server.PortTaken, match=str(port)):
            server.refuse_taken("127.0.0.1", port)


@pytest.mark.long
def test_pages_carry_a_policy_and_streams_are_kept_apart(databases: Databases, tmp_path: Path) -> None:
    with serving(databases, tmp_path) as site:
        _, headers = _get(f"{site.url}/no-such-page")
        status, stream = _get(f"{site.url}/stream/no-such-stream")

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert (status, stream["Content-Security-Policy"]) == (404, None)


@pytest.mark.long
def test_ctrl_c_ends_pages_and_worker_without_a_complaint(databases: Databases, tmp_path: Path) -> None:
    with serving(databases, tmp_path) as site:
        pid = int((tmp_path / "serve.pid").read_text())
        workers = _workers_of(pid)
        assert len(workers) == 1

        os.kill(pid, signal.SIGINT)
        _until_ended(tmp_path / "serve.pid")

        assert "Traceback" not in (tmp_path / "serve.log").read_text()
        assert not Path(f"/proc/{workers[0]}").exists()
        with pytest.raises(urllib.error.URLError):
            _get(site.url)


@pytest.mark.long
def test_a_worker_that_dies_is_started_again(databases: Databases, tmp_path: Path) -> None:
    with serving(databases, tmp_path):
        pid = int((tmp_path / "serve.pid").read_text())
        (first,) = _workers_of(pid)

        os.kill(first, signal.SIGKILL)

        until = time.monotonic() + 90
        while _workers_of(pid) in ([], [first]):
            assert time.monotonic() < until
            time.sleep(0.1)


@pytest.mark.long
def test_a_role_that_owns_the_tables_is_refused_at_the_start(databases: Databases, tmp_path: Path) -> None:
    """Row security would not hold for it."""
    name = databases.clone(f"linli_owner_{os.getpid()}")
    from linli.runtime import database

    place = database.owner_settings()
    host = place["HOST"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "linli.settings",
        "LINLI_SECRET_KEY": "x",
        "LINLI_VAR": str(tmp_path),
        "DATABASE_URL": f"postgresql:///{name}?host={host}&user={place['USER']}&password={place['PASSWORD']}",
    }
    command = [sys.executable, "-m", "linli", "serve", "--port", str(free_port())]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)
    finally:
        databases.drop(name)

    assert done.returncode != 0
    assert "linli_owner" in done.stderr


def _until_ended(pid_file: Path) -> None:
    """Wait for the pid file to go, which is the last thing a server does."""
    until = time.monotonic() + 60
    while pid_file.exists():
        assert time.monotonic() < until, "still running"
        time.sleep(0.1)
