"""Situations and what-if bases that this process keeps between requests.

A base takes seconds to make and a hundred megabytes to keep, and is the same for everybody; who may read what of it is
asked at every request, before the cache. Each is made once, however many ask for it at the same moment.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
import shapely
from django.conf import settings
from numpy.typing import NDArray

from linli.compute.hierarchy import Hierarchy, prepare
from linli.compute.network import PUBLIC
from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import AnswersInForce
from linli.domain.checkup.rules import Answers
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.places.queries import EditionValue
from linli.domain.places.rules.projection import projected, unprojected
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.measures.scenarios.effects import Base
from linli.domain.planning.measures.scenarios.effects import base as make_base
from linli.domain.planning.measures.scenarios.ground import Ground as PlanningGround
from linli.domain.planning.measures.scenarios.ground import ground as planning_ground
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Pack

GROUNDS_KEPT = 2
BASES_KEPT = 6
QUESTIONS_KEPT = 64

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """The values used last, at most ``limit`` of them; one thread makes a value, the others wait for it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            making = self._making.setdefault(key, Lock())
        with making:
            with self._lock:
                if key in self._values:
                    return self._values[key]
            try:
                value = make()
            except BaseException:
                with self._lock:
                    self._making.pop(key, None)
                raise
            with self._lock:
                self._values[key] = value
                self._making.pop(key, None)
                while len(self._values) > self._limit:
                    self._values.popitem(last=False)
            return value

    def values(self) -> tuple[Value, ...]:
        with self._lock:
            return tuple(self._values.values())

    def holds(self, key: Hashable) -> bool:
        return key in self._values


