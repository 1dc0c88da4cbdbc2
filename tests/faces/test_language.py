"""Every sentence of the pages is Chinese at its source and has its English twin."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.utils.translation import template as translation_template

import linli

SOURCE = Path(linli.__file__).parent
CATALOG = SOURCE / "locale" / "en" / "LC_MESSAGES" / "django.po"
HAN = re.compile(r"[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")
ONE, MANY = (1,), (1, 2)
KEYWORDS = {
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop", "_"), ONE),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), MANY),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}

Known = tuple[str, str | tuple[str, ...]]
"""A context, or none, with a sentence; or with its singular and plural."""


def _messages(code: str) -> Iterator[Known]:
    for _line, keyword, found, _comments in extract_python(
        io.BytesIO(code.encode()), KEYWORDS, [], {"encoding": "utf-8"}
    ):
        parts = [found] if isinstance(found, str) else [part for part in found if part]
        context = parts.pop(0) if keyword.startswith(("pgettext", "npgettext")) else ""
        if parts and parts[0]:
            yield context, tuple(parts[:2]) if keyword.startswith("n") else parts[0]


def _templates() -> list[Path]:
    return sorted(path for path in (SOURCE / "faces").rglob("templates/**/*") if path.suffix in {".html", ".txt"})


def _used() -> set[Known]:
    pages = (translation_template.templatize(path.read_text(), origin=str(path)) for path in _templates())
    modules = (path.read_text() for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
    return {message for code in (*pages, *modules) for message in _messages(code)}


def _english() -> dict[Known, tuple[str, ...]]:
    with CATALOG.open("rb") as file:
        catalog = read_po(file)
    return {
        (message.context or "", message.id): (message.string,) if isinstance(message.string, str) else message.string
        for message in catalog
        if message.id
    }


def test_the_english_catalog_is_complete() -> None:
    english = _english()

    missing = sorted(str(known) for known in _used() if not all(english.get(known, ("",))))

    assert not missing, f"{len(missing)} sentences have no English: {missing[:20]}"


def test_no_english_sentence_has_lost_its_source() -> None:
    assert not set(_english()) - _used()


def test_an_english_sentence_keeps_its_placeholders_and_holds_no_chinese() -> None:
    for (_context, source), texts in _english().items():
        wanted = sorted(PLACEHOLDER.findall(source if isinstance(source, str) else source[0]))
        for text in texts:
            assert sorted(PLACEHOLDER.findall(text)) == wanted, text
            assert not HAN.search(text), text


def test_scripts_take_their_words_from_the_page() -> None:
    scripts = SOURCE.parents[1] / "frontend" / "src"
    if not scripts.is_dir():
        pytest.skip("installed without its front end's sources")

    assert not [path.name for path in scripts.glob("*.js") if HAN.search(path.read_text())]


@pytest.mark.parametrize("path", _templates(), ids=lambda path: path.name)
def test_no_page_holds_a_bare_sentence(path: Path) -> None:
    text = path.read_text()
    text = re.sub(r"{%\s*blocktranslate.*?endblocktranslate\s*%}|{%.*?%}|{{.*?}}|{#.*?#}", "", text, flags=re.S)

    bare = [line.strip() for line in text.splitlines() if HAN.search(line)]

    # The name of a language is written in that language.
    assert not [line for line in bare if "简体中文" not in line]
