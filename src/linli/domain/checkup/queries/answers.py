"""What people reported: figures, satisfaction, evidence; and what of it counts on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from linli.domain.checkup import models
from linli.domain.checkup.rules import Answer, survey
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places


@dataclass(frozen=True, slots=True)
class AnswersInForce:
    """Answers by (place of the community, question), and a fingerprint of them all."""

    answers: Mapping[tuple[int, str], Answer]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ReportedValue:
    """The report in force on one question in one community."""

    question: str
    numerator: float
    denominator: float | None
    day: date
    note: str
    actor: int
    behalf_of: int | None
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceValue:
    id: int
    community: int
    question: str
    kind: str
    media_type: str
    name: str
    digest: str
    size: int
    day: date
    longitude: float | None
    latitude: float | None
    note: str
    actor: int
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CampaignValue:
    """A survey of residents. ``until_on`` is the first day on which it is closed."""

    id: int
    district: int
    question: str
    title: str
    token: str
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class CampaignCount:
    """What came in for one community."""

    community: int
    satisfied: int
    asked: int
    online: int
    paper: int
    last_on: date


class NoSuchCampaign(Exception):
    """No survey has this link, or it is not open on the day."""


class NoSuchEvidence(Exception):
    """No photo or document of this id in the areas of the scope."""


def answers_in_force(communities: Iterable[int], *, day: date, at: datetime) -> AnswersInForce:
    """All that counts on a day of what had come in by a moment; for the operations of this room.

    Of reports and surveys on the same question the later one counts; a survey's answers count as of its last one.
    """
    asked: dict[str, Any] = {"places": sorted(communities), "day": day, "at": at, "satisfied": survey.SATISFIED_FROM}
    found: dict[tuple[int, str], Answer] = {}
    with connection.cursor() as cursor:
        cursor.execute(_REPORTED, asked)
        for community, question, numerator, denominator, on in cursor.fetchall():
            found[community, question] = Answer(numerator, denominator, on)
        cursor.execute(_SURVEYED, asked)
        for community, question, satisfied, count, on in cursor.fetchall():
            reported = found.get((community, question))
            if reported is None or reported.day <= on:
                found[community, question] = Answer(satisfied, count, on)
        cursor.execute(_EVIDENCE, asked)
        for community, question, kinds in cursor.fetchall():
            reported = found.get((community, question))
            if reported is not None:
                found[community, question] = Answer(
                    reported.numerator, reported.denominator, reported.day, frozenset(kinds)
                )
    return AnswersInForce(found, fingerprint(found))


def fingerprint(answers: Mapping[tuple[int, str], Answer]) -> str:
    """SHA-256 over all answers, whatever their order."""
    mark = sha256()
    for (community, question), answer in sorted(answers.items()):
        said = answer.numerator, answer.denominator, answer.day.isoformat(), sorted(answer.evidence)
        mark.update(f"{community}\0{question}\0{said!r}\0".encode())
    return mark.hexdigest()


_REPORTED = """
SELECT DISTINCT ON (community_id, question) community_id, question, numerator, denominator, day
FROM checkup_reportedfigure WHERE community_id = ANY(%(places)s) AND day <= %(day)s AND at <= %(at)s
ORDER BY community_id, question, day DESC, id DESC
"""
_SURVEYED = """
SELECT DISTINCT ON (a.community_id, c.question) a.community_id, c.question,
    count(*) FILTER (WHERE a.level >= %(satisfied)s), count(*), max(a.day)
