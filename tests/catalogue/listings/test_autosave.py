"""Autosave: whole sections are stored for the right person, and nothing else, ever."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from catalogue.listings.drafting_queries import section_of
from marketplace.kernel.db import fetchval
from tests.builders_catalogue import a_draft, a_published_listing
from tests.cast import office
from tests.pages import send, sign_in, words

AUTOSAVE = {"then": "autosave"}


async def _version(listing: UUID, subject: str = "qualification") -> str:
    return str((await section_of(listing, subject))["version"])


async def _stored(listing: UUID) -> str:
    return str(await fetchval("SELECT qualification FROM listing WHERE id = $1", listing))


async def test_the_drafter_s_section_saves_itself_and_gives_its_version(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    await sign_in(client, "wang.min")
    path = f"/listings/drafts/{listing}/qualification"
    typed = {**AUTOSAVE, "qualification": "具有服务团队", "version": await _version(listing)}
    answer = await send(client, path, typed)
    assert answer.status_code == 200 and answer.json()["saved"] is True
    assert await _stored(listing) == "具有服务团队"
    assert str(answer.json()["version"]) == await _version(listing)
    again = await send(client, path, {**typed, "qualification": "再改", "version": str(answer.json()["version"])})
    assert again.json()["saved"] is True and await _stored(listing) == "再改"


async def test_an_unfinished_section_is_kept_by_the_browser_only(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    before = await _stored(listing)
    await sign_in(client, "wang.min")
    typed = {**AUTOSAVE, "qualification": " ", "version": await _version(listing)}
    answer = await send(client, f"/listings/drafts/{listing}/qualification", typed)
    assert answer.status_code == 422 and answer.json()["saved"] is False
    assert await _stored(listing) == before


async def test_a_stranger_finds_nothing_to_save_and_finance_may_not(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    path, before = f"/listings/drafts/{listing}/qualification", await _stored(listing)
    typed = {**AUTOSAVE, "qualification": "偷偷改", "version": await _version(listing)}
    await sign_in(client, "zhao.lei")
    assert (await send(client, path, typed)).status_code == 403
    await fetchval("UPDATE listing SET procuring_unit = $1 RETURNING id", await office("wufeng"))
    await sign_in(client, "wang.min")
    assert (await send(client, path, typed)).status_code == 404
    assert await _stored(listing) == before


async def test_the_slower_of_two_is_told_and_sees_both_sides(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    await sign_in(client, "wang.min")
    path, version = f"/listings/drafts/{listing}/qualification", await _version(listing)
    await send(client, path, {**AUTOSAVE, "qualification": "第一个窗口", "version": version})
    slower = {"qualification": "第二个窗口", "version": version}
    answer = await send(client, path, {**AUTOSAVE, **slower})
    assert answer.status_code == 409 and answer.json()["saved"] is False and "刚才有人改过" in answer.json()["why"]
    assert await _stored(listing) == "第一个窗口"
    page = await send(client, path, slower)
    assert page.status_code == 409
    said = words(page.text)
    assert "两边的差别" in said and "第一个窗口" in said and "第二个窗口" in said and "王敏" in said
    assert await _stored(listing) == "第一个窗口"


async def test_a_published_listing_never_saves_itself(client: httpx.AsyncClient, clock: Any) -> None:
    published = await a_published_listing(await clock.now())
    before = await _stored(published.id)
    await sign_in(client, "wang.min")
    typed = {**AUTOSAVE, "qualification": "改公告", "version": await _version(published.id)}
    answer = await send(client, f"/listings/drafts/{published.id}/qualification", typed)
    assert answer.status_code == 409 and answer.json()["saved"] is False
    assert await _stored(published.id) == before
