"""Which records of visits anybody ever reads: what is never read need not be asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetch, transaction


async def note_reading(contract: UUID, visits: Iterable[Mapping[str, Any]], actor: Actor, now: datetime) -> int:
    """Keep that a reviewer had these rows of a month before the eyes, and say of how many for the first time.

    Rows without a record from a phone say nothing to measure; whoever recorded a visit does not read it for others.
    """
    shown = [row["id"] for row in visits if row["record_id"] and row["person"] != actor.person_id]
    if not shown:
        return 0
    known = await fetch("SELECT visit FROM visit_reading WHERE visit = ANY($1::uuid[])", shown)
    if len(known) == len(shown):
        return 0
    async with transaction():
        new = await fetch(
            "INSERT INTO visit_reading (id, visit, read_by, read_at)"
            " SELECT gen_random_uuid(), visit, $2, $3 FROM unnest($1::uuid[]) visit"
            " ON CONFLICT (visit) DO NOTHING RETURNING visit",
            shown, actor.person_id, now,
        )  # fmt: skip
        if new:
            await record("visit.read", ("contract", str(contract)), actor, {"number": str(len(new))}, now)
    return len(new)
