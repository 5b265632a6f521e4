"""A listing keeps the rows of the rulebook it was published under and shows them; later law leaves it alone."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import asyncpg
import httpx
import pytest

from catalogue.listings.methods import all_methods
from catalogue.listings.rules import Method
from catalogue.listings.rules_kept import kept_rules
from catalogue.listings.rules_used import ABOVE_THE_LIMIT, ALWAYS, keys_of, rules_used
from marketplace.kernel.clock import CountyClock, county_day
from marketplace.kernel.db import execute, transaction
from marketplace.kernel.law.loading import refresh_law
from marketplace.kernel.rulebook import number, row
from tests.builders_catalogue import a_published_listing
from tests.marketplace.law.test_county_rows_are_seen import decide, propose
from tests.pages import words

MARCH = date(2026, 3, 2)


def test_every_named_row_is_in_the_book() -> None:
    named = {*ALWAYS, *ABOVE_THE_LIMIT, *(key for each in all_methods() for key in keys_of(each))}
    assert all(row(key, MARCH).key == key for key in named)


@pytest.mark.parametrize("method", list(Method))
def test_each_row_is_kept_once_and_holds_on_the_day(method: Method) -> None:
    rows = rules_used(method, ["R-TIME-22", "R-TIME-22"], MARCH)
    assert len({each.key for each in rows}) == len(rows) > 5
    assert all(each.in_force(MARCH) for each in rows)


def test_a_rule_that_did_not_hold_yet_is_not_kept() -> None:
    keys = {each.key for each in rules_used(Method.CONSULTATION, [], date(2026, 1, 31))}
    assert "R-LOW-01/mean" not in keys and "R-METH-04/limit" in keys


async def test_publishing_keeps_the_rows_of_the_day_and_later_law_leaves_them(client, clock) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    before = await kept_rules(listing.id)
    limit = next(each for each in before if each.key == "R-METH-04/limit")
    assert limit.value == Decimal(500000) and limit.unconfirmed
    assert {"R-TIME-07", "R-EVAL-10/low", "R-BID-08/purchased_services"} <= {each.key for each in before}
    tomorrow = county_day(now) + timedelta(days=1)
    await decide(await propose("R-METH-04/limit", "600000", effective_from=tomorrow))
    await refresh_law((await CountyClock().look()).law)
    assert number("R-METH-04/limit", tomorrow) == 600000
    assert await kept_rules(listing.id) == before


async def test_anybody_reads_the_rules_used_in_both_languages(client: httpx.AsyncClient, clock) -> None:
    listing = await a_published_listing(await clock.now())
    page = await client.get(f"/listings/{listing.reference}")
    text = words(page.text)
    assert "所用规则" in text and "¥500,000.00 未确认" in text and 'href="/rules/R-METH-04/limit"' in page.text
    assert "Rules used" in words((await client.get(f"/en/listings/{listing.reference}")).text)


async def test_kept_rows_cannot_be_changed(client, clock) -> None:
    listing = await a_published_listing(await clock.now())
    with pytest.raises(asyncpg.PostgresError):
        async with transaction():
            await execute("UPDATE listing_rule SET value = 1 WHERE listing = $1", listing.id)
