"""A told story with every page that was seen in it, and a browser to look with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from marketplace.demo.story.player import County, play
from tests.browser.look import Look, look_at_all
from tests.browser.recorder import Recorder, follow_links
from tests.people import own_server
from tests.questions_told import questions_told

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Told:
    """A told story: its county, still served, and the pages seen."""

    county: County
    recorder: Recorder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program. Without one these tests are skipped; with CI=true they fail."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    words = "THE PAGES WERE NOT LOOKED AT: there is no Chromium. On Debian: apt-get install -y chromium fonts-noto-cjk"
    if os.environ.get("CI") == "true":
        pytest.fail(words)
    pytest.skip(words)


@pytest.fixture(scope="session")
def told(chromium: str) -> Iterator[Told]:
    """The story from the first step to the last, on a server of its own that goes on serving."""
    recorder = Recorder()
    with questions_told(), own_server() as server:
        county = County(server.address, server.identities_folder, recorder)
        play(county, lambda _: None)
        follow_links(county, recorder)
        yield Told(county, recorder)
        county.close()


@pytest_asyncio.fixture(scope="session")
async def looks(chromium: str, told: Told) -> list[Look]:
    """One look at every page that was seen, in both languages."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            return await look_at_all(browser, list(told.recorder.pages.values()))
        finally:
            await browser.close()
