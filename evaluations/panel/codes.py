"""Judging without names, where the listing says so: a code stands for each bidder until all members have locked."""

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


def coded(bids: Sequence[Row], of: Sequence[Row] | None = None) -> list[Row]:
    """Bids under codes, in an order that says nothing of their names; a name in the plan is covered. Pure.

    `of`: all bids of the listing, where `bids` are only some of them: a bid keeps its code on every page.
    """
    order = sorted(of or bids, key=_place)
    codes = {bid["id"]: number for number, bid in enumerate(order, 1)}
    return [_under(codes[bid["id"]], bid) for bid in sorted(bids, key=_place)]


def _place(bid: Row) -> tuple[int, bytes]:
    return bid["lot_number"], hashlib.sha256(str(bid["id"]).encode()).digest()


def _under(number: int, bid: Row) -> Row:
    code = f"供应商{number}"
    hidden = {**bid, "provider_name": code, "provider_name_en": f"Bidder {number}"}
    if "technical_text" in bid:
        hidden["technical_text"] = bid["technical_text"].replace(bid["provider_name"], code)
    return hidden
