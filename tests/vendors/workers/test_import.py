"""A roster as XLSX over the page: every bad row with its number, its field and the way out; nothing half entered."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter

from marketplace.kernel.db import fetch, fetchval
from tests.builders_vendors import a_provider
from tests.pages import send, sign_in, words
from tests.vendors.workers.test_files import ROSTER

HEAD = ["姓名", "证书等级", "证书编号", "登记日期", "登记有效期至", "入职日期", "离职日期", "用工方式"]
GOOD = ["叶青", "社会工作师", "5101800001", "2021-03-01", "2027-03-01", "2021-03-01", "", "全职"]


def book(*rows: list[Any], head: list[str] = HEAD) -> bytes:
    """An XLSX file as an office program writes it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as written:
        sheet = written.add_worksheet()
        for number, cells in enumerate([head, *rows]):
            sheet.write_row(number, 0, cells)
    return out.getvalue()


async def sent(client: Any, content: bytes, name: str = "名册.xlsx", **form: str) -> Any:
    return await send(client, f"{ROSTER}/import", form, files={"file": (name, content)})


async def test_every_bad_row_is_told_with_its_number_field_and_way_out(client, clock):
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    bad = [
        GOOD,
        ["", *GOOD[1:]],
        ["罗兰", "高工", "", "", "", "2025-01-01", "", ""],
        ["白冰", "社会工作师", "", "", "", "明天", "", "半天"],
        ["唐静", "没有证书", "", "", "", "2025-01-02", "2024-12-31", "兼职"],
        GOOD,
        ["何" * 81, "没有证书", "", "", "", "2025-01-01", "", ""],
    ]
    answer = await sent(client, book(*bad), confirm="yes")
    text = words(answer.text)
    assert answer.status_code == 422 and "还什么也没有保存" in text
    for said in (
        "第 3 行 姓名 A3 ：请填写“姓名”", "第 4 行 证书等级 B4 ：证书等级请写",
        "第 5 行 证书编号 C5 ：有证书的，请填证书编号", "第 5 行 入职日期 F5",
        "第 5 行 用工方式 H5 ：用工方式请写：全职、兼职", "第 6 行 离职日期 G6 ：离职日期不能早于入职日期",
        "第 7 行 姓名 A7 ：和第 2 行是同一条。请删去一行", "第 8 行 姓名 A8",
    ):  # fmt: skip
        assert said.replace(" ", "") in text.replace(" ", ""), said
    assert await fetchval("SELECT count(*) FROM worker") == 0
    english = await send(client, f"/en{ROSTER}/import", {}, files={"file": ("roster.xlsx", book(*bad))})
    assert english.status_code == 422 and "Row 3 Name A3" in words(english.text)


async def test_a_good_book_is_looked_through_and_then_entered_once(client, clock):
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    content = book(GOOD, ["罗兰", "助理社会工作师", "5101800002", "", "", "2025-01-01", "", "兼职"])
    preview = await sent(client, content)
    assert preview.status_code == 200 and "一次导入 2 人" in words(preview.text)
    assert await fetchval("SELECT count(*) FROM worker") == 0
    assert (await sent(client, content, confirm="yes")).status_code == 303
    again = await sent(client, content, confirm="yes")
    assert again.status_code == 200 and "都已经在名册上" in words(again.text)
    rows = await fetch("SELECT name, is_full_time FROM worker ORDER BY name")
    assert {tuple(row) for row in rows} == {("叶青", True), ("罗兰", False)}


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "名册.xlsx", ""), (b"not a table", "名册.xlsx", ""),
        (book(head=["甲", "乙"]), "名册.xlsx", "没有找到标题行"),
        (book(), "名册.xlsx", "标题行下面没有内容"),
        (book(["叶青", "社会工作师"], head=["姓名", "证书等级"]), "名册.xlsx", "缺少这一列：入职日期"),
        (book(GOOD)[:-40], "名册.xlsx", ""), (b"%PDF-1.4", "名册.pdf", ""),
    ],
)  # fmt: skip
async def test_what_is_no_roster_is_refused_with_words(client, clock, content, name, said):
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    answer = await sent(client, content, name)
    assert answer.status_code == 422 and said in words(answer.text)
    assert "govuk-error-summary" in answer.text


async def test_a_certificate_without_the_column_of_its_number_is_told_and_no_crash(client, clock):
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    head = ["姓名", "证书等级", "入职日期"]
    answer = await sent(client, book(["叶青", "社会工作师", "2025-01-01"], head=head))
    text = words(answer.text)
    assert answer.status_code == 422 and "第 2 行 证书编号" in text and "请填证书编号" in text
