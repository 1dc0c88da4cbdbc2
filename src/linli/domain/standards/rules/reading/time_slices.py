"""Reading the file of time slices."""

from datetime import time

from linli.domain.standards.rules.reading.documents import Entry, PackFault, WrongEntry, document
from linli.domain.standards.rules.reading.sourcing import sourced
from linli.domain.standards.rules.reading.vocabulary import read_sources
from linli.domain.standards.rules.time_slices import WEEKDAYS, TimeSlice

FILE = "time_slices.yaml"


def read_time_slices(text: str) -> tuple[TimeSlice, ...]:
    """The slices in order.

    Raises
    ------
    PackFault
        Naming everything that is wrong in the file.
    """
    faults: list[WrongEntry] = []
    root = document(FILE, text, faults).fields(("sources", "slices"))
    sources = read_sources(root["sources"])
    found: dict[str, TimeSlice] = {}
    for entry in root["slices"].listed():
        f = entry.fields(("key", "zh", "en", "days", "from", "until", "source", "confidence"))
        source, confidence = sourced(f, sources)
        key = f["key"].text() if "key" in f else ""
        if key in found:
            entry.wrong("一个没有用过的 key", found=repr(key))
        found[key] = TimeSlice(
            key=key,
            zh=f["zh"].text() if "zh" in f else "",
            en=f["en"].text() if "en" in f else "",
            days=f.choices("days", WEEKDAYS),
            from_time=f.read("from", _time, time()),
            until_time=f.read("until", _time, time()),
            source=source,
            confidence=confidence,
        )
    if faults:
        raise PackFault(faults)
    return tuple(found.values())


def _time(entry: Entry) -> time:
    value = entry.text()
    try:
        read = time.fromisoformat(value)
    except ValueError:
        read = None
    if read is None or len(value) != len("08:00"):
        entry.wrong('一个时刻,加引号,如 "08:00"')
        return time()
    return read
