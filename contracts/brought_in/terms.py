"""The terms of a contract that was signed elsewhere: payment days, deductions, bond, renewal, indicators. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from catalogue.listings.rules import GRADE_LABELS, RENEWAL_GRADES
from contracts.agreements.paying_terms import days_words, interest_words
from contracts.agreements.terms import GRADE_WORDS, day_words
from marketplace.gateways.spreadsheets import Column, Sheet, SheetRow
from marketplace.kernel.forms import Reader, Wrong, day, decimal, money, text, whole_number
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.money import to_fen
from marketplace.kernel.rulebook import holds, number

GUARANTEE, TRANSFER = N_("保函"), N_("银行转账")
WAYS = {GUARANTEE: "guarantee", TRANSFER: "transfer"}
LONGEST, USUAL, LEAST_RATE, MOST_BOND = "R-PAY-02/longest", "R-PAY-01", "R-PAY-02/lpr", "R-DOC-05/performance_bond"


@dataclass(frozen=True)
class BroughtDeduction:
    """A failing and what it costs, in percent of the milestone each time."""

    condition: str
    percent: Decimal


@dataclass(frozen=True)
class BroughtIndicator:
    """An indicator of the later evaluation; all points together are 100."""

    title: str
    target: str
    points: Decimal


@dataclass(frozen=True)
class BroughtBond:
    """A performance bond that is held already; yuan. `kept_at`: where its paper or money lies."""

    way: str
    amount: Decimal
    issuer: str
    number: str
    valid_until: date | None
    kept_at: str


def _pieces(typed: str) -> list[str]:
    return [piece.strip() for piece in re.split(r"[；;\n]+", typed) if piece.strip()]


def _percent(typed: str) -> Decimal | None:
    try:
        found = Decimal(typed.replace("。", "."))
    except InvalidOperation:
        return None
    return found if 0 < found <= 100 and found == to_fen(found) else None


def deduction_list() -> Reader:
    """“失误：百分比” one after another, parted by semicolons or lines."""

    def read(typed: str) -> tuple[BroughtDeduction, ...]:
        found = []
        for place, piece in enumerate(_pieces(typed), start=1):
            parts = re.fullmatch(r"(.{1,300})[：:=＝]\s*([0-9.。]{1,6})\s*[%％]?", piece)
            percent = _percent(parts[2]) if parts else None
            if parts is None or percent is None:
                raise Wrong(
                    N_("第 {place} 项“{piece}”读不出来。每项写“情形：百分比”，用分号隔开，例如：未按时上门：2%。"),
                    place=place, piece=piece[:60],
                )  # fmt: skip
            found.append(BroughtDeduction(parts[1].strip(), percent))
        return tuple(found)

    return read


def indicator_list() -> Reader:
    """“指标｜目标｜分值” one after another, parted by semicolons or lines; the points make 100."""

    def read(typed: str) -> tuple[BroughtIndicator, ...]:
        found = []
        for place, piece in enumerate(_pieces(typed), start=1):
            parts = [part.strip() for part in re.split(r"[|｜]", piece)]
            points = _percent(parts[2]) if len(parts) == 3 else None
            if points is None or not (0 < len(parts[0]) <= 120 and 0 < len(parts[1]) <= 300):
                raise Wrong(
                    N_("第 {place} 项“{piece}”读不出来。每项写“指标｜目标｜分值”，用分号隔开，如：走访率｜100%｜40。"),
                    place=place, piece=piece[:60],
                )  # fmt: skip
            found.append(BroughtIndicator(parts[0], parts[1], points))
        if (whole := sum((each.points for each in found), Decimal(0))) != 100:
            raise Wrong(N_("各项分值合计 {sum}，应当是 100。"), sum=whole)
        return tuple(found)

    return read


# none of them need be filled in: a contract that agreed nothing goes by the law
TERM_COLUMNS = [
    Column("payment_days", N_("付款期限（天）"), whole_number(1, 365), is_required=False, width=12),
    Column("late_rate", N_("逾期利率（每年）"), decimal(Decimal("0.01"), Decimal(100)), is_required=False, width=12),
    Column("deductions", N_("扣减表"), deduction_list(), is_required=False, width=40),
    Column("bond_way", N_("履约保证金方式"), text(20), is_required=False, width=14),
    Column("bond_amount", N_("履约保证金金额"), money(), is_required=False, width=14),
    Column("bond_issuer", N_("保函开立机构"), text(120), is_required=False, width=22),
    Column("bond_number", N_("保函编号或者银行流水号"), text(60), is_required=False, width=22),
    Column("bond_until", N_("保函有效期至"), day(), is_required=False, width=12),
    Column("bond_kept_at", N_("保证金存放处"), text(200), is_required=False, width=22),
    Column("renewal_years", N_("可以续签的年数"), whole_number(1, 9), is_required=False, width=12),
    Column("renewal_grade", N_("续签的最低评价等级"), text(4), is_required=False, width=14),
    Column("indicators", N_("绩效指标"), indicator_list(), is_required=False, width=40),
]
_BOND = ("bond_way", "bond_amount", "bond_number", "bond_kept_at")


def check_terms(sheet: Sheet, row: SheetRow, v: dict[str, Any], today: date) -> None:
    """What was agreed is within the law of the day it was signed on, and whole; in `v` codes take the place of words.

    `row`: the contract's first row, beside whose cells mistakes stand.
    """
    _check_payment(sheet, row, v)
    _check_bond(sheet, row, v, today)
    _check_renewal(sheet, row, v)


def _check_payment(sheet: Sheet, row: SheetRow, v: dict[str, Any]) -> None:
    signed: date | None = v["signed_on"]
    if signed is None:
        return
    most = int(number(LONGEST if holds(LONGEST, signed) else USUAL, signed))
    if v["payment_days"] and v["payment_days"] > most:
        sheet.refuse(row, "payment_days", N_("约定的付款期限最多 {most} 天（R-PAY-02）。请核对原合同。"), most=most)
    if v["late_rate"] and holds(LEAST_RATE, signed) and v["late_rate"] < number(LEAST_RATE, signed):
        words = N_("约定的逾期利率不得低于1年期贷款市场报价利率 {least}%（R-PAY-02）。请核对原合同。")
        sheet.refuse(row, "late_rate", words, least=f"{number(LEAST_RATE, signed).normalize():f}")


def _check_bond(sheet: Sheet, row: SheetRow, v: dict[str, Any], today: date) -> None:
    said = [name for name in (*_BOND, "bond_issuer", "bond_until") if v[name]]
    if not said:
        return
    for name in _BOND:
        if not v[name]:
            sheet.refuse(row, name, N_("有履约保证金的，方式、金额、编号和存放处都要填。"))
    ways = {translate(words, language): way for words, way in WAYS.items() for language in ("zh", "en")}
    if v["bond_way"] and v["bond_way"] not in ways:
        sheet.refuse(row, "bond_way", N_("方式写保函或者银行转账。"))
    v["bond_way"] = ways.get(v["bond_way"] or "", "")
    if v["bond_way"] == "guarantee":
        if not v["bond_issuer"]:
            sheet.refuse(row, "bond_issuer", N_("请填保函的开立机构。"))
        if not v["bond_until"]:
            sheet.refuse(row, "bond_until", N_("请填保函的有效期。"))
    if v["bond_until"] and v["bond_until"] < today:
        sheet.refuse(row, "bond_until", N_("保函已经过期。请先请供应商续期，或者不填保证金。"))
    if v["bond_amount"] and v["amount"] and v["signed_on"]:
        most = to_fen(v["amount"] * number(MOST_BOND, v["signed_on"]) / 100)
        if v["bond_amount"] > most:
            words = N_("履约保证金最多是合同金额的 {percent}%，也就是 {most} 元（R-DOC-05）。请核对。")
            percent = f"{number(MOST_BOND, v['signed_on']).normalize():f}"
            sheet.refuse(row, "bond_amount", words, percent=percent, most=most)


def _check_renewal(sheet: Sheet, row: SheetRow, v: dict[str, Any]) -> None:
    if bool(v["renewal_years"]) != bool(v["renewal_grade"]):
        missing = "renewal_grade" if v["renewal_years"] else "renewal_years"
        sheet.refuse(row, missing, N_("续签的年数和最低评价等级要么都填，要么都不填。"))
    grades = {translate(GRADE_LABELS[g], language): g for g in RENEWAL_GRADES for language in ("zh", "en")}
    if v["renewal_grade"] and v["renewal_grade"] not in grades:
        sheet.refuse(row, "renewal_grade", N_("续签的最低评价等级是优、良、中之一。"))
    v["renewal_grade"] = grades.get(v["renewal_grade"] or "", "")


def bond_of(values: Mapping[str, Any]) -> BroughtBond | None:
    """The bond of a checked row; None where it has none."""
    if not values["bond_amount"]:
        return None
    return BroughtBond(
        values["bond_way"], values["bond_amount"], values["bond_issuer"] or "", values["bond_number"],
        values["bond_until"], values["bond_kept_at"],
    )  # fmt: skip


def bond_share(values: Mapping[str, Any]) -> Decimal:
    """The bond in percent of the price, as a listing prints it; to two places."""
    return to_fen((values["bond_amount"] or Decimal(0)) * 100 / values["amount"])


def term_sections(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the record of the contract says of its terms; in Chinese as every contract."""
    paying = [days_words(values["signed_on"], values["payment_days"])]
    paying.append(interest_words(values["signed_on"], values["late_rate"]))
    found = [("付款期限和逾期", "\n".join(paying))]
    if values["deductions"]:
        told = [
            f"（{n}）{each.condition}：{each.percent.normalize():f}%"
            for n, each in enumerate(values["deductions"], start=1)
        ]
        found.append(("扣减", "每发生一次按该付款节点金额的下列比例扣减，没有列明的不扣减：\n" + "\n".join(told)))
    if bond := bond_of(values):
        way = "保函" if bond.way == "guarantee" else "银行转账"
        until = f"，有效期至{day_words(bond.valid_until)}" if bond.valid_until else ""
        issued = f"，{bond.issuer}" if bond.issuer else ""
        found.append(
            ("履约保证金", f"{way} ¥{bond.amount:,.2f}{issued}，编号 {bond.number}{until}，存放：{bond.kept_at}。")
        )
    if values["indicators"]:
        told = [
            f"（{n}）{each.title}：{each.target}（{each.points.normalize():f} 分）"
            for n, each in enumerate(values["indicators"], start=1)
        ]
        found.append(("绩效评价", "\n".join(told)))
    if values["renewal_years"]:
        grade = GRADE_WORDS[values["renewal_grade"]]
        found.append(
            ("续签", f"最多 {values['renewal_years']} 次，每次一年，上一年度绩效评价为“{grade}”及以上的才可以续签。")
        )
    return found
