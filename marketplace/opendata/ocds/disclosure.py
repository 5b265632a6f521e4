"""What of bids the public record may tell once an award is announced. Pure.

The law wants the winner and the amount published and keeps the evaluation confidential (R-PUBL-01). Names and prices
that were read out at the opening of a tender are no part of the evaluation; whether the county publishes them after the
result, and which bids were not valid, is the county's to decide (R-PUBL-02), from the day on which it so decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from catalogue.plans.method_rows import MethodRow
from marketplace.kernel.rulebook import RuleNotInForce, number

OPENING_RECORD, REJECTIONS = "R-PUBL-02/opening_record", "R-PUBL-02/rejections"


@dataclass(frozen=True)
class Disclosure:
    """Whether who bid what, when, is told; and which bids were not valid."""

    opening_record: bool
    rejections: bool


def may_tell(method: MethodRow, announced_on: date) -> Disclosure:
    """What of the bids of a lot is told besides the winner, by the rules of the day its result was announced."""
    decided = decided_on(announced_on)
    # prices that nobody read out stay what only their bidder knows (R-PUBL-01)
    return Disclosure(method.reads_prices and decided.opening_record, decided.rejections)


def decided_on(day: date) -> Disclosure:
    """What the county publishes of results announced on a day."""
    return Disclosure(_is_on(OPENING_RECORD, day), _is_on(REJECTIONS, day))


def _is_on(key: str, day: date) -> bool:
    try:
        return number(key, day) > 0
    except RuleNotInForce:
        return False
