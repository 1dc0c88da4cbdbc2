"""A backup proves itself: the restored copy is equal, or the table that is not is named."""

from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.conf import settings as configured
from django.db import connection

from linli.runtime import backup, database
from linli.runtime.jobs import queue
from linli.runtime.jobs.models import Job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
AT = datetime(2026, 3, 1, tzinfo=UTC)


def _say(_: str) -> None:
    pass


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A backup of two jobs and one uploaded file."""
    queue.enqueue("tests.count", to=3)
    queue.enqueue("tests.count", person=5, to=4)
    upload = Path(configured.MEDIA_ROOT) / "evidence" / "照片.jpg"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"\xff\xd8")
    return backup.backup(tmp_path / "kept.zip", at=AT, say=_say)


def test_a_restored_copy_is_equal_to_what_was_kept(kept: Path) -> None:
    Job.objects.all().delete()
    upload = Path(configured.MEDIA_ROOT) / "evidence" / "照片.jpg"
    upload.unlink()

    proof = backup.restore(kept, say=_say)

    assert proof.is_equal
    assert proof.rows > 0
    assert [one.arguments for one in Job.objects.order_by("pk")] == [{"to": 3}, {"to": 4}]
    assert upload.read_bytes() == b"\xff\xd8"
    database.refuse_unfit()


def test_a_restored_copy_keeps_the_rights_of_the_roles(kept: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS)
        before = cursor.fetchall()

    backup.restore(kept, say=_say)

    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS)
        assert cursor.fetchall() == before


def test_a_changed_copy_is_named_by_its_table(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were the comparison blind, this would pass as equal."""
    run = backup._run

    def run_and_alter(program: str, *arguments: str) -> None:
        run(program, *arguments)
        if program == "pg_restore":
            import psycopg

            with psycopg.connect(arguments[1].removeprefix("--dbname=")) as alter:
                alter.execute("UPDATE jobs_job SET message = 'x' WHERE person = 5")

    monkeypatch.setattr(backup, "_run", run_and_alter)

    assert [one.name for one in backup.prove(kept, say=_say).differences] == ["jobs_job"]
    with pytest.raises(backup.BackupDiffers, match="jobs_job"):
        backup.restore(kept, say=_say)
    assert Job.objects.count() == 2


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK")
    with ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("other", "")

    for name in ("a.zip", "b.zip", "missing.zip"):
        with pytest.raises(backup.BackupNotUsable, match=name):
            backup.restore(tmp_path / name, say=_say)


def test_a_broken_backup_is_refused_before_anything_is_replaced(kept: Path) -> None:
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 0xFF
    kept.write_bytes(content)

    with pytest.raises(backup.BackupNotUsable):
        backup.restore(kept, say=_say)

    assert Job.objects.count() == 2


def test_an_existing_file_is_never_written_over(kept: Path) -> None:
    with pytest.raises(backup.BackupNotUsable, match=r"kept\.zip"):
        backup.backup(kept, at=AT, say=_say)


_RIGHTS = """
SELECT relname, relacl::text, pg_get_userbyid(relowner) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') ORDER BY 1
"""
