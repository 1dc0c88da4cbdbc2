"""Reading one indicator with its dated figures."""

import re
from collections.abc import Collection
from datetime import date
from fractions import Fraction

from linli.domain.standards.rules.figures import Bar, Comparison, Confidence, Threshold
from linli.domain.standards.rules.measures import UNITS, Measure, MeasureKind
from linli.domain.standards.rules.packs import Binding, Indicator
from linli.domain.standards.rules.reading.documents import Entry, Fields
from linli.domain.standards.rules.reading.measures import Words, read_measure
from linli.domain.standards.rules.reading.sourcing import IN_FILES, sourced

_REQUIRED = (
    "key",
    "number",
    "scene",
    "zh",
    "en",
    "definition_zh",
    "definition_en",
    "binding",
    "source",
    "confidence",
    "measure",
)
_OPTIONAL = ("why_zh", "types", "thresholds", "note_zh", "item", "either")
_KEY = re.compile(r"[A-Z][A-Z0-9]*(-[A-Za-z0-9]+)+")


def read_indicator(entry: Entry, words: Words, scenes: Collection[str], types: Collection[str]) -> Indicator:
    f = entry.fields(_REQUIRED, _OPTIONAL)
    key = f.read("key", _key, "")
    applies = frozenset(f.choices("types", types))
    measure = read_measure(f["measure"], words)
    return Indicator(
        key=key,
        number=f.read("number", Entry.text, ""),
        scene=f.choice("scene", scenes),
        zh=f.read("zh", Entry.text, ""),
        en=f.read("en", Entry.text, ""),
        definition_zh=f.read("definition_zh", Entry.text, ""),
        definition_en=f.read("definition_en", Entry.text, ""),
        why_zh=f.text("why_zh"),
        binding=f.member("binding", Binding.UNKNOWN),
        measure=measure,
        thresholds=_thresholds(f["thresholds"], key, measure, words, applies or frozenset(types)),
        confidence=Confidence(f.choice("confidence", IN_FILES, "unverified")),
        source=f.choices("source", words.sources),
        types=applies,
        note_zh=f.text("note_zh"),
        item=f.text("item") or key,
        either=f.text("either"),
    )


def _key(entry: Entry) -> str:
    key = entry.text()
    if not _KEY.fullmatch(key):
        entry.wrong("大写字母开头、以连字符分段的编号,如 ZJ-04")
    return key


def _thresholds(
    entry: Entry, indicator: str, measure: Measure, words: Words, types: frozenset[str]
) -> tuple[Threshold, ...]:
    entries = entry.listed()
    thresholds = [_threshold(e, indicator, measure, words, types) for e in entries]
    for i, (e, this) in enumerate(zip(entries, thresholds, strict=True)):
        for other in thresholds[:i]:
            if this.key == other.key and _overlap(this, other):
                e.wrong(
                    "同一天只有一个值(前一个值写 valid_until)",
                    found=f"{this.key} 自 {this.valid_from} 起与另一个值重叠",
                )
            elif _target_below_minimum(this, other):
                e.wrong("不低于底线的目标值", found=f"目标值与底线 {this.value} / {other.value}")
    return tuple(thresholds)


def _threshold(entry: Entry, indicator: str, measure: Measure, words: Words, types: frozenset[str]) -> Threshold:
    f = entry.fields(
        ("bar", "comparison", "value", "unit", "source", "confidence", "valid_from"),
        ("valid_until", "types", "either", "clause", "note_zh"),
    )
    bar = f.member("bar", Bar.MINIMUM)
    comparison = f.member("comparison", Comparison.AT_LEAST)
    value, value_to = _value(f, comparison, measure)
    f.choice("unit", (measure.unit,))
    source, confidence = sourced(f, words.sources)
    applies = frozenset(f.choices("types", sorted(types)))
    start = f.read("valid_from", Entry.day, date.min)
    until = f.read("valid_until", Entry.day, None)
    if until is not None and until <= start:
        f["valid_until"].wrong(f"晚于 {start} 的一天")
    return Threshold(
        key=threshold_key(indicator, bar, applies, f.text("either")),
        bar=bar,
        comparison=comparison,
        value=value,
        value_to=value_to,
        unit=measure.unit,
        confidence=confidence.weaker(measure.limit.confidence) if measure.limit else confidence,
        source=source,
        clause=f.text("clause"),
        valid_from=start,
        valid_until=until,
        types=applies,
        either=f.text("either"),
        note_zh=f.text("note_zh"),
    )


def threshold_key(indicator: str, bar: Bar, types: Collection[str], either: str = "") -> str:
    return ".".join(part for part in (indicator, bar.value, "+".join(sorted(types)), either) if part)


def _value(f: Fields, comparison: Comparison, measure: Measure) -> tuple[Fraction, Fraction | None]:
    entry = f["value"]
    if comparison is Comparison.WITHIN:
        ends = [e.number(Fraction(0)) for e in entry.listed()]
        if entry.node is not None and (len(ends) != 2 or ends[0] >= ends[1]):
            entry.wrong("两个数 [低, 高],低小于高")
        return (ends[0], ends[1]) if len(ends) == 2 else (Fraction(0), Fraction(1))
    value = f.read("value", lambda e: e.number(Fraction(0)), Fraction(0))
    shares = {MeasureKind.WALK_COVERAGE, MeasureKind.SURVEY}
    if measure.kind in shares and value > 100:
        entry.wrong("0 至 100 的百分数")
    if measure.kind is MeasureKind.YES_NO and value != 1:
        entry.wrong("1(是)")
    assert measure.unit in UNITS
    return value, None


def _overlap(a: Threshold, b: Threshold) -> bool:
    return a.valid_from < (b.valid_until or date.max) and b.valid_from < (a.valid_until or date.max)


def _target_below_minimum(a: Threshold, b: Threshold) -> bool:
    """Whether of two figures of one comparison the target asks for less than the minimum."""
    if a.bar is b.bar or a.types != b.types or a.comparison is not b.comparison or not _overlap(a, b):
        return False
    target, minimum = (a, b) if a.bar is Bar.TARGET else (b, a)
    if a.comparison in {Comparison.AT_LEAST, Comparison.MORE_THAN}:
        return target.value < minimum.value
    return a.comparison in {Comparison.AT_MOST, Comparison.LESS_THAN} and target.value > minimum.value
