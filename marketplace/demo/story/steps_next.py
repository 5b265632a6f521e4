"""Step 13: two awards that follow from the evaluation, one by a printed table, one by the county's own standing."""

from __future__ import annotations

from datetime import timedelta

from marketplace.demo.story.awarding import (
    appoint,
    ask_final_prices,
    conform,
    determine_and_announce,
    release,
    review,
    score,
)  # fmt: skip
from marketplace.demo.story.bidding import seal, seal_final_price
from marketplace.demo.story.county import County, at, first_of_next_month
from marketplace.demo.story.notice import Notice, allot, factor_row, publish

THIRD = "tongxin"
PRINTED = (("45", False), ("15", False), ("15", True))
BANDS = {"excellent": "5", "good": "4", "none": "3", "fair": "2", "poor": "0"}
PRICE = "188000.00"
FINANCE = "zhao.lei"
GROUND = "服务方案由供应商自行设计，履约的好坏直接影响救助对象。"


def next_awards(county: County) -> str:
    """A consultation with a printed table, then a purchase under the limit; both awards name the evaluation."""
    evaluation = county.needed("evaluation")
    county.record.second_listing = by_printed_table(county)
    county.record.third_listing = by_county_standing(county)
    visitor = county.visitor()
    for listing in (county.record.third_listing, county.record.second_listing):
        visitor.get(f"/listings/{listing}/award")
        visitor.must_say(evaluation, county.provider(0).name)
    # at the end of it all no yuan is lost: every identity is proved from the database
    finance = county.person(FINANCE)
    finance.get("/budget/proof")
    finance.must_say("恒等式都成立")
    return f"/listings/{county.record.second_listing}/award"


def criteria(form: str) -> dict[str, str]:
    """The factors with past performance as a printed table, or by the county's own standing."""
    typed = {"past_performance_form": form, "past_performance_ground": GROUND}
    typed |= {f"band-{grade}": points for grade, points in BANDS.items()}
    rows = (
        ("technical", "服务方案", "45", "完整、可行 45 分；缺一项减 9 分"),
        ("technical", "质量管理和应急措施", "15", "每项措施得 3 分"),
        ("business", "项目人员", "15", "每名持证社会工作者得 3 分，最多 15 分"),
        ("past_performance", "履约评价", "5", "按档次表"),
    )
    for number, row in enumerate(rows):
        typed |= factor_row(number, *row)
    return {**typed, "criteria-2-is_objective": "yes"}


def new_notice(county: County, days: int, title: str, budget: str, method: str, form: str) -> Notice:
    """A listing of half a year's service after its award, paid at the end."""
    now = county.now()
    line = allot(county, title, budget, f"金财预〔{now.year}〕{county.mark}-{method[:1]}号")
    closes_at = at((now + timedelta(days=days)).date(), 14)
    service_from = first_of_next_month((closes_at + timedelta(days=20)).date())
    return Notice(
        line, closes_at, service_from, service_from + timedelta(days=180), title, "", method, budget,
        criteria=criteria(form), has_monthly_payment=False,
    )  # fmt: skip


def by_printed_table(county: County) -> str:
    """Equal prices and marks: the printed table decides; the county's evaluation is filled in by itself."""
    notice = new_notice(
        county, 17, f"社会救助家计调查服务（{county.mark}）", "520000.00", "consultation", "printed_table"
    )
    listing = publish(county, notice)
    bidders = (county.provider(0).username, THIRD)
    seal(county.person(bidders[0]), listing)
    county.person(bidders[0]).get(f"/listings/{listing}/lots/1/bid/qualification")
    county.person(bidders[0]).must_say(county.needed("evaluation"))
    seal(county.person(bidders[1]), listing)
    county.clock(notice.closes_at + timedelta(minutes=5))
    release(county, listing)
    review(county, listing)
    appoint(county, listing)
    conform(county, listing)
    ask_final_prices(county, listing)
    for username in bidders:
        seal_final_price(county, username, listing, "450000.00")
    county.clock(county.now() + timedelta(days=1, minutes=5))
    release(county, listing)
    score(county, listing, PRINTED)
    determine_and_announce(county, listing)
    return listing


def by_county_standing(county: County) -> str:
    """Two offers under the limit, the dearer one with a standing: the county's standing decides."""
    notice = new_notice(
        county, 6, f"社会救助政策宣传服务（{county.mark}）", "190000.00", "under_limit", "county_standing"
    )
    listing = publish(county, notice)
    seal(county.person(county.provider(0).username), listing, price=PRICE)
    seal(county.person(THIRD), listing, price="180000.00")
    county.clock(notice.closes_at + timedelta(minutes=5))
    release(county, listing)
    review(county, listing)
    determine_and_announce(county, listing)
    return listing
