"""A price stated twice and differently is mended by law, confirmed by the bidder, and counts as mended (R-EVAL-08)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import httpx
import pytest

from catalogue.holds.rules import Ground
from catalogue.holds.services import NewHold, begin_hold, end_hold
from catalogue.listings.queries import listing_by_id
from catalogue.scoring.arithmetic import Figures, mend
from catalogue.scoring.ranking import InvalidOffer, Method, ScoringTerms, reason_against
from evaluations.arithmetic.queries import statements_of
from evaluations.arithmetic.rules import TOO_LARGE, UNCONFIRMED, FoundInPapers, reason_against_total
from evaluations.arithmetic.services import Question, Reply, answer_correction, ask_to_confirm, withdraw_question
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.bundles.queries import bundle
from evaluations.bundles.verify import verify
from evaluations.conformity.services import everything_conforms, vote_on_conformity
from evaluations.opening.items import Finding
from evaluations.opening.tables import ConformityDecision
from evaluations.panel.services import appoint_member, declare_interest
from evaluations.scoring.low_prices import Question as LowPrice
from evaluations.scoring.low_prices import ask_about_price
from evaluations.scoring.queries import recompute, result_rows, stored_results
from evaluations.scoring.services import compute_results, lock_marks
from evaluations.work import waiting_for
from marketplace.accounts.actor import Actor
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from marketplace.kernel.rulebook import number
from tests.builders_evaluations import (
    DRAW,
    EXPERTS,
    Offered,
    Opened,
    a_panel,
    an_opened_listing,
    director,
    everybody_signs,
    mark_everything,
)  # fmt: skip
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import send, sign_in, words

STATED = {
    "和风": Offered("498000.00", more={"price_words": "肆拾柒万元整"}),
    "沱江": Offered("480000.00", more={"price_words": "肆拾捌万元整"}),
    "云顶": Offered("460000.00", more={"price_words": "肆拾玖万元整"}),
}


async def locked(clock: TestClock) -> tuple[Opened, list[Actor]]:
    opened = await an_opened_listing(await clock.now(), STATED)
    await clock.set(opened.now)
    experts = await a_panel(opened)
    for expert in experts:
        await mark_everything(opened, expert)
        await lock_marks(opened.listing.id, expert, opened.now)
    return opened, experts


async def test_R_TIME_27_a_suspension_stops_the_time_to_confirm(client: httpx.AsyncClient, clock: TestClock) -> None:
    opened, (member, *_) = await locked(clock)
    listing, bid, path = opened.listing.id, opened.bids["和风"], f"/listings/{opened.listing.reference}"
    finance, bidder = await actor("sun.yue", opened.now), await director("和风", opened.now)
    first = await ask_to_confirm(Question(bid, 30), member, opened.now)
    silent = opened.bids["云顶"]
    until = await ask_to_confirm(Question(silent, 40), member, opened.now)
    assert first is not None and until is not None
    order = NewHold(listing, Ground.FINANCE_ORDER, "TS-1", "1号", county_day(opened.now) + timedelta(days=3))
    # a hold that begins when the time is over gives none back
    await begin_hold(order, finance, first)
    stopped = timedelta(hours=20)
    await clock.set(first + timedelta(minutes=11))
    assert await waiting_states(listing) == {bid: "silent", silent: "waiting"}
    with pytest.raises(DomainError, match="暂停"):
        await compute_results(listing, member, until)
    await sign_in(client, "yang.hua")
    assert "时间停着" in words((await client.get(f"{path}/price-statements")).text)
    late = await director("云顶", opened.now)
    await sign_in(client, await fetchval("SELECT username FROM person WHERE id = $1", late.person_id))
    assert "恢复以后还有 10 分钟" in words((await client.get(f"{path}/price-correction")).text)
    await end_hold("TS-1", Ground.FINANCE_ORDER, "不影响", finance, first + stopped)
    end = until + stopped
    assert f"{path}/price-correction" in [i.url for i in await waiting_for(late, end - timedelta(seconds=1))]
    with pytest.raises(Conflict, match="没有收到"):
        await answer_correction(Reply(bid, True), bidder, first)
    with pytest.raises(Conflict, match="没有收到"):
        await answer_correction(Reply(silent, True), late, end)
    await answer_correction(Reply(silent, True), late, end - timedelta(seconds=1))
    assert await waiting_states(listing) == {bid: "silent", silent: "confirmed"}


async def waiting_states(listing: UUID) -> dict[UUID, str]:
    return {s.row["id"]: str(s.state) for s in await statements_of(await listing_by_id(listing)) if s.state}


async def test_a_confirmed_price_is_scored_awarded_and_proved(client: httpx.AsyncClient, clock: TestClock) -> None:
    opened, (member, *_) = await locked(clock)
    listing, path = opened.listing.id, f"/listings/{opened.listing.reference}"
    bid, silent = opened.bids["和风"], opened.bids["云顶"]
    with pytest.raises(DomainError) as early:
        await compute_results(listing, member, opened.now)
    assert early.value.clause == "R-EVAL-08"
    with pytest.raises(DomainError, match="R-EVAL-08|前后不一致"):
        await ask_about_price(LowPrice(opened.bids["沱江"], 30, "太低"), member, opened.now)
    assert f"{path}/price-statements" in [item.url for item in await waiting_for(member, opened.now)]
    with pytest.raises(FormRefused):  # nothing differs in it, and nobody found anything in its papers
        await ask_to_confirm(Question(opened.bids["沱江"], 30), member, opened.now)
    # the panel's page, then the bidder's
    bidder = await director("和风", opened.now)
    username = await fetchval("SELECT username FROM person WHERE id = $1", bidder.person_id)
    await sign_in(client, "yang.hua")
    assert "大写金额和小写金额不一致的" in words((await client.get(f"{path}/price-statements")).text)
    assert (await client.get(f"/en{path}/price-statements")).status_code == 200
    asked = {"bid": str(bid), "minutes": "45"}
    assert (await send(client, f"{path}/price-statements", asked)).status_code == 303
    assert (await send(client, f"{path}/price-statements", asked)).status_code == 409
    until = await ask_to_confirm(Question(silent, 30), member, opened.now)
    assert until is not None
    assert f"{path}/price-correction" in [item.url for item in await waiting_for(bidder, opened.now)]
    await sign_in(client, username)
    shown = words((await client.get(f"{path}/price-correction")).text)
    assert "还有 45 分钟" in shown and "¥470,000.00" in shown
    assert (await client.get(f"/en{path}/price-correction")).status_code == 200
    other = {"bid": str(silent), "confirms": "yes"}
    assert (await send(client, f"{path}/price-correction", other)).status_code == 404
    no_reason = await send(client, f"{path}/price-correction", {"bid": str(bid), "confirms": "no"})
    assert no_reason.status_code == 422
    assert (await send(client, f"{path}/price-correction", {"bid": str(bid), "confirms": "yes"})).status_code == 303
    # silence after the last minute makes a response invalid
    late = await director("云顶", opened.now)
    with pytest.raises(Conflict, match="没有收到"):
        await answer_correction(Reply(silent, True), late, until)
    with pytest.raises(DomainError):
        await compute_results(listing, member, opened.now)
    await clock.set(until)
    await compute_results(listing, member, until)
    await everybody_signs(listing, until)
    assert "供应商已确认" in str(await fetchval("SELECT content FROM evaluation_report"))
    rows = {r["opened_bid"]: r for r in await result_rows(listing)}
    assert (rows[silent]["status"], rows[silent]["reason"]) == ("invalid", UNCONFIRMED)
    assert (rows[bid]["quoted_price"], rows[bid]["rank"]) == (Decimal("470000.00"), 1)
    assert await stored_results(listing) == await recompute(listing)
    # the award takes the mended price, and anybody computes it again
    after = replace(opened, now=until + timedelta(hours=1))
    await determine_award(after.lot, await actor("chen.jing", after.now), after.now)
    told = await fetchval("SELECT amount || ' ' || basis FROM award")
    assert "470000.00" in told and "498,000.00" in told
    await publish_award_notice(listing, await actor("chen.jing", after.now), after.now)
    whole = await bundle(opened.listing.reference, "supervision")
    assert verify([whole]).holds
    public = await bundle(opened.listing.reference, "public")
    assert public["lots"][0]["winner"]["public"]["correction"]["total"] == "470000"
    assert verify([public]).holds


OVER_IN_FIGURES = {
    "和风": Offered("900000.00", more={"price_words": "壹拾万元整"}),
    "沱江": Offered("480000.00"),
    "云顶": Offered("460000.00"),
}


async def test_a_price_is_judged_as_mended_and_nothing_waits_for_a_lot_that_ended(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened = await an_opened_listing(await clock.now(), OVER_IN_FIGURES, method="open_tender")
    await clock.set(opened.now)
    await a_panel(opened, declared=False)
    for name in ("wei.xin", "fan.li"):
        person = (await actor(name, opened.now)).person_id
        await appoint_member(opened.listing.id, person, "expert", DRAW, opened.buyer, opened.now)
    member, *others = [await actor(name, opened.now) for name in (*EXPERTS, "wei.xin", "fan.li")]
    for each in (member, *others):
        await declare_interest(opened.listing.id, False, "", each, opened.now)
    path, bid = f"/listings/{opened.listing.reference}/conformity", opened.bids["和风"]
    with pytest.raises(Conflict, match="报价核对"):
        await vote_on_conformity(await everything_conforms(bid), member, opened.now)
    await sign_in(client, "yang.hua")
    before = words((await client.get(path)).text)
    assert "先修正报价" in before and "报价超过了预算" not in before
    await ask_to_confirm(Question(bid, 30), member, opened.now)
    await answer_correction(Reply(bid, True), await director("和风", opened.now), opened.now)
    # the words prevail: what the figures alone were over, the mended price is within
    vote = await everything_conforms(bid)
    against = replace(vote, findings=(Finding(False, "没有盖章"), *vote.findings[1:]))
    for each in (member, *others[:2]):
        await vote_on_conformity(against, each, opened.now)
    for name in ("沱江", "云顶"):
        await insert(
            ConformityDecision, opened_bid=opened.bids[name], passes=True, members=5, decided_at=opened.now
        )
    assert len(await statements_of(await listing_by_id(opened.listing.id))) == 3
    for each in others[2:]:
        await vote_on_conformity(vote, each, opened.now)
    # who found it is not said among the members before all have locked
    shown = words((await client.get(path)).text)
    assert "没有盖章" in shown and "报价超过了预算" not in shown and member.name not in shown.split("逐项审查", 1)[1]
    assert await fetchval("SELECT lot FROM ended_lot") == opened.lot
    assert not await statements_of(await listing_by_id(opened.listing.id))


def test_figures_that_make_a_bid_invalid_by_themselves() -> None:
    huge = mend(Figures(Decimal("100000"), Decimal(1000), unit_price=Decimal("9999999999")))
    nothing = mend(Figures(Decimal("100000"), Decimal(1000), unit_price=Decimal(0)))
    assert (reason_against_total(huge), "不大于 0" in reason_against_total(nothing)) == (TOO_LARGE, True)
    assert not reason_against_total(mend(Figures(Decimal("100000"), Decimal(1000), unit_price=Decimal(90))))
    terms = ScoringTerms(Method.TENDER, Decimal(10))
    assert reason_against(Decimal(0), terms) is InvalidOffer.NOT_POSITIVE


async def test_a_price_of_nothing_is_invalid_and_holds_nobody_up(client: httpx.AsyncClient, clock: TestClock) -> None:
    offers = {"和风": Offered("498000.00"), "沱江": Offered("480000.00"),
              "云顶": Offered("460000.00", more={"unit_price": Decimal(0)})}  # fmt: skip
    opened = await an_opened_listing(await clock.now(), offers)
    await clock.set(opened.now)
    experts, listing = await a_panel(opened), opened.listing.id
    with pytest.raises(Conflict):
        await ask_to_confirm(Question(opened.bids["云顶"], 30), experts[0], opened.now)
    for expert in experts:
        await mark_everything(opened, expert)
        await lock_marks(listing, expert, opened.now)
    await sign_in(client, "yang.hua")
    for page in ("price-statements", "scoring"):
        assert (await client.get(f"/en/listings/{opened.listing.reference}/{page}")).status_code == 200
    await compute_results(listing, experts[0], opened.now)
    rows = {r["opened_bid"]: r for r in await result_rows(listing)}
    told = rows[opened.bids["云顶"]]
    assert told["status"] == "invalid" and "不大于 0" in told["reason"]
    assert await stored_results(listing) == await recompute(listing)


async def test_what_members_read_in_the_papers_is_asked_by_the_majority_and_may_be_refused(
    client: httpx.AsyncClient, clock: TestClock
) -> None:
    opened, (member, second, _) = await locked(clock)
    bid = opened.bids["沱江"]
    read = FoundInPapers(body_total=Decimal("490000.00"))
    with pytest.raises(FormRefused) as refused:
        await ask_to_confirm(Question(bid, 30, read), member, opened.now)
    assert set(refused.value.errors) == {"place"}
    assert number("R-EVAL-08b", date(2026, 3, 2)) == 30
    with pytest.raises(FormRefused) as short:
        await ask_to_confirm(Question(bid, 29, replace(read, place="第2页")), member, opened.now)
    assert set(short.value.errors) == {"minutes"}
    # one member alone asks nobody; two that read different figures do not either
    found_so = Question(bid, 30, replace(read, place="分项报价表第2页"))
    assert await ask_to_confirm(found_so, member, opened.now) is None
    other_read = FoundInPapers(body_total=Decimal("490000.01"), place="第3页")
    assert await ask_to_confirm(Question(bid, 60, other_read), second, opened.now) is None
    path = f"/listings/{opened.listing.reference}/price-statements"
    assert path in [item.url for item in await waiting_for(await actor("gao.feng", opened.now), opened.now)]
    await sign_in(client, "xu.lin")
    shown = await client.get(path)
    assert "1 / 3 名成员这样认定" in words(shown.text) and member.name not in shown.text
    agrees = {"bid": str(bid), "minutes": "40", "body_total": "490000.00", "place": "分项报价表第2页"}
    assert (await send(client, path, agrees)).status_code == 303
    # a wrong question is taken back by the majority while it waits, and may be asked again
    assert (await send(client, f"{path}/withdraw", {"bid": str(bid), "withdraw_reason": ""})).status_code == 422
    assert (await send(client, f"{path}/withdraw", {"bid": str(bid), "withdraw_reason": "看错了页"})).status_code == 303
    assert "1 of 3 members hold that it should" in words((await client.get(f"/en{path}")).text)
    assert await withdraw_question(bid, "看错了页", member, opened.now)
    assert not await fetchval("SELECT count(*) FROM price_correction")
    with pytest.raises(Conflict):
        await withdraw_question(bid, "再收", member, opened.now)
    assert await ask_to_confirm(found_so, member, opened.now) is None
    until = await ask_to_confirm(found_so, second, opened.now)
    assert until == opened.now + timedelta(minutes=30)
    bidder = await director("沱江", opened.now)
    with pytest.raises(NotFound):
        await answer_correction(Reply(bid, True), await director("和风", opened.now), opened.now)
    await answer_correction(Reply(bid, False, "以正文为准。"), bidder, opened.now)
    with pytest.raises(Conflict, match="答复过"):
        await answer_correction(Reply(bid, True), bidder, until - timedelta(seconds=1))
    # of a unit price that only looks slipped the panel decides
    other = opened.bids["云顶"]
    await execute("UPDATE opened_bid SET price_words = '', unit_price = 45 WHERE id = $1", other)
    (stands,) = [s for s in await statements_of(await listing_by_id(opened.listing.id)) if s.row["id"] == other]
    assert (stands.mended.total, stands.total_if_slipped) == (Decimal("45.00"), Decimal("460000.00"))
    for each in (member, second):
        await ask_to_confirm(Question(other, 30, FoundInPapers(holds_slipped=True)), each, opened.now)
    assert await fetchval("SELECT steps || total FROM price_correction WHERE opened_bid = $1", other) == "3460000.00"
    found = {s.row["id"]: s for s in await statements_of(await listing_by_id(opened.listing.id))}
    assert (found[bid].state, found[bid].row["steps"]) == ("refused", "1")
