"""A contract's events for the joined pages: signing, the clocks that follow, months, acceptances, payments."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.agreements.queries import contract_by_id
from contracts.agreements.services import RULE_FILE, RULE_PUBLISH
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.deadlines import compute
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Day, Month
from marketplace.kernel.timeline import TimelineEvent

PAID_WORDS = {"principal": N_("付款 {reference} 完成"), "interest": N_("逾期利息 {reference} 支付完成")}


async def listing_events(listing_id: UUID, now: datetime) -> list[TimelineEvent]:
    """What a listing's page tells of its published contracts."""
    rows = await fetch(
        "SELECT reference, amount, published_at FROM contract WHERE listing = $1 AND published_at IS NOT NULL",
        listing_id,
    )
    return [
        TimelineEvent(
            r["published_at"], say(N_("合同 {reference} 签订并公开"), reference=r["reference"]),
            say(N_("合同金额 ¥{amount}。"), amount=f"{r['amount']:,.2f}"), RULE_PUBLISH,
        )
        for r in rows
    ]  # fmt: skip


async def contract_events(contract_id: UUID, now: datetime) -> list[TimelineEvent]:
    """The story of one contract so far and the days that are set, in order."""
    contract = await contract_by_id(contract_id)
    events = [await _begin(contract), *await _renewed(contract_id)]
    events += await _signing(contract, now)
    events += await _done(contract_id)
    day = county_day(now)
    begins, ends = at_county_time(contract["service_from"]), at_county_time(contract["service_to"], 23, 59)
    events.append(
        TimelineEvent(begins, say(N_("服务开始")), state="done" if contract["service_from"] <= day else "next")
    )
    events.append(TimelineEvent(ends, say(N_("服务期满")), state="done" if contract["service_to"] < day else "next"))
    return sorted(events, key=lambda event: event.at)


async def _begin(contract: dict[str, Any]) -> TimelineEvent:
    row = await fetchrow(
        "SELECT r.nth, r.evaluation_reference, c.reference FROM contract_renewal r JOIN contract n ON n.id = r.contract"
        " JOIN contract c ON c.id = n.renews WHERE r.contract = $1",
        contract["id"],
    )
    if contract["counted_from"]:
        words = say(N_("双方签订（在平台启用以前）"))
        return TimelineEvent(contract["signed_at"], words, clause="R-TIME-17")
    if row is None:
        return TimelineEvent(contract["drawn_up_at"], say(N_("按成交结果拟出合同")), clause="R-CON-01")
    words = say(N_("接续合同 {reference}，第 {nth} 次续签"), reference=row["reference"], nth=row["nth"])
    body = say(N_("依据绩效评价 {evaluation}。"), evaluation=row["evaluation_reference"])
    return TimelineEvent(contract["drawn_up_at"], words, body, "R-PERF-08")


async def _renewed(contract_id: UUID) -> list[TimelineEvent]:
    rows = await fetch(
        "SELECT reference, signed_at, service_to FROM contract WHERE renews = $1 AND signed_at IS NOT NULL", contract_id
    )
    return [
        TimelineEvent(
            r["signed_at"], say(N_("续签一年，新合同 {reference}"), reference=r["reference"]),
            say(N_("服务期到 {day}。"), day=Day(r["service_to"])), "R-PERF-08",
        )
        for r in rows
    ]  # fmt: skip


async def _signing(contract: dict[str, Any], now: datetime) -> list[TimelineEvent]:
    if contract["counted_from"]:
        paid = await fetchval("SELECT paid_before FROM contract_opening WHERE contract = $1", contract["id"])
        body = say(N_("带入以前已付 ¥{amount}。"), amount=f"{paid:,.2f}")
        return [TimelineEvent(contract["published_at"], say(N_("带入平台")), body)]
    words = {"buyer": N_("采购人签订"), "provider": N_("供应商签订")}
    rows = await fetch("SELECT side, signed_at FROM signature WHERE contract = $1", contract["id"])
    events = [TimelineEvent(r["signed_at"], say(words[r["side"]]), clause="R-TIME-17") for r in rows]
    if contract["signed_at"] is None:
        late = contract["sign_by"] < county_day(now)
        body = say(N_("已经过了签订期限。")) if late else None
        events.append(
            TimelineEvent(
                at_county_time(contract["sign_by"], 23, 59), say(N_("双方签订的最后期限")), body, "R-TIME-17", "now",
                contract["is_provisional"],
            )
        )  # fmt: skip
        return events
    signed_on = county_day(contract["signed_at"])
    publish, file = compute(RULE_PUBLISH, signed_on), compute(RULE_FILE, signed_on)
    by = say(N_("最迟 {day}公开，签订时已同时公开。"), day=Day(publish.date))
    events.append(TimelineEvent(contract["published_at"], say(N_("合同公开")), by, RULE_PUBLISH))
    filing = at_county_time(file.date, 23, 59)
    events.append(
        TimelineEvent(
            filing, say(N_("合同副本报财政部门备案的最后期限")), None, RULE_FILE,
            "done" if filing < now else "next", file.provisional,
        )
    )  # fmt: skip
    return events


