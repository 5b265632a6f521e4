"""Codes and registrations cannot be tried without end; an honest mistake beside them costs nobody a wait."""

from __future__ import annotations

from typing import Any

import httpx

from marketplace.kernel.db import execute, fetchval
from tests.builders_vendors import a_provider
from tests.cast import PASSWORD, enter_cast, office
from tests.marketplace.accounts.test_membership import JOIN, codes_for
from tests.pages import send, sign_in, words
from tests.vendors.providers.test_provider_pages import FORM

SLOWED = "试的次数太多"


async def _counted() -> int:
    number: int = await fetchval("SELECT count(*) FROM sign_in_failure")
    return number


async def test_a_wrong_code_counts_and_a_weak_password_does_not(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "admin")
    (code,) = await codes_for(client, organisation=str(await office("zhaozhen")), role="clerk")
    client.cookies.delete("sid")
    for _ in range(7):
        weak = await send(client, "/join", {**JOIN, "code": code, "password": "password12"})
        assert weak.status_code == 422 and "赵镇街道办事处" in words(weak.text)
    assert await _counted() == 0
    for wrong in range(5):
        assert (await send(client, "/join", {**JOIN, "code": f"AAAA-AAAA-AAA{wrong + 2}"})).status_code == 422
    slowed = await send(client, "/join", {**JOIN, "code": code})
    assert slowed.status_code == 429 and SLOWED in words(slowed.text)
    # the page that a link opens tells whether a code works: it is no way around
    shown = await client.get(f"/join?code={code}")
    assert shown.status_code == 429 and "赵镇街道办事处" not in words(shown.text)
    await execute("UPDATE sign_in_failure SET failed_at = failed_at - interval '20 seconds'")
    assert (await send(client, "/join", {**JOIN, "code": code})).status_code == 303


async def test_the_code_of_a_worker_cannot_be_guessed(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    account = {"username": "ye.qing", "password": PASSWORD}
    for wrong in range(5):
        weak = await send(client, "/worker-code", {**account, "code": "AAAAA-AAAAA", "password": ""})
        assert weak.status_code == 422 and await _counted() == wrong
        assert (await send(client, "/worker-code", {**account, "code": "AAAAA-AAAAA"})).status_code == 422
    slowed = await send(client, "/worker-code", {**account, "code": "AAAAA-AAAAA"})
    assert slowed.status_code == 429 and SLOWED in words(slowed.text) and 'value="ye.qing"' in slowed.text


async def test_a_code_is_not_registered_again_and_again(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    known = await a_provider(now)
    code = await fetchval("SELECT credit_code FROM provider WHERE reference = $1", known.reference)
    form = {**FORM, "credit_code": code}
    for _ in range(5):
        taken = await send(client, "/providers/register", form)
        assert taken.status_code == 422 and known.reference in words(taken.text)
    slowed = await send(client, "/providers/register", form)
    assert slowed.status_code == 429 and SLOWED in words(slowed.text) and form["address"] in slowed.text
    assert "已经登记过" not in words(slowed.text)
