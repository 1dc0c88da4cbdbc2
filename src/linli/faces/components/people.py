"""Roles in words, and the person at the top of every page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.domain.people.queries import SignedIn
from linli.domain.people.rules import Role


def role(value: Role) -> str:
    return {
        Role.DISTRICT_OFFICER: _("区级管理员"),
        Role.SUBDISTRICT_OFFICER: _("街道管理员"),
        Role.COMMUNITY_WORKER: _("社区工作者"),
        Role.AUDITOR: _("审计员"),
        Role.ADMINISTRATOR: _("账号管理员"),
    }[value]


def person(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the roles of whoever is signed in."""
    user = getattr(request, "user", None)
    return {"role_label": _("、").join(role(held) for held in user.roles)} if isinstance(user, SignedIn) else {}
