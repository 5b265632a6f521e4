"""Help at once from the town's reserve fund, state it afterwards, top the fund up (R-RELIEF-01)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg

from contracts.cases.queries import case_page, lock_case
from contracts.cases.rules import RULE_RELIEF, check_may_handle
from contracts.cases.services import add_step
from contracts.relief import queries
from contracts.relief.rules import TRANSITIONS, AdvanceStatus, check_may_advance, time_mistakes
from contracts.relief.tables import ReliefAdvance, ReserveMovement
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move


@dataclass(frozen=True)
class NewAdvance:
    """What was given at once: yuan, when the emergency happened, when help came, why late if it was."""

    amount: Decimal
    event_at: datetime
    helped_at: datetime
    late_reason: str = ""


async def fund(town: UUID, amount: Decimal, document: str, actor: Actor, now: datetime) -> None:
    """Put money into a town's fund by a document. Raises Forbidden, NotFound, DomainError."""
    actor.check_may(Permission.OVERSEE_CASES)
    async with transaction():
        if not await fetchval("SELECT id FROM organisation WHERE id = $1 AND kind = 'town'", town):
            raise NotFound()
        if amount <= 0 or not document.strip():
            raise DomainError(N_("拨入备用金要有大于零的金额和文号。"), clause=RULE_RELIEF)
        await queries.hold_fund(town)
        await _post(town, "funded", amount, None, document, actor, now)
        detail = {"amount": str(amount), "document": document}
        await record("reserve.funded", ("reserve_fund", str(town)), actor, detail, now)


async def _post(  # noqa: PLR0913 - a movement with all it says
    town: UUID, kind: str, amount: Decimal, advance: UUID | None, document: str, actor: Actor, now: datetime
) -> None:
    await insert(
        ReserveMovement, town=town, kind=kind, amount=amount, advance=advance, document=document,
        entered_by=actor.person_id, entered_at=now,
    )  # fmt: skip


async def advance(case_reference: str, new: NewAdvance, actor: Actor, now: datetime) -> str:
    """Record help from the reserve fund; gives the advance's reference. The case's 24 hours are met with it.

    Raises NotFound, Forbidden, FormRefused, Conflict, DomainError when the fund or the town's authority is too small.
    """
    async with transaction():
        case = await lock_case((await case_page(case_reference, visible_to=actor))["id"])
        check_may_handle(actor, case)
        check_may_advance(case, new.amount, await queries.hold_fund(case["town"]), now)
        if found := time_mistakes(new.event_at, new.helped_at, new.late_reason, now):
            raise FormRefused(found)
        reference = await next_reference("BY", county_day(now).year)
        try:
            async with transaction():
                made: UUID = await insert(
                    ReliefAdvance, reference=reference, case=case["id"], amount=new.amount, event_at=new.event_at,
                    helped_at=new.helped_at, late_reason=new.late_reason, advanced_by=actor.person_id, entered_at=now,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("这个个案已经动用过备用金。")) from None
        await _post(case["town"], "advance", -new.amount, made, "", actor, now)
        await execute(
            "UPDATE assistance_case SET clock_from = NULL, due_on = NULL, due_at = NULL WHERE id = $1", case["id"]
        )
        await add_step(case["id"], "advanced", case["town"], actor, now, note=reference)
        detail = {"case": case_reference, "amount": str(new.amount), "reference": reference}
        await record("reserve.advanced", ("reserve_fund", str(case["town"])), actor, detail, now)
    return reference


async def state_afterwards(reference: str, statement: str, actor: Actor, now: datetime) -> None:
    """The papers that follow the help: what happened and what was given. Raises NotFound, Forbidden, IllegalMove."""
    async with transaction():
        found = await queries.advance_page(reference, actor)
        case = await lock_case(found["case"])
        check_may_handle(actor, case)
        held = await queries.advance_page(reference, actor)
        status = move(TRANSITIONS, held["status"], to=AdvanceStatus.STATED)
        await execute(
            "UPDATE relief_advance SET status = $2, statement = $3, stated_on = $4, stated_by = $5 WHERE id = $1",
            held["id"], status.value, statement, county_day(now), actor.person_id,
        )  # fmt: skip
        await add_step(case["id"], "stated", case["town"], actor, now, note=reference)
        await record("reserve.stated", ("reserve_fund", str(case["town"])), actor, {"reference": reference}, now)


async def top_up(reference: str, document: str, actor: Actor, now: datetime) -> None:
    """The county puts back what an advance took, once it is stated. Raises NotFound, Forbidden, IllegalMove."""
    if not actor.may(Permission.OVERSEE_CASES):
        raise Forbidden(N_("备用金由县民政局补足。"), clause=RULE_RELIEF)
    async with transaction():
        found = await queries.advance_page(reference, actor)
        await queries.hold_fund(found["town"])
        held = await queries.advance_page(reference, actor)
        status = move(TRANSITIONS, held["status"], to=AdvanceStatus.SETTLED)
        await execute("UPDATE relief_advance SET status = $2 WHERE id = $1", held["id"], status.value)
        await _post(held["town"], "topped_up", held["amount"], None, document, actor, now)
        detail = {"reference": reference, "amount": str(held["amount"]), "document": document}
        await record("reserve.topped_up", ("reserve_fund", str(held["town"])), actor, detail, now)
