"""From draft to published: who may, what is checked, what is written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalogue.listings import queries
from catalogue.listings.drafting_queries import section_of
from catalogue.listings.drafts import Qualification
from catalogue.listings.services import (
    cancel_listing,
    close_if_due,
    fail_listing,
    mark_awarded,
    mark_determined,
    mark_evaluated,
    mark_opened,
    publish_listing,
    return_to_draft,
    save_draft,
    submit_for_review,
)  # fmt: skip
from catalogue.plans.queries import line_money
from catalogue.timeline import listing_events
from catalogue.work import waiting_for
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import say
from tests.builders_catalogue import (
    N1_BUDGET,
    a_budget_line,
    a_draft,
    a_published_listing,
    a_reviewed_listing,
    n1_scoring,
    with_past_performance,
)  # fmt: skip
from tests.cast import actor


async def test_publishing_reserves_the_budget_and_writes_the_timetable(db: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now, Decimal("600000.00"))
    published = await a_published_listing(now, line)
    money = await line_money(line)
    assert (money["free"], money["reserved"]) == (Decimal("95000.00"), N1_BUDGET)
    row = await queries.listing_by_id(published.id)
    assert row["status"] == "published" and str(row["rules_on"]) == "2026-03-02"
    dates = {d["event"]: d for d in await queries.timetable(published.id)}
    assert str(dates["notice_until"]["day"]) == "2026-03-05" and dates["notice_until"]["rule_key"] == "R-TIME-11"
    assert str(dates["documents_until"]["day"]) == "2026-03-09" and dates["documents_until"]["rule_key"] == "R-TIME-08"
    assert dates["closes"]["rule_key"] == "R-TIME-07" and str(dates["closes"]["day"]) == "2026-03-16"
    assert str(dates["questions_until"]["day"]) == "2026-03-11"
    assert not any(d["is_provisional"] for d in dates.values())


async def test_who_drafted_cannot_publish(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_reviewed_listing(now)
    with pytest.raises(Forbidden) as refused:
        await publish_listing(listing, await actor("wang.min", now), now)
    assert refused.value.clause == "R-ROLE-03"


async def test_R_ROLE_03_who_saved_a_subject_of_the_draft_drafted_it_too(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_draft(now)
    wang, li = await actor("wang.min", now), await actor("li.qiang", now)
    version = (await section_of(listing, "qualification"))["version"]
    await save_draft(listing, version, Qualification("具有服务团队"), li, now)
    await submit_for_review(listing, wang, now)
    with pytest.raises(Forbidden) as own:
        await publish_listing(listing, li, now)
    assert own.value.clause == "R-ROLE-03"
    assert await fetchval("SELECT status FROM listing WHERE id = $1", listing) == "review"


async def test_finance_can_neither_draft_nor_publish(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_reviewed_listing(now)
    with pytest.raises(Forbidden) as refused:
        await publish_listing(listing, await actor("zhao.lei", now), now)
    assert refused.value.clause == "R-ROLE-02"


async def test_a_returned_draft_waits_for_its_drafter_with_the_reason(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_reviewed_listing(now)
    reviewer, drafter = await actor("li.qiang", now), await actor("wang.min", now)
    assert [item.url for item in await waiting_for(reviewer, now)] == [f"/listings/drafts/{listing}/check"]
    await return_to_draft(listing, "请写明培训人数", reviewer, now)
    row = await queries.listing_by_id(listing)
    assert (row["status"], row["return_reason"]) == ("draft", "请写明培训人数")
    assert await waiting_for(reviewer, now) == []
    assert len(await waiting_for(drafter, now)) == 1


async def test_publishing_twice_reserves_once(db: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    published = await a_published_listing(now, line)
    with pytest.raises(Conflict):
        await publish_listing(published.id, await actor("li.qiang", now), now)
    assert (await line_money(line))["reserved"] == N1_BUDGET


async def test_a_draft_that_waited_too_long_is_not_published(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_reviewed_listing(now)
    later = (await queries.listing_by_id(listing))["closes_at"]
    with pytest.raises(DomainError, match="截止时间已经过去"):
        await publish_listing(listing, await actor("li.qiang", later), later)


async def test_an_unfinished_draft_is_not_submitted(db: Any, clock: Any) -> None:
    now = await clock.now()
    listing = await a_draft(now, milestones=None)
    with pytest.raises(DomainError, match="付款节点"):
        await submit_for_review(listing, await actor("wang.min", now), now)


async def test_a_failed_listing_gives_its_reserve_back_and_says_why(db: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    published = await a_published_listing(now, line)
    assert not await close_if_due(published.id, now)
    after = published.closes_at
    assert await close_if_due(published.id, after)
    await fail_listing(published.id, say("响应供应商不足。"), "R-BID-08", None, after)
    money = await line_money(line)
    assert (money["reserved"], money["free"]) == (Decimal(0), money["appropriated"])
    events = await listing_events(published.id, after)
    assert events[-1].clause == "R-BID-08" and str(events[-1].body) == "响应供应商不足。"
    kinds = [r["kind"] for r in await fetch("SELECT kind FROM ledger_posting ORDER BY id")]
    assert kinds == ["appropriate", "reserve", "release"]


async def test_a_cancelled_listing_gives_its_reserve_back(db: Any, clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now)
    published = await a_published_listing(now, line)
    await cancel_listing(published.id, "采购需求重大变化", await actor("li.qiang", now), now)
    assert (await line_money(line))["reserved"] == 0
    with pytest.raises(Conflict):
        await cancel_listing(published.id, "再取消一次", await actor("li.qiang", now), now)


async def test_a_listing_moves_on_step_by_step(db: Any, clock: Any) -> None:
    now = await clock.now()
    published = await a_published_listing(now)
    after = published.closes_at
    with pytest.raises(Conflict):
        await mark_opened(published.id, None, after)
    await close_if_due(published.id, after)
    for step in (mark_opened, mark_evaluated, mark_determined, mark_awarded):
        await step(published.id, None, after)
    assert (await queries.listing_by_id(published.id))["status"] == "awarded"


async def test_the_past_performance_table_is_kept_as_printed(db: Any, clock: Any) -> None:
    now = await clock.now()
    published = await a_published_listing(now, scoring=with_past_performance(n1_scoring()))
    assert await queries.bands(published.id) == {
        "excellent": Decimal("5.00"), "good": Decimal("4.00"), "fair": Decimal("2.00"), "poor": Decimal("0.00"),
        "none": Decimal("2.50"),
    }  # fmt: skip


async def test_the_bids_stream_is_hidden_until_the_deadline(db: Any, clock: Any) -> None:
    published = await a_published_listing(await clock.now())
    hidden = await fetchval("SELECT hidden_until FROM audit_stream WHERE name = $1", f"listing:{published.id}")
    assert hidden == published.closes_at
