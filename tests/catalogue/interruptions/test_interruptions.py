"""Pausing, resuming and cancelling a published listing, and what each does to dates, bids and money."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from catalogue.interest.services import follow_listing
from catalogue.interruptions.rules import NewSuspension, dates_after, refund_by, suspension_mistakes
from catalogue.interruptions.services import (
    cancel_published,
    resume_all_due,
    resume_listing,
    suspend_listing,
    tell_all_ended,
)  # fmt: skip
from catalogue.listings.progress import close_all_due, fail_listing
from catalogue.listings.queries import listing_by_id
from catalogue.listings.version_queries import versions_of
from catalogue.plans.queries import line_money
from marketplace.kernel.audit.queries import list_entries
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, IllegalMove
from marketplace.kernel.i18n import say
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_provider, a_sealed_bid
from tests.cast import actor
from tests.pages import send, sign_in, words
from vendors.bids.queries import counts_by_lot

TODAY = date(2026, 3, 2)
OUTAGE = NewSuspension("outage", "服务器故障", date(2026, 3, 9))


async def mails_to(address: str) -> list[dict[str, str]]:
    rows = await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")
    return [m for r in rows if (m := json.loads(r["payload"]))["to"] == address]


def test_dates_ahead_move_by_the_days_of_the_pause_to_a_working_day() -> None:
    now = at_county_time(TODAY, 9)
    documents_until = at_county_time(date(2026, 3, 9), 17)
    listing = {"closes_at": at_county_time(date(2026, 3, 18), 14), "documents_until": documents_until}
    after = dates_after(listing, date(2026, 3, 12), now)  # ten days: 28 March is a Saturday
    assert after.closes_at == at_county_time(date(2026, 3, 30), 14)
    assert after.documents_until == at_county_time(date(2026, 3, 19), 17)
    over = {**listing, "documents_until": at_county_time(date(2026, 3, 1), 17)}
    assert dates_after(over, date(2026, 3, 12), now).documents_until == over["documents_until"]


@pytest.mark.parametrize(
    ("until", "number", "wrong"),
    [(date(2026, 4, 1), "金财采〔2026〕3号", set()), (date(2026, 4, 2), "金财采〔2026〕3号", {"until"}),
     (date(2026, 3, 20), "", {"document_number"}), (TODAY, "x", {"until"})],
)  # fmt: skip
def test_r_time_27_an_order_of_finance_lasts_thirty_days_at_most(until: date, number: str, wrong: set[str]) -> None:
    new = NewSuspension("finance_order", "处理投诉", until, number)
    assert set(suspension_mistakes(new, at_county_time(TODAY, 9))) == wrong


async def test_a_suspended_listing_takes_no_bids_and_keeps_those_it_has(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    provider = await a_provider(now)
    receipt = await a_sealed_bid(listing.lots[0]["id"], provider, now)
    await suspend_listing(listing.reference, OUTAGE, await actor("li.qiang", now), now)
    row = await listing_by_id(listing.id)
    assert row["status"] == "suspended" and row["closes_at"] >= listing.closes_at + timedelta(days=7)
    other = await a_provider(now, name="金堂县邻里服务中心", username="linli")
    with pytest.raises(Conflict):
        await a_sealed_bid(listing.lots[0]["id"], other, await clock.now())
    assert await fetchval("SELECT status FROM bid WHERE receipt_number = $1", receipt) == "sealed"
    assert [v["kind"] for v in await versions_of(listing.id)] == ["suspension", "publication"]


async def test_the_old_deadline_opens_nothing_while_suspended(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await a_sealed_bid(listing.lots[0]["id"], await a_provider(now), now)
    until = county_day(listing.closes_at) + timedelta(days=5)
    await suspend_listing(listing.reference, replace(OUTAGE, until=until), await actor("li.qiang", now), now)
    await clock.set(listing.closes_at + timedelta(minutes=1))
    assert await close_all_due(await clock.now()) == 0
    assert await counts_by_lot(listing.id) == []
    assert (await list_entries(1, await clock.now(), act="bid.sealed")).total == 0


async def test_it_resumes_by_itself_on_its_day_or_earlier_by_hand_with_the_announced_deadline(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    reviewer = await actor("li.qiang", now)
    await suspend_listing(listing.reference, OUTAGE, reviewer, now)
    announced = (await listing_by_id(listing.id))["closes_at"]
    await resume_all_due(at_county_time(date(2026, 3, 8), 23))
    assert (await listing_by_id(listing.id))["status"] == "suspended"
    await resume_all_due(at_county_time(date(2026, 3, 9), 0, 1))
    row = await listing_by_id(listing.id)
    assert row["status"] == "published" and row["closes_at"] == announced
    again = await clock.now()
    await suspend_listing(listing.reference, replace(OUTAGE, until=date(2026, 3, 20)), reviewer, again)
    later = (await listing_by_id(listing.id))["closes_at"]
    await resume_listing(listing.reference, reviewer, again)
    assert (await listing_by_id(listing.id))["closes_at"] == later
    with pytest.raises(IllegalMove):
        await resume_listing(listing.reference, reviewer, again)


async def test_r_role_02_finance_and_other_offices_do_not_pause(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    for username in ("zhao.lei", "liu.fang", "admin"):
        with pytest.raises(Forbidden):
            await suspend_listing(listing.reference, OUTAGE, await actor(username, now), now)
    with pytest.raises(FormRefused):
        reviewer = await actor("li.qiang", now)
        await suspend_listing(listing.reference, replace(OUTAGE, until=TODAY), reviewer, now)


async def test_r_time_21_cancelling_tells_all_gives_the_money_back_and_leaves_bids_sealed(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    provider = await a_provider(now)
    receipt = await a_sealed_bid(listing.lots[0]["id"], provider, now)
    row = await listing_by_id(listing.id)
    held = (await line_money(row["budget_line"]))["reserved"]
    await cancel_published(listing.reference, "task_cancelled", "年度计划取消", await actor("li.qiang", now), now)
    await tell_all_ended(now)
    await tell_all_ended(now)
    after = await listing_by_id(listing.id)
    assert held > 0 and (await line_money(row["budget_line"]))["reserved"] == 0
    assert refund_by(after) == compute("R-TIME-21", now).date
    (told,) = [m for m in await mails_to("hemei@provider.example") if "采购终止" in m["subject"]]
    assert "年度计划取消" in told["body"] and "保持密封" in told["body"]
    finance = await fetchval("SELECT email FROM person WHERE username = 'zhao.lei'")
    assert [m for m in await mails_to(finance) if "采购终止报告" in m["subject"]]
    await clock.set(listing.closes_at)
    assert await fetchval("SELECT status FROM bid WHERE receipt_number = $1", receipt) == "sealed"
    assert await counts_by_lot(listing.id) == []
    with pytest.raises(Conflict):
        await cancel_published(listing.reference, "task_cancelled", "再来", await actor("li.qiang", now), now)


async def test_a_failure_is_told_to_those_who_follow_once(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await follow_listing(listing.reference, (await a_provider(now)).actor, now)
    await clock.set(listing.closes_at)
    at = await clock.now()
    await close_all_due(at)
    await fail_listing(listing.id, say("响应的供应商不足 3 家"), "R-METH-06", None, at)
    await tell_all_ended(at)
    await tell_all_ended(at)
    assert len([m for m in await mails_to("hemei@provider.example") if "采购终止" in m["subject"]]) == 1


async def test_suspend_and_resume_pages(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    base = f"/listings/{listing.reference}"
    good = {"ground": "outage", "reason": "服务器故障", "until": "2026-03-09", "document_number": ""}
    await sign_in(client, "li.qiang")
    assert (await client.get(f"{base}/suspend")).status_code == 200
    assert (await client.get(f"{base}/resume")).status_code == 409
    bad = await send(client, f"{base}/suspend", {**good, "until": "2026-03-02", "reason": "写好的原因"})
    assert bad.status_code == 422 and "写好的原因" in bad.text and "恢复日要在今天以后" in words(bad.text)
    assert (await send(client, f"{base}/suspend", good)).status_code == 303
    assert (await send(client, f"{base}/suspend", good)).status_code == 409
    public = words((await client.get(base)).text)
    assert "已暂停" in public and "服务器故障" in public and "暂停公告，第 2 版" in public
    assert (await client.get(f"/en{base}")).status_code == 200
    assert (await client.get(f"{base}/resume")).status_code == 200
    assert (await send(client, f"{base}/resume")).status_code == 303
    assert (await send(client, f"{base}/resume")).status_code == 409
    assert "正在接受投标" in words((await client.get(base)).text)
    await a_provider(await clock.now())
    await sign_in(client, "hemei")
    for path in ("suspend", "resume", "cancel"):
        assert (await client.get(f"{base}/{path}")).status_code == 403
        assert (await send(client, f"{base}/{path}", good)).status_code == 403
    await sign_in(client, "li.qiang")
    for path in ("suspend", "resume", "cancel"):
        assert (await client.get(f"/listings/JT-2026-9999/{path}")).status_code == 404


async def test_the_cancel_page_says_the_effects_and_asks_for_a_ground(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    base = f"/listings/{listing.reference}"
    await sign_in(client, "li.qiang")
    assert "取消采购" in words((await client.get(base)).text)
    assert "保持密封" in words((await client.get(f"{base}/cancel")).text)
    bad = await send(client, f"{base}/cancel", {"ground": "", "reason": "预算调整"})
    assert bad.status_code == 422 and "预算调整" in bad.text
    good = {"ground": "task_cancelled", "reason": "预算调整"}
    assert (await send(client, f"{base}/cancel", good)).status_code == 303
    assert (await send(client, f"{base}/cancel", good)).status_code == 409
    client.cookies.delete("sid")
    public = words((await client.get(base)).text)
    assert "预算调整" in public and "连同银行孳息退还" in public
