"""Rounds: which there are, what they were measured by, and whose communities a scope may see in them."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from linli.domain.checkup import models
from linli.domain.checkup.rules import keeping
from linli.domain.people.rules import NotPermitted, Permission, Scope
from linli.domain.standards.rules import Pack


@dataclass(frozen=True, slots=True)
class RoundValue:
    """One check-up of a district. Fingerprints are SHA-256 in hexadecimal digits."""

    id: int
    district: int
    edition: int
    edition_fingerprint: str
    pack_key: str
    pack_fingerprint: str
    day: date
    answers_at: datetime
    answers_fingerprint: str
    inputs: str
    method: str
    recomputes: int | None
    """The older round beside which this one stands."""
    bands_known: bool
    synthetic: bool
    actor: int
    channel: str
    at: datetime


class NoSuchRound(Exception):
    """No round of this id, or none of which the scope may see anything."""


def rounds(scope: Scope, district: int, *, pack: str = "") -> tuple[RoundValue, ...]:
    """Rounds of a district, newest first; those of one pack if it is named. Nothing for who may see no area of it."""
    asked = models.Round.objects.filter(district_id=district).select_related("pack")
    if pack:
        asked = asked.filter(pack_key=pack)
    values = [value(row) for row in asked.order_by("-id")]
    return tuple(values) if values and visible(scope, values[0]) else ()


def round_by_id(scope: Scope, round: int) -> RoundValue:
    """A round of which the scope may see at least one community.

    Raises
    ------
    NoSuchRound
    """
    row = models.Round.objects.filter(pk=round).select_related("pack").first()
    if row is None or not visible(scope, value(row)):
        raise NoSuchRound(round)
    return value(row)


def value(row: models.Round) -> RoundValue:
    return RoundValue(
        id=row.pk,
        district=row.district_id,
        edition=row.edition_id,
        edition_fingerprint=row.edition_fingerprint,
        pack_key=row.pack_key,
        pack_fingerprint=row.pack.fingerprint,
        day=row.day,
        answers_at=row.answers_at,
        answers_fingerprint=row.answers_fingerprint,
        inputs=row.inputs,
        method=row.method,
        recomputes=row.recomputes_id,
        bands_known=row.bands_known,
        synthetic=row.synthetic,
        actor=row.actor,
        channel=row.channel,
        at=row.at,
    )


def visible(scope: Scope, round: RoundValue) -> frozenset[int]:
    """Communities of the round that the scope may see."""
    seen = sorted(scope.places(Permission.VIEW_CHECKUP))
    found = models.GradeResult.objects.filter(round_id=round.id, community_id__in=seen)
    return frozenset(found.values_list("community_id", flat=True))


def require_community(scope: Scope, round: RoundValue, community: int) -> None:
    """Refuse a community that the scope may not see."""
    if not scope.may(Permission.VIEW_CHECKUP, community):
        raise NotPermitted(Permission.VIEW_CHECKUP, community)


def round_pack(scope: Scope, round: int) -> Pack:
    """The pack by which a round was measured, with the figures of then."""
    round_by_id(scope, round)
    return kept_pack(round)


def kept_pack(round: int) -> Pack:
    """``round_pack`` for the operations of this room and for its own queries."""
    key = models.Round.objects.values_list("pack_id", flat=True).get(pk=round)
    return _unpacked(key)


@lru_cache(maxsize=16)
def _unpacked(kept: int) -> Pack:
    # Rows of kept packs never change, so an id may be remembered.
    return keeping.unpacked(bytes(models.KeptPack.objects.get(pk=kept).content))
