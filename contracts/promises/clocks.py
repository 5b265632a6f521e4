"""The payment promise clock: from which day it counts for whom, and what each late day costs. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from contracts.agreements.payees import Payee
from contracts.agreements.paying_terms import RULE_PAY, allowed_days, period_of, rate_by_law
from marketplace.kernel.deadlines import Deadline, compute, compute_agreed
from marketplace.kernel.money import to_fen

RULE_SMALL, RULE_NEVER_STOPS = "R-PAY-02", "R-PAY-04"
HUNDRED, YEAR = Decimal(100), Decimal(360)
# how long before the last day a payment is called soon due; no law says it, a working week is the usual notice
SOON = timedelta(days=5)


@dataclass(frozen=True)
class Accepted:
    """The day of the certificate, and the day by which the buyer had to decide where the provider had asked."""

    on: date
    decide_by: date | None = None

    @property
    def counts_from(self) -> date:
        """Dragged acceptance counts from the end of the time to accept (R-PAY-02)."""
        return min(self.on, self.decide_by) if self.decide_by else self.on


@dataclass(frozen=True)
class StartedClock:
    """The clock of one invoice; its last day is never before the invoice came, or the returned one it replaces."""

    payee: Payee
    counts_from: date
    deadline: Deadline
    came_on: date
    agreed_days: int | None = None

    @property
    def last_day(self) -> date:
        """The last day to pay."""
        return not_before(self.deadline, self.came_on).date

    @property
    def clause(self) -> str:
        """The row of the rulebook it is counted by."""
        return self.deadline.row.key


def start_clock(
    payee: Payee,
    received_on: date,
    accepted: Accepted | None,
    agreed_days: int | None = None,
    first_received_on: date | None = None,
) -> StartedClock:
    """The last day to pay: from acceptance for small enterprises, else from receiving the invoice (R-PAY-01, R-PAY-02).

    An advance has no acceptance and counts from its invoice, by the law's days; so does what was accepted before the
    regulation. `first_received_on`: of an invoice in place of one that was returned, the day the first one came.
    """
    key, start = RULE_PAY, received_on
    if accepted:
        row, from_acceptance = period_of(payee, accepted.counts_from)
        if from_acceptance:
            key, start = row, accepted.counts_from
    days = allowed_days(payee, key, start, agreed_days) if accepted else None
    came_on = first_received_on or received_on
    return StartedClock(payee, start, count(key, start, days), came_on, days)


def not_before(counted: Deadline, came_on: date) -> Deadline:
    """Nothing is late before its invoice came."""
    return counted if counted.date >= came_on else replace(counted, date=came_on)


def count(key: str, start: date, days: int | None) -> Deadline:
    """The last day by a row of the rulebook, or by the days agreed under it."""
    return compute(key, start) if days is None else compute_agreed(key, start, days)


def late_rate(payee: Payee, last_day: date, agreed: Decimal | None = None) -> Decimal | None:
    """Percent a day for lateness: what the contract says, at least; else the row in force on the last day (R-PAY-02).

    `agreed` is percent a year of 360 days and holds for every payee. None where neither contract nor row gives one.
    """
    if agreed is not None:
        return agreed / YEAR
    return rate_by_law(payee, last_day)


def interest_a_day(amount: Decimal, rate: Decimal) -> Decimal:
    """Yuan for each late day, to the fen; `rate` in percent a day."""
    return to_fen(amount * rate / HUNDRED)


def interest_owed(amount: Decimal, rate: Decimal, days_late: int) -> Decimal:
    """Yuan for all late days together, rounded once; `rate` in percent a day."""
    return to_fen(amount * rate / HUNDRED * max(days_late, 0))
