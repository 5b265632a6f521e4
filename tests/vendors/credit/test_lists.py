"""Lists of the authorities: CSV and XLSX, by code, by name with a person deciding, two people."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from marketplace.gateways.delimited import read_table
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.spreadsheets import write_sheet
from marketplace.kernel.db import fetch, fetchval
from tests.builders_credit import FIRST, SECOND
from tests.builders_vendors import a_provider
from tests.cast import enter_cast
from tests.pages import send, sign_in, words
from vendors.credit.jobs import check_registrations
from vendors.credit.queries import checks_of, credit_facts
from vendors.credit.sheets import COLUMNS
from vendors.providers.credit_codes import fresh_credit_code
from vendors.providers.queries import provider_by_id

HEAD = "单位名称,统一社会信用代码,决定书文号,事由,开始日期,结束日期"


def csv_of(*rows: str, encoding: str = "utf-8-sig") -> bytes:
    """A list as an office program writes it."""
    return "\r\n".join([HEAD, *rows]).encode(encoding)


async def handed_in(client: Any, content: bytes, name: str = "名单.csv", **changed: str) -> Any:
    """Hand in a list of defaulters of 1 March 2026."""
    form = {"kind": "dishonest_debtor", "as_of": "2026-03-01", **changed}
    return await send(client, "/credit/lists/new", form, files={"file": (name, content)})


async def test_codes_are_matched_names_wait_for_a_person_and_a_second_one_confirms(client, clock):
    now = await clock.now()
    by_code = await a_provider(now)
    by_name = await a_provider(now, "成都惠民（金堂）社会服务中心", "social_group", "lezhu")
    await enter_cast(now)
    code = (await provider_by_id(by_code.id))["credit_code"]
    content = csv_of(
        f"旧名称,{code},（2026）川0121执1号,不履行判决,2026-01-05,2028-01-04",
        "成都惠民(金堂)社会服务中心,,（2026）川0121执2号,,2026-01-05,2028-01-04",
        "与本县无关的公司,,（2026）川0121执3号,,2026-01-05,2028-01-04",
    )
    await sign_in(client, FIRST)
    path = (await handed_in(client, content)).headers["location"]
    page = words((await client.get(path)).text)
    assert "名称相同，等人判断" in page and "代码相同" in page and "没有这家供应商" in page
    assert (await send(client, f"{path}/confirm")).status_code == 403

    await sign_in(client, SECOND)
    early = await send(client, f"{path}/confirm")
    assert early.status_code == 409 and "还有名称相同的行" in words(early.text)
    row = await fetchval("SELECT id FROM credit_list_row WHERE is_same = 'open'")
    for nobody in ({}, {"provider": str(by_code.id)}, {"provider": "x"}):
        assert (await send(client, f"{path}/rows/{row}/same", nobody)).status_code == 404
    assert (await send(client, f"{path}/rows/{row}/same", {"provider": str(by_name.id)})).status_code == 303
    assert (await send(client, f"{path}/rows/{row}/other")).status_code == 409
    assert await credit_facts(by_code.id) == []
    assert (await send(client, f"{path}/confirm")).status_code == 303
    assert (await send(client, f"{path}/confirm")).status_code == 409
    for provider in (by_code, by_name):
        assert [fact.kind for fact in await credit_facts(provider.id)] == ["dishonest_debtor"]
    assert (await client.get("/en" + path)).status_code == 200 and (await client.get("/en/credit")).status_code == 200


async def test_the_same_list_a_week_later_enters_nothing_twice(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    await enter_cast(now)
    code = (await provider_by_id(provider.id))["credit_code"]
    content = csv_of(f"和美,{code},（2026）川0121执1号,,2026-01-05,2028-01-04")
    for _ in range(2):
        await sign_in(client, FIRST)
        path = (await handed_in(client, content)).headers["location"]
        await sign_in(client, SECOND)
        assert (await send(client, f"{path}/confirm")).status_code == 303
    assert await fetchval("SELECT count(*) FROM credit_entry") == 1
    assert await fetchval("SELECT count(*) FROM credit_list_row WHERE entry IS NOT NULL") == 2


async def test_somebody_on_a_confirmed_list_is_found_when_it_registers(client, clock):
    now = await clock.now()
    await enter_cast(now)
    code = fresh_credit_code("和美", "private_non_enterprise")
    await sign_in(client, FIRST)
    rows = (f"和美,{code},（2026）川0121执1号,,2026-01-05,2028-01-04", "金堂县新来中心,,执2号,,2026-01-05,2028-01-04")
    path = (await handed_in(client, csv_of(*rows))).headers["location"]
    await sign_in(client, SECOND)
    await send(client, f"{path}/confirm")
    listed = await a_provider(now, credit_code=code)
    same_name = await a_provider(now, "金堂县新来中心", "social_group", "xinlai")
    await check_registrations(now)
    await check_registrations(now)
    proofs = await checks_of([listed.id, same_name.id])
    assert [proof["result"] for proof in proofs[listed.id]] == ["found"]
    assert proofs[listed.id][0]["entries"] == [("dishonest_debtor", "（2026）川0121执1号")]
    assert dict(proofs[listed.id][0]["lists"])["dishonest_debtor"] == date(2026, 3, 1)
    assert dict(proofs[listed.id][0]["lists"])["debarment"] is None
    # the same name alone bars nobody: a person decides, and not the one who handed the list in
    assert [proof["result"] for proof in proofs[same_name.id]] == ["clear"]
    row = await fetchval("SELECT id FROM credit_list_row WHERE is_same = 'open'")
    await sign_in(client, FIRST)
    same = {"provider": str(same_name.id)}
    assert (await send(client, f"{path}/rows/{row}/same", same)).status_code == 403
    assert await fetchval("SELECT is_same FROM credit_list_row WHERE id = $1", row) == "open"
    await sign_in(client, SECOND)
    assert (await send(client, f"{path}/rows/{row}/same", same)).status_code == 303
    assert len(await credit_facts(same_name.id)) == 1
    await sign_in(client, listed.username)
    own = words((await client.get("/my-organisation/credit")).text)
    assert "登记时" in own and "系统自动" in own and "有不良记录" in own


async def test_every_namesake_is_offered_and_a_person_chooses_one(client, clock):
    now = await clock.now()
    await enter_cast(now)
    name = "金堂县和美社会工作服务中心"
    first = await a_provider(now, name, username="hemei.one")
    second = await a_provider(now, "金堂县 和美社会工作服务中心", "social_group", "hemei.two")
    await sign_in(client, FIRST)
    rows = (f"{name},,（2026）川0121执1号,,2026-01-05,2028-01-04", f"{name},,执2号,,2026-01-05,2028-01-04")
    path = (await handed_in(client, csv_of(*rows))).headers["location"]
    page = await client.get(path)
    assert "有 2 家是这个名称" in words(page.text) and "都不是" in words(page.text)
    assert first.reference in page.text and second.reference in page.text
    assert await fetchval("SELECT count(*) FROM credit_list_row WHERE provider IS NULL AND is_same = 'open'") == 2
    one, other = [row["id"] for row in await fetch("SELECT id FROM credit_list_row ORDER BY number")]
    assert (await send(client, f"{path}/rows/{one}/same", {"provider": str(second.id)})).status_code == 303
    assert (await send(client, f"{path}/rows/{other}/other")).status_code == 303
    await sign_in(client, SECOND)
    assert (await send(client, f"{path}/confirm")).status_code == 303
    assert await credit_facts(first.id) == [] and len(await credit_facts(second.id)) == 1
    assert (await client.get("/en" + path)).status_code == 200
    # one that comes with the name later is put before a person too; what was decided for the other row stays
    third = await a_provider(now, name, "foundation", "hemei.three")
    await check_registrations(now)
    assert await fetchval("SELECT is_same FROM credit_list_row WHERE id = $1", other) == "open"
    assert third.reference in (await client.get(path)).text
    assert await fetchval("SELECT provider FROM credit_list_row WHERE id = $1", one) == second.id


@pytest.mark.parametrize(
    ("rows", "cell", "said"),
    [
        (["和美,52510121MJ0000000X,执1号,,2026-01-05,2028-01-04"], "B2", "校验位"),
        (["和美,,执1号,,2026-01-05,2025-01-04"], "F2", "不能早于开始日期"),
        ([",,执1号,,2026-01-05,2028-01-04"], "A2", "请填写"),
        (["和美,,执1号,,明天,2028-01-04"], "E2", "2026-03-02"),
        (["和美,,执1号,,2026-01-05,2028-01-04"] * 2, "C3", "和第 2 行是同一条"),
    ],
)
async def test_mistakes_are_named_by_cell_and_nothing_is_saved(client, clock, rows, cell, said):
    await enter_cast(await clock.now())
    await sign_in(client, FIRST)
    answer = await handed_in(client, csv_of(*rows))
    text = words(answer.text)
    assert answer.status_code == 422 and cell in text and said in text
    assert await fetchval("SELECT count(*) FROM credit_list") == 0


async def test_a_list_of_tomorrow_no_file_and_a_picture_are_refused(client, clock):
    await enter_cast(await clock.now())
    await sign_in(client, FIRST)
    row = "和美,,执1号,,2026-01-05,2028-01-04"
    assert "不能晚于今天" in words((await handed_in(client, csv_of(row), as_of="2026-03-03")).text)
    assert (await send(client, "/credit/lists/new", {"kind": "debarment", "as_of": "2026-03-01"})).status_code == 422
    assert (await handed_in(client, b"\x89PNG\r\n", "图.png")).status_code == 422
    assert (await handed_in(client, b"", "空.csv")).status_code == 422
    assert (await handed_in(client, csv_of(), "空.csv")).status_code == 422


async def test_a_list_handed_in_by_mistake_counts_for_nothing(client, clock):
    now = await clock.now()
    provider = await a_provider(now)
    await enter_cast(now)
    code = (await provider_by_id(provider.id))["credit_code"]
    await sign_in(client, FIRST)
    path = (await handed_in(client, csv_of(f"和美,{code},执1号,,2026-01-05,2028-01-04"))).headers["location"]
    assert (await send(client, f"{path}/drop")).status_code == 303
    await sign_in(client, SECOND)
    assert (await send(client, f"{path}/confirm")).status_code == 409
    assert await credit_facts(provider.id) == []


async def test_only_finance_hands_in_and_decides(client, clock):
    now = await clock.now()
    await a_provider(now)
    await enter_cast(now)
    for username in ("wang.min", "liu.fang", "hemei"):
        await sign_in(client, username)
        assert (await client.get("/credit")).status_code == 403
        assert (await handed_in(client, csv_of("和美,,执1号,,2026-01-05,2028-01-04"))).status_code == 403
    await sign_in(client, "ma.chao")
    assert (await client.get("/credit")).status_code == 200
    assert (await client.get("/credit/lists/new")).status_code == 403


ROW = {
    "name": "和美", "credit_code": "", "document_number": "执1号", "starts_on": date(2026, 1, 5),
    "ends_on": date(2028, 1, 4),
}  # fmt: skip


def test_xlsx_and_csv_in_both_encodings_read_alike() -> None:
    plain = "和美,,执1号,,2026-01-05,2028-01-04"
    sheets = [
        read_table("名单.xlsx", write_sheet("名单", COLUMNS, [ROW]), COLUMNS),
        read_table("名单.csv", csv_of(plain), COLUMNS),
        read_table("名单.CSV", csv_of(plain, encoding="gb18030"), COLUMNS),
        read_table("名单.csv", csv_of(plain).replace(b",", b";"), COLUMNS),
    ]
    assert all(sheet.rows[0].values == sheets[0].rows[0].values and not sheet.mistakes for sheet in sheets)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x00", b"<html>", b'a,b\n"open'])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused):
        read_table("名单.csv", content, COLUMNS)
