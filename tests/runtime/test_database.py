"""The database that tests and the product use."""

import pytest
from django.db import connection

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
