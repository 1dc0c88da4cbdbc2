"""The figures of units, and every rule again after one atom has moved."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from linli.domain.planning.rules.units.proposals import (
    LINES,
    Atoms,
    CommunityShare,
    Goal,
    Infeasible,
    Proposal,
    Rule,
    RuleBreach,
    ServiceWalk,
    Totals,
    Unit,
    UnitRules,
)

Ints = NDArray[np.int32]
NEVER_M = 1.0
"""Less of a line than this is an accident of drawing."""
HARD_PRICE = 1e6
"""Of a border with a line that may never be crossed: more than anything else in a district costs."""
LAND_M2_A_PERSON = 2_000.0
"""As much land weighs as one person in the spread of a unit."""


class UnknownAtom(LookupError):
    """The atoms have no such number."""


class UnknownUnit(LookupError):
    """The proposal has no such unit, and it is not the next new number either."""


def proposed(
    atoms: Atoms,
    rules: UnitRules,
    goal: Goal,
    unit: Ints,
    *,
    infeasible: tuple[Infeasible, ...] = (),
    bound: float | None = None,
) -> Proposal:
    """A proposal with all its figures.

    Parameters
    ----------
    unit : (a,) int
        Number of each atom's unit, not negative; numbers need not follow each other.
    """
    of_atom = np.ascontiguousarray(unit, dtype=np.int32)
    if of_atom.shape != (len(atoms),) or (of_atom < 0).any():
        raise ValueError(f"expected {len(atoms)} units, none negative")
    reading = _Reading(atoms, rules, goal, of_atom, infeasible)
    units = tuple(reading.unit(int(number)) for number in np.unique(of_atom))
    return Proposal(goal, rules, atoms, of_atom, units, infeasible, _totals(atoms, rules, of_atom, units), bound)


def moved(proposal: Proposal, atom: int, unit: int) -> Proposal:
    """The proposal after one atom has moved to another unit, with every rule checked again.

    The number after the last makes a new unit; a unit that loses its last atom is gone. Moves that break rules are
    made and their breaches named: the officer decides.

    Raises
    ------
    UnknownAtom
    UnknownUnit
    """
    if not 0 <= atom < len(proposal.atoms):
        raise UnknownAtom(atom)
    numbers = [one.number for one in proposal.units]
    if unit not in numbers and unit != numbers[-1] + 1:
        raise UnknownUnit(unit)
    before = int(proposal.unit[atom])
    if before == unit:
        return proposal
    of_atom = proposal.unit.copy()
    of_atom[atom] = unit
    atoms, rules = proposal.atoms, proposal.rules
    reading = _Reading(atoms, rules, proposal.goal, of_atom, proposal.infeasible)
    kept = {one.number: one for one in proposal.units if one.number not in (before, unit)}
    again = {number: reading.unit(number) for number in (before, unit) if (of_atom == number).any()}
    units = tuple(one for _, one in sorted((kept | again).items()))
    return replace(proposal, unit=of_atom, units=units, totals=_totals(atoms, rules, of_atom, units), bound=None)


def cost_mass(atoms: Atoms) -> NDArray[np.float64]:
    """(a,) how much each atom counts for the spread: its residents, and its land a little, so that empty land too goes
    where it is near.
    """
    return np.asarray(atoms.residents() + atoms.area_m2 / LAND_M2_A_PERSON, dtype=np.float64)


def border_price(atoms: Atoms, rules: UnitRules, goal: Goal) -> NDArray[np.float64]:
    """(e,) what it costs to have both sides of a border in one unit."""
    meters = atoms.borders.line_m
    forbidden = (meters[:, rules.never()] > NEVER_M).any(axis=1)
    return np.asarray(goal.lines * (meters @ rules.prices()) + HARD_PRICE * forbidden, dtype=np.float64)


class _Reading:
    """Reads the figures of single units from the labels of all atoms."""

    def __init__(
        self, atoms: Atoms, rules: UnitRules, goal: Goal, unit: Ints, infeasible: tuple[Infeasible, ...]
    ) -> None:
        self.atoms, self.rules, self.goal, self.of_atom = atoms, rules, goal, unit
        self.lost = {atom for part in infeasible for atom in part.atoms}

    def unit(self, number: int) -> Unit:
        atoms, goal = self.atoms, self.goal
        members = np.flatnonzero(self.of_atom == number)
        bands = atoms.people[members].sum(axis=0)
        people = int(bands.sum())
        first, second = self.of_atom[atoms.borders.first], self.of_atom[atoms.borders.second]
        inside = np.flatnonzero((first == number) & (second == number))
        line_m = tuple(float(m) for m in atoms.borders.line_m[inside].sum(axis=0))
        perimeter = atoms.perimeter_m[members].sum() - 2 * atoms.borders.length_m[inside].sum()
        area = float(atoms.area_m2[members].sum())
        communities = _communities(atoms, members)
        majority = communities[0].people if communities else 0
        walks = self._walks(number, members, people)
        radius = _radius(atoms, members)
        unserved = sum(walk.within - walk.within_unit for walk in walks)
        price = float(border_price_of(atoms, self.rules, goal, inside).sum())
        parts = _parts(members, inside, atoms)
        return Unit(
            number=number,
            atoms=tuple(int(a) for a in members),
            people=people,
            bands=tuple(int(b) for b in bands),
            communities=communities,
            majority_share=majority / people if people else math.nan,
            area_m2=area,
            perimeter_m=float(perimeter),
            compactness=4 * math.pi * area / perimeter**2 if perimeter > 0 else math.nan,
            radius_m=radius,
            line_m=line_m,
            walks=walks,
            parts=parts,
            infeasible=any(int(a) in self.lost for a in members),
            cost=price
            + goal.spread * _spread(atoms, members)
            + goal.outside * (people - majority)
            + goal.unserved * unserved
            + goal.outline * float(perimeter),
            breaches=self._breaches(number, people, parts, line_m, walks),
        )

    def _walks(self, number: int, members: NDArray[np.intp], people: int) -> tuple[ServiceWalk, ...]:
        walks = self.atoms.walks
        mine = self.of_atom == number
        groups = np.flatnonzero(mine[walks.group_atom])
        inside = np.zeros(len(self.rules.services), dtype=np.int64)
        for group in groups:
            reach = walks.facility_atom[walks.group_first[group] : walks.group_first[group + 1]]
            if mine[reach].any():
                inside[walks.group_service[group]] += walks.group_people[group]
        return tuple(
            service_walk(
                self.rules,
                self.atoms,
                s,
                people=people,
                within=int(walks.within[members, s].sum()),
                within_unit=int(inside[s]),
                reached=int(walks.reached[members, s].sum()),
                person_m=float(walks.person_m[members, s].sum()),
            )
            for s in range(len(self.rules.services))
        )

    def _breaches(
        self, number: int, people: int, parts: int, line_m: Sequence[float], walks: Sequence[ServiceWalk]
    ) -> tuple[RuleBreach, ...]:
        rules = self.rules
        found = []
        if people < rules.people_min:
            found.append(RuleBreach(number, Rule.PEOPLE_MIN, people, rules.people_min, hard=True))
        if people > rules.people_max:
            found.append(RuleBreach(number, Rule.PEOPLE_MAX, people, rules.people_max, hard=True))
        if parts > 1:
            found.append(RuleBreach(number, Rule.CONTIGUOUS, parts, 1, hard=True))
        found += [
            RuleBreach(number, Rule.NEVER_CROSSED, meters, 0, hard=True, of=rule.line)
            for rule, meters in zip(rules.lines, line_m, strict=True)
            if rule.never and meters > NEVER_M
        ]
        found += [
            RuleBreach(number, Rule.WALK, walk.share, rules.share_min, hard=False, of=walk.service)
            for walk in walks
            if walk.holds is False
        ]
        return tuple(found)


def border_price_of(atoms: Atoms, rules: UnitRules, goal: Goal, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """``border_price`` without what is forbidden: a breach is named, not priced."""
    return np.asarray(goal.lines * (atoms.borders.line_m[rows] @ rules.prices()), dtype=np.float64)


def service_walk(
    rules: UnitRules,
    atoms: Atoms,
    service: int,
    *,
    people: int,
    within: int,
    within_unit: int,
    reached: int,
    person_m: float,
) -> ServiceWalk:
    share = within / people if people else math.nan
    mean = person_m / reached if reached else math.nan
    complete = atoms.walks.complete[service]
    holds: bool | None = people == 0 or share >= rules.share_min
    if not holds and not complete:
        holds = None
    return ServiceWalk(
        service=rules.services[service].key,
        within=within,
        within_unit=within_unit,
        share=share,
        share_unit=within_unit / people if people else math.nan,
        mean_m=mean,
        mean_minutes=mean * rules.walk_minutes / rules.walk_m,
        complete=complete,
        holds=holds,
    )


def _communities(atoms: Atoms, members: NDArray[np.intp]) -> tuple[CommunityShare, ...]:
    people: dict[int, int] = {}
    for community, residents in zip(atoms.community[members], atoms.people[members].sum(axis=1), strict=True):
        people[int(community)] = people.get(int(community), 0) + int(residents)
    ordered = sorted(people.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(CommunityShare(community, count) for community, count in ordered if community >= 0)


def _radius(atoms: Atoms, members: NDArray[np.intp]) -> float:
    people = atoms.people[members].sum(axis=1).astype(np.float64)
    if not people.any():
        return math.nan if members.size == 0 else 0.0
    away = atoms.xy[members] - np.average(atoms.xy[members], axis=0, weights=people)
    return float(np.average(np.hypot(away[:, 0], away[:, 1]), weights=people))


def _spread(atoms: Atoms, members: NDArray[np.intp]) -> float:
    """Persons and meters from the middle, land counted in."""
    mass = atoms.people[members].sum(axis=1) + atoms.area_m2[members] / LAND_M2_A_PERSON
    if not mass.any():
        return 0.0
    away = atoms.xy[members] - np.average(atoms.xy[members], axis=0, weights=mass)
    return float((mass * np.hypot(away[:, 0], away[:, 1])).sum())


def _parts(members: NDArray[np.intp], inside: NDArray[np.intp], atoms: Atoms) -> int:
    """Into how many parts the atoms fall, by borders that join."""
    near: dict[int, list[int]] = {int(a): [] for a in members}
    borders = atoms.borders
    for border in inside[borders.joins[inside]]:
        a, b = int(borders.first[border]), int(borders.second[border])
        near[a].append(b)
        near[b].append(a)
    parts, seen = 0, set[int]()
    for start in near:
        if start in seen:
            continue
        parts += 1
        seen.add(start)
        open_ = [start]
        while open_:
            new = [b for b in near[open_.pop()] if b not in seen]
            seen.update(new)
            open_ += new
    return parts


def _totals(atoms: Atoms, rules: UnitRules, of_atom: Ints, units: Sequence[Unit]) -> Totals:
    people = sum(unit.people for unit in units)
    majority = sum(unit.communities[0].people for unit in units if unit.communities)
    pairs = np.unique(np.column_stack([atoms.community, of_atom])[atoms.community >= 0], axis=0)
    whole = int((np.bincount(pairs[:, 0]) == 1).sum()) if pairs.size else 0
    lived_in = [unit for unit in units if unit.people]
    compact = [unit.compactness for unit in units if not math.isnan(unit.compactness)]
    return Totals(
        units=len(units),
        in_range=sum(rules.people_min <= unit.people <= rules.people_max for unit in units),
        people=people,
        people_least=min((unit.people for unit in units), default=0),
        people_most=max((unit.people for unit in units), default=0),
        majority_share=majority / people if people else math.nan,
        whole_communities=whole,
        line_m=tuple(math.fsum(unit.line_m[line] for unit in units) for line in range(len(LINES))),
        compactness=math.fsum(compact) / len(compact) if compact else math.nan,
        radius_m=math.fsum(unit.radius_m * unit.people for unit in lived_in) / people if people else math.nan,
        walks=tuple(
            service_walk(
                rules,
                atoms,
                s,
                people=people,
                within=sum(unit.walks[s].within for unit in units),
                within_unit=sum(unit.walks[s].within_unit for unit in units),
                reached=int(atoms.walks.reached[:, s].sum()),
                person_m=float(atoms.walks.person_m[:, s].sum()),
            )
            for s in range(len(rules.services))
        ),
        hard_breaches=sum(breach.hard for unit in units if not unit.infeasible for breach in unit.breaches),
        cost=math.fsum(unit.cost for unit in units),
    )
