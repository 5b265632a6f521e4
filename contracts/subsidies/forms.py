"""A scheme, a run and a duty certificate as they are typed: no amount is offered, every amount is typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from contracts.subsidies.scheme_rules import (
    CERTIFICATE_LEVELS,
    DEGREE_LEVELS,
    EMPLOYER_LABELS,
    KIND_LABELS,
    PROOF_LABELS,
    STACKING_LABELS,
    NewScheme,
    SchemeKind,
    levels_of,
)
from marketplace.kernel.characters import narrowed
from marketplace.kernel.forms import (
    Bound,
    Field,
    Reader,
    Wrong,
    choice,
    day,
    decimal,
    flag,
    identifier,
    money,
    parse,
    proper_name,
    text,
    whole_number,
)
from marketplace.kernel.i18n import N_
from vendors.registration.forms import account_number

LEVELS = (*CERTIFICATE_LEVELS, *DEGREE_LEVELS)
SCHEME = [
    Field("name", N_("办法名称"), text(120)),
    Field("kind", N_("补贴种类"), choice(list(KIND_LABELS)), is_required=False),
    Field("document_number", N_("文号"), text(120), is_required=False),
    Field("effective_from", N_("从哪一天起"), day()),
    Field("effective_to", N_("到哪一天止"), day(), is_required=False),
    Field("proof", N_("怎样证明在岗"), choice(list(PROOF_LABELS)), is_required=False),
    Field("min_hours", N_("每月最低工时"), decimal(Decimal("0.5"), Decimal("300")), is_required=False),
    Field("min_days", N_("证书当月至少有效几天"), whole_number(1, 31), is_required=False),
    Field("min_months", N_("至少连续在岗几个月"), whole_number(0, 120), is_required=False),
    Field("employers", N_("发给哪些单位的人"), choice(list(EMPLOYER_LABELS)), is_required=False),
    Field("stacking", N_("等级提高以后"), choice(list(STACKING_LABELS)), is_required=False),
    Field("excludes_establishment", N_("不发给在编人员"), flag(), is_required=False),
    Field("allows_double", N_("可以和别的按月补贴同时享受"), flag(), is_required=False),
    Field("forbids_priced", N_("合同已付价款的时数不能再领这项补贴"), flag(), is_required=False),
    *(Field(f"amount_{level}", N_("金额"), money(), is_required=False) for level in LEVELS),
]
DOCUMENT = [Field("document_number", N_("文号"), text(120))]
SCHEME_DECISION = [
    Field("outcome", N_("决定"), choice(["agreed", "dropped"])), Field("decision", N_("意见"), text(500)),
]  # fmt: skip


def month_of_year() -> Reader:
    """A month as 2026-04, read as its first day."""
    read_day = day()

    def read(typed: str) -> Any:
        found = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})月?", narrowed(typed))
        if not found:
            raise Wrong(N_("请按“2026-04”的样子填月份。"))
        try:
            return read_day(f"{found[1]}-{found[2]}-1")
        except Wrong:
            raise Wrong(N_("请按“2026-04”的样子填月份。")) from None

    return read


RUN = [
    Field("scheme", N_("补贴办法"), identifier()), Field("month", N_("月份"), month_of_year()),
    Field("months", N_("按月还是按季度"), choice(["1", "3"]), is_required=False),
]  # fmt: skip
ACCOUNT = [Field("bank", N_("开户银行"), proper_name(120)), Field("number", N_("收款账号"), account_number())]
ACCOUNT_REFUSAL = [Field("reason", N_("为什么不用这个账号"), text(300))]
MONTH = [Field("month", N_("月份"), month_of_year())]
DUTY = [
    Field("worker", N_("社会工作者"), identifier()), Field("month", N_("月份"), month_of_year()),
    Field("hours", N_("在岗时间"), decimal(Decimal("0.5"), Decimal("744"))),
    Field("duties", N_("做了哪些社会救助工作"), text(500)),
]  # fmt: skip
WITHDRAWAL = [Field("reason", N_("为什么撤销"), text(300))]
DOUBLE_DECISION = [
    Field("outcome", N_("结论"), choice(["double", "single"])), Field("decision", N_("理由和依据"), text(1000)),
]  # fmt: skip


def parse_scheme(posted: Mapping[str, Any]) -> Bound:
    """Read a scheme; at least one level of its kind needs an amount, and a monthly one its least hours."""
    form = parse(SCHEME, posted)
    kind = form.values["kind"] or SchemeKind.MONTHLY
    if "kind" not in form.errors:
        _check_amounts(form, levels_of(kind))
    if kind == SchemeKind.MONTHLY and form.values["min_hours"] is None:
        form.refuse("min_hours", N_("请填写“{label}”。"), label=N_("每月最低工时"))
    first, last = form.values["effective_from"], form.values["effective_to"]
    if first and last and last < first:
        form.refuse("effective_to", N_("结束日期早于开始日期。请检查。"))
    return form


def _check_amounts(form: Bound, levels: tuple[str, ...]) -> None:
    for level in LEVELS:
        if level not in levels and form.values[f"amount_{level}"] is not None:
            form.refuse(f"amount_{level}", N_("这种补贴不按这一级发。请删去这个金额，或者换一种补贴。"))
    typed = [level for level in levels if form.values[f"amount_{level}"] is not None]
    if not typed and not any(f"amount_{level}" in form.errors for level in levels):
        form.refuse(f"amount_{levels[0]}", N_("请至少填写一个等级的金额。系统没有默认金额。"))


def scheme_of(form: Bound) -> NewScheme:
    """A whole form as a scheme; what was left open is the careful choice."""
    kind = form["kind"] or SchemeKind.MONTHLY
    return NewScheme(
        form["name"], form["effective_from"], form["effective_to"], int((form["min_hours"] or 0) * 60),
        {level: form[f"amount_{level}"] for level in levels_of(kind) if form[f"amount_{level}"] is not None},
        form["document_number"] or "", kind, form["min_days"], form["min_months"] or 0, form["proof"] or "visits",
        form["employers"] or "any", bool(form["excludes_establishment"]), not form["allows_double"],
        bool(form["forbids_priced"]), form["stacking"] or "difference",
    )  # fmt: skip
