"""What an acceptance must say, and who may accept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Months

RULE_CERTIFICATE, RULE_DUTIES = "R-ACC-01", "R-ROLE-03"
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
