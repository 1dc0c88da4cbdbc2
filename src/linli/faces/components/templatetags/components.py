"""Template tags for marks and figures: an unknown is shown as a dash, never as zero."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from linli.domain.checkup.rules import State
from linli.faces.components import words
from linli.faces.components.icons import ICONS

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.7"'
        ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="{}"/></svg>',
        ICONS[name],
    )


@register.simple_tag
def state_mark(state: State | str) -> SafeString:
    """A state as mark and word."""
    state = State(state)
    return format_html('<span class="state state-{}">{}</span>', state.value, words.state(state))


@register.simple_tag
def grade_mark(grade: str | None, name: str = "") -> SafeString:
    """A grade as color and word; None cannot be told, "" is none reached."""
    if grade is None:
        return format_html('<span class="grade grade-untold">{}</span>', _("暂无法定级"))
    return format_html('<span class="grade grade-{}">{}</span>', grade or "none", name or _("未达级"))


@register.filter
def figure(value: float | int | None, unit: str = "") -> str:
    """A number with thousands separated, percentages with one decimal; a dash for nothing."""
    if value is None:
        return "—"
    if unit == "%":
        return f"{value:,.1f}%"
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: object) -> str:
    """The page's own address with some parameters changed; None removes one."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value is not None:
            query[key] = str(value)
    return f"?{query.urlencode()}"