FROM checkup_surveyanswer a JOIN checkup_surveycampaign c ON c.id = a.campaign_id
WHERE a.community_id = ANY(%(places)s) AND a.day <= %(day)s AND a.at <= %(at)s
GROUP BY a.community_id, c.question, c.id ORDER BY a.community_id, c.question, max(a.day) DESC, c.id DESC
"""
_EVIDENCE = """
SELECT community_id, question, array_agg(DISTINCT kind) FROM checkup_evidence
WHERE community_id = ANY(%(places)s) AND day <= %(day)s AND at <= %(at)s GROUP BY community_id, question
"""


def reported(scope: Scope, community: int) -> Mapping[str, ReportedValue]:
    """The report in force on each question in one community."""
    require(scope, Permission.VIEW_CHECKUP, community)
    rows = models.ReportedFigure.objects.filter(community_id=community).order_by("question", "-day", "-id")
    newest = rows.distinct("question")
    return {
        row.question: ReportedValue(
            row.question,
            row.numerator,
            row.denominator,
            row.day,
            row.note,
            row.actor,
            row.behalf_of,
            row.channel,
            row.at,
        )
        for row in newest
    }


def evidence(scope: Scope, community: int, *, question: str = "") -> tuple[EvidenceValue, ...]:
    """Photos and documents of a community, newest first."""
    require(scope, Permission.VIEW_CHECKUP, community)
    rows = models.Evidence.objects.filter(community_id=community)
    if question:
        rows = rows.filter(question=question)
    return tuple(evidence_value(row) for row in rows.order_by("-id"))


def evidence_by_id(scope: Scope, evidence: int) -> EvidenceValue:
    """One photo or document; its bytes are read by ``evidence_content``.

    Raises
    ------
    NoSuchEvidence
    """
    row = models.Evidence.objects.filter(pk=evidence).first()
    if row is None or not scope.may(Permission.VIEW_CHECKUP, row.community_id):
        raise NoSuchEvidence(evidence)
    return evidence_value(row)


def evidence_content(scope: Scope, evidence: int) -> bytes:
    """The bytes of a photo or document, unchanged since they came in.

    Raises
    ------
    NoSuchEvidence
    """
    kept = evidence_by_id(scope, evidence)
    content = survey.evidence_file(kept.digest, evidence_folder()).read_bytes()
    assert sha256(content).hexdigest() == kept.digest, "a file of evidence was changed"
    return content


def evidence_folder() -> Path:
    """Where files of evidence lie."""
    return Path(settings.MEDIA_ROOT) / "evidence"


def evidence_value(row: models.Evidence) -> EvidenceValue:
    """A row as a value, for the operations of this room."""
    return EvidenceValue(
        id=row.pk,
        community=row.community_id,
        question=row.question,
        kind=row.kind,
        media_type=row.media_type,
        name=row.name,
        digest=row.digest,
        size=row.size,
        day=row.day,
        longitude=row.longitude,
        latitude=row.latitude,
        note=row.note,
        actor=row.actor,
        channel=row.channel,
        at=row.at,
    )


def campaigns(scope: Scope, district: int) -> tuple[CampaignValue, ...]:
    """Surveys of a district, newest first."""
    require(scope, Permission.VIEW_CHECKUP, district)
    return tuple(_campaign(row) for row in models.SurveyCampaign.objects.filter(district_id=district).order_by("-id"))


def open_campaigns(scope: Scope, district: int, day: date) -> tuple[CampaignValue, ...]:
    """Surveys open on a day, for whoever sees any part of the district: residents have their links anyway."""
    if not scope.places(Permission.VIEW_CHECKUP) & places.descendants([district], day):
        return ()
    rows = models.SurveyCampaign.objects.filter(district_id=district, from_on__lte=day, until_on__gt=day)
    return tuple(_campaign(row) for row in rows.order_by("-id"))


def campaign_counts(scope: Scope, campaign: int) -> tuple[CampaignCount, ...]:
    """What came in for each community that the scope may see."""
    with connection.cursor() as cursor:
        seen = sorted(scope.places(Permission.VIEW_CHECKUP))
        cursor.execute(_COUNTS, {"campaign": campaign, "places": seen, "satisfied": survey.SATISFIED_FROM})
        return tuple(CampaignCount(*row) for row in cursor.fetchall())


_COUNTS = """
SELECT community_id, count(*) FILTER (WHERE level >= %(satisfied)s), count(*),
    count(*) FILTER (WHERE channel = 'online'), count(*) FILTER (WHERE channel = 'paper'), max(day)
FROM checkup_surveyanswer WHERE campaign_id = %(campaign)s AND community_id = ANY(%(places)s)
GROUP BY community_id ORDER BY community_id
"""


def open_campaign(token: str, day: date) -> CampaignValue:
    """The survey behind a link, for residents without an account.

    Raises
    ------
    NoSuchCampaign
    """
    row = models.SurveyCampaign.objects.filter(token=token, from_on__lte=day, until_on__gt=day).first()
    if row is None:
        raise NoSuchCampaign(token)
    return _campaign(row)


def _campaign(row: models.SurveyCampaign) -> CampaignValue:
    return CampaignValue(row.pk, row.district_id, row.question, row.title, row.token, row.from_on, row.until_on)
