"""The accounts of the demo, one for each role, and the acts of setting up before there is anybody."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from linli.domain.journal.rules import Act, Channel
from linli.domain.people import operations as people
from linli.domain.people.operations import NewAccount
from linli.domain.people.rules import Role
from linli.domain.places import queries as places
from linli.synthetic import divisions

PASSWORD = "linli-demo-5821"  # noqa: S105 - the demo's only; printed with its log-ins
HALF_A_YEAR = timedelta(days=150)
_SETTING_UP = 0
"""The actor of acts before there is anybody."""


@dataclass(frozen=True, slots=True)
class LogIn:
    role: Role
    username: str
    name: str
    area: str
    """Name of the area in which the role is held."""


DISTRICT_WIDE = (
    LogIn(Role.DISTRICT_OFFICER, "district", "周敏", ""),
    LogIn(Role.AUDITOR, "auditor", "陆清", ""),
    LogIn(Role.ADMINISTRATOR, "administrator", "钱和", ""),
)
_LOCAL = (
    LogIn(Role.SUBDISTRICT_OFFICER, "subdistrict", "沈立", ""),
    LogIn(Role.COMMUNITY_WORKER, "community", "何芳", ""),
)


def open_local(now: datetime, communities: int) -> tuple[LogIn, ...]:
    """Open the accounts of a subdistrict and of a community in it; returns all log-ins with their areas."""
    members = divisions.subdistricts(communities)
    area = members[len(members) // 2]
    found = [
        places.place_by_code(code, timezone.localdate(now), district=divisions.DISTRICT_CODE)
        for code in (area.code, area.communities[0].code)
    ]
    open_for(now, _LOCAL, found)
    local = zip(_LOCAL, (area.name, area.communities[0].name), strict=True)
    return (
        *(replace(log_in, area=divisions.DISTRICT_NAME) for log_in in DISTRICT_WIDE),
        *(replace(log_in, area=name) for log_in, name in local),
    )


def open_for(now: datetime, log_ins: tuple[LogIn, ...], areas: list[int]) -> tuple[int, ...]:
    accounts = [
        NewAccount(log_in.username, log_in.name, PASSWORD, log_in.role, area)
        for log_in, area in zip(log_ins, areas, strict=True)
    ]
    act = setting_up(now)
    return people.open_demo_accounts(act, accounts, from_on=timezone.localdate(act.at))


def setting_up(now: datetime) -> Act:
    return Act(actor=_SETTING_UP, at=now - HALF_A_YEAR, channel=Channel.ONLINE)
