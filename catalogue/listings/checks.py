"""Every mistake of a draft, part by part: pure, all at once, each at its field and with its clause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from catalogue.listings.drafts import Basics, Lots, Milestones, Openers, Qualification, Requirement, Scoring
from catalogue.listings.limits import Limits
from catalogue.listings.methods import SEALED, methods_on, standing_row
from catalogue.listings.rules import GRADES
from catalogue.plans.splitting_rules import is_split
from marketplace.kernel import rulebook
from marketplace.kernel.formats import money, number
from marketplace.kernel.i18n import N_, Sentence, say

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Mistake:
    """What is wrong, in which part, at which field, by which rule. A finding that only warns is no mistake."""

    part: str
    field: str
    sentence: Sentence
    clause: str | None = None
    blocks: bool = True


@dataclass(frozen=True)
class LineFacts:
    """What the rules need to know of the budget line."""

    item_code: str
    free: Decimal
    buyer: UUID


def check_basics(basics: Basics, line: LineFacts, limits: Limits, today: date) -> list[Mistake]:
    """Method by amount, ceiling, money left, term of service."""
    return [
        *_check_money(basics, line),
        *_check_method(basics, limits),
        *_check_term(basics, limits, today),
        *([] if basics.towns else [Mistake("basics", "towns", say(N_("请至少选一个使用单位（镇、街道）。")))]),
    ]


def _check_money(basics: Basics, line: LineFacts) -> list[Mistake]:
    found = []
    if basics.budget > line.free:
        words = N_("预算 {budget} 超过了这条预算的可用额度 {free}。请调低预算，或者请财政追加。")
        sentence = say(words, budget=money(basics.budget), free=money(line.free))
        found.append(Mistake("basics", "budget", sentence, "R-GPS-05"))
    if basics.ceiling is not None and basics.ceiling > basics.budget:
        words = N_("最高限价 {ceiling} 超过了预算 {budget}。最高限价不能高于预算。")
        sentence = say(words, ceiling=money(basics.ceiling), budget=money(basics.budget))
        found.append(Mistake("basics", "ceiling", sentence, "R-DOC-03"))
    return found


def _check_method(basics: Basics, limits: Limits) -> list[Mistake]:
    """Inquiry is not among the methods at all (R-METH-09)."""
    found = []
    row = standing_row(basics.method, limits.on)
    if row not in methods_on(limits.on):
        words = N_("这种采购方式现在没有依据。请换一种采购方式。")
        found.append(Mistake("basics", "method", say(words), row.clause))
    if row.below and basics.budget >= (limit := rulebook.number(row.below, limits.on)):
        words = N_("预算达到了采购限额标准 {limit}，不能按限额以下的办法采购。请改用竞争性磋商或者公开招标。")
        found.append(Mistake("basics", "method", say(words, limit=money(limit)), row.clause))
    return found


def _check_term(basics: Basics, limits: Limits, today: date) -> list[Mistake]:
    if basics.service_to < basics.service_from:
        return [Mistake("basics", "service_to", say(N_("服务结束日早于开始日。请检查两个日期。")))]
    found = []
    if basics.service_from <= today:
        found.append(Mistake("basics", "service_from", say(N_("服务开始日已经过去。请填今天以后的日期。"))))
    if standing_row(basics.method, limits.on).framework:
        return found  # its own term is shorter and stands with its terms (R-FRM-04)
    if basics.service_to >= months_later(basics.service_from, limits.term_most_months):
        words = N_("服务期最长 {months} 个月。请缩短服务期。")
        found.append(Mistake("basics", "service_to", say(words, months=limits.term_most_months), "R-GPS-08"))
    elif basics.service_to >= months_later(basics.service_from, limits.term_usual_months):
        if not basics.long_term_reason:
            words = N_("服务期一般不超过 {months} 个月。内容固定、连续性强、经费有保障的，请写明理由。")
            sentence = say(words, months=limits.term_usual_months)
            found.append(Mistake("basics", "long_term_reason", sentence, "R-GPS-08"))
    return found


def months_later(start: date, months: int) -> date:
    """The first day that lies outside a term of so many months from a day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for back in range(4):
        try:
            return date(year, month + 1, start.day - back)
        except ValueError:
            continue
    raise ValueError(start)


