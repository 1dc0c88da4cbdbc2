"""Times of day, and what is open in them."""

from datetime import date, time

import pytest

from linli.domain.standards import queries
from linli.domain.standards.rules import Openness, TimeSlice, openness
from linli.domain.standards.rules.figures import Confidence
from linli.domain.standards.rules.reading import PackFault, read_time_slices

DAY = date(2026, 6, 30)
SLICES = {one.key: one for one in queries.time_slices()}


def a_slice(days: str, begin: str, end: str) -> TimeSlice:
    clock = time.fromisoformat
    return TimeSlice("x", "某时", "x", tuple(days.split()), clock(begin), clock(end), "", Confidence.UNVERIFIED)


def test_every_hour_that_the_slices_name_has_words_and_a_source() -> None:
    assert {"working_day", "evening", "night", "weekend"} <= set(SLICES)
    assert all(one.zh and one.en and one.source and one.days for one in SLICES.values())
    assert len({one.zh for one in SLICES.values()}) == len(SLICES)


def test_a_night_ends_on_the_next_day() -> None:
    spans = SLICES["night"].spans(DAY)

    assert len(spans) == 7
    assert all((end - start).total_seconds() == 8 * 3600 for start, end in spans)


@pytest.mark.parametrize(
    ("hours", "key", "expected"),
    [
        ("Mo-Su 06:00-22:00", "evening", Openness.OPEN),
        ("Mo-Su 06:00-22:00", "night", Openness.CLOSED),
        ("24/7", "night", Openness.OPEN),
        ("Mo-Fr 08:00-17:00", "working_day", Openness.OPEN),
        ("Mo-Fr 08:00-17:00", "weekend", Openness.CLOSED),
        ("Mo-Fr 08:00-11:30,13:30-17:00", "working_day", Openness.OPEN),
        ("Mo-Fr 22:00-06:00", "night", Openness.OPEN),
        ("off", "working_day", Openness.CLOSED),
        ("", "night", Openness.UNKNOWN),
        ("早上到晚上", "night", Openness.UNKNOWN),
        ("Mo-Su 08:00-18:00 unknown", "working_day", Openness.OPEN),
        ("Mo-Fr 08:00-17:00" * 40, "working_day", Openness.UNKNOWN),
    ],
)
def test_what_is_open_in_a_slice(hours: str, key: str, expected: Openness) -> None:
    assert openness(hours, SLICES[key], DAY) is expected


def test_half_of_the_time_is_enough_and_a_minute_less_is_not() -> None:
    morning = a_slice("Mo Tu", "08:00", "12:00")

    assert openness("Mo-Tu 08:00-10:00", morning, DAY) is Openness.OPEN
    assert openness("Mo 08:00-12:00", morning, DAY) is Openness.OPEN
    assert openness("Mo 08:00-11:59", morning, DAY) is Openness.CLOSED


def test_a_wrong_file_names_every_fault() -> None:
    text = """
sources: {choice: {title: x, kind: background, seen: none}}
slices:
  - {key: a, zh: 甲, en: A, days: [Mo, Xx], from: "8", until: "18:00", source: choice, confidence: unverified}
  - {key: a, zh: 乙, en: B, days: [], from: "08:00", until: "18:00", source: choice, confidence: official}
"""

    with pytest.raises(PackFault) as refused:
        read_time_slices(text)

    assert [fault.key for fault in refused.value.faults] == [
        "slices[1].days[2]",
        "slices[1].from",
        "slices[2].confidence",
        "slices[2]",
        "slices[2].days",
    ]
