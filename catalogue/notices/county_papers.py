"""The county's own papers before publication, filled from what was recorded; what nobody recorded is a ruled blank.

采购实施计划备案表 (R-PLAN-01), 需求调查报告 (R-DOC-09), 会议纪要, 委托代理协议 (R-ROLE-05), 采购文件确认函.
They are Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from catalogue.listings.rules import METHOD_LABELS
from catalogue.notices.content import Facts, Paper, Section, Signatures, facts, grid, text
from catalogue.notices.facts import Contact, ListingFacts
from catalogue.notices.listing_notices import lots_table
from catalogue.notices.wording import day, finance_rows, known, money, numbered, period
from marketplace.kernel.i18n import N_


class CountyPaper(StrEnum):
    """A paper of the county's own form."""

    PLAN = "implementation-plan"
    SURVEY = "survey-report"
    MINUTES = "minutes"
    AGREEMENT = "agency-agreement"
    CONFIRMATION = "document-confirmation"


@dataclass(frozen=True)
class PaperForm:
    """What a paper is called, what it is for, and the rule behind it."""

    title: str
    purpose: str
    clause: str


COUNTY_PAPERS: dict[CountyPaper, PaperForm] = {
    CountyPaper.PLAN: PaperForm(N_("采购实施计划备案表"), N_("公告发布前报财政部门备案"), "R-PLAN-01"),
    CountyPaper.SURVEY: PaperForm(N_("采购需求调查报告"), N_("面向社会公众提供的公共服务，开展需求调查"), "R-DOC-09"),
    CountyPaper.MINUTES: PaperForm(N_("会议纪要"), N_("集体研究采购事项"), "R-METH-12"),
    CountyPaper.AGREEMENT: PaperForm(
        N_("政府采购委托代理协议"), N_("委托代理机构时，写明范围、权限和期限"), "R-ROLE-05"
    ),
    CountyPaper.CONFIRMATION: PaperForm(N_("采购文件确认函"), N_("采购人确认采购文件，附文件的哈希值"), "R-DOC-02"),
}


@dataclass(frozen=True)
class PlanRecord:
    """What was filed of the implementation plan."""

    number: str = ""
    filed_on: date | None = None
    filed_by: str = ""
    contract_kind: str = ""
    pricing: str = ""
    evaluation: str = ""
    risk: str = ""
    organisation: str = ""
    begins_on: date | None = None
    quantity: str = ""
    policy: str = ""
    acceptance: str = ""
    received_by: str = ""
    received_on: date | None = None


@dataclass(frozen=True)
class SurveySubject:
    """One market subject that was asked, and what it said."""

    name: str
    way: str
    said: str


@dataclass(frozen=True)
class ReviewRecord:
    """What the close review of need and plan found, and who sat in it."""

    held_on: date | None = None
    outcome: str = ""
    members: tuple[str, ...] = ()
    discrimination: str = ""
    competition: str = ""
    policy: str = ""
    risk: str = ""
    counsel: str = ""


@dataclass(frozen=True)
class SurveyRecord:
    """What a requirement survey found."""

    surveyed_on: date | None = None
    surveyor: str = ""
    market: str = ""
    history: str = ""
    later_costs: str = ""
    public_opinion: str = ""
    conclusion: str = ""
    subjects: tuple[SurveySubject, ...] = ()
    earlier: str = ""
    few_reason: str = ""
    review: ReviewRecord = ReviewRecord()


@dataclass(frozen=True)
class MinutesRecord:
    """A meeting that decided on a purchase."""

    number: str = ""
    held_on: date | None = None
    place: str = ""
    chair: str = ""
    recorder: str = ""
    present: tuple[str, ...] = ()
    opinions: str = ""
    decision: str = ""


@dataclass(frozen=True)
class AgreementRecord:
    """What an agency was asked to do, and for how long (R-ROLE-05)."""

    number: str = ""
    agency: Contact | None = None
    scope: str = ""
    authority: str = ""
    fee: str = ""
    fee_payer: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class ConfirmationRecord:
    """The buyer's confirmation of a procurement document by its hash."""

    document_sha256: str = ""
    confirmed_by: str = ""
    confirmed_on: date | None = None


