import asyncio
from datetime import UTC, datetime
from unittest.mock import patch

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel import page_cache
from marketplace.kernel.clock import CountyClock, Look
from marketplace.kernel.page_cache import PageCache
from marketplace.kernel.web import Front
from tests.builders_catalogue import a_published_listing
from tests.cast import enter_cast
from tests.pages import sign_in, words


@pytest_asyncio.fixture
async def cached(db, clock, app, settings):
    front = Front(app.app, CountyClock(), PageCache())
    transport = httpx.ASGITransport(app=front, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as browser:
        yield browser


@pytest.mark.parametrize("path", ["/", "/catalogue", "/coverage", "/yuan", "/guide", "/conference"])
async def test_a_public_page_is_answered_again_without_being_made_again(cached, path, monkeypatch):
    monkeypatch.setattr(page_cache, "LIFE", 60.0)  # a busy machine may take a second for the first
    first, second = await cached.get(path), await cached.get(path)
    assert first.text == second.text and "etag" in second.headers and "set-cookie" not in second.headers
    known = await cached.get(path, headers={"if-none-match": second.headers["etag"]})
    assert known.status_code == 304 and known.content == b""
    assert "content-security-policy" in second.headers


async def test_a_write_shows_at_once(cached, clock):
    assert "JT-" not in words((await cached.get("/listings")).text)
    published = await a_published_listing(await clock.now())
    assert published.reference in (await cached.get("/listings")).text


async def test_a_signed_in_reader_never_gets_a_kept_page_and_leaves_none(cached, clock):
    await enter_cast(await clock.now())
    await cached.get("/help")
    await sign_in(cached, "wang.min")
    assert "王敏" in words((await cached.get("/help")).text)
    cached.cookies.delete("sid")
    assert "王敏" not in words((await cached.get("/help")).text)


async def test_both_languages_are_kept_apart_and_forms_are_never_kept(cached):
    await cached.get("/help")
    assert 'lang="en"' in (await cached.get("/en/help")).text
    register = await cached.get("/providers/register")
    again = await cached.get("/providers/register")
    assert "etag" not in register.headers and "etag" not in again.headers


async def test_a_second_cookie_of_a_signed_in_reader_is_seen_too(cached, clock):
    await enter_cast(await clock.now())
    await sign_in(cached, "wang.min")
    sid = cached.cookies["sid"]
    cached.cookies.clear()
    await cached.get("/help")
    for cookies in ([("cookie", f"sid={sid}"), ("cookie", "seen=1")], [("cookie", "seen=1"), ("cookie", f"sid={sid}")]):
        answer = await cached.get("/help", headers=cookies)
        assert "etag" not in answer.headers


async def test_a_room_whose_name_only_begins_like_a_public_one_is_never_kept(cached):
    assert "etag" not in (await cached.get("/listings-elsewhere")).headers


class County:
    """A made-up county in made-up time: writers begin and commit, and a page tells the commits it was made from."""

    def __init__(self, writes: list[tuple[float, float]]) -> None:
        self.now, self.version, self.committed, self.takes = 0.0, 0, list[int](), 0.0
        begun = sorted((at, number) for number, (at, _) in enumerate(writes))
        self.begun, self.commits = begun, sorted((at + held, number) for number, (at, held) in enumerate(writes))

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.version = sum(at <= self.now for at, _ in self.begun)
        self.committed = [number for at, number in self.commits if at <= self.now]

    async def look(self) -> Look:
        return Look(datetime(2026, 3, 2, tzinfo=UTC), self.version, None)

    async def now_(self) -> datetime:
        return (await self.look()).now

    async def __call__(self, scope, receive, send) -> None:
        seen = " ".join(map(str, self.committed))
        self.pass_time(self.takes)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": f"<p>{seen}".encode(), "more_body": False})


MOMENT = st.integers(0, 30).map(lambda tenths: tenths / 10)
SCOPE = {"type": "http", "method": "GET", "path": "/help", "query_string": b"", "headers": []}


@given(st.lists(st.tuples(MOMENT, MOMENT), max_size=4), st.lists(st.tuples(MOMENT, MOMENT), min_size=2, max_size=8))
def test_no_reader_is_shown_what_a_commit_of_more_than_a_second_ago_changed(writes, readings):
    county = County(writes)
    front = Front(county, county, PageCache())

    async def read() -> list[int]:
        told: list[bytes] = []

        async def send(message) -> None:
            told.append(message.get("body", b""))

        await front({**SCOPE}, None, send)  # type: ignore[arg-type]
        return [int(each) for each in b"".join(told)[3:].split()]

    async def walk() -> None:
        for waits, takes in readings:
            county.pass_time(waits)
            county.takes = takes
            due = {number for at, number in county.commits if at <= county.now - page_cache.LIFE}
            assert due <= set(await read())

    with patch.object(page_cache, "monotonic", lambda: county.now), patch(
        "marketplace.kernel.web.monotonic", lambda: county.now
    ):
        asyncio.run(walk())
