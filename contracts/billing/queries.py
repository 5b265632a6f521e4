"""Invoices, payments, and the chain from a payment down to every visit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.agreements.names import TITLE_EN
from contracts.agreements.payees import Payee, payee_of
from contracts.agreements.queries import contract_by_id
from contracts.agreements.rules import is_buyer_side, is_provider_side, may_see_contract
from contracts.billing.rules import Billed, InvoiceStatus
from contracts.promises.chain_sql import CHAIN
from contracts.promises.clocks import Accepted, StartedClock, start_clock
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.private_columns import search_hash

Row = dict[str, Any]

_INVOICE = f"""
SELECT i.*, c.reference AS contract_reference, c.title AS contract_title,
       {TITLE_EN} AS contract_title_en, c.buyer, c.provider,
       p.organisation AS provider_organisation,
       po.name AS provider_name, po.name_en AS provider_name_en, b.name AS buyer_name, b.name_en AS buyer_name_en,
       a.reference AS acceptance_reference, a.accepted_by, a.accepted_at, a.amount AS accepted_amount,
       ap.name AS accepted_by_name, m.id AS milestone, m.position, m.title AS milestone_title, line.ledger_line,
       line.reference AS budget_reference, line.project_code, line.function_code, line.economic_code, line.fund_source,
       line.procurement_plan_number,
       (SELECT f.number FROM contract_filing f WHERE f.contract = c.id) AS filing_number,
       EXISTS (SELECT 1 FROM handover_wait hw WHERE hw.invoice = i.id) AS waits_for_handover,
       {CHAIN},
       pay.reference AS payment_reference, pay.status AS payment_status, sb.name AS submitted_by_name
FROM invoice i JOIN contract c ON c.id = i.contract LEFT JOIN acceptance a ON a.id = i.acceptance
JOIN contract_milestone m ON m.id = coalesce(a.milestone, i.advance) JOIN provider p ON p.id = c.provider
JOIN organisation po ON po.id = p.organisation JOIN organisation b ON b.id = c.buyer
JOIN listing l ON l.id = c.listing
JOIN budget_line line ON line.id = coalesce(c.budget_line, l.budget_line)
LEFT JOIN person ap ON ap.id = a.accepted_by JOIN person sb ON sb.id = i.submitted_by
LEFT JOIN payment pay ON pay.invoice = i.id AND pay.part = 'principal'
"""

_PAYMENT = f"""
SELECT pay.*, i.reference AS invoice_reference, i.number AS invoice_number, i.amount AS invoice_amount,
       i.due_on, i.received_at, i.issued_on,
       i.bank, i.bank_account, i.acceptance, i.advance, i.contract,
       c.reference AS contract_reference, c.title AS contract_title,
       {TITLE_EN} AS contract_title_en, c.provider,
       po.name AS provider_name, po.name_en AS provider_name_en, b.name AS buyer_name, b.name_en AS buyer_name_en,
       m.id AS milestone, m.position, m.title AS milestone_title,
       (SELECT ca.reference FROM contract_amendment ca WHERE ca.contract = c.id AND ca.status = 'in_force'
        AND position(ca.reference IN m.title) > 0) AS amendment_reference,
       ap.name AS approved_by_name, cf.name AS confirmed_by_name,
       f.number AS voucher_number, f.name AS voucher_name, f.sha256 AS voucher_sha256, f.size AS voucher_size,
       f.released_at,
       coalesce((SELECT sum(k.amount) FROM late_credit k WHERE k.set_off_payment = pay.id), 0) AS set_off,
       line.ledger_line, line.year AS budget_year, a.accepted_by, a.reference AS acceptance_reference,
       a.amount AS accepted_amount,
       a.minutes AS accepted_minutes,
       line.reference AS budget_reference, line.project_code, line.function_code, line.economic_code, line.fund_source,
       line.procurement_plan_number,
       (SELECT f.number FROM contract_filing f WHERE f.contract = c.id) AS filing_number
