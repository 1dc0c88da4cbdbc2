"""Forms made of the schema: a correction of any record, and a figure of a standard."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from linli.domain.places.rules.layers import Choice, Field, FieldType, Layer
from linli.domain.standards.rules import Bar, Comparison
from linli.faces.components import words

INPUT = {"class": "form-control"}
SELECT = {"class": "form-select"}


def _day_input() -> forms.DateInput:
    """A browser's own day picker takes one form of a day only, whatever the reader's language."""
    return forms.DateInput(attrs=INPUT | {"type": "date"}, format="%Y-%m-%d")


def form_field(field: Field, vocabularies: Mapping[str, tuple[Choice, ...]]) -> forms.Field:
    """One field of a layer as one field of a form; nothing entered means not known."""
    common: dict[str, Any] = {"label": words.name(field), "required": False, "help_text": _hint(field)}
    number = forms.NumberInput(attrs=INPUT)
    match field.type:
        case FieldType.CHOICE:
            found = vocabularies.get(field.choices_from, ()) if field.choices_from else field.choices
            choices = [("", "—"), *((one.key, words.name(one)) for one in found)]
            return forms.ChoiceField(choices=choices, widget=forms.Select(attrs=SELECT), **common)
        case FieldType.YES_NO:
            choices = [("", "—"), ("yes", str(_("是"))), ("no", str(_("否")))]
            return forms.TypedChoiceField(
                choices=choices,
                coerce=lambda text: text == "yes",
                empty_value=None,
                widget=forms.Select(attrs=SELECT),
                **common,
            )
        case FieldType.WHOLE:
            low, high = field.minimum, field.maximum
            return forms.IntegerField(
                min_value=None if low is None else int(low),
                max_value=None if high is None else int(high),
                widget=number,
                **common,
            )
        case FieldType.NUMBER:
            return forms.FloatField(min_value=field.minimum, max_value=field.maximum, widget=number, **common)
        case FieldType.DAY:
            return forms.DateField(widget=_day_input(), **common)
        case FieldType.TEXT | FieldType.CODE:
            return forms.CharField(max_length=2000, widget=forms.TextInput(attrs=INPUT), **common)


def _hint(field: Field) -> str:
    return _(";").join(part for part in (words.layer_unit(field.unit), words.chinese_note(field.hint_zh)) if part)


class CorrectionForm(forms.Form):
    """The fields of a layer, and why they are corrected."""

    def __init__(self, layer: Layer, vocabularies: Mapping[str, tuple[Choice, ...]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in layer.fields:
            if field.key != layer.key_field:
                self.fields[field.key] = form_field(field, vocabularies)
        self.fields["lon"] = forms.FloatField(required=False, widget=forms.HiddenInput())
        self.fields["lat"] = forms.FloatField(required=False, widget=forms.HiddenInput())
        self.fields["reason"] = forms.CharField(
            label=_("更正的原因"), max_length=500, widget=forms.Textarea(attrs=INPUT | {"rows": 2}),
            help_text=_("例如:实地核查,该幼儿园已扩建"),
        )  # fmt: skip

    def changes(self) -> dict[str, object]:
        """Fields whose value is not what the page showed; an emptied one becomes unknown."""
        own = [name for name in self.changed_data if name not in {"reason", "lon", "lat"}]
        return {name: self.cleaned_data[name] if self.cleaned_data[name] != "" else None for name in own}


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=_day_input(), **more)


LEVELS = [("5", _("非常满意")), ("4", _("满意")), ("3", _("一般")), ("2", _("不满意")), ("1", _("非常不满意"))]


class SurveyForm(forms.Form):
    """A survey of residents' satisfaction: what is asked, and from when until when."""

    title = forms.CharField(label=_("名称"), max_length=120, widget=forms.TextInput(attrs=INPUT))
    question = forms.ChoiceField(label=_("问题"), widget=forms.Select(attrs=SELECT))
    from_on = _day(_("开始日"))
    until_on = _day(_("结束日"), help_text=_("这一天起不再接受回答"))

    def __init__(self, questions: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["question"].choices = questions  # type: ignore[attr-defined]


class SlipForm(forms.Form):
    """One paper slip of a resident, as a worker reads it off."""

    community = forms.ChoiceField(label=_("社区"), widget=forms.Select(attrs=SELECT))
    level = forms.ChoiceField(label=_("满意程度"), choices=LEVELS, widget=forms.Select(attrs=SELECT))
    slip = forms.CharField(
        label=_("纸质表编号"), max_length=32, widget=forms.TextInput(attrs=INPUT | {"autocomplete": "off"}),
        help_text=_("写在表上的编号;同一社区的同一编号只记一次"),
    )  # fmt: skip

    def __init__(self, communities: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["community"].choices = communities  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label=_("原因"), min_length=2, max_length=200, widget=forms.TextInput(attrs=INPUT))


class LocalSceneForm(forms.Form):
    """A scene that a community adds."""

    name = forms.CharField(label=_("场景名称"), max_length=60, widget=forms.TextInput(attrs=INPUT))


class LocalMeasure(TextChoices):
    """What an indicator that a community adds may measure without anyone writing a pack."""

    WALK = "walk", _("步行范围内可到达设施的人数占比")
    COUNT = "count", _("社区内设施的数量")
    YES_NO = "yes_no", _("社区填报是或否,附照片")


class FractionField(forms.CharField):
    """An exact number: 90, 0.5 or 2/3."""

    def clean(self, value: Any) -> Fraction | None:
        text = super().clean(value).strip().replace(",", "")
        if not text:
            return None
        try:
            return Fraction(text)
        except (ValueError, ZeroDivisionError):
            raise forms.ValidationError(_("请填数字,例如 90、0.5 或 2/3。")) from None


class FigureForm(forms.Form):
    """A figure of the district for one indicator, with where it is written and from when it holds."""

    bar = forms.ChoiceField(label=_("档位"), widget=forms.Select(attrs=SELECT))
    comparison = forms.ChoiceField(label=_("比较"), widget=forms.Select(attrs=SELECT))
    value = FractionField(label=_("数值"), widget=forms.TextInput(attrs=INPUT))
    value_to = FractionField(
        label=_("至"), required=False, widget=forms.TextInput(attrs=INPUT), help_text=_("只用于“介于”")
    )
    types = forms.MultipleChoiceField(
        label=_("适用类型"),
        required=False,
        widget=forms.SelectMultiple(attrs=SELECT),
        help_text=_("不选即适用于所有类型"),
    )
    clause = forms.CharField(label=_("条款"), max_length=200, widget=forms.TextInput(attrs=INPUT))
    source = forms.CharField(
        label=_("依据"), max_length=500, widget=forms.TextInput(attrs=INPUT), help_text=_("文件名称和文号")
    )
    from_on = forms.DateField(label=_("自何日起适用"), widget=_day_input())

    def __init__(self, types: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        signs = {
            Comparison.AT_LEAST: "≥",
            Comparison.AT_MOST: "≤",
            Comparison.MORE_THAN: ">",
            Comparison.LESS_THAN: "<",
            Comparison.EQUAL: "=",
            Comparison.WITHIN: _("介于"),
        }
        self.fields["bar"].choices = [(bar.value, words.bar(bar)) for bar in Bar]  # type: ignore[attr-defined]
        self.fields["comparison"].choices = [(one.value, sign) for one, sign in signs.items()]  # type: ignore[attr-defined]
        self.fields["types"].choices = types  # type: ignore[attr-defined]
        if not types:
            del self.fields["types"]


class LocalIndicatorForm(forms.Form):
    """An indicator that a community adds: what it measures, from which figure on it is met, and why it is there."""

    name = forms.CharField(label=_("指标名称"), max_length=60, widget=forms.TextInput(attrs=INPUT))
    scene = forms.ChoiceField(label=_("所属场景"), widget=forms.Select(attrs=SELECT))
    definition = forms.CharField(
        label=_("含义"), max_length=500, widget=forms.Textarea(attrs=INPUT | {"rows": 2}),
        help_text=_("一句话说清楚怎样算达到;“是或否”的指标就写成所问的问题"),
    )  # fmt: skip
    measure = forms.ChoiceField(label=_("怎么测量"), choices=LocalMeasure.choices, widget=forms.Select(attrs=SELECT))
    kind = forms.ChoiceField(
        label=_("设施类型"), required=False, widget=forms.Select(attrs=SELECT), help_text=_("“是或否”的指标不用填")
    )
    meters = forms.IntegerField(
        label=_("步行距离(米)"), required=False, min_value=50, max_value=5000,
        widget=forms.NumberInput(attrs=INPUT), help_text=_("只用于步行范围"),
    )  # fmt: skip
    minimum = FractionField(
        label=_("底线"), required=False, widget=forms.TextInput(attrs=INPUT), help_text=_("至少;可不填")
    )
    target = FractionField(
        label=_("目标"), required=False, widget=forms.TextInput(attrs=INPUT), help_text=_("至少;可不填")
    )
    source = forms.CharField(
        label=_("依据"),
        max_length=300,
        widget=forms.TextInput(attrs=INPUT),
        help_text=_("例如:社区居民议事会 2026 年第 3 次会议"),
    )

    def __init__(self, scenes: list[tuple[str, str]], kinds: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scene"].choices = scenes  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", "—"), *kinds]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        measure = said.get("measure")
        if measure != LocalMeasure.YES_NO and not said.get("kind"):
            self.add_error("kind", _("请选择设施类型。"))
        if measure == LocalMeasure.WALK and not said.get("meters"):
            self.add_error("meters", _("请填步行距离,例如 500。"))
        return said

    def block(self) -> dict[str, object]:
        """The measure as a pack would write it."""
        said = self.cleaned_data
        match said["measure"]:
            case LocalMeasure.WALK:
                limit = {"value": said["meters"], "unit": "m"}
                return {"kind": "walk_coverage", "unit": "%", "kinds": [said["kind"]], "limit": limit}
            case LocalMeasure.COUNT:
                return {"kind": "count", "unit": "count", "of": {"facilities": [said["kind"]]}}
            case _:
                return {"kind": "yes_no", "unit": "yes_no", "question": "own", "evidence": ["photo"]}
