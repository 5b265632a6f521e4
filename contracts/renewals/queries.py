"""What a renewal is decided from: what the listing printed, what was renewed already, the year's evaluation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts.renewals.rules import Printed, YearResult
from marketplace.kernel.db import fetch, fetchrow, fetchval

Row = dict[str, Any]


async def printed_rule(contract: Row) -> Printed | None:
    """The listing's rule; an order under a framework has none."""
    row = await fetchrow(
        "SELECT renewal_years, renewal_grade FROM listing_terms WHERE listing = $1", contract["listing"]
    )
    if row is None or row["renewal_years"] is None or contract["is_call_off"]:
        return None
    return Printed(row["renewal_years"], row["renewal_grade"])


async def renewals_done(contract: Row) -> int:
    """How many renewals of this lot were agreed or are being signed."""
    return int(
        await fetchval(
            "SELECT count(*) FROM contract WHERE lot = $1 AND provider = $2 AND renews IS NOT NULL"
            " AND status <> 'rescinded'",
            contract["lot"], contract["provider"],
        )
    )  # fmt: skip


async def renewed_by(contract: UUID) -> Row | None:
    """The renewal that goes on from a contract, if there is one that stands."""
    row = await fetchrow(
        "SELECT id, reference, status, published_at, service_from, service_to FROM contract"
        " WHERE renews = $1 AND status <> 'rescinded'",
        contract,
    )
    return dict(row) if row else None


async def renewal_of(contract: UUID) -> Row | None:
    """What a renewal was decided from, with the contract it goes on from."""
    row = await fetchrow(
        "SELECT r.*, c.reference AS previous, p.name AS drawn_up_by_name FROM contract_renewal r"
        " JOIN contract n ON n.id = r.contract JOIN contract c ON c.id = n.renews JOIN person p ON p.id = r.drawn_up_by"
        " WHERE r.contract = $1",
        contract,
    )
    return dict(row) if row else None


async def year_result(contract_reference: str) -> YearResult | None:
    """The newest frozen evaluation of a contract."""
    row = await fetchrow(
        "SELECT evaluation_reference AS reference, grade, score, snapshot_sha256 FROM standing_entry"
        " WHERE contract_reference = $1 ORDER BY counts_from DESC, recorded_at DESC LIMIT 1",
        contract_reference,
    )
    return YearResult(**row) if row else None


async def first_contract(contract: Row) -> Row:
    """The contract of the award from which all renewals go on."""
    row = await fetchrow(
        "WITH RECURSIVE line AS (SELECT * FROM contract WHERE id = $1"
        " UNION ALL SELECT c.* FROM contract c JOIN line ON line.renews = c.id)"
        " SELECT * FROM line WHERE renews IS NULL",
        contract["id"],
    )
    assert row is not None
    return dict(row)


async def lines_for(contract: Row, year: int) -> list[Row]:
    """The buyer's budget lines of a year for the contract's item, with what is free."""
    rows = await fetch(
        "SELECT b.id, b.reference, b.title, l.free FROM budget_line b JOIN ledger_line l ON l.id = b.ledger_line"
        " WHERE b.buyer = $1 AND b.item_code = $2 AND b.year = $3 ORDER BY b.reference",
        contract["buyer"], contract["item_code"], year,
    )  # fmt: skip
    return [dict(r) for r in rows]
