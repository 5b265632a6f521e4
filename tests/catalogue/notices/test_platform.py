"""Notices for the provincial platform: what was sent is kept, its number comes back once, differences are shown."""

from __future__ import annotations

import io
import re
from typing import Any

import asyncpg
import httpx
import pytest
from python_calamine import load_workbook

from catalogue.notices.platform import SOURCES, USUAL_FIELDS
from marketplace.gateways.sheets import one_sheet
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.i18n import english_messages
from tests.builders_catalogue import a_budget_line, a_published_listing
from tests.pages import send, sign_in, words

Client = httpx.AsyncClient
ANSWER = {"platform_number": "N5101212026000123", "platform_published_on": "2026-03-03", "platform_link": ""}


async def an_export(client: Client, clock: Any) -> str:
    await a_published_listing(await clock.now())
    await sign_in(client, "wang.min")
    answer = await send(client, "/listings/JT-2026-0001/platform/consultation")
    assert answer.status_code == 303, words(answer.text)
    return answer.headers["location"]


async def test_R_PUB_01_a_notice_goes_out_as_json_and_xlsx_with_every_field(client: Client, clock: Any) -> None:
    path = await an_export(client, clock)
    sent = (await client.get(f"{path}/notice.json")).json()
    assert list(sent) == [name for name, _ in USUAL_FIELDS]
    assert sent["采购项目编号"] == "JT-2026-0001" and sent["预算金额"] == "505000.00"
    assert sent["公告类型"] == "竞争性磋商公告" and sent["响应截止时间"] == "2026-03-16 14:00:00"
    assert "家计调查" in sent["公告正文"] and len(sent["内容哈希"]) == 64
    sheet = load_workbook(io.BytesIO((await client.get(f"{path}/notice.xlsx")).content)).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert rows[0] == list(sent) and rows[1] == list(sent.values())
    for lost in ("notice.csv", "other.json"):
        assert (await client.get(f"{path}/{lost}")).status_code == 404


async def test_the_number_comes_back_once_and_a_bad_answer_comes_back_with_words(client: Client, clock: Any) -> None:
    path = await an_export(client, clock)
    bad = await send(client, path, {"platform_number": "", "platform_published_on": "yesterday", "difference": "标题"})
    assert bad.status_code == 422 and "2026-03-02" in words(bad.text) and "标题</textarea>" in bad.text
    assert (await send(client, path, ANSWER)).status_code == 303
    assert (await send(client, path, ANSWER)).status_code == 409
    said = words((await client.get(path)).text)
    assert "N5101212026000123" in said and "相差 1 天" in said and "现在的内容与报送的相同" in said
    listed = words((await client.get("/platform-exports")).text)
    assert "已登记编号" in listed and "N5101212026000123" in listed and "王敏" in listed


async def test_what_changed_since_it_was_sent_is_shown_field_by_field(client: Client, clock: Any) -> None:
    path = await an_export(client, clock)
    told = {"address": "新址 8 号", "person": "王敏", "phone": "028-84000000"}
    await send(client, "/office-contact", told)
    for prefix in ("", "/en"):
        page = (await client.get(prefix + path)).text
        assert "新址 8 号" in page
    assert "个字段现在的内容与报送的不同" in words((await client.get(path)).text)
    sent = (await client.get(f"{path}/notice.json")).json()
    assert sent["采购人地址"] == ""  # the file stays what was sent


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM platform_export", "UPDATE platform_export SET slug = 'x'", "DELETE FROM platform_export_value"],
)
async def test_what_was_sent_is_never_changed(client: Client, clock: Any, change: str) -> None:
    await an_export(client, clock)
    with pytest.raises((asyncpg.RaiseError, asyncpg.IntegrityConstraintViolationError)):
        await execute(change)


async def test_another_office_sees_and_sends_nothing_and_finance_only_reads(client: Client, clock: Any) -> None:
    path = await an_export(client, clock)
    await sign_in(client, "zhao.lei")
    assert (await client.get(path)).status_code == 200
    assert (await send(client, path, ANSWER)).status_code == 403
    await sign_in(client, "liu.fang")
    assert (await client.get(path)).status_code == 403
    await sign_in(client, "luo.jie")
    assert (await client.get("/listings/JT-2026-0001/platform")).status_code == 403


