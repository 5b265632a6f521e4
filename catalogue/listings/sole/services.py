"""Record whom a single-source purchase is meant for and what the experts say, before its publicity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalogue.listings.methods import row_of
from catalogue.listings.queries import lock_listing
from catalogue.listings.rules import Status, check_may_draft_for
from catalogue.listings.sole.tables import ExpertOpinion, SoleProvider
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused
from marketplace.kernel.i18n import N_, say


@dataclass(frozen=True)
class Opinion:
    """What one expert says."""

    name: str
    office: str
    title: str
    opinion: str


@dataclass(frozen=True)
class NewSole:
    """The intended provider and the opinions."""

    name: str
    address: str
    opinions: tuple[Opinion, ...]


async def record_sole(listing: UUID, new: NewSole, actor: Actor, now: datetime) -> None:
    """Write or replace it while it is a draft. Raises Forbidden, Conflict, FormRefused."""
    names = [each.name for each in new.opinions]
    if not names or len(set(names)) < len(names):
        words = N_("请至少写一位专家的意见，同一位专家只写一次。")
        raise FormRefused({"opinions": say(words)})
    async with transaction():
        row = await lock_listing(listing)
        check_may_draft_for(actor, row["procuring_unit"], row["agency_agreement"], Entrusted.DRAFT)
        if row["status"] != Status.DRAFT or not row_of(row).publicity:
            raise Conflict(N_("只有起草中的单一来源项目登记拟定供应商和专家意见。请刷新页面。"))
        await execute("DELETE FROM sole_provider WHERE listing = $1", listing)
        await execute("DELETE FROM expert_opinion WHERE listing = $1", listing)
        await insert(
            SoleProvider, listing=listing, name=new.name, address=new.address, recorded_by=actor.person_id,
            recorded_at=now,
        )  # fmt: skip
        for position, each in enumerate(new.opinions, start=1):
            await insert(
                ExpertOpinion, listing=listing, position=position, name=each.name, office=each.office,
                title=each.title, opinion=each.opinion,
            )  # fmt: skip
        detail = {"provider": new.name, "members": str(len(new.opinions))}
        await record("listing.sole_recorded", ("listing", str(listing)), actor, detail, now)
