"""R-METH-05: purchases without open tender are added up per year, buyer, budget item and category."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx

from catalogue.plans.splitting import splitting_sums
from tests.builders_catalogue import a_budget_line, a_published_listing
from tests.pages import sign_in, words

LIMIT = Decimal("4000000")
TOWN, OTHER = uuid4(), uuid4()


def bought(amount: str, **changed: Any) -> dict[str, Any]:
    """One listing's share of a category."""
    return {
        "year": 2026, "buyer": TOWN, "budget_item": "51012126T1", "item_code": "A02", "amount": Decimal(amount),
        **changed,
    }  # fmt: skip


def test_r_meth_05_several_purchases_together_over_the_threshold_are_named() -> None:
    (one,) = splitting_sums([bought("2000000"), bought("2000000.01")], LIMIT)
    assert one.is_over and one.total == Decimal("4000000.01")


def test_r_meth_05_exactly_the_threshold_and_a_single_purchase_are_not_splitting() -> None:
    assert not splitting_sums([bought("2000000"), bought("2000000")], LIMIT)[0].is_over
    assert not splitting_sums([bought("4000001")], LIMIT)[0].is_over


def test_r_meth_05_other_years_buyers_items_and_categories_are_counted_apart() -> None:
    others = [
        bought("3000000", year=2025), bought("3000000", buyer=OTHER), bought("3000000", budget_item="x"),
        bought("3000000", item_code="A03"),
    ]  # fmt: skip
    sums = splitting_sums([bought("3000000"), *others], LIMIT)
    assert len(sums) == 5 and not any(each.is_over for each in sums)


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
