"""Signs and their answers; callers guard who reads them. Nothing stands here before the opening."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


async def signs_on(listing: UUID) -> list[Row]:
    """Every sign of a listing, those without an answer first."""
    rows = await fetch(
        "SELECT s.*, t.number AS lot_number, p.name AS answered_by_name FROM collusion_sign s"
        " JOIN listing_lot t ON t.id = s.lot LEFT JOIN person p ON p.id = s.answered_by"
        " WHERE s.listing = $1 ORDER BY s.answered_at IS NOT NULL, t.number, s.kind, s.found_at, s.mark",
        listing,
    )
    return [dict(row) for row in rows]


async def sign_by(sign: UUID, listing: UUID) -> Row:
    """One sign of a listing, held. Raises NotFound."""
    row = await fetchrow("SELECT * FROM collusion_sign WHERE id = $1 AND listing = $2 FOR UPDATE", sign, listing)
    if row is None:
        raise NotFound()
    return dict(row)


async def bids_of(sign: UUID) -> list[UUID]:
    """The bids that a sign is about."""
    return [row["bid"] for row in await fetch("SELECT bid FROM collusion_sign_bid WHERE sign = $1 ORDER BY bid", sign)]


async def waits_for_search(listing: UUID) -> bool:
    """Whether signs could not be looked for and nobody has looked again."""
    return bool(
        await fetchval(
            "SELECT EXISTS (SELECT FROM sign_search_failure WHERE listing = $1 AND looked_at IS NULL)", listing
        )
    )


async def bids_on(listing: UUID) -> dict[UUID, list[Row]]:
    """Sign -> the bids it is about, with their providers."""
    rows = await fetch(
        "SELECT b.sign, b.bid, o.name, o.name_en FROM collusion_sign_bid b JOIN collusion_sign s ON s.id = b.sign"
        " JOIN bid d ON d.id = b.bid JOIN provider p ON p.id = d.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE s.listing = $1 ORDER BY o.sort_key, b.bid",
        listing,
    )
    found: dict[UUID, list[Row]] = {}
    for row in rows:
        found.setdefault(row["sign"], []).append(dict(row))
    return found


async def check_signs_answered(listing: UUID) -> None:
    """Marks are locked and awards made only when a person has looked at every sign. Raises Conflict (R-COLL-05)."""
    if await waits_for_search(listing):
        words = N_("开标时没有查成串通线索，暂不能继续。请采购人在“串通线索”页面再查一次。")
        raise Conflict(words, clause="R-COLL-05")
    if not await are_answered(listing):
        words = N_("有串通线索还没有人核查，暂不能继续。请采购人在“串通线索”页面逐条核查并写明结论。")
        raise Conflict(words, clause="R-COLL-05")


async def are_answered(listing: UUID) -> bool:
    """Whether signs were looked for, and a person has looked at every one."""
    return not await waits_for_search(listing) and not await fetchval(
        "SELECT EXISTS (SELECT FROM collusion_sign WHERE listing = $1 AND answered_at IS NULL)", listing
    )
