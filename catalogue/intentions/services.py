"""Plan a purchase, and tell the public of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from catalogue.intentions.queries import Row, line_of_buyer, planned_alike, planned_page
from catalogue.intentions.rules import check_may_change, check_may_plan, check_may_publish
from catalogue.intentions.tables import Intention, PlannedPurchase
from catalogue.items.queries import item_by_code
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.references.services import next_reference


@dataclass(frozen=True)
class NewPlannedPurchase:
    """What a buyer means to buy. Amount in yuan."""

    year: int
    item_code: str
    title: str
    amount: Decimal
    method: str
    starts_on: date
    need: str
    budget_line: UUID | None = None


async def plan_purchase(new: NewPlannedPurchase, actor: Actor, now: datetime) -> str:
    """Enter a line of the actor's own procurement plan; gives its reference. Sent twice it is one line.

    Raises NotFound for another's budget.
    """
    check_may_plan(actor)
    await item_by_code(new.item_code)
    if new.budget_line and not await line_of_buyer(new.budget_line, actor.organisation_id):
        raise NotFound()
    async with transaction():
        # the same form sent twice at once: the second waits here and finds the first one's line
        await fetchval("SELECT pg_advisory_xact_lock(hashtext($1))", f"plan:{actor.organisation_id}")
        if earlier := await planned_alike(actor.organisation_id, vars(new)):
            return earlier
        reference = await next_reference("JH", new.year)
        planned: UUID = await insert(
            PlannedPurchase, reference=reference, buyer=actor.organisation_id, planned_by=actor.person_id,
            planned_at=now, **vars(new),
        )  # fmt: skip
        detail = {"reference": reference, "title": new.title, "amount": str(new.amount)}
        await record("plan.purchase_planned", ("planned_purchase", str(planned)), actor, detail, now)
    return reference


async def change_planned(reference: str, new: NewPlannedPurchase, actor: Actor, now: datetime) -> None:
    """Change a line before the public was told of it; who changed it is its planner then and cannot publish it.

    Raises NotFound, Forbidden, Conflict.
    """
    await item_by_code(new.item_code)
    if new.budget_line and not await line_of_buyer(new.budget_line, actor.organisation_id):
        raise NotFound()
    async with transaction():
        before = await _own_untold(reference, actor)
        changed = {name: value for name, value in vars(new).items() if before[name] != value}
        if not changed:
            return
        values = {**vars(new), "planned_by": actor.person_id, "planned_at": now}
        await PlannedPurchase.update({getattr(PlannedPurchase, name): value for name, value in values.items()}).where(
            PlannedPurchase.id == before["id"]
        )
        detail = {"reference": reference, **{name: f"{before[name]} → {new_}" for name, new_ in changed.items()}}
        await record("plan.purchase_changed", ("planned_purchase", str(before["id"])), actor, detail, now)


async def withdraw_planned(reference: str, actor: Actor, now: datetime) -> None:
    """Take a line out of the plan before the public was told of it; the audit keeps it. Raises as `change_planned`."""
    async with transaction():
        row = await _own_untold(reference, actor)
        await execute("DELETE FROM planned_purchase WHERE id = $1", row["id"])
        detail = {"reference": reference, "title": row["title"], "amount": str(row["amount"])}
        await record("plan.purchase_withdrawn", ("planned_purchase", str(row["id"])), actor, detail, now)


async def _own_untold(reference: str, actor: Actor) -> Row:
    """The line, held; its intention is not published yet."""
    planned = await planned_page(reference, actor)
    check_may_change(actor, planned["buyer"])
    held = await fetchval("SELECT id FROM planned_purchase WHERE id = $1 FOR UPDATE", planned["id"])
    if held is None:
        raise NotFound()
    if await fetchval("SELECT 1 FROM intention WHERE planned_purchase = $1", planned["id"]):
        raise Conflict(N_("采购意向已经公开，这项计划不能再改。情况变了的，请另填一项，重新公开。"))
    return await planned_page(reference, actor)


async def publish_intention(reference: str, actor: Actor, now: datetime) -> str:
    """Tell the public what will be bought; gives its reference. Raises Forbidden, Conflict when told before."""
    planned = await planned_page(reference, actor)
    check_may_publish(actor, planned["buyer"], planned["planned_by"])
    async with transaction():
        await fetchval("SELECT 1 FROM planned_purchase WHERE id = $1 FOR UPDATE", planned["id"])
        if await fetchval("SELECT 1 FROM intention WHERE planned_purchase = $1", planned["id"]):
            raise Conflict(N_("这项采购意向已经公开过了。请看公开的页面。"))
        told = await next_reference("YX", county_day(now).year)
        intention: UUID = await insert(
            Intention, reference=told, planned_purchase=planned["id"], published_by=actor.person_id, published_at=now
        )
        detail = {"reference": told, "plan": reference}
        await record("intention.published", ("intention", str(intention)), actor, detail, now)
    return told
