"""The effect of edits some of which may be refused: those are said, each in a sentence, and the others count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from linli.domain.planning.measures.scenarios.effects import after, effect, effect_of, resolved_over
from linli.domain.planning.operations import Found
from linli.domain.planning.rules.scenarios.edits import Edit
from linli.domain.planning.rules.scenarios.effects import Effect
from linli.domain.planning.rules.scenarios.faults import EditFault, EditsRefused
from linli.domain.planning.rules.scenarios.summaries import summary_of
from linli.faces.components import edit_faults
from linli.faces.components.bases import Standing

ROUNDS_AT_MOST = 12


def effect_on(
    on: Standing, edits: Sequence[Edit], numbers: Sequence[int] | None = None, *, sees_all: bool
) -> tuple[Effect, list[dict[str, Any]]]:
    """The effect of the edits that hold, and the refusals of the rest, by ``numbers`` of the edits, default from 0.

    Whoever does not see all of the district is not told how many people live where the edits cut homes off.
    """
    by_number = dict(zip(range(len(edits)) if numbers is None else numbers, edits, strict=True))
    kept = list(by_number)
    refusals: list[dict[str, Any]] = []
    for _round in range(ROUNDS_AT_MOST):
        try:
            return effect(on.base, _renumbered(by_number, kept)), refusals
        except EditsRefused as refused:
            refusals += [_told(fault, kept) for fault in edit_faults.as_seen(refused.faults, sees_all=sees_all)]
            out = {_position(fault, kept) for fault in refused.faults}
            kept = [n for position, n in enumerate(kept) if position not in out]
    # Every round may name one more closure that cuts homes off; nobody waits for a hundred of them.
    text = _("前面有太多修改不成立,这一处没有推算。请先改正前面的。")
    refusals += [{"edit": n, "text": text, "at": None} for n in kept]
    return effect(on.base, ()), refusals


def found_of(on: Standing, edits: Sequence[Edit]) -> Found:
    """The effect of edits that hold, ready to be kept with the scenario that says them.

    Raises
    ------
    EditsRefused
    """
    resolved = resolved_over(on.base, edits)
    ranks = {grade.key: rank for rank, grade in enumerate(on.pack.grades, start=1)}
    found = effect_of(on.base, resolved, after(on.base, resolved))
    return Found(on.base.slice, resolved.fingerprint, summary_of(found, on.ground.situation.areas.code, ranks))


def refusals_of(faults: Iterable[EditFault]) -> list[dict[str, Any]]:
    """Faults of a list as it was sent; -1 stands for the list itself."""
    return [{"edit": fault.number - 1, "text": edit_faults.sentence(fault), "at": fault.place} for fault in faults]


def _position(fault: EditFault, kept: Sequence[int]) -> int:
    """Which of the edits that were asked about; of several that do it together the last."""
    return (fault.number or len(kept)) - 1


def _told(fault: EditFault, kept: Sequence[int]) -> dict[str, Any]:
    position = _position(fault, kept)
    return {
        "edit": kept[position] if position < len(kept) else position,
        "text": edit_faults.sentence(replace(fault, other=kept[fault.other - 1] + 1 if fault.other else 0)),
        "at": fault.place,
    }


def _renumbered(edits: Mapping[int, Edit], kept: Sequence[int]) -> tuple[Edit, ...]:
    """The edits kept, where one names the facility of another by its number under that edit's new number."""
    numbers = {f"#{old + 1}": f"#{new + 1}" for new, old in enumerate(kept)}
    return tuple(replace(edits[n], target=numbers.get(edits[n].target, edits[n].target)) for n in kept)
