"""A draft on a real page while the line breaks: nothing typed is lost, and of two editors neither overwrites."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, Playwright, async_playwright

from marketplace.demo.county.needs import N4
from marketplace.demo.story.browser import words
from marketplace.demo.story.county import County
from marketplace.demo.story.needs import begin
from marketplace.demo.story.notice import DRAFTER
from tests.browser.conftest import FLAGS
from tests.people import own_server

MINUTE = 60_000
FIELD, TOLD = "#draft-subject textarea[name=requirement]", "[data-autosave]"
FIRST, SECOND, THIRD = "每月入户核查 120 户。", "断网时写的：每户不少于 40 分钟。", "另一位写的：每户不少于 30 分钟。"


@dataclass
class Office:
    """A county with one draft, and the drafter's browser without a screen that reads what is stored."""

    county: County
    draft: str

    def stored(self) -> str:
        """The section as the service has it now."""
        return str(self._section().form("requirement").values["requirement"])

    def save(self, typed: str) -> None:
        """Somebody else saves the section in between."""
        self._section().fill({"requirement": typed}, action=f"{self.draft}/requirement")

    def _section(self):
        drafter = self.county.person(DRAFTER)
        drafter.get(f"{self.draft}/requirement")
        return drafter


@pytest.fixture(scope="module")
def office(chromium: str) -> Iterator[Office]:
    with own_server(begins=N4.published_at) as server:
        county = County(server.address, server.identities_folder)
        _, draft = begin(county, N4)
        yield Office(county, draft)
        county.close()


async def a_desk(playwright: Playwright, chromium: str, folder: Path, office: Office) -> tuple[BrowserContext, Page]:
    """The drafter's own browser, signed in; what it stores lies in the folder and outlives it."""
    desk = await playwright.chromium.launch_persistent_context(str(folder), executable_path=chromium, args=FLAGS)
    jar = office.county.person(DRAFTER).client.cookies.jar
    await desk.add_cookies([{"name": c.name, "value": c.value or "", "url": office.county.address} for c in jar])
    page = desk.pages[0]
    page.set_default_timeout(MINUTE)
    await page.goto(f"{office.county.address}{office.draft}/requirement")
    return desk, page


async def told(page: Page, part: str) -> None:
    """Wait until the page says this beside the section."""
    await page.wait_for_function(f"part => document.querySelector('{TOLD}')?.textContent.includes(part)", arg=part)


async def test_what_is_typed_without_a_network_comes_back_after_the_browser_was_killed_and_is_saved(
    office: Office, chromium: str, tmp_path: Path
) -> None:
    async with async_playwright() as playwright:
        desk, page = await a_desk(playwright, chromium, tmp_path, office)
        await page.fill(FIELD, FIRST)
        await told(page, "已自动保存。")
        assert office.stored() == FIRST

        await desk.set_offline(True)
        await page.fill(FIELD, FIRST + SECOND)
        await told(page, "没有网络，已保存在这台设备上")
        assert office.stored() == FIRST
        await desk.close()  # the window goes while nothing could be sent

        desk, page = await a_desk(playwright, chromium, tmp_path, office)
        assert await page.input_value(FIELD) == FIRST + SECOND
        await told(page, "已自动保存。")
        assert office.stored() == FIRST + SECOND
        assert await page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:')).length") == 0
        await desk.close()


async def test_the_line_comes_back_and_the_section_saves_itself_without_a_press(
    office: Office, chromium: str, tmp_path: Path
) -> None:
    async with async_playwright() as playwright:
        desk, page = await a_desk(playwright, chromium, tmp_path, office)
        await desk.set_offline(True)
        await page.fill(FIELD, SECOND)
        await told(page, "没有网络")
        await desk.set_offline(False)
        await told(page, "已自动保存。")
        assert office.stored() == SECOND
        await desk.close()


async def test_somebody_saved_while_the_line_was_away_so_both_texts_stand_side_by_side(
    office: Office, chromium: str, tmp_path: Path
) -> None:
    async with async_playwright() as playwright:
        desk, page = await a_desk(playwright, chromium, tmp_path, office)
        await desk.set_offline(True)
        await page.fill(FIELD, FIRST)
        await told(page, "没有网络")
        office.save(THIRD)
        await desk.set_offline(False)
        await told(page, "刚才有人改过")
        assert office.stored() == THIRD
        await page.click("#draft-subject button[type=submit]")
        await page.wait_for_selector(".side-by-side")
        said = words(await page.content())
        assert FIRST in said and THIRD in said and office.stored() == THIRD
        await page.click("#draft-subject button[type=submit]")  # seen both; now mine is meant
        await page.wait_for_selector(".side-by-side", state="detached")
        assert office.stored() == FIRST
        await desk.close()
