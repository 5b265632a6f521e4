"""Taking documents without screening, following, and numbers that nobody learns."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from catalogue import work
from catalogue.interest.queries import too_few_took_documents
from catalogue.interest.services import follow_listing, take_documents, tell_interested
from catalogue.items.rules import LegalForm
from catalogue.listings.queries import listing_by_id
from marketplace.kernel.audit.queries import list_entries
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.i18n import say
from tests.builders_catalogue import Published, a_published_listing
from tests.builders_vendors import AProvider, a_provider, a_sealed_bid
from tests.cast import actor
from tests.pages import send, sign_in, words

READERS = ("wang.min", "li.qiang", "chen.jing", "zhao.lei", "ma.chao", "admin", "liu.fang", "zhou.lan", "hemei")


async def some_providers(now: Any, count: int, mark: str) -> list[AProvider]:
    names = {f"p{n}.{ord(mark[0])}": f"金堂县{mark}{n}社会服务中心" for n in range(count)}
    return [await a_provider(now, name=name, username=username) for username, name in names.items()]


async def take(listing: Published, providers: list[AProvider], now: Any) -> None:
    for provider in providers:
        await take_documents(listing.reference, provider.actor, now)
        await follow_listing(listing.reference, provider.actor, now)


def as_seen(page: httpx.Response) -> str:
    """A page without what differs each time: tokens, and the demo's running clock."""
    text = re.sub(r'name="_csrf_token" value="[^"]+"', "", page.text)
    return re.sub(r'<div class="demo-line">.*?</div>', "", text, flags=re.S)


async def what_all_see(client: httpx.AsyncClient, listing: Published) -> dict[tuple[str, str], str]:
    seen: dict[tuple[str, str], str] = {}
    paths = [
        f"/listings/{listing.reference}", f"/en/listings/{listing.reference}",
        f"/listings/{listing.reference}/questions", "/listings", "/work", "/following", "/audit", "/", "/data",
        "/data/listings.json", "/data/listings.csv", "/healthz",
    ]  # fmt: skip
    client.cookies.delete("sid")
    for path in paths:
        seen["", path] = as_seen(await client.get(path))
    for username in READERS:
        await sign_in(client, username)
        await client.get("/work")
        for path in paths:
            seen[username, path] = as_seen(await client.get(path))
    return seen


