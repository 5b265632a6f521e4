"""A tie at the line of admission is told apart by a repeatable random draw (R-TIE-01, docs/draws.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.queries import lock_listing
from evaluations.admission.rules import ResponsiveBid, tied_at_line
from evaluations.admission.services import check_may_admit, lots_that_compete
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, transaction
from marketplace.kernel.draws.queries import standing_draw
from marketplace.kernel.draws.rules import Candidate, DrawKind
from marketplace.kernel.draws.services import DrawPlan, freeze_draw
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_

Row = dict[str, Any]
LEAST_PRESENT = 2


async def freeze_admission_tie(listing: UUID, actor: Actor, now: datetime) -> str:
    """Freeze the bidders tied at the line of the first lot that has no draw yet; gives the draw's number.

    Where every tie has its draw, gives the one that waits to be drawn. Raises NotFound, Forbidden, Conflict.
    """
    async with transaction():
        row = await lock_listing(listing)
        terms = await check_may_admit(row, actor)
        waiting = ""
        if row["status"] == "evaluated":
            for lot, (working, bids) in (await lots_that_compete(row, terms)).items():
                tie = tied_at_line(bids, working)
                if tie is None:
                    continue
                if found := await standing_draw(DrawKind.TIE, lot):
                    waiting = waiting or str(found["reference"])
                    continue
                return await _freeze(row, lot, tie, actor, now)
    if not waiting:
        raise Conflict(N_("入围线上现在没有并列的供应商，不需要抽签。请刷新页面。"), clause="R-TIE-01")
    return waiting


async def _freeze(
    row: Mapping[str, Any], lot: UUID, tie: tuple[Sequence[ResponsiveBid], int], actor: Actor, now: datetime
) -> str:
    rows = await fetch(
        "SELECT t.number, p.credit_code, o.name FROM opened_bid b JOIN listing_lot t ON t.id = b.lot"
        " JOIN provider p ON p.id = b.provider JOIN organisation o ON o.id = p.organisation WHERE b.id = ANY($1)",
        [bid.opened_bid for bid in tie[0]],
    )
    plan = DrawPlan(
        DrawKind.TIE, lot, f"{row['reference']}/{rows[0]['number']} 入围并列抽签", row["reference"], tie[1],
        [Candidate(each["credit_code"], each["name"]) for each in rows], LEAST_PRESENT, "R-TIE-01", is_public=False,
    )  # fmt: skip
    return await freeze_draw(plan, actor, now)


async def tie_draws_of(listing: UUID) -> list[Row]:
    """The draws at the line of a listing's lots: number and state."""
    rows = await fetch(
        "SELECT d.reference, d.status FROM draw d JOIN listing_lot t ON t.id = d.subject"
        " WHERE t.listing = $1 AND d.kind = 'tie' AND d.status <> 'cancelled' ORDER BY t.number",
        listing,
    )
    return [dict(r) for r in rows]
