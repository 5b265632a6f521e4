"""Letters without an account: nothing before the link is opened, nothing after it was ended."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from marketplace.finding.services import refresh_index
from marketplace.gateways.search_index import SearchIndex
from marketplace.kernel.db import fetch, fetchrow
from marketplace.kernel.errors import DomainError
from marketplace.kernel.settings import Settings
from marketplace.public_posts.rules import MOST_IN_A_DAY, MOST_IN_AN_HOUR, check_may_post
from marketplace.subscriptions.services import tell_subscribers
from tests.builders_catalogue import a_published_listing
from tests.pages import send, words

SITE = "http://county.test"


def test_people_may_write_and_machines_may_not():
    check_may_post(MOST_IN_AN_HOUR - 1, MOST_IN_A_DAY - 1)
    for hour, day in ((MOST_IN_AN_HOUR, 6), (0, MOST_IN_A_DAY)):
        with pytest.raises(DomainError):
            check_may_post(hour, day)


async def letters():
    rows = await fetch(
        "SELECT payload->>'to' AS to, payload->>'body' AS body FROM outbox_message ORDER BY posted_at, id"
    )
    return [dict(row) for row in rows if row["to"] == "me@example.org"]


def link_in(body, path):
    return re.search(rf"({path}\?s=[0-9a-f-]+&t=[\w-]+)", body)[1]


async def test_an_address_hears_of_new_finds_only_between_its_two_links(client, clock):
    now = await clock.now()
    answer = await send(client, "/subscribe", {"email": "me@example.org", "kind": "listing"})
    assert answer.headers["location"] == "/subscribe?done=asked"
    (first,) = await letters()
    confirm = link_in(first["body"], "/subscribe/confirm")
    assert "确认订阅" in words((await client.get(confirm)).text)
    assert (await client.get(confirm[:-3] + "xxx")).status_code == 404
    mark = dict(re.findall(r"([st])=([\w-]+)", confirm))
    assert (await send(client, "/subscribe/confirm", mark)).status_code == 303
    assert (await send(client, "/subscribe/confirm", mark)).status_code == 303  # twice does no harm

    listing = await a_published_listing(now + timedelta(hours=1))
    index = SearchIndex(Settings.from_environment().search_folder)
    await refresh_index(index, anew=True)
    later = now + timedelta(hours=2)
    assert await tell_subscribers(index, SITE, later) == 1
    assert await tell_subscribers(index, SITE, later) == 0
    news = (await letters())[-1]
    assert listing.reference in news["body"]
    assert (await client.get(link_in(news["body"], "/unsubscribe"))).status_code == 200
    assert (await send(client, "/unsubscribe", mark)).status_code == 303
    row = await fetchrow("SELECT email, status FROM subscription")
    assert (row["email"], row["status"]) == ("", "ended")
    assert (await client.get(confirm)).status_code == 404


async def test_what_nobody_confirms_is_forgotten_and_a_bad_address_is_told(client, clock):
    page = await send(client, "/subscribe", {"email": "me"})
    assert page.status_code == 422 and "完整的电子邮箱" in words(page.text)
    await send(client, "/subscribe", {"email": "me@example.org"})
    index = SearchIndex(Settings.from_environment().search_folder)
    await tell_subscribers(index, SITE, await clock.now() + timedelta(days=4))
    assert await fetch("SELECT 1 FROM subscription") == []


async def test_a_machine_is_stopped_with_a_sentence(client, clock):
    for _ in range(MOST_IN_AN_HOUR):
        await send(client, "/subscribe", {"email": "me@example.org"})
    page = await send(client, "/subscribe", {"email": "me@example.org"})
    assert page.status_code == 429 and "请过一个小时再试" in words(page.text)
