"""The second wall: without a filter of ours, the database itself shows no personal row to whom it is not meant."""

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from domain.people.builders import AT, PASSWORD, a_district, a_person, act_of, keeper_scope

from linli.domain.people import models, operations, queries
from linli.domain.people.rules import Role

PERSONAL = (models.Person, models.SecondFactor, models.Session)


def shown() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in PERSONAL}


NOTHING = {"Person": 0, "SecondFactor": 0, "Session": 0}


@pytest.mark.django_db(transaction=True)
def test_a_connection_used_again_shows_nothing_of_the_one_before() -> None:
    """After a transaction the setting is the empty text, not NULL: a policy that compares with it must show nothing."""
    district, _ = a_district()
    keeper = a_person("keeper", Role.ADMINISTRATOR, district)
    operations.sign_in(username="keeper", password=PASSWORD, at=AT)
    operations.begin_second_factor(act_of(keeper), password=PASSWORD)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        before = cursor.fetchone()

    with transaction.atomic():
        queries.stand(keeper_scope(keeper, district))
        assert shown() == {"Person": 1, "SecondFactor": 1, "Session": 1}
    with transaction.atomic():
        queries.stand_alone(keeper)
        assert shown() == {"Person": 1, "SecondFactor": 1, "Session": 1}

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), current_setting('linli.scope', true)")
        assert cursor.fetchone() == (before[0], "")
    assert shown() == NOTHING
    with transaction.atomic():
        assert shown() == NOTHING


@pytest.mark.django_db
def test_each_sees_themselves_and_a_keeper_those_of_their_areas() -> None:
    _, (east, west) = a_district()
    here = a_person("here", Role.AUDITOR, east)
    there = a_person("there", Role.AUDITOR, west)
    keeper = a_person("keeper", Role.ADMINISTRATOR, east)

    queries.stand_alone(there)
    assert set(models.Person.objects.values_list("pk", flat=True)) == {there}
    queries.stand(keeper_scope(keeper, east))
    assert set(models.Person.objects.values_list("pk", flat=True)) == {keeper, here}


@pytest.mark.django_db
def test_a_change_reaches_no_hidden_row_and_makes_none() -> None:
    _, (east, west) = a_district()
    here = a_person("here", Role.AUDITOR, east)
    a_person("there", Role.AUDITOR, west)

    queries.stand_alone(here)
    assert models.Person.objects.update(phone="1") == 1
    assert models.Session.objects.all().delete() == (0, {})
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        models.Person.objects.create(username="new", name="新", name_key="xin", password="x")


@pytest.mark.django_db
def test_the_doors_close_behind_those_who_used_them() -> None:
    district, _ = a_district()
    a_person("here", Role.AUDITOR, district)
    operations.sign_in(username="here", password=PASSWORD, at=AT)
    operations.sign_in(username="here", password="wrong", at=AT)
    queries.signed_in("nonsense", AT, AT.date())

    assert shown() == NOTHING


@pytest.mark.django_db
def test_row_security_cannot_be_switched_off_by_the_application() -> None:
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE people_person DISABLE ROW LEVEL SECURITY")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL row_security = off")
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        models.Person.objects.count()
