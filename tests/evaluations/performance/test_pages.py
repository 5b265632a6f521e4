"""An evaluation through its pages: planned, scored, answered, frozen, and what it writes into the standing."""

import hashlib
import re
from datetime import date

import asyncpg
import pytest

from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchrow, fetchval, transaction
from tests.builders_contracts import APRIL, a_contract_in_force, a_paid_milestone
from tests.cast import enter_cast, office
from tests.pages import send, sign_in, words

PLAN = {"weight-1": "10", "target-1": "100", "weight-2": "20", "target-2": "100", "weight-3": "20", "target-3": "100",
        "weight-4": "10", "target-4": "2", "weight-5": "30", "weight-6": "10", "target-6": "90"}  # fmt: skip
SCORES = {"actual-2": "100", "actual-4": "1", "points-5": "27", "actual-6": "95",
          **{f"narrative-{n}": f"第 {n} 项依据" for n in range(1, 7)}}  # fmt: skip
LOOKED = {"looked": "yes", "hidden": ""}


async def planned(client, clock):
    world = await a_contract_in_force()
    await a_paid_milestone(world, month=APRIL)
    await enter_cast(await clock.now())
    await clock.set(at_county_time(date(2026, 6, 1), 9))
    await sign_in(client, "liu.fang")
    period = {"period_from": "2026-04-01", "period_to": "2026-04-30"}
    form = {**PLAN, **period, "contract": str(world.contract), "evaluator": str(await office("evaluator"))}
    answer = await send(client, "/evaluations/new", form)
    assert answer.status_code == 303, words(answer.text)
    return world, answer.headers["location"]


async def provider_password(world):
    hashed = await fetchval("SELECT password_hash FROM person WHERE username = 'liu.fang'")
    await execute("UPDATE person SET password_hash = $2 WHERE id = $1", world.director.person_id, hashed)
    return await fetchval("SELECT username FROM person WHERE id = $1", world.director.person_id)


async def seen_at(client, page):
    """The marks of the texts that a page shows, in their order."""
    return re.findall(r'name="seen" value="(\w+)"', (await client.get(page)).text)


async def freeze(client, path, **form):
    """Freeze what the page shows now."""
    [seen] = await seen_at(client, f"{path}/freeze")
    return await send(client, f"{path}/freeze", {**LOOKED, "seen": seen, **form})


async def test_an_evaluation_is_planned_scored_answered_frozen_and_counts(client, clock):
    world, path = await planned(client, clock)
    await sign_in(client, "deng.li")
    assert "评价合同" in words((await client.get("/work")).text)
    assert (await send(client, f"{path}/score", SCORES)).status_code == 303
    username = await provider_password(world)
    await sign_in(client, username)
    assert (await send(client, f"{path}/reply", {"reply": "培训改在五月补上。"})).status_code == 303
    await sign_in(client, "liu.fang")
    worker = await fetchval("SELECT name FROM worker WHERE id = $1", world.worker_row)
    more = f"请打 13800138000，巷口第三家的老人也知道。{worker}已改班。"
    await execute("UPDATE evaluation SET reply = reply || $1::text", more)
    asked = words((await client.get(f"{path}/freeze")).text)
    assert "不能再改" in asked and "第 5 项依据" in asked and f"13800138000\n{worker}</textarea>" in (
        await client.get(f"{path}/freeze")).text  # fmt: skip
    await execute("UPDATE worker_file SET is_public = true")
    assert "13800138000</textarea>" in (await client.get(f"{path}/freeze")).text, "who agreed may be named"
    [before] = await seen_at(client, f"{path}/freeze")
    await execute("UPDATE evaluation SET reply = reply || '也可写信到 wang@example.cn。'")
    for form, said in (
        ({"looked": ""}, "请先逐段看过"), ({}, "还有号码或邮箱"), ({"hidden": "巷尾第三家"}, "没有“巷尾第三家”"),
        ({"seen": before, "hidden": "13800138000"}, "要公布的文字变了"), ({"seen": ""}, "要公布的文字变了"),
    ):  # fmt: skip
        refused = await freeze(client, path, **form)
        assert refused.status_code == 422 and said in words(refused.text)
    assert "wang@example.cn" in refused.text and not re.search(r'name="looked"[^>]*checked', refused.text)
    assert (await freeze(client, path, hidden="13800138000\n巷口第三家\nwang@example.cn")).status_code == 303
    for change in ("UPDATE evaluation_blackout SET passage = '巷'", "DELETE FROM evaluation_blackout"):
        with pytest.raises(asyncpg.RaiseError):
            async with transaction():
                await execute(change)
    client.cookies.delete("sid")
    page = await client.get(path)
    assert page.status_code == 200 and "培训改在五月补上。" in words(page.text) and "92 / 100" in words(page.text)
    frozen = await client.get(f"{path}/snapshot.json")
    for told in (page.text, frozen.text):
        assert "请打 ■■■，■■■的老人" in told and "13800138000" not in told and "巷口" not in told
    assert hashlib.sha256(frozen.content).hexdigest() in page.text
    standing = await fetchrow("SELECT * FROM standing_entry WHERE provider = $1", world.provider)
    assert standing["grade"] == "excellent" and standing["counts_until"] == date(2029, 6, 1)


