"""Record and withdraw the ground on which a purchase does not count as splitting; every SELECT of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.plans.exemption_rules import CLAUSE, Ground, NewExemption, exemption_mistakes
from catalogue.plans.exemption_tables import SplittingExemption
from catalogue.plans.splitting_queries import counted_listing
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused
from marketplace.kernel.i18n import N_, say

Row = dict[str, Any]


async def money_added(line: UUID) -> list[Row]:
    """The approved changes that gave a budget line more money."""
    rows = await fetch(
        "SELECT id, kind, amount, document, decided_at FROM budget_change WHERE status = 'approved'"
        " AND ((kind = 'supplement' AND line = $1) OR (kind = 'transfer' AND to_line = $1)) ORDER BY decided_at",
        line,
    )
    return [dict(r) for r in rows]


async def exemptions_of(listing: UUID) -> list[Row]:
    """Every ground recorded for a listing: the one that stands, then the withdrawn ones, newest first."""
    rows = await fetch(
        "SELECT e.*, p.name AS recorded_by_name, w.name AS withdrawn_by_name, c.amount AS change_amount,"
        " c.document AS change_document FROM splitting_exemption e JOIN person p ON p.id = e.recorded_by"
        " LEFT JOIN person w ON w.id = e.withdrawn_by LEFT JOIN budget_change c ON c.id = e.budget_change"
        " WHERE e.listing = $1 ORDER BY e.withdrawn_at IS NOT NULL, e.recorded_at DESC",
        listing,
    )
    return [dict(r) for r in rows]


async def record_exemption(reference: str, new: NewExemption, actor: Actor, now: datetime) -> None:
    """Leave a listing out of its sum, on a ground with its paper. Raises NotFound, FormRefused, Conflict for a second.

    Finance records it: who supervises says what does not count, not who buys.
    """
    actor.check_may(Permission.ALLOT_BUDGET)
    listing = await counted_listing(reference, actor)
    changes = {row["id"] for row in await money_added(listing["line"])}
    if found := exemption_mistakes(new, changes, county_day(now)):
        raise FormRefused(found)
    async with transaction():
        await fetchrow("SELECT 1 FROM listing WHERE id = $1 FOR SHARE", listing["listing"])
        if await _standing(listing["listing"]):
            raise Conflict(N_("这次采购已经登记过不计入的情形。请刷新页面。"), clause=CLAUSE)
        await insert(
            SplittingExemption, listing=listing["listing"], ground=new.ground.value,
            budget_change=new.budget_change if new.ground is Ground.BUDGET_ADJUSTED else None,
            document=new.document, dated_on=new.dated_on, note=new.note, recorded_by=actor.person_id, recorded_at=now,
        )  # fmt: skip
        detail = {"listing": reference, "ground": new.ground.value, "document": new.document}
        await record("splitting.exempted", ("listing", str(listing["listing"])), actor, detail, now)


async def withdraw_exemption(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """Count a listing again; the ground stays with the reason. Raises NotFound, FormRefused, Conflict."""
    actor.check_may(Permission.ALLOT_BUDGET)
    listing = await counted_listing(reference, actor)
    if not reason.strip():
        raise FormRefused({"reason": say(N_("请写明为什么重新计入。"))})
    async with transaction():
        standing = await _standing(listing["listing"])
        if standing is None:
            raise Conflict(N_("没有登记过不计入的情形，或者已经撤销。请刷新页面。"), clause=CLAUSE)
        await execute(
            "UPDATE splitting_exemption SET withdrawn_at = $2, withdrawn_by = $3, withdraw_reason = $4 WHERE id = $1",
            standing, now, actor.person_id, reason.strip(),
        )  # fmt: skip
        detail = {"listing": reference, "reason": reason.strip()[:200]}
        await record("splitting.counted_again", ("listing", str(listing["listing"])), actor, detail, now)


async def _standing(listing: UUID) -> UUID | None:
    row = await fetchrow(
        "SELECT id FROM splitting_exemption WHERE listing = $1 AND withdrawn_at IS NULL FOR UPDATE", listing
    )
    return row["id"] if row else None
