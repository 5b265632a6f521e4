"""Few are left of a closed framework: its unit seeks providers again by the first round's rules, and they join it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.queries import listing_by_id, lots
from catalogue.relisting.services import copy_for_top_up
from contracts.frameworks import queries
from contracts.frameworks.rules import (
    REMOVAL,
    TOP_UP,
    PlaceStatus,
    TopUpFacts,
    check_may_top_up,
)
from contracts.frameworks.services import Admitted, check_runs, enter_place
from contracts.frameworks.tables import FrameworkTopUp
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
HOLDING = (PlaceStatus.ADMITTED, PlaceStatus.AGREED)


async def facts_of_top_up(framework: Row, now: datetime) -> TopUpFacts:
    """How many came in and are left, by the rule of the day it was announced, and whether one is under way."""
    places = await queries.places_of(framework["id"])
    under_way = await fetchval(
        "SELECT l.reference FROM framework_top_up t JOIN listing l ON l.id = t.listing WHERE t.framework = $1"
        " AND l.status NOT IN ('awarded', 'failed', 'cancelled') LIMIT 1",
        framework["id"],
    )
    return TopUpFacts(
        framework["kind"], len({p["provider"] for p in places}),
        len({p["provider"] for p in places if p["status"] in HOLDING}),
        number(TOP_UP, county_day(framework["announced_at"])), framework["ends_on"] < county_day(now), under_way,
    )  # fmt: skip


async def top_ups_of(framework: UUID) -> list[Row]:
    """The rounds in which providers were sought again, the first first."""
    rows = await fetch(
        "SELECT t.*, l.reference AS listing_reference, l.status, p.name AS started_by_name FROM framework_top_up t"
        " JOIN listing l ON l.id = t.listing JOIN person p ON p.id = t.started_by WHERE t.framework = $1"
        " ORDER BY t.started_at",
        framework,
    )
    return [dict(r) for r in rows]


async def start_top_up(reference: str, reason: str, actor: Actor, now: datetime) -> UUID:
    """Draft another round of a closed framework with the conditions and procedure of the first; gives the draft.

    `reason`: how so few disturb its execution. Raises Forbidden, FormRefused, Conflict while enough are left, after
    its end and while another round is under way (R-FRM-07).
    """
    found = await queries.framework_page(reference)
    check_runs(actor, found, Permission.DRAFT_LISTING)
    if not reason.strip():
        raise FormRefused({"reason": say(N_("请写明怎样影响框架协议的执行。"))})
    async with transaction():
        framework = await queries.lock_framework(found["id"])
        facts = await facts_of_top_up(framework, now)
        check_may_top_up(facts)
        draft = await copy_for_top_up(await listing_by_id(framework["listing"]), actor, now)
        await insert(
            FrameworkTopUp, framework=framework["id"], listing=draft, reason=reason.strip(), admitted=facts.admitted,
            remaining=facts.remaining, started_by=actor.person_id, started_at=now,
        )  # fmt: skip
        detail = {"reference": reference, "reason": reason.strip()}
        await record("framework.top_up_started", ("framework", str(framework["id"])), actor, detail, now)
    return draft


async def framework_of_top_up(listing: UUID) -> Row | None:
    """The framework that a listing seeks more providers for; None for every other listing."""
    found = await fetchrow("SELECT framework FROM framework_top_up WHERE listing = $1", listing)
    return await queries.framework_by_id(found["framework"]) if found else None


async def kept_out_of(listing: UUID) -> set[UUID]:
    """Who cannot come in by a top-up: who was removed, and who holds a place already (R-FRM-07)."""
    rows = await fetch(
        "SELECT DISTINCT p.provider FROM framework_top_up t JOIN framework_place p ON p.framework = t.framework"
        " WHERE t.listing = $1 AND p.status <> 'left'",
        listing,
    )
    return {r["provider"] for r in rows}


async def join_by_top_up(listing: UUID, admitted: Sequence[Admitted], actor: Actor, now: datetime) -> str | None:
    """Who was found joins the framework behind those in it; None where the listing is no top-up. Gives its reference.

    The term, the users and the turns of the framework stay as they are. Inside the transaction of the announcement.
    """
    found = await framework_of_top_up(listing)
    if found is None:
        return None
    framework = await queries.lock_framework(found["id"])
    old = {lot["number"]: lot["id"] for lot in await lots(framework["listing"])}
    new = {lot["id"]: lot["number"] for lot in await lots(listing)}
    kept_out, joined = await kept_out_of(listing), 0
    for each in sorted(admitted, key=lambda one: (new[one.lot], one.turn)):
        if each.provider in kept_out:
            continue
        lot = old[new[each.lot]]
        turn = 1 + await fetchval(
            "SELECT coalesce(max(turn), 0) FROM framework_place WHERE framework = $1 AND lot = $2", framework["id"], lot
        )
        await enter_place(framework["id"], Admitted(lot, each.provider, turn, each.unit_price, each.offer), now)
        joined += 1
    detail = {"reference": framework["reference"], "providers": str(joined), "clause": REMOVAL}
    await record("framework.topped_up", ("framework", str(framework["id"])), actor, detail, now)
    reference: str = framework["reference"]
    return reference
