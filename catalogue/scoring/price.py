"""What a price is worth: policy deduction, price score, and the signs of an abnormally low price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction

from marketplace.kernel import rulebook

LOW_AGAINST_MEAN = "R-LOW-01/mean"
LOW_AGAINST_NEXT = "R-LOW-01/next_lowest"
LOW_AGAINST_CEILING = "R-LOW-01/ceiling"
LOW_AT_MOST = "R-LOW-02"

# Wide enough that twelve-digit money times an eight-place percentage stays exact.
EXACT = Context(prec=80)


@dataclass(frozen=True)
class LowPriceLimits:
    """Percentages below which (strictly) a price is looked at: of the mean, of the next-lowest, of the ceiling."""

    mean: Decimal
    next_lowest: Decimal
    ceiling: Decimal


def low_price_limits(on: date) -> LowPriceLimits | None:
    """The statutory percentages on a day; None before the rule began (R-LOW-06)."""
    try:
        return LowPriceLimits(
            mean=rulebook.number(LOW_AGAINST_MEAN, on=on),
            next_lowest=rulebook.number(LOW_AGAINST_NEXT, on=on),
            ceiling=rulebook.number(LOW_AGAINST_CEILING, on=on),
        )
    except rulebook.RuleNotInForce:
        return None


def highest_low_price_limit(on: date) -> Decimal:
    """The percentage up to which a purchaser may raise the limits (R-LOW-02)."""
    return rulebook.number(LOW_AT_MOST, on=on)


def evaluated_price(price: Decimal, deduction_percent: Decimal) -> Decimal:
    """The price after the small and micro enterprise deduction, in yuan, exact and unrounded (87 Art 55, last para)."""
    if not deduction_percent:
        return price
    kept = EXACT.subtract(Decimal(100), deduction_percent)
    return EXACT.divide(EXACT.multiply(price, kept), Decimal(100))


def price_score(base: Decimal, evaluated: Decimal, weight: Decimal, places: int) -> Decimal:
    """Base price / evaluated price x weight, rounded half up once, from the exact quotient (87 Art 55; 214 Art 24).

    A weight of 0 (fixed price) scores 0 for everyone.
    """
    if not weight:
        return Decimal(0).scaleb(-places)
    return round_half_up(Fraction(base) * Fraction(weight) / Fraction(evaluated), places)


def round_half_up(amount: Fraction, places: int) -> Decimal:
    """An exact non-negative fraction as a decimal with the declared places."""
    # Dividing as Decimal first would round twice, and 0.00499999… could become 0.01.
    # In whole numbers: a lot of 200 bids rounds 6,000 averages, and each step between fractions looks for a divisor.
    numerator, denominator = amount.as_integer_ratio()
    units = (2 * numerator * 10**places + denominator) // (2 * denominator)
    return Decimal(units).scaleb(-places, context=EXACT)


def low_price_findings(
    price: Decimal, valid_prices: Sequence[Decimal], ceiling: Decimal | None, limits: LowPriceLimits | None
) -> tuple[str, ...]:
    """Which parts of R-LOW-01 a quoted price falls under; `valid_prices` are the quoted prices of all valid bids.

    Strictly below only, and quoted prices, never deducted ones (R-LOW-03). A finding starts a review, it
    excludes nobody. `ceiling` is the ceiling price, or the budget where none is set.
    """
    if limits is None:
        return ()
    findings = []
    exact = Fraction(price)
    if exact < Fraction(limits.mean) / 100 * sum(map(Fraction, valid_prices)) / len(valid_prices):
        findings.append(LOW_AGAINST_MEAN)
    # Only the lowest price can lie below half of the next-lowest; two equal lowest prices are each other's next.
    if len(valid_prices) > 1 and exact < Fraction(limits.next_lowest) / 100 * Fraction(sorted(valid_prices)[1]):
        findings.append(LOW_AGAINST_NEXT)
    if ceiling is not None and exact < Fraction(limits.ceiling) / 100 * Fraction(ceiling):
        findings.append(LOW_AGAINST_CEILING)
    return tuple(findings)
