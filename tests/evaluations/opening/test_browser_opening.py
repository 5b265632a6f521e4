"""Openers who peel in their browsers: no key comes to the server, and a bad layer is named and asked for again."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pyrage
import pytest

from evaluations.opening.queries import opened_bids
from marketplace.kernel.db import fetch, fetchval
from tests.evaluations.opening.steps import Sealed, opened_listing, release, sealed_listing
from tests.pages import send, sign_in, token, words
from vendors.receipts.jobs import close_due_chains

OPENERS = ("zhou.lan", "wu.gang", "he.ping")


async def layers(client: httpx.AsyncClient, sealed: Sealed) -> dict[str, dict[str, bytes]]:
    answer = await client.get(f"{sealed.path}/opening/layers?stage=first")
    assert answer.status_code == 200, answer.text
    return {
        bid["bid"]: {key: base64.b64decode(wrap) for key, wrap in bid["layers"].items()}
        for bid in answer.json()["bids"]
    }


def peeled(sealed: Sealed, username: str, found: dict[str, dict[str, bytes]]) -> dict[str, dict[str, bytes]]:
    key = pyrage.x25519.Identity.from_str(sealed.listing.identities[username])
    return {
        bid: {name: bytes(pyrage.decrypt(wrap, [key])) for name, wrap in wraps.items()} for bid, wraps in found.items()
    }


async def hand_over(
    client: httpx.AsyncClient, sealed: Sealed, found: dict[str, dict[str, bytes]]
) -> httpx.Response:
    body = {
        "stage": "first",
        "peeled": {
            bid: {name: base64.b64encode(wrap).decode() for name, wrap in wraps.items()} for bid, wraps in found.items()
        },
    }
    headers = {"x-csrftoken": await token(client), "accept": "application/json"}
    return await client.post(f"{sealed.path}/opening/layers", content=json.dumps(body), headers=headers)


async def peel(client: httpx.AsyncClient, sealed: Sealed, username: str) -> httpx.Response:
    await sign_in(client, username)
    return await hand_over(client, sealed, peeled(sealed, username, await layers(client, sealed)))


@pytest.mark.parametrize("pair", [("zhou.lan", "wu.gang"), ("he.ping", "zhou.lan")])
async def test_any_two_openers_open_in_their_browsers(
    client: httpx.AsyncClient, clock: Any, pair: tuple[str, str]
) -> None:
    sealed = await sealed_listing(await clock.now(), named=OPENERS)
    await sign_in(client, pair[0])
    early = await client.get(f"{sealed.path}/opening/layers?stage=first")
    assert early.status_code == 409
    await clock.set(sealed.after)
    assert "data-release" in (await client.get(f"{sealed.path}/opening")).text
    assert (await peel(client, sealed, pair[0])).json() == {"outcome": "waiting"}
    assert (await client.get(f"{sealed.path}/opening/layers?stage=first")).status_code == 409
    assert (await peel(client, sealed, pair[1])).json() == {"outcome": "opened"}
    bids = await opened_bids(sealed.id)
    assert len(bids) == 2 and all(bid["technical_text"] and not bid["fault"] for bid in bids)
    assert await fetchval("SELECT count(*) FROM half_opened") == 0


async def test_one_way_goes_on_where_the_other_began(client: httpx.AsyncClient, clock: Any) -> None:
    sealed = await sealed_listing(await clock.now(), named=OPENERS)
    await clock.set(sealed.after)
    await peel(client, sealed, "zhou.lan")
    await release(sealed, "wu.gang", sealed.after)
    assert all(not bid["fault"] for bid in await opened_bids(sealed.id))


async def test_layers_fetched_before_the_other_released_do_not_reach(client: httpx.AsyncClient, clock: Any) -> None:
    sealed = await sealed_listing(await clock.now(), named=OPENERS)
    await clock.set(sealed.after)
    await sign_in(client, "wu.gang")
    early = peeled(sealed, "wu.gang", await layers(client, sealed))
    await peel(client, sealed, "zhou.lan")
    await sign_in(client, "wu.gang")
    answer = await hand_over(client, sealed, early)
    assert answer.status_code == 409 and "再剥一层" in answer.json()["title"]
    assert (await peel(client, sealed, "wu.gang")).json() == {"outcome": "opened"}


async def test_a_bad_layer_is_named_voided_and_asked_for_again(client: httpx.AsyncClient, clock: Any) -> None:
    sealed = await sealed_listing(await clock.now(), named=OPENERS)
    await clock.set(sealed.after)
    await sign_in(client, "zhou.lan")
    found = peeled(sealed, "zhou.lan", await layers(client, sealed))
    stranger = pyrage.x25519.Identity.generate().to_public()
    spoilt = {bid: {name: pyrage.encrypt(b"x", [stranger]) for name in wraps} for bid, wraps in found.items()}
    assert (await hand_over(client, sealed, spoilt)).json() == {"outcome": "waiting"}
    await sign_in(client, "wu.gang")
    mine = await layers(client, sealed)
    key = pyrage.x25519.Identity.from_str(sealed.listing.identities["wu.gang"])
    good: dict[str, dict[str, bytes]] = {}
    for bid, wraps in mine.items():
        good[bid] = {}
        for name, wrap in wraps.items():
            try:
                good[bid][name] = bytes(pyrage.decrypt(wrap, [key]))
            except pyrage.DecryptError:
                good[bid][name] = b""  # as the browser says of what does not open
    answer = await hand_over(client, sealed, good)
    assert answer.status_code == 409
    voided = await fetch("SELECT p.name FROM voided_release v JOIN person p ON p.id = v.opener")
    assert answer.json()["title"].startswith("回执 HZ-") and [row["name"] for row in voided] == ["周岚"]
    assert await opened_bids(sealed.id) == [] and await fetchval("SELECT count(*) FROM key_release") == 0
    assert (await peel(client, sealed, "zhou.lan")).json() == {"outcome": "waiting"}
    assert (await peel(client, sealed, "he.ping")).json() == {"outcome": "opened"}
    assert all(not bid["fault"] for bid in await opened_bids(sealed.id))


async def test_nobody_but_the_named_openers_gets_a_layer(client: httpx.AsyncClient, clock: Any) -> None:
    sealed = await sealed_listing(await clock.now(), named=OPENERS)
    await clock.set(sealed.after)
    for username in ("li.qiang", "zhao.lei", "ma.chao", "yang.hua", "bidder1"):
        await sign_in(client, username)
        assert (await client.get(f"{sealed.path}/opening/layers?stage=first")).status_code in (403, 404), username
    await sign_in(client, "zhou.lan")
    assert "data-recipient" in (await client.get(f"{sealed.path}/opening")).text
    assert "金堂县第1" not in words((await client.get(f"{sealed.path}/opening/layers?stage=first")).text)


async def test_the_record_compares_hashes_with_the_receipts_and_each_bidder_confirms_or_objects(
    client: httpx.AsyncClient, clock: Any
) -> None:
    sealed = await opened_listing(clock)
    await close_due_chains(sealed.after)
    receipts = {row["username"]: row["receipt_number"] for row in await fetch(
        "SELECT pe.username, b.receipt_number FROM bid b JOIN person pe ON pe.id = b.sealed_by")}  # fmt: skip
    path = f"{sealed.path}/opening"
    await sign_in(client, "bidder1")
    page = words((await client.get(path)).text)
    assert "和回执链第" in page and "记录无误" in page and receipts["bidder2"] not in page
    wordless = await send(client, f"{path}/statement", {"receipt": receipts["bidder1"], "says": "wrong"})
    assert wordless.status_code == 422 and "请写明哪里不对" in words(wordless.text)
    others = await send(client, f"{path}/statement", {"receipt": receipts["bidder2"], "says": "right"})
    assert others.status_code == 404
    said = {"receipt": receipts["bidder1"], "says": "wrong", "words": "附件少了一份"}
    assert (await send(client, f"{path}/statement", said)).status_code == 303
    assert (await send(client, f"{path}/statement", said)).status_code == 409
    await sign_in(client, "bidder2")
    right = {"receipt": receipts["bidder2"], "says": "right"}
    assert (await send(client, f"{path}/statement", right)).status_code == 303
    await sign_in(client, "li.qiang")
    record = words((await client.get(path)).text)
    assert "投标人有异议：附件少了一份" in record and "投标人确认无误" in record
    assert (await send(client, f"{path}/statement", right)).status_code == 403
