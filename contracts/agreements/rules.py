"""What a contract says, who signs it, and how its state moves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from contracts.agreements.capitals import in_capitals
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.money import share_out, to_fen
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import Transitions

RULE_PAY, RULE_ADDITION = "R-PAY-01", "R-CON-02"


class ContractStatus(StrEnum):
    """Where a contract stands."""

    DRAWN_UP = "drawn_up"
    SIGNED_BY_ONE = "signed_by_one"
    IN_FORCE = "in_force"
    COMPLETED = "completed"
    TERMINATED = "terminated"
    RESCINDED = "rescinded"


CONTRACT_LABELS: dict[ContractStatus, tuple[str, str]] = {
    ContractStatus.DRAWN_UP: (N_("待双方签订"), "waiting"),
    ContractStatus.SIGNED_BY_ONE: (N_("一方已签，等待另一方"), "waiting"),
    ContractStatus.IN_FORCE: (N_("履行中"), "running"),
    ContractStatus.COMPLETED: (N_("已履行完毕"), "done"),
    ContractStatus.TERMINATED: (N_("已终止"), "refused"),
    ContractStatus.RESCINDED: (N_("已撤销"), "refused"),
}

TRANSITIONS: Transitions[ContractStatus] = {
    # a void award takes its contract with it, as long as nothing was performed (R-DISP-04)
    ContractStatus.DRAWN_UP: frozenset({ContractStatus.SIGNED_BY_ONE, ContractStatus.RESCINDED}),
    ContractStatus.SIGNED_BY_ONE: frozenset({ContractStatus.IN_FORCE, ContractStatus.RESCINDED}),
    ContractStatus.IN_FORCE: frozenset({ContractStatus.COMPLETED, ContractStatus.TERMINATED, ContractStatus.RESCINDED}),
    ContractStatus.COMPLETED: frozenset(),
    ContractStatus.TERMINATED: frozenset(),
    ContractStatus.RESCINDED: frozenset(),
}


class MilestoneStatus(StrEnum):
    """How far a milestone's money has come."""

    OPEN = "open"
    REQUESTED = "requested"
    TO_MEND = "to_mend"
    ACCEPTED = "accepted"
    INVOICED = "invoiced"
    APPROVED = "approved"
    PAID = "paid"
    CANCELLED = "cancelled"


MILESTONE_LABELS: dict[MilestoneStatus, tuple[str, str]] = {
    MilestoneStatus.OPEN: (N_("尚未验收"), "neutral"),
    MilestoneStatus.REQUESTED: (N_("已申请验收"), "waiting"),
    MilestoneStatus.TO_MEND: (N_("退回整改"), "waiting"),
    MilestoneStatus.ACCEPTED: (N_("已验收，等待发票"), "waiting"),
    MilestoneStatus.INVOICED: (N_("已收发票，等待审核付款"), "waiting"),
    MilestoneStatus.APPROVED: (N_("付款已审核"), "running"),
    MilestoneStatus.PAID: (N_("已付款"), "done"),
    MilestoneStatus.CANCELLED: (N_("合同终止，不再支付"), "neutral"),
}

MILESTONE_TRANSITIONS: Transitions[MilestoneStatus] = {
    # only the advance is invoiced without an acceptance
    MilestoneStatus.OPEN: frozenset(
        {
            MilestoneStatus.REQUESTED,
            MilestoneStatus.TO_MEND,
            MilestoneStatus.ACCEPTED,
            MilestoneStatus.INVOICED,
            MilestoneStatus.CANCELLED,
        }
    ),  # fmt: skip
    MilestoneStatus.REQUESTED: frozenset(
        {MilestoneStatus.TO_MEND, MilestoneStatus.ACCEPTED, MilestoneStatus.CANCELLED}
    ),
    # the buyer may find it mended before it is asked again
    MilestoneStatus.TO_MEND: frozenset(
        {MilestoneStatus.REQUESTED, MilestoneStatus.ACCEPTED, MilestoneStatus.CANCELLED}
    ),
    MilestoneStatus.ACCEPTED: frozenset({MilestoneStatus.INVOICED}),
    # a returned invoice puts the milestone back to waiting for one
    MilestoneStatus.INVOICED: frozenset({MilestoneStatus.APPROVED, MilestoneStatus.ACCEPTED, MilestoneStatus.OPEN}),
    MilestoneStatus.APPROVED: frozenset({MilestoneStatus.PAID}),
    MilestoneStatus.PAID: frozenset(),
    MilestoneStatus.CANCELLED: frozenset(),
}


