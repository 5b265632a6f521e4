"""What an acceptance must say, and who may accept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.deadlines import Deadline, compute
from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day, Months
from marketplace.kernel.money import to_fen

RULE_CERTIFICATE, RULE_DUTIES, RULE_TIME = "R-ACC-01", "R-ROLE-03", "R-ACC-04"
MOST_TIMES = 1000
MOST_ITEMS = 40


class Finding(StrEnum):
    """What was found of one requirement."""

    MET = "met"
    MET_WITH_REMARKS = "met_with_remarks"
    NOT_MET = "not_met"


FINDING_LABELS: dict[Finding, str] = {
    Finding.MET: N_("达到要求"),
    Finding.MET_WITH_REMARKS: N_("达到要求，有需要改进的地方"),
    Finding.NOT_MET: N_("没有达到要求"),
}


# a requirement in parts is kept as one text, each part under its name: the name itself is nothing to accept
HEADING = re.compile(r"【[^【】]*】")


def requirement_items(requirement: str, evidence: str) -> list[str]:
    """What a certificate goes through: each paragraph of the requirement save its headings, then the evidence asked."""
    lines = [
        re.sub(r"^\s*(?:[(（]?\d{1,2}[)）.、．]|[一二三四五六七八九十]{1,3}、)\s*", "", line).strip()
        for line in requirement.splitlines()
    ]
    items = [line for line in lines if line and not HEADING.fullmatch(line)][:MOST_ITEMS]
    if evidence.strip():
        items.append(f"付款节点凭据：{evidence.strip()}")
    return items or ["按合同提供服务"]


_SAFETY = re.compile(r"安全|应急|风险|保密|隐私|个人信息|消防|意外|保险")
_TECHNICAL = re.compile(r"技术|系统|平台|软件|数据|设备|档案|资质|证书|专业|培训|方案|标准")


def item_kind(requirement: str) -> str:
    """Whether an item is of safety, technique or service: a certificate lists all three (R-ACC-01)."""
    return "safety" if _SAFETY.search(requirement) else "technical" if _TECHNICAL.search(requirement) else "service"


@dataclass(frozen=True)
class ItemFinding:
    """One requirement with its finding; a remark is needed where something is to be improved."""

    requirement: str
    finding: Finding
    note: str


def check_findings(findings: Sequence[ItemFinding]) -> None:
    """Work is accepted when every requirement is met (R-ACC-01). Raises DomainError."""
    if not findings:
        raise DomainError(N_("验收书要逐项写明履行情况。"), clause=RULE_CERTIFICATE)
    if any(each.finding is Finding.NOT_MET for each in findings):
        raise DomainError(
            N_("有要求没有达到，现在不能验收合格。请先让供应商整改，达到以后再验收。"), clause=RULE_CERTIFICATE
        )


def check_accepter(person_id: UUID, listing: Mapping[str, object]) -> None:
    """Who drafted or approved the listing does not accept the work (R-ROLE-03). Raises Forbidden."""
    if person_id in (listing["listing_drafted_by"], listing["listing_approved_by"]):
        raise Forbidden(
            N_("采购公告由您经办，验收要由另一位同事来做。请转给没有参与这次采购的人。"), clause=RULE_DUTIES
        )


def check_months_closed(months: Sequence[date], closed: Sequence[date]) -> None:
    """A milestone rests on closed months only. Raises DomainError naming the open ones."""
    missing = [month for month in months if month not in set(closed)]
    if missing:
        raise DomainError(
            N_("{months} 的时数还没有关闭，不能验收。请先审核时数并关闭月份。"),
            clause="R-HOUR-05",
            months=Months(tuple(missing)),
        )


def decide_by(requested_on: date) -> Deadline:
    """Until when the buyer accepts or says what to mend (R-ACC-04)."""
    return compute(RULE_TIME, requested_on)


def check_request(months_end: date | None, today: date) -> None:
    """Acceptance is asked for once the months of the milestone are over. Raises DomainError."""
    if months_end is not None and today <= months_end:
        raise DomainError(
            N_("这个节点的服务到 {day}才结束，之后才能申请验收。请先记完服务。"), clause=RULE_TIME, day=Day(months_end)
        )


def check_mend_by(mend_by: date, today: date) -> None:
    """Mending takes some time. Raises DomainError."""
    if mend_by <= today:
        raise DomainError(N_("整改期限要在今天以后。请填一个供应商来得及改好的日期。"), clause=RULE_TIME)


@dataclass(frozen=True)
class Failing:
    """A printed failing as it happened: percent of the milestone's price each time, how often, and its proof."""

    condition: str
    percent: Decimal
    times: int
    proof: str


def check_failings(failings: Sequence[Failing], printed: Sequence[tuple[str, Decimal]]) -> None:
    """Nothing is deducted that the listing did not print, and nothing twice. Raises DomainError (R-CON-01)."""
    told = [(failing.condition, failing.percent) for failing in failings]
    if any(each not in printed for each in told) or len(set(told)) < len(told):
        raise DomainError(
            N_("只能按采购公告写明的情形和比例扣减，每种情形写一次发生几次。请刷新页面，按表填写。"), clause="R-CON-01"
        )
    if any(failing.times < 1 or failing.times > MOST_TIMES or not failing.proof.strip() for failing in failings):
        raise DomainError(N_("扣减要写明发生了几次和依据。"), clause=RULE_CERTIFICATE)


def deducted_amounts(price: Decimal, failings: Sequence[Failing]) -> list[Decimal]:
    """What each failing costs of a milestone's price (yuan), to the fen (R-ACC-01).

    Raises DomainError when nothing would be left to pay.
    """
    amounts = [to_fen(price * failing.percent * failing.times / 100) for failing in failings]
    if sum(amounts, Decimal(0)) >= price:
        raise DomainError(
            N_("扣减合计 {deducted} 元，不少于这个节点的 {price} 元。做到这样的程度不能验收合格，请退回整改。"),
            clause=RULE_CERTIFICATE, deducted=sum(amounts, Decimal(0)), price=price,
        )  # fmt: skip
    return amounts
