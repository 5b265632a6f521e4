"""A low price is asked about, explained while a clock runs, and decided with reasons; a sign excludes nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import httpx
import pytest

from catalogue.holds.rules import Ground
from catalogue.holds.services import NewHold, begin_hold, end_hold
from evaluations.scoring.low_prices import (
    Explanation,
    Opinion,
    Question,
    ask_about_price,
    decide_low_price,
    explain_price,
    least_minutes,
)
from evaluations.scoring.queries import low_price_request, recompute, result_rows, stored_results
from evaluations.scoring.services import compute_results, lock_marks
from evaluations.work import waiting_for
from marketplace.accounts.actor import Actor
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import execute, fetchval, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from tests.builders_evaluations import Offered, Opened, a_panel, an_opened_listing, director, mark_everything
from tests.builders_vendors import a_store
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import send, sign_in, words

LOW = {"和风": Offered("498000.00"), "沱江": Offered("200000.00"), "云顶": Offered("500000.00")}
USUAL = {"和风": Offered("498000.00"), "沱江": Offered("480000.00"), "云顶": Offered("500000.00")}
WHY = "自有场地，无房租；人员成本明细见附件。"


async def locked(clock: TestClock, offers: dict[str, Offered]) -> tuple[Opened, list[Actor]]:
    """Everything marked and locked; the county clock stands where the listing does."""
    opened = await an_opened_listing(await clock.now(), offers)
    await clock.set(opened.now)
    experts = await a_panel(opened)
    for expert in experts:
        await mark_everything(opened, expert)
        await lock_marks(opened.listing.id, expert, opened.now)
    return opened, experts


async def explained(opened: Opened, bid: UUID, member: Actor, why: str = WHY) -> datetime:
    """A member asks, the bidder answers at once; gives the moment until which it had time."""
    name = next(name for name, each in opened.bids.items() if each == bid)
    until = await ask_about_price(Question(bid, 30), member, opened.now)
    await explain_price(Explanation(bid, why), a_store(), await director(name, opened.now), opened.now)
    return until


def test_a_bidder_has_half_an_hour_and_before_the_rule_what_the_panel_says() -> None:
    assert (least_minutes(date(2026, 2, 1)), least_minutes(date(2026, 1, 31))) == (30, 1)


async def test_less_than_the_least_time_is_refused_and_asking_twice_too(clock: TestClock) -> None:
    opened, experts = await locked(clock, LOW)
    low, member = opened.bids["沱江"], experts[0]
    with pytest.raises(FormRefused) as refused:
        await ask_about_price(Question(low, 29), member, opened.now)
    assert set(refused.value.errors) == {"minutes"}
    until = await ask_about_price(Question(low, 30), member, opened.now)
    assert until == opened.now + timedelta(minutes=30)
    with pytest.raises(Conflict):
        await ask_about_price(Question(low, 60), experts[1], opened.now)


async def test_no_decision_before_the_answer_or_the_end_of_the_time(clock: TestClock) -> None:
    opened, (member, second, _) = await locked(clock, LOW)
    low = opened.bids["沱江"]
    with pytest.raises(Conflict, match="还没有请"):
        await decide_low_price(Opinion(low, False, "太低"), member, opened.now)
    until = await ask_about_price(Question(low, 30), member, opened.now)
    with pytest.raises(Conflict, match="还有时间"):
        await decide_low_price(Opinion(low, False, "太低"), member, until - timedelta(seconds=1))
    with pytest.raises(DomainError) as refused:
        await compute_results(opened.listing.id, member, until)
    assert refused.value.clause == "R-LOW-04"
    with pytest.raises(FormRefused):
        await decide_low_price(Opinion(low, False, " "), member, until)
    assert await decide_low_price(Opinion(low, False, "没有在时限内说明。"), member, until) is None
    with pytest.raises(Conflict, match="已经对这份报价的说明表决过"):
        await decide_low_price(Opinion(low, True, "再想想。"), member, until)
    assert await decide_low_price(Opinion(low, False, "没有说明。"), second, until) is False
    await compute_results(opened.listing.id, member, until)
    rows = {r["opened_bid"]: r["status"] for r in await result_rows(opened.listing.id)}
    assert rows == {low: "invalid", opened.bids["和风"]: "valid", opened.bids["云顶"]: "valid"}


async def test_an_answer_at_the_last_moment_is_late_and_a_second_one_refused(clock: TestClock) -> None:
    opened, (member, *_) = await locked(clock, LOW)
    low, bidder = opened.bids["沱江"], await director("沱江", opened.now)
    until = await ask_about_price(Question(low, 30), member, opened.now)
    with pytest.raises(NotFound):
        stranger = await director("和风", opened.now)
        await explain_price(Explanation(low, WHY), a_store(), stranger, opened.now)
    with pytest.raises(Conflict, match="没有收到"):
        await explain_price(Explanation(low, WHY), a_store(), bidder, until)
    await explain_price(Explanation(low, WHY), a_store(), bidder, until - timedelta(seconds=1))
    with pytest.raises(Conflict, match="不能再改"):
        await explain_price(Explanation(low, "另一个"), a_store(), bidder, until - timedelta(seconds=1))
    assert (await low_price_request(low) or {})["explanation"] == WHY


async def test_R_TIME_27_a_suspension_stops_the_time_to_explain_and_what_was_left_runs_on(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened, (member, *_) = await locked(clock, LOW)
    listing, low, bidder = opened.listing.id, opened.bids["沱江"], await director("沱江", opened.now)
    finance, minute = await actor("sun.yue", opened.now), timedelta(minutes=1)
    until = await ask_about_price(Question(low, 30), member, opened.now)
    held_at, resumed_at = opened.now + 20 * minute, opened.now + timedelta(hours=5)

    async def due(at: datetime) -> tuple[datetime, datetime | None, int]:
        await clock.set(at)
        found = await low_price_request(low) or {}
        return found["answer_by"], found["stands_until"], found["minutes_left"]

    last_day = county_day(held_at) + timedelta(days=10)
    midnight = at_county_time(last_day + timedelta(days=1))
    order = NewHold(listing, Ground.FINANCE_ORDER, "TS-1", "金财采〔2026〕1号", last_day)
    # neither a challenge nor an inquiry stops a panel
    await begin_hold(NewHold(listing, Ground.CHALLENGE, "ZY-1"), member, opened.now + minute)
    assert await due(held_at) == (until, None, 10)
    await begin_hold(order, finance, held_at)
    # it stands until the end of the last day of the order, and the ten minutes that were left run on
    assert await due(held_at) == (midnight + 10 * minute, midnight, 10)
    assert await due(midnight - minute) == (midnight + 10 * minute, midnight, 10)
    assert await due(midnight + 3 * minute) == (midnight + 10 * minute, None, 7)
    # after the time it had at first nothing is late, and the panel decides nothing
    await clock.set(until + minute)
    with pytest.raises(DomainError, match="暂停"):
        await decide_low_price(Opinion(low, False, "没有说明。"), member, until + minute)
    with pytest.raises(DomainError, match="暂停"):
        await ask_about_price(Question(opened.bids["和风"], 30, "偏低。"), member, until + minute)
    await sign_in(client, await fetchval("SELECT username FROM person WHERE id = $1", bidder.person_id))
    for language, said in (("", "恢复以后还有 10 分钟"), ("/en", "10 minutes are left")):
        path = f"{language}/listings/{opened.listing.reference}/low-price"
        assert said in words((await client.get(path)).text)
    await sign_in(client, "yang.hua")
    assert "时间停着" in words((await client.get(f"/listings/{opened.listing.reference}/scoring")).text)
    # finance lets it go on earlier
    await end_hold("TS-1", Ground.FINANCE_ORDER, "不影响评审", finance, resumed_at)
    end = resumed_at + 10 * minute
    assert await due(resumed_at) == (end, None, 10)
    # a hold that begins when the time is over gives none back; one that begins before gives what is left then
    again = replace(order, subject="TS-2")
    async with transaction():
        await begin_hold(again, finance, end)
        assert (await due(end + minute))[0] == end
        await execute("UPDATE procurement_hold SET begun_at = $1 WHERE subject = 'TS-2'", end - timedelta(seconds=1))
        assert (await due(end + minute))[:2] == (midnight + timedelta(seconds=1), midnight)
        # two at once stand still once
        await execute("UPDATE procurement_hold SET begun_at = $1 WHERE subject = 'TS-2'", held_at + minute)
        assert (await due(end + minute))[0] == midnight + 10 * minute
        await execute("DELETE FROM procurement_hold WHERE subject = 'TS-2'")
    with pytest.raises(Conflict, match="没有收到"):
        await explain_price(Explanation(low, WHY), a_store(), bidder, end)
    await clock.set(end - timedelta(seconds=1))
    await explain_price(Explanation(low, WHY), a_store(), bidder, end - timedelta(seconds=1))
    assert await fetchval("SELECT answer_by FROM low_price_request WHERE opened_bid = $1", low) == end
    # what was answered keeps its time, whatever is held later
    await begin_hold(again, finance, end - timedelta(milliseconds=500))
    assert await due(end) == (end, None, 0)


async def test_a_price_under_no_limit_is_asked_about_only_with_the_panels_reason(clock: TestClock) -> None:
    opened, (member, second, _) = await locked(clock, USUAL)
    bid = opened.bids["沱江"]
    with pytest.raises(FormRefused) as refused:
        await ask_about_price(Question(bid, 30), member, opened.now)
    assert set(refused.value.errors) == {"judgement"}
    until = await ask_about_price(Question(bid, 30, "低于本县最低工资测算。"), member, opened.now)
    with pytest.raises(DomainError):
        await compute_results(opened.listing.id, member, opened.now)
    for each in (member, second):
        await decide_low_price(Opinion(bid, False, "没有说明。"), each, until)
    await compute_results(opened.listing.id, member, until)
    rows = {r["opened_bid"]: r for r in await result_rows(opened.listing.id)}
    assert (rows[bid]["status"], rows[bid]["low_price_reasons"]) == ("invalid", "R-LOW-01/judgement")
    # the next price is the base now
    assert rows[opened.bids["和风"]]["price_score"] == Decimal("20.00")
    assert await stored_results(opened.listing.id) == await recompute(opened.listing.id)


async def test_the_panel_asks_and_the_bidder_answers_on_pages(client: httpx.AsyncClient, clock: TestClock) -> None:
    opened, _ = await locked(clock, LOW)
    path, low = f"/listings/{opened.listing.reference}", opened.bids["沱江"]
    bidder = await director("沱江", opened.now)
    username = await fetchval("SELECT username FROM person WHERE id = $1", bidder.person_id)
    await sign_in(client, username)
    assert (await client.get(f"{path}/low-price")).status_code == 404
    await sign_in(client, "yang.hua")
    assert "触发只是开始审查" in words((await client.get(f"{path}/scoring")).text)
    short = await send(client, f"{path}/scoring/low-price/ask", {"bid": str(low), "minutes": "5"})
    assert short.status_code == 422 and "至少 30 分钟" in words(short.text)
    asked = {"bid": str(low), "minutes": "45"}
    assert (await send(client, f"{path}/scoring/low-price/ask", asked)).status_code == 303
    assert (await send(client, f"{path}/scoring/low-price/ask", asked)).status_code == 409
    waits = (await client.get(f"{path}/scoring")).text
    assert "评审小组作出结论以后，才能汇总结果" in waits and f'action="{path}/scoring/results"' not in waits
    assert f"{path}/low-price" in [item.url for item in await waiting_for(bidder, opened.now)]
    await sign_in(client, username)
    shown = words((await client.get(f"{path}/low-price")).text)
    assert "还有 45 分钟" in shown and "R-LOW-04" in shown
    assert (await client.get(f"/en{path}/low-price")).status_code == 200
    empty = await send(client, f"{path}/low-price", {"bid": str(low), "explanation": ""})
    assert empty.status_code == 422
    foreign = await send(client, f"{path}/low-price", {"bid": str(opened.bids["和风"]), "explanation": WHY})
    assert foreign.status_code == 404
    assert (await send(client, f"{path}/low-price", {"bid": str(low), "explanation": WHY})).status_code == 303
    await sign_in(client, "yang.hua")
    assert WHY in words((await client.get(f"{path}/scoring")).text)
    blank = await send(client, f"{path}/scoring/low-price", {"bid": str(low), "is_accepted": "yes", "opinion": ""})
    assert blank.status_code == 422
    held = {"bid": str(low), "is_accepted": "yes", "opinion": "与同类成交价比较，成本成立。"}
    assert (await send(client, f"{path}/scoring/low-price", held)).status_code == 303
    assert "已表决：1 人接受" in words((await client.get(f"{path}/scoring")).text)
    await sign_in(client, "xu.lin")
    assert (await send(client, f"{path}/scoring/low-price", held)).status_code == 303
    assert (await client.get(f"/en{path}/scoring")).status_code == 200
    assert f'action="{path}/scoring/results"' in (await client.get(f"{path}/scoring")).text
    assert (await send(client, f"{path}/scoring/results")).status_code == 303
