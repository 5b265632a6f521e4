"""Recipients who were drawn and not heard yet."""

from __future__ import annotations

from contracts.agreements.names import TITLE_EN
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def opinions_waiting(actor: Actor) -> list[WorkItem]:
    """For the buyer and the windows of the towns that the contract serves."""
    rows = await fetch(
        f"SELECT c.reference, c.title, {TITLE_EN} AS title_en, m.position, b.name AS buyer_name,"
        " b.name_en AS buyer_name_en FROM opinion_sample s JOIN contract_milestone m ON m.id = s.milestone"
        " JOIN contract c ON c.id = m.contract JOIN organisation b ON b.id = c.buyer"
        " WHERE (c.buyer = $1 OR EXISTS (SELECT 1 FROM listing_town t WHERE t.listing = c.listing AND t.town = $1))"
        " AND NOT EXISTS (SELECT 1 FROM acceptance a WHERE a.milestone = m.id)"
        " AND EXISTS (SELECT 1 FROM recipient_opinion o WHERE o.sample = s.id AND o.answer = ''"
        "  AND (c.buyer = $1 OR o.town = $1))"
        " ORDER BY s.drawn_at",
        actor.organisation_id,
    )
    words = N_("听取服务对象的意见：{title}")
    return [
        WorkItem(
            None, Name.of(r, "buyer_name"), say(words, title=Name.of(r)),
            f"/contracts/{r['reference']}/acceptance/{r['position']}/opinions", "R-ACC-05",
        )
        for r in rows
    ]  # fmt: skip
