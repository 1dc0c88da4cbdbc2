"""Every sentence of the pages is Chinese at its source and has its English twin."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from access.examples import EXAMPLES, Asked
from access.world import World, a_world, forget_standing
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from builders import a_small_district
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import template as translation_template

import linli
from linli.domain.standards import queries as standards

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

NOT_PAGES = (
    "api:",
    "desk:map_",
    "desk:plan_",
    "paper:community_report",
    "paper:survey_form",
    "paper:result",
    "phone:evidence",
)
"""Files and answers for programs; reports and paper forms are Chinese for every reader."""

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
    lost = sorted(str(known) for known in set(_english()) - _used())

    assert not lost, f"no page says them any more: {lost[:20]}"


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


# --- Pages as they are sent ---------------------------------------------------------------------


@pytest.fixture
def english_catalog(tmp_path: Path, settings: Any) -> None:
    """The catalog as it stands in the sources, whether or not it was compiled since."""
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with CATALOG.open("rb") as source, (folder / "django.mo").open("wb") as target:
        write_mo(target, read_po(source))
    settings.LOCALE_PATHS = [tmp_path]


@pytest.mark.slow
@pytest.mark.django_db
def test_every_page_reads_in_english(english_catalog: None) -> None:
    """Chinese stands only where data say it: names, sources, clauses."""
    world, client = a_world(), Client()
    world.round()
    names = _names(world)

    pages = dict(_pages(world, client))

    left = {name: found for name, page in pages.items() if (found := _chinese(page, names))}
    assert len(pages) > 20
    assert not left, "\n".join(f"{name}: {found}" for name, found in left.items())


@pytest.mark.django_db
def test_the_language_is_chosen_by_a_button_and_kept(english_catalog: None) -> None:
    client = Client()
    before = client.get("/sign-in/").content.decode()

    client.post("/language/", {"language": "en", "next": "/sign-in/"})
    after = client.get("/sign-in/").content.decode()

    assert '<html lang="zh-hans">' in before
    assert "登录" in before
    assert '<html lang="en">' in after
    assert "Sign in" in after
    assert _chinese(after, ["简体中文"]) == []


def _pages(world: World, client: Client) -> Iterator[tuple[str, str]]:
    """Every page that opens, once, to the first holder of a role in the whole district whom it lets in."""
    holders = [who for who in world.people if who.area == world.district]
    for name, examples in EXAMPLES.items():
        if name.startswith(NOT_PAGES):
            continue
        for number, example in enumerate(examples):
            place = world.targets(example.levels[0])[0] if example.levels else world.district
            for who in holders if example.method == "GET" else ():
                case = example.make(Asked(world, who.id, place))
                forget_standing()
                client.cookies.clear()
                client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"
                client.cookies[django_settings.SESSION_COOKIE_NAME] = who.session
                answer = client.get(reverse(name, kwargs=dict(case.kwargs)), dict(case.query))
                if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
                    yield f"{name} {number}", answer.content.decode()
                    break


def _names(world: World) -> list[str]:
    """What data say in Chinese and nobody translates, longest first."""
    found = {"简体中文", "张三", "无职", "某某", "满意度", "测试区", "清波", "桥头方案", "助餐点选址", "图上第 1 点"}
    for layer in a_small_district().layers.values():
        found |= {layer.source, *(text for one in layer.attributes for text in one.values() if isinstance(text, str))}
    for key in standards.packs():
        pack = standards.pack(key, day=world.day, district=world.district)
        found |= {source.title for source in pack.sources.values()}
        found |= {threshold.clause for one in pack.indicators for threshold in one.thresholds}
        found |= {one.measure.limit.clause for one in pack.indicators if one.measure.limit}
    return sorted((text for text in found if HAN.search(text)), key=len, reverse=True)


def _chinese(page: str, names: list[str]) -> list[str]:
    """Pieces of a page that hold Chinese other than these names; data for scripts are read too."""
    data = re.findall(r'<script id="[^"]*" type="application/json">(.*?)</script>', page, flags=re.S)
    text = page + "\n".join(json.dumps(json.loads(each), ensure_ascii=False, indent=0) for each in data)
    for name in names:
        text = text.replace(name, "")
    return sorted(set(re.findall(r"[^<>\"\n]*[\u4e00-\u9fff][^<>\"\n]*", text)))
