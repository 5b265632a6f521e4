"""Running contracts as a spreadsheet, one row a payment milestone; what is wrong with what is handed in. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.rules import GRADE_LABELS, METHOD_LABELS, RENEWAL_GRADES
from contracts.brought_in.terms import TERM_COLUMNS, check_terms
from marketplace.gateways.spreadsheets import CellMistake, Column, Sheet, SheetRow
from marketplace.kernel.forms import day, decimal, money, text
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.money import to_fen

# what is said of the contract, the same in each of its rows
CONTRACT_COLUMNS = [
    Column("former_number", N_("原合同编号"), text(80), width=22),
    Column("title", N_("合同名称"), text(180), width=34),
    Column("buyer", N_("采购人"), text(120), width=26),
    Column("credit_code", N_("供应商的统一社会信用代码"), text(18), width=22),
    Column("item_code", N_("目录项目"), text(8), width=10),
    Column("method", N_("采购方式"), text(20), width=12),
    Column("quantity", N_("数量"), decimal(Decimal("0.01"), Decimal("9999999")), width=10),
    Column("unit", N_("计量单位"), text(40), width=10),
    Column("requirement", N_("服务要求"), text(20000), width=40),
    Column("signed_on", N_("签订日期"), day(), width=12),
    Column("service_from", N_("服务期自"), day(), width=12),
    Column("service_to", N_("服务期至"), day(), width=12),
    Column("amount", N_("合同金额"), money(), width=16),
    Column("budget_line", N_("预算编号"), text(40), width=16),
    Column("grade", N_("最近一次评价等级"), text(4), is_required=False, width=12),
    Column("score", N_("最近一次评价得分"), decimal(Decimal(0), Decimal(100)), is_required=False, width=12),
    Column("evaluated_on", N_("评价日期"), day(), is_required=False, width=12),
]
MILESTONE_COLUMNS = [
    Column("milestone", N_("付款节点"), text(100), width=24),
    Column("milestone_amount", N_("节点金额"), money(), width=14),
    Column("due_on", N_("节点日期"), day(), width=12),
    Column("paid", N_("已付金额"), money(minimum=Decimal(0)), is_required=False, width=14),
    Column("paid_on", N_("付款日期"), day(), is_required=False, width=12),
    Column("evidence", N_("付款依据"), text(300), is_required=False, width=24),
]
COLUMNS = [*CONTRACT_COLUMNS, *MILESTONE_COLUMNS, *TERM_COLUMNS]
_OF_CONTRACT = [column.name for column in (*CONTRACT_COLUMNS, *TERM_COLUMNS)]


@dataclass(frozen=True)
class Line:
    """A budget line that a contract may be paid from."""

    id: UUID
    ledger_line: UUID
    buyer: UUID
    item_code: str
    year: int
    free: Decimal


@dataclass(frozen=True)
class Known:
    """What the county has already: offices by name, providers by code, items, lines by number, contracts brought in."""

    today: date
    buyers: Mapping[str, UUID]
    providers: Mapping[str, UUID]
    items: Mapping[str, UUID]
    lines: Mapping[str, Line]
    entered: Mapping[tuple[UUID, str], str]


@dataclass(frozen=True)
class Part:
    """A milestone to enter: paid whole or not at all; a milestone that is paid in part makes two."""

    title: str
    amount: Decimal
    due_on: date
    evidence: str
    is_paid: bool


@dataclass
class RunningContract:
    """All rows of one contract. `values`: what is said of it, with identities in place of names."""

    rows: list[SheetRow]
    values: dict[str, Any]
    line: Line | None = None
    reference: str = ""

    @property
    def paid_before(self) -> Decimal:
        """Yuan paid elsewhere."""
        return sum((row.values["paid"] or Decimal(0) for row in self.rows), Decimal(0))

    @property
    def paid_in_earlier_years(self) -> Decimal:
        """Yuan of it from budgets before the line's year."""
        assert self.line is not None
        paid = [row.values for row in self.rows if row.values["paid"]]
        return sum((each["paid"] for each in paid if each["paid_on"].year < self.line.year), Decimal(0))

    @property
    def from_line(self) -> Decimal:
        """Yuan its budget line pays or has paid."""
        amount: Decimal = self.values["amount"]
        return amount - self.paid_in_earlier_years

    def parts(self) -> list[Part]:
        """The milestones as they are entered, in the order of the sheet."""
        found = []
        for row in self.rows:
            each, paid = row.values, row.values["paid"] or Decimal(0)
            about = (each["due_on"], each["evidence"] or "")
            if 0 < paid < each["milestone_amount"]:
                found.append(Part(f"{each['milestone']}（已付部分）", paid, *about, True))
                found.append(Part(f"{each['milestone']}（余款）", each["milestone_amount"] - paid, *about, False))
            else:
                found.append(Part(each["milestone"], each["milestone_amount"], *about, paid > 0))
        return found


