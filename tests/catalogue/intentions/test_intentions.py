"""R-TIME-01: an intention is public at least 30 days before buying starts; a listing that is earlier is warned of."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest

from catalogue.intentions.rules import earliest_start, is_early_enough, latest_publication
from catalogue.intentions.services import (
    NewPlannedPurchase,
    change_planned,
    plan_purchase,
    publish_intention,
    withdraw_planned,
)
from catalogue.listings.draft_queries import all_mistakes
from catalogue.listings.queries import listing_by_id
from catalogue.plans.methods import METHOD_LABELS
from marketplace.kernel.db import execute, fetch, fetchval, transaction
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.site.notice_sources import CALL_NOTICES, UNPRESSED
from tests.builders_catalogue import a_budget_line, a_draft
from tests.cast import actor
from tests.pages import send, sign_in, words
from tests.papers import needs_press, pdf_words


def planned(**changed: Any) -> NewPlannedPurchase:
    """A purchase of Zhaozhen for April 2026."""
    values: dict[str, Any] = {
        "year": 2026, "item_code": "A02", "title": "购买社会救助服务", "amount": Decimal("505000.00"),
        "method": "consultation", "starts_on": date(2026, 4, 10), "need": "入户调查、对象排查，每年 12 次。",
    }  # fmt: skip
    return NewPlannedPurchase(**{**values, **changed})


async def _findings(listing: Any, now: Any) -> list[Any]:
    found = await all_mistakes(await listing_by_id(listing), now)
    return [each for each in found if each.clause == "R-TIME-01"]


def test_r_time_01_thirty_days_lie_between_intention_and_start() -> None:
    assert earliest_start(date(2026, 3, 2)) == date(2026, 4, 1)
    assert is_early_enough(date(2026, 3, 2), date(2026, 4, 1))
    assert not is_early_enough(date(2026, 3, 2), date(2026, 3, 31))
    assert latest_publication(date(2026, 4, 1)) == date(2026, 3, 2)


async def test_r_time_01_a_listing_without_an_intention_is_warned_of_but_not_refused(db: Any, clock: Any) -> None:
    now = await clock.now()
    (finding,) = await _findings(await a_draft(now), now)
    assert not finding.blocks and "还没有公开采购意向" in str(finding.sentence)


async def test_r_time_01_the_warning_ends_on_the_thirtieth_day(db: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    listing = await a_draft(now, line)
    reference = await plan_purchase(planned(budget_line=line), await actor("wang.min", now), now)
    told = await publish_intention(reference, await actor("li.qiang", now), now)
    (finding,) = await _findings(listing, now + timedelta(days=29))
    assert told in str(finding.sentence) and not finding.blocks
    assert await _findings(listing, now + timedelta(days=30)) == []


async def test_r_time_01_an_intention_for_another_item_or_line_does_not_count(db: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    other = await a_budget_line(now, title="另一条")
    listing = await a_draft(now, line)
    for new in (planned(item_code="A03"), planned(budget_line=other), planned(year=2025)):
        reference = await plan_purchase(new, await actor("wang.min", now), now)
        await publish_intention(reference, await actor("li.qiang", now), now)
    (finding,) = await _findings(listing, now + timedelta(days=40))
    assert "还没有公开" in str(finding.sentence)


async def test_r_time_01_below_the_purchase_limit_no_intention_is_asked_for(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_draft(now)
    await execute("UPDATE listing SET method = 'under_limit' WHERE id = $1", listing)
    assert await _findings(listing, now) == []


async def test_nobody_publishes_an_intention_of_their_own_plan(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    reference = await plan_purchase(planned(), await actor("wang.min", now), now)
    with pytest.raises(Forbidden) as refused:
        await publish_intention(reference, await actor("wang.min", now), now)
    assert refused.value.clause == "R-ROLE-03"
    with pytest.raises(Forbidden):
        await publish_intention(reference, await actor("zhao.lei", now), now)
    await publish_intention(reference, await actor("li.qiang", now), now)
    with pytest.raises(Conflict):
        await publish_intention(reference, await actor("li.qiang", now), now)


async def test_a_published_intention_is_never_changed(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    reference = await plan_purchase(planned(), await actor("wang.min", now), now)
    await execute("UPDATE planned_purchase SET amount = 600000")  # before publication it may be
    await publish_intention(reference, await actor("li.qiang", now), now)
    for sql in (
        "UPDATE planned_purchase SET amount = 1", "DELETE FROM planned_purchase",
        "UPDATE intention SET published_at = now()", "DELETE FROM intention",
    ):  # fmt: skip
        with pytest.raises((asyncpg.RaiseError, asyncpg.IntegrityConstraintViolationError)):
            async with transaction():
                await execute(sql)


async def test_nobody_plans_with_the_budget_of_another_office(db: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now, buyer="wufeng")
    with pytest.raises(NotFound):
        await plan_purchase(planned(budget_line=line), await actor("wang.min", now), now)


async def test_a_buyer_plans_and_a_colleague_publishes_through_the_pages(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    assert "还没有公开的采购意向" in words((await client.get("/intentions")).text)
    await sign_in(client, "wang.min")
    bad = {"year": "2026", "title": "", "item_code": "Z9", "amount": "-1", "starts_on": "2026-01-01", "need": ""}
    refused = await send(client, "/procurement-plan/new", bad)
    said = words(refused.text)
    assert refused.status_code == 422 and "已经过去" in said and "目录里没有" in said and "不能是负数" in said
    good = {
        "year": "2026", "title": "购买社会救助服务", "item_code": "A02", "amount": "505,000", "method": "consultation",
        "starts_on": "2026-04-10", "need": "入户调查", "budget_line": str(line),
    }  # fmt: skip
    path = (await send(client, "/procurement-plan/new", good)).headers["location"]
    assert "请本单位另一位同事公开" in words((await client.get(path)).text)
    assert (await send(client, f"{path}/publish")).status_code == 403
    await sign_in(client, "li.qiang")
    assert "公开采购意向：购买社会救助服务" in words((await client.get("/work")).text)
    public = (await send(client, f"{path}/publish")).headers["location"]
    assert (await send(client, f"{path}/publish")).status_code == 409
    assert (await client.get("/procurement-plan/export.xlsx")).content.startswith(b"PK")
    for page in ("/procurement-plan", "/procurement-plan/new", path):
        assert (await client.get("/en" + page)).status_code == 200
    client.cookies.delete("sid")
    for address in (public, "/en" + public, "/intentions?q=救助", "/en/intentions?year=2026&item=A02"):
        answer = await client.get(address)
        assert answer.status_code == 200 and "购买社会救助服务" in words(answer.text)
    assert "没有符合条件" in words((await client.get("/intentions?q=zzz")).text)
    assert (await client.get("/intentions/YX-2026-9999")).status_code == 404
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'intention.published'") == 1


async def test_a_plan_is_read_by_its_office_and_by_finance(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    reference = await plan_purchase(planned(), await actor("wang.min", now), now)
    await sign_in(client, "zhao.lei")
    assert reference in (await client.get("/procurement-plan")).text
    await execute("UPDATE planned_purchase SET buyer = (SELECT id FROM organisation WHERE name = '五凤镇人民政府')")
    await sign_in(client, "wang.min")
    assert reference not in (await client.get("/procurement-plan")).text
    assert (await client.get(f"/procurement-plan/{reference}")).status_code == 404
    await sign_in(client, "yang.hua")
    assert (await client.get("/procurement-plan")).status_code == 403


PLAN = {
    "year": "2026", "item_code": "A02", "title": "购买社会救助服务", "amount": "505000.00", "method": "consultation",
    "starts_on": "2026-04-10", "need": "入户调查、对象排查，每年 12 次。", "budget_line": "",
}  # fmt: skip


async def test_a_plan_form_sent_twice_is_one_line_and_another_one_is_another(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await a_budget_line(await clock.now())
    await sign_in(client, "wang.min")
    places = {(await send(client, "/procurement-plan/new", PLAN)).headers["location"] for _ in range(3)}
    assert len(places) == 1 and await fetchval("SELECT count(*) FROM planned_purchase") == 1
    other = await send(client, "/procurement-plan/new", {**PLAN, "amount": "505000.01"})
    assert other.headers["location"] not in places


async def test_a_planned_purchase_is_changed_and_withdrawn_until_the_public_is_told(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await a_budget_line(await clock.now())
    await sign_in(client, "wang.min")
    place = (await send(client, "/procurement-plan/new", PLAN)).headers["location"]
    assert f"{place}/change" in (await client.get(place)).text
    form = await client.get(f"{place}/change")
    assert 'value="505000.00"' in form.text and "修改采购计划" in words(form.text)
    bad = await send(client, f"{place}/change", {**PLAN, "amount": "-1", "title": "改"})
    assert bad.status_code == 422 and 'value="-1"' in bad.text and 'value="改"' in bad.text
    for _ in range(2):  # twice does no harm
        assert (await send(client, f"{place}/change", {**PLAN, "amount": "404000"})).status_code == 303
    assert "¥404,000.00" in words((await client.get(place)).text)
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'plan.purchase_changed'") == 1
    for path in ("change", "withdraw"):
        await sign_in(client, "zhao.lei")  # finance reads plans and changes none
        assert (await send(client, f"{place}/{path}", PLAN)).status_code == 403
    english = words((await client.get(f"/en{place}")).text)
    assert "Withdraw" not in english
    await sign_in(client, "li.qiang")
    assert (await send(client, f"{place}/publish")).status_code == 303
    await sign_in(client, "wang.min")
    assert "/change" not in (await client.get(place)).text
    for path in ("change", "withdraw"):
        refused = await send(client, f"{place}/{path}", PLAN)
        assert refused.status_code == 409 and "不能再改" in words(refused.text)
    second = (await send(client, "/procurement-plan/new", {**PLAN, "title": "另一项"})).headers["location"]
    assert (await send(client, f"{second}/withdraw")).status_code == 303
    assert (await client.get(second)).status_code == 404
    assert (await send(client, f"{second}/withdraw")).status_code == 404
    assert await fetchval("SELECT count(*) FROM planned_purchase") == 1


async def test_r_role_03_who_changed_a_plan_does_not_publish_it(db: Any, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    reference = await plan_purchase(planned(), await actor("wang.min", now), now)
    await change_planned(reference, planned(amount=Decimal(1)), await actor("wang.min", now), now)
    with pytest.raises(Forbidden):
        await publish_intention(reference, await actor("wang.min", now), now)
    with pytest.raises((NotFound, Forbidden)):
        await withdraw_planned(reference, await actor("liu.fang", now), now)
    assert await fetchval("SELECT count(*) FROM planned_purchase") == 1


async def test_r_pub_02_a_published_intention_has_its_official_form_for_everybody(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    await a_budget_line(now)
    reference = await plan_purchase(planned(), await actor("wang.min", now), now)
    told = await publish_intention(reference, await actor("li.qiang", now), now)
    page = f"/intentions/{told}/notice"
    assert page in (await client.get(f"/intentions/{told}")).text
    said = words((await client.get(page)).text)
    for word in ("政府采购意向公告", "购买社会救助服务", "入户调查、对象排查", "¥505,000.00", "2026年4月", "赵镇街道"):
        assert word in said, word
    assert "April 2026" in words((await client.get(f"/en{page}")).text)
    assert (await client.get(f"/intentions/{reference}/notice")).status_code == 404
    due = await fetch(UNPRESSED, now - timedelta(days=1), 5, "application/pdf", None, *CALL_NOTICES)
    assert [(row["reference"], row["slug"]) for row in due] == [(told, "intention")]


@needs_press
async def test_r_pub_02_an_intention_is_pressed_once_with_its_hash(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await a_budget_line(now)
    reference = await plan_purchase(planned(), await actor("wang.min", now), now)
    told = await publish_intention(reference, await actor("li.qiang", now), now)
    page = f"/intentions/{told}/notice"
    await sign_in(client, "li.qiang")
    for _ in range(2):
        assert (await send(client, f"{page}/pdf")).status_code == 303
    assert await fetchval("SELECT count(*) FROM published_paper WHERE subject = $1", told) == 1
    address = re.findall(r"/papers/[0-9a-f-]{36}", (await client.get(page)).text)[0]
    assert "政府采购意向公告" in pdf_words((await client.get(address)).content)
    await sign_in(client, "liu.fang")
    assert (await send(client, f"{page}/pdf")).status_code == 403
    due = await fetch(UNPRESSED, now - timedelta(days=1), 5, "application/pdf", None, *CALL_NOTICES)
    assert list(due) == []


async def test_a_plan_names_every_method_that_a_listing_may_have_and_no_other(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await a_budget_line(await clock.now())
    await sign_in(client, "wang.min")
    for method, label in METHOD_LABELS.items():
        answer = await send(client, "/procurement-plan/new", {**PLAN, "method": method.value})
        assert answer.status_code == 303, method
        assert label in words((await client.get(answer.headers["location"])).text)
    assert (await send(client, "/procurement-plan/new", {**PLAN, "method": "inquiry"})).status_code == 422
