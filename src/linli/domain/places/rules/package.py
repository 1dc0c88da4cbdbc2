"""A district as it was handed over: layers of records in WGS 84, with the faults found while reading them.

``interchange`` makes these values from files and ``places.queries`` from an edition; ``assembly`` turns either into a
situation, so that a figure cannot depend on where its data came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Severity(StrEnum):
    REFUSED = "refused"
    """The record cannot be taken; unless the rest is imported explicitly, nothing is."""
    REPAIRED = "repaired"
    """Taken after a repair, which is reported."""
    NOTE = "note"
    """Taken as it is; worth knowing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong, with its place. ``row`` is the row a person sees in the file (the heading is row 1)."""

    severity: Severity
    file: str
    layer: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    found: str = ""
    allowed: str = ""
    message: str = ""
    """A Chinese sentence: what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class LayerTable:
    """The records of one layer, in file order. ``geometry`` holds shapely geometries in WGS 84 or None."""

    layer: str
    keys: tuple[str, ...]
    geometry: NDArray[np.object_]
    attributes: tuple[Mapping[str, object], ...]
    """Per record the known fields only, already of the type that ``layers`` names; absent means unknown. The key field
    itself is in ``keys`` only.
    """
    source: str
    licence: str
    source_crs: str
    """What the file spoke: ``EPSG:4326``, ``GCJ-02``, ``BD-09``, …"""
    day: date


@dataclass(frozen=True, slots=True)
class PopulationGrid:
    """Residents by cell, where a register by building is missing. Cells are polygons in WGS 84."""

    cells: NDArray[np.object_]
    people: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DistrictPackage:
    """A whole district at one time.

    ``control_totals`` maps an area's code to its residents (by band where known): figures that estimates must add up
    to. ``band_shares`` is the district's age structure, used where only totals are known.
    """

    code: str
    name: str
    day: date
    source: str
    licence: str
    synthetic: bool
    layers: Mapping[str, LayerTable]
    control_totals: Mapping[str, int]
    band_shares: tuple[float, ...] | None
    population_grid: PopulationGrid | None
    complete_kinds: frozenset[str]
    faults: tuple[Fault, ...]
    fingerprint: str
    """SHA-256 over all that above, but for the faults: ``rules.fingerprint.sealed`` fills it in, and nothing else
    does.
    """
