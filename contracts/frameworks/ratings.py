"""Ratings by buyers and recipients: open to those who choose directly, and read nowhere else (R-FRM-06)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from contracts.frameworks.order_tables import OrderRating
from contracts.frameworks.second_rules import RATING, RatingSum, check_rated_when_done
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say

Row = dict[str, Any]
BUYER, RECIPIENT = "buyer", "recipient"


async def order_page(reference: str, actor: Actor) -> Row:
    """An order for those of its buyer's office. Raises NotFound."""
    row = await fetchrow(
        "SELECT c.*, f.reference AS framework_reference, l.title, l.title_en, k.status AS contract_status,"
        " k.reference AS contract_reference, o.name AS provider_name, o.name_en AS provider_name_en"
        " FROM call_off c JOIN framework f ON f.id = c.framework JOIN listing l ON l.id = f.listing"
        " JOIN contract k ON k.id = c.contract JOIN framework_place s ON s.id = c.place"
        " JOIN provider p ON p.id = s.provider JOIN organisation o ON o.id = p.organisation WHERE c.reference = $1",
        reference,
    )
    if row is None or row["buyer"] != actor.organisation_id:
        raise NotFound()
    return dict(row)


async def rate_order(reference: str, stars: int, words: str, recipient_code: str, actor: Actor, now: datetime) -> None:
    """Rate an order for the buyer, or enter what a recipient said of it. Raises NotFound, Conflict the second time."""
    actor.check_may(Permission.RATE_ORDER)
    if not 1 <= stars <= 5:
        raise FormRefused({"stars": say(N_("请选 1 到 5 分。"))})
    rater = RECIPIENT if recipient_code else BUYER
    async with transaction():
        order = await order_page(reference, actor)
        check_rated_when_done(order["contract_status"])
        if rater == BUYER:
            actor.check_may(Permission.CALL_OFF)
        try:
            async with transaction():
                await insert(
                    OrderRating, call_off=order["id"], rater=rater, recipient_code=recipient_code, stars=stars,
                    words=words.strip(), entered_by=actor.person_id, entered_at=now,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("这份订单已经评价过，评价不能改。"), clause=RATING) from None
        detail = {"order": reference, "score": str(stars)}
        await record("framework.rated", ("framework", str(order["framework"])), actor, detail, now)


async def ratings_by_place(framework: UUID) -> dict[UUID, RatingSum]:
    """Counts and means by place, buyers and recipients apart."""
    rows = await fetch(
        "SELECT c.place, count(*) FILTER (WHERE r.rater = 'buyer') AS buyers,"
        " round(avg(r.stars) FILTER (WHERE r.rater = 'buyer'), 1) AS buyers_mean,"
        " count(*) FILTER (WHERE r.rater = 'recipient') AS recipients,"
        " round(avg(r.stars) FILTER (WHERE r.rater = 'recipient'), 1) AS recipients_mean"
        " FROM order_rating r JOIN call_off c ON c.id = r.call_off WHERE c.framework = $1 GROUP BY c.place",
        framework,
    )
    return {
        r["place"]: RatingSum(r["buyers"], r["buyers_mean"], r["recipients"], r["recipients_mean"]) for r in rows
    }


async def ratings_of(framework: UUID) -> list[Row]:
    """Every rating of a framework's orders, the newest first, without who the recipient is."""
    rows = await fetch(
        "SELECT r.rater, r.stars, r.words, r.entered_at, c.reference, o.name AS provider_name,"
        " o.name_en AS provider_name_en FROM order_rating r JOIN call_off c ON c.id = r.call_off"
        " JOIN framework_place s ON s.id = c.place JOIN provider p ON p.id = s.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE c.framework = $1 ORDER BY r.entered_at DESC",
        framework,
    )
    return [dict(r) for r in rows]
