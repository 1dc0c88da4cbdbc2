"""A small district with officers for the standards."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from builders import a_small_district

from linli.domain.journal.rules import Act, Channel
from linli.domain.people.rules import Grant, Purpose, Role, Scope
from linli.domain.places import operations as places
from linli.domain.places.queries import areas_tree, descendants

AT = datetime(2026, 6, 30, 8, 0, tzinfo=UTC)
DAY = date(2026, 6, 30)
SINCE = date(2026, 7, 1)
ACT = Act(7, AT, Channel.ONLINE)


@dataclass(frozen=True)
class Setting:
    """A district, two of its communities, and what its officers may do."""

    district: int
    community: int
    neighbor: int
    officer: Scope
    subdistrict: Scope
    auditor: Scope


def a_district_with_officers(*, synthetic: bool = True) -> Setting:
    package = a_small_district(synthetic=synthetic)
    district = places.open_district(ACT, code=package.code, name=package.name).place
    importer = Scope(7, Purpose.DATA_UPKEEP, DAY, (Grant(Role.DISTRICT_OFFICER, frozenset({district})),))
    places.import_package(ACT, importer, package)
    everywhere = descendants([district], DAY)
    communities = [area.place for area in areas_tree(_officer(everywhere)) if area.layer == "communities"]
    return Setting(
        district=district,
        community=communities[0],
        neighbor=communities[1],
        officer=_officer(everywhere),
        subdistrict=Scope(
            8, Purpose.STANDARD_SETTING, DAY, (Grant(Role.SUBDISTRICT_OFFICER, frozenset({communities[0]})),)
        ),
        auditor=Scope(9, Purpose.AUDIT, DAY, (Grant(Role.AUDITOR, everywhere),)),
    )


def _officer(places: frozenset[int]) -> Scope:
    return Scope(7, Purpose.STANDARD_SETTING, DAY, (Grant(Role.DISTRICT_OFFICER, places),))
