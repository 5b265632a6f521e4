"""Keep the signs that were found, and what an officer answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.interruptions.queries import finance_mails
from evaluations.signs import queries
from evaluations.signs.rules import (
    BY_LAW,
    CLAUSES,
    TOLD_TO_FINANCE,
    BidSeen,
    Limits,
    Outcome,
    Sign,
    check_answer,
    check_bids,
    check_may_answer,
    signs_of,
)
from evaluations.signs.tables import CollusionSign, CollusionSignBid
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
PASSAGES, SHARE = "R-COLL-05/passages", "R-COLL-05/share"


async def keep_signs(
    listing: Row, lot: UUID, bids: Sequence[BidSeen], related: Sequence[Sign], act: tuple[Actor | None, datetime]
) -> None:
    """Look at the bids of one lot and keep what is new; what was found before stays as it was answered.

    Called inside the transaction of an opening, so that no sign exists before it.
    """
    actor, now = act
    on = listing["rules_on"] or county_day(now)
    limits = Limits(int(number(PASSAGES, on)), number(SHARE, on))
    words = "\n".join(str(listing[part] or "") for part in ("requirement", "qualification", "title"))
    found = 0
    for each in [*signs_of(bids, words, limits), *related]:
        if await fetchval(
            "SELECT id FROM collusion_sign WHERE lot = $1 AND kind = $2 AND mark = $3", lot, each.kind.value, each.mark
        ):
            continue
        sign = await insert(
            CollusionSign, listing=listing["id"], lot=lot, kind=each.kind.value, mark=each.mark,
            clause=CLAUSES[each.kind], evidence=each.evidence.text("zh"), evidence_en=each.evidence.text("en"),
            found_at=now,
        )  # fmt: skip
        for bid in each.bids:
            await insert(CollusionSignBid, sign=sign, bid=bid)
        found += 1
    if found:
        detail = {"reference": listing["reference"], "signs": str(found)}
        await record("signs.found", ("listing", str(listing["id"])), actor, detail, now)


@dataclass(frozen=True)
class Answer:
    """What an officer answers to a sign; `bids` are those that the panel found invalid."""

    outcome: Outcome
    reason: str
    bids: frozenset[UUID] = frozenset()


async def answer_sign(sign: UUID, listing: Row, answer: Answer, actor: Actor, now: datetime) -> list[UUID]:
    """Put an officer's answer on record, once; gives the bids it makes invalid. Raises Forbidden, Conflict."""
    outcome, reason = answer.outcome, answer.reason
    actor.check_may(Permission.REVIEW_QUALIFICATION)
    check_may_answer(listing["procuring_unit"], listing["drafted_by"], actor.organisation_id, actor.person_id)
    check_answer(outcome, reason, listing["status"])
    async with transaction():
        found = await queries.sign_by(sign, listing["id"])
        if found["answered_at"]:
            raise Conflict(N_("这条线索已经有结论，不能再改。请刷新页面。"), clause="R-COLL-05")
        chosen = check_bids(outcome, answer.bids, await queries.bids_of(sign))
        await execute(
            "UPDATE collusion_sign SET outcome = $2, reason = $3, answered_by = $4, answered_at = $5 WHERE id = $1",
            sign, outcome.value, reason.strip()[:2000], actor.person_id, now,
        )  # fmt: skip
        detail = {"reference": listing["reference"], "sign": str(sign), "conclusion": outcome.value}
        await record("signs.answered", ("listing", str(listing["id"])), actor, detail, now)
        for bid in chosen:
            about = {"reference": listing["reference"], "sign": str(sign), "bid": str(bid), "clause": BY_LAW}
            await record("signs.bid_invalid", ("listing", str(listing["id"])), actor, about, now)
        if outcome in TOLD_TO_FINANCE:
            await _tell_finance(listing, found, answer, now)
    return chosen


async def _tell_finance(listing: Row, sign: Row, answer: Answer, now: datetime) -> None:
    subject = say(N_("串通线索报告：{reference}"), reference=listing["reference"])
    words = N_("采购编号 {reference}。线索（供人工核查，不是认定）：{evidence}采购人的说明：{reason}")
    if answer.outcome is Outcome.INVALID:
        words = N_("采购编号 {reference}。评审小组认定 {count} 份响应串通、无效。线索：{evidence}认定的理由：{reason}")
    body = say(
        words, reference=listing["reference"], evidence=sign["evidence"], reason=answer.reason.strip(),
        count=len(answer.bids),
    )  # fmt: skip
    for address in await finance_mails():
        await post_mail(address, subject.text("zh"), body.text("zh"), now)