class Side(StrEnum):
    """The two parties of a contract."""

    BUYER = "buyer"
    PROVIDER = "provider"


SIDE_LABELS: dict[Side, str] = {Side.BUYER: N_("采购人（甲方）"), Side.PROVIDER: N_("供应商（乙方）")}


@dataclass(frozen=True)
class MilestonePlan:
    """A milestone as the listing printed it: share in percent."""

    title: str
    share: Decimal
    due_on: date
    evidence: str


@dataclass(frozen=True)
class DeductionPlan:
    """What a failing costs as the listing printed it: percent of the milestone's price each time."""

    condition: str
    percent: Decimal


@dataclass(frozen=True)
class TermsFacts:
    """Everything the contract's text is written from: the listing and the winning bid, nothing else (R-CON-01).

    The draft in the procurement document is the same text without a price (None).
    """

    reference: str
    title: str
    listing_reference: str
    award_reference: str
    purchasing_body: str
    buyer: str
    provider: str
    credit_code: str
    lot_number: int
    item: str
    content: str
    quantity: Decimal
    unit: str
    towns: tuple[str, ...]
    requirement: str
    offer: str
    amount: Decimal | None
    service_from: date
    service_to: date
    milestones: tuple[MilestonePlan, ...]
    # the day whose rulebook the listing goes by
    on: date
    # percent of the price paid on signing, offset against the milestones in proportion (R-PAY-03)
    advance: Decimal = Decimal(0)
    # where the bid was scored on them: a promised quantity of the contract (R-EVAL-12)
    annual_hours: int | None = None
    # agreed days to pay and late interest in percent a year; None: the law's (R-PAY-02)
    payment_days: int | None = None
    late_rate: Decimal | None = None
    # what may be deducted at acceptance, and nothing else
    deductions: tuple[DeductionPlan, ...] = ()


@dataclass(frozen=True)
class PaymentPart:
    """What one milestone pays, and what of its value the advance has paid already; yuan."""

    amount: Decimal
    offset: Decimal


@dataclass(frozen=True)
class PaymentPlan:
    """The advance and every milestone in yuan; together exactly the contract's amount."""

    advance: Decimal
    parts: tuple[PaymentPart, ...]


def payment_plan(amount: Decimal, milestones: Sequence[MilestonePlan], advance: Decimal = Decimal(0)) -> PaymentPlan:
    """Each milestone offsets the advance by its own share (R-PAY-03). Raises DomainError unless 100 percent."""
    if sum((m.share for m in milestones), Decimal(0)) != 100:
        raise DomainError(N_("付款节点的比例合计不是 100%。请回到采购公告核对付款节点。"))
    shares = [m.share for m in milestones]
    paid_before = to_fen(amount * advance / 100)
    parts = zip(share_out(amount, shares), share_out(paid_before, shares), strict=True)
    return PaymentPlan(paid_before, tuple(PaymentPart(whole - offset, offset) for whole, offset in parts))


