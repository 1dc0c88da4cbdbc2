"""Times of day at which people walk, and what is open in them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from opening_hours import OpeningHours, State, validate

from linli.domain.standards.rules.figures import Confidence

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_LONGEST_TEXT = 255


@dataclass(frozen=True, slots=True)
class TimeSlice:
    """Some hours of some days of a week."""

    key: str
    zh: str
    en: str
    days: tuple[str, ...]
    """Of ``WEEKDAYS``."""
    from_time: time
    until_time: time
    """Not after ``from_time`` where the slice ends on the next day."""
    source: str
    confidence: Confidence

    def spans(self, week: date) -> tuple[tuple[datetime, datetime], ...]:
        """The slice in the week in which a day lies."""
        monday = week - timedelta(days=week.weekday())
        begins = [datetime.combine(monday + timedelta(days=WEEKDAYS.index(day)), self.from_time) for day in self.days]
        passes_midnight = self.until_time <= self.from_time
        return tuple(
            (start, datetime.combine(start.date() + timedelta(days=passes_midnight), self.until_time))
            for start in begins
        )


class Openness(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    """Nobody recorded hours, or nobody can read them; it counts as open."""


def openness(hours: str, slice: TimeSlice, day: date) -> Openness:
    """Whether something is open in a slice: for at least half of its time, in the week in which ``day`` lies.

    ``hours`` are read as OpenStreetMap writes them. Time of which they say "unknown" counts as open; holidays are not
    known, so that rules for them change nothing.
    """
    return _openness(hours.strip(), slice, day - timedelta(days=day.weekday()))


@lru_cache(maxsize=4096)
def _openness(hours: str, slice: TimeSlice, monday: date) -> Openness:
    if not hours or len(hours) > _LONGEST_TEXT or not validate(hours):
        return Openness.UNKNOWN
    read = OpeningHours(hours)
    open_s = whole_s = 0.0
    for start, end in slice.spans(monday):
        whole_s += (end - start).total_seconds()
        for since, until, state, _ in read.intervals(start, end):
            if state != State.CLOSED:
                open_s += (min(until, end) - max(since, start)).total_seconds()
    return Openness.OPEN if 2 * open_s >= whole_s else Openness.CLOSED
