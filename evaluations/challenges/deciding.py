"""Finance suspends, has things examined, and decides; what it decides the system carries out (R-DISP-04)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from catalogue.holds.rules import Ground, order_mistakes
from catalogue.holds.services import HoldEnd, NewHold, begin_hold
from catalogue.interest.services import mail_in
from catalogue.interruptions.rules import NewSuspension
from catalogue.interruptions.services import suspend_by_order
from catalogue.listings.queries import listing_by_id
from catalogue.listings.rules import Status, shown_status
from evaluations.challenges import queries
from evaluations.challenges.carrying_out import carry_out, case_of
from evaluations.challenges.complaint_rules import check_may_decide
from evaluations.challenges.complaint_services import begin_pause, end_order, end_pauses, to_review
from evaluations.challenges.letters import tell_of_rest, tell_of_resumption
from evaluations.challenges.remedies import COMPLAINT_OUTCOMES, Outcome, Remedy, check_remedy, remedies_of_complaint
from evaluations.challenges.rules import COMPLAINT_TRANSITIONS, ComplaintStatus
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval, transaction
from marketplace.kernel.errors import Conflict, FormRefused
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.states import move

Row = dict[str, Any]


@dataclass(frozen=True)
class Order:
    """Finance's written order to rest: its number, its last day, and why."""

    document_number: str
    until: date
    reason: str


@dataclass(frozen=True)
class Decision:
    """What finance found, on what basis, and what follows."""

    outcome: Outcome
    remedy: Remedy
    found: str
    basis: str


async def order_suspension(reference: str, order: Order, actor: Actor, now: datetime) -> None:
    """Suspend the whole procurement for at most 30 days, once for a complaint (R-TIME-27).

    While bids are taken every date moves with it. Raises Forbidden, FormRefused, Conflict.
    """
    if mistakes := order_mistakes(order.until, order.document_number, now):
        raise FormRefused(mistakes)
    async with transaction():
        row = await to_review(reference, actor, now)
        if row["status"] != ComplaintStatus.ACCEPTED:
            raise Conflict(N_("只有受理以后、决定以前可以通知暂停。请刷新页面查看。"), clause="R-TIME-27")
        if await fetchval("SELECT 1 FROM procurement_hold WHERE subject = $1 AND ground = 'finance_order'", reference):
            raise Conflict(N_("对这件投诉已经通知过暂停，不能再次暂停。"), clause="R-TIME-27")
        listing = await listing_by_id(row["listing"])
        await begin_hold(
            NewHold(
                row["listing"], Ground.FINANCE_ORDER, reference, order.document_number, order.until, order.reason
            ),
            actor, now,
        )  # fmt: skip
        if shown_status(listing["status"], listing["closes_at"], now) == Status.PUBLISHED:
            new = NewSuspension(Ground.FINANCE_ORDER.value, order.reason, order.until, order.document_number)
            await suspend_by_order(listing, new, actor)
        await tell_of_rest(row, await queries.order_of(reference) or {}, now)


async def lift_suspension(reference: str, end: HoldEnd, actor: Actor, now: datetime) -> None:
    """Let the procurement go on before its day, and tell the parties in writing (94 Art. 28).

    Raises Forbidden, FormRefused without number or reason, Conflict when nothing rests.
    """
    missing = {}
    if not end.document_number.strip():
        missing["resume_number"] = say(N_("请填写财政部门通知的文号。"))
    if not end.reason.strip():
        missing["resume_reason"] = say(N_("请写明为什么恢复。"))
    if missing:
        raise FormRefused(missing)
    async with transaction():
        row = await to_review(reference, actor, now)
        if not await end_order(row, end, actor, now):
            raise Conflict(N_("这个项目没有因这件投诉暂停。请刷新页面查看。"), clause="R-TIME-27")
        await tell_of_resumption(row, await queries.order_of(reference) or {}, now)


