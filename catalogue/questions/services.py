"""Ask a question and answer it to everybody.

Who asked stands in the row, for the mail and for the asker's own page, and in the listing's audit stream, which
supervision may read after the deadline. No page shows it to the handler: the law asks for an answer, not for a name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalogue.interest.services import mail_in, tell_interested
from catalogue.listings.inviting.queries import check_may_read_documents
from catalogue.listings.queries import listing_page, lock_listing
from catalogue.questions.rules import answer_by, check_may_answer, question_mistakes
from catalogue.questions.tables import Question
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, current_language, say


@dataclass(frozen=True)
class NewQuestion:
    """What a provider asks."""

    asked: str
    wants_change: bool = False


@dataclass(frozen=True)
class NewAnswer:
    """What is published: the question without what gives its asker away, and the answer."""

    published_question: str
    answer: str


async def ask_question(reference: str, new: NewQuestion, actor: Actor, now: datetime) -> UUID:
    """Ask about a published listing; the answer is due by R-TIME-22. Raises NotFound, FormRefused."""
    actor.check_may(Permission.TAKE_DOCUMENTS)
    listing = await listing_page(reference)
    await check_may_read_documents(listing, actor)
    names = await _names_of(actor)
    if mistakes := question_mistakes(listing, new.asked, new.wants_change, names, now):
        raise FormRefused(mistakes)
    due = answer_by(now, listing["rules_on"])
    async with transaction():
        await lock_listing(listing["id"], "SHARE")
        question: UUID = await insert(
            Question, listing=listing["id"], asked=new.asked, wants_change=new.wants_change, asked_by=actor.person_id,
            asked_for=actor.organisation_id, language=current_language.get(), asked_at=now, answer_by=due.date,
            is_provisional=due.provisional,
        )  # fmt: skip
        # the words are not copied: an entry that lasts should not hold what may have to be left out
        await record(
            "question.asked", ("question", str(question)), actor, {"listing": reference}, now,
            f"listing:{listing['id']}",
        )  # fmt: skip
    return question


async def _names_of(actor: Actor) -> list[str]:
    row = await fetchrow("SELECT name, name_en FROM organisation WHERE id = $1", actor.organisation_id)
    return [actor.name, *(list(row) if row else [])]


async def answer_question(reference: str, question: UUID, new: NewAnswer, actor: Actor, now: datetime) -> int:
    """Publish the answer to all and tell those concerned; gives its number. Raises Conflict when answered already."""
    listing = await listing_page(reference)
    check_may_answer(actor, listing)
    async with transaction():
        await lock_listing(listing["id"])
        row = await fetchrow(
            "SELECT q.answered_at, q.language, p.email FROM question q JOIN person p ON p.id = q.asked_by"
            " WHERE q.id = $1 AND q.listing = $2",
            question, listing["id"],
        )  # fmt: skip
        if row is None:
            raise NotFound()
        if row["answered_at"] is not None:
            raise Conflict(N_("这个询问刚才已经答复并公布。请刷新页面查看。"))
        number: int = await fetchval(
            "SELECT coalesce(max(number), 0) + 1 FROM question WHERE listing = $1", listing["id"]
        )
        await execute(
            "UPDATE question SET number = $2, published_question = $3, answer = $4, answered_by = $5, answered_at = $6"
            " WHERE id = $1",
            question, number, new.published_question, new.answer, actor.person_id, now,
        )  # fmt: skip
        await record(
            "question.answered", ("listing", str(listing["id"])), actor,
            {"reference": reference, "number": str(number)}, now,
        )  # fmt: skip
        await _tell(listing, number, (row["language"], row["email"]), now)
    return number


async def _tell(listing: dict[str, object], number: int, asker: tuple[str, str], now: datetime) -> None:
    """The one who asked gets a mail of its own; everybody else the same words that name nobody."""
    values = {"reference": listing["reference"], "title": listing["title"], "number": number}
    subject = say(N_("答复已公布：{reference} 第 {number} 问"), **values)
    body = say(
        N_("{reference}“{title}”公布了第 {number} 问的答复。\n请在公告页面查看：/listings/{reference}"), **values
    )
    await tell_interested(listing["id"], subject, body, now)  # type: ignore[arg-type]
    own = say(N_("您的询问已答复：{reference} 第 {number} 问"), **values)
    if asker[1]:
        hidden_until: datetime = listing["closes_at"]  # type: ignore[assignment]
        await mail_in(asker[0], asker[1], (own, body), now, hidden_until)
