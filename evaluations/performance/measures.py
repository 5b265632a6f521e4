"""What was delivered, counted for an indicator: from payments, orders, visits, acceptance and the roster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetchrow
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.money import to_fen

HUNDRED = Decimal(100)
HOURS_UNIT = "服务小时"
Measure = Callable[[UUID, date, date], Awaitable[Decimal]]


def percent(part: int | Decimal, whole: int | Decimal, empty: Decimal) -> Decimal:
    """A share in percent to two places; `empty` where there is nothing to count."""
    return empty if not whole else to_fen(Decimal(part) * HUNDRED / Decimal(whole))


async def execution_rate(contract: UUID, period_from: date, period_to: date) -> Decimal:
    """Percent of the money due in the period that was paid; 100 when nothing was due."""
    row = await _one(
        "SELECT coalesce(sum(amount), 0) AS due, coalesce(sum(amount) FILTER (WHERE status = 'paid'), 0) AS paid"
        " FROM contract_milestone WHERE contract = $1 AND due_on BETWEEN $2 AND $3 AND status <> 'cancelled'",
        contract, period_from, period_to,
    )  # fmt: skip
    return percent(row["paid"], row["due"], HUNDRED)


async def approval_rate(contract: UUID, period_from: date, period_to: date) -> Decimal:
    """Percent of the minutes recorded in the period that the buyer approved; 0 when nothing was recorded."""
    row = await _one(
        "SELECT coalesce(sum(minutes), 0) AS recorded,"
        " coalesce(sum(minutes) FILTER (WHERE status = 'approved'), 0) AS approved"
        " FROM visit WHERE contract = $1 AND day BETWEEN $2 AND $3 AND status <> 'replaced'",
        contract, period_from, period_to,
    )  # fmt: skip
    return percent(row["approved"], row["recorded"], Decimal(0))


async def timeliness(contract: UUID, period_from: date, period_to: date) -> Decimal:
    """Percent of the orders due in the period that were done by their day; 100 when none was due."""
    row = await _one(
        "SELECT count(*) AS due,"
        " count(*) FILTER (WHERE (done_at AT TIME ZONE 'Asia/Shanghai')::date <= due_on) AS kept FROM service_order"
        " WHERE contract = $1 AND due_on BETWEEN $2 AND $3 AND status NOT IN ('cancelled', 'declined')",
        contract, period_from, period_to,
    )  # fmt: skip
    return percent(row["kept"], row["due"], HUNDRED)


async def coverage(contract: UUID, period_from: date, period_to: date) -> Decimal:
    """Percent of the residents with an order due in the period who were visited or served; 100 when none was due."""
    row = await _one(
        "SELECT count(DISTINCT o.recipient_code) AS due, count(DISTINCT o.recipient_code) FILTER (WHERE o.status"
        " IN ('done', 'closed') OR EXISTS (SELECT 1 FROM visit v WHERE v.contract = o.contract AND NOT v.is_void"
        " AND v.recipient_code = o.recipient_code AND v.status <> 'replaced' AND v.day BETWEEN $2 AND $3)) AS served"
        " FROM service_order o WHERE o.contract = $1 AND o.due_on BETWEEN $2 AND $3"
        " AND o.status NOT IN ('cancelled', 'declined')",
        contract, period_from, period_to,
    )  # fmt: skip
    return percent(row["served"], row["due"], HUNDRED)


async def hours_kept(contract: UUID, period_from: date, period_to: date) -> Decimal:
    """Percent of the hours promised for the period that were served and approved; a promise lies evenly on its days."""
    row = await _one(
        "SELECT c.service_from, c.service_to, c.annual_hours, l.unit, coalesce(c.quantity, l.quantity) AS quantity,"
        " (SELECT coalesce(sum(minutes), 0) FROM visit v WHERE v.contract = c.id AND v.day BETWEEN $2 AND $3"
        " AND v.status = 'approved') AS minutes FROM contract c JOIN listing_lot l ON l.id = c.lot WHERE c.id = $1",
        contract, period_from, period_to,
    )  # fmt: skip
    promised = promised_hours(row, period_from, period_to)
    return percent(Decimal(row["minutes"]) / 60, promised, HUNDRED)


def promised_hours(contract: Mapping[str, Any], period_from: date, period_to: date) -> Decimal:
    """Hours promised for some days of a contract. Raises DomainError where it is not counted in hours."""
    days = Decimal((period_to - period_from).days + 1)
    if contract["annual_hours"]:
        return Decimal(contract["annual_hours"]) * days / 365
    if HOURS_UNIT not in contract["unit"] and contract["unit"] not in ("小时", "时"):
        raise DomainError(N_("这份合同没有约定服务时数，不能按时数评。请把这项指标改成别的算法。"))
    whole = Decimal((contract["service_to"] - contract["service_from"]).days + 1)
    return Decimal(contract["quantity"]) * days / whole


async def corrections(contract: UUID, period_from: date, period_to: date) -> Decimal:
    """Percent of the visits of the period that were sent back or corrected; 0 when there was none."""
    row = await _one(
        "SELECT count(DISTINCT chain) AS visits, count(DISTINCT chain) FILTER (WHERE corrects IS NOT NULL"
        " OR status = 'returned') AS mended FROM visit WHERE contract = $1 AND day BETWEEN $2 AND $3",
        contract, period_from, period_to,
    )  # fmt: skip
    return percent(row["mended"], row["visits"], Decimal(0))


async def complaints(contract: UUID, period_from: date, period_to: date) -> Decimal:
    """How often a recipient asked for an acceptance was not satisfied, or an order closed without its need met."""
    row = await _one(
        "SELECT (SELECT count(*) FROM recipient_opinion o JOIN opinion_sample s ON s.id = o.sample"
        " JOIN contract_milestone m ON m.id = s.milestone WHERE m.contract = $1 AND m.due_on BETWEEN $2 AND $3"
        " AND o.answer = 'not_satisfied') + (SELECT count(*) FROM service_order WHERE contract = $1"
        " AND due_on BETWEEN $2 AND $3 AND outcome = 'not_met') AS times",
        contract, period_from, period_to,
    )  # fmt: skip
    return Decimal(row["times"])


async def turnover(contract: UUID, period_from: date, period_to: date) -> Decimal:
    """Percent of those who served in the period whose employment ended in it; 0 when nobody served."""
    row = await _one(
        "SELECT count(*) AS served, count(*) FILTER (WHERE w.employed_to BETWEEN $2 AND $3) AS gone FROM worker w"
        " WHERE EXISTS (SELECT 1 FROM visit v WHERE v.contract = $1 AND v.worker = w.id AND v.day BETWEEN $2 AND $3"
        " AND v.status <> 'replaced')",
        contract, period_from, period_to,
    )  # fmt: skip
    return percent(row["gone"], row["served"], Decimal(0))


async def _one(sql: str, *args: object) -> Mapping[str, Any]:
    row = await fetchrow(sql, *args)
    assert row is not None
    return row


MEASURE_OF: dict[str, Measure] = {
    "execution_rate": execution_rate,
    "approval_rate": approval_rate,
    "timeliness": timeliness,
    "coverage": coverage,
    "hours_kept": hours_kept,
    "corrections": corrections,
    "complaints": complaints,
    "turnover": turnover,
}


async def measure(name: str, evaluation: Mapping[str, Any]) -> Decimal:
    """The value of a delivery indicator for the days that are evaluated."""
    return await MEASURE_OF[name](evaluation["contract"], evaluation["period_from"], evaluation["period_to"])