@dataclass(frozen=True)
class Records:
    """What was recorded for a listing; a record that nobody made is an empty one."""

    plan: PlanRecord = PlanRecord()
    survey: SurveyRecord = SurveyRecord()
    minutes: MinutesRecord = MinutesRecord()
    agreement: AgreementRecord = AgreementRecord()
    confirmation: ConfirmationRecord = ConfirmationRecord()


def county_paper(which: CountyPaper, listing: ListingFacts, records: Records) -> Paper:
    """One of the county's papers."""
    match which:
        case CountyPaper.PLAN:
            return _plan(listing, records.plan)
        case CountyPaper.SURVEY:
            return _survey(listing, records.survey)
        case CountyPaper.MINUTES:
            return _minutes(listing, records.minutes)
        case CountyPaper.AGREEMENT:
            return _agreement(listing, records.agreement)
        case CountyPaper.CONFIRMATION:
            return _confirmation(listing, records.confirmation)


def _paper(
    which: CountyPaper, listing: ListingFacts, number: str, sections: tuple[Section, ...], on: date | None
) -> Paper:
    return Paper(
        kind=which.value, title=COUNTY_PAPERS[which].title, number=number or listing.reference,
        issuer=listing.buyer.name, issued_on=day(on) or "　　　年　　月　　日", sections=sections,
    )  # fmt: skip


def _project(listing: ListingFacts) -> Facts:
    return facts(("项目名称", listing.title), ("项目编号", listing.reference), ("预算金额", money(listing.budget)))


def _plan(listing: ListingFacts, plan: PlanRecord) -> Paper:
    basics = facts(
        ("采购人", listing.buyer.name), ("项目名称", listing.title), ("项目编号", listing.reference),
        ("预算金额", money(listing.budget)), ("最高限价", money(listing.ceiling or listing.budget)),
        ("采购方式", dict[str, str](METHOD_LABELS).get(listing.method, listing.method)),
        ("服务期限", period(listing.service_from, listing.service_to)),
        ("中小企业政策", listing.policy),
    )  # fmt: skip
    arranged = facts(
        ("采购组织形式", known(plan.organisation)), ("开展采购活动的时间", day(plan.begins_on)),
        ("采购数量", known(plan.quantity)), ("合同类型", known(plan.contract_kind)),
        ("定价方式", known(plan.pricing)), ("评审办法", known(plan.evaluation)),
        ("政府采购政策的落实", known(plan.policy)), ("履约验收方案", known(plan.acceptance)),
        ("风险管控措施", known(plan.risk)),
    )  # fmt: skip
    filed = facts(
        ("备案编号", known(plan.number)), ("备案日期", day(plan.filed_on)), ("经办人", known(plan.filed_by)),
        ("财政部门收件人", known(plan.received_by)), ("收件日期", day(plan.received_on)),
    )  # fmt: skip
    sections = numbered([
        ("项目基本情况", [basics, lots_table(listing)], ""),
        ("资金", [finance_rows(listing.finance)], ""),
        ("采购实施安排", [arranged], ""),
        ("备案", [filed, Signatures(("采购人（盖章）", "财政部门（盖章）"))], ""),
    ])  # fmt: skip
    return _paper(CountyPaper.PLAN, listing, plan.number, sections, plan.filed_on)


def _survey(listing: ListingFacts, survey: SurveyRecord) -> Paper:
    asked = [("调查时间", day(survey.surveyed_on)), ("调查人", known(survey.surveyor))]
    if survey.earlier:
        asked.append(("沿用的调查", survey.earlier))
    if survey.few_reason:
        asked.append(("市场主体不足三家的理由", survey.few_reason))
    subjects = [(str(n), s.name, s.way, s.said) for n, s in enumerate(survey.subjects, start=1)]
    blank = [(str(n), "", "", "") for n in range(1, 4)]
    findings = facts(
        ("相关产业发展和市场供给情况", known(survey.market)), ("同类采购项目历史成交信息", known(survey.history)),
        ("可能涉及的后续采购情况", known(survey.later_costs)), ("社会公众意见", known(survey.public_opinion)),
    )  # fmt: skip
    sections = numbered([
        ("项目", [_project(listing)], ""),
        ("调查", [facts(*asked)], ""),
        ("调查对象", [grid(("序号", "市场主体", "调查方式", "主要意见"), subjects or blank)], ""),
        ("调查内容", [findings], ""),
        ("采购需求", [text(listing.requirement)], ""),
        ("重点审查", [_review(survey.review)], ""),
        ("结论", [facts(("结论", known(survey.conclusion))), Signatures(("调查人", "采购人（盖章）"))], ""),
    ])  # fmt: skip
    return _paper(CountyPaper.SURVEY, listing, "", sections, survey.surveyed_on)


