"""What is kept of scenarios: states, faults as JSON, and the summary of an effect that lists and comparisons read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import isnan, nan
from typing import Any

from linli.domain.planning.rules.scenarios.effects import AccessChange, Effect
from linli.domain.planning.rules.scenarios.faults import EditFault, FaultKind


class RevisionKind(StrEnum):
    CREATED = "created"
    REVISED = "revised"
    CARRIED_OVER = "carried_over"
    """Put on another edition as it is."""


class Standing(StrEnum):
    """How a scenario stands to the district's newest edition."""

    CURRENT = "current"
    OLDER = "older"
    """A newer edition is there, and nobody has carried the scenario over."""
    STUCK = "stuck"
    """Some of its edits do not hold on the newest edition."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class EffectSummary:
    """The figures of an effect that lists and comparisons show."""

    access: tuple[AccessChange, ...]
    closed: tuple[tuple[str, str], ...]
    """Shortfalls that are none any more: code of the community, indicator."""
    opened: tuple[tuple[str, str], ...]
    findings_changed: int
    raised: tuple[tuple[str, str, str], ...]
    """Communities with a better grade: code, before, after; "" for none."""
    lowered: tuple[tuple[str, str, str], ...]
    cost_fen: int
    cost_unknown: int


def summary_of(effect: Effect, communities: tuple[str, ...], ranks: Mapping[str, int]) -> EffectSummary:
    """The summary of an effect.

    Parameters
    ----------
    communities : codes in the order of the situation
    ranks : rank of each grade, the best first from 1
    """
    last = len(ranks) + 1
    moves = [
        (communities[change.after.community], change.before.grade or "", change.after.grade or "")
        for change in effect.verdicts
        if change.before.grade != change.after.grade
    ]
    return EffectSummary(
        access=effect.access,
        closed=tuple((communities[one.community], one.indicator) for one in effect.closed),
        opened=tuple((communities[one.community], one.indicator) for one in effect.opened),
        findings_changed=len(effect.findings),
        raised=tuple(move for move in moves if ranks.get(move[2], last) < ranks.get(move[1], last)),
        lowered=tuple(move for move in moves if ranks.get(move[2], last) > ranks.get(move[1], last)),
        cost_fen=effect.cost_fen,
        cost_unknown=effect.cost_unknown,
    )


def summary_to_json(summary: EffectSummary) -> dict[str, Any]:
    """NaN, which JSON does not have, becomes null."""
    plain = asdict(summary)
    for change in plain["access"]:
        for key, value in change.items():
            if isinstance(value, float) and isnan(value):
                change[key] = None
    return plain


def summary_from_json(plain: Mapping[str, Any]) -> EffectSummary:
    values: dict[str, Any] = dict(plain)
    values["access"] = tuple(AccessChange(**_numbers(change)) for change in plain["access"])
    for key in ("closed", "opened", "raised", "lowered"):
        values[key] = tuple(tuple(one) for one in plain[key])
    return EffectSummary(**values)


def _numbers(change: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: nan if value is None else tuple(value) if isinstance(value, list) else value
        for key, value in change.items()
    }


def fault_to_json(fault: EditFault) -> dict[str, Any]:
    return asdict(fault)


def fault_from_json(plain: Mapping[str, Any]) -> EditFault:
    place = plain["place"]
    return EditFault(**{**plain, "kind": FaultKind(plain["kind"]), "place": tuple(place) if place else None})
