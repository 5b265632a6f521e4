"""Grants to providers: recorded with their document, public on the profile, totalled, exported, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.gateways.spreadsheets import read_sheet
from marketplace.kernel.db import fetchval
from tests.builders_vendors import PDF, a_provider
from tests.cast import enter_cast
from tests.pages import send, sign_in, words
from vendors.incentives.routes import EXPORTED
from vendors.incentives.rules import KIND_LABELS, totals

GRANT = {
    "kind": "subsidy", "amount": "20,000", "starts_on": "2026-01-01", "ends_on": "2026-12-31",
    "document": "金财社〔2026〕7号", "reason": "新设机构的开办补助",
}  # fmt: skip
PAPER = {"paper": ("决定.pdf", PDF, "application/pdf")}
GRANTS = st.lists(st.fixed_dictionaries({
    "starts_on": st.dates(date(2024, 1, 1), date(2026, 12, 31)), "provider": st.integers(1, 5),
    "legal_form": st.sampled_from(["enterprise", "foundation"]), "kind": st.sampled_from(list(KIND_LABELS)),
    "amount": st.none() | st.decimals("0.01", "99999.99", places=2),
    "withdrawn_at": st.none() | st.just("taken back"),
}))  # fmt: skip


@given(GRANTS)
def test_totals_add_up_to_what_stands(grants: Sequence[dict[str, Any]]) -> None:
    standing = [g for g in grants if g["withdrawn_at"] is None]
    found = totals(grants)
    assert sum((t.amount for t in found), Decimal(0)) == sum((g["amount"] or Decimal(0) for g in standing), Decimal(0))
    assert sum(t.count for t in found) == len(standing)
    assert len({(t.year, t.legal_form) for t in found}) == len(found)
    assert all(1 <= t.providers <= t.count for t in found)


@pytest.mark.parametrize("username", ["sun.yue", "liu.fang"])
async def test_finance_and_civil_affairs_record_a_grant_that_all_can_read(
    client: httpx.AsyncClient, clock: Any, username: str
) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    await sign_in(client, username)
    typed = {**GRANT, "provider": provider.reference}
    assert (await send(client, "/incentives/new", typed, files=PAPER)).status_code == 303
    twice = await send(client, "/incentives/new", typed, files=PAPER)
    assert twice.status_code == 422 and "已经登记过：JL-2026-0001" in words(twice.text)
    listed = words((await client.get("/incentives?year=2026")).text)
    assert "2026 民办非企业单位（社会服务机构）" in listed and listed.count("20,000.00") == 3
    exported = (await client.get("/incentives/export.xlsx?year=2026")).content
    [row] = read_sheet("incentives.xlsx", exported, EXPORTED).rows
    assert (row.values["reference"], row.values["kind"]) == ("JL-2026-0001", "补助资金")
    assert row.values["amount"] == Decimal("20000.00")
    assert "JL-2026-0001" not in (await client.get("/incentives?year=2025")).text
    client.cookies.delete("sid")
    profile = words((await client.get(f"/providers/{provider.reference}")).text)
    assert "享受的激励措施" in profile and "金财社〔2026〕7号" in profile
    assert (await client.get("/incentives/JL-2026-0001/paper")).content == PDF
    assert await fetchval("SELECT count(*) FROM document") == 1


async def test_a_grant_taken_back_leaves_the_profile_and_the_totals(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    await sign_in(client, "sun.yue")
    await send(client, "/incentives/new", {**GRANT, "provider": provider.reference}, files=PAPER)
    path = "/incentives/JL-2026-0001/withdraw"
    assert (await send(client, path, {"reason": " "})).status_code == 422
    assert (await send(client, path, {"reason": "文号录错"})).status_code == 303
    assert (await send(client, path, {"reason": "文号录错"})).status_code == 409
    text = words((await client.get("/incentives")).text)
    assert "已撤回" in text and "2026 民办非企业单位" not in text
    assert "享受的激励措施" not in words((await client.get(f"/providers/{provider.reference}")).text)
    assert (await client.get("/incentives/JL-2026-0001/paper")).status_code == 200
    assert (await send(client, "/incentives/JL-2026-0009/withdraw", {"reason": "x"})).status_code == 404
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act LIKE 'incentive.%'") == 2
    client.cookies.delete("sid")
    for number in ("JL-2026-0001", "JL-2026-0009"):
        assert (await client.get(f"/incentives/{number}/paper")).status_code == 404


@pytest.mark.parametrize(("changed", "said"), [
    ({"provider": "GYS-2026-9999"}, "没有这个编号或者代码"), ({"amount": ""}, "要填金额"),
    ({"amount": "-1"}, "不能是负数"),
    ({"ends_on": "2025-12-31"}, "不能早于开始日期"), ({"kind": "gift"}, "请从列出的选项里选一个"),
    ({"document": ""}, "请填写“文号”"),
    ({"reason": "x" * 501}, "最多 500 个字"), ({"starts_on": "昨天"}, "的样子填日期"),
])  # fmt: skip
async def test_a_wrong_grant_is_refused_in_words(
    client: httpx.AsyncClient, clock: Any, changed: dict[str, str], said: str
) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    await sign_in(client, "sun.yue")
    typed = {**GRANT, "provider": provider.reference, **changed}
    answer = await send(client, "/incentives/new", typed, files=PAPER)
    assert answer.status_code == 422 and said in words(answer.text)
    assert await fetchval("SELECT count(*) FROM incentive") == 0


@pytest.mark.parametrize(("files", "said"), [
    (None, "请上传作出决定的文件"), ({"paper": ("决定.pdf", b"MZ no pdf")}, "内容"),
])  # fmt: skip
async def test_a_grant_without_its_paper_is_not_recorded(
    client: httpx.AsyncClient, clock: Any, files: Any, said: str
) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    await sign_in(client, "liu.fang")
    answer = await send(client, "/incentives/new", {**GRANT, "provider": provider.reference}, files=files)
    assert answer.status_code == 422 and said in words(answer.text) and "金财社" in answer.text
    assert await fetchval("SELECT count(*) FROM incentive") == 0


async def test_a_buyer_grants_nothing(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "wang.min")
    assert (await client.get("/incentives")).status_code == 403
    assert (await send(client, "/incentives/new", GRANT)).status_code == 403
