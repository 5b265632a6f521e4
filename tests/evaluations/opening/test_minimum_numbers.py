"""Fewer bids than the method needs end a lot: at the review, at conformity, at the result (R-BID-04, R-BID-08)."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import httpx
import pytest

from catalogue.listings.queries import listing_by_id
from evaluations.conformity.services import everything_conforms, vote_on_conformity
from evaluations.opening.items import Finding
from evaluations.opening.queries import lots_ended
from evaluations.opening.rules import Ended, EndedAt, Judged, ended_lots, least_bids
from evaluations.panel.services import appoint_member, declare_interest
from evaluations.scoring.queries import recompute, result_rows, stored_results
from evaluations.scoring.results import TOO_FEW
from evaluations.scoring.services import compute_results, lock_marks, put_marks
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError
from tests.builders_evaluations import DRAW, Offered, a_panel, an_opened_listing, director, mark_everything
from tests.builders_frameworks import EXPERTS as FIVE
from tests.cast import actor
from tests.conftest import TestClock
from tests.pages import sign_in, words

ON = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("method", "count", "clause"),
    [
        ("open_tender", 3, "R-BID-04"), ("invited_tender", 3, "R-METH-10"), ("consultation", 2, "R-BID-08"),
        ("negotiation", 3, "R-BID-08"), ("closed_framework", 2, "R-FRM-02"), ("sealed_quotes", 3, "R-METH-12"),
        ("under_limit", 2, "R-METH-12"),
    ],
)  # fmt: skip
def test_each_method_ends_a_lot_below_its_own_number(method: str, count: int, clause: str) -> None:
    least, lot = least_bids(method, ON), uuid4()
    assert (least.count, least.clause) == (count, clause)
    enough, one_out = [Judged(lot, True, True)] * count, Judged(lot, False, None)
    not_conforming = Judged(lot, True, False)
    assert ended_lots(enough, least) == []
    assert ended_lots([*enough[1:], one_out], least) == [Ended(lot, EndedAt.QUALIFIED, count - 1)]
    assert ended_lots([*enough[1:], not_conforming], least) == [Ended(lot, EndedAt.CONFORMING, count - 1)]
    # nothing is said before every bid of the lot is judged; another lot is another count
    assert ended_lots([*enough[1:], Judged(lot, None, None)], least) == []
    assert ended_lots([*enough[1:], Judged(lot, True, None)], least) == []
    assert ended_lots([*enough, Judged(uuid4(), True, True)], least)[0].left == 1


TENDER = {
    "和风": Offered("498000.00"), "沱江": Offered("480000.00"), "云顶": Offered("470000.00"),
}  # fmt: skip


async def test_a_tender_with_two_that_conform_is_not_scored(client: httpx.AsyncClient, clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now(), TENDER, method="open_tender")
    for name in opened.bids:
        await director(name, opened.now)
    experts = [await actor(name, opened.now) for name in FIVE]
    for expert in experts:
        await appoint_member(opened.listing.id, expert.person_id, "expert", DRAW, opened.buyer, opened.now)
        await declare_interest(opened.listing.id, False, "", expert, opened.now)
    for name, bid in opened.bids.items():
        vote = await everything_conforms(bid)
        if name == "云顶":
            vote = type(vote)(bid, (Finding(False, "没有盖章"), *vote.findings[1:]))
        for expert in experts:
            if (await listing_by_id(opened.listing.id))["status"] == "opened":
                await vote_on_conformity(vote, expert, opened.now)
    # a tender tells nobody before its result (87 Art 66, 69); with its failure each bidder is told of its own bid
    mails = await fetch("SELECT payload::jsonb->>'body' AS body FROM outbox_message")
    told = [m["body"] for m in mails if m["body"] and "采购失败：" in m["body"]]
    assert sorted("没有盖章" in body for body in told) == [False, False, True]
    assert sum("没有被认定无效" in body for body in told) == 2
    [ended] = await lots_ended(opened.listing.id)
    assert (ended["stage"], ended["left"], ended["clause"]) == ("conforming", 2, "R-BID-04")
    row = await listing_by_id(opened.listing.id)
    assert (row["status"], row["end_clause"]) == ("failed", "R-BID-04")
    with pytest.raises(Conflict):
        await put_marks(opened.listing.id, opened.bids["和风"], {}, experts[0], opened.now)
    await sign_in(client, "li.qiang")
    page = f"/listings/{opened.listing.reference}/conformity"
    assert "只有 2 家，不足 3 家" in words((await client.get(page)).text)
    assert "Only 2 responded in substance" in words((await client.get(f"/en{page}")).text)


async def test_a_consultation_with_one_valid_price_ends_after_the_scoring(clock: TestClock) -> None:
    opened = await an_opened_listing(
        await clock.now(), {"和风": Offered("498000.00"), "沱江": Offered("505000.01")}
    )  # fmt: skip
    experts = await a_panel(opened)
    for expert in experts:
        await mark_everything(opened, expert)
        await lock_marks(opened.listing.id, expert, opened.now)
    await compute_results(opened.listing.id, experts[0], opened.now)
    row = await listing_by_id(opened.listing.id)
    assert (row["status"], row["end_clause"]) == ("failed", "R-BID-08")
    rows = {r["opened_bid"]: r for r in await result_rows(opened.listing.id)}
    assert rows[opened.bids["和风"]]["reason"] == TOO_FEW and rows[opened.bids["和风"]]["rank"] is None
    assert await stored_results(opened.listing.id) == await recompute(opened.listing.id)


async def test_of_two_lots_the_one_with_too_few_is_neither_scored_nor_in_the_way(clock: TestClock) -> None:
    opened = await an_opened_listing(await clock.now(), TENDER)
    experts = await a_panel(opened)
    alone, other = opened.bids["云顶"], uuid4()
    await execute(
        "INSERT INTO listing_lot SELECT (jsonb_populate_record(t, jsonb_build_object('id', $2::text, 'number', 2))).*"
        " FROM listing_lot t WHERE id = $1",
        opened.lot, str(other),
    )  # fmt: skip
    await execute("UPDATE opened_bid SET lot = $2 WHERE id = $1", alone, other)
    failed = "UPDATE conformity_decision SET passes = false, reason = 'x', clause = 'R-BID-06' WHERE opened_bid = $1"
    await execute(failed, alone)
    await execute("DELETE FROM conformity_decision WHERE opened_bid = $1", opened.bids["和风"])
    for expert in experts:
        await vote_on_conformity(await everything_conforms(opened.bids["和风"]), expert, opened.now)
    assert [e["lot"] for e in await lots_ended(opened.listing.id)] == [other]
    with pytest.raises(DomainError, match="已经终止"):
        await put_marks(opened.listing.id, alone, {}, experts[0], opened.now)
    opened.bids.pop("云顶")
    for expert in experts:
        await mark_everything(opened, expert)
        assert await lock_marks(opened.listing.id, expert, opened.now)
    await compute_results(opened.listing.id, experts[0], opened.now)
    assert await fetchval("SELECT status FROM listing WHERE id = $1", opened.listing.id) == "evaluated"
    assert sum(r["status"] == "valid" for r in await result_rows(opened.listing.id)) == 2