async def test_the_administrator_names_and_orders_the_fields(client: Client, clock: Any) -> None:
    first = await an_export(client, clock)
    await sign_in(client, "admin")
    page = (await client.get("/platform-fields")).text
    assert len(re.findall(r'name="fields-\d+-name"', page)) > len(USUAL_FIELDS)
    wrong = {"fields-0-name": "甲", "fields-0-source": "budget", "fields-1-name": "甲", "fields-1-source": "nothing"}
    refused = await send(client, "/platform-fields", wrong)
    assert refused.status_code == 422 and "出现了两次" in words(refused.text) and 'value="甲"' in refused.text
    assert (await send(client, "/platform-fields", {"fields-0-name": ""})).status_code == 422
    wanted = {
        "fields-0-name": "名称", "fields-0-source": "project_name", "fields-1-name": "", "fields-1-source": "budget",
        "fields-2-name": "金额", "fields-2-source": "budget",
    }  # fmt: skip
    for _ in range(2):
        assert (await send(client, "/platform-fields", wanted)).status_code == 303
    await sign_in(client, "wang.min")
    assert (await client.get("/platform-fields")).status_code == 403
    second = (await send(client, "/listings/JT-2026-0001/platform/consultation")).headers["location"]
    assert (await client.get(f"{second}/notice.json")).json() == {"名称": "购买社会救助服务", "金额": "505000.00"}
    assert "采购人地址" in (await client.get(f"{first}/notice.json")).json()  # the older edition stays with it


def test_every_usual_field_has_a_source() -> None:
    assert {source for _, source in USUAL_FIELDS} <= set(SOURCES)
    assert len({name for name, _ in USUAL_FIELDS}) == len(USUAL_FIELDS)


def test_a_formula_or_a_code_in_a_cell_stays_text() -> None:
    row = ["=cmd|'/c calc'!A1", "+1", "007", "http://x.example", "@SUM(1)"]
    sheet = load_workbook(io.BytesIO(one_sheet("甲", ["a", "b", "c", "d", "e"], [row]))).get_sheet_by_index(0)
    assert sheet.to_python()[1] == row
    assert one_sheet("甲", ["a"], [["b"]]) == one_sheet("甲", ["a"], [["b"]])


async def an_intention(client: Client, clock: Any) -> str:
    """A published intention; gives its number."""
    await a_budget_line(await clock.now())
    await sign_in(client, "wang.min")
    plan = {
        "year": "2026", "item_code": "A02", "title": "购买社会救助服务", "amount": "505000.00", "budget_line": "",
        "method": "closed_framework", "starts_on": "2026-04-10", "need": "入户调查、对象排查，每年 12 次。",
    }  # fmt: skip
    place = (await send(client, "/procurement-plan/new", plan)).headers["location"]
    await sign_in(client, "li.qiang")
    assert (await send(client, f"{place}/publish")).status_code == 303
    return str(await fetchval("SELECT reference FROM intention"))


async def test_R_PUB_01_an_intention_goes_to_the_platform_and_stands_among_what_was_sent(
    client: Client, clock: Any
) -> None:
    reference = await an_intention(client, clock)
    await sign_in(client, "wang.min")
    assert f"/intentions/{reference}/platform" in (await client.get(f"/intentions/{reference}/notice")).text
    path = (await send(client, f"/intentions/{reference}/platform")).headers["location"]
    sent = (await client.get(f"{path}/notice.json")).json()
    assert sent["公告类型"] == "政府采购意向公告" and sent["采购项目编号"] == reference
    assert sent["预算金额"] == "505000.00" and sent["采购方式"] == "封闭式框架协议" and sent["代理机构"] == ""
    assert "入户调查" in sent["公告正文"] and len(sent["内容哈希"]) == 64
    assert (await client.get(f"{path}/notice.xlsx")).status_code == 200
    assert "等待平台编号" in words((await client.get(path)).text)
    assert (await send(client, path, ANSWER)).status_code == 303
    listed = words((await client.get("/platform-exports")).text)
    assert reference in listed and "N5101212026000123" in listed
    assert "N5101212026000123" in words((await client.get(f"/intentions/{reference}/notice")).text)
    assert "相差 1 天" in words((await client.get(path)).text)
    assert english_messages()["政府采购意向公告"] in words((await client.get(f"/en{path}")).text)


async def test_only_the_buyer_itself_sends_its_intention(client: Client, clock: Any) -> None:
    reference = await an_intention(client, clock)
    await sign_in(client, "wang.min")
    path = (await send(client, f"/intentions/{reference}/platform")).headers["location"]
    await sign_in(client, "tan.rong")  # drafts for another office
    assert (await send(client, f"/intentions/{reference}/platform")).status_code == 403
    assert (await client.get(path)).status_code == 404
    assert "/platform" not in (await client.get(f"/intentions/{reference}/notice")).text
    assert (await send(client, "/intentions/YX-2026-9999/platform")).status_code == 404
