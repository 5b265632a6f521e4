"""A worker objects to an own line; somebody else than who computed it answers, and the worker is told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.subsidies.line_queries import line_page
from contracts.subsidies.line_rules import (
    OBJECTION_TRANSITIONS,
    ObjectionStatus,
    check_answerer,
    check_may_be_objected,
)
from contracts.subsidies.tables import SubsidyObjection
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Month
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.states import move


async def object_to_line(line_id: UUID, words: str, actor: Actor, now: datetime) -> UUID:
    """Object to an own line; one objection at a time. Raises NotFound for another's line, Conflict."""
    actor.check_may(Permission.READ_OWN_SUBSIDY)
    line = await line_page(line_id, actor)
    if line["of_person"] != actor.person_id:
        raise NotFound()
    async with transaction():
        # an approval of the run waits here, or comes first and leaves nothing to wait for
        await execute("SELECT 1 FROM subsidy_run WHERE id = $1 FOR UPDATE", line["run"])
        if await fetchval("SELECT 1 FROM subsidy_objection WHERE line = $1 AND status = 'open'", line_id):
            raise Conflict(N_("您已经对这个月提出异议，正在等待答复。要补充，请先撤回再提出。"))
        objection: UUID = await insert(
            SubsidyObjection, line=line_id, words=words, raised_by=actor.person_id, raised_at=now
        )
        detail = {"month": f"{line['month']:%Y-%m}"}
        await record("subsidy.objected", ("subsidy_line", str(line_id)), actor, detail, now)
    return objection


async def record_objection(line_id: UUID, said_by: str, words: str, actor: Actor, now: datetime) -> UUID:
    """Civil affairs enters what somebody said of a line on paper or at the counter while the list was public.

    Raises NotFound, Conflict when the list is frozen: then money is asked back, or paid with the next run.
    """
    actor.check_may(Permission.RUN_SUBSIDIES)
    line = await line_page(line_id, actor)
    async with transaction():
        await execute("SELECT 1 FROM subsidy_run WHERE id = $1 FOR UPDATE", line["run"])
        check_may_be_objected(line["run_status"])
        objection: UUID = await insert(
            SubsidyObjection, line=line_id, words=words, said_by=said_by, raised_by=actor.person_id, raised_at=now
        )
        detail = {"month": f"{line['month']:%Y-%m}"}
        await record("subsidy.objection_recorded", ("subsidy_line", str(line_id)), actor, detail, now)
    return objection


async def withdraw_objection(objection_id: UUID, actor: Actor, now: datetime) -> None:
    """Take an own objection back. Raises NotFound, Conflict when it was answered."""
    async with transaction():
        found = await _lock(objection_id)
        if found["raised_by"] != actor.person_id:
            raise NotFound()
        await _move(found, ObjectionStatus.WITHDRAWN)
        await record("subsidy.objection_withdrawn", ("subsidy_line", str(found["line"])), actor, {}, now)


async def answer_objection(
    objection_id: UUID, is_upheld: bool, answer: str, actor: Actor, now: datetime
) -> None:
    """Answer with reasons and tell the worker. Raises Forbidden for who computed the run (R-ROLE-03), Conflict.

    An upheld objection changes no amount by itself: the fact is corrected where it stands (hours, certificate), and
    the month is computed anew, or a later payment is asked for where it was paid already.
    """
    actor.check_may(Permission.RUN_SUBSIDIES)
    status = ObjectionStatus.UPHELD if is_upheld else ObjectionStatus.REJECTED
    async with transaction():
        found = await _lock(objection_id)
        check_answerer(actor.person_id, found["run_by"])
        move(OBJECTION_TRANSITIONS, ObjectionStatus(found["status"]), to=status)
        await execute(
            "UPDATE subsidy_objection SET status = $2, answer = $3, answered_by = $4, answered_at = $5 WHERE id = $1",
            objection_id, status.value, answer, actor.person_id, now,
        )  # fmt: skip
        detail = {"outcome": status.value}
        await record("subsidy.objection_answered", ("subsidy_line", str(found["line"])), actor, detail, now)
        if found["said_by"]:
            return  # whoever came to the counter is answered there
        subject = say(N_("您对{month}补贴的异议已经答复"), month=Month(found["month"])).text()
        words = say(N_("请登录后在“我的补贴”里看答复和理由。")).text()
        await post_mail(found["email"], subject, words, now)


async def _lock(objection_id: UUID) -> dict[str, object]:
    row = await fetchrow(
        "SELECT b.id, b.line, b.status, b.raised_by, b.said_by, r.run_by, r.month, p.email FROM subsidy_objection b"
        " JOIN subsidy_line l ON l.id = b.line JOIN subsidy_run r ON r.id = l.run JOIN person p ON p.id = b.raised_by"
        " WHERE b.id = $1 FOR UPDATE OF b",
        objection_id,
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def _move(found: dict[str, object], to: ObjectionStatus) -> None:
    status = move(OBJECTION_TRANSITIONS, ObjectionStatus(str(found["status"])), to=to)
    await execute("UPDATE subsidy_objection SET status = $2 WHERE id = $1", found["id"], status.value)
