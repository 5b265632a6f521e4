"""Questions as readers see them: the answered ones for all, the waiting ones for the handler and the one who asked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.questions.rules import may_answer
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]
# no reader gets a column that says who asked, or when
_WAITING = "id, listing, asked, wants_change, answer_by, is_provisional"


async def answered(listing: UUID) -> list[Row]:
    """Published questions with their answers, in order."""
    rows = await fetch(
        "SELECT number, published_question, answer, answered_at FROM question"
        " WHERE listing = $1 AND answered_at IS NOT NULL ORDER BY number",
        listing,
    )
    return [dict(r) for r in rows]


async def waiting(listing: Row, actor: Actor | None) -> list[Row]:
    """Questions that wait for an answer, for those who answer, without their asker; nobody else sees any."""
    if actor is None or not may_answer(actor, listing):
        return []
    rows = await fetch(
        f"SELECT {_WAITING} FROM question WHERE listing = $1 AND answered_at IS NULL ORDER BY answer_by, id",
        listing["id"],
    )
    return [dict(r) for r in rows]


async def own_questions(listing: UUID, actor: Actor | None) -> list[Row]:
    """What the actor's own organisation asked, answered or not."""
    if actor is None or not actor.may(Permission.TAKE_DOCUMENTS):
        return []
    rows = await fetch(
        "SELECT id, number, asked, wants_change, asked_at, answer_by, is_provisional, answered_at FROM question"
        " WHERE listing = $1 AND asked_for = $2 ORDER BY asked_at DESC",
        listing, actor.organisation_id,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def question_to_answer(listing: Row, question: UUID, actor: Actor) -> Row:
    """One question of a listing for those who answer it. Raises NotFound for everybody else."""
    row = await fetchrow(
        f"SELECT {_WAITING}, number, published_question, answer, answered_at FROM question"
        " WHERE id = $1 AND listing = $2",
        question, listing["id"],
    )  # fmt: skip
    if row is None or not may_answer(actor, listing):
        raise NotFound()
    return dict(row)


async def to_answer(actor: Actor) -> list[Row]:
    """Every waiting question of the unit's listings, the most pressing first."""
    rows = await fetch(
        "SELECT q.id, q.answer_by, l.reference, l.title, l.title_en FROM question q JOIN listing l ON l.id = q.listing"
        " WHERE (l.procuring_unit = $1 OR l.agency_agreement = ANY($2)) AND q.answered_at IS NULL"
        " ORDER BY q.answer_by, q.id",
        actor.organisation_id, actor.agreements_for(Entrusted.ANSWER),
    )  # fmt: skip
    return [dict(r) for r in rows]
