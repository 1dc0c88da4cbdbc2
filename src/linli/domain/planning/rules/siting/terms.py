"""The figures with which a siting begins, from their pack file; every fault at once with its line and key."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.planning.rules.siting.problems import Origin, Supply
from linli.domain.standards.rules import Confidence, Source, Vocabulary
from linli.domain.standards.rules.reading import PackFault, WrongEntry
from linli.domain.standards.rules.reading.documents import Entry, Fields, document
from linli.domain.standards.rules.reading.sourcing import sourced
from linli.domain.standards.rules.reading.vocabulary import read_sources

FILE = "siting.yaml"


@dataclass(frozen=True, slots=True)
class FunctionTerms:
    """Whom a kind of facility serves and how much floor it needs at least; 0 where no text says."""

    kind: str
    age_group: str
    area_m2: float
    shares: bool
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class SupplyTerms:
    """What a way of supply costs per square meter of floor, in fen."""

    origin: Origin
    supply: Supply
    fen_per_m2: int
    fen_per_m2_yearly: int
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class SitingTerms:
    functions: tuple[FunctionTerms, ...]
    other: FunctionTerms
    """For every kind that is not listed."""
    other_limit_m: float
    """Walk for a kind for which neither a standard nor the vocabulary gives one."""
    supplies: tuple[SupplyTerms, ...]

    def function(self, kind: str) -> FunctionTerms:
        return next((one for one in self.functions if one.kind == kind), self.other)

    def ways(self, origin: Origin) -> tuple[SupplyTerms, ...]:
        return tuple(one for one in self.supplies if one.origin is origin)

    def way(self, origin: Origin, supply: Supply) -> SupplyTerms | None:
        return next((one for one in self.ways(origin) if one.supply is supply), None)


def read_siting_terms(text: str, vocabulary: Vocabulary) -> SitingTerms:
    """The figures in ``siting.yaml``.

    Raises
    ------
    PackFault
        Naming everything that is wrong.
    """
    faults: list[WrongEntry] = []
    f = document(FILE, text, faults).fields(("sources", "functions", "other", "supplies"))
    sources = read_sources(f["sources"])
    kinds = tuple(kind.key for kind in vocabulary.facility_kinds)
    other = f["other"].fields(("age_group", "area_m2", "shares", "limit_m", "source", "confidence"))
    limit_m = float(_number(other, "limit_m"))
    if limit_m <= 0:
        other["limit_m"].wrong("大于 0 的米数")
    terms = SitingTerms(
        functions=tuple(_function(entry, kinds, sources) for entry in f["functions"].listed()),
        other=_terms(other, "", sources),
        other_limit_m=limit_m,
        supplies=tuple(_supply(entry, sources) for entry in f["supplies"].listed()),
    )
    _require_once(f["functions"], [one.kind for one in terms.functions])
    _require_once(f["supplies"], [f"{one.origin} {one.supply}" for one in terms.supplies])
    for origin in Origin:
        if not terms.ways(origin):
            f["supplies"].wrong(f"{origin} 至少一种方式")
    if faults:
        raise PackFault(faults)
    return terms


def _function(entry: Entry, kinds: tuple[str, ...], sources: Mapping[str, Source]) -> FunctionTerms:
    f = entry.fields(("kind", "age_group", "area_m2", "shares", "source", "confidence"))
    return _terms(f, f.choice("kind", kinds), sources)


def _terms(f: Fields, kind: str, sources: Mapping[str, Source]) -> FunctionTerms:
    group, shares = f.choice("age_group", AGE_GROUPS), f.read("shares", Entry.truth, True)
    source, confidence = sourced(f, sources)
    return FunctionTerms(kind, group, float(_number(f, "area_m2")), shares, _title(sources, source), confidence)


def _supply(entry: Entry, sources: Mapping[str, Source]) -> SupplyTerms:
    f = entry.fields(("origin", "supply", "yuan_per_m2", "yuan_per_m2_yearly", "source", "confidence"))
    source, confidence = sourced(f, sources)
    once, yearly = (round(_number(f, key) * 100) for key in ("yuan_per_m2", "yuan_per_m2_yearly"))
    origin, supply = f.member("origin", Origin.PREMISES), f.member("supply", Supply.BUILD)
    return SupplyTerms(origin, supply, once, yearly, _title(sources, source), confidence)


def _title(sources: Mapping[str, Source], source: str) -> str:
    return sources[source].title if source in sources else ""


def _require_once(entry: Entry, keys: list[str]) -> None:
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        entry.wrong("每项只写一次", found="、".join(twice))


def _number(f: Fields, key: str) -> Fraction:
    return f.read(key, lambda entry: entry.number(Fraction(0)), Fraction(0))
