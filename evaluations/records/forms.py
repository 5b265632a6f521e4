"""A recorded result as it is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from evaluations.records.rules import FAILURE_GROUNDS, OUTCOME_LABELS, PERSON_ROLES, Offer, Outcome, RecordDraft
from marketplace.kernel.forms import (
    Bound,
    Field,
    choice,
    code_text,
    day,
    decimal,
    flag,
    identifier,
    money,
    parse,
    parse_rows,
    proper_name,
    text,
)
from marketplace.kernel.i18n import N_

RECORD = [
    Field("platform_number", N_("省级平台项目编号"), code_text(80), is_required=False),
    Field("platform_link", N_("结果公告网址"), text(500), is_required=False),
    Field("outcome", N_("结果"), choice(list(OUTCOME_LABELS)), is_required=False),
    Field("failure_ground", N_("采购失败的理由"), choice(list(FAILURE_GROUNDS)), is_required=False),
    Field("noticed_on", N_("平台公告日期"), day(), is_required=False),
    Field("opened_on", N_("开标日期"), day(), is_required=False),
    Field("decided_on", N_("决定日期"), day()),
    Field("announced_on", N_("结果公告日期"), day(), is_required=False),
    Field("short_period_reason", N_("时间不够的原因"), text(400), is_required=False),
    Field("account", N_("经过"), text(5000)),
    Field("objections", N_("异议"), text(2000), is_required=False),
]

OFFER_ROW = [
    Field("lot", N_("采购包"), identifier(), is_required=False),
    Field("provider", N_("已登记的供应商"), identifier(), is_required=False),
    Field("name", N_("没有登记的供应商"), proper_name(200), is_required=False),
    Field("price", N_("报价"), money(), is_required=False),
    Field("total_score", N_("总分"), decimal(Decimal(0), Decimal(100)), is_required=False),
    Field("reason", N_("无效的理由"), text(300), is_required=False),
    Field("is_winner", N_("成交"), flag(), is_required=False),
]

PERSON_ROW = [
    Field("name", N_("姓名"), proper_name(60)),
    Field("role", N_("身份"), choice(list(PERSON_ROLES))),
]

RETURN = [Field("reason", N_("退回理由"), text(1000))]


def record_form(
    typed: Mapping[str, Any],
    lots: Sequence[Mapping[str, Any]],
    providers: Sequence[Mapping[str, Any]],
    papers: tuple[int, bool],
) -> tuple[Bound, RecordDraft | None]:
    """The record with its offers and people; `papers`: how many, and whether the minutes are among them."""
    form = parse(RECORD, typed)
    offers = parse_rows(form, "offers", OFFER_ROW, typed)
    # a blank row posts its preselected role alone
    told = {key.split("-")[1] for key, value in typed.items() if key.endswith("-name") and str(value).strip()}
    kept = {k: v for k, v in typed.items() if not k.startswith("people-") or k.split("-")[1] in told}
    people = parse_rows(form, "people", PERSON_ROW, kept)
    names = {each["id"]: each["name"] for each in providers}
    for row in offers:
        if row["provider"] not in names and not row["name"]:
            form.refuse(f"offers-{row['number']}-provider", N_("请选供应商，或者写它的名称。"))
        if row["lot"] not in {None, *(lot["id"] for lot in lots)}:
            form.refuse(f"offers-{row['number']}-lot", N_("请从这个项目的采购包里选。"))
    if form.errors:
        return form, None
    v = form.values
    return form, RecordDraft(
        decided_on=v["decided_on"], account=v["account"], platform_number=v["platform_number"] or "",
        platform_link=v["platform_link"] or "", objections=v["objections"] or "", papers=papers[0],
        has_minutes=papers[1], outcome=v["outcome"] or Outcome.AWARDED.value,
        failure_ground=(v["failure_ground"] or "") if v["outcome"] == Outcome.FAILED else "",
        noticed_on=v["noticed_on"], opened_on=v["opened_on"], announced_on=v["announced_on"],
        short_period_reason=v["short_period_reason"] or "",
        offers=tuple(
            Offer(
                lot=r["lot"] or lots[0]["id"], name=names.get(r["provider"], r["name"] or ""),
                provider=r["provider"] if r["provider"] in names else None, price=r["price"],
                total_score=r["total_score"], reason=r["reason"] or "", is_winner=bool(r["is_winner"]),
            )
            for r in offers
        ),
        people=tuple((r["name"], r["role"]) for r in people),
    )  # fmt: skip
