"""R-METH-05: purchases without open tender are added up per year, buyer, budget item and category."""

from __future__ import annotations

import asyncio
from contextvars import Context
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import httpx

from catalogue.listings.draft_queries import all_mistakes
from catalogue.listings.methods import codes_counted_together
from catalogue.listings.queries import listing_by_id
from catalogue.listings.rules import Method
from catalogue.listings.services import publish_listing, submit_for_review
from catalogue.plans.filters import EVERY_LINE, ChosenLines
from catalogue.plans.splitting import splitting_sums
from catalogue.plans.splitting_queries import bought_beside, sums_without_tender
from catalogue.plans.splitting_rules import is_split
from marketplace.kernel.db import execute, fetch, fetchval, transaction
from tests.builders_catalogue import a_budget_line, a_draft, a_published_listing
from tests.cast import actor
from tests.pages import sign_in, words

LIMIT = Decimal("4000000")


def test_r_meth_05_exactly_the_threshold_and_a_single_purchase_are_not_splitting() -> None:
    assert is_split([Decimal(2000000), Decimal("2000000.01")], LIMIT)
    assert not is_split([Decimal(2000000), Decimal(2000000)], LIMIT)
    assert not is_split([Decimal(4000001)], LIMIT)


async def test_r_meth_05_the_database_adds_up_each_group_apart_and_judges_as_the_rule(clock: Any) -> None:
    now = await clock.now()
    several, single = await a_budget_line(now, Decimal(3000000)), await a_budget_line(now, Decimal(3000000), title="二")
    amounts = {several: [Decimal(600000), Decimal(700000)], single: [Decimal(900000)]}
    for line, budgets in amounts.items():
        for minute, budget in enumerate(budgets):
            await a_published_listing(now + timedelta(minutes=minute), line, budget=budget, ceiling=budget)
    finance = await actor("zhao.lei", now)
    for limit in (Decimal(0), Decimal("1299999.99"), Decimal(1300000)):
        sums = splitting_sums(await sums_without_tender(finance, EVERY_LINE, limit))
        assert [(each.total, each.is_over) for each in sums] == [
            (sum(found), is_split(found, limit)) for found in amounts.values()
        ]
        assert [each["amount"] for each in sums[0].listings] == [Decimal(700000), Decimal(600000)]
    one = dict(parse_qsl(sums[0].address.partition("?")[2]))
    alone = await sums_without_tender(finance, ChosenLines(item=one["item"]), LIMIT, one["project"])
    assert [each.behind for each in splitting_sums(alone)] == [2]


