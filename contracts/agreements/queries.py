"""Contracts as readers see them: strangers see published ones only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from contracts.agreements.names import TITLE_EN
from contracts.agreements.payees import Payee, payee_of
from contracts.agreements.rules import may_see_contract
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
PAGE_SIZE = 20

_CONTRACT = f"""
SELECT c.*, {TITLE_EN} AS title_en, l.reference AS listing_reference, l.title AS listing_title,
       l.drafted_by AS listing_drafted_by,
       l.approved_by AS listing_approved_by, l.requirement, lot.number AS lot_number, lot.title AS lot_title,
       coalesce(c.quantity, lot.quantity) AS quantity, lot.unit, i.code AS item_code, i.category AS item_category,
       i.name AS item_name, i.name_en AS item_name_en, i.logs_visits,
       b.name AS buyer_name, b.name_en AS buyer_name_en, p.organisation AS provider_organisation,
       p.reference AS provider_reference, p.credit_code, name_then(p.id, c.drawn_up_at) AS provider_name,
       name_en_then(p.id, c.drawn_up_at) AS provider_name_en, po.name AS provider_now, po.name_en AS provider_now_en,
       line.ledger_line, line.reference AS line_reference, line.buyer AS line_of,
       (SELECT f.reference FROM call_off o JOIN framework f ON f.id = o.framework
                          WHERE o.contract = c.id) AS framework_reference,
       (SELECT r.clause FROM rescission r WHERE r.contract = c.id) AS rescinded_by_rule
FROM contract c JOIN listing l ON l.id = c.listing JOIN listing_lot lot ON lot.id = c.lot JOIN item i ON i.id = lot.item
JOIN organisation b ON b.id = c.buyer JOIN provider p ON p.id = c.provider
JOIN organisation po ON po.id = p.organisation JOIN budget_line line ON line.id = coalesce(c.budget_line, l.budget_line)
"""


async def contract_facts(reference: str, visible_to: Actor | None) -> Row:
    """A contract by its reference. Raises NotFound for strangers while it is not published."""
    row = await fetchrow(_CONTRACT + " WHERE c.reference = $1", reference)
    if row is None or not may_see_contract(visible_to, row):
        raise NotFound()
    return dict(row)


async def contract_id(reference: str) -> UUID:
    """Which contract it is, for an act that reads it once it holds it. Raises NotFound."""
    found: UUID | None = await fetchval("SELECT id FROM contract WHERE reference = $1", reference)
    if found is None:
        raise NotFound()
    return found


def check_is_visible(contract: Row, actor: Actor) -> None:
    """Strangers do not learn that an unpublished contract is there. Raises NotFound."""
    if not may_see_contract(actor, contract):
        raise NotFound()


async def contract_by_id(contract_id: UUID) -> Row:
    """A contract for a service that has already found it. Raises NotFound."""
    row = await fetchrow(_CONTRACT + " WHERE c.id = $1", contract_id)
    if row is None:
        raise NotFound()
    return dict(row)


async def lock_contract(contract_id: UUID) -> Row:
    """The contract's row, held until the transaction ends. Raises NotFound."""
    if await fetchval("SELECT id FROM contract WHERE id = $1 FOR NO KEY UPDATE", contract_id) is None:
        raise NotFound()
    return await contract_by_id(contract_id)


async def contract_of_lot(lot_id: UUID) -> Row | None:
    """The contract that an award drew up for a lot, if there is one."""
    row = await fetchrow(
        _CONTRACT + " WHERE c.lot = $1 AND NOT c.is_call_off AND c.renews IS NULL AND c.status <> 'rescinded'", lot_id
    )
    return dict(row) if row else None


async def payee_now(provider_id: UUID) -> Payee:
    """The class of a provider as its file declares it today (R-PAY-02)."""
    row = await fetchrow("SELECT legal_form, is_small_micro, is_medium FROM provider WHERE id = $1", provider_id)
    if row is None:
        raise NotFound()
    return payee_of(row["legal_form"], row["is_small_micro"] or row["is_medium"])


async def renewal_drafter(contract_id: UUID) -> UUID | None:
    """Who drew a renewal up; None for every other contract."""
    found: UUID | None = await fetchval("SELECT drawn_up_by FROM contract_renewal WHERE contract = $1", contract_id)
    return found


