"""Appoint members, and declare interests."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.queries import listing_by_id, lock_listing
from catalogue.listings.queries import openers as openers_of
from evaluations.panel import queries
from evaluations.panel.rules import (
    APPOINTING,
    Candidate,
    Kind,
    ListingPeople,
    check_candidate,
    check_may_appoint,
    check_whole,
)
from evaluations.panel.tables import PanelMember
from evaluations.panel.ties import certain_tie
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission, Role
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.i18n import N_


async def appoint_member(  # noqa: PLR0913 - the act is named with all it needs
    listing: UUID, person: UUID, kind: str, drawn_from: str, actor: Actor, now: datetime
) -> UUID:
    """Put a person on the panel; `drawn_from` records the draw (R-EXP-01). Again is the same seat.

    Raises Forbidden for strangers, DomainError when the person may not judge, Conflict once marks are locked.
    """
    async with transaction():
        row = await lock_listing(listing)
        check_may_appoint(actor, row)
        if seat := await queries.member_of(listing, person):
            return UUID(str(seat["id"]))
        if row["status"] not in APPOINTING or await queries.is_locked(listing):
            raise Conflict(N_("现在不能再增加评审小组成员：评分已经锁定，或者采购已经走到别的环节。"))
        await _check_place_is_free(row)
        if kind == Kind.EXPERT and not drawn_from.strip():
            raise DomainError(N_("请写明专家是从哪个库、怎样抽取的。"), clause="R-EXP-01")
        facts = await queries.person_facts(person)
        candidate = Candidate(
            person, Kind(kind), facts["organisation"], frozenset(Role(r) for r in facts["roles"]),
            facts["organisations"],
        )  # fmt: skip
        opener_ids = {opener["person"] for opener in await openers_of(listing)}
        check_candidate(
            candidate,
            ListingPeople(
                row["procuring_unit"], row["drafted_by"], row["approved_by"], opener_ids,
                (await listing_by_id(listing))["agency"],
            ),
        )  # fmt: skip
        # before the opening a refusal would tell who bids
        known = {"person": person, "name": facts["name"], "employers": ""}
        if row["status"] == "opened" and (tie := await certain_tie(listing, known, county_day(now))):
            raise DomainError(
                N_("这个人应当回避，不能进评审小组：{tie}请另选一位。"), clause="R-ROLE-06", tie=tie.sentence
            )
        member: UUID = await insert(
            PanelMember, listing=listing, person=person, kind=kind, drawn_from=drawn_from.strip()[:200],
            appointed_by=actor.person_id, appointed_at=now,
        )  # fmt: skip
        # who judges stays unknown until the award notice (R-COM-04), so the trail names the seat and not the person
        await void_in_common(listing, actor, now)
        detail = {"member": str(member), "kind": kind, "drawn_from": drawn_from.strip()[:200]}
        await record("panel.appointed", ("listing", str(listing)), actor, detail, now)
    return member


async def _check_place_is_free(row: dict[str, Any]) -> None:
    """Once the panel reviews, only a place that somebody left is filled: nobody picks another majority (R-COM-08)."""
    began = await fetchval(
        "SELECT EXISTS (SELECT FROM opened_bid b JOIN listing_lot t ON t.id = b.lot WHERE t.listing = $1"
        " AND (EXISTS (SELECT FROM conformity_vote v WHERE v.opened_bid = b.id)"
        " OR EXISTS (SELECT FROM conformity_decision d WHERE d.opened_bid = b.id)))",
        row["id"],
    )
    if not began:
        return
    try:
        check_whole([m["kind"] for m in await queries.judging_members(row["id"])], await queries.size_of(row))
    except DomainError:
        return
    raise Conflict(
        N_("符合性审查已经开始，评审小组是齐的，不能再增加成员。有成员回避的，才补选一名。"), clause="R-COM-08"
    )


async def declare_interest(  # noqa: PLR0913 - the act is named with all it needs
    listing: UUID, has_interest: bool, text: str, actor: Actor, now: datetime, employers: str = ""
) -> bool:
    """A member says, knowing the bidders, whether anything ties it to one of them; whether it may judge (R-ROLE-06).

    `employers`: where it worked in the years that count, a name or code a line. Where it says no and the registers say
    otherwise, it steps aside with the reason on record.
    Raises NotFound for those without a seat, Conflict before the opening, after locking, or on taking an interest back.
    """
    async with transaction():
        row = await lock_listing(listing)
        member = await queries.member_of(listing, actor.person_id)
        if member is None:
            actor.check_may(Permission.SCORE_BIDS)
            raise NotFound()
        if row["status"] != "opened":
            raise Conflict(N_("开标以后、评审结束以前才能声明，因为声明要对着供应商名单作出。"))
        if member["declared_at"] and member["has_interest"] == has_interest:
            return not has_interest
        if member["has_interest"]:
            raise Forbidden(N_("您已经声明有利害关系，不能再参加评审。"), clause="R-ROLE-06")
        if member["locked_at"]:
            raise Conflict(N_("您的评分已经锁定，不能再改声明。请联系采购人。"))
        if has_interest and not text.strip():
            raise DomainError(N_("请写明是什么利害关系。"), clause="R-ROLE-06")
        employers = employers.strip()[:2000]
        about = {"person": actor.person_id, "name": actor.name, "employers": employers}
        tie = None if has_interest else await certain_tie(listing, about, county_day(now))
        steps_aside = has_interest or tie is not None
        interest = tie.on_record if tie else text.strip()
        await execute(
            "UPDATE panel_member SET declared_at = $2, has_interest = $3, interest = $4, employers = $5, is_found = $6"
            " WHERE id = $1",
            member["id"], now, steps_aside, interest[:2000], employers, tie is not None,
        )  # fmt: skip
        if steps_aside:
            await void_in_common(listing, actor, now)
        detail = {"member": str(member["id"]), "has_interest": "yes" if steps_aside else "no"}
        await record("panel.recused" if tie else "panel.declared", ("listing", str(listing)), actor, detail, now)
    return not steps_aside


async def void_in_common(listing: UUID, actor: Actor, now: datetime) -> None:
    """What another composition decided in common no longer stands; those who stay look at their own again (R-COM-08).

    Their findings and marks are kept, open to be changed, until they say them once more.
    """
    decided = await fetch(
        "DELETE FROM conformity_decision d USING opened_bid b, listing_lot t"
        " WHERE d.opened_bid = b.id AND t.id = b.lot AND t.listing = $1 RETURNING d.opened_bid",
        listing,
    )
    await execute(
        "DELETE FROM ended_lot e USING listing_lot t WHERE t.id = e.lot AND t.listing = $1 AND e.stage = 'conforming'",
        listing,
    )
    reopened = await fetch(
        "UPDATE panel_member SET locked_at = NULL, reopened_at = $2 WHERE listing = $1 AND locked_at IS NOT NULL"
        " RETURNING id",
        listing, now,
    )  # fmt: skip
    if decided or reopened:
        detail = {"bids": str(len(decided)), "members": str(len(reopened)), "clause": "R-COM-08"}
        await record("panel.decisions_voided", ("listing", str(listing)), actor, detail, now)
