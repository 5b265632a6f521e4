"""Sealed bids: to their own bidder at any time, to the opening after the deadline, to nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.frameworks.queries import price_ceiling, unit_ceilings
from catalogue.listings.methods import compares_statements, row_of
from catalogue.listings.queries import listing_page, lot_of, lots
from catalogue.listings.queries import openers as openers_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, read_ahead
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_
from vendors.bids.rules import PriceTerms, Stage, sealed_place
from vendors.standing.queries import Standing, standing_of

_BID = (
    "SELECT b.id, b.receipt_number, b.stage, b.status, b.version, b.sealed_at, b.ended_at, b.sealed_sha256,"
    " b.sealed_size, b.storage_key, b.listing, b.lot, b.provider, l.reference AS listing_reference, l.title,"
    " l.title_en, l.method, l.status AS listing_status, l.openers_needed, t.number AS lot_number, t.title AS lot_title,"
    " pe.name AS sealed_by_name,"
    " CASE WHEN b.stage = 'final' THEN w.closes_at ELSE l.closes_at END AS closes_at"
    " FROM bid b JOIN listing l ON l.id = b.listing JOIN listing_lot t ON t.id = b.lot"
    " JOIN provider p ON p.id = b.provider JOIN person pe ON pe.id = b.sealed_by"
    " LEFT JOIN final_price_window w ON w.listing = b.listing"
)


@dataclass(frozen=True)
class LotToBid:
    """A lot as its bidder sees it: the listing, the lot, and what decides the price page."""

    listing: dict[str, Any]
    lot: dict[str, Any]
    terms: PriceTerms

    @property
    def path(self) -> str:
        """The address of the bid's pages."""
        return f"/listings/{self.listing['reference']}/lots/{self.lot['number']}/bid"


@dataclass(frozen=True)
class SealedBid:
    """What the opening needs of a sealed bid."""

    id: UUID
    lot: UUID
    lot_number: int
    provider: UUID
    provider_name: str
    receipt_number: str
    storage_key: str
    sealed_sha256: str
    sealed_size: int
    sealed_at: datetime
    place: str


@dataclass(frozen=True)
class SealTerms:
    """For whom and where a bid is sealed: any `needed` of the openers (person ID -> recipient), bound to its place."""

    needed: int
    openers: dict[str, str]
    place: str


async def lot_to_bid(reference: str, number: int) -> LotToBid:
    """A lot of a published listing. Raises NotFound."""
    listing = await listing_page(reference)
    await read_ahead(lots(listing["id"]), unit_ceilings(listing["id"]))
    lot = await lot_of(reference, number)
    ceiling = await price_ceiling(listing, lot)
    terms = PriceTerms(
        row_of(listing).final_price, listing["is_price_fixed"], lot["budget"], ceiling,
        lot["quantity"] if compares_statements(listing) else None,
    )  # fmt: skip
    return LotToBid(listing, lot, terms)


async def recipients_of(listing: UUID) -> dict[str, str]:
    """The openers' public keys by the opener's person ID: the names under which the parts are sealed."""
    return {str(o["person"]): o["recipient"] for o in await openers_of(listing)}


async def seal_terms(lot: UUID, provider: UUID, stage: str) -> SealTerms:
    """How a provider's bid for a lot is sealed."""
    row = await fetchrow(
        "SELECT l.id, l.reference, l.openers_needed, t.number, p.credit_code FROM listing_lot t"
        " JOIN listing l ON l.id = t.listing JOIN provider p ON p.id = $2 WHERE t.id = $1",
        lot, provider,
    )  # fmt: skip
    if row is None:
        raise NotFound()
    place = sealed_place(row["reference"], row["number"], stage, row["credit_code"])
    return SealTerms(row["openers_needed"], await recipients_of(row["id"]), place)


async def my_bids(actor: Actor) -> list[dict[str, Any]]:
    """Every bid of the actor's own provider, newest first."""
    if not actor.may(Permission.BID):
        return []
    rows = await fetch(_BID + " WHERE p.organisation = $1 ORDER BY b.sealed_at DESC", actor.organisation_id)
    return [dict(r) for r in rows]


async def bid_receipt(receipt_number: str, visible_to: Actor) -> dict[str, Any]:
    """One bid for its own bidder. Raises NotFound for everyone else, those who read everything included."""
    row = await fetchrow(
        _BID + " WHERE b.receipt_number = $1 AND p.organisation = $2", receipt_number, visible_to.organisation_id
    )
    if row is None or not visible_to.may(Permission.BID):
        raise NotFound()
    return dict(row)


async def current_bid(lot: UUID, provider: UUID, stage: str = Stage.FIRST) -> dict[str, Any] | None:
    """The provider's own valid bid for a lot, or None."""
    row = await fetchrow(
        _BID + " WHERE b.lot = $1 AND b.provider = $2 AND b.stage = $3 AND b.status IN ('sealed', 'opened')",
        lot, provider, stage,
    )  # fmt: skip
    return dict(row) if row else None


