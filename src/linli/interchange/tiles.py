"""Vector tiles of an edition's layers, one PMTiles file a layer, for the base map of the pages.

The files stand on their own: a browser reads them by byte range and no tile server is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pyogrio.raw import write

from linli.domain.places.rules.package import LayerTable
from linli.interchange.export import as_array


@dataclass(frozen=True, slots=True)
class TileLayer:
    """How a layer is cut: the zooms between which it has tiles, and the fields that the map reads."""

    key: str
    zoom_min: int
    zoom_max: int
    fields: tuple[str, ...]


TILE_LAYERS = (
    TileLayer("land", 10, 14, ("kind",)),
    TileLayer("barriers", 10, 14, ("kind", "name")),
    TileLayer("streets", 10, 15, ("class", "name")),
    TileLayer("compounds", 12, 15, ("name", "type")),
    TileLayer("buildings", 13, 15, ("use", "floors")),
    TileLayer("walls", 14, 15, ()),
    TileLayer("gates", 14, 15, ("open_to",)),
)


def write_tiles(table: LayerTable, cut: TileLayer, *, places: Mapping[str, int], path: Path) -> None:
    """Write one layer's tiles at ``path``; a record's permanent id is its ``place`` field."""
    kept = np.flatnonzero(~shapely.is_missing(table.geometry) & ~shapely.is_empty(table.geometry))
    geometry = table.geometry[kept]
    cells: list[list[object]] = [[places.get(table.keys[i], 0) for i in kept]]
    cells += [[table.attributes[i].get(name) for i in kept] for name in cut.fields]
    # What is not known is masked out, or a map would draw it as a number or a name.
    columns, masks = zip(*map(as_array, cells), strict=True)
    partial = path.with_suffix(".partial.pmtiles")
    partial.unlink(missing_ok=True)
    write(
        str(partial),
        shapely.to_wkb(geometry),
        list(columns),
        ["place", *cut.fields],
        field_mask=list(masks),
        geometry_type=_kind(geometry),
        crs="EPSG:4326",
        driver="PMTiles",
        layer=cut.key,
        dataset_options={"MINZOOM": str(cut.zoom_min), "MAXZOOM": str(cut.zoom_max)},
    )
    partial.replace(path)


def _kind(geometry: NDArray[np.object_]) -> str:
    """The common name of the geometries, which the file format has to be told."""
    kinds = set(shapely.get_type_id(geometry).tolist())
    single = {0: "Point", 1: "LineString", 3: "Polygon"}
    return single[kinds.pop()] if len(kinds) == 1 and kinds <= single.keys() else "Unknown"
