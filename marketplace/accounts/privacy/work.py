"""Wishes for a correction that wait for whoever keeps the data."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.actor import Actor
from marketplace.accounts.privacy.corrections import requests_waiting
from marketplace.accounts.privacy.rules import KEEPERS
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Every waiting wish about data that the actor's office keeps, by its last day (R-CIV-06)."""
    if not any(actor.may(permission) for permission in KEEPERS.values()):
        return []
    return [
        WorkItem(
            row["answer_by"], row["name"],
            say(N_("答复更正个人信息的要求：{field}"), field=row["field"] or row["wanted"]),
            f"/data-requests/{row['id']}", "R-CIV-06",
        )
        for row in await requests_waiting(actor)
    ]  # fmt: skip
