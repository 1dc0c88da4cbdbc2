"""The embedded server: starts, survives kills, is private, and is stopped by its last user."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from linli.runtime import folders, postgres

pytestmark = pytest.mark.long


@pytest.fixture
def server(tmp_path: Path) -> Iterator[postgres.Server]:
    """A server of its own, gone after the test."""
    one = postgres.server(tmp_path / "var", durable=False)
    yield one
    postgres.leave(one)
    for path in (one.home, one.run):
        subprocess.run(["rm", "-rf", str(path)], check=True)


def _postmaster(one: postgres.Server) -> int:
    return int((one.data / "postmaster.pid").read_text().splitlines()[0])


def _members(pid: int) -> list[int]:
    """A server process and its children."""
    found = [pid]
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(entry.parent.name))
    return found


def _kill_at_once(one: postgres.Server) -> None:
    for pid in _members(_postmaster(one)):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _count(one: postgres.Server) -> int:
    with postgres.connect(one, dbname=postgres.DATABASE, user=postgres.OWNER) as owner:
        row = owner.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def _fill_then_kill_then_count(one: postgres.Server) -> int:
    postgres.join(one)
    with postgres.connect(one, dbname=postgres.DATABASE, user=postgres.OWNER) as owner:
        owner.execute("CREATE TABLE kept (number int)")
        owner.execute("INSERT INTO kept VALUES (0)")
        postgres.connect(one).execute("CHECKPOINT").connection.close()
        for number in range(200):
            owner.execute("INSERT INTO kept VALUES (%s)", [number])
        _kill_at_once(one)
    postgres.leave(one)
    postgres.join(one)
    return _count(one)


def test_a_server_keeps_every_row_when_all_its_processes_are_killed(tmp_path: Path, server: postgres.Server) -> None:
    durable = postgres.server(tmp_path / "var")

    assert _fill_then_kill_then_count(durable) == 201


def test_a_careless_server_loses_rows_to_the_same_kill(server: postgres.Server) -> None:
    """The control: were the kill too gentle, nothing would be lost here either."""
    assert _fill_then_kill_then_count(server) < 201


def test_joining_twice_starts_one_server_and_leaving_stops_it(server: postgres.Server) -> None:
    postgres.join(server)
    first = _postmaster(server)
    postgres.join(server)

    assert _postmaster(server) == first
    postgres.leave(server)
    with pytest.raises(psycopg.OperationalError):
        postgres.connect(server)


def test_a_server_stays_while_another_process_uses_it(tmp_path: Path, server: postgres.Server) -> None:
    postgres.join(server)
    other = _other(tmp_path, "postgres.join(one); print('joined', flush=True); sys.stdin.read()", wait="joined")
    postgres.leave(server)

    postgres.connect(server).close()

    other.communicate(b"", timeout=20)
    with pytest.raises(psycopg.OperationalError):
        postgres.connect(server)


def test_a_killed_user_holds_nothing_back(tmp_path: Path, server: postgres.Server) -> None:
    postgres.join(server)
    other = _other(tmp_path, "postgres.join(one); print('joined', flush=True); sys.stdin.read()", wait="joined")
    other.kill()
    other.communicate()

    postgres.leave(server)

    with pytest.raises(psycopg.OperationalError):
        postgres.connect(server)


def test_a_crash_during_initialization_leaves_nothing_half_made(
    server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = postgres._call

    def fail_after(one: postgres.Server, command: list[object]) -> None:
        call(one, command)  # type: ignore[arg-type]
        if str(command[0]).endswith("initdb") and len(command) > 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(postgres, "_call", fail_after)
    with pytest.raises(KeyboardInterrupt):
        postgres.join(server)
    monkeypatch.undo()

    assert not server.data.exists()
    postgres.join(server)
    assert [one.name for one in server.home.glob("data*")] == ["data"]


def test_folders_are_private_and_a_foreign_one_is_refused_untouched(tmp_path: Path, server: postgres.Server) -> None:
    postgres.join(server)
    for path in (server.home, server.run, server.data):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    postgres.leave(server)

    os.chmod(server.home, 0o755)
    with pytest.raises(folders.FolderNotOurs):
        postgres.join(server)
    assert stat.S_IMODE(server.home.stat().st_mode) == 0o755
    os.chmod(server.home, 0o700)


def test_a_symbolic_link_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(target)

    with pytest.raises(folders.FolderNotOurs):
        folders.private(tmp_path / "link", uid=os.geteuid())


def test_the_roles_are_what_they_should_be(server: postgres.Server) -> None:
    postgres.join(server)

    with postgres.connect(server) as superuser:
        roles = superuser.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles "
            "WHERE rolname = ANY(%s) ORDER BY 1",
            [[postgres.APPLICATION, postgres.OWNER]],
        ).fetchall()
        encoding = superuser.execute(
            "SELECT datlocprovider, datcollate, datctype, datlocale FROM pg_database WHERE datname = %s",
            [postgres.DATABASE],
        ).fetchone()

    assert roles == [("linli", False, False, False, False), ("linli_owner", False, True, False, False)]
    assert encoding == ("b", "C", "C.UTF-8", "C.UTF-8")


def test_data_of_another_version_are_refused_and_kept(server: postgres.Server) -> None:
    postgres.join(server)
    postgres.leave(server)
    version = server.data / "PG_VERSION"
    kept = version.read_text()
    version.write_text("12\n")

    with pytest.raises(postgres.PostgresNotUsable, match="12"):
        postgres.join(server)

    version.write_text(kept)
    postgres.join(server)


def test_importing_the_settings_starts_nothing_and_makes_no_server_folder(tmp_path: Path) -> None:
    command = "import linli.settings, linli.runtime.postgres as p; print(p.server().home)"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DATABASE_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-c", command],
        env=environment | {"LINLI_VAR": str(tmp_path / "var"), "LINLI_SECRET_KEY": "x"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert not Path(done.stdout.strip()).exists()
    assert not (tmp_path / "var").exists()


def test_an_ordinary_user_with_a_private_home_has_a_server_too(tmp_path: Path) -> None:
    """Where we are root, the child gives up its rights for good, once it has read the interpreter."""
    home = Path("/var/tmp") / f"linli-home-{os.getpid()}"
    try:
        other = _other(
            home,
            """
            import os, pwd
            folder.mkdir(mode=0o700)
            if os.geteuid() == 0:
                account = pwd.getpwnam("games")
                os.chown(folder, account.pw_uid, account.pw_gid)
                os.setgroups([]); os.setgid(account.pw_gid); os.setuid(account.pw_uid)
            one = postgres.server(folder / "var", durable=False)
            postgres.join(one)
            with postgres.connect(one, dbname="linli", user="linli") as application:
                print(application.execute("SELECT current_user").fetchone()[0], one.uid == os.geteuid() != 0)
            postgres.leave(one)
            print("data" in {path.name for path in one.home.iterdir()})
            """,
        )
        output, _ = other.communicate(timeout=60)
    finally:
        subprocess.run(["rm", "-rf", str(home)], check=True)

    assert output.decode().split() == ["linli", "True", "True"]


def _other(folder: Path, body: str, *, wait: str = "") -> "subprocess.Popen[bytes]":
    """Another process, with ``one`` the server that belongs to ``folder``."""
    head = f"""
import sys, django
from pathlib import Path
django.setup()
from linli.runtime import postgres
folder = Path({str(folder)!r})
one = postgres.server(folder / "var", durable=False)
"""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "linli.settings", "LINLI_SECRET_KEY": "x"}
    child = subprocess.Popen(
        [sys.executable, "-c", head + textwrap.dedent(body)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    if wait:
        assert child.stdout is not None
        assert child.stdout.readline().decode().strip() == wait
    return child
