"""Sites that a siting may choose from: idle premises, buildings where nobody lives, points drawn on the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shapely

from linli.domain.people.rules import Permission, Scope
from linli.domain.places import queries as places
from linli.domain.places.queries import Feature
from linli.domain.planning.rules.siting.problems import Candidate, Origin
from linli.domain.standards.rules import Pack
from linli.faces.desk.planning.siting_form import Point, SitingForm

BUILDINGS_MOST = 500
"""The largest are taken; a search among more would take longer than anyone waits for a page."""
_USES = ("public", "commercial", "industrial")


@dataclass(frozen=True, slots=True)
class Site:
    """A candidate without its ways of supply, with what a list shows of it."""

    candidate: Candidate
    note: str = ""


def sites(
    scope: Scope, edition: int, home: int, origins: frozenset[Origin], names: Mapping[int, str]
) -> tuple[Site, ...]:
    """Premises and buildings of an area, premises first. ``names``: of areas, for places without a name."""
    areas = places.descendants([home], scope.day) & scope.places(Permission.VIEW_PLACES)
    found: list[Site] = []
    if Origin.PREMISES in origins:
        rows = _records(scope, "premises", edition, areas)
        found += [
            _site(one, Origin.PREMISES, "area_m2", names) for one in rows if one.attributes.get("state") == "idle"
        ]
    if Origin.BUILDING in origins:
        rows = [one for one in _records(scope, "buildings", edition, areas) if one.attributes.get("use") in _USES]
        rows.sort(key=lambda one: -float(one.attributes.get("floor_area_m2") or 0))  # type: ignore[arg-type]  # a number
        found += [_site(one, Origin.BUILDING, "floor_area_m2", names) for one in rows[:BUILDINGS_MOST]]
    return tuple(found)


def _records(scope: Scope, layer: str, edition: int, areas: frozenset[int]) -> list[Feature]:
    return [one for one in places.records(scope, layer, edition) if one.geometry is not None and one.area in areas]


def _site(one: Feature, origin: Origin, area_field: str, names: Mapping[int, str]) -> Site:
    assert one.geometry is not None
    at = shapely.point_on_surface(one.geometry)
    area = one.attributes.get(area_field)
    known = float(area) if isinstance(area, int | float) and area > 0 else None
    candidate = Candidate(
        one.key,
        one.name or f"{names.get(one.area or 0, '')} {one.key}".strip(),
        (round(float(at.x), 7), round(float(at.y), 7)),
        origin,
        (),
        known,
    )
    return Site(candidate, str(one.attributes.get("holder") or ""))


def chosen(form: SitingForm, found: Sequence[Site]) -> tuple[Candidate, ...]:
    """What the form leaves on the list, and what was drawn."""
    taken = [one.candidate for one in found if one.candidate.key not in form.left_out]
    return (*taken, *(_drawn(n, point) for n, point in enumerate(form.points, 1)))


def _drawn(number: int, point: Point) -> Candidate:
    return Candidate(f"point-{number}", point.name, point.at, Origin.POINT, ())


def limits(pack: Pack | None, defaults: Mapping[str, float]) -> Mapping[str, float]:
    """How far people may walk to each kind: as the standard's first indicator says, else the usual radius."""
    found = dict(defaults)
    for one in reversed(pack.indicators if pack else ()):
        meters = one.measure.parameters.get("limit_m")
        for kind in one.measure.facility_kinds if one.measure.walks and isinstance(meters, int | float) else ():
            found[kind] = float(meters)  # type: ignore[arg-type]  # told to be a number above
    return found
