"""Equals at the first place go to a draw that anybody can do again (R-TIE-01)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from evaluations.awards.queries import awards_of
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.awards.ties import freeze_tie
from marketplace.kernel.audit.linker import link_committed
from marketplace.kernel.db import fetchval
from marketplace.kernel.draws.file import first_difference
from marketplace.kernel.draws.queries import drawn_keys
from marketplace.kernel.draws.services import Witness, hold_draw
from marketplace.kernel.errors import Conflict, Forbidden
from tests.builders_catalogue import n1_scoring, with_past_performance
from tests.builders_evaluations import BIDDERS, Offered, Opened, a_scored_listing, an_opened_listing
from tests.pages import send, sign_in, words

EQUAL = {"和风": Offered("480000.00"), "沱江": Offered("480000.00"), "云顶": Offered("500000.00")}
TWO = [Witness("李强", "7 2 9"), Witness("陈静", "大雪 8")]


async def a_tie(clock: Any) -> Opened:
    return await a_scored_listing(await clock.now(), EQUAL)


async def test_the_drawn_bidder_wins_and_the_award_names_the_draw(clock: Any) -> None:
    opened = await a_tie(clock)
    reference = await freeze_tie(opened.lot, opened.buyer, opened.now)
    assert await freeze_tie(opened.lot, opened.buyer, opened.now) == reference
    await link_committed()
    (drawn,) = await hold_draw(reference, TWO, opened.buyer, opened.now)
    await determine_award(opened.lot, opened.buyer, opened.now)
    (award,) = await awards_of(opened.listing.id)
    won = await fetchval("SELECT credit_code FROM provider WHERE id = $1", award["provider"])
    assert won == drawn and reference in award["tie_note"] and award["provider_name"] in award["tie_note"]
    assert "已抽签" in award["basis"]


async def test_only_the_tied_are_on_the_list_and_it_opens_with_the_notice(
    client: httpx.AsyncClient, clock: Any
) -> None:
    opened = await a_tie(clock)
    reference = await freeze_tie(opened.lot, opened.buyer, opened.now)
    await link_committed()
    await hold_draw(reference, TWO, opened.buyer, opened.now)
    assert BIDDERS["和风"][0] not in (await client.get(f"/draws/{reference}")).text
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    shown = (await client.get(f"/draws/{reference}")).text
    assert BIDDERS["和风"][0] in shown and BIDDERS["云顶"][0] not in shown
    assert first_difference((await client.get(f"/draws/{reference}/draw.json")).json()) is None


async def test_without_a_tie_there_is_nothing_to_draw_and_strangers_do_not_freeze(clock: Any) -> None:
    opened = await a_scored_listing(await clock.now())
    with pytest.raises(Conflict, match="没有并列第一"):
        await freeze_tie(opened.lot, opened.buyer, opened.now)
    with pytest.raises(Forbidden):
        await freeze_tie(opened.lot, opened.drafter, opened.now)
    assert await drawn_keys("tie", opened.lot) == []


async def test_the_buyer_goes_from_the_award_to_the_draw_and_back(client: httpx.AsyncClient, clock: Any) -> None:
    opened = await a_tie(clock)
    await sign_in(client, "li.qiang")
    path = f"/listings/{opened.listing.reference}/award"
    before = words((await client.get(path)).text)
    assert "并列第一" in before and "同分的先后： 依次比较：" in before.replace("先后：依", "先后： 依")
    frozen = await send(client, f"{path}/{opened.lot}/draw")
    assert frozen.status_code == 303 and frozen.headers["location"].startswith("/draws/CQ-")
    await link_committed()
    said = {"name_1": "李强", "words_1": "7", "name_2": "陈静", "words_2": "8"}
    assert (await send(client, f"{frozen.headers['location']}/hold", said)).status_code == 303
    assert "以抽签结果为准" in words((await client.get(path)).text)
    assert (await send(client, path, {"lot": str(opened.lot)})).status_code == 303
    determined = (await client.get(path)).text
    assert "随机抽取 CQ-" in determined and "同分的先后" in determined and 'href="/rules/R-TIE-01/' in determined


async def test_under_the_limit_equals_in_standing_and_price_are_drawn_too(clock: Any) -> None:
    scoring = with_past_performance(n1_scoring(), form="county_standing")
    changed: dict[str, Any] = {"method": "under_limit", "budget": Decimal("100000.00"), "ceiling": Decimal("100000.00")}
    offers = {"和风": Offered("90000.00"), "沱江": Offered("90000.00")}
    opened = await an_opened_listing(await clock.now(), offers, scoring=scoring, **changed)
    reference = await freeze_tie(opened.lot, opened.buyer, opened.now)
    await link_committed()
    (drawn,) = await hold_draw(reference, TWO, opened.buyer, opened.now)
    await determine_award(opened.lot, opened.buyer, opened.now)
    (award,) = await awards_of(opened.listing.id)
    assert await fetchval("SELECT credit_code FROM provider WHERE id = $1", award["provider"]) == drawn
