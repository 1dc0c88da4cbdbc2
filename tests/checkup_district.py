"""A small district in the database, ready to be checked up."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import builders
import pytest
import shapely

from linli.domain.checkup import operations, queries
from linli.domain.journal.rules import Act, Channel
from linli.domain.people.rules import Grant, Purpose, Role, Scope
from linli.domain.places import operations as place_operations
from linli.domain.places import queries as places
from linli.domain.places.rules.package import DistrictPackage, LayerTable

TODAY = date(2026, 11, 20)
PACK = "yantai"


@dataclass
class CheckedDistrict:
    """A district with one edition, and people who may look at it."""

    place: int
    act: Act

    def later(self, days: int = 1, **changes: Any) -> Act:
        return replace(self.act, at=self.act.at.replace(day=self.act.at.day + days), **changes)

    def scope(self, purpose: Purpose = Purpose.CHECKUP, role: Role = Role.DISTRICT_OFFICER, *areas: int) -> Scope:
        held = places.descendants(areas or [self.place], TODAY)
        return Scope(person=1, purpose=purpose, day=TODAY, grants=(Grant(role, held),))

    def worker(self, number: str) -> Scope:
        """A community worker of one community."""
        return self.scope(Purpose.CHECKUP, Role.COMMUNITY_WORKER, self.community(number))

    def community(self, number: str) -> int:
        """Place of a community by the last three digits of its code."""
        above = "990102001" if number in {"001", "002"} else "990102002"
        return places.place_by_code(above + number, TODAY, district="990102")

    def import_(self, package: DistrictPackage) -> None:
        place_operations.import_package(self.act, self.scope(Purpose.DATA_UPKEEP), package)

    def run(self, **changes: Any) -> queries.RoundValue:
        given = {"district": self.place, "pack_key": PACK, "day": TODAY}
        return operations.run_round(changes.pop("act", self.act), self.scope(), **(given | changes))


def a_district_to_check(**changes: Any) -> DistrictPackage:
    """The small district with facility kinds and types of the packs."""
    package = builders.a_small_district()
    package = builders.with_layer(package, facilities())
    return builders.with_layer(package, _typed(package.layers["compounds"]), **changes)


def facilities(*more: tuple[str, shapely.Geometry, dict[str, object]]) -> LayerTable:
    """A kindergarten and a shop in 001, a health station in 004; no list but the kindergartens' is complete."""
    listed = [
        ("F1", shapely.Point(420, 120), {"kind": "kindergarten", "capacity": 270.0, "name": "幼儿园"}),
        ("F2", shapely.Point(310, 310), {"kind": "convenience_shop", "area_m2": 80.0}),
        ("F3", shapely.Point(910, 910), {"kind": "health_station", "area_m2": 150.0}),
        ("F4", shapely.Point(150, 150), {"kind": "elder_meal", "open_to": "residents", "compound": "A"}),
        ("F5", shapely.Point(330, 330), {"kind": "party_service_center"}),
    ]
    return builders.a_layer("facilities", [*listed, *more])


def _typed(table: LayerTable) -> LayerTable:
    types = {"A": "upgrade_old_compound", "B": "new_build"}
    attributes = tuple(
        {k: v for k, v in record.items() if k != "type"} | ({"type": types[key]} if key in types else {})
        for key, record in zip(table.keys, table.attributes, strict=True)
    )
    return replace(table, attributes=attributes)


@pytest.fixture
def district(db: None) -> CheckedDistrict:
    act = Act(actor=1, at=datetime(2026, 11, 20, 2, 0, tzinfo=UTC), channel=Channel.ONLINE)
    place = place_operations.open_district(act, code="990102", name="测试区").place
    opened = CheckedDistrict(place, act)
    opened.import_(a_district_to_check())
    return opened
