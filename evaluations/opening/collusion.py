"""What an answer to a sign does to bids: only the panel's recorded finding makes one invalid (R-COLL-01)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.listings.queries import listing_by_id, lock_listing
from evaluations.opening.queries import Row
from evaluations.opening.review import end_when_too_few
from evaluations.signs.rules import BY_LAW
from evaluations.signs.services import Answer, answer_sign
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import execute, transaction
from marketplace.kernel.i18n import N_, say


async def answer(sign: UUID, listing: Row, said: Answer, actor: Actor, now: datetime) -> None:
    """Answer a sign; bids found invalid fail their review with the reason. Raises Forbidden, FormRefused, Conflict."""
    async with transaction():
        await lock_listing(listing["id"])
        bids = await answer_sign(sign, await listing_by_id(listing["id"]), said, actor, now)
        if not bids:
            return
        reason = say(N_("评审小组认定串通投标：{reason}"), reason=said.reason.strip()).text("zh")
        await execute(
            "INSERT INTO qualification_decision (id, opened_bid, is_qualified, reason, clause, decided_by, decided_at)"
            " SELECT gen_random_uuid(), x.id, false, $2, $3, $4, $5 FROM opened_bid x WHERE x.bid = ANY($1)"
            " ON CONFLICT (opened_bid) DO UPDATE SET is_qualified = false, reason = $2, clause = $3, decided_by = $4,"
            " decided_at = $5",
            bids, reason, BY_LAW, actor.person_id, now,
        )  # fmt: skip
        await end_when_too_few(listing["id"], actor, now)