async def signatures_of(contract_id: UUID) -> list[Row]:
    """Who signed, for which side, when; the buyer's first."""
    rows = await fetch(
        "SELECT s.side, s.typed_name, s.signed_at, s.terms_sha256, s.method FROM signature s WHERE s.contract"
        " = $1 ORDER BY s.side",
        contract_id,
    )
    return [dict(r) for r in rows]


async def milestones_of(contract_id: UUID) -> list[Row]:
    """The payment milestones in their order."""
    rows = await fetch("SELECT * FROM contract_milestone WHERE contract = $1 ORDER BY position", contract_id)
    return [dict(r) for r in rows]


# of the price of a contract `c`, what was paid and came back: refunded, set off against a paid payment, an advance
CAME_BACK = (
    "((SELECT coalesce(sum(k.amount), 0) FROM late_credit k JOIN invoice i ON i.id = k.invoice"
    " LEFT JOIN payment y ON y.id = k.set_off_payment"
    " WHERE i.contract = c.id AND (k.returned_on IS NOT NULL OR y.status = 'paid'))"
    " + (SELECT coalesce(sum(q.amount), 0) FROM advance_claim q JOIN contract_amendment x ON x.id = q.amendment"
    " WHERE x.contract = c.id AND q.received_on IS NOT NULL))"
)
# of a contract `c`, what its provider has credited after the payment and still has to give back or let set off
OWED_BACK = (
    "(SELECT coalesce(sum(k.amount), 0) FROM late_credit k JOIN invoice i ON i.id = k.invoice"
    " LEFT JOIN payment y ON y.id = k.set_off_payment"
    " WHERE i.contract = c.id AND k.returned_on IS NULL AND y.status IS DISTINCT FROM 'paid')"
)
# what was paid here and before it was brought in, less what came back, as its ledger line says; interest is not part
# of the price
PAID = (
    "(SELECT coalesce(sum(y.amount), 0) FROM payment y JOIN invoice i ON i.id = y.invoice"
    " WHERE i.contract = c.id AND y.status = 'paid' AND y.part = 'principal')"
    " + coalesce((SELECT o.paid_before FROM contract_opening o WHERE o.contract = c.id), 0)"
    f" - {CAME_BACK}"
)


async def owed_back(contract_id: UUID) -> Decimal:
    """What the provider still has to give back of what it was paid (yuan): until then nothing is settled."""
    found: Decimal = await fetchval(f"SELECT {OWED_BACK} FROM contract c WHERE c.id = $1", contract_id)
    return found


async def money_of(contract_id: UUID) -> Row:
    """The contract's money in yuan, each part summed from its own leaves; together `amount`.

    Open, advance (to be invoiced), accepted (to be invoiced), invoiced (to be paid), disputed, waiting for the
    handover, paid, came back after it was paid, deducted at acceptance, dropped after a dispute, cancelled.
    """
    row = await fetchrow(
        f"""
        WITH m AS (SELECT m.*, coalesce(a.amount, m.amount) AS base, m.amount - coalesce(a.amount, m.amount) AS less,
                          a.id AS acceptance FROM contract_milestone m LEFT JOIN acceptance a ON a.milestone = m.id
                   WHERE m.contract = $1),
        b AS (SELECT coalesce(a.milestone, i.advance) AS milestone,
                sum(i.payable) FILTER (WHERE i.status <> 'paid') AS waiting,
                sum(i.amount - coalesce((SELECT sum(n.amount) FROM credit_note n WHERE n.invoice = i.id), 0))
                  FILTER (WHERE NOT i.is_settlement) AS billed
              FROM invoice i LEFT JOIN acceptance a ON a.id = i.acceptance
              WHERE i.contract = $1 AND i.status <> 'returned' GROUP BY 1),
        d AS (SELECT sum(d.amount) FILTER (WHERE d.status = 'open') AS disputed,
                sum(d.amount - d.to_pay) FILTER (WHERE d.status = 'settled') AS dropped
              FROM payment_dispute d JOIN invoice i ON i.id = d.invoice WHERE i.contract = $1)
        SELECT coalesce(sum(m.amount), 0) AS amount, coalesce(sum(m.less), 0) AS deducted,
          coalesce(sum(m.amount) FILTER (WHERE m.status IN ('open', 'requested', 'to_mend') AND NOT m.is_advance), 0)
            AS open,
          coalesce(sum(m.base - coalesce(b.billed, 0))
            FILTER (WHERE m.is_advance AND m.status NOT IN ('cancelled', 'paid')), 0) AS advance,
          coalesce(sum(m.amount) FILTER (WHERE m.status = 'cancelled'), 0) AS cancelled,
          coalesce(sum(m.base - coalesce(b.billed, 0)) FILTER (WHERE m.acceptance IS NOT NULL), 0) AS accepted,
          coalesce(sum(b.waiting), 0) AS invoiced,
          coalesce((SELECT sum(w.amount) FROM handover_wait w JOIN invoice i ON i.id = w.invoice
                    WHERE i.contract = $1 AND w.released_on IS NULL), 0) AS handover,
          coalesce((SELECT disputed FROM d), 0) AS disputed, coalesce((SELECT dropped FROM d), 0) AS dropped,
          (SELECT {PAID} FROM contract c WHERE c.id = $1) AS paid,
          (SELECT {CAME_BACK} FROM contract c WHERE c.id = $1) AS came_back
        FROM m LEFT JOIN b ON b.milestone = m.id
        """,
        contract_id,
    )
    assert row is not None
    return dict(row)


