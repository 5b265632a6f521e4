"""Sealing and opening in real browsers: the service is sent ciphertext and peeled layers, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, Route, async_playwright

from marketplace.demo.cast import PASSWORD
from marketplace.demo.story.county import County
from marketplace.demo.story.notice import OPENER_NAMES
from marketplace.demo.story.player import STEPS, play
from marketplace.demo.story.steps_award import THIRD
from marketplace.demo.story.steps_prepare import listing
from tests.browser.conftest import FLAGS
from tests.builders_vendors import PDF
from tests.people import own_server
from vendors.providers.credit_codes import fresh_credit_code

PASSPHRASE = "three old bridges"
MEMBER, MEMBER_CODE = "城厢社会工作服务中心（夜间组）", fresh_credit_code("member", "private_non_enterprise")
SECRET, PRICELESS = "夜间陪护七日轮值的独门方案", "第二版独门方案"
MINUTE = 60_000


@dataclass(frozen=True)
class Recovered:
    """What an opener got back from its recovery words: its key's file, locked anew."""

    file: bytes
    recipient: str
    fingerprint: str


@dataclass
class Place:
    """A county whose listing takes bids, and a browser to look at it with."""

    county: County
    listing: str
    browser: Browser
    sent: list[bytes] = field(default_factory=list)

    async def page(self, username: str, **more: Any) -> Page:
        """A browser of a person, signed in; whatever it sends is kept."""
        context = await self.browser.new_context(base_url=self.county.address, accept_downloads=True, **more)
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
    """The story up to the providers."""
    with own_server() as server:
        county = County(server.address, server.identities_folder)
        play(county, lambda _: None, STEPS[:3])
        yield county
        county.close()


@pytest_asyncio.fixture(scope="module")
async def place(county: County, chromium: str) -> AsyncIterator[Place]:
    """A real Chromium; the listing is published once its third opener has a key."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield Place(county, "", browser)
        await browser.close()


@pytest_asyncio.fixture(scope="module")
async def recovered(place: Place) -> Recovered:
    """A key that he.ping made in the browser and made again from the words; then a listing with three openers."""
    found = await a_key_made_again(place)
    listing(place.county, (*OPENER_NAMES, "何萍"))
    place.listing = place.county.needed("listing")
    return found


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
    assert await page.is_visible("[data-unnamed]")
    await page.select_option("#field-seal_paper", "盖章.txt")
    await page.select_option("#field-seal_kind", "stamped")
    assert not await page.is_visible("[data-unnamed]")
    await page.fill("#field-passphrase", PASSPHRASE)
    await page.fill("#field-passphrase_again", PASSPHRASE)


class BadLine:
    """A line that breaks at some requests for pieces, there and back, and damages one piece on its way back."""

    BREAKS_AT = (2, 3, 7)

    def __init__(self) -> None:
        self.broken = self.asked = self.damaged = 0

    async def carry(self, route: Route) -> None:
        """Break, damage, or carry a request on."""
        self.asked += 1
        if self.asked in self.BREAKS_AT:
            self.broken += 1
            await route.abort("connectionreset")
        elif route.request.method == "GET" and not self.damaged:
            self.damaged = 1
            answer = await route.fetch()
            await route.fulfill(response=answer, body=b"?" + (await answer.body())[1:])
        else:
            await route.continue_()


async def seal(
    place: Place, username: str, plan: str = SECRET, member: str = "", line: BadLine | None = None
) -> str:
    """Seal in the browser, with a member where its code is given; gives the receipt's number."""
    page = await place.page(username)
    await fill(place, page, plan)
    if line:
        papers = {"name": "照片.txt", "mimeType": "text/plain", "buffer": "入户照片说明\n".encode() * 80_000}
        await page.set_input_files("#field-papers", papers)
        await page.select_option("#field-seal_kind", "")  # what was named is gone with its file, and none is named
        await page.route(re.compile(r"/sealed-uploads/[0-9a-f-]{36}/\d+$"), line.carry)
    if member:
        await join(page, member)
    async with page.expect_download() as download:
        await page.click("[data-act=seal]")
    key = Path(await (await download.value).path()).read_text()
    assert key.startswith("-----BEGIN AGE ENCRYPTED FILE-----")
    await page.wait_for_url(re.compile("/bids/HZ-"), timeout=2 * MINUTE)
    receipt = page.url.rsplit("/", 1)[1]
    await page.context.close()
    assert line is None or (line.broken == len(line.BREAKS_AT) and line.damaged)
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


async def a_key_made_again(place: Place) -> Recovered:
    """Made with a passphrase, registered, and made again from the twenty-four words."""
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
    async with page.expect_download() as download:
        await page.click("[data-act=recover]")
    file = Path(await (await download.value).path()).read_bytes()
    await page.wait_for_function("document.querySelector('#field-recipient').value !== ''")
    assert await page.input_value("#field-recipient") == recipient
    await page.context.close()
    return Recovered(file, recipient, fingerprint)


