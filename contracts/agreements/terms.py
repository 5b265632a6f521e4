"""The text of a contract: the listing's terms and the bid's promises, word for word (R-CON-01). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.agreements.paying_terms import RULE_PAY, days_words, interest_words
from contracts.agreements.rules import DeductionPlan, MilestonePlan, PaymentPart, PaymentPlan, payment_plan
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.money import to_fen
from marketplace.kernel.rulebook import holds, number

RULE_ADDITION, RULE_SILENCE = "R-CON-02", "R-CON-06/silence"
# the contract is Chinese in every language
GRADE_WORDS = {"excellent": "优", "good": "良", "fair": "中", "poor": "差"}
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class PrintedIndicator:
    """An indicator as the listing printed it, for the evaluation that follows."""

    title: str
    target: str
    points: Decimal


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
    # the rest of the listing's terms: bond and subcontracting in percent, how residents pass on, what is evaluated
    bond: Decimal = Decimal(0)
    subcontract_share: Decimal = Decimal(0)
    subcontract_parts: str = ""
    handover: str = ""
    # percent of the last payment that may wait until the handover is done (R-CON-06)
    handover_share: Decimal | None = None
    indicators: tuple[PrintedIndicator, ...] = ()
    # more years without a new competition, and the lowest grade of the year's evaluation (R-PERF-08)
    renewal_years: int | None = None
    renewal_grade: str = ""


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
        ("履约保证金", _bond(facts)),
        ("服务记录和验收", _acceptance()),
        ("绩效评价", _evaluation(facts)),
        ("分包和转包", _subcontracting(facts)),
        ("个人信息保护", _personal_data()),
        ("服务衔接和移交", _handover(facts)),
        *((("续签", _renewal(facts)),) if facts.renewal_years else ()),
        ("变更、中止和终止", _changes(facts.on)),
        ("违约责任和争议", _disputes()),
    )
    body = numbered(sections)
    return f"{TITLE}\n合同编号：{facts.reference}\n项目名称：{facts.title}\n\n{body}\n"


TITLE = "政府购买服务合同"
# what the parts of that text are called
TITLES = frozenset({
    "合同双方", "服务内容", "服务要求（采购公告原文）", "乙方承诺（响应文件原文）", "服务期限和地点", "合同金额",
    "付款节点", "履约保证金", "服务记录和验收", "绩效评价", "分包和转包", "个人信息保护", "服务衔接和移交", "续签",
    "变更、中止和终止", "违约责任和争议",
})  # fmt: skip


def numbered(sections: Sequence[tuple[str, str]]) -> str:
    """The sections of a text under Chinese numerals."""
    return "\n\n".join(f"{_numeral(i)}、{title}\n{text}" for i, (title, text) in enumerate(sections, start=1))


def section_head(line: str, place: int) -> str:
    """The title of the section that begins with this line as the one at a place; empty where none does."""
    head = f"{_numeral(place)}、"
    return line[len(head) :] if line.startswith(head) else ""


def _numeral(place: int) -> str:
    tens, ones = divmod(place, 10)
    begin = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return begin + (_DIGITS[ones] if ones else "")


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
    return f"自{day_words(facts.service_from)}起至{day_words(facts.service_to)}止，服务地点：{where}。"


def day_words(day: date) -> str:
    """A day as a contract writes it."""
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
        lines.append(f"{place}. {each.title}：{share}，{money}，{day_words(each.due_on)}{evidence}")
    lines.append(days_words(facts.on, facts.payment_days))
    lines.append(interest_words(facts.on, facts.late_rate))
    return "\n".join([*lines, *_deductions(facts.deductions)])


def _deductions(deductions: Sequence[DeductionPlan]) -> list[str]:
    if not deductions:
        return []
    told = [f"（{i}）{each.condition}：{each.percent.normalize():f}%" for i, each in enumerate(deductions, start=1)]
    return ["没有做到的，每发生一次按该付款节点金额的下列比例扣减，没有列明的不扣减：", *told]


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


def _bond(facts: TermsFacts) -> str:
    if not facts.bond:
        return "本合同不收取履约保证金。"
    money = "¥____" if facts.amount is None else f"¥{to_fen(facts.amount * facts.bond / 100):,.2f}"
    return (
        f"履约保证金为合同金额的 {facts.bond.normalize():f}%，{money}，乙方可以用保函等非现金形式提交；"
        "合同履行完毕后按规定期限退还，逾期退还的支付资金占用费。"
    )


def _evaluation(facts: TermsFacts) -> str:
    by = "合同期内和期满后，甲方或者其委托的第三方对履约作绩效评价，乙方如实提供资料，可以对结果陈述意见。"
    if not facts.indicators:
        return f"{by}评价按本县通用的指标表。"
    lines = [f"（{i}）{each.title}：{each.target}（{each.points.normalize():f} 分）"
             for i, each in enumerate(facts.indicators, start=1)]  # fmt: skip
    return "\n".join([f"{by}评价使用下列指标：", *lines])


def _subcontracting(facts: TermsFacts) -> str:
    if not facts.subcontract_share:
        return "乙方不得转包，也不得分包。"
    return (
        f"乙方不得转包。可以分包的不超过合同金额的 {facts.subcontract_share.normalize():f}%，"
        f"限于：{facts.subcontract_parts.strip()}。接受分包的不得再次分包；分包的部分由乙方对甲方负责。"
    )


def _personal_data() -> str:
    return (
        "乙方只为履行本合同、在服务期内处理服务对象的姓名、住址、联系方式和服务情况，采取加密、授权等保护措施，"
        "对知悉的个人信息和隐私保密，不得泄露、出售或者向他人提供，不经甲方同意不得转委托。"
        "服务记录和报告只写服务对象代码。合同不生效、无效、被撤销或者终止的，乙方把个人信息交还甲方或者删除，不得保留。"
    )


def _handover(facts: TermsFacts) -> str:
    whole = (
        "合同期满、终止或者更换供应商的，乙方向甲方和接续的一方移交服务对象名册（代码）、服务记录和未完成的事项，"
        "经服务对象同意一起上门，移交完成以前不得中断服务。"
    )
    if holds(RULE_SILENCE, facts.on):
        whole += (
            f"移交清单由双方和服务对象所在的镇（街道）确认；接续的一方和镇（街道）收到清单后 "
            f"{number(RULE_SILENCE, facts.on):f} 个工作日内没有答复的，视为确认。"
        )
    if facts.handover_share:
        whole += (
            f"最后一个付款节点应付金额的 {facts.handover_share.normalize():f}% 对应乙方自己的移交义务，"
            "可以等移交完成或者视为完成以后支付，支付期限自该日起算；其余按期支付，不以移交为条件。"
        )
    return f"{facts.handover.strip()}\n{whole}" if facts.handover.strip() else whole


def _renewal(facts: TermsFacts) -> str:
    return (
        f"服务期满、预算有保障的，双方可以续签，最多 {facts.renewal_years} 次，每次一年，每年另签续签合同，"
        "服务要求和价格不变。"
        f"上一合同年度的绩效评价结果为“{GRADE_WORDS[facts.renewal_grade]}”及以上的才可以续签；"
        "低于这个等级或者没有评价结果的，不得续签，重新采购。"
    )


def _changes(on: date) -> str:
    return (
        "双方不得擅自变更、中止或者终止合同；继续履行将损害国家利益和社会公共利益的，双方应当变更、中止或者终止。"
        f"追加同类服务的补充合同，累计不超过合同金额的 {number(RULE_ADDITION, on):f}%。不得转包。"
    )


def _disputes() -> str:
    return "任何一方违约的，依《中华人民共和国民法典》承担责任；争议协商不成的，向甲方所在地人民法院起诉。"
