"""A framework's result that a decision took out of what stands: its places end, and orders with them (R-DISP-04)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.frameworks.rules import TRANSITIONS, VOIDED, PlaceStatus
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.states import move
from vendors.providers.queries import provider_emails

_STANDING = """
SELECT s.id, s.status, s.provider, s.framework, l.title FROM framework_place s JOIN framework f ON f.id = s.framework
JOIN listing l ON l.id = f.listing
WHERE f.listing = $1 AND s.status IN ('admitted', 'agreed') AND ($2::uuid IS NULL OR s.lot = $2) ORDER BY s.turn
"""


async def how_far(listing: UUID, lot: UUID | None) -> tuple[bool, bool]:
    """Whether an agreement of a framework holds, and whether anything was ordered under it."""
    row = await fetchrow(
        "SELECT coalesce(bool_or(s.status = 'agreed'), false) AS signed,"
        " coalesce(bool_or(EXISTS (SELECT 1 FROM call_off c WHERE c.place = s.id)), false) AS ordered"
        " FROM framework_place s JOIN framework f ON f.id = s.framework"
        " WHERE f.listing = $1 AND ($2::uuid IS NULL OR s.lot = $2)",
        listing, lot,
    )  # fmt: skip
    return (row["signed"], row["ordered"]) if row else (False, False)


async def void_places(listing: UUID, lot: UUID | None, decision: str, actor: Actor, now: datetime) -> bool:
    """End every place of a lot, or of all; whether a place of another lot still stands.

    Called inside the transaction of the decision, under the listing's lock.
    """
    rows = await fetch(_STANDING, listing, lot)
    for row in rows:
        status = move(TRANSITIONS, PlaceStatus(row["status"]), to=PlaceStatus.REMOVED)
        await execute(
            "UPDATE framework_place SET status = $2, ended_at = $3, ended_by = $4, end_ground = $5, end_reason = $6"
            " WHERE id = $1",
            row["id"], status.value, now, actor.person_id, VOIDED, decision,
        )  # fmt: skip
        subject = say(N_("《{title}》的入围结果无效：{decision}"), title=row["title"], decision=decision)
        for address in await provider_emails(row["provider"]):
            await post_mail(address, subject.text("zh"), f"{subject.text('zh')}\n\n{subject.text('en')}", now)
    if rows:
        detail = {"decision": decision, "providers": str(len(rows))}
        await record("framework.voided", ("framework", str(rows[0]["framework"])), actor, detail, now)
    return bool(await fetchval(f"SELECT 1 FROM ({_STANDING}) t LIMIT 1", listing, None))
