"""Record a meeting, change the document, tell all at once, hand in again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.queries import listing_by_id, lock_listing
from contracts.agreements.rules import check_typed_name
from evaluations.consultations import queries
from evaluations.consultations.rules import (
    CLAUSE,
    KIND_LABELS,
    Kind,
    NewMeeting,
    check_consulting,
    check_may_confirm,
    check_meeting,
    check_part,
)
from evaluations.consultations.tables import ConsultationChange, ConsultationMeeting
from evaluations.opening.queries import opened_bids
from evaluations.opening.review import takes_part
from evaluations.panel.queries import member_of
from evaluations.panel.seats import own_seat
from evaluations.scoring.queries import addresses_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail

Row = dict[str, Any]


async def record_meeting(listing: UUID, opened_bid: UUID, new: NewMeeting, actor: Actor, now: datetime) -> int:
    """A member puts down a meeting with one bidder; gives its round. Raises Conflict, FormRefused, NotFound."""
    async with transaction():
        row = await lock_listing(listing)
        member = await own_seat(listing, actor)
        stage = await queries.stage_of(row)
        check_consulting(stage)
        check_part(await _bid(listing, opened_bid))
        check_meeting(new, stage, now)
        rounds: int = await fetchval("SELECT count(*) FROM consultation_meeting WHERE opened_bid = $1", opened_bid)
        await insert(
            ConsultationMeeting, opened_bid=opened_bid, round=rounds + 1, held_at=new.held_at,
            spoke_for=new.spoke_for.strip(), words=new.words.strip(), recorded_by=member["id"], recorded_at=now,
        )  # fmt: skip
        detail = {"bid": str(opened_bid), "count": str(rounds + 1)}
        await record("consultation.met", ("listing", str(listing)), actor, detail, now)
    return rounds + 1


async def _bid(listing: UUID, opened_bid: UUID) -> Row:
    for bid in await opened_bids(listing):
        if bid["id"] == opened_bid:
            return bid
    raise NotFound()


async def confirm_meeting(listing: UUID, meeting: UUID, actor: Actor, now: datetime) -> None:
    """The bidder says that the record of its meeting is right. Again changes nothing. Raises NotFound for others."""
    actor.check_may(Permission.BID)
    async with transaction():
        await lock_listing(listing)
        own = await own_bids(listing, actor)
        known = {m["id"]: m for of_bid in (await queries.meetings_of(listing)).values() for m in of_bid}
        if meeting not in known or known[meeting]["opened_bid"] not in {bid["id"] for bid in own}:
            raise NotFound()
        if known[meeting]["confirmed_at"] is not None:
            return
        await execute(
            "UPDATE consultation_meeting SET confirmed_by = $2, confirmed_at = $3 WHERE id = $1",
            meeting, actor.person_id, now,
        )  # fmt: skip
        detail = {"bid": str(known[meeting]["opened_bid"])}
        await record("consultation.meeting_confirmed", ("listing", str(listing)), actor, detail, now)


async def own_bids(listing: UUID, actor: Actor) -> list[Row]:
    """The opened bids of the actor's organisation that are met: none for strangers."""
    return own_among(await opened_bids(listing), actor)


def own_among(bids: Sequence[Row], actor: Actor) -> list[Row]:
    """Of all opened bids those of the actor's organisation that are met. Pure."""
    return [
        bid for bid in bids
        if bid["organisation"] == actor.organisation_id and takes_part(bid) and not bid["lot_has_ended"]
    ]  # fmt: skip


async def propose_change(listing: UUID, kind: Kind, words: str, actor: Actor, now: datetime) -> int:
    """The panel wants a requirement or a term otherwise; gives its number. Raises Conflict, FormRefused."""
    async with transaction():
        row = await lock_listing(listing)
        member = await own_seat(listing, actor)
        check_consulting(await queries.stage_of(row))
        if not words.strip():
            raise FormRefused({"change": say(N_("请写明原来怎样要求、现在改成怎样。"))})
        number: int = await fetchval("SELECT count(*) + 1 FROM consultation_change WHERE listing = $1", listing)
        await insert(
            ConsultationChange, listing=listing, number=number, kind=kind.value, words=words.strip(),
            proposed_by=member["id"], proposed_at=now,
        )  # fmt: skip
        detail = {"number": str(number), "kind": kind.value}
        await record("consultation.change_proposed", ("listing", str(listing)), actor, detail, now)
    return number


