"""Edits of ways, gates and walls: which edges close, which links are new, which gates everybody may pass."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.compute.edits import Changes, Links
from linli.compute.network import PUBLIC
from linli.domain.planning.measures.scenarios.ground import Ground, nearest_edge
from linli.domain.planning.rules.scenarios.edits import Edit, EditKind
from linli.domain.planning.rules.scenarios.faults import EditFault, EditWrong, FaultKind

WAY_REACH_M = 30.0
"""An end of a new way meets the nearest way within this distance."""
LONGEST_WAY_M = 20_000.0
"""A way that is longer was not meant so; the engine counts a hundred times as far."""
GATE_REACH_M = 25.0
"""A point names the gate or the wall within this distance; as in ``places.rules.walkways``."""
SAME_GATE_M = 5.0
"""A gate that is drawn this close to a known one of its compound is that gate."""
PATH_REACH_M = 100.0
"""A new gate leads to the nearest inner path and the nearest public way within this distance."""
ON_LINE_M = 0.5
"""A way is closed by a line if its ends and its middle lie this close to it."""
PASSAGE_REACH_M = 20.0
"""Where a wall goes, inner paths that end this close to a public way lead to it."""
PASSAGES_APART_M = 25.0
_CROSSES_M = 2.0


@dataclass(frozen=True, slots=True)
class _Landing:
    """Where an end of a link meets a way."""

    edge: int
    """``m + j`` for link ``j``."""
    cm: int
    leg_m: float
    side: int
    xy: NDArray[np.float64]
    node: int
    """A node of the base that hangs together with it."""


@dataclass(frozen=True, slots=True)
class _Link:
    start: _Landing
    end: _Landing
    length_cm: int
    xy: NDArray[np.float64]
    """(k, 2) as drawn."""
    side: int
    """-1 public, a compound's inner path, or -2 for a gate."""


