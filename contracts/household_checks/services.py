"""Plan a household check, record what was found, or cancel it; the case's decision stays where it is (R-CHECK-01)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.cases.queries import case_page, lock_case
from contracts.cases.rules import check_may_handle
from contracts.cases.services import add_step
from contracts.household_checks import queries
from contracts.household_checks.rules import (
    ITEM_LABELS,
    OTHER,
    TRANSITIONS,
    CheckStatus,
    Findings,
    Plan,
    check_may_plan,
    finding_mistakes,
    plan_mistakes,
)
from contracts.household_checks.tables import HouseholdCheck, HouseholdCheckItem, HouseholdInvestigator
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.private_columns import conceal
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

Row = queries.Row


async def plan_check(case_reference: str, plan: Plan, actor: Actor, now: datetime) -> str:
    """Send investigators to a household with a list of what to ask; gives the check's reference.

    Raises NotFound, Forbidden, DomainError once the case is decided, FormRefused (R-CHECK-01).
    """
    async with transaction():
        case = await lock_case((await case_page(case_reference, visible_to=actor))["id"])
        check_may_handle(actor, case)
        check_may_plan(case)
        today = county_day(now)
        people = {p["id"]: p["unit"] for p in await queries.investigators_for(case["town"], today)}
        if found := plan_mistakes(plan, people, today):
            raise FormRefused(found)
        reference = await next_reference("RH", today.year)
        check: UUID = await insert(
            HouseholdCheck, reference=reference, case=case["id"], planned_on=plan.planned_on,
            planned_by=actor.person_id, planned_at=now,
        )  # fmt: skip
        for person in sorted(set(plan.investigators)):
            await insert(HouseholdInvestigator, household_check=check, person=person, unit=people[person])
        for item in dict.fromkeys(i for i in plan.items if i in ITEM_LABELS):
            await insert(HouseholdCheckItem, household_check=check, item=item)
        if plan.asked:
            await insert(HouseholdCheckItem, household_check=check, item=OTHER, asked=plan.asked)
        detail = {"case": case_reference, "day": plan.planned_on.isoformat(), "members": str(len(plan.investigators))}
        await record("household_check.planned", ("household_check", reference), actor, detail, now)
    return reference


async def record_findings(reference: str, new: Findings, actor: Actor, now: datetime) -> None:
    """What was found goes to the case's story by its conclusion alone; the case stays as it is.

    Raises NotFound, Forbidden, FormRefused, IllegalMove when it has a result (R-CHECK-01).
    """
    async with transaction():
        check = await _held(reference, actor)
        status = move(TRANSITIONS, check["status"], to=CheckStatus.DONE)
        items = [each["item"] for each in check["items_asked"]]
        if found := finding_mistakes(new, items, county_day(check["planned_at"]), county_day(now)):
            raise FormRefused(found)
        kept = [conceal(getattr(new, name), f"household_check.{name}") for name in queries.NOTES]
        await execute(
            "UPDATE household_check SET status = $2, visited_on = $3, met = $4, conclusion = $5, conclusion_note = $6,"
            " neighbours_note = $7, review_note = $8, neighbours = $9, review_on = $10, review_present = $11,"
            " recorded_by = $12, recorded_at = $13 WHERE id = $1",
            check["id"], status.value, new.visited_on, new.met, new.conclusion, *kept, new.neighbours, new.review_on,
            new.review_present, actor.person_id, now,
        )  # fmt: skip
        await execute(
            "UPDATE household_check_item i SET finding = n.kept FROM unnest($2::text[], $3::text[]) AS n (item, kept)"
            " WHERE i.household_check = $1 AND i.item = n.item",
            check["id"], items,
            [conceal(new.found.get(item, ""), "household_check_item.finding") for item in items],
        )  # fmt: skip
        case = await lock_case(check["case"])
        await add_step(case["id"], "checked", case["held_by"], actor, now, note=reference)
        detail = {"result": new.conclusion, "day": new.visited_on.isoformat()}
        await record("household_check.recorded", ("household_check", reference), actor, detail, now)


async def cancel_check(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """Nobody goes. Raises NotFound, Forbidden, IllegalMove."""
    async with transaction():
        check = await _held(reference, actor)
        status = move(TRANSITIONS, check["status"], to=CheckStatus.CANCELLED)
        await execute(
            "UPDATE household_check SET status = $2, cancel_reason = $3 WHERE id = $1",
            check["id"], status.value, reason,
        )  # fmt: skip
        await record("household_check.cancelled", ("household_check", reference), actor, {"reason": reason}, now)


async def _held(reference: str, actor: Actor) -> Row:
    """The check, held until the transaction ends, for the window of its town. Raises NotFound, Forbidden."""
    page = await queries.check_page(reference, visible_to=actor)
    check_may_handle(actor, page)
    return {**page, "status": await queries.lock_check(page["id"])}
