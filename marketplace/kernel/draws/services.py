"""Freeze a list, draw from it, give a draw up, let everybody read it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from marketplace.kernel.audit import record
from marketplace.kernel.audit.services import Doer
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, insert, transaction
from marketplace.kernel.draws import queries
from marketplace.kernel.draws.rules import (
    DRAW_TRANSITIONS,
    Candidate,
    DrawKind,
    DrawStatus,
    check_linked,
    clean_words,
    frozen_list,
    lots_in_order,
    one_line,
    seed_of,
)
from marketplace.kernel.draws.tables import Draw
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.private_columns import conceal
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move

SERIES = "CQ"  # 抽签


class Drawer(Doer, Protocol):
    """Whoever draws, with the organisation that answers for the draw."""

    @property
    def organisation_id(self) -> UUID: ...


@dataclass(frozen=True)
class DrawPlan:
    """What is to be drawn: `subject` is the row it is for, `subject_line` what people read of it."""

    kind: DrawKind
    subject: UUID
    subject_line: str
    listing_reference: str
    take: int
    candidates: Sequence[Candidate]
    least_present: int
    clause: str
    is_public: bool


@dataclass(frozen=True)
class Witness:
    """Somebody present, and the words or numbers this person says aloud."""

    name: str
    words: str


async def freeze_draw(plan: DrawPlan, actor: Drawer, now: datetime) -> str:
    """Fix who may be drawn and publish the list's hash; gives the draw's number. May is the caller's question.

    Raises DomainError for a list that cannot be drawn from, Conflict when one is already frozen or drawn.
    """
    async with transaction():
        if await queries.standing_draw(plan.kind, plan.subject):
            raise Conflict(N_("这里已经锁定过一份名单。请在那份名单上抽取，或者先写明原因作废。"), clause=plan.clause)
        reference = await next_reference(SERIES, county_day(now).year)
        frozen = frozen_list(reference, plan.subject_line, plan.take, plan.candidates, secrets.token_hex(32))
        draw = uuid4()
        detail = {"draw": reference, "kind": plan.kind.value, "commitment": frozen.commitment}
        entry = await record("draw.frozen", ("draw", str(draw)), actor, detail, now)
        await insert(
            Draw, id=draw, reference=reference, kind=plan.kind.value, subject=plan.subject,
            subject_line=frozen.subject, listing_reference=plan.listing_reference,
            organisation=actor.organisation_id, take=plan.take, least_present=plan.least_present, clause=plan.clause,
            secret_kept=conceal(frozen.secret, queries.SECRET_PLACE), commitment=frozen.commitment,
            frozen_by=actor.person_id, frozen_by_name=actor.name, frozen_at=now, frozen_entry=entry,
            public_at=now if plan.is_public else None,
        )  # fmt: skip
        await execute(
            "INSERT INTO draw_candidate (id, draw, key, name)"
            " SELECT gen_random_uuid(), $1, c.key, c.name FROM unnest($2::text[], $3::text[]) AS c(key, name)",
            draw, [each.key for each in frozen.candidates], [each.name for each in frozen.candidates],
        )  # fmt: skip
    return reference


async def _lock(reference: str, actor: Drawer, to: DrawStatus) -> dict[str, Any]:
    row = await fetchrow("SELECT * FROM draw WHERE reference = $1 FOR UPDATE", reference)
    if row is None:
        raise NotFound()
    if row["organisation"] != actor.organisation_id:
        raise Forbidden(N_("这份名单是另一个单位锁定的。请由该单位抽取。"), clause=row["clause"])
    move(DRAW_TRANSITIONS, row["status"], to=to)
    return dict(row)


async def hold_draw(reference: str, present: Sequence[Witness], actor: Drawer, now: datetime) -> list[str]:
    """Draw: gives the keys drawn, in the order of their lots.

    Raises NotFound, Forbidden for another office, Conflict when drawn before or not yet in the audit chain,
    DomainError while too few are present or one said nothing.
    """
    async with transaction():
        draw = await _lock(reference, actor, DrawStatus.DRAWN)
        words = clean_words([each.words for each in present], draw["least_present"])
        names = [one_line(each.name) for each in present]
        if not all(names) or len(set(names)) < len(names):
            raise DomainError(N_("请写明每个在场的人是谁，同一个人只算一次。"), clause=draw["clause"])
        position, chain_hash = await queries.link_of(draw["frozen_entry"])
        check_linked(chain_hash)
        frozen = queries.frozen_of(draw, await queries.candidates_of(draw["id"]))
        seed = seed_of(draw["commitment"], frozen.secret, chain_hash, words)
        lots = lots_in_order(seed, frozen.candidates)
        await execute(
            "UPDATE draw SET status = 'drawn', seed = $2, chain_position = $3, chain_hash = $4,"
            " drawn_by_name = $5, drawn_at = $6, secret = $7 WHERE id = $1",
            draw["id"], seed, position, chain_hash, actor.name, now, frozen.secret,
        )  # fmt: skip
        await execute(
            "UPDATE draw_candidate AS c SET lot = l.lot, place = l.place"
            " FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS l(key, lot, place)"
            " WHERE c.draw = $1 AND c.key = l.key",
            draw["id"], [lot.candidate.key for lot in lots], [lot.ticket for lot in lots],
        )  # fmt: skip
        await execute(
            "INSERT INTO draw_witness (id, draw, number, name, words) SELECT gen_random_uuid(), $1, w.number, w.name,"
            " w.words FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS w(name, words, number)",
            draw["id"], [name[:200] for name in names], list(words),
        )  # fmt: skip
        # who was drawn may be secret until the award, so the trail names the seed and not the names
        await record("draw.held", ("draw", str(draw["id"])), actor, {"draw": reference, "seed": seed}, now)
    return [lot.candidate.key for lot in lots[: draw["take"]]]


async def cancel_draw(reference: str, reason: str, actor: Drawer, now: datetime) -> None:
    """Give up a list from which nothing was drawn, with a reason that stays. Raises Conflict once it was drawn."""
    async with transaction():
        draw = await _lock(reference, actor, DrawStatus.CANCELLED)
        if not reason.strip():
            raise DomainError(N_("请写明为什么作废这份名单。"), clause=draw["clause"])
        await execute(
            "UPDATE draw SET status = 'cancelled', cancelled_at = $2, cancel_reason = $3 WHERE id = $1",
            draw["id"], now, reason.strip()[:1000],
        )  # fmt: skip
        detail = {"draw": reference, "reason": reason.strip()[:200]}
        await record("draw.cancelled", ("draw", str(draw["id"])), actor, detail, now)


async def open_draws(listing_reference: str, now: datetime) -> None:
    """From now on everybody may read the draws of a listing; called where its result is published."""
    await execute(
        "UPDATE draw SET public_at = $2 WHERE listing_reference = $1 AND public_at IS NULL", listing_reference, now
    )
