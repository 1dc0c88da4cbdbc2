"""The district as it was made up, before it is written as layers."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from linli.synthetic import divisions
from linli.synthetic.drawing import Drawing
from linli.synthetic.ground import Ground

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class People:
    """Residents of communities and homes."""

    total: Ints
    """(communities,)"""
    home: Ints
    """Rows of the drawing's houses that are homes."""
    of_home: Ints
    ages: Ints
    """(homes, 7)"""


@dataclass(frozen=True, slots=True)
class District:
    """Everything from which the layers are written."""

    seed: int
    members: tuple[divisions.Subdistrict, ...]
    drawn: Drawing
    land: Ground
    people: People
    compound_name: list[str]
    compound_key: list[str]
    """Of each parcel, "" where it is no compound."""
    year: Ints
    """Of each parcel."""
    cell: Ints
    """Grid cell of each parcel."""
    cell_community: Ints
    """Community of each grid cell."""
    day: date

    @property
    def is_new(self) -> NDArray[np.bool_]:
        """Communities of nothing but new compounds."""
        lots = self.drawn.parcels
        older = np.array([bool(lot.type) and lot.type != "new_build" for lot in lots])
        return np.bincount(self.drawn.community, weights=older, minlength=self.people.total.size) == 0

    @property
    def communities(self) -> list[divisions.Community]:
        return [member for area in self.members for member in area.communities]


def count_up(group: Ints) -> Ints:
    """0, 1, 2, … within each run of equal numbers."""
    return np.arange(group.size) - np.searchsorted(group, group)
