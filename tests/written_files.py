"""What stands in a written file, for tests."""

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely
from numpy.typing import NDArray


def columns(path: Path | str, layer: str) -> dict[str, NDArray[Any]]:
    """The columns of one layer, its shapes as ``geometry`` where it has any."""
    meta, _, shapes, fields = pyogrio.raw.read(path, layer=layer)
    found = dict(zip(meta["fields"], fields, strict=True))
    return found if shapes is None else found | {"geometry": shapely.from_wkb(shapes)}


def rows(path: Path | str, layer: str) -> int:
    return len(next(iter(columns(path, layer).values()), np.empty(0)))
