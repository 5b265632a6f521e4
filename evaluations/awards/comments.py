"""What a debrief owes each bidder: a comment on every factor where the panel took points away (R-AWD-02)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.queries import lock_listing
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]
BEFORE_NOTICE = ("evaluated", "determined")
# a factor of a valid bid that lost points and has no word from any member
_UNSAID = """
SELECT l.listing, m.opened_bid, m.criterion, k.title, k.position, l.number AS lot_number FROM mark m
JOIN panel_member p ON p.id = m.member AND NOT p.has_interest JOIN criterion k ON k.id = m.criterion
JOIN opened_bid b ON b.id = m.opened_bid JOIN listing_lot l ON l.id = b.lot
JOIN bid_result r ON r.opened_bid = m.opened_bid AND r.status = 'valid'
WHERE l.listing = ANY($1) GROUP BY l.listing, m.opened_bid, m.criterion, k.title, k.position, l.number
HAVING min(m.points) < max(k.points) AND max(m.comment) = ''
"""


async def check_comments_whole(listing: UUID) -> None:
    """No notice while a bidder would not learn why it lost points. Raises Conflict naming lot and factor."""
    row = await fetchrow(_UNSAID + " ORDER BY l.number, k.position LIMIT 1", [listing])
    if row is not None:
        words = N_("第 {lot} 包有响应在“{factor}”上扣了分，没有一条评语，不能公告。请评审成员先补写评语。")
        raise Conflict(words, clause="R-AWD-02", lot=row["lot_number"], factor=row["title"])


async def comments_on(opened_bids: list[UUID]) -> dict[UUID, dict[str, list[str]]]:
    """The panel's comments on bids, by bid and factor, without who wrote them."""
    rows = await fetch(
        "SELECT m.opened_bid, k.title, m.comment FROM mark m JOIN criterion k ON k.id = m.criterion"
        " JOIN panel_member p ON p.id = m.member AND NOT p.has_interest"
        " WHERE m.opened_bid = ANY($1) AND m.comment <> '' ORDER BY k.position, m.comment",
        opened_bids,
    )
    found: dict[UUID, dict[str, list[str]]] = {each: {} for each in opened_bids}
    for row in rows:
        found[row["opened_bid"]].setdefault(row["title"], []).append(row["comment"])
    return found


async def unsaid_by(listing: UUID, actor: Actor) -> list[Row]:
    """The member's own marks on which no member has said a word yet."""
    rows = await fetch(
        f"SELECT m.id, u.title, u.lot_number, m.points, k.points AS highest, o.name AS provider_name,"
        f" o.name_en AS provider_name_en FROM ({_UNSAID}) u JOIN mark m ON m.opened_bid = u.opened_bid"
        " AND m.criterion = u.criterion JOIN panel_member p ON p.id = m.member AND p.person = $2"
        " JOIN criterion k ON k.id = m.criterion JOIN opened_bid b ON b.id = m.opened_bid"
        " JOIN provider v ON v.id = b.provider JOIN organisation o ON o.id = v.organisation"
        " WHERE m.points < k.points ORDER BY u.lot_number, u.position, o.sort_key",
        [listing], actor.person_id,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def listings_lacking_words(actor: Actor) -> list[Row]:
    """Listings this member judged, not announced yet, where an own mark still has no word."""
    judged = await fetch(
        "SELECT l.id FROM listing l JOIN panel_member m ON m.listing = l.id WHERE m.person = $1"
        " AND l.status = ANY($2)",
        actor.person_id, list(BEFORE_NOTICE),
    )  # fmt: skip
    rows = await fetch(
        "SELECT DISTINCT l.id, l.reference, l.title, l.title_en, l.status, l.agency_agreement"
        f" FROM ({_UNSAID}) u JOIN listing l ON l.id = u.listing"
        " JOIN mark m ON m.opened_bid = u.opened_bid AND m.criterion = u.criterion"
        " JOIN criterion k ON k.id = m.criterion JOIN panel_member p ON p.id = m.member AND p.person = $2"
        " WHERE m.points < k.points ORDER BY l.reference",
        [each["id"] for each in judged], actor.person_id,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def add_comment(listing: UUID, mark: UUID, comment: str, actor: Actor, now: datetime) -> None:
    """A member adds the missing words to an own locked mark; the points stay. Raises NotFound, Conflict."""
    actor.check_may(Permission.SCORE_BIDS)
    async with transaction():
        row = await lock_listing(listing)
        if mark not in {each["id"] for each in await unsaid_by(listing, actor)}:
            raise NotFound()
        if row["status"] not in BEFORE_NOTICE:
            raise Conflict(N_("结果已经公告，或者评审还没有结束，不能补写评语。请刷新页面。"), clause="R-AWD-02")
        await execute("UPDATE mark SET comment = $2 WHERE id = $1", mark, comment)
        await record("scoring.comment_added", ("listing", str(listing)), actor, {"reference": row["reference"]}, now)
