"""A mail address counts once its link was opened; until then nothing but that link is sent there."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.outbox.services import body_of, post_mail
from tests.cast import enter_cast, office
from tests.marketplace.accounts.test_membership import JOIN, codes_for
from tests.pages import long_after_signing_in, send, sign_in, words
from tests.vendors.providers.test_provider_pages import FORM


async def letters() -> list[dict[str, str]]:
    """Every mail written so far."""
    rows = await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail' ORDER BY posted_at, due_at")
    payloads = [json.loads(row["payload"]) for row in rows]
    return [{**payload, "body": body_of(payload)} for payload in payloads]


async def links() -> list[str]:
    """The tokens of the letters that ask to confirm, in order."""
    found = [re.search(r"/confirm-address\?token=([\w-]{43})", letter["body"]) for letter in await letters()]
    return [each[1] for each in found if each]


async def _address(username: str) -> str:
    found: str = await fetchval("SELECT email FROM person WHERE username = $1", username)
    return found


async def test_a_registration_goes_on_while_its_address_waits_for_the_link(client: httpx.AsyncClient, clock: Any):
    await enter_cast(await clock.now())
    assert (await send(client, "/providers/register", FORM)).status_code == 303
    assert "tang@example.org" in words((await client.get("/work")).text) and await _address("kangle") == ""
    assert [letter["to"] for letter in await letters()] == ["tang@example.org"]
    await send(client, "/forgotten-password", {"who": "tang@example.org"})  # nobody's address yet
    assert len(await letters()) == 1
    assert "tang@example.org" in words((await client.get("/my-data")).text)
    (token,) = await links()
    client.cookies.delete("sid")  # opened on another machine
    shown = await client.get(f"/confirm-address?token={token}")
    assert "tang@example.org" in words(shown.text) and await _address("kangle") == ""  # reading confirms nothing
    assert "已经确认" in words((await send(client, "/confirm-address", {"token": token})).text)
    assert await _address("kangle") == "tang@example.org"
    twice = await send(client, "/confirm-address", {"token": token})
    assert twice.status_code == 422 and "已经用过" in words(twice.text)
    await sign_in(client, "kangle")
    assert "tang@example.org" not in words((await client.get("/work")).text)
    assert (await send(client, "/my-account/address/again")).status_code == 409


async def test_a_link_runs_out_and_a_new_one_ends_it(client: httpx.AsyncClient, clock: Any) -> None:
    await clock.now()
    await send(client, "/providers/register", FORM)
    await execute("UPDATE address_confirmation SET expires_at = clock_timestamp()")
    (old,) = await links()
    assert (await send(client, "/confirm-address", {"token": old})).status_code == 422
    assert "已经过期" in words((await client.get("/my-account/address")).text)
    assert (await send(client, "/my-account/address/again")).status_code == 303
    assert "已经寄出" in words((await client.get("/my-account/address?sent=1")).text)
    new = (await links())[-1]
    assert new != old and (await send(client, "/confirm-address", {"token": new})).status_code == 200
    for _ in range(6):
        answer = await send(client, "/my-account/address", {"email": "other@example.org"})
    assert answer.status_code == 422 and "试的次数太多" in words(answer.text)


async def test_another_address_counts_once_confirmed_and_the_old_one_is_told(client: httpx.AsyncClient, clock: Any):
    await enter_cast(await clock.now())
    await sign_in(client, "luo.jie")
    for wrong in ("", "luo", "luo@", "a b@example.org"):
        bad = await send(client, "/my-account/address", {"email": wrong})
        assert bad.status_code == 422 and "错误" in words(bad.text)
    assert (await send(client, "/my-account/address", {"email": "new@example.org"})).status_code == 303
    assert await _address("luo.jie") == "luo.jie@jintang.example"
    await send(client, "/confirm-address", {"token": (await links())[-1]})
    assert await _address("luo.jie") == "new@example.org"
    assert (await letters())[-1]["to"] == "luo.jie@jintang.example"
    await long_after_signing_in()
    assert (await send(client, "/my-account/address", {"email": "x@example.org"})).status_code == 401


async def test_the_address_a_code_was_mailed_to_needs_no_second_letter(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "admin")
    (paper,) = await codes_for(client, organisation=str(await office("zhaozhen")), role="clerk")
    await send(client, "/invitations", {"organisation": str(await office("zhaozhen")), "role": "clerk",
                                        "email": "mailed@example.org"})  # fmt: skip
    mailed = re.search(r"code=([A-Z2-9-]{14})", (await letters())[-1]["body"])[1]
    for code, name, email in ((paper, "by.paper", "paper@example.org"), (mailed, "by.mail", "Mailed@example.org")):
        client.cookies.delete("sid")
        answer = await send(client, "/join", {**JOIN, "code": code, "username": name, "email": email})
        assert answer.status_code == 303, words(answer.text)
    assert (await _address("by.paper"), await _address("by.mail")) == ("", "Mailed@example.org")
    assert len(await links()) == 1


async def test_nothing_is_written_to_nobody(clock: Any) -> None:
    await post_mail("", "subject", "body", await clock.now())
    assert await letters() == []