async def test_r_count_01_and_r_doc_08_no_page_json_audit_view_or_log_changes_with_the_number_of_takers(
    client: httpx.AsyncClient, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await a_provider(now)
    strangers = await some_providers(now, 5, "远山")
    await take(listing, strangers[:1], now)
    # sign-ins are audited too: everybody has signed in once before the pictures are taken
    before = await what_all_see(client, listing)
    with caplog.at_level(logging.DEBUG):
        await take(listing, strangers[1:], now)
    after = await what_all_see(client, listing)
    assert [key for key in before if before[key] != after[key]] == []
    assert "远山" not in caplog.text
    # the audit knows that they registered, not that they are interested
    assert not [key for key, page in after.items() if "远山" in page and not key[1].startswith("/audit")]
    assert not [key for key, page in after.items() if key[1].startswith("/audit") and "获取采购文件" in page]


async def test_r_count_01_mails_go_out_alone_and_say_no_number(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await take(listing, await some_providers(now, 4, "远山"), now)
    await tell_interested(listing.id, say("有变化"), say("请看公告"), now)
    rows = await fetch("SELECT payload, hidden_until FROM outbox_message WHERE kind = 'mail'")
    told = [json.loads(r["payload"]) for r in rows]
    assert len({m["to"] for m in told}) == len(told) == 4
    assert all("," not in m["to"] and not re.search(r"\d", m["subject"] + m["body"]) for m in told)
    assert {r["hidden_until"] for r in rows} == {listing.closes_at}


async def test_r_time_03_and_r_time_08_documents_are_there_for_at_least_five_working_days(clock: Any) -> None:
    now = await clock.now()
    tender = await a_published_listing(now, method="open_tender")
    listing = await listing_by_id(tender.id)
    assert (listing["documents_until"] - now).days >= 7
    provider = (await some_providers(now, 1, "近水"))[0]
    await take_documents(tender.reference, provider.actor, listing["documents_until"] - timedelta(seconds=1))
    with pytest.raises(Conflict) as late:
        other = await a_provider(now, name="金堂县迟到服务中心", username="chidao")
        await take_documents(tender.reference, other.actor, listing["documents_until"])
    assert late.value.clause == "R-TIME-03"


async def test_r_qual_01_nobody_is_screened_when_documents_are_taken(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    barred = await a_provider(now, name="某公益一类中心", username="yilei", legal_form=LegalForm.PUBLIC_INSTITUTION_1)
    await take_documents(listing.reference, barred.actor, now)
    await take_documents(listing.reference, barred.actor, now)
    assert await fetchval("SELECT count(*) FROM document_taking WHERE listing = $1", listing.id) == 1


async def test_r_count_01_only_the_handler_learns_fewer_than_three_and_only_after_the_period(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    row = await listing_by_id(listing.id)
    await take(listing, await some_providers(now, 2, "远山"), now)
    neighbour = await a_provider(now)
    handler, after = await actor("wang.min", now), row["documents_until"]
    assert not await too_few_took_documents(row, handler, after - timedelta(seconds=1))
    assert await too_few_took_documents(row, handler, after)
    assert not await too_few_took_documents(row, neighbour.actor, after)
    for stranger in ("zhao.lei", "ma.chao", "admin", "liu.fang"):
        assert not await too_few_took_documents(row, await actor(stranger, now), after)
    assert [i.clause for i in await work.waiting_for(handler, after) if i.clause == "R-COUNT-01"]
    await clock.set(after)
    for username, told in (("wang.min", True), ("zhao.lei", False), ("ma.chao", False), ("hemei", False)):
        await sign_in(client, username)
        page = words((await client.get(f"/listings/{listing.reference}")).text)
        assert ("获取文件的供应商不足 3 家" in page) is told, username


async def test_r_count_01_three_are_not_told_as_a_number_to_anybody(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    row = await listing_by_id(listing.id)
    await take(listing, await some_providers(now, 3, "远山"), now)
    handler = await actor("wang.min", now)
    assert not await too_few_took_documents(row, handler, row["documents_until"])
    assert not [i for i in await work.waiting_for(handler, row["documents_until"]) if i.clause == "R-COUNT-01"]


async def test_who_seals_a_bid_has_the_documents_and_hears_of_changes(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    provider = await a_provider(now)
    await a_sealed_bid(listing.lots[0]["id"], provider, now)
    assert await fetchval("SELECT count(*) FROM document_taking WHERE listing = $1", listing.id) == 1
    assert (await list_entries(1, now, ("listing", str(listing.id)), "documents.taken")).total == 0


async def test_documents_page_right_person_wrong_person_and_twice(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await a_provider(now)
    await a_provider(now, name="金堂县邻里服务中心", username="linli", person_name="林立")
    path = f"/listings/{listing.reference}/documents"
    await sign_in(client, "hemei")
    assert "不审查资格" in words((await client.get(path)).text)
    assert (await send(client, path)).status_code == 303
    assert (await send(client, path)).status_code == 303
    assert "您的机构已在" in words((await client.get(path)).text)
    assert (await client.get("/listings/JT-2026-9999/documents")).status_code == 404
    await clock.set((await listing_by_id(listing.id))["documents_until"])
    await sign_in(client, "linli")
    late = await send(client, path)
    assert late.status_code == 409 and "届满" in words(late.text)
    await sign_in(client, "wang.min")
    assert (await client.get(path)).status_code == 403
    with pytest.raises(Forbidden):
        await take_documents(listing.reference, await actor("wang.min", now), now)


async def test_following_twice_and_stopping(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_published_listing(await clock.now())
    path = f"/listings/{listing.reference}"
    assert (await send(client, f"{path}/follow")).status_code == 401
    await sign_in(client, "luo.jie")
    assert "还没有关注" in words((await client.get("/following")).text)
    for _ in range(2):
        assert (await send(client, f"{path}/follow")).status_code == 303
    assert "您已关注" in words((await client.get(path)).text)
    assert listing.reference in (await client.get("/following")).text
    for _ in range(2):
        assert (await send(client, f"{path}/unfollow")).status_code == 303
    assert "关注这个公告" in words((await client.get(path)).text)
    assert (await send(client, "/listings/JT-2026-9999/follow")).status_code == 404


async def test_a_withdrawn_account_gets_no_mail(clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    await take(listing, await some_providers(now, 1, "远山"), now)
    await execute("UPDATE person SET is_active = false WHERE username LIKE 'p0.%'")
    await tell_interested(listing.id, say("有变化"), say("请看公告"), now)
    assert await fetchval("SELECT count(*) FROM outbox_message WHERE kind = 'mail'") == 0
