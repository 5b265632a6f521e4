"""The payment promise clock: from which day it counts for whom, and what each late day costs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts.agreements.payees import Payee
from marketplace.kernel.deadlines import Deadline, compute, compute_agreed
from marketplace.kernel.money import to_fen
from marketplace.kernel.rulebook import holds, number

RULE_PAY, RULE_SMALL, RULE_NEVER_STOPS = "R-PAY-01", "R-PAY-02", "R-PAY-04"
LONGEST = "R-PAY-02/longest"
HUNDRED, YEAR = Decimal(100), Decimal(360)
# how long before the last day a payment is called soon due; no law says it, a working week is the usual notice
SOON = timedelta(days=5)


@dataclass(frozen=True)
class ClockRule:
    """By which row a payee's last day is counted, whether from acceptance, and which row has its late interest."""

    period: str
    from_acceptance: bool
    interest: str | None


CLOCKS: dict[Payee, ClockRule] = {
    Payee.SMALL: ClockRule("R-PAY-02/usual", from_acceptance=True, interest="R-PAY-02/late_interest"),
    Payee.LARGE: ClockRule(RULE_PAY, from_acceptance=False, interest=None),
    # no enterprise: the courtesy of the same clock is the county's policy
    Payee.OTHER: ClockRule("R-PAY-02/social_period", from_acceptance=True, interest="R-PAY-02/social_organisations"),
}


@dataclass(frozen=True)
class Agreed:
    """What the contract says of paying, if anything: days from acceptance, late interest in percent a year."""

    days: int | None = None
    rate: Decimal | None = None


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
    """The clock of one invoice. `last_day` is never before the invoice came."""

    payee: Payee
    counts_from: date
    deadline: Deadline
    last_day: date
    agreed_days: int | None = None

    @property
    def clause(self) -> str:
        """The row of the rulebook it is counted by."""
        return self.deadline.row.key


def start_clock(
    payee: Payee, received_on: date, accepted: Accepted | None, agreed_days: int | None = None
) -> StartedClock:
    """The last day to pay: from acceptance for small enterprises, else from receiving the invoice (R-PAY-01, R-PAY-02).

    An advance has no acceptance and counts from its invoice; so does what was accepted before the regulation.
    """
    rule = CLOCKS[payee]
    key, start = RULE_PAY, received_on
    if rule.from_acceptance and accepted and holds(rule.period, accepted.counts_from):
        key, start = rule.period, accepted.counts_from
    days = allowed_days(payee, key, start, agreed_days)
    counted = count(key, start, days)
    return StartedClock(payee, start, counted, max(counted.date, received_on), days)


def allowed_days(payee: Payee, key: str, start: date, agreed_days: int | None) -> int | None:
    """The agreed days as far as they hold: more than the usual only for small enterprises, at most 60 (R-PAY-02).

    None where nothing was agreed. A shorter time holds for everybody.
    """
    if agreed_days is None:
        return None
    if payee is Payee.SMALL and key != RULE_PAY:
        return min(agreed_days, int(number(LONGEST, start)))
    return min(agreed_days, int(number(key, start)))


def count(key: str, start: date, days: int | None) -> Deadline:
    """The last day by a row of the rulebook, or by the days agreed under it."""
    return compute(key, start) if days is None else compute_agreed(key, start, days)


def late_rate(payee: Payee, last_day: date, agreed: Decimal | None = None) -> Decimal | None:
    """Percent a day for lateness: what the contract says, at least; else the row in force on the last day (R-PAY-02).

    `agreed` is percent a year of 360 days and holds for every payee. None where neither contract nor row gives one.
    """
    if agreed is not None:
        return agreed / YEAR
    key = CLOCKS[payee].interest
    if key is None or not holds(key, last_day):
        return None
    return number(key, last_day) or None


def interest_a_day(amount: Decimal, rate: Decimal) -> Decimal:
    """Yuan for each late day, to the fen; `rate` in percent a day."""
    return to_fen(amount * rate / HUNDRED)


def interest_owed(amount: Decimal, rate: Decimal, days_late: int) -> Decimal:
    """Yuan for all late days together, rounded once; `rate` in percent a day."""
    return to_fen(amount * rate / HUNDRED * max(days_late, 0))
