import re

import httpx
import pytest

from marketplace.kernel.clock import CountyClock
from marketplace.kernel.web import SECURITY_HEADERS, Front
from tests.builders_catalogue import a_published_listing
from tests.cast import CAST, enter_cast
from tests.pages import send, sign_in, words

PUBLIC_PAGES = ("/", "/help", "/data", "/evaluations", "/catalogue", "/listings", "/contracts", "/rules", "/sign-in")


@pytest.mark.parametrize("path", PUBLIC_PAGES)
async def test_a_public_page_answers_in_both_languages_with_and_without_content(client, clock, path):
    assert (await client.get(path)).status_code == 200
    await a_published_listing(await clock.now())
    for address in (path, f"/en{path}".rstrip("/") or "/en"):
        page = await client.get(address)
        assert page.status_code == 200, words(page.text)
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert "style=" not in page.text and "<style" not in page.text and "onclick" not in page.text
        scripts = re.findall(r'<script type="module" src="/static/built/(\w+)\.\w+\.js"></script>', page.text)
        # whoever types a password may look at it; every other page of visitors has none
        assert scripts == (["password"] if path == "/sign-in" else []) and page.text.count("<script") == len(scripts)


async def test_a_script_comes_with_a_refused_form_and_with_whoever_signed_in(client, clock):
    await enter_cast(await clock.now())
    assert "<script" not in (await client.get("/voices/new")).text
    assert 'src="/static/built/site.' in (await send(client, "/voices/new", {"words": ""})).text
    await sign_in(client, "wang.min")
    assert 'src="/static/built/site.' in (await client.get("/")).text


async def test_every_answer_carries_the_headers(client):
    for path in ("/", "/nowhere", "/work", "/static/favicon.svg", "/healthz"):
        answer = await client.get(path)
        assert {name.lower() for name in SECURITY_HEADERS} <= set(answer.headers), path
        assert "strict-transport-security" not in answer.headers, "this address is plain HTTP"


async def test_with_https_browsers_are_told_to_stay_there(db, clock, app):
    front = Front(app.app, CountyClock(), is_https=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=front), base_url="https://county.test") as browser:
        assert (await browser.get("/sign-in")).headers["strict-transport-security"].startswith("max-age=31536000")


async def test_everybody_in_the_cast_has_a_first_page_after_sign_in(client, clock):
    await enter_cast(await clock.now())
    for member in CAST:
        await sign_in(client, member.username)
        for path in ("/work", "/en/work"):
            page = await client.get(path)
            assert page.status_code == 200 and member.name in words(page.text)


async def test_public_data_is_there_as_json_and_csv_and_an_unknown_set_is_not(client, clock):
    published = await a_published_listing(await clock.now())
    rows = (await client.get("/data/listings.json")).json()
    assert [row["reference"] for row in rows] == [published.reference] and rows[0]["budget"] == "505000.00"
    sheet = await client.get("/data/listings.csv")
    assert sheet.content.startswith(b"\xef\xbb\xbfreference") and published.reference in sheet.text
    assert (await client.get("/data/audit-heads.jsonl")).status_code == 200
    assert (await client.get("/data/persons.json")).status_code == 404


async def test_the_audit_is_for_those_who_may_read_it(client, clock):
    await enter_cast(await clock.now())
    assert (await client.get("/audit")).status_code == 303
    await sign_in(client, "wang.min")
    assert (await client.get("/audit")).status_code == 403
    await sign_in(client, "ma.chao")
    page = await client.get("/audit")
    assert page.status_code == 200 and "开立账号" in words(page.text)


async def test_an_unknown_page_says_so_and_json_callers_get_a_problem(client):
    page = await client.get("/no-such-page")
    assert page.status_code == 404 and "没有找到这个页面" in words(page.text)
    problem = await client.get("/no-such-page", headers={"accept": "application/json"})
    assert problem.headers["content-type"].startswith("application/problem+json") and problem.json()["status"] == 404
