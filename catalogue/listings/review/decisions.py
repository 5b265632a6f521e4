"""What the steps of a chain decide: begin a round, approve, return to a step, and what publication asks."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.queries import lock_listing
from catalogue.listings.review.chain import DUTY_LABELS, ReviewState, check_is_last, check_may_decide
from catalogue.listings.review.queries import chain_in_force, review_state
from catalogue.listings.review.tables import DraftWriter, ReviewDecision, ReviewRound
from catalogue.listings.rules import ReviewFacts, Status
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.formats import money
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


async def remember_writer(listing: UUID, person: UUID) -> None:
    """Who writes a part does not review it (R-ROLE-03); inside the caller's transaction."""
    known = await fetchval("SELECT 1 FROM draft_writer WHERE listing = $1 AND person = $2", listing, person)
    if known is None:
        await insert(DraftWriter, listing=listing, person=person)


async def begin_round(row: Row, actor: Actor, now: datetime) -> UUID:
    """A draft is handed over: from now on the chain of this day counts for it."""
    number = await fetchval("SELECT coalesce(max(number), 0) + 1 FROM review_round WHERE listing = $1", row["id"])
    chain = await chain_in_force(row["procuring_unit"])
    begun: UUID = await insert(
        ReviewRound, listing=row["id"], number=number, chain=chain["id"] if chain else None,
        submitted_by=actor.person_id, submitted_at=now,
    )  # fmt: skip
    return begun


async def approve_step(listing: UUID, opinion: str, actor: Actor, now: datetime) -> None:
    """Agree at a step that is not the last one; the next step is asked. Raises Forbidden, Conflict."""
    async with transaction():
        row = await lock_listing(listing)
        state = await _checked(row, actor)
        if row["status"] != Status.REVIEW or state.is_last:
            raise Conflict(N_("这一步就是最后一步，请直接复核发布。"))
        await _decide(state, "approved", state.position + 1, opinion, (actor.person_id, now))
        detail = {"step": DUTY_LABELS[state.step.duty], "opinion": opinion}
        await record("listing.step_approved", ("listing", str(listing)), actor, detail, now)


async def return_to_step(listing: UUID, position: int, reason: str, actor: Actor, now: datetime) -> None:
    """Give it back to an earlier step of the chain; its approvals from there on no longer stand."""
    async with transaction():
        row = await lock_listing(listing)
        state = await _checked(row, actor)
        if row["status"] != Status.REVIEW or not 1 <= position < state.position:
            raise Conflict(N_("只能退回前面已经办理的步骤，或者退给经办人修改。请刷新页面再选。"))
        await _decide(state, "returned", position, reason, (actor.person_id, now))
        detail = {"step": DUTY_LABELS[state.steps[position - 1].duty], "reason": reason}
        await record("listing.returned_to_step", ("listing", str(listing)), actor, detail, now)


async def note_return_to_drafter(row: Row, reason: str, actor: Actor, now: datetime) -> None:
    """The whole listing goes back to its drafter; inside the caller's transaction. Raises Forbidden."""
    state = await _checked(row, actor)
    await _decide(state, "returned", 0, reason, (actor.person_id, now))


async def note_publication(row: Row, actor: Actor, now: datetime) -> None:
    """The last step approves; inside the caller's transaction. Raises Forbidden, Conflict, DomainError."""
    state = await check_last_step(row, actor)
    await _decide(state, "approved", state.position + 1, "", (actor.person_id, now))


async def note_confirmed(row: Row, confirmed_by: UUID, now: datetime) -> None:
    """The agency publishes what the last step confirmed; inside the caller's transaction."""
    state = await review_state(row["id"])
    await _decide(state, "approved", state.position + 1, "", (confirmed_by, now))


async def check_last_step(row: Row, actor: Actor) -> ReviewState:
    """Whether this person may give the last approval now. Raises Forbidden, Conflict, DomainError."""
    state = await _checked(row, actor)
    check_is_last(state)
    if state.open_threads:
        raise DomainError(N_("还有 {count} 条复核意见没有解决。请先解决，或者退回修改。"), count=state.open_threads)
    if state.needs_minutes(row["budget"]):
        raise DomainError(
            N_("按 {document}，{amount} 以上的采购要集体决策。请先登记会议纪要。"), clause="R-ROLE-03",
            document=state.document, amount=money(state.minutes_from),
        )  # fmt: skip
    return state


async def _checked(row: Row, actor: Actor) -> ReviewState:
    state = await review_state(row["id"])
    check_may_decide(actor, ReviewFacts(row["procuring_unit"], row["drafted_by"]), state)
    return state


async def _decide(state: ReviewState, outcome: str, following: int, opinion: str, by: tuple[UUID, datetime]) -> None:
    if state.round is None:
        return  # handed over before rounds were kept: its single reviewer stands in the listing itself
    person, now = by
    await insert(
        ReviewDecision, round=state.round, position=state.position, next_position=following, outcome=outcome,
        opinion=opinion, person=person, decided_at=now,
    )  # fmt: skip
