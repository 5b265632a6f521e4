"""A price that looks too low: the panel asks, the bidder explains while a clock runs, the panel decides (R-LOW).

A sign never excludes by itself. Before R-LOW-01 began there are no figures: the panel's own judgement asks (R-LOW-06).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from catalogue.listings.queries import lots
from catalogue.scoring.price import low_price_limits
from evaluations.panel.queries import is_locked, judging_members
from evaluations.scoring import queries
from evaluations.scoring.results import low_price_suspects
from evaluations.scoring.rules import majority
from evaluations.scoring.services import check_corrected, compute_again, open_for_scoring, own_seat
from evaluations.scoring.tables import LowPriceRequest, LowPriceReview, LowPriceVote
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, together, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Moment
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
TIME_LEAST = "R-LOW-04"


def least_minutes(on: date) -> int:
    """How long a bidder has at least to explain; before the rule began any time that is said (R-LOW-06)."""
    return int(number(TIME_LEAST, on)) if low_price_limits(on) else 1


def rules_day(row: Row) -> date:
    """The day whose rules a listing uses."""
    found: date = row["rules_on"] or county_day(row["published_at"])
    return found


async def suspects_of(row: Row) -> dict[str, tuple[str, ...]]:
    """Opened bids whose price must be explained (R-LOW-01), once every member has locked."""
    if not await is_locked(row["id"]):
        return {}
    facts, of_listing = await together(queries.bid_facts(row), lots(row["id"]))
    terms = await together(*(queries.lot_terms(row, lot) for lot in of_listing))
    found: dict[str, tuple[str, ...]] = {}
    for lot, printed in zip(of_listing, terms, strict=True):
        found |= low_price_suspects(printed, facts.get(lot["id"], []))
    return found


@dataclass(frozen=True)
class Question:
    """Which price, how many minutes to explain it, and the panel's own reason where no figure is below its limit."""

    opened_bid: UUID
    minutes: int
    judgement: str = ""


async def ask_about_price(question: Question, actor: Actor, now: datetime) -> datetime:
    """A member asks the bidder; gives the moment until which it may answer. Asking again is a Conflict.

    Raises FormRefused for too short a time or a missing reason, Conflict before all have locked, NotFound.
    """
    async with transaction():
        bid = await _bid(question.opened_bid)
        row = await open_for_scoring(bid["listing"], also_again=True)
        await own_seat(bid["listing"], actor)
        await check_not_held(bid["listing"], Held.JUDGING, now)
        if not await is_locked(bid["listing"]):
            raise Conflict(N_("全部成员锁定评分以后，才审查报价。"), clause="R-COM-06")
        if not queries.is_scored(bid) or queries.price_that_counts(row, bid) is None:
            raise NotFound()
        if await queries.low_price_request(question.opened_bid):
            raise Conflict(N_("已经请这家供应商说明报价，时间对它不再改变。"), clause=TIME_LEAST)
        await check_corrected(row)
        reasons = " ".join((await suspects_of(row)).get(str(question.opened_bid), ()))
        if row["status"] != "opened" and not reasons:
            words = N_("重新评审时，只请因此低于印明比例的供应商说明报价。")
            raise Conflict(words, clause="R-REEV-01")
        _check_question(question, reasons, rules_day(row))
        answer_by = now + timedelta(minutes=question.minutes)
        await insert(
            LowPriceRequest, opened_bid=bid["id"], reasons=reasons, judgement=question.judgement.strip(),
            asked_by=actor.person_id, asked_at=now, answer_by=answer_by,
        )  # fmt: skip
        detail = {"bid": str(bid["id"]), "clause": reasons, "until": answer_by.isoformat()}
        await record("scoring.low_price_asked", ("listing", str(row["id"])), actor, detail, now)
        await _tell(row, bid, answer_by, now)
    return answer_by


def _check_question(question: Question, reasons: str, on: date) -> None:
    wrong = {}
    if question.minutes < (least := least_minutes(on)):
        wrong["minutes"] = say(N_("说明的时间至少 {least} 分钟。"), least=least)
    if not reasons and not question.judgement.strip():
        wrong["judgement"] = say(N_("这份报价没有低于公告印明的比例。评审小组认为它明显偏低的，请写明理由。"))
    if wrong:
        raise FormRefused(wrong)


