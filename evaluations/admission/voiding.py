"""An admission that was determined and never announced falls with a decision (R-DISP-04)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval


async def void_admission(listing: UUID, lot: UUID | None, decision: str, actor: Actor, now: datetime) -> bool:
    """Take what was determined of a lot, or of all, out of what stands; whether another lot's still does."""
    chosen = "SELECT id FROM admission WHERE listing = $1 AND announced_at IS NULL AND ($2::uuid IS NULL OR lot = $2)"
    await execute(f"DELETE FROM admission_row WHERE admission IN ({chosen})", listing, lot)
    await execute(f"DELETE FROM admission WHERE id IN ({chosen})", listing, lot)
    await record("admission.voided", ("listing", str(listing)), actor, {"decision": decision}, now)
    return bool(await fetchval("SELECT 1 FROM admission WHERE listing = $1 LIMIT 1", listing))