async def begin_examination(reference: str, why: str, actor: Actor, now: datetime) -> None:
    """Tests or experts: the time does not count until their result is in (94 Art. 27). Raises Conflict."""
    async with transaction():
        row = await to_review(reference, actor, now)
        is_paused = await fetchval("SELECT 1 FROM complaint_pause WHERE complaint = $1 AND ended_at IS NULL", row["id"])
        if row["status"] != ComplaintStatus.ACCEPTED or is_paused:
            raise Conflict(N_("现在不能开始检验、鉴定或者专家评审。请刷新页面查看。"), clause="R-TIME-26")
        await begin_pause(row["id"], why, now)
        detail = {"complaint": reference, "why": why}
        await record("complaint.examination_begun", ("complaint", str(row["id"])), actor, detail, now)


async def end_examination(reference: str, actor: Actor, now: datetime) -> None:
    """The result is in; the decision's last day moves by the working days it took. Raises Conflict."""
    async with transaction():
        row = await to_review(reference, actor, now)
        if row["status"] != ComplaintStatus.ACCEPTED or not await end_pauses(row, now):
            raise Conflict(N_("没有正在进行的检验、鉴定或者专家评审。请刷新页面查看。"), clause="R-TIME-26")
        await record("complaint.examination_ended", ("complaint", str(row["id"])), actor, {"complaint": reference}, now)


async def decide_complaint(reference: str, new: Decision, actor: Actor, now: datetime) -> None:
    """Decide, carry it out, tell the parties, and publish the decision; finance never scores (R-ROLE-02).

    Raises Forbidden, Conflict before the respondent's time is over or for another remedy than the law's (R-DISP-04),
    IllegalMove when it is decided or withdrawn.
    """
    async with transaction():
        row = await to_review(reference, actor, now)
        await _check_ready(row, now)
        await _write_decision(row, new, actor, now)
        listing = await listing_by_id(row["listing"])
        check_remedy(remedies_of_complaint(await case_of(listing, row, now), new.outcome), new.remedy)
        await end_order(row, HoldEnd("已作出处理决定"), actor, now)
        await carry_out(new.remedy, await listing_by_id(row["listing"]), row["lot"], reference, (actor, now))
        await _tell_parties(row, new, now)
        detail = {"complaint": reference, "outcome": new.outcome.value, "remedy": new.remedy.value}
        await record("complaint.decided", ("complaint", str(row["id"])), actor, detail, now)


async def _check_ready(row: Row, now: datetime) -> None:
    replied = await fetchval(
        "SELECT EXISTS (SELECT 1 FROM complaint_reply WHERE complaint = $1 AND organisation = $2)",
        row["id"], row["procuring_unit"],
    )  # fmt: skip
    paused = await fetchval(
        "SELECT EXISTS (SELECT 1 FROM complaint_pause WHERE complaint = $1 AND ended_at IS NULL)", row["id"]
    )
    check_may_decide(row, replied, paused, now)


async def _write_decision(row: Row, new: Decision, actor: Actor, now: datetime) -> None:
    """Write the decision with the move, so that a decided complaint is always whole."""
    status = move(COMPLAINT_TRANSITIONS, row["status"], to=ComplaintStatus.DECIDED)
    await execute(
        "UPDATE complaint SET status = $2, outcome = $3, remedy = $4, found = $5, basis = $6, decided_by = $7,"
        " decided_at = $8 WHERE id = $1",
        row["id"], status.value, new.outcome.value, new.remedy.value, new.found, new.basis, actor.person_id, now,
    )  # fmt: skip


async def _tell_parties(row: Row, new: Decision, now: datetime) -> None:
    values = {"reference": row["reference"], "title": row["title"], "outcome": say(COMPLAINT_OUTCOMES[new.outcome])}
    subject = say(N_("投诉处理决定书：{reference}"), **values)
    body = say(N_("“{title}”的投诉 {reference}：{outcome}。\n决定书：/complaints/{reference}"), **values)
    offices = [row["organisation"], row["procuring_unit"]]
    mails = [address for office in offices for address in await queries.mails_of_office(office)]
    for address in [*mails, *await queries.mails_concerned(row["listing"], row["organisation"])]:
        await mail_in("zh", address, (subject, body), now, None)
