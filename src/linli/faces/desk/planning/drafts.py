"""What the editor sends with every question, read with care: everything in it may be wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _

from linli.domain.planning.rules.scenarios import edits as planned
from linli.domain.planning.rules.scenarios.edits import Edit
from linli.domain.planning.rules.scenarios.faults import EditFault, EditsRefused
from linli.faces.components.bases import Asked


class BadDraft(Exception):
    """What was sent is no draft at all; ``sentence`` says so to a person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Draft:
    """``shown``: the indicator whose homes the map shows; "" for the one that changes most."""

    edits: tuple[Edit, ...]
    """Those that have the form of an edit."""
    numbers: tuple[int, ...]
    """Which of the edits sent each of these is, from 0."""
    faults: tuple[EditFault, ...]
    """Of the others."""
    asked: Asked
    shown: str
    said: Mapping[str, Any]
    """The rest of what was sent."""


def read(body: bytes, *, packs: tuple[str, ...], slices: tuple[str, ...]) -> Draft:
    """The draft in the body of a request.

    Raises
    ------
    BadDraft
    EditsRefused
        If there is no list of edits, or too long a one.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise BadDraft(_("收到的内容读不懂。请刷新页面后再试。")) from None
    pieces = said if isinstance(said, dict) else {}
    pack, slice_key, shown = (pieces.get(key, "") for key in ("pack", "slice", "shown"))
    day, at = _day(pieces.get("day")), _moment(pieces.get("at"))
    if pack not in packs or slice_key not in ("", *slices) or not isinstance(shown, str) or day is None or at is None:
        raise BadDraft(_("收到的内容不完整。请刷新页面后再试。"))
    asked = Asked(str(pack), day, at, str(slice_key))
    return Draft(*_edits(pieces.get("edits", [])), asked, shown, pieces)


def _edits(said: object) -> tuple[tuple[Edit, ...], tuple[int, ...], tuple[EditFault, ...]]:
    """What can be read of a list: one edit that is half entered does not hide what the others do."""
    try:
        edits = planned.from_json(said)
        return edits, tuple(range(len(edits))), ()
    except EditsRefused as refused:
        faulty = {fault.number for fault in refused.faults}
        if 0 in faulty or not isinstance(said, list):
            raise
        kept = tuple(n for n in range(len(said)) if n + 1 not in faulty)
        return planned.from_json([said[n] for n in kept]), kept, refused.faults


def _day(said: object) -> date | None:
    try:
        return parse_date(said) if isinstance(said, str) else None
    except ValueError:
        return None


def _moment(said: object) -> datetime | None:
    try:
        found = parse_datetime(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return found if found is not None and is_aware(found) else None
