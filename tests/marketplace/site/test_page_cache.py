import httpx
import pytest
import pytest_asyncio

from marketplace.kernel.clock import CountyClock
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
async def test_a_public_page_is_answered_again_without_being_made_again(cached, path):
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
