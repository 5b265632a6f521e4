"""The first listing of the demo county: a real notice of a district's social bureau, published facts only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from catalogue.listings.draft_pages import monthly_rows
from catalogue.listings.drafts import (
    CriterionDraft,
    DeductionDraft,
    MilestoneDraft,
    Milestones,
)
from catalogue.listings.preparation.services import NewPlan

BUDGET = Decimal("505000.00")
TITLE = "购买社会救助服务"
TITLE_EN = "Purchase of social-assistance services"
REQUIREMENT = """一、业务协办：协助办理最低生活保障、特困人员救助供养、临时救助等申请的受理和资料整理。
二、家计调查：对新申请家庭入户调查，入户率 100%，每户一份调查表和六要素服务记录。
三、对象排查：按月排查在册对象，形成台账并推送。
四、网络管理：及时录入和更新社会救助信息系统。
五、档案管理：一户一档，按月归档。
六、业务培训：每年至少组织 2 次。"""
CRITERIA = (
    CriterionDraft("technical", "服务方案", Decimal(45), "完整、可行、有针对性 45 分；缺一项减 9 分，减完为止"),
    CriterionDraft("technical", "质量管理和应急措施", Decimal(15), "每有一项可执行的措施得 3 分，最多 15 分"),
    CriterionDraft("business", "项目人员", Decimal(20), "每有一名持证社会工作者得 4 分，最多 20 分", True),
)


def filed_plan(begins_on: date) -> NewPlan:
    """What finance is told of the first notice before it is published (R-PLAN-01)."""
    return NewPlan(
        quantity="1 项，服务全年", organisation_form="self", begins_on=begins_on, pricing="fixed_total",
        policy="不专门面向中小企业，小微企业价格扣除 10%",
        acceptance="街道按月核对已审核的服务时数和验收记录，期末总验收",
        risks="不足 2 家时重新采购；服务中断时由街道先行安排，7 日内移交资料",
    )  # fmt: skip


# what a month's payment loses, as the county's notices print it
DEDUCTIONS = (
    DeductionDraft("当月服务记录晚于次月五日送审", Decimal(1)),
    DeductionDraft("应当走访的对象当月没有走访，每户", Decimal("0.5")),
)


def monthly(service_from: date, service_to: date) -> Milestones:
    """One payment a month, as the notice says."""
    raw = monthly_rows(service_from, service_to)
    return Milestones(
        tuple(
            MilestoneDraft(
                raw[f"milestones-{i}-title"],
                Decimal(raw[f"milestones-{i}-share"]),
                date.fromisoformat(raw[f"milestones-{i}-due_on"]),
                raw[f"milestones-{i}-evidence"],
            )
            for i in range(len(raw) // 4)
        ),
        DEDUCTIONS,
    )