async def _tell(row: Row, bid: Row, answer_by: datetime, now: datetime) -> None:
    subject = say(N_("请说明报价：{reference}"), reference=row["reference"])
    body = say(
        N_(
            "评审小组请贵单位在 {at} 以前书面说明 {reference} 第 {lot} 包的报价，并附成本依据。"
            "请登录后在“说明报价”页面填写。不能说明合理的，响应无效。"
        ),
        at=Moment(answer_by), reference=row["reference"], lot=bid["lot_number"],
    )  # fmt: skip
    for address in await queries.addresses_of(bid["organisation"]):
        await post_mail(address, subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


@dataclass(frozen=True)
class Explanation:
    """What a bidder says of its price, with a paper that shows the costs."""

    opened_bid: UUID
    words: str
    paper: NewDocument | None = None


async def explain_price(said: Explanation, store: DocumentStore, actor: Actor, now: datetime) -> None:
    """The bidder answers once, before its time is over. Raises NotFound for others, Conflict, FormRefused."""
    actor.check_may(Permission.BID)
    async with transaction():
        bid = await _bid(said.opened_bid)
        asked = await queries.low_price_request(said.opened_bid)
        if bid["organisation"] != actor.organisation_id or asked is None:
            raise NotFound()
        row = await open_for_scoring(bid["listing"], also_again=True)
        # by the county's clock under the lock: a late answer is no answer
        if asked["is_over"] or now >= asked["answer_by"]:
            raise Conflict(N_("说明的时间已经过了，这次的内容没有收到。"), clause=TIME_LEAST)
        if asked["answered_at"]:
            raise Conflict(N_("贵单位已经说明过报价，不能再改。"), clause=TIME_LEAST)
        if not said.words.strip():
            raise FormRefused({"explanation": say(N_("请写明报价为什么合理。"))})
        paper = await upload_document(said.paper, store, actor, now) if said.paper else None
        await execute(
            # the time that stood still belongs to the time there was
            "UPDATE low_price_request SET explanation = $2, evidence = $3, answered_by = $4, answered_at = $5,"
            " answer_by = $6 WHERE id = $1 AND answered_at IS NULL",
            asked["id"], said.words.strip(), paper, actor.person_id, now, asked["answer_by"],
        )  # fmt: skip
        detail = {"bid": str(bid["id"])}
        await record("scoring.low_price_explained", ("listing", str(row["id"])), actor, detail, now)


@dataclass(frozen=True)
class Opinion:
    """What the panel holds of an explanation."""

    opened_bid: UUID
    is_accepted: bool
    words: str


async def decide_low_price(opinion: Opinion, actor: Actor, now: datetime) -> bool | None:
    """A member's opinion with its reasons; the majority decides (R-LOW-04, R-LOW-05, 87 Art. 61).

    Gives the decision, None while votes are awaited. A second opinion is a Conflict.
    Raises Conflict before the bidder was asked and while its time runs, FormRefused without reasons.
    """
    async with transaction():
        bid = await _bid(opinion.opened_bid)
        row = await open_for_scoring(bid["listing"], also_again=True)
        member = await own_seat(bid["listing"], actor)
        await check_not_held(bid["listing"], Held.JUDGING, now)
        asked = await queries.low_price_request(opinion.opened_bid)
        if asked is None:
            raise Conflict(N_("还没有请供应商说明。请先请它书面说明，再作决定。"), clause=TIME_LEAST)
        if asked["answered_at"] is None and now < asked["answer_by"]:
            raise Conflict(N_("供应商还有时间说明，现在不能决定。"), clause=TIME_LEAST)
        if bid["low_price_accepted"] is not None:
            raise Conflict(N_("这份报价的说明已经处理过。"))
        if not opinion.words.strip():
            raise FormRefused({"opinion": say(N_("请写明评审小组的意见和理由。"))})
        votes = await queries.low_price_votes(bid["id"])
        if any(vote["member"] == member["id"] for vote in votes):
            raise Conflict(N_("您已经对这份报价的说明表决过，等待其他成员。"), clause=TIME_LEAST)
        await insert(
            LowPriceVote, opened_bid=bid["id"], member=member["id"], accepts=opinion.is_accepted,
            opinion=opinion.words.strip(), voted_at=now,
        )  # fmt: skip
        detail = {"bid": str(bid["id"]), "accepted": "yes" if opinion.is_accepted else "no"}
        await record("scoring.low_price_voted", ("listing", str(row["id"])), actor, detail, now)
        return await _settle(row, bid, asked["explanation"], actor, now)


async def _settle(row: Row, bid: Row, explanation: str, actor: Actor, now: datetime) -> bool | None:
    """With the vote that makes more than half of the members the panel has decided."""
    votes = await queries.low_price_votes(bid["id"])
    is_accepted = majority([vote["accepts"] for vote in votes], len(await judging_members(row["id"])))
    if is_accepted is None:
        return None
    opinions = [vote["opinion"] for vote in votes if vote["accepts"] == is_accepted]
    await insert(
        LowPriceReview, opened_bid=bid["id"], explanation=explanation, is_accepted=is_accepted,
        opinion="\n".join(dict.fromkeys(opinions)), decided_by=actor.person_id, decided_at=now,
    )  # fmt: skip
    detail = {"bid": str(bid["id"]), "accepted": "yes" if is_accepted else "no"}
    await record("scoring.low_price_reviewed", ("listing", str(row["id"])), actor, detail, now)
    if row["status"] != "opened":
        await compute_again(row, actor, now)
    return is_accepted


async def _bid(opened_bid: UUID) -> Row:
    bid = await queries.opened_bid_of(opened_bid)
    if bid is None:
        raise NotFound()
    return bid


async def check_own(opened_bid: UUID, listing: UUID, organisation: UUID) -> None:
    """Whether a price is asked about and belongs to this bidder. Raises NotFound."""
    bid = await _bid(opened_bid)
    if bid["listing"] != listing or bid["organisation"] != organisation:
        raise NotFound()
