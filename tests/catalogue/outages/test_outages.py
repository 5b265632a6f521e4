"""The service's own record of its availability, and the deadline that moves for all, once, when it was away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from catalogue.listings.queries import listing_by_id
from catalogue.outages.rules import Gap, OutageRule, Span, gaps, moves, new_deadline, rule_of, unavailable
from catalogue.outages.services import beat, move_after_outage, move_all_after_outages
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.site.deadline_jobs import pass_deadlines
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_provider, a_sealed_bid
from tests.pages import words

CLOSES = datetime(2026, 3, 20, 6, 0, tzinfo=UTC)  # Friday 14:00 in the county
RULE = OutageRule(timedelta(hours=24), 30, 1)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(-2000, 0)], 0),
        ([(-2000, -60), (-29, 0)], 31),
        # two processes: one was there
        ([(-2000, -60), (-29, 0), (-100, -10)], 0),
        # before the window, and across its beginning
        ([(-3000, -2000), (-1500, 0)], 0),
        ([(-3000, -1500), (-1430, 0)], 10),
        # away at the deadline itself
        ([(-2000, -31)], 31),
        # nothing is known before the first span
        ([(-10, 0)], 0),
        ([], 0),
        # a slow moment is no outage
        ([(-2000, -60), (-59.5, 0)], 0),
    ],
)
def test_outages_are_what_no_process_served_within_the_window(spans: list[tuple[float, float]], expected: int) -> None:
    served = [Span(CLOSES + minutes(begun), CLOSES + minutes(seen)) for begun, seen in spans]
    assert unavailable(gaps(served, CLOSES - RULE.window, CLOSES)) == minutes(expected)


def test_exactly_as_long_as_allowed_moves_nothing_and_the_new_hour_is_the_same_on_a_working_day() -> None:
    assert not moves([Gap(CLOSES - minutes(30), CLOSES)], RULE)
    assert moves([Gap(CLOSES - minutes(16), CLOSES), Gap(CLOSES - minutes(40), CLOSES - minutes(25))], RULE)
    monday = new_deadline(CLOSES, RULE, CLOSES)
    assert county_day(monday).isoformat() == "2026-03-23" and monday.time() == CLOSES.time()
    # the service came back only on Monday: nobody seals into the past
    tuesday = new_deadline(CLOSES, RULE, CLOSES + timedelta(days=3))
    assert county_day(tuesday).isoformat() == "2026-03-24"


def test_the_rule_comes_from_the_rulebook() -> None:
    assert rule_of(county_day(CLOSES)) == RULE


async def served(clock: Any, begins: datetime, ends: datetime) -> None:
    """The record says that the pages were there all this time."""
    await execute(
        "INSERT INTO service_span (id, begun_at, seen_at, offset_seconds) SELECT gen_random_uuid(), $1, $2,"
        " round(extract(epoch FROM county_now() - clock_timestamp()))::int",
        begins, ends,
    )  # fmt: skip


async def test_a_deadline_that_passed_while_the_service_was_away_moves_for_all_once(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    receipt = await a_sealed_bid(listing.lots[0]["id"], provider, now)
    back = listing.closes_at + minutes(50)
    await clock.set(back)
    await served(clock, listing.closes_at - timedelta(hours=30), listing.closes_at - minutes(40))
    await beat()
    await pass_deadlines(back)
    found = await listing_by_id(listing.id)
    assert found["status"] == "published" and found["closes_at"] == new_deadline(listing.closes_at, RULE, back)
    assert await fetchval("SELECT count(*) FROM receipt_chain") == 0
    # in time again, and nothing was counted or opened
    other = await a_provider(back, "乐助社会工作服务中心", username="lezhu")
    assert await a_sealed_bid(listing.lots[0]["id"], other, back)
    shown = words((await client.get(f"/listings/{listing.reference}/versions/2/changes")).text)
    assert "有 40 分钟不能使用" in shown and "超过规则允许的 30 分钟" in shown
    letters = await fetch(
        "SELECT payload->>'body' AS body FROM outbox_message WHERE payload->>'subject' LIKE '延期公告%'"
    )
    assert letters and all("有 40 分钟不能使用" in row["body"] for row in letters)
    assert await fetchval("SELECT status FROM bid WHERE receipt_number = $1", receipt) == "sealed"
    # a second outage before the new deadline moves nothing more
    await clock.set(found["closes_at"] + minutes(100))
    assert await move_after_outage(listing.id) is None
    await pass_deadlines(await clock.now())
    assert (await listing_by_id(listing.id))["status"] == "closed"
    assert await fetchval("SELECT length FROM receipt_chain WHERE listing = $1", listing.id) == 2


async def test_a_short_outage_moves_nothing(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await clock.set(listing.closes_at)
    await served(clock, listing.closes_at - timedelta(hours=30), listing.closes_at - minutes(30))
    await beat()
    await move_all_after_outages(listing.closes_at)
    assert (await listing_by_id(listing.id))["closes_at"] == listing.closes_at


async def test_beats_make_one_span_whoever_sends_them_and_a_turned_clock_begins_another(clock: Any) -> None:
    # the time is the database's: two processes with clocks of their own write the same record
    await beat()
    await beat()
    assert await fetchval("SELECT count(*) FROM service_span") == 1
    await clock.set(await clock.now() + timedelta(days=3))
    await beat()
    rows = await fetch("SELECT offset_seconds FROM service_span ORDER BY seen_at")
    assert len(rows) == 2 and rows[1]["offset_seconds"] - rows[0]["offset_seconds"] >= 3 * 86400 - 60
