"""Forms made of the schema: a correction of any record, and a figure of a standard."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.domain.places.rules.layers import Choice, Field, FieldType, Layer
from linli.domain.standards.rules import Bar, Comparison
from linli.faces.components import words

INPUT = {"class": "form-control"}
SELECT = {"class": "form-select"}


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
            return forms.DateField(widget=forms.DateInput(attrs=INPUT | {"type": "date"}), **common)
        case FieldType.TEXT | FieldType.CODE:
            return forms.CharField(max_length=2000, widget=forms.TextInput(attrs=INPUT), **common)


def _hint(field: Field) -> str:
    return ";".join(part for part in (field.unit, field.hint_zh) if part)


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


class FractionField(forms.CharField):
    """An exact number: 90, 0.5 or 2/3."""

    def clean(self, value: Any) -> Fraction | None:
        text = super().clean(value).strip()
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
    from_on = forms.DateField(label=_("自何日起适用"), widget=forms.DateInput(attrs=INPUT | {"type": "date"}))

    def __init__(self, types: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        signs = {
            Comparison.AT_LEAST: "≥",
            Comparison.AT_MOST: "≤",
            Comparison.MORE_THAN: ">",
            Comparison.LESS_THAN: "<",
        }
        self.fields["bar"].choices = [(bar.value, words.bar(bar)) for bar in Bar]  # type: ignore[attr-defined]
        self.fields["comparison"].choices = [(one.value, sign) for one, sign in signs.items()]  # type: ignore[attr-defined]
        self.fields["types"].choices = types  # type: ignore[attr-defined]
        if not types:
            del self.fields["types"]
