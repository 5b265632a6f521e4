"""What is public of contracting processes, read for many listings in a few questions.

Only what a visitor may read on the pages is asked for: nothing of a bid before its award is announced, of bidders only
the winner and how many there were (R-PUBL-01) and what the county publishes besides (R-PUBL-02), of contracts only the
published ones, and of services nothing smaller than a payment, so that no household can be found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from catalogue.listings.inviting.rules import OVER
from catalogue.listings.methods import all_methods
from marketplace.kernel.db import fetch

Row = dict[str, Any]
_INVITING = sorted({row.code for row in all_methods() if row.invites})

_LISTINGS = """
    SELECT l.id, l.reference, l.status, l.method, l.rules_on, l.venue, l.title, l.title_en, l.requirement,
           l.qualification, l.budget, l.price_weight, l.published_at, l.closes_at, l.questions_until,
           l.service_from, l.service_to, l.ended_at,
           l.end_reason, l.purchasing_body, body.name AS body_name, body.name_en AS body_name_en,
           l.procuring_unit, unit.name AS unit_name, unit.name_en AS unit_name_en, line.reference AS budget_line,
           opened.bids, opened.tenderers
    FROM listing l JOIN organisation body ON body.id = l.purchasing_body
    JOIN organisation unit ON unit.id = l.procuring_unit JOIN budget_line line ON line.id = l.budget_line
    CROSS JOIN LATERAL (SELECT count(*) AS bids, count(DISTINCT b.provider) AS tenderers FROM opened_bid b
                        JOIN listing_lot t ON t.id = b.lot WHERE t.listing = l.id) opened
    WHERE l.id = ANY($1) AND l.published_at IS NOT NULL
      -- the document of an invited tender is for the invited alone until it is over (R-METH-10)
      AND NOT (l.venue = 'here' AND l.method = ANY($2) AND NOT l.status = ANY($3)) ORDER BY l.id
