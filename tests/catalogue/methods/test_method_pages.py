"""The chooser and the ground of a method on their pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from catalogue.listings.queries import listing_by_id
from catalogue.listings.services import submit_for_review
from marketplace.kernel.db import fetchrow
from marketplace.kernel.errors import DomainError
from tests.builders_catalogue import a_budget_line, a_draft
from tests.cast import actor, enter_cast
from tests.pages import send, sign_in

ASKED = "/listings/drafts/method?kind=service&amount=505000&suppliers=many"


async def test_a_buyer_is_offered_methods_with_reasons_and_inquiry_is_refused_with_its_clause(
    client: httpx.AsyncClient, clock: Any
) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "wang.min")
    assert "用哪种采购方式" in (await client.get("/listings/drafts/method")).text
    page = (await client.get(ASKED)).text
    refused = page.split("<h2>不能用的</h2>")[1]
    assert "竞争性磋商" not in refused and "/listings/drafts/new?method=consultation" in page
    assert "询价" in refused and "服务不得采用" in refused and "R-METH-09" in refused
    assert "Refused" in (await client.get("/en" + ASKED)).text


async def test_answers_that_say_nothing_come_back_with_words(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "wang.min")
    answer = await client.get("/listings/drafts/method?amount=-5&kind=service")
    assert answer.status_code == 422 and 'value="-5"' in answer.text


async def test_an_expert_has_no_use_for_the_chooser(client: httpx.AsyncClient, clock: Any) -> None:
    await enter_cast(await clock.now())
    await sign_in(client, "yang.hua")
    assert (await client.get(ASKED)).status_code == 403


async def test_the_ground_is_saved_and_the_result_recorded_elsewhere_needs_no_openers(
    client: httpx.AsyncClient, clock: Any
) -> None:
    now = await clock.now()
    listing = await a_draft(now, await a_budget_line(now), openers=None, scoring=None)
    with pytest.raises(DomainError):
        await submit_for_review(listing, await actor("wang.min", now), now)
    await sign_in(client, "wang.min")
    here = f"/listings/drafts/{listing}/method"
    version = str((await listing_by_id(listing))["version"])
    bad = await send(client, here, {"version": version, "venue": "moon", "ground_reason": "写过的"})
    assert bad.status_code == 422 and "写过的" in bad.text
    good = await send(client, here, {"version": version, "venue": "platform"})
    assert good.status_code == 303
    assert (await listing_by_id(listing))["venue"] == "platform"
    assert await fetchrow("SELECT 1 FROM listing_procedure WHERE listing = $1", listing)
    tasks = (await client.get(f"/listings/drafts/{listing}")).text
    assert f"/listings/drafts/{listing}/openers" not in tasks and f"/listings/drafts/{listing}/method" in tasks
    await submit_for_review(listing, await actor("wang.min", now), now)


async def test_above_the_threshold_a_consultation_waits_for_its_approval(clock: Any) -> None:
    now = await clock.now()
    line = await a_budget_line(now, amount=Decimal("9000000.00"))
    from_million = Decimal("4000000.00")
    listing = await a_draft(now, line, budget=from_million, ceiling=from_million, reservation_ground="")
    with pytest.raises(DomainError) as refused:
        await submit_for_review(listing, await actor("wang.min", now), now)
    assert refused.value.clause == "R-METH-02"
