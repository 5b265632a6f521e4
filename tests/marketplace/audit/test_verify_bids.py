"""Sealed bids against a database administrator: guards switched off, rows edited, and `verify chain` names the row."""

from __future__ import annotations

from typing import Any

from marketplace.kernel.db import execute, transaction
from marketplace.verify_bids import changed_bids
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_provider, a_sealed_bid
from vendors.bids.services import withdraw_bid


class Undone(Exception):
    """What was tried is undone."""


CHANGES = {
    "UPDATE bid SET sealed_sha256 = repeat('0', 64) WHERE receipt_number = $1": "被改过",
    "UPDATE bid SET sealed_at = sealed_at - interval '1 hour' WHERE receipt_number = $1": "被改过",
    "UPDATE bid SET status = 'withdrawn' WHERE receipt_number = $1": "被改过",
    "DELETE FROM bid WHERE receipt_number = $1": "不见了",
    "UPDATE bid SET receipt_number = 'HZ-0' || substr(receipt_number, 5) WHERE receipt_number = $1": "不见了",
    "DELETE FROM audit_entry WHERE act = 'bid.sealed' AND subject_id = $1": "没有封存记录",
}


async def _switch_off_the_guards() -> None:
    await execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    await execute("SET LOCAL session_replication_role = replica")


async def test_a_bid_that_an_administrator_edits_is_named(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    one, two = await a_provider(now), await a_provider(now, "成都市青羊区乐助社会工作服务中心", username="lezhu")
    receipt = await a_sealed_bid(listing.lots[0]["id"], one, now)
    await withdraw_bid(await a_sealed_bid(listing.lots[0]["id"], two, now), two.actor, now)
    assert await changed_bids() == []
    for sql, said in CHANGES.items():
        try:
            async with transaction():
                await _switch_off_the_guards()
                assert await execute(sql, receipt) in ("UPDATE 1", "DELETE 1")
                found = [sentence.text("zh") for sentence in await changed_bids()]
                raise Undone
        except Undone:
            pass
        assert any(receipt in words and said in words for words in found), (sql, found)
    assert await changed_bids() == []
