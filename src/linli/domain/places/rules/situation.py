"""The situation of a district: the frozen arrays that measures read.

Built by ``places.queries`` from an edition, by ``interchange`` from a package's files, or by a scenario; measures
cannot tell which. Coordinates are projected metres (``epsg``); walking lengths are whole centimeters. -1 in an index
array means none or unknown; NaN in a number array means unknown.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.compute.network import WalkingNetwork
from linli.compute.snapping import Anchors
from linli.domain.places.rules.layers import AGE_GROUPS


class PeopleSource(IntEnum):
    """Where a building's people come from; everything but a register is an estimate and shown as one."""

    NONE = 0
    REGISTER = 1
    GRID = 2
    FLOOR_AREA = 3
    PLANNED = 4
    """Said by a scenario."""


@dataclass(frozen=True, slots=True)
class Areas:
    """Communities in order of code, with the subdistricts they lie in."""

    place: NDArray[np.int64]
    """(c,) permanent ids; 0 where the situation was read from files."""
    code: tuple[str, ...]
    name: tuple[str, ...]
    kind: tuple[str, ...]
    area_m2: NDArray[np.float64]
    subdistrict: NDArray[np.int32]
    """(c,) index into the subdistrict tuples, or -1."""
    subdistrict_place: NDArray[np.int64]
    subdistrict_code: tuple[str, ...]
    subdistrict_name: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compounds:
    key: tuple[str, ...]
    name: tuple[str, ...]
    place: NDArray[np.int64]
    community: NDArray[np.int32]
    type: tuple[str, ...]
    """Community type by pack key, or "" where none was recorded."""
    walled: NDArray[np.bool_]
    area_m2: NDArray[np.float64]
    year: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Buildings:
    key: tuple[str, ...]
    place: NDArray[np.int64]
    xy: NDArray[np.float64]
    """(b, 2) metres."""
    community: NDArray[np.int32]
    compound: NDArray[np.int32]
    grid_cell: NDArray[np.int32]
    residential: NDArray[np.bool_]
    dwellings: NDArray[np.int32]
    households: NDArray[np.int32]
    floor_area_m2: NDArray[np.float64]
    year: NDArray[np.int16]
    people: NDArray[np.int64]
    """(b, 7) residents by ``layers.AGE_BANDS``. Where ``Situation.bands_known`` is false only the sum of a row means
    anything: use ``Situation.residents``.
    """
    people_source: NDArray[np.int8]
    anchors: Anchors


@dataclass(frozen=True, slots=True)
class Facilities:
    key: tuple[str, ...]
    name: tuple[str, ...]
    place: NDArray[np.int64]
    xy: NDArray[np.float64]
    kind: NDArray[np.int16]
    """(f,) index into ``Situation.facility_kinds``."""
    community: NDArray[np.int32]
    compound: NDArray[np.int32]
    capacity: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    open_to_all: NDArray[np.bool_]
    anchors: Anchors
    hours: tuple[str, ...] = ()
    """Opening hours as recorded, "" where they are not; empty where none of any facility are."""


@dataclass(frozen=True, slots=True)
class Premises:
    key: tuple[str, ...]
    place: NDArray[np.int64]
    xy: NDArray[np.float64]
    community: NDArray[np.int32]
    idle: NDArray[np.bool_]
    area_m2: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GridCells:
    """Cells of the grid by which communities are kept; ``Buildings.grid_cell`` counts in this order."""

    key: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    place: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    community: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))


def _no_rows(*shape: int, dtype: type = np.int32) -> NDArray[Any]:
    return np.empty((0, *shape), dtype=dtype)


@dataclass(frozen=True, slots=True)
class Gates:
    """Gates of walled compounds: the recorded ones in order of key, then those assumed where ways pass a wall."""

    key: tuple[str, ...] = ()
    """"" for an assumed gate."""
    name: tuple[str, ...] = ()
    xy: NDArray[np.float64] = field(default_factory=lambda: _no_rows(2, dtype=np.float64))
    compound: NDArray[np.int32] = field(default_factory=_no_rows)
    hours: tuple[str, ...] = ()
    open_to_all: NDArray[np.bool_] = field(default_factory=lambda: _no_rows(dtype=np.bool_))
    edges: NDArray[np.int32] = field(default_factory=lambda: _no_rows(2))
    """(g, 2) what closes with this gate alone: an edge of the network, and its copy in the public interior; -1 where
    there is none, or where the network lost it.
    """
    passage: NDArray[np.int32] = field(default_factory=_no_rows)
    """(g,) the edge through the wall; gates at one point of a street share it. -1 where the network lost it."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Geometries in metres as arrays: WKB one after the other, and where each ends."""

    wkb: NDArray[np.uint8] = field(default_factory=lambda: _no_rows(dtype=np.uint8))
    end: NDArray[np.int64] = field(default_factory=lambda: _no_rows(dtype=np.int64))

    @classmethod
    def of(cls, geometries: NDArray[np.object_]) -> "Shapes":
        """Missing geometries become empty ones."""
        present = np.where(shapely.is_missing(geometries), shapely.GeometryCollection(), geometries)
        parts = [bytes(part) for part in shapely.to_wkb(present, output_dimension=2, byte_order=1)]
        ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        return cls(np.frombuffer(b"".join(parts), dtype=np.uint8), ends)

    def geometries(self) -> NDArray[np.object_]:
        whole, bounds = self.wkb.tobytes(), [0, *self.end.tolist()]
        raw = np.empty(self.end.size, dtype=object)
        raw[:] = [whole[start:end] for start, end in pairwise(bounds)]
        return np.asarray(shapely.from_wkb(raw), dtype=object)


@dataclass(frozen=True, slots=True)
class Outlines:
    """The areas of ``areas``, ``compounds`` and ``grid_cells``, each in its order: they tell where a new place lies."""

    communities: Shapes = field(default_factory=Shapes)
    compounds: Shapes = field(default_factory=Shapes)
    grid_cells: Shapes = field(default_factory=Shapes)


@dataclass(frozen=True, slots=True)
class Situation:
    """One district on one edition. ``fingerprint`` names the inputs; equal fingerprints give equal figures."""

    fingerprint: str
    code: str
    name: str
    day: date
    epsg: int
    synthetic: bool
    areas: Areas
    compounds: Compounds
    buildings: Buildings
    facilities: Facilities
    premises: Premises
    network: WalkingNetwork
    facility_kinds: tuple[str, ...]
    """Every kind of the vocabulary, in its order, whether the district has any or not."""
    complete_kinds: frozenset[str]
    """Kinds of which the source declares that all facilities are listed. For any other kind a shortage is not a
    finding.
    """
    bands_known: bool = True
    """False where nothing tells the ages of (some) residents: measures for an age group are then not assessable."""
    grid_cells: GridCells = field(default_factory=GridCells)
    gates: Gates = field(default_factory=Gates)
    outlines: Outlines = field(default_factory=Outlines)

    def residents(self, age_group: str) -> NDArray[np.int64] | None:
        """(b,) residents of an age group by building; None where their ages are not known. ``all`` is always known."""
        if age_group != "all" and not self.bands_known:
            return None
        return np.asarray(self.buildings.people[:, list(AGE_GROUPS[age_group])].sum(axis=1), dtype=np.int64)
