"""Studies of units: how far one is, what moving atoms does, what may be adopted, and how a proposal is colored."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from linli.domain.planning.rules.units.figures import moved
from linli.domain.planning.rules.units.proposals import Atoms, Proposal, RuleBreach, Unit

Ints = NDArray[np.int32]
COLORS = 7
"""So many colors always do for a map on which only neighbors by a border differ; most maps need four or five."""


class UnitStudyState(StrEnum):
    ASKED = "asked"
    DRAWN = "drawn"
    STOPPED = "stopped"
    """Somebody stopped the search: what it had found by then is kept, if anything was."""


def with_moves(proposal: Proposal, moves: Iterable[tuple[int, int]]) -> Proposal:
    """The proposal after atoms have moved one by one, each as (atom, unit).

    Raises
    ------
    UnknownAtom, UnknownUnit
    """
    for atom, unit in moves:
        proposal = moved(proposal, atom, unit)
    return proposal


def broken(proposal: Proposal) -> tuple[RuleBreach, ...]:
    """Hard rules that stand against adopting; those of parts that no drawing can bring within the range do not."""
    return tuple(breach for unit in proposal.units if not unit.infeasible for breach in unit.breaches if breach.hard)


def neighbors(atoms: Atoms, unit: Ints) -> dict[int, set[int]]:
    """Units by the units that they share a border with, whether a way leads over it or not."""
    first, second = unit[atoms.borders.first], unit[atoms.borders.second]
    found: dict[int, set[int]] = {int(number): set() for number in np.unique(unit)}
    for a, b in np.unique(np.column_stack([first, second])[first != second], axis=0).tolist():
        found[a].add(b)
        found[b].add(a)
    return found


def next_units(atoms: Atoms, unit: Ints, atom: int) -> tuple[int, ...]:
    """Other units whose atoms touch this one where a unit hangs together, by length of the common border."""
    borders = atoms.borders
    meters: dict[int, float] = {}
    for mine, theirs in ((borders.first, borders.second), (borders.second, borders.first)):
        for row in np.flatnonzero((mine == atom) & borders.joins):
            number = int(unit[theirs[row]])
            meters[number] = meters.get(number, 0.0) + float(borders.length_m[row])
    meters.pop(int(unit[atom]), None)
    return tuple(sorted(meters, key=lambda number: (-meters[number], number)))


def colors(atoms: Atoms, unit: Ints, before: Mapping[int, int] | None = None) -> dict[int, int]:
    """A color from 0 for each unit, so that neighbors differ; a unit keeps the one it had before where it can.

    By saturation (Brélaz 1979): whoever has the fewest colors left chooses first.
    """
    near = neighbors(atoms, unit)
    kept = before or {}
    found = {n: c for n, c in kept.items() if n in near and all(kept.get(other) != c for other in near[n])}
    used = [sum(color == one for one in found.values()) for color in range(COLORS)]
    while len(found) < len(near):
        taken = {n: {found[other] for other in near[n] if other in found} for n in near if n not in found}
        one = max(taken, key=lambda n: (len(taken[n]), len(near[n]), -n))
        free = [color for color in range(COLORS) if color not in taken[one]] or list(range(COLORS))
        # The least used among the free: colors spread instead of piling up on the first.
        found[one] = min(free, key=lambda color: (used[color], color))
        used[found[one]] += 1
    return dict(sorted(found.items()))


def middles(atoms: Atoms, units: Sequence[Unit]) -> dict[int, tuple[float, float]]:
    """Where to write a unit's name: in the middle of its residents' atom nearest to the middle of all; meters."""
    people = atoms.residents().astype(np.float64)
    found = {}
    for unit in units:
        members = np.array(unit.atoms, dtype=np.intp)
        weight = people[members] if people[members].any() else atoms.area_m2[members] + 1e-9
        middle = np.average(atoms.xy[members], axis=0, weights=weight)
        away = np.hypot(*(atoms.xy[members] - middle).T)
        x, y = atoms.xy[members[int(away.argmin())]]
        found[unit.number] = (float(x), float(y))
    return found
