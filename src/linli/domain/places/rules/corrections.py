"""What a correction of one record may say, and how it is laid over what an import brought."""

import re
from collections.abc import Mapping
from datetime import date

import shapely

from linli.domain.places.rules.layers import Field, FieldType, Geometry, Layer


class NotAllowed(Exception):
    """A value that the field does not take. ``field`` is its key, ``allowed`` what it takes, in words of the schema."""

    def __init__(self, field: str, found: object, allowed: str) -> None:
        super().__init__(field, found, allowed)
        self.field = field
        self.found = found
        self.allowed = allowed


class GeometryNotAllowed(Exception):
    """The shape is empty, broken, or not of a kind that the layer takes."""


_GEOMETRIES = {
    "Point": Geometry.POINT,
    "LineString": Geometry.LINE,
    "MultiLineString": Geometry.LINE,
    "Polygon": Geometry.AREA,
    "MultiPolygon": Geometry.AREA,
}
_TYPES: Mapping[FieldType, tuple[type, ...]] = {
    FieldType.TEXT: (str,),
    FieldType.CODE: (str,),
    FieldType.CHOICE: (str,),
    FieldType.WHOLE: (int,),
    FieldType.NUMBER: (int, float),
    FieldType.YES_NO: (bool,),
    FieldType.DAY: (date,),
}


def checked(
    layer: Layer, changes: Mapping[str, object], vocabularies: Mapping[str, frozenset[str]]
) -> dict[str, object]:
    """The changes, each value of its field's type; None makes a value unknown.

    ``vocabularies`` holds the choices that packs bring, by ``Field.choices_from``; a vocabulary not given is not
    checked.

    Raises
    ------
    NotAllowed
    """
    fields = {field.key: field for field in layer.fields}
    for key, value in changes.items():
        if key not in fields:
            raise NotAllowed(key, value, ", ".join(fields))
        if key == layer.key_field:
            raise NotAllowed(key, value, "")
        _check(fields[key], value, vocabularies)
    return dict(changes)


def _check(field: Field, value: object, vocabularies: Mapping[str, frozenset[str]]) -> None:
    if value is None:
        if field.required:
            raise NotAllowed(field.key, value, field.type.value)
        return
    is_flag = isinstance(value, bool)
    if not isinstance(value, _TYPES[field.type]) or is_flag != (field.type is FieldType.YES_NO):
        raise NotAllowed(field.key, value, field.type.value)
    if field.type in {FieldType.WHOLE, FieldType.NUMBER}:
        _check_amount(field, value)
    if field.pattern and re.fullmatch(field.pattern, str(value)) is None:
        raise NotAllowed(field.key, value, field.pattern)
    allowed = vocabularies.get(field.choices_from) if field.choices_from else {choice.key for choice in field.choices}
    if field.type is FieldType.CHOICE and allowed and value not in allowed:
        raise NotAllowed(field.key, value, ", ".join(sorted(allowed)))


def _check_amount(field: Field, value: object) -> None:
    amount = float(str(value))
    low = -float("inf") if field.minimum is None else field.minimum
    high = float("inf") if field.maximum is None else field.maximum
    if not low <= amount <= high:
        raise NotAllowed(field.key, value, f"{low:g}–{high:g}")


def checked_geometry(layer: Layer, geometry: shapely.Geometry) -> shapely.Geometry:
    """A geometry in WGS 84 that the layer takes.

    Raises
    ------
    GeometryNotAllowed
    """
    kind = _GEOMETRIES.get(geometry.geom_type)
    if kind not in layer.geometries or geometry.is_empty or not geometry.is_valid:
        raise GeometryNotAllowed(layer.key, geometry.geom_type)
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise GeometryNotAllowed(layer.key, geometry.bounds)
    return shapely.force_2d(geometry)


def laid_over(attributes: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Attributes with the changes made; a change to None takes the value away."""
    whole = {**attributes, **changes}
    return {key: value for key, value in whole.items() if value is not None}
