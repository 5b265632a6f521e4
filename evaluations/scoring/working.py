"""How a bid's total and rank come about, line by line: formula with the numbers in it, value, provision. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalogue.scoring.bands import HOURS, counted_hours
from catalogue.scoring.ranking import Method, deduction_of
from evaluations.scoring.results import BidFacts, BidOutcome, LotTerms, counted_grade
from marketplace.kernel.i18n import N_, Sentence, say

FORMULA, DEDUCTED, ROUNDED, TIES = "R-EVAL-03", "R-EVAL-04", "R-EVAL-05", "R-TIE-01"
CONSULTED, PAST, BY_HOURS = "R-EVAL-10", "R-PERF-08", "R-EVAL-12"


@dataclass(frozen=True)
class Line:
    """One step. `formula` is of digits and signs alone, so that it reads the same in every language."""

    label: Sentence | str
    formula: str
    value: str
    clause: str


def working_of(terms: LotTerms, bids: Sequence[BidFacts], outcomes: Sequence[BidOutcome]) -> dict[str, list[Line]]:
    """Opened bid -> its lines, for every valid bid of a lot; an invalid one has a reason instead."""
    known = {bid.opened_bid: bid for bid in bids}
    valid = [each for each in outcomes if each.status == "valid" and each.evaluated_price is not None]
    base = min((each.evaluated_price or Decimal(0) for each in valid), default=Decimal(0))
    return {each.opened_bid: _lines(terms, known[each.opened_bid], each, base) for each in valid}


def _lines(terms: LotTerms, bid: BidFacts, outcome: BidOutcome, base: Decimal) -> list[Line]:
    return [
        *_price_lines(terms, bid, outcome, base),
        *[line for criterion in terms.criteria for line in _factor_line(terms, bid, criterion.id, outcome)],
        Line(
            say(N_("价格以外各项合计（最后保留 {places} 位小数）"), places=terms.scoring.rounding),
            " + ".join(plain(points) for _, points in outcome.by_criterion), plain(outcome.other_score), ROUNDED,
        ),
        Line(
            say(N_("总分 = 价格分 + 其他分")), f"{plain(outcome.price_score)} + {plain(outcome.other_score)}",
            plain(outcome.total), FORMULA,
        ),
        Line(say(N_("名次：总分从高到低，同分按公告的办法")), "", str(outcome.rank or ""), TIES),
    ]  # fmt: skip


def _price_lines(terms: LotTerms, bid: BidFacts, outcome: BidOutcome, base: Decimal) -> list[Line]:
    deducted = deduction_of(terms.scoring, bid.is_small_micro, bid.is_small_consortium)
    quoted, evaluated = plain(outcome.quoted_price), plain(outcome.evaluated_price)
    if not terms.scoring.price_weight:
        return [Line(say(N_("价格不作评审因素")), "", plain(outcome.price_score), CONSULTED)]
    kept = plain(Decimal(100) - deducted)
    clause = CONSULTED if terms.scoring.method is Method.CONSULTATION else FORMULA
    return [
        Line(say(N_("评审价格 = 报价 × （1 − 扣除比例）")), f"{quoted} × {kept}%", evaluated, DEDUCTED),
        Line(say(N_("基准价：有效响应中最低的评审价格")), "", plain(base), clause),
        Line(
            say(N_("价格分 = 基准价 ÷ 评审价格 × 价格权重")),
            f"{plain(base)} ÷ {evaluated} × {plain(terms.scoring.price_weight)}", plain(outcome.price_score), clause,
        ),
    ]  # fmt: skip


def _factor_line(terms: LotTerms, bid: BidFacts, criterion: str, outcome: BidOutcome) -> list[Line]:
    points: Mapping[str, Decimal] = dict(outcome.by_criterion)
    if criterion not in points:
        return []
    printed = next(each for each in terms.criteria if each.id == criterion)
    title, value = printed.title, plain(points[criterion])
    if printed.kind == "past_performance":
        grade = counted_grade(bid, terms.closed_on)
        words = say(N_("{factor}：印明的分值表"), factor=title)
        if grade is None:
            words = say(N_("{factor}：没有评价记录，印明的中性档"), factor=title)
        return [Line(words, "", value, PAST)]
    if printed.kind == HOURS:
        hours = counted_hours(bid.annual_hours, bid.service_staff, terms.hours_per_person)
        words = say(N_("{factor}：计入的年服务时数 {hours} 小时，按印明的分档"), factor=title, hours=hours)
        return [Line(words, "", value, BY_HOURS)]
    given = [plain(each) for each in bid.marks.get(criterion, {}).values()]
    words = say(N_("{factor}（客观）：各成员评分的平均"), factor=title)
    if not printed.is_objective:
        words = say(N_("{factor}：各成员评分的平均"), factor=title)
    return [Line(words, f"({' + '.join(given)}) ÷ {len(given)}", value, FORMULA)]


def plain(number: Decimal | int | None) -> str:
    """A number without the trailing zeros of its column."""
    if number is None:
        return ""
    return f"{Decimal(number).normalize():f}"
