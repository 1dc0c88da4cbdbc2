"""Begin and end sessions."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection, transaction
from django.utils import timezone

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import OPERATOR, Act, Channel
from linli.domain.people import models, queries
from linli.domain.people.operations import rows, second_factor
from linli.domain.people.rules import LOCKOUT, SESSION_LIMITS, Refusal

SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use of a session is noted; noting every request would write every request."""


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
    return None if second_factor.passes(factor, code, at=at) else Refusal.WRONG_CODE


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
    rows.record_on_person(Act(person.pk, at, Channel.ONLINE), "people.sign_in", person.pk)
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
        rows.record_on_person(act, "people.sign_out", act.actor)


def note_use(session: int, *, person: int, seen_at: datetime, at: datetime) -> None:
    """Put off the end of an idle session; written once a minute at most."""
    if at - seen_at < SEEN_EVERY:
        return
    queries.stand_alone(person)
    models.Session.objects.filter(pk=session, closed_at=None, seen_at__lt=at).update(seen_at=at)