FROM payment pay JOIN invoice i ON i.id = pay.invoice JOIN contract c ON c.id = i.contract
LEFT JOIN acceptance a ON a.id = i.acceptance
JOIN contract_milestone m ON m.id = coalesce(a.milestone, i.advance)
JOIN provider p ON p.id = c.provider JOIN organisation po ON po.id = p.organisation
JOIN organisation b ON b.id = c.buyer JOIN listing l ON l.id = c.listing
JOIN budget_line line ON line.id = coalesce(c.budget_line, l.budget_line)
JOIN person ap ON ap.id = pay.approved_by LEFT JOIN person cf ON cf.id = pay.confirmed_by
LEFT JOIN voucher_file f ON f.id = pay.voucher_file
"""


def may_see_invoice(actor: Actor, invoice: Row) -> bool:
    """The provider's office, the buyer's office and finance; bank details are for nobody else."""
    if actor.may(Permission.READ_EVERYTHING):
        return True
    if is_buyer_side(actor, invoice):
        return actor.may(Permission.ACCEPT_WORK)
    return is_provider_side(actor, invoice) and actor.may(Permission.SUBMIT_INVOICE)


async def returned_before(contract: UUID, cause: dict[str, UUID]) -> Row | None:
    """The first invoice for the same work that finance returned and in whose place none has come, with its day."""
    row = await fetchrow(
        "SELECT i.id, i.received_at, k.came_on FROM invoice i LEFT JOIN payment_clock k ON k.invoice = i.id"
        " WHERE i.contract = $1 AND i.status = 'returned' AND (i.acceptance = $2 OR i.advance = $3)"
        " AND i.payable > 0"  # a credit note took all of it back: nobody returned it
        " AND NOT EXISTS (SELECT 1 FROM invoice n WHERE n.replaces = i.id) ORDER BY i.received_at LIMIT 1",
        contract, cause.get("acceptance"), cause.get("advance"),
    )  # fmt: skip
    return dict(row) if row else None


async def clock_of(invoice: UUID) -> Row | None:
    """How the last day of an invoice is counted."""
    row = await fetchrow("SELECT * FROM payment_clock WHERE invoice = $1", invoice)
    return dict(row) if row else None


async def money_of_milestone(milestone: UUID) -> Row:
    """A milestone with its state, its worth under `base` (yuan), its standing invoices and whether a part is apart.

    `has_dispute`: some part is disputed, or waits for the handover, and is still to be paid.

    Raises NotFound.
    """
    row = await fetchrow(
        "SELECT m.status, m.is_advance, coalesce(a.amount, m.amount) AS base, EXISTS (SELECT 1 FROM payment_dispute d"
        " JOIN invoice i ON i.id = d.invoice WHERE i.acceptance = a.id AND d.status = 'open') OR EXISTS (SELECT 1"
        " FROM handover_wait w JOIN invoice i ON i.id = w.invoice WHERE i.acceptance = a.id"
        " AND w.released_on IS NULL) AS has_dispute"
        " FROM contract_milestone m LEFT JOIN acceptance a ON a.milestone = m.id WHERE m.id = $1",
        milestone,
    )
    if row is None:
        raise NotFound()
    rows = await fetch(
        "SELECT i.status, i.is_settlement, i.amount - coalesce((SELECT sum(n.amount) FROM credit_note n"
        " WHERE n.invoice = i.id), 0) AS net FROM invoice i LEFT JOIN acceptance a ON a.id = i.acceptance"
        " WHERE coalesce(a.milestone, i.advance) = $1 AND i.status <> 'returned'",
        milestone,
    )
    return {**row, "billed": [Billed(InvoiceStatus(r["status"]), r["net"], r["is_settlement"]) for r in rows]}


async def use_of_number(number: str, actor: Actor) -> Sentence | None:
    """On which invoice a number of an invoice or credit note stands already, as far as this reader may see."""
    row = await fetchrow(
        "SELECT i.reference, c.buyer, p.organisation AS provider_organisation FROM ("
        "SELECT id FROM invoice WHERE number = $1 AND (status <> 'returned' OR payable = 0) AND NOT is_settlement"
        " UNION ALL SELECT invoice FROM credit_note WHERE number = $1"
        " UNION ALL SELECT invoice FROM late_credit WHERE number = $1) u JOIN invoice i ON i.id = u.id"
        " JOIN contract c ON c.id = i.contract JOIN provider p ON p.id = c.provider LIMIT 1",
        number,
    )
    return _named_use(dict(row), actor) if row else None


async def use_of_file(sha256: str, actor: Actor) -> Sentence | None:
    """Where a file was handed in already, as far as this reader may see; None for a new one.

    What was returned may be handed in again, as its number may, unless a credit note took all of it back.
    """
    row = await fetchrow(
        "SELECT i.reference, c.buyer, p.organisation AS provider_organisation FROM invoice_file f"
        " JOIN invoice i ON i.id = f.invoice JOIN contract c ON c.id = i.contract JOIN provider p ON p.id = c.provider"
        " WHERE f.sha256 = $1 AND (f.credit_note IS NOT NULL OR f.late_credit IS NOT NULL"
        "  OR i.status <> 'returned' OR i.payable = 0) LIMIT 1",
        sha256,
    )
    return _named_use(dict(row), actor) if row else None


def _named_use(invoice: Row, actor: Actor) -> Sentence:
    if may_see_invoice(actor, invoice):
        return say("{reference}", reference=invoice["reference"])
    return say(N_("别的合同的发票"))


async def steps_of(invoice: UUID) -> list[Row]:
    """Who of the buyer agreed to the payment of an invoice, the first first."""
    rows = await fetch(
        "SELECT s.*, p.name AS person_name FROM payment_step s JOIN person p ON p.id = s.person"
        " WHERE s.invoice = $1 ORDER BY s.taken_at",
        invoice,
    )
    return [dict(r) for r in rows]


async def invoices_of_buyer(buyer: UUID) -> list[Row]:
    """A buyer's invoices whose payment is not approved yet, the earliest due first."""
    rows = await fetch(
        _INVOICE + " WHERE i.status = 'submitted' AND c.buyer = $1 ORDER BY i.due_on, i.received_at", buyer
    )
    return [dict(r) for r in rows]


