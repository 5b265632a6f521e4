"""Looking at recorded pages in a real browser: axe, both widths, the console, the words."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Route

from marketplace.front_end import build
from tests.browser.recorder import SeenPage, joints, pattern, read_words

ADDRESS = "http://county.test"
DESK, PHONE = 1280, 390
AT_ONCE = 3
AXE = build.PACKAGES / "axe-core" / "axe.min.js"
# set it to a folder to look at every page oneself
PICTURES = os.environ.get("PAGES_FOLDER", "")
RUN_AXE = """axe.run(document, {resultTypes: ['violations']}).then(r => r.violations
  .filter(v => v.impact == 'serious' || v.impact == 'critical')
  .map(v => v.id + ' ' + v.nodes.map(n => n.html.slice(0, 160)).slice(0, 3).join(' ')))"""
TOO_WIDE = """width => {
  const seen = [];
  if (document.documentElement.scrollWidth > width) {
    for (const e of document.querySelectorAll('main *, header *, footer *'))
      if (e.getClientRects().length && e.getBoundingClientRect().right > width + 1)
        seen.push(e.outerHTML.slice(0, 120));
    return ['page ' + document.documentElement.scrollWidth, ...seen.slice(0, 3)];
  }
  for (const e of document.querySelectorAll('main *'))
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && e.tagName != 'PRE'
        && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))
      seen.push('scrolls ' + e.outerHTML.slice(0, 120));
  return seen.slice(0, 3);
}"""


@dataclass
class Look:
    """What one look at one page in one language found."""

    page: SeenPage
    language: str
    title: str = ""
    violations: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    words: list[tuple[str, bool]] = field(default_factory=list)
    needs_axe: bool = True
    is_first_of_its_kind: bool = True

    @property
    def needs_browser(self) -> bool:
        """Whether it is opened: once for each kind of address, and wherever parts are joined as on no page before.

        Chinese breaks anywhere, so the English page is the wider one.
        """
        is_wider = self.language == "en" or "en" not in self.page.html
        return self.needs_axe or (self.is_first_of_its_kind and is_wider)

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.page.name} [{self.language}]"


async def look_at_all(browser: Browser, pages: Sequence[SeenPage]) -> list[Look]:
    """Read every page in both languages and open it in the browser where it may look like no other; some at once."""
    waiting: asyncio.Queue[Look] = asyncio.Queue()
    done: list[Look] = []
    for look in in_turn(pages):
        look.title, look.words = read_words(look.page.html[look.language])
        if look.needs_browser:
            waiting.put_nowait(look)
        else:
            done.append(look)
    await asyncio.gather(*[_look_in_turn(browser, waiting, done) for _ in range(AT_ONCE)])
    return sorted(done, key=lambda look: look.name)


def in_turn(pages: Sequence[SeenPage]) -> list[Look]:
    """Every page in its languages, the richest first; axe reads a page when it joins parts as none before it did.

    Whatever stands inside what, and every field, is read by axe at least once, in the page that has most beside it.
    """
    looks = [Look(page, language) for page in pages for language in page.html]
    looks.sort(key=lambda look: (-len(look.page.html[look.language]), look.name))
    known: set[str] = set()
    kinds: set[tuple[str, str, int]] = set()
    for look in looks:
        found = joints(look.page.html[look.language])
        look.needs_axe = not found <= known
        known |= found
        kind = (look.language, pattern(look.page.address), look.page.status)
        look.is_first_of_its_kind = kind not in kinds
        kinds.add(kind)
    return looks


async def _look_in_turn(browser: Browser, waiting: asyncio.Queue[Look], done: list[Look]) -> None:
    context = await browser.new_context(viewport={"width": DESK, "height": 900}, locale="zh-CN")
    tab = await context.new_page()
    current: list[Look] = []
    await _serve_recorded(context, current)
    tab.on("console", lambda message: _note(message, current))
    tab.on("pageerror", lambda error: current[0].console.append(str(error)))
    try:
        while not waiting.empty():
            current[:] = [waiting.get_nowait()]
            await _look(tab, current[0])
            done.append(current[0])
    finally:
        await context.close()


def _note(message: ConsoleMessage, current: list[Look]) -> None:
    """A complaint of the browser, but not that a refusal answers 403 or 422: that is its right status."""
    is_own_status = "status of" in message.text and message.location["url"] == _url(current[0])
    if message.type in ("error", "warning") and not is_own_status:
        current[0].console.append(message.text)


def _url(look: Look) -> str:
    return f"{ADDRESS}{'/en' if look.language == 'en' else ''}{look.page.address}"


async def _serve_recorded(context: BrowserContext, current: list[Look]) -> None:
    files: dict[str, bytes] = {}

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ADDRESS)
        look = current[0]
        if route.request.is_navigation_request():
            await route.fulfill(status=look.page.status, headers=look.page.headers, body=look.page.html[look.language])
        elif path.startswith("/static/"):
            file = build.FRONT_END.parent / path[1:]
            kind = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}.get(file.suffix, "")
            body = files.setdefault(path, file.read_bytes())
            await route.fulfill(body=body, content_type=kind or "application/octet-stream")
        else:
            await route.fulfill(status=204)

    await context.route("**/*", answer)


async def _look(tab: Page, look: Look) -> None:
    await tab.set_viewport_size({"width": DESK, "height": 900})
    await tab.goto(_url(look), wait_until="load")
    look.too_wide += [f"{DESK}: {found}" for found in await tab.evaluate(TOO_WIDE, DESK)]
    await _picture(tab, look, DESK)
    if look.needs_axe:
        # evaluated through the debugger, which the page's own content security policy does not concern
        await tab.evaluate(_axe())
        look.violations = await tab.evaluate(RUN_AXE)
    await tab.set_viewport_size({"width": PHONE, "height": 844})
    look.too_wide += [f"{PHONE}: {found}" for found in await tab.evaluate(TOO_WIDE, PHONE)]
    await _picture(tab, look, PHONE)


@cache
def _axe() -> str:
    return AXE.read_text()


async def _picture(tab: Page, look: Look, width: int) -> None:
    if PICTURES:
        name = re.sub(r"[^\w.-]+", "_", f"{look.page.address}-{look.page.who}-{look.page.status}").strip("_")
        path = Path(PICTURES) / f"{name[:110]}-{look.language}-{width}.png"
        await tab.screenshot(path=path, full_page=True)


def summary(failures: Sequence[Any]) -> str:
    """Failures for people to read."""
    return json.dumps(failures[:40], ensure_ascii=False, indent=1)