async def _done(contract_id: UUID) -> list[TimelineEvent]:
    closes = await fetch("SELECT month, closed_at FROM month_close WHERE contract = $1", contract_id)
    accepted = await fetch(
        "SELECT a.accepted_at, a.amount, m.title FROM acceptance a JOIN contract_milestone m ON m.id = a.milestone"
        " WHERE a.contract = $1",
        contract_id,
    )
    paid = await fetch(
        "SELECT p.paid_at, p.amount, p.reference, p.part FROM payment p JOIN invoice i ON i.id = p.invoice"
        " WHERE i.contract = $1 AND p.paid_at IS NOT NULL",
        contract_id,
    )
    events = await _asked_changed_sent_back(contract_id)
    events += [
        TimelineEvent(r["closed_at"], say(N_("{month}的时数关闭"), month=Month(r["month"])), clause="R-HOUR-05")
        for r in closes
    ]
    events += [
        TimelineEvent(
            r["accepted_at"], say(N_("“{milestone}”验收合格"), milestone=r["title"]),
            say(N_("验收金额 ¥{amount}。"), amount=f"{r['amount']:,.2f}"), "R-ACC-01",
        )
        for r in accepted
    ]  # fmt: skip
    events += [
        TimelineEvent(
            r["paid_at"], say(PAID_WORDS[r["part"]], reference=r["reference"]),
            say(N_("付款金额 ¥{amount}。"), amount=f"{r['amount']:,.2f}"),
            "R-PAY-02" if r["part"] == "interest" else "R-PAY-01",
        )
        for r in paid
    ]  # fmt: skip
    return events


async def _asked_changed_sent_back(contract_id: UUID) -> list[TimelineEvent]:
    """What was asked for, sent back and changed; what to mend stays on the page of both sides."""
    asked = await fetch(
        "SELECT r.requested_at, r.decide_by, m.title FROM acceptance_request r"
        " JOIN contract_milestone m ON m.id = r.milestone WHERE m.contract = $1",
        contract_id,
    )
    sent_back = await fetch(
        "SELECT r.rejected_at, r.mend_by, m.title FROM acceptance_rejection r"
        " JOIN contract_milestone m ON m.id = r.milestone WHERE m.contract = $1",
        contract_id,
    )
    events = [
        TimelineEvent(
            r["requested_at"], say(N_("“{milestone}”申请验收"), milestone=r["title"]),
            say(N_("采购人最迟在 {day}验收或者写明要整改什么。"), day=Day(r["decide_by"])), "R-ACC-04",
        )
        for r in asked
    ]  # fmt: skip
    changed = await fetch(
        "SELECT reference, kind, decided_at, amount FROM contract_amendment"
        " WHERE contract = $1 AND status = 'in_force'",
        contract_id,
    )
    words = {"supplement": N_("补充合同 {reference} 生效"), "termination": N_("合同终止（{reference}）")}
    events += [
        TimelineEvent(
            r["decided_at"], say(words[r["kind"]], reference=r["reference"]),
            say(N_("金额 ¥{amount}。"), amount=f"{r['amount']:,.2f}") if r["amount"] else None,
            "R-CON-02" if r["kind"] == "supplement" else "R-CON-03",
        )
        for r in changed
    ]  # fmt: skip
    handed = await fetch("SELECT done_at, done_by FROM handover WHERE contract = $1 AND status = 'done'", contract_id)
    how = {"confirmed": N_("各方已确认移交清单。"), "silence": N_("答复期限已过，没有答复的视为确认。")}
    events += [
        TimelineEvent(r["done_at"], say(N_("服务对象移交完成")), say(how[r["done_by"]]), "R-CON-06") for r in handed
    ]
    return events + [
        TimelineEvent(
            r["rejected_at"], say(N_("“{milestone}”退回整改"), milestone=r["title"]),
            say(N_("整改期限 {day}。"), day=Day(r["mend_by"])), "R-ACC-04",
        )
        for r in sent_back
    ]  # fmt: skip
