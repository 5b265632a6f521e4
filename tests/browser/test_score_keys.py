"""A score sheet by keyboard: digits choose a printed band, arrows go from factor to factor, typing stays typing."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
from playwright.async_api import async_playwright

from catalogue.scoring.bands import Band
from marketplace.front_end.build import BUILT
from marketplace.kernel.db import execute
from marketplace.kernel.web import asset
from tests.browser.conftest import FLAGS
from tests.builders_catalogue import n1_scoring
from tests.builders_evaluations import a_panel, an_opened_listing
from tests.pages import send, sign_in

ROWS = tuple(
    Band(Decimal(points), condition)
    for points, condition in (("45", "写明应急、培训、回访三项"), ("30", "写明其中两项"), ("12.5", "写明其中一项"))
)


async def test_R_COM_06_digits_choose_bands_arrows_change_the_factor_and_numbers_are_typed(
    client: httpx.AsyncClient, clock: Any, chromium: str
) -> None:
    scoring = n1_scoring()
    first, second, *others = scoring.criteria
    scoring = replace(scoring, criteria=(replace(first, bands="", rows=ROWS), second, *others))
    opened = await an_opened_listing(await clock.now(), scoring=scoring)
    # the check of a draft asks for a reason where points are a stretch; here it is what the listing came to print
    stretches = "优 10-15 分；良 5-9 分；差 0-4 分"
    await execute("UPDATE criterion SET bands = $1 WHERE title = $2", stretches, second.title)
    await clock.set(opened.now)
    await a_panel(opened)
    await sign_in(client, "yang.hua")
    path = f"/listings/{opened.listing.reference}/scoring"
    served = (await client.get(path)).text
    assert "写明其中两项：得 30 分" in served and "data-score-keys hidden" in served
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page()
        await page.set_content(re.sub(r"<(link|script)[^>]*>", "", served))
        style, script = (asset(name).rsplit("/", 1)[-1] for name in ("site.css", "site.js"))
        await page.add_style_tag(path=BUILT / style)
        await page.add_script_tag(path=BUILT / script, type="module")
        await page.wait_for_selector("[data-score-keys]:not([hidden])")
        bid = re.findall(rf'action="{path}/([0-9a-f-]{{36}})"', served)[0]
        one, two = (page.locator(f"#field-points-{bid}-{n}") for n in (1, 2))
        # typing is typing
        await one.focus()
        await page.keyboard.type("31")
        assert await one.input_value() == "31"
        # with Alt a digit chooses, and so does the digit alone among the bands
        await page.keyboard.press("Alt+Digit2")
        assert await one.input_value() == "30"
        await page.keyboard.press("Escape")
        await page.keyboard.press("Digit3")
        assert await one.input_value() == "12.5"
        assert await page.locator("button[aria-pressed=true]").first.inner_text() == "写明其中一项：得 12.5 分"
        await page.keyboard.press("Digit9")
        assert await one.input_value() == "12.5"
        await page.locator("button[data-points='45']").first.click()
        assert await one.input_value() == "45"
        # from factor to factor; the second was printed in words as stretches of points: choose one, then type
        await one.focus()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.type("12")
        await page.keyboard.press("Alt+Digit2")
        assert await two.input_value() == "" and await two.get_attribute("placeholder") == "5–9"
        await page.keyboard.type("7.5")
        assert await two.input_value() == "7.5"
        assert await page.locator("button[data-most][aria-pressed=true]").first.inner_text() == "良 5-9 分"
        # the third counts four points for each: its steps have keys too
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Alt+Digit3")
        assert await page.locator(f"#field-points-{bid}-3").input_value() == "12"
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("ArrowUp")
        assert await page.evaluate("document.activeElement.id") == f"field-points-{bid}-1"
        await browser.close()
    # without the script the sheet is filled in as ever; between two printed rows there is nothing to give
    between = await send(client, f"{path}/{bid}", {f"points-{bid}-1": "31", f"comment-{bid}-1": ""})
    assert between.status_code == 422 and "45、30、12.5" in between.text
    marks = {f"points-{bid}-1": "30", f"comment-{bid}-1": ""}
    assert (await send(client, f"{path}/{bid}", marks)).status_code == 303
