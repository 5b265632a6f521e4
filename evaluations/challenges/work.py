"""What waits around challenges and complaints, each with its clause."""

from __future__ import annotations

from datetime import datetime

from evaluations.challenges.queries import complaints_waiting, to_answer
from evaluations.challenges.rules import ANSWER_BY, DECIDE_BY, REPLY_BY, REVIEW_BY
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem

P = Permission


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Challenges to answer, complaints to review, reply to, correct or decide."""
    items: list[WorkItem] = []
    if actor.may(P.ANSWER_CHALLENGE):
        for row in await to_answer(actor):
            what = say(N_("答复“{title}”的质疑 {number}"), title=Name.of(row), number=row["reference"])
            who = Name.of(row, "organisation_name")
            items.append(WorkItem(row["answer_by"], who, what, f"/challenges/{row['reference']}", ANSWER_BY))
    if any(actor.may(each) for each in (P.ANSWER_CHALLENGE, P.DECIDE_COMPLAINT, P.RAISE_CHALLENGE)):
        for row in await complaints_waiting(actor):
            words, due, clause = _step(actor, row)
            what = say(words, title=Name.of(row), number=row["reference"])
            who = Name.of(row, "organisation_name")
            items.append(WorkItem(row[due], who, what, f"/complaints/{row['reference']}", clause))
    return items


def _step(actor: Actor, row: dict[str, object]) -> tuple[str, str, str]:
    if row["status"] == "correcting":
        return N_("补正“{title}”的投诉 {number}"), "correct_by", REVIEW_BY
    if not actor.may(P.DECIDE_COMPLAINT):
        return N_("对“{title}”的投诉 {number} 作出说明"), "reply_by", REPLY_BY
    if row["status"] == "received":
        return N_("审查“{title}”的投诉 {number}"), "review_by", REVIEW_BY
    return N_("决定“{title}”的投诉 {number}"), "decide_by", DECIDE_BY
