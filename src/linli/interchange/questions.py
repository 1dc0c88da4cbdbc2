"""What people ask of the planner, read from JSON files: lists of edits, and siting problems."""

import json
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from math import isfinite
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from linli.domain.planning.rules.scenarios.edits import Edit, from_json
from linli.domain.planning.rules.siting.problems import SitingProblem
from linli.interchange import guard
from linli.interchange.faultlog import FileRefused

MEGABYTES = 8


class QuestionRefused(Exception):
    """The file does not say what it should; ``faults`` are sentences, each with the place in the file."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        super().__init__(f"{path}: {'; '.join(faults[:3])}")
        self.path, self.faults = path, tuple(faults)


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises
    ------
    FileRefused
    """
    if not path.is_file():
        raise FileRefused("没有这个文件。", found=str(path))
    if path.stat().st_size > MEGABYTES * guard.MB:
        raise FileRefused(f"文件大于 {MEGABYTES} MB,不像是手写的问题。", found=path.name)
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise FileRefused("不是 UTF-8 文本。", found=path.name) from None
    except json.JSONDecodeError as error:
        raise FileRefused(f"不是 JSON:第 {error.lineno} 行第 {error.colno} 列读不下去。", found=path.name) from None
    except RecursionError:
        raise FileRefused("括号套得太深。", found=path.name) from None
    except ValueError:
        raise FileRefused("有一个整数长得离谱,读不下去。", found=path.name) from None


def read_edits(path: Path) -> tuple[Edit, ...]:
    """Edits, as a list or under ``edits`` of an object.

    Raises
    ------
    FileRefused
    EditsRefused
        Naming every fault with the number of its edit.
    """
    content = read_json(path)
    return from_json(content["edits"] if isinstance(content, dict) and "edits" in content else content)


def read_problem(path: Path) -> SitingProblem:
    """A siting problem by the names of ``SitingProblem``; money in fen, places as longitude and latitude.

    Raises
    ------
    FileRefused
    QuestionRefused
        Naming every field that cannot be read.
    """
    content = read_json(path)
    faults: list[str] = []
    if isinstance(content, dict):
        content = {"candidates": [], **content}
    problem = _value(SitingProblem, content, "", faults)
    if faults:
        raise QuestionRefused(path, faults)
    assert isinstance(problem, SitingProblem)
    return problem


def _value(kind: Any, plain: Any, place: str, faults: list[str]) -> Any:
    """The value of a type, or None after noting what is wrong with it."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        some = next(one for one in inner if one is not NoneType)
        return None if plain is None else _value(some, plain, place, faults)
    if origin is tuple:
        return _list(inner, plain, place, faults)
    if is_dataclass(kind) and isinstance(kind, type):
        return _record(kind, plain, place, faults)
    if issubclass(kind, Enum):
        known = [one.value for one in kind]
        return kind(plain) if plain in known else _wrong(place, plain, "、".join(map(str, known)), faults)
    return _plain(kind, plain, place, faults)


def _wrong(place: str, found: Any, allowed: str, faults: list[str]) -> None:
    text = json.dumps(found, ensure_ascii=False)
    shown = text if len(text) <= 60 else text[:59] + "…"
    faults.append(f"{place or '整个文件'}:写的是 {shown},这里应是{allowed}。")


def _plain(kind: type, plain: Any, place: str, faults: list[str]) -> Any:
    is_number = isinstance(plain, int | float) and not isinstance(plain, bool) and abs(plain) < 1e300
    if kind is float and is_number and isfinite(plain):
        return float(plain)
    if kind is int and is_number and abs(plain) < 2**53 and float(plain).is_integer():
        return int(plain)
    if kind is bool and isinstance(plain, bool):
        return plain
    if kind is str and isinstance(plain, str) and "\0" not in plain and len(plain) <= 500:
        return plain
    return _wrong(place, plain, {float: "数", int: "整数", bool: " true 或 false", str: "文字"}[kind], faults)


def _list(kinds: tuple[Any, ...], plain: Any, place: str, faults: list[str]) -> Any:
    is_open = kinds[-1] is Ellipsis
    if not isinstance(plain, list) or (not is_open and len(plain) != len(kinds)):
        return _wrong(place, plain, "列表" if is_open else f" {len(kinds)} 个值的列表", faults)
    each = [kinds[0]] * len(plain) if is_open else kinds
    return tuple(_value(k, one, f"{place}[{n}]", faults) for n, (k, one) in enumerate(zip(each, plain, strict=True), 1))


def _record(kind: type, plain: Any, place: str, faults: list[str]) -> Any:
    if not isinstance(plain, dict):
        return _wrong(place, plain, "一组“名称: 值”", faults)
    hints, before = get_type_hints(kind), len(faults)
    dot = f"{place}." if place else ""
    faults += [f"{dot}{name}:没有这个名称。可用的有:{'、'.join(hints)}。" for name in plain if name not in hints]
    values = {}
    for field in fields(kind):
        if field.name in plain:
            values[field.name] = _value(hints[field.name], plain[field.name], f"{dot}{field.name}", faults)
        elif field.default is MISSING and field.default_factory is MISSING:
            faults.append(f"{dot}{field.name}:缺少这一项。")
    return kind(**values) if len(faults) == before else None
