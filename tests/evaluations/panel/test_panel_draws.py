"""Under the limit experts are drawn from the county's own list; above it they come from the provincial library."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from evaluations.panel.drawing import freeze_panel_list, seat_drawn
from evaluations.panel.queries import judging_members, members
from evaluations.panel.services import declare_interest
from marketplace.accounts.sessions import actor_of
from marketplace.kernel.audit.linker import link_committed
from marketplace.kernel.clock import county_day
from marketplace.kernel.draws.queries import keys_by_lot
from marketplace.kernel.draws.services import Witness, hold_draw
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from tests.builders_evaluations import Opened, an_opened_listing
from tests.cast import actor
from tests.pages import send, sign_in, words

TWO = [Witness("李强", "7 2 9"), Witness("陈静", "大雪 8")]


async def under_the_limit(clock: Any) -> Opened:
    changed: dict[str, Any] = {"method": "under_limit", "budget": Decimal("100000.00"), "ceiling": Decimal("100000.00")}
    return await an_opened_listing(await clock.now(), **changed)


async def test_those_drawn_are_seated_and_the_next_one_stands_in(clock: Any) -> None:
    opened = await under_the_limit(clock)
    listing = opened.listing.id
    with pytest.raises(Conflict, match="还没有抽取"):
        await seat_drawn(listing, opened.buyer, opened.now)
    reference = await freeze_panel_list(listing, 3, opened.buyer, opened.now)
    await link_committed()
    drawn = await hold_draw(reference, TWO, opened.buyer, opened.now)
    assert await seat_drawn(listing, opened.buyer, opened.now) == 3
    assert await seat_drawn(listing, opened.buyer, opened.now) == 0
    seats = await members(listing)
    assert {str(seat["person"]) for seat in seats} == set(drawn)
    assert all(reference in seat["drawn_from"] for seat in seats)
    first = await actor_of(seats[0]["person"], county_day(opened.now))
    assert first is not None
    await declare_interest(listing, True, "曾在该单位任职", first, opened.now)
    assert await seat_drawn(listing, opened.buyer, opened.now) == 1
    fourth = (await keys_by_lot("panel", listing))[3]
    assert fourth in {str(member["person"]) for member in await judging_members(listing)}


async def test_above_the_limit_and_beyond_the_list_it_is_refused(clock: Any) -> None:
    tender = await an_opened_listing(await clock.now())
    with pytest.raises(Forbidden) as refused:
        await freeze_panel_list(tender.listing.id, 3, tender.buyer, tender.now)
    assert refused.value.clause == "R-EXP-01"


async def test_no_more_than_the_list_has_and_no_stranger_draws(clock: Any) -> None:
    opened = await under_the_limit(clock)
    with pytest.raises(DomainError, match="要抽 15 个"):
        await freeze_panel_list(opened.listing.id, 15, opened.buyer, opened.now)
    with pytest.raises(Forbidden):
        await freeze_panel_list(opened.listing.id, 3, await actor("tan.rong", opened.now), opened.now)


async def test_the_page_leads_through_the_draw(client: httpx.AsyncClient, clock: Any) -> None:
    opened = await under_the_limit(clock)
    await sign_in(client, "li.qiang")
    path = f"/listings/{opened.listing.reference}/panel"
    assert "从本县名单随机抽取" in (await client.get(path)).text
    for take in ("", "0", "15", "三"):
        bad = await send(client, f"{path}/draw", {"take": take})
        assert bad.status_code == 422 and f'value="{take}"' in bad.text
    frozen = await send(client, f"{path}/draw", {"take": "3"})
    await link_committed()
    assert (await send(client, f"{path}/draw", {"take": "3"})).status_code == 409
    assert "名单已经锁定" in words((await client.get(path)).text)
    said = {"name_1": "李强", "words_1": "7", "name_2": "陈静", "words_2": "8"}
    assert (await send(client, f"{frozen.headers['location']}/hold", said)).status_code == 303
    assert (await send(client, f"{path}/seat-drawn")).status_code == 303
    assert "本县名单随机抽取" in (await client.get(path)).text
    await sign_in(client, "tan.rong")
    assert (await send(client, f"{path}/seat-drawn")).status_code == 404
