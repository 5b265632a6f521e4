"""A day recorded with the network off on a real phone page: browser killed, network back, each visit once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, Playwright, async_playwright

from marketplace.demo.cast import PASSWORD
from marketplace.demo.story.county import County
from marketplace.demo.story.player import STEPS, play
from tests.browser.conftest import FLAGS
from tests.people import own_server

PIN, MINUTE = "246810", 60_000
SECRET_CODES = ("JT-R-0301", "JT-R-0302", "JT-R-0303")


@pytest.fixture(scope="module")
def county(chromium: str) -> Iterator[County]:
    """The story up to the signed contract, in the evening of a day of service."""
    with own_server() as server:
        county = County(server.address, server.identities_folder)
        play(county, lambda _: None, STEPS[:8])
        assert county.record.service_from is not None
        county.to_day(county.record.service_from + timedelta(days=5), 18)
        yield county
        county.close()


async def a_phone(playwright: Playwright, chromium: str, folder: Path, *, offline: bool = False) -> BrowserContext:
    """A phone's browser; what it stores lies in the folder and outlives it."""
    return await playwright.chromium.launch_persistent_context(
        str(folder), executable_path=chromium, args=FLAGS, offline=offline, viewport={"width": 390, "height": 844}
    )


async def signed_in(phone: BrowserContext, county: County) -> Page:
    """The page for recording offline, of a worker who has signed in."""
    page = phone.pages[0]
    page.set_default_timeout(MINUTE)
    await page.goto(f"{county.address}/sign-in")
    await page.fill("#field-username", county.provider(0).worker)
    await page.fill("#field-password", PASSWORD)
    await page.click("main form button[type=submit]")
    await page.wait_for_url("**/work*")
    await page.goto(f"{county.address}/visits/offline")
    await page.wait_for_function(
        "async () => (await (await caches.open('offline-visits')).match('/visits/offline')) !== undefined"
    )
    return page


async def unlock(page: Page, *, first: bool = False) -> None:
    await page.wait_for_selector("form[data-part=lock]:not([hidden])")
    await page.fill("#field-pin", PIN)
    if first:
        await page.fill("#field-pin_again", PIN)
    await page.click("form[data-part=lock] button[type=submit]")
    await page.wait_for_selector("[data-part=desk]:not([hidden])")


NOTE_WAITING = """n => {
  window.hasWaited = false;
  const list = document.querySelector('[data-part=waiting]');
  const look = () => { window.hasWaited ||= list.children.length === n; };
  new MutationObserver(look).observe(list, { childList: true });
}"""


async def form_opened(page: Page) -> None:
    """Whoever has residents to start at finds the form for entering afterwards folded."""
    while not await page.is_visible("#field-recipient_code"):
        await page.click("[data-part=by-hand] > summary")
        await page.wait_for_timeout(200)  # where nobody is to be started at it unfolds by itself in the same moment


async def record(page: Page, code: str, begins: str, ends: str) -> None:
    await form_opened(page)
    before = await page.locator("[data-part=waiting] > li").count()
    for name, value in (("recipient_code", code), ("village", "十里社区"), ("begins", begins), ("ends", ends)):
        await page.fill(f"#field-{name}", value)
    # noted as it happens: with a network the visit may be sent, and gone from the list, before anybody looks again
    await page.evaluate(NOTE_WAITING, before + 1)
    await page.click("form[data-part=visit] button[type=submit]")
    await page.wait_for_function("() => window.hasWaited")


async def recorded(page: Page, county: County) -> str:
    """The worker's list of visits as the service has it."""
    await page.goto(f"{county.address}/visits")
    return await page.inner_text("main")


