"""A verdict as few sentences: what a grade asks, what is missing for it, what the text leaves open."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.domain.checkup.queries import CommunityCard
from linli.domain.checkup.rules import GradeReason, GradeReasonKind
from linli.domain.standards.rules import Pack
from linli.faces.components import words

_SCENES = (
    GradeReasonKind.SCENE_REQUIRED,
    GradeReasonKind.SCENE_OPTIONAL,
    GradeReasonKind.SCENE_NOT_REQUIRED,
    GradeReasonKind.SCENE_UNSET,
)
_LISTS = {
    GradeReasonKind.SHORT_BY: GradeReasonKind.INDICATOR_SHORT,
    GradeReasonKind.UNKNOWN_BY: GradeReasonKind.INDICATOR_UNKNOWN,
}
"""Sentences that count, and the kind of reason that they sum up."""


@dataclass(frozen=True, slots=True)
class Link:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, with the findings that it sums up, most important first."""

    text: str
    links: tuple[Link, ...] = ()


def sentences(card: CommunityCard, pack: Pack) -> tuple[Sentence, ...]:
    """Required scenes and those left open in a sentence each, then what is missing."""
    reasons = card.verdict.reasons
    grades = dict.fromkeys(one.grade for one in reasons)
    asked = [
        Sentence(_scenes(kind, found, pack))
        for kind in _SCENES
        for grade in grades
        if (found := [one for one in reasons if one.grade == grade and one.kind == kind])
    ]
    missing = [
        Sentence(words.grade_reason(one, pack), _links(one, card, pack))
        for one in reasons
        if GradeReasonKind(one.kind) not in (*_SCENES, *_LISTS.values())
    ]
    return (*asked, *missing)


def _scenes(kind: GradeReasonKind, found: Sequence[GradeReason], pack: Pack) -> str:
    scenes = {scene.key: words.name(scene) for scene in pack.scenes}
    grades = {grade.key: words.name(grade) for grade in pack.grades}
    said = {"grade": grades[found[0].grade], "scenes": _("、").join(scenes[one.scene] for one in found)}
    return {
        GradeReasonKind.SCENE_REQUIRED: _("%(grade)s必配的场景:%(scenes)s"),
        GradeReasonKind.SCENE_OPTIONAL: _("%(grade)s选配的场景:%(scenes)s"),
        GradeReasonKind.SCENE_NOT_REQUIRED: _("%(grade)s不作要求的场景:%(scenes)s"),
        GradeReasonKind.SCENE_UNSET: _("%(grade)s的文本没有规定是否必配的场景:%(scenes)s"),
    }[kind] % said


def _links(one: GradeReason, card: CommunityCard, pack: Pack) -> tuple[Link, ...]:
    """The findings behind a count, those by which most people are affected first."""
    listed = _LISTS.get(GradeReasonKind(one.kind))
    people = {each.indicator: each.people_total for each in card.shortfalls}
    found = [each for each in card.verdict.reasons if each.kind == listed and each.grade == one.grade]
    found.sort(key=lambda each: -people.get(each.indicator, 0))
    return tuple(
        Link(
            words.name(pack.indicator(key)),
            reverse("desk:finding", args=[card.round.id, card.community.code, key]),
        )
        for each in found
        for key in each.indicator.split(",")
    )
