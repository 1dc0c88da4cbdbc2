"""What people type into the pages of access; whether it may be done is decided in the domain."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.domain.people.queries import OrganizationValue
from linli.domain.people.rules import Role
from linli.domain.places.queries import AreaValue
from linli.faces.components import people

STEP = {"district": "", "subdistricts": "\u3000", "communities": "\u3000\u3000"}
ORGANIZATION_KINDS = (
    ("district_bureau", _("区级部门")),
    ("subdistrict_office", _("街道办事处")),
    ("residents_committee", _("居委会")),
    ("owners_committee", _("业委会")),
    ("property_manager", _("物业公司")),
    ("expert_committee", _("专家委员会")),
    ("other", _("其他")),
)


class Styled(forms.Form):
    """A form in the look of the pages; no field fills itself in but where it says so."""

    required_css_class = "required"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for field in self.fields.values():
            is_select = isinstance(field.widget, forms.Select)
            field.widget.attrs.setdefault("class", "form-select" if is_select else "form-control")

    def add_error(self, field: str | None, error: Any) -> None:
        super().add_error(field, error)
        if field in self.fields:
            self.fields[field].widget.attrs["aria-invalid"] = "true"


class Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def _password(label: Any, autocomplete: str, help_text: Any = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=200, strip=False, widget=widget, help_text=help_text)


def _code(*, required: bool, help_text: Any = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    return forms.CharField(label=_("动态码"), max_length=20, required=required, widget=widget, help_text=help_text)


class SignIn(Styled):
    username = forms.CharField(
        label=_("账号"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = _password(_("密码"), "current-password")
    code = _code(required=False, help_text=_("开通了第二步验证的账号才需要填写。"))


class Password(Styled):
    old = _password(_("现在的密码"), "current-password")
    new = _password(_("新密码"), "new-password", _("至少 10 个字,不用常见密码,不要全是数字。"))
    again = _password(_("再输一次新密码"), "new-password")

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new"):
            raise forms.ValidationError(_("两次输入的新密码不一样。请再输一次。"))
        return again


class BeginSecondFactor(Styled):
    password = _password(_("密码"), "current-password")


class ConfirmSecondFactor(Styled):
    code = _code(required=True)


class RemoveSecondFactor(Styled):
    password = _password(_("密码"), "current-password")
    code = _code(required=True, help_text=_("手机不在身边时,填一个恢复码。"))


class NewPerson(Styled):
    username = forms.CharField(
        label=_("账号"), max_length=40, help_text=_("小写字母、数字、点、横线,2 至 40 个,例如 wang.min。")
    )
    name = forms.CharField(label=_("姓名"), max_length=60)
    phone = forms.CharField(label=_("电话"), max_length=20, required=False, help_text=_("可以不填。"))

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        return username.lower()


class Appointment(Styled):
    role = forms.TypedChoiceField(label=_("角色"), coerce=Role)
    area = forms.TypedChoiceField(label=_("辖区"), coerce=int)
    organization = forms.TypedChoiceField(label=_("单位"), coerce=int, empty_value=None, required=False)
    from_on = forms.DateField(label=_("自哪天起"), widget=Day())
    until_on = forms.DateField(
        label=_("到哪天止"), required=False, widget=Day(), help_text=_("这一天起不再任职;不填表示没有期限。")
    )

    def __init__(
        self, *args: Any, areas: Iterable[AreaValue], organizations: Iterable[OrganizationValue], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, people.role(role)) for role in Role]  # type: ignore[attr-defined]
        self.fields["area"].choices = area_choices(areas)  # type: ignore[attr-defined]
        named = [(one.id, one.name) for one in organizations]
        self.fields["organization"].choices = [("", _("不填")), *named]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        from_on, until_on = values.get("from_on"), values.get("until_on")
        if from_on and until_on and until_on <= from_on:
            self.add_error("until_on", _("结束的日子要在开始之后。"))
        return values


class EndTerm(Styled):
    until_on = forms.DateField(label=_("到哪天止"), widget=Day())


class Organization(Styled):
    kind = forms.ChoiceField(label=_("类别"), choices=ORGANIZATION_KINDS)
    name = forms.CharField(label=_("名称"), max_length=120)
    uscc = forms.CharField(label=_("统一社会信用代码"), max_length=18, required=False, help_text=_("18 位,可以不填。"))

    def clean_uscc(self) -> str:
        code: str = self.cleaned_data["uscc"]
        return code.upper()


class JournalFilter(Styled):
    home = forms.TypedChoiceField(label=_("辖区"), coerce=int, empty_value=None, required=False)
    verb = forms.ChoiceField(label=_("事项"), required=False)
    actor = forms.IntegerField(label=_("人员编号"), required=False, min_value=0, max_value=2**62)
    from_on = forms.DateField(label=_("自"), required=False, widget=Day())
    until_on = forms.DateField(label=_("至"), required=False, widget=Day())
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *args: Any, areas: Iterable[AreaValue], verbs: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["home"].choices = [("", _("全部")), *area_choices(areas)]  # type: ignore[attr-defined]
        self.fields["verb"].choices = [("", _("全部")), *verbs]  # type: ignore[attr-defined]

    def end(self) -> date | None:
        """The day after the last one wanted."""
        until: date | None = self.cleaned_data["until_on"]
        return until + timedelta(days=1) if until else None


def area_choices(areas: Iterable[AreaValue]) -> list[tuple[int, str]]:
    """Areas of a scope, each community under its subdistrict, indented by step."""
    found = [area for area in areas if area.is_within]
    below: dict[int | None, list[AreaValue]] = {}
    known = {area.place for area in found}
    for area in found:
        below.setdefault(area.parent if area.parent in known else None, []).append(area)
    return list(_in_order(below, None))


def _in_order(below: dict[int | None, list[AreaValue]], parent: int | None) -> Iterable[tuple[int, str]]:
    for area in below.get(parent, ()):
        yield area.place, f"{STEP.get(area.layer, '')}{area.name}"
        yield from _in_order(below, area.place)


class NewAccessKey(Styled):
    """A key for a program of one's own."""

    name = forms.CharField(label=_("名称"), max_length=60, help_text=_("用在哪里,如:QGIS、每周报表。"))
    days = forms.TypedChoiceField(
        label=_("有效期"),
        coerce=int,
        initial=90,
        choices=((7, _("7 天")), (30, _("30 天")), (90, _("90 天")), (365, _("365 天"))),
    )
    may_write = forms.BooleanField(label=_("允许写入(默认只读)"), required=False)
    password = _password(_("现在的密码"), "current-password")
