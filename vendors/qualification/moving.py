"""What every step of a pre-check does: lock, move through the table, keep the step, say it in one word, tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, insert
from marketplace.kernel.i18n import Sentence
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.states import move
from vendors.providers.queries import provider_emails
from vendors.qualification.rules import PRECHECK_TRANSITIONS, PrecheckStatus
from vendors.qualification.tables import PrecheckStep

Row = dict[str, Any]


async def lock(row: Row) -> Row:
    """The pre-check as it stands now, held until the transaction ends."""
    found = await fetchrow("SELECT * FROM precheck WHERE id = $1 FOR UPDATE", row["id"])
    assert found is not None
    return {**row, **found}


async def move_to(row: Row, to: PrecheckStatus) -> None:
    """Move through the table. Raises IllegalMove."""
    status = move(PRECHECK_TRANSITIONS, row["status"], to=to)
    if status != PrecheckStatus.PASSED:  # a passed one is written with its days, see reviewing
        await execute("UPDATE precheck SET status = $2 WHERE id = $1", row["id"], status.value)


async def add_step(
    precheck: UUID, act: str, note: str, actor: Actor, now: datetime, detail: Mapping[str, Any]
) -> None:  # fmt: skip
    """Keep a step for the file and for the audit."""
    await insert(PrecheckStep, precheck=precheck, act=act, note=note.strip(), made_by=actor.person_id, made_at=now)
    await record(f"precheck.{act}", ("precheck", str(precheck)), actor, detail, now)


async def summarise(providers: Iterable[UUID], now: datetime) -> None:
    """Say of each provider in one word what its pre-checks say; the register shows it."""
    await execute(
        "UPDATE provider p SET file_status = CASE"
        " WHEN EXISTS (SELECT 1 FROM precheck c WHERE c.provider = p.id AND c.status = 'more_asked') THEN 'returned'"
        " WHEN EXISTS (SELECT 1 FROM precheck c WHERE c.provider = p.id AND c.status IN ('waiting', 'proposed',"
        " 'objected')) THEN 'submitted'"
        " WHEN EXISTS (SELECT 1 FROM precheck c WHERE c.provider = p.id AND c.status = 'passed' AND c.valid_from <= $2"
        " AND c.valid_until > $2) THEN 'checked' ELSE 'open' END WHERE p.id = ANY($1)",
        list(providers), county_day(now),
    )  # fmt: skip


async def tell_provider(row: Row, words: Sentence, note: str, now: datetime) -> None:
    """Tell the provider's people what became of a pre-check."""
    body = f"{words.text('zh')}\n{words.text('en')}\n\n{note}\n\n/my-organisation/prechecks/{row['reference']}"
    for email in await provider_emails(row["provider"]):
        await post_mail(email, words.text("zh"), body, now)
