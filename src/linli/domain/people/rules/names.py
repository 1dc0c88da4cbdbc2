"""How names sort and how identifiers are checked."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from pypinyin import Style, lazy_pinyin

_READ_AS = (
    "翟 zhai,单 shan,仇 qiu,曾 zeng,解 xie,区 ou,任 ren,盖 ge,朴 piao,查 zha,缪 miao,乐 yue,洗 xian,冼 xian,"
    "员 yun,黑 he,重 chong,秘 bi,折 she,繁 po,种 chong,覃 qin,燕 yan,华 hua,那 na,牟 mu,句 gou,召 shao,过 guo,"
    "应 ying,尉迟 yu chi,万俟 mo qi,长孙 zhang sun,澹台 tan tai,单于 chan yu"
)

SURNAMES: Mapping[str, str] = MappingProxyType(
    {surname: reading for surname, _, reading in (pair.partition(" ") for pair in _READ_AS.split(","))}
)
"""Surnames that are not read as the word is."""

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC = re.compile(rf"[{_USCC_LETTERS}]{{2}}[0-9]{{6}}[{_USCC_LETTERS}]{{10}}")


def sorting_key(name: str) -> str:
    """A name spelled in pinyin, the surname as surnames are read; names sort by it, for want of a Chinese collation."""
    for length in (2, 1):
        surname = name[:length]
        if len(surname) == length and surname in SURNAMES:
            return " ".join([SURNAMES[surname], *_syllables(name[length:])])
    return " ".join(_syllables(name))


def _syllables(text: str) -> list[str]:
    return [syllable.lower() for syllable in lazy_pinyin(text, style=Style.NORMAL)] if text else []


def username_is_valid(username: str) -> bool:
    """Two to forty small Latin letters, digits, dots, dashes or underscores."""
    return _USERNAME.fullmatch(username) is not None


def uscc_is_valid(code: str) -> bool:
    """Whether this is a unified social credit code: 18 characters with the check character of GB 32100-2015."""
    if _USCC.fullmatch(code) is None:
        return False
    total = sum(_USCC_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(code[:17]))
    return _USCC_LETTERS[-total % 31] == code[17]