@dataclass
class Preview:
    """A sheet looked through: contracts to enter, contracts that stand already, rows with mistakes."""

    new: list[RunningContract] = field(default_factory=list)
    existing: list[RunningContract] = field(default_factory=list)
    wrong: list[RunningContract] = field(default_factory=list)

    @property
    def mistakes(self) -> list[CellMistake]:
        """Every mistake, by cell."""
        return [mistake for each in self.wrong for row in each.rows for mistake in row.mistakes]

    @property
    def total(self) -> Decimal:
        """Yuan of the contracts to enter."""
        return sum((each.values["amount"] for each in self.new), Decimal(0))

    @property
    def paid(self) -> Decimal:
        """Yuan of them that was paid before."""
        return sum((each.paid_before for each in self.new), Decimal(0))


def shares(amount: Decimal, parts: list[Part]) -> list[Decimal]:
    """Percent of each part to two places; the last one takes what rounding leaves."""
    found = [to_fen(part.amount * 100 / amount) for part in parts]
    return [*found[:-1], Decimal(100) - sum(found[:-1], Decimal(0))]


def look_through(sheet: Sheet, known: Known) -> Preview:
    """Check every row and every contract against the county's own lists and against each other."""
    preview = Preview()
    asked: dict[str, Decimal] = {}
    for contract in _grouped(sheet, known):
        for row in contract.rows:
            _check_row(sheet, row, known)
        _check_same(sheet, contract)
        _check_lists(sheet, contract, known)
        if not any(row.mistakes for row in contract.rows):
            _check_money(sheet, contract, asked)
        if any(row.mistakes for row in contract.rows):
            preview.wrong.append(contract)
        elif contract.reference:
            preview.existing.append(contract)
        else:
            preview.new.append(contract)
    return preview


def number_key(former_number: str | None) -> str:
    """A contract's former number as it is compared: full width, spaces and case make no other contract."""
    return "".join(unicodedata.normalize("NFKC", former_number or "").split()).upper()


def _grouped(sheet: Sheet, known: Known) -> list[RunningContract]:
    found: dict[tuple[Any, Any], RunningContract] = {}
    for row in sheet.rows:
        buyer = row.values["buyer"]
        # one office under its Chinese and its English name is one buyer
        key = (number_key(row.values["former_number"]), known.buyers.get(buyer, buyer))
        found.setdefault(key, RunningContract([], dict(row.values))).rows.append(row)
    return list(found.values())


def _check_row(sheet: Sheet, row: SheetRow, known: Known) -> None:
    v = row.values
    if v["paid"] and not v["paid_on"]:
        sheet.refuse(row, "paid_on", N_("已经付过款的，请填付款日期。"))
    if v["paid_on"] and not v["paid"]:
        sheet.refuse(row, "paid", N_("填了付款日期的，请填已付金额。"))
    if v["paid_on"] and v["paid_on"] > known.today:
        sheet.refuse(row, "paid_on", N_("付款日期在今天以后。请检查日期。"))
    if v["paid"] and v["milestone_amount"] and v["paid"] > v["milestone_amount"]:
        sheet.refuse(row, "paid", N_("已付金额超过节点金额。请核对。"))


def _check_same(sheet: Sheet, contract: RunningContract) -> None:
    first = contract.rows[0]
    for row in contract.rows[1:]:
        for name in _OF_CONTRACT:
            if row.values[name] != first.values[name]:
                words = N_("和第 {row} 行是同一份合同，这一列应当相同。")
                sheet.refuse(row, name, words, row=first.number)


