"""A session of a role that weighs ends when nothing is pressed for long; nothing that was typed is lost by it."""

from __future__ import annotations

import re
from typing import Any

import asyncpg
import httpx
import pytest

from marketplace.accounts import sessions
from marketplace.accounts.permissions import Role
from marketplace.accounts.sessions import IdleLimits
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.settings import Settings
from tests.builders_vendors import a_provider
from tests.cast import enter_cast, office
from tests.pages import credentials, send, sign_in, words

DRAFT = {"recipient": "age1typed", "passphrase": "not kept"}


async def idle_for(minutes: int) -> None:
    """Nobody has pressed anything for so long."""
    await execute("UPDATE web_session SET seen_at = clock_timestamp() - make_interval(mins => $1)", minutes)


def kept_in(answer: httpx.Response) -> str:
    """What travels on through signing in."""
    found = re.search(r'name="kept" value="([^"]+)"', answer.text)
    assert found, words(answer.text)
    return found[1]


async def test_pages_are_read_while_nothing_can_be_written(
    client: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise asyncpg.DiskFullError("No space left on device")

    await enter_cast(await clock.now())
    await sign_in(client, "zhou.lan")
    await idle_for(5)
    monkeypatch.setattr(sessions, "execute", full)
    assert (await client.get("/my-account")).status_code == 200
    assert await fetchval("SELECT seen_at < clock_timestamp() - interval '4 minutes' FROM web_session")


@pytest.mark.parametrize(
    ("roles", "limit"), [({Role.BUYER}, 30), ({Role.BID_WRITER}, 0), ({Role.SOCIAL_WORKER}, 0), (set(), 0)]
)
def test_only_roles_that_weigh_have_the_short_limit(roles: set[Role], limit: int) -> None:
    assert IdleLimits(30, 0).of(frozenset(roles)) == limit


async def test_a_press_begins_the_half_hour_anew_and_after_it_one_signs_in_again(client: Any, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "zhou.lan")
    await idle_for(29)
    page = await client.get("/my-account")
    assert page.status_code == 200 and 'data-idle="30"' in page.text and "30 分钟没有操作" in words(page.text)
    assert await fetchval("SELECT seen_at > clock_timestamp() - interval '1 minute' FROM web_session")
    await idle_for(29)
    assert (await client.get("/still-here")).status_code == 204
    assert await fetchval("SELECT seen_at > clock_timestamp() - interval '1 minute' FROM web_session")
    await idle_for(31)
    for _ in range(2):  # asking again does not bring it back
        led = await client.get("/my-account")
        assert led.status_code == 303 and led.headers["location"] == "/sign-in?next=/my-account&idle=1"
    assert (await client.get("/still-here", headers={"accept": "application/json"})).status_code == 401
    assert "已自动退出登录" in words((await client.get(led.headers["location"])).text)
    await sign_in(client, "zhou.lan")
    assert 'action="/my-account/sessions/' not in (await client.get("/my-account")).text, "an ended one is not listed"


async def test_what_is_posted_after_the_half_hour_goes_on_for_the_same_person_and_office(
    client: Any, clock: Any
) -> None:
    await enter_cast(await clock.now())
    wang, usual = await fetchval("SELECT id FROM person WHERE username = 'wang.min'"), await office("zhaozhen")
    second = await office("wufeng")
    await execute(
        "INSERT INTO membership (id, person, organisation, role) VALUES (gen_random_uuid(), $1, $2, 'buyer')",
        wang, second,
    )  # fmt: skip
    await sign_in(client, "wang.min")
    mine = max(second, usual)  # the one that a new session does not begin with
    assert (await send(client, f"/act-for/{mine}")).status_code == 303
    await idle_for(31)
    stopped = await send(client, "/opener-key", DRAFT)
    assert stopped.status_code == 401 and "您刚才填写的内容还在" in words(stopped.text)
    # somebody else at the same screen is not shown what was written
    other = await send(client, "/sign-in", {**await credentials("zhou.lan"), "kept": kept_in(stopped)})
    assert other.status_code == 303
    back = await send(client, "/sign-in", {**await credentials("wang.min"), "kept": kept_in(stopped)})
    assert back.status_code == 200 and 'value="age1typed"' in back.text and "not kept" not in back.text
    acting = await client.get("/work")
    assert f"/act-for/{min(second, usual)}" in acting.text and f"/act-for/{mine}" not in acting.text
    # a press of one button is offered again too, but never signing out
    await idle_for(31)
    pressed = await send(client, "/my-account/sessions/end-others")
    back = await send(client, "/sign-in", {**await credentials("wang.min"), "kept": kept_in(pressed)})
    assert 'action="/my-account/sessions/end-others"' in back.text
    await idle_for(31)
    assert 'name="kept"' not in (await send(client, "/sign-out")).text


async def test_a_bidder_writes_for_hours_and_is_still_signed_in(client: Any, clock: Any) -> None:
    provider = await a_provider(await clock.now())
    await sign_in(client, provider.username)
    await idle_for(7 * 60)
    page = await client.get("/my-account")
    assert page.status_code == 200 and "data-idle" not in page.text


async def test_every_password_field_offers_to_show_what_was_typed(client: Any, clock: Any) -> None:
    page = (await client.get("/en/sign-in")).text
    field = re.search(r'<input[^>]*type="password"[^>]*>', page, re.S)
    assert field and 'data-show="Show"' in field[0] and 'data-show-label="Show Password"' in field[0]
    assert page.count("password.") == 1 and "<button" in page  # one script, and without it nothing but the usual button


def test_a_limit_is_never_shorter_than_the_signs_of_life_of_a_page() -> None:
    read = [Settings.from_environment({"IDLE_MINUTES": word}).idle_minutes for word in ("1", "45", "0", "-3")]
    assert read == [5, 45, 0, 0]
