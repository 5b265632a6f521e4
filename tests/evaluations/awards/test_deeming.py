"""A buyer's days to determine, what its silence means, and what keeps that back (R-TIME-14, R-TIME-14b)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from catalogue.holds.services import Ground, NewHold, begin_hold, end_hold
from catalogue.listings.queries import listing_by_id
from evaluations.awards.clock import RUN_ITSELF, clock_from, determination_clock, silence_counts
from evaluations.awards.deeming import deem_determined, object_to_report
from evaluations.awards.queries import awards_of
from evaluations.awards.services import determine_award
from evaluations.awards.timeline import award_events
from evaluations.awards.work import waiting_for
from evaluations.papers.queries import desk_of, paper_for
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused
from tests.builders_credit import a_published_entry
from tests.builders_evaluations import Offered, Opened, a_scored_listing, explain_signs
from tests.cast import actor
from tests.pages import sign_in, words

MONDAY = date(2026, 3, 2)


def test_the_days_run_from_the_evaluation_and_what_hindered_the_buyer_is_left_out() -> None:
    clock = clock_from(RUN_ITSELF, MONDAY, [])
    assert clock.by.date == clock.silent_by.date == date(2026, 3, 9)
    assert not clock.is_over(date(2026, 3, 9)) and clock.is_over(date(2026, 3, 10))
    held = clock_from(RUN_ITSELF, MONDAY, [date(2026, 3, 4), date(2026, 2, 1)])
    assert (held.by.date, held.silent_by.date) == (date(2026, 3, 9), date(2026, 3, 11))


def test_silence_counts_after_a_panels_report_only() -> None:
    listing = {"method": "open_tender", "rules_on": MONDAY, "venue": "here", "past_performance_form": ""}
    assert silence_counts(listing)
    assert not silence_counts(listing | {"venue": "platform"})
    assert not silence_counts(listing | {"past_performance_form": "county_standing"})
    assert not silence_counts(listing | {"method": "closed_framework"})


async def _last_moment(opened: Opened) -> datetime:
    clock = await determination_clock(await listing_by_id(opened.listing.id))
    assert clock is not None
    return at_county_time(clock.by.date, 23, 59)


async def test_silence_determines_the_first_ranked_and_everything_says_so(client: Any, clock: Any) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    last = await _last_moment(opened)
    (item,) = await waiting_for(opened.buyer, opened.now)
    assert item.due == last.date() and item.clause == "R-TIME-14b"
    await clock.set(opened.now)
    public = words((await client.get(f"/listings/{opened.listing.reference}")).text)
    assert "确定供应商的最后一天" in public and "视同确定排名第一" in public
    assert await deem_determined(last) == 0
    late = last + timedelta(minutes=2)
    assert await deem_determined(late) == 1 and await deem_determined(late) == 0
    (award,) = await awards_of(opened.listing.id)
    assert award["provider"] == opened.providers["和风"] and award["is_deemed"] and award["determined_by"] is None
    assert "视同确定" in award["basis"] and "deemed determined" in award["basis_en"]
    assert (await listing_by_id(opened.listing.id))["status"] == "determined"
    assert await fetchval("SELECT actor_id FROM audit_entry WHERE act = 'award.deemed'") is None
    assert [r["checked_by"] for r in await fetch("SELECT checked_by FROM credit_check WHERE moment = 'award'")] == [
        None, None,
    ]  # fmt: skip
    assert any("视同" in e.title.text("zh") for e in await award_events(opened.listing.id, late))
    desk = await desk_of(await listing_by_id(opened.listing.id), opened.buyer, late)
    assert "视同确定" in str(await paper_for(desk, "confirmation", "https://jintang.example"))
    await clock.set(late)
    await sign_in(client, "li.qiang")
    for language in ("", "/en"):
        page = words((await client.get(f"{language}/listings/{opened.listing.reference}/award")).text)
        assert ("deemed determined" if language else "视同确定（采购人逾期未确定") in page.lower()


async def test_holds_signs_ties_and_an_objection_keep_it_back(clock: Any) -> None:
    start = await clock.now()
    opened = await a_scored_listing(start, {"和风": Offered("480000.00"), "沱江": Offered("480000.00")})
    late = await _last_moment(opened) + timedelta(days=1)
    assert await deem_determined(late) == 0, "a tie is drawn by people"
    await execute("UPDATE bid_result SET rank = 2 WHERE opened_bid = $1", opened.bids["沱江"])
    finance = await actor("zhao.lei", opened.now)
    until = late.date() + timedelta(days=20)
    order = NewHold(opened.listing.id, Ground.FINANCE_ORDER, "TS-1", "金财〔2026〕1号", until)
    await begin_hold(order, finance, late)
    assert await deem_determined(late) == 0
    await end_hold("TS-1", Ground.FINANCE_ORDER, "查清了", finance, late)
    assert await deem_determined(late) == 0, "the days of a suspension are not the buyer's"
    # one person behind both becomes known after the opening: a sign that somebody answers first
    both = list(opened.providers.values())
    await execute("UPDATE provider SET legal_representative = '同一人' WHERE id = ANY($1)", both)
    much_later = late + timedelta(days=30)
    assert await deem_determined(much_later) == 0
    with pytest.raises(Conflict) as refused:
        await determine_award(opened.lot, opened.buyer, much_later)
    assert refused.value.clause == "R-COLL-05"
    assert await explain_signs(opened.listing.id, much_later) == 1
    with pytest.raises(FormRefused):
        await object_to_report(opened.listing.id, " ", opened.buyer, much_later)
    with pytest.raises(Forbidden):
        await object_to_report(opened.listing.id, "报告缺一名成员签字。", opened.drafter, much_later)
    await object_to_report(opened.listing.id, "报告缺一名成员签字。", opened.buyer, much_later)
    with pytest.raises(Conflict):
        await object_to_report(opened.listing.id, "又一条。", opened.buyer, much_later)
    assert await deem_determined(much_later + timedelta(days=30)) == 0
    await determine_award(opened.lot, opened.buyer, much_later)
    assert not (await awards_of(opened.listing.id))[0]["is_deemed"]


async def test_where_the_first_ranked_is_barred_by_then_the_choice_is_the_buyers(clock: Any) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    today = opened.now.date()
    await a_published_entry(
        opened.providers["和风"], opened.now, decided_on=today - timedelta(days=1), starts_on=today - timedelta(days=1),
        ends_on=date(2030, 1, 1), hear_until=today + timedelta(days=3),
    )  # fmt: skip
    late = await _last_moment(opened) + timedelta(days=1)
    assert await deem_determined(late) == 0 and await deem_determined(late) == 0
    assert await fetchval("SELECT count(*) FROM passed_over WHERE passed_by IS NULL") == 1
    assert await fetchval("SELECT count(*) FROM credit_check WHERE moment = 'award'") == 2
    await determine_award(opened.lot, opened.buyer, late)
    assert (await awards_of(opened.listing.id))[0]["provider"] == opened.providers["沱江"]
