"""What if, for programs: edits come with the request, and nothing is kept; and the scenarios that people keep."""

from collections.abc import Iterable
from math import isfinite

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router
from ninja.errors import HttpError

from linli.compute.network import INFINITY_CM
from linli.domain.checkup.rules import Shortfall
from linli.domain.people.rules import Permission, Purpose
from linli.domain.places import queries as places
from linli.domain.places.rules.walkways import NoWalkableStreet
from linli.domain.planning import queries
from linli.domain.planning.queries import ScenarioValue
from linli.domain.planning.rules.scenarios.edits import from_json, to_json
from linli.domain.planning.rules.scenarios.effects import AccessChange
from linli.domain.planning.rules.scenarios.faults import EditsRefused
from linli.domain.standards import queries as standards
from linli.faces.api.checkups import ERRORS, district_of
from linli.faces.api.parameters import Id
from linli.faces.api.schemas import (
    AccessOut,
    EffectOut,
    FindingChangeOut,
    GradeChangeOut,
    HomeChangeOut,
    ScenarioOut,
    ShortfallOut,
    WhatIfIn,
)
from linli.faces.components import edit_faults
from linli.faces.components.declared import declares
from linli.faces.components.planning.effect_sheets import Homes, Told
from linli.faces.components.planning.seen import effect_seen

router = Router(tags=["planning"])
READING = (Purpose.PLANNING, Purpose.AUDIT)


@router.post("/what-if", response={200: EffectOut, **ERRORS})
@declares(Permission.VIEW_CHECKUP, purpose=READING, methods=("POST",))
def what_if(request: HttpRequest, asked: WhatIfIn) -> EffectOut:
    """The effect of a list of edits on the newest edition of a district. Nothing is kept."""
    district = district_of(request, asked.district)
    if asked.pack not in standards.packs():
        raise HttpError(404, _("没有这套标准。"))
    if asked.slice and asked.slice not in {one.key for one in standards.time_slices()}:
        raise HttpError(400, _("没有这个时段。"))
    now = timezone.now()
    day = asked.day or timezone.localdate(now)
    scope = request.scope  # type: ignore[attr-defined]
    try:
        edition = places.current(scope, district.place)
        edits = from_json(asked.edits)
        told = effect_seen(scope, edition, edits, pack=asked.pack, day=day, at=now, slice=asked.slice)
    except (places.NoSuchEdition, places.EmptyEdition, NoWalkableStreet):
        raise HttpError(404, _("这个区还没有可以推演的数据。")) from None
    except EditsRefused as refused:
        raise HttpError(400, _refusal(refused)) from None
    effect = told.effect
    return EffectOut(
        edition=edition.number,
        edition_fingerprint=edition.fingerprint,
        pack=asked.pack,
        day=day,
        slice=asked.slice,
        access=[_access(one) for one in effect.access],
        findings=[
            FindingChangeOut(
                community=told.situation.areas.code[one.after.community],
                indicator=one.after.indicator,
                value_before=_finite(one.before.value.number),
                value_after=_finite(one.after.value.number),
                state_before=one.before.state.value,
                state_after=one.after.state.value,
            )
            for one in effect.findings
        ],
        grades=[
            GradeChangeOut(
                community=told.situation.areas.code[one.after.community],
                before=one.before.grade,
                after=one.after.grade,
            )
            for one in effect.verdicts
            if one.before.grade != one.after.grade
        ],
        closed=_shortfalls(told, effect.closed),
        opened=_shortfalls(told, effect.opened),
        homes_changed=len(set(effect.walks.building.tolist())),
        homes=_homes(told) if asked.homes else None,
        cost_fen=effect.cost_fen,
        cost_unknown=effect.cost_unknown,
    )


def _refusal(refused: EditsRefused) -> str:
    """Every fault with the number of its edit, in one text."""
    told = [
        _("第 %(number)s 处:%(why)s") % {"number": fault.number, "why": edit_faults.sentence(fault)}
        if fault.number
        else edit_faults.sentence(fault)
        for fault in refused.faults
    ]
    return " ".join(told)


def _access(one: AccessChange) -> AccessOut:
    figures = (
        "mean_m_before",
        "mean_m_after",
        "gini_before",
        "gini_after",
        "worst_tenth_m_before",
        "worst_tenth_m_after",
    )
    return AccessOut(
        indicator=one.indicator,
        gained=one.gained_total,
        gained_by_age=list(one.gained),
        lost=one.lost_total,
        lost_by_age=list(one.lost),
        covered_before=one.covered_before,
        covered_after=one.covered_after,
        people_before=one.people_before,
        people_after=one.people_after,
        **{name: _finite(getattr(one, name)) for name in figures},
    )


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


def _shortfalls(told: Told, found: Iterable[Shortfall]) -> list[ShortfallOut]:
    return [
        ShortfallOut(
            community=told.situation.areas.code[one.community],
            indicator=one.indicator,
            people=one.people_total,
            people_by_age=list(one.people),
        )
        for one in found
    ]


def _homes(told: Told) -> list[HomeChangeOut]:
    walks, key = told.effect.walks, Homes.of(told).key
    rows = zip(*(part.tolist() for part in (walks.building, walks.kind, walks.before_cm, walks.after_cm)), strict=True)
    return [
        HomeChangeOut(
            building=key[building],
            kind=told.situation.facility_kinds[kind],
            before_m=None if before >= INFINITY_CM else before / 100,
            after_m=None if after >= INFINITY_CM else after / 100,
        )
        for building, kind, before, after in rows
    ]


@router.get("/districts/{code}/scenarios", response={200: list[ScenarioOut], **ERRORS})
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def scenarios(request: HttpRequest, code: str) -> list[ScenarioOut]:
    """Scenarios of a district that stand, newest first."""
    found = queries.scenarios(request.scope, district_of(request, code).place)  # type: ignore[attr-defined]
    return [_scenario(one) for one in found]


@router.get("/scenarios/{scenario}", response={200: ScenarioOut, **ERRORS})
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def scenario(request: HttpRequest, scenario: Id) -> ScenarioOut:
    """One scenario with its edits, as ``what-if`` takes them."""
    try:
        return _scenario(queries.scenario(request.scope, scenario))  # type: ignore[attr-defined]
    except queries.NoSuchScenario:
        raise HttpError(404, _("没有这个方案,或不在您的辖区内。")) from None


def _scenario(one: ScenarioValue) -> ScenarioOut:
    return ScenarioOut(
        id=one.id,
        name=one.name,
        day=one.day,
        edition=one.edition_number,
        standing=one.standing.value,
        revision=one.revision,
        revised_at=one.revised_at,
        edits=to_json(one.edits),
        cost_fen=one.cost_fen,
        cost_unknown=one.cost_unknown,
    )
