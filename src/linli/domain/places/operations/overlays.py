"""Corrections that still hold, laid over what an import brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import shapely
from django.db.models import Q

from linli.domain.places import models
from linli.domain.places.operations.codes import holding
from linli.domain.places.rules import corrections, fingerprint
from linli.domain.places.rules.package import DistrictPackage, LayerTable


@dataclass(frozen=True, slots=True)
class Overlay:
    """A correction that still holds, in the words of the package: layer and key, changes, and a geometry or None."""

    layer: str
    key: str
    changes: Mapping[str, object]
    geometry: shapely.Geometry | None


def standing(district: int, day: date, *, since: int = 0) -> list[Overlay]:
    """Corrections of a district made after an edition, in the order in which they were made."""
    rows = models.Correction.objects.filter(place__district_id=district, edition__number__gt=since)
    rows = rows.select_related("place").order_by("edition__number")
    codes = dict(holding(day).filter(place__in=[row.place_id for row in rows]).values_list("place_id", "code"))
    return [
        Overlay(
            row.place.layer,
            row.place.key if row.place.key is not None else codes.get(row.place_id, ""),
            _with_types(row.place.layer, row.changes),
            None if row.geometry is None else shapely.from_wkb(bytes(row.geometry)),
        )
        for row in rows
    ]


def _with_types(layer: str, plain: Mapping[str, object]) -> dict[str, object]:
    known = {key: value for key, value in plain.items() if value is not None}
    return {**plain, **fingerprint.typed_attributes(layer, known)}


def corrected(package: DistrictPackage, over: Sequence[Overlay]) -> tuple[DistrictPackage, frozenset[tuple[str, str]]]:
    """The package with corrections laid over, sealed anew, and the (layer, key) of what they touched."""
    layers = dict(package.layers)
    touched: set[tuple[str, str]] = set()
    for layer in {one.layer for one in over} & set(layers):
        mine = [one for one in over if one.layer == layer]
        layers[layer], keys = _corrected_table(layers[layer], mine)
        touched |= {(layer, key) for key in keys}
    if not touched:
        return package, frozenset()
    return fingerprint.sealed(replace(package, layers=layers)), frozenset(touched)


def _corrected_table(table: LayerTable, over: Sequence[Overlay]) -> tuple[LayerTable, set[str]]:
    row_of = {key: row for row, key in enumerate(table.keys)}
    attributes, geometry = list(table.attributes), table.geometry.copy()
    keys = {one.key for one in over} & set(row_of)
    for one in over:
        row = row_of.get(one.key)
        if row is None:
            continue
        attributes[row] = corrections.laid_over(attributes[row], one.changes)
        if one.geometry is not None:
            geometry[row] = one.geometry
    return replace(table, attributes=tuple(attributes), geometry=geometry), keys


def corrected_then(edition: models.Edition) -> frozenset[tuple[str, str]]:
    """The (layer, key) of the corrected records of an edition."""
    then = models.Version.objects.filter(
        Q(until_edition=None) | Q(until_edition__gt=edition.number),
        district_id=edition.district_id,
        from_edition__lte=edition.number,
        is_corrected=True,
    )
    return frozenset(then.values_list("layer", "key"))