class WayDraft:
    """The walking network while edits are applied to it. Closures come first: nothing leads from a closed way."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.closed: dict[int, int] = {}
        """Edges, with the number of the edit that closes them."""
        self.shut: dict[int, int] = {}
        """Rows of gates that an edit closes, with its number."""
        self.passable: set[int] = set()
        """Rows of gates that an edit opens, whatever their hours."""
        self.public: set[int] = set()
        """Rows of gates that everybody may pass."""
        self.unwalled: dict[int, int] = {}
        self.links: list[_Link] = []
        self.opened_links: list[int] = []

    def close(self, number: int, edit: Edit) -> None:
        """Take in an edit of what stands already; ``draw`` takes the others, once nothing more is closed.

        Raises
        ------
        EditWrong
        """
        match edit.kind:
            case EditKind.CLOSE_WAY:
                for edge in self._edges_along(number, edit):
                    self.closed.setdefault(edge, number)
            case EditKind.CLOSE_GATE:
                self._close_gate(number, edit)
            case EditKind.OPEN_GATE:
                row = self._gate_meant(number, edit)
                if row >= 0:
                    self._refuse_if_open(number, edit, row)
                    self._open_known(row, to_all=edit.open_to == "all")
            case EditKind.REMOVE_WALL:
                self._remove_wall(number, edit)

    def draw(self, number: int, edit: Edit) -> None:
        """Take in an edit that adds links.

        Raises
        ------
        EditWrong
        """
        match edit.kind:
            case EditKind.ADD_WAY:
                self._add_way(number, edit)
            case EditKind.OPEN_GATE:
                if self._gate_meant(number, edit) < 0:
                    self._pierce(number, edit)
            case EditKind.REMOVE_WALL:
                self._pass_where_paths_end(self._walled(number, edit))

    def changes(self, shut_by_hours: NDArray[np.int64], kept: NDArray[np.int64]) -> Changes:
        """Everything at once. Of gates that are kept in spite of their hours the public copies close."""
        gates = self.ground.situation.gates
        closed = {*self.closed}
        for row in (*self.shut, *shut_by_hours.tolist()):
            closed |= set(gates.edges[row].tolist())
        for row in kept.tolist():
            closed.add(int(gates.edges[row, 1]))
        closed.discard(-1)
        standing = self._standing(shut_by_hours)
        return Changes(
            closed=np.array(sorted(closed), dtype=np.int32),
            links=self._columns(),
            opened=np.array(self._opened(standing, set(kept.tolist())), dtype=np.int32),
        )

    # Gates

    def _gate_meant(self, number: int, edit: Edit) -> int:
        """Row of the known gate that an edit names, -1 where it draws a new one."""
        if edit.target:
            return self._gate_named(number, edit.target)
        xy = self.ground.metres(edit.line)[0]
        row, distance = self._gate_near(xy)
        return row if row >= 0 and distance <= SAME_GATE_M else -1

    def _gate_named(self, number: int, key: str) -> int:
        row = self.ground.gate_row.get(key)
        if row is None:
            raise EditWrong(EditFault(number, FaultKind.UNKNOWN_KEY, key=key))
        if self.ground.situation.gates.edges[row, 0] < 0:
            raise EditWrong(EditFault(number, FaultKind.GATE_LOST, key=key))
        return row

    def _gate_near(self, xy: NDArray[np.float64]) -> tuple[int, float]:
        """The nearest gate that the network knows, and how far it is."""
        gates = self.ground.situation.gates
        if len(gates.key) == 0:
            return -1, np.inf
        distance = np.hypot(*(gates.xy - xy).T)
        distance = np.where(gates.edges[:, 0] < 0, np.inf, distance)
        row = int(np.argmin(distance))
        return row, float(distance[row])

    def _close_gate(self, number: int, edit: Edit) -> None:
        if edit.target:
            row = self._gate_named(number, edit.target)
        else:
            row, distance = self._gate_near(self.ground.metres(edit.line)[0])
            if distance > GATE_REACH_M:
                raise EditWrong(EditFault(number, FaultKind.NO_GATE_NEAR, place=edit.line[0]))
        if row in self.shut:
            raise EditWrong(EditFault(number, FaultKind.CHANGES_NOTHING, key=edit.target, other=self.shut[row]))
        self.shut[row] = number
        self.passable.discard(row)
        self.public.discard(row)

    def _refuse_if_open(self, number: int, edit: Edit, row: int) -> None:
        """A gate without hours is open as it is; opening it to those who pass it already changes nothing."""
        gates = self.ground.situation.gates
        widens = edit.open_to == "all" and not gates.open_to_all[row] and row not in self.public
        if not widens and not gates.hours[row] and row not in self.shut:
            raise EditWrong(EditFault(number, FaultKind.CHANGES_NOTHING, key=gates.key[row], place=_first(edit)))

    def _open_known(self, row: int, *, to_all: bool) -> None:
        self.shut.pop(row, None)
        self.passable.add(row)
        if to_all:
            self.public.add(row)

    def _walled(self, number: int, edit: Edit) -> int:
        keys = self.ground.situation.compounds.key
        if edit.target not in keys:
            raise EditWrong(EditFault(number, FaultKind.UNKNOWN_KEY, key=edit.target))
        compound = keys.index(edit.target)
        if not np.isin(compound, self.ground.walled):
            raise EditWrong(EditFault(number, FaultKind.NOT_WALLED, key=edit.target))
        return compound

    def _remove_wall(self, number: int, edit: Edit) -> None:
        compound = self._walled(number, edit)
        if compound in self.unwalled:
            fault = EditFault(number, FaultKind.CHANGES_NOTHING, key=edit.target, other=self.unwalled[compound])
            raise EditWrong(fault)
        self.unwalled[compound] = number
        for row in np.flatnonzero(self.ground.situation.gates.compound == compound).tolist():
            self._open_known(row, to_all=True)

    def _pierce(self, number: int, edit: Edit) -> None:
        """A new gate, from the nearest way inside over the point to the nearest public way outside."""
        ground, xy = self.ground, self.ground.metres(edit.line)[0]
        near = ground.walls.query_nearest(shapely.Point(xy), max_distance=GATE_REACH_M)
        if near.size == 0:
            raise EditWrong(EditFault(number, FaultKind.NO_WALL_NEAR, place=edit.line[0]))
        compound = int(ground.bounded[near.min()])
        if np.isin(compound, ground.walled):
            inner = self._landing_among(self._standing_ways(ground.inner_edges(compound)), xy, PATH_REACH_M)
            public = self._public_landing(xy, PATH_REACH_M)
        else:
            inner, public = self._through_public_ground(xy, compound)
        if inner is None or public is None:
            raise EditWrong(EditFault(number, FaultKind.GATE_TO_NOWHERE, place=edit.line[0]))
        if self._crosses_another(np.array([xy, public.xy]), compound):
            raise EditWrong(EditFault(number, FaultKind.GATE_JOINS_COMPOUNDS, place=edit.line[0]))
        length = round(100 * (inner.leg_m + public.leg_m))
        side = -2 if inner.side >= 0 else PUBLIC
        self._link(_Link(inner, public, length, xy.reshape(1, 2), side), to_all=side == -2 and edit.open_to == "all")

    def _through_public_ground(self, xy: NDArray[np.float64], compound: int) -> tuple[_Landing | None, _Landing | None]:
        """Where a passage meets public ways inside a compound, and outside it."""
        network = self.ground.situation.network
        near = self.ground.public_tree.query(shapely.Point(xy), predicate="dwithin", distance=PATH_REACH_M)
        ways = self._standing_ways(self.ground.public[np.sort(near)])
        middle = network.xy[network.edges[ways]].mean(axis=1)
        inside = shapely.intersects_xy(self.ground.compounds[compound], middle)
        return (
            self._landing_among(ways[inside], xy, PATH_REACH_M),
            self._landing_among(ways[~inside], xy, PATH_REACH_M),
        )

    def _crosses_another(self, line: NDArray[np.float64], compound: int) -> bool:
        ground, drawn = self.ground, shapely.LineString(line)
        others = ground.bounded[ground.walls.query(drawn, predicate="intersects")]
        others = others[(others != compound) & np.isin(others, ground.walled)]
        return bool((shapely.length(shapely.intersection(drawn, ground.compounds[others])) > _CROSSES_M).any())

    def _pass_where_paths_end(self, compound: int) -> None:
        """Passages open to all where inner paths come to an end near a public way, apart from one another and gates."""
        network, gates = self.ground.situation.network, self.ground.situation.gates
        ways = self._standing_ways(self.ground.inner_edges(compound))
        node, count = np.unique(network.edges[ways], return_counts=True)
        ends = node[count == 1]
        taken = [gates.xy[row] for row in np.flatnonzero(gates.compound == compound)]
        found = []
        for end in ends.tolist():
            public = self._public_landing(network.xy[end], PASSAGE_REACH_M)
            if public is not None:
                found.append((public.leg_m, end, public))
        for _, end, public in sorted(found, key=lambda one: one[:2]):
            at = network.xy[end]
            if any(np.hypot(*(at - other)) < PASSAGES_APART_M for other in taken):
                continue
            taken.append(at)
            edge = int(ways[(network.edges[ways] == end).any(axis=1)][0])
            cm = 0 if network.edges[edge, 0] == end else int(network.length_cm[edge])
            inner = _Landing(edge, cm, 0.0, compound, at, end)
            nothing = np.empty((0, 2))
            self._link(_Link(inner, public, round(100 * public.leg_m), nothing, -2), to_all=True)

    def _standing(self, shut_by_hours: NDArray[np.int64]) -> NDArray[np.int64]:
        gates = self.ground.situation.gates
        stands = gates.edges[:, 0] >= 0
        stands[[*self.shut, *shut_by_hours.tolist()]] = False
        return np.flatnonzero(stands)

    def _opened(self, standing: NDArray[np.int64], for_residents: set[int]) -> list[int]:
        """Edges of the gates that are opened, and of those of their compounds that everybody passes already."""
        situation = self.ground.situation
        gates, ends = situation.gates, situation.network.compound[situation.network.edges]
        opening = set(standing.tolist()) & self.public
        touched = {int(gates.compound[row]) for row in opening}
        touched |= {max(self.links[link].start.side, self.links[link].end.side) for link in self.opened_links}
        known = set(np.flatnonzero(gates.open_to_all).tolist()) & set(standing.tolist()) - for_residents
        rows = opening | {row for row in known if int(gates.compound[row]) in touched}
        passages = {int(gates.passage[row]) for row in rows}
        real = [edge for edge in sorted(passages) if min(ends[edge]) == PUBLIC and max(ends[edge]) >= 0]
        return real + [situation.network.edges.shape[0] + link for link in self.opened_links]

    # Ways

    def _edges_along(self, number: int, edit: Edit) -> list[int]:
        """Public ways and inner paths that run along a line."""
        network = self.ground.situation.network
        xy = self.ground.metres(edit.line)
        self._measured(number, xy)
        line = shapely.LineString(xy)
        public = self.ground.public[self.ground.public_tree.query(line, predicate="dwithin", distance=ON_LINE_M)]
        tail = network.xy[network.edges[self.ground.inner, 0]]
        low, high = xy.min(axis=0) - 2 * ON_LINE_M, xy.max(axis=0) + 2 * ON_LINE_M
        near = (tail >= low).all(axis=1) & (tail <= high).all(axis=1)
        ways = np.concatenate([public, self.ground.inner[near]])
        ends = network.xy[network.edges[ways]]
        points = shapely.points(np.stack([ends[:, 0], ends.mean(axis=1), ends[:, 1]], axis=1))
        along = (shapely.distance(points, line) <= ON_LINE_M).all(axis=1)
        if not along.any():
            raise EditWrong(EditFault(number, FaultKind.NO_WAY_HERE, place=edit.line[0]))
        return sorted(ways[along].tolist())

    def _measured(self, number: int, xy: NDArray[np.float64]) -> float:
        """Metres along a drawn line; one that no person can have meant is refused."""
        drawn = float(np.hypot(*np.diff(xy, axis=0).T).sum())
        if drawn > LONGEST_WAY_M:
            found, allowed = f"{drawn / 1000:.0f} km", f"≤ {LONGEST_WAY_M / 1000:.0f} km"
            raise EditWrong(EditFault(number, FaultKind.FIELD, field="line", found=found, allowed=allowed))
        return drawn

    def _add_way(self, number: int, edit: Edit) -> None:
        xy = self.ground.metres(edit.line)
        drawn = self._measured(number, xy)
        start, end = self._landing(xy[0]), self._landing(xy[-1])
        for landing, place in ((start, edit.line[0]), (end, edit.line[-1])):
            if landing is None:
                raise EditWrong(EditFault(number, FaultKind.WAY_TO_NOWHERE, place=place))
        assert start is not None
        assert end is not None
        if start.side >= 0 and end.side >= 0 and start.side != end.side:
            raise EditWrong(EditFault(number, FaultKind.WAY_JOINS_COMPOUNDS, place=edit.line[-1]))
        if np.hypot(*(start.xy - end.xy)) < 0.01:
            raise EditWrong(EditFault(number, FaultKind.SAME_SPOT, place=edit.line[0]))
        length = round(100 * (start.leg_m + drawn + end.leg_m))
        side = start.side if start.side == end.side else -2
        self._link(_Link(start, end, length, xy, side), to_all=side == -2 and edit.open_to == "all")

    def _link(self, link: _Link, *, to_all: bool) -> None:
        if to_all:
            self.opened_links.append(len(self.links))
        self.links.append(link)

    def _landing(self, xy: NDArray[np.float64]) -> _Landing | None:
        """The nearest way that an end may meet: a public one, or an inner path of the compound it lies in."""
        found = [self._public_landing(xy, WAY_REACH_M)]
        compound = self.ground.walled_compound_at(xy)
        if compound >= 0:
            ways = self._standing_ways(self.ground.inner_edges(compound))
            found += [self._landing_among(ways, xy, WAY_REACH_M), self._landing_on_links(xy, compound, WAY_REACH_M)]
        near = [landing for landing in found if landing is not None]
        return min(near, key=lambda landing: landing.leg_m) if near else None

    def _public_landing(self, xy: NDArray[np.float64], reach_m: float) -> _Landing | None:
        point = shapely.Point(xy)
        near = self.ground.public_tree.query(point, predicate="dwithin", distance=reach_m)
        found = self._landing_among(self._standing_ways(self.ground.public[np.sort(near)]), xy, reach_m)
        other = self._landing_on_links(xy, PUBLIC, reach_m)
        if found is None or (other is not None and other.leg_m < found.leg_m):
            return other
        return found

    def _standing_ways(self, ways: NDArray[np.int64]) -> NDArray[np.int64]:
        return ways[~np.isin(ways, list(self.closed))] if self.closed else ways

    def _landing_among(self, ways: NDArray[np.int64], xy: NDArray[np.float64], reach_m: float) -> _Landing | None:
        if ways.size == 0:
            return None
        network = self.ground.situation.network
        edge, leg, share = nearest_edge(self.ground.situation, ways, xy)
        if leg > reach_m:
            return None
        tail, head = network.xy[network.edges[edge]]
        cm = round(share * int(network.length_cm[edge]))
        node = int(network.edges[edge, 0])
        return _Landing(edge, cm, leg, int(self.ground.of_edge[edge]), tail + share * (head - tail), node)

    def _landing_on_links(self, xy: NDArray[np.float64], side: int, reach_m: float) -> _Landing | None:
        """The nearest point of the new ways of one side."""
        best: _Landing | None = None
        point = shapely.Point(xy)
        for number, link in enumerate(self.links):
            line = shapely.LineString(np.vstack([link.start.xy, link.xy, link.end.xy]))
            leg = float(shapely.distance(line, point))
            if link.side != side or leg > reach_m or (best is not None and leg >= best.leg_m):
                continue
            share = float(shapely.line_locate_point(line, point, normalized=True)) if line.length else 0.0
            at = shapely.get_coordinates(shapely.line_interpolate_point(line, share, normalized=True))[0]
            edge = self.ground.situation.network.edges.shape[0] + number
            best = _Landing(edge, round(share * link.length_cm), leg, side, at, link.start.node)
        return best

    def _columns(self) -> Links:
        def column(values: list[int]) -> NDArray[np.int32]:
            return np.array(values, dtype=np.int32)

        return Links(
            start_edge=column([link.start.edge for link in self.links]),
            start_cm=column([link.start.cm for link in self.links]),
            end_edge=column([link.end.edge for link in self.links]),
            end_cm=column([link.end.cm for link in self.links]),
            length_cm=column([link.length_cm for link in self.links]),
            xy=tuple(link.xy for link in self.links),
        )


def _first(edit: Edit) -> tuple[float, float] | None:
    return edit.line[0] if edit.line else None
