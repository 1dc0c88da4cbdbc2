"""What if, in a real browser: draw a footbridge, see who gains before letting go, keep it, compare it with another."""

import re

import pytest
from conftest import LiveSite
from journeys.browsing import MAP_LIMIT_MS, sign_in
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

READY = "[data-scenario][data-ready='1']"
BASE_LIMIT_MS = 120_000
CLOSE = 8
"""Turns of the wheel from the district to its single ways."""


def open_editor(page: Page, site: LiveSite) -> None:
    page.goto(f"{site.url}/planning/scenarios/new/")
    page.wait_for_selector(READY, timeout=BASE_LIMIT_MS)
    page.wait_for_selector("body[data-map-idle='1']", timeout=MAP_LIMIT_MS)


def spots(canvas: Locator) -> list[tuple[float, float]]:
    """Points all over the part of the map that the screen shows, from the middle outward."""
    box = canvas.bounding_box()
    assert box is not None
    bottom = min(box["y"] + box["height"], 860)
    middle = (box["x"] + box["width"] / 2, (box["y"] + bottom) / 2)
    return [(middle[0] + x * 37, middle[1] + y * 23) for x in range(-6, 7) for y in range(-6, 7)]


def on_a_way(page: Page, beside: tuple[float, float] | None = None) -> tuple[float, float]:
    """Move about until the pointer snaps to a way, some way off another point if one is given."""
    # A busy machine answers the pointer late: each round waits longer.
    for wait_ms in (0, 50, 200):
        for x, y in spots(page.locator(".map canvas")):
            if beside is not None and not 60 < abs(x - beside[0]) + abs(y - beside[1]) < 200:
                continue
            page.mouse.move(x, y)
            page.wait_for_timeout(wait_ms)
            if page.locator(".map[data-snapped]").count():
                return x, y
    pytest.fail("nowhere on the map is a way")


def come_closer(page: Page) -> None:
    x, y = spots(page.locator(".map canvas"))[84]
    page.mouse.move(x, y)
    for _ in range(CLOSE):
        page.mouse.wheel(0, -200)
        page.wait_for_timeout(150)
    page.evaluate("delete document.body.dataset.mapIdle")
    page.wait_for_selector("body[data-map-idle='1']", timeout=MAP_LIMIT_MS)


def draw_a_bridge(page: Page) -> None:
    """Two clicks on ways; the effect stands beside the pointer before the second."""
    page.keyboard.press("b")
    start = on_a_way(page)
    page.mouse.click(*start)
    end = on_a_way(page, beside=start)
    expect(page.locator("[data-plan-chip]")).to_be_visible(timeout=30_000)
    page.mouse.click(*end)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")


def place_a_facility(page: Page, kind: str) -> None:
    page.keyboard.press("f")
    page.locator("details.fold summary").click()
    page.select_option("#edit-facility-kind", kind)
    x, y = spots(page.locator(".map canvas"))[84]
    page.mouse.move(x, y)
    page.mouse.move(x + 4, y)
    expect(page.locator("[data-plan-chip]")).to_be_visible(timeout=30_000)
    page.mouse.click(x + 4, y)
    expect(page.locator("[data-edit-rows] tr")).to_have_count(1)
    page.keyboard.press("Escape")


def keep(page: Page, name: str) -> None:
    page.fill("#plan-name", name)
    page.get_by_role("button", name="保存方案").click()
    page.wait_for_url(re.compile(r"/planning/scenarios/\d+/$"), timeout=BASE_LIMIT_MS)
    expect(page.locator("h1")).to_have_text(name)


def test_a_facility_and_a_closure_are_drawn_kept_and_compared(page: Page, demo_site: LiveSite) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, demo_site, "district")

    open_editor(page, demo_site)
    place_a_facility(page, "childcare_0_3")
    page.keyboard.press("Control+z")
    expect(page.locator("[data-edit-rows] .empty")).to_be_visible()
    page.keyboard.press("Control+y")
    expect(page.locator("[data-edit-rows] tr")).to_have_count(1)
    keep(page, "托育点")

    page.get_by_role("link", name="另作新方案").click()
    page.wait_for_selector(READY, timeout=BASE_LIMIT_MS)
    expect(page.locator("[data-edit-rows] tr")).to_have_count(1)
    keep(page, "托育点之二")

    page.goto(f"{demo_site.url}/planning/scenarios/")
    for box in page.locator("input[name=scenario]").all():
        box.check()
    page.get_by_role("button", name="并排比较").click()
    page.wait_for_selector("[data-compare][data-ready='1']", timeout=BASE_LIMIT_MS)
    expect(page.locator("[data-compare-map] canvas")).to_have_count(2)
    expect(page.locator("table.compare thead th")).to_have_count(3)


def test_a_footbridge_shows_its_effect_before_it_is_let_go(page: Page, demo_site: LiveSite) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, demo_site, "district")
    open_editor(page, demo_site)
    come_closer(page)

    draw_a_bridge(page)

    expect(page.locator("[data-edit-rows] button.link")).to_contain_text("架桥铺路")
    handle = page.locator(".edit-mark").first
    handle.focus()
    expect(page.locator(".edit-handle")).to_have_count(2)
    place = page.input_value("#edit-points")
    page.locator(".edit-handle").first.focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Tab")
    expect(page.locator("#edit-points")).not_to_have_value(place)
    page.locator(".edit-mark").first.focus()
    page.keyboard.press("Delete")
    expect(page.locator("[data-edit-rows] .empty")).to_be_visible()


def test_the_editor_fits_the_narrowest_screen(page: Page, demo_site: LiveSite) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, demo_site, "district")

    for address in ("new/", "", "compare/"):
        page.goto(f"{demo_site.url}/planning/scenarios/{address}", wait_until="load")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