async def sealed_bids_for_opening(listing: UUID, stage: str = Stage.FIRST) -> list[SealedBid]:
    """The valid bids of a listing in a fixed order. Raises Conflict before the deadline of the stage."""
    source = "final_price_window WHERE listing" if stage == Stage.FINAL else "listing WHERE id"
    if not await fetchval(f"SELECT county_now() >= closes_at FROM {source} = $1", listing):
        raise Conflict(N_("投标还没有截止，不能开标。请在截止时间以后再来。"), clause="R-BID-01")
    rows = await fetch(
        "SELECT b.id, b.lot, t.number AS lot_number, b.provider, o.name AS provider_name, b.receipt_number,"
        " b.storage_key, b.sealed_sha256, b.sealed_size, b.sealed_at,"
        " l.reference || '/' || t.number || '/' || b.stage || '/' || p.credit_code AS place"
        " FROM bid b JOIN listing l ON l.id = b.listing JOIN listing_lot t ON t.id = b.lot"
        " JOIN provider p ON p.id = b.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE b.listing = $1 AND b.stage = $2 AND b.status IN ('sealed', 'opened')"
        " ORDER BY t.number, b.sealed_at, b.id",
        listing, stage,
    )  # fmt: skip
    return [SealedBid(**r) for r in rows]


async def counts_by_lot(listing: UUID) -> list[dict[str, Any]]:
    """How many valid bids each lot received; an empty list before the deadline (R-COUNT-01)."""
    rows = await fetch(
        "SELECT t.number, t.title, count(b.id) AS bids, l.closes_at"
        " FROM listing l JOIN listing_lot t ON t.listing = l.id"
        " LEFT JOIN bid b ON b.lot = t.id AND b.stage = 'first' AND b.status IN ('sealed', 'opened')"
        " WHERE l.id = $1 AND l.published_at IS NOT NULL AND county_now() >= l.closes_at"
        # what was cancelled before its deadline is never opened, and nobody needs to know how much there was
        " AND (l.ended_at IS NULL OR l.ended_at >= l.closes_at)"
        " GROUP BY t.id, l.id ORDER BY t.number",
        listing,
    )
    return [dict(r) for r in rows]


async def own_record(provider: UUID, lot: dict[str, Any], closes_at: datetime) -> Standing | None:
    """The county's own evaluation that fills a past-performance claim by itself, as it stood when bids closed."""
    return await standing_of(provider, lot["category"], county_day(closes_at), closes_at)


@dataclass(frozen=True)
class Invitation:
    """A bidder's invitation to seal a final price until a moment."""

    bid: UUID
    listing: UUID
    lot: UUID
    provider: UUID
    opened_at: datetime
    closes_at: datetime


async def final_price_invitation(lot: UUID, provider: UUID) -> Invitation:
    """The provider's invitation for a lot. Raises NotFound for those who were not invited."""
    row = await fetchrow(
        "SELECT i.bid, w.listing, b.lot, b.provider, w.opened_at, w.closes_at FROM final_price_invitation i"
        " JOIN final_price_window w ON w.id = i.window JOIN bid b ON b.id = i.bid WHERE b.lot = $1 AND b.provider = $2",
        lot, provider,
    )  # fmt: skip
    if row is None:
        raise NotFound()
    return Invitation(**row)


async def final_price_window(listing: UUID) -> dict[str, Any] | None:
    """When final prices may be sealed, or None before the round is opened."""
    row = await fetchrow("SELECT id, opened_at, closes_at FROM final_price_window WHERE listing = $1", listing)
    return dict(row) if row else None


@dataclass(frozen=True)
class Waiting:
    """Something of a bidder that waits, with its day."""

    reference: str
    lot_number: int
    title: str
    title_en: str
    closes_at: datetime


async def unsealed_drafts(organisation: UUID, now: datetime) -> list[Waiting]:
    """Drafts whose listing still takes bids and that say something newer than what is sealed."""
    rows = await fetch(
        "SELECT l.reference, t.number AS lot_number, l.title, l.title_en, l.closes_at FROM bid_draft d"
        " JOIN listing_lot t ON t.id = d.lot JOIN listing l ON l.id = t.listing JOIN provider p ON p.id = d.provider"
        " WHERE p.organisation = $1 AND l.status = 'published' AND l.closes_at > $2 AND NOT EXISTS (SELECT 1 FROM bid b"
        " WHERE b.lot = d.lot AND b.provider = d.provider AND b.status = 'sealed' AND b.sealed_at >= d.saved_at)",
        organisation, now,
    )  # fmt: skip
    return [Waiting(**r) for r in rows]


async def open_invitations(organisation: UUID, now: datetime) -> list[Waiting]:
    """Final prices a provider may seal now and has not."""
    rows = await fetch(
        "SELECT l.reference, t.number AS lot_number, l.title, l.title_en, w.closes_at FROM final_price_invitation i"
        " JOIN final_price_window w ON w.id = i.window JOIN bid b ON b.id = i.bid JOIN listing l ON l.id = w.listing"
        " JOIN listing_lot t ON t.id = b.lot JOIN provider p ON p.id = b.provider"
        " WHERE p.organisation = $1 AND w.closes_at > $2 AND NOT EXISTS (SELECT 1 FROM bid f WHERE f.lot = b.lot"
        " AND f.provider = b.provider AND f.stage = 'final' AND f.status = 'sealed')",
        organisation, now,
    )  # fmt: skip
    return [Waiting(**r) for r in rows]
