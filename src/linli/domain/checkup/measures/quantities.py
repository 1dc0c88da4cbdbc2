"""Plain numbers of every community at once: people, stock, facilities and what was reported."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.domain.checkup.rules import Answers, Reason
from linli.domain.places.rules.situation import PeopleSource, Situation
from linli.domain.standards.rules import Quantity, QuantityKind

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int8]

REASONS = tuple(Reason)
KNOWN = -1
"""Code of a number that is not missing; other codes are places in ``REASONS``."""


def code(reason: Reason) -> int:
    return REASONS.index(reason)


@dataclass(frozen=True, slots=True)
class Amounts:
    """One number for each of the c communities."""

    number: Floats
    missing: Codes
    """``KNOWN`` or the code of the reason."""
    lower_bound: Flags
    estimated: Flags


class Ground:
    """What many measures read of a situation, each worked out once."""

    def __init__(self, situation: Situation, answers: Answers) -> None:
        self.situation = situation
        self.answers = answers
        self.communities = len(situation.areas.code)
        self._amounts: dict[tuple[QuantityKind, tuple[str, ...]], Amounts] = {}
        buildings = situation.buildings
        people = buildings.people.sum(axis=1)
        unknown = buildings.residential & (buildings.people_source == PeopleSource.NONE)
        estimated = (people > 0) & (buildings.people_source != PeopleSource.REGISTER)
        in_some = buildings.community >= 0
        self._at = np.where(in_some, buildings.community, self.communities)
        self.estimated: Flags = self.sums(estimated | unknown) > 0
        residents = self.sums(people)
        homes_unknown = self.sums(unknown) > 0
        self.empty: Flags = (residents == 0) & ~homes_unknown
        """Nobody lives here."""
        self.uncounted: Flags = (residents == 0) & homes_unknown
        """There are homes, and nothing says how many live in them."""
        self.usable: Flags = self._usable()

    def sums(self, of_buildings: NDArray[np.generic]) -> Floats:
        """Sums over the buildings of each community."""
        return self.by_community(self._at, of_buildings)

    def by_community(self, community: NDArray[np.generic], weights: NDArray[np.generic]) -> Floats:
        """Sums by community; numbers outside any (-1 as the last one) fall away."""
        total = np.bincount(community, weights=weights, minlength=self.communities + 1)[: self.communities]
        return np.asarray(total, dtype=np.float64)

    def people_missing(self) -> Codes:
        missing = np.full(self.communities, KNOWN, dtype=np.int8)
        missing[self.empty] = code(Reason.NOBODY_LIVES_HERE)
        missing[self.uncounted] = code(Reason.DATA_MISSING)
        return missing

    def incomplete(self, kinds: tuple[str, ...]) -> bool:
        """Whether there may be more facilities of these kinds than the source lists."""
        return not self.situation.complete_kinds.issuperset(kinds)

    def amounts(self, quantity: Quantity) -> Amounts:
        """The quantity in every community."""
        key = quantity.kind, quantity.of
        if key not in self._amounts:
            self._amounts[key] = _MAKERS[quantity.kind](self, quantity.of)
        return self._amounts[key]

    def facilities(self, kinds: tuple[str, ...]) -> NDArray[np.int64]:
        """Facilities of some kinds that a community as a whole may count on."""
        columns = [k for k, key in enumerate(self.situation.facility_kinds) if key in kinds]
        return np.flatnonzero(self.usable & np.isin(self.situation.facilities.kind, columns))

    def _usable(self) -> Flags:
        """Open to all; or for residents only, where all people of the community live in that compound."""
        facilities, buildings = self.situation.facilities, self.situation.buildings
        inside = facilities.community >= 0
        compounds = len(self.situation.compounds.key)
        people = buildings.people.sum(axis=1)
        housed = (buildings.community >= 0) & (buildings.compound >= 0)
        pair = buildings.community[housed].astype(np.int64) * max(compounds, 1) + buildings.compound[housed]
        in_pair = np.bincount(pair, weights=people[housed], minlength=self.communities * max(compounds, 1))
        residents = self.sums(people)
        own = inside & (facilities.compound >= 0)
        at = facilities.community[own].astype(np.int64) * max(compounds, 1) + facilities.compound[own]
        usable = inside & facilities.open_to_all
        usable[own] |= (in_pair[at] == residents[facilities.community[own]]) & (in_pair[at] > 0)
        return usable


def _plain(ground: Ground, number: Floats, *, lower_bound: Flags | bool = False) -> Amounts:
    shape = ground.communities
    missing = np.full(shape, KNOWN, dtype=np.int8)
    bound = np.broadcast_to(np.asarray(lower_bound, dtype=np.bool_), (shape,))
    return Amounts(number, missing, bound, np.zeros(shape, dtype=np.bool_))


def _of_facilities(ground: Ground, number: Floats, *, lower_bound: Flags | bool) -> Amounts:
    amounts = _plain(ground, number, lower_bound=lower_bound)
    amounts.missing[ground.empty] = code(Reason.NOBODY_LIVES_HERE)
    return amounts


def _count(ground: Ground, kinds: tuple[str, ...]) -> Amounts:
    at = ground.situation.facilities.community[ground.facilities(kinds)]
    number = np.bincount(at, minlength=ground.communities).astype(np.float64)
    return _of_facilities(ground, number, lower_bound=ground.incomplete(kinds))


def _kinds_present(ground: Ground, kinds: tuple[str, ...]) -> Amounts:
    number = np.zeros(ground.communities)
    for kind in kinds:
        number += _count(ground, (kind,)).number > 0
    return _of_facilities(ground, number, lower_bound=ground.incomplete(kinds))


def _sum_of(attribute: str) -> Callable[[Ground, tuple[str, ...]], Amounts]:
    """Sums of a number of facilities; one whose number is not known makes the sum a lower bound."""

    def make(ground: Ground, kinds: tuple[str, ...]) -> Amounts:
        picked = ground.facilities(kinds)
        at = ground.situation.facilities.community[picked]
        numbers = getattr(ground.situation.facilities, attribute)[picked]
        total = np.bincount(at, weights=np.nan_to_num(numbers), minlength=ground.communities)
        unknown = np.bincount(at, weights=np.isnan(numbers), minlength=ground.communities) > 0
        return _of_facilities(ground, np.round(total, 6), lower_bound=unknown | ground.incomplete(kinds))

    return make


def _largest_area(ground: Ground, kinds: tuple[str, ...]) -> Amounts:
    picked = ground.facilities(kinds)
    at, area = ground.situation.facilities.community[picked], ground.situation.facilities.area_m2[picked]
    number = np.zeros(ground.communities)
    np.maximum.at(number, at, np.nan_to_num(area))
    unknown = np.bincount(at, weights=np.isnan(area), minlength=ground.communities) > 0
    return _of_facilities(ground, number, lower_bound=unknown | ground.incomplete(kinds))


def _people(ground: Ground, groups: tuple[str, ...]) -> Amounts:
    residents = ground.situation.residents(groups[0])
    if residents is None:
        missing = np.full(ground.communities, code(Reason.AGES_UNKNOWN), dtype=np.int8)
        number = np.zeros(ground.communities)
    else:
        missing = ground.people_missing()
        number = ground.sums(residents)
    return Amounts(number, missing, np.zeros(ground.communities, dtype=np.bool_), ground.estimated)


def _stock(ground: Ground, names: tuple[str, ...]) -> Amounts:
    situation, name = ground.situation, names[0]
    if name == "land_area_m2":
        return _plain(ground, situation.areas.area_m2)
    if name == "compounds":
        known = situation.compounds.community >= 0
        at = situation.compounds.community[known]
        return _plain(ground, np.bincount(at, minlength=ground.communities).astype(np.float64))
    if name == "residential_buildings":
        return _plain(ground, ground.sums(situation.buildings.residential))
    if name == "idle_area_m2":
        return _idle_area(ground)
    return _of_homes(ground, getattr(situation.buildings, name).astype(np.float64))


def _of_homes(ground: Ground, numbers: Floats) -> Amounts:
    """Households, dwellings or floor area of residential buildings; one that is not known leaves the sum unknown."""
    homes = ground.situation.buildings.residential
    unknown = homes & ~(numbers >= 0)
    amounts = _plain(ground, ground.sums(np.where(homes & ~unknown, numbers, 0.0)))
    amounts.missing[ground.sums(unknown) > 0] = code(Reason.DATA_MISSING)
    amounts.missing[ground.sums(homes) == 0] = code(Reason.NOBODY_LIVES_HERE)
    return amounts


def _idle_area(ground: Ground) -> Amounts:
    premises = ground.situation.premises
    at = np.where(premises.community >= 0, premises.community, ground.communities)
    idle = np.where(premises.idle, premises.area_m2, 0.0)
    amounts = _plain(
        ground,
        ground.by_community(at, np.nan_to_num(idle)),
        lower_bound=ground.by_community(at, np.isnan(idle)) > 0,
    )
    if len(premises.key) == 0:
        amounts.missing[:] = code(Reason.DATA_MISSING)
    return amounts


def _answer(ground: Ground, questions: tuple[str, ...]) -> Amounts:
    number = np.zeros(ground.communities)
    missing = np.full(ground.communities, code(Reason.DATA_MISSING), dtype=np.int8)
    for community in range(ground.communities):
        answer = ground.answers.get((community, questions[0]))
        if answer is not None:
            number[community] = answer.numerator
            missing[community] = KNOWN
    no = np.zeros(ground.communities, dtype=np.bool_)
    return Amounts(number, missing, no, no)


_MAKERS: dict[QuantityKind, Callable[[Ground, tuple[str, ...]], Amounts]] = {
    QuantityKind.FACILITIES: _count,
    QuantityKind.FACILITY_AREA: _sum_of("area_m2"),
    QuantityKind.LARGEST_AREA: _largest_area,
    QuantityKind.CAPACITY: _sum_of("capacity"),
    QuantityKind.KINDS_PRESENT: _kinds_present,
    QuantityKind.PEOPLE: _people,
    QuantityKind.STOCK: _stock,
    QuantityKind.ANSWER: _answer,
}
