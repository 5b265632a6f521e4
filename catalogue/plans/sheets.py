"""The budget as a spreadsheet: its columns, and what is wrong with rows that somebody hands in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.gateways.spreadsheets import CellMistake, Column, Sheet, SheetRow
from marketplace.kernel.formats import money as money_words
from marketplace.kernel.forms import money, text, whole_number
from marketplace.kernel.i18n import N_

# the fields that finance keeps of a line: name, label, longest text
CODE_FIELDS: list[tuple[str, str, int]] = [
    ("project_code", N_("预算项目代码"), 40),
    ("function_code", N_("功能科目"), 80),
    ("economic_code", N_("经济分类"), 80),
    ("fund_source", N_("资金来源"), 80),
    ("procurement_category", N_("采购品目"), 80),
    ("service_directory_code", N_("政府购买服务目录代码"), 40),
    ("procurement_plan_number", N_("采购计划号"), 80),
    ("approval_number", N_("批准文号"), 120),
    ("industry", N_("所属行业"), 80),
]

COLUMNS = [
    Column("year", N_("预算年度"), whole_number(2019, 2100), width=10),
    Column("buyer", N_("采购人"), text(120), width=26),
    Column("item_code", N_("目录项目"), text(8), width=10),
    Column("title", N_("用途"), text(200), width=36),
    Column("amount", N_("金额"), money(), width=16),
    Column("source_document", N_("下达文件"), text(200), width=24),
    *(Column(name, label, text(longest), is_required=False, width=18) for name, label, longest in CODE_FIELDS),
]

EXPORTED = [
    Column("reference", N_("编号"), text(40), width=16),
    *COLUMNS,
    *(
        Column(name, label, money(), width=16)
        for name, label in (
            ("appropriated", N_("下达")), ("free", N_("可用")), ("reserved", N_("公告占用")),
            ("committed", N_("合同占用")), ("paid", N_("已支付")),
        )
    ),
]  # fmt: skip

# which line a row means: the same five make the same line
Key = tuple[int, UUID, str, str, str]


@dataclass(frozen=True)
class Known:
    """What stands already: buyers by name, codes of the directory, lines by key with reference and first amount."""

    this_year: int
    buyers: Mapping[str, UUID]
    item_codes: frozenset[str]
    lines: Mapping[Key, tuple[str, Decimal]]


@dataclass
class Preview:
    """A sheet looked through: rows to enter, rows that stand already (with their line), rows with mistakes."""

    new: list[SheetRow] = field(default_factory=list)
    existing: list[tuple[SheetRow, str]] = field(default_factory=list)
    wrong: list[SheetRow] = field(default_factory=list)

    @property
    def mistakes(self) -> list[CellMistake]:
        """Every mistake, by cell."""
        return [mistake for row in self.wrong for mistake in row.mistakes]

    @property
    def total(self) -> Decimal:
        """Yuan of the rows to enter."""
        return sum((row.values["amount"] for row in self.new), Decimal(0))


def key_of(values: Mapping[str, Any]) -> Key:
    """Which line a row or a budget line is: the same year, buyer, item, purpose and document."""
    return values["year"], values["buyer"], values["item_code"], values["title"], values["source_document"]


def look_through(sheet: Sheet, known: Known) -> Preview:
    """Check every row against the county's own lists, against what stands, and against the rows above it."""
    preview, seen = Preview(), dict[Key, int]()
    for row in sheet.rows:
        _check_lists(sheet, row, known)
        standing = None
        if not row.mistakes:
            key = key_of(row.values)
            standing = known.lines.get(key)
            _check_once(sheet, row, seen.setdefault(key, row.number), standing)
        if row.mistakes:
            preview.wrong.append(row)
        elif standing:
            preview.existing.append((row, standing[0]))
        else:
            preview.new.append(row)
    return preview


def _check_lists(sheet: Sheet, row: SheetRow, known: Known) -> None:
    values = row.values
    if values["year"] and values["year"] < known.this_year:
        sheet.refuse(row, "year", N_("预算年度已经过去。请填本年度或者以后的年度。"))
    if values["item_code"] and values["item_code"] not in known.item_codes:
        sheet.refuse(row, "item_code", N_("目录里没有这个项目。只能从目录里选。"))
    if values["buyer"]:
        buyer = known.buyers.get(values["buyer"])
        if buyer is None:
            sheet.refuse(row, "buyer", N_("没有叫“{name}”的采购人。请写单位全称。"), name=values["buyer"])
        values["buyer"] = buyer


def _check_once(sheet: Sheet, row: SheetRow, first: int, standing: tuple[str, Decimal] | None) -> None:
    if first != row.number:
        sheet.refuse(row, "title", N_("和第 {row} 行是同一条预算。请合并，或者改写用途。"), row=first)
    elif standing and standing[1] != row.values["amount"]:
        words = N_("这条预算已经下达（{reference}），金额是 {amount}。要改金额，请在那条预算里追加或者收回。")
        sheet.refuse(row, "amount", words, reference=standing[0], amount=money_words(standing[1]))


def references_of(rows: Iterable[tuple[SheetRow, str]]) -> dict[int, str]:
    """Row number -> the line that it is already."""
    return {row.number: reference for row, reference in rows}
