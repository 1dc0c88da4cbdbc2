"""Ways through the pages in a real browser, which may complain of nothing: no script, no policy, no missing file."""

import io
import zipfile
from pathlib import Path

import pytest
from conftest import LiveSite
from journeys.browsing import IDLE, MAP_LIMIT_MS, NARROW, sign_in
from playwright.sync_api import Page, expect

from linli.interchange.export import write_package
from linli.synthetic.city import city

pytestmark = pytest.mark.browser

JOB_LIMIT_MS = 180_000


def first_community(page: Page, site: LiveSite) -> str:
    """The address of the first community that is listed."""
    page.goto(f"{site.url}/communities/")
    return str(page.locator("table.list tbody a").first.get_attribute("href"))


def click_a_community(page: Page) -> None:
    """Go over the map until a name shows, and click there."""
    box = page.locator(".map canvas").bounding_box()
    assert box is not None
    for n in range(25):
        x, y = (0.5 + (n % 5 - 2) * 0.12, 0.5 + (n // 5 - 2) * 0.12)
        at = (box["x"] + box["width"] * x, box["y"] + box["height"] * y)
        page.mouse.move(*at)
        if page.locator(".map-hover").is_visible():
            page.mouse.click(*at)
            return
    pytest.fail("nowhere on the map is a community")


def test_from_the_map_to_the_records_behind_a_figure(page: Page, demo_site: LiveSite) -> None:
    sign_in(page, demo_site, "district")
    page.goto(f"{demo_site.url}/cockpit/")
    page.wait_for_selector(IDLE, timeout=MAP_LIMIT_MS)

    click_a_community(page)
    page.locator("#sheet .btn-primary").click()
    expect(page.locator("h2").first).to_be_visible()
    page.wait_for_selector(IDLE, timeout=MAP_LIMIT_MS)
    page.locator("table.fixed tbody a").first.click()

    expect(page.get_by_role("heading", name="怎么算的")).to_be_visible()
    expect(page.locator("dl.facts code").first).to_be_visible()


def test_a_point_is_moved_with_the_arrow_keys(page: Page, demo_site: LiveSite) -> None:
    sign_in(page, demo_site, "district")
    page.goto(f"{demo_site.url}/search/?q=幼儿园")
    page.locator("table.list tbody a").first.click()
    page.wait_for_selector(IDLE, timeout=MAP_LIMIT_MS)

    page.locator(".maplibregl-marker").focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("[data-pin-told]")).to_contain_text("位置将移动")
    page.fill("#id_reason", "实地核查")
    page.get_by_role("button", name="保存更正").click()

    expect(page.locator("#notices")).to_contain_text("已更正")
    expect(page.locator("table.list").last).to_contain_text("实地核查")


def test_a_figure_is_decided(page: Page, demo_site: LiveSite) -> None:
    sign_in(page, demo_site, "district")
    page.goto(f"{demo_site.url}/figures/?pack=yantai")
    page.locator("a.btn", has_text="核定").first.click()

    page.fill("#id_value", "1")
    page.fill("#id_clause", "第三条")
    page.fill("#id_source", "区政府文件")
    page.get_by_role("button", name="核定").click()

    expect(page.locator("#notices")).to_contain_text("并记入日志")


def test_the_survey_is_filled_in_on_a_phone(page: Page, demo_site: LiveSite) -> None:
    page.set_viewport_size(NARROW)
    sign_in(page, demo_site, "community")
    page.goto(f"{demo_site.url}{first_community(page, demo_site)}")
    page.get_by_role("link", name="填报调查").click()
    page.locator("a.choice").first.click()

    page.locator("form .choice, form input[type=number]").first.click()
    page.select_option("#id_channel", "paper")
    page.get_by_role("button", name="保存并继续").click()

    expect(page.locator("#notices")).to_contain_text("已保存")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_no_page_is_wider_than_the_narrowest_screen(page: Page, demo_site: LiveSite) -> None:
    page.set_viewport_size(NARROW)
    sign_in(page, demo_site, "district")
    community = first_community(page, demo_site)
    page.goto(f"{demo_site.url}{community}")
    finding = str(page.locator("table.fixed tbody a").first.get_attribute("href"))
    fixed = ("cockpit", "communities", "indicators", "rounds", "figures", "imports", "surveys", "jobs", "gallery")
    wide = []

    for address in (*(f"/{name}/" for name in fixed), community, finding, f"{community}local/shangcheng/"):
        page.goto(demo_site.url + address, wait_until="load")
        if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
            wide.append(address)

    assert not wide


def test_a_package_is_uploaded_and_becomes_an_edition(page: Page, demo_site: LiveSite, tmp_path: Path) -> None:
    # The demo's six communities with other people: whoever works in one of them still does afterwards.
    write_package(city(communities=6, people=40_000), tmp_path / "package")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted((tmp_path / "package").iterdir()):
            packed.write(file, file.name)
    sign_in(page, demo_site, "district")
    page.goto(f"{demo_site.url}/imports/")
    editions = page.locator("table.list tbody tr").count()

    sent = {"name": "package.zip", "mimeType": "application/zip", "buffer": archive.getvalue()}
    page.set_input_files("#package", sent)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("link", name="查看检查结果")).to_be_visible(timeout=JOB_LIMIT_MS)
    page.goto(f"{demo_site.url}/imports/")

    assert page.locator("table.list tbody tr").count() == editions + 1
