"""R-TIME-06, R-METH-10: prequalification run here, from the notice to the list that is drawn from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from catalogue.listings.inviting.prequalifying import (
    announce,
    applications_of,
    apply,
    judge,
    prepare,
    prequalification_of,
    qualified_list,
)  # fmt: skip
from catalogue.listings.inviting.queries import listed_providers
from catalogue.listings.inviting.services import freeze_list, record_list
from catalogue.listings.queries import listing_by_id
from catalogue.listings.services import publish_listing, submit_for_review
from catalogue.notices.queries import latest_paper
from catalogue.notices.services import Shop
from marketplace.kernel.audit.linker import link_committed
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.draws.services import hold_draw
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused
from marketplace.site.notice_jobs import publish_notice_pdf
from tests.builders_catalogue import OPENERS, a_budget_line, registered_openers
from tests.builders_inviting import TWO, a_list, an_invited_draft, six_providers
from tests.builders_vendors import AProvider, a_full_file, a_store
from tests.cast import actor
from tests.pages import send, sign_in, words

WEEK = timedelta(days=8)  # Monday to the Tuesday after: more than five working days


class PlainPress:
    """Gives the page itself."""

    async def press(self, page: str) -> bytes:
        return page.encode()


async def an_announced(clock: Any) -> tuple[UUID, str, list[AProvider], datetime]:
    """A draft with an announced prequalification, its number, six providers, and when applications close."""
    now = await clock.now()
    line, providers = await a_budget_line(now), await six_providers(now)
    await registered_openers(now, OPENERS)
    draft = await an_invited_draft(now, line=line)
    until = now + WEEK
    await prepare(draft, until, await actor("wang.min", now), now)
    await announce(draft, await actor("li.qiang", now), now)
    return draft, str((await listing_by_id(draft))["reference"]), providers, until


async def test_the_days_to_apply_are_kept_and_two_people_announce(db: Any, clock: Any) -> None:
    now = await clock.now()
    await six_providers(now)
    draft = await an_invited_draft(now)
    wang, li = await actor("wang.min", now), await actor("li.qiang", now)
    with pytest.raises(FormRefused):  # five working days after Monday 2 March end on Monday 9 March
        await prepare(draft, now + timedelta(days=6), wang, now)
    kept = await fetchval("SELECT requirement FROM listing WHERE id = $1", draft)
    await execute("UPDATE listing SET requirement = '' WHERE id = $1", draft)
    with pytest.raises(FormRefused) as empty:
        await prepare(draft, now + timedelta(days=7), wang, now)
    assert "买什么" in str(empty.value.errors["applications_until"])
    await execute("UPDATE listing SET requirement = $2 WHERE id = $1", draft, kept)
    await prepare(draft, now + timedelta(days=7), wang, now)
    with pytest.raises(Forbidden) as own:
        await announce(draft, wang, now)
    assert own.value.clause in ("R-ROLE-03", None)
    with pytest.raises(Conflict):  # a day later the time is too short
        await announce(draft, li, now + timedelta(days=1))
    await announce(draft, li, now)
    with pytest.raises(Conflict):
        await announce(draft, li, now)
    with pytest.raises(Conflict):
        await prepare(draft, now + WEEK, wang, now)


async def test_the_notice_is_public_and_nobody_learns_who_applied_before_the_deadline(
    client: httpx.AsyncClient, clock: Any
) -> None:
    draft, reference, providers, until = await an_announced(clock)
    path = f"/prequalifications/{reference}"
    said = words((await client.get(path)).text)
    assert "资格预审公告" in said and "合格制" in said and "现在可以申请" in said and "R-TIME-06" in said
    lot = await fetchval("SELECT title FROM listing_lot WHERE listing = $1", draft)
    assert lot in said and "领取资格预审文件" in said and "2026年3月10日09:00" in said and "社会组织" in said
    listed = (await client.get("/prequalifications")).text
    assert path in listed and "可以申请" in words(listed)
    assert "/prequalifications" in (await client.get("/listings")).text
    assert "Open for applications until" in words((await client.get(f"/en{path}")).text)
    now = await clock.now()
    await publish_notice_pdf(reference, "prequalification", Shop(PlainPress(), a_store()), "https://x", (None, now))
    kept = await latest_paper(reference, "prequalification")
    page = (await client.get(path)).text
    assert kept is not None and kept["sha256"] in page and "<svg" in page
    assert (await client.get(f"/papers/{kept['id']}")).status_code == 200  # though the listing is a draft
    await sign_in(client, providers[0].username)
    assert "申请资格预审" in (await client.get(path)).text
    for _ in range(2):  # twice is once
        assert (await send(client, f"{path}/apply")).status_code == 303
    assert "贵单位已经申请" in words((await client.get(path)).text)
    assert await fetchval("SELECT count(*) FROM prequalification_application") == 1
    application = await fetchval("SELECT id FROM prequalification_application")
    await sign_in(client, "wang.min")
    shown = words((await client.get(f"/listings/drafts/{draft}/invitation")).text)
    assert "任何人都不知道" in shown and "第一社会工作" not in shown
    assert (await client.get(f"/prequalifications/applications/{application}")).status_code == 404
    await clock.set(until)
    assert (await client.get(f"/prequalifications/applications/{application}")).status_code == 200
    assert "第一社会工作" in words((await client.get(f"/listings/drafts/{draft}/invitation")).text)
    await sign_in(client, providers[1].username)
    assert (await send(client, f"{path}/apply")).status_code == 409
    assert (await client.get(f"/prequalifications/applications/{application}")).status_code == 403


async def test_each_is_judged_with_a_reason_and_the_qualified_are_the_list(
    client: httpx.AsyncClient, clock: Any
) -> None:
    draft, reference, providers, until = await an_announced(clock)
    await a_full_file(providers[0], "private_non_enterprise", await clock.now())
    for each in providers[:4]:
        await apply(reference, each.actor, await clock.now())
    await clock.set(until)
    found = await prequalification_of(draft)
    assert found is not None
    rows = await applications_of(found["id"])
    wang = await actor("wang.min", until)
    with pytest.raises(Conflict):
        await qualified_list(draft, 3, until)
    await sign_in(client, "wang.min")
    path = f"/prequalifications/applications/{rows[0]['id']}"
    page = await client.get(path)
    paper = page.text.split(f"{path}/papers/")[1].split('"')[0]
    assert (await client.get(f"{path}/papers/{paper}")).status_code == 200
    other = f"/prequalifications/applications/{rows[1]['id']}/papers/{paper}"
    assert (await client.get(other)).status_code == 404
    bad = await send(client, path, {"verdict": "refused", "reason": ""})
    assert bad.status_code == 422 and "哪一条不符合" in words(bad.text)
    assert (await send(client, path, {"verdict": "refused", "reason": "没有服务场所"})).status_code == 303
    for row in rows[1:]:
        await judge(row["id"], True, "", wang, until)
    told = await fetch("SELECT payload->>'body' AS body FROM outbox_message WHERE payload->>'body' LIKE '%资格预审%'")
    assert any("没有服务场所" in row["body"] for row in told) and len(told) == 4
    with pytest.raises(Conflict):  # a list written by hand is another one
        await record_list(draft, a_list(6, 3), wang, until)
    taken = await send(client, f"/listings/drafts/{draft}/prequalification/list", {"take": "3"})
    assert taken.status_code == 303
    listed = [row["organisation"] for row in await listed_providers(draft)]
    assert listed == [each.actor.organisation_id for each in providers[1:4]]
    with pytest.raises(Conflict):  # what was found stands once the list is made
        await judge(rows[1]["id"], False, "改了", wang, until)
    number = await freeze_list(draft, wang, until)
    await link_committed()
    await hold_draw(number, TWO, wang, until)
    await execute("UPDATE listing SET closes_at = closes_at + interval '60 days' WHERE id = $1", draft)
    await execute("UPDATE listing SET qualification = '另一个条件' WHERE id = $1", draft)
    await submit_for_review(draft, wang, until)
    with pytest.raises(Conflict) as differs:
        await publish_listing(draft, await actor("li.qiang", until), until)
    assert differs.value.clause == "R-CORR-01"


async def test_too_few_qualified_make_no_list(db: Any, clock: Any) -> None:
    draft, reference, providers, until = await an_announced(clock)
    for each in providers[:2]:
        await apply(reference, each.actor, await clock.now())
    await clock.set(until)
    found = await prequalification_of(draft)
    assert found is not None
    wang = await actor("wang.min", until)
    for row in await applications_of(found["id"]):
        await judge(row["id"], True, "", wang, until)
    with pytest.raises(FormRefused) as refused:
        await record_list(draft, await qualified_list(draft, 3, until), wang, until)
    assert "只有 2 家" in str(refused.value.errors["providers"])


async def test_R_PUB_01_the_notice_goes_to_the_platform_before_its_listing_is_out(
    client: httpx.AsyncClient, clock: Any
) -> None:
    _, reference, *_ = await an_announced(clock)
    path = f"/prequalifications/{reference}"
    await sign_in(client, "tan.rong")
    assert (await send(client, f"{path}/platform")).status_code == 403
    await sign_in(client, "wang.min")
    assert f"{path}/platform" in (await client.get(path)).text
    export = (await send(client, f"{path}/platform")).headers["location"]
    sent = (await client.get(f"{export}/notice.json")).json()
    assert sent["公告类型"] == "资格预审公告" and sent["采购项目编号"] == reference and sent["采购方式"] == "邀请招标"
    assert "合格制" in sent["公告正文"] and sent["原文网址"].endswith(path)
    said = words((await client.get(export)).text)
    assert "等待平台编号" in said and "字段现在的内容与报送的不同" not in said
    answer = {"platform_number": "N1", "platform_published_on": "2026-03-03", "platform_link": "", "difference": ""}
    assert (await send(client, export, answer)).status_code == 303
    assert "N1" in words((await client.get(path)).text)
    assert reference in words((await client.get("/platform-exports")).text)
