"""Reading the files that all packs share."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Protocol, TypeVar

from linli.domain.places.rules.layers import AGE_GROUPS
from linli.domain.standards.rules.figures import Confidence, Source
from linli.domain.standards.rules.measures import UNITS, Question, QuestionKind
from linli.domain.standards.rules.reading.documents import Entry, PackFault, WrongEntry, document
from linli.domain.standards.rules.vocabulary import (
    CommunityTypeName,
    FacilityKind,
    MinuteTable,
    Vocabulary,
    WalkingSpeed,
)

GROUPS = ("service", "commerce", "space", "infrastructure", "safety")
SOURCE_KINDS = ("official", "secondary", "background", "seed", "derived", "demo")
SEEN = ("text", "excerpt", "none")
FILES = ("facility_kinds.yaml", "community_types.yaml", "walking.yaml", "questions.yaml")


def read_vocabulary(files: Mapping[str, str]) -> Vocabulary:
    """The shared words from ``FILES``, given as name → text.

    Raises
    ------
    PackFault
        Naming everything that is wrong in all four.
    """
    faults: list[WrongEntry] = []
    roots = {}
    for name in FILES:
        if name not in files:
            faults.append(WrongEntry(name, 0, "", "(没有这个文件)", "必需的文件"))
        roots[name] = document(name, files.get(name, ""), faults if name in files else [])
    walking = roots["walking.yaml"].fields(("sources", "minutes", "speeds"))
    sources = read_sources(walking["sources"])
    vocabulary = Vocabulary(
        facility_kinds=_unique(roots["facility_kinds.yaml"], "kinds", _facility_kind),
        community_types=_unique(roots["community_types.yaml"], "types", _type_name),
        walking_speeds=tuple(_speed(entry, sources) for entry in walking["speeds"].listed()),
        walking_sources=sources,
        walking_minutes=_minute_table(walking["minutes"], sources),
        questions=_unique(roots["questions.yaml"], "questions", _question),
    )
    if walking["speeds"].node is not None and "all" not in {s.age_group for s in vocabulary.walking_speeds}:
        walking["speeds"].wrong("其中有 age_group: all", found="没有 all")
    if faults:
        raise PackFault(faults)
    return vocabulary


def read_sources(entry: Entry) -> dict[str, Source]:
    return {key: _source(key, value) for key, value in entry.items()}


def _source(key: str, entry: Entry) -> Source:
    f = entry.fields(("title", "kind", "seen"), ("url", "note"))
    return Source(
        key=key,
        title=f["title"].text() if "title" in f else "",
        url=f.text("url") or None,
        kind=f.choice("kind", SOURCE_KINDS, "derived"),
        seen=f.choice("seen", SEEN, "none"),
        note=f.text("note"),
    )


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


_K = TypeVar("_K", bound=_Keyed)


def _unique(root: Entry, key: str, reading: Callable[[Entry], _K]) -> tuple[_K, ...]:
    found: dict[str, _K] = {}
    for entry in root.fields((key,))[key].listed():
        value = reading(entry)
        if value.key in found:
            entry.wrong("一个没有用过的 key", found=repr(value.key))
        found[value.key] = value
    return tuple(found.values())


def _facility_kind(entry: Entry) -> FacilityKind:
    f = entry.fields(("key", "zh", "en", "group"), ("osm", "default_limit_m", "note"))
    return FacilityKind(
        key=f["key"].text() if "key" in f else "",
        zh=f["zh"].text() if "zh" in f else "",
        en=f["en"].text() if "en" in f else "",
        group=f.choice("group", GROUPS, "service"),
        osm=tuple({k: v.text() for k, v in tags.items()} for tags in f["osm"].listed()),
        default_limit_m=f.read("default_limit_m", lambda e: e.whole(1), None),
    )


def _type_name(entry: Entry) -> CommunityTypeName:
    f = entry.fields(("key", "zh", "en"))
    return CommunityTypeName(*(f[k].text() if k in f else "" for k in ("key", "zh", "en")))


def _question(entry: Entry) -> Question:
    f = entry.fields(("key", "zh", "en", "kind"), ("unit", "hint_zh"))
    kind = f.member("kind", QuestionKind.NUMBER)
    implied = {QuestionKind.YES_NO: "yes_no", QuestionKind.SATISFACTION: "%"}.get(kind, "")
    if kind is QuestionKind.NUMBER and "unit" not in f:
        entry.wrong("问数字的问题要写 unit", found="(没有 unit)")
    return Question(
        key=f["key"].text() if "key" in f else "",
        zh=f["zh"].text() if "zh" in f else "",
        en=f["en"].text() if "en" in f else "",
        kind=kind,
        unit=f.choice("unit", UNITS, implied),
        hint_zh=f.text("hint_zh"),
    )


def _minute_table(entry: Entry, sources: Mapping[str, Source]) -> MinuteTable:
    f = entry.fields(("metres", "source", "confidence")) if entry.node is not None else entry.fields()
    metres: dict[int, int] = {}
    for key, value in f["metres"].items():
        if key.isdigit():
            metres[int(key)] = value.whole(1)
        else:
            value.wrong("整数的分钟数", found=repr(key))
    return MinuteTable(
        metres=metres,
        source=f.choice("source", sources),
        confidence=f.member("confidence", Confidence.UNVERIFIED),
    )


def _speed(entry: Entry, sources: Mapping[str, Source]) -> WalkingSpeed:
    f = entry.fields(("age_group", "m_per_min", "source", "confidence"))
    return WalkingSpeed(
        age_group=f.choice("age_group", AGE_GROUPS, "all"),
        m_per_min=float(f.read("m_per_min", lambda e: e.number(Fraction(1)), Fraction(60))),
        source=f.choice("source", sources),
        confidence=f.member("confidence", Confidence.UNVERIFIED),
    )
