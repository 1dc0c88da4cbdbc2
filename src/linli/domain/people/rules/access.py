"""Roles, permissions and the one policy table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    DISTRICT_OFFICER = "district_officer"
    SUBDISTRICT_OFFICER = "subdistrict_officer"
    COMMUNITY_WORKER = "community_worker"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Purpose(StrEnum):
    """What a person looks or acts for; a permission is granted for purposes, not once and for all."""

    CHECKUP = "checkup"
    DATA_UPKEEP = "data_upkeep"
    STANDARD_SETTING = "standard_setting"
    AUDIT = "audit"
    PLANNING = "planning"
    ACCOUNT_KEEPING = "account_keeping"


class Permission(StrEnum):
    VIEW_PLACES = "view_places"
    IMPORT_DISTRICT = "import_district"
    CORRECT_PLACE = "correct_place"
    VIEW_CHECKUP = "view_checkup"
    RUN_CHECKUP = "run_checkup"
    ENTER_SURVEY = "enter_survey"
    VIEW_STANDARDS = "view_standards"
    CONFIRM_FIGURE = "confirm_figure"
    ADD_LOCAL_INDICATOR = "add_local_indicator"
    PLAN = "plan"
    """Write scenarios, sitings and proposals of units; whoever may view the check-up may read them."""
    EXPORT = "export"
    VIEW_JOURNAL = "view_journal"
    MANAGE_PEOPLE = "manage_people"


_EVERY = frozenset(Purpose)
_READ = {
    Permission.VIEW_PLACES: _EVERY,
    Permission.VIEW_CHECKUP: _EVERY,
    Permission.VIEW_STANDARDS: _EVERY,
    Permission.EXPORT: frozenset({Purpose.CHECKUP, Purpose.AUDIT, Purpose.DATA_UPKEEP, Purpose.PLANNING}),
}
_PLAN = {Permission.PLAN: frozenset({Purpose.PLANNING})}

POLICY: Mapping[Role, Mapping[Permission, frozenset[Purpose]]] = {
    Role.DISTRICT_OFFICER: _READ
    | _PLAN
    | {
        Permission.IMPORT_DISTRICT: frozenset({Purpose.DATA_UPKEEP}),
        Permission.CORRECT_PLACE: frozenset({Purpose.DATA_UPKEEP}),
        Permission.RUN_CHECKUP: frozenset({Purpose.CHECKUP}),
        Permission.ENTER_SURVEY: frozenset({Purpose.CHECKUP}),
        Permission.CONFIRM_FIGURE: frozenset({Purpose.STANDARD_SETTING}),
        Permission.ADD_LOCAL_INDICATOR: frozenset({Purpose.STANDARD_SETTING}),
    },
    Role.SUBDISTRICT_OFFICER: _READ
    | _PLAN
    | {
        Permission.CORRECT_PLACE: frozenset({Purpose.DATA_UPKEEP}),
        Permission.ENTER_SURVEY: frozenset({Purpose.CHECKUP}),
        Permission.ADD_LOCAL_INDICATOR: frozenset({Purpose.STANDARD_SETTING}),
    },
    Role.COMMUNITY_WORKER: _READ
    | _PLAN
    | {
        Permission.CORRECT_PLACE: frozenset({Purpose.DATA_UPKEEP}),
        Permission.ENTER_SURVEY: frozenset({Purpose.CHECKUP}),
    },
    Role.AUDITOR: {permission: frozenset({Purpose.AUDIT}) for permission in _READ}
    | {Permission.VIEW_JOURNAL: frozenset({Purpose.AUDIT})},
    Role.ADMINISTRATOR: {
        permission: frozenset({Purpose.ACCOUNT_KEEPING})
        for permission in (Permission.MANAGE_PEOPLE, Permission.VIEW_PLACES)
    },
}
"""What is not named here is refused."""


class NotPermitted(Exception):
    """The person may not do this at this place for this purpose on this day."""

    def __init__(self, permission: Permission, place: int | None) -> None:
        super().__init__(permission.value, place)
        self.permission = permission
        self.place = place


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held over areas: permanent ids of districts, subdistricts and communities, descendants included."""

    role: Role
    places: frozenset[int]


@dataclass(frozen=True, slots=True)
class Scope:
    """What one person may see and do for one purpose on one day. First argument of every question and act on areas."""

    person: int
    purpose: Purpose
    day: date
    grants: tuple[Grant, ...]

    def places(self, permission: Permission) -> frozenset[int]:
        """Areas in which the permission holds for the scope's purpose."""
        held = (g.places for g in self.grants if self.purpose in POLICY[g.role].get(permission, frozenset()))
        return frozenset().union(*held)

    def may(self, permission: Permission, place: int) -> bool:
        return place in self.places(permission)


def require(scope: Scope, permission: Permission, place: int) -> None:
    """Refuse unless the permission holds at the place."""
    if not scope.may(permission, place):
        raise NotPermitted(permission, place)


def is_held_anywhere(roles: Iterable[Role], permission: Permission, purpose: Purpose) -> bool:
    """Whether one of the roles may do this for the purpose, wherever that is."""
    return any(purpose in POLICY[role].get(permission, frozenset()) for role in roles)
