"""Write the terms of a framework into a draft."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.listings.frameworks.queries import facts_of
from catalogue.listings.frameworks.rules import FrameworkDraft, check_framework
from catalogue.listings.frameworks.tables import ListingFramework, ListingUnitPrice
from catalogue.listings.methods import is_framework
from catalogue.listings.queries import lock_listing
from catalogue.listings.rules import check_may_draft_for
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say

# told on this page, mended on another one: they do not keep the terms from being stored
ELSEWHERE = "basis"


async def save_framework(listing: UUID, draft: FrameworkDraft, actor: Actor, now: datetime) -> None:
    """Store the terms of a draft. Raises NotFound, Forbidden, Conflict once it is handed over, FormRefused."""
    async with transaction():
        row = await lock_listing(listing)
        check_may_draft_for(actor, row["procuring_unit"])
        if not is_framework(row):
            raise NotFound()
        if row["status"] != "draft":
            raise Conflict(N_("这份公告已经提交复核，不能再改。如果要改，请复核人退回。"))
        found = check_framework(draft, await facts_of(row), county_day(now))
        wrong = {m.field: _with_clause(m.sentence, m.clause) for m in found if m.field != ELSEWHERE}
        if wrong:
            raise FormRefused(wrong)
        await write_framework(listing, draft)
        await execute("UPDATE listing SET version = version + 1 WHERE id = $1", listing)
        await record("listing.draft_saved", ("listing", str(listing)), actor, {"part": "framework"}, now)


async def write_framework(listing: UUID, draft: FrameworkDraft) -> None:
    """Store the terms in place of what was there; called inside the caller's transaction."""
    await execute("DELETE FROM listing_framework WHERE listing = $1", listing)
    await execute("DELETE FROM listing_unit_price WHERE listing = $1", listing)
    await insert(
        ListingFramework, listing=listing, basis=draft.basis, way=draft.way, elimination=draft.elimination,
        most_admitted=draft.most_admitted, state_price=draft.state_price, approval=draft.approval,
    )  # fmt: skip
    for lot, ceiling in draft.ceilings.items():
        await insert(ListingUnitPrice, listing=listing, lot_number=lot, ceiling=ceiling)


def _with_clause(sentence: object, clause: str | None) -> object:
    return say(N_("{sentence}依据 {clause}。"), sentence=sentence, clause=clause)
