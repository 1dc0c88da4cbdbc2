"""Changes of a walking network as values, and what they have made of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.compute.network import WalkingNetwork

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Links:
    """New ways, l of them: each joins two points that lie on ways.

    Attributes
    ----------
    start_edge, end_edge : (l,) int32
        An edge of the network; ``m + j`` for link ``j``, which comes earlier.
    start_cm, end_cm : (l,) int32
        Where on that edge, from its tail; of a link, from its start.
    length_cm : (l,) int32
        Of the link, the straight legs to both edges included.
    xy : l arrays (k, 2) float64, metres
        The line as drawn, between its two points; new places may meet it.

    A link with one end on an inner path of a compound and the other on a public way is a gate; places meet no gate.
    With both ends on paths of one compound it is an inner path; between two compounds there is none.
    """

    start_edge: NDArray[np.int32]
    start_cm: NDArray[np.int32]
    end_edge: NDArray[np.int32]
    end_cm: NDArray[np.int32]
    length_cm: NDArray[np.int32]
    xy: tuple[NDArray[np.float64], ...]

    def __len__(self) -> int:
        return int(self.start_edge.size)


def no_links() -> Links:
    """None at all."""
    nothing = np.empty(0, dtype=np.int32)
    return Links(nothing, nothing, nothing, nothing, nothing, ())


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of a network that are made at once.

    Attributes
    ----------
    closed : (k,) int32
        Edges that nobody walks along any more. An inner path or a gate closes in the public copy of its interior too.
    links : Links
    opened : (g,) int32
        Gates, by number of edge (``m + j`` for a link), that everybody may walk through from now on. The public copy of
        a compound's interior then leads between all its open gates. Where there is no such copy so far, a network
        does not tell which gates are open already: name these too. One open gate alone leads nowhere.
    """

    closed: NDArray[np.int32]
    links: Links
    opened: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Changed:
    """A network and what changes have made of it.

    Attributes
    ----------
    base, network : WalkingNetwork
        Before and after.
    closed : (c,) int32
        Edges of the base that are closed now, those of outdated copies included.
    split : (s,) int32
        Edges of the base that were cut, ascending.
    piece_first : (s + 1,) int32
    piece, piece_start_cm : (p,) int32
        The pieces of each, from its tail: their numbers, and where they begin. The first keeps the number.
    way, way_compound : (w,) int32
        Edges along links that places may meet, and the compound whose paths they are (-1 for public ways).
    gate : (l,) int32
        The edge through the wall of each link that is a gate; -1 for others.
    """

    base: WalkingNetwork
    network: WalkingNetwork
    closed: Ints
    split: Ints
    piece_first: Ints
    piece: Ints
    piece_start_cm: Ints
    way: Ints
    way_compound: Ints
    gate: Ints
