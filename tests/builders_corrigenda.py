"""Corrigenda built by the real services: wang.min drafts, li.qiang approves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.corrigenda.proposal import proposal_of
from catalogue.corrigenda.services import approve_corrigendum, draft_corrigendum, save_subject, submit_corrigendum
from catalogue.listings.queries import listing_by_id
from marketplace.kernel.db import fetchrow
from tests.builders_catalogue import N1_REQUIREMENT, Published
from tests.cast import actor

NEW_REQUIREMENT = N1_REQUIREMENT.replace("每年至少组织 2 次", "每年至少组织 4 次")


async def a_corrigendum(
    listing: Published, now: datetime, says: bool = False, subjects: dict[str, dict[str, str]] | None = None
) -> UUID:
    """A corrigendum that waits for review; by default the requirement asks for more training."""
    drafter = await actor("wang.min", now)
    corrigendum = await draft_corrigendum(listing.reference, "培训次数写错了", says, drafter, now)
    for subject, texts in (subjects or {"requirement": {"requirement": NEW_REQUIREMENT}}).items():
        await save_subject(corrigendum, subject, texts, drafter, now)
    await submit_corrigendum(corrigendum, drafter, now)
    return corrigendum


async def shown_closing(corrigendum: UUID, listing: Published, now: datetime) -> datetime:
    """The deadline that the approver's page shows."""
    row = await fetchrow("SELECT * FROM corrigendum WHERE id = $1", corrigendum)
    assert row is not None
    return (await proposal_of(dict(row), await listing_by_id(listing.id), now)).closing.closes_at


async def a_published_corrigendum(listing: Published, now: datetime, **changed: object) -> int:
    """Drafted, handed over and approved; gives the version's number."""
    corrigendum = await a_corrigendum(listing, now, **changed)  # type: ignore[arg-type]
    shown = await shown_closing(corrigendum, listing, now)
    return await approve_corrigendum(corrigendum, shown, await actor("li.qiang", now), now)
