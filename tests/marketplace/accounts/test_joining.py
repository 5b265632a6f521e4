"""Whose organisation is registered asks its owner for an account, and hears yes or no."""

from __future__ import annotations

import re
from typing import Any

import httpx

from marketplace.kernel.db import execute, fetchval
from tests.builders_vendors import AProvider, a_provider
from tests.cast import enter_cast, office
from tests.marketplace.accounts.test_addresses import letters
from tests.marketplace.accounts.test_membership import JOIN
from tests.pages import send, sign_in, words
from tests.vendors.providers.test_provider_pages import FORM

ASK = {"name": "林晓", "email": "lin@example.org", "words": "我管投标"}


def door(provider: AProvider) -> str:
    """Where somebody asks this provider."""
    return f"/organisations/{provider.actor.organisation_id}/join"


async def _status() -> str:
    found: str = await fetchval("SELECT status FROM join_request")
    return found


async def a_confirmed_request(client: httpx.AsyncClient, provider: AProvider) -> str:
    """Asked, and the link in the letter opened; gives the identity."""
    client.cookies.delete("sid")
    assert (await send(client, door(provider), ASK)).status_code == 303
    token = re.search(r"/join-request\?token=([\w-]{43})", (await letters())[-1]["body"])[1]
    assert "lin@example.org" in words((await client.get(f"/join-request?token={token}")).text)
    assert "已经交给负责人" in words((await send(client, "/join-request", {"token": token})).text)
    twice = await send(client, "/join-request", {"token": token})
    assert twice.status_code == 422 and "已经用过" in words(twice.text)
    return str(await fetchval("SELECT id FROM join_request ORDER BY asked_at DESC LIMIT 1"))


async def test_who_registers_a_known_code_is_led_to_ask(client: httpx.AsyncClient, clock: Any) -> None:
    provider = await a_provider(await clock.now())
    code = await fetchval("SELECT credit_code FROM provider WHERE reference = $1", provider.reference)
    taken = await send(client, "/providers/register", {**FORM, "credit_code": code})
    assert taken.status_code == 422 and door(provider) in taken.text
    assert "和美" in words((await client.get(door(provider))).text)
    assert door(provider) in (await client.get(f"/providers/{provider.reference}")).text
    assert (await client.get("/organisations/00000000-0000-4000-8000-000000000000/join")).status_code == 404
    await enter_cast(await clock.now())
    assert (await client.get(f"/organisations/{await office('finance')}/join")).status_code == 404


async def test_the_owner_hears_of_it_after_the_link_and_accepts_with_a_role(client: httpx.AsyncClient, clock: Any):
    provider = await a_provider(await clock.now())
    for bad in ({"name": ""}, {"email": "lin"}, {"words": "字" * 501}):
        answer = await send(client, door(provider), {**ASK, **bad})
        assert answer.status_code == 422 and await fetchval("SELECT count(*) FROM join_request") == 0
    await send(client, door(provider), ASK)
    assert [letter["to"] for letter in await letters()] == ["lin@example.org"]
    await sign_in(client, provider.username)
    assert "林晓" not in words((await client.get("/join-requests")).text)
    asked = await a_confirmed_request(client, provider)
    assert await fetchval("SELECT count(*) FROM join_request") == 1
    assert (await letters())[-1]["to"] == f"{provider.username}@provider.example"
    await sign_in(client, provider.username)
    assert "林晓" in words((await client.get("/work")).text)
    assert "我管投标" in words((await client.get("/join-requests")).text)
    for wrong in ("", "buyer", "x"):
        assert (await send(client, f"/join-requests/{asked}/accept", {"role": wrong})).status_code == 422
    assert (await send(client, f"/join-requests/{asked}/accept", {"role": "bid_writer"})).status_code == 303
    assert (await send(client, f"/join-requests/{asked}/accept", {"role": "bid_writer"})).status_code == 404
    code = re.search(r"code=([A-Z2-9-]{14})", (await letters())[-1]["body"])[1]
    client.cookies.delete("sid")
    joined = await send(client, "/join", {**JOIN, "code": code, "username": "lin.xiao", "email": "lin@example.org"})
    assert joined.status_code == 303 and (await client.get("/bids")).status_code == 200
    assert await fetchval("SELECT email FROM person WHERE username = 'lin.xiao'") == "lin@example.org"


async def test_the_owner_refuses_with_a_reason_and_strangers_answer_nothing(client: httpx.AsyncClient, clock: Any):
    now = await clock.now()
    provider, other = await a_provider(now), await a_provider(now, name="金堂县另一家服务中心", username="other")
    asked = await a_confirmed_request(client, provider)
    await sign_in(client, other.username)
    assert "林晓" not in words((await client.get("/join-requests")).text)
    assert (await send(client, f"/join-requests/{asked}/accept", {"role": "bid_writer"})).status_code == 404
    await sign_in(client, provider.username)
    assert (await send(client, f"/join-requests/{asked}/refuse", {"reason": " "})).status_code == 422
    assert (await send(client, f"/join-requests/{asked}/refuse", {"reason": "不是本机构的人"})).status_code == 303
    letter = (await letters())[-1]
    assert letter["to"] == "lin@example.org" and "不是本机构的人" in letter["body"] and await _status() == "refused"


async def test_where_no_owner_is_left_the_administrator_answers(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    provider = await a_provider(now)
    asked = await a_confirmed_request(client, provider)
    await sign_in(client, "admin")
    assert "林晓" not in words((await client.get("/join-requests")).text)
    assert (await send(client, f"/join-requests/{asked}/refuse", {"reason": "x"})).status_code == 404
    await execute("UPDATE person SET is_active = false WHERE id = $1", provider.actor.person_id)
    assert "林晓" in words((await client.get("/work")).text)
    assert (await send(client, f"/join-requests/{asked}/accept", {"role": "provider"})).status_code == 303
    assert await _status() == "accepted"
    await sign_in(client, "luo.jie")
    assert (await client.get("/join-requests")).status_code == 403


async def test_letters_to_strangers_cannot_be_had_without_end(client: httpx.AsyncClient, clock: Any) -> None:
    provider = await a_provider(await clock.now())
    answers = [await send(client, door(provider), ASK) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    await execute("UPDATE join_request SET expires_at = clock_timestamp()")
    token = re.search(r"token=([\w-]{43})", (await letters())[-1]["body"])[1]
    late = await send(client, "/join-request", {"token": token})
    assert late.status_code == 422 and "过了期" in words(late.text)
