"""Rounds of a consultation: each bidder alone, changes confirmed and told to all at once (R-BID-07)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from catalogue.listings.queries import listing_by_id
from evaluations.consultations.queries import changes_of, meetings_of, stage_of
from evaluations.consultations.rules import Kind, NewMeeting, Stage, check_consulting, check_meeting, is_consulting
from evaluations.consultations.services import (
    answer_change,
    confirm_change,
    confirm_meeting,
    propose_change,
    record_meeting,
)
from evaluations.papers.queries import desk_of, paper_for
from evaluations.work import waiting_for
from marketplace.kernel.clock import COUNTY_ZONE
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from tests.builders_evaluations import Offered, Opened, a_panel, an_opened_listing, director
from tests.conftest import TestClock
from tests.pages import send, sign_in, words

OFFERS = {"和风": Offered("498000.00"), "沱江": Offered("480000.00")}


async def a_consultation(clock: TestClock) -> tuple[Opened, list[Any]]:
    """Opened and reviewed, the panel in its seats, last prices not asked for yet."""
    opened = await an_opened_listing(await clock.now(), OFFERS, method="consultation")
    await clock.set(opened.now)
    experts = await a_panel(opened)
    for name in OFFERS:
        await director(name, opened.now)
    return opened, experts


async def test_R_BID_07_nobody_is_met_in_a_tender_before_the_opening_or_once_last_prices_are_asked_for(
    clock: TestClock,
) -> None:
    opened, _ = await a_consultation(clock)
    stage = await stage_of(await listing_by_id(opened.listing.id))
    check_consulting(stage)
    later = opened.now + timedelta(hours=2)
    over = (("closed", None), ("opened", later), ("evaluated", None))
    for other in (Stage(stage.method, status, opened.now, asked) for status, asked in over):
        assert not is_consulting(other)
        with pytest.raises(Conflict):
            check_consulting(other)
    good = NewMeeting(later, "王梅", "谈了应急预案")
    check_meeting(good, stage, later)
    for wrong, field in (
        (NewMeeting(later + timedelta(hours=1), "王梅", "x"), "held_at"),
        (NewMeeting(opened.now - timedelta(days=1), "王梅", "x"), "held_at"),
        (NewMeeting(later, " ", "x"), "spoke_for"), (NewMeeting(later, "王梅", ""), "words"),
    ):  # fmt: skip
        with pytest.raises(FormRefused) as refused:
            check_meeting(wrong, stage, later)
        assert set(refused.value.errors) == {field}


async def test_R_BID_07_each_is_met_alone_and_a_confirmed_change_goes_to_all_at_once(clock: TestClock) -> None:
    opened, experts = await a_consultation(clock)
    listing, now = opened.listing.id, opened.now
    meeting = NewMeeting(now, "王梅", "请说明夜间应急怎样安排。答：两人值班。")
    assert await record_meeting(listing, opened.bids["和风"], meeting, experts[0], now) == 1
    assert await record_meeting(listing, opened.bids["和风"], meeting, experts[0], now) == 2
    with pytest.raises((Forbidden, NotFound)):
        await record_meeting(listing, opened.bids["和风"], meeting, opened.buyer, now)
    own, other = await director("和风", now), await director("沱江", now)
    (first, _) = (await meetings_of(listing))[opened.bids["和风"]]
    with pytest.raises(NotFound):
        await confirm_meeting(listing, first["id"], other, now)
    await confirm_meeting(listing, first["id"], own, now)
    await propose_change(listing, Kind.SERVICE, "入户由每月一次改为每月两次。", experts[1], now)
    (change,) = await changes_of(listing)
    mails = "SELECT count(*) FROM outbox_message WHERE payload::text LIKE '%经磋商变动%'"
    with pytest.raises(Forbidden):
        await confirm_change(listing, change["id"], experts[1], now)
    assert await fetchval(mails) == 0 and len(await work_of(opened.buyer, opened)) == 1
    for _ in range(2):
        await confirm_change(listing, change["id"], opened.buyer, now)
    assert await fetchval(mails) >= 2
    told = await fetch("SELECT DISTINCT posted_at FROM outbox_message WHERE payload::text LIKE '%经磋商变动%'")
    assert len(told) == 1, "all in the same moment"
    assert len(await work_of(own, opened)) == 2 and len(await work_of(other, opened)) == 1
    said = ("每月两次，人手不变。", own.name)
    with pytest.raises(NotFound):
        await answer_change(listing, change["id"], opened.bids["沱江"], said, own, now)
    await answer_change(listing, change["id"], opened.bids["和风"], said, own, now)
    desk = await desk_of(await listing_by_id(listing), opened.buyer, now)
    paper = str(await paper_for(desk, "consultation-record", ""))
    assert "两人值班" in paper and "每月两次" in paper and "王梅" in paper


async def work_of(person: Any, opened: Opened) -> list[Any]:
    """What of the rounds waits for somebody."""
    path = f"/listings/{opened.listing.reference}/consultation"
    return [item for item in await waiting_for(person, opened.now) if item.url == path]


async def test_a_bidder_reads_its_own_rounds_and_the_changes_and_nothing_of_the_others(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened, _ = await a_consultation(clock)
    path = f"/listings/{opened.listing.reference}/consultation"
    await sign_in(client, "yang.hua")
    await clock.set(opened.now + timedelta(minutes=5))
    held = (opened.now + timedelta(minutes=2)).astimezone(COUNTY_ZONE).strftime("%Y-%m-%dT%H:%M")
    met = {"bid": str(opened.bids["和风"]), "held_at": held, "spoke_for": "王梅", "words": "夜间应急两人值班"}
    assert (await send(client, f"{path}/meetings", {**met, "words": ""})).status_code == 422
    assert (await send(client, f"{path}/changes", {"kind": "price", "change": "x"})).status_code == 422
    assert (await send(client, f"{path}/changes", {"kind": "service", "change": "每月两次"})).status_code == 303
    sent = await send(client, f"{path}/meetings", met)
    assert sent.status_code == 303, words(sent.text)
    (change,) = await changes_of(opened.listing.id)
    await sign_in(client, "director.0016")
    assert "每月两次" not in words((await client.get(path)).text), "not before it is confirmed"
    assert (await send(client, f"{path}/changes/{change['id']}/confirm")).status_code in (403, 404)
    await sign_in(client, "li.qiang")
    assert (await send(client, f"{path}/changes/{change['id']}/confirm")).status_code == 303
    seen = {}
    for username in ("director.0016", "director.0024"):
        await sign_in(client, username)
        for prefix in ("", "/en"):
            answer = await client.get(f"{prefix}{path}")
            assert answer.status_code == 200 and "每月两次" in answer.text and "杨华" not in answer.text
            seen[username] = answer.text
    assert sorted("夜间应急两人值班" in text for text in seen.values()) == [False, True]
    assert sum("王梅" in text for text in seen.values()) == 1
    for username in ("tan.rong", "luo.jie"):
        await sign_in(client, username)
        assert (await client.get(path)).status_code == 404
