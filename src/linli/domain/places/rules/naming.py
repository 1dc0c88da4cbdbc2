"""How names of places are sorted and found."""

import re
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
    """Text as it is compared: half-width, small letters, no spaces. What is plain already stays as it is."""
    while (plainer := "".join(unicodedata.normalize("NFKC", text.casefold()).split())) != text:
        text = plainer
    return text


_RUN = re.compile(r"[\u3400-\u9fff]+|[0-9]+|[^\u3400-\u9fff0-9]+")
_NUMBER_DIGITS = 5


def sorting_key(name: str) -> str:
    """The name spelled in pinyin, numbers by their size; the database has no Chinese order of its own."""
    return " ".join(_spelled(run) for run in _RUN.findall(unicodedata.normalize("NFKC", name)) if run.strip())


@lru_cache(maxsize=65_536)
def _spelled(run: str) -> str:
    # Kept by run, for the names of buildings and streets are the same few words with other numbers.
    if run.isascii() and run.isdecimal():
        return run.rjust(_NUMBER_DIGITS, "0")
    return " ".join(syllable.lower().strip() for syllable in lazy_pinyin(run))


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
