"""How a bid's total and rank come about, line by line: formula with the numbers in it, value, provision. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalogue.listings.rules import GRADE_LABELS
from catalogue.scoring.bands import HOURS, counted_hours
from catalogue.scoring.ranking import Method, deduction_of
from evaluations.scoring.results import BidFacts, BidOutcome, LotTerms, counted_grade
from marketplace.kernel.i18n import N_, Sentence, say

FORMULA, DEDUCTED, ROUNDED, TIES = "R-EVAL-03", "R-EVAL-04", "R-EVAL-05", "R-TIE-01"
CONSULTED, PAST, BY_HOURS, LOWEST = "R-EVAL-10", "R-PERF-08", "R-EVAL-12", "R-METH-12"
SMALL = "R-SME-04"


@dataclass(frozen=True)
class Line:
    """One step. `formula` is of digits and signs alone, so that it reads the same in every language."""

    label: Sentence | str
    formula: str
    value: str
    clause: str


@dataclass(frozen=True)
class Sight:
    """What one reader may see: everything, or its own bids whole and of the winners what is published (R-PUBL-01)."""

    own: frozenset[str] = frozenset()
    winners: frozenset[str] = frozenset()
    is_everything: bool = False

    def sees(self, opened_bid: str) -> bool:
        """Whether a bid has lines for this reader."""
        return self.is_everything or opened_bid in self.own or opened_bid in self.winners

    def sees_whole(self, opened_bid: str) -> bool:
        """Whether these tell the marks too."""
        return self.is_everything or opened_bid in self.own


EVERYTHING = Sight(is_everything=True)


@dataclass(frozen=True)
class Place:
    """What placed an offer where nobody scored: its standing in the county, where that decides (R-PERF-08)."""

    grade: str = ""
    score: Decimal | None = None
    evaluation: str = ""


def working_of(
    terms: LotTerms, bids: Sequence[BidFacts], outcomes: Sequence[BidOutcome], sight: Sight = EVERYTHING
) -> dict[str, list[Line]]:
    """Opened bid -> its lines, for every valid bid of a lot that the reader sees; an invalid one has a reason instead.

    The base price is not told where it is that of a bid whose price this reader may not know.
    """
    known = {bid.opened_bid: bid for bid in bids}
    valid = [each for each in outcomes if each.status == "valid" and each.evaluated_price is not None]
    base: Decimal | None = min((each.evaluated_price or Decimal(0) for each in valid), default=Decimal(0))
    if not any(each.evaluated_price == base and sight.sees(each.opened_bid) for each in valid):
        base = None
    return {
        each.opened_bid: _lines(terms, known[each.opened_bid], each, base, sight.sees_whole(each.opened_bid))
        for each in valid
        if sight.sees(each.opened_bid)
    }


def working_of_places(
    terms: LotTerms, outcomes: Sequence[BidOutcome], places: Mapping[str, Place], sight: Sight = EVERYTHING
) -> dict[str, list[Line]]:
    """The same where nobody scores: by the county's standing, or by the price alone (R-PERF-08, R-METH-12).

    `places`: opened bid -> its standing, empty where the price decides.
    """
    valid = [each for each in outcomes if each.status == "valid" and sight.sees(each.opened_bid)]
    return {each.opened_bid: _place_lines(terms, each, places.get(each.opened_bid)) for each in valid}


def _place_lines(terms: LotTerms, outcome: BidOutcome, place: Place | None) -> list[Line]:
    quoted = plain(outcome.quoted_price)
    if place is None:
        evaluated = plain(outcome.evaluated_price or outcome.quoted_price)
        return [
            Line(say(N_("报价：满足需求，没有超过最高限价")), "", quoted, LOWEST),
            *([] if evaluated == quoted else [Line(say(N_("用于比较的价格：扣除以后")), "", evaluated, DEDUCTED)]),
            Line(say(N_("名次：价格从低到高，相同的按公告的办法")), "", str(outcome.rank or ""), TIES),
        ]
    grade = say(GRADE_LABELS[place.grade or "none"])
    return [
        Line(say(N_("本县履约信誉：{grade}"), grade=grade), "", place.evaluation, PAST),
        Line(say(N_("履约评价的得分")), "", plain(place.score), PAST),
        Line(say(N_("报价：满足需求，没有超过最高限价")), "", quoted, PAST),
        Line(say(N_("名次：先比等级，再比得分，再比报价低的；相同的按公告的办法")), "", str(outcome.rank or ""), TIES),
    ]


def _lines(terms: LotTerms, bid: BidFacts, outcome: BidOutcome, base: Decimal | None, is_whole: bool) -> list[Line]:
    factors = [line for criterion in terms.criteria for line in _factor_line(terms, bid, criterion.id, outcome)]
    added = " + ".join(plain(points) for _, points in outcome.by_criterion)
    return [
        *_price_lines(terms, bid, outcome, base),
        *(factors if is_whole else []),
        Line(
            say(N_("价格以外各项合计（最后保留 {places} 位小数）"), places=terms.scoring.rounding),
            added if is_whole else "", plain(outcome.other_score), ROUNDED,
        ),
        Line(
            say(N_("总分 = 价格分 + 其他分")), f"{plain(outcome.price_score)} + {plain(outcome.other_score)}",
            plain(outcome.total), FORMULA,
        ),
        Line(say(N_("名次：总分从高到低，同分按公告的办法")), "", str(outcome.rank or ""), TIES),
    ]  # fmt: skip


def _price_lines(terms: LotTerms, bid: BidFacts, outcome: BidOutcome, base: Decimal | None) -> list[Line]:
    together = bid.is_small_consortium or bid.is_small_subcontract
    deducted = deduction_of(terms.scoring, bid.is_small_micro, together)
    quoted, evaluated = plain(outcome.quoted_price), plain(outcome.evaluated_price)
    if not terms.scoring.price_weight:
        return [Line(say(N_("价格不作评审因素")), "", plain(outcome.price_score), CONSULTED)]
    kept = plain(Decimal(100) - deducted)
    clause = CONSULTED if terms.scoring.method is Method.CONSULTATION else FORMULA
    least = Line(say(N_("基准价：另一家的评审价格，依法不公布")), "", "", "R-PUBL-01")
    formula = ""
    if base is not None:
        least = Line(say(N_("基准价：有效响应中最低的评审价格")), "", plain(base), clause)
        formula = f"{plain(base)} ÷ {evaluated} × {plain(terms.scoring.price_weight)}"
    words = N_("评审价格 = 报价 × （1 − 扣除比例）")
    if deducted and together and not bid.is_small_micro:
        words = N_("评审价格 = 报价 × （1 − 联合体扣除比例）")
        if bid.is_small_subcontract:
            words = N_("评审价格 = 报价 × （1 − 向小微企业分包的扣除比例）")
    return [
        Line(say(words), f"{quoted} × {kept}%", evaluated, SMALL if deducted else DEDUCTED),
        least,
        Line(say(N_("价格分 = 基准价 ÷ 评审价格 × 价格权重")), formula, plain(outcome.price_score), clause),
    ]


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
