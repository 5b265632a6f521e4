"""What was opened, gathered for the search for signs of collusion (R-COLL-01, R-COLL-05)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from evaluations.opening.consortia import members_of
from evaluations.opening.queries import opened_bids, related_bidders
from evaluations.signs.files import FileMarks, marks_of
from evaluations.signs.rules import BidSeen, Sign, related_sign
from evaluations.signs.services import keep_signs
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch
from vendors.bids.contents import Attachment

Row = dict[str, Any]
Files = Mapping[UUID, Sequence[FileMarks]]

_SEEN = """
SELECT b.id AS bid, x.lot, o.name, x.technical_text, coalesce(x.final_price, x.price) AS price, t.address, t.browser,
       (SELECT m.person FROM membership m WHERE m.person = b.sealed_by AND m.organisation = p.organisation LIMIT 1)
           AS handled_by,
       ARRAY(SELECT f.mark FROM phone_mark f WHERE f.provider = p.id) AS phones,
       ARRAY(SELECT a.number_hash FROM provider_account a WHERE a.provider = p.id AND a.ended_at IS NULL) AS accounts
FROM opened_bid x JOIN bid b ON b.id = x.bid JOIN provider p ON p.id = x.provider
JOIN organisation o ON o.id = p.organisation JOIN listing_lot l ON l.id = x.lot
LEFT JOIN sealing_trace t ON t.bid = b.id
WHERE l.listing = $1 ORDER BY l.number, o.sort_key, b.id
"""


async def files_of(attachments: Sequence[Attachment]) -> list[FileMarks]:
    """The marks of a bid's files, read aside: a large one does not stop the others' requests."""
    return await asyncio.to_thread(lambda: [marks_of(each.name, each.sha256, each.content) for each in attachments])


async def look_for_signs(listing: Row, files: Files, actor: Actor | None, now: datetime) -> None:
    """Look at all that is open, lot by lot; called in the transaction that opened it."""
    by_lot: dict[UUID, list[BidSeen]] = {}
    for row in await fetch(_SEEN, listing["id"]):
        seen = BidSeen(
            row["bid"], row["name"], row["technical_text"],
            # where the county states the price, equal prices say nothing
            None if listing["is_price_fixed"] else row["price"],
            row["address"], row["browser"], row["handled_by"], frozenset(map(bytes, row["phones"])),
            frozenset(map(bytes, row["accounts"])), files.get(row["bid"], ()),
        )  # fmt: skip
        by_lot.setdefault(row["lot"], []).append(seen)
    related = await _related(listing["id"])
    for lot, bids in by_lot.items():
        if len(bids) > 1:
            await keep_signs(listing, lot, bids, related.get(lot, []), (actor, now))


async def look_for_relations(listing: Row, actor: Actor | None, now: datetime) -> None:
    """Look once more who is behind the bidders of a lot: what became known since the opening is a sign (R-ROLE-07).

    Members of a consortium count here too, because their review is over.
    """
    for lot, signs in (await _related(listing["id"], with_members=True)).items():
        await keep_signs(listing, lot, [], signs, (actor, now))


async def _related(listing: UUID, with_members: bool = False) -> dict[UUID, list[Sign]]:
    """Bidders of one lot that are related, by the lot."""
    opened = await opened_bids(listing)
    lots = {bid["lot_number"]: bid["lot"] for bid in opened}
    bids = {(bid["lot_number"], bid["provider"]): bid["bid"] for bid in opened}
    if with_members:
        of = await members_of(bid["id"] for bid in opened)
        bids |= {
            (bid["lot_number"], m["provider"]): bid["bid"] for bid in opened for m in of[bid["id"]] if m["provider"]
        }
    found: dict[UUID, list[Sign]] = {}
    for number, each in await related_bidders(opened):
        one, other = bids.get((number, each.first.id)), bids.get((number, each.second.id))
        # a member of a consortium has no bid of its own: the review shows those (R-ROLE-07)
        if one is not None and other is not None:
            pair = ((one, each.first.name), (other, each.second.name))
            found.setdefault(lots[number], []).append(related_sign(pair, each.path))
    return found
