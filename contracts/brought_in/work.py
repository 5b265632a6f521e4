"""What of the contracts brought in waits for a person."""

from __future__ import annotations

from datetime import datetime

from contracts.brought_in.imports import RULE_DUTIES
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Spreadsheets that another person handed in, for finance to confirm."""
    if not actor.may(Permission.ALLOT_BUDGET):
        return []
    rows = await fetch(
        "SELECT i.id, i.file_name, p.name FROM contract_import i JOIN person p ON p.id = i.uploaded_by"
        " WHERE i.status = 'waiting' AND i.uploaded_by <> $1 ORDER BY i.uploaded_at",
        actor.person_id,
    )
    words = N_("确认带入合同表格：{name}")
    return [
        WorkItem(None, r["name"], say(words, name=r["file_name"]), f"/contracts/import/{r['id']}", RULE_DUTIES)
        for r in rows
    ]
