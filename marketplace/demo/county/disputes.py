"""Heard in the demo county: a complaint that was decided, and a challenge that waits for its answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from catalogue.listings.queries import lots
from evaluations.challenges import queries
from evaluations.challenges.complaint_services import (
    NewComplaint,
    accept_complaint,
    raise_complaint,
    reply_to_complaint,
)
from evaluations.challenges.deciding import Decision, decide_complaint
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
from marketplace.demo.county import buying
from marketplace.demo.county.buying import DECIDER, at
from marketplace.demo.county.earlier import SECOND, listing_of
from marketplace.demo.county.needs import FIRST, N5
from marketplace.demo.county.people import actor
from marketplace.gateways.files import open_store
from marketplace.kernel.db import fetchrow
from marketplace.kernel.settings import Settings

FINANCE = "zhao.lei"
SENDER = Sender("成都市金堂县赵镇十里大道二段 8 号", "610400", "何理事", "028-84900000")
RESULT = Matter(
    "技术评分没有按公告的标准给分", "我单位的响应文件写明了应急预案和人员安排，得分低于公告的该档标准。",
    "财政部令第87号第五十五条",
)  # fmt: skip
DOCUMENT = Matter(
    "评审因素“履约能力”的分值与服务质量无关", "公告要求的同类合同数量超过本县近三年的全部项目，等于限定了特定供应商。",
    "《政府采购法实施条例》第二十条",
)  # fmt: skip


async def complaint_decided(_: datetime, settings: Settings) -> None:
    """A losing bidder of the year 2026 was not satisfied with the answer; finance found no mistake."""
    listing = await listing_of(FIRST)
    row = await fetchrow(
        "SELECT l.ended_at, c.signed_at FROM listing l JOIN contract c ON c.listing = l.id WHERE l.id = $1", listing
    )
    assert row is not None, "the year 2026 was bought before"
    now = await at(max(row["ended_at"], row["signed_at"] or row["ended_at"]) + timedelta(days=1))
    challenger, buyer, finance = await actor(SECOND), await actor(DECIDER), await actor(FINANCE)
    lot = (await lots(listing))[0]["id"]
    letter = NewChallenge(Stage.RESULT, lot, SENDER, (RESULT,), "请重新核对评分", challenger.name)
    store = open_store(settings)
    number = await raise_challenge(await buying.reference_of(listing), letter, [], store, (challenger, now))
    now = await at(now + timedelta(days=3))
    answer = NewAnswer(Outcome.NOT_UPHELD, Remedy.CONTINUE, {1: "经评审小组协助核对，各成员按公告的标准给分。"})
    await answer_challenge(number, answer, buyer, now)
    now = await at(now + timedelta(days=4))
    source = (await queries.matters_of((await queries.challenge_by(number, challenger))["id"]))[0]["id"]
    matter = Matter(RESULT.matter, RESULT.facts, RESULT.law, source)
    history = "已就评分提出质疑，采购人答复未发现错误，没有说明应急部分如何给分。"
    complaint = await raise_complaint(
        number, NewComplaint(SENDER, history, (matter,), "请核实评分并纠正", challenger.name), challenger, now
    )
    now = await at(now + timedelta(days=2))
    await accept_complaint(complaint, finance, now)
    await reply_to_complaint(complaint, "评审记录和各成员的评语已随本说明提交，评分符合公告的标准。", buyer, now)
    now = await at(now + timedelta(days=7))
    decision = Decision(
        Outcome.REJECTED, Remedy.CONTINUE, "调阅评审记录，各成员对投诉人应急部分的评分均在公告该档范围以内，评语一致。",
        "投诉事项缺乏事实依据。依据财政部令第94号第二十九条第（二）项，驳回投诉。",
    )  # fmt: skip
    await decide_complaint(complaint, decision, finance, now)


async def tender_challenged(now: datetime, settings: Settings) -> None:
    """A provider that took the documents challenges one factor; the answer is due."""
    challenger = await actor(SECOND)
    letter = NewChallenge(Stage.DOCUMENT, None, SENDER, (DOCUMENT,), "请修改这一项评审因素", challenger.name)
    store = open_store(settings)
    await raise_challenge(await buying.reference_of(await listing_of(N5)), letter, [], store, (challenger, now))
