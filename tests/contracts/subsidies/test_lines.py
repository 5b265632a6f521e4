"""A line explains itself: its visits, the worker's objection and its answer, and money that has to come back."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts.subsidies.line_queries import line_page, objections_to, recoveries_of, visits_behind
from contracts.subsidies.objections import (
    answer_objection,
    object_to_line,
    record_objection,
    withdraw_objection,
)
from contracts.subsidies.paying import confirm_subsidies_paid, make_pay_file
from contracts.subsidies.recoveries import decide_recovery, propose_recovery, record_return
from contracts.subsidies.services import approve_run, publish_run
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from tests.builders_contracts import FakeTreasury, a_closed_month, a_contract_in_force, a_worker
from tests.builders_subsidies import AFTER, NOW, a_run, a_scheme, with_accounts
from tests.cast import actor
from tests.pages import send, sign_in, words

LATER = AFTER + timedelta(days=3)


async def a_line() -> tuple[UUID, UUID]:
    """A computed run of April and the line of 唐怡, who worked in it."""
    world = await a_contract_in_force()
    await a_worker(world.provider, NOW, "wei.wei", "魏薇")
    await a_closed_month(world)
    run = (await a_run(await a_scheme()))["id"]
    line = await fetchval("SELECT id FROM subsidy_line WHERE run = $1 AND amount > 0", run)
    return run, line


async def pay(run: UUID) -> None:
    """Publish, approve and pay a run."""
    sun = await actor("sun.yue", NOW)
    await publish_run(run, await actor("liu.fang", NOW), NOW)
    await approve_run(run, sun, AFTER)
    await with_accounts({"id": run})
    await make_pay_file(run, FakeTreasury(), sun, AFTER)
    await confirm_subsidies_paid(run, sun, AFTER)


async def test_the_visits_behind_a_line_add_up_to_its_hours(clock: Any, db: Any) -> None:
    await clock.set(NOW)
    _, line = await a_line()
    page = await line_page(line, await actor("liu.fang", NOW))
    visits = await visits_behind(page)
    assert visits
    assert sum(visit["minutes"] for visit in visits) == page["minutes"]


async def test_a_worker_objects_to_an_own_line_only_and_once_at_a_time(clock: Any, db: Any) -> None:
    await clock.set(NOW)
    _, line = await a_line()
    tang, wei = await actor("tang.yi", NOW), await actor("wei.wei", NOW)
    with pytest.raises(NotFound):
        await object_to_line(line, "不是我的", wei, NOW)
    first = await object_to_line(line, "4 月 12 日的服务没有算进去", tang, NOW)
    with pytest.raises(Conflict):
        await object_to_line(line, "再说一次", tang, NOW)
    with pytest.raises(NotFound):
        await withdraw_objection(first, wei, NOW)
    await withdraw_objection(first, tang, NOW)
    await object_to_line(line, "重新提出", tang, NOW)
    assert [each["status"] for each in await objections_to(line)].count("open") == 1


async def test_no_month_is_approved_over_an_open_objection(clock: Any, db: Any) -> None:
    await clock.set(NOW)
    run, line = await a_line()
    tang, liu, song = [await actor(name, NOW) for name in ("tang.yi", "liu.fang", "song.ya")]
    sun = await actor("sun.yue", NOW)
    objection = await object_to_line(line, "时数不对", tang, NOW)
    await publish_run(run, liu, NOW)
    with pytest.raises(Conflict) as refused:
        await approve_run(run, sun, AFTER)
    assert refused.value.clause == "R-SOCW-05"
    with pytest.raises(Forbidden) as own:  # liu.fang computed it
        await answer_objection(objection, False, "核对无误", liu, NOW)
    assert own.value.clause == "R-ROLE-03"
    await answer_objection(objection, False, "核对无误", song, NOW)
    with pytest.raises(DomainError):
        await answer_objection(objection, True, "又说成立", song, NOW)
    heard = await record_objection(line, "李某，到窗口", "他不在本县服务", song, NOW)
    with pytest.raises(Conflict):
        await approve_run(run, sun, AFTER)
    await answer_objection(heard, False, "合同和服务记录齐全", song, AFTER)
    await approve_run(run, sun, AFTER)
    with pytest.raises(Conflict):
        await record_objection(line, "李某", "再说一次", song, AFTER)
    letters = await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")
    mails = [json.loads(row["payload"]) for row in letters]
    assert len([mail for mail in mails if "异议已经答复" in mail["subject"]]) == 1
    assert not any("核对无误" in mail["body"] for mail in mails)


async def test_an_objection_goes_along_to_the_run_that_takes_the_place(clock: Any, db: Any) -> None:
    await clock.set(NOW)
    run, line = await a_line()
    await object_to_line(line, "证书日期不对", await actor("tang.yi", NOW), NOW)
    await execute("UPDATE scheme SET min_minutes = 100000")
    new = (await a_run(await fetchval("SELECT id FROM scheme"), now=LATER))["id"]
    assert new != run
    with pytest.raises(Conflict):
        await approve_run(new, await actor("sun.yue", NOW), LATER)
    carried = await fetchval("SELECT line FROM subsidy_objection")
    assert await fetchval("SELECT run FROM subsidy_line WHERE id = $1", carried) == new


async def test_only_what_was_paid_comes_back_and_not_twice(clock: Any, db: Any) -> None:
    await clock.set(NOW)
    run, line = await a_line()
    liu, sun = await actor("liu.fang", NOW), await actor("sun.yue", NOW)
    with pytest.raises(Conflict):
        await propose_recovery(line, Decimal("10.00"), "证书已吊销", liu, NOW)
    await pay(run)
    with pytest.raises(DomainError):
        await propose_recovery(line, Decimal("300.01"), "证书已吊销", liu, NOW)
    first = await propose_recovery(line, Decimal("100.00"), "证书已吊销", liu, NOW)
    with pytest.raises(DomainError):
        await propose_recovery(line, Decimal("200.01"), "证书已吊销", liu, NOW)
    await decide_recovery(first, False, "没有依据", sun, NOW)
    whole = await propose_recovery(line, Decimal("300.00"), "证书已吊销", liu, NOW)
    with pytest.raises(DomainError):
        await record_return(whole, county_day(NOW), sun, NOW)  # nobody has decided yet
    await decide_recovery(whole, True, "证书自 4 月 1 日起吊销", sun, NOW)
    for wrong in (county_day(NOW) - timedelta(days=1), county_day(LATER) + timedelta(days=1)):
        with pytest.raises(DomainError):
            await record_return(whole, wrong, sun, LATER)
    await record_return(whole, county_day(LATER), sun, LATER)
    assert {each["status"] for each in await recoveries_of(line)} == {"refused", "returned"}
    acts = [row["act"] for row in await fetch("SELECT act FROM audit_entry WHERE act LIKE 'subsidy.recovery%'")]
    assert len(acts) == 5


async def test_the_worker_objects_on_the_page_and_is_answered_there(client: Any, clock: Any) -> None:
    await clock.set(NOW)
    run, line = await a_line()
    here = f"/subsidies/lines/{line}"
    await sign_in(client, "tang.yi")
    assert f'href="{here}"' in (await client.get("/subsidies/mine")).text
    empty = await send(client, f"{here}/objection", {"words": ""})
    assert empty.status_code == 422
    assert "哪里不对" in words(empty.text)
    assert (await send(client, f"{here}/objection", {"words": "4 月 12 日没有算"})).status_code == 303
    assert "等待答复" in words((await client.get("/subsidies/mine")).text)
    await sign_in(client, "wei.wei")
    assert (await client.get(here)).status_code == 404
    assert (await send(client, f"{here}/objection", {"words": "别人的"})).status_code == 404
    await sign_in(client, "song.ya")
    assert f'href="{here}"' in (await client.get("/work")).text
    page = (await client.get(here)).text
    objection = await fetchval("SELECT id FROM subsidy_objection")
    assert f"{here}/objections/{objection}/answer" in page
    wrong = await send(client, f"{here}/objections/{objection}/answer", {"outcome": "", "answer": "查过了"})
    assert wrong.status_code == 422 and "查过了" in wrong.text
    answered = await send(client, f"{here}/objections/{objection}/answer", {"outcome": "rejected", "answer": "查过了"})
    assert answered.status_code == 303
    await pay(run)
    asked = await send(client, f"{here}/recovery", {"amount": "999", "reason": "多发"})
    assert asked.status_code == 422 and "最多可以追回 300.00" in words(asked.text)
    assert (await send(client, f"{here}/recovery", {"amount": "300", "reason": "多发"})).status_code == 303
    recovery = await fetchval("SELECT id FROM subsidy_recovery")
    await decide_recovery(recovery, True, "查明了", await actor("sun.yue", LATER), LATER)
    lift = f"{here}/recoveries/{recovery}/lift"
    assert (await send(client, lift, {"lift_reason": "弄错"})).status_code == 403  # who asked does not lift
    await sign_in(client, "sun.yue")
    assert (await send(client, lift, {"lift_reason": ""})).status_code == 422
    assert (await send(client, lift, {"lift_reason": "弄错了人"})).status_code == 303
    await sign_in(client, "tang.yi")
    english = words((await client.get(f"/en{here}")).text)
    assert "查过了" in english and "Order to pay back lifted" in english and "弄错了人" in english