async def test_a_day_without_a_network_arrives_once_after_the_browser_was_killed(
    county: County, chromium: str, tmp_path: Path
) -> None:
    async with async_playwright() as playwright:
        phone = await a_phone(playwright, chromium, tmp_path)
        page = await signed_in(phone, county)
        await unlock(page, first=True)
        await phone.set_offline(True)
        await page.reload()
        await unlock(page)
        await record(page, SECRET_CODES[0], "08:00", "09:00")
        await record(page, SECRET_CODES[1], "09:00", "09:30")
        await record(page, SECRET_CODES[2], "09:15", "09:45")  # overlaps: the service will say so
        await phone.close()  # nothing is said to the page: what is kept must lie on the disk already

        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        for code in SECRET_CODES:  # neither as text nor as the wide characters some stores write
            assert code.encode() not in kept and code.encode("utf-16-le") not in kept

        phone = await a_phone(playwright, chromium, tmp_path, offline=True)
        page = phone.pages[0]
        page.set_default_timeout(MINUTE)
        await page.goto(f"{county.address}/visits/offline")
        await unlock(page)
        assert "3" in await page.inner_text("[data-part=count]")
        # how much waits is the first thing on the page, above what is filled in
        assert await page.evaluate("() => document.querySelector('[data-part=sync]').getBoundingClientRect().top < 600")
        await phone.set_offline(False)
        one = "() => document.querySelectorAll('[data-part=waiting] > li').length === 1"
        await page.wait_for_function(one)
        assert "同一分钟" in await page.inner_text("[data-part=waiting]")
        await page.click("[data-part=waiting] button >> nth=0")  # mend it where it was refused
        await page.fill("#field-begins", "10:00")
        await page.fill("#field-ends", "10:45")
        await page.click("form[data-part=visit] button[type=submit]")
        await page.wait_for_function("() => !document.querySelector('[data-part=waiting] > li')")
        said = await recorded(page, county)
        assert [said.count(code) for code in SECRET_CODES] == [1, 1, 1]
        await phone.close()


async def test_a_lost_answer_and_a_second_device_make_no_second_visit(
    county: County, chromium: str, tmp_path: Path
) -> None:
    async with async_playwright() as playwright:
        phone = await a_phone(playwright, chromium, tmp_path / "first")
        page = await signed_in(phone, county)
        await unlock(page, first=True)
        sent: list[str] = []

        async def lose_the_answer(route) -> None:
            if not sent:
                answer = await route.fetch()  # it arrived and was recorded …
                sent.append((await answer.body()).decode())
                await route.abort()  # … and the phone never hears of it
            else:
                await route.continue_()

        await phone.route("**/visits/sync", lose_the_answer)
        await record(page, "JT-R-0401", "11:00", "11:30")
        await page.wait_for_selector("[data-part=tries] li", state="attached")
        assert '"is_recorded":true' in sent[0].replace(" ", "")
        body = await page.evaluate("() => document.querySelector('[data-part=waiting]').innerText")
        assert "JT-R-0401" in body
        await page.click("[data-part=send]")
        await page.wait_for_function("() => !document.querySelector('[data-part=waiting] > li')")
        assert (await recorded(page, county)).count("JT-R-0401") == 1
        await phone.close()


async def test_two_phones_of_one_worker_make_one_visit_and_show_what_does_not_fit(
    county: County, chromium: str, tmp_path: Path
) -> None:
    async with async_playwright() as playwright:
        phones = [await a_phone(playwright, chromium, tmp_path / name) for name in ("first", "second")]
        pages = [await signed_in(phone, county) for phone in phones]
        for phone, page in zip(phones, pages, strict=True):
            await unlock(page, first=True)
            await phone.set_offline(True)
            await record(page, "JT-R-0601", "13:00", "13:30")
        await record(pages[1], "JT-R-0602", "13:15", "13:45")  # while the first phone says another visit
        gone = "() => !document.querySelector('[data-part=waiting] > li')"
        await phones[0].set_offline(False)
        await pages[0].wait_for_function(gone)
        await phones[1].set_offline(False)
        await pages[1].wait_for_selector("[data-part=conflict]")
        assert await pages[1].locator("[data-part=waiting] > li").count() == 1
        shown = await pages[1].inner_text("[data-part=conflict]")
        assert all(part in shown for part in ("13:00–13:30", "13:15–13:45", "JT-R-0601", "JT-R-0602"))
        pages[1].on("dialog", lambda dialog: dialog.accept())
        await pages[1].click("[data-part=waiting] button >> nth=1")  # the one received stands
        await pages[1].wait_for_function(gone)
        said = await recorded(pages[0], county)
        assert said.count("JT-R-0601") == 1 and "JT-R-0602" not in said
        for phone in phones:
            await phone.close()


