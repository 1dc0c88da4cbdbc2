"""The domain's values in words, the same on a page, on paper and in a table."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.domain.checkup.rules import GradeReason, GradeReasonKind, Reason, State
from linli.domain.standards.rules import (
    UNITS,
    Bar,
    Binding,
    Comparison,
    Confidence,
    Indicator,
    Limit,
    Measure,
    MeasureKind,
    Pack,
    Quantity,
    QuantityKind,
    Requirement,
    Threshold,
)

ENGLISH_UNITS = {
    "m2": "m²",
    "m3": "m³",
    "count": "",
    "persons": "people",
    "yes_no": "yes/no",
    "m2/person": "m²/person",
    "m2/100_households": "m²/100 households",
    "count/100_households": "per 100 households",
    "places/dwelling": "places/dwelling",
    "places/person": "places/person",
    "places/1000_persons": "places/1,000 people",
}
"""Where the key of a unit is not how English writes it."""
ENGLISH_LAYER_UNITS = {"人": "people", "年": "", "套": "dwellings", "户": "households", "层": "floors", "个": ""}


def name(thing: object) -> str:
    """The name of anything that has a Chinese and an English one, in the reader's language."""
    english = (get_language() or "").startswith("en")
    return str(getattr(thing, "en" if english else "zh"))


def definition(indicator: Indicator) -> str:
    english = (get_language() or "").startswith("en")
    return indicator.definition_en if english else indicator.definition_zh


def state(value: State) -> str:
    return {
        State.MET: _("达标"),
        State.BELOW_TARGET: _("未达目标"),
        State.BELOW_MINIMUM: _("低于底线"),
        State.NOT_ASSESSABLE: _("无法评定"),
    }[value]


def confidence(value: Confidence) -> str:
    return {
        Confidence.OFFICIAL: _("官方文本"),
        Confidence.CONFIRMED: _("已核定"),
        Confidence.SEED: _("种子文本"),
        Confidence.SECONDARY: _("二手资料"),
        Confidence.DERIVED: _("推导"),
        Confidence.UNVERIFIED: _("未核实"),
    }[value]


def binding(value: Binding) -> str:
    return {
        Binding.BINDING: _("约束性"),
        Binding.GUIDING: _("引导性"),
        Binding.MIXED: _("兼有"),
        Binding.UNKNOWN: _("未说明"),
    }[value]


def requirement(value: Requirement) -> str:
    return {
        Requirement.REQUIRED: _("必配"),
        Requirement.OPTIONAL: _("选配"),
        Requirement.NOT_REQUIRED: _("不作要求"),
        Requirement.UNSET: _("文本未规定"),
    }[value]


def bar(value: Bar) -> str:
    return {Bar.MINIMUM: _("底线"), Bar.TARGET: _("目标")}[value]


def unit(key: str) -> str:
    """The symbol of a unit of the standards; English writes no word for a plain count."""
    if (get_language() or "").startswith("en"):
        return ENGLISH_UNITS.get(key, key)
    return UNITS[key].symbol if key in UNITS else key


def layer_unit(symbol: str) -> str:
    """The unit of a field of a layer, in the reader's language."""
    return ENGLISH_LAYER_UNITS.get(symbol, symbol) if (get_language() or "").startswith("en") else symbol


def chinese_note(text: str) -> str:
    """A note that data carry in Chinese only: left out of a page in another language."""
    return "" if (get_language() or "").startswith("en") else text


def number(value: Fraction) -> str:
    """A figure as it is written: whole where it is whole, a fraction where decimals would round."""
    if value.denominator == 1:
        return f"{value.numerator:,}"
    decimal = float(value)
    return f"{decimal:g}" if Fraction(f"{decimal:g}") == value else f"{value.numerator}/{value.denominator}"


def threshold(value: Threshold) -> str:
    """A figure such as ≥ 90 %."""
    if value.unit == "yes_no":
        return _("须为“是”") if value.value else _("须为“否”")
    sign = {
        Comparison.AT_LEAST: "≥",
        Comparison.AT_MOST: "≤",
        Comparison.MORE_THAN: ">",
        Comparison.LESS_THAN: "<",
        Comparison.EQUAL: "=",
        Comparison.WITHIN: "",
    }[value.comparison]
    until = f"–{number(value.value_to)}" if value.value_to is not None else ""
    return f"{sign} {number(value.value)}{until} {unit(value.unit)}".strip()


