"""The places a person goes, at most eight a role, and the frame's facts for every page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.domain.people.queries import SignedIn
from linli.domain.people.rules import Role
from linli.faces.components.declared import may_open


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the rail; ``under`` is the beginning of the addresses that belong to it."""

    url_name: str
    label: Promise
    icon: str
    under: str


ENTRIES = (
    Entry("desk:cockpit", _("驾驶舱"), "map", "/cockpit/"),
    Entry("desk:communities", pgettext_lazy("list", "社区"), "community", "/communities/"),
    Entry("desk:indicators", pgettext_lazy("list", "指标"), "indicator", "/indicators/"),
    Entry("desk:rounds", pgettext_lazy("list", "体检"), "round", "/rounds/"),
    Entry("desk:scenarios", _("规划"), "plan", "/planning/"),
    Entry("desk:figures", _("标准数值"), "figure", "/figures/"),
    Entry("desk:imports", _("数据"), "import", "/imports/"),
    Entry("access:accounts", pgettext_lazy("list", "账号"), "people", "/accounts/"),
    Entry("access:journal", _("日志"), "journal", "/journal/"),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the places, and the search, whose gate lets this person in."""
    user = getattr(request, "user", None)
    if not isinstance(user, SignedIn):
        return {"rail": (), "search": ""}
    return {"rail": tuple(_entries(user.roles, request.path)), "search": _open("desk:search", user.roles)}


def _open(url_name: str, roles: tuple[Role, ...]) -> str:
    """The address, if there is such a page and its gate lets these roles in; else empty."""
    try:
        url = reverse(url_name)
    except NoReverseMatch:
        return ""
    return url if may_open(url, roles) else ""


def _entries(roles: tuple[Role, ...], path: str) -> Iterator[dict[str, Any]]:
    for entry in ENTRIES:
        if url := _open(entry.url_name, roles):
            yield {"url": url, "label": entry.label, "icon": entry.icon, "here": path.startswith(entry.under)}