async def test_a_phone_taken_back_while_it_was_away_is_empty_at_next_contact(
    county: County, chromium: str, tmp_path: Path
) -> None:
    async with async_playwright() as playwright:
        lost = await a_phone(playwright, chromium, tmp_path / "lost")
        page = await signed_in(lost, county)
        await unlock(page, first=True)
        await record(page, "JT-R-0701", "14:00", "14:30")
        await page.wait_for_function("() => !document.querySelector('[data-part=waiting] > li')")
        await lost.set_offline(True)
        await record(page, "JT-R-0702", "14:30", "15:00")
        device = await page.evaluate(
            "() => localStorage[Object.keys(localStorage).find((name) => name.startsWith('visits-device-'))]"
        )

        other = await a_phone(playwright, chromium, tmp_path / "other")
        desk = await signed_in(other, county)
        await desk.goto(f"{county.address}/visits/devices")
        await desk.locator(f"tr:has(#reason-{device}) summary").click()
        await desk.fill(f"#reason-{device}", "手机丢了")
        await desk.locator(f"tr:has(#reason-{device}) button").click()
        await desk.wait_for_url("**/visits/devices?done=revoked")

        await lost.close()
        # whoever found it turns it on: nobody is signed in
        lost = await a_phone(playwright, chromium, tmp_path / "lost")
        page = lost.pages[0]
        page.set_default_timeout(MINUTE)
        await page.goto(f"{county.address}/visits/offline")
        await page.wait_for_function(
            "async () => !(await indexedDB.databases()).some(({ name }) => name.startsWith('visits-'))"
            " && !(await caches.has('offline-visits'))"
        )
        assert "JT-R-0702" not in await recorded(desk, county)
        for phone in (lost, other):
            await phone.close()


async def test_an_open_page_of_a_phone_taken_back_empties_itself_when_the_network_comes(
    county: County, chromium: str, tmp_path: Path
) -> None:
    async with async_playwright() as playwright:
        phone = await a_phone(playwright, chromium, tmp_path)
        page = await signed_in(phone, county)
        await unlock(page, first=True)
        await page.click("[data-part=send]")
        await page.wait_for_selector("[data-part=tries] li", state="attached")
        desk = await phone.new_page()
        desk.set_default_timeout(MINUTE)
        await desk.goto(f"{county.address}/visits/devices")
        await phone.set_offline(True)
        await record(page, "JT-R-0801", "15:00", "15:30")
        await phone.set_offline(False)
        rows = desk.locator("tr:has(summary)")
        await rows.nth(0).locator("summary").click()
        await rows.nth(0).locator("input[name=reason]").fill("换手机")
        await page.route("**/visits/sync", lambda route: route.abort())  # it hears of it before it can send
        await rows.nth(0).locator("button").click()
        await desk.wait_for_url("**/visits/devices?done=revoked")
        await page.click("[data-part=send]")
        await page.wait_for_selector("[data-part=said].now--refused")
        assert "已经收回" in await page.inner_text("[data-part=said]") and not await page.is_visible("[data-part=desk]")
        await phone.close()


async def test_a_phone_whose_clock_is_wrong_goes_by_the_countys_time(
    county: County, chromium: str, tmp_path: Path
) -> None:
    async with async_playwright() as playwright:
        phone = await a_phone(playwright, chromium, tmp_path)
        page = await signed_in(phone, county)
        await unlock(page, first=True)
        # the county lives on another day than this machine: the difference is said, and the form has the county's day
        assert await page.is_visible("[data-part=clock]")
        assert county.record.service_from is not None
        day: date = county.record.service_from + timedelta(days=5)
        assert await page.input_value("#field-day") == day.isoformat()
        await form_opened(page)
        await page.click("[data-now=begins]")
        assert (await page.input_value("#field-begins")).startswith("18:")
        await phone.set_offline(True)
        await page.reload()  # a page that was kept does not take the time it was made at for now
        await unlock(page)
        assert await page.input_value("#field-day") == day.isoformat()
        await phone.close()


