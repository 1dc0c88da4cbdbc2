"""Who did something, when and by which channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
