"""Situations in files: arrays as they are, the rest as JSON; nothing in such a file is ever executed."""

import json
import os
import threading
import typing
import zipfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.domain.places.rules.situation import Situation

FORMAT = 2


class NotASituation(Exception):
    """The file is none of ours, broken, or of another format."""


def save(situation: Situation, path: Path) -> None:
    """Write a situation; the file appears whole or not at all."""
    arrays: dict[str, NDArray[Any]] = {}
    plain: dict[str, object] = {"format": FORMAT}
    _take_apart(situation, "", arrays, plain)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.draft")
    path.parent.mkdir(parents=True, exist_ok=True)
    header = np.frombuffer(json.dumps(plain).encode(), dtype=np.uint8)
    with draft.open("wb") as file:
        np.savez(file, allow_pickle=False, __plain__=header, **arrays)
    draft.replace(path)


def load(path: Path) -> Situation:
    """Read a situation.

    Raises
    ------
    NotASituation
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
        plain = json.loads(arrays.pop("__plain__").tobytes())
        if plain.pop("format") != FORMAT:
            raise NotASituation(path)
        return typing.cast(Situation, _put_together(Situation, "", arrays, plain))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as fault:
        raise NotASituation(path) from fault


def _take_apart(value: Any, prefix: str, arrays: dict[str, NDArray[Any]], plain: dict[str, object]) -> None:
    for field in fields(value):
        name, part = f"{prefix}{field.name}", getattr(value, field.name)
        if is_dataclass(part):
            _take_apart(part, f"{name}.", arrays, plain)
        elif isinstance(part, np.ndarray):
            arrays[name] = part
        else:
            plain[name] = _to_plain(part)


def _to_plain(part: object) -> object:
    if isinstance(part, date):
        return part.isoformat()
    return sorted(part) if isinstance(part, frozenset) else part


def _put_together(kind: type, prefix: str, arrays: Mapping[str, NDArray[Any]], plain: Mapping[str, Any]) -> object:
    types = typing.get_type_hints(kind)
    values: dict[str, object] = {}
    for field in fields(kind):
        name, expected = f"{prefix}{field.name}", types[field.name]
        if is_dataclass(expected):
            values[field.name] = _put_together(typing.cast(type, expected), f"{name}.", arrays, plain)
        elif name in arrays:
            values[field.name] = arrays[name]
        else:
            values[field.name] = _from_plain(plain[name], expected)
    return kind(**values)


def _from_plain(part: Any, expected: object) -> object:
    if expected is date:
        return date.fromisoformat(part)
    wrapper = typing.get_origin(expected)
    return wrapper(part) if wrapper in {tuple, frozenset} else part
