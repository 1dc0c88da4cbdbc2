"""Districts, packs, rounds and their findings for programs."""

from datetime import timedelta
from math import isfinite

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Status
from ninja.errors import HttpError

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import RoundValue
from linli.domain.checkup.rules import State
from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.places import queries as places
from linli.domain.places.queries import DistrictValue
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Indicator, Threshold
from linli.faces.api.parameters import Id, Word
from linli.faces.api.schemas import (
    CommunityOut,
    DistrictOut,
    EditionOut,
    FindingOut,
    IndicatorOut,
    JobOut,
    PackOut,
    Problem,
    RoundIn,
    RoundOut,
    ShortfallOut,
    ThresholdOut,
)
from linli.faces.components.declared import declares, signed_in
from linli.runtime.jobs import queue

router = Router(tags=["checkup"])
READING = (Purpose.CHECKUP, Purpose.DATA_UPKEEP, Purpose.AUDIT, Purpose.STANDARD_SETTING)
ERRORS = {400: Problem, 401: Problem, 403: Problem, 404: Problem}


def seen_districts(request: HttpRequest) -> tuple[DistrictValue, ...]:
    """Districts of which the person sees any area."""
    seen = {area.district for area in places.areas_tree(request.scope)}  # type: ignore[attr-defined]
    return tuple(one for one in places.districts() if one.place in seen)


def district_of(request: HttpRequest, code: str) -> DistrictValue:
    found = next((one for one in seen_districts(request) if one.code == code), None)
    if found is None:
        raise HttpError(404, _("没有这个区,或不在您的辖区内。"))
    return found


def _round(request: HttpRequest, round: int) -> RoundValue:
    try:
        return checkup.round_by_id(request.scope, round)  # type: ignore[attr-defined]
    except checkup.NoSuchRound:
        raise HttpError(404, _("没有这一轮体检,或不在您的辖区内。")) from None


@router.get("/districts", response={200: list[DistrictOut], **ERRORS})
@declares(Permission.VIEW_PLACES, purpose=READING)
def districts(request: HttpRequest) -> list[DistrictOut]:
    """Districts of which any area is seen."""
    return [
        DistrictOut(
            code=one.code,
            name=one.name,
            edition=one.edition.number if one.edition else None,
            synthetic=bool(one.edition and one.edition.synthetic),
        )
        for one in seen_districts(request)
    ]


@router.get("/districts/{code}/editions", response={200: list[EditionOut], **ERRORS})
@declares(Permission.VIEW_PLACES, purpose=READING)
def editions(request: HttpRequest, code: str) -> list[EditionOut]:
    """All editions of a district, newest first; for who sees the whole district."""
    found = places.editions(request.scope, district_of(request, code).place)  # type: ignore[attr-defined]
    return [
        EditionOut(
            number=one.number,
            kind=one.kind,
            fingerprint=one.fingerprint,
            day=one.day,
            source=one.source,
            licence=one.licence,
            withdrawn=one.is_withdrawn,
        )
        for one in found
    ]


@router.get("/districts/{code}/rounds", response={200: list[RoundOut], **ERRORS})
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def rounds(request: HttpRequest, code: str, pack: Word = "") -> list[RoundOut]:
    """Rounds of a district, newest first, of one pack if it is named."""
    found = checkup.rounds(request.scope, district_of(request, code).place, pack=pack)  # type: ignore[attr-defined]
    return [
        RoundOut(
            id=one.id,
            pack=one.pack_key,
            day=one.day,
            edition_fingerprint=one.edition_fingerprint,
            pack_fingerprint=one.pack_fingerprint,
            method=one.method,
            inputs=one.inputs,
            synthetic=one.synthetic,
            at=one.at,
        )
        for one in found
    ]


@router.get("/rounds/{round}/communities", response={200: list[CommunityOut], **ERRORS})
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def communities(request: HttpRequest, round: Id) -> list[CommunityOut]:
    """Communities with their grades. ``grade`` is "" where none is reached and null where it cannot be told."""
    _round(request, round)
    return [
        CommunityOut(
            code=one.code,
            name=one.name,
            people=one.people_total,
            people_estimated=one.people_estimated,
            types=list(one.types),
            grade=one.grade,
            next_grade=one.next_grade,
            **{state.value: one.counts.get(state, 0) for state in State},
        )
        for one in checkup.communities(request.scope, round)  # type: ignore[attr-defined]
    ]


