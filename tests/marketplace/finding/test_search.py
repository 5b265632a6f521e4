"""The public search through its pages, feeds and jobs, on a real index."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from marketplace.finding.rules import read_search
from marketplace.finding.services import refresh_index, save_search, tell_new_finds
from marketplace.gateways.search_index import SearchIndex
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import Conflict
from marketplace.kernel.settings import Settings
from tests.builders_catalogue import Published, a_draft, a_published_listing
from tests.cast import actor
from tests.pages import send, sign_in, words

pytestmark = pytest.mark.usefixtures("db")
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def n1(clock: Any) -> Published:
    """One published listing, known to this worker's index."""
    listing = await a_published_listing(await clock.now())
    await refresh_index(the_index(), anew=True)
    return listing


def the_index() -> SearchIndex:
    """The folder that the application reads, as the worker opens it."""
    return SearchIndex(Settings.from_environment().search_folder)


async def found(client: httpx.AsyncClient, query: str) -> str:
    answer = await client.get(f"/search?{query}")
    assert answer.status_code == 200
    return words(answer.text)


@pytest.mark.parametrize("typed", ["救", "救助", "会救助服", "购买社会救助服务", "赵镇", "sub-district"])
async def test_a_listing_is_found_by_any_part_of_its_words(client, n1, typed):
    assert n1.reference in await found(client, f"kind=listing&q={quote(typed)}")


async def test_a_listing_is_found_by_its_number_or_the_end_of_it(client, n1):
    assert n1.reference in await found(client, f"q={n1.reference}")
    assert n1.reference in await found(client, f"kind=listing&q={n1.reference.split('-')[-1]}")


async def test_words_that_stand_apart_are_no_phrase(client, n1):
    title = await fetchval("SELECT title FROM listing WHERE id = $1", n1.id)
    assert title == "购买社会救助服务"
    assert n1.reference not in await found(client, f"q={quote('购买服务')}")
    assert n1.reference in await found(client, f"q={quote('购买 服务')}")


async def test_drafts_are_never_found(client, clock):
    await a_draft(await clock.now())
    await refresh_index(the_index(), anew=True)
    page = (await client.get("/search?kind=listing")).text
    assert "没有找到" in page and "/listings/JT-" not in page


async def test_the_catalogue_is_found_in_both_languages(client, n1):
    assert "家庭状况调查" in await found(client, f"q={quote('邻里')}")
    page = words((await client.get("/en/search?kind=item&q=enquiry")).text)
    assert "household circumstances" in page and "A02" in page


async def test_facets_narrow_and_count(client, n1):
    page = (await client.get("/search")).text
    assert "竞争性磋商（1）" in page and "采购公告（1）" in page and "目录项目（12）" in page
    assert n1.reference in await found(client, "method=consultation&state=published&band=500k-1m&year=2026")
    assert "没有找到" in await found(client, "method=open_tender")
    town = await fetchval("SELECT town FROM listing_town WHERE listing = $1 LIMIT 1", n1.id)
    assert n1.reference in await found(client, f"town={town}")


@pytest.mark.parametrize(
    ("bounds", "is_found"),
    [("least=505000&most=505000", True), ("least=505000.01", False), ("most=504,999.99", False),
     ("from=2026-03-02&to=2026-03-02", True), ("from=2026-03-03", False), ("to=2026-03-01", False)],
)  # fmt: skip
async def test_amounts_and_days_bound_what_is_found_ends_included(client, n1, bounds, is_found):
    assert (n1.reference in await found(client, f"kind=listing&{bounds}")) == is_found


async def test_what_cannot_be_read_is_said_beside_its_field_and_bounds_nothing(client, n1):
    page = await client.get("/search?from=yesterday&least=lots&page=x&sort=best&q=" + quote("救助"))
    assert page.status_code == 200 and n1.reference in page.text
    assert "日期要写成" in page.text and "金额要写成" in page.text
    assert 'value="yesterday"' in page.text and 'value="lots"' in page.text


async def test_hits_are_marked_and_markup_in_the_words_stays_text(client, n1):
    assert "<mark>救助</mark>" in (await client.get("/search?q=" + quote("救助"))).text
    page = (await client.get("/search?q=" + quote("<script>alert(1)</script>"))).text
    assert "<script>alert" not in page


