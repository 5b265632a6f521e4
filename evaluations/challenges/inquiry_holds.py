"""An inquiry that may change the result: signing and performance rest until it is settled (R-DISP-06)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.holds.queries import holds_of
from catalogue.holds.rules import Ground, is_standing
from catalogue.holds.services import NewHold, begin_hold, end_hold
from catalogue.listings.queries import listing_by_id, listing_page, lock_listing
from evaluations.challenges.rules import check_may_answer
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_
from marketplace.kernel.references.services import random_reference

Row = dict[str, Any]
CLAUSE = "R-DISP-06"
HAS_RESULT = ("determined", "awarded")


async def inquiry_hold_of(listing: Row, now: datetime) -> Row | None:
    """The inquiry on account of which a procurement rests now, if there is one."""
    today = county_day(now)
    holds = await holds_of(listing["id"])
    return next((h for h in holds if h["ground"] == Ground.INQUIRY and is_standing(h, today)), None)


async def hold_for_inquiry(reference: str, number: str, reason: str, actor: Actor, now: datetime) -> None:
    """Let signing and performance rest. Raises Forbidden for others than the buyer, Conflict without a result."""
    listing = await listing_page(reference)
    check_may_answer(actor, listing, changes_result=True)
    async with transaction():
        await lock_listing(listing["id"])
        listing = await listing_by_id(listing["id"])
        if listing["status"] not in HAS_RESULT:
            raise Conflict(N_("还没有确定供应商，不需要暂停签订。"), clause=CLAUSE)
        if await inquiry_hold_of(listing, now):
            raise Conflict(N_("已经因询问暂停签订和履行。请刷新页面查看。"), clause=CLAUSE)
        subject = random_reference("XW")
        await begin_hold(NewHold(listing["id"], Ground.INQUIRY, subject, number), actor, now)
        detail = {"reference": reference, "number": number, "reason": reason}
        await record("inquiry.held", ("listing", str(listing["id"])), actor, detail, now)


async def settle_inquiry(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """Signing and performance go on, with the reason on record. Raises Forbidden, Conflict where nothing rests."""
    listing = await listing_page(reference)
    check_may_answer(actor, listing, changes_result=True)
    async with transaction():
        await lock_listing(listing["id"])
        hold = await inquiry_hold_of(listing, now)
        if hold is None or not await end_hold(hold["subject"], Ground.INQUIRY, reason, actor, now):
            raise Conflict(N_("没有因询问暂停。请刷新页面查看。"), clause=CLAUSE)
