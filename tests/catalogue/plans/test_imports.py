"""The budget from a spreadsheet: every mistake by its cell, all or nothing, and never a formula."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from catalogue.plans.imports import confirm_import, import_page, preview_import, upload_budget
from catalogue.plans.sheets import COLUMNS, EXPORTED
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.spreadsheets import read_sheet, write_sheet
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from tests.benchmarks.measured import asked
from tests.builders_catalogue import a_budget_line
from tests.cast import actor
from tests.pages import send, sign_in, words

TOWN = "赵镇街道办事处"


def a_row(number: int = 1, **changed: Any) -> dict[str, Any]:
    """One good row of a budget."""
    return {
        "year": 2026, "buyer": TOWN, "item_code": "A02", "title": f"购买服务 {number}", "amount": Decimal("1000.10"),
        "source_document": "金财预〔2026〕20号", "project_code": "51012126T000", "fund_source": "一般公共预算",
        **changed,
    }  # fmt: skip


def a_file(*rows: dict[str, Any]) -> bytes:
    """The rows as somebody would fill them into the template."""
    return write_sheet("预算", COLUMNS, rows)


def grid(content: bytes) -> list[list[Any]]:
    """The cells of a file."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


async def _uploaded(now: datetime, *rows: dict[str, Any]) -> Any:
    return await upload_budget("预算.xlsx", a_file(*rows), await actor("zhao.lei", now), now)


