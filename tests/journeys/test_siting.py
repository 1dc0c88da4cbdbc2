"""From a shortfall to proposed projects, in a real browser."""

import contextlib
import re

import pytest
from conftest import LiveSite
from journeys.browsing import IDLE, MAP_LIMIT_MS, NARROW, sign_in
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

pytestmark = pytest.mark.browser

SEARCH_LIMIT_MS = 180_000


def test_where_something_should_go(page: Page, demo_site: LiveSite) -> None:
    """Ask from an indicator, set a point by keyboard, stop the search, see the gap, make projects, take them along."""
    sign_in(page, demo_site, "district")
    page.goto(f"{demo_site.url}/indicators/ZJ-10/")
    page.get_by_role("link", name="看看该放在哪里").click()
    page.wait_for_selector(IDLE, timeout=MAP_LIMIT_MS)
    expect(page.locator("[data-count]")).to_contain_text("处候选")

    # A hard question, so that there is time to stop: of what the district has none of, the shortest longest walk.
    page.select_option("#kind-0", "lift")
    page.check("input[name=origin-building]")
    page.check("input[value=p_center]")
    page.fill("#most", "12")
    page.fill("#area-0", "0")
    page.select_option("#limit_s", "180")
    before = page.locator("[data-count]").inner_text()
    page.get_by_role("button", name="在图上点出位置").click()
    page.locator(".map canvas").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-count]")).not_to_have_text(before)
    page.get_by_role("button", name="开始计算").first.click()

    expect(page.locator("#siting-progress")).to_be_visible()
    best_or_answer = page.locator("#siting-progress .figure b:has-text('米'), .proof-line").first
    expect(best_or_answer).to_be_visible(timeout=SEARCH_LIMIT_MS)
    # A fast machine may have proven the best before anyone can stop it.
    with contextlib.suppress(PlaywrightTimeout):
        page.get_by_role("button", name="停下").click(timeout=3000)
    proof = page.locator(".proof-line")
    expect(proof).to_be_visible(timeout=SEARCH_LIMIT_MS)
    expect(proof).to_contain_text(re.compile("最多相差 .+%.*按要求停止|已证明最优.*证明为止"))
    page.wait_for_selector(IDLE, timeout=MAP_LIMIT_MS)
    expect(page.locator(".pin-sample.on-map").first).to_be_visible()

    chosen = page.locator("input[name=choice]").count()
    page.locator("input[name=choice]").last.uncheck()
    page.get_by_role("button", name="把勾选的转为拟建项目").click()
    expect(page.locator("#notices")).to_contain_text(f"已把 {chosen - 1} 处加入拟建项目")
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    assert download.value.suggested_filename == "projects.xlsx"


def test_no_page_of_sitings_is_wider_than_the_narrowest_screen(page: Page, demo_site: LiveSite) -> None:
    page.set_viewport_size(NARROW)
    sign_in(page, demo_site, "district")
    wide = []

    for address in ("/planning/sitings/", "/planning/sitings/ask/", "/planning/sitings/projects/"):
        page.goto(demo_site.url + address, wait_until="load")
        if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
            wide.append(address)

    assert not wide
