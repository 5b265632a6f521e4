"""An open tender from its notice to its result, page by page: four seal with a price, five experts judge.

Four, because a tender whose result falls goes to the next candidate only while three are left (94 Art 32).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import httpx

from marketplace.demo.quick_keys import quick_protect
from tests.builders_catalogue import OPENERS, Published, a_published_listing
from tests.builders_contracts import a_provider
from tests.builders_evaluations import BIDDERS, director
from tests.builders_vendors import a_provider as registered
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import send, sign_in, words

BUYER, FIVE = "li.qiang", ("yang.hua", "xu.lin", "gao.feng", "wei.xin", "fan.li")
PRICES = {"和风": "498000.00", "沱江": "480000.00", "云顶": "490000.00", "金水": "500000.00"}
COPIED = "按需求逐户走访，设投诉电话。"
PLANS = {"和风": "入户走访、建档、转介，逐项落实。", "沱江": COPIED, "云顶": COPIED, "金水": "分片包户，每周回访。"}
DIRECTORS = {name: f"director.{code[-4:]}" for name, (_, code) in BIDDERS.items()} | {"金水": "jinshui"}
PASSPHRASE = "correct horse battery"


class People:
    """One browser that changes hands: everybody signs in once."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self._sessions: dict[str, str] = {}

    async def use(self, username: str) -> httpx.AsyncClient:
        """The browser, with this person signed in."""
        if username in self._sessions:
            self.client.cookies.delete("sid")
            self.client.cookies.set("sid", self._sessions[username], domain="county.test", path="/")
        else:
            await sign_in(self.client, username)
            self._sessions[username] = self.client.cookies["sid"]
        return self.client

    async def press(self, username: str, path: str, typed: dict[str, str] | None = None, **more: object) -> str:
        """A form that has to succeed; gives the page it leads to."""
        answer = await send(await self.use(username), path, typed, **more)
        assert answer.status_code == 303, (path, answer.status_code, words(answer.text)[:600])
        return str(answer.headers["location"])

    async def is_refused(self, username: str, path: str, typed: dict[str, str], said: str) -> None:
        """A form that has to be refused in these words."""
        answer = await send(await self.use(username), path, typed)
        assert answer.status_code in (409, 422) and said in words(answer.text), words(answer.text)[:900]

    async def read(self, username: str, path: str) -> str:
        """A page that this person may see."""
        page = await (await self.use(username)).get(path)
        assert page.status_code == 200, (path, page.status_code)
        return page.text


@dataclass(frozen=True)
class Announced:
    """A tender whose award is announced."""

    listing: Published
    now: datetime

    @property
    def lot(self) -> UUID:
        return UUID(str(self.listing.lots[0]["id"]))


async def an_announced_tender(people: People, clock: TestClock) -> Announced:
    """From the published notice to the announced award: 沱江 first, 云顶 second."""
    now = await clock.now()
    listing = await a_published_listing(now, method="open_tender")
    path = f"/listings/{listing.reference}"
    for name in BIDDERS:
        await a_provider(now, *BIDDERS[name])
        await director(name, now)
    await registered(now, "金堂县金水社会工作服务中心", username=DIRECTORS["金水"])
    for name in DIRECTORS:
        await sealed(people, f"{path}/lots/1/bid", name)
    await clock.set(listing.closes_at + timedelta(minutes=5))
    await opened(people, listing)
    await reviewed(people, path)
    await judged(people, path)
    await signed(people, path, str(listing.lots[0]["id"]))
    await clock.set(listing.closes_at + timedelta(hours=2))
    await people.press(BUYER, f"{path}/award", {"lot": str(listing.lots[0]["id"])})
    await people.press(BUYER, f"{path}/award/publish")
    return Announced(listing, await clock.now())


async def sealed(people: People, base: str, name: str) -> None:
    """Every part of a bid, with its price, and the seal."""
    who = DIRECTORS[name]
    await people.press(who, f"{base}/qualification", {"declares": "yes", "qualification_text": "全部符合"})
    await people.press(who, f"{base}/technical", {"technical_text": PLANS[name]})
    await people.press(who, f"{base}/price", {"price": PRICES[name]})
    await people.press(who, f"{base}/seal", {"replaces": ""})


