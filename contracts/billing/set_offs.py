"""What a payment is less by, because its contract paid too much before; and that money in the ledger."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from contracts.billing import queries
from contracts.billing.late_credit_rules import Owed, Way, fitting, total
from marketplace.kernel.db import execute, fetch
from marketplace.kernel.ledger.services import Posting, Source, post


async def set_off(contract: UUID, payment: UUID, payable: Decimal) -> Decimal:
    """Let a payment be less by what waits to be set off in its contract; gives by how much (yuan).

    Inside the approval of the payment.
    """
    rows = await queries.late_credits_open(contract)
    taken = fitting([Owed(r["id"], r["amount"]) for r in rows if r["way"] == Way.SET_OFF], payable)
    for each in taken:
        await execute("UPDATE late_credit SET set_off_payment = $2 WHERE id = $1", each.id, payment)
    return total(taken)


async def settle_set_offs(payment: UUID, line: UUID, now: datetime) -> None:
    """The treasury has paid what was left: what was set off counts as come back. Inside that act, once."""
    rows = await fetch("SELECT id, amount FROM late_credit WHERE set_off_payment = $1 ORDER BY received_at", payment)
    for row in rows:
        await give_back(line, row["id"], row["amount"], now)


async def give_back(line: UUID, note: UUID, amount: Decimal, now: datetime) -> None:
    """What was paid is paid no more and free again on its budget line."""
    source = Source("late_credit", str(note))
    await post(line, Posting.UNPAY, amount, source, now)
    await post(line, Posting.UNCOMMIT, amount, source, now)