async def test_r_meth_05_the_page_shows_the_listings_behind_each_sum(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    await sign_in(client, "zhao.lei")
    assert "没有公开招标以外的采购" in words((await client.get("/budget/splitting")).text)
    published = await a_published_listing(now, line)
    for address in ("/budget/splitting", "/en/budget/splitting?year=2026"):
        said = words((await client.get(address)).text)
        assert published.reference in said and "¥505,000.00" in said
    assert published.reference not in (await client.get("/budget/splitting?year=2025")).text
    await sign_in(client, "yang.hua")
    assert (await client.get("/budget/splitting")).status_code == 403


async def test_a_buyer_adds_up_its_own_purchases_only(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    published = await a_published_listing(now, await a_budget_line(now))
    await sign_in(client, "wang.min")
    assert published.reference in (await client.get("/budget/splitting")).text


async def test_r_meth_05_a_draft_and_the_page_add_up_the_same_group(db: Any, clock: Any) -> None:
    """Two lines of one 预算项目代码 are one group on the page, and for the draft's own warning."""
    now = await clock.now()
    first, second = await a_budget_line(now, Decimal(3000000)), await a_budget_line(now, Decimal(3000000), title="二")
    apart = await a_budget_line(now, Decimal(3000000), title="三")
    await execute("UPDATE budget_line SET project_code = '51012126T1' WHERE id = ANY($1)", [first, second])
    big = {"budget": Decimal(2100000), "ceiling": Decimal(2100000), "reservation_ground": ""}
    await a_published_listing(now, first, **big)
    draft, alone = await a_draft(now, second, **big), await a_draft(now, apart, **big)
    said = {each: await _warned(each, now) for each in (draft, alone)}
    assert said == {draft: True, alone: False}
    assert await bought_beside(second, draft) == [Decimal(2100000)] and await bought_beside(apart, alone) == []
    # the draft published, the page names the same group, and the sum behind the warning is its sum
    await submit_for_review(draft, await actor("wang.min", now), now)
    await publish_listing(draft, await actor("li.qiang", now), now)
    rows = await sums_without_tender(await actor("zhao.lei", now), EVERY_LINE, LIMIT)
    (over,) = [each for each in splitting_sums(rows) if each.is_over]
    assert over.total == Decimal(4200000) and {row["budget_item"] for row in over.listings} == {"51012126T1"}


BY_LOTS = """
SELECT l.budget_line AS line, i.code AS item_code, l.method, (EXISTS (SELECT 1 FROM splitting_exemption e
  WHERE e.listing = l.id AND e.withdrawn_at IS NULL) OR EXISTS (SELECT 1 FROM listing_procedure p
  WHERE p.listing = l.id AND p.approval_number <> '')) AS is_exempt,
  sum(o.budget) AS amount, count(DISTINCT l.id) AS purchases
FROM listing l JOIN listing_lot o ON o.listing = l.id JOIN item i ON i.id = o.item
WHERE l.published_at IS NOT NULL AND l.status NOT IN ('failed', 'cancelled') GROUP BY 1, 2, 3, 4
"""
KEPT = """
SELECT line, item_code, method, is_exempt, sum(amount) AS amount, sum(purchases) AS purchases FROM counted_sum
GROUP BY 1, 2, 3, 4 HAVING sum(purchases) <> 0 OR sum(amount) <> 0
"""


async def test_r_meth_05_the_kept_sums_are_those_of_the_lots_whatever_is_written(db: Any, clock: Any) -> None:
    now = await clock.now()
    line, other = await a_budget_line(now), await a_budget_line(now, title="二")
    first, second = await a_published_listing(now, line), await a_published_listing(now, line)
    await a_draft(now, other)
    told = []
    for act in (
        "SELECT $1::uuid",
        f"UPDATE listing SET budget_line = '{other}' WHERE id = $1",
        "UPDATE listing SET status = 'closed' WHERE id = $1",
        "UPDATE listing_lot SET budget = budget + 1 WHERE listing = $1",
        "INSERT INTO listing_procedure (id, listing, approval_number, approved_on) VALUES"
        " (gen_random_uuid(), $1, '批', '2026-01-05')",
        "UPDATE listing SET method = 'single_source' WHERE id = $1",
        "DELETE FROM listing_procedure WHERE listing = $1",
        "UPDATE listing SET status = 'failed' WHERE id = $1",
        "UPDATE listing SET status = 'published' WHERE id = $1",
        "SELECT count_purchases_anew() FROM listing WHERE id = $1",
    ):
        await execute(act, first.id)
        kept = {tuple(row.values()) for row in await fetch(KEPT)}
        assert kept == {tuple(row.values()) for row in await fetch(BY_LOTS)}, act
        told.append(len(kept))
    assert told == [1, 2, 2, 2, 2, 2, 2, 1, 2, 2] and second.id


async def test_r_meth_05_two_who_publish_at_once_wait_for_nobody_and_both_count(committed: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now, Decimal(3000000))
    listings = [await a_published_listing(now, line) for _ in range(3)]
    hold = "UPDATE listing_lot SET budget = budget + 1 WHERE listing = $1"
    async with transaction():
        await execute(hold, listings[0].id)
        # another connection counts while this one has counted and not committed
        await asyncio.wait_for(asyncio.create_task(execute(hold, listings[1].id), context=Context()), 10)
    await execute(hold, listings[2].id)
    assert [tuple(r.values()) for r in await fetch(KEPT)] == [tuple(r.values()) for r in await fetch(BY_LOTS)]
    assert await fetchval("SELECT count(*) FROM counted_sum") == 1


def test_r_meth_05_every_method_but_open_tender_is_added_up() -> None:
    # a framework buys nothing by itself, and its providers are called for in public
    as_open = {"open_tender", "closed_framework", "open_framework"}
    assert set(codes_counted_together()) == {method.value for method in Method} - as_open


async def _warned(listing: Any, now: Any) -> bool:
    found = await all_mistakes(await listing_by_id(listing), now)
    return "R-METH-05" in {each.clause for each in found}