async def release(place: Place, username: str, file: bytes, passphrase: str = PASSWORD) -> None:
    """Release with the key file, in the browser."""
    page = await place.page(username)
    await page.goto(f"/listings/{place.listing}/opening")
    key = {"name": "key.age", "mimeType": "application/octet-stream", "buffer": file}
    await page.set_input_files("[data-release] input[type=file]", key)
    await page.fill("[data-release] #field-passphrase", "not the passphrase")
    await page.click("[data-release] button[type=submit]")
    await page.wait_for_selector("[data-progress].now--refused", timeout=2 * MINUTE)
    await page.fill("[data-release] #field-passphrase", passphrase)
    async with page.expect_response(lambda said: "/layers" in said.url and said.request.method == "POST") as posted:
        await page.click("[data-release] button[type=submit]")
    assert (await posted.value).status == 200, await (await posted.value).text()
    await page.context.close()


async def test_an_opener_makes_a_key_and_makes_it_again_from_the_words(place: Place, recovered: Recovered) -> None:
    assert recovered.file.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----") and recovered.recipient.startswith("age1")
    assert not any(b"AGE-SECRET-KEY" in sent or PASSPHRASE.encode() in sent for sent in place.sent)


async def test_without_javascript_the_page_says_how_to_seal_with_any_age_tool(
    place: Place, recovered: Recovered
) -> None:
    username = place.county.provider(0).username
    page = await place.page(username, java_script_enabled=False)
    await page.goto(f"/listings/{place.listing}/lots/1/sealing/first")
    assert not await page.is_visible("[data-seal]"), "a form that nothing would encrypt must not be shown"
    by_hand = page.locator("section:has(#by-hand)")
    shown = await by_hand.inner_text()
    assert "任何 age 工具" in shown and "sha256sum" in shown and shown.count("age1") == 3 and "任意 2 位" in shown
    assert await by_hand.locator("form[enctype='multipart/form-data'] input[type=file]").is_visible()
    await by_hand.locator("summary").click()
    written = await by_hand.locator("pre").all_inner_texts()
    assert [sorted(json.loads(each)) for each in written] == [
        ["declarations", "past_performance", "text"], ["attachments", "seal", "text"], ["small_micro"],
    ]  # fmt: skip
    script = await page.context.request.get(f"{page.url}/seal.sh")
    assert await by_hand.locator("a[href$='/sealing/first/seal.sh']").is_visible()
    assert script.ok and "age -r" in await script.text()
    await page.context.close()


async def test_three_bidders_and_two_openers_of_whom_one_replaces_one_withdraws_and_one_is_late(
    place: Place, recovered: Recovered
) -> None:
    county, closes_at = place.county, place.county.record.closes_at
    assert closes_at is not None
    first, second = county.provider(0).username, county.provider(1).username
    page = await place.page(first)
    await fill(place, page, "")
    await page.set_input_files("#field-papers", [])
    await page.click("[data-act=seal]")
    said = await page.locator("[data-seal] .govuk-error-message").all_inner_texts()
    assert ["附件盖了章" in said[1], "服务方案" in said[0]] == [True, True]
    await every_mistake_of_members_is_said(page, county.provider(0).credit_code)
    await page.context.close()

    earlier = await seal(place, first)
    receipt = await seal(place, first, PRICELESS)
    assert receipt != earlier
    other = await seal(place, second, member=MEMBER_CODE, line=BadLine())
    gone = await seal(place, THIRD)
    withdrawing = county.person(THIRD)
    withdrawing.get(f"/bids/{gone}/withdraw")
    withdrawing.fill({}, action=f"/bids/{gone}/withdraw")

    county.clock(closes_at - timedelta(minutes=10))
    late = await place.page(THIRD)
    await fill(place, late, SECRET)
    warned = await late.inner_text(".countdown")
    assert re.search(r"00:0\d:\d\d", warned) and "就是迟到" in warned
    assert "countdown--late" in (await late.get_attribute(".countdown", "class") or "")

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

    # 周岚 does not come: any two of the three open, the third with the key that its words gave back
    await release(place, "wu.gang", county.identity("wu.gang"))
    await release(place, "he.ping", recovered.file, PASSPHRASE)
    by_openers = b"\n".join(place.sent)[len(sealed) :]
    assert b"/layers" in by_openers and b"AGE-SECRET-KEY" not in by_openers
    assert PASSWORD.encode() not in by_openers and PASSPHRASE.encode() not in by_openers
    shown = county.person("li.qiang").get(f"/listings/{place.listing}/qualification")
    assert PRICELESS in shown and SECRET in shown and "盖章.txt" in shown
    # the consortium comes out of the seal whole (R-ROLE-12)
    assert MEMBER in shown and MEMBER_CODE in shown and "30%" in shown and "联合协议.pdf" in shown
    opened = county.person("li.qiang").get(f"/listings/{place.listing}/opening")
    assert receipt in opened and other in opened and gone not in opened and earlier not in opened
