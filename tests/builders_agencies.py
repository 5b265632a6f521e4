"""Agreements with the cast's agency, and listings run under them, by the real services."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from catalogue.listings import queries
from catalogue.listings.entrusting.services import confirm_document, entrust_listing
from catalogue.listings.services import publish_listing, submit_for_review
from marketplace.accounts.agencies.rules import NewAgreement
from marketplace.accounts.agencies.services import approve_agreement, record_agreement
from marketplace.accounts.mandates import Entrusted
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval
from tests.builders_catalogue import Published, a_budget_line, a_draft, registered_openers
from tests.cast import actor, enter_cast, office

ALL = tuple(Entrusted)


async def new_agreement(now: datetime, acts: tuple[Entrusted, ...] = ALL, **changed: Any) -> NewAgreement:
    """A year's agreement with the agency of the cast."""
    await enter_cast(now)
    today = county_day(now)
    values: dict[str, Any] = {
        "agency": await office("agency"), "document_number": f"赵镇采代〔{today.year}〕1号",
        "matter": "2026 年度政府购买社会救助服务项目", "acts": acts, "valid_from": today,
        "valid_to": date(today.year + 1, today.month, today.day) - timedelta(days=1), "fee": "固定收费 8000 元",
        "fee_payer": "winner",
    }  # fmt: skip
    return NewAgreement(**{**values, **changed})


async def an_agreement(now: datetime, acts: tuple[Entrusted, ...] = ALL, **changed: Any) -> UUID:
    """Recorded by wang.min, approved by li.qiang."""
    new = await new_agreement(now, acts, **changed)
    reference = await record_agreement(new, None, await actor("wang.min", now), now)
    await approve_agreement(reference, await actor("li.qiang", now), now)
    found: UUID = await fetchval("SELECT id FROM agency_agreement WHERE reference = $1", reference)
    return found


async def an_entrusted_draft(now: datetime, acts: tuple[Entrusted, ...] = ALL, **changed: Any) -> UUID:
    """N1 begun by wang.min and handed to the agency."""
    agreement = await an_agreement(now, acts)
    listing = await a_draft(now, **changed)
    await entrust_listing(listing, agreement, await actor("wang.min", now), now)
    return listing


async def a_confirmed_draft(now: datetime, acts: tuple[Entrusted, ...] = ALL, **changed: Any) -> UUID:
    """Handed in by hu.yan, confirmed by li.qiang."""
    listing = await an_entrusted_draft(now, acts, **changed)
    await submit_for_review(listing, await actor("hu.yan", now), now)
    await confirm_document(listing, await actor("li.qiang", now), now + timedelta(minutes=1))
    return listing


async def an_agencys_listing(now: datetime, acts: tuple[Entrusted, ...] = ALL, **changed: Any) -> Published:
    """Published by hu.yan after the buyer's confirmation."""
    line, identities = await a_budget_line(now), await registered_openers(now)
    listing = await a_confirmed_draft(now, acts, line=line, **changed)
    await publish_listing(listing, await actor("hu.yan", now), now + timedelta(minutes=2))
    row = await queries.listing_by_id(listing)
    return Published(listing, row["reference"], row["closes_at"], await queries.lots(listing), identities)
