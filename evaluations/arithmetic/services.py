"""The panel mends a price and asks the bidder to confirm it; the bidder answers while a clock runs (R-EVAL-08)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from catalogue.listings.queries import listing_by_id
from catalogue.scoring.arithmetic import CLAUSE
from evaluations.arithmetic.queries import Row, Statement, opinions_on, statement_by, statements_of
from evaluations.arithmetic.rules import FoundInPapers, State, check_question, is_majority, with_papers
from evaluations.arithmetic.tables import PriceCorrection, PriceOpinion
from evaluations.opening.queries import opened_bid as opened_bid_by
from evaluations.panel.queries import judging_members, size_of
from evaluations.panel.rules import check_whole
from evaluations.panel.seats import open_for_scoring, own_seat
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, insert, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Moment
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.rulebook import number

TIME_LEAST = "R-EVAL-08b"


@dataclass(frozen=True)
class Question:
    """Which price, how many minutes to confirm it, and what a member read in the papers besides."""

    opened_bid: UUID
    minutes: int
    found: FoundInPapers = FoundInPapers()


def least_minutes(row: Row, now: datetime) -> int:
    """How long a bidder has at least to confirm, by the rule of the listing's day (R-EVAL-08b)."""
    return int(number(TIME_LEAST, row["rules_on"] or county_day(now)))


async def _begin(opened_bid: UUID, actor: Actor, now: datetime) -> tuple[Row, Row, Row, Statement]:
    """The bid, its locked listing, the actor's seat on a whole panel, and the price. Raises NotFound, Conflict."""
    bid = await opened_bid_by(opened_bid)
    row = await open_for_scoring(bid["listing"])
    member = await own_seat(row["id"], actor)
    await check_not_held(row["id"], Held.JUDGING, now)
    check_whole([m["kind"] for m in await judging_members(row["id"])], await size_of(row))
    stands = await statement_by(row, opened_bid)
    if stands is None:
        raise NotFound()
    return bid, row, member, stands


async def ask_to_confirm(question: Question, actor: Actor, now: datetime) -> datetime | None:
    """The correction is recorded and the bidder asked; gives the moment until which it may answer.

    What the sealed form itself shows any member puts on record; what somebody read in the papers, or holds of a
    slipped unit price, only the majority: None while others have not said the same (87 Art 61).
    Raises NotFound, Conflict when it was asked before, FormRefused where nothing differs.
    """
    async with transaction():
        bid, row, member, stands = await _begin(question.opened_bid, actor, now)
        if stands.state is not None:
            raise Conflict(N_("已经请这家供应商确认修正，不再改变。"), clause=CLAUSE)
        # the panel may still hold that a unit price slipped; then the total of the schedule rules
        if stands.against and not question.found.holds_slipped:
            raise Conflict(stands.against, clause="R-BID-06")
        figures = with_papers(stands.figures, question.found)
        mended = check_question(figures, question.found, question.minutes, least_minutes(row, now))
        minutes = question.minutes
        if question.found.is_judgement:
            agreed = await _agree(question, row, member, actor, now)
            if agreed is None:
                return None
            minutes = agreed
        answer_by = now + timedelta(minutes=minutes)
        await insert(
            PriceCorrection, opened_bid=question.opened_bid, opened_total=figures.total, quantity=figures.quantity,
            price_words=figures.in_words, unit_price=figures.unit_price, body_total=figures.body_total,
            is_held_slipped=figures.is_held_slipped, place=question.found.place.strip()[:200],
            steps="".join(mended.steps), total=mended.total,
            mended_unit_price=mended.unit_price, asked_by=actor.person_id, asked_at=now, answer_by=answer_by,
        )  # fmt: skip
        detail = {"bid": str(question.opened_bid), "clause": CLAUSE, "until": answer_by.isoformat()}
        await record("arithmetic.asked", ("listing", str(row["id"])), actor, detail, now)
        await _tell(row, bid, answer_by, now)
    return answer_by


async def _agree(question: Question, row: Row, member: Row, actor: Actor, now: datetime) -> int | None:
    """Keep what a member read; the longest time that those gave who read the same, None while they are too few."""
    found = question.found
    await execute(
        "DELETE FROM price_opinion WHERE opened_bid = $1 AND member = $2 AND act = 'ask'",
        question.opened_bid, member["id"],
    )  # fmt: skip
    await insert(
        PriceOpinion, opened_bid=question.opened_bid, member=member["id"], act="ask",
        price_words=found.in_words.strip(), unit_price=found.unit_price, body_total=found.body_total,
        is_held_slipped=found.holds_slipped, place=found.place.strip()[:200], minutes=question.minutes, said_at=now,
    )  # fmt: skip
    detail = {"bid": str(question.opened_bid), "member": str(member["id"]), "clause": CLAUSE}
    await record("arithmetic.read", ("listing", str(row["id"])), actor, detail, now)
    said = [o for o in (await opinions_on(row["id"]))[question.opened_bid] if o["act"] == "ask"]
    same = [o["minutes"] for o in said if o["read"].same_as == found.same_as]
    return max(same) if is_majority(len(same), len(await judging_members(row["id"]))) else None


