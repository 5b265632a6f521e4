"""What a decision on a challenge or complaint does to a listing (R-DISP-04): decide again, or buy again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from catalogue.interruptions.tables import ListingEnding
from catalogue.listings.progress import release_reserve, still_reserved
from catalogue.listings.queries import Row
from catalogue.listings.rules import HOLDS_RESERVE, TRANSITIONS, Status
from catalogue.listings.tables import ReserveSpent
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval, insert
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.states import move

REDO_ORDERED, WINNER_REFUSED, WITHOUT_WINNER = "redo_ordered", "winner_refused", "without_winner"


@dataclass(frozen=True)
class Redo:
    """Why a listing has to be bought again: its published reason with clause, and the ground that is kept."""

    reason: str
    clause: str = "R-DISP-04"
    ground: str = REDO_ORDERED


async def reopen_listing(row: Row, again: Decimal, basis: str, actor: Actor, now: datetime) -> None:
    """Back to choosing among the ranked; `again`: yuan to reserve anew where the void result had a contract.

    `row` is locked by the caller. Raises IllegalMove before a result, Conflict when the line has not enough free.
    """
    if again:
        await _reserve_again(row, again, now)
    if row["status"] != Status.EVALUATED:
        status = move(TRANSITIONS, row["status"], to=Status.EVALUATED)
        await execute("UPDATE listing SET status = $2, ended_at = NULL WHERE id = $1", row["id"], status.value)
    detail = {"reference": row["reference"], "basis": basis}
    await record("listing.reopened", ("listing", str(row["id"])), actor, detail, now)


async def _reserve_again(row: Row, again: Decimal, now: datetime) -> None:
    line = await fetchval("SELECT ledger_line FROM budget_line WHERE id = $1", row["budget_line"])
    # once announced, everything the listing had reserved has gone on into contracts or back to the line
    if row["status"] == Status.AWARDED and (spent := await still_reserved(row["id"], line)) > 0:
        await insert(ReserveSpent, listing=row["id"], amount=spent, noted_at=now)
    await post(line, Posting.RESERVE, again, Source("listing", str(row["id"])), now)


async def end_lot_for_redo(row: Row, lot: UUID, why: Redo, actor: Actor, now: datetime) -> None:
    """End one lot that has to be bought again while the others stand; `row` is locked by the caller.

    The same again changes nothing.
    """
    ended = await fetchval(
        "INSERT INTO lot_ending (id, listing, lot, ground, reason, clause, ended_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6) ON CONFLICT (lot) DO NOTHING RETURNING id",
        row["id"], lot, why.ground, why.reason, why.clause, now,
    )  # fmt: skip
    if ended:
        detail = {"reference": row["reference"], "lot": str(lot), "reason": why.reason, "clause": why.clause}
        await record("listing.lot_ended", ("listing", str(row["id"])), actor, detail, now)


async def end_for_redo(row: Row, why: Redo, actor: Actor, now: datetime) -> None:
    """End a listing that has to be bought again: reserve back, reason published, free to be listed again.

    `row` is locked by the caller. Raises IllegalMove when it has ended otherwise.
    """
    held = row["status"] in HOLDS_RESERVE
    status = move(TRANSITIONS, row["status"], to=Status.CANCELLED)
    await execute(
        "UPDATE listing SET status = $2, ended_at = $3, end_reason = $4, end_clause = $5 WHERE id = $1",
        row["id"], status.value, now, why.reason, why.clause,
    )  # fmt: skip
    await execute(
        "UPDATE listing_suspension SET resumed_at = $2 WHERE listing = $1 AND resumed_at IS NULL", row["id"], now
    )
    await insert(ListingEnding, listing=row["id"], ground=why.ground)
    if held:
        await release_reserve(row, now)
    detail = {"reference": row["reference"], "reason": why.reason, "clause": why.clause}
    await record("listing.cancelled", ("listing", str(row["id"])), actor, detail, now)
