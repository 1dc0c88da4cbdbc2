"""Rules, atoms and proposals of units in few bytes and back, exactly: a study keeps what it was drawn by."""

import io
import json
import math
from dataclasses import asdict, fields, replace
from datetime import date
from typing import Any, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

from linli.domain.places.rules.situation import Shapes
from linli.domain.planning.rules.units.proposals import (
    Atoms,
    Basis,
    Borders,
    Goal,
    Infeasible,
    Line,
    LineRule,
    Service,
    ServiceWalk,
    Totals,
    UnitRules,
    Walks,
    Why,
)
from linli.domain.standards.rules import Confidence

Ints = NDArray[np.int32]
_Value = TypeVar("_Value")
_BORDERS = tuple(field.name for field in fields(Borders))
_WALKS = tuple(field.name for field in fields(Walks) if field.name != "complete")
_ARRAYS = ("compound", "community", "people", "area_m2", "perimeter_m", "xy", "building")
_TEXTS = ("fingerprint", "epsg", "key", "name", "community_name", "bands_known")


class NotKept(ValueError):
    """The bytes or the JSON do not hold what they are asked for."""


def packed_atoms(atoms: Atoms) -> bytes:
    shapes = Shapes.of(atoms.shape)
    head = {name: getattr(atoms, name) for name in _TEXTS} | {"complete": atoms.walks.complete}
    arrays = (
        {name: getattr(atoms, name) for name in _ARRAYS}
        | {f"borders_{name}": getattr(atoms.borders, name) for name in _BORDERS}
        | {f"walks_{name}": getattr(atoms.walks, name) for name in _WALKS}
    )
    file = io.BytesIO()
    text = np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), dtype=np.uint8)
    np.savez_compressed(file, head=text, shape_wkb=shapes.wkb, shape_end=shapes.end, **arrays)
    return file.getvalue()


def unpacked_atoms(kept: bytes) -> Atoms:
    """What ``packed_atoms`` gave away.

    Raises
    ------
    NotKept
    """
    try:
        with np.load(io.BytesIO(kept), allow_pickle=False) as file:
            head = json.loads(file["head"].tobytes())
            complete = tuple(bool(each) for each in head.pop("complete"))
            texts: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in head.items()}
            return Atoms(
                **texts,
                **{name: file[name] for name in _ARRAYS},
                shape=Shapes(file["shape_wkb"], file["shape_end"]).geometries(),
                borders=Borders(**{name: file[f"borders_{name}"] for name in _BORDERS}),
                walks=Walks(complete=complete, **{name: file[f"walks_{name}"] for name in _WALKS}),
            )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotKept(str(error)) from error


def packed_units(unit: Ints) -> bytes:
    """(a,) numbers of units as bytes."""
    file = io.BytesIO()
    np.savez_compressed(file, unit=unit.astype(np.int32))
    return file.getvalue()


def unpacked_units(kept: bytes) -> Ints:
    with np.load(io.BytesIO(kept), allow_pickle=False) as file:
        return np.asarray(file["unit"], dtype=np.int32)


def rules_as_json(rules: UnitRules) -> dict[str, Any]:
    return {
        "people_min": rules.people_min,
        "people_max": rules.people_max,
        "walk_minutes": rules.walk_minutes,
        "walk_m": rules.walk_m,
        "share_min": rules.share_min,
        "services": [{"key": s.key, "kinds": list(s.kinds), "basis": _basis_as_json(s.basis)} for s in rules.services],
        "lines": [
            {
                "line": rule.line.value,
                "zh": rule.zh,
                "en": rule.en,
                "price": rule.price,
                "never": rule.never,
                "basis": _basis_as_json(rule.basis),
            }
            for rule in rules.lines
        ],
        "goals": [goal_as_json(goal) for goal in rules.goals],
        "basis": {key: _basis_as_json(basis) for key, basis in rules.basis.items()},
    }


def rules_of_json(kept: dict[str, Any]) -> UnitRules:
    """What ``rules_as_json`` gave away.

    Raises
    ------
    NotKept
    """
    try:
        return UnitRules(
            people_min=kept["people_min"],
            people_max=kept["people_max"],
            walk_minutes=kept["walk_minutes"],
            walk_m=kept["walk_m"],
            share_min=kept["share_min"],
            services=tuple(
                Service(one["key"], tuple(one["kinds"]), _basis_of_json(one["basis"])) for one in kept["services"]
            ),
            lines=tuple(
                LineRule(
                    Line(one["line"]), one["zh"], one["en"], one["price"], one["never"], _basis_of_json(one["basis"])
                )
                for one in kept["lines"]
            ),
            goals=tuple(goal_of_json(one) for one in kept["goals"]),
            basis={key: _basis_of_json(one) for key, one in kept["basis"].items()},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise NotKept(str(error)) from error


def goal_as_json(goal: Goal) -> dict[str, Any]:
    return {field.name: getattr(goal, field.name) for field in fields(Goal)}


def goal_of_json(kept: dict[str, Any]) -> Goal:
    """What ``goal_as_json`` gave away; weights that came later weigh nothing."""
    return Goal(**{field.name: kept.get(field.name, 0.0) for field in fields(Goal)})


def infeasible_as_json(parts: tuple[Infeasible, ...]) -> list[dict[str, Any]]:
    return [{"why": part.why.value, "atoms": list(part.atoms), "people": part.people} for part in parts]


def infeasible_of_json(kept: list[dict[str, Any]]) -> tuple[Infeasible, ...]:
    return tuple(Infeasible(Why(one["why"]), tuple(one["atoms"]), one["people"]) for one in kept)


def totals_as_json(totals: Totals) -> dict[str, Any]:
    return {key: _told(value) for key, value in asdict(totals).items() if key != "walks"} | {
        "walks": [{key: _told(value) for key, value in asdict(walk).items()} for walk in totals.walks]
    }


def totals_of_json(kept: dict[str, Any]) -> Totals:
    walks = tuple(_filled(ServiceWalk, one) for one in kept["walks"])
    line_m = tuple(kept["line_m"])
    return replace(_filled(Totals, kept), walks=walks, line_m=line_m)


def _told(value: object) -> object:
    """JSON has no word for no number."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _filled(kind: type[_Value], kept: dict[str, Any]) -> _Value:
    """Where a number is due, nothing means that there is none."""
    hints = get_type_hints(kind)
    return kind(**{key: math.nan if kept[key] is None and hint is float else kept[key] for key, hint in hints.items()})


def _basis_as_json(basis: Basis) -> dict[str, Any]:
    day = basis.valid_from.isoformat() if basis.valid_from else None
    return {"source": basis.source, "clause": basis.clause, "confidence": basis.confidence.value, "from": day}


def _basis_of_json(kept: dict[str, Any]) -> Basis:
    day = date.fromisoformat(kept["from"]) if kept["from"] else None
    return Basis(kept["source"], kept["clause"], Confidence(kept["confidence"]), day)