def check_lots(lots: Lots, budget: Decimal, line: LineFacts, item_codes: Sequence[str]) -> list[Mistake]:
    """Lots total the budget and are of the item the budget was allotted for."""
    if not lots.lots:
        return [Mistake("lots", "lots-0-title", say(N_("请至少填一个采购包。")))]
    found = []
    for i, lot in enumerate(lots.lots):
        if lot.item_code not in item_codes:
            words = N_("目录里没有这个项目。只能购买目录里的项目。")
            found.append(Mistake("lots", f"lots-{i}-item_code", say(words), "R-GPS-05"))
        elif lot.item_code != line.item_code:
            words = N_("这条预算只用于目录项目 {code}。请改选项目，或者换一条预算。")
            found.append(Mistake("lots", f"lots-{i}-item_code", say(words, code=line.item_code), "R-GPS-05"))
    total = sum((lot.budget for lot in lots.lots), Decimal(0))
    if total != budget:
        words = N_("各包预算合计 {total}，应当等于项目预算 {budget}。")
        found.append(Mistake("lots", "lots-0-budget", say(words, total=money(total), budget=money(budget))))
    return found


def check_requirement(requirement: Requirement) -> list[Mistake]:
    """The need is complete and clear (R-DOC-04)."""
    if requirement.requirement.strip():
        return []
    return [Mistake("requirement", "requirement", say(N_("请写明服务内容、数量和标准。")), "R-DOC-04")]


def check_qualification(qualification: Qualification) -> list[Mistake]:
    """The listing's own conditions are said, even when there are none (R-ROLE-09)."""
    if qualification.qualification.strip():
        return []
    words = N_("请写明本项目的特定资格要求；没有的，写“无”。")
    return [Mistake("qualification", "qualification", say(words), "R-ROLE-09")]


def check_scoring(scoring: Scoring, method: str, limits: Limits) -> list[Mistake]:
    """Weights total 100, the price weight is lawful, the deduction is lawful, the past-performance table is fair."""
    return [
        *_check_weights(scoring),
        *_check_price_weight(scoring, method, limits),
        *_check_deduction(scoring, method, limits),
        *_check_consortium_deduction(scoring, limits),
        *_check_bands_said(scoring),
        *_check_past_performance(scoring, method, limits),
    ]


def _check_weights(scoring: Scoring) -> list[Mistake]:
    total = scoring.price_weight + sum((c.points for c in scoring.criteria), Decimal(0))
    if total == HUNDRED:
        return []
    words = N_("价格分和各评审因素合计 {total} 分，应当正好是 100 分。")
    return [Mistake("criteria", "price_weight", say(words, total=number(total)), "R-EVAL-03")]


def _check_price_weight(scoring: Scoring, method: str, limits: Limits) -> list[Mistake]:
    if scoring.is_price_fixed:
        if scoring.price_weight == 0:
            return []
        words = N_("价格固定时，价格不作为评审因素，价格分应当是 0。")
        return [Mistake("criteria", "price_weight", say(words), "R-EVAL-02")]
    row = standing_row(method, limits.on)
    if row.lowest_wins and row.way == SEALED and scoring.price_weight != HUNDRED:
        words = N_("这种采购方式由最低价成交，不打分：价格分应当是 100，不设其他评审因素。")
        return [Mistake("criteria", "price_weight", say(words), row.clause)]
    low, high, clause = limits.price_weight_range(method)
    if clause and not low <= scoring.price_weight <= high:
        words = N_("这种采购方式的价格分应当在 {low} 到 {high} 之间，现在是 {weight}。")
        sentence = say(words, low=number(low), high=number(high), weight=number(scoring.price_weight))
        return [Mistake("criteria", "price_weight", sentence, clause)]
    return []