async def test_the_wrong_digits_open_nothing_and_forgetting_them_empties_the_phone(
    county: County, chromium: str, tmp_path: Path
) -> None:
    async with async_playwright() as playwright:
        phone = await a_phone(playwright, chromium, tmp_path)
        page = await signed_in(phone, county)
        await unlock(page, first=True)
        await phone.set_offline(True)
        assert not await page.is_visible("[data-part=full]")
        await page.evaluate("() => { navigator.storage.estimate = async () => ({ usage: 95, quota: 100 }); }")
        await record(page, "JT-R-0501", "12:00", "12:30")
        await page.wait_for_selector("[data-part=full]:not([hidden])")  # before anything is lost
        await page.reload()
        await page.wait_for_selector("form[data-part=lock]:not([hidden])")
        await page.fill("#field-pin", "111111")
        await page.click("form[data-part=lock] button[type=submit]")
        await page.wait_for_selector(".govuk-error-message")
        assert not await page.is_visible("[data-part=desk]")
        page.on("dialog", lambda dialog: dialog.accept())
        await page.click("[data-part=forgot]")
        await page.wait_for_selector("[data-part=new-pin]:not([hidden])")
        await unlock(page, first=True)
        assert await page.locator("[data-part=waiting] > li").count() == 0
        await phone.close()


async def test_a_usual_visit_takes_six_taps_and_survives_a_killed_browser(
    county: County, chromium: str, tmp_path: Path
) -> None:
    assert county.record.service_from is not None
    day: date = county.record.service_from + timedelta(days=5)
    async with async_playwright() as playwright:
        phone = await a_phone(playwright, chromium, tmp_path)
        page = await signed_in(phone, county)
        await unlock(page, first=True)
        await record(page, "JT-R-0901", "16:00", "16:30")  # somebody who is visited again and again
        await page.wait_for_function("() => !document.querySelector('[data-part=waiting] > li')")
        await page.reload()
        taps = 0

        async def tap(place: str) -> None:
            nonlocal taps
            taps += 1
            await page.click(place)

        await page.wait_for_selector("form[data-part=lock]:not([hidden])")
        await page.fill("#field-pin", PIN)
        await tap("form[data-part=lock] button[type=submit]")
        await tap("[data-part=residents] [data-code=JT-R-0901]")
        await page.wait_for_selector("[data-part=running]:not([hidden])")
        await phone.close()  # the phone's battery is empty while the service goes on

        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert b"JT-R-0901" not in kept and "JT-R-0901".encode("utf-16-le") not in kept
        county.to_day(day, 19)
        phone = await a_phone(playwright, chromium, tmp_path)
        page = phone.pages[0]
        page.set_default_timeout(MINUTE)
        await page.goto(f"{county.address}/visits/offline")
        assert await page.is_visible("[data-part=running]") is False
        await unlock(page)  # once more because the browser was killed: no tap of a usual visit
        await tap("[data-part=stop]")
        # what is known already stands in one line: nothing of it is typed or scrolled past
        assert "JT-R-0901" in await page.inner_text("[data-part=points-words]")
        assert not await page.is_visible("#field-village")
        await tap("[data-part=tasks] label >> nth=0")
        await tap("#field-short_code")
        await page.keyboard.type("1234")
        await tap("form[data-part=visit] button[type=submit]")
        assert taps <= 6
        await page.wait_for_function("() => document.querySelector('[data-part=said]').innerText.includes('收下 1 条')")
        assert (await recorded(page, county)).count("JT-R-0901") == 2
        await page.goto(f"{county.address}/visits/offline")
        await unlock(page)
        await page.wait_for_selector("[data-part=residents] [data-code=JT-R-0901]")
        await phone.set_offline(True)
        county.to_day(day + timedelta(days=1), 8)
        await page.route("**/visits/today", lambda route: route.abort())
        await phone.set_offline(False)
        await page.reload()  # the next morning, before the phone is told whom to visit: yesterday's residents are gone
        await unlock(page)
        assert not await page.is_visible("[data-part=today]")
        await phone.close()
