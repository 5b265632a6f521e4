"""Fees as the contract's provider, its buyer and finance see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts.agreements.names import TITLE_EN
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
SHOWN = 200

_FEE = f"""
SELECT f.*, c.reference AS contract_reference, c.title AS contract_title, {TITLE_EN} AS contract_title_en,
       c.buyer, c.provider, p.organisation,
       o.name AS provider_name, o.name_en AS provider_name_en, a.name AS asked_by_name, e.name AS remit_entered_by_name,
       d.name AS remit_confirmed_by_name
FROM fee f JOIN contract c ON c.id = f.contract JOIN provider p ON p.id = c.provider
JOIN organisation o ON o.id = p.organisation JOIN person a ON a.id = f.asked_by
LEFT JOIN person e ON e.id = f.remit_entered_by LEFT JOIN person d ON d.id = f.remit_confirmed_by
"""


async def fee_page(reference: str, actor: Actor) -> Row:
    """A fee for its provider, the buyer's office and finance. Raises NotFound for all others."""
    row = await fee_of_reference(reference)
    if row is None or not may_see_fees(actor, row["organisation"], row["buyer"]):
        raise NotFound()
    return row


def may_see_fees(actor: Actor, provider_office: UUID, buyer: UUID) -> bool:
    """Who acts on the money of a contract for its provider or buyer, finance, and who oversees."""
    if actor.may(Permission.READ_EVERYTHING) or actor.may(Permission.APPROVE_PAYMENT):
        return True
    if actor.organisation_id == provider_office:
        return actor.may(Permission.SUBMIT_INVOICE)
    return actor.organisation_id == buyer and actor.may(Permission.ACCEPT_WORK)


async def fee_of_reference(reference: str) -> Row | None:
    """A fee by its reference, for news of the payment service."""
    row = await fetchrow(_FEE + " WHERE f.reference = $1", reference)
    return dict(row) if row else None


async def lock_fee(fee: UUID) -> Row:
    """A fee, held until the transaction ends. Raises NotFound."""
    if await fetchval("SELECT id FROM fee WHERE id = $1 FOR UPDATE", fee) is None:
        raise NotFound()
    row = await fetchrow(_FEE + " WHERE f.id = $1", fee)
    assert row is not None
    return dict(row)


async def fees_of(contract: UUID) -> list[Row]:
    """The fees of a contract for its parties and finance, the newest first; callers guard it."""
    rows = await fetch(
        "SELECT reference, title, amount, status, due_on FROM fee WHERE contract = $1 ORDER BY asked_at DESC", contract
    )
    return [dict(r) for r in rows]


async def all_fees() -> list[Row]:
    """The newest fees of every contract, what is open first."""
    rows = await fetch(
        _FEE + " ORDER BY f.status IN ('refunded', 'withdrawn') OR f.remit_confirmed_by IS NOT NULL, f.due_on,"
        f" f.reference LIMIT {SHOWN}"
    )
    return [dict(r) for r in rows]


async def online_unfinished() -> list[Row]:
    """Online fees whose next step waits for the payment service."""
    rows = await fetch(
        _FEE + " WHERE f.checkout <> '' AND (f.status = 'asked' OR f.status = 'refunding' AND f.way = 'online'"
        " AND NOT f.refund_failed) ORDER BY f.asked_at LIMIT 200"
    )
    return [dict(r) for r in rows]


async def open_fees(provider_office: UUID | None) -> list[Row]:
    """What of fees waits: of one provider, or all for finance."""
    rows = await fetch(
        _FEE + " WHERE ($1::uuid IS NULL OR p.organisation = $1) AND (f.status IN ('asked', 'declared', 'refunding')"
        " OR f.status = 'paid' AND f.remit_confirmed_by IS NULL) ORDER BY f.due_on",
        provider_office,
    )
    return [dict(r) for r in rows]