def _review(review: ReviewRecord) -> Facts:
    return facts(
        ("审查时间", day(review.held_on)), ("审查人员", known("、".join(review.members))),
        ("非歧视性审查", known(review.discrimination)), ("竞争性审查", known(review.competition)),
        ("采购政策审查", known(review.policy)), ("履约风险审查", known(review.risk)),
        ("法律顾问", known(review.counsel)), ("审查结论", known(review.outcome)),
    )  # fmt: skip


def _minutes(listing: ListingFacts, minutes: MinutesRecord) -> Paper:
    meeting = facts(
        ("时间", day(minutes.held_on)), ("地点", known(minutes.place)), ("主持人", known(minutes.chair)),
        ("记录人", known(minutes.recorder)), ("参加人员", known("、".join(minutes.present))),
    )  # fmt: skip
    signers = minutes.present or ("参加人员", "主持人")
    matter = f"审议“{listing.title}”（{listing.reference}）采购事项，预算 {money(listing.budget)}。"
    sections = numbered([
        ("会议", [meeting], ""),
        ("议题", [text(matter)], ""),
        ("讨论意见", [facts(("意见", known(minutes.opinions)))], ""),
        ("会议决定", [facts(("决定", known(minutes.decision))), Signatures(signers)], ""),
    ])  # fmt: skip
    return _paper(CountyPaper.MINUTES, listing, minutes.number, sections, minutes.held_on)


def _agreement(listing: ListingFacts, agreement: AgreementRecord) -> Paper:
    agency = agreement.agency or Contact("")
    parties = facts(
        ("甲方（采购人）", listing.buyer.name), ("地址", known(listing.buyer.address)),
        ("乙方（采购代理机构）", known(agency.name)), ("地址", known(agency.address)),
        ("联系电话", known(agency.phone)),
    )  # fmt: skip
    term = period(agreement.valid_from, agreement.valid_to) if agreement.valid_from and agreement.valid_to else None
    asked = facts(("委托范围", known(agreement.scope)), ("委托权限", known(agreement.authority)))
    limits = text(
        "乙方在委托的范围和权限内办理采购事务；超出委托权限的询问、质疑，转甲方答复。",
        "乙方及其分支机构不得参加所代理项目的投标，不得为投标人提供咨询；乙方工作人员不得担任评审小组成员。",
        "甲方对采购需求、采购文件、中标（成交）结果和合同负责，不因委托而转移。",
    )
    sections = numbered([
        ("双方", [parties], ""),
        ("委托项目", [_project(listing)], ""),
        ("委托范围和权限", [asked, limits], ""),
        ("代理费用", [facts(("收取标准", known(agreement.fee)), ("承担方", known(agreement.fee_payer)))], ""),
        ("期限", [facts(("委托期限", term))], ""),
        ("签署", [Signatures(("甲方（盖章）", "乙方（盖章）"))], ""),
    ])  # fmt: skip
    return _paper(CountyPaper.AGREEMENT, listing, agreement.number, sections, agreement.valid_from)


def _confirmation(listing: ListingFacts, confirmed: ConfirmationRecord) -> Paper:
    sections = numbered([
        ("项目", [_project(listing)], ""),
        ("采购文件", [facts(("采购文件的 SHA-256", known(confirmed.document_sha256)))], ""),
        (
            "确认",
            [
                text("经审核，采购文件的采购需求、资格条件、评审标准、合同条款符合本单位要求，同意按此发布。"),
                facts(("确认人", known(confirmed.confirmed_by)), ("确认日期", day(confirmed.confirmed_on))),
                Signatures(("采购人（盖章）",)),
            ],
            "",
        ),
    ])  # fmt: skip
    return _paper(CountyPaper.CONFIRMATION, listing, "", sections, confirmed.confirmed_on)
