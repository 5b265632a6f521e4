"""Sealing and opening in real browsers: the service is sent ciphertext and peeled layers, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, async_playwright

from marketplace.demo.cast import PASSWORD
from marketplace.demo.story.county import County
from marketplace.demo.story.own_server import own_server
from marketplace.demo.story.player import STEPS, play
from marketplace.demo.story.steps_award import THIRD
from tests.browser.conftest import FLAGS
from tests.builders_vendors import PDF
from vendors.providers.credit_codes import fresh_credit_code

PASSPHRASE = "three old bridges"
MEMBER, MEMBER_CODE = "城厢社会工作服务中心（夜间组）", fresh_credit_code("member", "private_non_enterprise")
SECRET, PRICELESS = "夜间陪护七日轮值的独门方案", "第二版独门方案"
MINUTE = 60_000


@dataclass
class Place:
    """A county whose listing takes bids, and a browser to look at it with."""

    county: County
    listing: str
    browser: Browser
    sent: list[bytes] = field(default_factory=list)

    async def page(self, username: str) -> Page:
        """A browser of a person, signed in; whatever it sends is kept."""
        context = await self.browser.new_context(base_url=self.county.address, accept_downloads=True)
        cookies = self.county.person(username).client.cookies
        await context.add_cookies([{"name": n, "value": v, "url": self.county.address} for n, v in cookies.items()])
        page = await context.new_page()
        page.set_default_timeout(MINUTE)
        page.on("request", self._keep)
        return page

    def _keep(self, request: Request) -> None:
        self.sent.append(request.url.encode() + b"\n" + (request.post_data_buffer or b""))


@pytest.fixture(scope="module")
def county(chromium: str) -> Iterator[County]:
    """The story up to the published listing."""
    with own_server() as server:
        county = County(server.address, server.identities_folder)
        play(county, lambda _: None, STEPS[:4])
        yield county
        county.close()


@pytest_asyncio.fixture
async def place(county: County, chromium: str) -> AsyncIterator[Place]:
    """A real Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield Place(county, county.needed("listing"), browser)
        await browser.close()


async def fill(place: Place, page: Page, plan: str) -> None:
    """Everything a bid asks, with a paper."""
    await page.goto(f"/listings/{place.listing}/lots/1/sealing/first")
    if await page.locator("#field-acknowledged").count():
        await page.check("#field-acknowledged")
    await page.check("#field-declares")
    if await page.locator("#field-past").count():
        await page.check("#field-past")
    await page.fill("#field-technical_text", plan)
    await page.set_input_files("#field-papers", {"name": "盖章.txt", "mimeType": "text/plain", "buffer": plan.encode()})
    await page.fill("#field-passphrase", PASSPHRASE)
    await page.fill("#field-passphrase_again", PASSPHRASE)


async def seal(place: Place, username: str, plan: str = SECRET, member: str = "") -> str:
    """Seal in the browser, with a member where its code is given; gives the receipt's number."""
    page = await place.page(username)
    await fill(place, page, plan)
    if member:
        await join(page, member)
    async with page.expect_download() as download:
        await page.click("[data-act=seal]")
    key = Path(await (await download.value).path()).read_text()
    assert key.startswith("-----BEGIN AGE ENCRYPTED FILE-----")
    await page.wait_for_url(re.compile("/bids/HZ-"), timeout=2 * MINUTE)
    receipt = page.url.rsplit("/", 1)[1]
    await page.context.close()
    return receipt


async def join(page: Page, code: str) -> None:
    """Another member, typed with a Chinese keyboard as likely as not."""
    await page.click("[data-seal] details:has(#field-code_1) summary")
    wide = "".join(chr(ord(each) + 0xFEE0) for each in code)
    await page.fill("#field-code_1", f" {wide} ")
    await page.fill("#field-name_1", MEMBER)
    await page.fill("#field-share_1", "３０")
    agreement = {"name": "联合协议.pdf", "mimeType": "application/pdf", "buffer": PDF}
    await page.set_input_files("#field-agreement", agreement)


async def every_mistake_of_members_is_said(page: Page, own_code: str) -> None:
    """Own code, a wrong check digit, a member twice, shares of everything, no agreement (R-ROLE-12)."""
    await page.click("[data-seal] details:has(#field-code_1) summary")
    wrong = MEMBER_CODE[:-1] + ("0" if MEMBER_CODE[-1] != "0" else "1")
    for number, code in enumerate((own_code, wrong, MEMBER_CODE, MEMBER_CODE), start=1):
        await page.fill(f"#field-code_{number}", code)
        await page.fill(f"#field-share_{number}", "25")
        await page.fill(f"#field-name_{number}", "成员" if number > 1 else "")
    await page.click("[data-seal] details:has(#field-code_1) summary")  # a closed part opens for its mistakes
    await page.click("[data-act=seal]")
    for name, said in (
        ("code_1", "本机构自己的代码"), ("name_1", "名称"), ("code_2", "校验位"), ("code_4", "填了两次"),
        ("share_4", "小于 100%"), ("agreement", "联合协议"),
    ):  # fmt: skip
        group = page.locator(f".govuk-form-group:has(#field-{name})")
        assert said in await group.locator(".govuk-error-message").inner_text(), name
        assert await group.is_visible()


