"""The form by which units are asked for: the pack's figures, each with where it comes from, to take or to change."""

from fractions import Fraction
from typing import Any

import numpy as np
from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.domain.planning.operations.units import MINUTES_MAX, PEOPLE_MAX, PRICE_MAX
from linli.domain.planning.queries.units import rules_with
from linli.domain.planning.rules.units.proposals import Basis, UnitRules
from linli.faces.components import words
from linli.faces.desk.planning import unit_words

INPUT = {"class": "form-control"}
RUNS = (("2", _("快:每种取向找 2 遍")), ("4", _("一般:每种取向找 4 遍")), ("12", _("细:每种取向找 12 遍")))


class UnitRulesForm(forms.Form):
    """``rules`` are those of the pack; what nobody changes keeps its figure."""

    name = forms.CharField(label=_("名称"), max_length=80, widget=forms.TextInput(attrs=INPUT))
    day = forms.DateField(
        label=_("日期"), widget=forms.DateInput(attrs=INPUT | {"type": "date"}, format="%Y-%m-%d"),
        help_text=_("写在方案上的日期;采用时另选生效日"),
    )  # fmt: skip
    people_min = forms.IntegerField(label=_("人口下限(人)"), min_value=1, max_value=PEOPLE_MAX)
    people_max = forms.IntegerField(label=_("人口上限(人)"), min_value=1, max_value=PEOPLE_MAX)
    walk_minutes = forms.DecimalField(
        label=_("步行到基本服务(分钟)"), min_value=1, max_value=int(MINUTES_MAX), decimal_places=1
    )
    share_min = forms.DecimalField(label=_("可达居民占比目标(%)"), min_value=0, max_value=100, decimal_places=1)
    runs = forms.ChoiceField(label=_("搜索"), choices=RUNS, widget=forms.Select(attrs={"class": "form-select"}))

    def __init__(self, rules: UnitRules, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(rules))
        super().__init__(*args, **kwargs)
        self.rules = rules
        for rule in rules.lines:
            price = forms.DecimalField(label=words.name(rule), min_value=0, max_value=int(PRICE_MAX), decimal_places=2)
            self.fields[f"price_{rule.line}"] = price
            self.fields[f"never_{rule.line}"] = forms.BooleanField(
                label=_("不许跨越"), required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"})
            )
        for field in self.fields.values():
            if isinstance(field, forms.IntegerField | forms.DecimalField):
                field.widget.attrs.update(INPUT | {"inputmode": "decimal"})

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        least, most = given.get("people_min"), given.get("people_max")
        if least is not None and most is not None and most < least:
            self.add_error("people_max", _("上限不能小于下限。"))
        return given

    def chosen(self) -> UnitRules:
        """The rules as the officer wants them."""
        given = self.cleaned_data
        return rules_with(
            self.rules,
            people_min=given["people_min"],
            people_max=given["people_max"],
            walk_minutes=Fraction(given["walk_minutes"]),
            share_min=float(given["share_min"]) / 100,
            prices=np.array([float(given[f"price_{rule.line}"]) for rule in self.rules.lines]),
            never=np.array([given[f"never_{rule.line}"] for rule in self.rules.lines]),
        )

    def figures(self) -> list[dict[str, Any]]:
        """The fields of figures, each with where its value comes from."""
        of = {"people_min": "people", "people_max": "people", "walk_minutes": "walk", "share_min": "share"}
        return [self._sourced(self[name], self.rules.basis[key]) for name, key in of.items()]

    def lines(self) -> list[dict[str, Any]]:
        return [
            self._sourced(self[f"price_{rule.line}"], rule.basis) | {"never": self[f"never_{rule.line}"]}
            for rule in self.rules.lines
        ]

    def _sourced(self, field: BoundField, basis: Basis) -> dict[str, Any]:
        return {"field": field, "basis": unit_words.basis(basis)}


def _initial(rules: UnitRules) -> dict[str, Any]:
    figures = {
        "day": timezone.localdate(),
        "people_min": rules.people_min,
        "people_max": rules.people_max,
        "walk_minutes": f"{rules.walk_minutes:g}",
        "share_min": f"{100 * rules.share_min:g}",
        "runs": "4",
    }
    prices = {f"price_{rule.line}": f"{rule.price:g}" for rule in rules.lines}
    return figures | prices | {f"never_{rule.line}": rule.never for rule in rules.lines}
