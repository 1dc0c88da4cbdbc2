"""Keep accounts: open and close them, appoint persons, unlock them."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people import models, queries
from linli.domain.people.operations import rows
from linli.domain.people.rules import NotPermitted, Permission, Role, Scope, require, uscc_is_valid


class TermNotPossible(Exception):
    """A term ends after it begins; one that has ended cannot end again later."""


class OwnTerm(Exception):
    """Nobody appoints themselves."""


class CreditCodeNotValid(Exception):
    """The unified social credit code fails its check character."""


class OrganizationExists(Exception):
    """There is an organization of this kind and name, or with this credit code."""


@transaction.atomic
def create_person(act: Act, scope: Scope, *, username: str, name: str, password: str, phone: str = "") -> int:
    """Open an account with a temporary password and return the person's id.

    Raises
    ------
    NotPermitted, UsernameNotAllowed, UsernameTaken, PasswordTooWeak
    """
    _require_anywhere(scope)
    queries.stand(scope)
    person = rows.new_person(username, name, password, phone=phone, temporary=True)
    home = queries.home_of(act.actor, timezone.localdate(act.at))
    journal.record(act, verb="people.create_person", home=home, object=f"person:{person.pk}")
    return person.pk


@transaction.atomic
def appoint(
    act: Act,
    scope: Scope,
    *,
    person: int,
    role: Role,
    area: int,
    from_on: date,
    until_on: date | None = None,
    organization: int | None = None,
) -> int:
    """Give a person a role in an area for a term and return the term's id.

    Raises
    ------
    NotPermitted
        If accounts of that area, or of this person, are not the actor's to keep.
    OwnTerm, TermNotPossible, TermOverlaps
    """
    require(scope, Permission.MANAGE_PEOPLE, area)
    _kept_person(scope, person)
    if person == act.actor:
        raise OwnTerm
    if until_on is not None and until_on <= from_on:
        raise TermNotPossible
    term = rows.new_term(person, role, area, from_on, until_on, organization)
    result = {"person": person, "role": role.value, "from_on": from_on, "until_on": until_on}
    journal.record(act, verb="people.appoint", home=area, object=f"term:{term}", result=result)
    return term


@transaction.atomic
def end_term(act: Act, scope: Scope, *, term: int, until_on: date) -> None:
    """Let a term end on a day: it no longer holds on that day.

    Raises
    ------
    NotPermitted, TermNotPossible
    """
    found = models.Term.objects.select_for_update().filter(pk=term).first()
    if found is None:
        raise NotPermitted(Permission.MANAGE_PEOPLE, None)
    require(scope, Permission.MANAGE_PEOPLE, found.area_id)
    if until_on <= found.from_on or (found.until_on is not None and found.until_on < until_on):
        raise TermNotPossible
    found.until_on = until_on
    found.save(update_fields=["until_on"])
    result = {"person": found.person_id, "until_on": until_on}
    journal.record(act, verb="people.end_term", home=found.area_id, object=f"term:{term}", result=result)


@transaction.atomic
def set_password(act: Act, scope: Scope, *, person: int, password: str) -> None:
    """Give someone a temporary password; their sessions end and their account is no longer locked.

    Raises
    ------
    NotPermitted, NoSuchPerson, PasswordTooWeak
    """
    found = _kept_person(scope, person)
    rows.set_password_of(found, password, temporary=True)
    found.save(update_fields=["password", "has_temporary_password"])
    rows.close_sessions(person, act.at)
    _clear_tries(found.username, act.at)
    rows.record_on_person(act, "people.set_password", person)


@transaction.atomic
def unlock(act: Act, scope: Scope, *, person: int) -> None:
    """Forget the failed tries of an account, so that it opens at once."""
    found = _kept_person(scope, person)
    _clear_tries(found.username, act.at)
    rows.record_on_person(act, "people.unlock", person)


@transaction.atomic
def close_account(act: Act, scope: Scope, *, person: int) -> None:
    """Let nobody sign in as this person; sessions end at once, terms and history stay."""
    found = _kept_person(scope, person)
    if person == act.actor:
        raise NotPermitted(Permission.MANAGE_PEOPLE, None)
    found.is_active = False
    found.save(update_fields=["is_active"])
    rows.close_sessions(person, act.at)
    rows.record_on_person(act, "people.close_account", person)


@transaction.atomic
def reopen_account(act: Act, scope: Scope, *, person: int) -> None:
    """Let the person sign in again."""
    found = _kept_person(scope, person)
    found.is_active = True
    found.save(update_fields=["is_active"])
    rows.record_on_person(act, "people.reopen_account", person)


@transaction.atomic
def reset_second_factor(act: Act, scope: Scope, *, person: int) -> None:
    """Take away the second factor of someone who lost it; their sessions end."""
    _kept_person(scope, person)
    if person == act.actor:
        raise NotPermitted(Permission.MANAGE_PEOPLE, None)
    models.SecondFactor.objects.filter(person_id=person).delete()
    rows.close_sessions(person, act.at)
    rows.record_on_person(act, "people.reset_second_factor", person)


@transaction.atomic
def add_organization(act: Act, scope: Scope, *, kind: str, name: str, uscc: str = "") -> int:
    """Enter a body in which persons hold office.

    Raises
    ------
    NotPermitted, CreditCodeNotValid, OrganizationExists
    """
    _require_anywhere(scope)
    if uscc and not uscc_is_valid(uscc):
        raise CreditCodeNotValid(uscc)
    try:
        with transaction.atomic():
            found = models.Organization.objects.create(kind=kind, name=name, uscc=uscc or None)
    except IntegrityError as error:
        raise OrganizationExists(name) from error
    home = queries.home_of(act.actor, timezone.localdate(act.at))
    journal.record(act, verb="people.add_organization", home=home, object=f"organization:{found.pk}")
    return found.pk


def _require_anywhere(scope: Scope) -> None:
    if not scope.places(Permission.MANAGE_PEOPLE):
        raise NotPermitted(Permission.MANAGE_PEOPLE, None)


def _kept_person(scope: Scope, person: int) -> models.Person:
    """The row of a person all of whose areas are the scope's to keep; row security shows no others."""
    queries.stand(scope)
    areas = models.Term.objects.filter(person_id=person).values_list("area_id", flat=True)
    _require_anywhere(scope)
    for area in areas:
        require(scope, Permission.MANAGE_PEOPLE, area)
    found = models.Person.objects.select_for_update(of=("self",)).filter(pk=person).first()
    if found is None:
        raise queries.NoSuchPerson(person)
    return found


def _clear_tries(username: str, at: datetime) -> None:
    models.SignInTry.objects.create(username=username, at=at, outcome=models.SignInTry.Outcome.UNLOCKED)
