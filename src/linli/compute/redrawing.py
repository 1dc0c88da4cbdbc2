"""The pen that draws changes into a walking network: edges are cut, links drawn, gates pierced, interiors copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from linli.compute import inputs
from linli.compute.changes import Changed, Changes, Links
from linli.compute.network import INFINITY_CM, PUBLIC, WalkingNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


class Redrawing:
    """A network while changes are being made: what is new stands in lists."""

    def __init__(self, network: WalkingNetwork, changes: Changes) -> None:
        self.base, self.links = network, changes.links
        m = self.edges_before = int(network.edges.shape[0])
        joined = m + len(changes.links)
        self.shut = np.unique(inputs.integers("closed", changes.closed, lowest=0, below=m))
        self.opened = inputs.integers("opened", changes.opened, lowest=0, below=joined)
        for name in ("start_edge", "end_edge"):
            inputs.integers(f"links.{name}", getattr(changes.links, name), rows=len(changes.links), lowest=0)
        inputs.integers("links.length_cm", changes.links.length_cm, rows=len(changes.links), lowest=0, below=2**28)
        self.xy: list[Floats] = []
        self.compound: list[int] = []
        self.edges: list[tuple[int, int]] = []
        self.length: list[int] = []
        self.first_piece: dict[int, tuple[int, int]] = {}
        self.pieces: dict[int, list[tuple[int, int]]] = {}
        self.side: list[int] = []
        self.ends_at: dict[tuple[int, int], int] = {}
        self.ways: list[tuple[int, int]] = []
        self.gate = np.full(len(changes.links), -1, dtype=np.int32)
        self.twins: dict[tuple[int, int], tuple[int, int]] = {}
        self.outdated: list[NDArray[np.int64]] = []

    def node(self, xy: Floats, compound: int) -> int:
        self.xy.append(xy)
        self.compound.append(compound)
        return self.base.nodes + len(self.xy) - 1

    def edge(self, tail: int, head: int, cm: int) -> int:
        self.edges.append((tail, head))
        self.length.append(cm)
        return self.edges_before + len(self.edges) - 1

    def at(self, node: int) -> Floats:
        old = self.base.nodes
        return self.base.xy[node] if node < old else self.xy[node - old]

    def compound_of(self, node: int) -> int:
        old = self.base.nodes
        return int(self.base.compound[node] if node < old else self.compound[node - old])

    def side_of(self, edge: int, link: int, name: str) -> int:
        """The compound whose paths an edge or an earlier link belongs to; -1 for public ways."""
        m = self.edges_before
        if edge >= m:
            if edge - m >= link or self.side[edge - m] < PUBLIC:
                raise _refusal(name, link, edge, "is neither an edge nor an earlier link that is a way")
            return self.side[edge - m]
        first, second = self.base.compound[self.base.edges[edge]].tolist()
        if first != second or first < PUBLIC:
            raise _refusal(name, link, edge, "is no way that a link can meet")
        return int(first)

    def cut_edges(self) -> None:
        """Put nodes on the base's edges where links meet them, and say what kind of way each link is."""
        cuts: dict[int, set[int]] = {}
        m = self.edges_before
        for link, edge, cm, name in _ends(self.links):
            if edge < m:
                if not 0 <= cm <= self.base.length_cm[edge]:
                    raise _refusal(f"links.{name}_cm", link, cm, "lies beyond the end of its edge")
                cuts.setdefault(edge, set()).add(cm)
        for link in range(len(self.links)):
            sides = [
                self.side_of(int(edges[link]), link, f"links.{name}_edge")
                for name, edges in (("start", self.links.start_edge), ("end", self.links.end_edge))
            ]
            if sides[0] != sides[1] and min(sides) > PUBLIC:
                raise _refusal("links", link, sides, "joins two compounds")
            self.side.append(sides[0] if sides[0] == sides[1] else -2 - max(sides))
        for edge in sorted(cuts):
            self.cut(edge, sorted(cuts[edge]))

    def cut(self, edge: int, cuts: list[int]) -> None:
        """Split one edge of the base."""
        tail, head = self.base.edges[edge].tolist()
        length = int(self.base.length_cm[edge])
        compound = self.compound_of(tail)
        along = self.at(head) - self.at(tail)
        pieces, before, start = [], tail, 0
        for cm in cuts:
            if cm in {0, length}:
                self.ends_at[edge, cm] = tail if cm == 0 else head
                continue
            here = self.node(self.at(tail) + along * (cm / length), compound)
            self.ends_at[edge, cm] = here
            pieces.append((before, here, start, cm))
            before, start = here, cm
        if not pieces:
            return
        pieces.append((before, head, start, length))
        shut = length >= INFINITY_CM or bool(np.isin(edge, self.shut))
        self.first_piece[edge] = pieces[0][:2]
        numbers = [(edge, 0)]
        for first, second, begin, end in pieces[1:]:
            numbers.append((self.edge(first, second, INFINITY_CM if shut else end - begin), begin))
        self.pieces[edge] = numbers

    def draw_links(self) -> None:
        """One link after the other, so that a link may end on an earlier one."""
        m = self.edges_before
        onto: dict[int, set[int]] = {}
        for link, edge, cm, name in _ends(self.links):
            if edge >= m:
                if not 0 <= cm <= self.links.length_cm[edge - m]:
                    raise _refusal(f"links.{name}_cm", link, cm, "lies beyond the end of its link")
                onto.setdefault(edge - m, set()).add(cm)
        for link, side in enumerate(self.side):
            start = self.ends_at[int(self.links.start_edge[link]), int(self.links.start_cm[link])]
            end = self.ends_at[int(self.links.end_edge[link]), int(self.links.end_cm[link])]
            if side < PUBLIC:
                inner, public = (start, end) if self.compound_of(start) >= 0 else (end, start)
                self.pierce(link, inner, public)
            else:
                self.draw(link, side, start, end, sorted(onto.get(link, ())))

    def draw(self, link: int, side: int, start: int, end: int, cuts: list[int]) -> None:
        """A way over its drawn points, with nodes where later links meet it."""
        length, m = int(self.links.length_cm[link]), self.edges_before
        points = np.vstack([self.at(start), np.reshape(self.links.xy[link], (-1, 2)), self.at(end)])
        far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        if far[-1] == 0:
            far = np.linspace(0, 1, points.shape[0])
        at_cm = np.rint(far / far[-1] * length).astype(np.int64)
        stops = sorted({(int(cm), point) for point, cm in enumerate(at_cm[1:-1].tolist(), start=1)})
        known = {cm for cm, _ in stops} | {0, length}
        # A way without a point between would join two nodes of the base; see ``amending``.
        middle = [] if stops or any(cm not in known for cm in cuts) else [length // 2]
        stops += [(cm, -1) for cm in [*(cm for cm in cuts if cm not in known), *middle]]
        m_link = m + link
        before, begin = start, 0
        for cm, point in sorted(stops):
            xy = points[point] if point >= 0 else _between(points, at_cm, cm)
            here = self.node(xy, side)
            self.ends_at.setdefault((m_link, cm), here)
            self.ways.append((self.edge(before, here, cm - begin), side))
            before, begin = here, cm
        self.ways.append((self.edge(before, end, length - begin), side))
        self.ends_at[m_link, 0] = start
        self.ends_at[m_link, length] = end if length else start

    def pierce(self, link: int, inner: int, public: int) -> None:
        """A gate: an inner path to the wall, and a passage of no length through it.

        All that leads from a compound to the same public node meets before the passage, so that an inner path may pass
        it without leaving, as in every network.
        """
        compound = self.compound_of(inner)
        if (compound, public) not in self.twins:
            twin = self.node(self.at(public), compound)
            self.twins[compound, public] = twin, self.edge(twin, public, 0)
            for gate in self.gates_at(compound, public):
                own = self.base.edges[gate]
                known = int(own[0] if own[1] == public else own[1])
                self.edge(known, twin, int(self.base.length_cm[gate]))
        twin, passage = self.twins[compound, public]
        self.edge(inner, twin, int(self.links.length_cm[link]))
        self.gate[link] = passage

    def gates_at(self, compound: int, public: int) -> Iterable[int]:
        """Gates of the base between a compound and a public node."""
        if public >= self.base.nodes:
            return ()
        met = np.flatnonzero((self.base.edges == public).any(axis=1))
        sides = self.base.compound[self.base.edges[met]].max(axis=1)
        walkable = (self.base.length_cm[met] < INFINITY_CM) & ~np.isin(met, self.shut)
        met = met[(sides == compound) & walkable]
        return [int(edge) for edge in met]

    def copy_interiors(self) -> None:
        """Give the public a new copy of every interior in which something changes, if it may walk through it."""
        open_at = self.newly_open()
        touched = set(open_at) | {k for k in self.compound if k >= 0}
        ends = self.base.compound[self.base.edges[self.shut]]
        touched |= set(ends[ends >= 0].tolist())
        if not touched:
            return
        edges, length = self.all_edges()
        inside = np.concatenate([self.base.compound, np.array(self.compound, dtype=np.int32)])
        asked = np.zeros(int(inside.max(initial=0)) + 1, dtype=np.bool_)
        asked[sorted(touched)] = True
        # Of an inner node the compound, of one in its copy too; of a public node the last entry, which nobody asks.
        owner = np.where(inside >= 0, inside, -2 - inside)
        asked = np.append(asked, False)
        tail, head = edges.T
        rows = np.flatnonzero(asked[owner[tail]] | asked[owner[head]])
        some = edges[rows], length[rows], inside[edges[rows]], rows
        for compound in sorted(touched):
            self.copy_interior(compound, open_at.get(compound, set()), *some, np.flatnonzero(inside == compound))

    def copy_interior(
        self,
        compound: int,
        opened: set[int],
        edges: Ints,
        length: Ints,
        sides: Ints,
        number: NDArray[np.int64],
        nodes: NDArray[np.int64],
    ) -> None:
        """One interior, given the edges of some compounds, their lengths, the sides of their ends, their numbers."""
        copied = -2 - compound
        walkable = length < INFINITY_CM
        outdated = np.flatnonzero((sides == copied).any(axis=1))
        passages = outdated[walkable[outdated] & (sides[outdated] == PUBLIC).any(axis=1)]
        opened = opened | set(edges[passages][sides[passages] == PUBLIC].tolist())
        own = (sides == compound).any(axis=1) & walkable
        gate = np.flatnonzero(own & (sides == PUBLIC).any(axis=1))
        public = edges[gate, np.argmin(sides[gate], axis=1)]
        is_open = np.isin(public, sorted(opened))
        self.outdated.append(number[outdated])
        if np.unique(public[is_open]).size < 2:
            return
        copy = {node: self.node(self.at(node), copied) for node in nodes.tolist()}
        inner = np.flatnonzero(own & (sides == compound).all(axis=1))
        inner = inner[~self.shut_for_the_public(edges[inner], length[inner], copied)]
        for tail, head, cm in zip(*edges[inner].T.tolist(), length[inner].tolist(), strict=True):
            self.edge(copy[tail], copy[head], cm)
        for row in gate[is_open].tolist():
            tail, head = edges[row].tolist()
            self.edge(copy.get(tail, tail), copy.get(head, head), int(length[row]))

    def shut_for_the_public(self, edges: Ints, length: Ints, copied: int) -> NDArray[np.bool_]:
        """Of inner edges, whether their copies alone are closed: those have the same ends and length."""
        shut = self.shut[(self.base.compound[self.base.edges[self.shut]] == copied).all(axis=1)]
        marks = {self.mark(self.base.edges[edge], self.base.length_cm[edge]) for edge in shut}
        found = [bool(marks) and self.mark(ends, cm) in marks for ends, cm in zip(edges, length, strict=True)]
        return np.array(found, dtype=np.bool_)

    def mark(self, ends: Ints, cm: int) -> tuple[frozenset[tuple[float, ...]], int]:
        return frozenset(tuple(self.at(int(end)).tolist()) for end in ends), int(cm)

    def newly_open(self) -> dict[int, set[int]]:
        """Public nodes at the gates that are opened, by compound."""
        m = self.edges_before
        found: dict[int, set[int]] = {}
        for row, edge in enumerate(self.opened.tolist()):
            number = int(self.gate[edge - m]) if edge >= m else edge
            ends = self.base.edges[number].tolist() if 0 <= number < m else self.edges[number - m]
            sides = [self.compound_of(int(end)) for end in ends]
            if number < 0 or min(sides) != PUBLIC or max(sides) < 0:
                raise _refusal("opened", row, edge, "is no gate")
            found.setdefault(max(sides), set()).add(int(ends[int(np.argmin(sides))]))
        return found

    def all_edges(self) -> tuple[Ints, Ints]:
        """Ends and lengths as they are so far."""
        edges, length = self.base.edges.copy(), self.base.length_cm.copy()
        for edge, ends in self.first_piece.items():
            edges[edge] = ends
            if length[edge] < INFINITY_CM:
                length[edge] = self.pieces[edge][1][1]
        length[self.shut] = INFINITY_CM
        return (
            np.concatenate([edges, np.array(self.edges, dtype=np.int32).reshape(-1, 2)]),
            np.concatenate([length, np.array(self.length, dtype=np.int32)]),
        )

    def result(self) -> Changed:
        edges, length = self.all_edges()
        outdated = np.concatenate([*self.outdated, np.empty(0, dtype=np.int64)]).astype(np.int32)
        length[outdated] = INFINITY_CM
        base = self.base
        network = WalkingNetwork(
            np.concatenate([base.xy, np.array(self.xy, dtype=np.float64).reshape(-1, 2)]),
            edges,
            length,
            np.concatenate([base.compound, np.array(self.compound, dtype=np.int32)]),
        )
        split = sorted(self.pieces)
        pieces = [piece for edge in split for piece in self.pieces[edge]]
        counts = [len(self.pieces[edge]) for edge in split]
        number, start = _columns(pieces)
        way, side = _columns(self.ways)
        closed = np.union1d(self.shut, outdated)
        return Changed(
            base=base,
            network=network,
            closed=closed[base.length_cm[closed] < INFINITY_CM].astype(np.int32),
            split=np.array(split, dtype=np.int32),
            piece_first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            piece=number,
            piece_start_cm=start,
            way=way,
            way_compound=side,
            gate=self.gate,
        )


def _refusal(name: str, row: int, value: object, why: str) -> ValueError:
    return ValueError(f"{name}: row {row} is {value}: {why}")


def _ends(links: Links) -> Iterator[tuple[int, int, int, str]]:
    """Link, edge, place on it and name of every end."""
    for link in range(len(links)):
        yield link, int(links.start_edge[link]), int(links.start_cm[link]), "start"
        yield link, int(links.end_edge[link]), int(links.end_cm[link]), "end"


def _between(points: Floats, at_cm: NDArray[np.int64], cm: int) -> Floats:
    """The point of a line that lies so far along it."""
    last = int(np.clip(np.searchsorted(at_cm, cm, side="right"), 1, at_cm.size - 1))
    begin, end = int(at_cm[last - 1]), int(at_cm[last])
    share = (cm - begin) / (end - begin) if end > begin else 0.0
    return np.asarray(points[last - 1] + share * (points[last] - points[last - 1]), dtype=np.float64)


def _columns(pairs: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    both = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return np.ascontiguousarray(both[:, 0]), np.ascontiguousarray(both[:, 1])
