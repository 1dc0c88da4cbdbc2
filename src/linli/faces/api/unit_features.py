"""The implementation units of a district's plan in force, as a collection beside its layers."""

import json
from typing import Any

import shapely
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.domain.places.queries import Box, DistrictValue
from linli.domain.planning.queries import units
from linli.domain.planning.queries.units import PlannedUnit, PlanValue

KEY = "units"
"""In the place of a layer's key."""


def plan(request: HttpRequest, district: DistrictValue) -> PlanValue | None:
    """The plan in force today, if the person sees any of it."""
    return units.plan_in_force(request.scope, district.place, timezone.localdate())  # type: ignore[attr-defined]


def described(district: DistrictValue, found: PlanValue) -> dict[str, Any]:
    return {
        "id": f"{district.code}.{KEY}",
        "title": _("%(district)s 实施单元") % {"district": district.name},
        "description": _("自 %(day)s 起的单元划分,%(count)s 个单元")
        % {"day": found.from_on.isoformat(), "count": found.units},
        "itemType": "feature",
    }


def features(request: HttpRequest, found: PlanValue, box: Box | None) -> list[dict[str, Any]]:
    """Units that meet a box, in the order of their numbers."""
    every = units.planned_units(request.scope, found.id)  # type: ignore[attr-defined]
    within = None if box is None else shapely.box(*box)
    return [feature(one) for one in every if within is None or shapely.intersects(one.geometry, within)]


def feature(one: PlannedUnit) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": one.id,
        "geometry": json.loads(shapely.to_geojson(one.geometry)),
        "properties": {
            "number": one.number + 1,
            "people": one.people,
            "majority": one.majority,
            "area_m2": one.area_m2,
            "radius_m": one.radius_m,
            "compactness": one.compactness,
            "exception": one.exception,
        },
    }
