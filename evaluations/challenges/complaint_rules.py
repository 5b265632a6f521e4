"""Who handles a complaint, what a review may find, and when a decision may fall. All pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from evaluations.challenges.rules import DECIDE_BY, ComplaintStatus
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.calendar import county_calendar
from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import Deadline, compute, day_words
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_, Sentence, say

CLOCKS = "R-TIME-26"
PAUSE_LABELS: dict[str, str] = {
    "correction": N_("补正"), "testing": N_("检验、检测、鉴定"), "experts": N_("专家评审"),
}  # fmt: skip


def scope_mistakes(
    sources: Sequence[tuple[int, UUID | None]], challenged: Sequence[UUID], was_answered: bool
) -> dict[str, Sentence]:
    """Every matter was challenged, or arises from an answer that was given (R-DISP-03).

    `sources`: the place of each matter with the challenge's matter it takes up, None where it arises from the answer.
    """
    found: dict[str, Sentence] = {}
    for place, source in sources:
        if source is not None and source not in challenged:
            words = N_("第 {place} 项没有质疑过。投诉事项不得超出质疑事项的范围，请选择质疑过的事项。")
            found[f"source-{place}"] = say(words, place=place)
        if source is None and not was_answered:
            words = N_("第 {place} 项不能基于质疑答复：采购人没有答复。请选择质疑过的事项。")
            found[f"source-{place}"] = say(words, place=place)
    return found


def partner_mistakes(partners: Sequence[str], signed: str) -> dict[str, Sentence]:
    """Who bid as a consortium complains as one: every other member is named where it signs (94 Art. 9)."""
    missing = [name for name in partners if name not in signed]
    if not missing:
        return {}
    words = N_("以联合体参加的，由全体成员共同投诉。请写明每一家成员的全称和签字人，还缺：{names}。")
    return {"partners": say(words, names="、".join(missing))}


def check_own_complaint(actor: Actor, complaint: Mapping[str, Any]) -> None:
    """Only the complainant's own people correct or withdraw it. Raises NotFound."""
    if complaint["organisation"] != actor.organisation_id or not actor.may(Permission.RAISE_CHALLENGE):
        raise NotFound()


def correction_mistakes(correct_by: date, now: datetime) -> dict[str, Sentence]:
    """A correction has a day ahead."""
    if correct_by <= county_day(now):
        return {"correct_by": say(N_("补正期限要在今天以后。"))}
    return {}


def check_may_decide(complaint: Mapping[str, Any], respondent_replied: bool, is_paused: bool, now: datetime) -> None:
    """After the respondent spoke or its time is over, and not while something is being examined. Raises Conflict."""
    if complaint["status"] != ComplaintStatus.ACCEPTED:
        return
    if is_paused:
        raise Conflict(N_("检验、鉴定或者专家评审还没有收到结果。请先登记收到，再作出决定。"), clause=CLOCKS)
    if not respondent_replied and county_day(now) <= complaint["reply_by"]:
        words = N_("被投诉人可以在 {day} 前作出说明，现在还没有说明。请等到说明或者期满再决定。")
        raise Conflict(words, clause=CLOCKS, day=day_words(complaint["reply_by"]))


def decide_by(raised_at: datetime, pauses: Sequence[tuple[date, date]]) -> Deadline:
    """The last day to decide, later by each pause that ended (R-TIME-26). `pauses`: first and last day."""
    due = compute(DECIDE_BY, raised_at)
    day = due.date
    for begun_on, ended_on in pauses:
        day = later_by_pause(day, begun_on, ended_on)
    return replace(due, date=day, provisional=due.provisional or not county_calendar().is_announced(day.year))


def later_by_pause(decide_by: date, begun_on: date, ended_on: date) -> date:
    """The working days from a notice to its answer are added to the time of decision (94 Art. 27)."""
    calendar, count, day = county_calendar(), 0, begun_on
    while (day := calendar.add_working_days(day, 1)) <= ended_on:
        count += 1
    return calendar.add_working_days(decide_by, count) if count else decide_by
