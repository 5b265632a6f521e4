"""The phone screens and the buyer's month, over HTTP."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from contracts.orders.services import accept_order
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetchrow, fetchval
from tests.builders_cases import a_case, an_order
from tests.builders_contracts import APRIL, a_contract_in_force, a_provider, a_visit, a_worker, closing_time
from tests.pages import send, sign_in, words

DAY = date(2026, 4, 7)


async def _type_a_visit(client: Any, world: Any, draft: str, **wanted: str) -> Any:
    """Go through the five screens; returns the check screen."""
    answers = {
        "service": {"contract": str(world.contract)},
        "recipient": {"recipient_code": "jt-r-0001", "service_order": "", "companions": [], "adult_there": ""},
        "place": {"town": str(world.town), "village": "三江村"},
        "time": {"day": "2026-04-07", "begins": "09:00", "ends": "11:30"},
        "note": {"note": "入户走访。", "tasks": [], "confirmed_by": "", "slip_number": ""},
    }
    first = await send(client, "/visits/new", {"draft_id": draft, **answers.pop("service")})
    assert first.status_code == 303, words(first.text)
    for step, answer in answers.items():
        here = f"/visits/new/{draft}/{step}"
        page = await client.get(here)
        assert page.status_code == 200
        assert "2026-04-07" in page.text or step != "time"  # today is filled in
        sent = await send(client, here, {**answer, **{k: v for k, v in wanted.items() if k in answer}})
        assert sent.status_code == 303, words(sent.text)
    return await client.get(f"/visits/new/{draft}/check")


async def test_a_worker_records_a_visit_screen_by_screen_and_sending_twice_makes_one(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    await clock.set(at_county_time(DAY, 20))
    await sign_in(client, "tang.yi")
    begin = await client.get("/visits/new")
    assert "checked" in begin.text  # the only contract is chosen already
    found = re.search(r'name="draft_id" value="([0-9a-f-]{36})"', begin.text)
    assert found
    check = await _type_a_visit(client, world, found[1])
    assert "JT-R-0001" in words(check.text) and "09:00–11:30" in words(check.text)
    for _ in range(2):
        sent = await send(client, f"/visits/new/{found[1]}/check")
        assert sent.headers["location"] == f"/visits/{found[1]}?done=recorded"
    assert await fetchval("SELECT count(*) FROM visit") == 1
    receipt = await client.get(f"/visits/{found[1]}?done=recorded")
    assert "等待采购人审核" in words(receipt.text)
    assert "2:30" in words((await client.get("/visits?month=2026-04")).text)
    # the back button leads to the recorded visit, not to a form
    assert (await client.get(f"/visits/new/{found[1]}/time")).headers["location"] == f"/visits/{found[1]}"


async def test_each_screen_says_its_mistakes_beside_the_field_and_keeps_what_was_typed(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    await clock.set(at_county_time(DAY, 20))
    await sign_in(client, "tang.yi")
    draft = str(uuid4())
    await send(client, "/visits/new", {"draft_id": draft, "contract": str(world.contract)})
    for typed, said in (("510121199001011234", "身份证号"), ("张三", "姓名"), ("R-1", "JT-R-0001")):
        page = await send(client, f"/visits/new/{draft}/recipient", {"recipient_code": typed})
        assert page.status_code == 422 and said in words(page.text) and f'value="{typed}"' in page.text
    page = await send(client, f"/visits/new/{draft}/time", {"day": "2026-04-08", "begins": "10:00", "ends": "9点"})
    assert page.status_code == 422 and "14:30" in words(page.text) and 'value="10:00"' in page.text
    page = await send(client, f"/visits/new/{draft}/time", {"day": "2026-04-08", "begins": "10:00", "ends": "09:00"})
    assert page.status_code == 422 and "晚于开始时间" in words(page.text) and "今天以后" in words(page.text)


async def test_an_overlap_is_told_on_the_last_screen_and_nothing_is_lost(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    await a_visit(world, DAY, "11:00", "12:00", recipient_code="JT-R-0009")
    await clock.set(at_county_time(DAY, 20))
    await sign_in(client, "tang.yi")
    draft = str(uuid4())
    await _type_a_visit(client, world, draft)
    refused = await send(client, f"/visits/new/{draft}/check")
    assert refused.status_code == 422
    assert "同一分钟不能记两次" in words(refused.text) and "三江村" in words(refused.text)
    assert f"/visits/new/{draft}/time?then=check" in refused.text
    await send(
        client, f"/visits/new/{draft}/time", {"day": "2026-04-07", "begins": "09:00", "ends": "11:00", "then": "check"}
    )
    assert (await send(client, f"/visits/new/{draft}/check")).status_code == 303


async def test_a_stranger_finds_neither_draft_nor_visit(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    visit = await a_visit(world, DAY)
    await a_worker(world.provider, at_county_time(DAY, 20), "wei.wei", "魏薇")
    await clock.set(at_county_time(DAY, 21))
    await sign_in(client, "tang.yi")
    draft = str(uuid4())
    await send(client, "/visits/new", {"draft_id": draft, "contract": str(world.contract)})
    await sign_in(client, "wei.wei")
    for path in (f"/visits/{visit}", f"/visits/new/{draft}/recipient", f"/visits/new/{draft}/check"):
        assert (await client.get(path)).status_code == 404
    assert (await send(client, f"/visits/{visit}/correct", {"draft_id": str(uuid4())})).status_code == 404
    assert (await send(client, f"/visits/new/{visit}/check")).status_code == 404
    await sign_in(client, "chen.jing")
    assert (await client.get("/visits/new")).status_code == 403


async def test_a_returned_visit_is_corrected_on_the_phone_with_its_reason(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    visit = await a_visit(world, DAY)
    await clock.set(at_county_time(DAY, 21))
    await sign_in(client, "chen.jing")
    hours = f"/contracts/{world.reference}/hours"
    empty = await send(client, f"{hours}/return", {"month": "2026-04", "visit": str(visit), "reason": ""})
    assert empty.status_code == 422 and "退回的原因" in words(empty.text)
    returned = await send(client, f"{hours}/return", {"month": "2026-04", "visit": str(visit), "reason": "时间不对"})
    assert returned.status_code == 303
    await sign_in(client, "tang.yi")
    assert "时间不对" in words((await client.get(f"/visits/{visit}")).text)
    draft = str(uuid4())
    begun = await send(client, f"/visits/{visit}/correct", {"draft_id": draft})
    assert begun.headers["location"] == f"/visits/new/{draft}/reason"
    assert (await send(client, f"/visits/new/{draft}/reason", {"reason": ""})).status_code == 422
    await send(client, f"/visits/new/{draft}/reason", {"reason": "起止时间写错"})
    await send(
        client, f"/visits/new/{draft}/time", {"day": "2026-04-07", "begins": "09:00", "ends": "10:00", "then": "check"}
    )
    check = await client.get(f"/visits/new/{draft}/check")
    assert "原来： 09:00–11:30" in words(check.text) or "原来：09:00–11:30" in words(check.text)
    assert (await send(client, f"/visits/new/{draft}/check")).status_code == 303
    row = await fetchrow("SELECT minutes, corrects FROM visit WHERE id = $1", uuid4().__class__(draft))
    assert row and row["minutes"] == 60 and row["corrects"] == visit
    await sign_in(client, "chen.jing")
    month = words((await client.get(f"{hours}?month=2026-04")).text)
    assert "起止时间写错" in month and "2:30" in month


async def test_the_buyer_approves_and_closes_and_doing_it_twice_does_no_harm(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    await a_visit(world, DAY)
    second = await a_visit(world, DAY, "13:00", "14:00", recipient_code="JT-R-0002")
    hours = f"/contracts/{world.reference}/hours"
    await clock.set(at_county_time(DAY, 21))
    await sign_in(client, "chen.jing")
    none = await send(client, f"{hours}/approve", {"month": "2026-04"})
    assert none.status_code == 422 and "勾选" in words(none.text)
    for _ in range(2):
        assert (await send(client, f"{hours}/approve", {"month": "2026-04", "visits": str(second)})).status_code == 303
    early = await send(client, f"{hours}/close", {"month": "2026-04"})
    assert early.status_code == 422 and "没有过完" in words(early.text)
    await clock.set(closing_time(world, APRIL))
    await sign_in(client, "chen.jing")
    assert (await send(client, f"{hours}/close", {"month": "2026-04"})).status_code == 422
    assert (await send(client, f"{hours}/approve", {"month": "2026-04", "every": "yes"})).status_code == 303
    for _ in range(2):
        assert (await send(client, f"{hours}/close", {"month": "2026-04"})).status_code == 303
    assert "3:30" in words((await client.get(f"{hours}?month=2026-04&done=closed")).text)
    assert await fetchval("SELECT count(*) FROM month_close") == 1


async def test_who_may_see_the_hours_and_who_may_not(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    await a_visit(world, DAY)
    rival = await a_provider(at_county_time(DAY, 8), "成都市晨光社会工作服务中心", "52510121MJX0000024")
    assert rival
    hours = f"/contracts/{world.reference}/hours"
    await clock.set(at_county_time(DAY, 21))
    assert (await client.get(hours)).status_code == 303
    for reader, status in (
        ("chen.jing", 200), ("director.0016", 200), ("sun.yue", 200), ("ma.chao", 200),
        ("director.0024", 404), ("tang.yi", 404), ("yang.hua", 404), ("liu.fang", 404),
    ):  # fmt: skip
        await sign_in(client, reader)
        assert (await client.get(f"{hours}?month=2026-04")).status_code == status, reader
    await sign_in(client, "director.0016")
    assert (await send(client, f"{hours}/approve", {"month": "2026-04", "every": "yes"})).status_code == 403


async def test_the_screens_record_a_visit_under_its_order_with_whoever_was_there(client: Any, clock: Any) -> None:
    world = await a_contract_in_force()
    now = at_county_time(DAY, 9)
    order = await an_order(await a_case(now), now)
    await accept_order(order, world.worker_row, world.director, now)
    await clock.set(at_county_time(DAY, 20))
    await sign_in(client, "tang.yi")
    draft = str(uuid4())
    await send(client, "/visits/new", {"draft_id": draft, "contract": str(world.contract)})
    assert order in words((await client.get(f"/visits/new/{draft}/recipient")).text)
    colleague, _ = await a_worker(world.provider, now, "wei.wei", "魏薇")
    who = {"companions": str(colleague.person_id), "adult_there": "祖母"}
    how = {"tasks": "mind", "confirmed_by": "slip", "slip_number": "FW-7"}
    check = await _type_a_visit(client, world, draft, service_order=order, **who, **how)
    assert all(said in words(check.text) for said in (order, "魏薇", "FW-7", "心理评估"))
    bare = await send(client, f"/visits/new/{draft}/note", {"confirmed_by": "village"})
    assert bare.status_code == 422 and "换一种确认方式" in words(bare.text)
    await send(client, f"/visits/new/{draft}/note", how)
    sent = await send(client, f"/visits/new/{draft}/check")
    assert sent.status_code == 303, words(sent.text)
    assert await fetchval("SELECT count(*) FROM visit WHERE service_order IS NOT NULL") == 2
    kept = await fetchrow("SELECT tasks, slip_number FROM visit_record WHERE visit = $1", UUID(draft))
    assert kept is not None and (kept["tasks"], kept["slip_number"]) == (["mind"], "FW-7")
    assert await fetchval("SELECT exception_reason FROM visit_record WHERE visit = $1", UUID(draft)) == "祖母"
