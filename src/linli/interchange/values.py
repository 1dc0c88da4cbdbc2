"""Cells read into the types that the schema names. Full-width digits are taken; what cannot be read is a fault."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime

from linli.domain.places.rules.layers import Choice, Field, FieldType

Vocabularies = Mapping[str, tuple[Choice, ...]]
"""Choices by the name that ``Field.choices_from`` asks for; the standards packs bring them."""

TEXT_LIMIT = 2_000
_UNKNOWN = frozenset({"-", "—", "——", "/", "无", "不详", "未知", "n/a", "na", "null", "none", "nan", "#n/a"})
_YES = frozenset({"是", "有", "对", "√", "yes", "y", "true", "t", "1", "1.0"})
_NO = frozenset({"否", "无", "没有", "×", "no", "n", "false", "f", "0", "0.0"})
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[T ].*)?|([0-9]{4})([0-9]{2})([0-9]{2})")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Unreadable(Exception):
    """A cell's value does not fit its field."""

    def __init__(self, message: str, allowed: str) -> None:
        super().__init__(message)
        self.message, self.allowed = message, allowed


class Unknown(Exception):
    """A cell says in words that its value is not known."""


def is_blank(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, str):
        return not value or value.isspace()
    return isinstance(value, float) and math.isnan(value)


def plain(value: object) -> str:
    """Text of a cell. A whole number that a spreadsheet keeps as a float loses its ``.0``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value).strip()


def narrow(value: object) -> str:
    """Like ``plain``, with full-width digits, letters and signs made half-width."""
    return unicodedata.normalize("NFKC", plain(value)).strip()


def choices(field: Field, vocabularies: Vocabularies) -> tuple[Choice, ...]:
    return vocabularies.get(field.choices_from, ()) if field.choices_from else field.choices


def allowed(field: Field, vocabularies: Vocabularies) -> str:
    """What a field takes, in words."""
    if field.type is FieldType.CHOICE:
        return "、".join(choice.zh for choice in choices(field, vocabularies)) or "(没有可选项)"
    if field.type in (FieldType.WHOLE, FieldType.NUMBER):
        kind = "整数" if field.type is FieldType.WHOLE else "数字"
        return f"{_short(field.minimum)}–{_short(field.maximum)} 的{kind}" + (f"({field.unit})" if field.unit else "")
    if field.type is FieldType.YES_NO:
        return "是、否"
    if field.type is FieldType.DAY:
        return "日期,如 2024-06-30"
    if field.type is FieldType.CODE:
        return field.hint_zh or {r"^[0-9]{9}$": "9 位数字"}.get(field.pattern, "数字、字母和连字符,至多 20 位")
    return f"至多 {TEXT_LIMIT} 字的文字"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"


Reader = Callable[[object], object]


def reader(field: Field, vocabularies: Vocabularies, spelled: Mapping[str, str] | None = None) -> Reader:
    """A function from a cell that is not blank to the field's value; it raises ``Unreadable`` or ``Unknown``.

    ``spelled`` maps the file's own spellings to ours, as the manifest says.
    """
    words = allowed(field, vocabularies)
    read = (
        _choice_reader(field, vocabularies, words)
        if field.type is FieldType.CHOICE
        else _READERS[field.type](field, words)
    )
    if not spelled:
        return read
    return lambda value: read(spelled.get(plain(value), value))


def _text(field: Field, words: str) -> Reader:
    def read(value: object) -> str:
        text = plain(value)
        if _CONTROL.search(text):
            raise Unreadable(f"“{field.zh}”中有看不见的控制字符,请删去后重新填写。", words)
        if len(text) > TEXT_LIMIT:
            raise Unreadable(f"“{field.zh}”太长,请缩短。", words)
        return text

    return read


def _code(field: Field, words: str) -> Reader:
    pattern = re.compile(field.pattern or r"^[0-9A-Za-z-]{1,20}$")

    def read(value: object) -> str:
        text = narrow(value)
        if not pattern.fullmatch(text):
            raise Unreadable(f"“{field.zh}”的写法不对;代码按文字填写,保留开头的 0。", words)
        return text

    return read


def _figure(value: object, field: Field, words: str) -> float | int:
    if isinstance(value, bool):
        raise Unreadable(f"“{field.zh}”应填数字。", words)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        number = value
    else:
        text = narrow(value)
        if text.lower() in _UNKNOWN:
            raise Unknown
        if _GROUPED.fullmatch(text):
            text = text.replace(",", "")
        elif not _PLAIN.fullmatch(text):
            raise Unreadable(f"“{field.zh}”应填数字,不带单位和说明。", words)
        if text.lstrip("+-").isdecimal() and len(text) < 19:
            return int(text)
        number = float(text)
    if not math.isfinite(number):
        raise Unreadable(f"“{field.zh}”应填数字。", words)
    return number


def _within(number: float, field: Field, words: str) -> None:
    if (field.minimum is not None and number < field.minimum) or (field.maximum is not None and number > field.maximum):
        raise Unreadable(f"“{field.zh}”超出范围。", words)


def _whole(field: Field, words: str) -> Reader:
    def read(value: object) -> int:
        number = _figure(value, field, words)
        if isinstance(number, float) and not number.is_integer():
            raise Unreadable(f"“{field.zh}”应填整数。", words)
        _within(number, field, words)
        return int(number)

    return read


def _number(field: Field, words: str) -> Reader:
    def read(value: object) -> float:
        number = float(_figure(value, field, words))
        _within(number, field, words)
        return number

    return read


def _yes_no(field: Field, words: str) -> Reader:
    def read(value: object) -> bool:
        if isinstance(value, bool):
            return value
        text = narrow(value).lower()
        if text in _YES:
            return True
        if text in _NO:
            return False
        if text in _UNKNOWN:
            raise Unknown
        raise Unreadable(f"“{field.zh}”应填“是”或“否”。", words)

    return read


def _day(field: Field, words: str) -> Reader:
    def read(value: object) -> date:
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = narrow(value)
        if text.lower() in _UNKNOWN:
            raise Unknown
        day = day_of(text)
        if day is None:
            raise Unreadable(f"“{field.zh}”应填日期。", words)
        return day

    return read


def day_of(text: str) -> date | None:
    """The day that a text names, or None."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups() if part is not None))
    except ValueError:
        return None


def _choice_reader(field: Field, vocabularies: Vocabularies, words: str) -> Reader:
    offered = choices(field, vocabularies)
    by_word: dict[str, str] = {}
    for choice in offered:
        for word in (choice.en, choice.zh, choice.key):
            by_word[unicodedata.normalize("NFKC", word).strip().lower()] = choice.key

    def read(value: object) -> str:
        text = narrow(value).lower()
        if text in by_word:
            return by_word[text]
        if text in _UNKNOWN:
            raise Unknown
        raise Unreadable(f"“{field.zh}”不在可选项之中。", words)

    return read


_READERS: Mapping[FieldType, Callable[[Field, str], Reader]] = {
    FieldType.TEXT: _text,
    FieldType.CODE: _code,
    FieldType.WHOLE: _whole,
    FieldType.NUMBER: _number,
    FieldType.YES_NO: _yes_no,
    FieldType.DAY: _day,
}
