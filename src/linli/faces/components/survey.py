"""The survey's questions as sections of a form: the scenes of each pack, each question once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Question, QuestionKind
from linli.faces.components import words


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the form. ``key`` is ``PACK.SCENE``; ``evidence`` names questions that want a photo or document."""

    key: str
    name: str
    pack: str
    questions: tuple[Question, ...]
    evidence: frozenset[str]


def sections(*, day: date, district: int) -> tuple[Section, ...]:
    """Sections in the order of packs and scenes; a question that several packs ask stands in the first that does.

    Satisfaction is not reported by a worker but asked of residents, so it is left out.
    """
    seen: set[str] = set()
    found: list[Section] = []
    for key in standards.packs():
        pack = standards.pack(key, day=day, district=district)
        asked = standards.questions(pack)
        for scene in pack.scenes:
            indicators = [one for one in pack.indicators if one.scene == scene.key]
            questions = [q for one in indicators for q in asked.get(one.key, ())]
            mine = tuple(_fresh(questions, seen))
            proofs = frozenset(
                q for one in indicators if one.measure.parameters.get("evidence") for q in one.measure.questions
            )
            if mine:
                name = f"{words.name(scene)} · {words.name(pack)}"
                found.append(Section(f"{key}.{scene.key}", name, words.name(pack), mine, proofs))
    return tuple(found)


def _fresh(questions: Iterable[Question], seen: set[str]) -> Iterable[Question]:
    for question in questions:
        if question.key not in seen and question.kind is not QuestionKind.SATISFACTION:
            seen.add(question.key)
            yield question
