"""Why a community has its grade, on paper: what decides first, then one line for all scenes of a kind."""

from collections.abc import Sequence

from linli.domain.checkup.rules import GradeReason, GradeReasonKind
from linli.domain.standards.rules import Pack
from linli.faces.components import words

_DECIDING = (GradeReasonKind.SHORT_BY, GradeReasonKind.UNKNOWN_BY)
_SCENES: dict[str, str] = {
    GradeReasonKind.SCENE_REQUIRED: "必配场景",
    GradeReasonKind.SCENE_OPTIONAL: "选配场景",
    GradeReasonKind.SCENE_NOT_REQUIRED: "不作要求的场景",
    GradeReasonKind.SCENE_UNSET: "文本没有规定是否必配的场景",
}
_INDICATORS: dict[str, str] = {
    GradeReasonKind.INDICATOR_SHORT: "未达到要求的指标",
    GradeReasonKind.INDICATOR_UNKNOWN: "无法评定的指标",
}


def lines(reasons: Sequence[GradeReason], pack: Pack) -> list[str]:
    """Sentences in the order in which an officer asks: how near, what is missing, what was asked for."""
    deciding = [one for one in reasons if one.kind in _DECIDING]
    told = {(one.grade, one.indicator) for one in deciding if one.indicator}
    indicators = [one for one in reasons if one.kind in _INDICATORS and (one.grade, one.indicator) not in told]
    scenes = [one for one in reasons if one.kind in _SCENES]
    others = [one for one in reasons if one.kind not in {*_DECIDING, *_INDICATORS, *_SCENES}]
    plain = [words.grade_reason(one, pack) for one in (*deciding, *others)]
    return [*plain, *_by_indicator(indicators, pack), *_by_scene(scenes, pack)] or ["—"]


def _by_indicator(reasons: Sequence[GradeReason], pack: Pack) -> list[str]:
    names = {one.key: words.name(one) for one in pack.indicators}
    grouped: dict[tuple[str, str], list[str]] = {}
    for one in reasons:
        grouped.setdefault((one.grade, one.kind), []).append(names.get(one.indicator, one.indicator))
    return [
        f"{_grade(grade, pack)}{_INDICATORS[kind]}({len(found)}):{'、'.join(dict.fromkeys(found))}"
        for (grade, kind), found in grouped.items()
    ]


def _by_scene(reasons: Sequence[GradeReason], pack: Pack) -> list[str]:
    names = {one.key: words.name(one) for one in pack.scenes}
    types = {one.key: words.name(one) for one in pack.types}
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for one in reasons:
        grouped.setdefault((one.grade, one.kind, one.type), []).append(names.get(one.scene, one.scene))
    return [
        f"{_grade(grade, pack)}{_SCENES[kind]}:{'、'.join(dict.fromkeys(found))}{_types(type_, types)}"
        for (grade, kind, type_), found in sorted(grouped.items(), key=lambda item: list(_SCENES).index(item[0][1]))
    ]


def _types(keys: str, names: dict[str, str]) -> str:
    told = "、".join(names.get(key, key) for key in keys.split(",") if key)
    return f"({told})" if told else ""


def _grade(key: str, pack: Pack) -> str:
    return next((words.name(one) for one in pack.grades if one.key == key), key)
