"""The joined page of a listing tells of the opening and leads to it."""

from __future__ import annotations

from typing import Any

import httpx

from tests.evaluations.opening.steps import opened_listing
from tests.pages import sign_in, words


async def test_the_listing_page_tells_of_the_opening_without_names(client: httpx.AsyncClient, clock: Any) -> None:
    sealed = await opened_listing(clock)
    shown = await client.get(sealed.path)
    assert shown.status_code == 200
    assert "开标人先后放行" in words(shown.text) and "第1社会" not in shown.text
    await sign_in(client, "li.qiang")
    assert f"{sealed.path}/qualification" in (await client.get(sealed.path)).text
