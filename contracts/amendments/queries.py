"""Amendments as readers see them: strangers see those in force only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.checks import months_later
from contracts.agreements.queries import contract_by_id
from contracts.agreements.residents import RULE_LOOKBACK
from contracts.agreements.rules import is_party, may_see_contract
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
OPEN = ("open", "requested", "to_mend")


def _sees_proposals(reader: Actor | None, contract: Row) -> bool:
    return is_party(reader, contract) or (reader is not None and reader.may(Permission.READ_EVERYTHING))


async def amendments_of(contract: Row, visible_to: Actor | None) -> list[Row]:
    """The amendments of a contract, the newest first; proposals for both sides and those who read everything."""
    rows = await fetch(
        "SELECT * FROM contract_amendment WHERE contract = $1 AND ($2 OR status = 'in_force')"
        " ORDER BY proposed_at DESC",
        contract["id"], _sees_proposals(visible_to, contract),
    )  # fmt: skip
    return [dict(r) for r in rows]


async def amendment_page(reference: str, visible_to: Actor | None) -> Row:
    """An amendment with its contract under `facts` and its `signatures`. Raises NotFound."""
    row = await fetchrow(
        "SELECT a.*, p.name AS proposed_by_name FROM contract_amendment a JOIN person p ON p.id = a.proposed_by"
        " WHERE a.reference = $1",
        reference,
    )
    if row is None:
        raise NotFound()
    contract = await contract_by_id(row["contract"])
    if not may_see_contract(visible_to, contract):
        raise NotFound()
    if row["status"] != "in_force" and not _sees_proposals(visible_to, contract):
        raise NotFound()
    return {**row, "facts": contract, "signatures": await signatures_of(row["id"])}


async def signatures_of(amendment_id: UUID) -> list[Row]:
    """Who signed, for which side; the buyer's first."""
    rows = await fetch(
        "SELECT side, typed_name, signed_at FROM amendment_signature WHERE amendment = $1 ORDER BY side", amendment_id
    )
    return [dict(r) for r in rows]


async def lock_amendment(amendment_id: UUID) -> Row:
    """An amendment, held until the transaction ends. Raises NotFound."""
    row = await fetchrow("SELECT * FROM contract_amendment WHERE id = $1 FOR UPDATE", amendment_id)
    if row is None:
        raise NotFound()
    return dict(row)


async def added_so_far(contract_id: UUID) -> Decimal:
    """What supplementary contracts in force have added, in yuan."""
    total: Decimal = await fetchval(
        "SELECT coalesce(sum(amount), 0) FROM contract_amendment WHERE contract = $1 AND kind = 'supplement'"
        " AND status = 'in_force'",
        contract_id,
    )
    return total


async def still_open(contract_id: UUID) -> Decimal:
    """What the work is worth that is neither accepted nor cancelled, in yuan: with what it sets off of an advance."""
    total: Decimal = await fetchval(
        "SELECT coalesce(sum(amount + advance_offset), 0) FROM contract_milestone WHERE contract = $1"
        " AND NOT is_advance AND status = ANY($2::text[])",
        contract_id, list(OPEN),
    )  # fmt: skip
    return total


async def proposals_waiting(organisation: UUID) -> list[Row]:
    """Proposals on contracts in which an organisation is a side."""
    rows = await fetch(
        "SELECT a.reference, a.kind, a.ground, a.proposed_at, a.proposed_by, a.view_at, c.title,"
        " c.buyer, p.organisation AS provider_organisation, b.name AS buyer_name, b.name_en AS buyer_name_en,"
        " ARRAY(SELECT side FROM amendment_signature s WHERE s.amendment = a.id) AS signed"
        " FROM contract_amendment a JOIN contract c ON c.id = a.contract JOIN provider p ON p.id = c.provider"
        " JOIN organisation b ON b.id = c.buyer WHERE a.status = 'proposed' AND $1 IN (c.buyer, p.organisation)",
        organisation,
    )
    return [dict(r) for r in rows]


async def effects_of(contract: Row, today: date) -> Row:
    """What an ending touches besides its milestones: visits, acceptances, residents, the bond held (yuan)."""
    months = int(number(RULE_LOOKBACK, county_day(contract["signed_at"])))
    row = await fetchrow(
        "SELECT (SELECT count(*) FROM visit v WHERE v.contract = $1 AND v.status = 'logged') AS visits,"
        " (SELECT count(*) FROM contract_milestone m WHERE m.contract = $1 AND m.status IN ('requested', 'to_mend'))"
        " AS milestones,"
        " (SELECT count(DISTINCT v.recipient_code) FROM visit v WHERE v.contract = $1 AND v.day >= $2::date"
        "  AND v.status IN ('logged', 'approved') AND NOT v.is_void) AS residents,"
        " (SELECT coalesce(sum(d.held), 0) FROM deposit d WHERE d.contract = $1 AND d.kind = 'performance') AS bond",
        contract["id"], months_later(min(contract["service_to"], today), -months),
    )  # fmt: skip
    assert row is not None
    return dict(row)