def reason(value: Reason | None) -> str:
    """Why a finding cannot be assessed, and what to do about it."""
    if value is None:
        return ""
    return {
        Reason.NO_THRESHOLD: _("标准没有给出数值,可在“标准数值”中核定"),
        Reason.THRESHOLD_UNDECIDED: _("数值尚未核实,核定后才能评定"),
        Reason.DATA_MISSING: _("缺少数据"),
        Reason.DATA_INCOMPLETE: _("来源没有声明该类设施已列全,现有数据不足以认定"),
        Reason.NOBODY_LIVES_HERE: _("没有常住人口"),
        Reason.EVIDENCE_MISSING: _("缺少佐证(照片或文件)"),
        Reason.AGES_UNKNOWN: _("不掌握年龄构成"),
        Reason.NOTHING_TO_MEASURE: _("没有可作分母的对象"),
        Reason.TYPE_UNKNOWN: _("数值依类型而定,而社区类型未登记"),
        Reason.NOT_FOR_THIS_TYPE: _("不适用于该类型"),
    }[value]


def grade_reason(one: GradeReason, pack: Pack) -> str:
    """One line of why a community has its grade, or what it needs for the next."""
    grades = {grade.key: name(grade) for grade in pack.grades}
    scenes = {scene.key: name(scene) for scene in pack.scenes}
    types = {kind.key: name(kind) for kind in pack.types}
    indicators = {indicator.key: name(indicator) for indicator in pack.indicators}
    words = {
        "grade": grades.get(one.grade, one.grade),
        "scene": scenes.get(one.scene, grades.get(one.scene, one.scene)),
        "type": _("、").join(types.get(key, key) for key in one.type.split(",") if key),
        "indicator": _("或").join(indicators.get(key, key) for key in one.indicator.split(",")),
        "count": one.count,
    }
    return _sentences(one)[GradeReasonKind(one.kind)] % words


def _sentences(one: GradeReason) -> Mapping[GradeReasonKind, str]:
    kind = GradeReasonKind
    return {
        kind.SCENE_REQUIRED: _("%(grade)s:“%(scene)s”场景必配(%(type)s)"),
        kind.SCENE_OPTIONAL: _("%(grade)s:“%(scene)s”场景为选配(%(type)s)"),
        kind.SCENE_NOT_REQUIRED: _("%(grade)s:“%(scene)s”场景不作要求(%(type)s)"),
        kind.SCENE_UNSET: _("%(grade)s:文本没有规定“%(scene)s”场景是否必配(%(type)s)"),
        kind.SCENE_EMPTY: _("%(grade)s:“%(scene)s”场景必配,但标准没有列出指标"),
        kind.TYPE_UNKNOWN: _("没有小区登记了创建类型,无法判断适用的要求"),
        kind.NOT_DEFINED: _("%(grade)s:文本没有对%(type)s提出要求"),
        kind.INDICATOR_SHORT: _("%(grade)s:“%(indicator)s”未达到要求"),
        kind.INDICATOR_UNKNOWN: _("%(grade)s:“%(indicator)s”无法评定"),
        kind.SHORT_BY: (
            _("距%(grade)s只差一项:“%(indicator)s”") if one.indicator else _("距%(grade)s还差 %(count)s 项")
        ),
        kind.UNKNOWN_BY: (
            _("%(grade)s只有一项无法评定:“%(indicator)s”") if one.indicator else _("%(grade)s有 %(count)s 项无法评定")
        ),
        kind.EXTRA_SCENES_SHORT: _("%(grade)s要求多做 %(count)s 个场景,尚未达到"),
        kind.EXTRA_SCENES_UNKNOWN: _("%(grade)s要求多做 %(count)s 个场景,是否达到无法评定"),
        kind.LOWER_GRADE_FIRST: _("%(grade)s要求先达到“%(scene)s”"),
    }


def age_group(key: str) -> str:
    return {
        "all": _("全体居民"),
        "infants": _("0–2 岁婴幼儿"),
        "kindergarten_age": _("3–5 岁儿童"),
        "primary_age": _("6–11 岁儿童"),
        "middle_school_age": _("12–14 岁少年"),
        "children": _("0–14 岁儿童"),
        "elderly": _("60 岁及以上老人"),
        "oldest": _("80 岁及以上老人"),
    }.get(key, key)


