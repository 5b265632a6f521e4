"""The members elect their chair; the purchaser's representative may not be it (87 Art 45, R-COM-04)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.queries import lock_listing
from evaluations.panel.queries import is_locked, judging_members
from evaluations.panel.rules import Kind
from evaluations.panel.seats import own_seat
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]
CHAIR = "R-COM-04"
WITH_CHAIR = ("opened", "evaluated")


def elected(members: Sequence[UUID], votes: Mapping[UUID, UUID]) -> UUID | None:
    """Whom more than half of the members want; votes of and for those who left do not count. Pure."""
    counted = Counter(chosen for member, chosen in votes.items() if member in members and chosen in members)
    return next((chosen for chosen, count in counted.items() if 2 * count > len(members)), None)


async def votes_of(listing: UUID) -> dict[UUID, UUID]:
    """Member -> whom it wants."""
    rows = await fetch(
        "SELECT v.member, v.chosen FROM chair_vote v JOIN panel_member m ON m.id = v.member WHERE m.listing = $1",
        listing,
    )
    return {row["member"]: row["chosen"] for row in rows}


async def chair_of(listing: UUID) -> Row | None:
    """The elected chair's seat, or None while nobody has a majority."""
    judging = await judging_members(listing)
    found = elected([m["id"] for m in judging], await votes_of(listing))
    return next((m for m in judging if m["id"] == found), None)


async def vote_for_chair(listing: UUID, chosen: UUID, actor: Actor, now: datetime) -> None:
    """Vote, or vote anew while nobody is elected. Raises Forbidden, NotFound, Conflict, DomainError (R-COM-04)."""
    async with transaction():
        row = await lock_listing(listing)
        member = await own_seat(listing, actor)
        if row["status"] not in WITH_CHAIR:
            raise Conflict(N_("开标以后、确定供应商以前才推选组长。请刷新页面。"), clause=CHAIR)
        if not await is_locked(listing):
            raise Conflict(N_("全部成员锁定评分以后才推选组长。"), clause="R-COM-06")
        seat = next((m for m in await judging_members(listing) if m["id"] == chosen), None)
        if seat is None:
            raise NotFound()
        if seat["kind"] == Kind.BUYER:
            raise DomainError(N_("采购人代表不得担任组长。请推选一位评审专家。"), clause=CHAIR)
        if await chair_of(listing):
            raise Conflict(N_("组长已经推选出来，不用再投票。"), clause=CHAIR)
        await execute(
            "INSERT INTO chair_vote (id, member, chosen, voted_at) VALUES (gen_random_uuid(), $1, $2, $3)"
            " ON CONFLICT (member) DO UPDATE SET chosen = $2, voted_at = $3",
            member["id"], chosen, now,
        )  # fmt: skip
        is_elected = await chair_of(listing) is not None
        # the trail names seats and not people: who judges is secret until the notice (R-COM-04)
        detail = {"member": str(member["id"]), "chosen": str(chosen), "elected": "yes" if is_elected else "no"}
        await record("panel.chair_voted", ("listing", str(listing)), actor, detail, now)
