"""When a bid is in time, what it states, and which price is asked when. All pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from catalogue.listings.rules import Status as ListingStatus
from catalogue.scoring.arithmetic import added_up
from marketplace.kernel.capitals import in_capitals, read_capitals
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.formats import number as formats_number
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Moment

ENDED_UNOPENED = frozenset({ListingStatus.FAILED, ListingStatus.CANCELLED})


class BidStatus(StrEnum):
    """Where a sealed bid stands."""

    SEALED = "sealed"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    OPENED = "opened"


BID_TRANSITIONS: Mapping[BidStatus, frozenset[BidStatus]] = {
    BidStatus.SEALED: frozenset({BidStatus.REPLACED, BidStatus.WITHDRAWN, BidStatus.OPENED}),
}

BID_STATUS_LABELS: dict[BidStatus, str] = {
    BidStatus.SEALED: N_("已封存，尚未开标"),
    BidStatus.REPLACED: N_("已被新的一份替换"),
    BidStatus.WITHDRAWN: N_("已撤回"),
    BidStatus.OPENED: N_("已开标"),
}

BID_STATUS_TONES: dict[BidStatus, str] = {
    BidStatus.SEALED: "done",
    BidStatus.REPLACED: "neutral",
    BidStatus.WITHDRAWN: "neutral",
    BidStatus.OPENED: "running",
}


def status_of_bid(status: str, listing_status: str) -> tuple[str, str]:
    """The word and tone of a bid for its bidder: a listing that failed or was cancelled is never opened."""
    known = BidStatus(status)
    if known == BidStatus.SEALED and listing_status in ENDED_UNOPENED:
        return N_("采购已终止，没有开标"), "neutral"
    return BID_STATUS_LABELS[known], BID_STATUS_TONES[known]


class Stage(StrEnum):
    """A bid, or the final price of a consultation."""

    FIRST = "first"
    FINAL = "final"


STAGE_LABELS: dict[Stage, str] = {Stage.FIRST: N_("投标（响应）文件"), Stage.FINAL: N_("最后报价")}

# the qualification statements of Article 22 (R-ROLE-09), as every bidder makes them
DECLARATIONS: tuple[str, ...] = (
    N_("具有独立承担民事责任的能力"),
    N_("具有良好的商业信誉和健全的财务会计制度"),
    N_("具有履行合同所必需的设备和专业技术能力"),
    N_("有依法缴纳税收和社会保障资金的良好记录"),
    N_("参加政府采购活动前三年内，在经营活动中没有重大违法记录"),
    N_("与参加本采购包的其他供应商没有单位负责人为同一人或者直接控股、管理关系"),
)


def sealed_place(reference: str, lot: int, stage: str, credit_code: str) -> str:
    """What a sealed bid is bound to: a container copied to another lot or bidder does not open there."""
    return f"{reference}/{lot}/{stage}/{credit_code}"


class BiddingClosed(Conflict):
    """The deadline has passed; at the exact deadline it has (R-BID-01)."""

    def __init__(self, closes_at: datetime) -> None:
        super().__init__(
            N_("投标已于 {closes_at} 截止，您这次的文件没有收到，也没有保存。截止前封存的文件仍然有效。"),
            clause="R-BID-01", closes_at=Moment(closes_at),
        )  # fmt: skip


class BiddingNotOpen(Conflict):
    """The listing takes no bids: it was cancelled, or is not published."""

    def __init__(self) -> None:
        super().__init__(N_("这个项目现在不接受投标。请看公告页面上的最新情况。"))


def check_bid_is_in_time(closes_at: datetime, now: datetime) -> None:
    """A bid that arrives exactly at the deadline is late. Raises BiddingClosed."""
    if now >= closes_at:
        raise BiddingClosed(closes_at)


@dataclass(frozen=True)
class PriceTerms:
    """What decides the price page of a lot. Amounts in yuan."""

    in_final_round: bool  # prices come in a second, sealed round (R-CONS-01)
    is_price_fixed: bool
    lot_budget: Decimal
    ceiling: Decimal | None
    # the lot's quantity, where the panel compares what a bid states of its price (R-EVAL-08); None elsewhere
    quantity: Decimal | None = None


def asks_price(terms: PriceTerms) -> bool:
    """No price where it is fixed, and none in the first stage of a consultation: nobody would read it (R-CONS-01)."""
    return not terms.is_price_fixed and not terms.in_final_round


def price_in_first_stage(terms: PriceTerms, typed: Decimal | None) -> Decimal | None:
    """The price that is sealed with a bid: the printed one where it is fixed, none in a consultation."""
    if terms.in_final_round:
        return None
    return terms.lot_budget if terms.is_price_fixed else typed


def final_price(terms: PriceTerms, typed: Decimal | None) -> Decimal | None:
    """The price that is sealed as a final one."""
    return terms.lot_budget if terms.is_price_fixed else typed


def highest_price(terms: PriceTerms) -> Decimal:
    """The most a valid bid may ask: the lot's budget and the printed ceiling, whichever is lower (R-BID-06)."""
    return min(terms.lot_budget, terms.ceiling or terms.lot_budget)


