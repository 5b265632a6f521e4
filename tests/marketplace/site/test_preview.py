"""A draft's preview is the public page: what is published afterwards reads the same, word for word and tag for tag."""

from __future__ import annotations

import re
from typing import Any

import httpx

from catalogue.listings.services import publish_listing
from marketplace.kernel.db import fetchval
from marketplace.kernel.rulebook import install_county_rows
from marketplace.kernel.template_parts import _Made
from tests.builders_catalogue import a_draft, a_published_listing, a_reviewed_listing
from tests.cast import actor, office
from tests.pages import send, sign_in, words

# what a published page has more than its content: acts, jumps, the papers, interest and versions with their hashes
ONLY_PUBLISHED = (
    r'<div class="acts">.*?</div>',
    r'<p class="jump">.*?</p>',
    r'<p><a href="[^"]*/notices">.*?</p>',
    r'<section aria-labelledby="(?:documents|questions|versions|follow)">.*?</section>',
)
ONLY_PREVIEW = (r"<div data-preview>.*?</div></div>", r"<p[^>]* data-preview>.*?</p>")


def _content(html: str, *left_out: str) -> str:
    """The main part without what only one of both pages has, white space evened out."""
    found = re.search(r"<main.*?>(.*)</main>", html, re.S)
    assert found
    main = re.sub(r"<nav.*?</nav>", "", found.group(1), flags=re.S)
    for pattern in left_out:
        main, count = re.subn(pattern, "", main, flags=re.S)
        assert count or "acts" in pattern, f"{pattern} is not on the page"
    main = re.sub(r'(datetime="[^"]{16}):[\d.]+', r"\1", main)  # the moment of publishing is seconds after the preview
    return re.sub(r">\s+<", "><", re.sub(r"\s+", " ", main)).strip()


async def test_what_is_published_is_what_was_previewed(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    install_county_rows(())  # the law read anew: nothing is kept yet
    listing = await a_reviewed_listing(now)
    await sign_in(client, "li.qiang")
    previews = {prefix: await client.get(f"{prefix}/listings/drafts/{listing}/preview") for prefix in ("", "/en")}
    # a preview tells days that its draft does not have: no piece of it is kept for a published page
    assert [name for name, *_ in _Made.pieces if str(name).startswith("listing-")] == []
    await publish_listing(listing, await actor("li.qiang", now), now)
    reference = await fetchval("SELECT reference FROM listing WHERE id = $1", listing)
    for prefix, preview in previews.items():
        published = await client.get(f"{prefix}/listings/{reference}")
        before, after = _content(preview.text, *ONLY_PREVIEW), _content(published.text, *ONLY_PUBLISHED)
        assert before == after
        for id_ in ("content-requirement", "content-criteria", "content-timetable", "rules-used", "story"):
            assert f'id="{id_}"' in before, id_


async def test_the_preview_says_what_it_is_and_offers_no_act(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_reviewed_listing(await clock.now())
    path = f"/listings/drafts/{listing}/preview"
    for username, status in {"wang.min": 200, "li.qiang": 200, "ma.chao": 200, "zhou.lan": 403}.items():
        await sign_in(client, username)
        answer = await client.get(path)
        assert answer.status_code == status, username
        if status == 200:
            main = answer.text.split("<main")[1].split("</main>")[0]
            assert "预览，尚未发布" in main and "<form" not in main and "button" not in main
            assert "Preview, not published yet" in (await client.get(f"/en{path}")).text


async def test_another_office_finds_no_preview_and_anonymous_readers_must_sign_in(
    client: httpx.AsyncClient, clock: Any
) -> None:
    listing = await a_draft(await clock.now())
    assert (await client.get(f"/listings/drafts/{listing}/preview")).status_code in (303, 401)
    await fetchval("UPDATE listing SET procuring_unit = $1 RETURNING id", await office("wufeng"))
    await sign_in(client, "wang.min")
    assert (await client.get(f"/listings/drafts/{listing}/preview")).status_code == 404


async def test_an_unfinished_draft_is_previewed_with_what_is_still_to_change(
    client: httpx.AsyncClient, clock: Any
) -> None:
    listing = await a_draft(await clock.now())
    await fetchval("UPDATE listing SET closes_at = NULL, requirement = '' WHERE id = $1 RETURNING id", listing)
    await sign_in(client, "wang.min")
    answer = await client.get(f"/listings/drafts/{listing}/preview")
    assert answer.status_code == 200 and "处要改，改好以前不能发布" in words(answer.text)


async def test_a_published_listing_needs_no_preview_and_none_is_sent_to_it(
    client: httpx.AsyncClient, clock: Any
) -> None:
    published = await a_published_listing(await clock.now())
    await sign_in(client, "wang.min")
    answer = await client.get(f"/listings/drafts/{published.id}/preview")
    assert answer.status_code == 303 and answer.headers["location"] == f"/listings/{published.reference}"


async def test_a_dropped_draft_has_no_preview(client: httpx.AsyncClient, clock: Any) -> None:
    listing = await a_draft(await clock.now())
    await sign_in(client, "wang.min")
    assert (await send(client, f"/listings/drafts/{listing}/cancel", {"reason": "预算调整"})).status_code == 303
    assert (await client.get(f"/listings/drafts/{listing}/preview")).status_code == 404
