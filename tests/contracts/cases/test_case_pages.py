"""The window's pages of cases, orders and the reserve fund, as people use them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import httpx

from contracts.cases.queries import CaseFilter, case_page, list_cases
from contracts.cases.routes import LIST
from contracts.cases.rules import HelpKind, Place
from contracts.relief.services import fund
from marketplace.gateways.spreadsheets import read_sheet
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchval
from tests.builders_cases import NUMBER, a_case, a_childs_case, an_order
from tests.builders_contracts import a_contract_in_force
from tests.cast import actor, enter_cast, office
from tests.pages import send, sign_in, words

NEW = {
    "help_kind": "subsistence", "recipient_kind": "other", "place": "registered", "source": "window",
    "village": "三江村", "need": "长期患病，没有收入。", "capacity": "full", "name": "王大爷",
    "identity_number": NUMBER,
}  # fmt: skip
APRIL = at_county_time(date(2026, 4, 7), 10)


async def test_a_clerk_registers_and_every_mistake_is_said(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "luo.jie")
    assert "还没有个案" in words((await client.get("/cases")).text)
    bad = await send(client, "/cases/new", {**NEW, "need": "王大爷 13800138000", "identity_number": "123", "place": ""})
    assert bad.status_code == 422
    assert all(said in words(bad.text) for said in ("手机号", "18 位", "王大爷"))
    wrong = await send(client, "/cases/new", {**NEW, "place": "emergency"})
    assert wrong.status_code == 422 and "户籍所在地" in words(wrong.text)
    good = await send(client, "/cases/new", NEW)
    assert good.status_code == 303, words(good.text)
    shown = await client.get(good.headers["location"])
    text = words(shown.text)
    assert "JT-R-0001" in text and "R-CLOCK-01" in text or "R-SEED-01" in text
    assert "王大爷" not in text and NUMBER not in text
    listed = words((await client.get("/cases")).text)
    assert "JT-R-0001" in listed and "王大爷" not in listed
    assert "Assistance cases" in words((await client.get("/en/cases")).text)


async def test_who_it_is_is_shown_for_a_purpose_only(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    reference = await a_case(now)
    await sign_in(client, "luo.jie")
    bare = await send(client, f"/cases/{reference}/identity", {"purpose": ""})
    assert bare.status_code == 422 and "王大爷" not in bare.text
    shown = await send(client, f"/cases/{reference}/identity", {"purpose": "入户核对"})
    assert shown.status_code == 200 and "王大爷" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    again = await client.get(f"/cases/{reference}")
    assert "王大爷" not in again.text and "入户核对" in again.text


async def test_a_case_is_not_there_for_strangers(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    reference, childs = await a_case(now), await a_childs_case(now)
    for username, status in (("wang.min", 403), ("liu.fang", 200), ("ma.chao", 200), ("luo.jie", 200)):
        await sign_in(client, username)
        assert (await client.get(f"/cases/{reference}")).status_code == status, username
        assert (await client.get(f"/cases/{childs}")).status_code in (403, 404), username
        for act in ("identity", "pass", "decision", "guardian", "consent"):
            assert (await send(client, f"/cases/{childs}/{act}", {"purpose": "x"})).status_code in (403, 404)
    await sign_in(client, "he.xin")
    page = await client.get(f"/cases/{childs}")
    assert page.status_code == 200 and "还没有登记监护人" in page.text


async def test_a_clerk_who_registers_a_child_does_not_see_the_case(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "luo.jie")
    sent = await send(client, "/cases/new", {**NEW, "capacity": "minor", "identity_number": "", "name": "小明"})
    assert sent.headers["location"] == "/cases?done=restricted"
    page = words((await client.get(sent.headers["location"])).text)
    assert "未成年人保护专员" in page and "JT-R-0001" not in page


async def test_the_decision_is_recorded_from_the_page(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    reference = await a_case(now)
    await sign_in(client, "luo.jie")
    decision = {"result": "refused", "decided_on": "2026-03-02", "document": "金民社救〔2026〕3号"}
    early = await send(client, f"/cases/{reference}/decision", {**decision, "reason": "收入超过标准"})
    assert early.status_code == 422 and "由县里决定" in words(early.text)
    assert (await send(client, f"/cases/{reference}/pass", {"note": "建议不给予"})).status_code == 303
    bare = await send(client, f"/cases/{reference}/decision", decision)
    assert bare.status_code == 422 and "书面告知的理由" in words(bare.text)
    await send(client, f"/cases/{reference}/decision", {**decision, "reason": "收入超过标准"})
    page = words((await client.get(f"/cases/{reference}")).text)
    assert "金堂县民政局在" in page and "决定不给予救助" in page and "收入超过标准" in page
    twice = await send(client, f"/cases/{reference}/decision", {**decision, "reason": "再来"})
    assert twice.status_code == 409


async def test_the_sheet_of_cases_holds_no_identity(client: httpx.AsyncClient, clock: Any) -> None:
    await a_case(await clock.now())
    await sign_in(client, "luo.jie")
    [row] = read_sheet("cases.xlsx", (await client.get("/cases/list.xlsx")).content, LIST).rows
    assert (row.values["code"], row.values["village"], row.values["status"]) == ("JT-R-0001", "三江村", "办理中")
    assert "王大爷" not in str(row.values)


async def test_an_order_goes_through_its_pages(client: httpx.AsyncClient, clock: Any) -> None:
    world = await a_contract_in_force()
    await clock.set(APRIL)
    case = await a_case(APRIL)
    await sign_in(client, "luo.jie")
    form = await client.get(f"/cases/{case}/orders/new")
    assert form.status_code == 200 and "个工作日" not in form.text or "留给镇" in form.text
    new = {"item_code": "S01", "task": "入户评估", "limit_days": "15"}
    late = await send(client, f"/cases/{case}/orders/new", new)
    assert late.status_code == 422 and "最迟到" in words(late.text)
    asked = await send(client, f"/cases/{case}/orders/new", {**new, "limit_days": "5"})
    assert asked.status_code == 303, words(asked.text)
    order = asked.headers["location"].split("?")[0]
    director = await fetchval("SELECT username FROM person WHERE id = $1", world.director.person_id)
    await sign_in(client, director)
    assert "入户评估" in (await client.get("/orders")).text
    assert "接受工单" in (await client.get(order)).text
    assert (await send(client, f"{order}/decline", {"decline_reason": ""})).status_code == 422
    await send(client, f"{order}/accept", {"worker": str(world.worker_row)})
    assert (await send(client, f"{order}/accept", {"worker": ""})).status_code == 409
    await send(client, f"{order}/done", {"result": "评估完成"})
    assert (await send(client, f"{order}/close", {})).status_code == 403
    await sign_in(client, "luo.jie")
    assert "办结服务工单" in words((await client.get("/work")).text)
    await send(client, f"{order}/close", {"outcome": "met", "next_step": "无"})
    page = words((await client.get(order)).text)
    assert "需要解决了" in page and "已办结" in page
    await sign_in(client, "wang.min")
    assert (await client.get(order)).status_code == 403


async def test_the_reserve_fund_helps_first_and_is_topped_up_later(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    town = await office("zhaozhen")
    await sign_in(client, "liu.fang")
    funded = await send(client, f"/reserve-funds/{town}", {"amount": "3,000.00", "document": "金民〔2026〕1号"})
    assert funded.status_code == 303
    wanted = {"help_kind": HelpKind.TEMPORARY, "place": Place.EMERGENCY, "is_urgent": True}
    reference = await a_case(now, **wanted, asked_amount=Decimal("800.00"))
    await sign_in(client, "luo.jie")
    new = {"amount": "800.00", "event_at": "2026-02-28T22:00", "helped_at": "2026-03-02T08:00"}
    late = await send(client, f"/cases/{reference}/advance", new)
    assert late.status_code == 422 and "超过了24小时" in words(late.text)
    given = await send(client, f"/cases/{reference}/advance", {**new, "late_reason": "道路中断"})
    assert given.status_code == 303, words(given.text)
    assert "已经先行救助" in words((await client.get(f"/cases/{reference}")).text)
    advance = await fetchval("SELECT reference FROM relief_advance")
    assert (await send(client, f"/advances/{advance}/top-up", {"top_up_document": "x"})).status_code == 403
    await send(client, f"/advances/{advance}/statement", {"statement": "火灾，发放生活费。"})
    await sign_in(client, "liu.fang")
    assert "补足备用金" in words((await client.get("/work")).text)
    await send(client, f"/advances/{advance}/top-up", {"top_up_document": "金民〔2026〕2号"})
    page = words((await client.get(f"/reserve-funds/{town}")).text)
    assert "备用金已补足" in page and page.count("3,000.00") >= 2 and "2,200.00" in page
    await sign_in(client, "wang.min")
    assert (await client.get(f"/reserve-funds/{town}")).status_code == 403


async def test_a_restricted_cases_order_tells_the_provider_no_more_than_it_needs(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world = await a_contract_in_force()
    await clock.set(APRIL)
    case = await a_childs_case(APRIL)
    await sign_in(client, "he.xin")
    guardian = {"model": "parent", "relation": "母亲", "guardian_name": "李女士"}
    assert (await send(client, f"/cases/{case}/guardian", guardian)).status_code == 303
    alone = {"about": "care", "given_by": "self", "form": "paper", "given_on": "2026-04-07"}
    assert (await send(client, f"/cases/{case}/consent", alone)).status_code == 422
    assert (await send(client, f"/cases/{case}/consent", {**alone, "given_by": "guardian"})).status_code == 303
    asked = await send(
        client, f"/cases/{case}/orders/new", {"item_code": "S01", "task": "陪伴", "limit_days": "5"}
    )
    assert asked.status_code == 303, words(asked.text)
    order = asked.headers["location"].split("?")[0]
    await sign_in(client, await fetchval("SELECT username FROM person WHERE id = $1", world.director.person_id))
    page = words((await client.get(order)).text)
    assert "两个人一起去" in page and case not in page and "李女士" not in page
    assert "李女士" not in str(await fetchval("SELECT name FROM case_guardian"))
    await sign_in(client, "luo.jie")
    assert (await client.get(order)).status_code == 404
    assert order.split("/")[-1] not in (await client.get("/orders")).text


async def test_lists_and_orders_of_another_town_stay_apart(client: httpx.AsyncClient, clock: Any) -> None:
    await a_contract_in_force()
    await clock.set(APRIL)
    await an_order(await a_case(APRIL), APRIL)
    reader = await actor("ma.chao", APRIL)
    assert (await list_cases(CaseFilter(), reader, APRIL)).total == 1
    found = await list_cases(CaseFilter(), reader, APRIL)
    assert (await case_page(found.rows[0]["reference"], visible_to=reader))["code"] == "JT-R-0001"
    await fund(await office("wufeng"), Decimal("10.00"), "号", await actor("liu.fang", APRIL), APRIL)
    await sign_in(client, "luo.jie")
    page = words((await client.get("/reserve-funds")).text)
    assert "五凤镇" not in page and "赵镇" in page
    assert (await client.get(f"/reserve-funds/{await office('wufeng')}")).status_code == 404
