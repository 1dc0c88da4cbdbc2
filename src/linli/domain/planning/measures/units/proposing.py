"""Proposals of units: one for each goal of the rules, the best of several runs and of their recombination."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from linli.compute.regionalization import feasible, graph
from linli.compute.regionalization.drawing import Drawer, Effort, Limits
from linli.compute.regionalization.graph import Graph, Needs
from linli.compute.regionalization.recombination import Answer, best_of
from linli.domain.planning.measures.units.atoms import METHOD as METHOD_OF_ATOMS
from linli.domain.planning.measures.units.atoms import NoHomes, atoms
from linli.domain.planning.rules.units.figures import border_price, cost_mass, proposed
from linli.domain.planning.rules.units.proposals import Atoms, Goal, Infeasible, Proposal, UnitRules, Why

__all__ = ["METHOD", "NoHomes", "atoms", "method_fingerprint", "proposals"]

METHOD = 1
"""Counts up whenever the same atoms, rules and seed would give other proposals."""
EFFORT = Effort(steps=150_000)
PARTITION_S = 15.0


def proposals(
    atoms: Atoms,
    rules: UnitRules,
    *,
    runs: int = 4,
    seed: int = 1,
    should_stop: Callable[[], bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
    effort: Effort = EFFORT,
) -> tuple[Proposal, ...]:
    """A proposal for each goal, in the order of the rules; equal ones once.

    Each keeps every hard rule in every unit, but for the parts that it names as infeasible. The same atoms, rules,
    runs and seed give the same proposals, unless the search is stopped.

    Parameters
    ----------
    runs : int
        Of each goal; what they met is then recombined.
    should_stop : asked now and then
        True ends the search; the proposals found so far are returned, the last one as good as it is by then.
    progress : called with work done and work in all
    """
    stop = should_stop or _never
    tell = progress or _silent
    work = 100 * len(rules.goals)
    found: list[Proposal] = []
    for number, goal in enumerate(rules.goals):
        if found and stop():
            break

        def told(done: float, number: int = number) -> None:
            tell(int(100 * (number + done)), work)

        found.append(_proposal(atoms, rules, goal, found, runs, seed, effort, stop, told))
    tell(work, work)
    return _distinct(found)


def method_fingerprint() -> str:
    """Names the way in which atoms are made and units are drawn: another one, another method."""
    return hashlib.sha256(repr(("units", METHOD, METHOD_OF_ATOMS, EFFORT, PARTITION_S)).encode()).hexdigest()


def _proposal(
    atoms: Atoms,
    rules: UnitRules,
    goal: Goal,
    earlier: list[Proposal],
    runs: int,
    seed: int,
    effort: Effort,
    stop: Callable[[], bool],
    told: Callable[[float], None],
) -> Proposal:
    drawer = Drawer(graph_of(atoms, rules, goal), Limits(rules.people_min, rules.people_max))
    seeds = tuple(seed + number for number in range(max(1, runs)))
    known = tuple(one.unit for one in earlier)
    answer = best_of(drawer, seeds, effort, known=known, seconds=PARTITION_S, should_stop=stop, progress=told)
    found = proposed(atoms, rules, goal, answer.run.label, infeasible=_infeasible(answer, atoms, rules))
    if answer.bound is None:
        return found
    # What stands aside costs the same in every drawing.
    aside = sum(unit.cost for unit in found.units if unit.infeasible)
    return replace(found, bound=min(answer.bound + aside, found.totals.cost))


def graph_of(atoms: Atoms, rules: UnitRules, goal: Goal) -> Graph:
    """The instance of a goal: costs in it are those of ``figures``."""
    borders, walks, people = atoms.borders, atoms.walks, atoms.residents()
    never = (borders.line_m[:, rules.never()] > 0).any(axis=1)
    return graph.build(
        atoms.xy,
        people,
        np.column_stack([borders.first, borders.second]),
        price=border_price(atoms, rules, goal),
        joins=borders.joins & ~never,
        mass=goal.spread * cost_mass(atoms),
        group=atoms.community,
        outside=goal.outside * people,
        outline=goal.outline * atoms.perimeter_m,
        length=goal.outline * borders.length_m,
        needs=Needs(walks.group_atom, goal.unserved * walks.group_people, walks.group_first, walks.facility_atom),
    )


def _infeasible(answer: Answer, atoms: Atoms, rules: UnitRules) -> tuple[Infeasible, ...]:
    proven = tuple(
        Infeasible(_WHY[part.reason], tuple(int(a) for a in part.atoms), part.people) for part in answer.run.impossible
    )
    aside = {atom for part in proven for atom in part.atoms}
    people = np.bincount(answer.run.label, weights=atoms.residents()).astype(np.int64)
    missed = [
        tuple(int(a) for a in np.flatnonzero(answer.run.label == unit))
        for unit in np.flatnonzero((people < rules.people_min) | (people > rules.people_max))
    ]
    residents = atoms.residents()
    not_found = tuple(
        Infeasible(Why.NOT_FOUND, members, int(residents[list(members)].sum()))
        for members in missed
        if not aside.intersection(members)
    )
    return proven + not_found


_WHY = {
    feasible.Reason.TOO_FEW: Why.TOO_FEW,
    feasible.Reason.TOO_MANY: Why.TOO_MANY,
    feasible.Reason.NO_NUMBER: Why.NO_NUMBER,
    feasible.Reason.HANGING: Why.HANGING,
}


def _distinct(found: list[Proposal]) -> tuple[Proposal, ...]:
    """Without those that draw what an earlier one draws."""
    kept: dict[bytes, Proposal] = {}
    for one in found:
        first = np.unique(one.unit, return_index=True, return_inverse=True)
        kept.setdefault(np.argsort(np.argsort(first[1]))[first[2].reshape(-1)].tobytes(), one)
    return tuple(kept.values())


def _never() -> bool:
    return False


def _silent(_done: int, _all: int) -> None:
    return None