def write_terms(facts: TermsFacts) -> str:
    """The contract's text: the listing's terms and the bid's promises without any change of substance (R-CON-01)."""
    sections = (
        ("合同双方", _parties(facts)),
        ("服务内容", _service(facts)),
        ("服务要求（采购公告原文）", facts.requirement.strip()),
        ("乙方承诺（响应文件原文）", facts.offer.strip() or "乙方按采购公告的要求提供服务。"),
        ("服务期限和地点", _term(facts)),
        ("合同金额", f"合同总价 {_price(facts.amount)}，含税，为完成全部服务的总价。"),
        ("付款节点", _milestones(facts)),
        ("服务记录和验收", _acceptance()),
        ("变更、中止和终止", _changes(facts.on)),
        ("违约责任和争议", _disputes()),
    )
    numerals = "一二三四五六七八九十"
    body = "\n\n".join(f"{numerals[i]}、{title}\n{text}" for i, (title, text) in enumerate(sections))
    return f"政府购买服务合同\n合同编号：{facts.reference}\n项目名称：{facts.title}\n\n{body}\n"


def _parties(facts: TermsFacts) -> str:
    return (
        f"购买主体：{facts.purchasing_body}\n甲方（采购人）：{facts.buyer}\n"
        f"乙方（供应商）：{facts.provider}，统一社会信用代码 {facts.credit_code}\n"
        f"依据：采购公告 {facts.listing_reference} 第 {facts.lot_number} 包，成交（中标）通知 {facts.award_reference}。"
    )


def _service(facts: TermsFacts) -> str:
    promised = "" if facts.annual_hours is None else f"\n承诺的年服务时数：每年不少于 {facts.annual_hours} 小时。"
    return f"{facts.item}：{facts.content}\n数量：{facts.quantity.normalize():f} {facts.unit}。{promised}"


def _term(facts: TermsFacts) -> str:
    where = "、".join(facts.towns) or facts.buyer
    return f"自{_day(facts.service_from)}起至{_day(facts.service_to)}止，服务地点：{where}。"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _price(amount: Decimal | None) -> str:
    return "¥____（大写：____）" if amount is None else f"¥{amount:,.2f}（大写：{in_capitals(amount)}）"


def _milestones(facts: TermsFacts) -> str:
    plan = None if facts.amount is None else payment_plan(facts.amount, facts.milestones, facts.advance)
    lines = [_advance(facts, plan)] if facts.advance else []
    for place, each in enumerate(facts.milestones, start=1):
        evidence = f"，凭据：{each.evidence}" if each.evidence else ""
        share = f"{each.share.normalize():f}%"
        money = _part(plan.parts[place - 1] if plan else None, has_advance=bool(facts.advance))
        lines.append(f"{place}. {each.title}：{share}，{money}，{_day(each.due_on)}{evidence}")
    lines.append(_time_to_pay(facts))
    lines.append(_late_interest(facts))
    return "\n".join([*lines, *_deductions(facts.deductions)])


def _deductions(deductions: Sequence[DeductionPlan]) -> list[str]:
    if not deductions:
        return []
    told = [f"（{i}）{each.condition}：{each.percent.normalize():f}%" for i, each in enumerate(deductions, start=1)]
    return ["没有做到的，每发生一次按该付款节点金额的下列比例扣减，没有列明的不扣减：", *told]


def _time_to_pay(facts: TermsFacts) -> str:
    """Dragged acceptance is no ground to wait; only what is disputed may (R-PAY-02, R-PAY-04)."""
    usual = _days(facts.on)
    agreed = (
        f"自验收合格之日起 {facts.payment_days} 日内" if facts.payment_days else f"验收合格并收到发票后 {usual} 日内"
    )
    longer = facts.payment_days is not None and facts.payment_days > int(usual)
    others = f"；乙方不是中小企业的，最迟在收到发票后 {usual} 日内支付" if longer else ""
    return (
        f"{agreed}支付{others}，不附加合同以外的条件。拖延验收的，自约定的验收期限届满之日起算；"
        "部分有争议的，没有争议的部分按期支付。"
    )


def _late_interest(facts: TermsFacts) -> str:
    if facts.late_rate is not None:
        return f"逾期支付的，甲方按年利率 {facts.late_rate.normalize():f}%（一年按360天）支付逾期利息。"
    return "逾期支付的，甲方依《保障中小企业款项支付条例》按每日万分之五支付逾期利息。"


def _days(on: date) -> str:
    return f"{number(RULE_PAY, on):f}"


