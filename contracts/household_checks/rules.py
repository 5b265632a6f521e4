"""What may be asked at a household, who goes there, and what a check may say. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.cases.rules import CaseStatus
from marketplace.kernel.characters import narrowed
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions

RULE_CHECK = "R-CHECK-01"
INVESTIGATORS = "R-CHECK-01/investigators"


class CheckStatus(StrEnum):
    """Where a household check stands."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


CHECK_LABELS: dict[CheckStatus, tuple[str, str]] = {
    CheckStatus.PLANNED: (N_("等待入户"), "waiting"),
    CheckStatus.DONE: (N_("已登记结果"), "done"),
    CheckStatus.CANCELLED: (N_("已取消"), "neutral"),
}
TRANSITIONS: Transitions[CheckStatus] = {
    CheckStatus.PLANNED: frozenset({CheckStatus.DONE, CheckStatus.CANCELLED}),
    CheckStatus.DONE: frozenset(),
    CheckStatus.CANCELLED: frozenset(),
}
# all that may be asked at a household: what is seen and told there, and nothing that a register holds
ITEM_LABELS: dict[str, str] = {
    "members": N_("共同生活的家庭成员，和户口簿是不是一致"),
    "housing": N_("居住的房屋和生活设施（看到的）"),
    "living": N_("日常生活状况（看到的）"),
    "work": N_("务工、务农和零散收入（本人说的）"),
    "expenses": N_("医疗、教育等必需的支出"),
    "support": N_("赡养、抚养、扶养的情况"),
    "care": N_("健康和自理的情况（看到的）"),
    "needs": N_("还需要什么帮助"),
}
OTHER = "other"
OTHER_LABEL = N_("另外问的一件事")
# the eight proofs that the pilot plan abolishes, and the words by which each is asked for
PROOFS: dict[str, tuple[str, tuple[str, ...]]] = {
    "disability": (N_("残疾证"), ("残疾证", "残疾人证")),
    "school": (N_("学籍证明"), ("学籍", "在读证明", "在校证明")),
    "vehicle": (N_("车辆信息"), ("车辆", "机动车", "行驶证", "驾驶证")),
    "property": (N_("房产证"), ("房产", "房权证", "产权证", "不动产")),
    "business": (N_("工商登记信息"), ("工商", "营业执照", "企业登记", "市场主体")),
    "housing_fund": (N_("公积金缴存和贷款信息"), ("公积金",)),
    "tax": (N_("税务信息"), ("税务", "纳税", "完税", "个人所得税", "个税")),
    "insurance": (N_("社保材料"), ("社保", "社会保险", "参保")),
}
# whatever else the check mechanism can verify (Social Assistance Act, Art. 41 and 62)
VERIFIABLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "register": (N_("户籍证明"), ("户籍证明", "户籍信息", "婚姻证明", "婚姻登记", "结婚证", "离婚证")),
    "bank": (N_("银行存款和流水"), ("银行", "存款", "存折", "流水")),
    "policies": (N_("商业保险和证券"), ("商业保险", "保单", "证券", "股票", "基金")),
    "payments": (N_("支付账户余额"), ("支付宝", "微信钱包", "微信零钱", "账户余额")),
    "hardship": (N_("困难证明"), ("困难证明", "贫困证明", "收入证明")),
}
MET_LABELS: dict[str, str] = {"self": N_("申请人本人"), "family": N_("家庭成员"), "nobody": N_("没有见到人")}
CONCLUSION_LABELS: dict[str, str] = {
    "matches": N_("和申请时说的一致"), "differs": N_("和申请时说的不一致"), "unclear": N_("这次没有查清"),
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """When who goes to a household, and what is asked there; `asked` is one question besides the list."""

    planned_on: date
    investigators: tuple[UUID, ...]
    items: tuple[str, ...]
    asked: str = ""


@dataclass(frozen=True)
class Findings:
    """What was found: of each item, of neighbours who were asked, of a community appraisal, and in all."""

    visited_on: date
    met: str
    conclusion: str
    found: Mapping[str, str] = field(default_factory=dict)
    conclusion_note: str = ""
    neighbours: int = 0
    neighbours_note: str = ""
    review_on: date | None = None
    review_present: int = 0
    review_note: str = ""


def refused_proof(question: str) -> str | None:
    """The proof that a question asks for though a register holds it; None where it asks for none (R-CHECK-01)."""
    plain = "".join(narrowed(question).split())
    for label, words in (*PROOFS.values(), *VERIFIABLE.values()):
        if any(word in plain for word in words):
            return label
    return None


def check_may_plan(case: Mapping[str, Any]) -> None:
    """A household is visited while its case is open. Raises DomainError."""
    if case["status"] != CaseStatus.OPEN:
        raise DomainError(N_("只有办理中的个案安排入户核查。"), clause=RULE_CHECK)


def plan_mistakes(plan: Plan, known: Collection[UUID], today: date) -> dict[str, Sentence]:
    """What is wrong with a plan, by field: too few investigators, nothing to ask, a proof that is abolished."""
    found: dict[str, Sentence] = {}
    least = int(number(INVESTIGATORS, today))
    if len(set(plan.investigators)) < least:
        found["investigators"] = say(N_("至少选 {count} 名核查人员，不能一个人入户。"), count=least)
    elif not set(plan.investigators) <= set(known):
        found["investigators"] = say(N_("请从列出的人员里选。"))
    if not plan.items and not plan.asked:
        found["items"] = say(N_("请至少选一项要问的。"))
    if plan.asked and (proof := refused_proof(plan.asked)):
        found["asked"] = say(
            N_("“{proof}”可以由核对机制核实，不得要申请人提供。请删掉，需要的请县民政局核对。"), proof=say(proof)
        )
    if plan.planned_on < today:
        found["planned_on"] = say(N_("入户的日期不能早于今天。"))
    return found


def finding_mistakes(new: Findings, items: Collection[str], planned_at: date, today: date) -> dict[str, Sentence]:
    """What is wrong with a result, by field: every item has a finding, and a doubt says why."""
    found: dict[str, Sentence] = {}
    if not planned_at <= new.visited_on <= today:
        found["visited_on"] = say(N_("入户的日期要在安排以后、不晚于今天。"))
    if new.met == "nobody":
        if new.conclusion != "unclear":
            found["conclusion"] = say(N_("没有见到人的，不能写成查清。请选“这次没有查清”，再安排一次。"))
    else:
        for item in items:
            if not new.found.get(item, "").strip():
                found[f"found_{item}"] = say(N_("请写看到、听到的情况。"))
    if new.conclusion != "matches" and not new.conclusion_note.strip():
        found["conclusion_note"] = say(N_("请写明哪里不一致，或者为什么没有查清。"))
    if bool(new.neighbours) != bool(new.neighbours_note.strip()):
        found["neighbours_note"] = say(N_("邻里访问要写问了几户和听到的情况；没有访问的都不填。"))
    given = (new.review_on is not None, new.review_present > 0, bool(new.review_note.strip()))
    if any(given) and not all(given):
        found["review_note"] = say(N_("群众评议要写日期、到场人数和评议意见；没有评议的都不填。"))
    elif new.review_on and not planned_at <= new.review_on <= today:
        found["review_on"] = say(N_("评议的日期要在安排以后、不晚于今天。"))
    return found