@dataclass(frozen=True)
class ContractPage:
    """One page of the public list."""

    rows: list[Row]
    number: int
    pages: int
    total: int
    filters: Mapping[str, str]

    def url_for(self, number: int) -> str:
        """The address of another page of the same list."""
        kept = {name: value for name, value in self.filters.items() if value}
        return f"?{urlencode({**kept, 'number': number})}"


async def list_contracts(actor: Actor | None, words: str = "", status: str = "", number: int = 1) -> ContractPage:
    """Published contracts, and the reader's own before that; newest first, found by words in title or names."""
    sees_all = actor is not None and actor.may("read_everything")
    office = actor.organisation_id if actor else None
    where = (
        " WHERE (c.published_at IS NOT NULL OR $1 OR c.buyer = $2 OR p.organisation = $2)"
        " AND ($3 = '' OR c.status = $3)"
        " AND ($4 = '' OR c.title ILIKE $4 OR l.title_en ILIKE $4 OR"
        " c.reference ILIKE $4 OR b.name ILIKE $4 OR po.name ILIKE $4 OR name_then(p.id, c.drawn_up_at) ILIKE $4)"
    )
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"%{escaped}%" if words else ""
    total = await fetchval(
        "SELECT count(*) FROM contract c JOIN listing l ON l.id = c.listing"
        " JOIN organisation b ON b.id = c.buyer JOIN provider p ON p.id = c.provider"
        f" JOIN organisation po ON po.id = p.organisation{where}",
        sees_all, office, status, pattern,
    )  # fmt: skip
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, number), pages)
    rows = await fetch(
        _CONTRACT + where + f" ORDER BY c.drawn_up_at DESC, c.reference DESC LIMIT {PAGE_SIZE} OFFSET $5",
        sees_all, office, status, pattern, (number - 1) * PAGE_SIZE,
    )  # fmt: skip
    return ContractPage([dict(r) for r in rows], number, pages, total, {"q": words, "status": status})


async def contracts_of_provider(provider: UUID, at_most: int = 50) -> tuple[list[Row], Row]:
    """A provider's newest published contracts, and over all of them: number, yuan agreed, yuan paid."""
    rows = await fetch(
        "WITH theirs AS (SELECT c.*, (SELECT x.ground FROM contract_amendment x WHERE x.contract = c.id"
        " AND x.kind = 'termination' AND x.status = 'in_force') AS ended_ground,"
        f" {TITLE_EN} AS title_en, i.code AS item_code, b.name AS buyer_name,"
        f" b.name_en AS buyer_name_en, {PAID} AS paid"
        " FROM contract c JOIN listing l ON l.id = c.listing JOIN listing_lot lot ON lot.id = c.lot"
        " JOIN item i ON i.id = lot.item JOIN organisation b ON b.id = c.buyer"
        " WHERE c.provider = $1 AND c.published_at IS NOT NULL AND c.status <> 'rescinded')"
        " SELECT reference, title, title_en, item_code, buyer_name, buyer_name_en, service_from, service_to,"
        " amount, status, paid, ended_ground, count(*) OVER () AS all_count, sum(amount) OVER () AS all_amount,"
        " sum(paid) OVER () AS all_paid"
        " FROM theirs ORDER BY service_from DESC, reference DESC LIMIT $2",
        provider, at_most,
    )  # fmt: skip
    found = [dict(row) for row in rows]
    over_all = found[0] if found else {"all_count": 0, "all_amount": Decimal(0), "all_paid": Decimal(0)}
    return found, {name: over_all[f"all_{name}"] for name in ("count", "amount", "paid")}
