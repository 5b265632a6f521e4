"""A tie at the first place is told apart by a repeatable random draw (R-TIE-01, docs/draws.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.methods import judged_without_panel
from catalogue.listings.queries import lock_listing
from catalogue.listings.services import mark_evaluated
from evaluations.awards import queries
from evaluations.awards.before_award import STANDING_RESULTS
from evaluations.awards.placing import place_without_panel
from evaluations.awards.rules import AwardPeople, check_may_determine
from evaluations.panel.queries import members
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchval, together, transaction
from marketplace.kernel.draws.queries import keys_by_lot, standing_draw
from marketplace.kernel.draws.rules import Candidate, DrawKind
from marketplace.kernel.draws.services import DrawPlan, freeze_draw
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]
LEAST_PRESENT = 2  # one who holds the list and one who watches: the procedure asks for two voices (docs/draws.md)


async def first_ranked(lot: UUID) -> list[Row]:
    """The bids that stand first in a lot, those passed over left out; more than one is a tie."""
    rows = await fetch(
        "SELECT r.*, o.name, b.provider, p.credit_code, b.past_grade, b.past_evidence, b.past_from_record,"
        " b.annual_hours FROM bid_result r"
        " JOIN opened_bid b ON b.id = r.opened_bid JOIN provider p ON p.id = b.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE r.lot = $1"
        f" AND r.rank = (SELECT min(r.rank) FROM {STANDING_RESULTS} AND r.lot = $1)"
        " AND NOT EXISTS (SELECT 1 FROM passed_over x WHERE x.opened_bid = r.opened_bid)",
        lot,
    )
    return [dict(r) for r in rows]


async def freeze_tie(lot: UUID, actor: Actor, now: datetime) -> str:
    """Freeze the tied bidders of a lot for a draw; gives the draw's number, the same one when done again.

    Raises NotFound, Forbidden for who may not determine the award, Conflict without a tie.
    """
    async with transaction():
        listing = await fetchval("SELECT listing FROM listing_lot WHERE id = $1", lot)
        if listing is None:
            raise NotFound()
        row = await lock_listing(listing)
        panel = frozenset(m["person"] for m in await members(listing))
        check_may_determine(actor, AwardPeople(row["procuring_unit"], row["drafted_by"], panel))
        if found := await standing_draw(DrawKind.TIE, lot):
            return str(found["reference"])
        if row["status"] == "opened" and judged_without_panel(row):
            await place_without_panel(row, now)
            await mark_evaluated(listing, actor, now)
            row["status"] = "evaluated"
        tied = await first_ranked(lot)
        if row["status"] != "evaluated" or len(tied) < 2 or await queries.award_of_lot(lot):
            raise Conflict(N_("这一包现在没有并列第一的供应商，不需要抽签。请刷新页面。"), clause="R-TIE-01")
        number = await fetchval("SELECT number FROM listing_lot WHERE id = $1", lot)
        plan = DrawPlan(
            DrawKind.TIE, lot, f"{row['reference']}/{number} 并列第一抽签", row["reference"], 1,
            [Candidate(bid["credit_code"], bid["name"]) for bid in tied], LEAST_PRESENT, "R-TIE-01", is_public=False,
        )  # fmt: skip
        return await freeze_draw(plan, actor, now)


async def drawn_among(lot: UUID, tied: Sequence[Row]) -> tuple[str, str] | None:
    """The name of the tied bidder drawn first, and the draw's number; None without a draw of all of them."""
    order = await keys_by_lot(DrawKind.TIE, lot)
    names = {bid["credit_code"]: bid["name"] for bid in tied}
    if not order or not names.keys() <= set(order):
        return None
    draw = await standing_draw(DrawKind.TIE, lot)
    winner = next(key for key in order if key in names)
    return names[winner], str(draw["reference"]) if draw else ""


async def ties_of(open_lots: Sequence[Row]) -> dict[UUID, Row]:
    """Of the lots that can be determined now, those with a tie: who ties, and the draw if there is one."""
    ids = [lot["id"] for lot in open_lots]
    rows, draws = await together(
        fetch(
            "SELECT r.lot, o.name, o.name_en FROM bid_result r JOIN opened_bid b ON b.id = r.opened_bid"
            " JOIN provider p ON p.id = b.provider JOIN organisation o ON o.id = p.organisation"
            " WHERE r.lot = ANY($1) AND r.rank = 1 ORDER BY o.name",
            ids,
        ),
        fetch(
            "SELECT subject, reference, status FROM draw"
            " WHERE kind = 'tie' AND subject = ANY($1) AND status <> 'cancelled'",
            ids,
        ),
    )
    made = {d["subject"]: dict(d) for d in draws}
    found: dict[UUID, Row] = {}
    for lot in ids:
        tied = [dict(r) for r in rows if r["lot"] == lot]
        if len(tied) > 1:
            found[lot] = {"tied": tied, "draw": made.get(lot)}
    return found
