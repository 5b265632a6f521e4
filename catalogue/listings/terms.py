"""The terms besides price and service: joining together, deposits, advance, panel, low prices. Pure.

Every limit is the rulebook's of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from catalogue.listings.checks import HUNDRED, Mistake, months_later
from catalogue.listings.drafts import Basics, Scoring, Terms
from catalogue.listings.limits import TERM_MOST
from catalogue.listings.methods import SEALED, standing_row
from catalogue.listings.timetable import award_dates
from marketplace.kernel.formats import day as day_words
from marketplace.kernel.formats import money, number
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.rulebook import RuleNotInForce, holds, rule
from marketplace.kernel.rulebook import number as rule_number

RENEWAL = "R-PERF-08"
HANDOVER, HANDOVER_SHARE = "R-CON-06", "R-CON-06/share"
ADVANCE = "R-PAY-03/advance"
USUAL_PAY, PAY_LONGEST, LEAST_LATE_RATE = "R-PAY-01", "R-PAY-02/longest", "R-PAY-02/lpr"
USUAL_VALIDITY = "R-BID-02/usual_validity"
LOW_PRICES = (
    ("low_mean", "R-LOW-01/mean"),
    ("low_next_lowest", "R-LOW-01/next_lowest"),
    ("low_ceiling", "R-LOW-01/ceiling"),
)


@dataclass(frozen=True)
class TermLimits:
    """The limits of one day. Percent, yuan; `low` is empty before the rule began (R-LOW-06)."""

    on: date
    bid_deposit: Decimal
    performance_bond: Decimal
    usual_validity: int
    advance_encouraged: Decimal | None  # None before the rule began
    # the longest agreed time to pay and the least agreed late interest; None before the regulation
    payment_longest: int | None
    late_least: Decimal | None
    low: dict[str, Decimal]
    low_most: Decimal | None
    # the longest term of a contract with all its renewals, in months
    term_most_months: int
    # what of the last payment may wait for the handover
    handover_share: Decimal

    def least_panel(self, method: str, budget: Decimal) -> tuple[int, str] | None:
        """The fewest members of the panel and the rule; None where nobody judges."""
        return standing_row(method, self.on).least_panel(budget, self.on)

    def deposit_most(self, budget: Decimal) -> Decimal:
        """The highest bid deposit in yuan."""
        return budget * self.bid_deposit / HUNDRED


def term_limits_on(day: date) -> TermLimits:
    """The limits in force on a day."""
    low, most = _low_prices(day)
    return TermLimits(
        on=day,
        bid_deposit=rule_number("R-DOC-05/bid_deposit", day),
        performance_bond=rule_number("R-DOC-05/performance_bond", day),
        usual_validity=int(rule_number(USUAL_VALIDITY, day)),
        advance_encouraged=rule_number(ADVANCE, day) if holds(ADVANCE, day) else None,
        payment_longest=int(rule_number(PAY_LONGEST, day)) if holds(PAY_LONGEST, day) else None,
        late_least=rule_number(LEAST_LATE_RATE, day) if holds(LEAST_LATE_RATE, day) else None, low=low, low_most=most,
        term_most_months=12 * int(rule_number(TERM_MOST, day)),
        handover_share=rule_number(HANDOVER_SHARE, day) if holds(HANDOVER_SHARE, day) else Decimal(0),
    )  # fmt: skip


def _low_prices(day: date) -> tuple[dict[str, Decimal], Decimal | None]:
    try:
        return {name: rule_number(key, day) for name, key in LOW_PRICES}, rule_number("R-LOW-02", day)
    except RuleNotInForce:
        return {}, None


def may_hide_names(method: str, on: date) -> bool:
    """Where a panel scores sealed papers; in a consultation it talks with each bidder and knows who it is."""
    row = standing_row(method, on)
    return row.way == SEALED and bool(row.panel) and not (row.final_price or row.lowest_wins)


def check_terms(terms: Terms, basics: Basics, limits: TermLimits) -> list[Mistake]:
    """Deposit, bond, subcontracting, panel and low-price limits are lawful."""
    return [
        *_check_deposits(terms, basics, limits),
        *_check_payment(terms, limits),
        *_check_subcontracting(terms),
        *_check_panel(terms, basics, limits),
        *_check_low_prices(terms, limits),
        *_check_renewal(terms, basics, limits),
        *_check_hidden_names(terms, basics, limits),
        *_check_handover(terms, limits),
    ]


def _check_handover(terms: Terms, limits: TermLimits) -> list[Mistake]:
    """What may wait for the handover is a small share, and for duties that the listing names (R-CON-06)."""
    if not terms.handover_share:
        return []
    found = []
    if terms.handover_share > limits.handover_share:
        words = N_("最后一次付款里可以等移交完成的，最多 {most}%。请调低，或者留空。")
        sentence = say(words, most=number(limits.handover_share))
        found.append(Mistake("terms", "handover_share", sentence, HANDOVER))
    if not terms.handover.strip():
        words = N_("有款项要等移交完成的，请写明移交的供应商自己要做哪些事。")
        found.append(Mistake("terms", "handover", say(words), HANDOVER))
    return found


def _check_renewal(terms: Terms, basics: Basics, limits: TermLimits) -> list[Mistake]:
    """Years and grade go together; with all renewals a contract stays within the longest term (R-GPS-08)."""
    if not terms.renewal_years:
        words = N_("填了评价等级的，也要填可以续签的年数。")
        return [Mistake("terms", "renewal_years", say(words), RENEWAL)] if terms.renewal_grade else []
    found = []
    if not terms.renewal_grade:
        words = N_("可以续签的，请写明上一年度绩效评价至少要达到哪个等级。")
        found.append(Mistake("terms", "renewal_grade", say(words), RENEWAL))
    if standing_row(basics.method, limits.on).framework:
        return [*found, Mistake("terms", "renewal_years", say(N_("框架协议不续签。请留空。")), "R-FRM-04")]
    if basics.service_to + timedelta(days=1) != months_later(basics.service_from, 12):
        words = N_("续签每次一年、价格不变，首期合同也应当是一年。请把服务期改成一年，或者不设续签。")
        found.append(Mistake("terms", "renewal_years", say(words), RENEWAL))
    most = limits.term_most_months
    if (terms.renewal_years + 1) * 12 > most:
        words = N_("首期和续签合计最长 {months} 个月。请减少续签的年数。")
        found.append(Mistake("terms", "renewal_years", say(words, months=most), "R-GPS-08"))
    return found


def _check_deposits(terms: Terms, basics: Basics, limits: TermLimits) -> list[Mistake]:
    found = []
    most = limits.deposit_most(basics.budget)
    if terms.bid_deposit > most:
        words = N_("投标保证金最多是预算的 {percent}%，也就是 {most}。请调低，或者不收。")
        sentence = say(words, percent=number(limits.bid_deposit), most=money(most))
        found.append(Mistake("terms", "bid_deposit", sentence, "R-DOC-05"))
    if terms.performance_bond > limits.performance_bond:
        words = N_("履约保证金最多是合同金额的 {percent}%。请调低，或者不收。")
        found.append(
            Mistake("terms", "performance_bond", say(words, percent=number(limits.performance_bond)), "R-DOC-05")
        )
    if terms.advance_payment >= HUNDRED:
        words = N_("预付款要少于合同金额的全部。请调低。")
        found.append(Mistake("terms", "advance_payment", say(words), "R-PAY-03"))
    return found


def _check_payment(terms: Terms, limits: TermLimits) -> list[Mistake]:
    """An agreed time to pay is at most that of the regulation, agreed interest at least the one-year LPR (R-PAY-02)."""
    found = []
    most = limits.payment_longest
    if terms.payment_days is not None and (most is None or terms.payment_days > most):
        words = N_("约定的付款期限最多 {most} 天。请调低，或者留空按规则执行。")
        usual = int(rule_number(USUAL_PAY, limits.on))
        found.append(Mistake("terms", "payment_days", say(words, most=most or usual), "R-PAY-02"))
    if terms.late_rate is not None and limits.late_least is not None and terms.late_rate < limits.late_least:
        words = N_("约定的逾期利率不得低于1年期贷款市场报价利率 {least}%。请调高，或者留空按每日万分之五。")
        found.append(Mistake("terms", "late_rate", say(words, least=number(limits.late_least)), "R-PAY-02"))
    return found


def _check_subcontracting(terms: Terms) -> list[Mistake]:
    if terms.subcontract_share >= HUNDRED:
        return [Mistake("terms", "subcontract_share", say(N_("不得把合同全部分包出去。请调低比例。")), "R-ROLE-13")]
    if terms.subcontract_share and not terms.subcontract_parts.strip():
        words = N_("允许分包的，请写明哪些非主体、非关键工作可以分包。")
        return [Mistake("terms", "subcontract_parts", say(words), "R-ROLE-13")]
    return []


def _check_panel(terms: Terms, basics: Basics, limits: TermLimits) -> list[Mistake]:
    if terms.panel_members is None:
        return []
    least = limits.least_panel(basics.method, basics.budget)
    if least and terms.panel_members < least[0]:
        words = N_("评审小组至少 {least} 人。请调高，或者留空按规则定。")
        return [Mistake("terms", "panel_members", say(words, least=least[0]), least[1])]
    if terms.panel_members % 2 == 0:
        clause = least[1] if least else "R-COM-02"
        return [Mistake("terms", "panel_members", say(N_("评审小组人数应当是单数。")), clause)]
    return []


def _check_hidden_names(terms: Terms, basics: Basics, limits: TermLimits) -> list[Mistake]:
    if not terms.hides_names or may_hide_names(basics.method, limits.on):
        return []
    words = N_("这种采购方式不能隐去供应商名称评分：评审小组要和每一家见面，或者不评分。请取消这一项。")
    return [Mistake("terms", "hides_names", say(words), "R-COM-06")]


def _check_low_prices(terms: Terms, limits: TermLimits) -> list[Mistake]:
    found = []
    for name, _ in LOW_PRICES:
        value = getattr(terms, name)
        if value is None:
            continue
        if limits.low_most is None:
            words = N_("低价审查的比例从 {day} 起才可以约定。请留空。")
            sentence = say(words, day=day_words(rule("R-LOW-02").rows[0].effective_from))
            found.append(Mistake("terms", name, sentence, "R-LOW-06"))
        elif not limits.low[name] <= value <= limits.low_most:
            words = N_("这个比例只能在 {low}% 到 {high}% 之间，或者留空。")
            sentence = say(words, low=number(limits.low[name]), high=number(limits.low_most))
            found.append(Mistake("terms", name, sentence, "R-LOW-02"))
    return found


def validity_finding(terms: Terms, closing: date, on: date) -> list[Mistake]:
    """Bids should bind until the contract is signed at the latest: a warning, the law names no number (R-BID-02)."""
    days = terms.bid_validity or int(rule_number(USUAL_VALIDITY, on))
    signed = award_dates(closing, on)[-1].day
    if closing + timedelta(days=days) >= signed:
        return []
    words = N_("投标有效期 {days} 天，到不了签订合同的最迟日 {signed}。请延长，否则签订前投标可能已经失效。")
    sentence = say(words, days=days, signed=day_words(signed))
    return [Mistake("terms", "bid_validity", sentence, "R-BID-02", blocks=False)]


@dataclass(frozen=True)
class DeductionExample:
    """Two bidders who quote the same: what the deduction gives a small enterprise over a social organisation."""

    enterprise: Decimal
    social_organisation: Decimal

    @property
    def difference(self) -> Decimal:
        """Points that the social organisation must make up elsewhere."""
        return self.enterprise - self.social_organisation


def deduction_example(scoring: Scoring) -> DeductionExample | None:
    """At equal quotes the deducted price is the base: the other one scores less (R-SME-02, R-SME-04, R-EVAL-04)."""
    if not scoring.small_micro_deduction or not scoring.price_weight:
        return None
    share = (HUNDRED - scoring.small_micro_deduction) / HUNDRED
    return DeductionExample(scoring.price_weight, round(scoring.price_weight * share, 2))
