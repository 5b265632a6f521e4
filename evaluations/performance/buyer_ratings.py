"""Providers rate buyers: after the award whoever bid, after the last acceptance whoever served."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from evaluations.performance.buyer_rating_rules import MARKS, BuyerFigures, figures
from evaluations.performance.buyer_rating_tables import BuyerRating
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetch, insert, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]
# of a provider's own: a listing that was awarded and its bid for it was opened; a contract of it with nothing left to
# accept
_OPEN = """
SELECT l.id, l.reference, l.title, l.title_en, l.procuring_unit AS buyer, o.name AS buyer_name,
       o.name_en AS buyer_name_en, s.stage
FROM provider p CROSS JOIN LATERAL (
  SELECT b.listing, 'award' AS stage FROM bid b WHERE b.provider = p.id AND b.status = 'opened'
  UNION SELECT c.listing, 'acceptance' FROM contract c WHERE c.provider = p.id
    AND EXISTS (SELECT 1 FROM acceptance a WHERE a.contract = c.id)
    AND NOT EXISTS (SELECT 1 FROM contract_milestone m WHERE m.contract = c.id AND NOT m.is_advance
                    AND m.status IN ('open', 'requested', 'to_mend'))) s
JOIN listing l ON l.id = s.listing JOIN organisation o ON o.id = l.procuring_unit
WHERE p.organisation = $1 AND l.status = 'awarded'
  AND NOT EXISTS (SELECT 1 FROM buyer_rating r WHERE r.listing = l.id AND r.provider = p.id AND r.stage = s.stage)
"""


async def open_to(actor: Actor) -> list[Row]:
    """What the actor's provider may rate now: listing and stage, newest first."""
    if not actor.may(Permission.RATE_BUYER):
        return []
    rows = await fetch(_OPEN + " ORDER BY l.published_at DESC, s.stage DESC LIMIT 50", actor.organisation_id)
    return [dict(r) for r in rows]


async def rate_buyer(
    listing: UUID, stage: str, marks: Sequence[int], words: str, act: tuple[Actor, datetime]
) -> None:
    """Keep a provider's word on a buyer. Raises NotFound where it has nothing to rate, Conflict the second time."""
    actor, now = act
    actor.check_may(Permission.RATE_BUYER)
    async with transaction():
        rows = await fetch(_OPEN + " AND l.id = $2 AND s.stage = $3", actor.organisation_id, listing, stage)
        if not rows:
            raise NotFound()
        provider = await fetch("SELECT id FROM provider WHERE organisation = $1", actor.organisation_id)
        try:
            async with transaction():
                await insert(
                    BuyerRating, listing=listing, buyer=rows[0]["buyer"], provider=provider[0]["id"], stage=stage,
                    **dict(zip(MARKS, marks, strict=True)), words=words, rated_by=actor.person_id, rated_at=now,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("这一次已经评价过了。")) from None
        # the trail of a listing is public: it says that the provider rated, under its own account only
        await record("buyer.rated", ("person", str(actor.person_id)), actor, {"listing": rows[0]["reference"]}, now)


async def public_figures(today: date) -> tuple[list[BuyerFigures], int, dict[UUID, Row]]:
    """Means by buyer and stage, how many groups are too small to show, and the buyers' names."""
    rows = await fetch(
        "SELECT r.buyer, r.stage, r.provider, r.first, r.second, r.third, r.fourth,"
        " (r.rated_at AT TIME ZONE 'Asia/Shanghai')::date AS rated_on, o.name, o.name_en, o.sort_key"
        " FROM buyer_rating r JOIN organisation o ON o.id = r.buyer ORDER BY o.sort_key, r.stage DESC"
    )
    shown, small = figures([dict(r) for r in rows], today)
    return shown, small, {r["buyer"]: {"name": r["name"], "name_en": r["name_en"]} for r in rows}


async def words_said() -> list[Row]:
    """What providers wrote, without who they are, for civil affairs and finance; newest first, by the month."""
    rows = await fetch(
        "SELECT o.name, o.name_en, r.stage, r.words, to_char(r.rated_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')"
        " AS month FROM buyer_rating r JOIN organisation o ON o.id = r.buyer WHERE r.words <> ''"
        " ORDER BY 5 DESC, r.id LIMIT 200"
    )
    return [dict(r) for r in rows]
