"""What is asked on the pages of a bid."""

from __future__ import annotations

from decimal import Decimal

from marketplace.kernel.forms import (
    Bound,
    Field,
    Posted,
    choice,
    day,
    decimal,
    flag,
    money,
    parse,
    proper_name,
    text,
    whole_number,
)
from marketplace.kernel.i18n import N_
from vendors.bids.contents import GRADES, LARGEST_WORDS, MOST_HOURS, MOST_STAFF
from vendors.bids.papers import LARGEST_NAME
from vendors.bids.seals import SealKind
from vendors.providers.credit_codes import read_credit_code

START_OVER = Field("start_over", N_("丢弃原草稿"), flag(), is_required=False)

ELIGIBILITY = [Field("acknowledged", N_("确认"), flag(), is_required=False)]

QUALIFICATION = [
    Field("declares", N_("资格声明"), flag(), is_required=False),
    Field("qualification_text", N_("对资格要求的说明"), text(20_000), is_required=False),
]

PAST = [
    Field("past", N_("近三年履约评价"), choice(["none", "other"])),
    Field("past_grade", N_("评价等级"), choice(GRADES), is_required=False),
    Field("past_buyer", N_("作出评价的采购人"), proper_name(200), is_required=False),
    Field("past_evaluated_on", N_("评价日期"), day(), is_required=False),
]

TECHNICAL = [Field("technical_text", N_("服务方案"), text(40_000), is_required=False)]

HOURS = [
    Field("annual_hours", N_("承诺的年服务时数"), whole_number(1, MOST_HOURS)),
    Field("service_staff", N_("参与服务的人数"), whole_number(1, MOST_STAFF)),
]

SUBCONTRACT = [
    Field("sub_code", N_("承接分包的小微企业的统一社会信用代码"), read_credit_code, is_required=False),
    Field("sub_share", N_("分包给它的份额（百分比）"), decimal(Decimal("0.01"), Decimal("99.99")), is_required=False),
]

SEAL = [
    Field("seal_paper", N_("盖章或者电子签名的附件"), text(LARGEST_NAME), is_required=False),
    Field("seal_kind", N_("怎样签署"), choice(tuple(SealKind)), is_required=False),
]

PRICE = Field("price", N_("报价"), money())
# what may be stated of the price besides its figures, for the panel to compare (R-EVAL-08)
STATEMENTS = [
    Field("price_words", N_("报价（大写）"), text(LARGEST_WORDS), is_required=False),
    Field("unit_price", N_("单价"), decimal(Decimal("0.0001"), Decimal("9999999999"), 4), is_required=False),
]
SMALL_MICRO = Field("is_small_micro", N_("小微企业声明"), flag(), is_required=False)


def parse_qualification(posted: Posted, asks_past: bool) -> Bound:
    """The qualification page; a claim needs all its parts, and the statement must be made."""
    form = parse([*QUALIFICATION, *(PAST if asks_past else []), START_OVER], posted)
    if not form["declares"]:
        form.refuse("declares", N_("资格声明是参加采购的必要内容。符合的，请勾选；不符合的，不能参加。"))
    if asks_past and form["past"] == "other":
        for name in ("past_grade", "past_buyer", "past_evaluated_on"):
            if form[name] is None and name not in form.errors:
                form.refuse(name, N_("填报其他采购人的评价时，等级、采购人和日期都要填。"))
    return form
