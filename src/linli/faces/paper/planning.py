"""Answers of planning that are kept in the database, as far as a person sees them, ready to be written."""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np

from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.places.queries import EditionValue
from linli.domain.planning.queries import units
from linli.domain.planning.queries.scenarios import ScenarioValue
from linli.domain.planning.queries.sitings import SitingValue
from linli.domain.standards import queries as standards
from linli.faces.components.planning.effect_sheets import Told
from linli.faces.components.planning.pages import Page
from linli.faces.components.planning.seen import effect_seen
from linli.faces.components.planning.siting_sheets import Sited
from linli.faces.components.planning.unit_sheets import Drawn


class NothingToExport(Exception):
    """There is no answer yet."""


def kind_names() -> dict[str, str]:
    return {kind.key: kind.zh for kind in standards.facility_kinds()}


def page(scope: Scope, edition: EditionValue, district: str, basis: str, printed_at: datetime) -> Page:
    """The frame of printed pages, with the communities that the person sees."""
    seen = scope.places(Permission.EXPORT)
    shapes = [one.geometry for one in places.records(scope, "communities", edition.id) if one.place in seen]
    outlines = np.empty(len(shapes), dtype=object)
    outlines[:] = shapes
    told = f"第 {edition.number} 版 {edition.fingerprint[:8]} · {basis}"
    return Page(district, told, edition.synthetic, printed_at, outlines)


def scenario_told(scope: Scope, found: ScenarioValue, *, pack: str, day: date, slice: str, at: datetime) -> Told:
    """A scenario with its effect. Of a part of the district only its residents and communities count.

    Raises
    ------
    NotPermitted
    EditsRefused
    """
    require(scope, Permission.EXPORT, found.home)
    edition = places.edition(scope, found.district, number=found.edition_number)
    return effect_seen(
        scope, edition, found.edits, pack=pack, day=day, at=at, slice=slice, permission=Permission.EXPORT
    )


def siting_told(scope: Scope, found: SitingValue) -> Sited:
    """A siting with its answer.

    Raises
    ------
    NotPermitted
    NothingToExport
    """
    require(scope, Permission.EXPORT, found.home)
    answer = found.answer or found.infeasible
    if answer is None:
        raise NothingToExport(found.id)
    return Sited(found.problem, answer, kind_names())


def units_drawn(scope: Scope, proposals: Sequence[int]) -> Drawn:
    """Proposals of one study, drawn.

    Raises
    ------
    NotPermitted, NoSuchUnitStudy
    NothingToExport
    """
    if not proposals:
        raise NothingToExport
    for proposal in proposals:
        study = units.unit_study(scope, units.unit_proposal(scope, proposal).study)
        require(scope, Permission.EXPORT, study.district)
    return Drawn(tuple(units.drawn_proposal(scope, one) for one in proposals), kind_names())
