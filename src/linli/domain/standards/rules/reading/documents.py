"""YAML documents whose every entry knows its file, line and key, read without building any object but plain values.

A wrong entry is noted and reading goes on with a stand-in, so that an author sees all faults of a pack at once.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SIZE_MAX = 1_000_000
_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class WrongEntry:
    """One fault of a pack. ``line`` counts from 1; 0 stands for the file as a whole."""

    file: str
    line: int
    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key or '(文件)'}: 写的是 {self.found};应为 {self.allowed}"


class PackFault(Exception):
    """The pack is refused; ``faults`` names everything that is wrong with it."""

    def __init__(self, faults: Iterable[WrongEntry]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def one_of(allowed: Collection[str], found: str) -> str:
    """The values allowed, as a sentence; of long lists the nearest ones only."""
    listed = sorted(allowed)
    if len(listed) <= 24:
        return "、".join(listed) if listed else "(此处没有可用的值)"
    near = get_close_matches(found, listed, n=5, cutoff=0.4) or listed[:5]
    return f"{'、'.join(near)} 等 {len(listed)} 个之一"


class Entry:
    """A node of a document with its place. Methods return the value, or a stand-in after noting the fault."""

    __slots__ = ("faults", "file", "key", "node")

    def __init__(self, node: yaml.Node | None, file: str, key: str, faults: list[WrongEntry]) -> None:
        self.node = node
        self.file = file
        self.key = key
        self.faults = faults

    # Places and faults

    @property
    def line(self) -> int:
        return self.node.start_mark.line + 1 if self.node is not None else 0

    @property
    def found(self) -> str:
        if self.node is None:
            return "(没有)"
        if isinstance(self.node, yaml.ScalarNode):
            return repr(str(self.node.value)[:80]) if self.node.value else "(空)"
        return "一个列表" if isinstance(self.node, yaml.SequenceNode) else "一组键值"

    def wrong(self, allowed: str, found: str | None = None) -> None:
        self.faults.append(WrongEntry(self.file, self.line, self.key, found or self.found, allowed))

    # Structure

    def fields(self, required: Iterable[str] = (), optional: Iterable[str] = ()) -> "Fields":
        """The entries of a mapping; unknown, double and missing keys are faults."""
        must, may = tuple(required), tuple(optional)
        if not isinstance(self.node, yaml.MappingNode):
            self.wrong(f"一组键值,含 {'、'.join((*must, *may))}")
            return Fields(self, {})
        entries: dict[str, Entry] = {}
        for key, entry in self._pairs():
            if key not in must and key not in may:
                entry.wrong(f"键 {one_of((*must, *may), key)}", found=f"未知的键 {key!r}")
            elif key in entries:
                entry.wrong("每个键只写一次", found=f"重复的键 {key!r}")
            else:
                entries[key] = entry
        for key in must:
            if key not in entries:
                self._under(key).wrong("必填", found="(没有)")
        return Fields(self, entries)

    def items(self) -> "list[tuple[str, Entry]]":
        """Keys and entries of a mapping with free keys."""
        if self.node is None:
            return []
        if not isinstance(self.node, yaml.MappingNode):
            self.wrong("一组键值")
            return []
        seen: dict[str, Entry] = {}
        for key, entry in self._pairs():
            if key in seen:
                entry.wrong("每个键只写一次", found=f"重复的键 {key!r}")
            seen.setdefault(key, entry)
        return list(seen.items())

    def listed(self) -> "list[Entry]":
        if self.node is None:
            return []
        if not isinstance(self.node, yaml.SequenceNode):
            self.wrong("一个列表")
            return []
        return [Entry(n, self.file, f"{self.key}[{i}]", self.faults) for i, n in enumerate(self.node.value, 1)]

    def _pairs(self) -> "Iterable[tuple[str, Entry]]":
        assert isinstance(self.node, yaml.MappingNode)
        for key_node, value_node in self.node.value:
            key = str(key_node.value)
            yield key, Entry(value_node, self.file, f"{self.key}.{key}" if self.key else key, self.faults)

    def _under(self, key: str) -> "Entry":
        entry = Entry(self.node, self.file, f"{self.key}.{key}" if self.key else key, self.faults)
        return entry

    # Values

    def text(self, *, empty: bool = False) -> str:
        value = self._scalar("str")
        if value is None:
            self.wrong("一段文字(形如数字、日期或 yes/no 的文字要加引号)")
            return ""
        if not value.strip() and not empty:
            self.wrong("一段文字,不能为空")
        return value.strip()

    def says(self, word: str) -> bool:
        return isinstance(self.node, yaml.ScalarNode) and self.node.value == word

    def choice(self, allowed: Collection[str]) -> str:
        value = self.node.value if isinstance(self.node, yaml.ScalarNode) else ""
        if value not in allowed:
            self.wrong(one_of(allowed, str(value)))
            return next(iter(sorted(allowed)), "")
        return str(value)

    def choices(self, allowed: Collection[str], *, empty: bool = False) -> tuple[str, ...]:
        entries = self.listed()
        if not entries and not empty and isinstance(self.node, yaml.SequenceNode):
            self.wrong("至少一项", found="(空列表)")
        values = [entry.choice(allowed) for entry in entries]
        for value, entry in zip(values, entries, strict=True):
            if values.count(value) > 1:
                entry.wrong("每项只写一次")
                break
        return tuple(dict.fromkeys(values))

    def day(self) -> date:
        value = self._scalar("timestamp", "str")
        try:
            return date.fromisoformat(value or "")
        except ValueError:
            self.wrong("一个日期,如 2022-01-17")
            return date.min

    def number(self, minimum: Fraction | None = None) -> Fraction:
        """An exact number: a whole or decimal number, or a fraction such as 2/3."""
        value = self._scalar("int", "float", "str") or ""
        try:
            number = Fraction(value)
        except (ValueError, ZeroDivisionError):
            self.wrong("一个数,如 80、0.2 或 2/3")
            return Fraction(0)
        if minimum is not None and number < minimum:
            self.wrong(f"一个不小于 {minimum} 的数")
        return number

    def whole(self, minimum: int = 0) -> int:
        number = self.number(Fraction(minimum))
        if number.denominator != 1:
            self.wrong("一个整数")
        return int(number)

    def truth(self) -> bool:
        value = self._scalar("bool")
        if value is None:
            self.wrong("true 或 false")
        return value == "true"

    def _scalar(self, *kinds: str) -> str | None:
        if isinstance(self.node, yaml.ScalarNode) and self.node.tag.rsplit(":", 1)[-1] in kinds:
            return str(self.node.value)
        return None


class Fields:
    """The known entries of one mapping. A missing one reads as its default."""

    __slots__ = ("entries", "owner")

    def __init__(self, owner: Entry, entries: Mapping[str, Entry]) -> None:
        self.owner = owner
        self.entries = entries

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    def __getitem__(self, key: str) -> Entry:
        """The entry, or a silent empty one: that it is missing has been noted already."""
        return self.entries.get(key) or Entry(None, self.owner.file, key, [])

    def read(self, key: str, reading: Callable[[Entry], _T], default: _T) -> _T:
        entry = self.entries.get(key)
        return default if entry is None else reading(entry)

    def text(self, key: str, default: str = "") -> str:
        return self.read(key, lambda entry: entry.text(empty=True), default)

    def choice(self, key: str, allowed: Collection[str], default: str = "") -> str:
        return self.read(key, lambda entry: entry.choice(allowed), default)

    def choices(self, key: str, allowed: Collection[str], *, empty: bool = False) -> tuple[str, ...]:
        return self.read(key, lambda entry: entry.choices(allowed, empty=empty), ())

    def member(self, key: str, default: _E) -> _E:
        """A member of the default's enum, by its value."""
        enum = type(default)
        return enum(self.choice(key, [member.value for member in enum], default.value))


def document(file: str, text: str, faults: list[WrongEntry]) -> Entry:
    """The root of a document; a file that is not YAML, too large or uses anchors or tags is one fault."""
    nothing = Entry(None, file, "", [])
    if len(text) > _SIZE_MAX:
        faults.append(WrongEntry(file, 0, "", f"{len(text)} 个字符", f"至多 {_SIZE_MAX} 个字符"))
        return nothing
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if refused := _refused(event):
                line = event.start_mark.line + 1 if event.start_mark else 0
                faults.append(WrongEntry(file, line, "", refused, "直接写出的值"))
                return nothing
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        found = str(getattr(error, "problem", None) or error).splitlines()[0]
        faults.append(WrongEntry(file, mark.line + 1 if mark else 0, "", found, "一个正确的 YAML 文件"))
        return nothing
    if node is None:
        faults.append(WrongEntry(file, 0, "", "空文件", "一组键值"))
        return nothing
    return Entry(node, file, "", faults)


def _refused(event: yaml.Event) -> str:
    """What a pack may not use, since one place would then change another or make something else than a plain value."""
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        return "锚点或引用(& 或 *)"
    tag = getattr(event, "tag", None)
    return f"标签 {tag}" if tag else ""
