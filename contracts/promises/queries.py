"""Promises to pay as finance, buyers, providers and the public read them; each page is one statement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.agreements.payees import Payee
from contracts.promises.clocks import SOON, interest_a_day, interest_owed, late_rate
from contracts.promises.sql import PAID_ON, PROMISES
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow

Row = dict[str, Any]


def with_interest(row: Row) -> Row:
    """The row with `state` (late, soon, open, paid, paid_late) and its late interest in yuan, a day and together."""
    rate = late_rate(Payee(row["payee"]), row["last_day"], row["agreed_rate"])
    late, base = row["days_late"], row["amount"] - row["credited_late"]
    state = ("paid_late" if late else "paid") if row["paid_on"] else "open"
    if state == "open":
        state = "late" if late else "soon" if row["days_left"] <= SOON.days else "open"
    return {
        **row, "state": state, "rate": rate, "base": base,
        "interest_a_day": interest_a_day(base, rate) if rate and late else Decimal(0),
        "interest": interest_owed(base, rate, late) if rate else Decimal(0),
    }  # fmt: skip


async def promise_of(invoice: UUID, today: date) -> Row | None:
    """The promise of one invoice; None for one that was sent back."""
    row = await fetchrow(PROMISES + " AND i.id = $2", today, invoice)
    return with_interest(dict(row)) if row else None


async def promises_of_contract(contract: UUID, today: date) -> dict[UUID, Row]:
    """The promises of a contract by their milestone; of several the unpaid one that is due first, else the last."""
    rows = await fetch(
        PROMISES + " AND i.contract = $2 ORDER BY pay.paid_at IS NULL,"
        " (i.due_on - date '2000-01-01') * CASE WHEN pay.paid_at IS NULL THEN -1 ELSE 1 END",
        today, contract,
    )  # fmt: skip
    return {row["milestone"]: with_interest(dict(row)) for row in rows}


def sees_all(actor: Actor) -> bool:
    """Finance and those who read everything see every office's payments, others their own."""
    return actor.may(Permission.APPROVE_PAYMENT) or actor.may(Permission.READ_EVERYTHING)


async def due_payments(actor: Actor, today: date, state: str = "", words: str = "") -> list[Row]:
    """Unpaid promises that are late or soon due, the longest late first; `state`: late, soon, open for all."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = await fetch(
        f"SELECT * FROM ({PROMISES}) x WHERE x.paid_on IS NULL AND ($2::uuid IS NULL OR x.buyer = $2"
        " OR x.provider_organisation = $2)"
        " AND CASE $3 WHEN 'late' THEN x.days_left < 0 WHEN 'soon' THEN x.days_left BETWEEN 0 AND $4"
        " WHEN 'open' THEN true ELSE x.days_left <= $4 END"
        " AND ($5 = '' OR x.buyer_name ILIKE $5 OR x.provider_name ILIKE $5 OR x.contract_title ILIKE $5"
        " OR x.reference ILIKE $5) ORDER BY x.last_day, x.reference",
        today, None if sees_all(actor) else actor.organisation_id, state, SOON.days, f"%{escaped}%" if words else "",
    )  # fmt: skip
    return [with_interest(dict(r)) for r in rows]


async def record_by_buyer(today: date) -> list[Row]:
    """For each year and buyer: payments, their median and average days from invoice to money, percent in time.

    The line of a whole year has no buyer name.
    """
    rows = await fetch(
        "SELECT extract(year FROM x.paid_on)::int AS year, x.buyer_name, x.buyer_name_en, count(*) AS payments,"
        " percentile_cont(0.5) WITHIN GROUP (ORDER BY x.paid_on - x.received_on) AS median_days,"
        " round(avg(x.paid_on - x.received_on), 1) AS average_days,"
        " round(100.0 * count(*) FILTER (WHERE x.days_late = 0) / count(*), 1) AS in_time"
        f" FROM ({PROMISES}) x WHERE x.paid_on IS NOT NULL"
        " GROUP BY GROUPING SETS ((1, 2, 3), (1)) ORDER BY 1 DESC, x.buyer_name NULLS FIRST",
        today,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def arrears_of(year_end: date) -> list[Row]:
    """What was overdue and unpaid at the end of a year: by buyer and payee number, yuan, average days late.

    To be published by 31 March of the next year (R-PAY-04). Without a buyer: the county together.
    """
    unpaid = f"(pay.paid_at IS NULL OR {PAID_ON} > $1::date)"
    rows = await fetch(
        "SELECT x.buyer_name, x.buyer_name_en, x.payee, count(*) AS number,"
        " count(DISTINCT x.contract) AS contracts, sum(x.amount) AS amount,"
        " round(avg($1::date - x.last_day), 1) AS average_days"
        f" FROM ({PROMISES} AND {unpaid}) x WHERE x.last_day < $1::date AND x.received_on <= $1::date"
        " GROUP BY GROUPING SETS ((1, 2, 3), ()) ORDER BY x.buyer_name NULLS FIRST, x.payee",
        year_end,
    )  # fmt: skip
    return [dict(r) for r in rows if r["number"]]
