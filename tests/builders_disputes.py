"""Challenges and complaints, made by the real services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.deposits.services import move_money, new_reference
from contracts.deposits.tables import Deposit
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.challenges import queries
from evaluations.challenges.complaint_services import (
    NewComplaint,
    accept_complaint,
    raise_complaint,
    reply_to_complaint,
)
from evaluations.challenges.remedies import Outcome, Remedy
from evaluations.challenges.rules import Stage
from evaluations.challenges.services import (
    Matter,
    NewAnswer,
    NewChallenge,
    Sender,
    answer_challenge,
    raise_challenge,
)
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetchval, insert
from tests.builders_evaluations import Offered, Opened, a_scored_listing, director
from tests.builders_vendors import a_store
from tests.cast import actor

SENDER = Sender("金堂县赵镇十里大道 8 号", "610400", "何理事", "028-84900000")
MATTER = Matter("评审时没有按公告的标准给分", "我单位的方案写明了应急预案", "财政部令第87号第五十五条")
THREE_OFFERS = {"和风": Offered("498000.00"), "沱江": Offered("480000.00"), "云顶": Offered("490000.00")}


async def an_announced_award(start: datetime, offers: dict[str, Offered] | None = None, **changed: Any) -> Opened:
    """A scored listing whose award is announced; the first director of each bidder has an account."""
    opened = await a_scored_listing(start, offers or THREE_OFFERS, **changed)
    for name in offers or THREE_OFFERS:
        await director(name, opened.now)
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    return opened


def a_letter(
    stage: Stage, lot: UUID | None, signed: str = "何理事", matters: Sequence[Matter] = (MATTER,)
) -> NewChallenge:
    """A whole letter."""
    return NewChallenge(stage, lot, SENDER, matters, "请重新评审", signed)


async def a_challenge(opened: Opened, name: str, now: datetime, stage: Stage = Stage.RESULT) -> str:
    """A bidder challenges its lot's result, or the whole document."""
    lot = None if stage == Stage.DOCUMENT else opened.lot
    who = await director(name, now)
    return await raise_challenge(opened.listing.reference, a_letter(stage, lot), [], a_store(), (who, now))


def an_answer(outcome: Outcome = Outcome.NOT_UPHELD, remedy: Remedy = Remedy.CONTINUE) -> NewAnswer:
    """An answer to the single matter."""
    return NewAnswer(outcome, remedy, {1: "评审委员会按公告的标准给分，未发现错误。"})


async def an_answered_challenge(opened: Opened, name: str, now: datetime, stage: Stage = Stage.RESULT) -> str:
    """Answered as unfounded the day after."""
    reference = await a_challenge(opened, name, now, stage)
    await answer_challenge(reference, an_answer(), await actor("li.qiang", now), now + timedelta(days=1))
    return reference


async def a_complaint_letter(challenge: str, who: Actor) -> NewComplaint:
    """A letter about the first matter of a challenge."""
    found = await queries.challenge_by(challenge, who)
    first = (await queries.matters_of(found["id"]))[0]["id"]
    matter = Matter(MATTER.matter, MATTER.facts, MATTER.law, first)
    return NewComplaint(SENDER, "已质疑，对答复不满意", (matter,), "认定成交结果无效", who.name)


async def an_accepted_complaint(challenge: str, who: Actor, now: datetime) -> str:
    """Raised, accepted by finance and replied to by the buyer."""
    reference = await raise_complaint(challenge, await a_complaint_letter(challenge, who), who, now)
    await accept_complaint(reference, await actor("zhao.lei", now), now)
    await reply_to_complaint(reference, "评审合法。", await actor("li.qiang", now), now)
    return reference


async def reserved_and_committed(listing: UUID) -> tuple[Any, Any, Any]:
    """Free, reserved and committed yuan of a listing's line."""
    row = await fetchval(
        "SELECT ARRAY[g.free, g.reserved, g.committed] FROM listing l JOIN budget_line b ON b.id = l.budget_line"
        " JOIN ledger_line g ON g.id = b.ledger_line WHERE l.id = $1",
        listing,
    )
    return tuple(row)


async def a_deposit(opened: Opened, name: str, now: datetime) -> UUID:
    """A bid deposit of 5,000 yuan that arrived before the deadline."""
    deposit: UUID = await insert(
        Deposit, reference=new_reference(), kind="bid", listing=opened.listing.id, provider=opened.providers[name],
        way="transfer", status="held", amount=Decimal("5000.00"), entered_by=(await director(name, now)).person_id,
        entered_at=opened.listing.closes_at - timedelta(days=2),
        arrived_at=opened.listing.closes_at - timedelta(days=1),
    )  # fmt: skip
    await move_money(deposit, "receive", Decimal("5000.00"), now)
    return deposit
