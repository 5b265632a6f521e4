"""A reviewer's morning: pre-checks cleared with the keyboard alone, the papers beside them.

Fifteen of them here; a whole morning's fifty with PRECHECKS=50.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from time import monotonic

import pytest
from playwright.async_api import Page, async_playwright

from marketplace.demo.county.people import PROVIDERS, demo_page
from marketplace.demo.story.browser import Browser
from marketplace.demo.story.county import County
from marketplace.kernel.clock import at_county_time
from tests.browser.conftest import FLAGS
from tests.people import own_server
from vendors.providers.rules import needed_papers

REVIEWER, DESK = "liu.fang", "/providers/checks"
CODES = [f"A{n:02}" for n in range(1, 9)] + [f"S{n:02}" for n in range(1, 5)]
# four may provide everything, the public institution of class one nothing
COUNTS = (10, 11, 12, 7, 10) if os.environ.get("PRECHECKS") == "50" else (3, 3, 4, 2, 3)
ASKED = dict(zip((p[5] for p in PROVIDERS), COUNTS, strict=True))
REFUSED = COUNTS[3]


def hand_in(browser: Browser, form: str, count: int) -> None:
    """Every needed paper, then the application, on the pages that the provider has."""
    for kind in needed_papers(form):
        browser.get("/my-organisation/papers")
        facts = {"result": "passed", "covers_year": "2025"} if kind == "annual_inspection" else {}
        paper = (f"{kind}.pdf", demo_page(kind), "application/pdf")
        browser.fill({"kind": kind, **facts}, {"file": paper}, action="/my-organisation/papers")
    browser.get("/my-organisation/prechecks")
    browser.fill({"items": CODES[:count]}, action="/my-organisation/prechecks")


@pytest.fixture(scope="module")
def county(chromium: str) -> Iterator[County]:
    with own_server(begins=at_county_time(date(2026, 3, 17), 9)) as server:
        county = County(server.address, server.identities_folder)
        for provider in PROVIDERS:
            hand_in(county.person(provider[5]), provider[2], ASKED[provider[5]])
        yield county
        county.close()


async def open_first(page: Page, county: County) -> None:
    """From the list to the first one, with Tab and Enter."""
    await page.goto(county.address + DESK)
    for _ in range(40):
        await page.keyboard.press("Tab")
        if "开始" in (await page.evaluate("document.activeElement.textContent") or ""):
            break
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-review]")


async def test_pre_checks_are_cleared_with_one_key_each(county: County, chromium: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        jar = county.person(REVIEWER).client.cookies.jar
        await context.add_cookies([{"name": c.name, "value": c.value or "", "url": county.address} for c in jar])
        page = await context.new_page()
        await open_first(page, county)
        # the paper is seen beside the form
        await page.wait_for_function("() => document.querySelector('.sheet__page').naturalWidth > 1000")
        began = monotonic()
        cleared, refused = 0, 0
        while await page.query_selector("[data-review]"):
            # nothing is typed: the data speak for the first button, and it has the focus
            act = await page.evaluate("document.activeElement.value")
            key = {"pass": "p", "negative": "n"}[act]
            async with page.expect_navigation():
                await page.keyboard.press(key if cleared % 2 else "Enter")
            cleared, refused = cleared + 1, refused + (act == "negative")
        took = monotonic() - began
        await browser.close()
    print(f"{cleared} pre-checks in {took:.1f} s")  # the note of a release says it, measured on a quiet machine
    assert (cleared, refused) == (sum(COUNTS), REFUSED)
    desk = county.person(REVIEWER)
    desk.get(f"{DESK}?status=passed")
    desk.must_say("供应商预检")
    assert desk.text.count(f'href="{DESK}/YJ-') == sum(COUNTS) - REFUSED
