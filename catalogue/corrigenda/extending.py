"""An extension: only dates move, and it is handed to another person at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.corrigenda.services import draft_corrigendum, save_subject, submit_corrigendum
from catalogue.listings.drafts import Timetable
from catalogue.listings.forms import raw_of
from catalogue.listings.queries import listing_page
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import transaction


async def propose_extension(reference: str, typed: Mapping[str, Any], actor: Actor, now: datetime) -> UUID:
    """A later deadline, a longer document period, or both. Raises DomainError for earlier dates and for none."""
    listing = await listing_page(reference)
    timetable = Timetable(
        typed["closes_at"] or listing["closes_at"], typed["documents_until"] or listing["documents_until"]
    )
    async with transaction():
        corrigendum = await draft_corrigendum(reference, typed["reason"], False, actor, now, kind="extension")
        texts = {name: str(value) for name, value in raw_of(timetable).items()}
        await save_subject(corrigendum, "timetable", texts, actor, now)
        await submit_corrigendum(corrigendum, actor, now)
    return corrigendum
