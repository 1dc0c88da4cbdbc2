"""Kinds of facilities told from OpenStreetMap tags, conservatively."""

import pytest

from linli.domain.standards import queries
from linli.domain.standards.rules import KindByTags


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"amenity": "kindergarten"}, "kindergarten"),
        ({"amenity": "kindergarten", "name": "阳光托育园"}, "childcare_0_3"),
        ({"amenity": "school", "isced:level": "1;2"}, "primary_school"),
        ({"amenity": "school", "name": "胜利小学"}, "primary_school"),
        ({"amenity": "school"}, None),
        ({"amenity": "hospital"}, None),
        ({"amenity": "hospital", "name": "四季青街道社区卫生服务中心"}, "health_center"),
        ({"amenity": "clinic"}, "health_station"),
        ({"healthcare": "centre", "amenity": "clinic"}, "health_center"),
        ({"amenity": "pharmacy"}, "daily_services"),
        ({"shop": "hairdresser"}, "daily_services"),
        ({"shop": "convenience"}, "convenience_shop"),
        ({"shop": "supermarket"}, "supermarket"),
        ({"amenity": "marketplace"}, "food_market"),
        ({"amenity": "parcel_locker"}, "parcel_point"),
        ({"amenity": "library"}, "culture_center"),
        ({"amenity": "community_centre"}, "culture_station"),
        ({"amenity": "community_centre", "name": "东坡路社区党群服务中心"}, "party_service_center"),
        ({"amenity": "social_facility", "social_facility": "nursing_home", "social_facility:for": "senior"}, None),
        (
            {"social_facility:for": "senior", "social_facility": "day_care", "amenity": "social_facility"},
            "elder_day_care",
        ),
        ({"leisure": "park"}, "park"),
        ({"leisure": "park", "name": "馆驿后口袋公园"}, "pocket_park"),
        ({"leisure": "garden"}, None),
        ({"leisure": "pitch"}, "multi_sport"),
        ({"leisure": "playground"}, "activity_ground"),
        ({"highway": "bus_stop"}, "bus_stop"),
        ({"public_transport": "platform", "bus": "yes"}, "bus_stop"),
        ({"public_transport": "platform", "tram": "yes"}, None),
        ({"railway": "subway_entrance"}, "metro_station"),
        ({"amenity": "charging_station"}, "ev_charger"),
        ({"amenity": "charging_station", "bicycle": "yes"}, "ebike_charging"),
        ({"amenity": "bicycle_parking"}, None),
        ({"amenity": "waste_basket"}, None),
        ({"amenity": "recycling", "recycling_type": "centre"}, "waste_station"),
        ({"amenity": "recycling", "recycling_type": "container"}, "waste_point"),
        ({"emergency": "fire_hydrant"}, "hydrant"),
        ({"emergency": "assembly_point"}, "shelter"),
        ({"amenity": "fire_station"}, None),
        ({}, None),
    ],
)
def test_a_kind_is_told_from_its_tags(tags: dict[str, str], kind: str | None) -> None:
    assert KindByTags(queries.facility_kinds())(tags) == kind


def test_the_answer_does_not_hang_on_the_order_of_tags() -> None:
    kind_of = KindByTags(queries.facility_kinds())
    tags = {"shop": "supermarket", "amenity": "pharmacy", "leisure": "park", "name": "物美生鲜"}

    answers = {kind_of(dict(order)) for order in (tags.items(), reversed(tags.items()))}

    assert answers == {"food_market"}