def method(measure: Measure, kinds: Mapping[str, str], questions: Mapping[str, str]) -> str:
    """How an indicator is measured, in one sentence. ``kinds`` and ``questions`` map keys to names."""
    parameters = measure.parameters
    group = age_group(str(parameters.get("age_group", "all")))
    match measure.kind:
        case MeasureKind.WALK_COVERAGE:
            sets = [_any_of(kinds, each) for each in parameters["sets"]]  # type: ignore[attr-defined]
            return _("%(group)s中,步行 %(limit)s 内可到达%(kinds)s的人数占比") % {
                "group": group,
                "limit": _limit(measure.limit, parameters),
                "kinds": _("且").join(sets),
            }
        case MeasureKind.DISTANCE:
            return _("%(group)s步行到最近的%(kinds)s的距离(%(statistic)s)") % {
                "group": group,
                "kinds": _any_of(kinds, parameters["kinds"]),  # type: ignore[arg-type]
                "statistic": _statistic(str(parameters["statistic"])),
            }
        case MeasureKind.YES_NO:
            return _("社区填报“%(question)s”,须附佐证") % {"question": questions.get(str(parameters["question"]), "")}
        case MeasureKind.SURVEY:
            return _("居民满意度调查中表示满意的占比")
        case MeasureKind.RATIO:
            return _("%(numerator)s ÷ %(denominator)s") % {
                key: _quantity(parameters[key], kinds, questions) for key in ("numerator", "denominator")
            }
        case MeasureKind.PER_PERSON:
            words = {"of": _quantity(parameters["of"], kinds, questions), "group": group}
            return _("%(of)s,按%(group)s人均") % words
        case MeasureKind.PER_100_HOUSEHOLDS:
            return _("%(of)s,按每百户") % {"of": _quantity(parameters["of"], kinds, questions)}
        case _:
            return _quantity(parameters["of"], kinds, questions)


def _any_of(kinds: Mapping[str, str], keys: Iterable[str]) -> str:
    return _("或").join(kinds.get(key, key) for key in keys)


def _limit(stated: Limit | None, parameters: Mapping[str, object]) -> str:
    return f"{parameters['limit_m']:g} m" if stated is None else limit(stated)


def limit(limit: Limit) -> str:
    """How far people walk: 15 minutes (900 m), or 500 m."""
    if limit.unit == "min":
        return _("%(minutes)s 分钟(%(metres)s 米)") % {"minutes": number(limit.value), "metres": f"{limit.metres:g}"}
    return f"{number(limit.value)} {limit.unit}"


def _statistic(key: str) -> str:
    return {"mean": _("平均"), "median": _("中位"), "p90": _("九成居民以内")}[key]


def _quantity(quantity: object, kinds: Mapping[str, str], questions: Mapping[str, str]) -> str:
    assert isinstance(quantity, Quantity)
    of = _("、").join(kinds.get(key, key) for key in quantity.of)
    match quantity.kind:
        case QuantityKind.FACILITIES:
            return _("社区内%(of)s的数量") % {"of": of}
        case QuantityKind.FACILITY_AREA:
            return _("社区内%(of)s的面积合计") % {"of": of}
        case QuantityKind.LARGEST_AREA:
            return _("社区内最大的%(of)s的面积") % {"of": of}
        case QuantityKind.CAPACITY:
            return _("社区内%(of)s的容量合计") % {"of": of}
        case QuantityKind.KINDS_PRESENT:
            return _("%(of)s中已有的类数") % {"of": of}
        case QuantityKind.PEOPLE:
            return _("%(of)s人数") % {"of": age_group(quantity.of[0])}
        case QuantityKind.ANSWER:
            return _("填报:%(question)s") % {"question": questions.get(quantity.of[0], quantity.of[0])}
        case QuantityKind.STOCK:
            return _stock(quantity.of[0])


def _stock(key: str) -> str:
    return {
        "households": _("户数"),
        "dwellings": _("住宅套数"),
        "floor_area_m2": _("住宅建筑面积"),
        "land_area_m2": _("社区面积"),
        "residential_buildings": _("住宅楼栋数"),
        "compounds": _("小区数"),
        "idle_area_m2": _("闲置用房面积"),
    }[key]
