"""How tests use pages: sign in, send a form with its token, read what it says."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

import httpx

from marketplace.accounts.permissions import needs_second_factor
from marketplace.accounts.second_factor.services import demo_code, enter_secret, has_second_factor
from marketplace.accounts.sessions import actor_of
from marketplace.demo.cast import demo_secret
from marketplace.kernel.db import execute, fetchval

PASSWORD = "jintang-demo-2026"


async def token(client: httpx.AsyncClient) -> str:
    """The CSRF token of this browser; fetches a page when it has none yet."""
    if "csrf" not in client.cookies:
        await client.get("/sign-in")
    return client.cookies["csrf"]


async def send(
    client: httpx.AsyncClient, path: str, data: dict[str, Any] | None = None, **kwargs: Any
) -> httpx.Response:
    """Post a form as a browser would."""
    return await client.post(path, data={**(data or {}), "_csrf_token": await token(client)}, **kwargs)


async def sign_in(client: httpx.AsyncClient, username: str, password: str = PASSWORD) -> None:
    """Sign in, with a code where the account needs one; fails the test when the page refuses."""
    client.cookies.delete("sid")
    answer = await send(client, "/sign-in", await credentials(username, password))
    assert answer.status_code == 303, words(answer.text)


async def credentials(username: str, password: str = PASSWORD) -> dict[str, str]:
    """What this person types to sign in."""
    return {"username": username, "password": password, "code": await fresh_code(username)}


async def fresh_code(username: str) -> str:
    """A code as if half a minute had passed since the last one; "" where none is asked.

    An account whose role needs an authenticator gets one first.
    """
    person = await fetchval("SELECT id FROM person WHERE username = $1", username)
    actor = await actor_of(person) if person else None
    if actor is None:
        return ""
    await execute("DELETE FROM used_code WHERE person = $1", person)
    if needs_second_factor(actor.roles) and not await has_second_factor(person):
        await enter_secret(person, demo_secret(username), datetime.now(UTC))
    shown = await demo_code(person)
    return shown[0] if shown else ""


def words(page: str) -> str:
    """The visible text of a page in one line."""
    text = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))).strip()


async def long_after_signing_in() -> None:
    """Everybody who is signed in proved long ago who they are."""
    await execute(
        "UPDATE web_session SET data = convert_to(regexp_replace(convert_from(data, 'UTF8'),"
        " '\"proven_at\":\\d+', '\"proven_at\":1'), 'UTF8')"
    )


async def prove_again(client: httpx.AsyncClient, asked: httpx.Response, username: str) -> httpx.Response:
    """Give password and code where they were asked for again, and send on what was typed."""
    kept = re.search(r'name="kept" value="([^"]+)"', asked.text)[1]  # type: ignore[index]
    proof = {"password": PASSWORD, "code": await fresh_code(username), "kept": kept}
    again = await send(client, "/confirm-identity", proof)
    action = re.search(r'<form[^>]*action="([^"]+)"', again.text.split("<main")[1])[1]  # type: ignore[index]
    typed = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', again.text.split("<main")[1]))
    return await send(client, action, {name: html.unescape(value) for name, value in typed.items()})
