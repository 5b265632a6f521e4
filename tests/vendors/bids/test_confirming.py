"""Whoever sealed before a corrigendum confirms or replaces; nobody else learns of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from catalogue.corrigenda.services import approve_corrigendum
from marketplace.kernel.audit.queries import list_entries
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Conflict, NotFound
from tests.builders_catalogue import a_published_listing
from tests.builders_corrigenda import a_corrigendum, a_published_corrigendum, shown_closing
from tests.builders_vendors import a_provider, a_sealed_bid, a_store, some_contents
from tests.cast import actor
from tests.pages import send, sign_in, words
from vendors import work
from vendors.bids.confirming import confirm_bid, to_confirm
from vendors.bids.queries import sealed_bids_for_opening
from vendors.bids.services import replace_bid


async def corrected(clock: Any) -> tuple[Any, Any, str]:
    """A bid that was sealed under version 1, and version 2 that affects it."""
    listing = await a_published_listing(await clock.now())
    provider = await a_provider(await clock.now())
    receipt = await a_sealed_bid(listing.lots[0]["id"], provider, await clock.now())
    await clock.set(listing.closes_at - timedelta(days=2))
    await a_published_corrigendum(listing, await clock.now())
    return listing, provider, receipt


async def test_r_corr_01_a_bidder_is_asked_and_confirms_for_that_version(clock: Any) -> None:
    _, provider, receipt = await corrected(clock)
    now = await clock.now()
    asked = [i.url for i in await work.waiting_for(provider.actor, now) if i.clause == "R-CORR-01"]
    assert asked == [f"/bids/{receipt}"]
    await confirm_bid(receipt, 2, provider.actor, now)
    await confirm_bid(receipt, 2, provider.actor, now)
    assert await to_confirm(provider.actor.organisation_id, now) == []
    assert await fetchval("SELECT count(*) FROM bid_confirmation") == 1


async def test_a_bid_sealed_after_the_corrigendum_is_not_asked(clock: Any) -> None:
    listing, _, _ = await corrected(clock)
    now = await clock.now()
    other = await a_provider(now, name="金堂县邻里服务中心", username="linli")
    await a_sealed_bid(listing.lots[0]["id"], other, now)
    assert await to_confirm(other.actor.organisation_id, now) == []


async def test_replacing_answers_too(clock: Any) -> None:
    _, provider, receipt = await corrected(clock)
    now = await clock.now()
    await replace_bid(receipt, some_contents(text="四次培训"), a_store(), provider.actor, now)
    assert await to_confirm(provider.actor.organisation_id, now) == []
    with pytest.raises(Conflict):
        await confirm_bid(receipt, 2, provider.actor, now)


async def test_a_newer_version_asks_again_and_an_old_page_does_not_confirm_it(clock: Any) -> None:
    listing, provider, receipt = await corrected(clock)
    await confirm_bid(receipt, 2, provider.actor, await clock.now())
    now = await clock.now()
    again = await a_corrigendum(listing, now, subjects={"money": {"lots-1-budget": "500000", "ceiling": "500000"}})
    from_page = await shown_closing(again, listing, now)
    await approve_corrigendum(again, from_page, await actor("li.qiang", now), now)
    assert [each.version for each in await to_confirm(provider.actor.organisation_id, now)] == [3]
    with pytest.raises(Conflict):
        await confirm_bid(receipt, 2, provider.actor, now)


async def test_an_unconfirmed_bid_stays_valid(clock: Any) -> None:
    listing, _, receipt = await corrected(clock)
    closes_at = await fetchval("SELECT closes_at FROM listing WHERE id = $1", listing.id)
    await clock.set(closes_at)
    assert [bid.receipt_number for bid in await sealed_bids_for_opening(listing.id)] == [receipt]


async def test_r_doc_08_confirmations_are_hidden_until_the_new_deadline(clock: Any) -> None:
    listing, provider, receipt = await corrected(clock)
    now = await clock.now()
    await confirm_bid(receipt, 2, provider.actor, now)
    assert (await list_entries(1, now, ("bid", receipt))).total == 0
    assert (await list_entries(1, listing.closes_at + timedelta(seconds=1), ("bid", receipt))).total == 0


async def test_the_receipt_asks_and_confirms_for_its_own_bidder_only(client: httpx.AsyncClient, clock: Any) -> None:
    _, provider, receipt = await corrected(clock)
    await a_provider(await clock.now(), name="金堂县邻里服务中心", username="linli")
    await sign_in(client, provider.username)
    page = words((await client.get(f"/bids/{receipt}")).text)
    assert "公告更正为第 2 版" in page and "不确认也仍然有效" in page
    assert (await send(client, f"/bids/{receipt}/confirm", {"version": "x"})).status_code == 404
    assert (await send(client, f"/bids/{receipt}/confirm", {"version": "7"})).status_code == 409
    for _ in range(2):
        assert (await send(client, f"/bids/{receipt}/confirm", {"version": "2"})).status_code == 303
    assert "确认这份文件仍然有效" in words((await client.get(f"/bids/{receipt}")).text)
    await sign_in(client, "linli")
    assert (await send(client, f"/bids/{receipt}/confirm", {"version": "2"})).status_code == 404
    stranger = await a_provider(await clock.now(), name="金堂县远山服务中心", username="yuan")
    with pytest.raises(NotFound):
        await confirm_bid(receipt, 2, stranger.actor, await clock.now())
