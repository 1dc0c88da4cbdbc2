"""Merging what officers and communities add into a pack."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from linli.domain.standards.rules.figures import Confidence, Source, Threshold
from linli.domain.standards.rules.measures import Measure, MeasureKind, Question, QuestionKind
from linli.domain.standards.rules.packs import Binding, Indicator, Pack, Scene
from linli.domain.standards.rules.reading.documents import PackFault, WrongEntry, document
from linli.domain.standards.rules.reading.measures import Words, read_measure
from linli.domain.standards.rules.reading.packs import digest
from linli.domain.standards.rules.vocabulary import Vocabulary

OWN_QUESTION = "own"
"""In a local measure, stands for the question that the indicator brings itself."""


@dataclass(frozen=True, slots=True)
class LocalFigure:
    """A figure on record. ``source`` is the sentence that the officer gave."""

    id: int
    indicator: str
    threshold: Threshold
    source: str
    person: int


@dataclass(frozen=True, slots=True)
class LocalAddition:
    """An indicator on record, as it was described."""

    id: int
    place: int
    scene: str
    zh: str
    en: str
    definition: str
    why: str
    binding: Binding
    source: str
    measure: Mapping[str, object]
    question: str
    from_on: date


def indicator_key(number: int) -> str:
    return f"LOCAL-{number}"


def scene_key(number: int) -> str:
    return f"local-{number}"


def question_key(number: int) -> str:
    return f"local_{number}"


def merged(
    pack: Pack,
    figures: Sequence[LocalFigure],
    additions: Sequence[LocalAddition],
    scenes: Sequence[Scene],
    vocabulary: Vocabulary,
) -> Pack:
    """The pack as a district applies it.

    A figure on record takes the place of the pack's figures for the same indicator, bar and types; one that names types
    goes before one that names none. What comes from officers counts as confirmed.
    """
    if not (figures or additions or scenes):
        return pack
    locals_ = tuple(local_indicator(addition, vocabulary) for addition in additions)
    sources = {f"figure-{f.id}": _source(f) for f in figures}
    sources |= {f"indicator-{a.id}": Source(f"indicator-{a.id}", a.source, None, "local", "text") for a in additions}
    whole = replace(
        pack,
        sources=MappingProxyType({**pack.sources, **sources}),
        scenes=(*pack.scenes, *scenes),
        indicators=(*pack.indicators, *(indicator for indicator, _ in locals_)),
        questions=_each_once((*pack.questions, *(q for _, qs in locals_ for q in qs))),
    )
    types = frozenset(t.key for t in pack.types)
    by_indicator: dict[str, list[LocalFigure]] = {}
    for figure in figures:
        by_indicator.setdefault(figure.indicator, []).append(figure)
    return replace(
        whole,
        indicators=tuple(
            replace(i, thresholds=_thresholds(i.thresholds, by_indicator.get(i.key, ()), types))
            for i in whole.indicators
        ),
        fingerprint=digest((pack.fingerprint, tuple(figures), tuple(additions), tuple(scenes))),
    )


def _source(figure: LocalFigure) -> Source:
    kind = "demo" if figure.threshold.demo else "local"
    return Source(f"figure-{figure.id}", figure.source, None, kind, "text")


def _each_once(questions: Iterable[Question]) -> tuple[Question, ...]:
    return tuple({question.key: question for question in questions}.values())


def _thresholds(
    written: tuple[Threshold, ...], figures: Iterable[LocalFigure], types: frozenset[str]
) -> tuple[Threshold, ...]:
    in_force = list(written)
    # From the general to the special, and of equals the later one last: each takes the place of what stands before it.
    for figure in sorted(figures, key=lambda f: (-len(f.threshold.types or types), f.threshold.valid_from, f.id)):
        new = replace(figure.threshold, source=f"figure-{figure.id}", confidence=Confidence.CONFIRMED)
        in_force = [kept for old in in_force if (kept := _left_of(old, new, types)) is not None]
        in_force.append(new)
    return tuple(sorted(in_force, key=lambda t: (t.bar.value, t.key)))


def _left_of(old: Threshold, new: Threshold, types: frozenset[str]) -> Threshold | None:
    """What remains of a figure beside a newer one: the types that the newer one does not speak of."""
    if old.bar is not new.bar or (new.either and old.either != new.either):
        return old
    left = (old.types or types) - (new.types or types)
    if not left:
        return None
    return old if left == (old.types or types) else replace(old, types=left)


def local_indicator(addition: LocalAddition, vocabulary: Vocabulary) -> tuple[Indicator, tuple[Question, ...]]:
    """The indicator as packs hold it, with the questions it asks.

    Raises
    ------
    PackFault
        If its measure is not one.
    """
    measure, questions = local_measure(addition, vocabulary)
    key = indicator_key(addition.id)
    return Indicator(
        key=key,
        number=f"自选{addition.id}",
        scene=addition.scene,
        zh=addition.zh,
        en=addition.en or addition.zh,
        definition_zh=addition.definition,
        definition_en=addition.definition,
        why_zh=addition.why,
        binding=addition.binding,
        measure=measure,
        thresholds=(),
        confidence=Confidence.CONFIRMED,
        source=(f"indicator-{addition.id}",),
        local_to=addition.place,
        item=key,
    ), questions


def local_measure(addition: LocalAddition, vocabulary: Vocabulary) -> tuple[Measure, tuple[Question, ...]]:
    """The measure of a local indicator, checked by the same schema as a pack's file."""
    block = dict(addition.measure)
    own = _own_question(addition, block)
    if own is not None:
        vocabulary = replace(vocabulary, questions=(*vocabulary.questions, own))
        block["question"] = own.key
    if isinstance(block.get("limit"), Mapping):
        origin = {"source": "local", "confidence": "official", "valid_from": addition.from_on.isoformat()}
        block["limit"] = {**block["limit"], **origin}  # type: ignore[dict-item]
    faults: list[WrongEntry] = []
    entry = document(indicator_key(addition.id), json.dumps(block, ensure_ascii=False), faults)
    source = Source("local", addition.source, None, "official", "text")
    measure = read_measure(entry, Words(vocabulary, {"local": source}))
    if faults:
        raise PackFault(faults)
    by_key = {question.key: question for question in vocabulary.questions}
    return measure, tuple(by_key[key] for key in measure.questions)


def _own_question(addition: LocalAddition, block: Mapping[str, object]) -> Question | None:
    if block.get("question") != OWN_QUESTION or not addition.question:
        return None
    kind = QuestionKind.SATISFACTION if block.get("kind") == MeasureKind.SURVEY else QuestionKind.YES_NO
    unit = "%" if kind is QuestionKind.SATISFACTION else "yes_no"
    return Question(question_key(addition.id), addition.question, addition.question, kind, unit)
