"""What somebody types to try a rule out; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from evaluations.effects.rules import BANDS, Candidate, Order, band_mistakes
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound, Field, choice, day, decimal, parse, whole_number
from marketplace.kernel.i18n import N_, say
from vendors.standing.rules import Method, method_on

POINTS = decimal(Decimal(0), Decimal(100))
ORDER_LABELS = {
    Order.NEWEST: N_("最近一次评价的等级和得分"), Order.WEIGHTED: N_("加权的履约信誉"), Order.PRICE: N_("只看报价"),
}  # fmt: skip
BAND_LABELS = {
    "excellent": N_("优"), "good": N_("良"), "fair": N_("中"), "poor": N_("差"), "none": N_("没有记录（中性档）"),
}  # fmt: skip
FIELDS = [
    Field("order", N_("限额以下比选的先后"), choice([each.value for each in Order]), is_required=False),
    Field("half_life", N_("份量减半的天数"), whole_number(1, 3650), is_required=False),
    Field("field_weight", N_("平均分的份量"), decimal(Decimal("0.1"), Decimal(100)), is_required=False),
    Field("enough_record", N_("给分的最少份量"), decimal(Decimal(0), Decimal(100)), is_required=False),
    *[Field(f"band_{name}", words, POINTS, is_required=False) for name, words in BAND_LABELS.items()],
    Field("first", N_("从哪天截止的起"), day(), is_required=False),
    Field("last", N_("到哪天截止的止"), day(), is_required=False),
]  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A rule to try, the numbers it is weighed with, and the days its lots closed within."""

    candidate: Candidate
    method: Method
    first: date
    last: date


def read(typed: Mapping[str, str], today: date) -> tuple[Bound, Asked | None]:
    """The form and what it asks for; None when something in it is wrong or nothing is asked yet."""
    form = parse(FIELDS, dict(typed))
    if form.errors or not typed:
        return form, None
    try:
        return form, _asked(form, today)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return form, None


def _asked(form: Bound, today: date) -> Asked:
    last = form["last"] or today
    first = form["first"] or last - timedelta(days=3 * 365)
    if first > last:
        raise FormRefused({"first": say(N_("第一天要在最后一天以前。"))})
    bands = {name: form[f"band_{name}"] for name in BANDS}
    given = [value for value in bands.values() if value is not None]
    if given and len(given) < len(bands):
        raise FormRefused({"band_excellent": say(N_("分值表的五档要一起填，或者都不填。"))})
    if given and band_mistakes(bands):
        raise FormRefused({"band_excellent": say(N_("等级高的分不能低于等级低的，没有记录的要在最高和最低之间。"))})
    if form["order"] is None and not given:
        raise FormRefused({"order": say(N_("请选一种先后，或者填一张分值表。"))})
    order = Order(form["order"]) if form["order"] else None
    return Asked(Candidate(order, bands if given else None), _method(form, today), first, last)


def _method(form: Bound, today: date) -> Method:
    usual = method_on(today)
    return replace(
        usual,
        half_life=usual.half_life if form["half_life"] is None else form["half_life"],
        field_weight=usual.field_weight if form["field_weight"] is None else form["field_weight"],
        enough=usual.enough if form["enough_record"] is None else form["enough_record"],
    )
