"""Subsidy pages: civil affairs computes, finance approves, a worker reads own lines."""

from __future__ import annotations

import re
from typing import Any

from marketplace.kernel.db import fetchval
from tests.builders_contracts import a_closed_month, a_contract_in_force, a_worker
from tests.builders_subsidies import AFTER, NOW
from tests.pages import send, sign_in, words

SCHEME = {
    "name": "社工补贴办法", "effective_from": "2026-01-01", "min_hours": "4", "amount_assistant": "300",
    "amount_intermediate": "500.00", "document_number": "",
}  # fmt: skip


async def test_a_month_from_scheme_to_payment(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    await a_worker(world.provider, NOW, "wei.wei", "魏薇")
    await a_closed_month(world)
    await clock.set(NOW)
    await sign_in(client, "liu.fang")
    assert 'name="amount_' not in (await client.get("/subsidies/schemes/new")).text  # which kind comes first
    for kind, levels in (("monthly", 3), ("degree", 4)):
        form = (await client.get(f"/subsidies/schemes/new?kind={kind}")).text
        assert re.findall(r'<input[^>]*name="amount_[^>]*value="([^"]*)"', form) == [""] * levels  # none is offered
    bad = await send(
        client,
        "/subsidies/schemes/new",
        {**SCHEME, "amount_assistant": "-3", "min_hours": "", "effective_to": "2025-01-01"},
    )
    assert bad.status_code == 422 and 'value="-3"' in bad.text
    assert "不能是负数" in words(bad.text) and "早于开始日期" in words(bad.text) and "每月最低工时" in words(bad.text)
    none = await send(client, "/subsidies/schemes/new", {**SCHEME, "amount_assistant": "", "amount_intermediate": ""})
    assert none.status_code == 422 and "没有默认金额" in words(none.text)
    wrong = await send(client, "/subsidies/schemes/new", {**SCHEME, "kind": "degree", "amount_master": "2000"})
    assert wrong.status_code == 422 and "不按这一级发" in words(wrong.text)
    made = await send(client, "/subsidies/schemes/new", SCHEME)
    assert made.status_code == 303
    scheme = made.headers["location"].split("?")[0]
    wanted = {"scheme": scheme.rsplit("/", 1)[1], "month": "2026-04"}
    assert (await send(client, "/subsidies", wanted)).status_code == 403
    own = await send(client, f"{scheme}/decision", {"outcome": "agreed", "decision": "同意"})
    assert own.status_code == 403 and "R-ROLE-03" in own.text
    await sign_in(client, "song.ya")
    assert scheme in (await client.get("/work")).text
    assert (await send(client, f"{scheme}/decision", {"outcome": "agreed", "decision": ""})).status_code == 422
    agreed = await send(client, f"{scheme}/decision", {"outcome": "agreed", "decision": "会议纪要第 3 号"})
    assert agreed.status_code == 303
    await sign_in(client, "liu.fang")
    mistakes = {"month": ("四月", "2026-05"), "scheme": ("",)}
    for typed in ({name: value} for name, values in mistakes.items() for value in values):
        refused = await send(client, "/subsidies", {**wanted, **typed})
        said = words(refused.text)
        assert refused.status_code == 422 and ("2026-04" in said or "没有过完" in said), said[:300]
    runs = {(await send(client, "/subsidies", wanted)).headers["location"] for _ in range(2)}
    assert len(runs) == 1
    run = runs.pop().split("?")[0]
    page = words((await client.get(run)).text)
    assert "¥300.00" in page and "需要至少 4:00" in page and "不满足" in page
    assert (await send(client, f"{run}/approve")).status_code == 403
    shown = f"/subsidies/public/{run.rsplit('/', 1)[1]}"
    assert (await client.get(shown)).status_code == 404
    for _ in range(2):
        assert (await send(client, f"{run}/publish")).status_code == 303
    await sign_in(client, "sun.yue")
    refused = await send(client, f"{run}/approve")
    assert refused.status_code == 403 and "文号" in words(refused.text) and "R-SOCW-06" in refused.text
    await sign_in(client, "liu.fang")
    assert (await send(client, f"{scheme}/document", {"document_number": ""})).status_code == 422
    for _ in range(2):
        assert (await send(client, f"{scheme}/document", {"document_number": "金民发〔2026〕8号"})).status_code == 303
    await clock.set(AFTER)
    await sign_in(client, "tang.yi")
    bad = await send(client, "/subsidies/mine/account", {"bank": "", "number": "12"})
    assert bad.status_code == 422 and "8 至 30 位" in words(bad.text)
    typed = {"bank": "成都农商银行金堂支行", "number": "6217 0038 1000 1234 567"}
    for _ in range(2):  # the second takes the place of the first
        assert (await send(client, "/subsidies/mine/account", typed)).status_code == 303
    assert (await client.get("/subsidies/accounts")).status_code == 403
    await sign_in(client, "sun.yue")
    assert "唐怡" in words((await client.get(run)).text).split("还没有收款账号的人")[-1]
    waiting = await client.get("/subsidies/accounts")
    assert "6217***********4567" in waiting.text and "38 1000" not in waiting.text and "381000" not in waiting.text
    [account] = set(re.findall(r"/subsidies/accounts/[-0-9a-f]+(?=/confirm)", waiting.text))
    assert (await send(client, f"{account}/refuse", {"reason": ""})).status_code == 422
    assert [(await send(client, f"{account}/confirm")).status_code for _ in range(2)] == [303, 409]
    for act in ("approve", "approve", "pay-file", "pay-file"):
        assert (await send(client, f"{run}/{act}")).status_code == 303, act
    assert await fetchval("SELECT count(*) FROM voucher_file") == 1
    whole = await send(client, f"{run}/pay-file/whole")
    assert whole.status_code == 200 and "6217003810001234567" in whole.text
    assert whole.headers["cache-control"] == "no-store" and "金堂支行" in whole.text
    number = await fetchval("SELECT number FROM voucher_file")
    assert "6217003810001234567" not in (await client.get(f"/payments/voucher-file/{number}")).text
    assert (await send(client, f"{run}/result")).status_code == 422
    for act in ("confirm", "confirm"):
        assert (await send(client, f"{run}/{act}")).status_code == 303, act
    roster = await client.get(f"{run}/papers/roster.docx")
    assert roster.status_code == 200 and roster.content.startswith(b"PK")
    assert (await client.get(f"{run}/papers/other.docx")).status_code == 404
    await sign_in(client, "tang.yi")
    mine = words((await client.get("/subsidies/mine")).text)
    assert "¥300.00" in mine and "已发放" in mine and "魏薇" not in mine
    assert "7:30" in words((await client.get("/en/subsidies/mine")).text)
    await sign_in(client, "sun.yue")  # whose own name is not on the list
    public = words((await client.get(shown)).text)
    assert "唐＊" in public and "唐怡" not in public and "魏" not in public
    assert "唐＊" in words((await client.get(f"/en{shown}")).text)
    assert shown in (await client.get("/subsidies/public")).text


async def test_who_may_open_the_subsidy_pages(client: Any, clock: Any) -> None:
    await a_contract_in_force()
    await clock.set(NOW)
    assert (await client.get("/subsidies")).status_code == 303
    for reader, overview, mine in (
        ("liu.fang", 200, 403), ("sun.yue", 200, 403), ("ma.chao", 200, 403), ("wang.min", 403, 403),
        ("tang.yi", 403, 200),
    ):  # fmt: skip
        await sign_in(client, reader)
        assert (await client.get("/subsidies")).status_code == overview, reader
        assert (await client.get("/subsidies/mine")).status_code == mine, reader
    await sign_in(client, "sun.yue")
    assert (await client.get("/subsidies/schemes/new")).status_code == 403
    assert (await client.get("/subsidies/runs/BT-2026-9999")).status_code == 404
