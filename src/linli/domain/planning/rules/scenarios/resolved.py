"""What a list of edits means for one situation in one time slice, in rows and edges."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.compute.edits import Changes
from linli.compute.snapping import Anchors


@dataclass(frozen=True, slots=True)
class NewFacilities:
    """Facilities that come after those that stay, in order of edits; moved ones keep key, name and place."""

    key: tuple[str, ...]
    name: tuple[str, ...]
    place: NDArray[np.int64]
    xy: NDArray[np.float64]
    kind: NDArray[np.int16]
    community: NDArray[np.int32]
    compound: NDArray[np.int32]
    capacity: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    open_to_all: NDArray[np.bool_]
    hours: tuple[str, ...]
    anchors: Anchors
    """On the base network."""


@dataclass(frozen=True, slots=True)
class FacilityChanges:
    """Changes of the facilities of a situation."""

    removed: NDArray[np.int64]
    """Rows of the base that do not count, ascending: closed, moved away, or shut at that time."""
    shut: NDArray[np.int64]
    """Those among them that are only shut at that time, by their recorded hours."""
    changed: NDArray[np.int64]
    """Rows of the base, ascending, whose figures become others."""
    capacity: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    open_to_all: NDArray[np.bool_]
    added: NewFacilities


@dataclass(frozen=True, slots=True)
class NewHomes:
    """Buildings that come after those of the base, one for each edit."""

    key: tuple[str, ...]
    xy: NDArray[np.float64]
    community: NDArray[np.int32]
    compound: NDArray[np.int32]
    grid_cell: NDArray[np.int32]
    dwellings: NDArray[np.int32]
    """-1 where nobody has said."""
    floor_area_m2: NDArray[np.float64]
    people: NDArray[np.int64]
    """(h, 7)"""
    anchors: Anchors
    """On the base network."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A list of edits that holds together.

    Places of the base network meet the changed one as ``compute.edits.moved`` has it; new places are anchored on the
    base network first and move like all others.
    """

    slice: str
    """"" for what holds at all hours."""
    fingerprint: str
    """Of the situation with the edits; that of the base where nothing is changed."""
    changes: Changes
    facilities: FacilityChanges
    homes: NewHomes
    premises: NDArray[np.int64]
    """Rows of premises that are idle no more."""
    unwalled: NDArray[np.int64]
    """Rows of compounds whose wall is gone."""
    shut_gates: NDArray[np.int64]
    """Rows of gates that are shut at that time, by their recorded hours."""
    kept_gates: NDArray[np.int64]
    """Rows of gates whose hours say shut, but by which alone residents come home: only the public stays outside."""
    unknown_hours: int
    """Facilities and gates of which nobody recorded hours that can be read; they count as open."""
    edits: tuple[int, ...]
    """Numbers, from 1, of the edits that hold in the slice."""
    cost_fen: int
    """Of all edits of the list whose cost is said."""
    cost_unknown: int

    @property
    def changes_network(self) -> bool:
        return bool(self.changes.closed.size or len(self.changes.links) or self.changes.opened.size)
