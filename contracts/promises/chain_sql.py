"""What decides about the buyer's chain of an invoice `i` of contract `c`, in SQL (R-PAY-05)."""

from __future__ import annotations

from marketplace.accounts.permissions import ROLE_PERMISSIONS, Permission

# roles that may agree to a payment for their office
DECIDERS = ", ".join(f"'{role.value}'" for role, held in ROLE_PERMISSIONS.items() if Permission.ACCEPT_WORK in held)

CHAIN = f"""
       ARRAY(SELECT s.step FROM payment_step s WHERE s.invoice = i.id ORDER BY s.taken_at) AS steps_done,
       ARRAY(SELECT s.person FROM payment_step s WHERE s.invoice = i.id) AS people_done,
       -- of all that was accepted, and of everything that stands for the same work, also what is disputed or was found
       -- to be owed: a limit is not got round by several invoices
       greatest(a.amount, (SELECT sum(j.payable + coalesce((SELECT sum(q.amount) FROM payment_dispute q
          WHERE q.invoice = j.id AND q.status = 'open'), 0)
          + coalesce((SELECT w.amount FROM handover_wait w WHERE w.invoice = j.id
            AND w.released_on IS NULL), 0)) FROM invoice j WHERE j.status <> 'returned'
          AND (j.acceptance = i.acceptance OR j.advance = i.advance))) AS chain_amount,
       (SELECT count(DISTINCT f.person) FROM membership f JOIN person fp ON fp.id = f.person AND fp.is_active
          WHERE f.organisation = c.buyer AND f.role IN ({DECIDERS}) AND f.person IS DISTINCT FROM a.accepted_by
          AND NOT EXISTS (SELECT 1 FROM payment_step t WHERE t.invoice = i.id AND t.person = f.person)) AS free_people
"""
