"""How names of places are sorted and found."""

import unicodedata
from functools import lru_cache

from pypinyin import lazy_pinyin

SCHEME_DIVISION = "division"
"""Statistical division codes: one country, one meaning."""


def code_scheme(code: str, district: str) -> str:
    """In whose numbering a code is unique: the country's for digits of 6, 9 or 12 places, else the district's own."""
    if code.isdecimal() and code.isascii() and len(code) in {6, 9, 12}:
        return SCHEME_DIVISION
    return f"of:{district}"


def plain(text: str) -> str:
    """Text as it is compared: half-width, small letters, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


@lru_cache(maxsize=65_536)
def sorting_key(name: str) -> str:
    """The name spelled in pinyin; the database has no Chinese order of its own."""
    return " ".join(syllable.lower() for syllable in lazy_pinyin(name)) if name else ""


def pieces(text: str) -> list[str]:
    """Every two neighboring characters of a name, and each single one: what an index can find, in order, each once."""
    letters = plain(text)
    pairs = [letters[at : at + 2] for at in range(len(letters) - 1)]
    return list(dict.fromkeys([*letters, *pairs]))


def asked_pieces(text: str) -> list[str]:
    """The pieces that a name must have to contain this text."""
    letters = plain(text)
    if len(letters) < 2:
        return list(letters)
    return list(dict.fromkeys(letters[at : at + 2] for at in range(len(letters) - 1)))
