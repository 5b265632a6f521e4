"""A buyer's own chain of approval: proposed by one person, in force when a second one confirms it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from catalogue.listings.review.chain import Step, check_chain
from catalogue.listings.review.queries import colleagues
from catalogue.listings.review.tables import ReviewChain, ReviewChainStep
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_


@dataclass(frozen=True)
class NewChain:
    """The steps in order, the document that says so, and from which amount minutes are needed (yuan; None: never)."""

    steps: tuple[Step, ...]
    document: str
    minutes_from: Decimal | None = None


async def propose_chain(new: NewChain, actor: Actor, now: datetime) -> UUID:
    """Propose a chain for the actor's own office. Raises FormRefused."""
    actor.check_may(Permission.APPROVE_LISTING)
    people = frozenset(each["id"] for each in await colleagues(actor.organisation_id))
    mistakes = check_chain(new.steps, people)
    if mistakes:
        raise FormRefused(mistakes)
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock(hashtext('review_chain' || $1::text))", str(actor.organisation_id))
        number = await fetchval(
            "SELECT coalesce(max(number), 0) + 1 FROM review_chain WHERE buyer = $1", actor.organisation_id
        )
        chain: UUID = await insert(
            ReviewChain, buyer=actor.organisation_id, number=number, document=new.document,
            minutes_from=new.minutes_from, proposed_by=actor.person_id, proposed_at=now,
        )  # fmt: skip
        await _write_steps(chain, new.steps)
        detail = {"document": new.document, "steps": " ".join(step.duty for step in new.steps)}
        await record("review_chain.proposed", ("review_chain", str(chain)), actor, detail, now)
    return chain


async def _write_steps(chain: UUID, steps: Sequence[Step]) -> None:
    for position, step in enumerate(steps, start=1):
        await insert(ReviewChainStep, chain=chain, position=position, duty=step.duty.value, person=step.person)


async def confirm_chain(chain: UUID, actor: Actor, now: datetime) -> None:
    """Put a colleague's proposal in force for what is handed over from now on. Raises Forbidden, Conflict."""
    actor.check_may(Permission.APPROVE_LISTING)
    async with transaction():
        row = await fetchrow(
            "SELECT * FROM review_chain WHERE id = $1 AND buyer = $2 FOR UPDATE", chain, actor.organisation_id
        )
        if row is None:
            raise NotFound()
        if row["confirmed_at"] is not None:
            raise Conflict(N_("这个顺序已经确认过了。"))
        if row["proposed_by"] == actor.person_id:
            raise Forbidden(N_("这个顺序是您提出的，要由另一位同事确认。"), clause="R-ROLE-03")
        await execute(
            "UPDATE review_chain SET confirmed_by = $2, confirmed_at = $3 WHERE id = $1", chain, actor.person_id, now
        )
        await record("review_chain.confirmed", ("review_chain", str(chain)), actor, {"document": row["document"]}, now)
