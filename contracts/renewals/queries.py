"""What a renewal is decided from: what the listing printed, what was renewed already, the year's evaluation."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Years:
    """What a contract's page tells of its years: the printed rule, what it goes on from, what goes on from it."""

    printed: Printed | None
    renewal: Row | None
    renewed: Row | None


async def years_of(contract: Row) -> Years:
    """All of it in one question."""
    row = await fetchrow(
        "SELECT t.renewal_years, t.renewal_grade, r.nth, r.evaluation_reference, r.score, r.grade,"
        " b.reference AS previous, n.id, n.reference, n.status, n.published_at, n.service_from, n.service_to"
        " FROM contract c LEFT JOIN listing_terms t ON t.listing = c.listing"
        " LEFT JOIN contract_renewal r ON r.contract = c.id LEFT JOIN contract b ON b.id = c.renews"
        " LEFT JOIN contract n ON n.renews = c.id AND n.status <> 'rescinded' WHERE c.id = $1",
        contract["id"],
    )
    assert row is not None
    has_rule = row["renewal_years"] is not None and not contract["is_call_off"]
    return Years(
        Printed(row["renewal_years"], row["renewal_grade"]) if has_rule else None,
        dict(row) if row["nth"] is not None else None, dict(row) if row["id"] is not None else None,
    )  # fmt: skip


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
