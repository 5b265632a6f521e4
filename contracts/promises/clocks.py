"""The payment promise clock: from which day it counts for whom, and what each late day costs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from catalogue.items.rules import LegalForm
from marketplace.kernel.deadlines import Deadline, compute
from marketplace.kernel.i18n import N_
from marketplace.kernel.money import to_fen
from marketplace.kernel.rulebook import holds, number

RULE_PAY, RULE_SMALL, RULE_NEVER_STOPS = "R-PAY-01", "R-PAY-02", "R-PAY-04"
HUNDRED = Decimal(100)
# how long before the last day a payment is called soon due; no law says it, a working week is the usual notice
SOON = timedelta(days=5)


class Payee(StrEnum):
    """What the payee declared itself to be, which decides its clock."""

    SMALL = "small"
    LARGE = "large"
    OTHER = "other"


PAYEE_LABELS: dict[Payee, str] = {
    Payee.SMALL: N_("中小微企业"),
    Payee.LARGE: N_("没有声明为中小微的企业"),
    Payee.OTHER: N_("社会组织和其他单位"),
}


@dataclass(frozen=True)
class ClockRule:
    """By which row a payee's last day is counted, whether from acceptance, and which row has its late interest."""

    period: str
    from_acceptance: bool
    interest: str | None


CLOCKS: dict[Payee, ClockRule] = {
    Payee.SMALL: ClockRule("R-PAY-02/usual", from_acceptance=True, interest="R-PAY-02/late_interest"),
    Payee.LARGE: ClockRule(RULE_PAY, from_acceptance=False, interest=None),
    Payee.OTHER: ClockRule(RULE_PAY, from_acceptance=False, interest="R-PAY-02/social_organisations"),
}


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

    @property
    def clause(self) -> str:
        """The row of the rulebook it is counted by."""
        return self.deadline.row.key


def payee_of(legal_form: str, is_small_micro: bool) -> Payee:
    """What the provider's file declares: enterprises are small or not, everything else is no enterprise."""
    if legal_form != LegalForm.ENTERPRISE:
        return Payee.OTHER
    return Payee.SMALL if is_small_micro else Payee.LARGE


def start_clock(payee: Payee, received_on: date, accepted: Accepted | None) -> StartedClock:
    """The last day to pay: from acceptance for small enterprises, else from receiving the invoice (R-PAY-01, R-PAY-02).

    An advance has no acceptance and counts from its invoice; so does what was accepted before the regulation.
    """
    rule = CLOCKS[payee]
    key, start = RULE_PAY, received_on
    if rule.from_acceptance and accepted and holds(rule.period, accepted.counts_from):
        key, start = rule.period, accepted.counts_from
    counted = compute(key, start)
    return StartedClock(payee, start, counted, max(counted.date, received_on))


def late_rate(payee: Payee, last_day: date) -> Decimal | None:
    """Percent a day for lateness by the row in force on the last day; None where no row gives one (R-PAY-02)."""
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
