"""The places a person goes, at most eight a role, and the frame's facts for every page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.domain.people.rules import POLICY, Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the rail; ``under`` is the beginning of the addresses that belong to it."""

    url_name: str
    label: Promise
    icon: str
    permission: Permission
    under: str


ENTRIES = (
    Entry("desk:cockpit", _("驾驶舱"), "map", Permission.VIEW_CHECKUP, "/cockpit/"),
    Entry("desk:communities", _("社区"), "community", Permission.VIEW_CHECKUP, "/communities/"),
    Entry("desk:indicators", _("指标"), "indicator", Permission.VIEW_CHECKUP, "/indicators/"),
    Entry("desk:rounds", _("体检"), "round", Permission.VIEW_CHECKUP, "/rounds/"),
    Entry("desk:figures", _("标准数值"), "figure", Permission.VIEW_STANDARDS, "/figures/"),
    Entry("desk:imports", _("数据"), "import", Permission.VIEW_PLACES, "/imports/"),
    Entry("access:accounts", _("账号"), "people", Permission.MANAGE_PEOPLE, "/accounts/"),
    Entry("access:journal", _("日志"), "journal", Permission.VIEW_JOURNAL, "/journal/"),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the rail as this person sees it."""
    scope = getattr(request, "scope", None)
    if scope is None:
        return {"rail": ()}
    held = {permission for grant in scope.grants for permission in POLICY[grant.role]}
    return {"rail": tuple(_entries(held, request.path))}


def _entries(held: set[Permission], path: str) -> Iterator[dict[str, Any]]:
    for entry in ENTRIES:
        if entry.permission not in held:
            continue
        try:
            url = reverse(entry.url_name)
        except NoReverseMatch:
            continue
        yield {"url": url, "label": entry.label, "icon": entry.icon, "here": path.startswith(entry.under)}
