"""A bidder confirms the record of its own opened bid, or objects; silence counts as agreement (R-BID-03)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from evaluations.opening.tables import OpeningStatement
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say


@dataclass(frozen=True)
class NewStatement:
    """Agreement, or an objection with its words."""

    receipt: str
    confirms: bool
    words: str = ""


async def state_to_record(new: NewStatement, listing: UUID, actor: Actor, now: datetime) -> None:
    """Confirm or object, once. Raises NotFound for others' bids and unopened ones, FormRefused, Conflict."""
    actor.check_may(Permission.BID)
    if not new.confirms and not new.words:
        raise FormRefused({"words": say(N_("有异议的，请写明哪里不对。"))})
    async with transaction():
        bid = await fetchrow(
            "SELECT b.id, l.reference FROM bid b JOIN provider p ON p.id = b.provider"
            " JOIN listing l ON l.id = b.listing"
            " WHERE b.receipt_number = $1 AND b.listing = $2 AND p.organisation = $3 AND b.status = 'opened'"
            " AND b.stage = 'first' FOR UPDATE OF b",
            new.receipt, listing, actor.organisation_id,
        )  # fmt: skip
        if bid is None:
            raise NotFound()
        if await fetchrow("SELECT id FROM opening_statement WHERE bid = $1", bid["id"]):
            raise Conflict(N_("您已经对开标记录表过态，不能再改。有新的情况，请向采购人书面提出。"))
        await insert(
            OpeningStatement, bid=bid["id"], confirms=new.confirms, words=new.words, said_by=actor.person_id,
            said_at=now,
        )  # fmt: skip
        act = "opening.confirmed" if new.confirms else "opening.objected"
        await record(act, ("bid", new.receipt), actor, {"reference": bid["reference"]}, now)


async def proofs_of(listing: UUID) -> dict[str, Mapping[str, Any]]:
    """For each opened bid of a listing: its hash, whether the receipts' chain says the same, what its bidder said."""
    rows = await fetch(
        "SELECT b.receipt_number, b.sealed_sha256, k.position, k.sealed_sha256 = b.sealed_sha256 AS is_same,"
        " s.confirms, s.words, s.said_at FROM bid b"
        " LEFT JOIN receipt_link k ON k.receipt_number = b.receipt_number AND k.act = 'sealed'"
        " LEFT JOIN opening_statement s ON s.bid = b.id"
        " WHERE b.listing = $1 AND b.stage = 'first' AND b.status IN ('sealed', 'opened')",
        listing,
    )
    return {row["receipt_number"]: dict(row) for row in rows}
