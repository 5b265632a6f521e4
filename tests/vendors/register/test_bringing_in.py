"""An existing register brought in from a spreadsheet: every row told first, like names judged, all or nothing."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import xlsxwriter

from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import translate
from tests.builders_vendors import a_provider
from tests.cast import actor, enter_cast
from tests.pages import send, sign_in, words
from vendors.providers.credit_codes import fresh_credit_code
from vendors.register import imports
from vendors.register.import_sheets import COLUMNS

OFFICER = "liu.fang"
PHONE = "13800138000"
HEADS = ["name", "name_en", "credit_code", "legal_form", "legal_representative", "address", "contact", "founded_on"]


def sheet(*rows: dict[str, str]) -> bytes:
    """A register as an office keeps it: our headings, these rows."""
    out = io.BytesIO()
    labels = {column.name: translate(column.label, "zh") for column in COLUMNS}
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [labels[head] for head in HEADS])
        for number, row in enumerate(rows, start=1):
            page.write_row(number, 0, [row.get(head, "") for head in HEADS])
    return out.getvalue()


def body(name: str, seed: str, form: str = "private_non_enterprise", **changed: str) -> dict[str, str]:
    return {"name": name, "credit_code": fresh_credit_code(seed, form), **changed}


NEW = body(
    "金堂县同心社会工作服务中心", "tongxin", legal_representative="罗兰", address="金堂县赵镇街道",
    contact=f"罗兰 {PHONE}", founded_on="2019-05-06",
)  # fmt: skip


async def upload(client: Any, content: bytes, **typed: str) -> Any:
    await sign_in(client, OFFICER)
    files = {"file": ("register.xlsx", content, "application/octet-stream")}
    return await send(client, "/providers/import", typed, files=files)


async def count() -> int:
    return int(await fetchval("SELECT count(*) FROM provider"))


async def test_every_row_is_told_first_and_the_same_file_confirmed_enters_the_new_ones(client, clock):
    now = await clock.now()
    await enter_cast(now)
    known = await a_provider(now)
    code = await fetchval("SELECT credit_code FROM provider WHERE id = $1", known.id)
    content, before = sheet(NEW, {"name": "换了写法", "credit_code": code}), await count()
    told = await upload(client, content)
    said = words(told.text)
    assert told.status_code == 200 and "新登记 1 家，已经登记 1 家，名称相近 0 家" in said and await count() == before
    done = await upload(client, content, confirm="yes")
    assert done.status_code == 303 and done.headers["location"].endswith("/providers/import?entered=1")
    assert await count() == before + 1
    row = await fetchval("SELECT to_jsonb(p) FROM provider p WHERE credit_code = $1", NEW["credit_code"])
    assert PHONE not in row and "private_non_enterprise" in row
    found = (await client.get("/providers?q=同心")).text
    assert NEW["name"] in words(found)
    audit = await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'register.imported'")
    assert audit == 1
    again = await upload(client, content)
    assert "都已经登记" in words(again.text)


async def test_every_mistake_is_told_by_its_cell_and_nothing_is_entered(client, clock):
    await enter_cast(await clock.now())
    off = NEW["credit_code"][:-1] + ("0" if NEW["credit_code"][-1] != "0" else "1")
    rows = [
        {**NEW, "credit_code": off},
        body("甲机构", "jia", founded_on="2099-01-01"),
        body("甲机构二", "jia"),
        body("乙机构", "yi", legal_form="企业"),
        body("丙机构", "bing", legal_form="合伙"),
        {"name": "", "credit_code": fresh_credit_code("ding")},
        body("戊机构😀", "wu"),
    ]
    before = await count()
    answer = await upload(client, sheet(*rows), confirm="yes")
    said = words(answer.text)
    assert answer.status_code == 422 and await count() == before
    for cell, part in (("C2", ""), ("H3", "不能晚于今天"), ("C4", "第 3 行"), ("D5", "不一致"),
                       ("D6", "没有这种组织形式"), ("A7", "请填写"), ("A8", "名称里不会有")):  # fmt: skip
        assert cell in said and part in said, (cell, part)


async def test_a_like_name_is_judged_by_a_person_before_anything_is_entered(client, clock):
    now = await clock.now()
    await enter_cast(now)
    await a_provider(now, "成都惠民康养服务有限公司", "enterprise", "huimin")
    like = body("惠民康养服务（成都）有限责任公司", "other", "enterprise")
    twins = [body("金堂县晨光志愿者协会", "a", "social_group"), body("晨光志愿者协会", "b", "social_group")]
    content, before = sheet(like, *twins), await count()
    told = words((await upload(client, content)).text)
    assert "名称相近 3 家" in told and "成都惠民康养服务有限公司" in told and "同一个表格" in told
    unsaid = await upload(client, content, confirm="yes", **{"row-2": "skip"})
    assert unsaid.status_code == 422 and "第 3 行" in words(unsaid.text) and await count() == before
    answers = {"row-2": "skip", "row-3": "new", "row-4": "skip"}
    assert (await upload(client, content, confirm="yes", **answers)).status_code == 303
    codes = {row["credit_code"] for row in await fetch("SELECT credit_code FROM provider")}
    assert twins[0]["credit_code"] in codes and not {like["credit_code"], twins[1]["credit_code"]} & codes


async def test_whoever_registers_while_a_file_is_entered_stops_the_whole_file(db, clock):
    now = await clock.now()
    await enter_cast(now)
    officer = await actor(OFFICER, now)
    content = sheet(NEW, body("另一家", "lingyi"))
    preview = await imports.preview_register("register.xlsx", content, officer, now)
    await a_provider(now, "金堂县同心社会工作服务中心", "private_non_enterprise", "tongxin")
    await execute("UPDATE provider SET credit_code = $1 WHERE reference = (SELECT max(reference) FROM provider)",
                  NEW["credit_code"])  # fmt: skip
    before = await count()
    with pytest.raises(Conflict):
        await imports.enter_register("register.xlsx", content, [each.row for each in preview.rows], officer, now)
    assert await count() == before
    assert await fetchval("SELECT count(*) FROM register_import") == 0


async def test_ten_thousand_rows_are_looked_through_and_a_thousand_of_them_entered(db, clock):
    now = await clock.now()
    await enter_cast(now)
    officer = await actor(OFFICER, now)
    rows = [body(f"第{n}社会工作服务中心", f"many {n}") for n in range(10_000)]
    content, before = sheet(*rows), await count()
    preview = await imports.preview_register("register.xlsx", content, officer, now + timedelta(minutes=1))
    assert not preview.mistakes and len(preview.rows) == 10_000
    wanted = imports.wanted_rows(preview, {})
    assert len(wanted) == 10_000
    await imports.enter_register("register.xlsx", content, wanted[:1_000], officer, now)
    assert await count() == before + 1_000
    assert await fetchval("SELECT count(*) FROM register_entry WHERE core LIKE '第%社会工作%'") == 1_000


async def test_only_civil_affairs_bring_a_register_in(client, clock):
    await enter_cast(await clock.now())
    for who in ("wang.min", "chen.jing"):
        await sign_in(client, who)
        assert (await client.get("/providers/import")).status_code == 403
