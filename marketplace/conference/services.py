"""Record what the conference decided and what came of it; write, publish and withdraw model cases."""

from __future__ import annotations

from datetime import date, datetime

from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.conference.queries import decision_of, model_case
from marketplace.conference.rules import (
    CASE_TRANSITIONS,
    DECISION_TRANSITIONS,
    CaseState,
    DecisionStatus,
    check_may_look,
    check_may_publish,
    check_story,
)
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

AGAIN = N_("刚才有人先办了。请刷新页面，再看下一步。")


async def record_decision(form: Bound, actor: Actor, now: datetime) -> str:
    """Keep one decision with its owner and last day until a second person looks it through; gives its number."""
    async with transaction():
        reference = await next_reference("LX", form["decided_on"].year)
        await execute(
            "INSERT INTO conference_decision (id, reference, decided_on, words, owner, due_on, status, recorded_by,"
            " recorded_at) VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, 'entered', $6, $7)",
            reference, form["decided_on"], form["words"], form["owner"], form["due_on"], actor.person_id, now,
        )  # fmt: skip
        detail = {"reference": reference, "due": form["due_on"].isoformat()}
        await record("conference.entered", ("conference_decision", reference), actor, detail, now)
    return reference


async def look_through(reference: str, actor: Actor, now: datetime) -> None:
    """A second person has read it: everybody reads it. Raises Forbidden, Conflict."""
    async with transaction():
        found = await decision_of(reference, inside=True)
        check_may_look(found, actor.person_id)
        is_new = found["status"] == DecisionStatus.ENTERED
        to = DecisionStatus.OPEN if is_new else DecisionStatus.DONE
        column = "looked_by" if is_new else "outcome_looked_by"
        changed = await fetchval(
            f"UPDATE conference_decision SET status = $2, {column} = $3 WHERE reference = $1 AND status = $4"
            " RETURNING 1",
            reference, move(DECISION_TRANSITIONS, DecisionStatus(found["status"]), to=to), actor.person_id,
            found["status"],
        )  # fmt: skip
        if changed is None:
            raise Conflict(AGAIN)
        act = "conference.decided" if is_new else "conference.done"
        await record(act, ("conference_decision", reference), actor, {"reference": reference}, now)


async def send_back(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """Not so: a decision is entered anew, what came of one is told anew. Raises Forbidden, Conflict."""
    async with transaction():
        found = await decision_of(reference, inside=True)
        check_may_look(found, actor.person_id)
        to = DecisionStatus.DROPPED if found["status"] == DecisionStatus.ENTERED else DecisionStatus.OPEN
        changed = await fetchval(
            "UPDATE conference_decision SET status = $2, done_on = NULL, outcome = '', closed_by = NULL"
            " WHERE reference = $1 AND status = $3 RETURNING 1",
            reference, move(DECISION_TRANSITIONS, DecisionStatus(found["status"]), to=to), found["status"],
        )  # fmt: skip
        if changed is None:
            raise Conflict(AGAIN)
        detail = {"reference": reference, "reason": reason}
        await record("conference.sent_back", ("conference_decision", reference), actor, detail, now)


async def close_decision(reference: str, outcome: str, done_on: date, actor: Actor, now: datetime) -> None:
    """Say what came of a decision; public once somebody else read it. Raises Conflict where it was told already."""
    async with transaction():
        changed = await fetchval(
            "UPDATE conference_decision SET status = $2, outcome = $3, done_on = $4, closed_by = $5"
            " WHERE reference = $1 AND status = 'open' RETURNING 1",
            reference, move(DECISION_TRANSITIONS, DecisionStatus.OPEN, to=DecisionStatus.REPORTED), outcome, done_on,
            actor.person_id,
        )  # fmt: skip
        if changed is None:
            raise Conflict(AGAIN)
        await record("conference.reported", ("conference_decision", reference), actor, {"reference": reference}, now)


async def write_case(form: Bound, actor: Actor, now: datetime) -> str:
    """Keep a model case with the consent it rests on; nobody else reads it yet. Raises DomainError."""
    check_story(form["title"], form["story"])
    async with transaction():
        reference = await next_reference("DX", county_day(now).year)
        await execute(
            "INSERT INTO model_case (id, reference, title, story, item_code, consent_by, consent_on, consent_paper,"
            " status, drafted_by, drafted_at)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, 'draft', $8, $9)",
            reference, form["title"], form["story"], form["item_code"], form["consent_by"], form["consent_on"],
            form["consent_paper"], actor.person_id, now,
        )  # fmt: skip
        await record("model_case.written", ("model_case", reference), actor, {"reference": reference}, now)
    return reference


async def publish_case(reference: str, actor: Actor, now: datetime) -> None:
    """A second person has looked at text and consent: everybody reads it. Raises Forbidden, Conflict."""
    async with transaction():
        found = await model_case(reference, all_states=True)
        check_may_publish(found, actor.person_id)
        changed = await fetchval(
            "UPDATE model_case SET status = $2, published_by = $3, published_at = $4 WHERE reference = $1"
            " AND status = 'draft' RETURNING 1",
            reference, move(CASE_TRANSITIONS, CaseState.DRAFT, to=CaseState.PUBLISHED), actor.person_id, now,
        )  # fmt: skip
        if changed is None:
            raise Conflict(AGAIN)
        await record("model_case.published", ("model_case", reference), actor, {"reference": reference}, now)


async def withdraw_case(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """The consent was taken back, or something is wrong with it: nobody reads it any more. Raises Conflict."""
    async with transaction():
        found = await model_case(reference, all_states=True)
        state = CaseState(found["status"])
        if state is CaseState.WITHDRAWN:
            raise Conflict(AGAIN)
        await execute(
            "UPDATE model_case SET status = $2, withdrawn_at = $3, withdraw_reason = $4 WHERE reference = $1",
            reference, move(CASE_TRANSITIONS, state, to=CaseState.WITHDRAWN), now, reason,
        )  # fmt: skip
        detail = {"reference": reference, "reason": reason}
        await record("model_case.withdrawn", ("model_case", reference), actor, detail, now)
