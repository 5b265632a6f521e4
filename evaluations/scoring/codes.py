"""Score sheets without names, where the listing says so: a code stands for each bidder until all have locked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from catalogue.listings.content import rules_day
from catalogue.listings.drafting_queries import terms_of
from catalogue.listings.terms import may_hide_names

Row = dict[str, Any]


async def hides_names(listing: Row) -> bool:
    """Whether the listing printed it and its method allows it."""
    terms = await terms_of(listing["id"])
    return terms is not None and terms.hides_names and may_hide_names(listing["method"], rules_day(listing))


def coded(bids: Sequence[Row]) -> list[Row]:
    """The bids under codes, in an order that says nothing of their names; a name in the plan is covered. Pure."""
    order = sorted(bids, key=lambda bid: (bid["lot_number"], hashlib.sha256(str(bid["id"]).encode()).digest()))
    found = []
    for number, bid in enumerate(order, 1):
        code = f"供应商{number}"
        plan = bid["technical_text"].replace(bid["provider_name"], code)
        found.append(
            {**bid, "provider_name": code, "provider_name_en": f"Bidder {number}", "technical_text": plan}
        )  # fmt: skip
    return found
