"""Reading one pack: ``pack.yaml`` and one file per indicator."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from linli.domain.standards.rules.figures import Bar, Source
from linli.domain.standards.rules.packs import (
    CommunityType,
    Grade,
    Indicator,
    Pack,
    Requirement,
    Scene,
)
from linli.domain.standards.rules.reading.documents import Entry, Fields, PackFault, WrongEntry, document
from linli.domain.standards.rules.reading.indicators import read_indicator
from linli.domain.standards.rules.reading.measures import Words
from linli.domain.standards.rules.reading.sourcing import sourced
from linli.domain.standards.rules.reading.vocabulary import read_sources
from linli.domain.standards.rules.vocabulary import Vocabulary

_NUMBER = re.compile(r"([^\W\d]*)(\d+)")
_HEADER = (
    "key",
    "zh",
    "en",
    "jurisdiction",
    "completeness_zh",
    "valid_from",
    "counts",
    "sources",
    "scenes",
    "types",
    "grades",
)


def read_pack(key: str, files: Mapping[str, str], vocabulary: Vocabulary) -> Pack:
    """A whole pack from its files, given as path within ``packs/`` → text. All dated values are kept.

    Raises
    ------
    PackFault
        Naming everything that is wrong, file by file.
    """
    faults: list[WrongEntry] = []
    name = f"{key}/pack.yaml"
    if name not in files:
        raise PackFault([WrongEntry(name, 0, "", "(没有这个文件)", "必需的文件")])
    header = document(name, files[name], faults).fields(_HEADER, ("document_no", "note"))
    sources = read_sources(header["sources"])
    scenes = tuple(_scene(entry) for entry in header["scenes"].listed())
    types = tuple(_type(entry, sources, vocabulary) for entry in header["types"].listed())
    words = Words(vocabulary, sources)
    indicators = []
    for file in sorted(files):
        if file.startswith(f"{key}/indicators/") and file.endswith(".yaml"):
            entry = document(file, files[file], faults)
            indicators.append((entry, read_indicator(entry, words, [s.key for s in scenes], [t.key for t in types])))
    pack = Pack(
        key=key,
        zh=_text(header, "zh"),
        en=_text(header, "en"),
        jurisdiction=_text(header, "jurisdiction"),
        completeness_zh=_text(header, "completeness_zh"),
        valid_from=header.read("valid_from", Entry.day, date.min),
        sources=MappingProxyType(sources),
        scenes=scenes,
        types=types,
        grades=_grades(header["grades"], sources, scenes, types),
        indicators=tuple(i for _, i in sorted(indicators, key=lambda pair: order(pair[1].number))),
        fingerprint="",
    )
    _whole(header, pack, indicators)
    if faults:
        raise PackFault(faults)
    asked = {question for indicator in pack.indicators for question in indicator.measure.questions}
    return stamped(replace(pack, questions=tuple(q for q in vocabulary.questions if q.key in asked)))


def stamped(pack: Pack) -> Pack:
    """The pack with the fingerprint of all that it says."""
    return replace(pack, fingerprint=digest(replace(pack, fingerprint="")))


def digest(value: object) -> str:
    """SHA-256 over values, equal exactly where they are."""
    return hashlib.sha256(_canonical(value).encode()).hexdigest()


def _canonical(value: object) -> str:
    """Text that is equal exactly where values are, whatever the order of sets and mappings."""
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{_canonical(k)}:{_canonical(v)}" for k, v in value.items())) + "}"
    if isinstance(value, frozenset):
        return "<" + ",".join(sorted(map(_canonical, value))) + ">"
    if isinstance(value, tuple | list):
        return "(" + ",".join(map(_canonical, value)) + ")"
    slots = getattr(type(value), "__dataclass_fields__", None)
    if slots is not None:
        return type(value).__name__ + "(" + ",".join(_canonical(getattr(value, slot)) for slot in slots) + ")"
    return repr(str(value)) if not isinstance(value, bool) else str(value)


def order(number: str) -> tuple[tuple[str, int], ...]:
    """Sorting key of numbers such as 3, A07, 14-2: letters first, then by value."""
    return tuple((letters, int(digits)) for letters, digits in _NUMBER.findall(number))


def _text(f: Fields, key: str) -> str:
    return f.read(key, Entry.text, "")


def _scene(entry: Entry) -> Scene:
    f = entry.fields(("key", "zh", "en"))
    return Scene(_text(f, "key"), _text(f, "zh"), _text(f, "en"))


def _type(entry: Entry, sources: Mapping[str, Source], vocabulary: Vocabulary) -> CommunityType:
    f = entry.fields(("key", "zh", "en", "source", "confidence"), ("covers",))
    recorded = [t.key for t in vocabulary.community_types]
    source, confidence = sourced(f, sources)
    return CommunityType(
        key=f.choice("key", recorded),
        zh=_text(f, "zh"),
        en=_text(f, "en"),
        confidence=confidence,
        source=source,
        covers=frozenset(f.choices("covers", recorded, empty=True)),
    )


def _grades(
    entry: Entry, sources: Mapping[str, Source], scenes: tuple[Scene, ...], types: tuple[CommunityType, ...]
) -> tuple[Grade, ...]:
    entries = entry.listed()
    grades = [_grade(e, sources, scenes, types) for e in entries]
    keys = [grade.key for grade in grades]
    ranks = {grade.key: grade.rank for grade in grades}
    for e, grade in zip(entries, grades, strict=True):
        if keys.count(grade.key) > 1 or list(ranks.values()).count(grade.rank) > 1:
            e.wrong("key 与 rank 各不相同", found=f"key {grade.key!r}, rank {grade.rank}")
        if grade.above and ranks.get(grade.above, 0) <= grade.rank:
            e.wrong("above 指向名次更靠后的一级", found=repr(grade.above))
    return tuple(sorted(grades, key=lambda grade: grade.rank))


def _grade(
    entry: Entry, sources: Mapping[str, Source], scenes: tuple[Scene, ...], types: tuple[CommunityType, ...]
) -> Grade:
    f = entry.fields(
        ("key", "zh", "en", "rank", "bar", "rule_zh", "source", "confidence", "scenes"),
        ("above", "extra_scenes", "types"),
    )
    type_keys = [t.key for t in types]
    source, confidence = sourced(f, sources)
    return Grade(
        key=_text(f, "key"),
        zh=_text(f, "zh"),
        en=_text(f, "en"),
        rank=f.read("rank", lambda e: e.whole(1), 1),
        bar=f.member("bar", Bar.MINIMUM),
        scenes=_matrix(f["scenes"], [s.key for s in scenes], type_keys),
        above=f.text("above"),
        extra_scenes=f.read("extra_scenes", lambda e: e.whole(), 0),
        rule_zh=_text(f, "rule_zh"),
        confidence=confidence,
        source=source,
        types=frozenset(f.choices("types", type_keys, empty=True)),
    )


def _matrix(entry: Entry, scenes: list[str], types: list[str]) -> Mapping[str, Mapping[str, Requirement]]:
    """Type → scene → requirement. A file writes the scenes under each requirement; what it leaves out stays unset."""
    said = [r for r in Requirement if r is not Requirement.UNSET]
    matrix: dict[str, Mapping[str, Requirement]] = {}
    for key, row in entry.items():
        if key not in types:
            row.wrong("、".join(types), found=repr(key))
            continue
        f = row.fields((), tuple(said))
        cells: dict[str, Requirement] = {}
        for requirement in said:
            for scene in f.choices(requirement.value, scenes, empty=True):
                if scene in cells:
                    f[requirement.value].wrong(f"{scene} 只写一次,已在 {cells[scene].value} 中", found=repr(scene))
                cells[scene] = requirement
        matrix[key] = MappingProxyType(cells)
    return MappingProxyType(matrix)


def _whole(header: Fields, pack: Pack, indicators: list[tuple[Entry, Indicator]]) -> None:
    """What no single entry can tell: counts, repeated keys, scenes without indicators, alternatives of one."""
    if header["key"].node is not None and header["key"].text() != pack.key:
        header["key"].wrong(f"{pack.key}(与文件夹同名)")
    by_name = {"scenes": [scene.key for scene in pack.scenes], "types": [kind.key for kind in pack.types]}
    for name, keys in by_name.items():
        for key in dict.fromkeys(k for k in keys if keys.count(k) > 1):
            header[name].wrong("每个 key 只用一次", found=f"重复的 {key!r}")
    counts = header["counts"].fields(("scenes", "items")) if "counts" in header else None
    if counts is not None:
        found = {"scenes": len(pack.scenes), "items": len({i.item for _, i in indicators})}
        for name, number in found.items():
            said = counts.read(name, lambda e: e.whole(1), number)
            if said != number:
                counts[name].wrong(f"{number}(文件中实有的数目)")
    _covered_once(header, pack)
    empty = {scene.key for scene in pack.scenes} - {indicator.scene for _, indicator in indicators}
    for scene in sorted(empty):
        header["scenes"].wrong("每个场景至少有一项指标", found=f"{scene} 没有指标")
    _keys_agree(pack, indicators)


def _covered_once(header: Fields, pack: Pack) -> None:
    claimed: dict[str, str] = {}
    for kind in pack.types:
        for recorded in (kind.key, *sorted(kind.covers)):
            if claimed.setdefault(recorded, kind.key) != kind.key:
                header["types"].wrong(
                    f"{recorded} 只归一类,已归 {claimed[recorded]}", found=f"{kind.key} 也包含 {recorded}"
                )


def _keys_agree(pack: Pack, indicators: list[tuple[Entry, Indicator]]) -> None:
    marks: dict[str, list[tuple[Entry, Indicator]]] = {}
    numbers: dict[str, str] = {}
    for entry, indicator in indicators:
        if entry.file != f"{pack.key}/indicators/{indicator.key}.yaml":
            entry.wrong(
                f"{entry.file.rsplit('/', 1)[-1].removesuffix('.yaml')}(与文件同名)", found=f"key {indicator.key!r}"
            )
        if numbers.setdefault(indicator.number, indicator.key) != indicator.key:
            entry.wrong("没有用过的 number", found=f"{indicator.number!r} 已用于 {numbers[indicator.number]}")
        if indicator.either:
            marks.setdefault(indicator.either, []).append((entry, indicator))
    for mark, members in marks.items():
        if len(members) == 1:
            members[0][0].wrong("至少两项指标互为替代", found=f"either {mark!r} 只有 {members[0][1].key}")
