"""What attackers try at every door: other sites to go on to, another host's name, forms of other sites, a burst."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import date
from typing import Any

import httpx
import pytest

from marketplace.accounts.throttle.rules import FREE_FOR_A_NAME, FREE_FOR_AN_ADDRESS
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.outbox.services import body_of
from marketplace.kernel.web import safe_next
from tests.architecture.test_permissions import doors
from tests.builders_vendors import a_provider
from tests.cast import enter_cast
from tests.pages import credentials, send, words

ELSEWHERE = (
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "/\r/evil.example", "/\n/evil.example", "javascript:alert(1)", "evil.example", "", "/\x00/evil.example",
)  # fmt: skip
# the payment service has no form of ours: it signs what it tells; the clock of a demo is turned by programs
NO_FORMS = {"/deposits/news", "/demo/clock"}
AT_ONCE = 6  # connections of a test: so many may be counted in the same moment


@pytest.mark.parametrize("wanted", ELSEWHERE)
async def test_after_signing_in_nobody_is_led_to_another_site(
    wanted: str, client: httpx.AsyncClient, clock: Any
) -> None:
    assert safe_next(wanted) == "/work"
    await enter_cast(await clock.now())
    entered = await send(client, "/sign-in", {**await credentials("wang.min"), "next": wanted})
    assert entered.headers["location"] == "/work"


@pytest.mark.parametrize("ours", ["/work", "/listings?page=2", "/search?q=养老"])
def test_a_page_of_this_site_is_gone_back_to(ours: str) -> None:
    assert safe_next(ours) == ours


async def test_another_hosts_name_comes_into_no_page_and_no_letter(client: httpx.AsyncClient, clock: Any) -> None:
    provider = await a_provider(await clock.now())
    other = {"host": "evil.example", "x-forwarded-host": "evil.example"}
    for path in ("/", "/listings", "/sign-in", "/data", "/work"):
        answer = await client.get(path, headers=other)
        assert "evil.example" not in answer.text + str(answer.headers)
    await send(client, "/forgotten-password", {"who": provider.username}, headers=other)
    (letter,) = await fetch("SELECT payload FROM outbox_message WHERE kind = 'mail'")
    body = body_of(json.loads(letter["payload"]))
    assert "token=" in body and "evil.example" not in body


async def test_no_door_that_changes_anything_opens_to_a_form_of_another_site(
    client: httpx.AsyncClient, app: Any
) -> None:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    opened = []
    tried = [door for door in doors(app) if door.method != "GET" and door.template not in NO_FORMS]
    assert len(tried) > 400
    for door in tried:
        answer = await client.request(door.method, door.address, data={"a": "b"})
        if answer.status_code not in (403, 405):
            opened.append((str(door), answer.status_code))
    assert opened == []


async def test_of_a_burst_of_guesses_only_the_free_ones_are_heard(committed: None, app: Any) -> None:
    await enter_cast(at_county_time(date(2026, 3, 2), 9))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as client:
        await send(client, "/sign-in", {"username": "", "password": ""})
        guesses = [send(client, "/sign-in", {"username": "tang.yi", "password": f"guess {n}"}) for n in range(30)]
        answers = await asyncio.gather(*guesses)
        heard = [answer for answer in answers if "用户名或密码不对" in words(answer.text)]
        assert len(heard) == FREE_FOR_A_NAME and {answer.status_code for answer in answers} == {422, 429}
        # refused guesses lengthen nothing, and of forty who sign in at once nobody waits for the others
        assert await fetchval("SELECT count(*) FROM sign_in_failure") == FREE_FOR_A_NAME
        others = ["luo.jie", "he.xin", "yang.hua", "deng.li"] * 3
        entered = await asyncio.gather(*[send(client, "/sign-in", await credentials(name)) for name in others])
        assert [answer.status_code for answer in entered] == [303] * len(others)
        # a burst over as many names from one address: no more are heard than of as many in turn
        guesses = [send(client, "/sign-in", {"username": f"nobody{n}", "password": "guess"}) for n in range(90)]
        answers = await asyncio.gather(*guesses)
        heard = [answer for answer in answers if "用户名或密码不对" in words(answer.text)]
        left = FREE_FOR_AN_ADDRESS - FREE_FOR_A_NAME
        assert left - AT_ONCE <= len(heard) <= left + AT_ONCE, len(heard)
        assert any("同时登录" in words(answer.text) for answer in answers)
