"""What the pages of a framework show, asked for once a page."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.frameworks.queries import framework_of
from catalogue.listings.frameworks.rules import BASIS_LABELS, WAY_LABELS
from contracts.frameworks import queries
from contracts.frameworks.call_offs import turn_of
from contracts.frameworks.clocks import clock_of_order, clock_of_summary, clocks_of_place
from contracts.frameworks.mini_bids import mini_bids_of
from contracts.frameworks.ratings import ratings_by_place, ratings_of
from contracts.frameworks.rules import CALL_OFF_LABELS, END_GROUNDS, PLACE_LABELS, TOP_UP, may_top_up
from contracts.frameworks.top_ups import top_ups_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
HOLDING = ("admitted", "agreed")


async def framework_context(framework: Row, actor: Actor | None, now: datetime) -> dict[str, Any]:
    """The public page: providers with prices and clocks, orders, whose turn it is, and what the reader may do."""
    today = county_day(now)
    places, orders, users, terms = await together(
        queries.places_of(framework["id"]), queries.call_offs_of(framework["id"]),
        queries.users_of(framework["listing"]), framework_of(framework["listing"]),
    )  # fmt: skip
    signatures, turns, ratings, rated, mini_bids, top_ups = await together(
        queries.signatures_of([place["id"] for place in places]), _turns(framework, places),
        ratings_by_place(framework["id"]), ratings_of(framework["id"]), mini_bids_of(framework["id"], actor),
        top_ups_of(framework["id"]),
    )  # fmt: skip
    for place in places:
        place["clocks"] = clocks_of_place(place)
        place["sides"] = {s["side"] for s in signatures[place["id"]]}
        place["acts"] = place_acts(framework, place, actor)
    return {
        "framework": framework, "places": places, "users": users, "today": today,
        "orders": [{**order, "clock": clock_of_order(order)} for order in orders],
        "summary": clock_of_summary(framework), "terms": terms,
        "turns": turns, "ways": WAY_LABELS, "bases": BASIS_LABELS,
        "place_labels": PLACE_LABELS, "call_off_labels": CALL_OFF_LABELS, "grounds": END_GROUNDS,
        "is_running": framework["starts_on"] <= today <= framework["ends_on"],
        "may_order": may_order(actor, users) and any(place["status"] == "agreed" for place in places),
        "ratings": ratings, "rated": rated, "mini_bids": mini_bids, "may_rate": may_rate(actor, users),
        "top_ups": top_ups, **top_up(places, framework),
        "runs": actor is not None and actor.organisation_id == framework["procuring_unit"]
        and actor.may(Permission.DRAFT_LISTING),
    }  # fmt: skip


def may_order(actor: Actor | None, users: list[Row]) -> bool:
    """Whether this reader's office may order."""
    return actor is not None and actor.may(Permission.CALL_OFF) and actor.organisation_id in {u["id"] for u in users}


def may_rate(actor: Actor | None, users: list[Row]) -> bool:
    """Whether this reader's office may rate orders and enter recipients' choices."""
    return actor is not None and actor.may(Permission.RATE_ORDER) and actor.organisation_id in {u["id"] for u in users}


def place_acts(framework: Row, place: Row, actor: Actor | None) -> set[str]:
    """What this reader may do with a place now."""
    if actor is None or place["status"] not in HOLDING:
        return set()
    runs = actor.organisation_id == framework["procuring_unit"]
    found = set()
    signs_for_unit = runs and actor.may(Permission.SIGN_FOR_BUYER) and "buyer" not in place["sides"]
    signs_for_provider = actor.organisation_id == place["organisation"] and actor.may(Permission.SIGN_FOR_PROVIDER)
    if place["status"] == "admitted" and (signs_for_unit or (signs_for_provider and "provider" not in place["sides"])):
        found.add("sign")
    if runs and actor.may(Permission.SIGN_FOR_BUYER) and place["signed_at"] and not place["filed_at"] and framework["kind"] == "closed":  # noqa: E501
        found.add("file")
    if runs and actor.may(Permission.DETERMINE_AWARD):
        found.add("remove")
    unsigned = place["status"] == "admitted" and framework["kind"] == "closed" and "provider" not in place["sides"]
    if unsigned and (signs_for_provider or (runs and actor.may(Permission.DETERMINE_AWARD))):
        found.add("refuse")
    if framework["kind"] == "open" and actor.organisation_id == place["organisation"] and actor.may(Permission.BID):
        found.add("leave")
    return found


async def _turns(framework: Row, places: list[Row]) -> dict[UUID, UUID]:
    """Whose turn it is, lot by lot, where orders go round."""
    if framework["way"] != "rotation":
        return {}
    found = {}
    for lot in {place["lot"] for place in places}:
        turn = await turn_of(framework["id"], lot)
        if turn:
            found[lot] = turn.place
    return found


def top_up(places: list[Row], framework: Row) -> dict[str, Any]:
    """How many are left of how many, and whether providers may be sought again (R-FRM-07)."""
    all_in = {place["provider"] for place in places}
    left = {place["provider"] for place in places if place["status"] in HOLDING}
    percent = number(TOP_UP, county_day(framework["announced_at"]))
    share = Decimal(len(left)) * 100 / Decimal(len(all_in)) if all_in else Decimal(0)
    is_closed = framework["kind"] == "closed"
    return {
        "admitted_count": len(all_in), "left_count": len(left), "left_share": round(share, 1),
        "top_up_below": percent, "may_top_up": is_closed and may_top_up(len(all_in), len(left), percent),
    }  # fmt: skip