async def credit_notes_of(invoice: UUID) -> list[Row]:
    """The credit notes of an invoice, the first first."""
    rows = await fetch("SELECT * FROM credit_note WHERE invoice = $1 ORDER BY received_at", invoice)
    return [dict(r) for r in rows]


# whether some milestone of contract `{contract}` has more to be paid yet than `{amount}`: a note goes into one payment
_ROOM = """EXISTS (SELECT 1 FROM contract_milestone rm LEFT JOIN acceptance ra ON ra.milestone = rm.id
  WHERE rm.contract = {contract} AND rm.status NOT IN ('approved', 'paid', 'cancelled')
  AND coalesce(ra.amount, rm.amount) - coalesce((SELECT sum(rj.payable) FROM invoice rj WHERE rj.status IN ('approved',
    'paid') AND (rj.acceptance = ra.id OR rj.advance = rm.id)), 0) > {amount})"""
_LATE = f"""
SELECT k.*, k.way = 'refund' OR NOT {_ROOM.format(contract="i.contract", amount="k.amount")} AS comes_back,
       y.reference AS set_off_reference, y.status AS set_off_status, p.name AS returned_to_name,
       i.reference AS invoice_reference, i.contract, c.title, po.name AS provider_name, po.name_en AS provider_name_en,
       v.organisation
FROM late_credit k JOIN invoice i ON i.id = k.invoice JOIN contract c ON c.id = i.contract
JOIN provider v ON v.id = c.provider JOIN organisation po ON po.id = v.organisation
LEFT JOIN payment y ON y.id = k.set_off_payment LEFT JOIN person p ON p.id = k.returned_to
"""
_LATE_OPEN = " WHERE k.returned_on IS NULL AND k.set_off_payment IS NULL"


async def late_credits_of(invoice: UUID) -> list[Row]:
    """The credit notes of an invoice after its payment, the first first, and how each came back."""
    rows = await fetch(_LATE + " WHERE k.invoice = $1 ORDER BY k.received_at", invoice)
    return [dict(r) for r in rows]


async def can_be_set_off(contract: UUID, amount: Decimal) -> bool:
    """Whether a payment that is still to come in this contract is larger than a credit note of this amount (yuan)."""
    row = await fetchrow(f"SELECT {_ROOM.format(contract='$1', amount='$2::numeric')} AS has_room", contract, amount)
    return bool(row and row["has_room"])


async def credited_late(invoice: UUID) -> Decimal:
    """What of a paid invoice was taken back since (yuan)."""
    row = await fetchrow("SELECT coalesce(sum(amount), 0) AS amount FROM late_credit WHERE invoice = $1", invoice)
    assert row is not None
    return Decimal(row["amount"])


async def late_credits_open(contract: UUID | None = None) -> list[Row]:
    """Credit notes whose money neither came back nor was set off, the oldest first; of one contract or of all.

    Those of one contract are held: two payments approved at once share none.
    """
    rows = await fetch(
        _LATE + _LATE_OPEN + " AND ($1::uuid IS NULL OR i.contract = $1) ORDER BY k.received_at"
        + (" FOR UPDATE OF k" if contract else ""),
        contract,
    )  # fmt: skip
    return [dict(r) for r in rows]