def price_mistake(terms: PriceTerms, price: Decimal) -> Sentence | None:
    """Why a bid at this price would be invalid."""
    if price > highest_price(terms):
        return say(
            N_("报价超过了最高 {highest} 元，这样的投标无效。请改低，或者核对金额。"), highest=highest_price(terms)
        )
    return None


def statement_mistakes(
    terms: PriceTerms, price: Decimal, in_words: str, unit_price: Decimal | None
) -> dict[str, Sentence]:
    """What else is typed of the price and differs from it; better mended now than by the panel (R-EVAL-08)."""
    found: dict[str, Sentence] = {}
    words = read_capitals(in_words) if in_words else None
    if in_words and words is None:
        found["price_words"] = say(N_("看不懂这个大写金额。应写作：{words}。"), words=in_capitals(price))
    elif words is not None and words != price:
        wrong = N_("大写是 {words} 元，和小写的报价不一样。请核对：评审时以大写为准。")
        found["price_words"] = say(wrong, words=words)
    if terms.quantity and unit_price is not None and (added := added_up(unit_price, terms.quantity)) != price:
        wrong = N_("单价乘数量 {quantity} 是 {added} 元，和报价不一样。请核对：评审时以单价计算结果为准。")
        found["unit_price"] = say(wrong, quantity=formats_number(terms.quantity), added=added)
    return found


def hours_mistake(hours: int, staff: int, most: Decimal) -> Sentence | None:
    """Why so many hours a year cannot be promised by so few people (R-EVAL-12)."""
    if hours <= staff * most:
        return None
    words = N_("{staff} 人每年最多工作 {most} 小时（每人 {each} 小时），多出的时数不计分。请改时数或者人数。")
    return say(words, staff=staff, most=formats_number(staff * most), each=formats_number(most))


def years_before(day: date, years: int) -> date:
    """The same day so many years earlier; 29 February becomes 28."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def past_performance_mistakes(evaluated_on: date, closes_on: date, today: date, years: int) -> dict[str, Sentence]:
    """Only evaluations of the last years count (R-PERF-08), and none from the future."""
    if evaluated_on > today:
        return {"past_evaluated_on": say(N_("评价日期不能晚于今天。请核对。"))}
    if evaluated_on < years_before(closes_on, years):
        return {"past_evaluated_on": say(N_("只算投标截止前 {years} 年内的评价。更早的评价请不要填。"), years=years)}
    return {}


def check_is_not_the_agency(bidder: str, agency: str) -> None:
    """Neither the agency nor a branch of it bids in a listing that it runs (R-ROLE-04). Raises Forbidden."""
    own, running = ("".join(name.split()).replace("（", "(").replace("）", ")") for name in (bidder, agency))
    if own.startswith(running):
        raise Forbidden(
            N_("这个项目由“{agency}”代理，代理机构和它的分支机构不能在所代理的项目中投标。"), clause="R-ROLE-04",
            agency=agency,
        )  # fmt: skip