async def test_every_mistake_is_named_by_its_cell_before_anything_is_saved(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    bad = a_row(2, year=2025, buyer="不存在的街道", item_code="Z9", amount="12.345", title="", source_document="")
    found = await _uploaded(now, a_row(1), bad, a_row(1), a_row(4, amount="-5"))
    preview = await preview_import(await import_page(found, await actor("zhao.lei", now)), now)
    cells = {mistake.cell for mistake in preview.mistakes}
    assert cells == {"A3", "B3", "C3", "D3", "E3", "F3", "D4", "E5"}
    assert [row.number for row in preview.new] == [2]
    with pytest.raises(Conflict) as refused:
        await confirm_import(found, await actor("zhao.lei", now), now)
    assert "8 处错误" in str(refused.value) and "A3" in str(refused.value)
    assert await fetchval("SELECT count(*) FROM budget_line") == 1


async def test_a_good_sheet_enters_every_line_with_its_money_and_codes(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    found = await _uploaded(now, a_row(1), a_row(2, year=2027), a_row(3))
    assert await confirm_import(found, await actor("zhao.lei", now), now) == 3
    lines = await fetch(
        "SELECT b.*, l.free, g.source_id FROM budget_line b JOIN ledger_line l ON l.id = b.ledger_line"
        " JOIN ledger_posting g ON g.line = l.id WHERE b.imported_from = $1 ORDER BY b.reference",
        found,
    )
    assert [line["reference"] for line in lines] == ["YS-2026-0002", "YS-2026-0003", "YS-2027-0001"]
    assert {line["free"] for line in lines} == {Decimal("1000.10")}
    assert all(str(line["id"]) == line["source_id"] for line in lines)
    assert lines[0]["project_code"] == "51012126T000" and lines[0]["industry"] == ""
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'budget.imported'") == 1
    with pytest.raises(Conflict):
        await confirm_import(found, await actor("zhao.lei", now), now)


async def test_the_same_sheet_again_says_which_lines_stand_already(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    finance = await actor("zhao.lei", now)
    await confirm_import(await _uploaded(now, a_row(1), a_row(2)), finance, now)
    again = await _uploaded(now, a_row(1), a_row(2), a_row(3))
    preview = await preview_import(await import_page(again, finance), now)
    assert [reference for _, reference in preview.existing] == ["YS-2026-0002", "YS-2026-0003"]
    assert await confirm_import(again, finance, now) == 1
    whole = await _uploaded(now, a_row(1), a_row(2))
    with pytest.raises(Conflict) as refused:
        await confirm_import(whole, finance, now)
    assert "没有新的" in str(refused.value)
    other = await preview_import(await import_page(await _uploaded(now, a_row(1, amount=Decimal(7))), finance), now)
    assert [mistake.cell for mistake in other.mistakes] == ["E2"]


async def test_ten_thousand_rows_are_read_and_entered_in_bounded_time(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    finance = await actor("zhao.lei", now)
    started = time.process_time()
    with asked() as questions:
        found = await upload_budget("预算.xlsx", a_file(*(a_row(i) for i in range(10_000))), finance, now)
        assert await confirm_import(found, finance, now) == 10_000
    # a few seconds; by the processor, for the clock tells what else the machine does. A statement per row takes minutes
    assert time.process_time() - started < 30 and len(questions) < 100, len(questions)
    assert await fetchval("SELECT sum(free) FROM ledger_line") == Decimal("11201000.00")
    wrong = a_file(*(a_row(i, amount="x") for i in range(10_000)))
    preview = await preview_import({"file_name": "x.xlsx", "content": wrong}, now)
    assert len(preview.mistakes) == 10_000 and preview.mistakes[-1].cell == "E10001"


def test_what_is_no_table_is_refused_with_a_way_out() -> None:
    for name, content in (("x.txt", b"hello"), ("x.xlsx", b"hello"), ("x.xlsx", write_sheet("x", [], []))):
        with pytest.raises(FileRefused):
            read_sheet(name, content, COLUMNS)
    with pytest.raises(FileRefused) as refused:
        read_sheet("x.xlsx", write_sheet("x", COLUMNS[:5], []), COLUMNS)
    assert "下达文件" in str(refused.value)
    with pytest.raises(FileRefused):
        read_sheet("x.xlsx", a_file(*(a_row(i) for i in range(12))), COLUMNS, most=10)


def test_one_cell_in_the_far_corner_does_not_fill_the_memory() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "预算年度")
        sheet.write_string(1_048_575, 16_383, "x")
    with pytest.raises(FileRefused) as refused:
        read_sheet("x.xlsx", out.getvalue(), COLUMNS)
    assert "A1048576" in str(refused.value)


def test_columns_are_found_by_their_heading_in_any_order_below_a_title() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "2026 年预算")
        for place, column in enumerate(reversed(COLUMNS)):
            sheet.write_string(1, place, f"{column.label}*")
            sheet.write(2, place, a_row()[column.name] if column.name in a_row() else "")
    (row,) = read_sheet("x.xlsx", out.getvalue(), COLUMNS).rows
    assert row.number == 3 and row.mistakes == []
    assert row.values["amount"] == Decimal("1000.10") and row.values["buyer"] == TOWN


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5 度", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")'])
def test_text_that_looks_like_a_formula_stays_text(text: str) -> None:
    content = write_sheet("预算", EXPORTED, [{"reference": "x", "title": text, "amount": Decimal(1)}])
    assert grid(content)[1][4] == text.strip()
    book = zipfile.ZipFile(io.BytesIO(content))
    sheet = book.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet and b"hyperlink" not in sheet
    assert b'quotePrefix="1"' in book.read("xl/styles.xml")


async def test_finance_imports_through_the_pages(client: httpx.AsyncClient, clock: Any) -> None:
    await a_budget_line(await clock.now())
    await sign_in(client, "zhao.lei")
    template = await client.get("/budget/import/template.xlsx")
    assert grid(template.content)[0][:3] == ["预算年度", "采购人", "目录项目"]
    assert (await send(client, "/budget/import")).status_code == 422
    text = {"file": ("x.xlsx", b"hello")}
    assert (await send(client, "/budget/import", files=text)).status_code == 422
    bad = {"file": ("预算.xlsx", a_file(a_row(1), a_row(2, amount="x")))}
    shown = await client.get((await send(client, "/budget/import", files=bad)).headers["location"])
    assert "E3" in words(shown.text) and "1 处要修改" in words(shown.text) and "导入 1 条预算" not in words(shown.text)
    good = {"file": ("预算.xlsx", a_file(a_row(1), a_row(2, title="=1+1")))}
    preview = (await send(client, "/budget/import", files=good)).headers["location"]
    assert "导入 2 条预算" in words((await client.get(preview)).text)
    assert (await client.get("/en" + preview)).status_code == 200
    done = await send(client, preview)
    assert done.status_code == 303
    assert "购买服务 1" in words((await client.get(done.headers["location"])).text)
    assert (await send(client, preview)).status_code == 409
    exported = grid((await client.get("/budget/export.xlsx?year=2026")).content)
    assert len(exported) == 4 and "=1+1" in {cells[4] for cells in exported}
    # what was exported can be handed in again: it says that all of it stands already
    back = {"file": ("export.xlsx", (await client.get("/budget/export.xlsx")).content)}
    again = await client.get((await send(client, "/budget/import", files=back)).headers["location"])
    assert "都已经下达" in words(again.text)


async def test_only_finance_imports_and_a_buyer_exports_its_own_lines(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    await a_budget_line(now, buyer="wufeng", title="五凤")
    found = await _uploaded(now, a_row(1))
    buyer = await actor("wang.min", now)
    for refused in (upload_budget("x.xlsx", a_file(a_row()), buyer, now), confirm_import(found, buyer, now)):
        with pytest.raises(Forbidden):
            await refused
    with pytest.raises(NotFound):
        await import_page(buyer.person_id, await actor("zhao.lei", now))
    await sign_in(client, "wang.min")
    exported = grid((await client.get("/budget/export.xlsx")).content)
    assert len(exported) == 2 and "五凤" not in {cells[4] for cells in exported}
