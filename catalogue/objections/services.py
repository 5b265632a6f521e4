"""Take in an objection, and answer it after the experts argued once more."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.draft_queries import procedure_of
from catalogue.listings.queries import lock_listing
from catalogue.objections.queries import outcomes_of, publicised
from catalogue.objections.rules import (
    TRANSITIONS,
    NewObjection,
    Reargument,
    argument_mistakes,
    check_may_argue,
    check_settled,
    has_publicity,
    objection_mistakes,
    reargue_by,
)  # fmt: skip
from catalogue.objections.tables import Objection
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.states import move

Row = dict[str, Any]


async def enter_objection(reference: str, new: NewObjection, actor: Actor, now: datetime) -> int:
    """Anybody with an account objects here; the buyer enters what came on paper. Gives its number.

    Raises NotFound without a publicity, FormRefused out of its time (R-METH-08, R-CAL-05). Twice is one objection.
    """
    listing = await publicised(reference)
    if mistakes := objection_mistakes(listing, new, county_day(now)):
        raise FormRefused(mistakes)
    due = reargue_by(listing)
    async with transaction():
        await lock_listing(listing["id"])
        twin = await fetchval(
            "SELECT number FROM objection WHERE listing = $1 AND objector = $2 AND text = $3",
            listing["id"], new.objector, new.text,
        )  # fmt: skip
        if twin is not None:
            return int(twin)
        number: int = await fetchval(
            "SELECT coalesce(max(number), 0) + 1 FROM objection WHERE listing = $1", listing["id"]
        )
        await insert(
            Objection, listing=listing["id"], number=number, objector=new.objector, email=new.email, text=new.text,
            sent_on=new.sent_on, entered_by=actor.person_id, entered_at=now, argue_by=due.date,
            is_provisional=due.provisional,
        )  # fmt: skip
        detail = {"reference": reference, "number": str(number)}
        await record("objection.entered", ("listing", str(listing["id"])), actor, detail, now)
    return number


async def answer_objection(reference: str, number: int, new: Reargument, actor: Actor, now: datetime) -> None:
    """Record the experts' second argument and its outcome; the answer is published and sent to the objector.

    Raises NotFound, Forbidden, FormRefused, IllegalMove when it is answered.
    """
    listing = await publicised(reference)
    check_may_argue(actor, listing)
    if mistakes := argument_mistakes(listing, new, county_day(now)):
        raise FormRefused(mistakes)
    async with transaction():
        row = await fetchrow(
            "SELECT * FROM objection WHERE listing = $1 AND number = $2 FOR UPDATE", listing["id"], number
        )
        if row is None:
            raise NotFound()
        outcome = move(TRANSITIONS, row["outcome"], to=new.outcome)
        await execute(
            "UPDATE objection SET argued_on = $2, experts = $3, opinion = $4, answer = $5, outcome = $6,"
            " answered_by = $7, answered_at = $8 WHERE id = $1",
            row["id"], new.argued_on, new.experts, new.opinion, new.answer, outcome.value, actor.person_id, now,
        )  # fmt: skip
        if row["email"]:
            values = {"reference": reference, "number": number, "answer": new.answer}
            subject = say(N_("对异议的答复：{reference} 第 {number} 件"), **values)
            body = say(N_("{answer}\n答复也在公告页面公布：/listings/{reference}/objections"), **values)
            await post_mail(row["email"], subject.text("zh"), body.text("zh"), now)
        detail = {"reference": reference, "number": str(number), "result": outcome.value}
        await record("objection.answered", ("listing", str(listing["id"])), actor, detail, now)


async def check_objections_settled(listing: Row, now: datetime) -> None:
    """Before a single-source result is recorded or confirmed. Raises Conflict (R-METH-08)."""
    if has_publicity(listing, (await procedure_of(listing)).ground):
        check_settled(listing, await outcomes_of(listing["id"]), now)


async def objections_in_words(listing: UUID) -> str:
    """What came of them, for the record of the result; it is Chinese like the record."""
    outcomes = await outcomes_of(listing)
    return f"公示期内收到异议 {len(outcomes)} 件，均已补充论证并答复，异议不成立。" if outcomes else "无"
