"""Fingerprints of packages and editions: equal content, equal fingerprint, wherever it was read from and in whatever
order.

Each record has a hash of its own; the fingerprint is the hash of the header and of all records' hashes in order of key.
So an edition in the database is fingerprinted from stored hashes, without reading its geometries.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.domain.places.rules.layers import LAYER_BY_KEY, LAYERS, FieldType
from linli.domain.places.rules.package import DistrictPackage, LayerTable, PopulationGrid

_PLAIN: Mapping[FieldType, Callable[[Any], object]] = {
    FieldType.WHOLE: int,
    FieldType.NUMBER: float,
    FieldType.YES_NO: bool,
    FieldType.DAY: lambda day: day.isoformat(),
}
_BACK: Mapping[FieldType, Callable[[Any], object]] = {FieldType.NUMBER: float, FieldType.DAY: date.fromisoformat}


def _same(value: object) -> object:
    return value


_TO_PLAIN = {
    layer.key: {field.key: _PLAIN.get(field.type, str) for field in layer.fields if field.key != layer.key_field}
    for layer in LAYERS
}
_TO_TYPED = {layer.key: {field.key: _BACK.get(field.type, _same) for field in layer.fields} for layer in LAYERS}


def plain_attributes(layer: str, attributes: Mapping[str, object]) -> dict[str, object]:
    """Attributes as JSON can hold them, without unknown values and without the key field.

    Raises
    ------
    KeyError
        If the layer has no such field.
    """
    convert, key_field = _TO_PLAIN[layer], LAYER_BY_KEY[layer].key_field
    return {key: convert[key](value) for key, value in attributes.items() if value is not None and key != key_field}


def typed_attributes(layer: str, plain: Mapping[str, object]) -> dict[str, object]:
    """The way back from ``plain_attributes``."""
    convert = _TO_TYPED[layer]
    return {key: convert[key](value) for key, value in plain.items()}


def read_attributes(layer: str, text: str) -> dict[str, object]:
    """Attributes as they were stored as JSON."""
    return typed_attributes(layer, json.loads(text))


def wkb(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Geometries as bytes, two-dimensional, little-endian; None stays None."""
    flat = shapely.force_2d(np.asarray(geometry, dtype=object))
    return np.asarray(shapely.to_wkb(flat, output_dimension=2, byte_order=1), dtype=object)


def record_hash(key: str, plain: Mapping[str, object], geometry: bytes | None) -> bytes:
    """SHA-256 of one record."""
    return hashlib.sha256(_canonical([key, plain]) + b"\0" + (geometry or b"")).digest()


def table_hashes(table: LayerTable) -> list[tuple[str, bytes]]:
    """Key and hash of every record of a layer."""
    geometry = wkb(table.geometry)
    return [
        (key, record_hash(key, plain_attributes(table.layer, attributes), shape))
        for key, attributes, shape in zip(table.keys, table.attributes, geometry, strict=True)
    ]


def header(package: DistrictPackage) -> dict[str, object]:
    """All of a package but its records, as JSON can hold it."""
    return {
        "code": package.code,
        "name": package.name,
        "day": package.day.isoformat(),
        "source": package.source,
        "licence": package.licence,
        "synthetic": bool(package.synthetic),
        "control_totals": {code: int(people) for code, people in package.control_totals.items()},
        "band_shares": None if package.band_shares is None else [float(share) for share in package.band_shares],
        "complete_kinds": sorted(package.complete_kinds),
        "population_grid": None if package.population_grid is None else _grid_hash(package.population_grid),
        "layers": {
            key: {
                "source": table.source,
                "licence": table.licence,
                "source_crs": table.source_crs,
                "day": table.day.isoformat(),
            }
            for key, table in package.layers.items()
        },
    }


def fingerprint(head: Mapping[str, object], records: Mapping[str, Iterable[tuple[str, bytes]]]) -> str:
    """SHA-256, as 64 hexadecimal digits, of a header and the (key, hash) pairs of every layer that has records."""
    whole = hashlib.sha256(_canonical(head))
    for layer in sorted(records):
        pairs = sorted(records[layer])
        if pairs:
            whole.update(f"\0{layer}\0{len(pairs)}\0".encode())
            whole.update(b"".join(digest for _, digest in pairs))
    return whole.hexdigest()


def sealed(package: DistrictPackage) -> DistrictPackage:
    """The package with its fingerprint."""
    records = {layer: table_hashes(table) for layer, table in package.layers.items()}
    return replace(package, fingerprint=fingerprint(header(package), records))


def _grid_hash(grid: PopulationGrid) -> str:
    whole = hashlib.sha256(np.ascontiguousarray(grid.people, dtype="<f8").tobytes())
    for cell in wkb(grid.cells):
        whole.update(cell)
    return whole.hexdigest()


def _canonical(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()
