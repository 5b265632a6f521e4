"""Codes and registrations cannot be tried without end; an honest mistake beside them costs nobody a wait."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from marketplace.accounts.recovery import routes as recovery
from marketplace.accounts.throttle.rules import network_of
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


@pytest.mark.parametrize(("address", "place"), [
    ("203.0.113.7", "203.0.113.7"), ("::ffff:203.0.113.7", "203.0.113.7"),
    ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
    ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"), ("2001:db8:1:3::1", "2001:db8:1:3::/64"), ("", ""),
    ("testclient", "testclient"),
])  # fmt: skip
def test_a_machine_with_many_addresses_of_one_network_is_one_place(address: str, place: str) -> None:
    assert network_of(address) == place


async def test_whoever_found_a_browser_open_cannot_guess_the_password_there(client: httpx.AsyncClient, clock: Any):
    await enter_cast(await clock.now())
    await sign_in(client, "wang.min")
    new = {"new": "栗子 沿江 渡口 铜铃 晚饭", "again": "栗子 沿江 渡口 铜铃 晚饭"}
    for wrong in range(5):
        assert (await send(client, "/my-account/password", {"current": f"wrong {wrong}", **new})).status_code == 422
    slowed = await send(client, "/my-account/password", {"current": PASSWORD, **new})
    assert slowed.status_code == 429 and SLOWED in words(slowed.text)
    # the page that asks for the password before what cannot be undone counts with it
    assert (await send(client, "/confirm-identity", {"password": PASSWORD, "code": "123456"})).status_code == 429


async def test_the_time_of_an_answer_does_not_tell_whether_a_name_is_known(
    client: httpx.AsyncClient, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enter_cast(await clock.now())
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(recovery, "asyncio", SimpleNamespace(sleep=note))
    monkeypatch.setattr(recovery, "monotonic", lambda: 100.0)
    for who in ("luo.jie", "nobody.at.all"):
        assert (await send(client, "/forgotten-password", {"who": who})).status_code == 303
    assert waits == pytest.approx([recovery.SAME_FOR_ALL] * 2)


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
