"""What the method of a listing means for it: the row it goes by, and what follows from that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

# the rows stand below, because a plan asks them too; whoever has a listing asks for both here
from catalogue.plans.method_rows import (  # noqa: F401
    HERE,
    PLATFORM,
    RECORDED,
    SEALED,
    STANDING,
    MethodNotInForce,
    MethodRow,
    all_methods,
    codes_counted_together,
    codes_of_frameworks,
    codes_of_lowest_price,
    method_row,
    methods_on,
    newest_row,
    quoted,
    standing_row,
)
from marketplace.kernel.clock import county_day


def rules_day(listing: Mapping[str, Any]) -> date:
    """The day whose rules a listing stands under; a draft is read with those of the day it was drafted."""
    return listing["rules_on"] or county_day(listing["published_at"] or listing["drafted_at"])


def row_of(listing: Mapping[str, object]) -> MethodRow:
    """The row a listing goes by: that of the day it was published, the newest while it is a draft."""
    on = listing.get("rules_on")
    return method_row(str(listing["method"]), on) if isinstance(on, date) else newest_row(str(listing["method"]))


def takes_sealed_bids(listing: Mapping[str, object]) -> bool:
    """Whether bids are sealed and opened here; otherwise a result is recorded (R-METH-12, the provincial platform)."""
    return listing.get("venue", HERE) == HERE and row_of(listing).way == SEALED


def lowest_price_wins(listing: Mapping[str, object]) -> bool:
    """Whether sealed bids are placed by price alone, without a panel (R-METH-12)."""
    return takes_sealed_bids(listing) and row_of(listing).lowest_wins


def judged_without_panel(listing: Mapping[str, object]) -> bool:
    """Whether nobody scores: the county's own standing or the lowest price decides, both under the limit."""
    return listing["past_performance_form"] == "county_standing" or lowest_price_wins(listing)


def compares_statements(listing: Mapping[str, object]) -> bool:
    """Whether a bid states its price more than once, for the panel to compare (R-EVAL-08)."""
    return not (is_framework(listing) or judged_without_panel(listing) or listing["is_price_fixed"])


def takes_applications(listing: Mapping[str, object]) -> bool:
    """Whether providers may apply to join here at any time, as in an open framework (R-FRM-03)."""
    return listing.get("venue", HERE) == HERE and row_of(listing).way == STANDING


def records_result(listing: Mapping[str, object]) -> bool:
    """Whether a result found elsewhere or otherwise is recorded here with a second person's check."""
    return not takes_sealed_bids(listing) and not takes_applications(listing)


def is_framework(listing: Mapping[str, object]) -> bool:
    """Whether it looks for the providers of a framework, not for one contract (R-FRM-01)."""
    return bool(row_of(listing).framework)


def subjects_left_out(listing: Mapping[str, object]) -> frozenset[str]:
    """What a draft need not say: without sealed bids here there are neither factors to score nor keys to hold."""
    return frozenset() if takes_sealed_bids(listing) else frozenset({"criteria", "openers"})