def _check_lists(sheet: Sheet, contract: RunningContract, known: Known) -> None:
    row, v = contract.rows[0], contract.values
    _check_parties(sheet, contract, known)
    codes = {translate(words, language): code for code, words in METHOD_LABELS.items() for language in ("zh", "en")}
    if v["method"] and v["method"] not in codes:
        words = N_("没有“{name}”这种采购方式。请写竞争性磋商、公开招标等规范名称。")
        sheet.refuse(row, "method", words, name=v["method"])
    v["method"] = str(codes.get(v["method"], ""))
    if v["item_code"] and v["item_code"] not in known.items:
        sheet.refuse(row, "item_code", N_("目录里没有这个项目。只能从目录里选。"))
    if v["signed_on"] and v["signed_on"] > known.today:
        sheet.refuse(row, "signed_on", N_("签订日期在今天以后。没有签订的合同，请在平台上采购、签订。"))
    if v["service_to"] and v["service_to"] < known.today:
        sheet.refuse(row, "service_to", N_("这份合同的服务期已经满了，不用带入。"))
    if v["service_from"] and v["service_to"] and v["service_to"] < v["service_from"]:
        sheet.refuse(row, "service_to", N_("服务结束日早于开始日。请检查两个日期。"))
    _check_evaluation(sheet, contract, known)
    check_terms(sheet, row, v, known.today)
    if v["buyer"]:
        contract.reference = known.entered.get((v["buyer"], number_key(v["former_number"])), "")


def _check_parties(sheet: Sheet, contract: RunningContract, known: Known) -> None:
    row, v = contract.rows[0], contract.values
    name = v["buyer"]
    v["buyer"] = known.buyers.get(name) if name else None
    if name and v["buyer"] is None:
        sheet.refuse(row, "buyer", N_("没有叫“{name}”的采购人。请写单位全称。"), name=name)
    code = v["credit_code"]
    v["provider"] = known.providers.get(code) if code else None
    if code and v["provider"] is None:
        sheet.refuse(row, "credit_code", N_("这个信用代码的供应商还没有登记。请先请它登记，或者导入供应商名册。"))
    contract.line = known.lines.get(v["budget_line"]) if v["budget_line"] else None
    if v["budget_line"] and contract.line is None:
        sheet.refuse(row, "budget_line", N_("没有这个编号的预算。请先下达或者导入预算。"))
    elif contract.line and (contract.line.buyer, contract.line.item_code) != (v["buyer"], v["item_code"]):
        sheet.refuse(row, "budget_line", N_("这条预算不是这个采购人、这个目录项目的。请核对预算编号。"))


def _check_evaluation(sheet: Sheet, contract: RunningContract, known: Known) -> None:
    row, v = contract.rows[0], contract.values
    said = [name for name in ("grade", "score", "evaluated_on") if v[name] is not None and v[name] != ""]
    if said and len(said) < 3:
        missing = next(name for name in ("grade", "score", "evaluated_on") if name not in said)
        sheet.refuse(row, missing, N_("评价等级、得分和日期要么都填，要么都不填。"))
    grades = {
        translate(GRADE_LABELS[grade], language): grade
        for grade in (*RENEWAL_GRADES, "poor")
        for language in ("zh", "en")
    }
    if v["grade"] and v["grade"] not in grades:
        sheet.refuse(row, "grade", N_("评价等级是优、良、中、差之一。"))
    v["grade"] = grades.get(v["grade"] or "", "")
    if v["evaluated_on"] and v["evaluated_on"] > known.today:
        sheet.refuse(row, "evaluated_on", N_("评价日期在今天以后。请检查日期。"))


def _check_money(sheet: Sheet, contract: RunningContract, asked: dict[str, Decimal]) -> None:
    """Milestones are the price, something is still to be paid, and the line has the money (R-GPS-05)."""
    row, v, line = contract.rows[0], contract.values, contract.line
    assert line is not None
    whole = sum((each.values["milestone_amount"] for each in contract.rows), Decimal(0))
    if whole != v["amount"]:
        words = N_("各节点金额合计 {sum} 元，不等于合同金额 {amount} 元。")
        sheet.refuse(row, "amount", words, sum=whole, amount=v["amount"])
        return
    if contract.paid_before == v["amount"]:
        sheet.refuse(row, "paid", N_("这份合同的款已经付完，不用带入。"))
        return
    if contract.reference:
        return
    before = asked.get(v["budget_line"], Decimal(0))
    asked[v["budget_line"]] = before + contract.from_line
    if asked[v["budget_line"]] > line.free:
        words = N_("这条预算可用 {free} 元，表格里到这一行共要 {needed} 元。请先追加预算，或者换一条。")
        sheet.refuse(row, "budget_line", words, free=line.free, needed=asked[v["budget_line"]])
