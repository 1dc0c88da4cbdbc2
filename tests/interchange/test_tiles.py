"""Tiles say of each record what is known, and nothing of what is not."""

from pathlib import Path

import numpy as np
import pyogrio
import shapely
from builders import a_layer

from linli.interchange.tiles import TILE_LAYERS, write_tiles


def test_a_tile_says_nothing_of_what_is_not_known(tmp_path: Path) -> None:
    home = shapely.box(0, 0, 30, 30)
    table = a_layer("buildings", [("A", home, {"floors": 6}), ("B", shapely.affinity.translate(home, 50), {})])
    [cut] = [layer for layer in TILE_LAYERS if layer.key == "buildings"]

    write_tiles(table, cut, places={"A": 11, "B": 12}, path=tmp_path / "buildings.pmtiles")

    meta, _, _, columns = pyogrio.raw.read(tmp_path / "buildings.pmtiles", read_geometry=False)
    found = dict(zip(meta["fields"].tolist(), columns, strict=True))
    floors = dict(zip(found["place"].tolist(), found["floors"].tolist(), strict=True))
    assert floors[11] == 6
    assert np.isnan(floors[12])
    assert "use" not in found or set(found["use"].tolist()) == {None}
