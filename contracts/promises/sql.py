"""The promise of every invoice in one statement: its last day with the days it rested, and how late it is.

Days are county days. $1 is today's day. A day on which the procurement is held, or on which a sent-back invoice waited
for a right one, does not count (R-PAY-04: only what is disputed may wait). The last day moves by exactly those days.
"""

from __future__ import annotations

from contracts.agreements.names import TITLE_EN


def day_of(column: str) -> str:
    """The county day of a moment, in SQL."""
    return f"({column} AT TIME ZONE 'Asia/Shanghai')::date"


# each rest as days from its first (in) to its end (out); open ones go on
STOPS = f"""
SELECT h.ground AS ground, h.subject AS reason, daterange({day_of("h.begun_at")},
         CASE WHEN h.ended_at IS NULL AND h.until IS NULL THEN NULL
              ELSE greatest({day_of("h.begun_at")}, least({day_of("h.ended_at")}, h.until + 1)) END) AS days
FROM procurement_hold h WHERE h.listing = c.listing
UNION ALL
SELECT 'sent_back', r.return_reason, daterange({day_of("r.returned_at")},
         (SELECT {day_of("min(n.received_at)")} FROM invoice n
          WHERE n.acceptance = r.acceptance AND n.received_at >= r.returned_at))
FROM invoice r WHERE r.acceptance = i.acceptance AND r.status = 'returned'
"""
# only what falls after the clock began, before the money left, and began while the day was not yet past
CLIPPED = f"""
SELECT s.ground, s.reason, s.days * daterange(k.counts_from + 1,
         greatest(k.counts_from, least({day_of("pay.paid_at")}, $1::date)) + 1) AS days
FROM ({STOPS}) s WHERE lower(s.days) <= i.due_on
"""
PROMISES = f"""
SELECT i.id, i.reference, i.number, i.amount, i.status, i.is_provisional, i.received_at, i.advance IS NOT NULL
         AS is_advance, {day_of("i.received_at")} AS received_on, k.payee, k.counts_from, k.clause,
       rest.days AS stopped_days, i.due_on + rest.days AS last_day, {day_of("pay.paid_at")} AS paid_on,
       greatest(coalesce({day_of("pay.paid_at")}, $1::date) - (i.due_on + rest.days), 0) AS days_late,
       i.due_on + rest.days - $1::date AS days_left, pay.reference AS payment_reference,
       c.id AS contract, c.reference AS contract_reference, c.title AS contract_title, {TITLE_EN} AS contract_title_en,
       c.buyer, b.name AS buyer_name, b.name_en AS buyer_name_en, p.organisation AS provider_organisation,
       po.name AS provider_name, po.name_en AS provider_name_en, m.id AS milestone, m.position,
       m.title AS milestone_title, why.reason AS delay_reason, why.given_at AS delay_given_at, why.given_by_name
FROM invoice i JOIN payment_clock k ON k.invoice = i.id JOIN contract c ON c.id = i.contract
JOIN listing l ON l.id = c.listing JOIN organisation b ON b.id = c.buyer JOIN provider p ON p.id = c.provider
JOIN organisation po ON po.id = p.organisation LEFT JOIN acceptance a ON a.id = i.acceptance
JOIN contract_milestone m ON m.id = coalesce(a.milestone, i.advance) LEFT JOIN payment pay ON pay.invoice = i.id
LEFT JOIN LATERAL (SELECT d.reason, d.given_at, g.name AS given_by_name FROM delay_reason d
  JOIN person g ON g.id = d.given_by WHERE d.invoice = i.id ORDER BY d.given_at DESC LIMIT 1) why ON true
CROSS JOIN LATERAL (SELECT coalesce(sum(upper(part) - lower(part)), 0)::int AS days
  FROM (SELECT unnest(range_agg(clipped.days)) AS part FROM ({CLIPPED}) clipped) parts) rest
WHERE i.status <> 'returned'
"""
