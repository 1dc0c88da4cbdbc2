"""Who did something, when and by which channel; how lines are chained, and what a broken chain says."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

OPERATOR = 0
"""Actor of what is done at the machine itself (command line, periodic jobs): no person's id is 0."""

NO_HOME = 0
"""Chain of the lines that belong to no place: no place's id is 0."""


class Channel(StrEnum):
    """How an act reached the system; every online act has a twin on the other channels."""

    ONLINE = "online"
    PAPER = "paper"
    PHONE = "phone"
    HELPER = "helper"


@dataclass(frozen=True, slots=True)
class Act:
    """One act as it enters the domain: the clock is read by the face, never inside.

    ``actor`` and ``behalf_of`` are ids of persons; ``at`` carries a time zone.
    """

    actor: int
    at: datetime
    channel: Channel
    behalf_of: int | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("Act.at needs a time zone")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as it was written. ``cluster`` and ``transaction`` say which database transaction brought it."""

    id: int
    home: int | None
    at: datetime
    actor: int
    channel: str
    behalf_of: int | None
    verb: str
    object: str
    result: Mapping[str, Any]
    cluster: int
    transaction: int


@dataclass(frozen=True, slots=True)
class Link:
    """The place of a line in its home's chain. ``line`` is None where the line itself is gone."""

    line_id: int
    position: int
    digest: bytes
    chain: bytes
    line: Entry | None


@dataclass(frozen=True, slots=True)
class SealValue:
    """What closes a stretch of a chain: positions ``from_position`` up to, not including, ``until_position``."""

    home: int
    number: int
    from_position: int
    until_position: int
    previous: bytes
    chain: bytes
    root: bytes
    at: datetime
    cluster: int
    horizon: int


class Tampering(StrEnum):
    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    SEAL_CHANGED = "seal_changed"


@dataclass(frozen=True, slots=True)
class Trace:
    """One sign of tampering. ``line`` is the id of the line, ``position`` its place in the chain, ``seal`` a number."""

    tampering: Tampering
    line: int | None = None
    position: int | None = None
    seal: int | None = None


def canonical(value: Any) -> bytes:
    """The one spelling of a value that is hashed: JSON with sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def digest(line: Entry) -> bytes:
    """SHA-256 of everything a line says."""
    fields = [line.id, line.home, _moment(line.at), line.actor, line.channel, line.behalf_of, line.verb, line.object]
    return hashlib.sha256(canonical([*fields, line.result, line.cluster, line.transaction])).digest()


def opening(home: int) -> bytes:
    """What the first link of a home's chain follows."""
    return hashlib.sha256(canonical(["linli journal", home])).digest()


def chained(previous: bytes, line_digest: bytes) -> bytes:
    return hashlib.sha256(previous + line_digest).digest()


def root(seal: SealValue) -> bytes:
    """SHA-256 of everything a seal says but the root itself; binds the seal to the one before it."""
    positions = [seal.from_position, seal.until_position]
    hashes = [seal.previous.hex(), seal.chain.hex()]
    origin = [_moment(seal.at), seal.cluster, seal.horizon]
    return hashlib.sha256(canonical([seal.home, seal.number, *positions, *hashes, *origin])).digest()


def broken_links(home: int, links: Iterable[Link]) -> Iterable[Trace]:
    """Read a chain in order and name each line that is not as it was sealed.

    The stored hashes lead from link to link, so that one change is named once, where it is.
    """
    chain, position = opening(home), 0
    for link in links:
        for lost in range(position, link.position):
            yield Trace(Tampering.MISSING, position=lost)
        if link.line is None:
            yield Trace(Tampering.MISSING, line=link.line_id, position=link.position)
        elif digest(link.line) != link.digest or (
            position == link.position and chained(chain, link.digest) != link.chain
        ):
            yield Trace(Tampering.CHANGED, line=link.line_id, position=link.position)
        chain, position = link.chain, link.position + 1


def broken_seals(home: int, seals: Iterable[SealValue], chains: Mapping[int, bytes]) -> Iterable[Trace]:
    """Name each seal that is not as it was made.

    Parameters
    ----------
    chains : position -> hash
        What the links now say at the last position of each seal.
    """
    previous, position, number = opening(home), 0, 1
    for seal in seals:
        whole = seal.number == number and seal.from_position == position and seal.previous == previous
        kept = chains.get(seal.until_position - 1) == seal.chain
        if not whole or not kept or root(seal) != seal.root:
            yield Trace(Tampering.SEAL_CHANGED, seal=seal.number)
        previous, position, number = seal.root, seal.until_position, seal.number + 1
