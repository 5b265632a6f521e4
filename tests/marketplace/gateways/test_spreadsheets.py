"""A spreadsheet of any kind: columns, cells and mistakes, without a database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from marketplace.gateways.spreadsheets import Column, read_sheet, write_sheet
from marketplace.kernel.forms import day, money, text
from marketplace.kernel.i18n import current_language

COLUMNS = [
    Column("name", "用途", text(10)),
    Column("on", "预计开始采购的日期", day(), is_required=False),
    Column("amount", "金额", money()),
]


def test_what_was_written_is_read_back_exactly() -> None:
    rows = [{"name": "甲", "on": date(2026, 3, 2), "amount": Decimal("0.10")}, {"name": "乙", "amount": Decimal("1e9")}]
    sheet = read_sheet("x.xlsx", write_sheet("x", COLUMNS, rows), COLUMNS)
    assert [row.values for row in sheet.rows] == [
        {"name": "甲", "on": date(2026, 3, 2), "amount": Decimal("0.10")},
        {"name": "乙", "on": None, "amount": Decimal("1000000000.00")},
    ]
    assert sheet.mistakes == []


def test_a_rule_adds_its_mistake_to_a_cell_but_only_once() -> None:
    sheet = read_sheet("x.xlsx", write_sheet("x", COLUMNS, [{"name": "甲", "amount": "x"}]), COLUMNS)
    (row,) = sheet.rows
    sheet.refuse(row, "amount", "另一句")
    sheet.refuse(row, "name", "第 {n} 句", n=2)
    said = [(mistake.cell, str(mistake.sentence)[:3]) for mistake in sheet.mistakes]
    assert said == [("A2", "第 2"), ("C2", "请填数")]


def test_empty_rows_are_skipped_and_keep_the_numbers_of_the_file() -> None:
    rows = [{"name": "甲", "amount": Decimal(1)}, {}, {"name": "乙", "amount": Decimal(2)}]
    assert [row.number for row in read_sheet("x.xlsx", write_sheet("x", COLUMNS, rows), COLUMNS).rows] == [2, 4]


def test_english_headings_are_understood_too() -> None:
    token = current_language.set("en")
    content = write_sheet("x", COLUMNS, [{"name": "A", "amount": Decimal(1)}])
    current_language.reset(token)
    assert read_sheet("x.xlsx", content, COLUMNS).rows[0].values["name"] == "A"