def _check_deduction(scoring: Scoring, method: str, limits: Limits) -> list[Mistake]:
    deduction = scoring.small_micro_deduction
    if deduction == 0:
        return []
    if scoring.is_price_fixed:
        words = N_("价格固定时没有价格分，小微企业价格扣除应当是 0。")
        return [Mistake("criteria", "small_micro_deduction", say(words), "R-SME-04")]
    if not limits.deduction_low <= deduction <= limits.deduction_high:
        words = N_("小微企业价格扣除应当在 {low}% 到 {high}% 之间，或者是 0。")
        sentence = say(words, low=number(limits.deduction_low), high=number(limits.deduction_high))
        return [Mistake("criteria", "small_micro_deduction", sentence, "R-SME-04")]
    return []


def _check_consortium_deduction(scoring: Scoring, limits: Limits) -> list[Mistake]:
    """Beside the deduction for small enterprises, a lesser one for consortia with them (R-SME-04)."""
    deduction, low, high = scoring.consortium_deduction, limits.consortium_low, limits.consortium_high
    if deduction == 0:
        return []
    if scoring.is_price_fixed or not scoring.small_micro_deduction:
        words = say(N_("没有小微企业价格扣除的，联合体价格扣除也应当是 0。"))
    elif not low <= deduction <= high:
        words = say(N_("联合体价格扣除应当在 {low}% 到 {high}% 之间，或者是 0。"), low=number(low), high=number(high))
    else:
        return []
    return [Mistake("criteria", "consortium_deduction", words, "R-SME-04")]


def _check_bands_said(scoring: Scoring) -> list[Mistake]:
    words = N_("请写明每一档得多少分；只写“优、良、中、差”不算量化。")
    return [
        Mistake("criteria", f"criteria-{i}-bands", say(words), "R-DOC-06")
        for i, criterion in enumerate(scoring.criteria)
        if not criterion.bands.strip() and not criterion.rows and criterion.kind not in ("past_performance", "hours")
    ]


def _check_past_performance(scoring: Scoring, method: str, limits: Limits) -> list[Mistake]:
    factors = [(i, c) for i, c in enumerate(scoring.criteria) if c.kind == "past_performance"]
    if scoring.past_performance_form == "none":
        words = N_("有履约评价因素，就要选择它的形式并填写档次表。")
        return [Mistake("criteria", "past_performance_form", say(words), "R-PERF-08")] if factors else []
    if scoring.past_performance_form == "county_standing" and not standing_row(method, limits.on).county_standing:
        words = N_("本县履约信誉只能用于限额以下的比选；限额以上请用印明的档次表。")
        return [Mistake("criteria", "past_performance_form", say(words), "R-PERF-08")]
    if not scoring.past_performance_ground.strip():
        words = N_("把履约评价作为评审因素，要记录理由：这个项目为什么要求供应商提交设计、方案或者组织计划。")
        return [Mistake("criteria", "past_performance_ground", say(words), "R-PERF-08")]
    if len(factors) != 1:
        words = N_("请正好设一个“履约评价”因素，它的分值就是档次表的最高分。")
        return [Mistake("criteria", "past_performance_form", say(words), "R-PERF-08")]
    (i, factor) = factors[0]
    found = _check_band_table(scoring.bands, factor.points)
    if scoring.past_performance_form == "printed_table" and factor.points > limits.past_performance_most:
        words = N_("履约评价最多 {most} 分，现在是 {points} 分。")
        sentence = say(words, most=number(limits.past_performance_most), points=number(factor.points))
        found.append(Mistake("criteria", f"criteria-{i}-points", sentence, "R-PERF-08"))
    return found


