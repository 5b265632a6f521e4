"""A disputed draft reviewed by somebody new, and what follows a grade of fair: one scene, as it goes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetchrow, fetchval
from tests.evaluations.performance.test_pages import LOOKED, freeze, provider_password, seen_at
from tests.evaluations.performance.test_seats import planned
from tests.pages import send, sign_in, words

FORMS = {
    "deng.li": {"actual-1": "70", "narrative-1": "漏三十户。", "points-2": "24"},
    "luo.jie": {"actual-1": "60", "narrative-1": "漏四十户。", "points-2": "24"},
}


async def test_a_disputed_draft_is_corrected_by_somebody_new_and_its_improvement_is_followed_to_the_end(client, clock):
    world, path = await planned(client, clock)
    for username, form in FORMS.items():
        await sign_in(client, username)
        answer = await send(client, f"{path}/score", form)
        assert answer.status_code == 303, words(answer.text)
    provider = await provider_password(world)
    await sign_in(client, provider)
    disputed = {"reply": "漏的户数多算了十户。", "disputes": "yes"}
    assert (await send(client, f"{path}/reply", disputed)).status_code == 303

    await sign_in(client, "liu.fang")
    assert (await send(client, f"{path}/freeze", LOOKED)).status_code == 409
    assert (await send(client, f"{path}/review", {"review": "维持。"})).status_code == 403, "she planned it"
    await sign_in(client, "song.ya")
    assert "复核《" in words((await client.get("/work")).text)
    refused = await send(client, f"{path}/review", {"review": "核对名册。", "value-1": "80"})
    assert refused.status_code == 422 and "请写明为什么" in words(refused.text)
    form = {"review": "核对名册，供应商说得对。", "value-1": "80", "why-1": "十户已迁出。"}
    assert (await send(client, f"{path}/review", form)).status_code == 303
    # the draft gave 33 + 24 + 10; four fifths of fifty points now
    row = await fetchrow("SELECT draft_score, score, grade, status FROM evaluation")
    assert dict(row) == {
        "draft_score": Decimal("67.00"), "score": Decimal("74.00"), "grade": "fair", "status": "reviewed",
    }  # fmt: skip

    await sign_in(client, "liu.fang")
    assert (await freeze(client, path)).status_code == 303
    page = words((await client.get(path)).text)
    assert "初稿 67 分，复核后 74 分" in page and "十户已迁出" in page and "看整改计划" in page
    assert '"reason":"十户已迁出。"' in (await client.get(f"{path}/snapshot.json")).text

    await sign_in(client, provider)
    assert "整改计划" in words((await client.get("/work")).text)
    steps = {"causes": "排班不够。", "steps-0-what": "补走访漏的户", "steps-0-due_on": "2026-05-01"}
    assert (await send(client, f"{path}/improvement", steps)).status_code == 422
    assert (await send(client, f"{path}/improvement", {**steps, "steps-0-due_on": "2026-06-30"})).status_code == 303
    client.cookies.delete("sid")
    assert "排班不够" not in (await client.get(f"{path}/improvement")).text, "nobody looked it through yet"
    await sign_in(client, "liu.fang")
    plan = f"{path}/improvement"
    assert (await send(client, f"{plan}/decide", {"decision": "return"})).status_code == 422
    found = {"finding-1": "kept", "finding_words-1": "抽查五户都补了。"}
    assert (await send(client, f"{plan}/1/find", found)).status_code == 409
    [seen] = await seen_at(client, plan)
    await execute("UPDATE improvement_plan SET causes = causes || '又少两人。'")
    refused = await send(client, f"{plan}/decide", {"decision": "agree", "seen": seen})
    assert refused.status_code == 422 and "要公布的文字变了" in words(refused.text)
    [seen] = await seen_at(client, plan)
    assert (await send(client, f"{plan}/decide", {"decision": "agree", "seen": seen})).status_code == 303
    await sign_in(client, provider)
    assert (await send(client, f"{plan}/1/report", {"report-1": "三十户已补，张三家在内。"})).status_code == 303
    refused = await send(client, f"{plan}/1/report", {"report-1": "打 13800138000"})
    assert refused.status_code == 422 and "号码或邮箱" in words(refused.text)
    client.cookies.delete("sid")
    told = words((await client.get(plan)).text)
    assert "排班不够" in told and "张三" not in told and "已报告，等待核实" in told
    await clock.set(at_county_time(date(2026, 6, 20), 9))
    await sign_in(client, "liu.fang")
    assert "核实《" in words((await client.get("/work")).text)
    [seen] = await seen_at(client, plan)
    assert (await send(client, f"{plan}/1/return", {"return_reason-1": ""})).status_code == 422
    assert (await send(client, f"{plan}/1/return", {"return_reason-1": "写了张三。"})).status_code == 303
    assert (await send(client, f"{plan}/1/return", {"return_reason-1": "写了张三。"})).status_code == 409
    assert (await send(client, f"{plan}/1/find", {**found, "seen": seen})).status_code == 409
    client.cookies.delete("sid")
    assert "张三" not in (await client.get(plan)).text
    await sign_in(client, provider)
    assert "报告已退回：写了张三。" in words((await client.get(plan)).text)
    assert (await send(client, f"{plan}/1/report", {"report-1": "三十户已补，附名册。"})).status_code == 303
    await sign_in(client, "liu.fang")
    refused = await send(client, f"{plan}/1/find", {**found, "seen": seen})
    assert refused.status_code == 422 and "附名册" in refused.text and "要公布的文字变了" in words(refused.text)
    [seen] = await seen_at(client, plan)
    assert (await send(client, f"{plan}/1/find", {**found, "seen": seen})).status_code == 303
    assert await fetchval("SELECT status FROM improvement_plan") == "kept"
    client.cookies.delete("sid")
    told = words((await client.get(plan)).text)
    assert "抽查五户都补了" in told and "附名册" in told and "张三" not in told


async def test_an_evaluation_that_went_well_has_no_improvement_plan(client, clock):
    _, path = await planned(client, clock)
    await sign_in(client, "liu.fang")
    assert (await client.get(f"{path}/improvement")).status_code == 404
    assert (await send(client, f"{path}/improvement/decide", {"decision": "agree"})).status_code == 404
