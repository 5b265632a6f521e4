"""Which rows of the rulebook a listing is published under: by them its limits, dates and evaluation go. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from catalogue.listings import limits
from catalogue.listings.methods import MethodRow, method_row
from marketplace.kernel.rulebook import RuleNotInForce, RuleRow, row, rule

# the rows every draft is checked against, and those that bidding and evaluation read on the listing's day
ALWAYS = (
    limits.OPEN_TENDER_THRESHOLD, limits.PURCHASE_LIMIT, limits.TERM_USUAL, limits.TERM_MOST, limits.LEAST_OPENERS,
    limits.PAST_PERFORMANCE_MOST, limits.HOURS_PER_PERSON, "R-PERF-08/years", "R-BID-02/usual_validity",
    "R-TIME-22",
)  # fmt: skip
ABOVE_THE_LIMIT = (
    limits.RESERVED_UP_TO, limits.RESERVED_SHARE_LEAST,
    limits.DEDUCTION_LOW, limits.DEDUCTION_HIGH, "R-LOW-01/mean", "R-LOW-01/next_lowest",
    "R-LOW-01/ceiling", "R-DOC-05/bid_deposit", "R-DOC-05/performance_bond", "R-COUNT-01/extend_below",
)  # fmt: skip


def rules_used(method: str, timetable_keys: Iterable[str], on: date) -> list[RuleRow]:
    """The rows in force on the day of publication, each once, in the order of a reader's questions."""
    keys = [*_method_keys(method, on), *keys_of(method_row(method, on)), *ALWAYS]
    if not method_row(method, on).is_local:
        keys += ABOVE_THE_LIMIT
    # a date without a counted period names its method's clause, whose rows stand above already
    keys += [key for key in timetable_keys if "/" in key or any(each.part is None for each in rule(key).rows)]
    found = (_in_force(key, on) for key in dict.fromkeys(keys))
    return [each for each in found if each]


def keys_of(method: MethodRow) -> list[str]:
    """The rows that the method's own row names."""
    panel = [f"{method.panel}/members", f"{method.panel}/experts"] if method.panel else []
    panel += [method.panel_large, method.panel_large_from]
    keys = (method.price_low, method.price_high, method.least, method.people, *panel, method.publicity, *method.ties)
    return [key for key in keys if key]


def _method_keys(method: str, on: date) -> list[str]:
    """Every row of the method's own rule: what its data says today is what the listing keeps."""
    clause = method_row(method, on).clause
    return [each.key for each in rule(clause).rows if each.in_force(on)]


def _in_force(key: str, on: date) -> RuleRow | None:
    try:
        return row(key, on)
    except RuleNotInForce:
        return None
