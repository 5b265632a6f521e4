"""How a published listing moves on; called by the packages above inside their own acts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from catalogue.listings.queries import Row, lock_listing
from catalogue.listings.rules import HOLDS_RESERVE, TRANSITIONS, Status, check_may_draft_for
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, transaction
from marketplace.kernel.i18n import Sentence
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.states import move


async def close_if_due(listing: UUID, now: datetime) -> bool:
    """Close a published listing whose deadline has come; whether it is closed (or further) afterwards."""
    async with transaction():
        row = await lock_listing(listing)
        if row["status"] == Status.PUBLISHED and now >= row["closes_at"]:
            await _set_status(row, Status.CLOSED)
            await record("listing.closed", ("listing", str(listing)), None, {"reference": row["reference"]}, now)
            return True
        return row["status"] not in (Status.DRAFT, Status.REVIEW, Status.PUBLISHED, Status.SUSPENDED)


async def close_all_due(now: datetime) -> int:
    """Close every listing whose deadline has come; gives how many. Run by a job each minute."""
    due = await fetch("SELECT id FROM listing WHERE status = 'published' AND closes_at <= $1", now)
    return sum([await close_if_due(row["id"], now) for row in due])


async def mark_opened(listing: UUID, actor: Actor | None, now: datetime) -> None:
    """Both parts of the key were released. Once judged it is opened no more: `reopen_judging` leads back (R-COM-08)."""
    async with transaction():
        row = await lock_listing(listing)
        move({Status.CLOSED: frozenset({Status.OPENED})}, row["status"], to=Status.OPENED)
        await _advance(listing, Status.OPENED, actor, now)


async def mark_evaluated(listing: UUID, actor: Actor | None, now: datetime) -> None:
    """The panel is done and the ranking computed."""
    await _advance(listing, Status.EVALUATED, actor, now)


async def reopen_judging(row: Row, actor: Actor | None, now: datetime) -> None:
    """The results fell with the panel that found them: another judges. `row` is locked by the caller (R-COM-08)."""
    await _set_status(row, Status.OPENED)
    detail = {"reference": row["reference"], "basis": "R-COM-08"}
    await record("listing.reopened", ("listing", str(row["id"])), actor, detail, now)


async def mark_determined(listing: UUID, actor: Actor | None, now: datetime) -> None:
    """The buyer determined the winner."""
    await _advance(listing, Status.DETERMINED, actor, now)


async def mark_awarded(listing: UUID, actor: Actor | None, now: datetime) -> None:
    """The award notice is out."""
    await _advance(listing, Status.AWARDED, actor, now, ended=True)


async def fail_listing(listing: UUID, reason: Sentence, clause: str | None, actor: Actor | None, now: datetime) -> None:
    """End without an award; the reason is published and what is still reserved goes back to the budget line."""
    await _end(listing, Status.FAILED, reason.text("zh"), clause, actor, now)


async def cancel_listing(
    listing: UUID, reason: str, actor: Actor, now: datetime, clause: str | None = None
) -> None:
    """Cancel a draft or a published listing with a published reason. Raises Forbidden for strangers."""
    row = await fetchrow("SELECT procuring_unit, published_at FROM listing WHERE id = $1", listing)
    if row is not None:
        check_may_draft_for(actor, row["procuring_unit"])
        if row["published_at"] is not None:
            actor.check_may(Permission.APPROVE_LISTING)
    await _end(listing, Status.CANCELLED, reason, clause, actor, now)


async def _set_status(row: Row, to: Status) -> None:
    moved = move(TRANSITIONS, row["status"], to=to)
    await execute("UPDATE listing SET status = $2 WHERE id = $1", row["id"], moved.value)


async def _advance(listing: UUID, to: Status, actor: Actor | None, now: datetime, ended: bool = False) -> None:
    async with transaction():
        row = await lock_listing(listing)
        await _set_status(row, to)
        if ended:
            await execute("UPDATE listing SET ended_at = $2 WHERE id = $1", listing, now)
        await record(f"listing.{to.value}", ("listing", str(listing)), actor, {"reference": row["reference"]}, now)


async def _end(listing: UUID, to: Status, reason: str, clause: str | None, actor: Actor | None, now: datetime) -> None:
    async with transaction():
        row = await lock_listing(listing)
        held = row["status"] in HOLDS_RESERVE
        await _set_status(row, to)
        await execute(
            "UPDATE listing SET ended_at = $2, end_reason = $3, end_clause = $4 WHERE id = $1",
            listing, now, reason, clause or "",
        )  # fmt: skip
        if held:
            await release_reserve(row, now)
        detail = {"reference": row["reference"], "reason": reason, "clause": clause or ""}
        await record(f"listing.{to.value}", ("listing", str(listing)), actor, detail, now)


async def release_reserve(row: Row, now: datetime) -> None:
    """Give back what this listing still holds: its reserve less what went back or into contracts."""
    line = await fetchval("SELECT ledger_line FROM budget_line WHERE id = $1", row["budget_line"])
    left = await still_reserved(row["id"], line)
    if left > 0:
        await post(line, Posting.RELEASE, left, Source("listing", str(row["id"])), now)


async def still_reserved(listing: UUID, line: UUID) -> Decimal:
    """What a listing holds of its line by its own postings, without what an earlier result took into contracts."""
    left: Decimal = await fetchval(
        "SELECT coalesce(sum(CASE kind WHEN 'reserve' THEN amount WHEN 'release' THEN -amount"
        " WHEN 'commit' THEN -amount ELSE 0 END), 0)"
        " - (SELECT coalesce(sum(amount), 0) FROM reserve_spent WHERE listing = $3)"
        " FROM ledger_posting WHERE line = $1 AND source_kind = 'listing' AND source_id = $2",
        line, str(listing), listing,
    )  # fmt: skip
    return left
