"""Backup and restore in one step each, and the proof that the restored copy is equal.

A backup is one zip file: the database as ``pg_dump`` wrote it, the uploaded files, and a manifest with the row count
and digest of every table, taken from the very snapshot that was dumped.
"""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, connections
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.conninfo import make_conninfo

from linli.runtime import database, folders, postgres
from linli.runtime.contents import Contents, Difference, contents, differences

FORMAT = 1
MANIFEST, DUMP, FILES = "manifest.json", "database.dump", "files/"

Say = Callable[[str], None]


class BackupNotUsable(Exception):
    """The file is not a backup of ours, or cannot be restored here."""


class BackupDiffers(Exception):
    """The restored copy is not equal to what was backed up; the text names the tables."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The restored copy compared with the manifest."""

    made_at: str
    tables: int
    rows: int
    files: int
    differences: tuple[Difference, ...]

    @property
    def is_equal(self) -> bool:
        return not self.differences


def backup(path: Path, *, at: datetime, say: Say) -> Path:
    """Write a backup to ``path`` (a file not there yet) and return it.

    Raises
    ------
    BackupNotUsable
        If the file exists, or ``pg_dump`` fails.
    """
    if path.exists():
        raise BackupNotUsable(_("%(path)s 已存在。请换一个文件名。") % {"path": path})
    database.ensure_server()
    with _scratch() as folder:
        with psycopg.connect(_address(_name())) as keeper:
            keeper.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            row = keeper.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            say(_("正在导出数据库…"))
            dump = folder / DUMP
            _run(
                "pg_dump",
                "--format=custom",
                "--no-comments",
                f"--snapshot={row[0]}",
                f"--file={dump}",
                _address(_name()),
            )
            say(_("正在计算各表的摘要…"))
            held = contents(keeper)
        say(_("正在打包…"))
        _pack(path, dump, held, at)
    return path


def prove(path: Path, *, say: Say) -> Proof:
    """Restore into a database of its own, compare every table with the manifest, and drop it again."""
    database.ensure_server()
    with _restored(path, say=say) as (name, proof):
        _drop(name)
    return proof


def restore(path: Path, *, say: Say) -> Proof:
    """Put a backup in the place of the database, after its copy has been proved equal.

    What was there before is kept: the database as ``…_before``, the files as ``media.before``.

    Raises
    ------
    BackupDiffers
        If a table is not equal; then nothing has been replaced.
    """
    database.ensure_server()
    connections.close_all()
    with _restored(path, say=say) as (name, proof):
        if not proof.is_equal:
            _drop(name)
            raise BackupDiffers(_("恢复的副本与备份不一致:%(tables)s") % {"tables": _names(proof.differences)})
        say(_("正在换上恢复的数据库…"))
        _swap(name)
    _restore_files(path)
    return proof


def _names(found: tuple[Difference, ...]) -> str:
    return ", ".join(f"{one.name} ({one.rows} → {one.rows_restored})" for one in found)


# --- Archive ------------------------------------------------------------------------------------


def _pack(path: Path, dump: Path, held: tuple[Contents, ...], at: datetime) -> None:
    """Whole or not at all: written beside its place, then renamed."""
    media = Path(settings.MEDIA_ROOT)
    uploads = sorted(one for one in media.rglob("*") if one.is_file()) if media.is_dir() else []
    manifest = {
        "format": FORMAT,
        "made_at": at.isoformat(),
        "files": len(uploads),
        "contents": [asdict(one) for one in held],
    }
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
                archive.write(dump, DUMP)
                for one in uploads:
                    archive.write(one, FILES + one.relative_to(media).as_posix(), zipfile.ZIP_DEFLATED)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def _manifest(archive: zipfile.ZipFile) -> tuple[str, int, tuple[Contents, ...]]:
    told = json.loads(archive.read(MANIFEST))
    if told["format"] != FORMAT:
        raise BackupNotUsable(_("备份格式 %(format)s 由更新的版本写成,本版本无法读取。") % {"format": told["format"]})
    return told["made_at"], told["files"], tuple(Contents(**one) for one in told["contents"])


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            if broken is not None:
                raise BackupNotUsable(_("备份文件已损坏:%(name)s 的校验和不符。") % {"name": broken})
            yield archive
    except FileNotFoundError:
        raise BackupNotUsable(_("没有找到备份文件 %(path)s。") % {"path": path}) from None
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise BackupNotUsable(_("%(path)s 不是邻里的备份文件。") % {"path": path}) from error


def _restore_files(path: Path) -> None:
    media = Path(settings.MEDIA_ROOT)
    fresh, before = media.with_name(f"{media.name}.new"), media.with_name(f"{media.name}.before")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    with _opened(path) as archive:
        for name in archive.namelist():
            if name.startswith(FILES) and not name.endswith("/"):
                archive.extract(name, fresh)
    inner = fresh / FILES.rstrip("/")
    inner.mkdir(exist_ok=True)
    shutil.rmtree(before, ignore_errors=True)
    if media.exists():
        media.rename(before)
    inner.rename(media)
    fresh.rmdir()


# --- Database -----------------------------------------------------------------------------------


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _address(name: str) -> str:
    """How the programs reach a database: as superuser of our own server, else as the owner."""
    place = database.owner_settings()
    user = postgres.SUPERUSER if database.is_embedded() else place["USER"]
    words = {
        "host": place["HOST"],
        "port": place.get("PORT"),
        "user": user,
        "password": place["PASSWORD"],
        "dbname": name,
    }
    return make_conninfo(**{key: value for key, value in words.items() if value}, **place.get("OPTIONS", {}))


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run([postgres.programs() / program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupNotUsable(f"{program}: {done.stderr.strip()}")


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    folders.var().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folders.var(), prefix="backup-") as folder:
        yield Path(folder)


@contextlib.contextmanager
def _restored(path: Path, *, say: Say) -> Iterator[tuple[str, Proof]]:
    """A database made from the backup, with its proof; dropped if anything goes wrong."""
    fresh = f"{_name()}_{secrets.token_hex(4)}"
    with _opened(path) as archive, _scratch() as folder:
        made_at, files, kept = _manifest(archive)
        archive.extract(DUMP, folder)
        say(_("正在恢复到新的数据库…"))
        _create(fresh)
        try:
            _run("pg_restore", "--exit-on-error", f"--dbname={_address(fresh)}", str(folder / DUMP))
            say(_("正在逐表核对…"))
            with psycopg.connect(_address(fresh)) as asker:
                found = contents(asker)
            rows = sum(one.rows for one in found if one.digest)
            tables = sum(1 for one in found if one.digest)
            yield fresh, Proof(made_at, tables, rows, files, differences(kept, found))
        except BaseException:
            _drop(fresh)
            raise


@contextlib.contextmanager
def _keeper() -> Iterator[psycopg.Connection]:
    """A connection beside all databases of ours, which can make, rename and drop them."""
    with psycopg.connect(_address("postgres"), autocommit=True) as keeper:
        yield keeper


def _create(name: str) -> None:
    statement = (
        "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' "
        "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
    )
    with _keeper() as keeper:
        keeper.execute(
            sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(database.owner_settings()["USER"]))
        )


def _drop(name: str) -> None:
    with _keeper() as keeper:
        keeper.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _swap(fresh: str) -> None:
    """The fresh database takes the name; the old one is kept under ``…_before``."""
    name = _name()
    before = f"{name}_before"
    _drop(before)
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with _keeper() as keeper:
        keeper.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [name],
        )
        with keeper.transaction():
            keeper.execute(rename.format(sql.Identifier(name), sql.Identifier(before)))
            keeper.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
