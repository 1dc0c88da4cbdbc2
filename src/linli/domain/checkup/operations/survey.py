"""Take in what people report: figures, satisfaction, photos and documents."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from linli.domain.checkup import models, queries
from linli.domain.checkup.queries.answers import evidence_folder, evidence_value
from linli.domain.checkup.rules import survey
from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import NotPermitted, Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import QuestionKind

AGE_MAX = timedelta(days=3650)
_NUMBER_MAX = 1e12


@dataclass(frozen=True, slots=True)
class Report:
    """One figure as reported: a number; 1 or 0; or those satisfied of those asked."""

    numerator: float
    denominator: float | None = None
    note: str = ""


class WrongFigure(Exception):
    """The figure cannot be: below zero, no number, more satisfied than asked, or of a day that has not come."""

    def __init__(self, question: str) -> None:
        super().__init__(question)
        self.question = question


class NoSurveyQuestion(Exception):
    """No standard in force in the district asks residents this; whatever they answered would count nowhere."""


class SlipAlreadyCounted(Exception):
    """The slip or form was entered before; it counts once."""


@transaction.atomic
def report_figures(act: Act, scope: Scope, *, community: int, day: date, figures: Mapping[str, Report]) -> int:
    """Keep the reported figures of one community by question and return how many are new; one journal line.

    A figure equal to the one in force on its day is not written again, so the same workbook twice changes nothing.

    Raises
    ------
    NotPermitted, WrongFigure
    """
    _require(scope, community)
    for question, report in figures.items():
        if not _is_possible(report) or not _is_past(day, act):
            raise WrongFigure(question)
    known = _in_force(community, day)
    fresh = {q: r for q, r in figures.items() if known.get(q) != (r.numerator, r.denominator, r.note)}
    models.ReportedFigure.objects.bulk_create(
        models.ReportedFigure(
            community_id=community,
            question=question,
            numerator=report.numerator,
            denominator=report.denominator,
            note=report.note,
            day=day,
            actor=act.actor,
            behalf_of=act.behalf_of,
            channel=act.channel,
            at=act.at,
        )
        for question, report in fresh.items()
    )
    if fresh:
        said = {q: [r.numerator, r.denominator] for q, r in fresh.items()}
        journal.record(
            act,
            verb="checkup.report_figures",
            home=community,
            object=f"community:{community}",
            result={"day": day, "figures": said},
        )
    return len(fresh)


def _require(scope: Scope, community: int) -> None:
    """The right is held at communities: of a larger area there is nothing to report that would ever count."""
    require(scope, Permission.ENTER_SURVEY, community)
    if not places.is_community(community):
        raise NotPermitted(Permission.ENTER_SURVEY, community)


def _is_possible(report: Report) -> bool:
    numbers = [n for n in (report.numerator, report.denominator) if n is not None]
    return all(0 <= n <= _NUMBER_MAX for n in numbers) and (
        report.denominator is None or report.numerator <= report.denominator
    )


def _is_past(day: date, act: Act) -> bool:
    today = timezone.localdate(act.at)
    return today - AGE_MAX <= day <= today


def _in_force(community: int, day: date) -> dict[str, tuple[float, float | None, str]]:
    rows = models.ReportedFigure.objects.filter(community_id=community, day=day)
    newest = rows.order_by("question", "-id").distinct("question")
    return {row.question: (row.numerator, row.denominator, row.note) for row in newest}


@transaction.atomic
def open_survey(
    act: Act, scope: Scope, *, district: int, question: str, title: str, from_on: date, until_on: date
) -> queries.CampaignValue:
    """Open a survey of residents' satisfaction; its token makes the link that residents get.

    Raises
    ------
    NotPermitted, NoSurveyQuestion
    WrongFigure
        If it would end before it begins.
    """
    require(scope, Permission.RUN_CHECKUP, district)
    if not from_on < until_on:
        raise WrongFigure(question)
    if question not in _survey_questions(district, from_on):
        raise NoSurveyQuestion(question)
    row = models.SurveyCampaign.objects.create(
        district_id=district,
        question=question,
        title=title.strip()[:120],
        token=secrets.token_urlsafe(24),
        from_on=from_on,
        until_on=until_on,
        actor=act.actor,
        at=act.at,
    )
    journal.record(
        act, verb="checkup.open_survey", home=district, object=f"survey:{row.pk}", result={"question": question}
    )
    return queries.open_campaign(row.token, from_on)


def _survey_questions(district: int, day: date) -> frozenset[str]:
    packs = (standards.pack(key, day=day, district=district) for key in standards.packs())
    return frozenset(q.key for pack in packs for q in pack.questions if q.kind is QuestionKind.SATISFACTION)


@transaction.atomic
def record_satisfaction(act: Act, scope: Scope | None, *, token: str, community: int, level: int, slip: str) -> None:
    """Count one resident's answer, from very dissatisfied (1) to very satisfied (5), without a name.

    Parameters
    ----------
    scope : of the officer who enters a paper slip; None for a resident who answers by the survey's link
    slip : the number of the paper slip, or the random mark of the online form; it counts once in a survey and channel,
        so that no mark made up online can use up the number of a paper slip

    Raises
    ------
    NoSuchCampaign, NotPermitted, SlipAlreadyCounted
    WrongFigure
        If the level or slip cannot be, or the community is not one of the survey's district.
    """
    day = timezone.localdate(act.at)
    campaign = queries.open_campaign(token, day)
    if scope is not None:
        _require(scope, community)
    inside = places.is_community(community) and community in places.descendants([campaign.district], day)
    if not 1 <= level <= 5 or not survey.is_slip(slip) or not inside:
        raise WrongFigure(campaign.question)
    # Two forms sent at once must not both count; the one that comes second finds the row there.
    _, is_new = models.SurveyAnswer.objects.get_or_create(
        campaign_id=campaign.id,
        channel=act.channel,
        slip=slip.strip(),
        defaults={
            "community_id": community,
            "level": level,
            "day": day,
            "at": act.at,
            "actor": None if scope is None else act.actor,
        },
    )
    if not is_new:
        raise SlipAlreadyCounted(slip)
    journal.record(act, verb="checkup.record_satisfaction", home=community, object=f"survey:{campaign.id}", result={})


def add_evidence(
    act: Act,
    scope: Scope,
    *,
    community: int,
    question: str,
    content: bytes,
    name: str = "",
    day: date | None = None,
    longitude: float | None = None,
    latitude: float | None = None,
    note: str = "",
) -> queries.EvidenceValue:
    """Keep a photo or document behind a yes; the same file for the same question is kept once.

    Raises
    ------
    NotPermitted, NotEvidence
    WrongFigure
        If the day has not come or the place is none on earth.
    """
    [kept] = add_shared_evidence(
        act,
        scope,
        community=community,
        questions=[question],
        content=content,
        name=name,
        day=day,
        longitude=longitude,
        latitude=latitude,
        note=note,
    )
    return kept


@transaction.atomic
def add_shared_evidence(
    act: Act,
    scope: Scope,
    *,
    community: int,
    questions: Sequence[str],
    content: bytes,
    name: str = "",
    day: date | None = None,
    longitude: float | None = None,
    latitude: float | None = None,
    note: str = "",
) -> tuple[queries.EvidenceValue, ...]:
    """``add_evidence`` of one file that proves the answers to several questions; one journal line.

    Raises
    ------
    NotPermitted, NotEvidence, WrongFigure
    """
    _require(scope, community)
    kind = survey.file_type(content)
    on = timezone.localdate(act.at) if day is None else day
    if not _is_past(on, act) or not _is_on_earth(longitude, latitude):
        raise WrongFigure(",".join(questions))
    if not questions:
        return ()
    digest = sha256(content).hexdigest()
    _keep_file(digest, content)
    of_file = models.Evidence.objects.filter(community_id=community, digest=digest, question__in=questions)
    known = set(of_file.values_list("question", flat=True))
    fresh = [question for question in dict.fromkeys(questions) if question not in known]
    models.Evidence.objects.bulk_create(
        (
            models.Evidence(
                community_id=community,
                question=question,
                digest=digest,
                kind=kind.kind.value,
                media_type=kind.media_type,
                name=_plain_name(name, digest, kind.suffix),
                size=len(content),
                day=on,
                longitude=longitude,
                latitude=latitude,
                note=note,
                actor=act.actor,
                behalf_of=act.behalf_of,
                channel=act.channel,
                at=act.at,
            )
            for question in fresh
        ),
        # The same file sent twice at once is kept once.
        ignore_conflicts=True,
    )
    rows = {row.question: row for row in of_file}
    if fresh:
        journal.record(
            act,
            verb="checkup.add_evidence",
            home=community,
            object=f"evidence:{rows[fresh[0]].pk}",
            result={"questions": fresh, "digest": digest, "kind": kind.kind.value},
        )
    return tuple(evidence_value(rows[question]) for question in dict.fromkeys(questions))


def _is_on_earth(longitude: float | None, latitude: float | None) -> bool:
    if longitude is None or latitude is None:
        return longitude is None and latitude is None
    return -180 <= longitude <= 180 and -90 <= latitude <= 90


def _keep_file(digest: str, content: bytes) -> None:
    """Write the bytes under their digest. One left behind by an act that failed is found again by the next try."""
    path = survey.evidence_file(digest, evidence_folder())
    if path.is_file() and path.stat().st_size == len(content):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.write_bytes(content)
    draft.replace(path)


def _plain_name(name: str, digest: str, suffix: str) -> str:
    """The last part of a name, with the suffix that fits the bytes."""
    stem = Path(name.replace("\\", "/")).stem.strip() or digest[:12]
    return f"{stem[:180]}{suffix}"
