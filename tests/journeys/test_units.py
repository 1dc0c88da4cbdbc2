"""A district is drawn in units: asked for, compared, one block moved by keyboard and mouse, one proposal adopted."""

import pytest
from conftest import LiveSite
from journeys.browsing import IDLE, MAP_LIMIT_MS, NARROW, sign_in
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

JOB_LIMIT_MS = 300_000


def ask(page: Page, site: LiveSite) -> None:
    page.goto(f"{site.url}/planning/units/")
    page.get_by_role("link", name="划分单元").click()
    page.fill("#id_name", "首次划分")
    page.select_option("#id_runs", "2")
    page.check("#id_never_rail")
    page.get_by_role("button", name="开始划分").click()


def choose_a_block_that_can_move(page: Page) -> None:
    """Go through the units of the table and the blocks of each, by keyboard, until one has somewhere to go."""
    units = page.locator("[data-units-table] button[data-unit]")
    for n in range(units.count()):
        units.nth(n).press("Enter")
        expect(page.locator("[data-units-sheet] h2")).to_have_text(units.nth(n).inner_text())
        page.locator("[data-units-sheet] details summary").filter(has_text="个基本块").press("Enter")
        blocks = page.locator("[data-units-sheet] button[data-atom]")
        for number in [blocks.nth(k).get_attribute("data-atom") for k in range(min(blocks.count(), 6))]:
            page.goto(f"{page.url.split('?')[0]}?atom={number}")
            page.wait_for_selector("[data-checked-ms]", timeout=MAP_LIMIT_MS)
            if page.locator("[data-move][aria-keyshortcuts='1']").count():
                return
            units.nth(n).press("Enter")
    pytest.fail("no block lies beside another unit")


def test_units_are_asked_for_compared_edited_and_adopted(page: Page, demo_site: LiveSite) -> None:
    sign_in(page, demo_site, "district")
    ask(page, demo_site)

    # The page comes back by itself when the search has ended.
    expect(page.locator("table.compare")).to_be_visible(timeout=JOB_LIMIT_MS)
    assert page.locator("svg.unit-map").count() >= 2
    expect(page.locator("svg.unit-strips")).to_be_visible()
    expect(page.get_by_text("不许跨越铁路")).to_be_visible()
    page.locator("a.multiple").first.click()
    page.wait_for_selector(IDLE, timeout=MAP_LIMIT_MS)
    original = page.url

    choose_a_block_that_can_move(page)
    page.keyboard.press("1")
    expect(page.locator("[data-units-count]")).to_contain_text("已移动 1 次")
    expect(page.locator("[data-units-sheet]")).to_contain_text("原在第")
    expect(page.locator("[data-units-adopt]")).to_be_disabled()
    page.keyboard.press("Control+z")
    expect(page.locator("[data-units-adopt]")).to_be_enabled()
    expect(page.locator("[data-units-sheet] .tag")).to_have_count(0)

    page.locator("[data-move]").first.click()
    page.get_by_role("button", name="保存移动").click()
    expect(page.locator("#notices")).to_contain_text("已保存为您的副本")
    expect(page.locator("h1")).to_contain_text("第 1 次修改")

    page.goto(original)
    page.get_by_role("button", name="采用这个方案").click()
    expect(page.locator("#notices")).to_contain_text("已采用")
    page.wait_for_selector(IDLE, timeout=MAP_LIMIT_MS)
    page.goto(f"{demo_site.url}/cockpit/")
    page.wait_for_selector(IDLE, timeout=MAP_LIMIT_MS)
    page.get_by_role("button", name="实施单元").click()
    expect(page.get_by_role("button", name="实施单元")).to_have_attribute("aria-pressed", "true")

    page.set_viewport_size(NARROW)
    wide = []
    for address in ("/planning/units/", "/planning/units/new/", original.removeprefix(demo_site.url)):
        page.goto(demo_site.url + address, wait_until="load")
        if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
            wide.append(address)
    assert not wide
