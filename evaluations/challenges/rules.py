"""Who may challenge what and until when, what a letter must contain, and how both letters move. All pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from catalogue.listings.rules import runs
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.deadlines import Deadline, compute, day_words
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions

RAISE_BY, ANSWER_BY, COMPLAIN_BY, NOTICE_STANDS = "R-TIME-23", "R-TIME-24", "R-TIME-25", "R-TIME-16"
STARTS, STANDING, BEFORE_COMPLAINT, REMEDIES = "R-DISP-01", "R-DISP-02", "R-DISP-03", "R-DISP-04"
REVIEW_BY, COPIES_BY = "R-TIME-26/first_review", "R-TIME-26/copies"
REPLY_BY, DECIDE_BY = "R-TIME-26/reply", "R-TIME-26/decision"

LIMITS = {
    "ask": "R-TIME-22", "raise": RAISE_BY, "answer": ANSWER_BY, "complain": COMPLAIN_BY, "decide": DECIDE_BY,
    "suspend": "R-TIME-27",
}  # fmt: skip

# the encrypted columns: the number of whoever writes a letter
PHONE, COMPLAINT_PHONE = "challenge.phone", "complaint.phone"

class Stage(StrEnum):
    """What a challenge attacks."""

    DOCUMENT = "document"
    OPENING = "opening"
    REVIEW = "review"
    RESULT = "result"


STAGE_LABELS: dict[Stage, str] = {
    Stage.DOCUMENT: N_("采购文件"),
    Stage.OPENING: N_("采购过程：开标"),
    Stage.REVIEW: N_("采购过程：评审"),
    Stage.RESULT: N_("中标（成交）结果"),
}


class ChallengeStatus(StrEnum):
    """Where a challenge stands."""

    RECEIVED = "received"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


C = ChallengeStatus
CHALLENGE_TRANSITIONS: Transitions[ChallengeStatus] = {
    C.RECEIVED: frozenset({C.ANSWERED, C.WITHDRAWN}),
    C.ANSWERED: frozenset(),
    C.WITHDRAWN: frozenset(),
}
CHALLENGE_LABELS: dict[ChallengeStatus, tuple[str, str]] = {
    C.RECEIVED: (N_("等待答复"), "waiting"),
    C.ANSWERED: (N_("已答复"), "done"),
    C.WITHDRAWN: (N_("已撤回"), "neutral"),
}


class ComplaintStatus(StrEnum):
    """Where a complaint stands."""

    RECEIVED = "received"
    CORRECTING = "correcting"
    NOT_ACCEPTED = "not_accepted"
    ACCEPTED = "accepted"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


T = ComplaintStatus
COMPLAINT_TRANSITIONS: Transitions[ComplaintStatus] = {
    T.RECEIVED: frozenset({T.CORRECTING, T.NOT_ACCEPTED, T.ACCEPTED, T.WITHDRAWN}),
    T.CORRECTING: frozenset({T.RECEIVED, T.NOT_ACCEPTED, T.WITHDRAWN}),
    T.ACCEPTED: frozenset({T.DECIDED, T.WITHDRAWN}),
    T.NOT_ACCEPTED: frozenset(),
    T.DECIDED: frozenset(),
    T.WITHDRAWN: frozenset(),
}
COMPLAINT_LABELS: dict[ComplaintStatus, tuple[str, str]] = {
    T.RECEIVED: (N_("等待财政部门审查"), "waiting"),
    T.CORRECTING: (N_("等待补正"), "waiting"),
    T.NOT_ACCEPTED: (N_("不予受理"), "refused"),
    T.ACCEPTED: (N_("已受理，等待处理决定"), "running"),
    T.DECIDED: (N_("已作出处理决定"), "done"),
    T.WITHDRAWN: (N_("投诉人撤回，处理终止"), "neutral"),
}

# the six items of 94 Article 12 and Article 18, with the fields of the form that make each up
CHALLENGE_CONTENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("（一）供应商的名称、地址、邮编、联系人及联系电话"), ("address", "postcode", "contact", "phone")),
    (N_("（二）质疑项目的名称、编号"), ("stage", "lot")),
    (N_("（三）具体、明确的质疑事项和相关的请求"), ("matter-1", "requests")),
    (N_("（四）事实依据"), ("facts-1",)),
    (N_("（五）必要的法律依据"), ("law-1",)),
    (N_("（六）提出质疑的日期和签字"), ("signed_name",)),
)
COMPLAINT_CONTENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("（一）投诉人和被投诉人的名称、通讯地址、邮编、联系人及联系电话"), ("address", "postcode", "contact", "phone")),
    (N_("（二）质疑和质疑答复情况说明"), ("history",)),
    (N_("（三）具体、明确的投诉事项和相关的投诉请求"), ("matter-1", "requests")),
    (N_("（四）事实依据"), ("facts-1",)),
    (N_("（五）法律依据"), ("law-1",)),
    (N_("（六）提起投诉的日期和签字"), ("signed_name",)),
)


def missing_contents(contents: Sequence[tuple[str, tuple[str, ...]]], errors: Mapping[str, Any]) -> list[str]:
    """Which of the six items are not whole, in the words of the law (R-DISP-02)."""
    return [words for words, fields in contents if any(name in errors for name in fields)]


@dataclass(frozen=True)
class Part:
    """What a provider did in a procurement: when it took the documents, whether its bid was sealed, or opened."""

    took_documents_on: date | None = None
    has_bid: bool = False
    was_opened: bool = False


@dataclass(frozen=True)
class Moments:
    """The days of a procurement from which the clocks of R-DISP-01 run."""

    notice_until: date | None = None
    opened_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True)
class Window:
    """Until when one stage may be challenged, and why not now (None: it may)."""

    stage: Stage
    until: Deadline | None
    against: Sentence | None


def may_take_part(actor: Actor) -> bool:
    """Providers challenge and complain."""
    return actor.may(Permission.RAISE_CHALLENGE)


def last_day(stage: Stage, part: Part, moments: Moments) -> Deadline | None:
    """The last day of a stage's challenge; None while its clock has not begun (R-DISP-01, R-TIME-23).

    Document: counted from the later of taking it and the end of its notice, which favours the provider where the
    law says “or”. The review is known to bidders with the result, so both run from the end of the award notice.
    """
    if stage == Stage.DOCUMENT:
        known = [day for day in (part.took_documents_on, moments.notice_until) if day is not None]
        return compute(RAISE_BY, max(known)) if part.took_documents_on else None
    if stage == Stage.OPENING:
        return compute(RAISE_BY, moments.opened_on) if moments.opened_on else None
    if moments.ended_on is None:
        return None
    return compute(RAISE_BY, compute(NOTICE_STANDS, moments.ended_on).date)


def window(stage: Stage, part: Part, moments: Moments, now: datetime) -> Window:
    """Whether this provider may challenge this stage now, and until when (R-DISP-01, R-DISP-02)."""
    until = last_day(stage, part, moments)
    if stage == Stage.DOCUMENT and part.took_documents_on is None:
        words = N_("没有在这里获取采购文件。请先获取采购文件，再对它提出质疑。")
        return Window(stage, until, say(words))
    if stage == Stage.OPENING and not part.has_bid:
        return Window(stage, until, say(N_("没有提交响应文件，不能对开标提出质疑。对采购文件仍可以在期限内提出。")))
    if stage in (Stage.REVIEW, Stage.RESULT) and not part.was_opened:
        return Window(stage, until, say(N_("没有参加这个项目的评审，不能对评审和结果提出质疑。")))
    if until is None:
        return Window(stage, until, say(N_("这个环节还没有结束，期限还没有起算。结束以后可以提出。")))
    if county_day(now) > until.date:
        words = N_("提出质疑的期限已于 {day} 届满。可以随时提出询问，也可以向财政部门反映。")
        return Window(stage, until, say(words, day=day_words(until.date)))
    return Window(stage, until, None)


def check_open(found: Window) -> None:
    """Raises Conflict with the reason (R-DISP-01, R-DISP-02)."""
    if found.against is not None:
        clause = STANDING if found.until is None else STARTS
        raise Conflict(found.against.message, clause=clause, **found.against.values)


def may_answer(actor: Actor, listing: Mapping[str, Any]) -> bool:
    """The buyer answers, or its agency within its authority (94 Art. 5, R-ROLE-05)."""
    return actor.may(Permission.ANSWER_CHALLENGE) and runs(actor, listing, Entrusted.ANSWER)


def check_may_answer(actor: Actor, listing: Mapping[str, Any], changes_result: bool) -> None:
    """What changes the procurement is the buyer's own decision. Raises Forbidden (R-ROLE-05, R-ROLE-02)."""
    actor.check_may(Permission.ANSWER_CHALLENGE)
    if not runs(actor, listing, Entrusted.ANSWER):
        actor.check_entrusted(listing["agency_agreement"], Entrusted.ANSWER)
        raise Forbidden(N_("质疑由采购人答复。请联系采购人。"), clause=ANSWER_BY)
    if changes_result and actor.organisation_id != listing["procuring_unit"]:
        raise Forbidden(N_("影响结果的处理由采购人自己决定。请采购人答复这件质疑。"), clause="R-ROLE-05")


