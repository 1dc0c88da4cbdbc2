"""Keys with which a person's programs ask in their name, and what is noted of their use."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import OPERATOR, Act, Channel
from linli.domain.people import models, queries
from linli.domain.people.operations import rows
from linli.domain.people.rules import LOCKOUT

PREFIX = "linli_"
"""Lets a person, or a scanner of published files, tell what was leaked."""
KEYS_AT_ONCE = 10
LASTS_AT_MOST = timedelta(days=366)
USED_EVERY = timedelta(minutes=1)
"""How exactly the last use of a key is noted; noting every request would write every request."""


class TooManyKeys(Exception):
    """The person holds as many keys as one may; some must be revoked first."""


class KeyNotPossible(Exception):
    """A key needs a name, and an end after now and within a year."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made. ``secret`` is told to the person this once and kept nowhere."""

    id: int
    secret: str


@transaction.atomic
def create_access_key(act: Act, *, name: str, password: str, until_at: datetime, may_write: bool = False) -> NewKey:
    """Make a key for the actor's own programs.

    Raises
    ------
    WrongPassword, TooManyKeys, KeyNotPossible
    """
    name = name.strip()
    if not name or len(name) > 60 or not act.at < until_at <= act.at + LASTS_AT_MOST:
        raise KeyNotPossible
    person = rows.confirmed(act, password=password)
    held = models.AccessKey.objects.filter(person=person, revoked_at=None, expires_at__gt=act.at)
    if held.count() >= KEYS_AT_ONCE:
        raise TooManyKeys
    secret = PREFIX + secrets.token_urlsafe(32)
    key = models.AccessKey.objects.create(
        person=person,
        name=name,
        # 256 random bits need no slow hash: nobody guesses them.
        hash=queries.token_hash(secret),
        may_write=may_write,
        created_at=act.at,
        expires_at=until_at,
    )
    _record(act, "people.create_access_key", key.pk, {"name": name, "may_write": may_write, "until": until_at})
    return NewKey(key.pk, secret)


@transaction.atomic
def revoke_access_key(act: Act, *, key: int) -> bool:
    """End one of the actor's own keys at once; whether there was such a key."""
    queries.stand_alone(act.actor)
    held = models.AccessKey.objects.filter(pk=key, person_id=act.actor, revoked_at=None)
    if not held.update(revoked_at=act.at):
        return False
    _record(act, "people.revoke_access_key", key, {})
    return True


def _record(act: Act, verb: str, key: int, result: dict[str, object]) -> None:
    home = queries.home_of(act.actor, timezone.localdate(act.at))
    journal.record(act, verb=verb, home=home, object=f"access_key:{key}", result=result)


def note_key_use(key: int, *, person: int, used_at: datetime | None, at: datetime) -> None:
    """Note when a key was used last; written once a minute at most."""
    if used_at is not None and at - used_at < USED_EVERY:
        return
    queries.stand_alone(person)
    models.AccessKey.objects.filter(pk=key).update(used_at=at)


@transaction.atomic
def note_key_refused(*, username: str, address: str, at: datetime) -> datetime | None:
    """Count a request with a wrong key; when its sender may try again, None if at once.

    Counted apart from sign-ins, so that a forgotten program does not lock its person out of the pages: by account, or
    by address where the program names none.
    """
    counted = tries_of(username, address)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"people.key {counted}"])
    if until := queries.locked_until(counted, at):
        return until
    outcome = models.SignInTry.Outcome.FAILED
    models.SignInTry.objects.create(username=counted, at=at, outcome=outcome, address=address[:45])
    until = LOCKOUT.until(queries.failures(counted, at), at)
    result = {"account": username[:40], "locked_until": until}
    journal.record(Act(OPERATOR, at, Channel.ONLINE), verb="people.access_key_refused", home=None, result=result)
    return until


def tries_of(username: str, address: str) -> str:
    """Under which name wrong keys are counted; no account can have it."""
    return f"#{username or address}"[:40]
