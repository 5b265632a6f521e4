"""How tests use pages: sign in, send a form with its token, read what it says."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx

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
    """Sign in; fails the test when the page refuses."""
    client.cookies.delete("sid")
    answer = await send(client, "/sign-in", {"username": username, "password": password})
    assert answer.status_code == 303, words(answer.text)


def words(page: str) -> str:
    """The visible text of a page in one line."""
    text = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))).strip()
