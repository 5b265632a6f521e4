"""The limits of law that a listing is checked against, read from the rulebook for one day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalogue.listings.methods import method_row
from marketplace.kernel.rulebook import number

OPEN_TENDER_THRESHOLD = "R-METH-04/open_tender"
PURCHASE_LIMIT = "R-METH-04/limit"
RESERVED_UP_TO = "R-PLAN-01/reserved_up_to"
RESERVED_SHARE_LEAST = "R-SME-03/share"
DEDUCTION_LOW = "R-SME-04/low"
DEDUCTION_HIGH = "R-SME-04/high"
CONSORTIUM_LOW = "R-SME-04/consortium_low"
CONSORTIUM_HIGH = "R-SME-04/consortium_high"
CONSORTIUM_SHARE = "R-SME-04/consortium_share"
TERM_USUAL = "R-GPS-08/usual"
TERM_MOST = "R-GPS-08/longest"
PAST_PERFORMANCE_MOST = "R-PERF-08/default_weight_max"
HOURS_PER_PERSON = "R-EVAL-12/hours_per_person"
LEAST_OPENERS = "R-OPEN-01/openers"


@dataclass(frozen=True)
class Limits:
    """The numbers in force on one day: yuan, percent points, months."""

    on: date
    open_tender_threshold: Decimal
    purchase_limit: Decimal
    reserved_up_to: Decimal
    deduction_low: Decimal
    deduction_high: Decimal
    consortium_low: Decimal
    consortium_high: Decimal
    term_usual_months: int
    term_most_months: int
    past_performance_most: Decimal

    def price_weight_range(self, method: str) -> tuple[Decimal, Decimal, str | None]:
        """The least and most price weight of a method when the price is not fixed, with its rule."""
        return method_row(method, self.on).price_weight_range(self.on)


def limits_on(day: date) -> Limits:
    """The limits in force on a day."""
    return Limits(
        on=day,
        open_tender_threshold=number(OPEN_TENDER_THRESHOLD, day),
        purchase_limit=number(PURCHASE_LIMIT, day),
        reserved_up_to=number(RESERVED_UP_TO, day),
        deduction_low=number(DEDUCTION_LOW, day),
        deduction_high=number(DEDUCTION_HIGH, day),
        consortium_low=number(CONSORTIUM_LOW, day),
        consortium_high=number(CONSORTIUM_HIGH, day),
        term_usual_months=12 * int(number(TERM_USUAL, day)),
        term_most_months=12 * int(number(TERM_MOST, day)),
        past_performance_most=number(PAST_PERFORMANCE_MOST, day),
    )
