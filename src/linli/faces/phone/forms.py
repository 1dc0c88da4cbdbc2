"""The form of one section, and that of a resident's satisfaction."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.domain.journal.rules import Channel
from linli.domain.standards.rules import Question, QuestionKind
from linli.faces.components import words
from linli.faces.components.survey import Section

NUMBER_MAX = 1e12


class SectionForm(forms.Form):
    """One field a question; nothing entered leaves the answer as it was."""

    def __init__(self, section: Section, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section
        for question in section.questions:
            self.fields[question.key] = _field(question)
            if question.key in section.evidence:
                self.fields[f"{question.key}.file"] = forms.FileField(
                    label=_("佐证(照片或 PDF)"), required=False,
                    widget=forms.FileInput(attrs={"class": "form-control", "accept": "image/*,application/pdf"}),
                )  # fmt: skip

        self.fields["channel"] = forms.ChoiceField(
            label=_("渠道"), initial=Channel.ONLINE, help_text=_("这些答案是怎样得来的"),
            choices=[(Channel.ONLINE, _("线上")), (Channel.PAPER, _("纸面")), (Channel.PHONE, _("电话"))],
            widget=forms.Select(attrs={"class": "form-select"}),
        )  # fmt: skip

    def answers(self) -> dict[str, float]:
        """What was entered, as numbers; 1 for yes and 0 for no."""
        said = {question.key: self.cleaned_data.get(question.key) for question in self.section.questions}
        return {key: float(value) for key, value in said.items() if value not in (None, "")}


def _field(question: Question) -> forms.Field:
    if question.kind is QuestionKind.YES_NO:
        return forms.ChoiceField(
            label=words.name(question), required=False, choices=[("1", _("是")), ("0", _("否"))],
            widget=forms.RadioSelect, help_text=words.chinese_note(question.hint_zh),
        )  # fmt: skip
    name, unit = words.name(question), words.unit(question.unit)
    return forms.FloatField(
        label=_("%(name)s(%(unit)s)") % {"name": name, "unit": unit} if unit else name, required=False,
        min_value=0, max_value=NUMBER_MAX, help_text=words.chinese_note(question.hint_zh),
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "decimal"}),
    )  # fmt: skip


class SatisfactionForm(forms.Form):
    """Five levels and the community; nothing about the person."""

    level = forms.ChoiceField(
        label=_("您对所在社区总体满意吗?"), widget=forms.RadioSelect,
        choices=[("5", _("非常满意")), ("4", _("满意")), ("3", _("一般")), ("2", _("不满意")), ("1", _("非常不满意"))],
    )  # fmt: skip
    community = forms.ChoiceField(label=_("您住在哪个社区?"), widget=forms.Select(attrs={"class": "form-select"}))
    slip = forms.CharField(widget=forms.HiddenInput(), max_length=64)

    def __init__(self, communities: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["community"].choices = [("", "—"), *communities]  # type: ignore[attr-defined]
