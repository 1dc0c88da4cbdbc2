"""Reading a ``measure`` block: one schema per kind of measure, checked against the shared vocabulary."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.standards.rules.figures import Limit, Source
from linli.domain.standards.rules.measures import (
    EVIDENCE,
    STATISTICS,
    STOCK,
    UNITS,
    Measure,
    MeasureKind,
    Quantity,
    QuantityKind,
    QuestionKind,
)
from linli.domain.standards.rules.reading.documents import Entry, Fields
from linli.domain.standards.rules.reading.sourcing import sourced
from linli.domain.standards.rules.vocabulary import Vocabulary

_COUNTS = ("count", "times", "persons", "classes", "min", "s")
_ALLOWED_UNITS: Mapping[MeasureKind, tuple[str, ...]] = {
    MeasureKind.WALK_COVERAGE: ("%",),
    MeasureKind.DISTANCE: ("m",),
    MeasureKind.COUNT: _COUNTS,
    MeasureKind.RATIO: ("%", "places/dwelling", "places/person", "places/1000_persons"),
    MeasureKind.AREA: ("m2",),
    MeasureKind.PER_PERSON: ("m2/person", "places/person", "places/1000_persons"),
    MeasureKind.PER_100_HOUSEHOLDS: ("m2/100_households", "count/100_households"),
    MeasureKind.LENGTH: ("m",),
    MeasureKind.YES_NO: ("yes_no",),
    MeasureKind.SURVEY: ("%",),
}
_PHYSICAL = frozenset({"m2", "m", "m3", "t", "kWh", "CNY"})
_STOCK_UNITS = {"floor_area_m2": "m2", "land_area_m2": "m2", "idle_area_m2": "m2"}


@dataclass(frozen=True, slots=True)
class Words:
    """What a measure may name: the vocabulary, and the pack's own sources."""

    vocabulary: Vocabulary
    sources: Mapping[str, Source]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(kind.key for kind in self.vocabulary.facility_kinds)

    def questions(self, kind: QuestionKind) -> tuple[str, ...]:
        return tuple(q.key for q in self.vocabulary.questions if q.kind is kind)


def read_measure(entry: Entry, words: Words) -> Measure:
    kinds = [kind.value for kind in MeasureKind]
    if entry.node is None:
        return Measure(MeasureKind.YES_NO, "yes_no", MappingProxyType({"question": "", "evidence": ()}))
    first = dict(entry.items()).get("kind")
    if first is None:
        entry.wrong(f"kind: {'、'.join(kinds)}", found="(没有 kind)")
        return Measure(MeasureKind.YES_NO, "yes_no", MappingProxyType({}))
    kind = MeasureKind(first.choice(kinds)) if first.node and str(first.node.value) in kinds else None
    if kind is None:
        first.choice(kinds)
        return Measure(MeasureKind.YES_NO, "yes_no", MappingProxyType({}))
    required, optional = _KEYS[kind]
    f = entry.fields(("kind", "unit", *required), optional)
    unit = f.choice("unit", _ALLOWED_UNITS[kind], _ALLOWED_UNITS[kind][0])
    faults_before = len(entry.faults)
    parameters, limit = _READERS[kind](f, words)
    measure = Measure(kind, unit, MappingProxyType(parameters), limit)
    if len(entry.faults) == faults_before:
        _agreeing_units(entry, measure, words)
    return measure


_Read = tuple[dict[str, object], Limit | None]

_KEYS: Mapping[MeasureKind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    MeasureKind.WALK_COVERAGE: (("limit",), ("kinds", "sets", "age_group")),
    MeasureKind.DISTANCE: (("kinds",), ("age_group", "statistic")),
    MeasureKind.COUNT: (("of",), ()),
    MeasureKind.RATIO: (("numerator", "denominator"), ()),
    MeasureKind.AREA: (("of",), ()),
    MeasureKind.PER_PERSON: (("of",), ("age_group",)),
    MeasureKind.PER_100_HOUSEHOLDS: (("of",), ()),
    MeasureKind.LENGTH: (("of",), ()),
    MeasureKind.YES_NO: (("question",), ("evidence",)),
    MeasureKind.SURVEY: (("question",), ("age_group",)),
}


def _age_group(f: Fields) -> str:
    return f.choice("age_group", AGE_GROUPS, "all")


def _walk_coverage(f: Fields, words: Words) -> _Read:
    if ("kinds" in f) == ("sets" in f):
        f.owner.wrong("kinds 或 sets 之一", found="两者都有" if "kinds" in f else "(两者都没有)")
    if "kinds" in f:
        sets: tuple[tuple[str, ...], ...] = (f["kinds"].choices(words.kinds),)
    else:
        sets = tuple(entry.choices(words.kinds) for entry in f["sets"].listed())
    group = _age_group(f)
    limit = f.read("limit", lambda e: read_limit(e, group, words), None)
    return {"sets": sets, "age_group": group, "limit_m": limit.metres if limit else 0.0}, limit