async def confirm_change(listing: UUID, change: UUID, actor: Actor, now: datetime) -> None:
    """The purchaser's representative confirms it; every bidder that is met is told in the same moment (74 Art. 32).

    Again changes nothing. Raises Forbidden for others, Conflict once last prices are asked for, NotFound.
    """
    async with transaction():
        row = await lock_listing(listing)
        seat = await member_of(listing, actor.person_id)
        check_may_confirm(actor, row["procuring_unit"], seat["kind"] if seat and not seat["has_interest"] else None)
        found = next((c for c in await queries.changes_of(listing) if c["id"] == change), None)
        if found is None:
            raise NotFound()
        if found["confirmed_at"] is not None:
            return
        check_consulting(await queries.stage_of(row))
        await execute(
            "UPDATE consultation_change SET confirmed_by = $2, confirmed_at = $3 WHERE id = $1",
            change, actor.person_id, now,
        )  # fmt: skip
        await _tell_all(await listing_by_id(listing), found, now)
        detail = {"number": str(found["number"]), "kind": found["kind"]}
        await record("consultation.change_confirmed", ("listing", str(listing)), actor, detail, now)


async def _tell_all(listing: Row, change: Row, now: datetime) -> None:
    """The same words to each bidder, each alone: nobody learns who else is met (R-CONS-01)."""
    values = {"title": listing["title"], "reference": listing["reference"], "number": change["number"]}
    subject = say(N_("采购文件的变动 {number}：{reference}"), **values)
    body = say(
        N_(
            "“{title}”经磋商变动{kind}（第 {number} 项），采购人代表已经确认，同时通知所有参加磋商的供应商：\n{words}\n"
            "请按变动重新提交响应：/listings/{reference}/consultation"
        ),
        **values, kind=say(KIND_LABELS[Kind(change["kind"])]), words=change["words"],
    )  # fmt: skip
    met = [bid for bid in await opened_bids(listing["id"]) if takes_part(bid) and not bid["lot_has_ended"]]
    for organisation in dict.fromkeys(bid["organisation"] for bid in met):
        for address in await addresses_of(organisation):
            await post_mail(address, subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


async def answer_change(
    listing: UUID, change: UUID, opened_bid: UUID, said: tuple[str, str], actor: Actor, now: datetime
) -> None:
    """A bidder hands its response in again after a change, signed; until the last prices close. Raises Conflict.

    `said`: the words and the typed name. Prices do not belong here: they are sealed in the last round.
    """
    words, signed_name = said
    actor.check_may(Permission.BID)
    check_typed_name(signed_name, actor.name)
    async with transaction():
        row = await lock_listing(listing)
        known = {c["id"] for c in await queries.changes_of(listing) if c["confirmed_at"] is not None}
        if change not in known or opened_bid not in {bid["id"] for bid in await own_bids(listing, actor)}:
            raise NotFound()
        closed = await fetchval("SELECT county_now() >= closes_at FROM final_price_window WHERE listing = $1", listing)
        if closed or row["status"] != "opened":
            raise Conflict(N_("最后报价已经截止，不能再提交。"), clause=CLAUSE)
        if not words.strip():
            raise FormRefused({"answer": say(N_("请写明响应怎样随变动修改；没有要改的，写明原响应不变。"))})
        await execute(
            "INSERT INTO consultation_answer (id, change, opened_bid, words, signed_name, answered_by, answered_at)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6) ON CONFLICT (change, opened_bid)"
            " DO UPDATE SET words = $3, signed_name = $4, answered_by = $5, answered_at = $6",
            change, opened_bid, words.strip()[:8000], signed_name.strip(), actor.person_id, now,
        )  # fmt: skip
        detail = {"bid": str(opened_bid)}
        await record("consultation.answered", ("listing", str(listing)), actor, detail, now)