"""
_PARTS = {
    "lots": """
        SELECT t.listing, t.number, t.title, t.quantity, t.unit, t.budget, i.code AS item_code, i.name AS item_name,
               i.name_en AS item_name_en
        FROM listing_lot t JOIN item i ON i.id = t.item WHERE t.listing = ANY($1) ORDER BY t.number
    """,
    "criteria": "SELECT listing, title, points FROM criterion WHERE listing = ANY($1) ORDER BY position",
    "versions": """
        SELECT listing, number, kind, reason, published_at FROM listing_version
        WHERE listing = ANY($1) AND number > 1 ORDER BY number
    """,
    "papers": """
        SELECT DISTINCT ON (subject, slug) listing, id, subject, slug, title, media_type, published_at
        FROM published_paper WHERE listing = ANY($1) AND media_type = 'application/pdf'
        ORDER BY subject, slug, version DESC
    """,
    "platform_days": """
        SELECT r.listing, d.name, d.day FROM result_record r CROSS JOIN LATERAL (VALUES
          (1, 'noticed_on', r.noticed_on), (2, 'opened_on', r.opened_on), (3, 'decided_on', r.decided_on),
          (4, 'announced_on', r.announced_on)) d (position, name, day)
        WHERE r.listing = ANY($1) AND r.status = 'confirmed' AND r.noticed_on IS NOT NULL AND d.day IS NOT NULL
        ORDER BY r.listing, d.position
    """,
    "awards": """
        SELECT a.listing, a.reference, a.status, a.amount, a.basis, a.basis_en, a.announced_at, t.number AS lot_number,
               t.title AS lot_title, p.credit_code, o.name AS provider_name, o.name_en AS provider_name_en
        FROM (SELECT listing, lot, provider, reference, status, amount, basis, basis_en, announced_at FROM award
              UNION ALL SELECT listing, lot, provider, reference, 'void', amount, basis, basis_en, announced_at
              FROM void_award) a
        JOIN listing_lot t ON t.id = a.lot JOIN provider p ON p.id = a.provider
        JOIN organisation o ON o.id = p.organisation
        WHERE a.listing = ANY($1) AND a.announced_at IS NOT NULL ORDER BY t.number, a.announced_at
    """,
    # of lots whose award is announced; what of it may be told is decided by the rules (disclosure.py)
    "bids": """
        SELECT t.listing, t.number AS lot_number, o.price, b.sealed_at, p.credit_code, g.name AS provider_name,
               g.name_en AS provider_name_en,
               -- not qualified, not as the document asks, or refused later: too low, over the ceiling, too few left
               q.is_qualified IS FALSE OR y.passes IS FALSE OR v.status IS NOT DISTINCT FROM 'invalid' AS is_rejected
        FROM opened_bid o JOIN bid b ON b.id = o.bid JOIN listing_lot t ON t.id = o.lot
        JOIN provider p ON p.id = o.provider JOIN organisation g ON g.id = p.organisation
        LEFT JOIN qualification_decision q ON q.opened_bid = o.id
        LEFT JOIN conformity_decision y ON y.opened_bid = o.id LEFT JOIN bid_result v ON v.opened_bid = o.id
        WHERE t.listing = ANY($1) AND EXISTS (SELECT 1 FROM award a WHERE a.lot = t.id AND a.announced_at IS NOT NULL)
        ORDER BY t.number, b.sealed_at, o.id
    """,
    "contracts": """
        SELECT c.listing, c.id, c.reference, c.status,
               -- a renewal goes on from the award of its lot
               CASE WHEN c.renews IS NULL THEN c.award_reference ELSE (SELECT f.award_reference FROM contract f
                 WHERE f.lot = c.lot AND f.provider = c.provider AND f.renews IS NULL AND NOT f.is_call_off
                 AND f.status <> 'rescinded') END AS award_reference, c.title,
               -- as amended: with supplements; ended before time, with what is settled, less what is not delivered any
               -- more and what of an advance has to come back
               c.amount + coalesce((SELECT sum(x.amount - x.claim) FROM contract_amendment x WHERE x.contract = c.id
                 AND x.status = 'in_force'), 0) - coalesce((SELECT sum(m.amount) FROM contract_milestone m
                 WHERE m.contract = c.id AND m.status = 'cancelled'), 0) AS amount,
               c.service_from, c.service_to, c.signed_at, c.buyer, b.name AS buyer_name, t.number AS lot_number,
               p.credit_code, o.name AS provider_name, o.name_en AS provider_name_en
        FROM contract c JOIN organisation b ON b.id = c.buyer JOIN listing_lot t ON t.id = c.lot
        JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation
        WHERE c.listing = ANY($1) AND c.published_at IS NOT NULL ORDER BY t.number
    """,
    "amendments": """
        SELECT c.listing, x.contract, x.reference, x.kind, x.ground, x.decided_at
        FROM contract_amendment x JOIN contract c ON c.id = x.contract
        WHERE c.listing = ANY($1) AND c.published_at IS NOT NULL AND x.status = 'in_force'
        ORDER BY x.decided_at, x.reference
    """,
    "milestones": """
        SELECT c.listing, m.contract, m.position, m.title, m.amount, m.due_on, m.status, a.accepted_at
        FROM contract_milestone m JOIN contract c ON c.id = m.contract LEFT JOIN acceptance a ON a.milestone = m.id
        WHERE c.listing = ANY($1) AND c.published_at IS NOT NULL ORDER BY m.contract, m.position
    """,
    "payments": """
        SELECT t.* FROM (
          -- what the treasury paid: a credit note set off makes it less
          SELECT c.listing, i.contract, y.reference, y.amount - coalesce((SELECT sum(k.amount) FROM late_credit k
            WHERE k.set_off_payment = y.id), 0) AS amount, y.paid_at
          FROM payment y JOIN invoice i ON i.id = y.invoice JOIN contract c ON c.id = i.contract
          WHERE c.published_at IS NOT NULL AND y.status = 'paid' AND y.part = 'principal'
          -- and what came back, below nothing, so that the transactions add up to what was paid
          UNION ALL SELECT c.listing, i.contract, i.reference || '-R' || row_number() OVER (PARTITION BY i.id
            ORDER BY k.returned_on, k.id), -k.amount, k.returned_on::timestamp AT TIME ZONE 'Asia/Shanghai'
          FROM late_credit k JOIN invoice i ON i.id = k.invoice JOIN contract c ON c.id = i.contract
          WHERE c.published_at IS NOT NULL AND k.returned_on IS NOT NULL
          UNION ALL SELECT c.listing, c.id, x.reference || '-R', -q.amount,
            q.received_on::timestamp AT TIME ZONE 'Asia/Shanghai'
          FROM advance_claim q JOIN contract_amendment x ON x.id = q.amendment JOIN contract c ON c.id = x.contract
          WHERE c.published_at IS NOT NULL AND q.received_on IS NOT NULL) t
        WHERE t.listing = ANY($1) ORDER BY t.reference
    """,
}


@dataclass(frozen=True)
class Process:
    """One listing with everything public that followed from it; rows as the questions above name them."""

    listing: Row
    lots: list[Row] = field(default_factory=list)
    criteria: list[Row] = field(default_factory=list)
    versions: list[Row] = field(default_factory=list)
    papers: list[Row] = field(default_factory=list)
    platform_days: list[Row] = field(default_factory=list)
    awards: list[Row] = field(default_factory=list)
    bids: list[Row] = field(default_factory=list)
    contracts: list[Row] = field(default_factory=list)
    amendments: list[Row] = field(default_factory=list)
    milestones: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)


async def processes(listings: Sequence[UUID]) -> list[Process]:
    """The public facts of these listings; one that is not public has none."""
    found = [dict(row) for row in await fetch(_LISTINGS, list(listings), _INVITING, sorted(OVER))]
    public = [row["id"] for row in found]
    parts: dict[str, dict[UUID, list[Row]]] = {}
    for name, question in _PARTS.items():
        grouped: dict[UUID, list[Row]] = defaultdict(list)
        for row in await fetch(question, public):
            grouped[row["listing"]].append(dict(row))
        parts[name] = grouped
    return [Process(row, **{name: grouped[row["id"]] for name, grouped in parts.items()}) for row in found]
