"""Budget lines: who allots, who sees which, and money that always adds up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from catalogue.plans.queries import list_lines
from catalogue.plans.services import NewAllotment, allot_budget
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Forbidden
from tests.builders_catalogue import a_budget_line, a_published_listing
from tests.cast import actor, office
from tests.pages import send, sign_in, words


async def _typed(**changed: str) -> dict[str, str]:
    return {
        "year": "2026", "item_code": "A02", "title": "购买服务", "buyer": str(await office("zhaozhen")),
        "amount": "1,200,000.00", "source_document": "金财预〔2026〕12号", **changed,
    }  # fmt: skip


async def test_only_finance_allots(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    allotment = NewAllotment(2026, "A02", "x", await office("zhaozhen"), Decimal(1), "y")
    with pytest.raises(Forbidden):
        await allot_budget(allotment, await actor("wang.min", now), now)


async def test_a_buyer_sees_its_own_lines_and_the_supervisors_all(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    await a_budget_line(now, buyer="wufeng")
    seen = {
        name: len(await list_lines(await actor(name, now))) for name in ("wang.min", "zhao.lei", "ma.chao", "liu.fang")
    }
    assert seen == {"wang.min": 1, "zhao.lei": 2, "ma.chao": 2, "liu.fang": 2}


async def test_finance_allots_through_the_page(client: httpx.AsyncClient, clock: Any) -> None:
    await a_budget_line(await clock.now())
    await sign_in(client, "zhao.lei")
    assert (await client.get("/budget/new")).status_code == 200
    answer = await send(client, "/budget/new", await _typed())
    assert answer.status_code == 303
    page = await client.get(answer.headers["location"])
    assert "¥1,200,000.00 = ¥1,200,000.00 + ¥0.00 + ¥0.00 + ¥0.00" in words(page.text)
    assert (await client.get("/en" + answer.headers["location"])).status_code == 200


async def test_every_mistake_of_an_allotment_is_said_at_once(client: httpx.AsyncClient, clock: Any) -> None:
    await a_budget_line(await clock.now())
    await sign_in(client, "zhao.lei")
    typed = await _typed(
        year="2025", item_code="Z9", amount="100.005", source_document="", buyer=str(await office("audit"))
    )
    answer = await send(client, "/budget/new", typed)
    assert answer.status_code == 422
    for sentence in (
        "预算年度已经过去",
        "目录里没有这个项目",
        "最多两位小数",
        "请填写“下达文件”",
        "请从列出的采购人里选一个",
    ):
        assert sentence in words(answer.text), sentence
    assert 'value="100.005"' in answer.text
    negative = await send(client, "/budget/new", await _typed(amount="-1"))
    assert negative.status_code == 422 and "不能是负数" in negative.text
    assert await fetchval("SELECT count(*) FROM budget_line") == 1


async def test_the_wrong_people_do_not_reach_the_budget(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    reference = await fetchval("SELECT reference FROM budget_line")
    assert (await client.get("/budget")).headers["location"].startswith("/sign-in")
    await sign_in(client, "yang.hua")
    assert (await client.get("/budget")).status_code == 403
    await sign_in(client, "wang.min")
    assert (await client.get(f"/budget/{reference}")).status_code == 200
    assert (await client.get("/budget/new")).status_code == 403
    assert (await send(client, "/budget/new", await _typed())).status_code == 403
    await a_budget_line(now, buyer="wufeng")
    other = await fetchval("SELECT reference FROM budget_line WHERE reference <> $1", reference)
    assert (await client.get(f"/budget/{other}")).status_code == 404


async def test_a_line_shows_what_caused_each_movement(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    published = await a_published_listing(now, line)
    await sign_in(client, "zhao.lei")
    said = words((await client.get(f"/budget/{await fetchval('SELECT reference FROM budget_line')}")).text)
    assert published.reference in said and "采购公告占用" in said and "¥505,000.00" in said
    assert "¥505,000.00" in words((await client.get("/budget")).text)
