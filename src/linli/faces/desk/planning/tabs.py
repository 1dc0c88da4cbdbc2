"""The places inside planning, as a bar of tabs; a page that is not there, or not open to this person, has none."""

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.faces.components.declared import may_open
from linli.faces.components.scope import Request


@dataclass(frozen=True, slots=True)
class Tab:
    """``under`` is the beginning of the addresses that belong to it."""

    url_name: str
    label: Promise
    under: str


TABS = (
    Tab("desk:scenarios", _("方案推演"), "/planning/scenarios/"),
    Tab("desk:sitings", _("选址"), "/planning/sitings/"),
    Tab("desk:units", pgettext_lazy("list", "单元"), "/planning/units/"),
)


def tabs(request: Request) -> list[dict[str, Any]]:
    """For ``components/_tabs.html``."""
    return [
        {"url": url, "label": tab.label, "here": request.path.startswith(tab.under)}
        for tab in TABS
        if (url := _open(tab.url_name, request))
    ]


def _open(url_name: str, request: Request) -> str:
    try:
        url = reverse(url_name)
    except NoReverseMatch:
        return ""
    return url if may_open(url, request.person.roles) else ""
