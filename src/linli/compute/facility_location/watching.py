"""When a search has to end, and whom it tells how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum


class Ending(Enum):
    PROVEN = "proven"
    TIME = "time"
    STOPPED = "stopped"


class NothingFits(Exception):
    """No choice keeps all limits; ``proven`` is false where time ran out before one was found."""

    def __init__(self, proven: bool = True) -> None:
        self.proven = proven
        super().__init__("no choice keeps all limits" if proven else "no choice was found that keeps all limits")


def _never() -> bool:
    return False


def _nobody(value: float | None, bound: float | None, share: float) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Watch:
    """Asked often and cheaply by every search.

    Attributes
    ----------
    time_limit_s : seconds
        By ``clock``, from ``started``.
    report : (value, bound, share of the time used) -> None
        None where there is no value or bound yet.
    """

    time_limit_s: float = 60.0
    should_stop: Callable[[], bool] = _never
    report: Callable[[float | None, float | None, float], None] = _nobody
    clock: Callable[[], float] = time.monotonic
    started: float = field(default=-1.0)

    def start(self) -> Watch:
        """The same, its time running from now."""
        return replace(self, started=self.clock())

    def part(self, seconds: float) -> Watch:
        """A part of the search that takes no longer than this, nor longer than the whole, and reports nothing."""
        return replace(self.start(), time_limit_s=min(seconds, self.left_s), report=_nobody)

    @property
    def used_s(self) -> float:
        return self.clock() - self.started if self.started >= 0 else 0.0

    @property
    def left_s(self) -> float:
        return max(0.0, self.time_limit_s - self.used_s)

    def over(self) -> Ending | None:
        """Why to end now, or None to go on."""
        if self.should_stop():
            return Ending.STOPPED
        return Ending.TIME if self.left_s <= 0 else None

    def tell(self, value: float | None, bound: float | None) -> None:
        """Report the best value and bound so far."""
        self.report(value, bound, min(1.0, self.used_s / self.time_limit_s) if self.time_limit_s > 0 else 1.0)
