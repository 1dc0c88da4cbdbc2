"""Fixtures of every test: a database cloned from a template, the real server for browsers, the folder of real data."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from django.apps import apps
from django.db import connection, connections
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from playwright.sync_api import Page
from psycopg import sql

from linli.runtime import database, folders, postgres

SERVER_START_LIMIT_S = 180
DROP_LIMIT_S = 30

IN_CI = os.environ.get("CI") == "true"

# A busy machine is no finding. With CI=true the library's own profile makes each run the same.
settings.register_profile(
    "linli",
    settings.get_profile("ci" if IN_CI else "default"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("linli")


def missing(what: str) -> NoReturn:
    """Skip for a missing part; where everything must be there (CI=true) a skip fails."""
    pytest.skip(what)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """With CI=true nothing may be skipped: a part that is missing there would never be tested anywhere."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, though CI has everything: {report.longrepr[-1]}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, though CI has everything: {report.longrepr}"
    return report


# --- Database: one template for a set of migrations, a clone for each process -------------------------------------


def _owner(dbname: str) -> psycopg.Connection:
    settings = database.owner_settings()
    return psycopg.connect(
        host=settings["HOST"] or None,
        port=settings.get("PORT") or None,
        user=settings["USER"] or None,
        password=settings["PASSWORD"] or None,
        dbname=dbname,
        autocommit=True,
    )


def _migrations_mark() -> str:
    """A name for the exact text of every migration of every installed app."""
    mark = hashlib.sha256()
    for app in sorted(apps.get_app_configs(), key=lambda one: one.label):
        if find_spec(f"{app.name}.migrations") is None:
            continue
        package = import_module(f"{app.name}.migrations")
        for file in sorted(Path(package.__path__[0]).glob("*.py")):
            mark.update(f"{app.label}/{file.name}\0".encode() + file.read_bytes())
    mark.update(repr(database.GRANTS).encode())
    return mark.hexdigest()[:12]


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    path = folders.var() / "template.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _exists(owner: psycopg.Connection, name: str) -> bool:
    return owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _clone(owner: psycopg.Connection, source: str, name: str) -> None:
    _drop(owner, name)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    owner.execute(statement.format(sql.Identifier(name), sql.Identifier(source)))


def _drop(owner: psycopg.Connection, name: str) -> None:
    """Drop a database; a maintenance worker of the server's own, which the owner may not end, is waited for."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    until = time.monotonic() + DROP_LIMIT_S
    while True:
        try:
            owner.execute(statement)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _sweep(owner: psycopg.Connection) -> None:
    """Drop all but the newest templates, and what killed runs have left."""
    templates = r"SELECT datname FROM pg_database WHERE datname LIKE 'linli\_template\_%' ORDER BY oid DESC OFFSET 3"
    clones = r"SELECT datname FROM pg_database WHERE datname ~ '^linli_(test|site|draft)_.*[0-9]+$'"
    for (old,) in owner.execute(templates).fetchall():
        _drop(owner, old)
    for (left,) in owner.execute(clones).fetchall():
        if not any(Path(f"/proc/{part}").exists() for part in left.split("_") if part.isdigit()):
            _drop(owner, left)


def _ensure_template(home: str) -> str:
    """Make the template under another name and rename it, so that a crash leaves no half-made one."""
    template = f"linli_template_{_migrations_mark()}"
    with _one_at_a_time(), _owner(home) as owner:
        if _exists(owner, template):
            return template
        _sweep(owner)
        draft = f"linli_draft_{os.getpid()}"
        _drop(owner, draft)
        owner.execute(
            sql.SQL(
                "CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' "
                "LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' ENCODING 'UTF8'"
            ).format(sql.Identifier(draft))
        )
        _use(draft)
        database.migrate()
        _use(home)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        owner.execute(rename.format(sql.Identifier(draft), sql.Identifier(template)))
    return template


@dataclass(frozen=True)
class Databases:
    """Makes clones of the template."""

    home: str
    template: str

    def clone(self, name: str) -> str:
        with _one_at_a_time(), _owner(self.home) as owner:
            _clone(owner, self.template, name)
        return name

    def drop(self, name: str) -> None:
        with _owner(self.home) as owner:
            _drop(owner, name)


@pytest.fixture(scope="session")
def databases(django_db_blocker: Any) -> Iterator[Databases]:
    """The template database, made if a migration has changed."""
    with django_db_blocker.unblock():
        server = postgres.server(durable=False)
        if database.is_embedded():
            postgres.join(server)
        home = connection.settings_dict["NAME"]
        yield Databases(home, _ensure_template(home))
        connections.close_all()
        if database.is_embedded():
            postgres.leave(server)


@pytest.fixture(scope="session")
def django_db_setup(databases: Databases, django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    """A clone for this process, used in the application's role."""
    name = f"linli_test_{worker_id}_{os.getpid()}"
    databases.clone(name)

    def renew(case: TransactionTestCase) -> None:
        """After a test that commits, the clone is made anew: the application's role may not truncate."""
        connections.close_all()
        databases.clone(name)

    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", renew)
    with django_db_blocker.unblock():
        _use(name)
        yield
        patch.undo()
        connections.close_all()
        _use(databases.home)
        databases.drop(name)