async def test_strangers_do_not_see_an_evaluation_before_it_is_frozen(client, clock):
    _, path = await planned(client, clock)
    client.cookies.delete("sid")
    assert (await client.get(path)).status_code == 404
    assert (await client.get(f"{path}/snapshot.json")).status_code == 404
    await sign_in(client, "yang.hua")
    assert (await client.get(path)).status_code == 404


async def test_finance_cannot_plan_score_or_freeze(client, clock):
    _, path = await planned(client, clock)
    await sign_in(client, "zhao.lei")
    for act in ("/evaluations/new", f"{path}/score", f"{path}/freeze"):
        assert (await send(client, act, SCORES)).status_code == 403


async def test_every_mistake_of_a_plan_is_said_at_once_and_what_was_typed_stays(client, clock):
    await enter_cast(await clock.now())
    await sign_in(client, "liu.fang")
    answer = await send(client, "/evaluations/new", {**PLAN, "weight-1": "11", "period_from": "2026-13-01"})
    said = words(answer.text)
    assert answer.status_code == 422
    assert "现在是 101" in said and "请填写“合同”" in said and "请按“2026-03-02”的样子填日期" in said
    assert re.search(r'name="period_from"[^>]*value="2026-13-01"', answer.text)


async def test_scores_need_reasons_and_points_within_the_weight(client, clock):
    _, path = await planned(client, clock)
    await sign_in(client, "deng.li")
    answer = await send(client, f"{path}/score", {**SCORES, "points-5": "30.5", "narrative-2": ""})
    assert answer.status_code == 422
    assert "请填 0 到 30" in words(answer.text) and "请填写“依据”" in words(answer.text)
    assert (await send(client, f"{path}/score", SCORES)).status_code == 303
    assert (await send(client, f"{path}/score", SCORES)).status_code == 409


async def test_an_unanswered_draft_cannot_be_frozen_early(client, clock):
    _, path = await planned(client, clock)
    await sign_in(client, "deng.li")
    await send(client, f"{path}/score", SCORES)
    await sign_in(client, "liu.fang")
    assert (await send(client, f"{path}/freeze", LOOKED)).status_code == 409
    await clock.set(at_county_time(date(2026, 6, 16), 9))
    assert (await freeze(client, path)).status_code == 303
    assert (await send(client, f"{path}/freeze", LOOKED)).status_code == 409


async def test_the_evaluation_of_a_renewed_contract_begins_with_the_table_of_the_year_before(client, clock):
    world, path = await planned(client, clock)
    reference = path.rsplit("/", 1)[1]
    await execute("UPDATE indicator SET weight = 25 WHERE position = 2")
    await execute("UPDATE evaluation SET status = 'frozen', frozen_at = now() WHERE reference = $1", reference)
    other = await a_contract_in_force()
    await execute(
        "UPDATE contract c SET renews = $2, quantity = 1, budget_line = l.budget_line FROM listing l"
        " WHERE c.id = $1 AND l.id = c.listing",
        other.contract, world.contract,
    )  # fmt: skip
    page = (await client.get(f"/evaluations/new?contract={other.contract}")).text
    assert f"沿用上一年度的评价 {reference}" in words(page) and re.search(r'name="weight-2"[^>]*value="25"', page)
    page = (await client.get("/evaluations/new?contract=nothing")).text
    assert re.search(r'name="weight-2"[^>]*value="20"', page)
