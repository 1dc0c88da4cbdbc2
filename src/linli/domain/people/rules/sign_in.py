"""When a sign-in is refused, when a session ends, and the second factor (RFC 6238)."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

STEP_S = 30
DIGITS = 6
STEPS_OF_GRACE = 1
"""Clocks of telephones may differ by this many steps."""


class Refusal(StrEnum):
    """Why a sign-in was refused. The page says the first three in the same words, so that nobody learns which."""

    UNKNOWN = "unknown"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105  a reason, not a secret
    INACTIVE = "inactive"
    CODE_WANTED = "code_wanted"
    WRONG_CODE = "wrong_code"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Lockout:
    """At most ``tries`` failures of one account within ``within``; then it waits until the oldest is that old."""

    tries: int
    within: timedelta

    def until(self, failures: Sequence[datetime], at: datetime) -> datetime | None:
        """When the account opens again, or None if it is open. ``failures`` in any order."""
        recent = sorted(failure for failure in failures if failure > at - self.within)
        return recent[-self.tries] + self.within if len(recent) >= self.tries else None


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """A session ends after ``idle`` without use and ``whole`` after sign-in; a person has at most ``at_once``."""

    idle: timedelta
    whole: timedelta
    at_once: int

    def has_ended(self, *, opened_at: datetime, seen_at: datetime, at: datetime) -> bool:
        return at >= opened_at + self.whole or at >= seen_at + self.idle


LOCKOUT = Lockout(tries=10, within=timedelta(minutes=15))
SESSION_LIMITS = SessionLimits(idle=timedelta(minutes=30), whole=timedelta(hours=12), at_once=3)


def one_time_code(secret: bytes, step: int) -> str:
    """Six digits for one step of half a minute (RFC 4226 with RFC 6238's counter, SHA-1)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: bytes, code: str, *, at: datetime, last_step: int) -> int | None:
    """The step to which a code belongs, or None; a step used once, or one before it, never matches again."""
    now = int(at.timestamp()) // STEP_S
    for step in range(now - STEPS_OF_GRACE, now + STEPS_OF_GRACE + 1):
        if step > last_step and hmac.compare_digest(one_time_code(secret, step).encode(), code.encode()):
            return step
    return None
