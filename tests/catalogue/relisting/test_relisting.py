"""A failed listing is listed again in one act (N8: the second invitation after one bidder)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from catalogue.interruptions.services import cancel_published
from catalogue.listings.draft_queries import parts_of
from catalogue.listings.drafts import Lots, Milestones, Openers, Qualification, Requirement, Scoring, Timetable
from catalogue.listings.progress import close_all_due, fail_listing
from catalogue.listings.queries import listing_by_id
from catalogue.plans.splitting_queries import bought_beside
from catalogue.relisting.rules import check_may_relist, title_again, title_en_again
from catalogue.relisting.services import relist
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.i18n import say
from tests.builders_catalogue import Published, a_published_listing
from tests.builders_vendors import a_provider
from tests.cast import actor
from tests.pages import send, sign_in, words


async def failed(clock: Any, **changed: Any) -> Published:
    """A listing that drew one bidder and failed."""
    listing = await a_published_listing(await clock.now(), **changed)
    await clock.set(listing.closes_at)
    now = await clock.now()
    await close_all_due(now)
    await fail_listing(listing.id, say("响应的供应商只有 1 家"), "R-METH-06", None, now)
    return listing


def test_the_count_stands_in_the_title_once() -> None:
    assert title_again("购买社会救助服务", 2) == "购买社会救助服务（第二次）"
    assert title_again("购买社会救助服务（第二次）", 3) == "购买社会救助服务（第三次）"
    assert title_en_again("Social assistance (attempt 2)", 3) == "Social assistance (attempt 3)"
    assert title_en_again("", 2) == "" and len(title_again("长" * 200, 2)) == 200


def test_a_cancelled_task_is_not_listed_again() -> None:
    check_may_relist("failed", "failed")
    check_may_relist("cancelled", "must_change")
    for status, ground in (("cancelled", "task_cancelled"), ("published", None), ("awarded", None)):
        with pytest.raises(Conflict):
            check_may_relist(status, ground)


async def test_everything_but_the_dates_is_copied_and_a_second_press_leads_to_the_same_draft(clock: Any) -> None:
    listing = await failed(clock)
    now = await clock.now()
    drafter = await actor("wang.min", now)
    draft = await relist(listing.reference, drafter, now)
    assert await relist(listing.reference, drafter, now) == draft
    old, new = await listing_by_id(listing.id), await listing_by_id(draft)
    assert new["status"] == "draft" and new["title"] == "购买社会救助服务（第二次）" and new["closes_at"] is None
    kept, copied = await parts_of(old), await parts_of(new)
    for kind in (Lots, Requirement, Qualification, Scoring, Milestones):
        assert [p for p in copied if isinstance(p, kind)] == [p for p in kept if isinstance(p, kind)], kind
    openers = [{person for p in parts if isinstance(p, Openers) for person in p.people} for parts in (kept, copied)]
    assert openers[0] == openers[1] and len(openers[0]) == 2
    assert not [p for p in copied if isinstance(p, Timetable)]
    assert new["published_at"] is None and new["reference"] != old["reference"]


async def test_r_meth_05_the_failed_attempt_is_not_counted_twice(clock: Any) -> None:
    listing = await failed(clock)
    now = await clock.now()
    draft = await relist(listing.reference, await actor("wang.min", now), now)
    line = (await listing_by_id(draft))["budget_line"]
    assert await bought_beside(line, draft) == []


async def test_a_third_attempt_counts_on(clock: Any) -> None:
    listing = await failed(clock)
    now = await clock.now()
    second = await relist(listing.reference, await actor("wang.min", now), now)
    await execute(
        "UPDATE listing SET status = 'failed', published_at = $2, closes_at = $2, ended_at = $2 WHERE id = $1",
        second, now,
    )  # fmt: skip
    reference = (await listing_by_id(second))["reference"]
    third = await listing_by_id(await relist(reference, await actor("wang.min", now), now))
    assert third["title"].endswith("（第三次）")
    assert await fetchval("SELECT attempt FROM relisting WHERE later = $1", third["id"]) == 3


async def test_another_office_does_not_relist(clock: Any) -> None:
    listing = await failed(clock)
    now = await clock.now()
    with pytest.raises(Forbidden):
        await relist(listing.reference, await actor("zhao.lei", now), now)


async def test_r_meth_07_the_page_names_other_ways_and_both_pages_link(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await failed(clock, method="open_tender")
    base = f"/listings/{listing.reference}"
    await sign_in(client, "wang.min")
    assert f'href="{base}/relist"' in (await client.get(base)).text
    page = (await client.get(f"{base}/relist")).text
    assert "R-METH-07" in page and "R-METH-08" in page and "（第二次）" in page
    first = await send(client, f"{base}/relist")
    assert first.status_code == 303 and "/listings/drafts/" in first.headers["location"]
    assert (await send(client, f"{base}/relist")).headers["location"] == first.headers["location"]
    assert "已经重新发起" in words((await client.get(f"{base}/relist")).text)
    assert "只有本单位看得到" in words((await client.get(base)).text)
    client.cookies.delete("sid")
    assert "重新采购" not in words((await client.get(base)).text)
    draft = first.headers["location"].rsplit("/", 1)[1]
    await execute("UPDATE listing SET published_at = now(), status = 'published', closes_at = now() + interval '9 d',"
                  " rules_on = '2026-03-02' WHERE id = $1", draft)  # fmt: skip
    reference = await fetchval("SELECT reference FROM listing WHERE id = $1", draft)
    assert reference in (await client.get(base)).text
    again = words((await client.get(f"/listings/{reference}")).text)
    assert "这是第 2 次采购" in again and listing.reference in again


async def test_relist_page_for_strangers_and_too_early(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    base = f"/listings/{listing.reference}"
    await sign_in(client, "wang.min")
    assert (await client.get(f"{base}/relist")).status_code == 409
    assert (await send(client, f"{base}/relist")).status_code == 409
    await cancel_published(listing.reference, "must_change", "资格要求违反规定", await actor("li.qiang", now), now)
    assert (await client.get(f"{base}/relist")).status_code == 200
    await a_provider(now)
    await sign_in(client, "hemei")
    assert (await client.get(f"{base}/relist")).status_code == 403
