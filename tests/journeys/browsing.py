"""What every journey does: sign in, wait for the map."""

import re

from conftest import LiveSite
from playwright.sync_api import Page

from linli.synthetic.accounts import PASSWORD

IDLE = "body[data-map-idle='1']"
MAP_LIMIT_MS = 60_000
NARROW = {"width": 360, "height": 740}


def sign_in(page: Page, site: LiveSite, username: str) -> None:
    page.goto(f"{site.url}/sign-in/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))