async def withdraw_question(opened_bid: UUID, reason: str, actor: Actor, now: datetime) -> bool:
    """A member holds that a question which still waits was wrong; with the majority it is taken back.

    The price then stands as it was opened, and may be asked about again. Raises NotFound, Conflict, FormRefused.
    """
    async with transaction():
        bid, row, member, stands = await _begin(opened_bid, actor, now)
        if stands.state != State.WAITING:
            raise Conflict(N_("没有等着答复的修正。供应商已经答复或者时间已经过了的，不能收回。"), clause=CLAUSE)
        if not reason.strip():
            raise FormRefused({"withdraw_reason": say(N_("请写明为什么收回。"))})
        await execute(
            "DELETE FROM price_opinion WHERE opened_bid = $1 AND member = $2 AND act = 'withdraw'",
            opened_bid, member["id"],
        )  # fmt: skip
        await insert(
            PriceOpinion, opened_bid=opened_bid, member=member["id"], act="withdraw", reason=reason.strip()[:2000],
            said_at=now,
        )  # fmt: skip
        detail = {"bid": str(opened_bid), "member": str(member["id"]), "clause": CLAUSE}
        await record("arithmetic.withdrawal_voted", ("listing", str(row["id"])), actor, detail, now)
        said = [o for o in (await opinions_on(row["id"]))[opened_bid] if o["act"] == "withdraw"]
        if not is_majority(len(said), len(await judging_members(row["id"]))):
            return False
        await execute("DELETE FROM price_correction WHERE opened_bid = $1 AND answered_at IS NULL", opened_bid)
        await execute("DELETE FROM price_opinion WHERE opened_bid = $1", opened_bid)
        why = "；".join(dict.fromkeys(o["reason"] for o in said))
        told = {"bid": str(opened_bid), "clause": CLAUSE, "reason": why}
        await record("arithmetic.withdrawn", ("listing", str(row["id"])), actor, told, now)
        subject = say(N_("不用再确认报价修正：{reference}"), reference=row["reference"])
        body = say(
            N_("评审小组收回了对 {reference} 第 {lot} 包报价的修正，贵单位不用再答复。"),
            reference=row["reference"], lot=bid["lot_number"],
        )  # fmt: skip
        await _mail(bid["organisation"], subject, body, now)
    return True


async def _tell(row: Row, bid: Row, answer_by: datetime, now: datetime) -> None:
    subject = say(N_("请确认报价修正：{reference}"), reference=row["reference"])
    body = say(
        N_(
            "评审小组发现贵单位对 {reference} 第 {lot} 包的报价前后不一致，已按规定修正。请在 {at} 以前登录，"
            "在“确认报价修正”页面确认。不确认，或者到时没有答复的，响应无效。"
        ),
        at=Moment(answer_by), reference=row["reference"], lot=bid["lot_number"],
    )  # fmt: skip
    await _mail(bid["organisation"], subject, body, now)


async def _mail(organisation: UUID, subject: Sentence, body: Sentence, now: datetime) -> None:
    rows = await fetch(
        "SELECT DISTINCT p.email FROM membership m JOIN person p ON p.id = m.person"
        " WHERE m.organisation = $1 AND m.role = 'provider' AND p.is_active AND p.email <> ''",
        organisation,
    )
    for each in rows:
        await post_mail(each["email"], subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


@dataclass(frozen=True)
class Reply:
    """What the bidder says of its mended price; a refusal has a reason."""

    opened_bid: UUID
    confirms: bool
    reason: str = ""


async def answer_correction(reply: Reply, actor: Actor, now: datetime) -> None:
    """The bidder answers once, before its time is over. Raises NotFound for others, Conflict, FormRefused."""
    actor.check_may(Permission.BID)
    async with transaction():
        bid = await opened_bid_by(reply.opened_bid)
        if bid["organisation"] != actor.organisation_id:
            raise NotFound()
        row = await open_for_scoring(bid["listing"])
        stands = await statement_by(row, reply.opened_bid)
        if stands is None or stands.state is None:
            raise NotFound()
        _check_reply(stands, reply, now)
        await execute(
            # the time that stood still belongs to the time there was
            "UPDATE price_correction SET is_confirmed = $2, reason = $3, answered_by = $4, answered_at = $5,"
            " answer_by = $6 WHERE opened_bid = $1 AND answered_at IS NULL",
            reply.opened_bid, reply.confirms, reply.reason.strip()[:2000], actor.person_id, now,
            stands.row["answer_by"],
        )  # fmt: skip
        detail = {"bid": str(reply.opened_bid), "accepted": "yes" if reply.confirms else "no", "clause": CLAUSE}
        await record("arithmetic.answered", ("listing", str(row["id"])), actor, detail, now)


def _check_reply(stands: Statement, reply: Reply, now: datetime) -> None:
    # by the county's clock under the lock: a late answer is no answer
    if stands.state == State.SILENT or now >= stands.row["answer_by"]:
        raise Conflict(N_("确认的时间已经过了，这次的答复没有收到，响应无效。"), clause=CLAUSE)
    if stands.state != State.WAITING:
        raise Conflict(N_("贵单位已经答复过，不能再改。"), clause=CLAUSE)
    if not reply.confirms and not reply.reason.strip():
        raise FormRefused({"reason": say(N_("不确认的，请写明理由。不确认的响应无效。"))})


async def own_corrections(listing: UUID, organisation: UUID) -> list[Statement]:
    """What this bidder is asked to confirm; empty for those who are not asked."""
    found = await statements_of(await listing_by_id(listing), organisation)
    return [each for each in found if each.state is not None]