@pytest.fixture(autouse=True)
def _files_of_one_test(settings: Any, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> None:
    """Uploads of a test go to a folder of its own, made by whoever writes the first file."""
    mark = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]
    settings.MEDIA_ROOT = tmp_path_factory.getbasetemp() / f"files-{mark}" / "media"


# --- Real data ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data that ``LINLI_TEST_DATA`` names."""
    named = os.environ.get("LINLI_TEST_DATA")
    if not named or not Path(named).is_dir():
        missing("LINLI_TEST_DATA names no folder of real data")
    return Path(str(named))


# --- The real server, for browsers ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class LiveSite:
    """A running Linli on a database of its own."""

    url: str
    environment: dict[str, str]

    def linli(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the ``linli`` command on the same database."""
        return _linli(self.environment, *arguments)


def _linli(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "linli", *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_on(name: str) -> dict[str, str]:
    """The environment in which a child process uses one of our databases."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "linli.settings",
        "LINLI_VAR": str(folders.var()),
        "LINLI_SECRET_KEY": "only-for-tests",
        "LINLI_DATABASE": name,
    }
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        if os.environ.get(variable):
            parts = psycopg.conninfo.conninfo_to_dict(os.environ[variable]) | {"dbname": name}
            environment[variable] = psycopg.conninfo.make_conninfo(**parts)
    return environment


@contextlib.contextmanager
def serving(
    databases: Databases, folder: Path, *, fill: Callable[[Callable[..., Any]], None] | None = None
) -> Iterator[LiveSite]:
    """The real server as a child process on a cloned database, filled beforehand by ``linli`` commands."""
    port = free_port()
    name = databases.clone(f"linli_site_{os.getpid()}_{port}")
    environment = environment_on(name) | {"LINLI_PID_FILE": str(folder / "serve.pid")}
    if fill is not None:
        fill(lambda *arguments: _linli(environment, *arguments))
    with (folder / "serve.log").open("wb") as log:
        command = [sys.executable, "-m", "linli", "serve", "--port", str(port)]
        child = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_served(url, child, folder / "serve.log")
            yield LiveSite(url, environment)
        finally:
            child.terminate()
            child.wait(timeout=60)
            databases.drop(name)


def _wait_until_served(url: str, child: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + SERVER_START_LIMIT_S
    while time.monotonic() < until and child.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/", timeout=5):
                return
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}", pytrace=False)


@pytest.fixture(scope="session")
def demo_site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """The real server with a small demo district, measured and graded."""

    def fill(linli: Callable[..., Any]) -> None:
        linli("demo", "--communities", "6", "--load-only")

    with serving(databases, tmp_path_factory.mktemp("demo-site"), fill=fill) as site:
        yield site


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        missing("no Chromium on this machine: apt-get install chromium fonts-noto-cjk")
    return str(found)


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page that fails its test when the browser complains: of a script, of a missing file, of our policy."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    yield page
    assert not complaints


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium: str) -> dict[str, Any]:
    """Arguments with which pytest-playwright starts the browser."""
    return {
        "executable_path": chromium,
        "args": [
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--use-gl=angle",
            "--use-angle=swiftshader",
            "--enable-unsafe-swiftshader",
        ],
    }
