"""Every sentence of the pages is Chinese at its source and has its English twin."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.utils.translation import template as translation_template

import linli

SOURCE = Path(linli.__file__).parent
CATALOG = SOURCE / "locale" / "en" / "LC_MESSAGES" / "django.po"
HAN = re.compile(r"[\u4e00-\u9fff]")
KEYWORDS = {"gettext": None, "gettext_lazy": None, "_": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2)}


def _messages(code: str) -> set[str]:
    found = extract_python(io.BytesIO(code.encode()), KEYWORDS, [], {"encoding": "utf-8"})
    return {text for _, _, message, _ in found for text in ([message] if isinstance(message, str) else message) if text}


def _templates() -> list[Path]:
    return sorted(path for path in (SOURCE / "faces").rglob("templates/**/*") if path.suffix in {".html", ".txt"})


def _used() -> set[str]:
    pages = (translation_template.templatize(path.read_text(), origin=str(path)) for path in _templates())
    modules = (path.read_text() for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
    return set().union(*(_messages(code) for code in (*pages, *modules)))


def test_the_english_catalog_is_complete() -> None:
    with CATALOG.open("rb") as file:
        catalog = read_po(file)

    missing = sorted(text for text in _used() if HAN.search(text) and not (catalog.get(text) and catalog.get(text).string))

    assert not missing, f"{len(missing)} sentences have no English: {missing[:20]}"


def test_no_english_sentence_has_lost_its_source() -> None:
    with CATALOG.open("rb") as file:
        known = {text for message in read_po(file) for text in ([message.id] if isinstance(message.id, str) else message.id) if text}

    assert not known - _used()


@pytest.mark.parametrize("path", _templates(), ids=lambda path: path.name)
def test_no_page_holds_a_bare_sentence(path: Path) -> None:
    text = path.read_text()
    text = re.sub(r"{%\s*blocktranslate.*?endblocktranslate\s*%}|{%.*?%}|{{.*?}}|{#.*?#}", "", text, flags=re.S)

    bare = [line.strip() for line in text.splitlines() if HAN.search(line)]

    # The name of a language is written in that language.
    assert not [line for line in bare if "简体中文" not in line]
