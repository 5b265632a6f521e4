"""Remarks section by section: threads, answers, their end; an open one holds up publication."""

from __future__ import annotations

from typing import Any

import httpx

from catalogue.listings.review.queries import comments_of
from marketplace.kernel.db import fetchval
from tests.builders_catalogue import a_draft, a_published_listing, a_reviewed_listing
from tests.cast import office
from tests.pages import send, sign_in, words


async def test_a_reviewer_remarks_the_drafter_answers_and_resolves(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_reviewed_listing(await clock.now())
    here = f"/listings/drafts/{listing}"
    await sign_in(client, "li.qiang")
    bad = await send(client, f"{here}/comments", {"section": "nowhere", "text": ""})
    assert bad.status_code == 422 and "请填写“意见”" in words(bad.text) and "请从列出的选项里选一个" in words(bad.text)
    typed = {"section": "requirement", "text": "培训对象没有写"}
    assert (await send(client, f"{here}/comments", typed)).status_code == 303
    held = await send(client, f"{here}/publish")
    assert held.status_code == 422 and "1 条复核意见没有解决" in words(held.text)
    thread = (await comments_of(listing))[0]["id"]
    await sign_in(client, "wang.min")
    assert "1 条意见没有解决" in words((await client.get(f"{here}/check")).text)
    assert (await send(client, f"{here}/comments/{thread}/answer", {"text": ""})).status_code == 422
    assert (await send(client, f"{here}/comments/{thread}/answer", {"text": "指村级信息员"})).status_code == 303
    assert (await send(client, f"{here}/comments/{thread}/resolve")).status_code == 303
    assert (await send(client, f"{here}/comments/{thread}/resolve")).status_code == 409
    assert (await send(client, f"{here}/comments/{thread}/answer", {"text": "再答"})).status_code == 409
    shown = words((await client.get(f"{here}/review")).text)
    for said in ("采购需求", "培训对象没有写", "指村级信息员", "王敏 标为已解决"):
        assert said in shown
    assert "Resolved by 王敏" in words((await client.get(f"/en{here}/review")).text)
    await sign_in(client, "li.qiang")
    assert (await send(client, f"{here}/publish")).status_code == 303


async def test_strangers_find_no_remarks_and_finance_makes_none(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    here = f"/listings/drafts/{listing}"
    typed = {"section": "whole", "text": "意见"}
    await sign_in(client, "zhao.lei")
    assert (await client.get(f"{here}/review")).status_code == 200
    refused = await send(client, f"{here}/comments", typed)
    assert refused.status_code == 403 and "R-ROLE-02" in refused.text
    await fetchval("UPDATE listing SET procuring_unit = $1 RETURNING id", await office("wufeng"))
    await sign_in(client, "wang.min")
    assert (await client.get(f"{here}/review")).status_code == 404
    for act in ("comments", "approve", "return-to", "minutes"):
        assert (await send(client, f"{here}/{act}", {**typed, "position": "0", "reason": "x"})).status_code == 404


async def test_a_published_listing_takes_no_remarks(client: httpx.AsyncClient, clock: Any) -> None:
    published = await a_published_listing(await clock.now())
    await sign_in(client, "li.qiang")
    answer = await send(client, f"/listings/drafts/{published.id}/comments", {"section": "whole", "text": "晚了"})
    assert answer.status_code == 409 and "更正公告" in words(answer.text)