def may_see(actor: Actor | None, challenge: Mapping[str, Any], listing: Mapping[str, Any], is_concerned: bool) -> bool:
    """The challenger, those who answer and who supervise; once answered, other providers concerned (94 Art. 13)."""
    if actor is None:
        return False
    if actor.organisation_id == challenge["organisation"] or actor.may(Permission.READ_EVERYTHING):
        return True
    if may_answer(actor, listing):
        return True
    return is_concerned and challenge["status"] == ChallengeStatus.ANSWERED


def complain_until(challenge: Mapping[str, Any]) -> Deadline:
    """The last day of a complaint: counted from the end of the answer period (R-TIME-25)."""
    return compute(COMPLAIN_BY, challenge["answer_by"])


def complaint_against(challenge: Mapping[str, Any], now: datetime, others: Sequence[str]) -> Sentence | None:
    """Why no complaint may be raised about a challenge now, or None (R-DISP-03, R-TIME-25).

    `others`: the states of earlier complaints about it.
    """
    today = county_day(now)
    if challenge["status"] == ChallengeStatus.WITHDRAWN:
        return say(N_("质疑已经撤回，不能投诉。"))
    if challenge["status"] == ChallengeStatus.RECEIVED and today <= challenge["answer_by"]:
        words = N_("采购人在 {day} 前答复。收到答复，或者到期没有答复以后，可以投诉。")
        return say(words, day=day_words(challenge["answer_by"]))
    if today > (until := complain_until(challenge)).date:
        return say(N_("提起投诉的期限已于 {day} 届满。"), day=day_words(until.date))
    if any(each not in (T.NOT_ACCEPTED, T.WITHDRAWN) for each in others):
        return say(N_("对这件质疑已经提起投诉。请打开投诉查看。"))
    return None


def days_on(day: date) -> dict[str, int]:
    """The limits in days, for the sentences of the pages."""
    return {name: int(number(key, day)) for name, key in LIMITS.items()}
