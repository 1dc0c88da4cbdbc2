"""Values as plain JSON and back, exactly: a round keeps the pack it was measured by, figures of its day included."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction

from linli.domain.standards import rules as standards
from linli.domain.standards.rules import Pack

_KNOWN: dict[str, type] = {
    name: kept for name, kept in vars(standards).items() if isinstance(kept, type) and name in standards.__all__
}
_TAG = "!"


class NotAPack(ValueError):
    """The bytes do not hold a pack that this version reads."""


def packed(pack: Pack) -> bytes:
    """The pack as compressed JSON."""
    return zlib.compress(json.dumps(_plain(pack), ensure_ascii=False, separators=(",", ":")).encode())


def unpacked(kept: bytes) -> Pack:
    """The pack that ``packed`` gave away.

    Fields that came later take their defaults; what this version no longer knows is left out.

    Raises
    ------
    NotAPack
    """
    try:
        value = _value(json.loads(zlib.decompress(kept)))
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise NotAPack(str(error)) from error
    if not isinstance(value, Pack):
        raise NotAPack(type(value).__name__)
    return value


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return {_TAG: type(value).__name__, "v": value.value}
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {_TAG: type(value).__name__} | {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Fraction | date):
        return {_TAG: type(value).__name__, "v": str(value)}
    if isinstance(value, frozenset):
        return {_TAG: "frozenset", "v": sorted((_plain(v) for v in value), key=repr)}
    if isinstance(value, Mapping):
        return {_TAG: "mapping", "v": [[_plain(k), _plain(v)] for k, v in value.items()]}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    raise TypeError(f"{type(value).__name__} is no part of a pack")


def _value(plain: object) -> object:
    if isinstance(plain, list):
        return tuple(_value(v) for v in plain)
    if not isinstance(plain, dict):
        return plain
    tag = plain[_TAG]
    match tag:
        case "Fraction":
            return Fraction(plain["v"])
        case "date":
            return date.fromisoformat(plain["v"])
        case "frozenset":
            return frozenset(_value(v) for v in plain["v"])
        case "mapping":
            return {_value(k): _value(v) for k, v in plain["v"]}
    kind = _KNOWN[tag]
    if issubclass(kind, Enum):
        return kind(plain["v"])
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]  # every other kind of a pack is a dataclass
    return kind(**{name: _value(v) for name, v in plain.items() if name in known})
