"""What the review's pages show: the chain as a timeline, and who may do what on it now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from catalogue.listings.methods import row_of
from catalogue.listings.review.chain import DUTY_LABELS, HANDLER, ReviewState, may_decide
from catalogue.listings.review.queries import minutes_of, review_state
from catalogue.listings.rules import ReviewFacts, Status, runs
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.kernel.db import read_ahead
from marketplace.kernel.i18n import N_, say


async def review_context(found: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """The chain of a draft, its minutes, open threads, and the steps it may be returned to."""
    await read_ahead(review_state(found["id"]), minutes_of(found["id"]))
    state = await review_state(found["id"])
    facts = ReviewFacts(found["procuring_unit"], found["drafted_by"])
    return {
        "review": state,
        "method_row": row_of(found),
        "chain_events": chain_events(found, state),
        "minutes": await minutes_of(found["id"]),
        "needs_minutes": state.needs_minutes(found["budget"]),
        "may_decide": may_decide(actor, facts, found["status"], state),
        "earlier_steps": [step for step in state.steps if step.position < state.position],
        "duty_labels": DUTY_LABELS,
        "is_colleague": runs(actor, found, Entrusted.DRAFT),
    }


def chain_events(found: Mapping[str, Any], state: ReviewState) -> list[dict[str, Any]]:
    """Who did what, the step that waits, and those that come."""
    events = []
    if state.submitted_at is not None:
        events.append(_event(state.submitted_at, say(HANDLER), state.submitted_by_name, say(N_("提交复核"))))
    for decision in state.decisions:
        duty = say(DUTY_LABELS[state.steps[decision.position - 1].duty])
        events.append(
            _event(decision.decided_at, duty, decision.person_name, _outcome(decision, state), decision.opinion)
        )
    if found["status"] != Status.REVIEW:
        return events
    for step in state.steps[max(state.position, 1) - 1 :]:
        who = step.person_name or say(N_("本单位一位同事"))
        waits = step.position == state.position
        title = say(N_("{duty} · {person}"), duty=say(DUTY_LABELS[step.duty]), person=who)
        events.append({"at": None, "title": title, "state": "now" if waits else "next", "clause": "R-ROLE-03"})
    return events


def _event(at: datetime, duty: object, person: str, outcome: object, opinion: str = "") -> dict[str, Any]:
    title = say(N_("{duty} · {person}：{outcome}"), duty=duty, person=person, outcome=outcome)
    return {"at": at, "title": title, "body": opinion, "state": "done"}


def _outcome(decision: Any, state: ReviewState) -> object:
    if decision.outcome == "approved":
        return say(N_("同意"))
    if decision.next_position == 0:
        return say(N_("退回经办人修改"))
    return say(N_("退回到{duty}"), duty=say(DUTY_LABELS[state.steps[decision.next_position - 1].duty]))