async def test_the_search_reads_in_english(client, n1):
    page = words((await client.get("/en/search?kind=listing")).text)
    assert "Search" in page and "查找" not in page and n1.reference in page


async def test_changes_are_taken_in_once_and_in_place(n1):
    index = the_index()
    await refresh_index(index)  # the marks of the last minute once more: a slow transaction may have written among them
    assert await refresh_index(index) == 0
    await execute("UPDATE listing SET status = 'closed' WHERE id = $1", n1.id)
    assert await refresh_index(index) == 1
    assert await refresh_index(index) == 0
    asked = read_search({"kind": "listing"}).question()
    (shown,) = index.ask(asked).shown
    assert shown["state"] == "closed" and index.ask(asked).total == 1


async def test_an_index_that_was_lost_is_made_anew(n1, tmp_path):
    other = SearchIndex(tmp_path / "search")
    assert other.ask(read_search({}).question()).total == 0
    assert await refresh_index(other) >= 13
    assert other.ask(read_search({"q": n1.reference}).question()).total == 1


async def test_the_feed_is_atom_and_leads_to_the_pages(client, n1):
    answer = await client.get("/search.atom?kind=listing")
    feed = ElementTree.fromstring(answer.content)
    (entry,) = feed.findall(f"{ATOM}entry")
    link = entry.find(f"{ATOM}link")
    assert link is not None and link.attrib["href"].endswith(f"/listings/{n1.reference}")
    assert feed.find(f"{ATOM}updated") is not None and answer.headers["content-type"].startswith("application/atom+xml")


async def test_the_calendar_holds_deadlines_to_come_and_no_line_is_too_long(client, clock, n1):
    text = (await client.get("/search.ics")).text
    assert f"UID:{n1.reference}@" in text and f"DTSTART:{n1.closes_at:%Y%m%dT%H%M%SZ}" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    await clock.set(n1.closes_at)
    assert "VEVENT" not in (await client.get("/search.ics")).text


async def test_a_search_is_kept_listed_and_deleted_by_its_owner_alone(client, n1):
    await sign_in(client, "wang.min")
    typed = {"name": "赵镇的公告", "question": "q=" + quote("赵镇"), "sends_mail": "yes"}
    saved = await send(client, "/my-searches", typed)
    assert saved.status_code == 303
    assert "赵镇的公告" in (await client.get("/my-searches")).text
    search = await fetchval("SELECT id FROM saved_search")
    await sign_in(client, "li.qiang")
    assert "赵镇的公告" not in (await client.get("/my-searches")).text
    assert (await send(client, f"/my-searches/{search}/delete")).status_code == 404
    await sign_in(client, "wang.min")
    assert (await send(client, f"/my-searches/{search}/delete")).status_code == 303
    assert await fetchval("SELECT count(*) FROM saved_search") == 0


async def test_a_search_without_a_name_is_refused_beside_the_field(client, n1):
    await sign_in(client, "wang.min")
    answer = await send(client, "/my-searches", {"name": " ", "question": "q=" + quote("救助"), "sends_mail": "yes"})
    assert answer.status_code == 422 and n1.reference in answer.text and "field-name" in answer.text


async def test_fifty_searches_are_enough(clock):
    now, me = await clock.now(), await actor("wang.min", await clock.now())
    for number in range(50):
        await save_search(f"第{number}个", read_search({"q": "救助"}), False, "zh", me, now)
    await save_search("第0个", read_search({"q": "养老"}), False, "zh", me, now)
    with pytest.raises(Conflict):
        await save_search("再一个", read_search({"q": "救助"}), False, "zh", me, now)


async def test_new_finds_are_told_by_mail_once(clock):
    now, me = await clock.now(), await actor("wang.min", await clock.now())
    await execute("UPDATE person SET email = 'tang@example.cn' WHERE id = $1", me.person_id)
    search = read_search({"q": "救助", "kind": "listing"})
    await save_search("救助公告", search, True, "zh", me, now - timedelta(hours=1))
    listing = await a_published_listing(now)
    index = the_index()
    await refresh_index(index, anew=True)
    assert await tell_new_finds(index, "http://county.test", now) == 1
    assert await tell_new_finds(index, "http://county.test", now) == 0
    (letter,) = await fetch("SELECT payload FROM outbox_message WHERE payload->>'to' = 'tang@example.cn'")
    assert listing.reference in letter["payload"] and "/my-searches" in letter["payload"]
