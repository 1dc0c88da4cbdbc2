"""Who someone is, which roles they hold where, and what of the journal they may read."""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from linli.domain.journal import queries as journal
from linli.domain.journal.rules import Entry, SealValue
from linli.domain.people import models
from linli.domain.people.rules import LOCKOUT, SESSION_LIMITS, Permission, Role, Scope, require


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a request; also what Django calls the user."""

    id: int
    username: str
    name: str
    has_temporary_password: bool
    session: int
    seen_at: datetime
    terms: tuple[tuple[Role, int], ...]
    key: int | None = None
    """The access key of a program; None where a browser asks. A program has no session: its number is 0."""
    may_write: bool = True

    is_authenticated = True
    is_anonymous = False
    is_active = True

    @property
    def pk(self) -> int:
        return self.id

    @property
    def roles(self) -> tuple[Role, ...]:
        """Roles in force, each once."""
        return tuple(dict.fromkeys(role for role, _ in self.terms))

    @property
    def grants(self) -> tuple[tuple[Role, frozenset[int]], ...]:
        """As ``grants_of`` tells them."""
        return _by_role(self.terms)


@dataclass(frozen=True, slots=True)
class TermValue:
    id: int
    role: Role
    area: int
    from_on: date
    until_on: date | None
    organization: str = ""

    def holds_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True, slots=True)
class Account:
    """A person as the accounts page shows them."""

    id: int
    username: str
    name: str
    phone: str
    is_active: bool
    has_second_factor: bool
    terms: tuple[TermValue, ...]


@dataclass(frozen=True, slots=True)
class SessionValue:
    id: int
    opened_at: datetime
    seen_at: datetime
    address: str
    device: str


@dataclass(frozen=True, slots=True)
class AccessKeyValue:
    id: int
    name: str
    may_write: bool
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    def holds_at(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


@dataclass(frozen=True, slots=True)
class OrganizationValue:
    id: int
    kind: str
    name: str
    uscc: str


class NoSuchPerson(Exception):
    """No account with this id within the scope."""


# --- Standing before row security -----------------------------------------------------------------------------------


def stand(scope: Scope) -> None:
    """Show the database for whom and for what the rest of this transaction asks; row security reads it."""
    areas = ",".join(map(str, sorted(scope.places(Permission.MANAGE_PEOPLE))))
    _set(person=str(scope.person), purpose=scope.purpose.value, scope=f"{{{areas}}}")


def stand_alone(person: int) -> None:
    """As ``stand``, for someone who asks about nobody else."""
    _set(person=str(person), purpose="", scope="")


@contextlib.contextmanager
def door(name: str) -> Iterator[None]:
    """Open one of the two doors of row security, ``sign_in`` or ``set_up``, for the statements within."""
    with transaction.atomic(savepoint=False):
        _set(door=name)
        yield
        _set(door="")


def _set(**settings: str) -> None:
    calls = ", ".join("set_config(%s, %s, true)" for _ in settings)
    values = [text for name, value in settings.items() for text in (f"linli.{name}", value)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", values)


# --- Roles ----------------------------------------------------------------------------------------------------------


def grants_of(person: int, day: date) -> tuple[tuple[Role, frozenset[int]], ...]:
    """Roles a person holds on a day, each with the areas of its terms; smaller areas within them not included."""
    with door("sign_in"):
        rows = _in_force(day).filter(person_id=person, person__is_active=True).order_by("id")
        return _by_role((Role(role), area) for role, area in rows.values_list("role", "area_id"))


def _by_role(terms: Iterable[tuple[Role, int]]) -> tuple[tuple[Role, frozenset[int]], ...]:
    held: dict[Role, set[int]] = {}
    for role, area in terms:
        held.setdefault(role, set()).add(area)
    return tuple((role, frozenset(areas)) for role, areas in held.items())


def _in_force(day: date) -> "QuerySet[models.Term]":
    return models.Term.objects.filter(Q(until_on=None) | Q(until_on__gt=day), from_on__lte=day)


def home_of(person: int, day: date) -> int | None:
    """The area of a person's oldest term in force: whose journal the person's own acts join."""
    return _in_force(day).filter(person_id=person).order_by("from_on", "id").values_list("area_id", flat=True).first()


def names(people: Iterable[int]) -> Mapping[int, str]:
    """Names by id, for showing who did something; ids that nobody has are left out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM people_names(%s)", [sorted(set(people))])
        return dict(cursor.fetchall())


# --- Sessions -------------------------------------------------------------------------------------------------------


def token_hash(token: str) -> str:
    """What is stored of the token that a browser keeps."""
    return hashlib.sha256(token.encode()).hexdigest()


def signed_in(token: str, at: datetime, day: date) -> SignedIn | None:
    """Whose open session this token belongs to; None if it was closed, has expired or never was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people_signed_in(%s, %s)", [token_hash(token), day])
        row = cursor.fetchone()
    if row is None:
        return None
    person, username, name, has_temporary_password, session, opened_at, seen_at, roles, areas = row
    if SESSION_LIMITS.has_ended(opened_at=opened_at, seen_at=seen_at, at=at):
        return None
    terms = tuple(zip(map(Role, roles), areas, strict=True))
    return SignedIn(person, username, name, has_temporary_password, session, seen_at, terms)


def open_sessions(person: int, at: datetime) -> tuple[SessionValue, ...]:
    """A person's own sessions that are still good, newest use first."""
    stand_alone(person)
    found = models.Session.objects.filter(
        person_id=person,
        closed_at=None,
        opened_at__gt=at - SESSION_LIMITS.whole,
        seen_at__gt=at - SESSION_LIMITS.idle,
    ).order_by("-seen_at")
    return tuple(SessionValue(s.pk, s.opened_at, s.seen_at, s.address, s.device) for s in found)


