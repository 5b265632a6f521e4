"""Sealing, replacing and withdrawing by the services."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace.gateways.files import DocumentStore
from marketplace.kernel import sealing
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_provider, a_sealed_bid, a_store, some_contents
from tests.cast import actor
from vendors.bids.contents import Stated, pack_final_price, unpack, unpack_final_price
from vendors.bids.queries import bid_receipt, current_bid, final_price_invitation, my_bids, sealed_bids_for_opening
from vendors.bids.rules import BiddingClosed, BiddingNotOpen, PriceTerms, statement_mistakes
from vendors.bids.services import (
    FinalPrice,
    open_final_price_window,
    replace_bid,
    seal_bid,
    seal_final_price,
    withdraw_bid,
)
from vendors.bids.strangers import ContentsBroken


@pytest.fixture
def store() -> DocumentStore:
    return a_store()


async def test_a_sealed_bid_opens_only_with_two_openers_and_says_what_was_sealed(clock, store):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    receipt = await a_sealed_bid(listing.lots[0]["id"], provider, now)
    row = await bid_receipt(receipt, provider.actor)
    sealed = await store.get(row["storage_key"])
    assert sealing.sealed_sha256(sealed) == row["sealed_sha256"] and len(sealed) == row["sealed_size"]
    first, second = [(str((await actor(name, now)).person_id), key) for name, key in listing.identities.items()]
    half = sealing.release(sealed, *first)
    parts = sealing.open_parts(sealed, *second, half, ["qualification", "technical", "price"])
    assert unpack(parts, []) == some_contents()
    with pytest.raises(sealing.OpenersMissing):
        sealing.open_parts(sealed, *second, {}, ["price"])


async def test_a_bid_at_the_exact_deadline_is_late(clock, store):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    await execute("UPDATE listing SET closes_at = county_now() WHERE id = $1", listing.id)
    with pytest.raises(BiddingClosed) as late:
        await seal_bid(listing.lots[0]["id"], some_contents(), store, provider.actor, now - timedelta(hours=1))
    assert late.value.clause == "R-BID-01" and "09:00" in late.value.sentence.text()
    assert await fetchval("SELECT count(*) FROM bid") == 0


async def test_the_county_clock_decides_and_not_the_time_handed_in(clock, store):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    await clock.set(listing.closes_at)
    with pytest.raises(BiddingClosed):
        await seal_bid(listing.lots[0]["id"], some_contents(), store, provider.actor, now)


async def test_a_second_seal_is_refused_and_a_replacement_keeps_the_first_one_on_record(clock, store):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    lot = listing.lots[0]["id"]
    first = await a_sealed_bid(lot, provider, now)
    with pytest.raises(Conflict):
        await a_sealed_bid(lot, provider, now)
    second = await replace_bid(first, some_contents(Decimal("470000.00")), store, provider.actor, now)
    bids = {b["receipt_number"]: b for b in await my_bids(provider.actor)}
    assert (bids[first]["status"], bids[second]["status"], bids[second]["version"]) == ("replaced", "sealed", 2)
    with pytest.raises(Conflict):  # the other tab still shows the first one
        await replace_bid(first, some_contents(), store, provider.actor, now)
    assert await fetchval("SELECT count(*) FROM bid WHERE status = 'sealed'") == 1


async def test_the_database_itself_keeps_two_sealed_bids_apart(clock):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    receipt = await a_sealed_bid(listing.lots[0]["id"], provider, now)
    index = await fetchval("SELECT indexdef FROM pg_indexes WHERE indexname = 'bid_one_valid'")
    assert "UNIQUE" in index
    with pytest.raises(Exception, match="never changed"):
        await execute("UPDATE bid SET sealed_sha256 = $2 WHERE receipt_number = $1", receipt, "0" * 64)


async def test_a_withdrawn_bid_may_be_sealed_anew_until_the_deadline(clock):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    lot = listing.lots[0]["id"]
    first = await a_sealed_bid(lot, provider, now)
    await withdraw_bid(first, provider.actor, now)
    await withdraw_bid(first, provider.actor, now)
    assert await current_bid(lot, provider.id) is None
    again = await a_sealed_bid(lot, provider, now)
    await clock.set(listing.closes_at)
    with pytest.raises(BiddingClosed):
        await withdraw_bid(again, provider.actor, await clock.now())


async def test_strangers_do_not_find_a_bid_and_other_roles_cannot_seal(clock, store):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    other = await a_provider(now, "成都市青羊区乐助社会工作服务中心", username="lezhu")
    receipt = await a_sealed_bid(listing.lots[0]["id"], provider, now)
    for stranger in (other.actor, await actor("ma.chao", now), await actor("zhao.lei", now), await actor("admin", now)):
        with pytest.raises(NotFound):
            await bid_receipt(receipt, stranger)
        assert await my_bids(stranger) == []
    with pytest.raises(NotFound):
        await withdraw_bid(receipt, other.actor, now)
    with pytest.raises(Forbidden):
        await seal_bid(listing.lots[0]["id"], some_contents(), store, await actor("wang.min", now), now)


async def test_a_cancelled_listing_takes_no_bid(clock, store):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    await execute("UPDATE listing SET status = 'cancelled' WHERE id = $1", listing.id)
    with pytest.raises(BiddingNotOpen):
        await seal_bid(listing.lots[0]["id"], some_contents(), store, provider.actor, now)


async def test_the_opening_gets_bids_only_after_the_deadline(clock):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    receipt = await a_sealed_bid(listing.lots[0]["id"], provider, now)
    with pytest.raises(Conflict):
        await sealed_bids_for_opening(listing.id)
    await clock.set(listing.closes_at)
    assert [b.receipt_number for b in await sealed_bids_for_opening(listing.id)] == [receipt]


async def test_the_audit_and_the_mail_say_receipt_and_hash_and_nothing_else(clock):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    receipt = await a_sealed_bid(listing.lots[0]["id"], provider, now)
    entry = await fetchrow("SELECT stream, subject_id, detail::text FROM audit_entry WHERE act = 'bid.sealed'")
    assert entry["stream"] == f"listing:{listing.id}" and entry["subject_id"] == receipt
    mail = await fetch("SELECT payload::text, hidden_until FROM outbox_message WHERE kind = 'mail'")
    assert len(mail) == 1 and provider.username in mail[0]["payload"] and receipt in mail[0]["payload"]
    assert mail[0]["hidden_until"] == listing.closes_at


def test_R_EVAL_08_what_else_is_stated_of_a_price_is_read_again_and_compared_while_it_is_typed() -> None:
    stated = Stated("肆拾捌万元整", Decimal("4.0000"), Decimal("480000.00"))
    parts = pack_final_price(Decimal("480000.00"), False, stated)
    assert unpack_final_price(parts) == (Decimal("480000.00"), False, stated)
    for wrong in ('"unit_price":"4.00001"', '"unit_price":4', '"price_words":7', '"body_total":"-1"', '"other":"1"'):
        with pytest.raises(ContentsBroken):
            unpack_final_price({"price": f'{{"small_micro":false,{wrong}}}'.encode()})
    terms = PriceTerms(False, False, Decimal(505000), None, Decimal(120000))
    assert statement_mistakes(terms, Decimal(480000), "肆拾捌万元整", Decimal(4)) == {}
    assert set(statement_mistakes(terms, Decimal(480000), "四八万", Decimal("4.1"))) == {"price_words", "unit_price"}
    assert set(statement_mistakes(terms, Decimal(480000), "肆拾玖万元整", None)) == {"price_words"}


async def test_final_prices_are_sealed_by_those_invited_in_the_same_time(clock, store):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    other = await a_provider(now, "成都市青羊区乐助社会工作服务中心", username="lezhu")
    lot = listing.lots[0]["id"]
    await a_sealed_bid(lot, provider, now, some_contents(None))
    await a_sealed_bid(lot, other, now, some_contents(None))
    await clock.set(listing.closes_at)
    now = await clock.now()
    invited = [b.id for b in await sealed_bids_for_opening(listing.id) if b.provider == provider.id]
    closes = now + timedelta(hours=2)
    await open_final_price_window(listing.id, invited, closes, await actor("li.qiang", now), now)
    with pytest.raises(NotFound):
        await seal_final_price(lot, FinalPrice(Decimal("470000.00")), store, other.actor, now)
    first = await seal_final_price(lot, FinalPrice(Decimal("470000.00")), store, provider.actor, now)
    second = await seal_final_price(lot, FinalPrice(Decimal("468000.00")), store, provider.actor, now)
    assert (await bid_receipt(first, provider.actor))["status"] == "replaced"
    assert (await final_price_invitation(lot, provider.id)).closes_at == closes
    stream = await fetchval("SELECT stream FROM audit_entry WHERE subject_id = $1", second)
    assert stream == f"listing:{listing.id}:final"
    with pytest.raises(Conflict):
        await sealed_bids_for_opening(listing.id, "final")
    await clock.set(closes)
    with pytest.raises(BiddingClosed):
        await seal_final_price(lot, FinalPrice(Decimal("460000.00")), store, provider.actor, now)
    finals = await sealed_bids_for_opening(listing.id, "final")
    assert [f.receipt_number for f in finals] == [second]
    sealed = await store.get(finals[0].storage_key)
    (one, a), (two, b) = [(str((await actor(n, now)).person_id), key) for n, key in listing.identities.items()]
    parts = sealing.open_parts(sealed, two, b, sealing.release(sealed, one, a), ["price"])
    assert unpack_final_price(parts) == (Decimal("468000.00"), False, Stated())
