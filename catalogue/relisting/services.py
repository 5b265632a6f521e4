"""List a need again in one act: a new draft with everything of the one that ended, but its dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from catalogue.interruptions.queries import ending_of
from catalogue.listings.draft_queries import parts_of
from catalogue.listings.drafts import Basics, Lots, Timetable
from catalogue.listings.queries import Row, listing_page, lock_listing, lot_of
from catalogue.listings.rules import check_may_draft_for
from catalogue.listings.tables import Listing
from catalogue.listings.writers import write_part
from catalogue.relisting.queries import attempts_before
from catalogue.relisting.rules import (
    check_lot_ended,
    check_may_relist,
    title_again,
    title_en_again,
    title_en_of_top_up,
    title_of_top_up,
)
from catalogue.relisting.tables import RelistedLot, Relisting
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval, insert, transaction
from marketplace.kernel.references.services import next_reference


async def relist(reference: str, actor: Actor, now: datetime) -> UUID:
    """Copy an ended listing into a new draft; a second press leads to the same one. Raises Forbidden, Conflict."""
    listing = await listing_page(reference)
    check_may_draft_for(actor, listing["procuring_unit"])
    async with transaction():
        row = await lock_listing(listing["id"])
        if taken := await fetchval("SELECT later FROM relisting WHERE earlier = $1", listing["id"]):
            found: UUID = taken
            return found
        ending = await ending_of(listing["id"])
        check_may_relist(row["status"], ending["ground"] if ending else None)
        before = await attempts_before(listing["id"])
        draft = await _copy(listing, before + 1, actor, now)
        await insert(Relisting, earlier=listing["id"], later=draft, attempt=before + 1)
        detail = {"from": reference, "attempt": str(before + 1)}
        await record("listing.relisted", ("listing", str(draft)), actor, detail, now)
    return draft


async def relist_lot(reference: str, number: int, actor: Actor, now: datetime) -> UUID:
    """Copy one lot that ended into a draft of its own; a second press leads to the same one. Raises NotFound."""
    listing, lot = await listing_page(reference), await lot_of(reference, number)
    check_may_draft_for(actor, listing["procuring_unit"])
    async with transaction():
        await lock_listing(listing["id"])
        if taken := await fetchval("SELECT later FROM relisted_lot WHERE lot = $1", lot["id"]):
            found: UUID = taken
            return found
        check_lot_ended(await fetchval("SELECT 1 FROM lot_ending WHERE lot = $1", lot["id"]))
        attempt = await attempts_before(listing["id"]) + 1
        draft = await _copy({**listing, "budget": lot["budget"]}, attempt, actor, now, number)
        await insert(RelistedLot, lot=lot["id"], earlier=listing["id"], later=draft, attempt=attempt)
        detail = {"from": reference, "lot": str(lot["id"]), "attempt": str(attempt)}
        await record("listing.relisted", ("listing", str(draft)), actor, detail, now)
    return draft


async def copy_for_top_up(listing: Row, actor: Actor, now: datetime) -> UUID:
    """A draft with everything of a framework's listing: its conditions and procedure hold again (R-FRM-07)."""
    titles = title_of_top_up(listing["title"]), title_en_of_top_up(listing["title_en"])
    return await _copy_as(titles, listing, actor, now)


async def _copy(listing: Row, attempt: int, actor: Actor, now: datetime, lot: int | None = None) -> UUID:
    titles = title_again(listing["title"], attempt), title_en_again(listing["title_en"], attempt)
    return await _copy_as(titles, listing, actor, now, lot)


async def _copy_as(titles: tuple[str, str], listing: Row, actor: Actor, now: datetime, lot: int | None = None) -> UUID:
    """A draft with everything of a listing, or with one lot of it alone.

    Mistakes that the new day brings stay in the draft, where the task list names them.
    """
    title, title_en = titles
    draft: UUID = await insert(
        Listing, reference=await next_reference("JT", county_day(now).year), method=listing["method"], title=title,
        title_en=title_en, purchasing_body=listing["purchasing_body"], procuring_unit=listing["procuring_unit"],
        budget_line=listing["budget_line"], budget=listing["budget"], service_from=listing["service_from"],
        service_to=listing["service_to"], openers_needed=listing["openers_needed"], drafted_by=actor.person_id,
        drafted_at=now,
    )  # fmt: skip
    for part in await parts_of(listing):
        if isinstance(part, Basics):
            # one lot alone costs no more than its own budget
            ceiling = part.ceiling if part.ceiling is None else min(part.ceiling, listing["budget"])
            basics = replace(part, title=title, title_en=title_en, budget=listing["budget"], ceiling=ceiling)
            await write_part(draft, basics)
        elif isinstance(part, Lots) and lot is not None:
            await write_part(draft, Lots((part.lots[lot - 1],)))
        elif not isinstance(part, Timetable):
            await write_part(draft, part)
    return draft
