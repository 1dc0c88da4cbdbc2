"""What an edit does to a walking network, in the network's own terms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
        The line as drawn, between its two points; places may meet it.

    A link with one end on an inner path of a compound and the other on a public way is a gate; places meet no gate.
    With both ends on paths of one compound it is an inner path; between two compounds there is none.
    """

    start_edge: NDArray[np.int32]
    start_cm: NDArray[np.int32]
    end_edge: NDArray[np.int32]
    end_cm: NDArray[np.int32]
    length_cm: NDArray[np.int32]
    xy: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of a network that are made at once.

    Attributes
    ----------
    closed : (k,) int32
        Edges that nobody walks on any more.
    links : Links
    opened : (g,) int32
        Gates, by number of edge (``m + j`` for a link), that everybody may walk through from now on. The public copy of
        a compound's interior then leads between all its open gates.
    """

    closed: NDArray[np.int32]
    links: Links
    opened: NDArray[np.int32]