_DISPUTE = """
SELECT d.*, g.name AS agreed_by_name, i.reference AS invoice_reference, i.number AS invoice_number,
       c.reference AS contract_reference, c.buyer,
       p.organisation AS provider_organisation, r.name AS raised_by_name, s.name AS settled_by_name,
       n.reference AS settled_invoice_reference, b.name AS buyer_name, b.name_en AS buyer_name_en,
       po.name AS provider_name, po.name_en AS provider_name_en
FROM payment_dispute d JOIN invoice i ON i.id = d.invoice JOIN contract c ON c.id = i.contract
JOIN provider p ON p.id = c.provider JOIN organisation b ON b.id = c.buyer
JOIN organisation po ON po.id = p.organisation JOIN person r ON r.id = d.raised_by
LEFT JOIN person s ON s.id = d.settled_by LEFT JOIN person g ON g.id = d.agreed_by
LEFT JOIN invoice n ON n.id = d.settled_invoice
"""


async def disputes_of(invoice: UUID) -> list[Row]:
    """The disputed parts of an invoice, the first first."""
    rows = await fetch(_DISPUTE + " WHERE d.invoice = $1 ORDER BY d.raised_at", invoice)
    return [dict(r) for r in rows]


async def open_disputes(office: UUID) -> list[Row]:
    """Disputed parts of an office's invoices, as buyer or provider, that nobody has settled; the oldest first."""
    rows = await fetch(
        _DISPUTE + " WHERE d.status = 'open' AND (c.buyer = $1 OR p.organisation = $1) ORDER BY d.raised_at", office
    )
    return [dict(r) for r in rows]


async def dispute_page(reference: str, visible_to: Actor) -> Row:
    """A disputed part by its reference. Raises NotFound for whoever may not see its invoice."""
    row = await fetchrow(_DISPUTE + " WHERE d.reference = $1", reference)
    if row is None or not may_see_invoice(visible_to, dict(row)):
        raise NotFound()
    return dict(row)


async def disputed_by_milestone(contract: UUID) -> dict[UUID, Row]:
    """Of each milestone of a contract what is disputed now, and what was dropped; yuan."""
    rows = await fetch(
        "SELECT a.milestone, coalesce(sum(d.amount) FILTER (WHERE d.status = 'open'), 0) AS disputed,"
        " coalesce(sum(d.amount - d.to_pay) FILTER (WHERE d.status = 'settled'), 0) AS dropped"
        " FROM payment_dispute d JOIN invoice i ON i.id = d.invoice JOIN acceptance a ON a.id = i.acceptance"
        " WHERE i.contract = $1 GROUP BY a.milestone",
        contract,
    )
    return {r["milestone"]: dict(r) for r in rows}


async def clock_of_new(
    contract: UUID, acceptance: UUID | None, now: datetime, replaced: Row | None = None
) -> StartedClock:
    """The payment clock of an invoice received now: by what the provider was when it signed and what was accepted.

    In place of a returned invoice it gives the county no more time than that one did.
    """
    row = await fetchrow(
        "SELECT c.payee, c.payment_days, p.legal_form, p.is_small_micro OR p.is_medium AS is_small, a.accepted_at,"
        " (SELECT r.decide_by FROM acceptance_request r WHERE r.milestone = a.milestone ORDER BY r.round DESC LIMIT 1)"
        " AS decide_by FROM contract c JOIN provider p ON p.id = c.provider LEFT JOIN acceptance a ON a.id = $2"
        " WHERE c.id = $1",
        contract, acceptance,
    )  # fmt: skip
    assert row is not None
    accepted = Accepted(county_day(row["accepted_at"]), row["decide_by"]) if row["accepted_at"] else None
    payee = Payee(row["payee"]) if row["payee"] else payee_of(row["legal_form"], row["is_small"])
    came_on = (replaced["came_on"] or county_day(replaced["received_at"])) if replaced else None
    return start_clock(payee, county_day(now), accepted, row["payment_days"], came_on)


async def interest_of(invoice: UUID) -> list[Row]:
    """Interest approved for an invoice with its payment, the first first."""
    rows = await fetch(
        "SELECT l.*, y.reference, y.status, y.paid_at, f.released_at FROM late_interest l"
        " JOIN payment y ON y.id = l.payment LEFT JOIN voucher_file f ON f.id = y.voucher_file"
        " WHERE l.invoice = $1 ORDER BY l.from_on",
        invoice,
    )
    return [dict(r) for r in rows]


async def interest_of_payment(payment: UUID) -> Row | None:
    """How the interest that a payment pays was counted; None for a payment of the price."""
    row = await fetchrow("SELECT * FROM late_interest WHERE payment = $1", payment)
    return dict(row) if row else None


