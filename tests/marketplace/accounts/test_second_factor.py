"""Roles that open, approve or pay sign in with a code as well; each code works once; lost phones are survived."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

import httpx
import pytest

from marketplace.accounts.permissions import ROLE_PERMISSIONS, SECOND_FACTOR_ROLES, WEIGHTY, Role, Weight
from marketplace.accounts.second_factor.rules import (
    STEP,
    code_at,
    matching_step,
    new_recovery_codes,
    next_code,
    plain_code,
)
from marketplace.accounts.second_factor.services import check_code, demo_code
from marketplace.demo.accounts_command import accounts
from marketplace.demo.cast import demo_secret
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.errors import DomainError
from tests.cast import PASSWORD, actor, enter_cast
from tests.pages import credentials, fresh_code, long_after_signing_in, send, sign_in, words

SECRET = demo_secret("zhou.lan")
NAME = {"username": "zhou.lan", "password": PASSWORD}


def test_who_opens_approves_pays_decides_or_administers_needs_a_second_factor() -> None:
    needed = {Role.OPENER, Role.BUYER, Role.CIVIL_AFFAIRS, Role.AGENCY, Role.FINANCE, Role.ADMINISTRATOR}
    assert needed == SECOND_FACTOR_ROLES
    assert {weight for weight in WEIGHTY.values()} == set(Weight)
    assert {weight for each, weight in WEIGHTY.items() if each in ROLE_PERMISSIONS[Role.AGENCY]} == {Weight.APPROVES}
    printed = {role for each in accounts() if "one_time_code_secret" in each for role in each["roles"]}
    assert printed == {role.value for role in needed}


@pytest.mark.parametrize("username", ["liu.fang", "hu.yan"])
async def test_civil_affairs_and_the_agency_do_nothing_with_the_password_alone(
    client: httpx.AsyncClient, clock: Any, username: str
) -> None:
    await enter_cast(await clock.now())
    half = await send(client, "/sign-in", {"username": username, "password": PASSWORD})
    assert half.headers["location"].startswith("/sign-in/code")
    assert (await client.get("/work")).headers["location"].startswith("/sign-in")
    await sign_in(client, username)
    assert (await client.get("/work")).status_code == 200


def test_this_half_minute_and_its_neighbours_fit_and_no_other() -> None:
    seconds, here = 1_700_000_015.0, 1_700_000_015 // STEP
    assert all(matching_step(SECRET, typed, seconds) is None for typed in ("验证码验证码", "①②③④⑤⑥", ""))
    fitting = {n: matching_step(SECRET, code_at(SECRET, here + n), seconds) for n in (-2, -1, 0, 1, 2)}
    assert fitting == {-2: None, -1: here - 1, 0: here, 1: here + 1, 2: None}


def test_a_code_offered_is_unused_or_comes_with_its_wait() -> None:
    seconds, here = 1_700_000_020.0, 1_700_000_020 // STEP
    assert next_code(SECRET, frozenset(), seconds) == (code_at(SECRET, here), 0)
    assert next_code(SECRET, frozenset({here, here + 1}), seconds) == (code_at(SECRET, here - 1), 0)
    code, wait = next_code(SECRET, frozenset({here - 1, here, here + 1}), seconds)
    assert matching_step(SECRET, code, seconds + wait) == here + 2 and 0 < wait <= STEP


def test_codes_are_read_as_people_type_them() -> None:
    assert plain_code(" 123 456 ") == plain_code("１２３４５６") == "123456"
    assert len(set(new_recovery_codes())) == 10


async def test_the_password_alone_does_not_open_the_door(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    half = await send(client, "/sign-in", {**NAME, "next": "/opener-key"})
    assert half.status_code == 303 and half.headers["location"] == "/sign-in/code?next=/opener-key"
    assert (await client.get("/opener-key")).status_code == 303
    asked = await client.get(half.headers["location"])
    shown = re.search(r'class="demo-code">(\d{6})<', asked.text)
    assert shown, "a demo shows the code to whoever tries it"
    done = await send(client, "/sign-in/code", {"code": shown[1], "next": "/opener-key"})
    assert done.status_code == 303 and (await client.get(done.headers["location"])).status_code == 200


async def test_a_code_is_taken_once(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    typed = {**NAME, "code": await fresh_code("zhou.lan")}
    assert (await send(client, "/sign-in", typed)).status_code == 303
    client.cookies.delete("sid")
    again = await send(client, "/sign-in", typed)
    assert again.status_code == 422 and "刚才用过了" in words(again.text)
    assert (await client.get("/work")).status_code == 303


async def test_who_guesses_codes_has_to_wait_though_the_password_is_right(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await enter_cast(await clock.now())
    wrong = f"{(int(code_at(SECRET, int(time.time()) // STEP)) + 500_000) % 1_000_000:06d}"
    statuses = [(await send(client, "/sign-in", {**NAME, "code": wrong})).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


async def test_a_recovery_code_works_once_and_strangers_codes_do_not(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    await sign_in(client, "zhou.lan")
    sheet = await send(client, "/my-account/second-factor/recovery-codes")
    codes = re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", sheet.text)
    assert len(codes) == 10 and await fetchval("SELECT count(*) FROM recovery_code") == 10
    zhou, wu = await actor("zhou.lan", now), await actor("wu.gang", now)
    with pytest.raises(DomainError):
        await check_code(wu.person_id, codes[0], now)
    await check_code(zhou.person_id, codes[0].upper(), now)
    with pytest.raises(DomainError):
        await check_code(zhou.person_id, codes[0], now)
    # whoever has a copy of the database cannot try codes out: their hash needs a key that lies elsewhere
    plain = [hashlib.sha256(zhou.person_id.bytes + code.replace("-", "").encode()).digest() for code in codes]
    assert not await fetchval("SELECT count(*) FROM recovery_code WHERE code_hash = ANY($1)", plain)
    await execute("UPDATE recovery_code SET code_hash = $1 WHERE used_at IS NULL AND id IN"
                  " (SELECT id FROM recovery_code WHERE used_at IS NULL LIMIT 1)", plain[0])  # fmt: skip
    await check_code(zhou.person_id, codes[0], now)  # a sheet printed before goes on working


async def test_a_role_that_needs_one_sets_it_up_before_anything_else(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await execute("DELETE FROM second_factor")
    assert (await send(client, "/sign-in", NAME)).status_code == 303
    led = await client.get("/work")
    assert led.status_code == 303 and led.headers["location"].startswith("/my-account/second-factor")
    page = await client.get("/my-account/second-factor")
    secret = re.search(r"<code>([A-Z2-7 ]{39})</code>", page.text)[1].replace(" ", "")
    bad = await send(client, "/my-account/second-factor", {"code": "12"})
    assert bad.status_code == 422 and secret in bad.text.replace(" ", "")
    good = await send(client, "/my-account/second-factor", {"code": code_at(secret, int(time.time()) // STEP)})
    assert good.status_code == 200 and len(re.findall(r"<code>[a-z2-9]{5}-", good.text)) == 10
    assert (await client.get("/work")).status_code == 200
    assert secret not in await fetchval("SELECT secret FROM second_factor")


async def test_a_running_authenticator_is_not_replaced_without_giving_it_up(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "zhou.lan")
    before = await fetchval(
        "SELECT secret FROM second_factor f JOIN person p ON p.id = f.person AND username='zhou.lan'"
    )
    await send(client, "/my-account/second-factor", {"code": "123456"})
    assert before == await fetchval(
        "SELECT secret FROM second_factor f JOIN person p ON p.id = f.person AND username='zhou.lan'"
    )
    await send(client, "/my-account/second-factor/end")
    assert (await client.get("/work")).headers["location"].startswith("/my-account/second-factor")


async def test_the_demo_tells_scripts_their_codes(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    codes = (await client.get("/demo/codes")).json()
    printed = {a["username"]: a["one_time_code_secret"] for a in accounts() if "one_time_code_secret" in a}
    assert codes.keys() == printed.keys() and printed["zhou.lan"] == SECRET
    answer = await send(client, "/sign-in", {**NAME, "code": codes["zhou.lan"]["code"]})
    assert answer.status_code == 303 and answer.headers["location"] == "/work"


async def test_an_act_that_cannot_be_undone_asks_again_after_a_while_and_keeps_what_was_typed(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "zhou.lan")
    fresh = await send(client, "/listings/JT-2026-0000/opening", {"remark": "typed before"})
    assert fresh.status_code != 401
    await long_after_signing_in()
    assert (await client.get("/opener-key")).status_code == 200
    asked = await send(client, "/listings/JT-2026-0000/opening", {"remark": "typed before"})
    assert asked.status_code == 401 and "请确认是您本人" in words(asked.text)
    kept = re.search(r'name="kept" value="([^"]+)"', asked.text)[1]
    wrong = await send(client, "/confirm-identity", {"password": "no", "code": "000000", "kept": kept})
    assert wrong.status_code == 422 and kept in wrong.text and "密码不对" in words(wrong.text)
    proof = {"password": PASSWORD, "code": await fresh_code("zhou.lan"), "kept": kept}
    again = await send(client, "/confirm-identity", proof)
    assert again.status_code == 200 and 'value="typed before"' in again.text
    assert 'action="/listings/JT-2026-0000/opening"' in again.text
    assert (await send(client, "/listings/JT-2026-0000/opening", {"remark": "x"})).status_code != 401


async def test_a_code_of_the_demo_is_shown_for_accounts_with_one_only(clock: Any) -> None:
    now = await clock.now()
    assert await demo_code((await actor("zhou.lan", now)).person_id)
    assert await demo_code((await actor("deng.li", now)).person_id) is None
    assert (await credentials("deng.li"))["code"] == ""
