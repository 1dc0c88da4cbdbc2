"""Rows that several acts write."""

from datetime import date, datetime

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people import models, queries
from linli.domain.people.rules import Role, sorting_key, username_is_valid


class UsernameTaken(Exception):
    """Another account has this name."""


class UsernameNotAllowed(Exception):
    """The name of an account has two to forty small letters, digits, dots, dashes or underscores."""


class WrongPassword(Exception):
    """The password given for confirmation is not the person's."""


class PasswordTooWeak(Exception):
    """The password does not satisfy the rules; ``args`` are sentences that say why."""


class TermOverlaps(Exception):
    """The person holds this role in this area at some time of the term already."""


def new_person(username: str, name: str, password: str, *, phone: str = "", temporary: bool) -> models.Person:
    if not username_is_valid(username):
        raise UsernameNotAllowed(username)
    person = models.Person(username=username, name=name, name_key=sorting_key(name), phone=phone)
    set_password_of(person, password, temporary=temporary)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:
        raise UsernameTaken(username) from error
    return person


def set_password_of(person: models.Person, password: str, *, temporary: bool) -> None:
    try:
        password_validation.validate_password(password, person)
    except ValidationError as error:
        raise PasswordTooWeak(*error.messages) from error
    person.set_password(password)
    person.has_temporary_password = temporary


def new_term(
    person: int, role: Role, area: int, from_on: date, until_on: date | None, organization: int | None = None
) -> int:
    try:
        with transaction.atomic():
            term = models.Term.objects.create(
                person_id=person,
                role=role.value,
                area_id=area,
                from_on=from_on,
                until_on=until_on,
                organization_id=organization,
            )
    except IntegrityError as error:
        if "people_term_once_at_a_time" in str(error):
            raise TermOverlaps from error
        raise
    return term.pk


def record_on_person(act: Act, verb: str, person: int) -> None:
    home = queries.home_of(person, timezone.localdate(act.at))
    journal.record(act, verb=verb, home=home, object=f"person:{person}")


def close_sessions(person: int, at: datetime) -> None:
    models.Session.objects.filter(person_id=person, closed_at=None).update(closed_at=at)


def confirmed(act: Act, *, password: str) -> models.Person:
    """The actor's own row, after the password was asked once more."""
    queries.stand_alone(act.actor)
    person = models.Person.objects.select_for_update().get(pk=act.actor)
    if not check_password(password, person.password):
        raise WrongPassword
    return person
