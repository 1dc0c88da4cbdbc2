"""Questions about the standards: packs with the values in force on a day, and the words they share."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import linli
from linli.domain.places.rules.layers import Choice
from linli.domain.standards.rules import FacilityKind, Pack, Question, Vocabulary, WalkingSpeed
from linli.domain.standards.rules.reading import PackFault, WrongEntry, read_pack, read_vocabulary
from linli.domain.standards.rules.reading.packs import stamped

_PACKS = Path(linli.__file__).parent / "packs"


class UnknownPack(LookupError):
    """No folder under ``packs/`` has this name."""


def packs(*, root: Path = _PACKS) -> tuple[str, ...]:
    """Keys of all packs."""
    return tuple(sorted(path.parent.name for path in root.glob("*/pack.yaml")))


def pack(key: str, *, day: date, district: int | None = None, local: bool = True, root: Path = _PACKS) -> Pack:
    """A pack with the values in force on a day.

    With ``local``, the figures, indicators and scenes that a district and its communities added are merged in; without, no
    database is asked.

    Raises
    ------
    UnknownPack
    PackFault
        If a file of the pack is wrong; it names all that is.
    """
    if key not in packs(root=root):
        raise UnknownPack(key)
    return in_force(_written(key, root, _state(root, key)), day)


def in_force(written: Pack, day: date) -> Pack:
    """The pack with only those figures that hold on the day."""
    indicators = tuple(
        replace(i, thresholds=tuple(t for t in i.thresholds if t.holds_on(day))) for i in written.indicators
    )
    return stamped(replace(written, indicators=indicators))


def facility_kinds(*, root: Path = _PACKS) -> tuple[FacilityKind, ...]:
    return vocabulary(root=root).facility_kinds


def walking_speeds(*, root: Path = _PACKS) -> tuple[WalkingSpeed, ...]:
    return vocabulary(root=root).walking_speeds


def vocabulary(*, root: Path = _PACKS) -> Vocabulary:
    return _vocabulary(root, _state(root, ""))


def vocabularies(*, root: Path = _PACKS) -> Mapping[str, tuple[Choice, ...]]:
    """The lists that fields of layers take their choices from (``Field.choices_from``)."""
    words = vocabulary(root=root)
    return {
        "facility_kinds": tuple(Choice(k.key, k.zh, k.en) for k in words.facility_kinds),
        "community_types": tuple(Choice(t.key, t.zh, t.en) for t in words.community_types),
    }


def questions(pack: Pack) -> Mapping[str, tuple[Question, ...]]:
    """What a survey must ask for each indicator that rests on answers, in the order of the indicators."""
    by_key = {question.key: question for question in pack.questions}
    asked = {i.key: tuple(by_key[key] for key in i.measure.questions) for i in pack.indicators}
    return {key: found for key, found in asked.items() if found}


_State = tuple[tuple[str, int, int], ...]


def _paths(root: Path, key: str) -> list[Path]:
    shared = sorted(root.glob("*.yaml"))
    return shared + (sorted((root / key).glob("**/*.yaml")) if key else [])


def _state(root: Path, key: str) -> _State:
    """Changes when any file does."""
    stats = ((path, path.stat()) for path in _paths(root, key))
    return tuple((str(path.relative_to(root)), stat.st_mtime_ns, stat.st_size) for path, stat in stats)


def _texts(root: Path, state: _State) -> dict[str, str]:
    texts, faults = {}, []
    for name, _, _ in state:
        try:
            texts[name] = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            faults.append(WrongEntry(name, 0, "", f"第 {error.start} 个字节不是 UTF-8", "UTF-8 编码的文件"))
    if faults:
        raise PackFault(faults)
    return texts


@lru_cache(maxsize=4)
def _vocabulary(root: Path, state: _State) -> Vocabulary:
    return read_vocabulary(_texts(root, state))


@lru_cache(maxsize=16)
def _written(key: str, root: Path, state: _State) -> Pack:
    return read_pack(key, _texts(root, state), vocabulary(root=root))