async def release(place: Place, username: str) -> None:
    """Release with the key file, in the browser."""
    page = await place.page(username)
    await page.goto(f"/listings/{place.listing}/opening")
    key = {"name": "key.age", "mimeType": "application/octet-stream", "buffer": place.county.identity(username)}
    await page.set_input_files("[data-release] input[type=file]", key)
    await page.fill("[data-release] #field-passphrase", "not the passphrase")
    await page.click("[data-release] button")
    await page.wait_for_selector("[data-progress].now--refused", timeout=2 * MINUTE)
    await page.fill("[data-release] #field-passphrase", PASSWORD)
    async with page.expect_response(lambda said: "/layers" in said.url and said.request.method == "POST") as posted:
        await page.click("[data-release] button")
    assert (await posted.value).status == 200, await (await posted.value).text()
    await page.context.close()


async def test_an_opener_makes_a_key_and_makes_it_again_from_the_words(place: Place) -> None:
    page = await place.page("he.ping")
    await page.goto("/opener-key")
    await page.click("[data-act=make]")
    assert await page.locator("[data-opener-key] .govuk-error-message").count() == 1
    await page.fill("#field-passphrase", PASSPHRASE)
    await page.fill("#field-passphrase_again", PASSPHRASE)
    async with page.expect_download():
        await page.click("[data-act=make]")
    await page.wait_for_selector("[data-made]:not([hidden])")
    words = await page.locator("[data-recovery] li").all_inner_texts()
    recipient = await page.input_value("#field-recipient")
    fingerprint = await page.inner_text("[data-fingerprint]")
    assert len(words) == 24 and recipient.startswith("age1")
    await page.click("form[action$='/opener-key'] button")
    await page.wait_for_selector("table")
    assert fingerprint in await page.inner_text("table")
    await page.fill("#field-passphrase", PASSPHRASE)
    await page.fill("#field-passphrase_again", PASSPHRASE)
    await page.click("[data-opener-key] details summary")
    await page.fill("#field-recovery", " ".join([*words[:23], words[0] if words[0] != words[23] else words[1]]))
    await page.click("[data-act=recover]")
    assert await page.locator("[data-opener-key] .govuk-error-message").count() == 1
    await page.fill("#field-recovery", "\n".join(words))
    async with page.expect_download():
        await page.click("[data-act=recover]")
    await page.wait_for_function("document.querySelector('#field-recipient').value !== ''")
    assert await page.input_value("#field-recipient") == recipient
    assert not any(b"AGE-SECRET-KEY" in sent or PASSPHRASE.encode() in sent for sent in place.sent)


async def test_three_bidders_and_two_openers_of_whom_one_replaces_one_withdraws_and_one_is_late(place: Place) -> None:
    county, closes_at = place.county, place.county.record.closes_at
    assert closes_at is not None
    first, second = county.provider(0).username, county.provider(1).username
    page = await place.page(first)
    await fill(place, page, "")
    await page.set_input_files("#field-papers", [])
    await page.click("[data-act=seal]")
    assert "服务方案" in await page.inner_text("[data-seal] .govuk-error-message")
    await every_mistake_of_members_is_said(page, county.provider(0).credit_code)
    await page.context.close()

    earlier = await seal(place, first)
    receipt = await seal(place, first, PRICELESS)
    assert receipt != earlier
    other = await seal(place, second, member=MEMBER_CODE)
    gone = await seal(place, THIRD)
    withdrawing = county.person(THIRD)
    withdrawing.get(f"/bids/{gone}/withdraw")
    withdrawing.fill({}, action=f"/bids/{gone}/withdraw")

    late = await place.page(THIRD)
    await fill(place, late, SECRET)

    async def hold(route) -> None:  # the upload began in time; the deadline passes before it is entered
        county.clock(closes_at + timedelta(seconds=1))
        await route.continue_()

    await late.route("**/seal?replaces=*", hold)
    await late.click("[data-act=seal]")
    await late.wait_for_selector("[data-progress].now--refused", timeout=2 * MINUTE)
    assert "截止" in await late.inner_text("[data-progress]")
    await late.context.close()

    sealed = b"\n".join(place.sent)
    assert b"age-encryption.org/v1" in sealed  # the ciphertext is there, so what is looked for would be, too
    for secret in (SECRET, PRICELESS, "盖章", PASSPHRASE, "AGE-SECRET-KEY", MEMBER, MEMBER_CODE, "联合协议"):
        assert secret.encode() not in sealed and json.dumps(secret)[1:-1].encode() not in sealed, secret

    for opener in ("zhou.lan", "wu.gang"):
        await release(place, opener)
    by_openers = b"\n".join(place.sent)[len(sealed) :]
    assert b"/layers" in by_openers and b"AGE-SECRET-KEY" not in by_openers and PASSWORD.encode() not in by_openers
    shown = county.person("li.qiang").get(f"/listings/{place.listing}/qualification")
    assert PRICELESS in shown and SECRET in shown and "盖章.txt" in shown
    # the consortium comes out of the seal whole (R-ROLE-12)
    assert MEMBER in shown and MEMBER_CODE in shown and "30%" in shown and "联合协议.pdf" in shown
    opened = county.person("li.qiang").get(f"/listings/{place.listing}/opening")
    assert receipt in opened and other in opened and gone not in opened and earlier not in opened
