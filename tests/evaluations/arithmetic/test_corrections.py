"""A price stated twice and differently is mended by law, confirmed by the bidder, and counts as mended (R-EVAL-08)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from catalogue.listings.queries import listing_by_id
from evaluations.arithmetic.queries import statements_of
from evaluations.arithmetic.rules import UNCONFIRMED, FoundInPapers
from evaluations.arithmetic.services import Question, Reply, answer_correction, ask_to_confirm
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.bundles.queries import bundle
from evaluations.bundles.verify import verify
from evaluations.scoring.low_prices import Question as LowPrice
from evaluations.scoring.low_prices import ask_about_price
from evaluations.scoring.queries import recompute, result_rows, stored_results
from evaluations.scoring.services import compute_results, lock_marks
from evaluations.work import waiting_for
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from tests.builders_evaluations import (
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


async def test_a_refusal_and_what_a_member_reads_in_the_papers(clock: TestClock) -> None:
    opened, (member, *_) = await locked(clock)
    bid = opened.bids["沱江"]
    read = FoundInPapers(body_total=Decimal("490000.00"))
    with pytest.raises(FormRefused) as refused:
        await ask_to_confirm(Question(bid, 30, read), member, opened.now)
    assert set(refused.value.errors) == {"place"}
    until = await ask_to_confirm(Question(bid, 30, replace(read, place="分项报价表第2页")), member, opened.now)
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
    await ask_to_confirm(Question(other, 30, FoundInPapers(holds_slipped=True)), member, opened.now)
    assert await fetchval("SELECT steps || total FROM price_correction WHERE opened_bid = $1", other) == "3460000.00"
    found = {s.row["id"]: s for s in await statements_of(await listing_by_id(opened.listing.id))}
    assert (found[bid].state, found[bid].row["steps"]) == ("refused", "1")
