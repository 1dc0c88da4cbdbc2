"""The second factor: a secret shared with a telephone, and recovery codes for the day it is lost."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils.encoding import force_bytes

from linli.domain.journal.rules import Act
from linli.domain.people import models, queries
from linli.domain.people.operations import rows
from linli.domain.people.rules.sign_in import matching_step

RECOVERY_CODES = 8


class WrongCode(Exception):
    """The one-time code does not belong to the secret, or was used before."""


class SecondFactorStands(Exception):
    """The person has a second factor in force; it must be removed before another begins."""


@transaction.atomic
def begin_second_factor(act: Act, *, password: str) -> bytes:
    """Make a secret for the actor's telephone and return it; it counts once a code has confirmed it.

    Raises
    ------
    WrongPassword, SecondFactorStands
    """
    person = rows.confirmed(act, password=password)
    secret = secrets.token_bytes(20)
    values: dict[str, Any] = {"secret": _encrypted(secret), "confirmed_at": None, "last_step": 0, "recovery": []}
    factor, made = models.SecondFactor.objects.get_or_create(person=person, defaults=values)
    if factor.confirmed_at is not None:
        raise SecondFactorStands
    if not made:
        models.SecondFactor.objects.filter(pk=factor.pk).update(**values)
    return secret


@transaction.atomic
def confirm_second_factor(act: Act, *, code: str) -> tuple[str, ...]:
    """Put the second factor in force and return recovery codes, shown this once.

    Raises
    ------
    WrongCode
    """
    queries.stand_alone(act.actor)
    factor = models.SecondFactor.objects.select_for_update().filter(person_id=act.actor, confirmed_at=None).first()
    if factor is None or not passes(factor, code, at=act.at):
        raise WrongCode
    codes = tuple(secrets.token_hex(5) for _ in range(RECOVERY_CODES))
    factor.recovery = [_recovery_hash(act.actor, each) for each in codes]
    factor.confirmed_at = act.at
    factor.save(update_fields=["recovery", "confirmed_at"])
    rows.record_on_person(act, "people.confirm_second_factor", act.actor)
    return codes


@transaction.atomic
def remove_second_factor(act: Act, *, password: str, code: str) -> None:
    """Sign in with the password alone from now on.

    Raises
    ------
    WrongPassword, WrongCode
    """
    rows.confirmed(act, password=password)
    factor = models.SecondFactor.objects.select_for_update().filter(person_id=act.actor).first()
    if factor is None or not passes(factor, code, at=act.at):
        raise WrongCode
    factor.delete()
    rows.record_on_person(act, "people.remove_second_factor", act.actor)


def passes(factor: models.SecondFactor, code: str, *, at: datetime) -> bool:
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


def _recovery_hash(person: int, code: str) -> str:
    """Recovery codes have forty random bits and a lockout before them; a plain hash with the person's id is enough."""
    return hashlib.sha256(f"linli recovery {person} {code}".encode()).hexdigest()


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = (hmac.digest(force_bytes(key), b"linli.people.second_factor", "sha256") for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def _encrypted(secret: bytes) -> bytes:
    return _cipher().encrypt(secret)


def _decrypted(secret: bytes | memoryview) -> bytes:
    return _cipher().decrypt(bytes(secret))
