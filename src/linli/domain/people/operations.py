"""Open accounts, appoint persons, sign them in."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import OPERATOR, Act, Channel
from linli.domain.people import models, queries
from linli.domain.people.rules import (
    LOCKOUT,
    SESSION_LIMITS,
    NotPermitted,
    Permission,
    Refusal,
    Role,
    Scope,
    require,
    sorting_key,
    uscc_is_valid,
    username_is_valid,
)
from linli.domain.people.rules.sign_in import matching_step

RECOVERY_CODES = 8
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use of a session is noted; noting every request would write every request."""


class UsernameTaken(Exception):
    """Another account has this name."""


class UsernameNotAllowed(Exception):
    """The name of an account has two to forty small letters, digits, dots, dashes or underscores."""


class PasswordTooWeak(Exception):
    """The password does not satisfy the rules; ``args`` are sentences that say why."""


class WrongPassword(Exception):
    """The password given for confirmation is not the person's."""


class WrongCode(Exception):
    """The one-time code does not belong to the secret, or was used before."""


class TermOverlaps(Exception):
    """The person holds this role in this area at some time of the term already."""


class TermNotPossible(Exception):
    """A term ends after it begins; one that has ended cannot end again later."""


class OwnTerm(Exception):
    """Nobody appoints themselves."""


class CreditCodeNotValid(Exception):
    """The unified social credit code fails its check character."""


class OrganizationExists(Exception):
    """There is an organization of this kind and name, or with this credit code."""


class AlreadySetUp(Exception):
    """The installation has an administrator; that person opens the other accounts."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be opened with a term, as demo and set-up want it."""

    username: str
    name: str
    password: str
    role: Role
    area: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that began. ``token`` is kept by the browser and nowhere else."""

    person: int
    session: int
    token: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A sign-in that was refused; ``until`` says when a locked account opens again."""

    refusal: Refusal
    until: datetime | None = None


# --- Accounts and terms ---------------------------------------------------------------------------------------------


@transaction.atomic
def create_person(act: Act, scope: Scope, *, username: str, name: str, password: str, phone: str = "") -> int:
    """Open an account with a temporary password and return the person's id.

    Raises
    ------
    NotPermitted, UsernameNotAllowed, UsernameTaken, PasswordTooWeak
    """
    _require_anywhere(scope)
    queries.stand(scope)
    person = _new_person(username, name, password, phone=phone, temporary=True)
    home = queries.home_of(act.actor, timezone.localdate(act.at))
    journal.record(act, verb="people.create_person", home=home, object=f"person:{person.pk}")
    return person.pk


def _new_person(username: str, name: str, password: str, *, phone: str = "", temporary: bool) -> models.Person:
    if not username_is_valid(username):
        raise UsernameNotAllowed(username)
    person = models.Person(username=username, name=name, name_key=sorting_key(name), phone=phone)
    _set_password(person, password, temporary=temporary)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:
        raise UsernameTaken(username) from error
    return person


def _set_password(person: models.Person, password: str, *, temporary: bool) -> None:
    try:
        password_validation.validate_password(password, person)
    except ValidationError as error:
        raise PasswordTooWeak(*error.messages) from error
    person.set_password(password)
    person.has_temporary_password = temporary


def _require_anywhere(scope: Scope) -> None:
    if not scope.places(Permission.MANAGE_PEOPLE):
        raise NotPermitted(Permission.MANAGE_PEOPLE, None)


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
    term = _new_term(person, role, area, from_on, until_on, organization)
    result = {"person": person, "role": role.value, "from_on": from_on, "until_on": until_on}
    journal.record(act, verb="people.appoint", home=area, object=f"term:{term}", result=result)
    return term


