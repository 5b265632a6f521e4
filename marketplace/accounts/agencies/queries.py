"""Agreements with agencies: every SELECT, and whose they are."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from marketplace.accounts.mandates import Entrusted, Mandate
from marketplace.kernel.db import fetch, fetchrow

Row = dict[str, Any]

_AGREEMENT = """
SELECT a.*, b.name AS buyer_name, b.name_en AS buyer_name_en, g.name AS agency_name, g.name_en AS agency_name_en,
       r.name AS recorded_by_name, d.name AS decided_by_name, e.name AS ended_by_name,
       f.name AS document_name, f.size AS document_size, f.sha256 AS document_sha256,
       ARRAY(SELECT t.act FROM agency_agreement_act t WHERE t.agreement = a.id ORDER BY t.act) AS acts
FROM agency_agreement a JOIN organisation b ON b.id = a.buyer JOIN organisation g ON g.id = a.agency
JOIN person r ON r.id = a.recorded_by LEFT JOIN person d ON d.id = a.decided_by
LEFT JOIN person e ON e.id = a.ended_by LEFT JOIN document f ON f.id = a.document
"""


async def mandates_of(agency: UUID, on: date | None) -> tuple[Mandate, ...]:
    """What an agency was ever asked to do by agreements that were approved."""
    rows = await fetch(
        "SELECT a.id, a.reference, a.buyer, a.valid_from, a.valid_to, a.status,"
        " coalesce($2::date, (county_now() AT TIME ZONE 'Asia/Shanghai')::date) AS today,"
        " ARRAY(SELECT t.act FROM agency_agreement_act t WHERE t.agreement = a.id) AS acts"
        " FROM agency_agreement a WHERE a.agency = $1 AND a.status IN ('approved', 'ended')",
        agency, on,
    )  # fmt: skip
    return tuple(
        Mandate(
            agreement=r["id"], reference=r["reference"], buyer=r["buyer"],
            acts=frozenset(Entrusted(act) for act in r["acts"]), valid_from=r["valid_from"], valid_to=r["valid_to"],
            is_ended=r["status"] == "ended", on=r["today"],
        )
        for r in rows
    )  # fmt: skip


async def list_agreements(party: UUID | None) -> list[Row]:
    """The agreements of a buyer or agency (None: everybody's), those that wait first, then the newest."""
    rows = await fetch(
        _AGREEMENT + " WHERE $1::uuid IS NULL OR a.buyer = $1 OR a.agency = $1"
        " ORDER BY (a.status = 'recorded') DESC, a.recorded_at DESC LIMIT 200",
        party,
    )
    return [dict(r) for r in rows]


async def agreement_page(reference: str, party: UUID | None) -> Row | None:
    """One agreement for its parties; None for strangers."""
    row = await fetchrow(
        _AGREEMENT + " WHERE a.reference = $1 AND ($2::uuid IS NULL OR a.buyer = $2 OR a.agency = $2)",
        reference, party,
    )  # fmt: skip
    return dict(row) if row else None


async def agreement_by_id(agreement: UUID) -> Row:
    """An agreement for the papers and pages of what is run under it."""
    row = await fetchrow(_AGREEMENT + " WHERE a.id = $1", agreement)
    assert row is not None
    return dict(row)


async def agreements_in_force(buyer: UUID, on: date) -> list[Row]:
    """What a buyer may entrust a listing under today."""
    rows = await fetch(
        _AGREEMENT + " WHERE a.buyer = $1 AND a.status = 'approved' AND $2 BETWEEN a.valid_from AND a.valid_to"
        " ORDER BY a.recorded_at DESC",
        buyer, on,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def agencies() -> list[Row]:
    """The agencies with an account."""
    rows = await fetch("SELECT id, name, name_en FROM organisation WHERE kind = 'agency' ORDER BY sort_key")
    return [dict(r) for r in rows]


async def waiting_for_approval(buyer: UUID, person: UUID) -> list[Row]:
    """Agreements a colleague recorded."""
    rows = await fetch(
        _AGREEMENT + " WHERE a.buyer = $1 AND a.status = 'recorded' AND a.recorded_by <> $2 ORDER BY a.recorded_at",
        buyer, person,
    )  # fmt: skip
    return [dict(r) for r in rows]
