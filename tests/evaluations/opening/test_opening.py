"""Two openers together open the bids; one alone, too early, or with the wrong key does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalogue.listings.queries import listing_by_id
from evaluations.opening.queries import opened_bids, papers_of
from evaluations.opening.rules import Outcome
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.sealing import WrongIdentity
from tests.builders_vendors import PDF, some_contents
from tests.evaluations.opening.steps import opened_listing, release, sealed_listing
from vendors.bids.contents import BidContents
from vendors.bids.papers import Attachment
from vendors.bids.seals import Seal, SealKind


async def status(listing: Any) -> str:
    return (await listing_by_id(listing))["status"]


async def test_both_openers_open_every_bid_with_its_content(clock: Any) -> None:
    contents = BidContents(
        technical_text="服务方案全文", qualification_text="符合", attachments=(Attachment("方案.pdf", PDF),),
        is_small_micro=True, seal=Seal("方案.pdf", SealKind.SIGNED),
    )  # fmt: skip
    sealed = await sealed_listing(await clock.now(), 2, contents)
    await clock.set(sealed.after)
    assert await release(sealed, "zhou.lan", sealed.after) == Outcome.WAITING
    assert await opened_bids(sealed.id) == []
    assert await fetchval("SELECT count(*) FROM half_opened") == 6  # 3 parts of 2 bids, each still locked for the other
    assert await release(sealed, "wu.gang", sealed.after) == Outcome.OPENED
    bids = await opened_bids(sealed.id)
    assert [b["technical_text"] for b in bids] == ["服务方案全文", "服务方案全文"]
    (paper,) = (await papers_of([bids[0]["id"]]))[bids[0]["id"]]
    assert paper["name"] == "方案.pdf"
    assert (bids[0]["seal_kind"], bids[0]["seal_paper"]) == ("signed", "方案.pdf")
    assert bids[0]["seal_document"] == paper["id"]
    assert bids[0]["is_small_micro"] is False  # a social organisation is no small enterprise
    assert await status(sealed.id) == "opened"
    assert {r["status"] for r in await fetch("SELECT status FROM bid")} == {"opened"}


async def test_a_price_in_the_first_stage_of_a_consultation_is_not_kept(clock: Any) -> None:
    sealed = await opened_listing(clock, contents=some_contents(Decimal("480000.00")))
    assert [b["price"] for b in await opened_bids(sealed.id)] == [None, None]


async def test_the_same_opener_cannot_release_twice(clock: Any) -> None:
    sealed = await sealed_listing(await clock.now())
    await clock.set(sealed.after)
    await release(sealed, "zhou.lan", sealed.after)
    with pytest.raises(Conflict, match="您已经放行过了"):
        await release(sealed, "zhou.lan", sealed.after)
    assert await status(sealed.id) == "closed"


async def test_nobody_releases_before_the_deadline(clock: Any) -> None:
    now = await clock.now()
    sealed = await sealed_listing(now)
    with pytest.raises(Conflict, match="还没有到截止时间"):
        await release(sealed, "zhou.lan", now)
    assert await fetchval("SELECT count(*) FROM key_release") == 0


async def test_another_persons_key_is_refused(clock: Any) -> None:
    sealed = await sealed_listing(await clock.now())
    await clock.set(sealed.after)
    with pytest.raises(WrongIdentity):
        await release(sealed, "zhou.lan", sealed.after, owner="wu.gang")
    assert await fetchval("SELECT count(*) FROM key_release") == 0


async def test_an_opener_who_is_not_named_finds_nothing(clock: Any) -> None:
    sealed = await sealed_listing(await clock.now())
    await clock.set(sealed.after)
    with pytest.raises(NotFound):
        await release(sealed, "he.ping", sealed.after, owner="wu.gang")


@pytest.mark.parametrize("bids", [0, 1])
async def test_a_consultation_with_fewer_than_two_bids_ends_unopened(clock: Any, bids: int) -> None:
    sealed = await sealed_listing(await clock.now(), bids)
    await clock.set(sealed.after)
    assert await release(sealed, "zhou.lan", sealed.after) == Outcome.FAILED
    row = await listing_by_id(sealed.id)
    assert (row["status"], row["end_clause"]) == ("failed", "R-BID-08")
    assert await opened_bids(sealed.id) == []


async def test_a_damaged_bid_is_recorded_and_does_not_stop_the_others(clock: Any) -> None:
    sealed = await sealed_listing(await clock.now(), 3)
    await clock.set(sealed.after)
    await release(sealed, "zhou.lan", sealed.after)
    one = await fetchval("SELECT id FROM bid ORDER BY sealed_at LIMIT 1")
    await fetch("DELETE FROM half_opened WHERE bid = $1", one)
    assert await release(sealed, "wu.gang", sealed.after) == Outcome.OPENED
    bids = await opened_bids(sealed.id)
    assert [bool(b["fault"]) for b in bids].count(True) == 1
    assert len(bids) == 3


async def test_neither_key_nor_passphrase_is_left_behind(clock: Any) -> None:
    sealed = await opened_listing(clock)
    trail = str([dict(r) for r in await fetch("SELECT detail FROM audit_entry")])
    for identity in sealed.listing.identities.values():
        assert identity not in trail
    assert await fetchval("SELECT count(*) FROM half_opened") == 0
