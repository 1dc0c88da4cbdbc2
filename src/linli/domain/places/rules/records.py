"""The records of one layer as assembling reads them: in order of key, in metres."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.domain.places.rules import membership, projection
from linli.domain.places.rules.package import DistrictPackage

PlaceIds = Mapping[str, Mapping[str, int]]
"""Layer → key → permanent id; empty where a package was read from files."""


@dataclass(frozen=True, slots=True)
class Records:
    """One layer in order of key: attributes, and geometries in metres."""

    keys: tuple[str, ...]
    attributes: tuple[Mapping[str, object], ...]
    shape: NDArray[np.object_]
    point: NDArray[np.object_]
    place: NDArray[np.int64]

    def values(self, field: str) -> list[object]:
        return [record.get(field) for record in self.attributes]

    def numbers(self, field: str) -> NDArray[np.float64]:
        """NaN where unknown."""
        return np.array([np.nan if value is None else value for value in self.values(field)], dtype=np.float64)

    def texts(self, field: str) -> tuple[str, ...]:
        return tuple("" if value is None else str(value) for value in self.values(field))

    def wholes(self, field: str, dtype: type[np.integer]) -> NDArray[np.integer]:
        """-1 where unknown."""
        return np.array([-1 if value is None else value for value in self.values(field)], dtype=dtype)

    def index(self) -> dict[str, int]:
        return {key: number for number, key in enumerate(self.keys)}

    def take(self, rows: NDArray[np.intp]) -> "Records":
        return Records(
            tuple(self.keys[row] for row in rows),
            tuple(self.attributes[row] for row in rows),
            self.shape[rows],
            self.point[rows],
            self.place[rows],
        )


def records_of(package: DistrictPackage, layer: str, epsg: int, place_ids: PlaceIds) -> Records:
    """A layer in order of key. Records without geometry are left out where the measures need one."""
    table = package.layers.get(layer)
    if table is None or len(table.keys) == 0:
        nothing = np.empty(0, dtype=object)
        return Records((), (), nothing, nothing, np.empty(0, dtype=np.int64))
    order = np.array(sorted(range(len(table.keys)), key=table.keys.__getitem__), dtype=np.intp)
    if layer not in {"subdistricts", "walls"}:
        order = order[~shapely.is_missing(table.geometry[order]) & ~shapely.is_empty(table.geometry[order])]
    shape = projection.projected(table.geometry[order], epsg)
    keys = tuple(table.keys[row] for row in order)
    ids = place_ids.get(layer, {})
    return Records(
        keys,
        tuple(table.attributes[row] for row in order),
        shape,
        membership.places_of(shape) if layer not in {"streets", "walls"} else shape,
        np.array([ids.get(key, 0) for key in keys], dtype=np.int64),
    )
