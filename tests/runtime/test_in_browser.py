"""The first page in a real browser: whole, quiet, and within the narrowest screen."""

from collections.abc import Iterator

import pytest
from conftest import Databases, LiveSite, serving
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def empty_site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    with serving(databases, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.mark.parametrize("width", [360, 1920])
def test_whoever_comes_is_asked_to_sign_in(page: Page, empty_site: LiveSite, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})

    answer = page.goto(empty_site.url)

    assert answer is not None
    assert answer.ok
    assert page.locator("input[type=password]").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_styles_and_scripts_come_from_here_under_lasting_names(page: Page, empty_site: LiveSite) -> None:
    asked: list[str] = []
    kept: dict[str, str] = {}
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: kept.update({answer.url: answer.headers.get("cache-control", "")}))

    page.goto(empty_site.url, wait_until="networkidle")

    assert all(url.startswith((empty_site.url, "data:", "blob:")) for url in asked)
    static = [url for url in asked if "/static/" in url]
    assert static
    assert all("immutable" in kept[url] for url in static)
