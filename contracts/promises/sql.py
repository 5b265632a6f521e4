"""The promise of every invoice in one statement: its last day, how late it is, and where the paper lies now.

Days are county days. $1 is today's day. Nothing stops the clock (R-PAY-04).
"""

from __future__ import annotations

from contracts.agreements.names import TITLE_EN
from contracts.promises.chain_sql import CHAIN


def day_of(column: str) -> str:
    """The county day of a moment, in SQL."""
    return f"({column} AT TIME ZONE 'Asia/Shanghai')::date"


# the treasury's own day where its result file says one, else the day on which finance entered it
PAID_ON = f"coalesce(pay.paid_on, {day_of('pay.paid_at')})"

PROMISES = f"""
SELECT i.id, i.reference, i.number, i.payable AS amount, i.status, i.is_provisional, i.received_at,
       i.advance IS NOT NULL AS is_advance, {day_of("i.received_at")} AS received_on, k.payee, k.counts_from, k.clause,
       k.agreed_days, c.late_rate AS agreed_rate, i.due_on AS last_day, {PAID_ON} AS paid_on,
       greatest(coalesce({PAID_ON}, $1::date) - i.due_on, 0) AS days_late,
       i.due_on - $1::date AS days_left, pay.reference AS payment_reference, pay.status AS payment_status,
       -- what was credited after the payment was never owed, so nothing is owed for its lateness
       coalesce((SELECT sum(k2.amount) FROM late_credit k2 WHERE k2.invoice = i.id), 0) AS credited_late,
       pay.approved_at, pay.sent_at, vf.made_at, vf.released_at, {CHAIN},
       c.id AS contract, c.reference AS contract_reference, c.title AS contract_title, {TITLE_EN} AS contract_title_en,
       c.buyer, b.name AS buyer_name, b.name_en AS buyer_name_en, p.organisation AS provider_organisation,
       po.name AS provider_name, po.name_en AS provider_name_en, m.id AS milestone, m.position,
       m.title AS milestone_title, why.reason AS delay_reason, why.given_at AS delay_given_at, why.given_by_name
FROM invoice i JOIN payment_clock k ON k.invoice = i.id JOIN contract c ON c.id = i.contract
JOIN listing l ON l.id = c.listing JOIN organisation b ON b.id = c.buyer JOIN provider p ON p.id = c.provider
JOIN organisation po ON po.id = p.organisation LEFT JOIN acceptance a ON a.id = i.acceptance
JOIN contract_milestone m ON m.id = coalesce(a.milestone, i.advance) LEFT JOIN payment pay
  ON pay.invoice = i.id AND pay.part = 'principal'
LEFT JOIN voucher_file vf ON vf.id = pay.voucher_file
LEFT JOIN LATERAL (SELECT d.reason, d.given_at, g.name AS given_by_name FROM delay_reason d
  JOIN person g ON g.id = d.given_by WHERE d.invoice = i.id ORDER BY d.given_at DESC LIMIT 1) why ON true
WHERE i.status <> 'returned'
"""
