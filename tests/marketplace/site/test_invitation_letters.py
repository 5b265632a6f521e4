"""R-METH-10: the invitation is an official paper with hash and code; who was invited stays secret until it is over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalogue.listings.inviting.queries import invitations_sent
from catalogue.notices.kinds import LETTER_SLUG
from catalogue.notices.queries import latest_paper
from catalogue.notices.services import Shop
from marketplace.gateways.papers import ProcessPress
from marketplace.kernel.db import execute, fetchval
from marketplace.site.invitation_letters import press_letters
from tests.builders_inviting import InvitedTender, an_invited_tender
from tests.builders_vendors import a_store
from tests.pages import sign_in, words
from tests.papers import needs_press, pdf_words

Client = httpx.AsyncClient


class PlainPress:
    """Gives the page itself; what a PDF looks like is not asked here."""

    async def press(self, page: str) -> bytes:
        return page.encode()


@pytest.fixture
async def tender(db: Any, clock: Any) -> InvitedTender:
    return await an_invited_tender(await clock.now())


async def pressed(clock: Any, press: Any = None) -> None:
    now = await clock.now()
    shop = Shop(press or PlainPress(), a_store())
    for _ in range(2):  # done again it makes nothing new
        await press_letters(shop, "https://county.example", now, now - timedelta(days=1), 50)


async def own_path(tender: InvitedTender, place: int) -> str:
    sent = await invitations_sent(tender.listing.id)
    mine = next(i for i in sent if i["organisation"] == tender.invited[place].actor.organisation_id)
    return f"/listings/{tender.listing.reference}/invitation/{mine['id']}"


async def test_each_invited_has_a_letter_of_its_own_with_the_hash_and_the_code(
    client: Client, clock: Any, tender: InvitedTender
) -> None:
    await pressed(clock)
    assert await fetchval("SELECT count(*) FROM published_paper WHERE slug = $1", LETTER_SLUG) == 3
    path = await own_path(tender, 0)
    await sign_in(client, tender.invited[0].username)
    assert path in (await client.get(f"/listings/{tender.listing.reference}/invitation")).text
    answer = await client.get(path)
    said = words(answer.text)
    name = await fetchval("SELECT name FROM organisation WHERE id = $1", tender.invited[0].actor.organisation_id)
    for part in (f"{name}：", "现邀请贵单位参加", "采购人书面推荐", "600,000.00"):
        assert part in said, part
    kept = await latest_paper(path.rpartition("/")[2], LETTER_SLUG)
    assert kept is not None and kept["sha256"] in answer.text and kept["content_sha256"] in answer.text
    assert "<svg" in answer.text
    file = await client.get(f"{path}/letter.pdf")
    assert file.status_code == 200 and path in file.text and "private" in file.headers["cache-control"]
    english = words((await client.get(f"/en{path}")).text)
    assert "Back to the invitation" in english


async def test_nobody_else_learns_who_was_invited_before_it_is_over(
    client: Client, clock: Any, tender: InvitedTender
) -> None:
    await pressed(clock)
    path = await own_path(tender, 0)
    kept = await latest_paper(path.rpartition("/")[2], LETTER_SLUG)
    assert kept is not None
    for who in (None, tender.invited[1].username, tender.others[0].username, "tan.rong"):
        if who:
            await sign_in(client, who)
        for address in (path, f"{path}/letter.pdf", f"/papers/{kept['id']}"):
            assert (await client.get(address)).status_code == 404, (who, address)
    await sign_in(client, "wang.min")
    assert (await client.get(path)).status_code == 200
    draft = await client.get(f"/listings/drafts/{tender.listing.id}/invitation")
    assert path in draft.text
    await execute("UPDATE listing SET status = 'failed', ended_at = published_at WHERE id = $1", tender.listing.id)
    client.cookies.clear()
    assert (await client.get(path)).status_code == 200
    assert (await client.get(f"/papers/{kept['id']}")).status_code == 404


async def test_a_letter_of_another_listing_or_none_is_not_found(client: Client, tender: InvitedTender) -> None:
    path = await own_path(tender, 0)
    await sign_in(client, tender.invited[0].username)
    assert (await client.get(f"{path}/letter.pdf")).status_code == 404  # not made yet
    assert "PDF 正在生成" in words((await client.get(path)).text)
    strange = path.rpartition("/")[0] + "/00000000-0000-4000-8000-000000000000"
    assert (await client.get(strange)).status_code == 404


@needs_press
async def test_the_letter_s_pdf_looks_like_a_paper(clock: Any, tender: InvitedTender, tmp_path: Path) -> None:
    await pressed(clock, ProcessPress())
    path = await own_path(tender, 1)
    kept = await latest_paper(path.rpartition("/")[2], LETTER_SLUG)
    assert kept is not None
    said = pdf_words(await a_store().get(kept["storage_key"]))
    assert "邀请书" in said and path in said
