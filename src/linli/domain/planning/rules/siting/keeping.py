"""Sitings as plain JSON and back: a study keeps its question and its answer as they were."""

import math
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from linli.domain.planning.rules.siting.problems import Infeasible, SitingAnswer, SitingProblem
from linli.domain.planning.rules.siting.studies import SitingGains


def problem_as_json(problem: SitingProblem) -> dict[str, Any]:
    return cast("dict[str, Any]", _plain(problem))


def problem_of_json(kept: dict[str, Any]) -> SitingProblem:
    """What ``problem_as_json`` gave away; fields that came later take their defaults."""
    return cast(SitingProblem, _value(SitingProblem, kept))


def answer_as_json(answer: SitingAnswer | Infeasible) -> dict[str, Any]:
    return cast("dict[str, Any]", _plain(answer))


def answer_of_json(kept: dict[str, Any]) -> SitingAnswer | Infeasible:
    kind = Infeasible if "relaxations" in kept else SitingAnswer
    return cast("SitingAnswer | Infeasible", _value(kind, kept))


def gains_as_json(gains: SitingGains) -> dict[str, Any]:
    return cast("dict[str, Any]", _plain(gains))


def gains_of_json(kept: dict[str, Any]) -> SitingGains:
    return cast(SitingGains, _value(SitingGains, kept))


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no word for infinite or for no number
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def _value(kind: Any, plain: Any) -> object:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if plain is None else _value(next(one for one in inner if one is not NoneType), plain)
    if origin is tuple:
        kinds = (inner[0],) * len(plain) if inner[-1] is Ellipsis else inner
        return tuple(_value(one, each) for one, each in zip(kinds, plain, strict=True))
    if is_dataclass(kind):
        hints = _hints(cast(type, kind))
        return cast(type, kind)(**{name: _value(hints[name], plain[name]) for name in hints if name in plain})
    if isinstance(kind, type) and (issubclass(kind, Enum) or kind is float):
        return kind(plain)
    return plain


@lru_cache(maxsize=32)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