@router.get("/rounds/{round}/findings", response={200: list[FindingOut], **ERRORS})
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def findings(request: HttpRequest, round: Id, community: Word = "", indicator: Word = "") -> list[FindingOut]:
    """Findings of a round, of one community (by code) or one indicator if it is named."""
    _round(request, round)
    codes = {one.place: one.code for one in checkup.communities(request.scope, round)}  # type: ignore[attr-defined]
    return [
        FindingOut(
            community=codes[one.community],
            indicator=one.indicator,
            value=_finite(one.value.number),
            unit=one.value.unit,
            numerator=_finite(one.value.numerator),
            denominator=_finite(one.value.denominator),
            state=one.state.value,
            reason=one.reason.value if one.reason else "",
            estimated=one.value.estimated,
            marked=one.marked,
            required=one.required,
        )
        for one in checkup.findings(request.scope, round)  # type: ignore[attr-defined]
        if community in ("", codes[one.community]) and indicator in ("", one.indicator)
    ]


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


@router.get("/rounds/{round}/shortfalls", response={200: list[ShortfallOut], **ERRORS})
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def shortfalls(request: HttpRequest, round: Id) -> list[ShortfallOut]:
    """What communities lack and for how many people, most people first."""
    _round(request, round)
    codes = {one.place: one.code for one in checkup.communities(request.scope, round)}  # type: ignore[attr-defined]
    found = checkup.shortfalls(request.scope, round)  # type: ignore[attr-defined]
    return [
        ShortfallOut(
            community=codes[one.community],
            indicator=one.indicator,
            people=one.people_total,
            people_by_age=list(one.people),
        )
        for one in found
    ]


@router.get("/packs", response={200: list[str], **ERRORS})
@declares(Permission.VIEW_STANDARDS, purpose=READING)
def packs(request: HttpRequest) -> list[str]:
    return list(standards.packs())


@router.get("/districts/{code}/packs/{pack}", response={200: PackOut, **ERRORS})
@declares(Permission.VIEW_STANDARDS, purpose=READING)
def pack(request: HttpRequest, code: str, pack: str) -> PackOut:
    """A pack with the figures in force today in a district, local ones included."""
    found = district_of(request, code)
    try:
        standing = standards.pack(pack, day=timezone.localdate(), district=found.place)
    except standards.UnknownPack:
        raise HttpError(404, _("没有这个标准。")) from None
    return PackOut(
        key=standing.key,
        zh=standing.zh,
        en=standing.en,
        valid_from=standing.valid_from,
        fingerprint=standing.fingerprint,
        indicators=[_indicator(one) for one in standing.indicators],
    )


def _indicator(one: Indicator) -> IndicatorOut:
    return IndicatorOut(
        key=one.key,
        number=one.number,
        scene=one.scene,
        zh=one.zh,
        en=one.en,
        measure=one.measure.kind.value,
        unit=one.measure.unit,
        thresholds=[_threshold(each) for each in one.thresholds],
    )


def _threshold(one: Threshold) -> ThresholdOut:
    return ThresholdOut(
        key=one.key,
        bar=one.bar.value,
        comparison=one.comparison.value,
        value=str(one.value),
        unit=one.unit,
        confidence=one.confidence.value,
        decides=one.confidence.decides,
        source=one.source,
        clause=one.clause,
        valid_from=one.valid_from,
    )


@router.post("/rounds", response={202: JobOut, **ERRORS})
@declares(Permission.RUN_CHECKUP, purpose=Purpose.CHECKUP)
def start_round(request: HttpRequest, asked: RoundIn) -> Status[JobOut]:
    """Start a round of the check-up as a job."""
    found = district_of(request, asked.district)
    require(request.scope, Permission.RUN_CHECKUP, found.place)  # type: ignore[attr-defined]
    if asked.pack not in standards.packs():
        raise HttpError(400, _("没有这个标准。"))
    today = timezone.localdate()
    if not today - timedelta(days=36500) < asked.day <= today:
        raise HttpError(400, _("体检日须是今天或更早的日期。"))
    arguments = {"district": found.place, "pack": asked.pack, "day": asked.day.isoformat()}
    person = int(request.user.pk)  # type: ignore[arg-type]
    job = queue.enqueue("desk.round", person=person, home=found.place, **arguments)
    return Status(202, _job(queue.ticket(job)))


@router.get("/jobs/{job}", response={200: JobOut, **ERRORS})
@signed_in
def job(request: HttpRequest, job: Id) -> JobOut:
    """A job of one's own."""
    try:
        ticket = queue.ticket(job)
    except queue.JobNotFound:
        raise HttpError(404, _("没有这个任务。")) from None
    if ticket.person != request.user.pk:
        raise HttpError(404, _("没有这个任务。"))
    return _job(ticket)


def _job(ticket: queue.Ticket) -> JobOut:
    return JobOut(
        id=ticket.id,
        kind=ticket.kind,
        state=ticket.state.value,
        done=ticket.done,
        total=ticket.total,
        message=ticket.message,
        result=ticket.result,
    )