def _new_term(
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
    _set_password(found, password, temporary=True)
    found.save(update_fields=["password", "has_temporary_password"])
    _close_sessions(person, act.at)
    _clear_tries(found.username, act.at)
    _record_on_person(act, "people.set_password", person)


@transaction.atomic
def unlock(act: Act, scope: Scope, *, person: int) -> None:
    """Forget the failed tries of an account, so that it opens at once."""
    found = _kept_person(scope, person)
    _clear_tries(found.username, act.at)
    _record_on_person(act, "people.unlock", person)


@transaction.atomic
def close_account(act: Act, scope: Scope, *, person: int) -> None:
    """Let nobody sign in as this person; sessions end at once, terms and history stay."""
    found = _kept_person(scope, person)
    if person == act.actor:
        raise NotPermitted(Permission.MANAGE_PEOPLE, None)
    found.is_active = False
    found.save(update_fields=["is_active"])
    _close_sessions(person, act.at)
    _record_on_person(act, "people.close_account", person)


@transaction.atomic
def reopen_account(act: Act, scope: Scope, *, person: int) -> None:
    """Let the person sign in again."""
    found = _kept_person(scope, person)
    found.is_active = True
    found.save(update_fields=["is_active"])
    _record_on_person(act, "people.reopen_account", person)


@transaction.atomic
def reset_second_factor(act: Act, scope: Scope, *, person: int) -> None:
    """Take away the second factor of someone who lost it; their sessions end."""
    _kept_person(scope, person)
    if person == act.actor:
        raise NotPermitted(Permission.MANAGE_PEOPLE, None)
    models.SecondFactor.objects.filter(person_id=person).delete()
    _close_sessions(person, act.at)
    _record_on_person(act, "people.reset_second_factor", person)


def _record_on_person(act: Act, verb: str, person: int) -> None:
    home = queries.home_of(person, timezone.localdate(act.at))
    journal.record(act, verb=verb, home=home, object=f"person:{person}")


def _close_sessions(person: int, at: datetime) -> None:
    models.Session.objects.filter(person_id=person, closed_at=None).update(closed_at=at)


def _clear_tries(username: str, at: datetime) -> None:
    models.SignInTry.objects.create(username=username, at=at, outcome=models.SignInTry.Outcome.UNLOCKED)


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


# --- Setting up -----------------------------------------------------------------------------------------------------


@transaction.atomic
def open_demo_accounts(act: Act, accounts: Sequence[NewAccount], *, from_on: date) -> tuple[int, ...]:
    """Open the demo's accounts, each with an open term; those that exist stay as they are. Returns persons' ids."""
    with queries.door("set_up"):
        return tuple(_open_account(act, account, from_on=from_on) for account in accounts)


@transaction.atomic
def open_first_account(act: Act, account: NewAccount, *, from_on: date) -> int:
    """Open the account of the first administrator of an installation.

    Raises
    ------
    AlreadySetUp
        If anyone is administrator already: that person opens the other accounts.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('people.open_first_account', 0))")
    if account.role is not Role.ADMINISTRATOR or models.Term.objects.filter(role=Role.ADMINISTRATOR.value).exists():
        raise AlreadySetUp
    with queries.door("set_up"):
        return _open_account(act, account, from_on=from_on)


def _open_account(act: Act, account: NewAccount, *, from_on: date) -> int:
    found = models.Person.objects.filter(username=account.username).first()
    if found is not None:
        return found.pk
    person = _new_person(account.username, account.name, account.password, temporary=False)
    term = _new_term(person.pk, account.role, account.area, from_on, None)
    result = {"person": person.pk, "role": account.role.value, "from_on": from_on, "set_up": True}
    journal.record(act, verb="people.appoint", home=account.area, object=f"term:{term}", result=result)
    return person.pk


# --- Signing in -----------------------------------------------------------------------------------------------------


@transaction.atomic
def sign_in(
    *, username: str, password: str, code: str = "", at: datetime, address: str = "", device: str = ""
) -> Opened | Refused:
    """Begin a session, or say why not; either way it is noted, and tries of one account are taken one by one.

    A locked account is refused without looking at the password. The oldest sessions end when a person has too many.
    """
    username = username.strip().lower()[:40]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"people.sign_in {username}"])
    if until := queries.locked_until(username, at):
        return Refused(Refusal.LOCKED, until)
    with queries.door("sign_in"):
        person = models.Person.objects.filter(username=username).select_related("second_factor").first()
        refusal = _refusal(person, password, code, at=at)
        if refusal is None and person is not None:
            return _open_session(person, at=at, address=address, device=device)
        return _refuse(username, person, refusal or Refusal.UNKNOWN, at=at, address=address)


def _refusal(person: models.Person | None, password: str, code: str, *, at: datetime) -> Refusal | None:
    if person is None:
        make_password(password)  # takes as long as for a person who exists
        return Refusal.UNKNOWN
    if not check_password(password, person.password):
        return Refusal.WRONG_PASSWORD
    if not person.is_active:
        return Refusal.INACTIVE
    factor = getattr(person, "second_factor", None)
    if factor is None or factor.confirmed_at is None:
        return None
    if not code:
        return Refusal.CODE_WANTED
    return None if _passes(factor, code, at=at) else Refusal.WRONG_CODE


def _passes(factor: models.SecondFactor, code: str, *, at: datetime) -> bool:
    """Whether the code is right; it is used up by this."""
    code = code.replace(" ", "").replace("-", "").lower()
    step = matching_step(_decrypted(factor.secret), code, at=at, last_step=factor.last_step)
    hashed = _recovery_hash(factor.person_id, code)
    if step is not None:
        factor.last_step = step
    elif hashed in factor.recovery:
        factor.recovery = [kept for kept in factor.recovery if kept != hashed]
    else:
        return False
    factor.save(update_fields=["last_step", "recovery"])
    return True


def _open_session(person: models.Person, *, at: datetime, address: str, device: str) -> Opened:
    token = secrets.token_urlsafe(32)
    _close_surplus(person.pk, at)
    session = models.Session.objects.create(
        person=person,
        token=queries.token_hash(token),
        opened_at=at,
        seen_at=at,
        address=address[:45],
        device=device[:200],
    )
    _note_try(person.username, at, models.SignInTry.Outcome.SUCCEEDED, address)
    _record_on_person(Act(person.pk, at, Channel.ONLINE), "people.sign_in", person.pk)
    return Opened(person.pk, session.pk, token)


def _close_surplus(person: int, at: datetime) -> None:
    """Leave room for one more session."""
    still_open = models.Session.objects.filter(person_id=person, closed_at=None).order_by("-seen_at", "-id")
    surplus = list(still_open.values_list("pk", flat=True)[SESSION_LIMITS.at_once - 1 :])
    models.Session.objects.filter(pk__in=surplus).update(closed_at=at)


def _refuse(username: str, person: models.Person | None, refusal: Refusal, *, at: datetime, address: str) -> Refused:
    if refusal is not Refusal.CODE_WANTED:
        _note_try(username, at, models.SignInTry.Outcome.FAILED, address)
    actor = person.pk if person else OPERATOR
    home = queries.home_of(actor, timezone.localdate(at)) if person else None
    until = LOCKOUT.until(queries.failures(username, at), at)
    journal.record(
        Act(actor, at, Channel.ONLINE),
        verb="people.sign_in_refused",
        home=home,
        object=f"person:{person.pk}" if person else "",
        result={"refusal": refusal.value, "locked_until": until},
    )
    return Refused(refusal, until)


def _note_try(username: str, at: datetime, outcome: str, address: str) -> None:
    models.SignInTry.objects.create(username=username, at=at, outcome=outcome, address=address[:45])


@transaction.atomic
def sign_out(act: Act, *, session: int) -> None:
    """End one of the actor's own sessions."""
    queries.stand_alone(act.actor)
    closed = models.Session.objects.filter(pk=session, person_id=act.actor, closed_at=None).update(closed_at=act.at)
    if closed:
        _record_on_person(act, "people.sign_out", act.actor)


def note_use(session: int, *, person: int, seen_at: datetime, at: datetime) -> None:
    """Put off the end of an idle session; written once a minute at most."""
    if at - seen_at < SEEN_EVERY:
        return
    queries.stand_alone(person)
    models.Session.objects.filter(Q(seen_at__lt=at), pk=session, closed_at=None).update(seen_at=at)


# --- One's own account ----------------------------------------------------------------------------------------------


@transaction.atomic
def change_own_password(act: Act, *, old: str, new: str, session: int | None = None) -> None:
    """Change the actor's password; every session of theirs but the one named ends.

    Raises
    ------
    WrongPassword, PasswordTooWeak
    """
    person = _self(act, password=old)
    if new == old:
        raise PasswordTooWeak
    _set_password(person, new, temporary=False)
    person.save(update_fields=["password", "has_temporary_password"])
    models.Session.objects.filter(person=person, closed_at=None).exclude(pk=session).update(closed_at=act.at)
    _record_on_person(act, "people.change_own_password", act.actor)


def _self(act: Act, *, password: str) -> models.Person:
    queries.stand_alone(act.actor)
    person = models.Person.objects.select_for_update().get(pk=act.actor)
    if not check_password(password, person.password):
        raise WrongPassword
    return person


@transaction.atomic
def begin_second_factor(act: Act, *, password: str) -> bytes:
    """Make a secret for the actor's telephone and return it; it counts once a code has confirmed it.

    Raises
    ------
    WrongPassword
    """
    person = _self(act, password=password)
    secret = secrets.token_bytes(20)
    values = {"secret": _encrypted(secret), "confirmed_at": None, "last_step": 0, "recovery": []}
    factor, made = models.SecondFactor.objects.get_or_create(person=person, defaults=values)
    if not made and factor.confirmed_at is None:
        models.SecondFactor.objects.filter(pk=factor.pk).update(**values)
    return secret if made or factor.confirmed_at is None else _decrypted(factor.secret)


@transaction.atomic
def confirm_second_factor(act: Act, *, code: str) -> tuple[str, ...]:
    """Put the second factor in force and return recovery codes, shown this once.

    Raises
    ------
    WrongCode
    """
    queries.stand_alone(act.actor)
    factor = models.SecondFactor.objects.select_for_update().filter(person_id=act.actor, confirmed_at=None).first()
    if factor is None or not _passes(factor, code, at=act.at):
        raise WrongCode
    codes = tuple(secrets.token_hex(5) for _ in range(RECOVERY_CODES))
    factor.recovery = [_recovery_hash(act.actor, each) for each in codes]
    factor.confirmed_at = act.at
    factor.save(update_fields=["recovery", "confirmed_at"])
    _record_on_person(act, "people.confirm_second_factor", act.actor)
    return codes


@transaction.atomic
def remove_second_factor(act: Act, *, password: str) -> None:
    """Sign in with the password alone from now on.

    Raises
    ------
    WrongPassword
    """
    _self(act, password=password)
    models.SecondFactor.objects.filter(person_id=act.actor).delete()
    _record_on_person(act, "people.remove_second_factor", act.actor)


def _recovery_hash(person: int, code: str) -> str:
    """Recovery codes have forty random bits and a lockout before them; a plain hash with the person's id is enough."""
    return hashlib.sha256(f"linli recovery {person} {code}".encode()).hexdigest()


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = (hmac.digest(key.encode(), b"linli.people.second_factor", "sha256") for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def _encrypted(secret: bytes) -> bytes:
    return _cipher().encrypt(secret)


def _decrypted(secret: bytes | memoryview) -> bytes:
    return _cipher().decrypt(bytes(secret))
