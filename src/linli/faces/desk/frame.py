"""What every page of the desk stands on: the district, its areas, the chosen round and the words for all of these."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import CommunityValue, RoundValue
from linli.domain.people.rules import Permission, Purpose
from linli.domain.places import queries as places
from linli.domain.places.queries import AreaValue
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Pack
from linli.faces.components import words
from linli.faces.components.scope import Request

READING = (Purpose.CHECKUP, Purpose.AUDIT)
UPKEEP = (Purpose.DATA_UPKEEP, Purpose.AUDIT)
SETTING = (Purpose.STANDARD_SETTING, Purpose.CHECKUP, Purpose.AUDIT)
"""Purposes of pages; the first that the person may act for becomes the scope's, and so decides what is offered."""

DISTRICT = "district"
"""Under this name a session keeps the district that its person looks at."""


@dataclass(frozen=True, slots=True)
class DistrictName:
    place: int
    code: str
    name: str


class Frame:
    """One request's view of one district; each part is asked for once, and only if a page shows it."""

    def __init__(self, request: Request, *, round: int | None = None) -> None:
        self.request = request
        self.scope = request.scope
        self.asked = request.GET.get("round", "") if round is None else str(round)

    @cached_property
    def tree(self) -> tuple[AreaValue, ...]:
        return places.areas_tree(self.scope)

    @cached_property
    def district(self) -> DistrictName:
        """The district chosen before, else the first that the person sees."""
        found = {area.place: area for area in self.tree if area.layer == "district"}
        chosen = found.get(self.request.session.get(DISTRICT, 0)) or next(iter(found.values()), None)
        if chosen is None:
            raise Http404
        return DistrictName(chosen.place, chosen.code, chosen.name)

    @cached_property
    def areas(self) -> Mapping[int, AreaValue]:
        return {area.place: area for area in self.tree if area.district == self.district.place}

    @cached_property
    def rounds(self) -> tuple[RoundValue, ...]:
        return checkup.rounds(self.scope, self.district.place)

    @cached_property
    def round(self) -> RoundValue | None:
        """The round that the address names, else the newest."""
        if self.asked:
            found = next((one for one in self.rounds if str(one.id) == self.asked), None)
            if found is None:
                raise Http404
            return found
        return self.rounds[0] if self.rounds else None

    def require_round(self) -> RoundValue:
        if self.round is None:
            raise Http404
        return self.round

    @cached_property
    def pack(self) -> Pack:
        return checkup.round_pack(self.scope, self.require_round().id)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Facility kinds in words."""
        return {kind.key: words.name(kind) for kind in standards.facility_kinds()}

    @cached_property
    def grades(self) -> Mapping[str, str]:
        return {grade.key: words.name(grade) for grade in self.pack.grades}

    @property
    def manages_data(self) -> bool:
        return self.district.place in self.scope.places(Permission.VIEW_PLACES)

    def area_name(self, place: int | None) -> str:
        area = self.areas.get(place or 0)
        return area.name if area else _("未划入街道")

    def community_url(self, community: CommunityValue) -> str:
        return f"{reverse('desk:community', args=[community.code])}{self.round_query}"

    @property
    def round_query(self) -> str:
        """Keeps a round that was chosen by hand in the addresses of links."""
        return f"?round={self.round.id}" if self.round and self.asked else ""

    def pack_title(self, key: str, day: date) -> str:
        try:
            return words.name(standards.pack(key, day=day, local=False))
        except standards.UnknownPack:
            return key

    def context(self, **more: Any) -> dict[str, Any]:
        """The context of a page, with what its frame needs."""
        shown = self.round
        context: dict[str, Any] = {
            "district": self.district,
            "place_menu": self._menu(),
            "synthetic": self._synthetic(),
        }
        if shown is not None:
            context["round"] = {"id": shown.id, "day": shown.day, "pack_title": words.name(self.pack)}
        return context | more

    def _synthetic(self) -> bool:
        """Whether what the page shows is invented: the round says so, or the newest data do."""
        if self.round is not None:
            return self.round.synthetic
        try:
            return places.current(self.scope, self.district.place).synthetic
        except places.NoSuchEdition:
            return False

    def _menu(self) -> list[dict[str, Any]]:
        """Districts, then subdistricts; a subdistrict leads to its communities."""
        listing = reverse("desk:communities")
        districts = [
            {"url": reverse("desk:district", args=[area.place]), "name": area.name, "indent": False}
            for area in self.tree
            if area.layer == "district"
        ]
        subdistricts = [
            {"url": f"{listing}?subdistrict={area.name}", "name": area.name, "indent": True}
            for area in self.areas.values()
            if area.layer == "subdistricts"
        ]
        return districts + subdistricts
