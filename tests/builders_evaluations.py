"""Opened listings, panels and scored listings; what was sealed is entered as it came out of the bids."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from catalogue.listings.queries import listing_by_id
from catalogue.listings.services import close_if_due, mark_opened
from evaluations.opening.collusion import answer
from evaluations.opening.recordings import NewRecording, Scene, enter_recording, must_be_recorded
from evaluations.opening.tables import ConformityDecision, OpenedBid, QualificationDecision
from evaluations.panel.chair import vote_for_chair
from evaluations.panel.queries import judging_members
from evaluations.panel.services import appoint_member, declare_interest
from evaluations.reports.services import Signed, draw_up_report, sign_report
from evaluations.scoring.queries import marked_criteria, opened_bids
from evaluations.scoring.services import compute_results, lock_marks, put_marks
from evaluations.signs.queries import signs_on
from evaluations.signs.rules import Outcome
from evaluations.signs.services import Answer
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetchval, insert
from tests.builders_catalogue import Published, a_published_listing
from tests.builders_contracts import a_person, a_provider
from tests.cast import actor
from vendors.bids.tables import Bid

EXPERTS = ("yang.hua", "xu.lin", "gao.feng")
DRAW = "四川省政府采购评审专家库随机抽取"
BIDDERS = {
    "和风": ("金堂县和风社会工作服务中心", "52510121MJX0000016"),
    "沱江": ("金堂县沱江社会服务中心", "52510121MJX0000024"),
    "云顶": ("金堂县云顶社会工作中心", "52510121MJX0000032"),
}


@dataclass(frozen=True)
class Opened:
    """A listing after its opening: bids by the short name of their providers, and a moment to go on from."""

    listing: Published
    now: datetime
    bids: dict[str, UUID]
    providers: dict[str, UUID]
    buyer: Actor
    drafter: Actor

    @property
    def lot(self) -> UUID:
        """The first lot."""
        return UUID(str(self.listing.lots[0]["id"]))


@dataclass(frozen=True)
class Offered:
    """What one bidder offered."""

    price: str
    qualified: bool | None = True
    past_grade: str = "none"
    past_evaluated_on: date | None = None
    past_evidence: str = ""
    past_from_record: bool = False
    small_micro: bool = False
    more: dict[str, Any] = field(default_factory=dict)


TWO_OFFERS = {"和风": Offered("498000.00"), "沱江": Offered("480000.00")}


async def director(name: str, now: datetime) -> Actor:
    """The person who bids for a provider."""
    organisation = await fetchval("SELECT id FROM organisation WHERE name = $1", BIDDERS[name][0])
    return await a_person(f"director.{BIDDERS[name][1][-4:]}", "何理事", organisation, ("provider",), now)


async def an_opened_listing(start: datetime, offers: dict[str, Offered] | None = None, **changed: Any) -> Opened:
    """A listing published at `start`, closed and opened an hour after its deadline, all bids reviewed."""
    listing = await a_published_listing(start, **changed)
    now = listing.closes_at + timedelta(hours=1)
    await close_if_due(listing.id, now)
    buyer = await actor("li.qiang", now)
    await mark_opened(listing.id, buyer, now)
    method = await fetchval("SELECT method FROM listing WHERE id = $1", listing.id)
    bids, providers = {}, {}
    for name, offer in (offers or TWO_OFFERS).items():
        providers[name] = await a_provider(start, *BIDDERS[name])
        bids[name] = await _opened_bid(listing, providers[name], offer, method, buyer, now)
    return Opened(listing, now, bids, providers, buyer, await actor("wang.min", now))


async def _opened_bid(
    listing: Published, provider: UUID, offer: Offered, method: str, buyer: Actor, now: datetime
) -> UUID:
    lot = listing.lots[0]["id"]
    bid = await insert(
        Bid, listing=listing.id, lot=lot, provider=provider, status="opened", receipt_number=f"HZ-{uuid4().hex[:12]}",
        storage_key="aa/x", sealed_sha256="0" * 64, sealed_by=buyer.person_id, sealed_at=now - timedelta(hours=3),
    )  # fmt: skip
    price = Decimal(offer.price)
    opened: UUID = await insert(
        OpenedBid, bid=bid, lot=lot, provider=provider, technical_text="由三名社会工作者入户。",
        price=None if method == "consultation" else price, final_price=price if method == "consultation" else None,
        is_small_micro=offer.small_micro, past_grade=offer.past_grade, past_evaluated_on=offer.past_evaluated_on,
        past_evidence=offer.past_evidence, past_from_record=offer.past_from_record, opened_at=now,
        **offer.more,
    )  # fmt: skip
    if offer.qualified is not None:
        await insert(
            QualificationDecision, opened_bid=opened, is_qualified=offer.qualified,
            reason="" if offer.qualified else "缺少社会保障资金缴纳记录。",
            clause="" if offer.qualified else "R-ROLE-09",
            decided_by=buyer.person_id, decided_at=now,
        )  # fmt: skip
    return opened


async def a_panel(opened: Opened, declared: bool = True) -> list[Actor]:
    """Three experts; all have declared that nothing ties them to a bidder."""
    experts = [await actor(name, opened.now) for name in EXPERTS]
    for expert in experts:
        await appoint_member(opened.listing.id, expert.person_id, "expert", DRAW, opened.buyer, opened.now)
        if declared:
            await declare_interest(opened.listing.id, False, "", expert, opened.now)
    if declared:
        await all_conform(opened.listing.id, opened.now)
    return experts


async def all_conform(listing: UUID, now: datetime) -> None:
    """The panel found every qualified bid to conform."""
    for bid in await opened_bids(listing):
        if bid["is_qualified"] and bid["is_conforming"] is None:
            await insert(ConformityDecision, opened_bid=bid["id"], passes=True, members=3, decided_at=now)


async def mark_everything(opened: Opened, expert: Actor, below: dict[str, str] | None = None) -> None:
    """Full marks for every qualified bid, less the given points on the first factor of a bidder."""
    await all_conform(opened.listing.id, opened.now)
    for name, bid in opened.bids.items():
        if not await fetchval("SELECT is_qualified FROM qualification_decision WHERE opened_bid = $1", bid):
            continue
        criteria = await marked_criteria(opened.listing.id)
        marks = {c["id"]: (c["points"], "逐项响应，没有可扣分的。") for c in criteria}
        first = criteria[0]
        marks[first["id"]] = (first["points"] - Decimal((below or {}).get(name, "0")), "方案缺少应急部分。")
        await put_marks(opened.listing.id, bid, marks, expert, opened.now)


async def a_scored_listing(
    start: datetime, offers: dict[str, Offered] | None = None, below: dict[str, str] | None = None, **changed: Any
) -> Opened:
    """An opened listing whose panel of three marked, locked and computed."""
    opened = await an_opened_listing(start, offers, **changed)
    experts = await a_panel(opened)
    for expert in experts:
        await mark_everything(opened, expert, below)
    for expert in experts:
        assert await lock_marks(opened.listing.id, expert, opened.now)
    await compute_results(opened.listing.id, experts[0], opened.now)
    await everybody_signs(opened.listing.id, opened.now)
    return replace(opened, now=opened.now + timedelta(hours=1))


async def everybody_signs(listing: UUID, now: datetime) -> None:
    """The members elect a chair, draw the report up and sign it; nothing where the purchase failed."""
    if (await listing_by_id(listing))["status"] != "evaluated":
        return
    seats = await judging_members(listing)
    people = [await actor(await fetchval("SELECT username FROM person WHERE id = $1", s["person"]), now) for s in seats]
    for each in people[: len(people) // 2 + 1]:
        await vote_for_chair(listing, next(s["id"] for s in seats if s["kind"] == "expert"), each, now)
    await draw_up_report(listing, "", people[0], now)
    for each in people:
        await sign_report(listing, Signed(each.name), each, now)
    await everything_recorded(listing, now)


async def everything_recorded(listing: UUID, now: datetime, username: str | None = None) -> None:
    """Hash and place of the recordings of opening and evaluation, where an award asks for them (R-RECORD-01)."""
    row = await listing_by_id(listing)
    if not must_be_recorded(row):
        return
    keeper = username or await fetchval(
        "SELECT p.username FROM membership m JOIN person p ON p.id = m.person"
        " WHERE m.organisation = $1 AND m.role = 'buyer' AND p.is_active ORDER BY p.username LIMIT 1",
        row["procuring_unit"],
    )
    for scene in Scene:
        await enter_recording(listing, NewRecording(scene, "ab" * 32, "档案柜3"), await actor(keeper, now), now)


async def explain_signs(listing: UUID, now: datetime, username: str = "li.qiang") -> int:
    """The buyer explains every sign of collusion that the opening found; how many it were."""
    found, row = await signs_on(listing), await listing_by_id(listing)
    for sign in found:
        await answer(
            sign["id"], row, Answer(Outcome.EXPLAINED, "已核对各家的报价明细和文件。"), await actor(username, now), now
        )
    return len(found)