def key_holder(secret: str, at: datetime, day: date) -> SignedIn | None:
    """Whose access key this secret is; None if it was revoked, is over or never was, or the account is closed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people_key_holder(%s, %s, %s)", [token_hash(secret), at, day])
        row = cursor.fetchone()
    if row is None:
        return None
    person, username, name, has_temporary_password, key, may_write, used_at, roles, areas = row
    terms = tuple(zip(map(Role, roles), areas, strict=True))
    return SignedIn(person, username, name, has_temporary_password, 0, used_at, terms, key, may_write)


def own_access_keys(person: int) -> tuple[AccessKeyValue, ...]:
    """A person's own access keys that were not revoked, newest first; those that are over included."""
    stand_alone(person)
    found = models.AccessKey.objects.filter(person_id=person, revoked_at=None).order_by("-created_at", "-id")
    return tuple(
        AccessKeyValue(k.pk, k.name, k.may_write, k.created_at, k.expires_at, k.used_at, k.revoked_at) for k in found
    )


def failures(username: str, at: datetime) -> list[datetime]:
    """Failed tries that count against an account: recent ones, after its last success or unlocking."""
    tries = models.SignInTry.objects.filter(username=username, at__gt=at - LOCKOUT.within).order_by("-at", "-id")
    counted = []
    for tried_at, outcome in tries.values_list("at", "outcome"):
        if outcome != models.SignInTry.Outcome.FAILED:
            break
        counted.append(tried_at)
    return counted


def locked_until(username: str, at: datetime) -> datetime | None:
    """When an account locked by failed tries opens again; None if it is open."""
    return LOCKOUT.until(failures(username, at), at)


# --- Accounts -------------------------------------------------------------------------------------------------------


def accounts(scope: Scope, *, search: str = "") -> tuple[Account, ...]:
    """Persons whose accounts the scope may keep, by name: those with a term in its areas and those without any."""
    found = _kept(scope)
    if search:
        found = found.filter(Q(name__icontains=search) | Q(username__icontains=search) | Q(name_key__startswith=search))
    return tuple(_account(person) for person in found.order_by("name_key", "id"))


def account(scope: Scope, person: int) -> Account:
    """One of them.

    Raises
    ------
    NoSuchPerson
    """
    found = _kept(scope).filter(pk=person).first()
    if found is None:
        raise NoSuchPerson(person)
    return _account(found)


def _kept(scope: Scope) -> "QuerySet[models.Person]":
    areas = scope.places(Permission.MANAGE_PEOPLE)
    if not areas:
        return models.Person.objects.none()
    stand(scope)
    held = models.Term.objects.filter(person_id=OuterRef("pk"))
    terms = Prefetch("terms", queryset=models.Term.objects.select_related("organization").order_by("from_on", "id"))
    return (
        models.Person.objects.filter(Exists(held.filter(area_id__in=areas)) | ~Exists(held))
        .select_related("second_factor")
        .prefetch_related(terms)
    )


def own_account(person: int) -> Account:
    """A person's own account, as they may see it themselves."""
    stand_alone(person)
    terms = Prefetch("terms", queryset=models.Term.objects.select_related("organization").order_by("from_on", "id"))
    found = models.Person.objects.select_related("second_factor").prefetch_related(terms).get(pk=person)
    return _account(found)


def _account(person: models.Person) -> Account:
    factor = getattr(person, "second_factor", None)
    return Account(
        id=person.pk,
        username=person.username,
        name=person.name,
        phone=person.phone,
        is_active=person.is_active,
        has_second_factor=factor is not None and factor.confirmed_at is not None,
        terms=tuple(_term(term) for term in person.terms.all()),
    )


def _term(term: models.Term) -> TermValue:
    name = term.organization.name if term.organization else ""
    return TermValue(term.pk, Role(term.role), term.area_id, term.from_on, term.until_on, name)


def organizations() -> tuple[OrganizationValue, ...]:
    """Every organization, by kind and name. Organizations are public knowledge."""
    found = models.Organization.objects.order_by("kind", "name")
    return tuple(OrganizationValue(o.pk, o.kind, o.name, o.uscc or "") for o in found)


# --- The journal, within a scope ------------------------------------------------------------------------------------


def journal_lines(
    scope: Scope,
    *,
    district: int | None = None,
    home: int | None = None,
    wanted: journal.Filter | None = None,
    limit: int = 50,
) -> tuple[Entry, ...]:
    """Newest journal lines of the homes that the scope may audit, or of one of them.

    Lines without a home (acts on the whole installation) are shown to whoever audits the whole ``district``.
    """
    homes = scope.places(Permission.VIEW_JOURNAL)
    if home is not None:
        require(scope, Permission.VIEW_JOURNAL, home)
        return journal.lines(frozenset({home}), wanted=wanted, limit=limit)
    homeless = district is not None and district in homes
    return journal.lines(homes, homeless=homeless, wanted=wanted, limit=limit)


def verification(scope: Scope, home: int) -> journal.Verification:
    """Read the chain of one home again."""
    require(scope, Permission.VIEW_JOURNAL, home)
    return journal.verify(home)


def seals(scope: Scope, home: int) -> tuple[SealValue, ...]:
    require(scope, Permission.VIEW_JOURNAL, home)
    return journal.seals(home)
