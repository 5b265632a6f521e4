"""Whether a contract may go on for another year, from when to when, and the text both sides sign. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from catalogue.listings.checks import months_later
from catalogue.listings.rules import GRADE_LABELS, GRADES
from contracts.agreements.rules import MilestonePlan, payment_plan
from contracts.agreements.terms import GRADE_WORDS, day_words, numbered
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Day

RULE, RULE_TERM = "R-PERF-08", "R-GPS-08"
YEAR = 12


@dataclass(frozen=True)
class Printed:
    """What the listing printed: how many more years, and the lowest grade for each."""

    years: int
    grade: str


@dataclass(frozen=True)
class YearResult:
    """The frozen evaluation of the contract that ends."""

    reference: str
    grade: str
    score: Decimal
    snapshot_sha256: str


def check_renewal(printed: Printed | None, done: int, result: YearResult | None, ends_on: date, today: date) -> None:
    """Printed, not used up, evaluated well enough, and in time. Raises DomainError with the clause in the way.

    `done`: renewals that were agreed already.
    """
    if printed is None:
        raise DomainError(N_("采购公告没有写明可以续签。服务期满以后还需要的，请重新采购。"), clause=RULE_TERM)
    if done >= printed.years:
        raise DomainError(
            N_("采购公告写明可以续签 {years} 次，已经用完。服务期满以后还需要的，请重新采购。"),
            clause=RULE_TERM, years=printed.years,
        )  # fmt: skip
    if result is None:
        raise DomainError(
            N_("这份合同还没有公布绩效评价结果，不能续签。请先由第三方完成本年度的评价，或者重新采购。"), clause=RULE
        )
    if GRADES.index(result.grade) > GRADES.index(printed.grade):
        raise DomainError(
            N_("本年度绩效评价为“{grade}”，采购公告写明至少要达到“{least}”，不得续签。请重新采购，并安排服务对象的移交。"),
            clause=RULE, grade=say(GRADE_LABELS[result.grade]), least=say(GRADE_LABELS[printed.grade]),
        )  # fmt: skip
    if today > ends_on:
        raise DomainError(
            N_("服务期到 {day}已经满了，续签要在期满以前办理。还需要的，请重新采购。"),
            clause=RULE_TERM,
            day=Day(ends_on),
        )


def next_period(ends_on: date) -> tuple[date, date]:
    """First and last day of the year that follows."""
    begins = ends_on + timedelta(days=1)
    return begins, months_later(begins, YEAR) - timedelta(days=1)


def a_year_later(day: date) -> date:
    """The same day of the next year; the end of a month stays the end of its month."""
    later = months_later(day, YEAR)
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return later.replace(day=calendar.monthrange(later.year, later.month)[1]) if is_last else later


def check_can_be_dropped(is_renewal: bool, status: str) -> None:
    """Only a renewal that is not in force yet is dropped. Raises Conflict."""
    if not is_renewal or status not in ("drawn_up", "signed_by_one"):
        raise Conflict(N_("只有还没有签完的续签合同可以不签。已经生效的，请按合同的变更办理。"), clause=RULE)


@dataclass(frozen=True)
class RenewalFacts:
    """What the text of a renewal is written from; everything it does not say stays as in the first contract."""

    reference: str
    title: str
    original: str
    original_sha256: str
    listing_reference: str
    decision: str
    purchasing_body: str
    buyer: str
    provider: str
    credit_code: str
    nth: int
    printed: Printed
    result: YearResult
    amount: Decimal
    advance: Decimal
    service_from: date
    service_to: date
    milestones: Sequence[MilestonePlan]
    document_number: str


def write_renewal(facts: RenewalFacts) -> str:
    """The Chinese text that is signed; price and requirement stay (R-CON-01)."""
    score = f"{facts.result.score.normalize():f}"
    sections = (
        (
            "合同双方",
            f"购买主体：{facts.purchasing_body}\n甲方（采购人）：{facts.buyer}\n"
            f"乙方（供应商）：{facts.provider}，统一社会信用代码 {facts.credit_code}",
        ),
        (
            "续签的依据",
            f"采购公告 {facts.listing_reference} 写明可以续签 {facts.printed.years} 次，每次一年，"
            f"上一年度绩效评价至少为“{GRADE_WORDS[facts.printed.grade]}”。"
            f"本次为第 {facts.nth} 次续签（续签编号 {facts.decision}）。\n"
            f"上一年度绩效评价 {facts.result.reference}：{score} 分，“{GRADE_WORDS[facts.result.grade]}”，"
            f"结果的 SHA-256 为 {facts.result.snapshot_sha256}。"
            + (f"\n依据文件：{facts.document_number}。" if facts.document_number else ""),
        ),
        (
            "原合同",
            f"{facts.original}《{facts.title}》，SHA-256 为 {facts.original_sha256}。"
            "服务内容、数量、要求、乙方的承诺、服务记录和验收、扣减、付款期限、绩效评价指标、个人信息保护、移交、"
            "变更和违约责任，都按原合同执行，没有变动。",
        ),
        ("服务期限", f"自{day_words(facts.service_from)}起至{day_words(facts.service_to)}止。"),
        ("合同金额", f"¥{facts.amount:,.2f}（大写：{in_capitals(facts.amount)}），含税，价格与原合同相同。"),
        ("付款节点", _milestones(facts)),
    )
    return f"政府购买服务续签合同\n合同编号：{facts.reference}\n项目名称：{facts.title}\n\n{numbered(sections)}\n"


def _milestones(facts: RenewalFacts) -> str:
    plan = payment_plan(facts.amount, facts.milestones, facts.advance)
    lines = [f"预付款：¥{plan.advance:,.2f}，由以后各节点按各自的比例抵扣"] if plan.advance else []
    for place, (each, part) in enumerate(zip(facts.milestones, plan.parts, strict=True), start=1):
        evidence = f"，凭据：{each.evidence}" if each.evidence else ""
        share = f"{each.share.normalize():f}%"
        lines.append(f"{place}. {each.title}：{share}，支付 ¥{part.amount:,.2f}，{day_words(each.due_on)}{evidence}")
    return "\n".join(lines)
