"""Questions about the standards: packs with the values in force on a day, and the words they share."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from django.db.models import Q, QuerySet

import linli
from linli.domain.journal.rules import Channel
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places.rules.layers import Choice
from linli.domain.standards import models
from linli.domain.standards.rules import (
    Bar,
    Binding,
    Comparison,
    Confidence,
    FacilityKind,
    Pack,
    Question,
    Scene,
    Threshold,
    TimeSlice,
    Vocabulary,
    WalkingSpeed,
)
from linli.domain.standards.rules.local import LocalAddition, LocalFigure, merged, scene_key
from linli.domain.standards.rules.reading import (
    DEMO_FILE,
    TIME_SLICES_FILE,
    DemoOverlay,
    Example,
    PackFault,
    WrongEntry,
    read_demo,
    read_examples,
    read_pack,
    read_time_slices,
    read_vocabulary,
)
from linli.domain.standards.rules.reading.packs import stamped

_R = TypeVar("_R", bound=models.Record)

_PACKS = Path(linli.__file__).parent / "packs"


class UnknownPack(LookupError):
    """No folder under ``packs/`` has this name."""


def packs(*, root: Path = _PACKS) -> tuple[str, ...]:
    """Keys of all packs."""
    return tuple(sorted(path.parent.name for path in root.glob("*/pack.yaml")))


def pack(key: str, *, day: date, district: int | None = None, local: bool = True, root: Path = _PACKS) -> Pack:
    """A pack with the values in force on a day.

    With ``local`` and a district, the figures, indicators and scenes that the district and its communities put on
    record are merged in; without, no database is asked.

    Raises
    ------
    UnknownPack
    PackFault
        If a file of the pack is wrong; it names all that is.
    """
    if key not in packs(root=root):
        raise UnknownPack(key)
    state = _state(root, key)
    if not local or district is None:
        return _in_force(key, root, state, day)
    return merged(
        _in_force(key, root, state, day),
        _figures_on(key, district, day),
        _additions_on(key, district, day),
        _scenes_on(key, district, day),
        vocabulary(root=root),
    )


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


def time_slices(*, root: Path = _PACKS) -> tuple[TimeSlice, ...]:
    """Times of day for scenarios, in order.

    Raises
    ------
    PackFault
    """
    return _time_slices(root, _state(root, ""))


def questions(pack: Pack) -> Mapping[str, tuple[Question, ...]]:
    """What a survey must ask for each indicator that rests on answers, in the order of the indicators."""
    by_key = {question.key: question for question in pack.questions}
    asked = {i.key: tuple(by_key[key] for key in i.measure.questions) for i in pack.indicators}
    return {key: found for key, found in asked.items() if found}


@dataclass(frozen=True, slots=True)
class FigureRecord:
    """A figure on record with its history: who put it there, when, and whether it was withdrawn."""

    id: int
    pack: str
    indicator: str
    threshold: Threshold
    source: str
    person: int
    at: datetime
    channel: Channel
    confirms: bool
    """Whether it confirms a figure of the pack, rather than setting another."""
    withdrawn_at: datetime | None
    withdrawn_because: str


def figures(scope: Scope, *, district: int, pack: str = "", indicator: str = "") -> tuple[FigureRecord, ...]:
    """Every figure that was ever put on record in a district, newest first.

    Raises
    ------
    NotPermitted
    """
    require(scope, Permission.VIEW_STANDARDS, district)
    rows = models.Figure.objects.filter(district_id=district).order_by("-at", "-id")
    if pack:
        rows = rows.filter(pack=pack)
    if indicator:
        rows = rows.filter(indicator=indicator)
    return tuple(_figure_record(row) for row in rows)


def demo_overlay(*, root: Path = _PACKS) -> DemoOverlay:
    """The made-up confirmations and answers of the demo.

    Raises
    ------
    PackFault
    """
    written = {key: _written(key, root, _state(root, key)) for key in packs(root=root)}
    return read_demo((root / DEMO_FILE).read_text(encoding="utf-8"), written, vocabulary(root=root))


def examples(key: str, *, root: Path = _PACKS) -> tuple[Example, ...]:
    """The worked examples of a pack.

    Raises
    ------
    PackFault
    """
    state = _state(root, key)
    return read_examples(_written(key, root, state), _texts(root, state))


def _on_record(rows: "QuerySet[_R]", pack: str, district: int, day: date) -> "QuerySet[_R]":
    in_force = Q(until_on=None) | Q(until_on__gt=day)
    return rows.filter(in_force, pack=pack, district_id=district, from_on__lte=day, withdrawn_at=None).order_by("id")


def _figures_on(pack: str, district: int, day: date) -> tuple[LocalFigure, ...]:
    rows = _on_record(models.Figure.objects.all(), pack, district, day)
    return tuple(LocalFigure(row.pk, row.indicator, _threshold(row), row.source, row.actor) for row in rows)


def _additions_on(pack: str, district: int, day: date) -> tuple[LocalAddition, ...]:
    return tuple(addition(row) for row in _on_record(models.LocalIndicator.objects.all(), pack, district, day))


def _scenes_on(pack: str, district: int, day: date) -> tuple[Scene, ...]:
    rows = _on_record(models.LocalScene.objects.all(), pack, district, day)
    return tuple(Scene(scene_key(row.pk), row.zh, row.en or row.zh, row.place_id) for row in rows)


def addition(row: models.LocalIndicator) -> LocalAddition:
    return LocalAddition(
        id=row.pk,
        place=row.place_id,
        scene=row.scene,
        zh=row.zh,
        en=row.en,
        definition=row.definition,
        why=row.why,
        binding=Binding(row.binding),
        source=row.source,
        measure=row.measure,
        question=row.question,
        from_on=row.from_on,
    )


def _threshold(row: models.Figure) -> Threshold:
    upper = None
    if row.numerator_to is not None and row.denominator_to is not None:
        upper = Fraction(row.numerator_to, row.denominator_to)
    return Threshold(
        key=row.threshold,
        bar=Bar(row.bar),
        comparison=Comparison(row.comparison),
        value=Fraction(row.numerator, row.denominator),
        value_to=upper,
        unit=row.unit,
        confidence=Confidence.CONFIRMED,
        source=row.source,
        clause=row.clause,
        valid_from=row.from_on,
        valid_until=row.until_on,
        types=frozenset(filter(None, row.types.split("+"))),
        either=row.either,
        demo=row.demo,
    )


def _figure_record(row: models.Figure) -> FigureRecord:
    return FigureRecord(
        id=row.pk,
        pack=row.pack,
        indicator=row.indicator,
        threshold=_threshold(row),
        source=row.source,
        person=row.actor,
        at=row.at,
        channel=Channel(row.channel),
        confirms=row.confirms,
        withdrawn_at=row.withdrawn_at,
        withdrawn_because=row.withdrawn_because,
    )


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


@lru_cache(maxsize=4)
def _time_slices(root: Path, state: _State) -> tuple[TimeSlice, ...]:
    return read_time_slices(_texts(root, state)[TIME_SLICES_FILE])


@lru_cache(maxsize=16)
def _written(key: str, root: Path, state: _State) -> Pack:
    return read_pack(key, _texts(root, state), vocabulary(root=root))


@lru_cache(maxsize=64)
def _in_force(key: str, root: Path, state: _State, day: date) -> Pack:
    return in_force(_written(key, root, state), day)