async def invoice_page(reference: str, visible_to: Actor) -> Row:
    """An invoice by its reference. Raises NotFound for strangers."""
    row = await fetchrow(_INVOICE + " WHERE i.reference = $1", reference)
    if row is None or not may_see_invoice(visible_to, dict(row)):
        raise NotFound()
    return dict(row)


async def invoice_by_id(invoice_id: UUID) -> Row:
    """An invoice for a service. Raises NotFound."""
    row = await fetchrow(_INVOICE + " WHERE i.id = $1", invoice_id)
    if row is None:
        raise NotFound()
    return dict(row)


async def invoices_of(contract_id: UUID) -> list[Row]:
    """All invoices of a contract, the returned ones included."""
    rows = await fetch(_INVOICE + " WHERE i.contract = $1 ORDER BY i.received_at", contract_id)
    return [dict(r) for r in rows]


async def invoices_waiting() -> list[Row]:
    """Invoices finance has to decide, the earliest due first."""
    rows = await fetch(_INVOICE + " WHERE i.status = 'submitted' ORDER BY i.due_on, i.received_at")
    return [dict(r) for r in rows]


async def payments_of(contract_id: UUID) -> list[Row]:
    """The payments of a contract in the order of their milestones."""
    rows = await fetch(
        _PAYMENT + " WHERE i.contract = $1 ORDER BY m.position, pay.part DESC, pay.reference", contract_id
    )
    return [dict(r) for r in rows]


async def payments_by_status(*statuses: str) -> list[Row]:
    """All payments in these states, the earliest due first."""
    rows = await fetch(
        _PAYMENT + " WHERE pay.status = ANY($1::text[]) ORDER BY i.due_on, pay.reference", list(statuses)
    )
    return [dict(r) for r in rows]


async def payments_in_voucher(voucher: UUID) -> list[Row]:
    """The payments of a voucher file in the order of its lines, with the amount of each `line_amount`."""
    rows = await fetch(
        "SELECT w.*, l.amount AS line_amount FROM voucher_line l JOIN (" + _PAYMENT + ") w ON w.id = l.payment"
        " WHERE l.voucher_file = $1 ORDER BY l.number",
        voucher,
    )
    return [dict(r) for r in rows]


async def latest_paid(limit: int = 20) -> list[Row]:
    """The payments last confirmed."""
    rows = await fetch(_PAYMENT + " WHERE pay.status = 'paid' ORDER BY pay.paid_at DESC LIMIT $1", limit)
    return [dict(r) for r in rows]


async def payment_page(reference: str, visible_to: Actor | None) -> Row:
    """A payment with its contract under `facts`. Raises NotFound where the contract is not for this reader."""
    row = await fetchrow(_PAYMENT + " WHERE pay.reference = $1", reference)
    if row is None:
        raise NotFound()
    facts = await contract_by_id(row["contract"])
    if not may_see_contract(visible_to, facts):
        raise NotFound()
    return {**row, "facts": facts}


async def payment_by_id(payment_id: UUID) -> Row:
    """A payment for a service. Raises NotFound."""
    row = await fetchrow(_PAYMENT + " WHERE pay.id = $1", payment_id)
    if row is None:
        raise NotFound()
    return dict(row)


async def payments_by_ids(payments: Collection[UUID]) -> list[Row]:
    """Payments for a service, in the order of their identities. Raises NotFound where one is none."""
    rows = await fetch(_PAYMENT + " WHERE pay.id = ANY($1::uuid[]) ORDER BY pay.id", list(payments))
    if len(rows) < len(set(payments)):
        raise NotFound()
    return [dict(r) for r in rows]


async def voucher_of(number: str) -> Row:
    """A voucher file by its number. Raises NotFound."""
    row = await fetchrow("SELECT * FROM voucher_file WHERE number = $1", number)
    if row is None:
        raise NotFound()
    return dict(row)


async def invoices_of_account(number: str) -> list[Row]:
    """Invoices that asked for payment to a whole account number, found by its keyed hash."""
    rows = await fetch(
        "SELECT i.id, 'invoice' AS subject, o.name, o.name_en, i.reference, o.id AS organisation, NULL::uuid AS person,"
        " '/invoices/' || i.reference AS url FROM invoice i JOIN contract c ON c.id = i.contract"
        " JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE i.bank_account_hash = $1 OR EXISTS (SELECT 1 FROM invoice_account n WHERE n.invoice = i.id"
        " AND n.bank_account_hash = $1) ORDER BY i.reference LIMIT 200",
        search_hash(number, "invoice.bank_account"),
    )
    return [dict(row) for row in rows]
