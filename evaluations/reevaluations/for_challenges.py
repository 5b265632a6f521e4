"""A re-evaluation that a challenge asked for, after the notice: what it does to what was announced (87 Art. 64)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from catalogue.holds.rules import Ground as HoldGround
from catalogue.holds.services import end_hold
from catalogue.interruptions.reopening import reopen_listing
from catalogue.listings.queries import lots as lots_of
from evaluations.awards.queries import awards_of
from evaluations.awards.restating import restate_award
from evaluations.awards.rules import REVIEWED_CLAUSE
from evaluations.awards.services import mark_when_all_are_determined
from evaluations.awards.ties import first_ranked
from evaluations.awards.voiding import Voiding, void_award
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetchrow

Row = dict[str, Any]


async def review_of(challenge: str) -> Row | None:
    """The re-evaluation for a challenge, with whether it made an announced award void; none without one."""
    row = await fetchrow(
        "SELECT e.*, EXISTS (SELECT FROM void_award v WHERE v.listing = e.listing AND v.decision = e.number)"
        " AS has_voided FROM re_evaluation e WHERE e.challenge = $1 ORDER BY e.opened_at DESC LIMIT 1",
        challenge,
    )
    return dict(row) if row else None


async def settle_announced(row: Row, again: Row, touched: Collection[int], actor: Actor, now: datetime) -> None:
    """In each announced lot whose rows are others now: a winner that still stands alone first keeps its award.

    Otherwise the award is void, and the buyer determines by the new result. The contract waits meanwhile.
    """
    await end_hold(again["number"], HoldGround.RE_EVALUATION, "重新评审已结束", actor, now)
    budgets = {lot["id"]: lot["budget"] for lot in await lots_of(row["id"])}
    for award in await awards_of(row["id"]):
        if award["announced_at"] is None or award["lot_number"] not in touched:
            continue
        if [first["opened_bid"] for first in await first_ranked(award["lot"])] == [award["opened_bid"]]:
            await restate_award(row, award, again["number"], actor, now)
            continue
        await void_award(award["lot"], Voiding(again["number"], REVIEWED_CLAUSE), actor, now)
        await reopen_listing(row, budgets[award["lot"]], again["number"], actor, now)
        await mark_when_all_are_determined(row["id"], actor, now)