def read_limit(entry: Entry, age_group: str, words: Words) -> Limit:
    """A walking limit in metres or minutes; minutes become metres at the pace of the age group."""
    f = entry.fields(("value", "unit", "source", "confidence", "valid_from"), ("clause",))
    value = f.read("value", lambda e: e.number(Fraction(1)), Fraction(1))
    unit = f.choice("unit", ("m", "min"), "m")
    source, confidence = sourced(f, words.sources)
    metres, surely = words.vocabulary.walk(value, age_group) if unit == "min" else (float(value), confidence)
    return Limit(
        value=value,
        unit=unit,
        metres=metres,
        confidence=confidence.weaker(surely),
        source=source,
        clause=f.text("clause"),
        valid_from=f["valid_from"].day(),
    )


def _distance(f: Fields, words: Words) -> _Read:
    statistic = f.choice("statistic", STATISTICS, "mean")
    return {"kinds": f["kinds"].choices(words.kinds), "age_group": _age_group(f), "statistic": statistic}, None


def _of(f: Fields, words: Words) -> _Read:
    return {"of": f.read("of", lambda e: _quantity(e, words), _NO_QUANTITY)}, None


def _ratio(f: Fields, words: Words) -> _Read:
    parts = ("numerator", "denominator")
    return {part: f.read(part, lambda e: _quantity(e, words), _NO_QUANTITY) for part in parts}, None


def _per_person(f: Fields, words: Words) -> _Read:
    return {**_of(f, words)[0], "age_group": _age_group(f)}, None


def _yes_no(f: Fields, words: Words) -> _Read:
    question = f.choice("question", words.questions(QuestionKind.YES_NO))
    evidence = f.choices("evidence", EVIDENCE, empty=True)
    return {"question": question, "evidence": evidence}, None


def _survey(f: Fields, words: Words) -> _Read:
    question = f.choice("question", words.questions(QuestionKind.SATISFACTION))
    return {"question": question, "age_group": _age_group(f)}, None


_READERS: Mapping[MeasureKind, Callable[[Fields, Words], _Read]] = {
    MeasureKind.WALK_COVERAGE: _walk_coverage,
    MeasureKind.DISTANCE: _distance,
    MeasureKind.COUNT: _of,
    MeasureKind.RATIO: _ratio,
    MeasureKind.AREA: _of,
    MeasureKind.PER_PERSON: _per_person,
    MeasureKind.PER_100_HOUSEHOLDS: _of,
    MeasureKind.LENGTH: _of,
    MeasureKind.YES_NO: _yes_no,
    MeasureKind.SURVEY: _survey,
}

_NO_QUANTITY = Quantity(QuantityKind.STOCK, ("households",))


def _quantity(entry: Entry, words: Words) -> Quantity:
    names = [kind.value for kind in QuantityKind]
    pairs = entry.items()
    if len(pairs) != 1 or pairs[0][0] not in names:
        found = "、".join(key for key, _ in pairs) or entry.found
        entry.wrong(f"恰好一个键:{'、'.join(names)}", found=found)
        return _NO_QUANTITY
    key, value = pairs[0]
    kind = QuantityKind(key)
    single: Mapping[QuantityKind, Collection[str]] = {
        QuantityKind.PEOPLE: AGE_GROUPS,
        QuantityKind.STOCK: STOCK,
        QuantityKind.ANSWER: words.questions(QuestionKind.NUMBER),
    }
    if kind in single:
        return Quantity(kind, (value.choice(single[kind]),))
    return Quantity(kind, value.choices(words.kinds))


def _agreeing_units(entry: Entry, measure: Measure, words: Words) -> None:
    """An area is measured from areas, a share from two numbers of one sort."""
    sorts = [_sort(quantity, words) for quantity in measure.quantities]
    if measure.kind is MeasureKind.RATIO and measure.unit == "%" and len(set(sorts)) > 1:
        entry.wrong("分子与分母同一种单位", found=" / ".join(sorts))
    wanted = {"m2": "m2", "m2/person": "m2", "m2/100_households": "m2", "m": "m"}.get(measure.unit, "count")
    single = measure.kind not in {MeasureKind.RATIO, MeasureKind.DISTANCE, MeasureKind.WALK_COVERAGE}
    if single and sorts and sorts[0] != wanted:
        entry.wrong(f"以 {wanted} 计的量(指标单位为 {measure.unit})", found=f"以 {sorts[0]} 计的量")


def _sort(quantity: Quantity, words: Words) -> str:
    if quantity.kind in {QuantityKind.FACILITY_AREA, QuantityKind.LARGEST_AREA}:
        return "m2"
    if quantity.kind is QuantityKind.STOCK:
        return _STOCK_UNITS.get(quantity.of[0], "count")
    if quantity.kind is QuantityKind.ANSWER:
        unit = next((q.unit for q in words.vocabulary.questions if q.key == quantity.of[0]), "count")
        return unit if unit in _PHYSICAL else "count"
    return "count"


assert set(_KEYS) == set(_READERS) == set(_ALLOWED_UNITS) == set(MeasureKind)
assert all(unit in UNITS for units in _ALLOWED_UNITS.values() for unit in units)