@dataclass(frozen=True)
class Ground:
    """A situation with the hierarchy of its network, and what maps ask of it."""

    situation: Situation
    hierarchy: Hierarchy

    @cached_property
    def planning(self) -> PlanningGround:
        """The indexes in which edits look for ways and walls."""
        return planning_ground(self.situation)

    @cached_property
    def home_lonlat(self) -> NDArray[np.float64]:
        """(b, 2) degrees of the buildings."""
        points = shapely.points(self.situation.buildings.xy)
        return shapely.get_coordinates(unprojected(points, self.situation.epsg))

    @cached_property
    def _public(self) -> tuple[NDArray[np.int64], shapely.STRtree]:
        network = self.situation.network
        ways = np.flatnonzero(network.edge_compound() == PUBLIC)
        return ways, shapely.STRtree(shapely.linestrings(network.xy[network.edges[ways]]))

    @cached_property
    def _ways_of_node(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Public edges of each node: where its run begins, and the edges."""
        network, (ways, _tree) = self.situation.network, self._public
        ends, edge = network.edges[ways].ravel(), np.repeat(ways, 2)
        order = np.argsort(ends, kind="stable")
        return np.searchsorted(ends[order], np.arange(network.nodes + 1)), edge[order]

    def spots(self, keys: Iterable[str]) -> dict[str, tuple[float, float, str]]:
        """Longitude, latitude and name of the facilities, premises and gates of these keys that are there."""
        here, wanted = self.situation, set(keys)
        named = [
            (key, xy, name)
            for key, xy, name in zip(here.facilities.key, here.facilities.xy, here.facilities.name, strict=True)
            if key in wanted
        ]
        for some in (here.premises, here.gates):
            named += [(key, xy, "") for key, xy in zip(some.key, some.xy, strict=True) if key in wanted]
        if not named:
            return {}
        lonlat = shapely.get_coordinates(unprojected(shapely.points(np.array([xy for _, xy, _ in named])), here.epsg))
        return {key: (lon, lat, name) for (key, _, name), (lon, lat) in zip(named, lonlat.tolist(), strict=True)}

    def stretch(self, lon: float, lat: float) -> NDArray[np.float64]:
        """(k, 2) degrees of the public way at a point, from crossing to crossing."""
        network, (ways, tree) = self.situation.network, self._public
        point = projected(np.array([shapely.Point(lon, lat)]), self.situation.epsg)[0]
        edge = int(ways[tree.nearest(point)])
        tail, head = (int(node) for node in network.edges[edge])
        nodes = [*reversed(self._onward(edge, tail)), *self._onward(edge, head)]
        line = unprojected(np.array([shapely.LineString(network.xy[nodes])]), self.situation.epsg)[0]
        return shapely.get_coordinates(line)

    def _onward(self, edge: int, node: int) -> list[int]:
        """Nodes from one end of an edge as far as the way neither forks nor ends."""
        first, edges = self._ways_of_node
        nodes, seen = [node], {edge}
        while True:
            at = edges[first[node] : first[node + 1]]
            onward = [int(each) for each in at if int(each) not in seen]
            if at.size != 2 or not onward:
                return nodes
            edge = onward[0]
            seen.add(edge)
            node = int(self.situation.network.edges[edge].sum() - node)
            nodes.append(node)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which base. ``at``: the moment up to which answers count, so that every process makes the same base."""

    pack: str
    day: date
    at: datetime
    slice: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a what-if question stands on."""

    ground: Ground
    pack: Pack
    answers_fingerprint: str
    base: Base = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What a base is made of besides the situation."""

    pack: Pack
    answers: AnswersInForce


_grounds: Kept[Ground] = Kept(GROUNDS_KEPT)
_inputs: Kept[_Inputs] = Kept(QUESTIONS_KEPT)
_bases: Kept[Standing] = Kept(BASES_KEPT)


def ground(scope: Scope, edition: EditionValue) -> Ground:
    """The situation of an edition; whoever sees a part of the district shows nothing beyond it.

    Raises
    ------
    NotPermitted, EmptyEdition, NoWalkableStreet
    """
    area = seen_area(scope, edition.district)
    kinds = tuple(kind.key for kind in standards.facility_kinds())

    def make() -> Ground:
        cache = Path(settings.VAR) / "situations"
        situation = places.situation(scope, edition.id, facility_kinds=kinds, area=area, cache=cache)
        return Ground(situation, prepare(situation.network))

    return _grounds.get((edition.id, kinds), make)


def standing(scope: Scope, edition: EditionValue, asked: Asked) -> Standing:
    """The base of a question, from the process's cache or made now.

    Raises
    ------
    NotPermitted, EmptyEdition, NoWalkableStreet, UnknownPack
    """
    seen_area(scope, edition.district)
    on = _inputs.get((edition.id, asked.pack, asked.day, asked.at), lambda: _inputs_of(scope, edition, asked))

    def make() -> Standing:
        here = ground(scope, edition)
        base = make_base(
            here.situation, on.pack, _by_index(here.situation, on.answers), asked.day,
            slice=asked.slice, slices=standards.time_slices(), hierarchy=here.hierarchy,
            ground=here.planning,
        )  # fmt: skip
        return Standing(here, on.pack, on.answers.fingerprint, base)

    key = edition.id, on.pack.fingerprint, on.answers.fingerprint, asked.day, asked.slice
    return _bases.get(key, make)


def _by_index(situation: Situation, said: AnswersInForce) -> Answers:
    index = {place: number for number, place in enumerate(situation.areas.place.tolist())}
    return {(index[place], question): answer for (place, question), answer in said.answers.items()}


def _inputs_of(scope: Scope, edition: EditionValue, asked: Asked) -> _Inputs:
    pack = standards.pack(asked.pack, day=asked.day, district=edition.district)
    communities = ground(scope, edition).situation.areas.place.tolist()
    return _Inputs(pack, _shared(checkup.answers_in_force(communities, day=asked.day, at=asked.at)))


def _shared(answers: AnswersInForce) -> AnswersInForce:
    """Equal answers once in memory: megabytes, and every opening of a page asks by another moment."""
    kept = (one.answers for one in _inputs.values())
    return next((one for one in kept if one.fingerprint == answers.fingerprint), answers)


def seen_area(scope: Scope, district: int) -> int | None:
    """None for who sees the whole district, else an area of it that the person sees.

    Raises
    ------
    NotPermitted
    """
    seen = scope.places(Permission.VIEW_PLACES)
    if district in seen:
        return None
    within = sorted(seen & places.descendants([district], scope.day))
    require(scope, Permission.VIEW_PLACES, within[0] if within else district)
    return within[0]