async def opened(people: People, listing: Published) -> None:
    """Two openers release with their key files; every price is read out, and the bidders confirm the record."""
    path = f"/listings/{listing.reference}/opening"
    for username in OPENERS:
        assert "480,000.00" not in await people.read(username, path)
        key = quick_protect(listing.identities[username], PASSPHRASE)
        files = {"identity": (f"{username}.age", key, "application/octet-stream")}
        await people.press(username, path, {"stage": "first", "passphrase": PASSPHRASE}, files=files)
    for name, who in DIRECTORS.items():
        record = await people.read(who, path)
        assert all(f"{price[:3]},000.00" in record for price in PRICES.values()), "a tender's prices are read out"
        receipt = re.search(r'name="receipt" value="([^"]+)"', record)
        assert receipt is not None, name
        await people.press(who, f"{path}/statement", {"receipt": receipt.group(1), "says": "right"})


async def reviewed(people: People, path: str) -> None:
    """The buyer finds every item of qualification met."""
    for bid in await bids_on(people, BUYER, f"{path}/qualification"):
        await people.press(BUYER, f"{path}/qualification/{bid}", await met(people, BUYER, f"{path}/qualification"))


async def judged(people: People, path: str) -> None:
    """Five drawn experts declare, find the bids to conform, and mark; signs are answered before marks are locked."""
    for username in FIVE:
        who = str((await actor(username, datetime.now().astimezone())).person_id)
        drawn = {"person": who, "kind": "expert", "drawn_from": "四川省政府采购评审专家库随机抽取"}
        await people.press(BUYER, f"{path}/panel", drawn)
        await people.press(username, f"{path}/panel/declaration", {"has_interest": "no"})
    bids = await bids_on(people, FIVE[0], f"{path}/conformity")
    await people.is_refused(FIVE[0], f"{path}/scoring/{bids[0]}", {f"points-{bids[0]}-1": "40"}, "符合性")
    for username in FIVE:
        every = await met(people, username, f"{path}/conformity")
        for bid in bids:
            await people.press(username, f"{path}/conformity/{bid}", every)
    for username in FIVE:
        for bid in bids:
            await people.press(username, f"{path}/scoring/{bid}", await marks_of(people, username, path, bid))
    await people.is_refused(FIVE[0], f"{path}/scoring/lock", {}, "串通")
    for sign in await bids_on(people, BUYER, f"{path}/signs"):
        answer = {"outcome": "explained", "reason": "两家都照抄了公告的需求，报价明细和文件各不相同。"}
        await people.press(BUYER, f"{path}/signs/{sign}", answer)
    for username in FIVE:
        await people.press(username, f"{path}/scoring/lock")
    await people.press(FIVE[0], f"{path}/scoring/results")


async def signed(people: People, path: str, lot: str) -> None:
    """Three of five elect the first listed as chair, one draws the report up, all sign it; before that no award."""
    await people.is_refused(BUYER, f"{path}/award", {"lot": lot}, "评审报告")
    chair = re.search(r'name="chosen" value="([^"]+)"', await people.read(FIVE[0], f"{path}/panel"))
    assert chair is not None
    for username in FIVE[:3]:
        await people.press(username, f"{path}/panel/chair", {"chosen": chair.group(1)})
    await people.press(FIVE[0], f"{path}/report/draw-up", {"remarks": "没有其他情况。"})
    for username in FIVE:
        name = (await actor(username, datetime.now().astimezone())).name
        await people.press(username, f"{path}/report/sign", {"way": "signed", "typed_name": name})
    # of a tender the file holds hash and place of the recordings before anybody determines (R-RECORD-01)
    await people.is_refused(BUYER, f"{path}/award", {"lot": lot}, "录音录像")
    for scene in ("opening", "evaluation"):
        entered = {"scene": scene, "sha256": "0123456789abcdef" * 4, "place": "档案柜3"}
        await people.press(BUYER, f"{path}/recordings", entered)


async def marks_of(people: People, username: str, path: str, bid: str) -> dict[str, str]:
    """和风 and 金水 lose points on their plans, the others get all; every mark has its comment."""
    page = await people.read(username, f"{path}/scoring")
    heading = page.split(f'{path}/scoring/{bid}"')[0].rsplit("<h2>", 1)[-1]
    points = ("30", "12", "16") if "和风" in heading or "金水" in heading else ("45", "15", "20")
    found = {f"points-{bid}-{n}": each for n, each in enumerate(points, 1)}
    return found | {f"comment-{bid}-{n}": "按公告的标准给分。" for n in (1, 2, 3)}


async def bids_on(people: People, username: str, path: str) -> list[str]:
    """What the forms of a page are about, in the order of the page."""
    page = await people.read(username, path)
    return list(dict.fromkeys(re.findall(rf'action="[^"]*{path}/([0-9a-f-]{{36}})"', page)))


async def met(people: People, username: str, path: str) -> dict[str, str]:
    """Every item of the first form of a page, answered with yes."""
    names = re.findall(r'name="(item-\d+)"', await people.read(username, path))
    return {name: "yes" for name in names}
