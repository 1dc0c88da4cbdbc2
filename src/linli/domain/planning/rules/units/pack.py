"""Reading the rules of units from their pack file; every fault at once with its line and key."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Protocol, TypeVar

from linli.domain.planning.rules.units.proposals import LINES, Basis, Goal, Line, LineRule, Service, UnitRules
from linli.domain.standards.rules import Source, Vocabulary
from linli.domain.standards.rules.reading import PackFault, WrongEntry
from linli.domain.standards.rules.reading.documents import Entry, Fields, document
from linli.domain.standards.rules.reading.sourcing import sourced
from linli.domain.standards.rules.reading.vocabulary import read_sources

FILE = "units.yaml"
_WEIGHTS = ("lines", "spread", "outside", "unserved", "outline")


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


_K = TypeVar("_K", bound=_Keyed)


def read_unit_rules(text: str, vocabulary: Vocabulary) -> UnitRules:
    """The rules in ``units.yaml``.

    Raises
    ------
    PackFault
        Naming everything that is wrong.
    """
    faults: list[WrongEntry] = []
    f = document(FILE, text, faults).fields(("sources", "people", "walk", "share", "services", "lines", "goals"))
    sources = read_sources(f["sources"])
    people, walk, share = (
        f[key].fields((*figures, "source", "clause", "confidence", "from"))
        for key, figures in (("people", ("minimum", "maximum")), ("walk", ("minutes",)), ("share", ("value",)))
    )
    minutes = _number(walk, "minutes", 10)
    least, most = (people.read(key, lambda e: e.whole(1), 1) for key in ("minimum", "maximum"))
    if most < least:
        people["maximum"].wrong(f"不小于 minimum({least})的人数")
    share_min = _number(share, "value", 0)
    if share_min > 1:
        share["value"].wrong("0 到 1 之间的数")
    rules = UnitRules(
        people_min=least,
        people_max=most,
        walk_minutes=float(minutes),
        walk_m=vocabulary.walk(minutes, "all")[0],
        share_min=float(share_min),
        services=_unique(f["services"], lambda entry: _service(entry, sources, vocabulary)),
        lines=_lines(f["lines"], sources),
        goals=_unique(f["goals"], _goal),
        basis={"people": _basis(people, sources), "walk": _basis(walk, sources), "share": _basis(share, sources)},
    )
    if faults:
        raise PackFault(faults)
    return rules


def _basis(f: Fields, sources: Mapping[str, Source]) -> Basis:
    source, confidence = sourced(f, sources)
    title = sources[source].title if source in sources else ""
    return Basis(title, f.text("clause"), confidence, f["from"].day() if "from" in f else None)


def _service(entry: Entry, sources: Mapping[str, Source], vocabulary: Vocabulary) -> Service:
    f = entry.fields(("key", "kinds", "source", "confidence"), ("clause",))
    kinds = tuple(kind.key for kind in vocabulary.facility_kinds)
    return Service(f["key"].text() if "key" in f else "", f.choices("kinds", kinds), _basis(f, sources))


def _lines(entry: Entry, sources: Mapping[str, Source]) -> tuple[LineRule, ...]:
    """In the order of ``LINES``, whatever the file's; each of them once."""
    found: dict[Line, LineRule] = {}
    for one in entry.listed():
        f = one.fields(("key", "zh", "en", "price", "never", "source", "confidence"), ("clause",))
        line = f.member("key", Line.COMMUNITY)
        if line in found:
            one.wrong("每种线只写一次", found=repr(str(line)))
        never = f.read("never", Entry.truth, False)
        found[line] = LineRule(
            line, f.text("zh"), f.text("en"), float(_number(f, "price", 0)), never, _basis(f, sources)
        )
    lacking = [line for line in LINES if line not in found]
    if lacking:
        entry.wrong("每种线各一项", found=f"没有 {'、'.join(lacking)}")
    return tuple(found[line] for line in LINES if line in found)


def _goal(entry: Entry) -> Goal:
    f = entry.fields(("key", "zh", "en", *_WEIGHTS))
    return Goal(
        f["key"].text() if "key" in f else "",
        f.text("zh"),
        f.text("en"),
        *(float(_number(f, weight, 0)) for weight in _WEIGHTS),
    )


def _unique(entry: Entry, reading: Callable[[Entry], _K]) -> tuple[_K, ...]:
    found: dict[str, _K] = {}
    for one in entry.listed():
        value = reading(one)
        if value.key in found:
            one.wrong("一个没有用过的 key", found=repr(value.key))
        found[value.key] = value
    if not found:
        entry.wrong("至少一项")
    return tuple(found.values())


def _number(f: Fields, key: str, default: int) -> Fraction:
    return f.read(key, lambda entry: entry.number(Fraction(0)), Fraction(default))
