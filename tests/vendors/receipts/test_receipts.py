"""Receipts that anybody can check: signed at once, chained and published only after the deadline."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from marketplace.gateways.signing import RECEIPT_KEY, Keyring, make_or_load_key, make_or_load_keys
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.i18n import Sentence
from marketplace.verify_command import main as verify
from tests.algorithms import keys_by_sm, settings_of
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_provider, a_sealed_bid, a_store, some_contents
from tests.cast import CAST
from tests.pages import sign_in, words
from vendors.bids.services import replace_bid, withdraw_bid
from vendors.receipts import routes
from vendors.receipts.jobs import close_due_chains
from vendors.receipts.rules import (
    Act,
    ChainPlace,
    chained,
    first_difference,
    head_of,
    head_text,
    signed_by,
    signed_receipt,
)

AT = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "receipt": "HZ-AAAA", "listing": "CG-2026-0001", "lot": 1, "stage": "first", "version": 1,
    "sealed_at": AT.isoformat(), "sha256": "a" * 64, "size": 5000,
}  # fmt: skip


def files(tmp_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """A receipt and the chain it stands in, between two others."""
    key = make_or_load_key(tmp_path / "key.pem")
    place = ChainPlace("CG-2026-0001", "first", AT)
    acts = [
        Act("sealed", "HZ-0000", "", 1, AT.replace(minute=1), "b" * 64),
        Act("sealed", "HZ-AAAA", "", 1, AT, "a" * 64),
        Act("withdrawn", "HZ-0000", "", 1, AT.replace(minute=2), "b" * 64),
    ]
    links = chained(place, acts)
    head = head_of(place, links)
    signed = {"signature": key.sign(head_text(head)), "public_key": key.public.pem}
    chain = {"format": "receipt-chain-1", **head, **signed, "entries": links}
    return signed_receipt(FACTS, key), json.loads(json.dumps(chain))


def test_a_receipt_is_found_at_its_place(tmp_path: Path) -> None:
    receipt, chain = files(tmp_path)
    assert first_difference(receipt, chain) == 1
    assert [link["act"] for link in chain["entries"]] == ["sealed", "sealed", "withdrawn"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda r, c: r["receipt"].update(sha256="c" * 64), "回执的签名不对"),
        (lambda r, c: c["entries"][1].update(sha256="c" * 64), "第 2 条的哈希值不对"),
        (lambda r, c: c["entries"].pop(), "链头不对"),
        (lambda r, c: c.update(listing="CG-2026-0002"), "项目不同"),
        (lambda r, c: c.update(closes_at="2026-03-21T00:00:00+00:00"), "链头的签名不对"),
        (lambda r, c: c.pop("head"), "缺了内容"),
        (lambda r, c: r.update(public_key="x"), "缺了内容"),
    ],
)
def test_the_first_difference_is_named(tmp_path: Path, change: Any, named: str) -> None:
    receipt, chain = files(tmp_path)
    change(receipt, chain)
    found = first_difference(receipt, chain)
    assert isinstance(found, Sentence) and named in found.text("zh") and found.text("en") != found.text("zh")


def test_a_receipt_left_out_of_an_honest_looking_chain_and_one_by_another_key_are_noticed(tmp_path: Path) -> None:
    receipt, chain = files(tmp_path)
    key = make_or_load_key(tmp_path / "key.pem")
    place = ChainPlace("CG-2026-0001", "first", AT)
    links = chained(place, [Act("sealed", "HZ-0000", "", 1, AT, "b" * 64)])
    head = head_of(place, links)
    cut = chain | head | {"entries": links, "signature": key.sign(head_text(head))}
    found = first_difference(receipt, cut)
    assert isinstance(found, Sentence) and "不在回执链上" in found.text("zh")
    stranger = make_or_load_key(tmp_path / "other.pem")
    forged = signed_receipt(FACTS, stranger)
    assert "同一把密钥" in str(first_difference(forged, chain))
    assert "给出的公钥" in str(first_difference(receipt, chain, stranger.public))


def test_receipts_and_chains_of_before_and_after_a_change_to_sm2_and_sm3_fit_together(tmp_path: Path) -> None:
    before = make_or_load_keys(settings_of(tmp_path), RECEIPT_KEY)
    after, place = keys_by_sm(tmp_path, RECEIPT_KEY), ChainPlace("CG-2026-0001", "first", AT)

    def chain(keys: Keyring, place: ChainPlace) -> dict[str, Any]:
        links = chained(place, [Act("sealed", "HZ-AAAA", "", 1, AT, "a" * 64)])
        head = head_of(place, links)
        signed = signed_by(head_text(head), keys.current, *keys.older)
        return json.loads(json.dumps({"format": "receipt-chain-1", **head, **signed, "entries": links}))

    old, new = chain(before, place), chain(after, replace(place, hashed_by="sm3"))
    assert "algorithm" not in old and (new["algorithm"], new["hashed_by"]) == ("sm2-sm3", "sm3")
    assert old["head"] != new["head"]
    receipts = [signed_receipt(FACTS, keys.current, *keys.older) for keys in (before, after)]
    for receipt in receipts:
        assert [first_difference(receipt, each) for each in (old, new)] == [1, 1]
        for key in before.public:
            assert first_difference(receipt, new, key) == 1, "a key got by another way before the change still counts"
    assert "链头的签名不对" in str(first_difference(receipts[0], new | {"signature": old["signature"]}))
    assert "第 1 条的哈希值不对" in str(first_difference(receipts[1], new | {"hashed_by": "sha256"}))
    only_new = {name: value for name, value in new.items() if name != "also"}
    assert "同一把密钥" in str(first_difference(receipts[0], only_new))
    forged = receipts[1] | {"also": [receipts[1]["also"][0] | {"signature": before.current.sign(b"other")}]}
    assert "回执的签名不对" in str(first_difference(forged, new))


async def test_a_bidder_checks_its_receipt_with_two_files_after_the_deadline(
    client: httpx.AsyncClient, clock: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    other = await a_provider(now, "成都市青羊区乐助社会工作服务中心", username="lezhu")
    lot = listing.lots[0]["id"]
    first = await a_sealed_bid(lot, provider, now)
    second = await replace_bid(first, some_contents(text="改过的方案"), a_store(), provider.actor, now)
    gone = await a_sealed_bid(lot, other, now)
    await withdraw_bid(gone, other.actor, now)
    await sign_in(client, provider.username)
    receipt = tmp_path / "receipt.json"
    receipt.write_text((await client.get(f"/bids/{second}.json")).text)
    page = words((await client.get(f"/bids/{second}")).text)
    assert "截止以后，回执链公开" in page and "平台签名" in page

    await close_due_chains(now)
    public = f"/listings/{listing.reference}/receipts"
    assert (await client.get(f"{public}/first.json")).status_code == 404
    await clock.set(listing.closes_at)
    await close_due_chains(await clock.now())
    await close_due_chains(await clock.now())
    chain = tmp_path / "chain.json"
    chain.write_text((await client.get(f"{public}/first.json")).text)
    said = json.loads(chain.read_text())
    assert [(e["act"], e["receipt"], e["replaces"]) for e in said["entries"]].count(("sealed", second, first)) == 1
    assert {(e["act"], e["receipt"]) for e in said["entries"]} == {
        ("sealed", first), ("sealed", second), ("sealed", gone), ("withdrawn", gone),
    }  # fmt: skip
    key = tmp_path / "key.pem"
    key.write_text((await client.get("/receipts/key.pem")).text)
    assert verify(["receipt", str(receipt), "--chain", str(chain), "--key", str(key)]) == 0
    said["entries"][0]["sha256"] = "0" * 64
    chain.write_text(json.dumps(said))
    assert verify(["receipt", str(receipt), "--chain", str(chain)]) == 1
    assert "第 1 条的哈希值不对" in capsys.readouterr().out
    assert verify(["receipt", str(receipt), "--chain", str(tmp_path / "none")]) == 1
    assert "的第" in words((await client.get(f"/bids/{second}")).text)

    letters = await fetch("SELECT payload->>'to' AS who, payload->>'body' AS body FROM outbox_message"
                          " WHERE payload->>'subject' LIKE '回执链头%'")  # fmt: skip
    auditors = await fetch("SELECT p.email FROM membership m JOIN person p ON p.id = m.person WHERE m.role = 'auditor'")
    expected = {"hemei@provider.example", "lezhu@provider.example"} | {row["email"] for row in auditors}
    assert len(auditors) >= 1 and sorted(row["who"] for row in letters) == sorted(expected)
    assert all(said["head"] in row["body"] for row in letters)


class _SlowKey:
    """A kind that takes its time, as a process of its own or a device does."""

    def __init__(self, key: Any) -> None:
        self.key, self.public = key, key.public

    def sign(self, content: bytes) -> str:
        time.sleep(1.5)
        return str(self.key.sign(content))


async def test_a_key_that_takes_its_time_to_sign_a_receipt_holds_up_nobody_else(
    client: httpx.AsyncClient, clock: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    receipt = await a_sealed_bid(listing.lots[0]["id"], provider, now)
    await sign_in(client, provider.username)
    slow = Keyring(_SlowKey(make_or_load_key(tmp_path / "slow.pem")))
    monkeypatch.setattr("vendors.receipts.routes.make_or_load_keys", lambda *_: slow)
    routes._keys.cache_clear()
    try:
        reading = asyncio.create_task(client.get(f"/bids/{receipt}.json"))
        longest, at = 0.0, time.monotonic()
        while not reading.done():
            await asyncio.sleep(0.02)
            longest, at = max(longest, time.monotonic() - at), time.monotonic()
    finally:
        routes._keys.cache_clear()
    assert (await reading).json()["key"] == slow.current.public.fingerprint
    assert longest < 1, longest


async def test_before_the_deadline_pages_mail_and_logs_do_not_tell_how_many_receipts_there_are(
    client: httpx.AsyncClient, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    paths = [f"/listings/{listing.reference}/receipts", f"/listings/{listing.reference}/opening", "/healthz"]
    readers = [None, *[member.username for member in CAST]]

    async def seen() -> dict[Any, str]:
        found = {}
        for reader in readers:
            client.cookies.delete("sid")
            if reader:
                await sign_in(client, reader)
            for path in paths:
                text = (await client.get(path)).text
                found[(reader, path)] = words(text).split("退出" if reader else "登录")[-1] if "<" in text else text
        return found

    before = await seen()
    waiting = await fetchval("SELECT count(*) FROM outbox_message WHERE hidden_until IS NULL")
    with caplog.at_level(logging.DEBUG):
        receipt = await a_sealed_bid(listing.lots[0]["id"], provider, now)
        await sign_in(client, provider.username)
        assert (await client.get(f"/bids/{receipt}")).status_code == 200
        await close_due_chains(now)
    # what the test's own browser logs is not the service's
    logged = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("http"))
    assert receipt not in logged and listing.reference not in logged
    assert await seen() == before
    # the one letter goes to the bidder alone and stays out of the list of dead messages until the deadline
    assert await fetchval("SELECT count(*) FROM outbox_message WHERE hidden_until IS NULL") == waiting
    told = await fetch(
        "SELECT payload->>'to' AS who FROM outbox_message WHERE payload->>'subject' LIKE $1", f"%{receipt}"
    )
    assert [row["who"] for row in told] == ["hemei@provider.example"]
    assert await fetchval("SELECT count(*) FROM receipt_link") == 0


async def test_nobody_else_gets_a_receipt_and_what_was_cancelled_before_its_deadline_has_no_chain(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    receipt = await a_sealed_bid(listing.lots[0]["id"], provider, now)
    for member in CAST:
        await sign_in(client, member.username)
        for end in ("", ".json", "/receipt.pdf"):
            assert (await client.get(f"/bids/{receipt}{end}")).status_code in (403, 404), (member.username, end)
    await fetch(
        "UPDATE listing SET status = 'cancelled', ended_at = $2, end_reason = '取消', end_clause = 'R-TIME-21'"
        " WHERE id = $1 RETURNING id", listing.id, now,
    )  # fmt: skip
    await clock.set(listing.closes_at)
    await close_due_chains(await clock.now())
    assert await fetchval("SELECT count(*) FROM receipt_chain WHERE listing = $1", listing.id) == 0
