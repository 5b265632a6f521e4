"""Enter a decision that keeps a provider from bidding between two days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import insert, transaction
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.i18n import N_, say
from vendors.credit.tables import CreditEntry


@dataclass(frozen=True)
class NewCreditEntry:
    """A decision with its document number; both days are included."""

    provider: UUID
    kind: str
    document_number: str
    reason: str
    starts_on: date
    ends_on: date


async def record_entry(new: NewCreditEntry, actor: Actor, now: datetime) -> UUID:
    """Enter the decision; entries are public and never changed (R-CRED-01). Raises FormRefused."""
    actor.check_may(Permission.RECORD_CREDIT)
    if new.ends_on < new.starts_on:
        raise FormRefused({"ends_on": say(N_("结束日期不能早于开始日期。请核对。"))})
    async with transaction():
        entry: UUID = await insert(
            CreditEntry, provider=new.provider, kind=new.kind, document_number=new.document_number, reason=new.reason,
            starts_on=new.starts_on, ends_on=new.ends_on, recorded_by=actor.person_id, recorded_at=now,
        )  # fmt: skip
        detail = {"kind": new.kind, "document": new.document_number, "until": new.ends_on.isoformat()}
        await record("credit.entered", ("provider", str(new.provider)), actor, detail, now)
    return entry
