"""The database that tests and the product use."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import ProgrammingError, connection, transaction

from linli.runtime import database, postgres


@pytest.mark.django_db
def test_chinese_words_have_trigrams() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(show_trgm('上城区'))")

        assert cursor.fetchone()[0] > 0


@pytest.mark.django_db
def test_tests_run_as_the_applications_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")

        assert cursor.fetchone()[0] == postgres.APPLICATION
    database.refuse_unfit()


@pytest.mark.django_db(transaction=True)
def test_an_owner_and_a_superuser_are_refused() -> None:
    for user, told in ((postgres.OWNER, postgres.OWNER), (postgres.SUPERUSER, postgres.SUPERUSER)):
        if user == postgres.SUPERUSER and not database.is_embedded():
            continue
        with _signed_in_as(user), pytest.raises(database.DatabaseNotUsable, match=told):
            database.refuse_unfit()


@pytest.mark.django_db
def test_the_applications_role_cannot_change_tables() -> None:
    for statement in ("CREATE TABLE mine (a int)", "DROP TABLE jobs_job", "TRUNCATE jobs_job"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db
def test_every_migration_is_applied_and_asking_needs_no_owner() -> None:
    assert database.is_newest()


def test_changing_tables_without_an_owner_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://linli@db.example/linli?sslmode=require")
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)

    with pytest.raises(database.DatabaseNotUsable, match="DATABASE_OWNER_URL"):
        database.owner_settings()


def test_an_address_is_read_with_all_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://linli:s%20e@db.example:5433/linli?sslmode=require")

    found = database.django_settings()

    assert (found["HOST"], found["PORT"], found["NAME"], found["USER"]) == ("db.example", "5433", "linli", "linli")
    assert (found["PASSWORD"], found["OPTIONS"]) == ("s e", {"sslmode": "require"})


@contextmanager
def _signed_in_as(user: str) -> Iterator[None]:
    """Within, the tests' connection is another role's."""
    kept = dict(connection.settings_dict)
    connection.close()
    owner = database.owner_settings()
    connection.settings_dict.update(USER=user, PASSWORD=owner["PASSWORD"])
    if user == postgres.OWNER:
        connection.settings_dict["USER"] = owner["USER"]
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(USER=kept["USER"], PASSWORD=kept["PASSWORD"])