def _check_band_table(bands: dict[str, Decimal], most: Decimal) -> list[Mistake]:
    """Complete, falling from excellent to poor, and the neutral band strictly between both ends."""
    missing = [grade for grade in GRADES if grade not in bands]
    if missing:
        words = N_("请填写这一档的分值，档次表要完整。")
        return [Mistake("criteria", f"band-{grade}", say(words), "R-PERF-08") for grade in missing]
    found = []
    if bands["excellent"] != most:
        words = N_("“优”的分值应当等于这个因素的满分 {most}。")
        found.append(Mistake("criteria", "band-excellent", say(words, most=number(most)), "R-PERF-08"))
    for better, worse in zip(GRADES[:3], GRADES[1:4], strict=True):
        if bands[worse] > bands[better]:
            words = N_("档次表从优到差，分值不能变高。")
            found.append(Mistake("criteria", f"band-{worse}", say(words), "R-PERF-08"))
    if not bands["poor"] < bands["none"] < bands["excellent"]:
        words = N_("没有评价记录的供应商得中性档，分值要高于“差”、低于“优”。")
        found.append(Mistake("criteria", "band-none", say(words), "R-PERF-08"))
    return found


def check_milestones(milestones: Milestones, service_from: date) -> list[Mistake]:
    """Shares total 100 %, dates run forward from the start of the service."""
    if not milestones.milestones:
        return [Mistake("milestones", "milestones-0-title", say(N_("请至少填一个付款节点。")))]
    found = []
    total = sum((m.share for m in milestones.milestones), Decimal(0))
    if total != HUNDRED:
        words = N_("各节点比例合计 {total}%，应当正好是 100%。")
        found.append(Mistake("milestones", "milestones-0-share", say(words, total=number(total))))
    previous = service_from
    for i, milestone in enumerate(milestones.milestones):
        if milestone.due_on < service_from:
            words = N_("这个节点早于服务开始日。请填服务期内或者服务期后的日期。")
            found.append(Mistake("milestones", f"milestones-{i}-due_on", say(words)))
        elif milestone.due_on < previous:
            words = N_("这个节点早于上一个节点。请按时间先后排列。")
            found.append(Mistake("milestones", f"milestones-{i}-due_on", say(words)))
        else:
            previous = milestone.due_on
        if not milestone.evidence.strip():
            words = N_("请写明凭什么付款，例如“当月已审核的服务时数”。")
            found.append(Mistake("milestones", f"milestones-{i}-evidence", say(words), "R-ACC-01"))
    return found + _check_deductions(milestones)


def _check_deductions(milestones: Milestones) -> list[Mistake]:
    told = [each.condition.strip() for each in milestones.deductions]
    words = N_("这种情形写了两次。请合并成一行。")
    return [
        Mistake("milestones", f"deductions-{i}-condition", say(words))
        for i, condition in enumerate(told)
        if condition in told[:i]
    ]


def check_openers(openers: Openers, with_keys: Sequence[UUID], drafted_by: UUID, least: int) -> list[Mistake]:
    """As many named people as the rule asks with registered keys; the drafter holds no part of the key (R-ROLE-03)."""
    found = []
    if len(openers.people) < least:
        words = N_("请选至少 {count} 位开标人；一个人不能单独开标。")
        found.append(Mistake("openers", "people", say(words, count=least), "R-OPEN-01"))
    elif any(person not in with_keys for person in openers.people):
        words = N_("有一位开标人没有登记公钥，或者不能担任开标人。请重新选择。")
        found.append(Mistake("openers", "people", say(words), "R-OPEN-01"))
    elif drafted_by in openers.people:
        words = N_("起草人不能同时是开标人。请换一位。")
        found.append(Mistake("openers", "people", say(words), "R-ROLE-03"))
    return found


def splitting_finding(amounts: Sequence[Decimal], limits: Limits) -> list[Mistake]:
    """This draft and the others of its budget item, category and year exceed the threshold together (R-METH-05)."""
    if not is_split(amounts, limits.open_tender_threshold):
        return []
    total = sum(amounts, Decimal(0))
    words = N_("同一预算、同一项目本年度非公开招标采购累计 {total}，超过公开招标数额标准 {limit}，可能构成化整为零。")
    sentence = say(words, total=money(total), limit=money(limits.open_tender_threshold))
    return [Mistake("basics", "budget", sentence, "R-METH-05", blocks=False)]
