"""A contract's events for the joined pages: signing, the clocks that follow, months, acceptances, payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.agreements.queries import contract_by_id
from contracts.agreements.services import RULE_FILE, RULE_PUBLISH
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval, together
from marketplace.kernel.deadlines import compute
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Day, Month
from marketplace.kernel.timeline import TimelineEvent

# everything that happened under a contract, in columns that all of it shares
_HAPPENED = """
SELECT 'signed' AS what, signed_at AS at, NULL::date AS day, side::text AS title, NULL::numeric AS amount
FROM signature WHERE contract = $1
UNION ALL SELECT 'renewed', signed_at, service_to, reference, NULL FROM contract
  WHERE renews = $1 AND signed_at IS NOT NULL
UNION ALL SELECT 'closed', closed_at, month, NULL, NULL FROM month_close WHERE contract = $1
UNION ALL SELECT 'accepted', a.accepted_at, NULL, m.title, a.amount FROM acceptance a
  JOIN contract_milestone m ON m.id = a.milestone WHERE a.contract = $1
UNION ALL SELECT p.part, p.paid_at, NULL, p.reference, p.amount FROM payment p JOIN invoice i ON i.id = p.invoice
  WHERE i.contract = $1 AND p.paid_at IS NOT NULL
UNION ALL SELECT 'asked', r.requested_at, r.decide_by, m.title, NULL FROM acceptance_request r
  JOIN contract_milestone m ON m.id = r.milestone WHERE m.contract = $1
UNION ALL SELECT 'sent_back', r.rejected_at, r.mend_by, m.title, NULL FROM acceptance_rejection r
  JOIN contract_milestone m ON m.id = r.milestone WHERE m.contract = $1
UNION ALL SELECT kind, decided_at, from_on, reference, amount FROM contract_amendment
  WHERE contract = $1 AND status = 'in_force'
UNION ALL SELECT 'handed', done_at, NULL, done_by, NULL FROM handover WHERE contract = $1 AND status = 'done'
"""
PAID_WORDS = {"principal": N_("付款 {reference} 完成"), "interest": N_("逾期利息 {reference} 支付完成")}
CHANGED_WORDS = {
    "supplement": N_("补充合同 {reference} 生效"), "termination": N_("合同终止（{reference}）"),
    "suspension": N_("中止合同（{reference}）"), "resumption": N_("恢复履行（{reference}）"),
}  # fmt: skip
HANDED_WORDS = {
    "confirmed": N_("各方已确认移交清单。"), "silence": N_("答复期限已过，没有答复的视为确认。"),
}  # fmt: skip


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
    contract, happened = await together(contract_by_id(contract_id), fetch(_HAPPENED, contract_id))
    events = [await _begin(contract)]
    events += await _signing(contract, [row for row in happened if row["what"] == "signed"], now)
    events += [_told(row) for row in happened if row["what"] != "signed"]
    day = county_day(now)
    begins, ends = at_county_time(contract["service_from"]), at_county_time(contract["service_to"], 23, 59)
    events.append(
        TimelineEvent(begins, say(N_("服务开始")), state="done" if contract["service_from"] <= day else "next")
    )
    events.append(TimelineEvent(ends, say(N_("服务期满")), state="done" if contract["service_to"] < day else "next"))
    return sorted(events, key=lambda event: event.at)


async def _begin(contract: dict[str, Any]) -> TimelineEvent:
    row = contract["renews"] and await fetchrow(
        "SELECT r.nth, r.evaluation_reference, c.reference FROM contract_renewal r JOIN contract n ON n.id = r.contract"
        " JOIN contract c ON c.id = n.renews WHERE r.contract = $1",
        contract["id"],
    )
    if contract["counted_from"]:
        words = say(N_("双方签订（在平台启用以前）"))
        return TimelineEvent(contract["signed_at"], words, clause="R-TIME-17")
    if not row:
        return TimelineEvent(contract["drawn_up_at"], say(N_("按成交结果拟出合同")), clause="R-CON-01")
    words = say(N_("接续合同 {reference}，第 {nth} 次续签"), reference=row["reference"], nth=row["nth"])
    body = say(N_("依据绩效评价 {evaluation}。"), evaluation=row["evaluation_reference"])
    return TimelineEvent(contract["drawn_up_at"], words, body, "R-PERF-08")


async def _signing(contract: dict[str, Any], signed: Sequence[Mapping[str, Any]], now: datetime) -> list[TimelineEvent]:
    if contract["counted_from"]:
        paid = await fetchval("SELECT paid_before FROM contract_opening WHERE contract = $1", contract["id"])
        body = say(N_("带入以前已付 ¥{amount}。"), amount=f"{paid:,.2f}")
        return [TimelineEvent(contract["published_at"], say(N_("带入平台")), body)]
    words = {"buyer": N_("采购人签订"), "provider": N_("供应商签订")}
    events = [TimelineEvent(r["at"], say(words[r["title"]]), clause="R-TIME-17") for r in signed]
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


def _told(row: Mapping[str, Any]) -> TimelineEvent:  # noqa: PLR0911 - one of each kind of thing that happens
    """What happened, in words, with the clause it rests on."""
    at, title = row["at"], row["title"]
    amount = f"{row['amount']:,.2f}" if row["amount"] else ""
    match row["what"]:
        case "renewed":
            words = say(N_("续签一年，新合同 {reference}"), reference=title)
            return TimelineEvent(at, words, say(N_("服务期到 {day}。"), day=Day(row["day"])), "R-PERF-08")
        case "closed":
            return TimelineEvent(at, say(N_("{month}的时数关闭"), month=Month(row["day"])), clause="R-HOUR-05")
        case "accepted":
            words = say(N_("“{milestone}”验收合格"), milestone=title)
            return TimelineEvent(at, words, say(N_("验收金额 ¥{amount}。"), amount=amount), "R-ACC-01")
        case "principal" | "interest" as part:
            words = say(PAID_WORDS[part], reference=title)
            clause = "R-PAY-02" if part == "interest" else "R-PAY-01"
            return TimelineEvent(at, words, say(N_("付款金额 ¥{amount}。"), amount=amount), clause)
        case "asked":
            body = say(N_("采购人最迟在 {day}验收或者写明要整改什么。"), day=Day(row["day"]))
            return TimelineEvent(at, say(N_("“{milestone}”申请验收"), milestone=title), body, "R-ACC-04")
        case "sent_back":
            body = say(N_("整改期限 {day}。"), day=Day(row["day"]))
            return TimelineEvent(at, say(N_("“{milestone}”退回整改"), milestone=title), body, "R-ACC-04")
        case "suspension" | "resumption" as kind:
            body = say(N_("从 {day}起。"), day=Day(row["day"]))
            return TimelineEvent(at, say(CHANGED_WORDS[kind], reference=title), body, "R-CON-07")
        case "supplement" | "termination" as kind:
            body = say(N_("金额 ¥{amount}。"), amount=amount) if amount else None
            clause = "R-CON-02" if kind == "supplement" else "R-CON-03"
            return TimelineEvent(at, say(CHANGED_WORDS[kind], reference=title), body, clause)
    return TimelineEvent(at, say(N_("服务对象移交完成")), say(HANDED_WORDS[title]), "R-CON-06")