def _advance(facts: TermsFacts, plan: PaymentPlan | None) -> str:
    money = f"¥{plan.advance:,.2f}" if plan else "¥____"
    return (
        f"预付款：合同总价的 {facts.advance.normalize():f}%，{money}。"
        f"合同生效并收到发票后 {_days(facts.on)} 日内支付，不以验收为条件；"
        "由以后各节点按各自的比例抵扣。"
    )


def _part(part: PaymentPart | None, *, has_advance: bool) -> str:
    if part is None:
        return "¥____，其中抵扣预付款 ¥____，支付 ¥____" if has_advance else "¥____"
    if not has_advance:
        return f"¥{part.amount:,.2f}"
    return f"¥{part.amount + part.offset:,.2f}，其中抵扣预付款 ¥{part.offset:,.2f}，支付 ¥{part.amount:,.2f}"


def _acceptance() -> str:
    return (
        "乙方逐次记录服务，写明服务项目、服务对象代码、日期、地点、社会工作者、起止时间；甲方按月审核。"
        "验收逐项写明服务、技术、安全要求的履行情况，听取服务对象意见，结果向社会公开。"
    )


def _changes(on: date) -> str:
    return (
        "双方不得擅自变更、中止或者终止合同；继续履行将损害国家利益和社会公共利益的，双方应当变更、中止或者终止。"
        f"追加同类服务的补充合同，累计不超过合同金额的 {number(RULE_ADDITION, on):f}%。不得转包。"
    )


def _disputes() -> str:
    return "任何一方违约的，依《中华人民共和国民法典》承担责任；争议协商不成的，向甲方所在地人民法院起诉。"


def terms_hash(terms: str) -> str:
    """The SHA-256 of the text that both sides sign."""
    return hashlib.sha256(terms.encode()).hexdigest()


def after_signing(signed: Iterable[Side]) -> ContractStatus:
    """The state a contract has once these sides have signed."""
    count = len(set(signed))
    return {0: ContractStatus.DRAWN_UP, 1: ContractStatus.SIGNED_BY_ONE}.get(count, ContractStatus.IN_FORCE)


def check_typed_name(typed: str, name: str) -> None:
    """Who signs types their own name. Raises DomainError."""
    if "".join(typed.split()) != "".join(name.split()):
        raise DomainError(N_("签名要和登录人的姓名一致。请输入“{name}”。"), name=name)


def may_see_contract(actor: Actor | None, contract: Mapping[str, object]) -> bool:
    """Published contracts are public; before that the two parties and those who read everything see it."""
    if contract["published_at"] is not None:
        return True
    if actor is None:
        return False
    return is_party(actor, contract) or actor.may(Permission.READ_EVERYTHING)


def is_party(actor: Actor | None, contract: Mapping[str, object]) -> bool:
    """Whether the reader belongs to the buyer or the provider of this contract."""
    return actor is not None and actor.organisation_id in (contract["buyer"], contract["provider_organisation"])


def is_buyer_side(actor: Actor | None, contract: Mapping[str, object]) -> bool:
    """Whether the reader belongs to the contract's buyer."""
    return actor is not None and actor.organisation_id == contract["buyer"]


def is_provider_side(actor: Actor | None, contract: Mapping[str, object]) -> bool:
    """Whether the reader belongs to the contract's provider."""
    return actor is not None and actor.organisation_id == contract["provider_organisation"]


def may_see_hours(actor: Actor | None, contract: Mapping[str, object]) -> bool:
    """Recipients' codes are for the provider's office, the buyer's office and those who read everything."""
    if actor is None:
        return False
    if actor.may(Permission.READ_EVERYTHING):
        return True
    if is_buyer_side(actor, contract):
        return actor.may(Permission.APPROVE_HOURS) or actor.may(Permission.ACCEPT_WORK)
    # a social worker sees own visits on a page of their own, not a colleague's households
    return is_provider_side(actor, contract) and actor.may(Permission.SUBMIT_INVOICE)
